package ui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
)

// ask is a dialog with a question that y answers.
type ask struct {
	opening
	title, button string
	body          []string // paragraphs
	yes           func() tea.Cmd
	focus         bool // on the button that says yes
}

func (d *ask) paste() {}

func (d *ask) press(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	k := m.fixed
	switch {
	case d.tooSoon(m.now):
	case k.Matches(msg, action.Next), k.Matches(msg, action.Previous):
		d.focus = !d.focus
	case k.Matches(msg, action.Yes), k.Matches(msg, action.Press) && d.focus:
		return tea.Batch(m.closeDialog(), d.yes())
	case k.Matches(msg, action.No), k.Matches(msg, action.Back), k.Matches(msg, action.Press):
		return m.closeDialog()
	}
	return nil
}

func (d *ask) lines(m *Model, w, h int) []string {
	w = min(w, 72)
	body := []string{""}
	for _, p := range d.body {
		for _, l := range draw.Wrap(p, w-6) {
			body = append(body, "  "+l)
		}
	}
	if over := len(body) + 5 - h; over > 0 {
		body = body[:max(len(body)-over, 1)]
	}
	body = append(body, "", "  "+m.Button("Cancel", !d.focus, false)+"   "+m.Button(d.button+" (y)", d.focus, true), "")
	return m.Framed(d.title, body, "esc or enter: cancel   y: "+d.button, w)
}
