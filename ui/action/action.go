// Package action defines the keys and what they do. A [Key] has the name that the configuration
// uses, default keys and help text. A [Map] adds the user's key bindings. An [Action] is what a
// key does in a view. The actions of all views determine what a key press runs, what the help
// and the palette list, and which actions must not share a key.
package action

import (
	"slices"

	tea "charm.land/bubbletea/v2"
)

// Key identifies an action.
type Key struct {
	// Name is the action's name in the configuration. A key without a name cannot be changed:
	// keys that answer a question or edit an input are the same for all users.
	Name string
	Keys []string // the defaults, in Bubble Tea's notation
	Help string
	Asks bool // opens a question; it must not use a key that answers one
}

// Action is something that a key does in a view.
type Action struct {
	*Key
	Words string // help text for this view; Key.Help if empty
	Group string // section of the help; empty if it is not listed
	Why   string // why it is unavailable; empty if it is available
	// Run performs the action. It is nil for a key that is handled elsewhere and only listed in
	// the help.
	Run func() tea.Cmd
}

// Text returns the help text.
func (a Action) Text() string {
	if a.Words != "" {
		return a.Words
	}
	return a.Help
}

// Map holds the keys of all actions. The zero value has the defaults.
type Map struct{ own map[string][]string }

// Of returns the keys of an action.
func (m Map) Of(k *Key) []string {
	if own, ok := m.own[k.Name]; ok && k.Name != "" {
		return own
	}
	return k.Keys
}

// Matches reports whether a key press belongs to one of these actions.
func (m Map) Matches(msg tea.KeyPressMsg, keys ...*Key) bool {
	pressed := msg.String()
	return slices.ContainsFunc(keys, func(k *Key) bool { return slices.Contains(m.Of(k), pressed) })
}

// Find returns the action that a key press belongs to.
func (m Map) Find(msg tea.KeyPressMsg, actions []Action) (Action, bool) {
	i := slices.IndexFunc(actions, func(a Action) bool { return a.Run != nil && m.Matches(msg, a.Key) })
	if i < 0 {
		return Action{}, false
	}
	return actions[i], true
}

// Shown returns an action's first key, formatted for a sentence.
func (m Map) Shown(k *Key) string { return label(m.Of(k)[:1]) }

// Label returns all keys of an action, formatted for the help.
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

// Hint is a key with a short text, for the last line of the screen.
type Hint struct {
	Keys, Words string
	Of          *Key // nil if the keys belong to several actions
}

// Hint returns the hint for the first key of an action.
func (m Map) Hint(k *Key, words string) Hint { return Hint{m.Shown(k), words, k} }

// Hints returns one hint for the first keys of several actions.
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

// Do returns a Run function that calls f and returns no command.
func Do(f func()) func() tea.Cmd {
	return func() tea.Cmd {
		f()
		return nil
	}
}
