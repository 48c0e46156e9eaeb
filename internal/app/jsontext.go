package app

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/wxauth/wxauth/webex"
)

// MarshalJSON returns v as indented JSON that is safe to print: it escapes every
// character that [webex.Clean] removes. A parser reads the same value.
func MarshalJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	err := WriteJSON(&b, v)
	return b.Bytes(), err
}

// WriteJSON is [MarshalJSON], streamed to a writer.
func WriteJSON(w io.Writer, v any) error {
	return writeJSON(w, v, jsontext.WithIndent("  "))
}

// StreamJSON writes an array like [WriteJSON], one element at a time, with a final
// newline.
func StreamJSON[T any](w io.Writer, elements func(write func(T) error) error) error {
	visible := &visibleWriter{to: w}
	enc := jsontext.NewEncoder(visible, jsontext.WithIndent("  "), jsontext.AllowInvalidUTF8(true))
	if err := enc.WriteToken(jsontext.BeginArray); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	if err := elements(func(e T) error { return json.MarshalEncode(enc, &e) }); err != nil {
		return err
	}
	if err := enc.WriteToken(jsontext.EndArray); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return visible.flush()
}

// MarshalLine is like [MarshalJSON], but on one line without a newline.
func MarshalLine(v any) ([]byte, error) {
	var b bytes.Buffer
	err := writeJSON(&b, v)
	return b.Bytes(), err
}

func writeJSON(w io.Writer, v any, form ...jsontext.Options) error {
	visible := &visibleWriter{to: w}
	if err := json.MarshalWrite(visible, v, append(form, jsontext.AllowInvalidUTF8(true))...); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return visible.flush()
}

// visibleWriter escapes characters that are unsafe on a terminal. They occur only
// inside JSON strings, where an escape has the same meaning.
type visibleWriter struct {
	to    io.Writer
	rest  []byte // an incomplete character
	marks int    // combining marks since the last base character
}

func (v *visibleWriter) Write(b []byte) (int, error) {
	if len(v.rest) == 0 && isASCII(b) { // the encoder escapes all control characters except DEL
		if len(b) > 0 {
			v.marks = 0
		}
		if bytes.IndexByte(b, 0x7f) < 0 {
			return v.to.Write(b)
		}
		_, err := v.to.Write(bytes.ReplaceAll(b, []byte{0x7f}, []byte(`\u007f`)))
		return len(b), err
	}
	all := append(slices.Clone(v.rest), b...)
	whole := len(all)
	for n := 1; n < utf8.UTFMax && n <= len(all); n++ { // all may end inside a character
		if utf8.RuneStart(all[len(all)-n]) {
			if !utf8.FullRune(all[len(all)-n:]) {
				whole = len(all) - n
			}
			break
		}
	}
	v.rest = all[whole:]
	_, err := v.to.Write(v.escape(all[:whole]))
	return len(b), err
}

// flush writes the rest of a text that ended inside a character.
func (v *visibleWriter) flush() error {
	if len(v.rest) == 0 {
		return nil
	}
	_, err := v.to.Write(v.escape(v.rest))
	v.rest = nil
	return err
}

func (v *visibleWriter) escape(b []byte) []byte {
	out := make([]byte, 0, len(b)+64)
	for _, r := range string(b) {
		if r < utf8.RuneSelf && r != 0x7f {
			v.marks = 0
			out = append(out, byte(r))
			continue
		}
		if unicode.In(r, unicode.Mn, unicode.Me) {
			v.marks++
		} else {
			v.marks = 0
		}
		c := string(r)
		if v.marks <= 2 && string(webex.Clean(webex.Untrusted("a"+c))) == "a"+c {
			out = append(out, c...)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			out = fmt.Appendf(out, `\u%04x`, unit)
		}
	}
	return out
}

func isASCII(b []byte) bool {
	for ; len(b) >= 8; b = b[8:] { // eight at once: a list may have megabytes
		if binary.LittleEndian.Uint64(b)&0x8080808080808080 != 0 {
			return false
		}
	}
	return !slices.ContainsFunc(b, func(c byte) bool { return c >= utf8.RuneSelf })
}
