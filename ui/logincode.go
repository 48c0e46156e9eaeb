package ui

import (
	"strconv"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
)

// switchLogin gives a login up that waits, and begins one of the other way.
func (m *Model) switchLogin(way loginWay) tea.Cmd {
	if m.login.cancel != nil {
		m.login.cancel()
	}
	return m.startLogin(way)
}

func (m *Model) pressedWithCode(msg tea.KeyPressMsg) tea.Cmd {
	v := &m.login
	switch {
	case m.fixed.Matches(msg, action.CopyTicket):
		m.say(draw.Good, "Sent to the terminal's clipboard: the address where the code is entered.")
		return tea.SetClipboard(v.url)
	case m.fixed.Matches(msg, action.Square):
		switch {
		case v.alone:
			v.alone = false
		case v.square.Width() == 0:
			m.say(draw.Warn, "Webex sent no address with the code in it: enter the code.")
		case v.square.Width() > m.Width || v.square.Height() > m.Height:
			m.say(draw.Warn, "The square needs a window of "+strconv.Itoa(v.square.Width())+"×"+strconv.Itoa(v.square.Height())+": make this one larger, or enter the code.")
		default:
			v.alone = true
		}
	case m.fixed.Matches(msg, action.Browser):
		return m.switchLogin(byBrowser)
	}
	return nil
}
