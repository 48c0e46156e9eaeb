package ui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
)

func (m *Model) listStatus() (string, *tea.Cursor) {
	a := &m.list
	if a.filtering {
		shown := fmt.Sprintf("%d of %d tokens ", m.shownTokens(), len(a.listing.Rows))
		line := m.Sides([]draw.Segment{draw.Link.Text(" / "), draw.Plain.Text(app.Typed(a.filter.Value()))}, []draw.Segment{draw.Dim.Text(shown)})
		var cursor *tea.Cursor
		if c := a.filter.Cursor(); c != nil {
			c.X += 3
			c.Y = m.Height - 2
			cursor = c
		}
		return line, cursor
	}
	idle := draw.Dim.Text("")
	if a.have && len(a.table.Rows) > 0 {
		t, text := draw.Dim, "nothing marked"
		if n := len(a.marks); n > 0 {
			t, text = draw.Strong, english.Thousands(n)+" marked"
			if hidden := a.hiddenByFilter(a.marked()); hidden > 0 {
				t, text = draw.Warn, text+fmt.Sprintf(", %d hidden by the filter", hidden)
			}
		}
		text += fmt.Sprintf("   row %s of %s%s", english.Thousands(a.table.Cursor+1), english.Thousands(len(a.table.Rows)), m.orderWords())
		if f := a.filter.Value(); f != "" {
			shows := fmt.Sprintf("   filter %q shows %d of %d tokens", draw.Cut(app.Typed(f), 20), m.shownTokens(), len(a.listing.Rows))
			if m.Width < draw.BesideFrom {
				shows = fmt.Sprintf("   filter: %d of %d", m.shownTokens(), len(a.listing.Rows))
			}
			text += shows
		}
		if why := m.noRevoke().Short; why != "" {
			text = "revoking is off: " + why + "   " + strings.TrimPrefix(text, "nothing marked   ")
		}
		idle = t.Text(text)
	}
	if a.err != nil && a.have {
		idle = draw.Bad.Text("Reading again failed: " + app.Sentence(a.err))
	}
	return m.statusLine(idle), nil
}

func (m *Model) listKeys() string {
	a := &m.list
	switch {
	case m.list.filtering:
		return m.keyLine(m.filterHints()...)
	case !m.list.have && m.list.loading:
		return m.keyLine(m.fixed.Hint(action.Back, "stop"), m.keys.Hint(action.User, "another user"), m.keys.Hint(action.Help, "help"), m.keys.Hint(action.Quit, "quit"))
	case !m.list.have:
		return m.keyLine(m.keys.Hint(action.Reload, "read again"), m.keys.Hint(action.User, "another user"), m.keys.Hint(action.Help, "help"), m.keys.Hint(action.Quit, "quit"))
	case m.list.showReport:
		return m.keyLine(m.keys.Hint(action.CopyTicket, "copy for the ticket"), m.keys.Hint(action.Reload, "read again"), m.keys.Hint(action.User, "next user"), m.fixed.Hint(action.Back, "close"), m.keys.Hint(action.Help, "help"), m.keys.Hint(action.Quit, "quit"))
	case m.list.detail:
		return m.keyLine(m.keys.Hint(action.Revoke, "revoke"), m.fixed.Hint(action.Back, "back to the list"), m.fixed.Hints("other rows", action.Up, action.Down), m.keys.Hint(action.PageDown, "more"), m.keys.Hint(action.CopyID, "copy id"), m.keys.Hint(action.Help, "help"), m.keys.Hint(action.Quit, "quit"))
	}
	if len(a.listing.Rows) == 0 { // nothing to act on
		return m.keyLine(m.keys.Hint(action.User, "another user"), m.keys.Hint(action.Reload, "read again"), m.keys.Hint(action.Help, "help"), m.keys.Hint(action.Quit, "quit"))
	}
	revoke := "revoke"
	if n := len(a.marks); n > 0 {
		revoke = "revoke the " + english.Thousands(n) + " marked"
	}
	return m.keyLine(m.keys.Hint(action.Revoke, revoke), m.keys.Hint(action.Mark, "mark"), m.keys.Hint(action.Offboard, "offboard"), m.keys.Hint(action.Filter, "filter"), m.keys.Hint(action.Sort, "sort"),
		m.keys.Hint(action.User, "user"), m.keys.Hint(action.Reload, "read again"), m.keys.Hint(action.Export, "export"), m.keys.Hint(action.Palette, "all"), m.keys.Hint(action.Details, "details"), m.keys.Hint(action.Help, "help"), m.keys.Hint(action.Quit, "quit"))
}
