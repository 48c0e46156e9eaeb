package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wxauth/wxauth/webex"
)

// LoginOptions configure a login.
type LoginOptions struct {
	Scopes      []string // default: the account's scopes
	Timeout     time.Duration
	OpenBrowser func(url string) error // nil opens no browser
	// Pasted delivers what the user pastes: the redirect address or an access token.
	Pasted <-chan string
	// ListenIfFree continues without listening if the port is taken; the user can
	// then paste the redirect address.
	ListenIfFree bool
	// Progress is called for each step, from one goroutine at a time.
	Progress func(LoginProgress)
}

// LoginStage is a step of a login.
type LoginStage int

// The steps of a login. LoginNotice may occur at any time.
const (
	LoginWaiting LoginStage = iota // the address or code is known; waiting for Webex's response
	LoginSaving                    // the response arrived; fetching and saving tokens
	LoginNotice                    // a problem that does not end the login: a stray request, no browser, a wrong paste
)

// LoginProgress is one step of a login.
type LoginProgress struct {
	Stage    LoginStage
	URL      string // LoginWaiting: contains secrets, show it to the user only
	Deadline time.Time
	Pasted   bool   // LoginSaving: an access token was pasted; Webex has not confirmed it yet
	Listens  error  // LoginWaiting: why the response must be pasted; nil when listening
	Notice   string // LoginNotice
	Stray    bool   // LoginNotice: an unrelated request
	// Code is the code to enter on another device; nil unless the login uses one.
	Code *webex.DeviceAuth
}

// LoggedIn is the result of a successful login.
type LoggedIn struct {
	Login
	// Missing are the requested scopes that were not granted; empty if Webex did not
	// report the granted scopes.
	Missing []string
	// Replaced is the login that the profile held before, if any.
	Replaced *Login
}

// errPastedToken ends the wait for a redirect: the user pasted an access token
// instead.
type errPastedToken struct{ token webex.Secret }

func (errPastedToken) Error() string { return "an access token was pasted" }

// LogIn logs in through the browser or with what the user pastes. It prepares the
// vault first, so that a login does not fail at the last step.
func (a *Account) LogIn(ctx context.Context, opts LoginOptions) (LoggedIn, error) {
	if err := a.vault.Prepare(ctx); err != nil {
		return LoggedIn{}, err
	}
	if err := a.Configured(); err != nil {
		return LoggedIn{}, err
	}
	scopes := a.AskFor(opts.Scopes)
	var (
		mu    sync.Mutex
		ended bool // stop calling a caller that has returned
	)
	tell := func(p LoginProgress) {
		mu.Lock()
		defer mu.Unlock()
		if opts.Progress != nil && !ended {
			opts.Progress(p)
		}
	}
	defer func() { mu.Lock(); ended = true; mu.Unlock() }()
	// A pasted access token ends the wait for a redirect, so inspect pastes before
	// passing them on.
	wait, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var redirects chan string
	if opts.Pasted != nil {
		redirects = make(chan string)
		go sortPastes(wait, opts.Pasted, redirects, stop, tell)
	}
	before := a.held(ctx)
	tokens, err := a.integration.Authorize(wait, webex.AuthorizeOptions{
		ListenIfFree: opts.ListenIfFree, Scopes: scopes, Timeout: opts.Timeout, LoginHint: a.opts.LoginHint, Issuer: a.opts.Issuer, OpenBrowser: opts.OpenBrowser, Pasted: redirects,
		Progress: func(p webex.AuthorizeProgress) { tell(loginProgress(p)) },
	})
	var pasted errPastedToken
	if errors.As(context.Cause(wait), &pasted) && ctx.Err() == nil {
		tell(LoginProgress{Stage: LoginSaving, Pasted: true})
		return a.AdoptAccessToken(ctx, pasted.token)
	}
	if err != nil {
		return LoggedIn{}, err
	}
	return a.loggedIn(ctx, before, a.opts.Credentials.ClientID, tokens, scopes)
}

// sortPastes routes pasted redirect addresses and access tokens, and reports
// everything else.
func sortPastes(ctx context.Context, pasted <-chan string, redirects chan<- string, stop context.CancelCauseFunc, tell func(LoginProgress)) {
	for {
		select {
		case text, ok := <-pasted:
			if !ok {
				return
			}
			token, err := webex.ParseToken(text)
			if err == nil {
				stop(errPastedToken{token})
				return
			}
			if !strings.ContainsAny(text, "=?/&") {
				tell(LoginProgress{Stage: LoginNotice, Notice: "this is neither the final address from the browser (it contains code=) nor an access token: " +
					strings.TrimPrefix(err.Error(), webex.ErrInvalidInput.Error()+": ")})
				continue
			}
			select {
			case redirects <- text:
			case <-ctx.Done():
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

func loginProgress(p webex.AuthorizeProgress) LoginProgress {
	switch p.Stage {
	case webex.StageWaiting:
		return LoginProgress{Stage: LoginWaiting, URL: p.URL, Deadline: p.Deadline, Listens: p.Listens}
	case webex.StageExchanging:
		return LoginProgress{Stage: LoginSaving}
	case webex.StageIgnored:
		return LoginProgress{Stage: LoginNotice, Notice: "ignored " + p.Ignored, Stray: true}
	case webex.StageNoBrowser:
		return LoginProgress{Stage: LoginNotice, Notice: "could not open a browser: open the address yourself"}
	}
	return LoginProgress{Stage: LoginNotice, Notice: strings.TrimPrefix(p.Problem.Error(), webex.ErrInvalidInput.Error()+": ")}
}

func (a *Account) held(ctx context.Context) *Login {
	if l, err := a.Login(ctx); err == nil {
		return &l
	}
	return nil
}

// loggedIn completes a login. It removes the profile's tokens of other clients.
func (a *Account) loggedIn(ctx context.Context, before *Login, client webex.ClientID, t webex.Tokens, asked []string) (LoggedIn, error) {
	ctx = context.WithoutCancel(ctx)
	clients, err := a.vault.Clients(ctx)
	if err != nil {
		return LoggedIn{}, err
	}
	for _, c := range clients {
		if c != client {
			if err := a.forget(ctx, c); err != nil {
				return LoggedIn{}, err
			}
		}
	}
	out := LoggedIn{Replaced: before, Login: Login{
		Profile: a.opts.Profile, Client: client, ClientFrom: a.opts.ClientFrom, Tokens: t, KeySource: a.vault.KeySource(), Asked: asked,
		Renews: client != "" && client == a.opts.Credentials.ClientID,
	}}
	if len(t.Scopes) > 0 {
		for _, s := range asked {
			if !slices.Contains(t.Scopes, s) {
				out.Missing = append(out.Missing, s)
			}
		}
	}
	return out, nil
}

// AdoptRefreshToken logs in with a refresh token of the integration that was issued
// elsewhere.
func (a *Account) AdoptRefreshToken(ctx context.Context, refresh webex.Secret) (LoggedIn, error) {
	if err := a.vault.Prepare(ctx); err != nil {
		return LoggedIn{}, err
	}
	before := a.held(ctx)
	t, err := a.integration.AdoptRefreshToken(ctx, refresh)
	if err != nil {
		return LoggedIn{}, err
	}
	return a.loggedIn(ctx, before, a.opts.Credentials.ClientID, t, nil)
}

// AdoptAccessToken logs in with an access token that was issued elsewhere, such as a
// personal access token. It asks Webex for the token's owner and expiry, and saves
// it. Such a login cannot be refreshed.
func (a *Account) AdoptAccessToken(ctx context.Context, token webex.Secret) (LoggedIn, error) {
	if err := a.vault.Prepare(ctx); err != nil {
		return LoggedIn{}, err
	}
	before := a.held(ctx)
	c := webex.New(webex.StaticToken(token), a.opts.Client...)
	owner, err := c.OwnerOf(ctx, token)
	if err != nil {
		return LoggedIn{}, fmt.Errorf("check access token: %w", err)
	}
	now := a.opts.Now()
	t := webex.Tokens{Access: token, Issued: now, Owner: owner, Server: c.Server()}
	if until, err := c.TokenExpiry(ctx); err == nil && until.After(now) {
		t.AccessLife = until.Sub(now)
	} else if f := webex.InspectToken(token); f.Expires.After(now) {
		t.AccessLife = f.Expires.Sub(now)
	}
	if err := a.vault.SetIntegrationTokens(context.WithoutCancel(ctx), "", t); err != nil {
		return LoggedIn{}, err
	}
	return a.loggedIn(ctx, before, "", t, nil)
}
