package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/wxauth/wxauth/webex"
)

// Vault is the part of a store that the login of a profile needs.
type Vault interface {
	webex.TokenStore
	DeleteIntegrationTokens(ctx context.Context, client webex.ClientID) error
	// Clients lists the clients whose tokens the profile holds. It does not need the
	// key.
	Clients(ctx context.Context) ([]webex.ClientID, error)
	// ServiceAppClients lists the Service Apps that the profile holds organization
	// tokens for. It does not need the key.
	ServiceAppClients(ctx context.Context) ([]webex.ClientID, error)
	// Prepare verifies that the tokens of a new login can be saved.
	Prepare(ctx context.Context) error
	// Setting returns a setting of the profile, or "" if it is not set. SetSetting
	// saves it; an empty value deletes it.
	Setting(ctx context.Context, name string) (string, error)
	SetSetting(ctx context.Context, name, value string) error
	// KeySource describes where the encryption key comes from.
	KeySource() string
}

// AccountOptions configure an [Account].
type AccountOptions struct {
	Profile     string
	Credentials webex.Credentials
	ClientFrom  string // where the client id comes from, for messages
	Scopes      []string
	LoginHint   string
	Issuer      string
	ReadOnly    bool // do not request the scope for revoking tokens
	Client      []webex.Option
	Now         func() time.Time // time.Now if nil
}

// Account is the login of one profile: it obtains tokens, saves them in a vault, and
// returns a valid one. It implements [webex.TokenSource].
//
// A profile has one login: either the tokens of its integration or a pasted personal
// access token. Account never uses tokens of a client other than the configured one.
type Account struct {
	opts        AccountOptions
	vault       Vault
	integration *webex.Integration
}

// NewAccount returns the account of a profile.
func NewAccount(vault Vault, opts AccountOptions) *Account {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	return &Account{opts: opts, vault: vault, integration: webex.NewIntegration(opts.Credentials, vault, append(slices.Clone(opts.Client), webex.WithClock(opts.Now))...)}
}

// Profile returns the profile's name.
func (a *Account) Profile() string { return a.opts.Profile }

// KeySource describes where the encryption key comes from.
func (a *Account) KeySource() string { return a.vault.KeySource() }

// Scopes returns the scopes that a login requests by default.
func (a *Account) Scopes() []string {
	if a.opts.ReadOnly {
		return webex.ReadOnlyScopes(a.opts.Scopes)
	}
	return slices.Clone(a.opts.Scopes)
}

// AskFor returns the scopes to request: chosen, or the default if chosen is empty. A
// read-only profile never requests the scope for revoking.
func (a *Account) AskFor(chosen []string) []string {
	switch {
	case len(chosen) == 0:
		return a.Scopes()
	case a.opts.ReadOnly:
		return webex.ReadOnlyScopes(chosen)
	}
	return slices.Clone(chosen)
}

// RedirectURI returns the redirect URI of the integration.
func (a *Account) RedirectURI() string { return a.integration.RedirectURI() }

// Prepare verifies that a login can be saved. Call it before requesting a token.
func (a *Account) Prepare(ctx context.Context) error { return a.vault.Prepare(ctx) }

// HasClient reports whether a client id is configured.
func (a *Account) HasClient() bool { return a.opts.Credentials.ClientID != "" }

// Configured returns an error that lists everything that a login through an
// integration lacks. The error matches webex.ErrInvalidInput.
func (a *Account) Configured() error { return a.opts.Credentials.Check() }

// Login is the stored login of a profile.
type Login struct {
	Profile    string
	Client     webex.ClientID // empty for a personal access token
	ClientFrom string
	Tokens     webex.Tokens
	KeySource  string
	Asked      []string // the requested scopes, or if unknown, the ones that a login would request
	// Renews reports whether the login's integration is the configured one, so that
	// it can be refreshed.
	Renews bool
}

// Personal reports whether the login is a personal access token, which cannot be
// refreshed.
func (l Login) Personal() bool { return l.Client == "" }

// AccessLeft returns the remaining lifetime of the access token. It may be unknown
// for a personal access token.
func (l Login) AccessLeft() webex.Remaining {
	if l.Personal() && l.Tokens.AccessLife == 0 {
		return webex.Remaining{Basis: webex.BasisUnknown}
	}
	return l.Tokens.AccessLeft()
}

// EndsAt returns when the login expires without a refresh: the expiry of the refresh
// token if Webex accepts it, otherwise that of the access token.
func (l Login) EndsAt() webex.Remaining {
	if l.Renewable() {
		return l.Tokens.RefreshLeft()
	}
	return l.AccessLeft()
}

// Renewable reports whether a refresh can be tried: the login has a refresh token
// that Webex has not rejected, and its client is the configured one.
func (l Login) Renewable() bool { return l.Renews && l.Tokens.Renewable() }

// In returns the remaining time of r at now, based on the token's age as measured by
// this computer.
func (l Login) In(r webex.Remaining, now time.Time) time.Duration {
	return r.In(now.Add(l.Tokens.Skew))
}

// Works reports whether a call would succeed at now, as far as that can be told
// offline.
func (l Login) Works(now time.Time) bool {
	if left := l.Tokens.RefreshLeft(); l.Renewable() && (!left.Known() || l.In(left, now) > 0) {
		return true
	}
	return l.Tokens.Usable(now) || l.Personal() && l.Tokens.AccessLife == 0 && !l.Tokens.Access.IsZero()
}

// Login returns the stored login without calling Webex. If there is no usable login,
// the error matches webex.ErrNotLoggedIn.
func (a *Account) Login(ctx context.Context) (Login, error) {
	own := a.opts.Credentials.ClientID
	l := Login{Profile: a.opts.Profile, Client: own, ClientFrom: a.opts.ClientFrom, KeySource: a.vault.KeySource(), Asked: a.Scopes()}
	clients, err := a.vault.Clients(ctx)
	if err != nil {
		return l, err
	}
	if own != "" && !slices.Contains(clients, own) {
		// Tokens that could not be saved are still held in memory.
		if t, err := a.integration.Stored(ctx); err == nil && len(clients) == 0 {
			l.Tokens, l.Renews = t, true
			return l, nil
		}
	}
	switch {
	case len(clients) == 0:
		// Client names are unencrypted. Reading the encrypted part verifies that
		// there are no tokens.
		if _, err := a.vault.IntegrationTokens(ctx, own); err != nil {
			return l, err
		}
		return l, fmt.Errorf("%w: profile %q has no saved login", webex.ErrNotLoggedIn, a.opts.Profile)
	case own != "" && slices.Contains(clients, own):
	case slices.Contains(clients, ""):
		l.Client, l.ClientFrom = "", ""
	case own == "" && len(clients) == 1:
		// No client is configured and only one is stored: use it until its access
		// token expires.
		l.Client, l.ClientFrom = clients[0], "the saved login"
	default:
		if _, err := a.vault.IntegrationTokens(ctx, own); err != nil && !errors.Is(err, webex.ErrNotLoggedIn) {
			return l, err
		}
		return l, fmt.Errorf("%w: the login of profile %q belongs to client %s, but the client in use is %s (from %s)",
			webex.ErrNotLoggedIn, a.opts.Profile, ShortID(clients[0]), cmp.Or(ShortID(own), "none"), cmp.Or(a.opts.ClientFrom, "none"))
	}
	l.Renews = a.renews(l)
	if l.Client == own && own != "" {
		l.Tokens, err = a.integration.Stored(ctx) // includes tokens that could not be saved
	} else if l.Tokens, err = a.vault.IntegrationTokens(ctx, l.Client); err == nil {
		err = a.integration.Client().CheckServer(l.Tokens)
	}
	if l.Tokens.Asked != nil {
		l.Asked = l.Tokens.Asked
	}
	return l, err
}

// ShortID shortens a client id for display.
func ShortID(c webex.ClientID) string {
	r := []rune(c.String())
	if len(r) <= 12 {
		return string(r)
	}
	return string(r[:5]) + "…" + string(r[len(r)-4:])
}

// renews reports whether the configured integration can refresh the login.
func (a *Account) renews(l Login) bool {
	return l.Client != "" && l.Client == a.opts.Credentials.ClientID
}

// Valid returns the login with a valid access token. It refreshes the token if less
// than atLeast remains (default 60 seconds).
func (a *Account) Valid(ctx context.Context, atLeast time.Duration) (Login, error) {
	l, err := a.Login(ctx)
	if err != nil {
		return l, err
	}
	if !a.renews(l) {
		// A token of unknown lifetime is used until Webex rejects it.
		if l.Tokens.AccessLife != 0 && !l.Tokens.Usable(a.opts.Now()) {
			return l, a.ended(l)
		}
		return l, nil
	}
	if left := l.Tokens.AccessLeft(); atLeast > 0 && left.Known() && l.In(left, a.opts.Now()) < atLeast {
		l.Tokens, err = a.integration.Refresh(ctx)
		return l, err
	}
	l.Tokens, err = a.integration.Valid(ctx)
	return l, err
}

// ended returns the reason why a login can no longer be used.
func (a *Account) ended(l Login) error {
	if l.Personal() {
		return fmt.Errorf("%w: the personal access token has expired and cannot be renewed", webex.ErrNotLoggedIn)
	}
	return fmt.Errorf("%w: the access token has expired, and client %s is not configured, so wxauth cannot renew it", webex.ErrNotLoggedIn, ShortID(l.Client))
}

// Token returns a valid access token; see [webex.TokenSource].
func (a *Account) Token(ctx context.Context) (webex.Secret, error) {
	l, err := a.Login(ctx)
	if err != nil {
		return webex.Secret{}, err
	}
	return a.tokenOf(ctx, l)
}

// tokenOf is Token for a login that was just read.
func (a *Account) tokenOf(ctx context.Context, l Login) (webex.Secret, error) {
	if a.renews(l) {
		return a.integration.Token(ctx)
	}
	return l.Tokens.Access, nil // expired by the local clock, which may be wrong: let Webex decide
}

// Renew handles an access token that Webex rejected; see [webex.Renewer].
func (a *Account) Renew(ctx context.Context, refused webex.Secret) (webex.Secret, error) {
	l, err := a.Login(ctx)
	switch {
	case err != nil:
		return webex.Secret{}, err
	case a.renews(l):
		return a.integration.Renew(ctx, refused)
	case !l.Tokens.Access.Equal(refused):
		return l.Tokens.Access, nil // someone logged in in the meantime
	}
	return webex.Secret{}, a.ended(l)
}

// Stored returns the tokens of the login without calling Webex.
func (a *Account) Stored(ctx context.Context) (webex.Tokens, error) {
	l, err := a.Login(ctx)
	return l.Tokens, err
}

// ErrCannotRefresh means that the login has no refresh token, or that its client is
// not configured.
var ErrCannotRefresh = errors.New("this login cannot be refreshed")

// Refresh forces a refresh and returns the login before and after it. If the stored
// login is no longer was, the error matches [ErrLoginChanged]; a zero was matches
// any login.
func (a *Account) Refresh(ctx context.Context, was Login) (before, after Login, err error) {
	if before, err = a.still(ctx, was); err != nil {
		return before, before, err
	}
	switch {
	case before.Personal():
		return before, before, fmt.Errorf("%w: a personal access token expires after %s and cannot be renewed", ErrCannotRefresh, LifetimeWords(webex.PersonalTokenLifetime))
	case !a.renews(before):
		return before, before, fmt.Errorf("%w: client %s is not configured", ErrCannotRefresh, ShortID(before.Client))
	}
	after = before
	if was.Tokens.Access.IsZero() {
		was = before
	}
	after.Tokens, err = a.integration.RefreshFrom(ctx, was.Tokens)
	return before, after, err
}

// Forget removes the login from the vault and returns it. It does not call Webex:
// the tokens stay valid until they expire. If the stored login is no longer was, the
// error matches [ErrLoginChanged]; a zero was matches any login.
func (a *Account) Forget(ctx context.Context, was Login) (Login, error) {
	held, err := a.still(ctx, was)
	if errors.Is(err, ErrLoginChanged) {
		return held, err
	}
	clients, cerr := a.vault.Clients(ctx)
	if cerr != nil {
		return held, cerr
	}
	if len(clients) == 0 {
		return held, err
	}
	for _, c := range clients {
		if err := a.forget(ctx, c); err != nil {
			return held, err
		}
	}
	return held, nil
}

// forget removes the tokens of one client. It holds the refresh lock meanwhile.
func (a *Account) forget(ctx context.Context, client webex.ClientID) error {
	remove := func(ctx context.Context) error { return a.vault.DeleteIntegrationTokens(ctx, client) }
	if client == a.opts.Credentials.ClientID {
		return a.integration.Forget(ctx, remove)
	}
	if g, ok := a.vault.(webex.RefreshGuard); ok {
		unlock, err := g.LockRefresh(ctx, webex.Principal{Client: client})
		if err != nil {
			return err
		}
		defer unlock()
	}
	return remove(ctx)
}

// Client returns a client that calls Webex with this login.
func (a *Account) Client() *webex.Client { return webex.New(a, a.opts.Client...) }

// ClientWith returns a client that calls Webex with another token.
func (a *Account) ClientWith(token webex.TokenSource) *webex.Client {
	return webex.New(token, a.opts.Client...)
}

// Wait waits at most d for a running refresh to finish.
func (a *Account) Wait(d time.Duration) bool { return a.integration.Wait(d) }

// TestResult is the result of testing a login.
type TestResult struct {
	Person  webex.PersonDetails
	Expires time.Time // as reported by Webex; zero if not reported
	Skew    time.Duration
}

// Test asks Webex whether the login works (GET /people/me) and when it expires.
func (a *Account) Test(ctx context.Context, was Login) (TestResult, error) {
	if _, err := a.still(ctx, was); err != nil {
		return TestResult{}, err
	}
	c := a.Client()
	me, err := c.Me(ctx)
	if err != nil {
		return TestResult{}, err
	}
	r := TestResult{Person: me}
	r.Expires, _ = c.TokenExpiry(ctx) // not every token is allowed to ask
	return r, nil
}
