package ui

import (
	"errors"
	"fmt"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/internal/filter"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/webex"
)

// shape is how the screen of the list is divided.
type shape struct {
	top     int // lines above the body
	body    int // lines of the table with its header, and of the detail beside it
	table   int // columns of the table
	beside  int // columns of the detail beside it, 0 if none
	below   int // lines of the detail below it, 0 if none
	full    bool
	ruleEnd bool
}

func (m *Model) shape() shape {
	s := shape{top: 3, table: m.Width, full: m.list.detail}
	switch {
	case s.full:
		s.top++
	case m.HasSide():
		s.beside = max(42, m.Width*36/100)
		s.table = m.Width - s.beside - 1
		s.top, s.ruleEnd = s.top+1, true
	case m.Width >= draw.BelowFrom:
		s.below = draw.DetailBox + 1
		if m.list.showReport {
			s.below = min(draw.DetailBox+4, m.Height/2)
		}
	case m.list.showReport:
		s.below = 5
	}
	s.body = max(m.Height-s.top-s.below-2-btoi(s.ruleEnd), 0)
	return s
}

// layout tells the table how many rows it has room for.
func (m *Model) layout() {
	if m.screen == onList {
		m.list.table.Resize(m.shape().body - 1)
	}
	if s := m.openScreen(); s != nil {
		s.Resize(m.env())
	}
	m.list.filter.SetWidth(max(m.Width-30, 10))
}

func (m *Model) listLines() ([]string, *tea.Cursor) {
	s := m.shape()
	out := []string{m.headerLine("Authorizations"), m.personLine(), m.factLine()}
	switch {
	case !m.list.have:
		out = append(out, m.Rule())
		out = append(out, m.stateLines()...)
	case s.full:
		out = append(out, m.Rule())
		out = append(out, m.Padded(m.fullDetail(m.Width-2, s.body), m.Width, s.body)...)
	case len(m.list.table.Rows) == 0:
		out = append(out, m.Rule())
		out = append(out, m.emptyLines()...)
	default:
		out = append(out, m.tableAndDetail(s)...)
	}
	for len(out) < m.Height-2 {
		out = append(out, draw.Spaces(m.Width))
	}
	out = out[:m.Height-2]
	if s.ruleEnd && m.list.have {
		out[len(out)-1] = m.Rule()
	}
	status, cursor := m.listStatus()
	return append(out, status, m.listKeys()), cursor
}

func (m *Model) tableAndDetail(s shape) []string {
	table := m.tableLines(s.table, s.body)
	var out []string
	if s.beside > 0 {
		out = append(out, m.Rule())
		side := m.rested(s.beside, s.body, func() []string { return m.Padded(m.sideLines(s.beside-2, s.body), s.beside, s.body) })
		bar := m.Styles.Tone[draw.Dim].Render(m.Glyphs.Side)
		for i, l := range table {
			out = append(out, l+bar+side[i])
		}
		return out
	}
	out = append(out, table...)
	if s.below > 0 {
		out = append(out, m.windowRule())
		out = append(out, m.rested(m.Width, s.below-1, func() []string { return m.Padded(m.belowLines(m.Width-2, s.below-1), m.Width, s.below-1) })...)
	}
	return out
}

// sideLines is what stands beside the table: the last revoke, else the row.
func (m *Model) sideLines(w, h int) []string {
	if m.list.showReport && m.list.report != nil {
		return m.reportLines(w, h)
	}
	return m.detailLines(w, h)
}

func (m *Model) belowLines(w, h int) []string {
	if m.list.showReport && m.list.report != nil {
		return m.reportLines(w, h)
	}
	return m.briefLines(w)
}

// windowRule is a rule that says which rows are in sight.
func (m *Model) windowRule() string {
	from, to := m.list.table.Window()
	return m.RowsRule(from, to, len(m.list.table.Rows))
}

// stateLines is what stands where the table will be: reading, or what went wrong.
func (m *Model) stateLines() []string {
	a := &m.list
	if a.err == nil {
		if !a.loading {
			return m.Message("Nothing was read.", m.keys.Shown(action.Reload)+" reads the list; "+m.keys.Shown(action.User)+" chooses another user.")
		}
		seconds := ""
		if d := m.now.Sub(a.loadStart).Seconds(); d >= 1 {
			seconds = fmt.Sprintf("%d s", int(d))
		}
		return m.Message("Reading the authorizations of "+m.personName()+"… "+seconds, "esc: stop")
	}
	var e *webex.Error
	tracking := ""
	if errors.As(a.err, &e) && e.TrackingID != "" {
		tracking = "trackingId " + app.Clean(e.TrackingID)
	}
	first, second := m.errorWords(a.err, e)
	lines := m.Message(first, second)
	if tracking != "" {
		lines = append(lines, m.Paint(draw.Dim.Text("  "+tracking)))
	}
	return lines
}

// errorWords says what went wrong and what to try, for the errors that people meet.
func (m *Model) errorWords(err error, e *webex.Error) (first, second string) {
	org := "the organizations that this token reaches"
	if m.session != nil && m.session.Org.DisplayName != "" {
		org = app.Clean(m.session.Org.DisplayName)
	}
	switch {
	case errors.Is(err, app.ErrPersonNotFound), errors.Is(err, webex.ErrNotFound):
		return "Webex knows no " + m.list.who.String() + " in " + org + ".", "A typo, another organization, or no longer there. Nothing was changed. " + m.keys.Shown(action.User) + ": another user"
	case errors.Is(err, webex.ErrNotLoggedIn):
		return "Webex refuses the token (401).", "It is missing, malformed, revoked or expired: Webex does not say which. Get a fresh one and start again."
	case errors.Is(err, webex.ErrForbidden):
		return "Webex does not let you see other people's tokens (403).", "Needs a Full, User or Device Admin and identity:tokens_read; a partner needs Full Admin. Own apps: https://idbroker.webex.com/idb/profile#/tokens"
	case errors.Is(err, webex.ErrRateLimited):
		return app.Sentence(err), m.keys.Shown(action.Reload) + ": try again"
	case errors.Is(err, webex.ErrNetwork):
		return "No answer from Webex.", app.Sentence(err) + ". " + m.keys.Shown(action.Reload) + ": try again"
	case errors.Is(err, webex.ErrInvalidInput) && e == nil:
		return app.Sentence(err), m.keys.Shown(action.User) + ": another user"
	case e != nil:
		return "Webex did not answer as it should: " + draw.Cut(e.Reason(), 200), e.Hint + "  " + m.keys.Shown(action.Reload) + ": try again"
	}
	return app.Sentence(err), m.keys.Shown(action.Reload) + ": try again"
}

func (m *Model) emptyLines() []string {
	a := &m.list
	if len(a.listing.Rows) == 0 {
		return m.Message("No app holds a token for "+m.personName()+".", "Webex shows what exists now, not what was.  "+m.keys.Shown(action.Reload)+": read again  "+m.keys.Shown(action.User)+": another user")
	}
	return m.Message(fmt.Sprintf("Nothing matches %q.", draw.Cut(app.Typed(a.filter.Value()), 40)), english.Count(len(a.listing.Rows), "token")+" hidden · esc: clear the filter")
}

func (m *Model) shownTokens() int {
	match, n := filter.Matcher(m.list.filter.Value()), 0
	for _, h := range m.list.tree.haystack {
		n += btoi(match(h))
	}
	return n
}
