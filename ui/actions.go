package ui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/audit"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/inventory"
	"github.com/wxauth/wxauth/ui/login"
	"github.com/wxauth/wxauth/ui/people"
	"github.com/wxauth/wxauth/ui/tokens"
)

// viewActions are what the keys of a screen do.
func (m *Model) viewActions(s screen) []action.Action {
	switch s {
	case onFirstRun:
		return m.firstRun.Actions(m.env())
	case onTokens:
		return m.tokens.Actions(m.env())
	case onInventory:
		return m.inventory.Actions(m.env())
	case onAudit:
		return m.audit.Actions(m.env())
	case onList:
		return m.listActions()
	default: // inputs, and questions with keys of their own
		return nil
	}
}

// actions are what keys do on the screen that is open.
func (m *Model) actions() []action.Action {
	return append(m.viewActions(m.screen), m.rootActions()...)
}

// rootActions are the same on every screen with a list.
func (m *Model) rootActions() []action.Action {
	noLogin, noRecord, noInventory := "", "", ""
	if m.opts.Account == nil {
		noLogin = "there is no login here"
	}
	if m.opts.Audit == nil {
		noRecord = "there is no record here"
	}
	if m.opts.Inventory == nil {
		noInventory = "there is no inventory here"
	}
	const views, leave = "VIEWS", "LEAVE"
	to := func(k *action.Key, why string) action.Action {
		return action.Action{Key: k, Group: views, Why: why, Run: func() tea.Cmd { return m.changeView(k) }}
	}
	return []action.Action{
		to(action.Authorizations, ""), to(action.Tokens, noLogin), to(action.Inventory, noInventory), to(action.Audit, noRecord), to(action.NextView, ""),
		{Key: action.Palette, Group: views, Run: action.Do(m.openPalette)},
		{Key: action.Back, Group: leave},
		{Key: action.Help, Group: leave, Run: action.Do(m.openHelp)},
		{Key: action.Quit, Group: leave, Run: m.quit},
		{Key: action.ForceQuit, Group: leave, Run: m.forceQuit},
		{Key: action.Suspend, Group: leave, Run: m.suspend},
	}
}

func (m *Model) listActions() []action.Action {
	row := func(run func() tea.Cmd) func() tea.Cmd { // it needs a list
		return func() tea.Cmd {
			if !m.list.have {
				return nil
			}
			return run()
		}
	}
	why, noReport, noInventory := m.noRevoke().Short, "", ""
	if m.report == nil && m.bulkReport == nil {
		noReport = "nothing revoked yet"
	}
	if m.opts.Inventory == nil {
		noInventory = "there is no inventory here"
	}
	const act, look, move = "ACT", "LOOK", "MOVE"
	out := []action.Action{
		{Key: action.Mark, Group: act, Run: row(action.Do(func() {
			m.complain(m.list.toggleMark())
			m.list.table.Move(1)
		}))},
		{Key: action.MarkAll, Group: act, Run: row(action.Do(func() { m.complain(m.list.markShown()) }))},
		{Key: action.Revoke, Group: act, Why: why, Run: row(m.askToRevoke)},
		{Key: action.Offboard, Group: act, Why: why, Run: row(m.askToOffboard)},
		{Key: action.CopyID, Group: act, Run: row(m.copyID)},
		{Key: action.CopyJSON, Group: act, Run: row(m.copyJSON)},
		{Key: action.CopyTicket, Group: act, Run: row(m.copyTicket)},
		{Key: action.CopyReport, Group: act, Why: noReport, Run: row(m.copyReport)},
		{Key: action.CopyCommand, Group: act},
		{Key: action.Export, Group: act, Run: row(action.Do(func() {
			rows := m.exportedRows()
			m.askToExport("authorizations", len(rows), func() any { return rows })
		}))},
		{Key: action.Details, Group: look, Run: row(action.Do(m.toggleDetail))},
		{Key: action.Filter, Group: look, Run: row(m.openFilter)},
		{Key: action.Sort, Group: look, Run: row(action.Do(func() {
			m.list.sort = (m.list.sort + 1) % sortModes
			m.list.refresh()
			m.say(draw.Dim, "Sorted by "+m.list.sort.String()+".")
		}))},
		{Key: action.User, Group: look, Run: m.choosePerson},
		{Key: action.Reload, Group: look, Run: m.reload},
		{Key: action.Who, Group: look, Why: noInventory, Run: row(m.whoElse)},
		{Key: action.Watch, Group: look, Run: row(action.Do(m.watchUser))},
	}
	out = append(out, action.Moves(m.list.table.Height, m.list.table.Move)...)
	return append(out,
		action.Action{Key: action.Fold, Group: move, Run: action.Do(func() { m.fold(true) })},
		action.Action{Key: action.Unfold, Group: move, Run: action.Do(func() { m.fold(false) })},
		action.Action{Key: action.Login, Run: func() tea.Cmd {
			if m.typing() {
				return nil
			}
			m.openLogin()
			return nil
		}},
		action.Action{Key: action.Back, Run: m.back},
		action.Action{Key: action.Quit, Run: func() tea.Cmd {
			if m.list.detail {
				return m.back()
			}
			return m.quit()
		}},
	)
}

// screens are the keys that are read at the same time. They are the same whatever the
// model holds.
func screens() []action.Screen {
	m := &Model{list: newAuthorizations(), inventory: &inventory.View{}, audit: &audit.View{}, tokens: &tokens.View{}, login: &login.View{}, people: &people.View{}, firstRun: &people.FirstRun{}}
	with := func(name string, s screen) action.Screen {
		return action.Screen{Name: name, Actions: append(m.viewActions(s), m.rootActions()...)}
	}
	first := action.Screen{Name: "the first screen", Actions: m.viewActions(onFirstRun)}
	return []action.Screen{with("Audit", onAudit), with("Authorizations", onList), with("Inventory", onInventory), with("Tokens", onTokens), first}
}

// Keys are keys of the user's own. The zero value is the default of each.
type Keys = action.Map

// ParseKeys checks keys that a configuration gives to actions; see [action.Parse].
func ParseKeys(own map[string][]string) (Keys, error) { return action.Parse(own, screens()) }

// NamedKeys are the keys that a configuration can change.
func NamedKeys() []*action.Key { return action.Named(screens()) }
