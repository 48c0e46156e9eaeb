package ui

import (
	"strings"
	"unicode"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/inventory"
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

// lookAlikes returns for each app whose name an eye takes for that of another one of the
// list the other's name. Of such names Webex's own is the original, else the one that has
// been there longest.
func lookAlikes(groups []*group, l app.Listing) map[*group]string {
	name := func(g *group) webex.Untrusted { return l.Rows[g.rows[0]].ApplicationName }
	first := map[string]*group{}
	keys := make([]string, len(groups))
	for i, g := range groups {
		keys[i] = inventory.Skeleton(name(g))
		o := first[keys[i]]
		if o == nil || g.signIn && !o.signIn || g.signIn == o.signIn && g.oldest.Before(o.oldest) {
			first[keys[i]] = g
		}
	}
	out := map[*group]string{}
	for i, g := range groups {
		if o := first[keys[i]]; o != g && keys[i] != "" && !g.signIn && name(o) != name(g) {
			out[g] = clean(name(o))
		}
	}
	return out
}
