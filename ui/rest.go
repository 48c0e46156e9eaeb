package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/ui/view"
)

// restAfter is how long the cursor must rest before the detail shows its row. A held key moves
// the cursor thirty times a second. Over a slow connection the table keeps up with that, but
// redrawing forty lines of detail for each row would not.
const restAfter = 100 * time.Millisecond

// restedMsg is sent restAfter a cursor move. It is ignored if the cursor has moved again.
type restedMsg struct{ moved int }

// place is the position of the view's cursor.
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

// follow updates the detail: after a delay if a key moved the cursor, at once after any other
// message. When a question opens, the whole screen is up to date.
func (m *Model) follow(msg tea.Msg, before place) tea.Cmd {
	switch msg := msg.(type) {
	case restedMsg:
		if msg.moved == m.moved {
			m.rest()
		}
		return nil
	case tickMsg: // only the time has changed
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

// rest makes the detail show the row under the cursor.
func (s *screens) rest() {
	if v := s.view(); v != nil {
		v.Rest()
	}
}
