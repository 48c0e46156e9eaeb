package ui

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/tokens"
	"github.com/wxauth/wxauth/webex"
)

// Account is what the dashboard needs of the profile's login.
type Account interface {
	tokens.Account
	LogIn(context.Context, app.LoginOptions) (app.LoggedIn, error)
	// LogInWithCode logs in with a code that is entered on another device.
	LogInWithCode(context.Context, app.LoginOptions) (app.LoggedIn, error)
	AdoptAccessToken(context.Context, webex.Secret) (app.LoggedIn, error)
	// Configured says what is missing for a login through an integration.
	Configured() error
	Scopes() []string
	// AskFor is what a login asks for of what was chosen.
	AskFor(chosen []string) []string
	RedirectURI() string
	// Service calls Webex with the login.
	Service() Service
	// NeedsKey reports whether an error means that a key source has to be chosen, and
	// UseKey chooses one: keyfile, passphrase or memory.
	NeedsKey(error) bool
	UseKey(source string, passphrase webex.Secret) error
}

// Orgs is what the dashboard needs of the organizations of a Service App.
type Orgs = tokens.Orgs

// Results of commands about the login.
type (
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
)

// handleLogin takes the messages about a login; ok is false for all others.
func (m *Model) handleLogin(msg tea.Msg) (cmd tea.Cmd, ok bool) {
	switch msg := msg.(type) {
	case loginStepMsg:
		return m.tookLoginStep(msg), true
	case loggedInMsg:
		return m.tookLoggedIn(msg), true
	}
	return nil, false
}
