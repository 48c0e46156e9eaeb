package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/wxauth/wxauth/webex"
)

// Vault is what the login of a profile needs of a store.
type Vault interface {
	webex.TokenStore
	DeleteIntegrationTokens(ctx context.Context, client webex.ClientID) error
	// Clients lists the clients of which the profile holds tokens, without the key.
	Clients(ctx context.Context) ([]webex.ClientID, error)
	// ServiceAppClients lists the Service Apps of which it holds organizations' tokens,
	// without the key.
	ServiceAppClients(ctx context.Context) ([]webex.ClientID, error)
	// Prepare makes sure that what a login brings can be kept.
	Prepare(ctx context.Context) error
	// Setting returns a value that is remembered for the profile, empty when there is
	// none; SetSetting remembers it, and forgets the empty one.
	Setting(ctx context.Context, name string) (string, error)
	SetSetting(ctx context.Context, name, value string) error
	// KeySource is the word for where the store's key comes from.
	KeySource() string
}

// AccountOptions are what an [Account] goes by.
type AccountOptions struct {
	Profile     string
	Credentials webex.Credentials
	ClientFrom  string // where the client id comes from, in words
	Scopes      []string
	LoginHint   string
	Issuer      string
	ReadOnly    bool // leaves the scope out that allows to end tokens
	Client      []webex.Option
	Now         func() time.Time // time.Now if nil
}

// Account is the login of one profile: it gets tokens, keeps them in a vault, and
// hands out one that works. It is a [webex.TokenSource].
//
// A profile has one login: tokens of its integration, or a personal access token that
// was pasted. Tokens of another client than the configured one are never used.
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

// KeySource returns the word for where the store's key comes from.
func (a *Account) KeySource() string { return a.vault.KeySource() }

// Scopes returns what a login asks for.
func (a *Account) Scopes() []string {
	if a.opts.ReadOnly {
		return webex.ReadOnlyScopes(a.opts.Scopes)
	}
	return slices.Clone(a.opts.Scopes)
}

// AskFor returns what a login asks for when chosen was chosen, or nothing was: never what
// a read-only profile is not to have.
func (a *Account) AskFor(chosen []string) []string {
	switch {
	case len(chosen) == 0:
		return a.Scopes()
	case a.opts.ReadOnly:
		return webex.ReadOnlyScopes(chosen)
	}
	return slices.Clone(chosen)
}

// RedirectURI returns where Webex sends the browser.
func (a *Account) RedirectURI() string { return a.integration.RedirectURI() }

// Prepare makes sure that a login could be kept: before a token is asked for, not after.
func (a *Account) Prepare(ctx context.Context) error { return a.vault.Prepare(ctx) }

// HasClient reports whether there is a client id.
func (a *Account) HasClient() bool { return a.opts.Credentials.ClientID != "" }

// Configured reports what is missing for a login through an integration, all at once;
// the error matches webex.ErrInvalidInput.
func (a *Account) Configured() error { return a.opts.Credentials.Check() }

// Login is what a profile holds.
type Login struct {
	Profile    string
	Client     webex.ClientID // empty for a personal access token
	ClientFrom string
	Tokens     webex.Tokens
	KeySource  string
	Asked      []string // the scopes that the login asked for, or, where nobody knows, that one would ask for
	// Renews says that the integration that could refresh it is the configured one.
	Renews bool
}

// Personal reports whether the login is an access token of no client of ours, which
// cannot be renewed.
func (l Login) Personal() bool { return l.Client == "" }

// AccessLeft returns how long the access token is good for; unknown for a personal one
// of which nobody said so.
func (l Login) AccessLeft() webex.Remaining {
	if l.Personal() && l.Tokens.AccessLife == 0 {
		return webex.Remaining{Basis: webex.BasisUnknown}
	}
	return l.Tokens.AccessLeft()
}

// EndsAt returns until when the login lasts without anybody's doing: the end of the
// refresh token where there is one that Webex accepts, that of the access token
// otherwise.
func (l Login) EndsAt() webex.Remaining {
	if l.Renewable() {
		return l.Tokens.RefreshLeft()
	}
	return l.AccessLeft()
}

// Renewable reports whether a refresh can be tried: there is a refresh token that Webex
// has not refused, and its client is the configured one.
func (l Login) Renewable() bool { return l.Renews && l.Tokens.Renewable() }

// In returns how much of r is left at now, by the age that this computer measured.
func (l Login) In(r webex.Remaining, now time.Time) time.Duration {
	return r.In(now.Add(l.Tokens.Skew))
}

// Works reports whether a call would work at now, as far as can be told offline.
func (l Login) Works(now time.Time) bool {
	if left := l.Tokens.RefreshLeft(); l.Renewable() && (!left.Known() || l.In(left, now) > 0) {
		return true
	}
	return l.Tokens.Usable(now) || l.Personal() && l.Tokens.AccessLife == 0 && !l.Tokens.Access.IsZero()
}

// Login returns what the profile holds, without the network. The error matches
// webex.ErrNotLoggedIn when that is nothing that may be used.
func (a *Account) Login(ctx context.Context) (Login, error) {
	own := a.opts.Credentials.ClientID
	l := Login{Profile: a.opts.Profile, Client: own, ClientFrom: a.opts.ClientFrom, KeySource: a.vault.KeySource(), Asked: a.Scopes()}
	clients, err := a.vault.Clients(ctx)
	if err != nil {
		return l, err
	}
	if own != "" && !slices.Contains(clients, own) {
		// What Webex has issued and could not be written lives on in this process.
		if t, err := a.integration.Stored(ctx); err == nil && len(clients) == 0 {
			l.Tokens, l.Renews = t, true
			return l, nil
		}
	}
	switch {
	case len(clients) == 0:
		// The names are unencrypted; that there really is none, the encrypted part says.
		if _, err := a.vault.IntegrationTokens(ctx, own); err != nil {
			return l, err
		}
		return l, fmt.Errorf("%w: profile %q has no saved login", webex.ErrNotLoggedIn, a.opts.Profile)
	case own != "" && slices.Contains(clients, own):
	case slices.Contains(clients, ""):
		l.Client, l.ClientFrom = "", ""
	case own == "" && len(clients) == 1:
		// Nobody says which client it should be, and there is one: it serves until its
		// access token ends.
		l.Client, l.ClientFrom = clients[0], "the saved login"
	default:
		if _, err := a.vault.IntegrationTokens(ctx, own); err != nil && !errors.Is(err, webex.ErrNotLoggedIn) {
			return l, err
		}
		return l, fmt.Errorf("%w: the login of profile %q belongs to client %s, but the client in use is %s (from %s)",
			webex.ErrNotLoggedIn, a.opts.Profile, ShortID(clients[0]), orNone(ShortID(own)), orNone(a.opts.ClientFrom))
	}
	l.Renews = a.renews(l)
	if l.Client == own && own != "" {
		l.Tokens, err = a.integration.Stored(ctx) // with what could not be written
	} else if l.Tokens, err = a.vault.IntegrationTokens(ctx, l.Client); err == nil {
		err = a.integration.Client().CheckServer(l.Tokens)
	}
	if l.Tokens.Asked != nil {
		l.Asked = l.Tokens.Asked
	}
	return l, err
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// ShortID shortens a client id for a line of text.
func ShortID(c webex.ClientID) string {
	r := []rune(c.String())
	if len(r) <= 12 {
		return string(r)
	}
	return string(r[:5]) + "…" + string(r[len(r)-4:])
}

// renews reports whether a login can be refreshed by the configured integration.
func (a *Account) renews(l Login) bool {
	return l.Client != "" && l.Client == a.opts.Credentials.ClientID
}

// Valid returns the login with an access token that can be used now, refreshed if
// less than atLeast is left of it (60 seconds when 0).
func (a *Account) Valid(ctx context.Context, atLeast time.Duration) (Login, error) {
	l, err := a.Login(ctx)
	if err != nil {
		return l, err
	}
	if !a.renews(l) {
		// What has no lifetime of its own is used until Webex refuses it.
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

// ended says why a login cannot be used any more.
func (a *Account) ended(l Login) error {
	if l.Personal() {
		return fmt.Errorf("%w: the personal access token has expired and cannot be renewed", webex.ErrNotLoggedIn)
	}
	return fmt.Errorf("%w: the access token has expired, and client %s is not configured, so wxauth cannot renew it", webex.ErrNotLoggedIn, ShortID(l.Client))
}

// Token returns an access token that can be used now; see [webex.TokenSource].
func (a *Account) Token(ctx context.Context) (webex.Secret, error) {
	l, err := a.Login(ctx)
	if err != nil {
		return webex.Secret{}, err
	}
	return a.tokenOf(ctx, l)
}

// tokenOf is Token of a login that was just read.
func (a *Account) tokenOf(ctx context.Context, l Login) (webex.Secret, error) {
	if a.renews(l) {
		return a.integration.Token(ctx)
	}
	return l.Tokens.Access, nil // where it has ended by our clock, that may be wrong: Webex decides
}

// Renew answers the server's refusal of an access token; see [webex.Renewer].
func (a *Account) Renew(ctx context.Context, refused webex.Secret) (webex.Secret, error) {
	l, err := a.Login(ctx)
	switch {
	case err != nil:
		return webex.Secret{}, err
	case a.renews(l):
		return a.integration.Renew(ctx, refused)
	case !l.Tokens.Access.Equal(refused):
		return l.Tokens.Access, nil // somebody has logged in meanwhile
	}
	return webex.Secret{}, a.ended(l)
}

// Stored returns the tokens of the login, without the network.
func (a *Account) Stored(ctx context.Context) (webex.Tokens, error) {
	l, err := a.Login(ctx)
	return l.Tokens, err
}

// ErrCannotRefresh: the login has no refresh token, or its client is not configured.
var ErrCannotRefresh = errors.New("this login cannot be refreshed")

// Refresh forces a new access token, and returns the login before and after. The error
// matches [ErrLoginChanged] where another login than was is stored; a zero was is any.
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
	after.Tokens, err = a.integration.Refresh(ctx)
	return before, after, err
}

// Forget removes what the profile holds from the vault, and returns what that was.
// Webex has nothing of it: the tokens stay valid there until they end. The error matches
// [ErrLoginChanged] where another login than was is stored; a zero was is any.
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

// forget removes the tokens of one client, while nobody refreshes them.
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

// Wait waits until no refresh is under way, for d at most.
func (a *Account) Wait(d time.Duration) bool { return a.integration.Wait(d) }

// TestResult is what Webex says of a login.
type TestResult struct {
	Person  webex.PersonDetails
	Expires time.Time // as Webex says it; zero when it does not
	Skew    time.Duration
}

// Test asks Webex whether the login works (GET /people/me), and until when.
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
	r.Expires, _ = c.TokenExpiry(ctx) // not every token may ask
	return r, nil
}
