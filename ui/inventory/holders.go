package inventory

import (
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// openHolders shows the people who have the app under the cursor.
func (v *View) openHolders(env view.Env) tea.Cmd {
	v.fromList = false
	n, ok := v.table().Current()
	if !ok || v.list() != listApps {
		return nil
	}
	return v.findHolders(env, v.found.Apps.App(n))
}

// findHolders shows the people who have an app. For large apps it looks them up in the
// background.
func (v *View) findHolders(env view.Env, a inventory.App) tea.Cmd {
	if v.found.Apps == nil {
		v.opening = false
		v.Say(draw.Warn, "There is no inventory yet. Press "+env.Keys.Shown(action.Sweep)+" to sweep the organization.")
		return v.showList(v.which, nil)
	}
	n := v.found.Apps.Find(a)
	if n < 0 {
		v.opening = false
		v.Say(draw.Warn, "The sweep of "+env.Stamp(v.found.Newest.Started)+" did not find this app. Press "+env.Keys.Shown(action.Sweep)+" to sweep again.")
		return v.showList(v.which, nil)
	}
	v.holdersGen++
	v.opening, v.opened = true, v.found.Apps.App(n)
	of, gen, app := v.found.Newest, v.holdersGen, v.opened
	return func() tea.Msg { return holdersMsg{gen, inventory.NewList(of.Holders(app), nil)} }
}

func (v *View) handleHolders(msg holdersMsg) tea.Cmd {
	if msg.gen != v.holdersGen || !v.opening {
		return nil
	}
	v.tables[listHolders].ClearMarks() // they are row numbers of another app
	v.opening = false
	t, on := &v.tables[listHolders], v.holdersOn
	v.holdersOn = onRow{}
	if t.Rows, t.Cursor, t.Offset = nil, 0, 0; !on.known {
		v.filters[listHolders] = ""
	}
	return v.goToList(v.which, msg.list, on)
}

// showList switches to one of the lists. holders is the list of people who have an app, or nil
// for the other lists.
func (v *View) showList(which listKind, holders *inventory.List) tea.Cmd {
	v.which, v.holders, v.opening = which, holders, false
	return v.goToList(which, holders, v.onRow())
}

func (v *View) goToList(which listKind, holders *inventory.List, on onRow) tea.Cmd {
	v.which, v.holders = which, holders
	v.detail = false
	v.filter.Set(v.filters[v.list()])
	return v.arrange(on)
}

// nextList switches to the next of the three lists.
func (v *View) nextList() tea.Cmd {
	return v.showList((v.which+1)%listHolders, nil)
}

// showHolders shows the people who have an app, once the inventory is loaded.
func (v *View) showHolders(env view.Env, client webex.ClientID) tea.Cmd {
	if v.have && !v.loading {
		return v.holdersFromList(env, client)
	}
	v.wanted = &client
	v.Say(draw.Dim, "Loading the inventory…")
	if v.loading {
		return nil
	}
	return v.load()
}

// holdersFromList shows the people who have an app if the last sweep found the app. Otherwise it
// says so and stays on the list, with the cursor on the app.
func (v *View) holdersFromList(env view.Env, client webex.ClientID) tea.Cmd {
	a := inventory.App{ClientID: client}
	sweeps := env.Keys.Shown(action.Inventory) + " then " + env.Keys.Shown(action.Sweep)
	switch {
	case v.found.Apps == nil:
		v.Say(draw.Warn, "There is no inventory yet. Press "+sweeps+" to sweep the organization.")
		return nil
	case v.found.Apps.Find(a) < 0:
		v.Say(draw.Warn, "The sweep of "+env.Stamp(v.found.Newest.Started)+" did not find this app. Press "+sweeps+" to sweep again.")
		return nil
	}
	v.fromList = true
	v.Send(view.Show{View: action.Inventory})
	return tea.Batch(v.showList(listApps, nil), v.findHolders(env, a))
}
