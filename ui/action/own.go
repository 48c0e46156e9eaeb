package action

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/wxauth/wxauth/internal/nearest"
)

// Screen is what keys are read at the same time: two actions of one may not have one key.
type Screen struct {
	Name    string
	Actions []Action
}

// Problem is something wrong with a key of the user's own.
type Problem struct {
	Action string // whose key was to be another, by its name
	Words  string
}

// Problems is all that is wrong with them.
type Problems []Problem

// Error says each problem on a line of its own.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, x := range p {
		lines[i] = x.Words
	}
	return strings.Join(lines, "\n")
}

// Named are the keys of these screens that can be changed, each once, in their order.
func Named(screens []Screen) []*Key {
	var out []*Key
	for _, s := range screens {
		for _, a := range s.Actions {
			if a.Name != "" && !slices.Contains(out, a.Key) {
				out = append(out, a.Key)
			}
		}
	}
	return out
}

// answering are the keys that answer a question.
var answering = []string{"y", "n", "enter", "tab"}

// Parse checks keys that a configuration gives to actions: own holds the new keys of each
// by the action's name, in place of its own. A key is a character, or a name as "ctrl+r",
// "f5", "space" or "pgup". The error is [Problems], all at once: actions and keys that
// there are not, and one key for two actions of one screen.
func Parse(own map[string][]string, screens []Screen) (Map, error) {
	var problems Problems
	wrong := func(action, format string, args ...any) {
		problems = append(problems, Problem{action, "keys." + action + ": " + fmt.Sprintf(format, args...)})
	}
	known := map[string]*Key{}
	for _, k := range Named(screens) {
		known[k.Name] = k
	}
	for _, name := range slices.Sorted(maps.Keys(own)) {
		k, ok := known[name]
		if !ok {
			meant := "wxauth config init writes a file that lists them all"
			if near := nearest.Word(name, slices.Collect(maps.Keys(known))); near != "" {
				meant = "did you mean " + near + "?"
			}
			wrong(name, "there is no such action: %s", meant)
			continue
		}
		if len(own[name]) == 0 {
			wrong(name, "names no key")
		}
		for _, pressed := range own[name] {
			if why := refused(pressed); why != "" {
				wrong(name, "%q %s", pressed, why)
			} else if k.Asks && slices.Contains(answering, pressed) {
				wrong(name, "%q answers confirmations and %s opens one: holding the key down would do both", pressed, name)
			}
		}
	}
	m := Map{own}
	if len(problems) == 0 {
		problems = m.clashes(screens)
	}
	if len(problems) > 0 {
		return Map{}, problems
	}
	return m, nil
}

// clashes names each key that two actions of one screen have.
func (m Map) clashes(screens []Screen) (problems Problems) {
	words := func(k *Key) string {
		if k.Name == "" {
			return k.Help + ", which is fixed"
		}
		return k.Name
	}
	told := map[string]bool{}
	for _, s := range screens {
		taken := map[string]*Key{}
		for _, a := range s.Actions {
			for _, pressed := range m.Of(a.Key) {
				first, clash := taken[pressed]
				taken[pressed] = a.Key
				if !clash || first == a.Key || told[pressed+words(first)+words(a.Key)] {
					continue
				}
				told[pressed+words(first)+words(a.Key)] = true
				whose, other := a.Key, first
				if _, ok := m.own[whose.Name]; !ok { // the one that was given it is the one to mend
					whose, other = other, whose
				}
				problems = append(problems, Problem{whose.Name, fmt.Sprintf("keys.%s: %q is already the key of %s (in %s): choose another key", whose.Name, pressed, words(other), s.Name)})
			}
		}
	}
	return problems
}

// keyNames are the keys that have a name, beside ctrl with a letter and f1 to f12.
var keyNames = []string{"up", "down", "left", "right", "home", "end", "pgup", "pgdown", "space", "tab", "shift+tab", "insert", "delete", "backspace", "enter"}

// refused says why a key cannot be given to an action; empty where it can.
func refused(name string) string {
	letter, ctrl := strings.CutPrefix(name, "ctrl+")
	number, function := strings.CutPrefix(name, "f")
	n, err := strconv.Atoi(number)
	r := []rune(name)
	switch {
	case name == "esc" || name == "ctrl+c":
		return "is reserved: it always closes or quits"
	case name == "ctrl+z":
		return "is reserved: it suspends wxauth"
	case ctrl && (letter == "i" || letter == "m" || letter == "h" || letter == "["):
		return "is the same as another key on many terminals"
	case slices.Contains(keyNames, name), ctrl && len(letter) == 1 && letter[0] >= 'a' && letter[0] <= 'z',
		function && err == nil && n >= 1 && n <= 12, len(r) == 1 && unicode.IsPrint(r[0]) && r[0] != ' ':
		return ""
	}
	return `is not a key: write one character, or for example "ctrl+r", "f5", "space", "pgup"`
}
