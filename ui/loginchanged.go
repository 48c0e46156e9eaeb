package ui

import (
	"errors"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// loginChangedMsg is the login that another program stored in this profile meanwhile.
type loginChangedMsg struct {
	service Service
	why     error
}

// errorsOf returns what a message says went wrong at Webex.
func errorsOf(msg tea.Msg) []error {
	switch msg := msg.(type) {
	case sessionMsg:
		return []error{msg.err}
	case listMsg:
		return []error{msg.err}
	case preparedMsg:
		return []error{msg.err}
	case revokedMsg:
		return []error{msg.err, msg.result.Stopped}
	case view.Failed:
		return msg.Errors()
	}
	return nil
}

// followLogin goes over to the login that is stored now, once a message says that it is
// another person's: nothing on the screen is theirs.
func (m *Model) followLogin(msg tea.Msg) tea.Cmd {
	if m.following || m.opts.Account == nil || m.opts.EnvToken {
		return nil
	}
	for _, err := range errorsOf(msg) {
		if errors.Is(err, app.ErrLoginChanged) {
			m.following = true
			account := m.opts.Account
			return func() tea.Msg { return loginChangedMsg{account.Service(), err} }
		}
	}
	return nil
}

func (m *Model) tookChangedLogin(msg loginChangedMsg) tea.Cmd {
	m.following = false
	m.dialogs.Clear()
	m.list.held = nil // what they ask is about the login before
	m.list.preparing = false
	cmd := m.useLogin(msg.service)
	m.tell(dialog.NewNotice("The login has changed", app.Sentence(msg.why),
		"wxauth now uses the login that is stored. If that is wrong, log in again: "+m.keys.Shown(action.Login)+"."))
	if m.screen == onList {
		return tea.Batch(cmd, m.choosePerson())
	}
	return cmd
}

// openLogin shows the ways to log in.
func (m *Model) openLogin() {
	switch {
	case m.opts.Account == nil:
		m.strayAt = m.now
		m.say(draw.Warn, "There is no login here.")
	case m.revokes() > 0:
		m.say(draw.Warn, "A revoke is running: log in when it has ended.")
	case m.screen != onLogin:
		m.leaveScreen()
		m.loginFrom, m.screen = m.screen, onLogin
		m.login.Open(m.now)
	}
}

// leftLogin goes back to where the login was opened, or to the choice of a person where a
// login has made that possible.
func (m *Model) leftLogin(done bool) tea.Cmd {
	from := m.loginFrom
	nobody := m.list.who == (webex.Person{})
	m.screen = from
	switch {
	case done && from != onTokens && m.opts.Service != nil && nobody,
		from == onFirstRun && m.opts.Service != nil,
		from == onList && nobody:
		return m.choosePerson()
	case from == onPicker:
		return m.people.Show(m.env())
	}
	return nil
}

// loggedIn goes on with a login that was stored.
func (m *Model) loggedIn(service Service) tea.Cmd {
	cmd := m.useLogin(service)
	if m.screen == onFirstRun && m.opts.Service != nil {
		return tea.Batch(cmd, m.choosePerson())
	}
	return cmd
}

// useLogin calls Webex with another login, and forgets what the one before has found.
func (m *Model) useLogin(service Service) tea.Cmd {
	m.queued = nil
	cmds := []tea.Cmd{m.tokens.Reset()}
	if !m.opts.EnvToken {
		m.opts.Service = service
		m.session, m.sessionErr = nil, nil
		// What another login listed, marked and found is not this one's.
		gen, prepareGen := m.list.gen+1, m.list.prepareGen+1
		m.list = newAuthorizations()
		m.people.Reset(service)
		m.list.gen, m.list.prepareGen = gen, prepareGen
		m.report, m.bulkReport, m.watch = nil, nil, nil
		m.inventory.Reset(service)
		if m.screen == onInventory {
			cmds = append(cmds, m.inventory.Show())
		}
		cmds = append(cmds, m.loadSession(), m.settle())
	}
	return tea.Batch(cmds...)
}
