package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/webex"
)

// stray handles a key that has no meaning on this screen.
func (m *Model) stray(msg tea.KeyPressMsg) {
	if msg.Text == "" {
		return
	}
	m.strayAt = m.now
	var hints []string
	for _, a := range m.screenActions(m.open) {
		switch a.Key {
		case action.User:
			hints = append(hints, m.keys.Shown(a.Key)+": find a user")
		case action.Filter:
			hints = append(hints, m.keys.Shown(a.Key)+": filter this list")
		}
	}
	hints = append(hints, m.keys.Shown(action.Help)+": show the keys.")
	m.say(draw.Dim, app.Clean(webex.Untrusted(msg.Text))+" does nothing here. "+strings.Join(hints, ", "))
}

// stillTyping says that a key was ignored.
func (m *Model) stillTyping() {
	m.strayAt = m.now
	m.say(draw.Warn, "Are you typing a name? The key was ignored. Press "+m.keys.Shown(action.User)+" to find a user.")
}
