package webex

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// Ids are types of their own, so that one cannot be passed for another. They come
// from the server and are printed in their cleaned form, like [Untrusted] text.
type (
	// AuthorizationID names one row of the list: one token.
	AuthorizationID string
	// ClientID is the app's OAuth client_id.
	ClientID string
	// PersonID is a person's id in /people.
	PersonID string
	// OrgID is an organization's id in one of the encodings that Webex uses.
	OrgID string
)

// String returns the id, cleaned for a screen.
func (id AuthorizationID) String() string { return string(Clean(Untrusted(id))) }

// String returns the id, cleaned for a screen.
func (id ClientID) String() string { return string(Clean(Untrusted(id))) }

// String returns the id, cleaned for a screen.
func (id PersonID) String() string { return string(Clean(Untrusted(id))) }

// String returns the id, cleaned for a screen.
func (id OrgID) String() string { return string(Clean(Untrusted(id))) }

// UUID returns the UUID in an organization's id, in lower case, whichever of the forms it
// has: the one name that is the same for all of them. The id itself, cleaned, where it
// holds none.
func (id OrgID) UUID() string { return uuidIn(id) }

// UUID returns the UUID in a person's id, as [OrgID.UUID] does.
func (id PersonID) UUID() string { return uuidIn(id) }

// UUID returns the UUID in an authorization's id, as [OrgID.UUID] does.
func (id AuthorizationID) UUID() string { return uuidIn(id) }

// Same reports whether two ids name the same person, in whatever encoding. An empty id
// names nobody.
func (id PersonID) Same(other PersonID) bool {
	return id != "" && (id == other || other != "" && id.UUID() == other.UUID())
}

func uuidIn[T ~string](id T) string {
	if d, ok := DecodeID(encodeAddress(string(id))); ok {
		return strings.ToLower(string(Clean(d.UUID)))
	}
	if text, err := decodeBase64(string(id)); err == nil && isUUID(text) && !isUUID(string(id)) {
		return strings.ToLower(text)
	}
	if isUUID(string(id)) {
		return strings.ToLower(string(id))
	}
	return string(Clean(Untrusted(id)))
}

const maxID = 512

// isID reports whether s is made of the characters of base64url alone. (A loop and
// no regular expression: it is asked for every row that is drawn.)
func isID(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '=') {
			return false
		}
	}
	return s != "" && len(s) <= maxID
}

// isUUID reports whether s is a UUID in its usual form.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		dash := i == 8 || i == 13 || i == 18 || i == 23
		hex := '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
		if dash != (c == '-') || !dash && !hex {
			return false
		}
	}
	return true
}

// CheckID reports whether id can stand in a request. An empty one would turn
// DELETE /authorizations/{id} into the path of the app-wide DELETE, and one with
// a dot, slash or query sign would reach another resource.
//
// The error matches [ErrInvalidInput].
func CheckID[T ~string](kind string, id T) error {
	s := string(id)
	switch {
	case strings.TrimSpace(s) == "":
		return fmt.Errorf("%w: the %s is blank", ErrInvalidInput, kind)
	case s == "null" || s == "undefined" || s == "nil":
		return fmt.Errorf("%w: the %s is %q, which looks like an unset variable", ErrInvalidInput, kind, s)
	case !isID(s):
		return fmt.Errorf("%w: %s cannot be the %s (letters, digits, - _ = only)", ErrInvalidInput, Quote(s), kind)
	}
	return nil
}

// CheckEmail reports whether address can be a person's address. It is loose: the
// server knows better, and must only be kept from being asked nonsense.
//
// The error matches [ErrInvalidInput].
func CheckEmail(address string) error {
	local, domain, ok := strings.Cut(address, "@")
	switch {
	case len(local) > 7 && strings.EqualFold(local[:7], "mailto:"):
		return fmt.Errorf("%w: %s is a link: leave mailto: out", ErrInvalidInput, Quote(address))
	case strings.ContainsFunc(address, func(r rune) bool { return r > 0x7f && !visible(r) }):
		return fmt.Errorf("%w: %s holds a character that does not show: type the address", ErrInvalidInput, Quote(address))
	case strings.TrimSpace(address) == "":
		return fmt.Errorf("%w: the email address is blank", ErrInvalidInput)
	case !ok || local == "" || domain == "" || strings.Contains(domain, "@"),
		strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune("<>,;\"\\", r) }),
		len(address) > 320, strings.HasPrefix(domain, "."), strings.HasSuffix(domain, "."), strings.Contains(domain, ".."):
		return fmt.Errorf("%w: %s is not an email address", ErrInvalidInput, Quote(address))
	}
	return nil
}

// Decoded is what a Webex id says when its base64 is taken off:
// ciscospark://{region}/{Kind}/{UUID}.
type Decoded struct {
	Region, Kind, UUID Untrusted
}

// DecodeID reads a Webex id, padded or not, in either base64 alphabet. ok is false
// when it is no such id; an id is opaque, and that is no error.
func DecodeID[T ~string](id T) (d Decoded, ok bool) {
	text, err := decodeBase64(string(id))
	if err != nil {
		return Decoded{}, false
	}
	rest, found := strings.CutPrefix(text, "ciscospark://")
	if !found {
		return Decoded{}, false
	}
	// The region may hold colons (urn:TEAM:us-gov-west-1_a1), never a slash.
	parts := strings.Split(rest, "/")
	if len(parts) != 3 {
		return Decoded{}, false
	}
	return Decoded{Region: Untrusted(parts[0]), Kind: Untrusted(parts[1]), UUID: Untrusted(parts[2])}, true
}

// encodeAddress returns the id for the address that stands in it, as in
// ciscospark://us/ORGANIZATION/{UUID}; any other text as it is.
func encodeAddress(s string) string {
	if !strings.HasPrefix(s, "ciscospark://") {
		return s
	}
	return base64.RawURLEncoding.EncodeToString([]byte(s))
}

// decodeBase64 accepts the standard and the URL alphabet, padded or not.
func decodeBase64(s string) (string, error) {
	s = strings.TrimRight(s, "=")
	enc := base64.RawURLEncoding
	if strings.ContainsAny(s, "+/") {
		enc = base64.RawStdEncoding
	}
	b, err := enc.DecodeString(s)
	return string(b), err
}

// ParseOrgID accepts an organization's UUID, its ciscospark:// address in base64 or as it
// is, or the base64 of the bare UUID (webhook samples use it), and returns the id in the
// form that the API's reference shows: unpadded base64url of
// ciscospark://us/ORGANIZATION/{UUID}. An address keeps its own region.
//
// The error matches [ErrInvalidInput].
func ParseOrgID(s string) (OrgID, error) {
	s = strings.TrimSpace(s)
	// A UUID is itself valid base64url text, so it is tried first.
	if isUUID(s) {
		return encodeOrgID("us", s), nil
	}
	if d, ok := DecodeID(encodeAddress(s)); ok {
		if d.Kind != "ORGANIZATION" || !isUUID(string(d.UUID)) || !isRegion(string(d.Region)) {
			return "", fmt.Errorf("%w: %s is the id of %s, not of an organization", ErrInvalidInput, Quote(s), d.kindWords())
		}
		return encodeOrgID(string(d.Region), string(d.UUID)), nil
	}
	if text, err := decodeBase64(s); err == nil && isUUID(text) {
		return encodeOrgID("us", text), nil
	}
	return "", fmt.Errorf("%w: %s is not an organization id: give its UUID or the id that Webex shows", ErrInvalidInput, Quote(s))
}

// isRegion: us, or as in urn:TEAM:us-gov-west-1_a1.
func isRegion(s string) bool {
	return s != "" && len(s) <= 64 && !strings.ContainsFunc(s, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == ':' || r == '_' || r == '-')
	})
}

// kindWords says what an id is the id of, such as "an organization".
func (d Decoded) kindWords() string {
	word := strings.ToLower(d.Kind.String())
	switch {
	case d.Kind == "PEOPLE":
		return "a person"
	case strings.IndexAny(word, "aeiou") == 0:
		return "an " + word
	}
	return "a " + word
}

func encodeOrgID(region, uuid string) OrgID {
	return OrgID(encodeID(region, "ORGANIZATION", strings.ToLower(uuid)))
}

func encodeID(region, kind, uuid string) string {
	return base64.RawURLEncoding.EncodeToString([]byte("ciscospark://" + region + "/" + kind + "/" + uuid))
}
