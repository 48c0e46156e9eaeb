package webex

import (
	"encoding/base64"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// TokenFacts is what can be read from the text of a token, without a request. None of it is
// verified: a forged or revoked token reads the same. Fields that the token does not contain
// are zero.
type TokenFacts struct {
	// SelfContained is true for a JSON Web Token, which contains its own expiry, and
	// false for an opaque token.
	SelfContained bool
	OrgID         OrgID
	Cluster       Untrusted // the identity cluster, such as PF84
	Expires       time.Time // UTC; self-contained tokens only
	Issued        time.Time // UTC; self-contained tokens only
	PersonUUID    Untrusted // self-contained tokens only
	ClientID      ClientID  // self-contained tokens only
	UserType      Untrusted // self-contained tokens only
}

// InspectToken decodes what an access token reveals about itself. Opaque tokens end with
// their cluster and organization, as in …_PF84_1eb65fdf-…; older ones do not.
// Self-contained tokens are signed JSON Web Tokens, whose claim expiry_time is in
// milliseconds. The signature is not checked.
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
		Expiry     number    `json:"expiry_time"` // milliseconds
		Exp        number    `json:"exp"`         // seconds (RFC 7519)
		Issued     number    `json:"iat"`         // seconds
	}
	if err := json.Unmarshal(b, &c); err != nil {
		return TokenFacts{}, false
	}
	f := TokenFacts{SelfContained: true, Cluster: c.Cluster, PersonUUID: c.PersonUUID, ClientID: c.ClientID, UserType: c.UserType}
	f.OrgID, _ = ParseOrgID(c.Realm)
	f.Expires = c.Expiry.in(time.Millisecond)
	if f.Expires.IsZero() {
		f.Expires = c.Exp.in(time.Second)
	}
	f.Issued = c.Issued.in(time.Second)
	return f, true
}

// number is a number in a token, also written as a string; invalid numbers are ignored.
type number int64

// UnmarshalJSON accepts a number in any JSON form, also as a string.
func (n *number) UnmarshalJSON(b []byte) error {
	if v, ok := wholeNumber(strings.Trim(string(b), `"`)); ok && v > 0 && v < 1<<50 {
		*n = number(v)
	}
	return nil
}

// in returns the time that is n units after 1970, or the zero time if it is missing or has more than four
// digits in its year: then the unit is another one.
func (n number) in(unit time.Duration) time.Time {
	t := time.UnixMilli(int64(n) * unit.Milliseconds()).UTC()
	if n == 0 || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}
