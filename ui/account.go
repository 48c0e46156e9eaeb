package ui

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
)

// Account is what the dashboard needs of the profile's login.
type Account interface {
	Profile() string
	// Login returns what is stored, without the network.
	Login(context.Context) (app.Login, error)
	LogIn(context.Context, app.LoginOptions) (app.LoggedIn, error)
	// LogInWithCode logs in with a code that is entered on another device.
	LogInWithCode(context.Context, app.LoginOptions) (app.LoggedIn, error)
	AdoptAccessToken(context.Context, webex.Secret) (app.LoggedIn, error)
	Refresh(context.Context) (before, after app.Login, err error)
	Test(context.Context) (app.TestResult, error)
	Forget(context.Context) (app.Login, error)
	// Configured says what is missing for a login through an integration.
	Configured() error
	Scopes() []string
	// AskFor is what a login asks for of what was chosen.
	AskFor(chosen []string) []string
	RedirectURI() string
	// Service calls Webex with the login.
	Service() Service
	// Orgs are the organizations of the profile's Service App.
	Orgs() Orgs
	// NeedsKey reports whether an error means that a key source has to be chosen, and
	// UseKey chooses one: keyfile, passphrase or memory.
	NeedsKey(error) bool
	UseKey(source string, passphrase webex.Secret) error
}

// Results of commands about the login.
type (
	// heldMsg is what is stored.
	heldMsg struct {
		gen   int
		login app.Login
		err   error
	}
	loginStepMsg struct {
		gen  int
		step app.LoginProgress
		more <-chan app.LoginProgress
	}
	loggedInMsg struct {
		gen      int
		in       app.LoggedIn
		err      error
		service  Service // of the new login
		needsKey bool    // a key source has to be chosen
	}
	refreshedMsg struct {
		before, after app.Login
		err           error
	}
	testedMsg struct {
		result app.TestResult
		err    error
	}
	forgottenMsg struct {
		login app.Login
		err   error
	}
)

// readHeld reads what is stored.
func (m *Model) readHeld() tea.Cmd {
	if m.opts.Account == nil {
		return nil
	}
	m.tokens.gen++
	m.tokens.loading = true
	a, ctx, gen := m.opts.Account, m.ctx, m.tokens.gen
	return tea.Batch(m.readOrgs(), m.readProfiles(), func() tea.Msg {
		l, err := a.Login(ctx)
		return heldMsg{gen, l, err}
	})
}

// handleAccount takes the messages about the login; ok is false for all others.
func (m *Model) handleAccount(msg tea.Msg) (cmd tea.Cmd, ok bool) {
	switch msg := msg.(type) {
	case heldMsg:
		m.tookHeld(msg)
	case loginStepMsg:
		return m.tookLoginStep(msg), true
	case loggedInMsg:
		return m.tookLoggedIn(msg), true
	case refreshedMsg:
		return m.tookRefreshed(msg), true
	case testedMsg:
		return m.tookTested(msg), true
	case forgottenMsg:
		return m.tookForgotten(msg), true
	case profilesMsg:
		m.tookProfiles(msg)
	case orgsMsg:
		m.tookOrgs(msg)
	case orgMsg:
		return m.tookOrg(msg), true
	case orgNamedMsg:
		return m.tookOrgName(msg), true
	case orgTestedMsg:
		return m.tookOrgTest(msg), true
	default:
		return nil, false
	}
	return nil, true
}
