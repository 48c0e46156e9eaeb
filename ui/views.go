package ui

import (
	"slices"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// changesView reports whether a key goes to another view.
func (m *Model) changesView(msg tea.KeyPressMsg) bool {
	k := m.keys
	return key.Matches(msg, k.Authorizations, k.Tokens, k.Inventory, k.Audit, k.NextView)
}

// changeView goes where the key says; to the next view on tab.
func (m *Model) changeView(msg tea.KeyPressMsg) tea.Cmd {
	views := m.views()
	at := slices.IndexFunc(views, func(v tab) bool { return v.screen == m.screen })
	to := (at + 1) % len(views)
	if !key.Matches(msg, m.keys.NextView) {
		to = slices.IndexFunc(views, func(v tab) bool { return key.Matches(msg, v.key) })
	}
	if to < 0 || to == at {
		return nil
	}
	switch views[to].screen {
	case onTokens:
		return m.showTokens()
	case onInventory:
		return m.showInventory()
	case onAudit:
		return m.showAudit()
	}
	return m.showAuthorizations()
}
