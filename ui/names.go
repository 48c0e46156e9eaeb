package ui

import (
	"strings"
	"unicode"

	"github.com/wxauth/wxauth/webex"
)

// oddName says what is odd about the letters of a name: characters that do not
// show, or alphabets mixed within a word, as look-alikes of known names have them
// (Unicode Technical Standard 39). Empty when nothing is.
func oddName(name webex.Untrusted) string {
	if clean(name) != string(name) {
		return "hidden characters in its name"
	}
	for _, word := range strings.FieldsFunc(string(name), func(r rune) bool { return !unicode.IsLetter(r) }) {
		alphabets := 0
		for _, table := range []*unicode.RangeTable{unicode.Latin, unicode.Cyrillic, unicode.Greek} {
			if strings.ContainsFunc(word, func(r rune) bool { return unicode.Is(table, r) }) {
				alphabets++
			}
		}
		if alphabets > 1 {
			return "mixed alphabets in its name"
		}
	}
	return ""
}
