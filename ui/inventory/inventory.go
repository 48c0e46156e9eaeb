// Package inventory is the view of who uses what in the whole organization: what the newest
// sweep found, a sweep that goes on, and the revoke of an app for everybody.
package inventory

import (
	"context"
	"slices"
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/list"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// Inventory is what sweeps of the organization found. *app.OrgInventory is one.
type Inventory interface {
	// View reads the newest sweep, with the questions answered that are shown.
	View(context.Context) (app.InventoryView, error)
	// Sweep sweeps; hold is called before each person is asked about.
	Sweep(ctx context.Context, hold func(context.Context) error, observe func(app.SweepProgress)) (app.SweepResult, error)
	// Rows are the tokens of grants, and the others the same for output.
	Rows([]inventory.Ref) []app.Row
	RowsJSON([]inventory.Ref) []app.RowJSON
	StaleJSON([]inventory.Ref) []app.StaleJSON
	ChangesJSON(refs []inventory.Ref, ended func(int) bool) []app.ChangeJSON
}

// Service is what a revoke for everybody needs of the use cases. *app.Service is one.
type Service interface {
	// Prepare makes sure that what is revoked can be written down.
	Prepare(context.Context) error
	ListAll(ctx context.Context, people []webex.Person, each func(done int)) ([]app.Listing, []error)
	NewBatch(context.Context, []app.Listing, app.Selection, app.PlanOptions) (app.Batch, error)
	RevokeAll(context.Context, app.Batch, func(app.Progress)) (app.BatchResult, error)
}

// Options are what the view starts with.
type Options struct {
	Inventory Inventory
	Service   Service // nil where nobody is logged in
	Commands  app.Commands
	Org       string // of a partner's customer, where that is what the inventory is of
	// NeedsKey reports whether an error says that a key has to be kept somewhere first.
	NeedsKey func(error) bool
	Now      func() time.Time
}

// listKind is one of the lists of the Inventory view.
type listKind int

const (
	listApps listKind = iota
	listStale
	listChanges
	listHolders // of the app that was opened
	lists
)

// atOnce is up to how many rows a filter is applied in the same moment; more is done
// elsewhere, so that no key waits for it.
const atOnce = 100_000

// View is who uses what in the whole organization, as the newest sweep found it.
type View struct {
	view.Outbox
	Options
	ctx context.Context

	gen, holdersGen, arrangeGen, prepareGen int // of what is under way: what comes late is dropped

	running int // revokes under way, of whatever login
	state
}

// state is what another login must not see.
type state struct {
	loading bool
	reading bool // because the user asked for it
	have    bool // it was read, whatever was there
	err     error
	found   app.InventoryView
	took    time.Duration // to read it

	which     listKind
	holders   *inventory.List // of opened; nil on the other lists
	opened    inventory.App
	opening   bool            // holders are being looked up
	holdersOn onRow           // the row that the cursor is to be on when they come
	wanted    *webex.ClientID // the app to open once there is an inventory
	nearest   nearestHolders

	tables  [lists]list.Table[int32] // numbers into the lists
	appSort inventory.AppSort
	sort    [lists]inventory.Sort
	filters [lists]string
	filter  list.Filter // of the list that is shown
	detail  bool
	scroll  int

	arranging       bool
	preparing       string // what is being read before a question
	cancelPreparing context.CancelFunc
	sweep           sweepState
	swept           draw.Segment // what a sweep came to, to be said with its lists
	bulk            revokeState
	// revoked are the grants that were verified as gone since the sweep that is shown.
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

// New returns the view. ctx ends the commands that it starts.
func New(ctx context.Context, o Options) *View { return &View{Options: o, ctx: ctx, state: newState()} }

func newState() state {
	s := state{filter: list.NewFilter()}
	s.sort[listStale] = inventory.ByOldest
	for i := range s.tables {
		s.tables[i].Key = func(n int32) string { return strconv.Itoa(int(n)) }
	}
	return s
}

// Show reads the inventory, where that was not done yet.
func (v *View) Show() tea.Cmd {
	if v.have || v.loading {
		return nil
	}
	return v.load()
}

// Reset ends what goes on for another login, whose organization may be another one.
func (v *View) Reset(svc Service) {
	v.stopSweep()
	v.stopPreparing()
	sweeps := v.sweep.gen
	v.state, v.Service = newState(), svc
	v.gen, v.arrangeGen, v.holdersGen, v.prepareGen, v.sweep.gen = v.gen+1, v.arrangeGen+1, v.holdersGen+1, v.prepareGen+1, sweeps+1
	v.Send(view.InventoryRead{})
}

// Update takes what was read, the steps of a sweep and of a revoke, and what is typed into
// the filter.
func (v *View) Update(env view.Env, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case readMsg:
		return v.handleRead(env, msg)
	case arrangedMsg:
		v.handleArranged(msg)
	case holdersMsg:
		return v.handleHolders(msg)
	case sweepMsg:
		return v.handleSweepStep(env, msg)
	case sweptMsg:
		return v.handleSwept(env, msg)
	case readingMsg:
		return v.handleReading(msg)
	case preparedMsg:
		v.handlePlan(env, msg)
	case stepMsg:
		v.bulk.done += msg.done
		return nextStep(msg.more)
	case doneMsg:
		v.handleDone(env, msg)
	case view.Revoked:
		v.noteRevoked(msg.Batch)
	case view.ShowHolders:
		return v.showHolders(env, msg.Client)
	case sweepAgain:
		return v.startSweep(env)
	case askAgain:
		v.Say(draw.Dim, "The encryption key is set up. Press "+env.Keys.Shown(action.Revoke)+" on the app again.")
	case tea.KeyPressMsg, tea.PasteMsg:
		changed, by, cmd := v.filter.Update(env.Fixed, msg)
		v.table().Move(by)
		if changed {
			return tea.Batch(cmd, v.filterChanged())
		}
		return cmd
	}
	return nil
}

// Resize gives the table its lines, and looks up who stands beside the app under the cursor.
func (v *View) Resize(env view.Env) {
	v.table().Resize(v.shape(env).Table - 1)
	if a, ok := v.appAt(v.table().Detailed()); ok {
		v.lookUpNearest(a)
	}
}

// Typing reports whether the filter is open.
func (v *View) Typing() bool { return v.filter.IsOpen() }

// Reading reports whether the inventory is being read.
func (v *View) Reading() bool { return v.loading }

// Tick is a second while something is under way.
func (v *View) Tick(view.Env) time.Duration {
	if v.preparing != "" || v.sweep.running {
		return time.Second
	}
	return 0
}

// Index, Walk and Rest let the detail follow the cursor of the list that is shown.
func (v *View) Index() int { return v.table().Index() }

// Walk says that the cursor was moved from a row.
func (v *View) Walk(from int) { v.table().Walk(from) }

// Rest lets the detail be that of the row under the cursor.
func (v *View) Rest() { v.table().Rest() }

// Stray reports whether there are rows, so that somebody may type where letters are commands.
func (v *View) Stray() bool {
	return v.have && v.found.Newest != nil && !v.opening && v.err == nil && len(v.table().Rows) > 0
}

// Preparing reports whether a question is being prepared: other keys than those of the views
// wait.
func (v *View) Preparing() bool { return v.preparing != "" }

// Sweeping reports whether a sweep is under way.
func (v *View) Sweeping() bool { return v.sweep.running }

// Revokes counts the revokes that are under way.
func (v *View) Revokes() int { return v.running }

// Work is what goes on behind every view.
func (v *View) Work(env view.Env) view.Work {
	w := view.Work{Done: v.bulk.done, Total: v.bulk.total, Preparing: v.preparing != ""}
	if s := v.sweep; s.running {
		w.Sweep = v.sweepSegment(env)
		w.SweptSoFar, w.ToSweep = s.progress.Done, s.progress.People
	}
	return w
}

type (
	readMsg struct {
		gen   int
		found app.InventoryView
		took  time.Duration
		err   error
	}
	arrangedMsg struct {
		gen  int
		list listKind
		rows []int32
		on   int32 // the row that was under the cursor; -1 when it is gone
	}
	holdersMsg struct {
		gen  int
		list *inventory.List
	}
)

// list is the list that is shown.
func (v *View) list() listKind {
	if v.holders != nil {
		return listHolders
	}
	return v.which
}

func (v *View) table() *list.Table[int32] { return &v.tables[v.list()] }

// grants is the list of grants that is shown; nil for the apps.
func (v *View) grants() *inventory.List {
	switch v.list() {
	case listStale:
		return v.found.Stale
	case listChanges:
		return v.found.Changes
	case listHolders:
		return v.holders
	}
	return nil
}

// length is how many rows the list has that is shown, filtered or not.
func (v *View) length() int {
	if l := v.grants(); l != nil {
		return l.Len()
	}
	if v.found.Apps != nil && v.list() == listApps {
		return v.found.Apps.Len()
	}
	return 0
}

// load reads the newest sweep and makes its lists, which takes a while where it
// is large: never here.
func (v *View) load() tea.Cmd {
	v.gen++
	v.loading = true
	inv, ctx, gen, now := v.Inventory, v.ctx, v.gen, v.Now
	return func() tea.Msg {
		begun := now()
		found, err := inv.View(ctx)
		return readMsg{gen, found, now().Sub(begun), err}
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

func (v *View) onRow() onRow {
	n, ok := v.table().Current()
	switch {
	case !ok:
		return onRow{}
	case v.list() == listApps:
		return onRow{n: n, apps: v.found.Apps, app: v.found.Apps.App(n), known: true}
	}
	return onRow{n: n, list: v.grants(), ref: v.grants().Ref(n), known: true}
}

// find returns the row's number in the list that is shown, -1 when it is not there.
func (v *View) find(on onRow) int32 {
	switch {
	case !on.known:
		return -1
	case v.list() == listApps && on.apps == v.found.Apps, v.list() != listApps && on.list == v.grants():
		return on.n // the same list in another order
	case v.list() == listApps:
		return v.found.Apps.Find(on.app)
	}
	return v.grants().Find(on.ref)
}

func (v *View) handleRead(env view.Env, msg readMsg) tea.Cmd {
	if msg.gen != v.gen {
		return nil
	}
	v.loading, v.err, v.took = false, msg.err, msg.took
	if msg.err != nil {
		v.reading = false
		if v.wanted != nil && env.At == action.Authorizations {
			v.Say(draw.Bad, "The inventory cannot be read. "+app.Sentence(msg.err))
		}
		v.wanted = nil
		return nil
	}
	on := v.onRow()
	if v.found.Newest == nil || msg.found.Newest == nil || !msg.found.Newest.Started.Equal(v.found.Newest.Started) {
		v.revoked, v.revokedOf = map[grantKey]bool{}, map[webex.ClientID]int{} // this sweep knows
	}
	v.have, v.found = true, msg.found
	v.Send(view.InventoryRead{Have: v.found.Newest != nil})
	if v.swept.Text != "" {
		v.Send(view.Say{Text: v.swept})
		v.swept = draw.Segment{}
	} else if v.reading {
		v.Say(draw.Dim, "Reloaded.")
	}
	v.reading = false
	for i := range v.tables { // their numbers mean other rows now
		t := &v.tables[i]
		t.Rows = nil
		if listKind(i) != v.list() {
			t.Cursor, t.Offset = 0, 0
		}
	}
	client := v.wanted
	v.wanted = nil
	switch {
	case client != nil && env.At == action.Authorizations:
		return v.holdersFromList(env, *client)
	case client != nil && env.At == action.Inventory:
		return v.findHolders(env, inventory.App{ClientID: *client})
	case v.holders != nil || v.opening: // those of the sweep before
		v.holders, v.holdersOn = nil, on
		return v.findHolders(env, v.opened)
	}
	return v.arrange(on)
}

// arrange filters and sorts the list that is shown, with the cursor on a row
// where that is still there.
func (v *View) arrange(on onRow) tea.Cmd {
	v.arrangeGen++
	v.arranging = false
	list := v.list()
	text := v.filters[list]
	arrange := func() []int32 { return nil }
	if l := v.grants(); l != nil {
		by := v.sort[list]
		arrange = func() []int32 { return l.Arrange(by, text) }
	} else if apps := v.found.Apps; apps != nil && list == listApps {
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
func (v *View) finder(on onRow) func() int32 {
	snapshot := View{state: state{found: v.found, which: v.which, holders: v.holders}}
	return func() int32 { return snapshot.find(on) }
}

func (v *View) handleArranged(msg arrangedMsg) {
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
func (v *View) put(rows []int32, on int32) {
	t := v.table()
	t.Rows = rows
	at := slices.Index(rows, on)
	if at < 0 {
		at = t.Cursor
	}
	t.MoveTo(at)
}

// age says how old what is shown is.
func (v *View) age(env view.Env, t time.Time) string {
	words := env.Stamp(t)
	if t.In(env.Location).Format(time.DateOnly) == env.Now.In(env.Location).Format(time.DateOnly) {
		words = "today " + t.In(env.Location).Format("15:04 MST")
	}
	return words + ", " + app.AgeWords(t, env.Now)
}
