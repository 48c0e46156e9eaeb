package ui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/draw"
)

// wheelLines is the number of lines that a notch of the mouse wheel scrolls.
const wheelLines = 3

// mouseMode returns whether the terminal reports the mouse. The login shows an address and a code
// to select with the mouse, so there the terminal keeps it, and so do screen readers.
func (m *Model) mouseMode() tea.MouseMode {
	if m.opts.NoMouse || m.Plain || m.open == m.login || m.open == m.firstRun {
		return tea.MouseModeNone
	}
	return tea.MouseModeCellMotion
}

// wheel scrolls the dialog, the open view, or the choices of the open screen.
func (m *Model) wheel(msg tea.MouseWheelMsg) tea.Cmd {
	by := 0
	switch msg.Button {
	case tea.MouseWheelUp:
		by = -wheelLines
	case tea.MouseWheelDown:
		by = wheelLines
	}
	if by == 0 || tooSmall(&m.Screen) || m.mouseMode() == tea.MouseModeNone {
		return nil
	}
	if v := m.view(); v != nil && !m.dialogs.IsOpen() {
		v.Wheel(m.env(), by)
		return nil
	}
	key := tea.KeyPressMsg{Code: tea.KeyDown}
	if by < 0 {
		key.Code = tea.KeyUp
	}
	if m.dialogs.IsOpen() {
		return m.updateDialog(key)
	}
	return m.updateScreen(m.open, key)
}

// click passes a click to the dialog, opens the view whose name was clicked, or passes it to the
// open view. A click confirms nothing.
func (m *Model) click(msg tea.MouseClickMsg) tea.Cmd {
	if msg.Button != tea.MouseLeft || tooSmall(&m.Screen) || m.mouseMode() == tea.MouseModeNone {
		return nil
	}
	m.now = m.opts.Now()
	if m.dialogs.IsOpen() {
		return m.clickDialog(msg.X, msg.Y)
	}
	m.queued = nil
	m.flash = draw.Segment{}
	if msg.Y == 0 && !m.open.Typing() && !m.inventory.Preparing() {
		for _, t := range m.present() {
			if draw.LabelAt(headerLine(m.env(), m.title(), m.present(), m.opts), msg.X, m.keys.Shown(t.key)+" "+t.name) == 0 {
				return m.showView(t.key)
			}
		}
		return nil
	}
	if v := m.view(); v != nil && !m.inventory.Preparing() {
		return v.Click(m.env(), msg.X, msg.Y)
	}
	return nil
}

// clickDialog passes a click to the open dialog.
func (m *Model) clickDialog(x, y int) tea.Cmd {
	d, ok := m.dialogs.Top().(dialog.Clickable)
	if !ok {
		return nil
	}
	env := m.env()
	w, h := dialog.Size(env)
	lines := d.Lines(env, w, h)
	left, top := m.Middle(lines)
	if y < top || y >= top+len(lines) {
		return nil
	}
	d.Click(env, lines[y-top], x-left, top+len(lines)-1-y)
	return m.serve(d)
}
