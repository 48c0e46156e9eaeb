package webex

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// Identity is what an id says offline, and the other forms in which it is written.
type Identity struct {
	Kind   Untrusted // ORGANIZATION, PEOPLE, APPLICATION …; empty for a bare UUID
	Region Untrusted // us, or another; empty where the id does not say
	UUID   Untrusted // what stands in it: a UUID mostly, the client id of an application
	// Encodings are the forms in which the same id is met, by their names, in a fixed
	// order.
	Encodings []Encoding
}

// Encoding is one form of an id.
type Encoding struct{ Name, ID string }

// IdentifyID reads an id in any of the forms that Webex uses: base64url of
// ciscospark://{region}/{KIND}/{UUID}, that address itself, base64 of a bare UUID, a bare
// UUID, or an OAuth client id. Nothing is asked of Webex, and nothing is proven: what
// can be read may not exist. The error matches [ErrInvalidInput].
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
	return Identity{}, fmt.Errorf("%w: %s is no Webex id: neither a UUID, nor base64 of one, nor of ciscospark://…, nor a client id", ErrInvalidInput, Quote(text))
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
