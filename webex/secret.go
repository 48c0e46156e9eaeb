package webex

import (
	"crypto/subtle"
	"fmt"
	"log/slog"
)

const mask = "[redacted]"

// Secret holds a token or client secret. Printing, logging or encoding it gives
// "[redacted]"; only [Secret.Reveal] returns the value. The zero Secret is empty.
type Secret struct {
	// A pointer: in unexported fields of other structs fmt prints strings without
	// calling Format, but prints nested pointers as addresses.
	value *string
}

// NewSecret returns a Secret that holds value.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{value: &value}
}

// Reveal returns the value. Use it only to send or to deliberately print the secret.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsZero reports whether there is no value.
func (s Secret) IsZero() bool { return s.value == nil }

// Equal reports whether two secrets are equal. It takes constant time.
func (s Secret) Equal(other Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(other.Reveal())) == 1
}

// String returns "[redacted]".
func (s Secret) String() string { return mask }

// Format prints "[redacted]" for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(mask)) }

// GoString returns "[redacted]".
func (s Secret) GoString() string { return mask }

// MarshalText returns "[redacted]", so that JSON and TOML never contain the value.
func (s Secret) MarshalText() ([]byte, error) { return []byte(mask), nil }

// LogValue returns "[redacted]".
func (s Secret) LogValue() slog.Value { return slog.StringValue(mask) }
