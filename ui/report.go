package ui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/draw"
)

// copyReport copies the result of the last revoke, to be pasted into a ticket.
func (m *Model) copyReport() tea.Cmd {
	r := m.revoke
	if r == nil {
		m.say(draw.Warn, "Nothing has been revoked yet: no report to copy.")
		return nil
	}
	text, of := r.Batch.Report().Markdown(), english.Count(len(r.Batch.Results), "user")
	if r.One != nil {
		text, of = r.One.Report().Markdown(), draw.Cut(app.Clean(r.One.Person.Email()), 40)
	}
	m.say(draw.Good, "Sent to the terminal's clipboard: the report on "+of+".")
	return tea.SetClipboard(text)
}
