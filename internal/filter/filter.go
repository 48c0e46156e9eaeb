// Package filter is the text that narrows a list: all of its words must be in a row.
//
// A word is looked for in what the row shows. "app:PART" is looked for in the app's name
// alone; "type:refresh" and "is:stale" are tags, which the row has or has not; "!" in front
// of a word wants the opposite. Words of eight characters and more are looked for in ids
// too.
package filter

import (
	"slices"
	"strings"
)

// A haystack is what a filter looks at for one row, in lower case: the app's name, AppMark,
// what else the row shows and its tags, IDMark, and its ids. The parts may be empty, and the
// marks left out with what follows them. Each tag stands between blanks.
const (
	AppMark = "\x00"
	IDMark  = "\x01"
)

// shortestID: all ids of Webex begin alike, and any few letters stand in some.
const shortestID = 8

// Word is a word of a filter.
type Word struct {
	Not      bool // a row that has it is not meant
	text     string
	app, tag bool
}

// Parse divides a filter into its words.
func Parse(text string) []Word {
	var words []Word
	not := false
	for _, f := range strings.Fields(strings.ToLower(text)) {
		if f == "!" {
			not = true // the next word
			continue
		}
		w := Word{Not: not}
		not = false
		if rest, ok := strings.CutPrefix(f, "!"); ok {
			f, w.Not = rest, true
		}
		w.text = f
		key, value, tagged := strings.Cut(f, ":")
		switch {
		case tagged && key == "app":
			w.text, w.app = value, true
		case tagged && value != "" && (key == "type" || key == "is"):
			w.text, w.tag = " "+f+" ", true
		}
		if w.text != "" {
			words = append(words, w)
		}
	}
	return words
}

// In reports whether the word is in a haystack, whatever Not says.
func (w Word) In(haystack string) bool {
	shown, ids, _ := strings.Cut(haystack, IDMark)
	switch {
	case w.app:
		shown, _, _ = strings.Cut(shown, AppMark)
	case w.tag: // an app may be called like one
		_, shown, _ = strings.Cut(shown, AppMark)
	}
	return strings.Contains(shown, w.text) || len(w.text) >= shortestID && strings.Contains(ids, w.text)
}

// Matcher returns what reports whether a row is meant, by its haystack.
func Matcher(text string) func(haystack string) bool {
	words := Parse(text)
	return func(haystack string) bool {
		return !slices.ContainsFunc(words, func(w Word) bool { return w.In(haystack) == w.Not })
	}
}
