package ui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/webex"
)

// exportDialog asks for the format of an export.
type exportDialog struct {
	opening
	what string
	rows func() any
	n    int
}

type exportedMsg struct {
	path string
	n    int
	err  error
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

// askToExport asks how n rows are to be written, which rows makes, elsewhere.
func (m *Model) askToExport(what string, n int, rows func() any) {
	switch {
	case m.opts.Export == nil:
		m.strayAt = m.now
		m.say(draw.Warn, "The demo writes no files. With a login, "+m.keys.Shown(action.Export)+" writes what is shown as CSV or JSON.")
	case n == 0:
		m.say(draw.Warn, "Nothing is shown, so there is nothing to export.")
	default:
		m.openDialog(&exportDialog{opening{m.now}, what, rows, n})
	}
}

func (d *exportDialog) paste() {}

func (d *exportDialog) press(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	if d.tooSoon(m.now) {
		return nil
	}
	format := ""
	switch k := m.fixed; {
	case k.Matches(msg, action.Back, action.Press):
		return m.closeDialog()
	case k.Matches(msg, action.AsCSV):
		format = "csv"
	case k.Matches(msg, action.AsJSON):
		format = "json"
	default:
		return nil
	}
	write, what, rows, n := m.opts.Export, d.what, d.rows, d.n
	return tea.Batch(m.closeDialog(), func() tea.Msg {
		path, err := write(what, format, rows())
		return exportedMsg{path, n, err}
	})
}

func (d *exportDialog) lines(m *Model, w, _ int) []string {
	w = min(w, 66)
	body := []string{
		"", "  " + m.Styles.Tone[draw.Strong].Render(english.Count(d.n, "row")+", those that are shown"), "",
		"  c  CSV, for a spreadsheet", "  j  JSON, for a script", "",
		"  " + m.Styles.Tone[draw.Dim].Render("It goes to a new file in the current folder."), "",
	}
	return m.Framed("Export what is shown", body, "c: CSV   j: JSON   esc: cancel", w)
}

func (m *Model) tookExported(msg exportedMsg) {
	if msg.err != nil {
		m.say(draw.Bad, "Not exported. "+app.Sentence(msg.err))
		return
	}
	m.say(draw.Good, english.Count(msg.n, "row")+" in "+app.Clean(webex.Untrusted(msg.path)))
}
