package ui

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"charm.land/bubbles/v2/key"

	"github.com/wxauth/wxauth/internal/nearest"
)

// Keys are keys of the user's own, by the names of actions. The zero value is the
// default of each.
type Keys struct{ own map[string][]string }

// keyAction is something that a key of a view does, by the name that a configuration has
// for it.
type keyAction struct {
	name    string
	binding *key.Binding
}

// rebindable are the actions that can be given other keys. What answers a question, an
// input or a step of the login stays as it is: there a key means what the screen says
// beside it, and y, n, esc and enter mean the same everywhere.
func (k *keyMap) rebindable() []keyAction {
	return []keyAction{
		{"up", &k.Up},
		{"down", &k.Down},
		{"page-up", &k.PageUp},
		{"page-down", &k.PageDown},
		{"half-up", &k.HalfUp},
		{"half-down", &k.HalfDown},
		{"top", &k.Top},
		{"bottom", &k.Bottom},
		{"fold", &k.Fold},
		{"unfold", &k.Unfold},
		{"details", &k.Details},
		{"filter", &k.Filter},
		{"sort", &k.Sort},
		{"user", &k.User},
		{"read", &k.Reload},
		{"who", &k.Who},
		{"watch", &k.Watch},
		{"mark", &k.Mark},
		{"mark-all", &k.MarkAll},
		{"revoke", &k.Revoke},
		{"offboard", &k.Offboard},
		{"copy-id", &k.CopyID},
		{"copy-json", &k.CopyJSON},
		{"copy", &k.CopyTicket},
		{"copy-report", &k.CopyReport},
		{"export", &k.Export},
		{"authorizations", &k.Authorizations},
		{"tokens", &k.Tokens},
		{"inventory", &k.Inventory},
		{"audit", &k.Audit},
		{"next-view", &k.NextView},
		{"palette", &k.Palette},
		{"login", &k.Login},
		{"fresh", &k.Fresh},
		{"test", &k.Test},
		{"copy-token", &k.CopyToken},
		{"add-org", &k.AddOrg},
		{"forget", &k.Forget},
		{"use-profile", &k.UseProfile},
		{"next-list", &k.NextList},
		{"sweep", &k.Sweep},
		{"pause-sweep", &k.PauseSweep},
		{"check-log", &k.CheckLog},
		{"help", &k.Help},
		{"quit", &k.Quit},
	}
}

// together lists which keys are read at the same time, by the name of the screen: two of
// one list may not be the same.
func (k *keyMap) together() map[string][]*key.Binding {
	everywhere := []*key.Binding{
		&k.Up, &k.Down, &k.PageUp, &k.PageDown, &k.HalfUp, &k.HalfDown, &k.Top, &k.Bottom, &k.Details, &k.Filter, &k.Reload,
		&k.Authorizations, &k.Tokens, &k.Inventory, &k.Audit, &k.NextView, &k.Palette, &k.Back, &k.Help, &k.Quit, &k.ForceQuit, &k.Suspend,
	}
	with := func(more ...*key.Binding) []*key.Binding { return append(slices.Clone(everywhere), more...) }
	return map[string][]*key.Binding{
		"Authorizations": with(&k.Fold, &k.Unfold, &k.Mark, &k.MarkAll, &k.Sort, &k.User, &k.Who, &k.Watch, &k.Revoke, &k.Offboard,
			&k.CopyID, &k.CopyJSON, &k.CopyTicket, &k.CopyReport, &k.Export, &k.Login),
		"Tokens": with(&k.Login, &k.Fresh, &k.Test, &k.CopyToken, &k.AddOrg, &k.Forget, &k.UseProfile),
		"Inventory": with(&k.NextList, &k.Sweep, &k.PauseSweep, &k.Mark, &k.Sort, &k.User, &k.Who, &k.Revoke,
			&k.CopyID, &k.CopyJSON, &k.CopyTicket, &k.CopyReport, &k.Export),
		"Audit":            with(&k.CheckLog, &k.CopyID, &k.CopyJSON, &k.Export),
		"the first screen": {&k.Paste, &k.Login, &k.NextView, &k.Help, &k.Quit, &k.Back, &k.ForceQuit, &k.Suspend},
	}
}

// KeyProblem is something wrong with a key of the user's own.
type KeyProblem struct {
	Action string // whose key was to be another, by its name
	Words  string
}

// KeyProblems is all that is wrong with them.
type KeyProblems []KeyProblem

// Error says each problem on a line of its own.
func (p KeyProblems) Error() string {
	lines := make([]string, len(p))
	for i, x := range p {
		lines[i] = x.Words
	}
	return strings.Join(lines, "\n")
}

// ParseKeys checks keys that a configuration gives to actions: own holds the new keys of
// each by the action's name, in place of its own. A key is a character, or a name as
// "ctrl+r", "f5", "space" or "pgup". The error is [KeyProblems], all at once: actions and
// keys that there are not, and one key for two actions of one screen.
func ParseKeys(own map[string][]string) (Keys, error) {
	k := newKeyMap(Keys{})
	if problems := k.rebind(own); len(problems) > 0 {
		return Keys{}, problems
	}
	return Keys{own}, nil
}

// ActionNames returns the names of the actions that [ParseKeys] knows, with what each
// does and its keys, in the order of the help.
func ActionNames() [][3]string {
	k := newKeyMap(Keys{})
	var out [][3]string
	for _, a := range k.rebindable() {
		out = append(out, [3]string{a.name, strings.Join(a.binding.Keys(), " "), a.binding.Help().Desc})
	}
	return out
}

// asking are the actions that open a question, and answering the keys that answer one.
var (
	asking    = []string{"revoke", "offboard", "forget", "copy-token", "use-profile", "login", "quit", "export", "sweep"}
	answering = []string{"y", "n", "enter", "tab"}
)

// rebind gives actions the keys of their own and returns what is wrong with them.
func (k *keyMap) rebind(own map[string][]string) (problems KeyProblems) {
	wrong := func(action, format string, args ...any) {
		problems = append(problems, KeyProblem{action, "keys." + action + ": " + fmt.Sprintf(format, args...)})
	}
	actions := map[string]*key.Binding{}
	for _, a := range k.rebindable() {
		actions[a.name] = a.binding
	}
	for _, name := range slices.Sorted(maps.Keys(own)) {
		b, ok := actions[name]
		if !ok {
			meant := "wxauth config init writes a file that names them all"
			if near := nearest.Word(name, slices.Collect(maps.Keys(actions))); near != "" {
				meant = "did you mean " + near + "?"
			}
			wrong(name, "there is no such action: %s", meant)
			continue
		}
		keys := own[name]
		if len(keys) == 0 {
			wrong(name, "names no key")
		}
		for _, pressed := range keys {
			if why := refusedKey(pressed); why != "" {
				wrong(name, "%q %s", pressed, why)
			} else if slices.Contains(asking, name) && slices.Contains(answering, pressed) {
				wrong(name, "%q answers questions, and %s asks one: a key that is held down would do both", pressed, name)
			}
		}
		help := b.Help().Desc
		*b = bind(help, keys...)
	}
	if len(problems) > 0 {
		return problems
	}
	return k.clashes(own)
}

// clashes names each key that two actions of one screen have.
func (k *keyMap) clashes(own map[string][]string) (problems KeyProblems) {
	names := map[*key.Binding]string{&k.Back: "back, which stays", &k.ForceQuit: "quit at once, which stays", &k.Suspend: "suspend, which stays", &k.Paste: "paste a token, which stays"}
	for _, a := range k.rebindable() {
		names[a.binding] = a.name
	}
	told := map[string]bool{}
	screens := k.together()
	for _, screen := range slices.Sorted(maps.Keys(screens)) {
		taken := map[string]*key.Binding{}
		for _, b := range screens[screen] {
			for _, pressed := range b.Keys() {
				first, clash := taken[pressed]
				taken[pressed] = b
				if !clash || first == b || told[pressed+names[first]+names[b]] {
					continue
				}
				told[pressed+names[first]+names[b]] = true
				whose, other := names[b], names[first]
				if _, ok := own[whose]; !ok { // the one that was given it is the one to mend
					whose, other = other, whose
				}
				problems = append(problems, KeyProblem{whose, fmt.Sprintf("keys.%s: %q is the key of %s too (in %s): give one of them another", whose, pressed, other, screen)})
			}
		}
	}
	return problems
}

// keyNames are the keys that have a name, beside ctrl with a letter and f1 to f12.
var keyNames = []string{"up", "down", "left", "right", "home", "end", "pgup", "pgdown", "space", "tab", "shift+tab", "insert", "delete", "backspace", "enter"}

// refusedKey says why a key cannot be given to an action; empty where it can.
func refusedKey(name string) string {
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
		return "cannot be told from another key on many terminals"
	case slices.Contains(keyNames, name), ctrl && len(letter) == 1 && letter[0] >= 'a' && letter[0] <= 'z',
		function && err == nil && n >= 1 && n <= 12, len(r) == 1 && unicode.IsPrint(r[0]) && r[0] != ' ':
		return ""
	}
	return `is no key: write a character, or as in "ctrl+r", "f5", "space", "pgup"`
}

// shown is how a key of an action is written in a sentence: its first.
func shown(b key.Binding) string {
	if len(b.Keys()) == 0 {
		return ""
	}
	return keyLabel(b.Keys()[:1])
}

// hint is an action in the line of keys.
func hint(b key.Binding, words string) [2]string { return [2]string{shown(b), words} }

// as is an action under other words, where a screen gives them to it.
func as(b key.Binding, words string) key.Binding {
	return bind(words, b.Keys()...)
}
