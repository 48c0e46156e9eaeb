package webex

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Untrusted is text from outside, such as the name of an app or a person, or an error
// message. It may contain control characters.
//
// It can be compared and stored as it is. Printing it with fmt gives the result of [Clean];
// converting it to string does not.
type Untrusted string

// String returns the result of [Clean].
func (u Untrusted) String() string { return string(Clean(u)) }

// Safe is text that is safe to print on a terminal: one line of valid UTF-8 without control,
// invisible or direction-changing characters.
type Safe string

// maxMarks is how many combining marks may follow a base character. Thai and Vietnamese
// need two; more would paint over the neighboring lines.
const maxMarks = 2

// Clean makes text safe to print on a terminal. Characters that could move the cursor,
// change the direction of text, break the line, or are invisible become a visible escape
// such as \u202e; bytes that are not valid UTF-8 become \xNN. Printable ASCII and the
// letters of all scripts stay as they are. A backslash is not escaped, so the result is not
// unique. Clean(Clean(x)) equals Clean(x).
func Clean(u Untrusted) Safe {
	s := string(u)
	if isPlainASCII(s) {
		return Safe(s)
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	marks := maxMarks // a mark without a base would combine with the text printed before
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size <= 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
			marks = 0
		case unicode.In(r, unicode.Mn, unicode.Me) && !hidden(r):
			if marks < maxMarks {
				b.WriteRune(r)
				marks++
			} else {
				writeEscape(&b, r)
				marks = 0
			}
		case visible(r):
			b.WriteRune(r)
			marks = 0
		default:
			writeEscape(&b, r)
			marks = 0
		}
		i += size
	}
	return Safe(b.String())
}

func isPlainASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// visible reports whether r is a printable character. Only the ASCII space and the
// ideographic space are accepted, because other spaces look like them.
func visible(r rune) bool {
	if r == ' ' || r == '\u3000' {
		return true
	}
	return unicode.IsPrint(r) && !hidden(r)
}

// hidden reports whether r is a letter or mark that is invisible: Unicode's
// Default_Ignorable_Code_Point outside of Cf, the variation selectors, and the blank Hangul
// and Braille characters.
func hidden(r rune) bool {
	return unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) ||
		r == '\u2800' || r == '\u17b4' || r == '\u17b5'
}

func writeEscape(b *strings.Builder, r rune) {
	if r > 0xffff {
		fmt.Fprintf(b, `\U%08x`, r)
		return
	}
	fmt.Fprintf(b, `\u%04x`, r)
}
