package webex

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// Identity describes a Webex id, decoded offline, and its other encodings.
type Identity struct {
	Kind   Untrusted // such as ORGANIZATION, PEOPLE or APPLICATION; empty for a bare UUID
	Region Untrusted // such as us; empty if the id has none
	UUID   Untrusted // usually a UUID; for an application its client id
	// Encodings are the forms in which the same id appears, in a fixed order.
	Encodings []Encoding
}

// Encoding is one form of an id, with a name for that form.
type Encoding struct{ Name, ID string }

// IdentifyID decodes an id in any of the forms that Webex uses: base64url of
// ciscospark://{region}/{KIND}/{UUID}, that address itself, base64 of a bare UUID, a bare
// UUID, or an OAuth client id. It sends no request, so a valid id may still not exist.
// Errors match [ErrInvalidInput].
func IdentifyID(text string) (Identity, error) {
	text = encodeAddress(unwrap(text))
	if d, ok := DecodeID(text); ok {
		return d.identity(), nil
	}
	uuid := text
	if plain, err := decodeBase64(text); err == nil && isUUID(plain) && !isUUID(text) {
		uuid = plain
	}
	switch {
	case isUUID(uuid):
		uuid = strings.ToLower(uuid)
		id := Identity{UUID: Untrusted(uuid)}
		id.Encodings = []Encoding{{"uuid", uuid}, {"base64 of the uuid", base64.StdEncoding.EncodeToString([]byte(uuid))}}
		for _, kind := range []string{"ORGANIZATION", "PEOPLE"} {
			id.Encodings = append(id.Encodings, Encoding{"as " + strings.ToLower(kind), encodeID("us", kind, uuid)})
		}
		return id, nil
	case text != "" && text[0] == 'C' && isHex(text[1:], 64):
		d := Decoded{Region: "us", Kind: "APPLICATION", UUID: Untrusted(text)}
		id := d.identity()
		id.Kind = "client id"
		return id, nil
	}
	return Identity{}, fmt.Errorf("%w: %s is not a Webex id: expected a UUID, base64 of a UUID or of ciscospark://…, or a client id", ErrInvalidInput, Quote(text))
}

func (d Decoded) identity() Identity {
	id := Identity{Kind: d.Kind, Region: d.Region, UUID: d.UUID}
	kind, region, inner := string(d.Kind), string(d.Region), string(d.UUID)
	name := "uuid"
	if kind == "APPLICATION" {
		name = "client id"
	}
	id.Encodings = []Encoding{{name, inner}, {"base64url", encodeID(region, kind, inner)}, {"address", "ciscospark://" + region + "/" + kind + "/" + inner}}
	if isUUID(inner) {
		id.Encodings = append(id.Encodings, Encoding{"base64 of the uuid", base64.StdEncoding.EncodeToString([]byte(inner))})
	}
	return id
}
