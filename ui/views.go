package ui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/ui/action"
)

// changeView goes to the view of a key, or to the next one.
func (m *Model) changeView(k *action.Key) tea.Cmd {
	views := m.views()
	at := slices.IndexFunc(views, func(v tab) bool { return v.screen == m.screen })
	to := (at + 1) % len(views)
	if k != action.NextView {
		to = slices.IndexFunc(views, func(v tab) bool { return v.key == k })
	}
	if to < 0 || to == at {
		return nil
	}
	return m.show(views[to].screen)
}

// goesToAView reports whether a key opens a view.
func (m *Model) goesToAView(k *action.Key) bool {
	return k == action.NextView || slices.ContainsFunc(m.views(), func(v tab) bool { return v.key == k })
}

// show opens a view.
func (m *Model) show(s screen) tea.Cmd {
	switch s {
	case onTokens:
		return m.showTokens()
	case onInventory:
		return m.showInventory()
	case onAudit:
		return m.showAudit()
	default:
		return m.showAuthorizations()
	}
}
