package ui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
)

// notice is a dialog that says something and wants nothing.
type notice struct {
	opening
	title, first, second string
}

func newNotice(m *Model, title, first, second string) *notice {
	return &notice{opening{m.now}, title, first, second}
}

func (d *notice) paste() {}

func (d *notice) press(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	k := m.fixed
	if !d.tooSoon(m.now) && k.Matches(msg, action.Back, action.Press, action.Quit, action.No) {
		return m.closeDialog()
	}
	return nil
}

func (d *notice) lines(m *Model, w, h int) []string {
	w = min(w, 72)
	body := []string{""}
	for _, l := range draw.Wrap(d.first, w-6) {
		body = append(body, "  "+m.Styles.Tone[draw.Strong].Render(l))
	}
	body = append(body, "")
	for _, l := range draw.Wrap(d.second, w-6) {
		body = append(body, "  "+l)
	}
	if over := len(body) + 3 - h; over > 0 {
		body = body[:max(len(body)-over, 1)]
	}
	return m.Framed(d.title, append(body, ""), "esc or enter: close", w)
}
