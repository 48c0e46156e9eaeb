package webex

import (
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/go-json-experiment/json"
)

// ParseToken parses an access token that a user has copied. It removes whitespace and
// quotes, and a prefix such as "Authorization:", "Bearer" or "NAME=". It also accepts the
// JSON response of the token endpoint. Errors match [ErrInvalidInput] and say what the text
// seems to be instead.
func ParseToken(text string) (Secret, error) { return parseToken(text, "access_token") }

// ParseRefreshToken is like [ParseToken] for a refresh token: from JSON it takes
// refresh_token.
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
	refuse := func(what string) (Secret, error) {
		return Secret{}, fmt.Errorf("%w: %s", ErrInvalidInput, what)
	}
	for line := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if strings.ContainsAny(strings.TrimSpace(line), " \t") { // a line break may come from a terminal's width
			return refuse("this is not a token: it contains spaces")
		}
	}
	text = unwrap(text)
	switch {
	case text == "":
		return refuse("the token is empty")
	case !isToken(text):
		return refuse("this is not a token: it contains invalid characters")
	case isHex(text, 64):
		return refuse("this looks like a client secret, not a token: use it in the integration's settings")
	case text[0] == 'C' && isHex(text[1:], 64):
		return refuse("this looks like a client id, not a token")
	case isUUID(text):
		return refuse("this looks like an id, not a token")
	case strings.Contains(text, "://") || strings.ContainsAny(text, "?&") || strings.HasPrefix(text, "code=") || strings.HasPrefix(text, "state="):
		return refuse("this is an address, not a token")
	case strings.ContainsAny(text[:1], "$%"):
		return refuse("this looks like a variable that was not expanded")
	case len(text) < 20 || len(text) > 16<<10:
		return refuse(fmt.Sprintf("this is not a token: it has %d characters", len(text)))
	}
	if d, ok := DecodeID(text); ok {
		return refuse("this is the id of " + d.kindWords() + ", not a token")
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

// withoutMark removes a byte order mark, as Windows programs write it, and converts UTF-16,
// as older Windows shells write it.
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
