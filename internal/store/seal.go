package store

import (
	"bytes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"

	"golang.org/x/crypto/chacha20poly1305"
)

const (
	keySize      = 32
	sealVersion  = 1
	firstKeyID   = 1
	sealOverhead = 1 + 4 + chacha20poly1305.NonceSizeX + chacha20poly1305.Overhead
)

// masterKey is the secret of a store. It prints as "[redacted]".
type masterKey [keySize]byte

// Format prints the mask, whatever the verb.
func (masterKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[redacted]") }

// MarshalText writes the mask.
func (masterKey) MarshalText() ([]byte, error) { return []byte("[redacted]"), nil }

func newMasterKey() (k masterKey) {
	_, _ = rand.Read(k[:]) // never returns an error: crypto/rand crashes the program instead
	return k
}

// subKey derives the key for one purpose (RFC 5869).
func (k masterKey) subKey(purpose string) []byte {
	b, err := hkdf.Key(sha256.New, k[:], nil, "wxauth "+purpose, keySize)
	if err != nil {
		panic(err) // only for lengths that cannot be
	}
	return b
}

// sealer encrypts and decrypts the values of one store.
type sealer struct {
	aead  cipher.AEAD
	names []byte // the key of the names' fingerprint
	bind  []byte // what every value is bound to, in addition to its path
}

func newSealer(k masterKey, uuid string, schema int) *sealer {
	aead, err := chacha20poly1305.NewX(k.subKey("records"))
	if err != nil {
		panic(err) // only for keys of another size
	}
	return &sealer{aead: aead, names: k.subKey("names"), bind: joined("wxauth", fmt.Sprint(schema), uuid)}
}

// joined encodes parts unambiguously: different lists give different results.
func joined(parts ...string) []byte {
	var b []byte
	for _, p := range parts {
		b = binary.BigEndian.AppendUint32(b, uint32(len(p))) //nolint:gosec // far below 4 GiB
		b = append(b, p...)
	}
	return b
}

func (s *sealer) seal(plain []byte, path ...string) []byte {
	out := make([]byte, 5, sealOverhead+len(plain))
	out[0] = sealVersion
	binary.BigEndian.PutUint32(out[1:], firstKeyID)
	nonce := make([]byte, chacha20poly1305.NonceSizeX)
	_, _ = rand.Read(nonce)
	out = append(out, nonce...)
	return s.aead.Seal(out, nonce, plain, s.bound(out[:5], path))
}

func (s *sealer) open(sealed []byte, path ...string) ([]byte, error) {
	if len(sealed) < sealOverhead || sealed[0] != sealVersion {
		return nil, fmt.Errorf("%w: a value is truncated", ErrDamaged)
	}
	nonce, rest := sealed[5:5+chacha20poly1305.NonceSizeX], sealed[5+chacha20poly1305.NonceSizeX:]
	plain, err := s.aead.Open(nil, nonce, rest, s.bound(sealed[:5], path))
	if err != nil {
		return nil, fmt.Errorf("%w: a value was changed, moved, or encrypted with another key", ErrDamaged)
	}
	return plain, nil
}

func (s *sealer) bound(head []byte, path []string) []byte {
	return bytes.Join([][]byte{s.bind, joined(path...), head}, nil)
}

// fingerprint of one record's name; those of all records are combined by XOR, so
// that one more or less changes the whole without reading the rest.
func (s *sealer) fingerprint(path ...string) (f [sha256.Size]byte) {
	m := hmac.New(sha256.New, s.names)
	m.Write(joined(path...))
	m.Sum(f[:0])
	return f
}
