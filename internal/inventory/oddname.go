package inventory

import (
	"strings"
	"unicode"

	"github.com/wxauth/wxauth/webex"
)

// OddName describes what is suspicious about an app's name: invisible characters, alphabets
// mixed within a word, as in look-alikes of known names (Unicode Technical Standard 39), or
// a name that looks like a test. It returns "" if nothing is.
func OddName(name webex.Untrusted) string {
	if string(webex.Clean(name)) != string(name) {
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
	if !strings.ContainsFunc(string(name), func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		return "no letters or digits in its name"
	}
	tests := 0
	for _, w := range strings.FieldsFunc(strings.ToLower(string(name)), func(r rune) bool { return !unicode.IsLetter(r) }) {
		switch w {
		case "test", "tests", "testing", "tester":
			tests++
		case "my", "app", "the", "a", "new":
		default:
			return "" // the name has other words too
		}
	}
	if tests > 0 {
		return "its name says test, and nothing more"
	}
	return ""
}
