package ui

import (
	"context"
	"errors"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// loginChangedMsg says that another process has stored a different login in this profile.
type loginChangedMsg struct {
	service Service
	why     error
}

// followLogin switches to the stored login when a message shows that it belongs to another
// person. Nothing on the screen belongs to that person.
func (m *Model) followLogin(msg tea.Msg) tea.Cmd {
	if m.following || m.opts.Account == nil || m.opts.EnvToken {
		return nil
	}
	failed, ok := msg.(view.Failed)
	if !ok {
		return nil
	}
	for _, err := range failed.Errors() {
		if errors.Is(err, app.ErrLoginChanged) {
			m.following = true
			account := m.opts.Account
			return func() tea.Msg { return loginChangedMsg{account.Service(), err} }
		}
	}
	return nil
}

func (m *Model) handleLoginChanged(msg loginChangedMsg) tea.Cmd {
	// Until the new session is known, what fails belongs to the previous login.
	m.following = msg.service != nil
	m.dialogs.Clear()
	cmd := m.useLogin(msg.service)
	m.tell(dialog.NewNotice("The login has changed", app.Sentence(msg.why),
		"wxauth now uses the saved login. If that is wrong, press "+m.keys.Shown(action.Login)+" to log in again."))
	if m.open == m.list {
		return tea.Batch(cmd, m.choosePerson())
	}
	return cmd
}

// openLogin opens the login screen, or the input for pasting a token.
func (m *Model) openLogin(paste bool) tea.Cmd {
	switch {
	case m.opts.Account == nil:
		m.strayAt = m.now
		m.say(draw.Warn, "Logging in is not available here.")
	case m.revokes() > 0:
		m.say(draw.Warn, "A revoke is running. Log in when it has finished.")
	case m.open != m.login:
		m.loginFrom = m.open
		m.goTo(m.login)
		m.login.Open(m.now)
		if paste {
			return m.login.PasteToken()
		}
	}
	return nil
}

// leftLogin returns to the screen before the login, or to the picker after a successful first
// login.
func (m *Model) leftLogin(done bool) tea.Cmd {
	from, nobody := m.loginFrom, m.list.Who() == (webex.Person{})
	switch {
	case done && from != m.tokens && m.opts.Service != nil && nobody,
		from == m.firstRun && m.opts.Service != nil,
		from == m.list && nobody,
		from == m.people:
		return m.choosePerson()
	}
	m.goTo(from)
	return nil
}

// useLogin switches to another login and drops all data of the previous one.
func (m *Model) useLogin(service Service) tea.Cmd {
	m.queued = nil
	cmds := []tea.Cmd{m.tokens.Reset()}
	if !m.opts.EnvToken {
		m.reset(service)
		m.revoke = nil
		switch at := m.env().At; at {
		case action.Inventory:
			cmds = append(cmds, m.inventory.Show())
		case action.Activity, action.Audit: // Audit shows what Activity compared
			cmds = append(cmds, m.activity.Show())
		}
		cmds = append(cmds, loadSession(m.ctx, service), loadOpenIntents(m.ctx, service))
	}
	return tea.Batch(cmds...)
}

// reset switches to another service, or to none. It drops lists, marks and results, because they
// belong to the previous login.
func (m *Model) reset(service Service) {
	m.opts.Service = service
	m.session, m.sessionErr = nil, nil
	m.list.Reset(service)
	m.people.Reset(service)
	m.inventory.Reset(service)
	m.activity.Reset(service)
	_ = m.updateScreens(view.Recorded{}) // what the previous login compared
}

// sessionMsg says who is signed in.
type sessionMsg struct {
	service Service
	session app.Session
	err     error
}

// Errors returns the errors of the calls to Webex.
func (m sessionMsg) Errors() []error { return []error{m.err} }

func loadSession(ctx context.Context, svc Service) tea.Cmd {
	return func() tea.Msg {
		s, err := svc.Session(ctx)
		return sessionMsg{svc, s, err}
	}
}

func (m *Model) handleSession(msg sessionMsg) {
	if msg.service != m.opts.Service { // of the previous login
		return
	}
	m.following = false
	if msg.err != nil {
		m.sessionErr = msg.err
		return
	}
	m.session, m.sessionErr = &msg.session, nil
	m.people.Arrange(m.envOf(m.people))
}

// openIntentsMsg holds the revokes whose process exited before the outcome was known.
type openIntentsMsg struct{ open []app.Record }

// loadOpenIntents loads, once at startup, the revokes whose process exited before the outcome
// was known.
func loadOpenIntents(ctx context.Context, svc Service) tea.Cmd {
	return func() tea.Msg {
		open, err := svc.Settle(ctx)
		if err != nil {
			return nil // a revoke reports problems with the audit log
		}
		return openIntentsMsg{open}
	}
}

func (m *Model) handleOpenIntents(msg openIntentsMsg) {
	if len(msg.open) == 0 {
		return
	}
	what, _ := msg.open[len(msg.open)-1].CutOffWords()
	if n := len(msg.open) - 1; n > 0 {
		what += ", and " + english.Thousands(n) + " more"
	}
	m.tell(dialog.NewNotice("An earlier run was interrupted", english.Capital(what)+".",
		"wxauth quit before it could verify the result. Check the list. The audit log shows it as unknown ("+m.keys.Shown(action.Audit)+": Audit)."))
}
