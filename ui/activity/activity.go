// Package activity is the view of the common timeline: what the audit log and Webex recorded
// about revokes and Service Apps, newest first.
package activity

import (
	"context"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/filter"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/list"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// Log is the audit log.
type Log interface {
	Records(ctx context.Context, n int) (records []app.Record, all int, err error)
}

// Service reads Webex's record. *app.Service implements it.
type Service interface {
	Activity(ctx context.Context, records []app.Record, since time.Time) app.Activity
}

const (
	newest = 5000                // the number of entries of the audit log that are read
	period = 30 * 24 * time.Hour // how far back the view goes
)

// View has one row per act.
type View struct {
	view.Outbox
	list.Records // its rows are indexes into activity.Rows

	ctx     context.Context
	log     Log
	service Service
	now     func() time.Time

	gen      int
	loading  bool
	have     bool
	err      error // the audit log could not be read
	retry    view.Retry
	damaged  string // parts of it could not
	activity app.Activity
	wants    columns  // widths of the columns' texts
	hay      []string // text that the filter searches, by row
}

type readMsg struct {
	gen      int
	activity app.Activity
	damaged  string // which parts of the audit log were skipped, and why
	err      error
}

// Errors returns why Webex's record could not be read.
func (m readMsg) Errors() []error { return []error{m.activity.Err} }

// New returns the view. service is nil without a login; now returns the current time.
func New(ctx context.Context, log Log, service Service, now func() time.Time) *View {
	v := &View{ctx: ctx, log: log, service: service, now: now}
	if now == nil {
		v.now = time.Now
	}
	v.Filter = list.NewFilter()
	v.Key = func(i int) string { return key(v.activity.Rows[i]) }
	return v
}

// Reset switches to another service, or to none, and drops what the previous login read.
func (v *View) Reset(service Service) {
	v.gen++
	v.service, v.loading, v.have, v.err, v.activity = service, false, false, nil, app.Activity{}
	v.Full, v.hay = false, nil
	v.Filter.Clear()
	v.arrange()
}

// key identifies a row when it is loaded again.
func key(r app.ActivityRow) string {
	if r.Record != nil {
		return strconv.FormatInt(r.Record.Seq, 10)
	}
	return string(r.Event.ID)
}

// Show reads both records.
func (v *View) Show() tea.Cmd {
	if v.log == nil {
		return nil
	}
	v.gen++
	v.loading = true
	log, service, ctx, gen, since := v.log, v.service, v.ctx, v.gen, v.now().Add(-period)
	return func() tea.Msg {
		records, all, err := log.Records(ctx, newest)
		if err != nil && len(records) == 0 {
			return readMsg{gen: gen, err: err}
		}
		if all > len(records) && len(records) > 0 && records[0].Time.After(since) {
			since = records[0].Time // older entries were not read, so their events would look foreign
		}
		read := readMsg{gen: gen, activity: app.Activity{Since: since, Err: webex.ErrNotLoggedIn}}
		if service != nil {
			read.activity = service.Activity(ctx, records, since)
		}
		if err != nil {
			read.damaged = app.Sentence(err)
		}
		return read
	}
}

// Update handles what was read, and input for the filter.
func (v *View) Update(env view.Env, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case view.Tick:
		if v.retry.Due(env, v.err, v.loading) {
			return v.Show()
		}
	case readMsg:
		v.take(msg)
	case view.ReadActivity:
		return v.Show()
	case view.Revoked:
		if env.At == action.Activity {
			return v.Show()
		}
	case tea.KeyPressMsg, tea.PasteMsg:
		return v.Type(env.Fixed, msg, v.arrange)
	}
	return nil
}

// Actions returns the actions of this view.
func (v *View) Actions(env view.Env) []action.Action {
	out := []action.Action{
		{Key: action.ShowUser, Group: "ACTIVITY", Run: action.Do(v.showUser)},
		{Key: action.Reload, Run: v.Show},
		{Key: action.CopyID, Run: v.copyID},
		{Key: action.CopyJSON, Run: v.copyJSON},
		{Key: action.Export, Run: action.Do(func() {
			rows := v.exported()
			v.Send(view.Export{What: "activity", N: len(rows), Rows: func() any { return rows }})
		})},
	}
	return append(out, v.Records.Actions(env.Screen, v.records(env))...)
}

// records returns what the shared part of the view needs.
func (v *View) records(env view.Env) list.RecordsOf {
	return list.RecordsOf{
		Len: len(v.activity.Rows), Details: func(w int) []string { return v.detailLines(env, w) }, Columns: v.columns(), Arrange: v.arrange, Say: v.Say,
		Leave: func() { v.Send(view.Leave{}) }, Quit: func() { v.Send(view.Quit{}) },
	}
}

// Click moves the cursor to a row, or sorts by a heading.
func (v *View) Click(env view.Env, x, y int) tea.Cmd {
	v.Records.Click(env.Screen, v.records(env), v.tableLines(env, v.Shape(env.Screen).Width, 1)[0], x, y)
	return nil
}

// Wheel scrolls the table, or the details.
func (v *View) Wheel(env view.Env, by int) { v.Records.Wheel(env.Screen, v.records(env), by) }

// Reading reports whether the records are being read.
func (v *View) Reading() bool { return v.loading }

// Tick returns 0, because only ages change, unless the store is away.
func (v *View) Tick(view.Env) time.Duration { return view.RetryTick(v.err, 0) }

// Resize sets the height of the table.
func (v *View) Resize(env view.Env) { v.Fit(env.Screen) }

func (v *View) take(msg readMsg) {
	if msg.gen != v.gen {
		return
	}
	v.loading, v.err = false, msg.err
	if msg.err != nil {
		return
	}
	v.have, v.activity, v.damaged = true, msg.activity, msg.damaged
	v.hay = make([]string, len(v.activity.Rows))
	for i, r := range v.activity.Rows {
		name, shown, tags := r.Words(), []string{app.Clean(r.Actor()), user(r), recorded(r).Text, r.Time.UTC().Format("2006-01-02 15:04")}, []string(nil)
		switch {
		case r.Record != nil:
			name, shown, tags = app.AppName(r.Record.Row), append(shown, r.Words()), append(tags, "type:"+app.Clean(r.Record.Row.Type))
		case r.Event.IsRevoke():
			tags = append(tags, "is:foreign")
		}
		if r.Event != nil {
			shown = append(shown, app.Clean(r.Event.IP))
		}
		v.hay[i] = filter.Haystack(name, shown, tags, []string{app.Clean(v.id(i)), v.id(i).UUID(), clientID(r)})
	}
	v.arrange()
	if v.activity.Err == nil {
		v.Send(view.Recorded{States: v.activity.States})
	}
}

// clientID returns the client id of the app that a row is about, or "".
func clientID(r app.ActivityRow) string {
	if r.Record != nil {
		return app.Clean(r.Record.Row.ClientID)
	}
	return app.Clean(r.Event.ClientID)
}

// arrange filters and sorts the rows.
func (v *View) arrange() {
	match := filter.Matcher(v.Filter.Text())
	v.Arrange(len(v.activity.Rows), v.columns(), func(i int) bool { return match(v.hay[i]) })
	v.measure()
}

// The columns that the rows can be sorted by.
const (
	byTime = iota
	byRecord
	byUser
	byActor
)

func (v *View) columns() []list.Column {
	rows := v.activity.Rows
	text := func(of func(app.ActivityRow) string) func(a, b int) int {
		return func(a, b int) int { return strings.Compare(of(rows[a]), of(rows[b])) }
	}
	return []list.Column{
		byTime:   {Heading: "TIME", Words: "Newest first"},
		byRecord: {Heading: "WEBEX", Words: "What the two records disagree on, first", Compare: func(a, b int) int { return difference(rows[a]) - difference(rows[b]) }},
		byUser:   {Heading: "USER", Words: "Sorted by user", Compare: text(user)},
		byActor:  {Heading: "BY", Words: "Sorted by actor", Compare: text(func(r app.ActivityRow) string { return string(r.Actor()) })},
	}
}

// difference ranks a row: what only one of the records has comes first.
func difference(r app.ActivityRow) int {
	switch {
	case r.State == app.RecordMissing:
		return 0
	case r.Record == nil && r.Event.IsRevoke():
		return 1
	case r.State == app.RecordPending:
		return 2
	}
	return 3
}

// showUser opens the authorizations of the row's user.
func (v *View) showUser() {
	i, ok := v.Current()
	if !ok {
		return
	}
	r := v.activity.Rows[i].Record
	switch {
	case r == nil && !v.activity.Rows[i].Event.IsRevoke():
		v.Say(draw.Warn, "This is about a Service App, not about a user.")
	case r == nil && v.activity.Rows[i].Event.TokenID == "":
		v.Say(draw.Warn, "This revoke was organization-wide.")
	case r == nil:
		v.Say(draw.Warn, "Webex does not record whose token it was.")
	case r.Person == "" || r.IsAppWide():
		v.Say(draw.Warn, "This entry is not about one user.")
	default:
		who, err := webex.ParsePerson(string(r.Person))
		if err != nil {
			v.Say(draw.Bad, app.Sentence(err))
			return
		}
		v.Send(view.OpenPerson{Who: who})
	}
}

func (v *View) exported() []app.ActivityJSON {
	out := []app.ActivityJSON{}
	for _, i := range v.Chosen() {
		out = append(out, v.activity.Rows[i].JSON())
	}
	return out
}

func (v *View) copyJSON() tea.Cmd {
	i, ok := v.Current()
	if !ok {
		return nil
	}
	b, err := app.MarshalJSON(v.activity.Rows[i].JSON())
	if err != nil {
		v.Say(draw.Bad, "Cannot write the row as JSON.")
		return nil
	}
	return v.Copy(string(b), "the row as JSON.")
}

// id returns the id of the token that a row is about.
func (v *View) id(i int) webex.AuthorizationID {
	r := v.activity.Rows[i]
	if r.Record != nil {
		return r.Record.Row.ID
	}
	return r.Event.TokenID
}

func (v *View) copyID() tea.Cmd {
	i, ok := v.Current()
	if !ok {
		return nil
	}
	id := app.Clean(v.id(i))
	if id == "" {
		v.Say(draw.Warn, "This row names no token.")
		return nil
	}
	return v.Copy(id, "token id "+id)
}
