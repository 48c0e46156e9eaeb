// Package inventory is the view of all apps and users of the organization: the results of the
// newest sweep, the progress of a running sweep, and revoking an app for everybody.
package inventory

import (
	"context"
	"slices"
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/filter"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/list"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// Inventory contains the sweeps of the organization. *app.OrgInventory implements it.
type Inventory interface {
	// View loads the newest sweep and computes what the view shows.
	View(context.Context) (app.InventoryView, error)
	// Sweep runs a sweep. It calls hold before it requests the tokens of each person, and
	// observe with its progress.
	Sweep(ctx context.Context, hold func(context.Context) error, observe func(app.SweepProgress)) (app.SweepResult, error)
	// Rows, and the methods below, convert grants for output.
	Rows([]inventory.Ref) []app.Row
	RowsJSON([]inventory.Ref) []app.RowJSON
	StaleJSON([]inventory.Ref) []app.StaleJSON
	ChangesJSON(refs []inventory.Ref, ended func(int) bool) []app.ChangeJSON
}

// Service contains the use cases that revoking for everybody needs. *app.Service implements it.
type Service interface {
	// Prepare verifies that revokes can be logged.
	Prepare(context.Context) error
	ListAll(ctx context.Context, people []webex.Person, each func(done int)) ([]app.Listing, []error)
	NewBatch(context.Context, []app.Listing, app.Selection, app.PlanOptions) (app.Batch, error)
	RevokeAll(context.Context, app.Batch, func(app.Progress)) (app.BatchResult, error)
}

// Options configure a [View].
type Options struct {
	Inventory Inventory
	Service   Service // nil if nobody is logged in
	Commands  app.Commands
	Hub       app.ControlHub
	Org       string // the partner's customer that the inventory is for; otherwise empty
	// NeedsKey reports whether an error means that the user must choose a key source first.
	NeedsKey func(error) bool
	Now      func() time.Time
}

// listKind is one of the lists of the Inventory view.
type listKind int

const (
	listApps listKind = iota
	listStale
	listChanges
	listHolders // of the opened app
	lists
)

// atOnce is the maximum number of rows that are filtered synchronously. Longer lists are
// filtered in the background, so that key presses aren't delayed.
const atOnce = 100_000

// View shows the apps and users of the whole organization, as of the newest sweep.
type View struct {
	view.Outbox
	Options
	ctx context.Context

	gen, holdersGen, arrangeGen, prepareGen int // numbers of the current requests; results of older ones are dropped

	running int // revokes in progress, for any login
	state
}

// state is reset when the login changes.
type state struct {
	loading bool
	reading bool // at the user's request
	have    bool // loaded, even if there is no sweep
	err     error
	retry   view.Retry
	found   app.InventoryView
	took    time.Duration // duration of loading

	which     listKind
	holders   *inventory.List // people with the app in opened; nil on the other lists
	opened    inventory.App
	opening   bool            // holders are being looked up
	holdersOn onRow           // the row to put the cursor on when holders arrive
	wanted    *webex.ClientID // the app to open once the inventory is loaded
	nearest   nearestHolders

	tables  [lists]list.Table[int32] // indexes into the lists
	appSort list.Order[inventory.AppSort]
	sort    [lists]list.Order[inventory.Sort]
	filters [lists]string
	filter  list.Filter // of the current list
	detail  bool
	scroll  int

	wantUser, wantApp int // widths of the texts of the columns

	arranging       bool
	preparing       string // what is being loaded for a confirmation
	cancelPreparing context.CancelFunc
	sweep           sweepState
	swept           draw.Segment // result of a sweep, shown together with its lists
	bulk            revokeState
	// revoked contains the grants that were verified as revoked since the shown sweep.
	revoked   map[grantKey]bool
	revokedOf map[webex.ClientID]int // number per app
	// fromList means that the list of people was opened from a user's authorizations.
	fromList bool
}

// grantKey identifies a grant: an app for a person.
type grantKey struct {
	person webex.PersonID
	client webex.ClientID
}

// New returns the view. Cancelling ctx cancels the commands that the view starts.
func New(ctx context.Context, o Options) *View { return &View{Options: o, ctx: ctx, state: newState()} }

func newState() state {
	s := state{filter: list.NewFilter()}
	s.sort[listStale].Reversed = true // unused for the longest time first
	for i := range s.tables {
		s.tables[i].Key = func(n int32) string { return strconv.Itoa(int(n)) }
	}
	return s
}

// Show loads the inventory unless it is loaded.
func (v *View) Show() tea.Cmd {
	if v.have || v.loading {
		return nil
	}
	return v.load()
}

// Reset cancels work and clears the state after a change of login, because the new login may
// belong to another organization.
func (v *View) Reset(svc Service) {
	v.stopSweep()
	v.stopPreparing()
	v.Stop()
	sweeps := v.sweep.gen
	v.state, v.Service = newState(), svc
	v.gen, v.arrangeGen, v.holdersGen, v.prepareGen, v.sweep.gen = v.gen+1, v.arrangeGen+1, v.holdersGen+1, v.prepareGen+1, sweeps+1
	v.Send(view.InventoryRead{})
}

// Update handles loaded lists, the progress of sweeps and revokes, and input to the filter.
func (v *View) Update(env view.Env, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case view.Tick:
		if v.retry.Due(env, v.err, v.loading) {
			return v.load()
		}
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

// Resize sets the height of the table, and looks up the people to list in the detail pane.
func (v *View) Resize(env view.Env) {
	v.table().Resize(v.shape(env).Table - 1)
	if a, ok := v.appAt(v.table().Detailed()); ok {
		v.lookUpNearest(a)
	}
}

// Typing reports whether the filter is open.
func (v *View) Typing() bool { return v.filter.IsOpen() }

// Reading reports whether the inventory is loading.
func (v *View) Reading() bool { return v.loading }

// Tick returns a second while work is in progress.
func (v *View) Tick(view.Env) time.Duration {
	if v.preparing != "" || v.sweep.running {
		return time.Second
	}
	return view.RetryTick(v.err, 0)
}

// Index returns the row under the cursor of the current list.
func (v *View) Index() int { return v.table().Index() }

// Walk tells the table that the cursor moved from a row.
func (v *View) Walk(from int) { v.table().Walk(from) }

// Rest makes the detail pane show the row under the cursor.
func (v *View) Rest() { v.table().Rest() }

// Stray reports whether rows are shown, so that letters typed by mistake could run commands.
func (v *View) Stray() bool {
	return v.have && v.found.Newest != nil && !v.opening && v.err == nil && len(v.table().Rows) > 0
}

// Preparing reports whether a confirmation is being prepared. Until then, only keys that switch
// views work.
func (v *View) Preparing() bool { return v.preparing != "" }

// Sweeping reports whether a sweep is in progress.
func (v *View) Sweeping() bool { return v.sweep.running }

// Revokes returns the number of revokes in progress.
func (v *View) Revokes() int { return v.running }

// Work returns the work in progress, which every view shows.
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
		on   int32 // the row that was under the cursor; -1 if it no longer exists
	}
	holdersMsg struct {
		gen  int
		list *inventory.List
	}
)

// list returns the current list.
func (v *View) list() listKind {
	if v.holders != nil {
		return listHolders
	}
	return v.which
}

func (v *View) table() *list.Table[int32] { return &v.tables[v.list()] }

// grants returns the current list of grants; nil for the apps.
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

// length returns the number of rows in the current list, ignoring the filter.
func (v *View) length() int {
	if l := v.grants(); l != nil {
		return l.Len()
	}
	if v.found.Apps != nil && v.list() == listApps {
		return v.found.Apps.Len()
	}
	return 0
}

// load returns a command that loads the newest sweep and builds its lists. This takes a while
// for large sweeps, so it must not run in Update.
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

// onRow identifies the row under the cursor: by its number in its list, and by keys that find it
// in another list.
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

// find returns the number of a row in the current list, or -1.
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
		v.revoked, v.revokedOf = map[grantKey]bool{}, map[webex.ClientID]int{} // the new sweep includes these revokes
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
	for i := range v.tables { // their row numbers belong to the previous sweep
		t := &v.tables[i]
		t.Rows = nil
		t.ClearMarks()
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
	case v.holders != nil || v.opening: // reload the holders of the previous sweep
		v.holders, v.holdersOn = nil, on
		return v.findHolders(env, v.opened)
	}
	return v.arrange(on)
}

// arrange filters and sorts the current list. The cursor stays on its row if that row is still
// listed.
func (v *View) arrange(on onRow) tea.Cmd {
	v.arrangeGen++
	v.arranging = false
	list := v.list()
	text := v.filters[list]
	v.table().Found = filter.Visible(text)
	arrange := func() []int32 { return nil }
	if l := v.grants(); l != nil {
		by := v.sort[list]
		arrange = func() []int32 { return directed(l.Arrange(by.By, text), by.Reversed) }
	} else if apps := v.found.Apps; apps != nil && list == listApps {
		by := v.appSort
		arrange = func() []int32 { return directed(apps.Arrange(by.By, text), by.Reversed) }
	}
	if text == "" || v.length() <= atOnce { // sort orders without a filter are precomputed
		v.put(arrange(), v.find(on))
		return nil
	}
	v.arranging = true
	gen, find := v.arrangeGen, v.finder(on)
	return func() tea.Msg { return arrangedMsg{gen, list, arrange(), find()} }
}

// directed returns rows, or a reversed copy of them.
func directed(rows []int32, reversed bool) []int32 {
	if reversed {
		rows = slices.Clone(rows)
		slices.Reverse(rows)
	}
	return rows
}

// finder returns a function like find that is safe in another goroutine, because the lists don't
// change.
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
	if n, ok := v.table().Current(); ok { // the cursor may have moved meanwhile
		on = n
	}
	v.put(msg.rows, on)
}

// put replaces the visible rows, with the cursor on row on or, if that is gone, at the same
// position. It only compares numbers, so it is fast for a million rows.
func (v *View) put(rows []int32, on int32) {
	t := v.table()
	t.Rows = rows
	if v.grants() != nil {
		v.measure()
	}
	at := slices.Index(rows, on)
	if at < 0 {
		at = t.Cursor
	}
	t.MoveTo(at)
}

// age returns the age of the shown sweep in words.
func (v *View) age(env view.Env, t time.Time) string {
	words := env.Stamp(t)
	if t.In(env.Location).Format(time.DateOnly) == env.Now.In(env.Location).Format(time.DateOnly) {
		words = "today " + t.In(env.Location).Format("15:04 MST")
	}
	return words + ", " + app.AgeWords(t, env.Now)
}
