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

// Screen is a set of actions that are available at the same time: no two of them may share a
// key.
type Screen struct {
	Name    string
	Actions []Action
}

// Problem is an invalid key binding in the user's configuration.
type Problem struct {
	Action string // name of the action that the binding is for
	Words  string
}

// Problems lists all invalid key bindings.
type Problems []Problem

// Error returns one problem per line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, x := range p {
		lines[i] = x.Words
	}
	return strings.Join(lines, "\n")
}

// Named returns the configurable keys of these screens, in order and without duplicates.
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

// answering lists the keys that answer a question.
var answering = []string{"y", "n", "enter", "tab"}

// Parse parses key bindings from a configuration. own maps an action's name to the keys that
// replace its defaults. A key is a character or a name such as "ctrl+r", "f5", "space" or
// "pgup". The error is [Problems] and lists every unknown action, every unknown key and every
// key that two actions of one screen share.
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

// clashes returns a problem for each key that two actions of one screen share.
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
				if _, ok := m.own[whose.Name]; !ok { // report the action that the user configured
					whose, other = other, whose
				}
				problems = append(problems, Problem{whose.Name, fmt.Sprintf("keys.%s: %q is already the key of %s (in %s): choose another key", whose.Name, pressed, words(other), s.Name)})
			}
		}
	}
	return problems
}

// keyNames are the valid key names besides ctrl with a letter and f1 to f12.
var keyNames = []string{"up", "down", "left", "right", "home", "end", "pgup", "pgdown", "space", "tab", "shift+tab", "insert", "delete", "backspace", "enter"}

// refused returns why a key cannot be bound, or "" if it can.
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
