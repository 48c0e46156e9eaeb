package ui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/webex"
)

func (m *Model) pressedOnInventory(msg tea.KeyPressMsg) tea.Cmd {
	v := &m.inventory
	if v.filtering {
		return m.pressedInInventoryFilter(msg)
	}
	a, ok := m.keys.Find(msg, m.actions())
	switch {
	case v.preparing != "" && (msg.Text != "" && (!ok || !m.goesToAView(a.Key)) || m.keys.Matches(msg, action.Press)):
		m.say(draw.Dim, "Reading first, then the question comes: esc stops it.") // what is typed now is meant for that
	case ok:
		return a.Run()
	case v.have && v.view.Newest != nil && !v.opening && v.err == nil && len(v.table().Rows) > 0:
		m.stray(msg)
	}
	return nil
}

// backInInventory undoes one thing at a time.
func (m *Model) backInInventory() tea.Cmd {
	v := &m.inventory
	switch {
	case v.preparing != "":
		m.stopPreparing()
		m.say(draw.Dim, "Stopped. Nothing was sent.")
	case v.opening:
		v.opening = false
		return m.showList(v.which, nil)
	case v.detail:
		v.detail = false
	case v.bulk.total > 0: // before the filter: "esc stop revoking" stands on the line of keys
		m.askToStop()
	case v.filter.Value() != "":
		v.filter.SetValue("")
		return m.filterInventory()
	case v.holders != nil && v.fromList:
		v.fromList = false
		return tea.Batch(m.showList(v.which, nil), m.showAuthorizations())
	case v.holders != nil:
		return m.showList(v.which, nil)
	case v.sweep.running && v.sweep.paused:
		m.stopSweep()
	default:
		return m.showAuthorizations()
	}
	return nil
}

// current is the grant under the cursor; ok is false on the apps, and where there is none.
func (v *inventoryView) current() (r inventory.Ref, n int32, ok bool) {
	l := v.grants()
	n, ok = v.table().Current()
	if l == nil || !ok {
		return r, n, false
	}
	return l.Ref(n), n, true
}

// currentApp is the app under the cursor, or the one that is opened.
func (v *inventoryView) currentApp() (inventory.App, bool) {
	if v.holders != nil {
		return v.opened, true
	}
	if n, ok := v.table().Current(); ok && v.list() == listApps {
		return v.view.Apps.App(n), true
	}
	return inventory.App{}, false
}

// openRow opens who holds an app, or a person's authorizations.
func (m *Model) openRow() tea.Cmd {
	v := &m.inventory
	if v.list() == listApps {
		return m.openHolders()
	}
	r, n, ok := v.current()
	if !ok {
		return nil
	}
	cmd := m.open(r.Person().Who())
	m.list.fromInventory = true
	if v.grants().Ended(n) {
		m.say(draw.Dim, "It has ended there; this is what the user has now.")
	}
	return cmd
}

func (m *Model) sortInventory() tea.Cmd {
	v := &m.inventory
	if v.list() == listApps {
		v.appSort = (v.appSort + 1) % (inventory.AppsByName + 1)
		m.say(draw.Dim, "Sorted by "+appSortWords(v.appSort)+".")
		return m.arrangeInventory(v.onRow())
	}
	v.sort[v.list()] = (v.sort[v.list()] + 1) % (inventory.ByApp + 1)
	m.say(draw.Dim, "Sorted by "+sortWords(v.sort[v.list()])+".")
	return m.arrangeInventory(v.onRow())
}

func appSortWords(s inventory.AppSort) string {
	return [...]string{"what is worth a look", "users", "newest", "name"}[s]
}

func sortWords(s inventory.Sort) string {
	return [...]string{"newest sign of life", "longest without one", "user", "app"}[s]
}

func (m *Model) pressedInInventoryFilter(msg tea.KeyPressMsg) tea.Cmd {
	v := &m.inventory
	switch k := m.fixed; {
	case k.Matches(msg, action.Press, action.Back):
		v.filtering = false
		v.filter.Blur()
		if k.Matches(msg, action.Back) {
			v.filter.SetValue("")
			return m.filterInventory()
		}
		return nil
	case k.Matches(msg, action.RowAbove):
		v.table().Move(-1)
		return nil
	case k.Matches(msg, action.RowBelow):
		v.table().Move(1)
		return nil
	}
	return m.editInventoryFilter(msg)
}

func (m *Model) editInventoryFilter(msg tea.Msg) tea.Cmd {
	v := &m.inventory
	var cmd tea.Cmd
	before := v.filter.Value()
	v.filter, cmd = v.filter.Update(msg)
	if v.filter.Value() == before {
		return cmd
	}
	return tea.Batch(cmd, m.filterInventory())
}

func (m *Model) filterInventory() tea.Cmd {
	v := &m.inventory
	v.filters[v.list()] = v.filter.Value()
	return m.arrangeInventory(v.onRow())
}

func (m *Model) exportInventory() {
	rows := m.inventory.table().Rows
	what := [...]string{"apps", "stale", "changes", "app"}[m.inventory.list()]
	m.askToExport(what, len(rows), m.inventoryData(rows))
}

// inventoryData makes rows of the list that is shown for output: many of them take a
// while, so whoever calls it does that elsewhere. The lists do not change.
func (m *Model) inventoryData(rows []int32) func() any {
	v, inv := &m.inventory, m.opts.Inventory
	apps, changes, list := v.view.Apps, v.view.Changes, v.grants()
	refs := func() []inventory.Ref {
		out := make([]inventory.Ref, len(rows))
		for i, n := range rows {
			out[i] = list.Ref(n)
		}
		return out
	}
	switch v.list() {
	case listStale:
		return func() any { return inv.StaleJSON(refs()) }
	case listChanges:
		return func() any {
			return inv.ChangesJSON(refs(), func(n int) bool { return changes.Ended(rows[n]) })
		}
	case listHolders:
		return func() any { return inv.RowsJSON(refs()) }
	}
	return func() any {
		out := []app.AppJSON{}
		for _, n := range rows {
			out = append(out, app.NewAppJSON(apps.App(n)))
		}
		return out
	}
}

func (m *Model) copyInventoryJSON() tea.Cmd {
	n, _ := m.inventory.table().Current()
	b, err := app.MarshalJSON(m.inventoryData([]int32{n})())
	if err != nil {
		m.say(draw.Bad, "Cannot write the row as JSON.")
		return nil
	}
	m.say(draw.Good, "Sent to the terminal's clipboard: the row as JSON.")
	return tea.SetClipboard(string(b))
}

func (m *Model) copyInventoryID() tea.Cmd {
	v := &m.inventory
	client := webex.ClientID("")
	if a, ok := v.currentApp(); ok {
		client = a.ClientID
	} else if r, _, ok := v.current(); ok {
		client = r.ClientID()
	}
	if client == "" {
		m.say(draw.Warn, "Webex sent no client id for this app.")
		return nil
	}
	m.say(draw.Good, "Sent to the terminal's clipboard: client id "+app.Clean(client))
	return tea.SetClipboard(app.Clean(client))
}

// copyInventoryCommand copies the command that does what x would.
func (m *Model) copyInventoryCommand() tea.Cmd {
	v := &m.inventory
	if r, _, ok := v.current(); ok {
		p := r.Person()
		var ids []webex.AuthorizationID
		for _, a := range r.Authorizations() {
			ids = append(ids, a.ID)
		}
		return m.copyCommand(m.commands().Revoke(p.Who(), webex.PersonDetails{ID: p.ID}, ids, false))
	}
	a, ok := v.currentApp()
	if !ok || a.ClientID == "" {
		m.say(draw.Warn, "Webex sent no client id for this app: it has no command.")
		return nil
	}
	return m.copyCommand(m.commands().Everywhere(a.ClientID))
}

func (m *Model) inventoryActions() []action.Action {
	v := &m.inventory
	list := func(run func() tea.Cmd) func() tea.Cmd { // it needs an inventory
		return func() tea.Cmd {
			if !v.have || v.view.Newest == nil || v.opening || v.err != nil {
				return nil
			}
			return run()
		}
	}
	row := func(run func() tea.Cmd) func() tea.Cmd { // and a row
		return list(func() tea.Cmd {
			if len(v.table().Rows) == 0 {
				return nil
			}
			return run()
		})
	}
	noReport := ""
	if m.report == nil && m.bulkReport == nil {
		noReport = "nothing revoked yet"
	}
	noInventory := ""
	if m.opts.Inventory == nil {
		noInventory = "there is no inventory here"
	}
	const group = "INVENTORY"
	out := []action.Action{
		{Key: action.NextList, Group: group, Run: list(m.nextList)},
		{Key: action.Sweep, Group: group, Run: m.startSweep},
		{Key: action.PauseSweep, Group: group, Run: m.pauseSweep},
		{Key: action.Details, Words: "who holds the app; on a user, that user's apps", Group: group, Run: row(m.openRow)},
		{Key: action.Revoke, Words: "revoke: an app for everybody, on a user that one's", Group: group, Why: m.whyNotRevoke(), Run: row(m.askToRevokeFromInventory)},
		{Key: action.Who, Words: "who else has the app of this row", Group: group, Why: noInventory, Run: row(func() tea.Cmd {
			if v.list() == listApps {
				return nil
			}
			r, _, _ := v.current()
			return m.findHolders(inventory.App{ClientID: r.ClientID(), Name: r.Name()})
		})},
		{Key: action.Mark, Words: "details", Group: group, Run: row(action.Do(func() { v.detail, v.scroll = !v.detail, 0 }))},
		{Key: action.Filter, Group: group, Run: list(func() tea.Cmd {
			v.filtering, v.detail = true, false
			return v.filter.Focus()
		})},
		{Key: action.Sort, Words: "sort", Group: group, Run: list(m.sortInventory)},
		{Key: action.Reload, Words: "read the inventory again", Group: group, Run: func() tea.Cmd {
			if v.loading {
				return nil
			}
			v.reading = true
			return m.loadInventory()
		}},
		{Key: action.CopyID, Words: "copy the client id", Group: group, Run: row(m.copyInventoryID)},
		{Key: action.CopyJSON, Group: group, Run: row(m.copyInventoryJSON)},
		{Key: action.CopyTicket, Words: "copy what " + m.keys.Shown(action.Revoke) + " does as a command", Group: group, Run: row(m.copyInventoryCommand)},
		{Key: action.CopyReport, Group: group, Why: noReport, Run: row(m.copyReport)},
		{Key: action.Export, Group: group, Run: row(action.Do(m.exportInventory))},
		{Key: action.User, Run: m.choosePerson},
		{Key: action.Back, Run: m.backInInventory},
		{Key: action.Quit, Run: func() tea.Cmd {
			if v.detail || v.holders != nil {
				return m.backInInventory()
			}
			return m.quit()
		}},
	}
	return append(out, action.Moves(v.table().Height, func(by int) {
		if v.detail {
			v.scroll = draw.Scrolled(v.scroll+by, len(m.inventoryDetail(m.Width-2)), m.inventoryShape().Body)
		} else {
			v.table().Move(by)
		}
	})...)
}
