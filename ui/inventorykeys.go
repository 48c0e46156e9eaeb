package ui

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/webex"
)

func (m *Model) pressedOnInventory(msg tea.KeyPressMsg) tea.Cmd {
	k, v := m.keys, &m.inventory
	if v.filtering {
		return m.pressedInInventoryFilter(msg)
	}
	if v.preparing != "" && (msg.Text != "" && !m.changesView(msg) || key.Matches(msg, k.Press)) {
		m.say(draw.Dim, "Reading first, then the question comes: esc stops it.") // what is typed now is meant for that
		return nil
	}
	if by, ok := k.moves(msg, v.table().height); ok {
		if v.detail {
			v.scroll = max(v.scroll+by, 0)
		} else {
			v.table().move(by)
		}
		return nil
	}
	switch {
	case m.changesView(msg):
		return m.changeView(msg)
	case key.Matches(msg, k.Palette):
		m.openDialog(newPalette(m))
	case key.Matches(msg, k.Help):
		m.openDialog(newHelp(m))
	case key.Matches(msg, k.Sweep):
		return m.startSweep()
	case key.Matches(msg, k.PauseSweep):
		return m.pauseSweep()
	case key.Matches(msg, k.Back):
		return m.backInInventory()
	case key.Matches(msg, k.Quit) && (v.detail || v.holders != nil):
		return m.backInInventory()
	case key.Matches(msg, k.Quit):
		return m.quit()
	case key.Matches(msg, k.Reload) && !v.loading:
		v.reading = true
		return m.loadInventory()
	case key.Matches(msg, k.User):
		return m.choosePerson()
	default:
		return m.pressedOnInventoryRow(msg)
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
		m.openDialog(newStopDialog(m))
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

// pressedOnInventoryRow holds the keys that need an inventory.
func (m *Model) pressedOnInventoryRow(msg tea.KeyPressMsg) tea.Cmd {
	k, v := m.keys, &m.inventory
	if !v.have || v.view.Newest == nil || v.opening || v.err != nil {
		return nil // there are no rows in sight
	}
	switch {
	case key.Matches(msg, k.NextList):
		return m.nextList()
	case key.Matches(msg, k.Filter):
		v.filtering, v.detail = true, false
		return v.filter.Focus()
	case key.Matches(msg, k.Sort):
		return m.sortInventory()
	case len(v.table().rows) == 0:
		return nil
	case key.Matches(msg, k.Details):
		return m.openRow()
	case key.Matches(msg, k.Mark):
		v.detail, v.scroll = !v.detail, 0
	case key.Matches(msg, k.Who) && v.list() != listApps:
		r, _, _ := v.current()
		return m.findHolders(inventory.App{ClientID: r.ClientID(), Name: r.Name()})
	case key.Matches(msg, k.Revoke):
		return m.askToRevokeFromInventory()
	case key.Matches(msg, k.Export):
		m.exportInventory()
	case key.Matches(msg, k.CopyID):
		return m.copyInventoryID()
	case key.Matches(msg, k.CopyJSON):
		return m.copyInventoryJSON()
	case key.Matches(msg, k.CopyTicket):
		return m.copyInventoryCommand()
	case key.Matches(msg, k.CopyReport):
		return m.copyReport()
	default:
		m.stray(msg)
	}
	return nil
}

// current is the grant under the cursor; ok is false on the apps, and where there is none.
func (v *inventoryView) current() (r inventory.Ref, n int32, ok bool) {
	l := v.grants()
	n, ok = v.table().current()
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
	if n, ok := v.table().current(); ok && v.list() == listApps {
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
	switch msg.String() {
	case "enter", "esc":
		v.filtering = false
		v.filter.Blur()
		if msg.String() == "esc" {
			v.filter.SetValue("")
			return m.filterInventory()
		}
		return nil
	case "up", "down":
		v.table().move(map[string]int{"up": -1, "down": 1}[msg.String()])
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
	rows := m.inventory.table().rows
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
	n, _ := m.inventory.table().current()
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
	m.say(draw.Good, "Sent to the terminal's clipboard: client id "+clean(client))
	return tea.SetClipboard(clean(client))
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
