package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/internal/output"
	"github.com/wxauth/wxauth/store"
	"github.com/wxauth/wxauth/ui"
	"github.com/wxauth/wxauth/webex"
)

// screenAccount is the profile's login as the dashboard sees it. Unlike a subcommand it
// may change its store's key source: where there is no keyring, the user is asked.
type screenAccount struct {
	c *command
	s settings

	mu      sync.Mutex
	k       keeping
	account *app.Account
	orgs    *app.Orgs
}

func (a *screenAccount) current() *app.Account {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.account
}

// newScreenAccount returns the login and the organizations of the settings' profile.
func (c *command) newScreenAccount(ctx context.Context, s settings, account *app.Account) (*screenAccount, error) {
	k, err := c.store(ctx, s)
	if err != nil {
		return nil, err
	}
	return &screenAccount{c: c, s: s, k: k, account: account, orgs: c.orgsIn(k, s, s.profile, account)}, nil
}

// Orgs returns the organizations of the profile's Service App.
func (a *screenAccount) Orgs() ui.Orgs {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.orgs
}

func (a *screenAccount) Profile() string                 { return a.current().Profile() }
func (a *screenAccount) Configured() error               { return a.current().Configured() }
func (a *screenAccount) Scopes() []string                { return a.current().Scopes() }
func (a *screenAccount) AskFor(chosen []string) []string { return a.current().AskFor(chosen) }
func (a *screenAccount) RedirectURI() string             { return a.current().RedirectURI() }
func (a *screenAccount) Service() ui.Service             { return a.service() }
func (a *screenAccount) service() *app.Service {
	account := a.current()
	login, err := account.Login(context.Background())
	if err != nil { // as whoever calls Webex with it will be told
		return a.c.remember(a.c.service(a.s, account, app.Login{}))
	}
	return a.c.remember(a.c.service(a.s, account.For(login.Tokens.Owner), login))
}

func (a *screenAccount) Login(ctx context.Context) (app.Login, error) { return a.current().Login(ctx) }

func (a *screenAccount) LogIn(ctx context.Context, o app.LoginOptions) (app.LoggedIn, error) {
	return a.current().LogIn(ctx, o)
}

func (a *screenAccount) LogInWithCode(ctx context.Context, o app.LoginOptions) (app.LoggedIn, error) {
	return a.current().LogInWithCode(ctx, o)
}

// wait waits until no refresh is under way: what Webex has issued is kept.
func (a *screenAccount) wait(d time.Duration) {
	a.mu.Lock()
	account, orgs := a.account, a.orgs
	a.mu.Unlock()
	until := time.Now().Add(d)
	account.Wait(d)
	orgs.Wait(time.Until(until))
}

func (a *screenAccount) AdoptAccessToken(ctx context.Context, t webex.Secret) (app.LoggedIn, error) {
	return a.current().AdoptAccessToken(ctx, t)
}

func (a *screenAccount) Refresh(ctx context.Context, was app.Login) (before, after app.Login, err error) {
	return a.current().Refresh(ctx, was)
}

func (a *screenAccount) Test(ctx context.Context, was app.Login) (app.TestResult, error) {
	return a.current().Test(ctx, was)
}

func (a *screenAccount) Forget(ctx context.Context, was app.Login) (app.Login, error) {
	return a.current().Forget(ctx, was)
}

// NeedsKey reports whether a key source has to be chosen: there is no keyring, and no
// store yet whose key would be somewhere.
func (a *screenAccount) NeedsKey(err error) bool {
	if !errors.Is(err, store.ErrNoKey) {
		return false
	}
	sealed, serr := store.SealedWith(context.Background(), config.StorePath(a.c.env.Getenv))
	return serr == nil && sealed == ""
}

// UseKey chooses the key source of a store that does not exist yet.
func (a *screenAccount) UseKey(source string, passphrase webex.Secret) error {
	k, err := a.c.storeWith(config.StorePath(a.c.env.Getenv), source, func(_ context.Context, try int) (webex.Secret, error) {
		if try > 1 {
			return webex.Secret{}, store.ErrWrongKey
		}
		return passphrase, nil
	})
	if err != nil {
		return err
	}
	a.c.keptMu.Lock()
	a.c.kept = &k
	a.c.keptMu.Unlock()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.k = k
	a.account = a.c.accountIn(k, a.s, a.s.profile)
	a.orgs = a.c.orgsIn(k, a.s, a.s.profile, a.account)
	return nil
}

// profiles returns what the dashboard shows of the profiles that are not in use.
func (a *screenAccount) profiles(ctx context.Context) ([]app.Login, error) {
	a.mu.Lock()
	k := a.k
	a.mu.Unlock()
	all, err := a.c.profileLogins(ctx, a.s, k)
	var out []app.Login
	for _, p := range all {
		switch {
		case p.Name == a.s.profile.Name || p.gone:
		case p.held:
			out = append(out, p.login)
		case p.ClientID != "": // without one there is nothing to use it for
			out = append(out, app.Login{Profile: p.Name, Client: p.ClientID, ClientFrom: p.ClientFrom})
		}
	}
	return out, err
}

// shell is whose quoting a copied command line needs.
func shell() app.Shell {
	if runtime.GOOS == "windows" {
		return app.PowerShell
	}
	return app.POSIX
}

// export writes rows to a new file in the current folder, readable by its owner alone.
func export(what, format string, rows any) (string, error) {
	name := fmt.Sprintf("wxauth-%s-%s", what, time.Now().UTC().Format("20060102T150405Z"))
	for n := 1; ; n++ {
		path := name + "." + format
		if n > 1 {
			path = fmt.Sprintf("%s-%d.%s", name, n, format)
		}
		if abs, aerr := filepath.Abs(path); aerr == nil {
			path = abs
		}
		err := writeNew(path, func(f *os.File) error { return writeRows(f, format, rows) })
		if errors.Is(err, os.ErrExist) && n < 100 {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("write export %s: %w", path, err)
		}
		return path, nil
	}
}

func writeRows(f *os.File, format string, rows any) error {
	if format == "csv" {
		return output.WriteCSV(f, rows)
	}
	text, err := app.MarshalJSON(rows)
	if err == nil {
		_, err = f.Write(append(text, '\n'))
	}
	return err
}
