package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// restAfter is how long the cursor has to rest before the detail beside the table is that
// of its row. A key that is held moves it thirty times a second: over a slow line the
// table keeps up, where a detail of forty lines for each row would not.
const restAfter = 100 * time.Millisecond

// restedMsg says that the cursor has rested, unless it was moved again.
type restedMsg struct{ gen int }

// walk is a cursor on its way, and the detail that stands meanwhile.
type walk struct {
	on    bool
	gen   int // numbers the moves
	lines []string
	of    screen
	w, h  int
}

// place is where the cursor of the view is.
type place struct {
	screen screen
	row    int
}

func (m *Model) place() place {
	p := place{screen: m.screen}
	switch m.screen {
	case onList:
		p.row = m.list.table.Cursor
	default:
		if v := m.view(); v != nil {
			p.row = v.Index()
		}
	}
	return p
}

// follow lets the detail follow the cursor: later after a key that moved it, at once after
// everything else. A question that opens finds the whole screen up to date.
func (m *Model) follow(msg tea.Msg, before place) tea.Cmd {
	switch msg := msg.(type) {
	case restedMsg:
		if msg.gen == m.walk.gen {
			m.rest()
		}
		return nil
	case tickMsg: // the time goes on
		return nil
	case tea.KeyPressMsg:
		if now := m.place(); !m.dialogs.IsOpen() && now.screen == before.screen && now.row != before.row {
			m.walk.on = true
			m.walk.gen++
			if v := m.view(); v != nil && !m.Plain {
				v.Walk(before.row)
			}
			gen := m.walk.gen
			return tea.Tick(restAfter, func(time.Time) tea.Msg { return restedMsg{gen} })
		}
	}
	m.rest()
	return nil
}

// rest lets the detail be that of the row under the cursor.
func (m *Model) rest() {
	m.walk.on = false
	if v := m.view(); v != nil {
		v.Rest()
	}
}

// rested draws a detail of h lines of w cells, or returns the last one while the cursor is
// on its way.
func (m *Model) rested(w, h int, draw func() []string) []string {
	if k := &m.walk; k.on && k.lines != nil && k.of == m.screen && k.w == w && k.h == h {
		return k.lines
	}
	m.walk.lines, m.walk.of, m.walk.w, m.walk.h = draw(), m.screen, w, h
	return m.walk.lines
}
