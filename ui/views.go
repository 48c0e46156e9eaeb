package ui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/view"
)

// changeView goes to the view of a key, or to the next one.
func (m *Model) changeView(k *action.Key) tea.Cmd {
	views := m.views()
	at := slices.IndexFunc(views, func(v tab) bool { return v.screen == m.screen })
	to := (at + 1) % len(views)
	if k != action.NextView {
		to = slices.IndexFunc(views, func(v tab) bool { return v.key == k })
	}
	if to < 0 || to == at {
		return nil
	}
	return m.show(views[to].screen)
}

// goesToAView reports whether a key opens a view.
func (m *Model) goesToAView(k *action.Key) bool {
	return k == action.NextView || slices.ContainsFunc(m.views(), func(v tab) bool { return v.key == k })
}

// show opens a view.
func (m *Model) show(s screen) tea.Cmd {
	switch s {
	case onTokens:
		return m.showTokens()
	case onInventory:
		return m.showInventory()
	case onAudit:
		m.leaveScreen()
		m.screen = onAudit
		return m.audit.Show()
	default:
		return m.showAuthorizations()
	}
}

// leaveScreen ends what belongs to the screen that is left.
func (m *Model) leaveScreen() {
	m.list.preparing = false // a question about a person belongs on that person's screen
	m.picker.input.Blur()
}

// env is what a view is given.
func (m *Model) env() view.Env {
	return view.Env{Screen: &m.Screen, Now: m.now, Location: m.opts.Location, Keys: m.keys, Fixed: m.fixed}
}

// view is the one that is open; nil on a screen that is none.
func (m *Model) view() view.View {
	if m.screen == onAudit {
		return m.audit
	}
	return nil
}

// updateView gives a message to a view, and does what it asks for.
func (m *Model) updateView(v view.View, msg tea.Msg) tea.Cmd {
	cmd := v.Update(m.env(), msg)
	return tea.Batch(cmd, m.serve(v))
}

// serve does what a view or a dialog has asked of the program.
func (m *Model) serve(v interface{ Take() []tea.Msg }) tea.Cmd {
	var cmds []tea.Cmd
	for _, msg := range v.Take() {
		switch msg := msg.(type) {
		case view.Say:
			m.flash = msg.Text
		case view.Leave:
			cmds = append(cmds, m.showAuthorizations())
		case view.Quit:
			cmds = append(cmds, m.quit())
		case dialog.Close:
			cmds = append(cmds, m.closeDialog())
			if msg.Then != nil {
				cmds = append(cmds, msg.Then())
			}
		case view.Export:
			m.askToExport(msg.What, msg.N, msg.Rows)
		}
	}
	return tea.Batch(cmds...)
}

// serveView does what the view that is open has asked for.
func (m *Model) serveView() tea.Cmd {
	if v := m.view(); v != nil {
		return m.serve(v)
	}
	return nil
}

// drawView draws a view below the header.
func (m *Model) drawView(title string, v view.View) ([]string, *tea.Cursor) {
	d := v.Draw(m.env())
	out := m.Footed(append([]string{m.headerLine(title)}, d.Body...))
	status := d.Input
	if status == "" {
		status = m.statusLine(d.Status)
	}
	return append(out, status, m.keyLine(d.Keys...)), d.Cursor
}
