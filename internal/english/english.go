// Package english writes numbers and names as people read them, for the screen and for the
// command line.
package english

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Thousands formats a number with commas.
func Thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Count returns a number with its noun: "1 token", "3,000 tokens".
func Count(n int, noun string) string {
	switch stem, y := strings.CutSuffix(noun, "ry"); {
	case n != 1 && y: // such as entry
		noun = stem + "ries"
	case n != 1:
		noun += "s"
	}
	return Thousands(n) + " " + noun
}

// Capital capitalizes the first letter.
func Capital(text string) string {
	if text == "" {
		return ""
	}
	r, n := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(r)) + text[n:]
}
