package login

import (
	"errors"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// ended returns the result of a login. It runs in the command's goroutine, because NeedsKey and
// Service may read the store.
func (v *View) ended(gen int, in app.LoggedIn, err error) tea.Msg {
	msg := loggedInMsg{gen: gen, in: in, err: err}
	if err != nil {
		msg.needsKey = v.Account.NeedsKey(err)
	} else {
		msg.service = v.Service()
	}
	return msg
}

func (v *View) handleLoggedIn(env view.Env, msg loggedInMsg) tea.Cmd {
	if msg.gen != v.gen || !v.open {
		if msg.err == nil { // it was stored before it could be canceled
			v.Say(draw.Warn, "The login was already saved. Press "+env.Keys.Shown(action.Forget)+" in Tokens to forget it.")
			v.Send(LoggedIn{msg.service})
		}
		return nil
	}
	v.cancel()
	v.typed = inputNothing
	switch {
	case msg.needsKey:
		v.stage, v.err = choosingKey, msg.err
	case msg.err != nil:
		v.stage, v.err = failed, msg.err
	default:
		v.stage, v.in, v.pending = done, msg.in, webex.Secret{}
		v.Send(LoggedIn{msg.service})
	}
	return nil
}

// errorWords returns why a login failed and what to do next.
func errorWords(err error) (why, next string) {
	why = app.Sentence(err)
	switch {
	case errors.Is(err, webex.ErrLoginDenied):
		next = "Start again and press Accept; if your organization blocks it, a Full Admin must allow the integration: " + webex.PageIntegrations + "."
	case errors.Is(err, webex.ErrLoginTimeout):
		next = "Start again. If the page showed an error, see the table below."
	case errors.Is(err, webex.ErrNoDeviceLogin):
		why = "Your integration is not set up for login with a code."
		next = "Add these four redirect URIs to it at developer.webex.com, then start again. Or use the browser instead."
	case errors.Is(err, webex.ErrWrongClient):
		next = "Check the client id and secret of your integration at developer.webex.com. Nothing was saved."
	case errors.Is(err, webex.ErrTokenLimit):
		next = "Revoke some of this account's tokens first: https://idbroker.webex.com/idb/profile#/tokens"
	case errors.Is(err, webex.ErrNotLoggedIn):
		next = "Webex rejected this token. Copy a new one from developer.webex.com."
	default:
		next = "Nothing was saved. Start again, or paste a personal access token."
	}
	return why, next
}
