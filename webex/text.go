package webex

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Untrusted is text that somebody else chose: an app's name, a person's name, an
// error message. Names of apps are third-party text, shown right beside the key
// that revokes.
//
// Comparing and storing it is fine. Printing it with fmt gives the cleaned form;
// a conversion to string does not, and a test forbids that conversion wherever
// text goes to a screen.
type Untrusted string

// String returns the cleaned text.
func (u Untrusted) String() string { return string(Clean(u)) }

// Safe is text that can go to a terminal: one line of valid UTF-8 without control,
// invisible or direction-changing characters.
type Safe string

// maxMarks is how many combining marks one base character keeps. Thai and
// Vietnamese need two; stacked ones paint over the neighbouring lines.
const maxMarks = 2

// Clean makes text from elsewhere fit for a screen. What could move the cursor,
// change the direction of text, hide, or break the line is replaced by a visible
// escape such as \u202e, so that nothing is lost to the eye; bytes that are not
// UTF-8 become \xNN. (A name may hold a backslash itself: the id beside it tells two
// apart.) Printable ASCII and the letters of all scripts
// stay as they are. Clean(Clean(x)) is Clean(x).
func Clean(u Untrusted) Safe {
	s := string(u)
	if isPlainASCII(s) {
		return Safe(s)
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	marks := maxMarks // a mark with no base would sit on whatever we print before
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

// visible reports whether r draws something and does nothing else. Of the spaces
// only the ASCII and the ideographic one pass: the others look like them.
func visible(r rune) bool {
	if r == ' ' || r == '\u3000' {
		return true
	}
	return unicode.IsPrint(r) && !hidden(r)
}

// hidden reports whether r is one of the characters of the letter and mark
// categories that draw nothing (Unicode's Default_Ignorable_Code_Point beyond
// Cf, the variation selectors, and the blank Hangul and Braille characters).
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
