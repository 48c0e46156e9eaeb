package webex

import (
	"encoding/base64"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// TokenFacts is what can be read from a token without asking anybody. Nothing of it is
// proven: anybody can write such a text, and a token that was revoked reads the same.
type TokenFacts struct {
	// SelfContained is true for a JSON Web Token, which carries its own end, and
	// false for an opaque token.
	SelfContained bool
	OrgID         OrgID     // where the token says so
	Cluster       Untrusted // the identity cluster, such as PF84
	Expires       time.Time // of a self-contained token
	Issued        time.Time // of a self-contained token, where it says so
	PersonUUID    Untrusted // of a self-contained token
	ClientID      ClientID  // of a self-contained token
	UserType      Untrusted // of a self-contained token
}

// InspectToken reads what an access token says of itself. Opaque tokens end with their
// cluster and organization, as …_PF84_1eb65fdf-…; older ones lack it. Self-contained
// ones are signed JSON Web Tokens whose end is the claim expiry_time, in milliseconds.
func InspectToken(token Secret) TokenFacts {
	text := token.Reveal()
	if parts := strings.Split(text, "."); len(parts) == 3 {
		if f, ok := inspectJWT(parts[1]); ok {
			return f
		}
	}
	var f TokenFacts
	last := strings.LastIndexByte(text, '_')
	if last < 0 || !isUUID(text[last+1:]) {
		return f
	}
	f.OrgID, _ = ParseOrgID(text[last+1:])
	if before := strings.LastIndexByte(text[:last], '_'); before >= 0 && len(text[before+1:last]) <= 16 {
		f.Cluster = Untrusted(text[before+1 : last])
	}
	return f
}

func inspectJWT(payload string) (TokenFacts, bool) {
	b, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(payload, "="))
	if err != nil {
		return TokenFacts{}, false
	}
	var c struct {
		Cluster    Untrusted `json:"cluster"`
		Realm      string    `json:"realm"`
		PersonUUID Untrusted `json:"cis_uuid"`
		ClientID   ClientID  `json:"client_id"`
		UserType   Untrusted `json:"user_type"`
		Expiry     millis    `json:"expiry_time"`
		Exp        millis    `json:"exp"` // seconds, as everybody else writes it
		Issued     millis    `json:"iat"` // seconds
	}
	if err := json.Unmarshal(b, &c); err != nil {
		return TokenFacts{}, false
	}
	f := TokenFacts{SelfContained: true, Cluster: c.Cluster, PersonUUID: c.PersonUUID, ClientID: c.ClientID, UserType: c.UserType}
	f.OrgID, _ = ParseOrgID(c.Realm)
	if c.Expiry > 0 {
		f.Expires = time.UnixMilli(int64(c.Expiry)).UTC()
	} else if c.Exp > 0 {
		f.Expires = time.Unix(int64(c.Exp), 0).UTC()
	}
	if c.Issued > 0 {
		f.Issued = time.Unix(int64(c.Issued), 0).UTC()
	}
	return f, true
}

// millis is a number of the token, also when it comes as a text; what is no number, or
// beyond any date, is none.
type millis int64

// UnmarshalJSON accepts a number in any form that JSON has, and that number as a text.
func (m *millis) UnmarshalJSON(b []byte) error {
	if n, ok := wholeNumber(strings.Trim(string(b), `"`)); ok && n > 0 && n < 1<<50 {
		*m = millis(n)
	}
	return nil
}
