package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/ui/dialog"
)

// windowTitle is constant, because control characters in a title reach the terminal as they are:
// it must not contain external text.
const windowTitle = "wxauth"

// View draws the model. It works at any size.
func (m *Model) View() tea.View {
	if m.Plain {
		return m.plainView()
	}
	return m.drawnView()
}

// emptyView returns a view without content.
func emptyView() tea.View {
	v := tea.NewView("")
	v.AltScreen = true
	v.WindowTitle = windowTitle
	return v
}

func (m *Model) drawnView() tea.View {
	v := emptyView()
	if m.Width <= 0 || m.Height <= 0 {
		return v
	}
	lines, cursor := m.screenLines()
	if m.dialogs.IsOpen() && !tooSmall(&m.Screen) {
		cursor = nil
		w, h := dialog.Size(m.env())
		lines = m.Overlay(lines, m.dialogs.Top().Lines(m.env(), w, h))
	}
	if m.opts.Links {
		m.link(lines)
	}
	v.Content = strings.Join(lines, "\n")
	v.Cursor = cursor
	v.MouseMode = m.mouseMode()
	return v
}

// screenLines draws what is below a dialog: exactly height lines of width cells.
func (m *Model) screenLines() ([]string, *tea.Cursor) {
	var (
		out    []string
		cursor *tea.Cursor
	)
	if tooSmall(&m.Screen) {
		out = tooSmallLines(m.env())
	} else {
		out, cursor = m.drawScreen()
	}
	return m.Filled(out, m.Height), cursor
}

// drawScreen draws the open screen, below the header.
func (m *Model) drawScreen() ([]string, *tea.Cursor) {
	env := m.env()
	d := m.open.Draw(env)
	if d.Alone {
		out := m.Filled(d.Body, m.Height-min(len(d.Keys), 1))
		if len(d.Keys) > 0 {
			out = append(out, keyLine(env, d.Keys...))
		}
		return out, d.Cursor
	}
	out := append([]string{headerLine(env, m.title(), m.present(), m.opts)}, d.Body...)
	if d.Open {
		out = m.Filled(out, m.Height-2)
	} else {
		out = m.Footed(out)
	}
	status := d.Input
	if status == "" {
		status = statusLine(env, d.Filter, d.Status, runningSegment(env, m.list.Work(env), m.inventory.Work(env), m.open == m.list && m.list.Reading()))
	}
	return append(out, status, keyLine(env, d.Keys...)), d.Cursor
}
