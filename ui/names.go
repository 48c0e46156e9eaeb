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

// lookAlikes says of each app whose name an eye takes for that of another one of the list
// which one that is. Of such names Webex's own is the original, else the one that is known
// to have been there longest.
func lookAlikes(groups []*group, l app.Listing) map[*group]string {
	older := func(a, b *group) bool { // a time that is not known proves nothing
		return !a.oldest.IsZero() && (b.oldest.IsZero() || a.oldest.Before(b.oldest))
	}
	first := map[string]*group{}
	keys := make([]string, len(groups))
	for i, g := range groups {
		keys[i] = inventory.Skeleton(g.rawName(l))
		o := first[keys[i]]
		if o == nil || g.signIn && !o.signIn || g.signIn == o.signIn && older(g, o) {
			first[keys[i]] = g
		}
	}
	out := map[*group]string{}
	for i, g := range groups {
		o := first[keys[i]]
		switch {
		case o == g || keys[i] == "" || g.signIn:
		case o.rawName(l) == g.rawName(l):
			out[g] = "another app has the same name"
		default:
			out[g] = "looks like " + app.Shorten(clean(o.rawName(l)), 40)
		}
	}
	return out
}

// rawName is the name that is shown, as it came.
func (g *group) rawName(l app.Listing) webex.Untrusted {
	if g.raw == "" {
		return l.Rows[g.rows[0]].ApplicationName
	}
	return g.raw
}
