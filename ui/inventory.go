package ui

import (
	"context"
	"slices"
	"strings"
	"time"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/webex"
)

// Inventory is what sweeps of the organization found. *app.OrgInventory is one.
type Inventory interface {
	// View reads the newest sweep, with the questions answered that are shown.
	View(context.Context) (app.InventoryView, error)
	// Sweep sweeps; hold is called before each person is asked about.
	Sweep(ctx context.Context, hold func(context.Context) error, observe func(app.SweepProgress)) (app.SweepResult, error)
	// Search finds people by any part of their name.
	Search(ctx context.Context, text string, n int) ([]inventory.Person, error)
	// Rows are the tokens of grants, and the others the same for output.
	Rows([]inventory.Ref) []app.Row
	RowsJSON([]inventory.Ref) []app.RowJSON
	StaleJSON([]inventory.Ref) []app.StaleJSON
	ChangesJSON(refs []inventory.Ref, ended func(int) bool) []app.ChangeJSON
}

// inventoryList is one of the lists of the Inventory view.
type inventoryList int

const (
	listApps inventoryList = iota
	listStale
	listChanges
	listHolders // of the app that was opened
	inventoryLists
)

// atOnce is up to how many rows a filter or an order is applied in the same moment; more
// is done elsewhere, so that no key waits for it.
const atOnce = 100_000

// inventoryView is the Inventory view.
type inventoryView struct {
	gen     int
	loading bool
	have    bool // it was read, whatever was there
	err     error
	view    app.InventoryView

	which   inventoryList
	holders *inventory.List // of opened; nil on the other lists
	opened  inventory.App
	opening bool            // holders are being looked up
	wanted  *webex.ClientID // the app to open once there is an inventory

	tables    [inventoryLists]table[int32] // numbers into the lists
	appSort   inventory.AppSort
	sort      [inventoryLists]inventory.Sort
	filters   [inventoryLists]string
	filter    textinput.Model // of the list that is shown
	filtering bool
	detail    bool
	scroll    int

	arrangeGen int
	arranging  bool
	prepareGen int
	preparing  string // what is being read before a question
	sweep      sweepState
	bulk       bulkState
}

func newInventoryView() inventoryView {
	v := inventoryView{filter: newInput()}
	v.sort[listStale] = inventory.ByOldest
	for i := range v.tables {
		v.tables[i].key = func(n int32) string { return itoa(int(n)) }
	}
	return v
}

type (
	inventoryMsg struct {
		gen  int
		view app.InventoryView
		at   int32 // where the row is now that was under the cursor; -1 if it is gone
		err  error
	}
	arrangedMsg struct {
		gen  int
		list inventoryList
		rows []int32
	}
	holdersMsg struct {
		gen  int
		of   inventory.App
		list *inventory.List
	}
)

// list is the list that is shown.
func (v *inventoryView) list() inventoryList {
	if v.holders != nil {
		return listHolders
	}
	return v.which
}

func (v *inventoryView) table() *table[int32] { return &v.tables[v.list()] }

// grants is the list of grants that is shown; nil for the apps.
func (v *inventoryView) grants() *inventory.List {
	switch v.list() {
	case listStale:
		return v.view.Stale
	case listChanges:
		return v.view.Changes
	case listHolders:
		return v.holders
	}
	return nil
}

// length is how many rows the list has that is shown, filtered or not.
func (v *inventoryView) length() int {
	if l := v.grants(); l != nil {
		return l.Len()
	}
	if v.view.Apps != nil && v.list() == listApps {
		return v.view.Apps.Len()
	}
	return 0
}

// showInventory opens the Inventory view.
func (m *Model) showInventory() tea.Cmd {
	m.list.preparing = false
	m.picker.input.Blur()
	m.screen = onInventory
	if m.inventory.have || m.inventory.loading {
		return nil
	}
	return m.loadInventory()
}

// loadInventory reads the newest sweep and makes its lists, which takes a while where it
// is large: never here.
func (m *Model) loadInventory() tea.Cmd {
	v := &m.inventory
	v.gen++
	v.loading = true
	inv, ctx, gen, on := m.opts.Inventory, m.ctx, v.gen, v.onRow()
	return func() tea.Msg {
		view, err := inv.View(ctx)
		return inventoryMsg{gen, view, on(view), err}
	}
}

// onRow remembers the row under the cursor, and returns what finds it in another view.
func (v *inventoryView) onRow() func(app.InventoryView) int32 {
	n, ok := v.table().current()
	none := func(app.InventoryView) int32 { return -1 }
	switch list := v.list(); {
	case !ok || list == listHolders:
		return none
	case list == listApps:
		a := v.view.Apps.App(n)
		return func(next app.InventoryView) int32 {
			if next.Apps == nil {
				return -1
			}
			return next.Apps.Find(a)
		}
	default:
		ref, of := v.grants().Ref(n), func(next app.InventoryView) *inventory.List {
			if list == listStale {
				return next.Stale
			}
			return next.Changes
		}
		return func(next app.InventoryView) int32 {
			if of(next) == nil {
				return -1
			}
			return of(next).Find(ref)
		}
	}
}

func (m *Model) tookInventory(msg inventoryMsg) tea.Cmd {
	v := &m.inventory
	if msg.gen != v.gen {
		return nil
	}
	m.now = m.opts.Now()
	v.loading, v.err = false, msg.err
	if msg.err != nil {
		return nil
	}
	v.have, v.view = true, msg.view
	for i := range v.tables {
		if inventoryList(i) != v.list() { // their numbers mean other rows now
			v.tables[i].rows, v.tables[i].cursor, v.tables[i].offset = nil, 0, 0
		}
	}
	if v.holders != nil { // of the sweep before
		return tea.Batch(m.findHolders(v.opened.ClientID))
	}
	v.table().rows = nil
	cmd := m.arrangeInventory(msg.at)
	if v.wanted != nil {
		client := *v.wanted
		v.wanted = nil
		return tea.Batch(cmd, m.findHolders(client))
	}
	return cmd
}

// arrangeInventory filters and sorts the list that is shown. The cursor goes to on, or
// stays on its row when that is negative.
func (m *Model) arrangeInventory(on int32) tea.Cmd {
	v := &m.inventory
	v.arrangeGen++
	v.arranging = false
	t, list := v.table(), v.list()
	if n, ok := t.current(); ok && on < 0 {
		on = n
	}
	text, not := needle(v.filters[list])
	arrange := func() []int32 { return nil }
	if l := v.grants(); l != nil {
		by := v.sort[list]
		arrange = func() []int32 { return l.Arrange(by, text, not) }
	} else if apps := v.view.Apps; apps != nil && list == listApps {
		by := v.appSort
		arrange = func() []int32 { return apps.Arrange(by, text, not) }
	}
	if v.length() <= atOnce {
		putNumbers(t, arrange(), on)
		return nil
	}
	v.arranging = true
	gen := v.arrangeGen
	return func() tea.Msg { return arrangedMsg{gen, list, arrange()} }
}

func (m *Model) tookArranged(msg arrangedMsg) {
	v := &m.inventory
	if msg.gen != v.arrangeGen || msg.list != v.list() {
		return
	}
	v.arranging = false
	t := v.table()
	on := int32(-1)
	if n, ok := t.current(); ok {
		on = n
	}
	putNumbers(t, msg.rows, on)
}

// putNumbers replaces the rows of a table of numbers, with the cursor on the row on; where
// that is gone it stays at its place. It compares numbers alone, so that a million rows
// take no time.
func putNumbers(t *table[int32], rows []int32, on int32) {
	t.rows = rows
	at := slices.Index(rows, on)
	if at < 0 {
		at = t.cursor
	}
	t.moveTo(at)
}

// needle divides a filter into what is looked for, and whether all others are meant.
func needle(filter string) (text string, not bool) {
	text = strings.TrimSpace(filter)
	if rest, ok := strings.CutPrefix(text, "!"); ok {
		return strings.TrimSpace(rest), strings.TrimSpace(rest) != ""
	}
	return text, false
}

// openHolders shows who holds the app under the cursor.
func (m *Model) openHolders() tea.Cmd {
	v := &m.inventory
	n, ok := v.table().current()
	if !ok || v.list() != listApps {
		return nil
	}
	return m.findHoldersOf(v.view.Apps.App(n))
}

// findHolders shows who holds an app by its client id.
func (m *Model) findHolders(client webex.ClientID) tea.Cmd {
	v := &m.inventory
	if v.view.Apps == nil {
		m.say(warn, "There is no inventory yet, so who else has an app is not known: S sweeps the organization.")
		return nil
	}
	n := v.view.Apps.Find(inventory.App{ClientID: client})
	if client == "" || n < 0 {
		v.holders = nil
		m.say(warn, "In the sweep of "+m.stamp(v.view.Newest.Started)+" nobody held this app: S sweeps anew.")
		return m.arrangeInventory(-1)
	}
	return m.findHoldersOf(v.view.Apps.App(n))
}

func (m *Model) findHoldersOf(a inventory.App) tea.Cmd {
	v := &m.inventory
	v.gen++
	v.opening = true
	of, gen := v.view.Newest, v.gen
	return func() tea.Msg { return holdersMsg{gen, a, inventory.NewList(of.Holders(a), nil)} }
}

func (m *Model) tookHolders(msg holdersMsg) tea.Cmd {
	v := &m.inventory
	if msg.gen != v.gen {
		return nil
	}
	v.opening = false
	v.keepFilter()
	v.holders, v.opened, v.detail = msg.list, msg.of, false
	v.tables[listHolders].rows, v.tables[listHolders].cursor = nil, 0
	v.filters[listHolders] = ""
	v.filter.SetValue("")
	return m.arrangeInventory(-1)
}

// closeHolders goes back to the list that the app was opened from.
func (m *Model) closeHolders() tea.Cmd {
	v := &m.inventory
	v.holders, v.detail = nil, false
	v.filter.SetValue(v.filters[v.which])
	return m.arrangeInventory(-1)
}

func (v *inventoryView) keepFilter() { v.filters[v.list()] = v.filter.Value() }

// nextList goes to the next of the three lists.
func (m *Model) nextList() tea.Cmd {
	v := &m.inventory
	v.keepFilter()
	v.holders, v.detail, v.filtering = nil, false, false
	v.filter.Blur()
	v.which = (v.which + 1) % listHolders
	v.filter.SetValue(v.filters[v.which])
	return m.arrangeInventory(-1)
}

// whoElse opens the Inventory on the app under the cursor of the authorizations.
func (m *Model) whoElse() tea.Cmd {
	cur, ok := m.list.table.current()
	switch {
	case m.opts.Inventory == nil:
		m.say(warn, "There is no inventory here.")
		return nil
	case !ok:
		return nil
	case cur.group.client == "":
		m.say(warn, "Webex sent no client id for this app, so nobody can say who else has it.")
		return nil
	}
	client := cur.group.client
	v := &m.inventory
	v.which = listApps
	cmd := m.showInventory()
	if v.have && !v.loading {
		return m.findHolders(client)
	}
	v.wanted = &client
	return cmd
}

// inventoryAge says how old what is shown is.
func (m *Model) inventoryAge(t time.Time) string {
	words := m.stamp(t)
	if t.In(m.opts.Location).Format(time.DateOnly) == m.now.In(m.opts.Location).Format(time.DateOnly) {
		words = "today " + t.In(m.opts.Location).Format("15:04 MST")
	}
	return words + ", " + app.AgeWords(t, m.now)
}
