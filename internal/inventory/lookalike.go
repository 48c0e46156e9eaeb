package inventory

import (
	"strings"
	"sync"
	"unicode"

	"github.com/wxauth/wxauth/webex"
)

// confusable replaces characters that look like others: the subset of Unicode Technical Standard
// 39 that is used to imitate names. It is built on first use.
var confusable = sync.OnceValue(func() *strings.Replacer { return strings.NewReplacer(confusables...) })

var confusables = []string{
	"I", "l", "i", "l", "1", "l", "|", "l", "!", "l", "ı", "l", "í", "l", "ì", "l", "ï", "l", "і", "l", "І", "l", "Ι", "l", "ι", "l", "ӏ", "l", "Ӏ", "l", "ǀ", "l",
	"0", "o", "О", "o", "о", "o", "Ο", "o", "ο", "o", "ö", "o", "ó", "o", "ø", "o",
	"а", "a", "А", "a", "Α", "a", "α", "a", "ä", "a", "á", "a", "à", "a", "@", "a",
	"е", "e", "Е", "e", "Ε", "e", "ε", "e", "é", "e", "è", "e", "ё", "e", "ë", "e",
	"р", "p", "Р", "p", "Ρ", "p", "ρ", "p", "с", "c", "С", "c", "ϲ", "c", "х", "x", "Х", "x", "Χ", "x", "χ", "x",
	"у", "y", "У", "y", "Υ", "y", "ѕ", "s", "Ѕ", "s", "$", "s", "5", "s", "т", "t", "Т", "t", "Τ", "t", "ј", "j",
	"в", "b", "В", "b", "Β", "b", "н", "h", "Н", "h", "Η", "h", "к", "k", "К", "k", "Κ", "k", "κ", "k",
	"м", "m", "М", "m", "Μ", "m", "Ν", "n", "Ζ", "z", "ѵ", "v", "ν", "v", "ԝ", "w", "ѡ", "w", "ü", "u", "ú", "u", "υ", "u",
	"rn", "m", "vv", "w", "cl", "d",
}

// Skeleton reduces a name to what distinguishes it visually: two names with the same
// skeleton look alike.
func Skeleton(name webex.Untrusted) string {
	// The second pass handles an I that belongs to a "cl".
	s := confusable().Replace(strings.ToLower(strings.ReplaceAll(string(name), "I", "l")))
	s = confusable().Replace(s)
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// lookAlikes returns which apps look like which others. Of apps whose names look alike, Webex's
// own counts as the original; without one, the app that most people use.
func lookAlikes(apps []App) map[int]int {
	original := map[string]int{}
	better := func(a, b App) bool {
		if a.SignIn != b.SignIn {
			return a.SignIn
		}
		return a.People > b.People
	}
	keys := make([]string, len(apps))
	for i, a := range apps {
		keys[i] = Skeleton(a.Name)
		if keys[i] == "" {
			continue
		}
		if o, ok := original[keys[i]]; !ok || better(a, apps[o]) {
			original[keys[i]] = i
		}
	}
	out := map[int]int{}
	for i, a := range apps {
		if o, ok := original[keys[i]]; ok && o != i && !a.SignIn {
			out[i] = o
		}
	}
	return out
}
