package store

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/go-json-experiment/json"
)

// schema is the version of the file's layout that this code writes.
const schema = 1

const format = "wxauth store"

// header is the unencrypted description of a store.
type header struct {
	Format    string `json:"format"`
	Schema    int    `json:"schema"`
	UUID      string `json:"uuid"`
	KeySource string `json:"keySource"`
	// For the passphrase: how the wrapping key is derived, and the wrapped key.
	Argon2 *argon2Parameters `json:"argon2,omitzero"`
}

type argon2Parameters struct {
	Time    uint32 `json:"t"`
	Memory  uint32 `json:"m"` // KiB
	Threads uint8  `json:"p"`
	Salt    []byte `json:"salt"`
	Wrapped []byte `json:"wrapped"`
}

// A checksum precedes the JSON, so that a flipped bit in the header reads as damage and not
// as another key source. (The check value protects the header against an attacker who can
// compute the checksum.)
func (h header) encode() []byte {
	text, err := json.Marshal(h)
	if err != nil {
		panic(err) // a struct of plain fields
	}
	return append(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(text)), text...)
}

func decodeHeader(b []byte) (header, error) { return decodeHeaderUpTo(b, newest) }

func decodeHeaderUpTo(b []byte, known int) (h header, err error) {
	if len(b) < 4 || crc32.ChecksumIEEE(b[4:]) != binary.BigEndian.Uint32(b) {
		return h, fmt.Errorf("%w: its header was changed", ErrDamaged)
	}
	if err := json.Unmarshal(b[4:], &h); err != nil {
		return h, fmt.Errorf("%w: its header cannot be read: %w", ErrDamaged, err)
	}
	switch {
	case h.Format != format:
		return h, ErrForeign
	case h.Schema > known:
		return h, fmt.Errorf("%w: it has schema %d, but this version supports up to %d: update wxauth; nothing was changed", ErrNewer, h.Schema, known)
	case h.Schema < 1:
		return h, fmt.Errorf("%w: schema %d", ErrDamaged, h.Schema)
	}
	return h, nil
}

// manifest records which records must exist.
type manifest struct {
	Generation uint64 `json:"generation"` // one more with each change
	Records    int    `json:"records"`
	Names      []byte `json:"names"` // the XOR of the names' fingerprints
}

// toggle adds a record's name or takes it out.
func (m *manifest) toggle(f [32]byte, by int) {
	if len(m.Names) != len(f) {
		m.Names = make([]byte, len(f))
	}
	for i, b := range f {
		m.Names[i] ^= b
	}
	m.Records += by
}
