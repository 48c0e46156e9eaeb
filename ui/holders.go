package ui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/webex"
)

// openHolders shows who holds the app under the cursor.
func (m *Model) openHolders() tea.Cmd {
	v := &m.inventory
	v.fromList = false
	n, ok := v.table().Current()
	if !ok || v.list() != listApps {
		return nil
	}
	return m.findHolders(v.view.Apps.App(n))
}

// findHolders shows who holds an app, which is looked up where it may take a while.
func (m *Model) findHolders(a inventory.App) tea.Cmd {
	v := &m.inventory
	if v.view.Apps == nil {
		v.opening = false
		m.say(draw.Warn, "There is no inventory yet, so who else has an app is not known: "+m.keys.Shown(action.Sweep)+" sweeps the organization.")
		return m.showList(v.which, nil)
	}
	n := v.view.Apps.Find(a)
	if n < 0 {
		v.opening = false
		m.say(draw.Warn, "In the sweep of "+m.stamp(v.view.Newest.Started)+" nobody held this app: "+m.keys.Shown(action.Sweep)+" sweeps anew.")
		return m.showList(v.which, nil)
	}
	v.holdersGen++
	v.opening, v.opened = true, v.view.Apps.App(n)
	of, gen, app := v.view.Newest, v.holdersGen, v.opened
	return func() tea.Msg { return holdersMsg{gen, inventory.NewList(of.Holders(app), nil)} }
}

func (m *Model) tookHolders(msg holdersMsg) tea.Cmd {
	v := &m.inventory
	if msg.gen != v.holdersGen || !v.opening {
		return nil
	}
	v.opening = false
	t, on := &v.tables[listHolders], v.holdersOn
	v.holdersOn = onRow{}
	if t.Rows, t.Cursor, t.Offset = nil, 0, 0; !on.known {
		v.filters[listHolders] = ""
	}
	return m.goToList(v.which, msg.list, on)
}

// showList goes to one of the lists: to who holds an app where holders is not nil.
func (m *Model) showList(which inventoryList, holders *inventory.List) tea.Cmd {
	v := &m.inventory
	v.which, v.holders = which, holders
	return m.goToList(which, holders, v.onRow())
}

func (m *Model) goToList(which inventoryList, holders *inventory.List, on onRow) tea.Cmd {
	v := &m.inventory
	v.which, v.holders = which, holders
	v.detail, v.filtering = false, false
	v.filter.Blur()
	v.filter.SetValue(v.filters[v.list()])
	return m.arrangeInventory(on)
}

// nextList goes to the next of the three lists.
func (m *Model) nextList() tea.Cmd {
	return m.showList((m.inventory.which+1)%listHolders, nil)
}

// holdersFromList shows who holds an app, where the last sweep found it. Otherwise it says so
// and stays on the list: the row under the cursor is the app that was asked about.
func (m *Model) holdersFromList(client webex.ClientID) tea.Cmd {
	v := &m.inventory
	a := inventory.App{ClientID: client}
	sweeps := m.keys.Shown(action.Inventory) + " then " + m.keys.Shown(action.Sweep)
	switch {
	case v.view.Apps == nil:
		m.say(draw.Warn, "There is no inventory yet, so who else has this app is not known: "+sweeps+" sweeps the organization.")
		return nil
	case v.view.Apps.Find(a) < 0:
		m.say(draw.Warn, "The sweep of "+m.stamp(v.view.Newest.Started)+" did not find this app: "+sweeps+" sweeps again.")
		return nil
	}
	v.fromList = true
	return tea.Batch(m.showInventory(), m.showList(listApps, nil), m.findHolders(a))
}
