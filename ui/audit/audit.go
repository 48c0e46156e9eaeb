// Package audit is the view of the audit log: what wxauth revoked, who revoked it, and the
// outcome.
package audit

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/filter"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/list"
	"github.com/wxauth/wxauth/ui/view"
)

// Log is the audit log.
type Log interface {
	// Records returns the newest n records, oldest first, and the total number of records. If it
	// returns records and an error, the error says which parts of the log were skipped.
	Records(ctx context.Context, n int) (records []app.Record, all int, err error)
	// Check verifies that the log was not modified. words describes the result.
	Check(context.Context) (words string, ok bool, err error)
}

// newest is the number of records that the view loads. The command line lists all of them.
const newest = 5000

// View has one row per attempt, which combines the intent and its outcome.
type View struct {
	view.Outbox
	list.Records // its rows are indexes into attempts

	ctx context.Context
	log Log

	gen      int
	loading  bool
	have     bool
	err      error
	retry    view.Retry
	all      int // number of records in the log
	read     int // number of records that were loaded
	attempts []attempt
	wants    columns  // widths of the columns' texts
	hay      []string // text that the filter searches, by attempt

	recorded map[int64]app.Recorded // whether Webex recorded an entry; nil while unknown

	busy    string
	verdict draw.Segment // result of the last check
}

// attempt is an intended revoke with its outcome.
type attempt struct {
	app.Record       // the outcome, or the intent if there is no outcome yet
	intent     int64 // sequence number of the intent, or 0 if nothing was sent
	open       bool  // no outcome is recorded yet
}

type (
	recordsMsg struct {
		gen     int
		records []app.Record
		all     int
		err     error
	}
	checkedMsg struct {
		words string
		ok    bool
		err   error
	}
)

// New returns the view of a log. Canceling ctx cancels the commands that it starts.
func New(ctx context.Context, log Log) *View {
	v := &View{ctx: ctx, log: log}
	v.Filter = list.NewFilter()
	v.Key = func(i int) string { return v.attempts[i].key() }
	return v
}

// Show reloads the log.
func (v *View) Show() tea.Cmd {
	v.gen++
	v.loading = true
	v.verdict = draw.Segment{}  // it no longer applies after a reload
	v.Send(view.ReadActivity{}) // for the column that says whether Webex recorded it
	log, ctx, gen := v.log, v.ctx, v.gen
	return func() tea.Msg {
		records, all, err := log.Records(ctx, newest)
		return recordsMsg{gen, records, all, err}
	}
}

// Update handles loaded records and input for the filter.
func (v *View) Update(env view.Env, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case view.Tick:
		if v.retry.Due(env, v.err, v.loading) {
			return v.Show()
		}
	case recordsMsg:
		v.take(env, msg)
	case view.Revoked:
		if env.At == action.Audit {
			return v.Show()
		}
	case view.Recorded:
		v.recorded = msg.States
	case checkedMsg:
		v.checked(msg)
	case tea.KeyPressMsg, tea.PasteMsg:
		return v.Type(env.Fixed, msg, v.arrange)
	}
	return nil
}

// Actions returns the actions of this view.
func (v *View) Actions(env view.Env) []action.Action {
	out := []action.Action{
		{Key: action.CheckLog, Group: "AUDIT", Run: v.check},
		{Key: action.Reload, Run: v.Show},
		{Key: action.CopyID, Run: v.copyID},
		{Key: action.CopyJSON, Run: v.copyJSON},
		{Key: action.Export, Run: action.Do(func() {
			rows := v.exported()
			v.Send(view.Export{What: "audit", N: len(rows), Rows: func() any { return rows }})
		})},
	}
	return append(out, v.Records.Actions(env.Screen, v.records(env))...)
}

// records returns what the shared part of the view needs.
func (v *View) records(env view.Env) list.RecordsOf {
	return list.RecordsOf{
		Len: len(v.attempts), Details: func(w int) []string { return v.detailLines(env, w) }, Columns: v.columns(), Arrange: v.arrange, Say: v.Say,
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

// Notes explains the column WEBEX, for the help.
func (v *View) Notes(view.Env) []dialog.Note {
	return []dialog.Note{{Title: "WEBEX", More: "  (W on a narrow screen): Webex's own record", Lines: []string{
		"✓ recorded   ? not yet   ! missing   — none expected",
	}}}
}

// Reading reports whether the log is loading.
func (v *View) Reading() bool { return v.loading }

// Tick returns a second while the log is being verified.
func (v *View) Tick(view.Env) time.Duration {
	if v.busy != "" {
		return time.Second
	}
	return view.RetryTick(v.err, 0)
}

// Resize sets the height of the table.
func (v *View) Resize(env view.Env) { v.Fit(env.Screen) }

func (v *View) take(env view.Env, msg recordsMsg) {
	if msg.gen != v.gen {
		return
	}
	v.loading, v.err = false, msg.err
	if msg.err != nil && len(msg.records) == 0 {
		return
	}
	if msg.err != nil { // about the lines that were skipped; the others are shown
		v.err, v.verdict = nil, draw.Bad.Text(app.Sentence(msg.err))
		if env.Open {
			v.Send(view.Say{Text: v.verdict})
		}
	}
	v.have, v.all, v.read = true, msg.all, len(msg.records)
	v.attempts = attempts(msg.records)
	v.hay = make([]string, len(v.attempts))
	for i, r := range v.attempts {
		v.hay[i] = filter.Haystack(app.AppName(r.Row),
			[]string{app.Clean(r.Person), app.Clean(r.Actor), app.Kind(r.Row.Type), r.outcomeWords(), r.Action, r.Time.UTC().Format("2006-01-02 15:04")},
			[]string{"type:" + app.Clean(r.Row.Type)}, []string{app.Clean(r.Row.ClientID), app.Clean(r.Row.ID)})
	}
	v.arrange()
}

func (v *View) arrange() {
	match := filter.Matcher(v.Filter.Text())
	v.Arrange(len(v.attempts), v.columns(), func(i int) bool { return match(v.hay[i]) })
	v.measure()
}

// The columns that the rows can be sorted by.
const (
	byTime = iota
	byUser
	byApp
	byOutcome
	byActor
)

func (v *View) columns() []list.Column {
	text := func(of func(attempt) string) func(a, b int) int {
		return func(a, b int) int { return strings.Compare(of(v.attempts[a]), of(v.attempts[b])) }
	}
	return []list.Column{
		byTime:    {Heading: "TIME", Words: "Newest first"},
		byUser:    {Heading: "USER", Words: "Sorted by user", Compare: text(attempt.user)},
		byApp:     {Heading: "APP", Words: "Sorted by app", Compare: text(attempt.app)},
		byOutcome: {Heading: "OUTCOME", Words: "Sorted by outcome", Compare: text(attempt.outcomeWords)},
		byActor:   {Heading: "BY", Words: "Sorted by actor", Compare: text(func(r attempt) string { return string(r.Actor) })},
	}
}

// attempts combines intents with their outcomes, newest first.
func attempts(records []app.Record) []attempt {
	var out []attempt
	at := map[int64]int{}
	for _, r := range records {
		if r.Outcome == "" {
			at[r.Seq] = len(out)
			out = append(out, attempt{Record: r, intent: r.Seq, open: true})
			continue
		}
		if i, ok := at[r.Intent]; ok && r.Intent != 0 {
			out[i] = attempt{Record: r, intent: r.Intent}
			continue
		}
		out = append(out, attempt{Record: r, intent: r.Intent})
	}
	// A completed run is not an attempt of its own. An incomplete one gets a row.
	out = slices.DeleteFunc(out, func(r attempt) bool { return r.IsRun() && r.Outcome == app.Done })
	slices.Reverse(out)
	// Sort by each row's own time: revokes overlap, and an outcome is recorded later.
	slices.SortStableFunc(out, func(a, b attempt) int { return b.Time.Compare(a.Time) })
	return out
}

// key identifies an attempt by its intent, so that it stays the same when the outcome arrives.
func (r attempt) key() string {
	if r.intent != 0 {
		return strconv.FormatInt(r.intent, 10)
	}
	return strconv.FormatInt(r.Seq, 10)
}

func (r attempt) outcomeWords() string {
	if r.open {
		return "open"
	}
	return r.Outcome.Words()
}

// tone returns green for a verified revoke and red for a failure.
func (r attempt) tone() draw.Tone {
	switch {
	case r.open, r.Outcome == app.Unknown, r.Outcome == app.StillListed:
		return draw.Warn
	case r.Outcome.Gone():
		return draw.Good
	case r.Outcome == app.Failed, r.Outcome == app.NotSent:
		return draw.Bad
	}
	return draw.Dim
}

func (v *View) check() tea.Cmd {
	if v.busy != "" {
		return nil
	}
	v.busy = "checking every line…"
	log, ctx := v.log, v.ctx
	return func() tea.Msg {
		words, ok, err := log.Check(ctx)
		return checkedMsg{words, ok, err}
	}
}

func (v *View) checked(msg checkedMsg) {
	v.busy = ""
	switch {
	case msg.err != nil:
		v.verdict = draw.Warn.Text("not checked: " + app.Sentence(msg.err))
	case msg.ok:
		v.verdict = draw.Good.Text(msg.words)
	default:
		v.verdict = draw.Bad.Text(msg.words)
	}
	v.Send(view.Say{Text: v.verdict})
}

// exported returns the attempts that match the filter, oldest first.
func (v *View) exported() []app.RecordJSON {
	out := []app.RecordJSON{}
	for _, i := range slices.Backward(v.Chosen()) {
		out = append(out, v.attempts[i].JSON())
	}
	return out
}

func (v *View) copyJSON() tea.Cmd {
	i, ok := v.Current()
	if !ok {
		return nil
	}
	b, err := app.MarshalJSON(v.attempts[i].JSON())
	if err != nil {
		v.Say(draw.Bad, "Cannot write the entry as JSON.")
		return nil
	}
	return v.Copy(string(b), "the entry as JSON.")
}

func (v *View) copyID() tea.Cmd {
	i, ok := v.Current()
	if !ok {
		return nil
	}
	id := app.Clean(v.attempts[i].Row.ID)
	if id == "" {
		v.Say(draw.Warn, "This entry names no token.")
		return nil
	}
	return v.Copy(id, "token id "+id)
}
