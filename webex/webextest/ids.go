package webextest

import "encoding/base64"

func (s *Simulator) uuid() string { return string(s.appendUUID(nil)) }

// appendUUID makes one by hand: an organization has thousands, and fmt takes ten times as
// long.
func (s *Simulator) appendUUID(out []byte) []byte {
	a, b := s.rng.Uint64(), s.rng.Uint64()
	for i, part := range [...]struct {
		of     uint64
		digits int
	}{{a & 0xffffffff, 8}, {a >> 32 & 0xffff, 4}, {0x4000 | a>>48&0xfff, 4}, {0x8000 | b>>48&0xfff, 4}, {b & 0xffffffffffff, 12}} {
		if i > 0 {
			out = append(out, '-')
		}
		out = appendHex(out, part.of, part.digits)
	}
	return out
}

func appendHex(out []byte, v uint64, digits int) []byte {
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		out = append(out, "0123456789abcdef"[v>>shift&0xf])
	}
	return out
}

// EncodeID returns the id that the simulator uses for an object of this kind, such as
// PEOPLE, with this UUID.
func EncodeID(kind, uuid string) string { return encodeID(kind, uuid) }

func encodeID(kind, uuid string) string {
	var plain [128]byte
	return encoded(append(append(append(plain[:0], idStart...), kind+"/"...), uuid...))
}

// newID makes an id of a kind, with a UUID of its own.
func (s *Simulator) newID(kind string) string {
	var plain [128]byte
	return encoded(s.appendUUID(append(append(plain[:0], idStart...), kind+"/"...)))
}

const idStart = "ciscospark://us/"

func encoded(plain []byte) string {
	var coded [192]byte
	return string(base64.RawURLEncoding.AppendEncode(coded[:0], plain))
}

// newClientID makes one of n times sixteen digits.
func (s *Simulator) newClientID(n int) string {
	var out [65]byte
	b := append(out[:0], 'C')
	for range n {
		b = appendHex(b, s.rng.Uint64(), 16)
	}
	return string(b)
}
