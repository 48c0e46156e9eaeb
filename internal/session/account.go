package session

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/ui"
	"github.com/wxauth/wxauth/webex"
)

// ScreenAccount is the profile's login for the dashboard. Unlike subcommands, the dashboard lets
// the user choose a key source if there is no keyring.
type ScreenAccount struct {
	c *Session
	s Settings

	mu      sync.Mutex
	k       OpenStore
	account *app.Account
	orgs    *app.Orgs
}

func (a *ScreenAccount) current() *app.Account {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.account
}

// NewScreenAccount returns the login and the organizations of the settings' profile.
func (c *Session) NewScreenAccount(ctx context.Context, s Settings, account *app.Account) (*ScreenAccount, error) {
	k, err := c.Store(ctx, s)
	if err != nil {
		return nil, err
	}
	return &ScreenAccount{c: c, s: s, k: k, account: account, orgs: c.OrgsIn(k, s, s.Profile, account)}, nil
}

// Orgs returns the organizations of the profile's Service App.
func (a *ScreenAccount) Orgs() ui.Orgs {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.orgs
}

func (a *ScreenAccount) Profile() string                 { return a.current().Profile() }
func (a *ScreenAccount) Configured() error               { return a.current().Configured() }
func (a *ScreenAccount) Scopes() []string                { return a.current().Scopes() }
func (a *ScreenAccount) AskFor(chosen []string) []string { return a.current().AskFor(chosen) }
func (a *ScreenAccount) RedirectURI() string             { return a.current().RedirectURI() }
func (a *ScreenAccount) Service() ui.Service             { return a.service() }
func (a *ScreenAccount) service() *app.Service {
	account := a.current()
	login, err := account.Login(context.Background())
	if err != nil { // the call that needs it reports the error
		return a.c.Remember(a.c.Service(a.s, account, app.Login{}))
	}
	return a.c.Remember(a.c.Service(a.s, account.For(login.Tokens.Owner), login))
}

func (a *ScreenAccount) Login(ctx context.Context) (app.Login, error) { return a.current().Login(ctx) }

func (a *ScreenAccount) LogIn(ctx context.Context, o app.LoginOptions) (app.LoggedIn, error) {
	return a.current().LogIn(ctx, o)
}

func (a *ScreenAccount) LogInWithCode(ctx context.Context, o app.LoginOptions) (app.LoggedIn, error) {
	return a.current().LogInWithCode(ctx, o)
}

// Wait waits at most d until refreshes in progress are finished, so that new tokens are saved.
func (a *ScreenAccount) Wait(d time.Duration) {
	a.mu.Lock()
	account, orgs := a.account, a.orgs
	a.mu.Unlock()
	until := time.Now().Add(d)
	account.Wait(d)
	orgs.Wait(time.Until(until))
}

func (a *ScreenAccount) AdoptAccessToken(ctx context.Context, t webex.Secret) (app.LoggedIn, error) {
	return a.current().AdoptAccessToken(ctx, t)
}

func (a *ScreenAccount) Refresh(ctx context.Context, was app.Login) (before, after app.Login, err error) {
	return a.current().Refresh(ctx, was)
}

func (a *ScreenAccount) Test(ctx context.Context, was app.Login) (app.TestResult, error) {
	return a.current().Test(ctx, was)
}

func (a *ScreenAccount) Forget(ctx context.Context, was app.Login) (app.Login, error) {
	return a.current().Forget(ctx, was)
}

// NeedsKey reports whether an error means that the user must choose a key source: there is no
// keyring, and no existing store that has a key elsewhere.
func (c *Session) NeedsKey(err error) bool {
	if !errors.Is(err, store.ErrNoKey) {
		return false
	}
	if config.IsDatabase(c.Address) {
		return false
	}
	sealed, serr := store.SealedWith(context.Background(), config.FilesOf(c.Getenv, c.Address).Store)
	return serr == nil && sealed == ""
}

// NeedsKey is [Session.NeedsKey].
func (a *ScreenAccount) NeedsKey(err error) bool { return a.c.NeedsKey(err) }

// UseKey sets the key source of a store that doesn't exist yet.
func (a *ScreenAccount) UseKey(source string, passphrase webex.Secret) error {
	k, err := a.c.storeWith(config.FilesOf(a.c.Getenv, a.s.Store), source, func(_ context.Context, try int) (webex.Secret, error) {
		if try > 1 {
			return webex.Secret{}, store.ErrWrongKey
		}
		return passphrase, nil
	})
	if err != nil {
		return err
	}
	a.c.keptMu.Lock()
	a.c.Kept = &k
	a.c.keptMu.Unlock()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.k = k
	a.account = a.c.AccountIn(k, a.s, a.s.Profile)
	a.orgs = a.c.OrgsIn(k, a.s, a.s.Profile, a.account)
	return nil
}

// Profiles returns the logins of the profiles that are not in use.
func (a *ScreenAccount) Profiles(ctx context.Context) ([]app.Login, error) {
	a.mu.Lock()
	k := a.k
	a.mu.Unlock()
	all, err := a.c.ProfileLogins(ctx, a.s, k)
	var out []app.Login
	for _, p := range all {
		switch {
		case p.Name == a.s.Profile.Name || p.gone:
		case p.Held:
			out = append(out, p.Login)
		case p.ClientID != "": // without a client id it can't be used
			out = append(out, app.Login{Profile: p.Name, Client: p.ClientID, ClientFrom: p.ClientFrom})
		}
	}
	return out, err
}
