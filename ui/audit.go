package ui

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/list"
)

// Audit is the record of what was revoked, and by whom.
type Audit interface {
	// Records returns the newest n records, oldest first, and how many there are.
	Records(ctx context.Context, n int) (records []app.Record, all int, err error)
	// Check says whether the record is what was written, in words.
	Check(context.Context) (words string, ok bool, err error)
}

// newestRecords is how many entries of the record the view reads; the command line lists
// all of them.
const newestRecords = 5000

// auditView is the Audit view: one row an attempt, its intent and outcome together.
type auditView struct {
	gen     int
	loading bool
	have    bool
	err     error
	all     int // entries there are
	read    int // of these, entries that were read
	rows    []attemptRow
	hay     []string // of each row, what the filter looks at

	table     list.Table[int] // indexes into rows
	filter    textinput.Model
	filtering bool
	detail    bool
	scroll    int
	busy      string
	verdict   draw.Segment // of the last check
}

// attemptRow is an attempt: what was intended, and what came of it.
type attemptRow struct {
	app.Record       // the outcome, or the intent where there is none yet
	intent     int64 // its entry, 0 where nothing was sent
	open       bool  // there is no outcome
}

func newAuditView() auditView { return auditView{filter: newInput()} }

// key is what a row is known by: its intent, which its outcome does not change.
func (r attemptRow) key() string {
	if r.intent != 0 {
		return strconv.Itoa(int(r.intent))
	}
	return strconv.Itoa(int(r.Seq))
}

type (
	recordsMsg struct {
		gen     int
		records []app.Record
		all     int
		err     error
	}
	verifiedMsg struct {
		words string
		ok    bool
		err   error
	}
	// settledMsg tells what processes that died left open.
	settledMsg struct{ open []app.Record }
)

// showAudit opens the Audit view.
func (m *Model) showAudit() tea.Cmd {
	m.list.preparing = false
	m.picker.input.Blur()
	m.screen = onAudit
	return m.readRecords()
}

func (m *Model) readRecords() tea.Cmd {
	m.audit.gen++
	m.audit.loading = true
	m.audit.verdict = draw.Segment{} // it was about what was there then
	log, ctx, gen := m.opts.Audit, m.ctx, m.audit.gen
	return func() tea.Msg {
		records, all, err := log.Records(ctx, newestRecords)
		return recordsMsg{gen, records, all, err}
	}
}

func (m *Model) tookRecords(msg recordsMsg) {
	a := &m.audit
	if msg.gen != a.gen {
		return
	}
	a.loading, a.err = false, msg.err
	if msg.err != nil {
		return
	}
	a.have, a.all, a.read = true, msg.all, len(msg.records)
	a.rows = attempts(msg.records)
	a.hay = make([]string, len(a.rows))
	for i, r := range a.rows {
		a.hay[i] = strings.ToLower(strings.Join([]string{
			app.Clean(r.Person), app.Clean(r.Actor), app.AppName(r.Row), app.Clean(r.Row.ClientID), app.Clean(r.Row.ID), app.Kind(r.Row.Type), r.outcomeWords(), r.Action, r.Time.UTC().Format("2006-01-02 15:04"),
		}, " "))
	}
	m.arrangeAudit()
}

// attempts pairs intents with their outcomes, the newest first.
func attempts(records []app.Record) []attemptRow {
	var out []attemptRow
	at := map[int64]int{}
	for _, r := range records {
		if r.Outcome == "" {
			at[r.Seq] = len(out)
			out = append(out, attemptRow{Record: r, intent: r.Seq, open: true})
			continue
		}
		if i, ok := at[r.Intent]; ok && r.Intent != 0 {
			out[i] = attemptRow{Record: r, intent: r.Intent}
			continue
		}
		out = append(out, attemptRow{Record: r, intent: r.Intent})
	}
	// A run that came to its end is no attempt of its own; one that did not is worth a row.
	out = slices.DeleteFunc(out, func(r attemptRow) bool { return r.IsRun() && r.Outcome == app.Done })
	slices.Reverse(out)
	return out
}

func (r attemptRow) outcomeWords() string {
	if r.open {
		return "open"
	}
	return r.Outcome.Words()
}

// tone is green for what is proven gone, red for what went wrong.
func (r attemptRow) tone() draw.Tone {
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

func (m *Model) arrangeAudit() {
	a := &m.audit
	match := list.Matcher(a.filter.Value())
	shown := []int{}
	for i := range a.rows {
		if match(a.hay[i]) {
			shown = append(shown, i)
		}
	}
	a.table.Key = func(i int) string { return a.rows[i].key() }
	a.table.Set(shown)
}

// currentAttempt is the row under the cursor.
func (m *Model) currentAttempt() (attemptRow, bool) {
	i, ok := m.audit.table.Current()
	if !ok {
		return attemptRow{}, false
	}
	return m.audit.rows[i], true
}

func (m *Model) pressedOnAudit(msg tea.KeyPressMsg) tea.Cmd {
	if m.audit.filtering {
		return m.pressedInAuditFilter(msg)
	}
	cmd, _ := m.act(msg)
	return cmd
}

func (m *Model) pressedInAuditFilter(msg tea.KeyPressMsg) tea.Cmd {
	a := &m.audit
	switch k := m.fixed; {
	case k.Matches(msg, action.Press, action.Back):
		a.filtering = false
		a.filter.Blur()
		if k.Matches(msg, action.Back) {
			a.filter.SetValue("")
		}
		m.arrangeAudit()
		return nil
	case k.Matches(msg, action.RowAbove):
		a.table.Move(-1)
		return nil
	case k.Matches(msg, action.RowBelow):
		a.table.Move(1)
		return nil
	}
	return m.editAuditFilter(msg)
}

func (m *Model) editAuditFilter(msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	m.audit.filter, cmd = m.audit.filter.Update(msg)
	m.arrangeAudit()
	return cmd
}

func (m *Model) checkLog() tea.Cmd {
	if m.audit.busy != "" {
		return nil
	}
	m.audit.busy = "checking every line…"
	log, ctx := m.opts.Audit, m.ctx
	return func() tea.Msg {
		words, ok, err := log.Check(ctx)
		return verifiedMsg{words, ok, err}
	}
}

func (m *Model) tookVerified(msg verifiedMsg) {
	a := &m.audit
	a.busy = ""
	switch {
	case msg.err != nil:
		a.verdict = draw.Warn.Text("not checked: " + app.Sentence(msg.err))
	case msg.ok:
		a.verdict = draw.Good.Text(msg.words)
	default:
		a.verdict = draw.Bad.Text(msg.words)
	}
	m.flash = a.verdict
}

// exportedRecords are the attempts that the filter lets through, oldest first.
func (m *Model) exportedRecords() []app.RecordJSON {
	out := []app.RecordJSON{}
	for _, i := range slices.Backward(m.audit.table.Rows) {
		out = append(out, m.audit.rows[i].JSON())
	}
	return out
}

func (m *Model) copyAttemptJSON() tea.Cmd {
	r, ok := m.currentAttempt()
	if !ok {
		return nil
	}
	b, err := app.MarshalJSON(r.JSON())
	if err != nil {
		m.say(draw.Bad, "Cannot write the entry as JSON.")
		return nil
	}
	m.say(draw.Good, "Sent to the terminal's clipboard: the entry as JSON.")
	return tea.SetClipboard(string(b))
}

func (m *Model) copyAttemptID() tea.Cmd {
	r, ok := m.currentAttempt()
	if !ok {
		return nil
	}
	if r.Row.ID == "" {
		m.say(draw.Warn, "This entry names no token.")
		return nil
	}
	m.say(draw.Good, "Sent to the terminal's clipboard: token id "+app.Clean(r.Row.ID))
	return tea.SetClipboard(app.Clean(r.Row.ID))
}

// settle asks what processes that died left open, once, at the start.
func (m *Model) settle() tea.Cmd {
	svc, ctx := m.opts.Service, m.ctx
	return func() tea.Msg {
		open, err := svc.Settle(ctx)
		if err != nil {
			return nil // a revoke says what is wrong with the record
		}
		return settledMsg{open}
	}
}

func (m *Model) tookSettled(msg settledMsg) {
	if len(msg.open) == 0 {
		return
	}
	what, _ := msg.open[len(msg.open)-1].CutOffWords()
	if n := len(msg.open) - 1; n > 0 {
		what += ", and " + english.Thousands(n) + " more"
	}
	m.tell(newNotice(m, "An earlier run was cut off", english.Capital(what)+".",
		"wxauth ended before it knew. Look at the list of that user. In the record it stands as unknown (4: Audit)."))
}
