// Package authorizations is the view of one person's authorizations: the apps with their tokens,
// and revoking some or all of them.
package authorizations

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/filter"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/list"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// rowState is the progress of revoking a row.
type rowState struct {
	op    int
	stage app.Stage
	look  int
	looks int
	res   app.ItemResult
}

// Service contains the use cases that the view needs. *app.Service implements it.
type Service interface {
	List(context.Context, webex.Person) (app.Listing, error)
	Describe(context.Context, webex.Person) (webex.PersonDetails, error)
	// Prepare verifies that revokes can be logged.
	Prepare(context.Context) error
	NewPlan(context.Context, app.Listing, []webex.AuthorizationID, app.PlanOptions) (app.Plan, error)
	NewBatch(context.Context, []app.Listing, app.Selection, app.PlanOptions) (app.Batch, error)
	Revoke(context.Context, app.Plan, func(app.Progress)) (app.Result, error)
}

// Options configure a [View].
type Options struct {
	Service   Service // nil if nobody is logged in
	Commands  app.Commands
	Inventory bool // an inventory exists, so the view can show who else has an app
	Hub       app.ControlHub
	// NeedsKey reports whether an error means that the user must choose a key source first.
	NeedsKey func(error) bool
}

// View is the view of one person's authorizations.
type View struct {
	view.Outbox
	Options
	ctx context.Context

	gen, prepareGen int // numbers of the current requests; results of older ones are dropped

	op    int            // number of the newest revoke
	stops map[int]func() // of the revokes in progress, for any person, by op
	// stopped is set after the user stopped them, until they have ended.
	stopped bool
	began   time.Time // when the newest one began
	watch   *userWatch
	state
}

// state is reset when another person is opened.
type state struct {
	who     webex.Person
	person  webex.PersonDetails // as returned by /people
	known   bool                // person is set
	listing app.Listing
	have    bool // listing is set
	err     error
	retry   view.Retry
	tree    tree
	readAt  time.Time // when the tree was built; decides what is new, stale and overdue
	table   list.Table[line]
	drawn   map[int]drawnLine // by row of the listing

	loading   bool
	loadStart time.Time
	// held is a list that arrived while a dialog was open. It is shown when the dialog closes.
	held *listMsg

	marks  map[webex.AuthorizationID]bool
	folded map[string]bool
	sort   list.Order[sortMode]
	filter list.Filter
	detail bool // the detail pane is full screen
	scroll int  // its first visible line

	preparing  bool
	asked      []webex.AuthorizationID // ids of the confirmation being prepared; nil for everything
	states     map[webex.AuthorizationID]rowState
	report     *app.Result // of the last revoke
	showReport bool
	// revokeNext is the app to revoke, after confirmation, when the first list arrives; may be
	// empty.
	revokeNext webex.ClientID
	// fromInventory means that the inventory opened this list: esc returns there.
	fromInventory bool
}

// New returns the view. Cancelling ctx cancels the commands that the view starts.
func New(ctx context.Context, o Options) *View {
	return &View{Options: o, ctx: ctx, state: newState(), stops: map[int]func(){}}
}

func newState() state {
	s := state{
		marks: map[webex.AuthorizationID]bool{}, folded: map[string]bool{},
		states: map[webex.AuthorizationID]rowState{}, filter: list.NewFilter(),
	}
	s.table.Key = func(l line) string { return l.key }
	return s
}

// Open loads the authorizations of another person.
func (v *View) Open(env view.Env, p view.OpenPerson) tea.Cmd {
	sort := v.sort
	v.state = newState()
	v.sort, v.who, v.revokeNext, v.fromInventory = sort, p.Who, p.Revoke, p.FromInventory
	return v.load(env, p.Who)
}

// Reset clears the state after a change of login.
func (v *View) Reset(svc Service) {
	v.gen++
	v.prepareGen++
	v.Service, v.state, v.watch = svc, newState(), nil
}

// Who returns the person whose authorizations were opened last, or the zero value.
func (v *View) Who() webex.Person { return v.who }

// Person returns what Webex says of the person; zero until it is loaded.
func (v *View) Person() webex.PersonDetails { return v.person }

// Revokes returns the number of revokes in progress.
func (v *View) Revokes() int { return len(v.stops) }

// Show does nothing: showing the view doesn't reload the list.
func (v *View) Show() tea.Cmd { return nil }

// Hide cancels a confirmation that is being prepared, because it must not open over another
// view.
func (v *View) Hide() { v.preparing = false }

// Update handles loaded lists, the progress of a revoke, and input to the filter.
func (v *View) Update(env view.Env, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case view.Tick:
		if v.retry.Due(env, v.err, v.loading) {
			return v.reload(env)
		}
		return v.lookAgain(env)
	case view.Uncovered:
		if v.held == nil {
			return nil
		}
		held := *v.held
		v.held = nil
		return v.handleList(env, held)
	case listMsg:
		return v.handleList(env, msg)
	case describedMsg:
		if msg.gen == v.gen && msg.err == nil {
			v.person, v.known = msg.person, true
			v.Send(view.Listed{Person: msg.person}) // with the name, which a list lacks
		}
	case preparedMsg:
		v.handlePlan(env, msg)
	case insteadMsg:
		if env.At == action.Authorizations && v.MayRevoke(env) && !v.preparing {
			return v.prepare(env, msg)
		}
	case planAgain:
		return v.handlePlanAgain(env, msg)
	case view.Revoked:
		v.noteRevoked(msg)
	case progressMsg:
		if v.began.IsZero() {
			v.began = env.Now
		}
		for _, p := range msg.steps {
			v.apply(msg.op, p)
		}
		return nextSteps(msg.op, msg.more)
	case revokedMsg:
		return v.handleRevoked(env, msg)
	case tea.KeyPressMsg, tea.PasteMsg:
		changed, by, cmd := v.filter.Update(env.Fixed, msg)
		if changed {
			v.refresh()
		}
		v.table.Move(by)
		return cmd
	}
	return nil
}

// Resize sets the height of the table.
func (v *View) Resize(env view.Env) { v.table.Resize(v.shape(env).body - 1) }

// Typing reports whether the filter is open.
func (v *View) Typing() bool { return v.filter.IsOpen() }

// Reading reports whether the list is loading.
func (v *View) Reading() bool { return v.loading }

// Stray reports whether a list is shown, so that letters typed by mistake could run commands.
func (v *View) Stray() bool { return v.have }

// Tick returns a second while work is in progress or a visible countdown shows seconds.
func (v *View) Tick(env view.Env) time.Duration {
	if v.loading || v.preparing || env.At == action.Authorizations && v.have && v.secondsInSight(env) {
		return time.Second
	}
	return view.RetryTick(v.err, 0)
}

// Index returns the row under the cursor.
func (v *View) Index() int { return v.table.Index() }

// Walk tells the table that the cursor moved from a row.
func (v *View) Walk(from int) { v.table.Walk(from) }

// Rest makes the detail pane show the row under the cursor.
func (v *View) Rest() { v.table.Rest() }

// refresh recomputes the visible rows after a change of sort order, filter or folding.
func (v *state) refresh() {
	v.table.Found = filter.Visible(v.filter.Text())
	v.table.Set(v.tree.visible(v.listing, v.sort, v.filter.Text(), v.folded))
}

// take shows a listing. Marks are kept on rows that are still listed.
func (v *state) take(l app.Listing, now time.Time) {
	v.listing, v.have, v.err = l, true, nil
	v.tree, v.readAt, v.drawn = newTree(l, now), now, nil
	listed := map[webex.AuthorizationID]bool{}
	for _, r := range l.Rows {
		listed[r.ID] = true
	}
	for id := range v.marks {
		if !listed[id] {
			delete(v.marks, id)
		}
	}
	for id, s := range v.states {
		// A list requested before the token was revoked doesn't tell whether the token is gone.
		if s.stage == app.StageDone && l.ReadAt.After(s.res.Gone) && l.ReadAt.After(s.res.Sent) {
			delete(v.states, id)
		}
	}
	v.refresh()
}

// gone reports whether a row was verified as revoked.
func (v *state) gone(r app.Row) bool {
	s, ok := v.states[r.ID]
	return ok && r.ID != "" && s.stage == app.StageDone && s.res.Outcome.Gone()
}

// alive returns the rows that are not revoked.
func (v *state) alive() []app.Row {
	return slices.DeleteFunc(slices.Clone(v.listing.Rows), v.gone)
}

// left counts what is listed, without rows revoked since the list was loaded.
func (v *state) left() tally {
	if len(v.states) == 0 {
		return v.tree.tally
	}
	var t tally
	for _, g := range v.tree.groups {
		alive := false
		for _, i := range g.rows {
			r := v.listing.Rows[i]
			if v.gone(r) {
				t.gone++
				continue
			}
			alive = true
			t.countRow(r, v.readAt)
		}
		if alive {
			t.countApp(g)
		}
	}
	return t
}

// marked returns the ids of the marked rows, in the order of the listing.
func (v *state) marked() []webex.AuthorizationID {
	var out []webex.AuthorizationID
	for _, r := range v.listing.Rows {
		if v.marks[r.ID] {
			out = append(out, r.ID)
		}
	}
	return out
}

// targets returns the ids to revoke: those of the marked rows, otherwise the row under the
// cursor, otherwise all rows of the app under the cursor. refused is the reason why the current
// row can't be revoked.
func (v *state) targets() (ids []webex.AuthorizationID, refused string) {
	if ids = v.marked(); len(ids) > 0 {
		for _, r := range v.listing.Rows {
			if why := v.cannotRevoke(r); v.marks[r.ID] && why != "" {
				return nil, "One of the marked rows: " + why
			}
		}
		return ids, ""
	}
	cur, ok := v.table.Current()
	if !ok {
		return nil, "There is nothing to revoke."
	}
	if cur.row >= 0 {
		r := v.listing.Rows[cur.row]
		if why := v.cannotRevoke(r); why != "" {
			return nil, why
		}
		return []webex.AuthorizationID{r.ID}, ""
	}
	for _, i := range cur.group.rows {
		if r := v.listing.Rows[i]; v.cannotRevoke(r) == "" {
			ids = append(ids, r.ID)
		} else {
			refused = v.cannotRevoke(r)
		}
	}
	if len(ids) > 0 {
		return ids, ""
	}
	return nil, refused
}

// cannotRevoke returns the reason why a row can't be revoked now, or "".
func (v *state) cannotRevoke(r app.Row) string {
	if why := r.CannotRevoke(); why != "" {
		return why
	}
	if s, ok := v.states[r.ID]; ok {
		if s.stage != app.StageDone {
			return "It is already being revoked."
		}
		if s.res.Outcome.Gone() {
			return "It is already gone. Reload the list to remove the row."
		}
	}
	return ""
}

// hiddenByFilter returns how many of the ids the filter hides.
func (v *state) hiddenByFilter(ids []webex.AuthorizationID) int {
	match := filter.Matcher(v.filter.Text())
	hidden := 0
	wanted := make(map[webex.AuthorizationID]bool, len(ids))
	for _, id := range ids {
		wanted[id] = true
	}
	for i, r := range v.listing.Rows {
		if wanted[r.ID] && !match(v.tree.haystack[i]) {
			hidden++
		}
	}
	return hidden
}

// toggleMark marks the row under the cursor, or all of the app under it. It returns
// why nothing could be marked.
func (v *state) toggleMark() string {
	cur, ok := v.table.Current()
	if !ok {
		return ""
	}
	if cur.row >= 0 {
		r := v.listing.Rows[cur.row]
		if v.marks[r.ID] {
			delete(v.marks, r.ID)
			return ""
		}
		if why := v.cannotRevoke(r); why != "" {
			return why
		}
		v.marks[r.ID] = true
		return ""
	}
	return v.markRows(cur.group.rows)
}

// toNextMark returns how many rows below the cursor the next row to mark is. After an app it is the next
// app, because the app's tokens are marked with it.
func (v *state) toNextMark() int {
	if cur, ok := v.table.Current(); !ok || cur.row >= 0 {
		return 1
	}
	for n, l := range v.table.Rows[v.table.Cursor+1:] {
		if l.row < 0 {
			return n + 1
		}
	}
	return 0
}

// markShown marks every row that is in sight, folded apps included.
func (v *state) markShown() string {
	match := filter.Matcher(v.filter.Text())
	var rows []int
	for i := range v.listing.Rows {
		if match(v.tree.haystack[i]) {
			rows = append(rows, i)
		}
	}
	return v.markRows(rows)
}

// markRows marks rows, or takes the marks off when all of them had one.
func (v *state) markRows(rows []int) string {
	var able []webex.AuthorizationID
	why := ""
	for _, i := range rows {
		r := v.listing.Rows[i]
		if w := v.cannotRevoke(r); w != "" {
			why = w
			continue
		}
		able = append(able, r.ID)
	}
	if len(able) == 0 {
		return why
	}
	if !slices.ContainsFunc(able, func(id webex.AuthorizationID) bool { return !v.marks[id] }) {
		for _, id := range able {
			delete(v.marks, id)
		}
		return ""
	}
	for _, id := range able {
		v.marks[id] = true
	}
	return ""
}

// apply takes a step of a revoke.
func (v *state) apply(op int, p app.Progress) {
	if old, ok := v.states[p.ID]; ok && old.op > op {
		return
	}
	v.states[p.ID] = rowState{op: op, stage: p.Stage, look: p.Look, looks: p.Looks, res: p.Result}
}

// foldGone folds the apps of which nothing is left.
func (v *state) foldGone() {
	v.tree.times = times{}
	for _, r := range v.alive() {
		v.tree.times.add(r, v.readAt)
	}
	cur, ok := v.table.Current()
	for _, g := range v.tree.groups {
		if v.goneOf(g) == len(g.rows) {
			v.folded[g.key] = true
			if ok && cur.group == g {
				v.table.On = g.key
			}
		}
	}
	v.refresh()
}

// goneOf returns how many tokens of an app were verified as revoked.
func (v *state) goneOf(g *group) (n int) {
	if len(v.states) == 0 {
		return 0
	}
	for _, i := range g.rows {
		n += btoi(v.gone(v.listing.Rows[i]))
	}
	return n
}

// finish takes the result of a revoke: the last word on every row of it.
func (v *state) finish(op int, res app.Result) {
	for _, i := range res.Items {
		v.apply(op, app.Progress{ID: i.ID, Stage: app.StageDone, Result: i})
		delete(v.marks, i.ID)
	}
	for _, r := range res.Kept {
		v.apply(op, app.Progress{ID: r.ID, Stage: app.StageDone, Result: app.ItemResult{Row: r, Outcome: app.Kept}})
	}
	v.report, v.showReport, v.detail = &res, true, false
	v.foldGone()
}
