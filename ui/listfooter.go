package ui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/draw"
)

func (m *Model) listStatus() (string, *tea.Cursor) {
	a := &m.list
	if a.filtering {
		shown := fmt.Sprintf("%d of %d tokens ", m.shownTokens(), len(a.listing.Rows))
		line := m.Sides([]draw.Segment{draw.Link.Text(" / "), draw.Plain.Text(typedText(a.filter.Value()))}, []draw.Segment{draw.Dim.Text(shown)})
		var cursor *tea.Cursor
		if c := a.filter.Cursor(); c != nil {
			c.X += 3
			c.Y = m.Height - 2
			cursor = c
		}
		return line, cursor
	}
	idle := draw.Dim.Text("")
	if a.have && len(a.table.rows) > 0 {
		t, text := draw.Dim, "nothing marked"
		if n := len(a.marks); n > 0 {
			t, text = draw.Strong, english.Thousands(n)+" marked"
			if hidden := a.hiddenByFilter(a.marked()); hidden > 0 {
				t, text = draw.Warn, text+fmt.Sprintf(", %d hidden by the filter", hidden)
			}
		}
		text += fmt.Sprintf("   row %s of %s%s", english.Thousands(a.table.cursor+1), english.Thousands(len(a.table.rows)), m.orderWords())
		if f := a.filter.Value(); f != "" {
			shows := fmt.Sprintf("   filter %q shows %d of %d tokens", draw.Cut(typedText(f), 20), m.shownTokens(), len(a.listing.Rows))
			if m.Width < draw.BesideFrom {
				shows = fmt.Sprintf("   filter: %d of %d", m.shownTokens(), len(a.listing.Rows))
			}
			text += shows
		}
		if why := m.whyNotRevoke(); why != "" {
			text = "revoking is off: " + why + "   " + strings.TrimPrefix(text, "nothing marked   ")
		}
		idle = t.Text(text)
	}
	if a.err != nil && a.have {
		idle = draw.Bad.Text("Reading again failed: " + sentence(a.err))
	}
	return m.statusLine(idle), nil
}

func (m *Model) listKeys() string {
	a := &m.list
	switch {
	case m.list.filtering:
		return m.keyLine([2]string{"enter", "keep"}, [2]string{"esc", "clear"}, [2]string{"!", "in front: all others"}, [2]string{"↑ ↓", "move"})
	case !m.list.have && m.list.loading:
		return m.keyLine([2]string{"esc", "stop"}, hint(m.keys.User, "another user"), hint(m.keys.Help, "help"), hint(m.keys.Quit, "quit"))
	case !m.list.have:
		return m.keyLine(hint(m.keys.Reload, "read again"), hint(m.keys.User, "another user"), hint(m.keys.Help, "help"), hint(m.keys.Quit, "quit"))
	case m.list.showReport:
		return m.keyLine(hint(m.keys.CopyTicket, "copy for the ticket"), hint(m.keys.Reload, "read again"), hint(m.keys.User, "next user"), [2]string{"esc", "close"}, hint(m.keys.Help, "help"), hint(m.keys.Quit, "quit"))
	case m.list.detail:
		return m.keyLine(hint(m.keys.Revoke, "revoke"), [2]string{"esc", "back to the list"}, [2]string{"↑ ↓", "other rows"}, [2]string{"PgDn", "more"}, hint(m.keys.CopyID, "copy id"), hint(m.keys.Help, "help"), hint(m.keys.Quit, "quit"))
	}
	if len(a.listing.Rows) == 0 { // nothing to act on
		return m.keyLine(hint(m.keys.User, "another user"), hint(m.keys.Reload, "read again"), hint(m.keys.Help, "help"), hint(m.keys.Quit, "quit"))
	}
	revoke := "revoke"
	if n := len(a.marks); n > 0 {
		revoke = "revoke the " + english.Thousands(n) + " marked"
	}
	return m.keyLine(hint(m.keys.Revoke, revoke), hint(m.keys.Mark, "mark"), hint(m.keys.Offboard, "offboard"), hint(m.keys.Filter, "filter"), hint(m.keys.Sort, "sort"),
		hint(m.keys.User, "user"), hint(m.keys.Reload, "read again"), hint(m.keys.Export, "export"), hint(m.keys.Palette, "all"), hint(m.keys.Details, "details"), hint(m.keys.Help, "help"), hint(m.keys.Quit, "quit"))
}
