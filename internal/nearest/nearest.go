// Package nearest finds the word that a user most likely meant when mistyping a configuration
// key, a flag or an app's name.
//
//	nearest.Word("basurl", []string{"base_url", "theme"}) // "base_url"
package nearest

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// most is how many letters may differ.
const most = 2

// Word returns the word closest to typed, with at most two different letters and at most half
// of them, or "" if there is none. Among equally close words it returns the first in
// alphabetical order. It ignores case. For a name of several words, the first ones are enough.
func Word(typed string, known []string) string {
	best, least := "", most+1
	for _, k := range slices.SortedFunc(slices.Values(known), strings.Compare) {
		whole := strings.Fields(k)
		begin := strings.Join(whole[:min(len(whole), len(strings.Fields(typed)))], " ")
		for _, name := range []string{k, begin} {
			d := distance(strings.ToLower(typed), strings.ToLower(name))
			if name != "" && d < least && 2*d <= min(utf8.RuneCountInString(typed), utf8.RuneCountInString(name)) {
				best, least = k, d
			}
		}
	}
	return best
}

// Distance returns how many letters of two texts differ, ignoring case, if it is so few that one may
// be the other mistyped; otherwise ok is false.
func Distance(a, b string) (n int, ok bool) {
	n = distance(strings.ToLower(a), strings.ToLower(b))
	return n, n <= most && 2*n <= min(utf8.RuneCountInString(a), utf8.RuneCountInString(b))
}

// distance returns the Levenshtein distance.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if d := cmp.Compare(len(x), len(y)) * (len(x) - len(y)); d > most {
		return d // names may be long, and this one is another
	}
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(x); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := diagonal
			if x[i-1] != y[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(y)]
}
