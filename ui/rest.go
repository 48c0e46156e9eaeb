package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/ui/view"
)

// restAfter is how long the cursor has to rest before the detail beside the table is that
// of its row. A key that is held moves it thirty times a second: over a slow line the
// table keeps up, where a detail of forty lines for each row would not.
const restAfter = 100 * time.Millisecond

// restedMsg says that the cursor has rested, unless it was moved again.
type restedMsg struct{ moved int }

// place is where the cursor of the view is.
type place struct {
	screen view.Screen
	row    int
}

func (s *screens) place() place {
	p := place{screen: s.open}
	if v := s.view(); v != nil {
		p.row = v.Index()
	}
	return p
}

// follow lets the detail follow the cursor: later after a key that moved it, at once after
// everything else. A question that opens finds the whole screen up to date.
func (m *Model) follow(msg tea.Msg, before place) tea.Cmd {
	switch msg := msg.(type) {
	case restedMsg:
		if msg.moved == m.moved {
			m.rest()
		}
		return nil
	case tickMsg: // the time goes on
		return nil
	case tea.KeyPressMsg:
		if now := m.place(); !m.dialogs.IsOpen() && now.screen == before.screen && now.row != before.row {
			m.moved++
			if !m.Plain {
				m.view().Walk(before.row)
			}
			moved := m.moved
			return tea.Tick(restAfter, func(time.Time) tea.Msg { return restedMsg{moved} })
		}
	}
	m.rest()
	return nil
}

// rest lets the detail be that of the row under the cursor.
func (s *screens) rest() {
	if v := s.view(); v != nil {
		v.Rest()
	}
}
