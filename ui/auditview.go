package ui

import (
	"fmt"
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/webex"
)

// auditShape divides the Audit view as the Tokens view is divided.
func (m *Model) auditShape() paneShape {
	s := paneShape{body: max(m.Height-tokensTop-tokensFooter, 1), width: m.Width}
	s.table = s.body
	switch {
	case m.audit.detail:
		s.table = 0
	case m.HasSide():
		s.beside = max(40, m.Width*34/100)
		s.width = m.Width - s.beside - 1
	case m.Height >= 20:
		s.below = detailBox
		s.table = max(s.body-s.below-1, 1)
	}
	return s
}

// auditLines draws the Audit view.
func (m *Model) auditLines() ([]string, *tea.Cursor) {
	a, s := &m.audit, m.auditShape()
	out := []string{m.headerLine("Audit"), m.auditFact(), m.Rule()}
	switch {
	case a.err != nil:
		out = append(out, m.Message("The record cannot be read.", sentence(a.err))...)
	case !a.have:
		out = append(out, m.Message("Reading the record…", "")...)
	case len(a.rows) == 0:
		out = append(out, m.Message("Nothing was revoked from here yet.", "Every attempt will stand here: who, whose, what, and what came of it.")...)
	case len(a.table.rows) == 0:
		out = append(out, m.Message(fmt.Sprintf("Nothing matches %q.", cut(typedText(a.filter.Value()), 40)), english.Count(len(a.rows), "row")+" hidden · esc: clear the filter"+a.olderWords())...)
	default:
		out = append(out, m.paneLines(s, panes{a.detail, &a.scroll, m.auditTable, m.attemptDetail, m.attemptBrief, m.auditRule})...)
	}
	out = m.Footed(out)
	status, cursor := m.auditStatus()
	return append(out, status, m.auditKeys()), cursor
}

func (m *Model) auditRule() string {
	from, to := m.audit.table.window()
	return m.RowsRule(from, to, len(m.audit.table.rows))
}

// auditFact answers "is something wrong" for the record.
func (m *Model) auditFact() string {
	a := &m.audit
	if !a.have {
		return m.Paint()
	}
	left := []segment{plain.Text(" " + english.Count(len(a.rows), "row"))}
	counts := map[string]int{}
	tones := map[string]tone{}
	for _, r := range a.rows {
		counts[r.outcomeWords()]++
		tones[r.outcomeWords()] = r.tone()
	}
	for _, words := range []string{"open", app.Unknown.Words(), app.StillListed.Words(), app.Failed.Words(), app.NotSent.Words()} {
		if n := counts[words]; n > 0 {
			left = append(left, dim.Text(" · "), tones[words].Text(english.Thousands(n)+" "+words))
		}
	}
	var right []segment
	switch {
	case a.verdict.text != "":
		right = []segment{a.verdict, plain.Text(" ")}
	case a.read < a.all:
		right = []segment{dim.Text("the newest " + english.Thousands(a.read) + " of " + english.Thousands(a.all) + " entries ")}
	default:
		right = []segment{dim.Text("t checks that nobody changed it ")}
	}
	if total(left)+total(right)+2 > m.Width {
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
	line := func(time, user, app, kind string, outcome segment, by string) []segment {
		segs := []segment{
			dim.Text(pad(time, c.time) + " "), strong.Text(pad(user, c.user) + " "), plain.Text(pad(app, c.app) + " "), plain.Text(pad(kind, c.kind) + " "),
			outcome.tone.Text(pad(outcome.text, c.outcome)),
		}
		if c.by > 0 {
			segs = append(segs, dim.Text(" "+pad(by, c.by)))
		}
		return segs
	}
	head := line("TIME"+m.Glyphs.sorted, "USER", "APP", "KIND", dim.Text("OUTCOME"), "BY")
	for i := range head {
		head[i].tone = dim
	}
	out := []string{paint(&m.Styles.tone, w, append([]segment{plain.Text("   ")}, head...)...)}
	from, to := a.table.window()
	for i := from; i < to && len(out) < h; i++ {
		r := a.rows[a.table.rows[i]]
		set, cursor := &m.Styles.tone, "   "
		if i == a.table.cursor {
			set, cursor = &m.Styles.selected, " "+m.Glyphs.cursor+" "
		}
		segs := line(m.shortTime(r), m.attemptUser(r), m.attemptApp(r), attemptKind(r), r.tone().Text(r.outcomeWords()), clean(r.Actor))
		out = append(out, paint(set, w, append([]segment{link.Text(cursor)}, segs...)...))
	}
	for len(out) < h {
		out = append(out, spaces(w))
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
	return app.OrDash(clean(r.Person))
}

func (m *Model) attemptApp(r attemptRow) string {
	switch {
	case r.IsRun():
		return "(all of it)"
	case r.Row == webex.Authorization{}:
		return "—"
	case r.Action == app.ActionRevokeApp:
		return "client " + shortClient(r.Row.ClientID)
	}
	return app.ShortName(r.Row)
}

func attemptKind(r attemptRow) string {
	if r.Row.Type == "" {
		return "—"
	}
	return kind(r.Row.Type)
}

// attemptDetail is everything about the attempt under the cursor.
func (m *Model) attemptDetail(w int) []string {
	r, ok := m.currentAttempt()
	if !ok {
		return nil
	}
	f := newFields(&m.Screen, w)
	f.line(strong.Text(cut(m.attemptApp(r), max(w-18, 10))), dim.Text("  "+attemptKind(r)))
	f.blank()
	words := r.outcomeWords()
	if r.open {
		words = "open: it was about to be sent, and nothing more was written down"
	}
	f.text("", r.tone(), words)
	if r.Error != "" {
		f.text("", plain, clean(webex.Untrusted(cut(r.Error, 600))))
	}
	f.blank()
	f.text("When", plain, m.stampSeconds(r))
	f.text("Whose", plain, m.attemptUser(r))
	f.text("By", plain, app.OrDash(clean(r.Actor)))
	f.text("Action", plain, r.Action)
	entries := fmt.Sprintf("outcome %d", r.Seq)
	switch {
	case r.open:
		entries = fmt.Sprintf("intent %d", r.Seq)
	case r.intent != 0:
		entries = fmt.Sprintf("intent %d, outcome %d", r.intent, r.Seq)
	}
	f.text("Entries", plain, entries)
	f.blank()
	if !r.Row.Created.IsZero() {
		f.text("Created", plain, m.stamp(r.Row.Created))
	}
	f.text("Client", plain, app.OrDash(clean(r.Row.ClientID)))
	f.text("Token id", plain, app.OrDash(clean(r.Row.ID)))
	if r.Status != 0 {
		f.text("Status", plain, strconv.Itoa(r.Status))
	}
	if r.TrackingID != "" {
		f.text("Tracking", plain, clean(r.TrackingID))
	}
	return f.out
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
	f := newFields(&m.Screen, w)
	f.line(strong.Text(cut(m.attemptApp(r), max(w-40, 12))), dim.Text("  "+attemptKind(r)+"   "), r.tone().Text(r.outcomeWords()))
	reason := clean(webex.Untrusted(r.Error))
	if reason == "" {
		reason = r.Action + " by " + app.OrDash(clean(r.Actor))
	}
	f.line(plain.Text(cut(reason, w)))
	f.line(dim.Text(m.stampSeconds(r)))
	f.line(dim.Text("client " + shortClient(r.Row.ClientID) + " · entry " + english.Thousands(int(r.Seq)) + " · enter: everything"))
	return f.out
}

func (m *Model) auditStatus() (string, *tea.Cursor) {
	a := &m.audit
	if a.filtering {
		line := m.Sides([]segment{link.Text(" / "), plain.Text(typedText(a.filter.Value()))}, []segment{dim.Text(fmt.Sprintf("%d of %d rows ", len(a.table.rows), len(a.rows)))})
		cursor := a.filter.Cursor()
		if cursor != nil {
			cursor.X, cursor.Y = cursor.X+3, m.Height-2
		}
		return line, cursor
	}
	idle := segment{}
	switch {
	case a.loading && a.have:
		idle = link.Text("reading the record…")
	case a.busy != "":
		idle = link.Text(a.busy)
	case a.filter.Value() != "":
		idle = warn.Text(fmt.Sprintf("filter %s shows %d of %d: esc clears it", cut(typedText(a.filter.Value()), 30), len(a.table.rows), len(a.rows)))
	case len(a.table.rows) > 0:
		idle = dim.Text(fmt.Sprintf("row %s of %s", english.Thousands(a.table.cursor+1), english.Thousands(len(a.table.rows))))
	}
	return m.statusLine(idle), nil
}

func (m *Model) auditKeys() string {
	a := &m.audit
	switch {
	case a.filtering:
		return m.keyLine([2]string{"enter", "keep"}, [2]string{"esc", "clear"}, [2]string{"!", "in front: all others"}, [2]string{"↑ ↓", "move"})
	case a.detail:
		return m.keyLine([2]string{"esc", "back to the list"}, [2]string{"↑ ↓", "scroll"}, hint(m.keys.CopyID, "copy token id"), hint(m.keys.CopyJSON, "as JSON"), hint(m.keys.Help, "help"), hint(m.keys.Quit, "quit"))
	case len(a.rows) == 0:
		return m.keyLine(hint(m.keys.Reload, "read again"), hint(m.keys.Authorizations, "authorizations"), hint(m.keys.Help, "help"), hint(m.keys.Quit, "quit"))
	}
	return m.keyLine(hint(m.keys.Details, "details"), hint(m.keys.CheckLog, "check the log"), hint(m.keys.Filter, "filter"), hint(m.keys.Export, "export"), hint(m.keys.CopyJSON, "copy as JSON"),
		hint(m.keys.Reload, "read again"), hint(m.keys.Authorizations, "authorizations"), hint(m.keys.Palette, "all"), hint(m.keys.Help, "help"), hint(m.keys.Quit, "quit"))
}

// olderWords say that there is more than what was searched.
func (a *auditView) olderWords() string {
	if a.read >= a.all {
		return ""
	}
	return " · only the newest " + english.Thousands(a.read) + " of " + english.Thousands(a.all) + " entries are searched here; all of them: wxauth audit list"
}
