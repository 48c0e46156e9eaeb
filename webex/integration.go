package webex

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"
)

// Integration is an OAuth client that acts for the person who logged in. It obtains
// tokens, saves them in a [TokenStore] and refreshes them as needed. It is a
// [TokenSource] and a [Renewer] for [New]. It is safe for concurrent use, also by several
// processes if the store is.
type Integration struct {
	cred   Credentials
	store  TokenStore
	client *Client
	keeper *keeper
	secret *clientSecret
}

// NewIntegration returns an integration. It does not validate cred or send a request;
// use [Credentials.Check] to validate cred first.
func NewIntegration(cred Credentials, store TokenStore, opts ...Option) *Integration {
	i := &Integration{cred: cred, store: store, secret: &clientSecret{check: cred.Check, fixed: cred.ClientSecret, from: cred.ClientSecretFrom}}
	i.client = New(i, opts...)
	guard, _ := store.(RefreshGuard)
	i.keeper = newKeeper(Principal{Client: cred.ClientID}, guard, i.client, keeperFuncs{
		load: func(ctx context.Context) (Tokens, error) {
			t, err := store.IntegrationTokens(ctx, cred.ClientID)
			if err == nil {
				err = i.client.CheckServer(t)
			}
			return t, err
		},
		save:  func(ctx context.Context, t Tokens) error { return store.SetIntegrationTokens(ctx, cred.ClientID, t) },
		post:  i.post,
		ready: func(ctx context.Context) error { _, err := i.secret.reveal(ctx); return err },
	})
	return i
}

// Ready makes sure that the client secret is available, and requests it with
// [Credentials].ClientSecretFrom if needed. Call it before a login during which the user
// cannot be prompted. Errors match [ErrInvalidInput] if the secret is missing.
func (i *Integration) Ready(ctx context.Context) error {
	_, err := i.secret.reveal(ctx)
	return err
}

// Client returns a client that calls Webex with this integration's tokens.
func (i *Integration) Client() *Client { return i.client }

// ClientID returns the integration's client id.
func (i *Integration) ClientID() ClientID { return i.cred.ClientID }

// RedirectURI returns the address to which Webex redirects the browser after the consent
// page.
func (i *Integration) RedirectURI() string { return i.cred.redirectURI() }

// AuthorizationURL returns the URL to open in a browser (RFC 6749 section 4.1.1), with
// PKCE if the request has a verifier (RFC 7636). The URL contains neither the client
// secret nor the verifier. If the request has no state, one is generated; [StateOf]
// returns it. Errors match [ErrInvalidInput], including for a state of fewer than 22
// characters.
func (i *Integration) AuthorizationURL(r AuthorizationRequest) (string, error) {
	if err := i.cred.Check(); err != nil {
		return "", fmt.Errorf("build authorization URL: %w", err)
	}
	return i.client.authorizationURL(i.cred, r)
}

// Exchange exchanges an authorization code for tokens and saves them (RFC 6749 section
// 4.1.3). The request is never retried, because using a code twice may revoke its tokens.
// verifier is the one of the authorization URL, or empty without PKCE. Afterwards
// Exchange looks up the owner of the tokens, if their scopes allow it.
func (i *Integration) Exchange(ctx context.Context, code string, verifier Secret) (Tokens, error) {
	return i.exchange(ctx, code, verifier, nil)
}

func (i *Integration) exchange(ctx context.Context, code string, verifier Secret, asked []string) (Tokens, error) {
	if !isToken(code) {
		return Tokens{}, &Error{Op: opExchange.name, Err: fmt.Errorf("%w: the code is empty or invalid", ErrInvalidInput)}
	}
	secret, err := i.secret.reveal(ctx)
	if err != nil {
		return Tokens{}, &Error{Op: opExchange.name, Err: err}
	}
	form := i.form("authorization_code", secret)
	form.Set("code", code)
	form.Set("redirect_uri", i.cred.redirectURI())
	if !verifier.IsZero() {
		form.Set("code_verifier", verifier.Reveal())
	}
	return i.adopt(ctx, func(ctx context.Context) (Tokens, error) {
		t, err := i.client.postToken(ctx, opExchange, form, Tokens{Asked: asked}, secret, NewSecret(code), verifier)
		i.secret.forgetIfRejected(err)
		var e *Error
		if errors.As(err, &e) && e.MayHaveHappened() && e.Hint != "" {
			e.Hint += "; start the login again"
		}
		return t, err
	})
}

// AdoptRefreshToken imports a refresh token that was issued to this client elsewhere. It
// refreshes the token once and saves the result.
func (i *Integration) AdoptRefreshToken(ctx context.Context, refresh Secret) (Tokens, error) {
	if err := i.Ready(ctx); err != nil {
		return Tokens{}, &Error{Op: opRefresh.name, Err: err}
	}
	if !isToken(refresh.Reveal()) {
		return Tokens{}, &Error{Op: opRefresh.name, Err: fmt.Errorf("%w: the refresh token is empty or invalid", ErrInvalidInput)}
	}
	return i.adopt(ctx, func(ctx context.Context) (Tokens, error) { return i.post(ctx, Tokens{Refresh: refresh}) })
}

// adopt saves the tokens of a login before using them, and then adds their owner if it can
// be looked up.
func (i *Integration) adopt(ctx context.Context, post func(context.Context) (Tokens, error)) (Tokens, error) {
	t, err := i.keeper.begin(ctx, func(ctx context.Context) (Tokens, error) { return finishing(ctx, post) })
	if err != nil {
		return Tokens{}, err
	}
	return i.withOwner(ctx, t), nil
}

// took saves tokens that were issued already.
func (i *Integration) took(ctx context.Context, t Tokens) (Tokens, error) {
	if err := i.keeper.take(context.WithoutCancel(ctx), t); err != nil {
		return Tokens{}, err
	}
	return i.withOwner(ctx, t), nil
}

func (i *Integration) withOwner(ctx context.Context, t Tokens) Tokens {
	owner, err := i.client.owner(ctx, t.Access)
	if err != nil {
		return t // the login is saved and works; the owner is looked up again later
	}
	t.Owner = owner
	_ = i.keeper.amend(context.WithoutCancel(ctx), t) // the login works without its owner's name
	return t
}

// Forget calls remove, which must delete the stored tokens, while holding the refresh
// lock, so that a concurrent refresh cannot restore them.
func (i *Integration) Forget(ctx context.Context, remove func(context.Context) error) error {
	return i.keeper.forget(ctx, remove)
}

// owner looks up the owner of a token. If a scope is missing, the result is empty.
func (c *Client) owner(ctx context.Context, access Secret) (Owner, error) {
	asking := c.withToken(StaticToken(access))
	me, err := asking.Me(ctx)
	if errors.Is(err, ErrForbidden) {
		return Owner{}, nil
	}
	if err != nil {
		return Owner{}, err
	}
	o := Owner{PersonID: me.ID, Email: me.Email(), DisplayName: me.DisplayName, OrgID: me.OrgID}
	if org, err := asking.Organization(ctx, me.OrgID); err == nil {
		o.OrgName = org.DisplayName
	}
	return o, nil
}

// ErrOtherServer means that the stored tokens were issued by another server than the one
// that the client calls. It wraps [ErrNotLoggedIn].
var ErrOtherServer = fmt.Errorf("%w: the tokens belong to another server", ErrNotLoggedIn)

// CheckServer returns nil if t may be used with this client: tokens are only sent to the
// server that issued them. Errors match [ErrOtherServer], and therefore [ErrNotLoggedIn].
func (c *Client) CheckServer(t Tokens) error {
	if here := c.server(); t.Server != "" && t.Server != here {
		return fmt.Errorf("%w: the saved login is for %s, but the base URL is for %s; tokens are sent only to the server that issued them",
			ErrOtherServer, Clean(Untrusted(t.Server)), Clean(Untrusted(here)))
	}
	return nil
}

// OwnerOf looks up the owner of an access token. If the token's scopes do not allow it,
// the result is empty and the error nil.
func (c *Client) OwnerOf(ctx context.Context, access Secret) (Owner, error) {
	return c.owner(ctx, access)
}

func (i *Integration) form(grant string, secret Secret) url.Values {
	return url.Values{"grant_type": {grant}, "client_id": {string(i.cred.ClientID)}, "client_secret": {secret.Reveal()}}
}

// post asks for new tokens with a refresh token (RFC 6749 section 6).
func (i *Integration) post(ctx context.Context, before Tokens) (Tokens, error) {
	secret, err := i.secret.reveal(ctx)
	if err != nil {
		return Tokens{}, &Error{Op: opRefresh.name, Err: err}
	}
	form := i.form("refresh_token", secret)
	form.Set("refresh_token", before.Refresh.Reveal())
	t, err := i.client.postToken(ctx, opRefresh, form, before, secret, before.Refresh)
	i.secret.forgetIfRejected(err)
	return t, err
}

// Stored returns the stored tokens without sending a request. Errors match
// [ErrNotLoggedIn] if there are none.
func (i *Integration) Stored(ctx context.Context) (Tokens, error) { return i.keeper.current(ctx) }

// Valid returns tokens whose access token can be used now. It returns the stored tokens
// if the access token is valid for more than 60 seconds, and refreshes them otherwise.
// At most one refresh runs at a time. If Webex rejected two access tokens in a row,
// Valid fails with [ErrNotLoggedIn] for ten minutes.
func (i *Integration) Valid(ctx context.Context) (Tokens, error) { return i.keeper.valid(ctx) }

// AccessToken returns an access token to use now; see [Integration.Valid].
func (i *Integration) AccessToken(ctx context.Context) (Secret, error) {
	t, err := i.keeper.valid(ctx)
	return t.Access, err
}

// Token implements [TokenSource]. Unlike [Integration.AccessToken], it returns a rejected
// access token if there is no other.
func (i *Integration) Token(ctx context.Context) (Secret, error) { return i.keeper.token(ctx) }

// Refresh requests new tokens even if the stored ones are valid. Webex may return the
// same access token again; compare the two. A different one leaves the previous one valid
// until it expires. [Tokens].Extended reports whether the refresh token expires later now.
func (i *Integration) Refresh(ctx context.Context) (Tokens, error) { return i.keeper.force(ctx) }

// RefreshFrom is like [Integration.Refresh], unless the stored tokens are no longer before: another process
// has refreshed them since they were read. It then returns the stored ones.
func (i *Integration) RefreshFrom(ctx context.Context, before Tokens) (Tokens, error) {
	return i.keeper.forceFrom(ctx, before)
}

// Renew implements [Renewer]: it returns the stored access token if it is not refused, and
// requests a new one, once, otherwise.
func (i *Integration) Renew(ctx context.Context, refused Secret) (Secret, error) {
	t, err := i.keeper.renew(ctx, refused)
	return t.Access, err
}

// Wait waits up to d until no refresh is in progress, and reports whether that is so. Call
// it before the program exits, which could otherwise lose tokens that Webex just issued.
func (i *Integration) Wait(d time.Duration) bool { return i.keeper.wait(d) }
