package ui

import (
	"errors"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/webex"
)

// endOfLogin finds out beside the screen what the screen needs to know: either may ask
// the store.
func endOfLogin(a Account, gen int, in app.LoggedIn, err error) tea.Msg {
	msg := loggedInMsg{gen: gen, in: in, err: err}
	if err != nil {
		msg.needsKey = a.NeedsKey(err)
	} else {
		msg.service = a.Service()
	}
	return msg
}

func (m *Model) tookLoggedIn(msg loggedInMsg) tea.Cmd {
	v := &m.login
	if msg.gen != v.gen || m.screen != onLogin {
		if msg.err == nil { // it was stored before it could be given up
			m.say(draw.Warn, "The login had been stored already. "+m.keys.Shown(action.Forget)+" in Tokens forgets it.")
			cmd := m.useLogin(msg)
			if m.screen == onFirstRun && m.opts.Service != nil {
				cmd = tea.Batch(cmd, m.choosePerson())
			}
			return cmd
		}
		return nil
	}
	v.cancel()
	v.typed = inputNothing
	switch {
	case msg.needsKey:
		v.stage, v.err = loginKey, msg.err
		return nil
	case msg.err != nil:
		v.stage, v.err = loginFailed, msg.err
		return nil
	}
	v.stage, v.in, v.pending = loginDone, msg.in, webex.Secret{}
	return m.useLogin(msg)
}

// useLogin goes on with a login that was stored.
func (m *Model) useLogin(msg loggedInMsg) tea.Cmd {
	m.queued = nil
	cmds := []tea.Cmd{m.tokens.Reset()}
	if !m.opts.EnvToken {
		m.opts.Service = msg.service
		m.session, m.sessionErr = nil, nil
		// What another login listed, marked and found is not this one's.
		gen, prepareGen := m.list.gen+1, m.list.prepareGen+1
		m.list, m.picker = newAuthorizations(), newPicker()
		m.list.gen, m.list.prepareGen = gen, prepareGen
		m.report, m.bulkReport, m.watch = nil, nil, nil
		m.forgetInventory()
		cmds = append(cmds, m.loadSession(), m.settle())
	}
	return tea.Batch(cmds...)
}

// loginErrorWords says why a login failed, and what to do next.
func loginErrorWords(err error) (why, next string) {
	why = app.Sentence(err)
	switch {
	case errors.Is(err, webex.ErrLoginDenied):
		next = "Start again and press Accept; if your organization declines, a Full Admin must allow the integration: " + webex.PageIntegrations + "."
	case errors.Is(err, webex.ErrLoginTimeout):
		next = "Start again. If the page showed an error, it never reached us: the table below says what it means."
	case errors.Is(err, webex.ErrNoDeviceLogin):
		why = "Logins with a code are not set up on your integration."
		next = "Register these four redirect URIs on it at developer.webex.com, then start again; or b: in the browser."
	case errors.Is(err, webex.ErrWrongClient):
		next = "Check the client id and secret of your integration at developer.webex.com. Nothing was stored."
	case errors.Is(err, webex.ErrTokenLimit):
		next = "End some of this account's tokens first: https://idbroker.webex.com/idb/profile#/tokens"
	case errors.Is(err, webex.ErrNotLoggedIn):
		next = "Webex does not accept this token. Copy a fresh one from developer.webex.com."
	default:
		next = "Nothing was stored. Start again, or paste a personal access token."
	}
	return why, next
}
