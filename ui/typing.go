package ui

import (
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
	m.say(draw.Dim, app.Clean(webex.Untrusted(msg.Text))+" does nothing here. "+m.keys.Shown(action.User)+": find a user, "+m.keys.Shown(action.Filter)+": filter this list, "+m.keys.Shown(action.Help)+": show the keys.")
}

// stillTyping says that a key was ignored.
func (m *Model) stillTyping() {
	m.strayAt = m.now
	m.say(draw.Warn, "Are you typing a name? The key was ignored. Press "+m.keys.Shown(action.User)+" to find a user.")
}
