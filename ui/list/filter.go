package list

import "strings"

// A filter looks at one string for each row, its haystack: the app's name, appMark, then what
// else the row shows, in lower case. Tags such as " type:refresh " and " is:stale " stand in
// it for the words that narrow a filter.
const AppMark = "\x00"

// Matcher is the filter of a list. All of its words must be in a row: as a part of what it
// shows; as app:PART of the app's name; as a tag such as type:refresh or is:stale. "!" in
// front of a word wants the opposite.
func Matcher(filter string) func(haystack string) bool {
	type word struct {
		text         string
		app, tag, no bool
	}
	var words []word
	negate := false
	for _, f := range strings.Fields(strings.ToLower(filter)) {
		if f == "!" {
			negate = true // the next word
			continue
		}
		w := word{no: negate}
		negate = false
		if rest, ok := strings.CutPrefix(f, "!"); ok {
			f, w.no = rest, true
		}
		w.text = f
		key, value, tagged := strings.Cut(w.text, ":")
		switch {
		case tagged && key == "app":
			w.text, w.app = value, true
		case tagged && value != "" && (key == "type" || key == "is"):
			w.text, w.tag = " "+w.text+" ", true
		}
		if w.text != "" {
			words = append(words, w)
		}
	}
	return func(haystack string) bool {
		for _, w := range words {
			in := haystack
			switch {
			case w.app:
				in, _, _ = strings.Cut(haystack, AppMark)
			case w.tag: // an app may be called like one
				_, in, _ = strings.Cut(haystack, AppMark)
			}
			if strings.Contains(in, w.text) == w.no {
				return false
			}
		}
		return true
	}
}
