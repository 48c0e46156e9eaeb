// Package seal encrypts the values of a store and makes keyed hashes of the names in it.
package seal

import (
	"bytes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"
)

const (
	// KeySize is the length of a [Key] in bytes.
	KeySize = 32
	// Overhead is how much longer an encrypted value is.
	Overhead = 1 + 4 + chacha20poly1305.NonceSizeX + chacha20poly1305.Overhead

	version    = 1
	firstKeyID = 1
)

// ErrDamaged means that a value was truncated, changed, moved, or encrypted with another key.
var ErrDamaged = errors.New("the store is damaged")

// Key is the master key of a store. It prints as "[redacted]".
type Key [KeySize]byte

// Format prints the mask, whatever the verb.
func (Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[redacted]") }

// MarshalText writes the mask.
func (Key) MarshalText() ([]byte, error) { return []byte("[redacted]"), nil }

// NewKey returns a random key.
func NewKey() (k Key) {
	_, _ = rand.Read(k[:]) // never returns an error: crypto/rand crashes the program instead
	return k
}

// Reveal returns the key as text, for [ParseKey]: 43 characters of base64url.
func (k Key) Reveal() string { return base64.RawURLEncoding.EncodeToString(k[:]) }

// ParseKey reads the text of [Key.Reveal], which may have white space around it. ok is false if it is
// something else.
func ParseKey(text string) (k Key, ok bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(strings.TrimSpace(text))
	if err != nil || len(b) != KeySize {
		return k, false
	}
	return Key(b), true
}

// subKey derives the key for one purpose (RFC 5869).
func (k Key) subKey(purpose string) []byte {
	b, err := hkdf.Key(sha256.New, k[:], nil, "wxauth "+purpose, KeySize)
	if err != nil {
		panic(err) // only for lengths that cannot be
	}
	return b
}

// Sealer encrypts and decrypts the values of one store.
type Sealer struct {
	aead  cipher.AEAD
	names []byte // the key of the names' fingerprint
	bind  []byte // what every value is bound to, in addition to its path
}

// New returns the sealer of the store uuid in the given schema.
func New(k Key, uuid string, schema int) *Sealer {
	aead, err := chacha20poly1305.NewX(k.subKey("records"))
	if err != nil {
		panic(err) // only for keys of another size
	}
	return &Sealer{aead: aead, names: k.subKey("names"), bind: binding(uuid, schema)}
}

// Rebound returns a sealer with the same key for another store or schema.
func (s *Sealer) Rebound(uuid string, schema int) *Sealer {
	return &Sealer{aead: s.aead, names: s.names, bind: binding(uuid, schema)}
}

func binding(uuid string, schema int) []byte { return Joined("wxauth", fmt.Sprint(schema), uuid) }

// Joined encodes parts unambiguously: different lists give different results.
func Joined(parts ...string) []byte {
	var b []byte
	for _, p := range parts {
		b = binary.BigEndian.AppendUint32(b, uint32(len(p))) //nolint:gosec // far below 4 GiB
		b = append(b, p...)
	}
	return b
}

// Split returns the parts that [Joined] encoded. ok is false if b is something else.
func Split(b []byte) (parts []string, ok bool) {
	for len(b) > 0 {
		if len(b) < 4 || uint64(len(b)-4) < uint64(binary.BigEndian.Uint32(b)) {
			return nil, false
		}
		n := int(binary.BigEndian.Uint32(b))
		parts, b = append(parts, string(b[4:4+n])), b[4+n:]
	}
	return parts, true
}

// Seal encrypts a value and binds it to its path.
func (s *Sealer) Seal(plain []byte, path ...string) []byte {
	out := make([]byte, 5, Overhead+len(plain))
	out[0] = version
	binary.BigEndian.PutUint32(out[1:], firstKeyID)
	nonce := make([]byte, chacha20poly1305.NonceSizeX)
	_, _ = rand.Read(nonce)
	out = append(out, nonce...)
	return s.aead.Seal(out, nonce, plain, s.bound(out[:5], path))
}

// Open decrypts the value at path. Its error matches [ErrDamaged].
func (s *Sealer) Open(sealed []byte, path ...string) ([]byte, error) {
	if len(sealed) < Overhead || sealed[0] != version {
		return nil, fmt.Errorf("%w: a value is truncated", ErrDamaged)
	}
	nonce, rest := sealed[5:5+chacha20poly1305.NonceSizeX], sealed[5+chacha20poly1305.NonceSizeX:]
	plain, err := s.aead.Open(nil, nonce, rest, s.bound(sealed[:5], path))
	if err != nil {
		return nil, fmt.Errorf("%w: a value was changed, moved, or encrypted with another key", ErrDamaged)
	}
	return plain, nil
}

func (s *Sealer) bound(head []byte, path []string) []byte {
	return bytes.Join([][]byte{s.bind, Joined(path...), head}, nil)
}

// Fingerprint returns the keyed hash of a record's name. Those of all records can be combined by XOR,
// so that one more or less changes the whole without reading the rest.
func (s *Sealer) Fingerprint(path ...string) (f [sha256.Size]byte) {
	m := hmac.New(sha256.New, s.names)
	m.Write(Joined(path...))
	m.Sum(f[:0])
	return f
}
