package ui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// browsedMsg is the result of opening a page.
type browsedMsg struct {
	page view.Browse
	err  error
}

// browse opens a page in the browser. Without a browser it shows the address.
func (m *Model) browse(page view.Browse) tea.Cmd {
	if m.env().Typing {
		m.stillTyping()
		return nil
	}
	m.strayAt = m.now // o may be a letter of a name: no revoke question opens right after it
	switch {
	case page.URL == "":
		m.say(draw.Warn, "The address of this page in Control Hub is not known. Set it in [control_hub] of the configuration.")
		return nil
	case m.opts.OpenBrowser == nil:
		m.say(draw.Warn, "No browser can be opened here ("+m.opts.NoBrowser+"): "+app.Clean(webex.Untrusted(page.URL)))
		return nil
	}
	open := m.opts.OpenBrowser
	return func() tea.Msg { return browsedMsg{page, open(page.URL)} }
}

func (m *Model) browsed(msg browsedMsg) {
	if msg.err != nil {
		m.say(draw.Warn, "The browser could not be opened ("+app.Clean(webex.Untrusted(msg.err.Error()))+"): "+app.Clean(webex.Untrusted(msg.page.URL)))
		return
	}
	m.say(draw.Good, "Opened "+msg.page.What+" in Control Hub.")
}
