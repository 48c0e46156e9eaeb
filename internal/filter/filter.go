// Package filter implements the filter of lists: a row matches if it contains all words of
// the filter.
//
// A word matches text that the row shows. "app:PART" matches only in the app's name;
// "type:refresh" and "is:stale" match tags of the row; a leading "!" negates a word. Words of
// eight or more characters also match in ids.
package filter

import (
	"slices"
	"strings"
)

// A haystack is the text of a row that a filter searches, in lower case: the app's name,
// AppMark, the other visible text and the tags, IDMark, and the ids. Parts may be empty, and a
// mark may be omitted together with everything after it. Tags are surrounded by spaces.
const (
	AppMark = "\x00"
	IDMark  = "\x01"
)

// Haystack builds the haystack of a row: its app's name, the other visible text, tags such as
// "type:refresh", and ids.
func Haystack(app string, shown, tags, ids []string) string {
	return strings.ToLower(app + AppMark + strings.Join(shown, " ") + " " + strings.Join(tags, " ") + " " + IDMark + strings.Join(ids, " "))
}

// shortestID is the minimum length of a word that matches in ids. All Webex ids begin alike, and
// many contain any given few letters.
const shortestID = 8

// Word is a word of a filter.
type Word struct {
	Not      bool // rows that contain the word don't match
	text     string
	app, tag bool
}

// Parse splits a filter into its words.
func Parse(text string) []Word {
	var words []Word
	not := false
	for _, f := range strings.Fields(strings.ToLower(text)) {
		if f == "!" {
			not = true // negate the next word
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

// In reports whether a haystack contains the word, ignoring Not.
func (w Word) In(haystack string) bool {
	shown, ids, _ := strings.Cut(haystack, IDMark)
	switch {
	case w.app:
		shown, _, _ = strings.Cut(shown, AppMark)
	case w.tag: // an app's name may contain a tag's text
		_, shown, _ = strings.Cut(shown, AppMark)
	}
	return strings.Contains(shown, w.text) || !w.app && !w.tag && len(w.text) >= shortestID && strings.Contains(ids, w.text)
}

// Matcher returns a function that reports whether the haystack of a row matches.
func Matcher(text string) func(haystack string) bool {
	words := Parse(text)
	return func(haystack string) bool {
		return !slices.ContainsFunc(words, func(w Word) bool { return w.In(haystack) == w.Not })
	}
}

// Visible returns the words of a filter that a matching row may show, in lower case: not the negated
// ones and the tags.
func Visible(text string) (words []string) {
	for _, w := range Parse(text) {
		if !w.Not && !w.tag {
			words = append(words, w.text)
		}
	}
	return words
}
