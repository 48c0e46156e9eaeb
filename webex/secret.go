package webex

import (
	"crypto/subtle"
	"fmt"
	"log/slog"
)

const mask = "[redacted]"

// Secret holds a token or client secret. Every way of printing it gives a mask;
// [Secret.Reveal] is the only way to the value. The zero Secret is empty.
type Secret struct {
	// A pointer, because fmt prints unexported string fields of enclosing
	// structs without asking Format, and prints a nested pointer as an address.
	value *string
}

// NewSecret wraps a value that must not be printed.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{value: &value}
}

// Reveal returns the value itself: for the request that carries it, and for the
// command whose whole purpose is to print it.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsZero reports whether there is no value.
func (s Secret) IsZero() bool { return s.value == nil }

// Equal compares two secrets in constant time.
func (s Secret) Equal(other Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(other.Reveal())) == 1
}

// String returns a mask.
func (s Secret) String() string { return mask }

// Format prints a mask for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(mask)) }

// GoString returns a mask.
func (s Secret) GoString() string { return mask }

// MarshalText returns a mask, so that neither JSON nor TOML can carry the value.
func (s Secret) MarshalText() ([]byte, error) { return []byte(mask), nil }

// LogValue returns a mask.
func (s Secret) LogValue() slog.Value { return slog.StringValue(mask) }
