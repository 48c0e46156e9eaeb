package ui

import (
	"errors"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/view"
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
	case foundMsg:
		return []error{msg.err}
	case everywherePreparedMsg:
		return []error{msg.err}
	case sweptMsg:
		return []error{msg.err, msg.result.Stopped}
	case revokedMsg:
		return []error{msg.err, msg.result.Stopped}
	case bulkDoneMsg:
		errs := []error{msg.err}
		for _, r := range msg.result.Results {
			errs = append(errs, r.Stopped)
		}
		return errs
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
	m.stopPreparing()
	m.list.preparing = false
	cmd := m.useLogin(loggedInMsg{service: msg.service})
	m.tell(dialog.NewNotice("The login has changed", app.Sentence(msg.why),
		"wxauth now uses the login that is stored. If that is wrong, log in again: "+m.keys.Shown(action.Login)+"."))
	if m.screen == onList {
		return tea.Batch(cmd, m.choosePerson())
	}
	return cmd
}
