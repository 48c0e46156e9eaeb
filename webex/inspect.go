package webex

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

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

// UnmarshalJSON accepts 1768630439322 and "1768630439322".
func (m *millis) UnmarshalJSON(b []byte) error {
	if n, err := strconv.ParseInt(strings.Trim(string(b), `"`), 10, 64); err == nil && n > 0 && n < 1<<50 {
		*m = millis(n)
	}
	return nil
}

// ParseToken reads an access or refresh token as it may have been copied: with blanks,
// line breaks or quotes, after "Bearer" or "Authorization:", after NAME=, or as the
// JSON that the token endpoint answers. The error matches [ErrInvalidInput] and says
// what the text seems to be instead.
func ParseToken(text string) (Secret, error) { return parseToken(text, "access_token") }

// ParseRefreshToken is [ParseToken] for a refresh token: of the token endpoint's JSON
// it takes refresh_token.
func ParseRefreshToken(text string) (Secret, error) { return parseToken(text, "refresh_token") }

func parseToken(text, field string) (Secret, error) {
	text = withoutMark(text)
	if strings.HasPrefix(strings.TrimSpace(text), "{") {
		var w map[string]any
		if err := json.Unmarshal([]byte(text), &w); err == nil {
			text, _ = w[field].(string)
		}
	}
	text = strings.TrimSpace(text)
	text = strings.TrimPrefix(text, "export ")
	text = strings.TrimPrefix(text, "set ")
	if i := strings.IndexByte(text, '='); i > 0 && isName(text[:i]) {
		text = text[i+1:]
	}
	text = strings.Trim(strings.TrimSpace(text), "\"'`")
	for _, prefix := range []string{"authorization:", "bearer "} {
		text = strings.TrimSpace(text)
		if len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix) {
			text = text[len(prefix):]
		}
	}
	text = unwrap(text)
	refuse := func(what string) (Secret, error) {
		return Secret{}, fmt.Errorf("%w: %s", ErrInvalidInput, what)
	}
	switch {
	case text == "":
		return refuse("there is no token")
	case !isToken(text):
		return refuse("this is no token: it holds characters that no token has")
	case isHex(text, 64):
		return refuse("this looks like a client secret, not like a token: keep it for the integration's settings")
	case text[0] == 'C' && isHex(text[1:], 64):
		return refuse("this looks like a client id, not like a token")
	case isUUID(text):
		return refuse("this looks like the id of something, not like a token")
	case strings.Contains(text, "://") || strings.ContainsAny(text, "?&") || strings.HasPrefix(text, "code=") || strings.HasPrefix(text, "state="):
		return refuse("this is an address, not a token")
	case strings.ContainsAny(text[:1], "$%"):
		return refuse("this looks like a variable that was not expanded")
	case len(text) < 20 || len(text) > 16<<10:
		return refuse(fmt.Sprintf("this is no token: it has %d characters", len(text)))
	}
	if d, ok := DecodeID(text); ok {
		return refuse("this is the id of a " + d.kindWord() + ", not a token")
	}
	return NewSecret(text), nil
}

func isName(s string) bool {
	return s != "" && len(s) <= 64 && !strings.ContainsFunc(s, func(r rune) bool { return !('A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '_') })
}

func isHex(s string, n int) bool {
	return len(s) == n && !strings.ContainsFunc(s, func(r rune) bool {
		return !('0' <= r && r <= '9' || 'a' <= r && r <= 'f' || 'A' <= r && r <= 'F')
	})
}

// PortalIntegration is what the authorization URL that the developer portal shows for
// an integration says about it.
type PortalIntegration struct {
	ClientID    ClientID
	RedirectURI string
	Scopes      []string
}

// ParsePortalURL reads the authorization URL of the developer portal's page of an
// integration. The error matches [ErrInvalidInput].
func ParsePortalURL(text string) (PortalIntegration, error) {
	text = unwrap(text)
	u, err := url.Parse(text)
	if err != nil || !u.Query().Has("client_id") {
		return PortalIntegration{}, fmt.Errorf("%w: this is not the authorization URL that developer.webex.com shows on the integration's page (it has client_id= in it)", ErrInvalidInput)
	}
	q := u.Query()
	p := PortalIntegration{ClientID: ClientID(q.Get("client_id")), RedirectURI: q.Get("redirect_uri")}
	if err := CheckID("client id", p.ClientID); err != nil {
		return p, err
	}
	if q.Get("scope") != "" {
		if p.Scopes, err = ParseScopes("scope=" + url.QueryEscape(q.Get("scope"))); err != nil {
			return p, err
		}
	}
	if u, err := url.Parse(p.RedirectURI); err != nil || u.Scheme == "" {
		return p, fmt.Errorf("%w: the URL names no redirect_uri that is one", ErrInvalidInput)
	}
	return p, nil
}

// withoutMark takes the byte order mark away with which files of Windows begin, and reads
// what its older shells write, which is UTF-16.
func withoutMark(text string) string {
	if rest, ok := strings.CutPrefix(text, "\xff\xfe"); ok && len(rest)%2 == 0 {
		units := make([]uint16, len(rest)/2)
		for i := range units {
			units[i] = uint16(rest[2*i]) | uint16(rest[2*i+1])<<8
		}
		return string(utf16.Decode(units))
	}
	return strings.TrimPrefix(text, "\ufeff")
}
