package login

import (
	"strconv"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
)

// switchTo cancels the waiting login and starts one the other way.
func (v *View) switchTo(way way) tea.Cmd {
	if v.cancel != nil {
		v.cancel()
	}
	return v.start(way)
}

func (v *View) pressWithCode(env view.Env, msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case env.Fixed.Matches(msg, action.CopyTicket):
		v.Say(draw.Good, "Sent to the terminal's clipboard: the address where the code is entered.")
		return tea.SetClipboard(v.url)
	case env.Fixed.Matches(msg, action.Square):
		switch {
		case v.alone:
			v.alone = false
		case v.square.Width() == 0:
			v.Say(draw.Warn, "Webex sent no address for a QR code. Enter the code instead.")
		case v.square.Width() > env.Width || v.square.Height() > env.Height:
			v.Say(draw.Warn, "The QR code needs a window of "+strconv.Itoa(v.square.Width())+"×"+strconv.Itoa(v.square.Height())+". Enlarge the window, or enter the code.")
		default:
			v.alone = true
		}
	case env.Fixed.Matches(msg, action.Browser):
		return v.switchTo(byBrowser)
	}
	return nil
}
