package ui

import (
	"context"
	"slices"
	"strconv"
	"time"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/list"
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

// atOnce is up to how many rows a filter is applied in the same moment; more is done
// elsewhere, so that no key waits for it.
const atOnce = 100_000

// inventoryView is the Inventory view.
type inventoryView struct {
	gen     int
	loading bool
	reading bool // because the user asked for it
	have    bool // it was read, whatever was there
	err     error
	view    app.InventoryView
	took    time.Duration // to read it

	which      inventoryList
	holders    *inventory.List // of opened; nil on the other lists
	opened     inventory.App
	opening    bool // holders are being looked up
	holdersGen int
	holdersOn  onRow           // the row that the cursor is to be on when they come
	wanted     *webex.ClientID // the app to open once there is an inventory
	nearest    nearestHolders

	tables    [inventoryLists]list.Table[int32] // numbers into the lists
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
	// stopPreparing ends that reading.
	stopPreparing context.CancelFunc
	sweep         sweepState
	swept         draw.Segment // what a sweep came to, to be said with its lists
	bulk          bulkState
	// revoked are the grants that were read back as gone since the sweep that is shown.
	revoked   map[grantKey]bool
	revokedOf map[webex.ClientID]int // how many of each app
	// fromList is set where who holds an app was opened from a user's authorizations.
	fromList bool
}

// grantKey is an app for a person.
type grantKey struct {
	person webex.PersonID
	client webex.ClientID
}

func newInventoryView() inventoryView {
	v := inventoryView{filter: draw.NewInput()}
	v.sort[listStale] = inventory.ByOldest
	for i := range v.tables {
		v.tables[i].Key = func(n int32) string { return strconv.Itoa(int(n)) }
	}
	return v
}

type (
	inventoryMsg struct {
		gen  int
		view app.InventoryView
		took time.Duration
		err  error
	}
	arrangedMsg struct {
		gen  int
		list inventoryList
		rows []int32
		on   int32 // the row that was under the cursor; -1 when it is gone
	}
	holdersMsg struct {
		gen  int
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

func (v *inventoryView) table() *list.Table[int32] { return &v.tables[v.list()] }

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
	inv, ctx, gen, now := m.opts.Inventory, m.ctx, v.gen, m.opts.Now
	return func() tea.Msg {
		begun := now()
		view, err := inv.View(ctx)
		return inventoryMsg{gen, view, now().Sub(begun), err}
	}
}

// onRow is the row under the cursor: by its number in the list that it is on, and as it
// can be found in another.
type onRow struct {
	n     int32
	apps  *inventory.AppList
	list  *inventory.List
	app   inventory.App
	ref   inventory.Ref
	known bool
}

func (v *inventoryView) onRow() onRow {
	n, ok := v.table().Current()
	switch {
	case !ok:
		return onRow{}
	case v.list() == listApps:
		return onRow{n: n, apps: v.view.Apps, app: v.view.Apps.App(n), known: true}
	}
	return onRow{n: n, list: v.grants(), ref: v.grants().Ref(n), known: true}
}

// find returns the row's number in the list that is shown, -1 when it is not there.
func (v *inventoryView) find(on onRow) int32 {
	switch {
	case !on.known:
		return -1
	case v.list() == listApps && on.apps == v.view.Apps, v.list() != listApps && on.list == v.grants():
		return on.n // the same list in another order
	case v.list() == listApps:
		return v.view.Apps.Find(on.app)
	}
	return v.grants().Find(on.ref)
}

func (m *Model) tookInventory(msg inventoryMsg) tea.Cmd {
	v := &m.inventory
	if msg.gen != v.gen {
		return nil
	}
	m.now = m.opts.Now()
	v.loading, v.err, v.took = false, msg.err, msg.took
	if msg.err != nil {
		v.reading = false
		if v.wanted != nil && m.screen == onList {
			m.say(draw.Bad, "The inventory cannot be read. "+app.Sentence(msg.err))
		}
		v.wanted = nil
		return nil
	}
	on := v.onRow()
	if v.view.Newest == nil || msg.view.Newest == nil || !msg.view.Newest.Started.Equal(v.view.Newest.Started) {
		v.revoked, v.revokedOf = map[grantKey]bool{}, map[webex.ClientID]int{} // this sweep knows
	}
	v.have, v.view = true, msg.view
	if v.swept.Text != "" {
		m.flash, v.swept = v.swept, draw.Segment{}
	} else if v.reading {
		m.say(draw.Dim, "Read again.")
	}
	v.reading = false
	for i := range v.tables { // their numbers mean other rows now
		t := &v.tables[i]
		t.Rows = nil
		if inventoryList(i) != v.list() {
			t.Cursor, t.Offset = 0, 0
		}
	}
	client := v.wanted
	v.wanted = nil
	switch {
	case client != nil && m.screen == onList:
		return m.holdersFromList(*client)
	case client != nil && m.screen == onInventory:
		return m.findHolders(inventory.App{ClientID: *client})
	case v.holders != nil || v.opening: // those of the sweep before
		v.holders, v.holdersOn = nil, on
		return m.findHolders(v.opened)
	}
	return m.arrangeInventory(on)
}

// arrangeInventory filters and sorts the list that is shown, with the cursor on a row
// where that is still there.
func (m *Model) arrangeInventory(on onRow) tea.Cmd {
	v := &m.inventory
	v.arrangeGen++
	v.arranging = false
	list := v.list()
	text := v.filters[list]
	arrange := func() []int32 { return nil }
	if l := v.grants(); l != nil {
		by := v.sort[list]
		arrange = func() []int32 { return l.Arrange(by, text) }
	} else if apps := v.view.Apps; apps != nil && list == listApps {
		by := v.appSort
		arrange = func() []int32 { return apps.Arrange(by, text) }
	}
	if text == "" || v.length() <= atOnce { // an order without a filter is there already
		v.put(arrange(), v.find(on))
		return nil
	}
	v.arranging = true
	gen, find := v.arrangeGen, v.finder(on)
	return func() tea.Msg { return arrangedMsg{gen, list, arrange(), find()} }
}

// finder is find for another goroutine: the lists do not change.
func (v *inventoryView) finder(on onRow) func() int32 {
	snapshot := inventoryView{view: v.view, which: v.which, holders: v.holders}
	return func() int32 { return snapshot.find(on) }
}

func (m *Model) tookArranged(msg arrangedMsg) {
	v := &m.inventory
	if msg.gen != v.arrangeGen || msg.list != v.list() {
		return
	}
	v.arranging = false
	on := msg.on
	if n, ok := v.table().Current(); ok { // it may have moved meanwhile
		on = n
	}
	v.put(msg.rows, on)
}

// put replaces the rows that are shown, with the cursor on the row on; where that is gone
// it stays at its place. It compares numbers alone, so that a million rows take no time.
func (v *inventoryView) put(rows []int32, on int32) {
	t := v.table()
	t.Rows = rows
	at := slices.Index(rows, on)
	if at < 0 {
		at = t.Cursor
	}
	t.MoveTo(at)
}

// forgetInventory ends what goes on for another login: its organization may be another.
func (m *Model) forgetInventory() {
	m.stopSweep()
	m.stopPreparing()
	old := &m.inventory
	next := newInventoryView()
	next.gen, next.arrangeGen, next.holdersGen, next.prepareGen = old.gen+1, old.arrangeGen+1, old.holdersGen+1, old.prepareGen+1
	next.sweep.gen = old.sweep.gen + 1
	m.inventory = next
}

// inventoryAge says how old what is shown is.
func (m *Model) inventoryAge(t time.Time) string {
	words := m.stamp(t)
	if t.In(m.opts.Location).Format(time.DateOnly) == m.now.In(m.opts.Location).Format(time.DateOnly) {
		words = "today " + t.In(m.opts.Location).Format("15:04 MST")
	}
	return words + ", " + app.AgeWords(t, m.now)
}
