package ui

import (
	"fmt"
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/webex"
)

// auditShape divides the Audit view as the Tokens view is divided.
func (m *Model) auditShape() draw.PaneShape {
	s := draw.PaneShape{Body: max(m.Height-tokensTop-draw.Footer, 1), Width: m.Width}
	s.Table = s.Body
	switch {
	case m.audit.detail:
		s.Table = 0
	case m.HasSide():
		s.Beside = max(40, m.Width*34/100)
		s.Width = m.Width - s.Beside - 1
	case m.Height >= 20:
		s.Below = draw.DetailBox
		s.Table = max(s.Body-s.Below-1, 1)
	}
	return s
}

// auditLines draws the Audit view.
func (m *Model) auditLines() ([]string, *tea.Cursor) {
	a, s := &m.audit, m.auditShape()
	out := []string{m.headerLine("Audit"), m.auditFact(), m.Rule()}
	switch {
	case a.err != nil:
		out = append(out, m.Message("The record cannot be read.", app.Sentence(a.err))...)
	case !a.have:
		out = append(out, m.Message("Reading the record…", "")...)
	case len(a.rows) == 0:
		out = append(out, m.Message("Nothing was revoked from here yet.", "Every attempt will stand here: who, whose, what, and what came of it.")...)
	case len(a.table.Rows) == 0:
		out = append(out, m.Message(fmt.Sprintf("Nothing matches %q.", draw.Cut(app.Typed(a.filter.Value()), 40)), english.Count(len(a.rows), "row")+" hidden · esc: clear the filter"+a.olderWords())...)
	default:
		out = append(out, m.paneLines(s, panes{a.detail, &a.scroll, m.auditTable, m.attemptDetail, m.attemptBrief, m.auditRule})...)
	}
	out = m.Footed(out)
	status, cursor := m.auditStatus()
	return append(out, status, m.auditKeys()), cursor
}

func (m *Model) auditRule() string {
	from, to := m.audit.table.Window()
	return m.RowsRule(from, to, len(m.audit.table.Rows))
}

// auditFact answers "is something wrong" for the record.
func (m *Model) auditFact() string {
	a := &m.audit
	if !a.have {
		return m.Paint()
	}
	left := []draw.Segment{draw.Plain.Text(" " + english.Count(len(a.rows), "row"))}
	counts := map[string]int{}
	tones := map[string]draw.Tone{}
	for _, r := range a.rows {
		counts[r.outcomeWords()]++
		tones[r.outcomeWords()] = r.tone()
	}
	for _, words := range []string{"open", app.Unknown.Words(), app.StillListed.Words(), app.Failed.Words(), app.NotSent.Words()} {
		if n := counts[words]; n > 0 {
			left = append(left, draw.Dim.Text(" · "), tones[words].Text(english.Thousands(n)+" "+words))
		}
	}
	var right []draw.Segment
	switch {
	case a.verdict.Text != "":
		right = []draw.Segment{a.verdict, draw.Plain.Text(" ")}
	case a.read < a.all:
		right = []draw.Segment{draw.Dim.Text("the newest " + english.Thousands(a.read) + " of " + english.Thousands(a.all) + " entries ")}
	default:
		right = []draw.Segment{draw.Dim.Text("t checks that nobody changed it ")}
	}
	if draw.Total(left)+draw.Total(right)+2 > m.Width {
		right = nil
	}
	return m.Sides(left, right)
}

// auditColumns are the widths of a row.
type auditColumns struct{ time, user, app, kind, outcome, by int }

func auditColumnsFor(w int) auditColumns {
	c := auditColumns{time: 10, kind: 8, outcome: 20}
	rest := w - 3 - c.time - c.kind - c.outcome - 4
	if w >= 100 {
		c.by = min(rest/4, 24)
		rest -= c.by + 1
	}
	c.user = max(rest*55/100, 6)
	c.app = max(rest-c.user, 6)
	return c
}

func (m *Model) auditTable(w, h int) []string {
	if h <= 0 {
		return nil
	}
	a, c := &m.audit, auditColumnsFor(w)
	line := func(time, user, app, kind string, outcome draw.Segment, by string) []draw.Segment {
		segs := []draw.Segment{
			draw.Dim.Text(draw.Pad(time, c.time) + " "), draw.Strong.Text(draw.Pad(user, c.user) + " "), draw.Plain.Text(draw.Pad(app, c.app) + " "), draw.Plain.Text(draw.Pad(kind, c.kind) + " "),
			outcome.Tone.Text(draw.Pad(outcome.Text, c.outcome)),
		}
		if c.by > 0 {
			segs = append(segs, draw.Dim.Text(" "+draw.Pad(by, c.by)))
		}
		return segs
	}
	head := line("TIME"+m.Glyphs.Sorted, "USER", "APP", "KIND", draw.Dim.Text("OUTCOME"), "BY")
	for i := range head {
		head[i].Tone = draw.Dim
	}
	out := []string{draw.Paint(&m.Styles.Tone, w, append([]draw.Segment{draw.Plain.Text("   ")}, head...)...)}
	from, to := a.table.Window()
	for i := from; i < to && len(out) < h; i++ {
		r := a.rows[a.table.Rows[i]]
		set, cursor := &m.Styles.Tone, "   "
		if i == a.table.Cursor {
			set, cursor = &m.Styles.Selected, " "+m.Glyphs.Cursor+" "
		}
		segs := line(m.shortTime(r), m.attemptUser(r), m.attemptApp(r), attemptKind(r), r.tone().Text(r.outcomeWords()), app.Clean(r.Actor))
		out = append(out, draw.Paint(set, w, append([]draw.Segment{draw.Link.Text(cursor)}, segs...)...))
	}
	for len(out) < h {
		out = append(out, draw.Spaces(w))
	}
	return out[:h]
}

// shortTime is the time of day for what happened today, else the day.
func (m *Model) shortTime(r attemptRow) string {
	at, today := r.Time.In(m.opts.Location), m.now.In(m.opts.Location)
	if at.Format(time.DateOnly) == today.Format(time.DateOnly) {
		return at.Format(time.TimeOnly)
	}
	return at.Format(time.DateOnly)
}

func (m *Model) attemptUser(r attemptRow) string {
	if r.Action == app.ActionRevokeApp {
		return "everybody"
	}
	return app.OrDash(app.Clean(r.Person))
}

func (m *Model) attemptApp(r attemptRow) string {
	switch {
	case r.IsRun():
		return "(all of it)"
	case r.Row == webex.Authorization{}:
		return "—"
	case r.Action == app.ActionRevokeApp:
		return "client " + app.ShortClient(r.Row.ClientID)
	}
	return app.ShortName(r.Row)
}

func attemptKind(r attemptRow) string {
	if r.Row.Type == "" {
		return "—"
	}
	return app.Kind(r.Row.Type)
}

// attemptDetail is everything about the attempt under the cursor.
func (m *Model) attemptDetail(w int) []string {
	r, ok := m.currentAttempt()
	if !ok {
		return nil
	}
	f := draw.NewFields(&m.Screen, w)
	f.Line(draw.Strong.Text(draw.Cut(m.attemptApp(r), max(w-18, 10))), draw.Dim.Text("  "+attemptKind(r)))
	f.Blank()
	words := r.outcomeWords()
	if r.open {
		words = "open: it was about to be sent, and nothing more was written down"
	}
	f.Text("", r.tone(), words)
	if r.Error != "" {
		f.Text("", draw.Plain, app.Clean(webex.Untrusted(draw.Cut(r.Error, 600))))
	}
	f.Blank()
	f.Text("When", draw.Plain, m.stampSeconds(r))
	f.Text("Whose", draw.Plain, m.attemptUser(r))
	f.Text("By", draw.Plain, app.OrDash(app.Clean(r.Actor)))
	f.Text("Action", draw.Plain, r.Action)
	entries := fmt.Sprintf("outcome %d", r.Seq)
	switch {
	case r.open:
		entries = fmt.Sprintf("intent %d", r.Seq)
	case r.intent != 0:
		entries = fmt.Sprintf("intent %d, outcome %d", r.intent, r.Seq)
	}
	f.Text("Entries", draw.Plain, entries)
	f.Blank()
	if !r.Row.Created.IsZero() {
		f.Text("Created", draw.Plain, m.stamp(r.Row.Created))
	}
	f.Text("Client", draw.Plain, app.OrDash(app.Clean(r.Row.ClientID)))
	f.Text("Token id", draw.Plain, app.OrDash(app.Clean(r.Row.ID)))
	if r.Status != 0 {
		f.Text("Status", draw.Plain, strconv.Itoa(r.Status))
	}
	if r.TrackingID != "" {
		f.Text("Tracking", draw.Plain, app.Clean(r.TrackingID))
	}
	return f.Out
}

func (m *Model) stampSeconds(r attemptRow) string {
	return r.Time.In(m.opts.Location).Format("2006-01-02 15:04:05 MST") + " (" + app.AgeWords(r.Time, m.now) + ")"
}

// attemptBrief is the detail in four lines, for below the table.
func (m *Model) attemptBrief(w int) []string {
	r, ok := m.currentAttempt()
	if !ok {
		return nil
	}
	f := draw.NewFields(&m.Screen, w)
	f.Line(draw.Strong.Text(draw.Cut(m.attemptApp(r), max(w-40, 12))), draw.Dim.Text("  "+attemptKind(r)+"   "), r.tone().Text(r.outcomeWords()))
	reason := app.Clean(webex.Untrusted(r.Error))
	if reason == "" {
		reason = r.Action + " by " + app.OrDash(app.Clean(r.Actor))
	}
	f.Line(draw.Plain.Text(draw.Cut(reason, w)))
	f.Line(draw.Dim.Text(m.stampSeconds(r)))
	f.Line(draw.Dim.Text("client " + app.ShortClient(r.Row.ClientID) + " · entry " + english.Thousands(int(r.Seq)) + " · enter: everything"))
	return f.Out
}

func (m *Model) auditStatus() (string, *tea.Cursor) {
	a := &m.audit
	if a.filtering {
		line := m.Sides([]draw.Segment{draw.Link.Text(" / "), draw.Plain.Text(app.Typed(a.filter.Value()))}, []draw.Segment{draw.Dim.Text(fmt.Sprintf("%d of %d rows ", len(a.table.Rows), len(a.rows)))})
		cursor := a.filter.Cursor()
		if cursor != nil {
			cursor.X, cursor.Y = cursor.X+3, m.Height-2
		}
		return line, cursor
	}
	idle := draw.Segment{}
	switch {
	case a.loading && a.have:
		idle = draw.Link.Text("reading the record…")
	case a.busy != "":
		idle = draw.Link.Text(a.busy)
	case a.filter.Value() != "":
		idle = draw.Warn.Text(fmt.Sprintf("filter %s shows %d of %d: esc clears it", draw.Cut(app.Typed(a.filter.Value()), 30), len(a.table.Rows), len(a.rows)))
	case len(a.table.Rows) > 0:
		idle = draw.Dim.Text(fmt.Sprintf("row %s of %s", english.Thousands(a.table.Cursor+1), english.Thousands(len(a.table.Rows))))
	}
	return m.statusLine(idle), nil
}

func (m *Model) auditKeys() string {
	a := &m.audit
	switch {
	case a.filtering:
		return m.keyLine(m.filterHints()...)
	case a.detail:
		return m.keyLine(m.fixed.Hint(action.Back, "back to the list"), m.fixed.Hints("scroll", action.Up, action.Down), m.keys.Hint(action.CopyID, "copy token id"), m.keys.Hint(action.CopyJSON, "as JSON"), m.keys.Hint(action.Help, "help"), m.keys.Hint(action.Quit, "quit"))
	case len(a.rows) == 0:
		return m.keyLine(m.keys.Hint(action.Reload, "read again"), m.keys.Hint(action.Authorizations, "authorizations"), m.keys.Hint(action.Help, "help"), m.keys.Hint(action.Quit, "quit"))
	}
	return m.keyLine(m.keys.Hint(action.Details, "details"), m.keys.Hint(action.CheckLog, "check the log"), m.keys.Hint(action.Filter, "filter"), m.keys.Hint(action.Export, "export"), m.keys.Hint(action.CopyJSON, "copy as JSON"),
		m.keys.Hint(action.Reload, "read again"), m.keys.Hint(action.Authorizations, "authorizations"), m.keys.Hint(action.Palette, "all"), m.keys.Hint(action.Help, "help"), m.keys.Hint(action.Quit, "quit"))
}

// olderWords say that there is more than what was searched.
func (a *auditView) olderWords() string {
	if a.read >= a.all {
		return ""
	}
	return " · only the newest " + english.Thousands(a.read) + " of " + english.Thousands(a.all) + " entries are searched here; all of them: wxauth audit list"
}
