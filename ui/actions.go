package ui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/view"
)

// actions returns the actions of the open screen, then those that every screen has.
func (m *Model) actions() []action.Action { return append(m.screenActions(m.open), m.rootActions()...) }

// screenActions returns a screen's own actions, or none while an input takes all keys.
func (m *Model) screenActions(s view.Screen) []action.Action {
	if a, ok := s.(interface {
		Actions(view.Env) []action.Action
	}); ok {
		return a.Actions(m.env())
	}
	return nil
}

// rootActions returns the actions that every screen with a list has.
func (m *Model) rootActions() []action.Action {
	const views, leave = "VIEWS", "LEAVE"
	var out []action.Action
	to := func(k *action.Key, why string) {
		out = append(out, action.Action{Key: k, Group: views, Why: why, Run: func() tea.Cmd { return m.showView(k) }})
	}
	for _, t := range m.tabs {
		to(t.key, t.missing)
	}
	to(action.NextView, "")
	return append(
		out,
		action.Action{Key: action.Palette, Group: views, Run: action.Do(func() { m.openDialog(dialog.NewPalette(m.paletteEntries)) })},
		action.Action{Key: action.Back, Group: leave},
		action.Action{Key: action.Help, Group: leave, Run: action.Do(func() { m.openDialog(m.help()) })},
		action.Action{Key: action.Quit, Group: leave, Run: m.quit},
		action.Action{Key: action.ForceQuit, Group: leave, Run: m.forceQuit},
		action.Action{Key: action.Suspend, Group: leave, Run: m.suspend},
	)
}

// keyScreens returns the keys by screen, so that conflicts within a screen are found. The result
// does not depend on the state of a model.
func keyScreens() []action.Screen {
	m := &Model{}
	m.screens = newScreens(m.ctx, m.opts)
	var out []action.Screen
	for _, t := range m.tabs {
		out = append(out, action.Screen{Name: t.name, Actions: append(m.screenActions(t.view), m.rootActions()...)})
	}
	slices.SortFunc(out, func(a, b action.Screen) int { return strings.Compare(a.Name, b.Name) })
	return append(out, action.Screen{Name: "the first screen", Actions: m.screenActions(m.firstRun)})
}

// Keys are the key bindings that the user has configured. The zero value has the defaults.
type Keys = action.Map

// ParseKeys parses configured key bindings; see [action.Parse].
func ParseKeys(own map[string][]string) (Keys, error) { return action.Parse(own, keyScreens()) }

// NamedKeys returns the keys that a configuration can change.
func NamedKeys() []*action.Key { return action.Named(keyScreens()) }
