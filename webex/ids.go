package webex

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// Each kind of id has its own type, so that they cannot be mixed up. Ids come from the
// server; like [Untrusted] text, their String methods return a form that is safe to print.
type (
	// AuthorizationID identifies one authorization, that is, one token.
	AuthorizationID string
	// ClientID is the OAuth client_id of an app.
	ClientID string
	// PersonID is the id of a person in /people.
	PersonID string
	// OrgID is the id of an organization, in any of the encodings that Webex uses.
	OrgID string
)

// String returns the id in a form that is safe to print; see [Clean].
func (id AuthorizationID) String() string { return string(Clean(Untrusted(id))) }

// String returns the id in a form that is safe to print; see [Clean].
func (id ClientID) String() string { return string(Clean(Untrusted(id))) }

// String returns the id in a form that is safe to print; see [Clean].
func (id PersonID) String() string { return string(Clean(Untrusted(id))) }

// String returns the id in a form that is safe to print; see [Clean].
func (id OrgID) String() string { return string(Clean(Untrusted(id))) }

// UUID returns the UUID that the id encodes, in lower case. Use it to compare ids in
// different encodings. If the id contains no UUID, UUID returns String.
func (id OrgID) UUID() string { return uuidIn(id) }

// UUID returns the UUID that the id encodes; see [OrgID.UUID].
func (id PersonID) UUID() string { return uuidIn(id) }

// UUID returns the UUID that the id encodes; see [OrgID.UUID].
func (id AuthorizationID) UUID() string { return uuidIn(id) }

// Same reports whether both ids identify the same person, in any encoding. An empty id
// matches nothing.
func (id PersonID) Same(other PersonID) bool {
	return id != "" && (id == other || other != "" && id.UUID() == other.UUID())
}

// ShortestID is the least number of characters that name an authorization.
const ShortestID = 8

// NamedBy reports whether text names the authorization: it is the id, its UUID, or the beginning
// of its UUID with at least [ShortestID] characters. A beginning may fit other ids, too.
func (id AuthorizationID) NamedBy(text string) bool {
	if string(id) == text {
		return true
	}
	uuid := id.UUID()
	return len(text) >= ShortestID && len(uuid) == 36 && strings.HasPrefix(uuid, strings.ToLower(text))
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

// isID reports whether s consists only of base64url characters. (It is called for every
// row that is drawn, so it avoids regular expressions.)
func isID(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '=') {
			return false
		}
	}
	return s != "" && len(s) <= maxID
}

// isUUID reports whether s is a UUID in its canonical form.
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

// CheckID returns nil if id is safe to use in a request. kind names the id in the error.
// An empty id would turn DELETE /authorizations/{id} into the app-wide DELETE, and an id
// with a dot, slash or question mark could address another resource.
//
// Errors match [ErrInvalidInput].
func CheckID[T ~string](kind string, id T) error {
	s := string(id)
	switch {
	case strings.TrimSpace(s) == "":
		return fmt.Errorf("%w: the %s is empty", ErrInvalidInput, kind)
	case s == "null" || s == "undefined" || s == "nil":
		return fmt.Errorf("%w: the %s is %q, which looks like an unset variable", ErrInvalidInput, kind, s)
	case !isID(s):
		return fmt.Errorf("%w: %s is not a valid %s (letters, digits, - _ = only)", ErrInvalidInput, Quote(s), kind)
	}
	return nil
}

// CheckEmail returns nil if address could be an email address. The check is loose: it
// only prevents requests that are certain to fail.
//
// Errors match [ErrInvalidInput].
func CheckEmail(address string) error {
	local, domain, ok := strings.Cut(address, "@")
	switch {
	case len(local) > 7 && strings.EqualFold(local[:7], "mailto:"):
		return fmt.Errorf("%w: %s is a link: remove the mailto: prefix", ErrInvalidInput, Quote(address))
	case strings.ContainsFunc(address, func(r rune) bool { return r > 0x7f && !visible(r) }):
		return fmt.Errorf("%w: %s contains an invisible character: type the address by hand", ErrInvalidInput, Quote(address))
	case strings.TrimSpace(address) == "":
		return fmt.Errorf("%w: the email address is empty", ErrInvalidInput)
	case !ok || local == "" || domain == "" || strings.Contains(domain, "@"),
		strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune("<>,;\"\\", r) }),
		len(address) > 320, strings.HasPrefix(domain, "."), strings.HasSuffix(domain, "."), strings.Contains(domain, ".."):
		return fmt.Errorf("%w: %s is not an email address", ErrInvalidInput, Quote(address))
	}
	return nil
}

// Decoded holds the parts of a decoded Webex id, ciscospark://{Region}/{Kind}/{UUID}.
type Decoded struct {
	Region, Kind, UUID Untrusted
}

// DecodeID decodes a Webex id in standard or URL-safe base64, padded or not. ok is false
// if id has another form, which is not an error: Webex documents ids as opaque.
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

// encodeAddress encodes an address such as ciscospark://us/ORGANIZATION/{UUID} as an id,
// and returns any other text unchanged.
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

// ParseOrgID parses an organization's id: its UUID, its ciscospark:// address, plain or in
// base64, or the base64 of the UUID, as in webhook samples. It returns the form that the
// API's reference uses: unpadded base64url of ciscospark://us/ORGANIZATION/{UUID}. A region
// other than us is kept.
//
// Errors match [ErrInvalidInput].
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
	return "", fmt.Errorf("%w: %s is not an organization id: use its UUID or the id that Webex shows", ErrInvalidInput, Quote(s))
}

// isRegion reports whether s has the form of a region, such as us or
// urn:TEAM:us-gov-west-1_a1.
func isRegion(s string) bool {
	return s != "" && len(s) <= 64 && !strings.ContainsFunc(s, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == ':' || r == '_' || r == '-')
	})
}

// kindWords returns the kind of an id in words, such as "an organization".
func (d Decoded) kindWords() string {
	word := strings.ToLower(d.Kind.String())
	switch {
	case d.Kind == "PEOPLE":
		return "a person"
	case strings.IndexAny(word, "aeio") == 0: // not u: a user, a unit
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
