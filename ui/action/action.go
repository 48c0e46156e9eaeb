// Package action is what keys do. A [Key] has a name, which the configuration calls it by,
// its default keys and what the help says of it; a [Map] gives it the keys of the user's
// own. An [Action] is what a view does at a key. From the actions of all views come what
// a key press runs, the help, the palette, and which two actions may not have one key.
package action

import (
	"slices"

	tea "charm.land/bubbletea/v2"
)

// Key is what an action is known by.
type Key struct {
	// Name is the action's name in the configuration. A key without one cannot be changed:
	// what answers a question or an input means the same for everybody.
	Name string
	Keys []string // by default, as Bubble Tea names them
	Help string
	Asks bool // it opens a question: a key that answers one cannot be its own
}

// Action is something that a view does.
type Action struct {
	*Key
	Words string // what the help says here, where it is not Key.Help
	Group string // its section of the help; empty for none
	Why   string // why it cannot be done now; empty where it can
	// Run does it; nil for a key that is handled elsewhere and only listed in the help.
	Run func() tea.Cmd
}

// Text is what the help says.
func (a Action) Text() string {
	if a.Words != "" {
		return a.Words
	}
	return a.Help
}

// Map knows which keys an action has. The zero value has the default ones.
type Map struct{ own map[string][]string }

// Of returns the keys of an action.
func (m Map) Of(k *Key) []string {
	if own, ok := m.own[k.Name]; ok && k.Name != "" {
		return own
	}
	return k.Keys
}

// Matches reports whether a key press is one of these actions'.
func (m Map) Matches(msg tea.KeyPressMsg, keys ...*Key) bool {
	pressed := msg.String()
	return slices.ContainsFunc(keys, func(k *Key) bool { return slices.Contains(m.Of(k), pressed) })
}

// Find returns the action that a key press is for.
func (m Map) Find(msg tea.KeyPressMsg, actions []Action) (Action, bool) {
	i := slices.IndexFunc(actions, func(a Action) bool { return a.Run != nil && m.Matches(msg, a.Key) })
	if i < 0 {
		return Action{}, false
	}
	return actions[i], true
}

// Shown is how an action's key is written in a sentence: its first.
func (m Map) Shown(k *Key) string { return label(m.Of(k)[:1]) }

// Label writes all keys of an action, as the help does.
func (m Map) Label(k *Key) string { return label(m.Of(k)) }

func label(keys []string) string {
	names := map[string]string{
		"up": "↑", "down": "↓", "left": "←", "right": "→", "pgup": "PgUp", "pgdown": "PgDn", "home": "Home", "end": "End",
	}
	out := ""
	for i, k := range keys {
		if i > 0 {
			out += " "
		}
		if n, ok := names[k]; ok {
			k = n
		}
		out += k
	}
	return out
}

// Hint is a key with few words, for the line at the foot of a screen.
type Hint struct {
	Keys, Words string
	Of          *Key // nil where the keys are of several
}

// Hint returns the first key of an action with words for it.
func (m Map) Hint(k *Key, words string) Hint { return Hint{m.Shown(k), words, k} }

// Hints returns the first keys of several actions with words for all of them.
func (m Map) Hints(words string, keys ...*Key) Hint {
	h := Hint{Words: words}
	for i, k := range keys {
		if i > 0 {
			h.Keys += " "
		}
		h.Keys += m.Shown(k)
	}
	return h
}

// Do makes an action's Run of what nothing is waited for.
func Do(f func()) func() tea.Cmd {
	return func() tea.Cmd {
		f()
		return nil
	}
}
