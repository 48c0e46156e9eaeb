package ui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/webex"
)

// copyCommand copies a command line; it asks before it revokes, as the screen does.
func (m *Model) copyCommand(line string) tea.Cmd {
	m.say(draw.Good, "Sent to the terminal's clipboard: "+line)
	return tea.SetClipboard(line)
}

func (m *Model) copyID() tea.Cmd {
	cur, ok := m.list.table.Current()
	if !ok {
		return nil
	}
	if cur.row < 0 && cur.group.client == "" {
		m.say(draw.Warn, "Webex sent no client id for this app.")
		return nil
	}
	if cur.row < 0 {
		m.say(draw.Good, "Sent to the terminal's clipboard: client id "+app.Clean(cur.group.client))
		return tea.SetClipboard(app.Clean(cur.group.client))
	}
	id := app.Clean(m.list.listing.Rows[cur.row].ID)
	if id == "" {
		m.say(draw.Warn, "Webex sent no id for this row.")
		return nil
	}
	m.say(draw.Good, "Sent to the terminal's clipboard: token id "+id)
	return tea.SetClipboard(id)
}

func (m *Model) copyJSON() tea.Cmd {
	cur, ok := m.list.table.Current()
	if !ok {
		return nil
	}
	rows := cur.group.rows
	if cur.row >= 0 {
		rows = []int{cur.row}
	}
	out := make([]any, len(rows))
	for i, r := range rows {
		out[i] = m.list.listing.Rows[r].JSON(m.now)
	}
	b, err := app.MarshalJSON(out)
	if err != nil {
		m.say(draw.Bad, "Cannot write the row as JSON.")
		return nil
	}
	m.say(draw.Good, "Sent to the terminal's clipboard: "+english.Count(len(out), "row")+" as JSON.")
	return tea.SetClipboard(string(b))
}

// copyTicket copies the report while it is shown, else the command that would revoke
// what is marked or under the cursor.
func (m *Model) copyTicket() tea.Cmd {
	if m.list.showReport && m.list.report != nil { // the one that is shown, whoever's came last
		return m.copyTicketOf(*m.list.report, m.ticketFacts(*m.list.report))
	}
	ids, why := m.list.targets()
	if len(ids) == 0 {
		m.complain(why)
		return nil
	}
	return m.copyCommand(m.opts.commands().Revoke(m.list.listing.Who, m.list.listing.Person, ids, m.selfAmong(ids)))
}

// selfAmong reports whether rows are our own session's, as the command line judges it:
// without a client of ours that is known, all of the person signed in.
func (m *Model) selfAmong(ids []webex.AuthorizationID) bool {
	us := m.session != nil && m.session.Person.ID.Same(m.list.listing.Person.ID)
	return slices.ContainsFunc(m.list.listing.Rows, func(r app.Row) bool {
		return slices.Contains(ids, r.ID) && (r.Own || us && m.opts.EnvToken)
	})
}

func (m *Model) copyReport() tea.Cmd {
	if m.bulkReport != nil {
		m.say(draw.Good, "Sent to the terminal's clipboard: the report on "+english.Count(len(m.bulkReport.Results), "user")+".")
		return tea.SetClipboard(m.bulkReport.Report().Markdown())
	}
	if m.report == nil {
		m.say(draw.Warn, "Nothing was revoked here yet: there is nothing to copy for a ticket.")
		return nil
	}
	return m.copyTicketOf(*m.report, m.reportFacts)
}

func (m *Model) copyTicketOf(r app.Result, facts app.TicketFacts) tea.Cmd {
	m.say(draw.Good, "Sent to the terminal's clipboard: the report on "+draw.Cut(app.Clean(r.Person.Email()), 40)+".")
	return tea.SetClipboard(r.Ticket(facts))
}

// exportedRows are the authorizations that the filter lets through, folded apps
// included, in the order that is shown.
func (m *Model) exportedRows() []app.RowJSON {
	out := []app.RowJSON{}
	for _, l := range m.list.tree.visible(m.list.listing, m.list.sort, m.list.filter.Value(), nil) {
		if l.row >= 0 && !m.list.gone(m.list.listing.Rows[l.row]) {
			out = append(out, m.list.listing.Rows[l.row].JSON(m.now))
		}
	}
	return out
}
