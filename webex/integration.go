package webex

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"
)

// Integration is an OAuth client that acts for the person who logged in. It gets
// tokens, keeps them in a [TokenStore], and hands out an access token that works: it
// is a [TokenSource] for [New]. It is safe for use by many goroutines, and by many
// processes where the store is.
type Integration struct {
	cred   Credentials
	store  TokenStore
	client *Client
	keeper *keeper
	secret *clientSecret
}

// NewIntegration returns an integration. Nothing is checked or sent before the first
// call; [Credentials.Check] tells beforehand what is missing.
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

// Ready makes sure that the client secret can be had, asking for it if need be: before
// a login begins in which nothing can be asked any more.
func (i *Integration) Ready(ctx context.Context) error {
	_, err := i.secret.reveal(ctx)
	return err
}

// Client returns a client that calls Webex with this integration's tokens.
func (i *Integration) Client() *Client { return i.client }

// ClientID returns which client this is.
func (i *Integration) ClientID() ClientID { return i.cred.ClientID }

// RedirectURI returns where Webex sends the browser after the consent page.
func (i *Integration) RedirectURI() string { return i.cred.redirectURI() }

// AuthorizationURL returns the address that a browser has to open (RFC 6749 section
// 4.1.1), with PKCE where the request has a verifier (RFC 7636). It holds neither the
// client secret nor the verifier. Without a state in the request it makes one; [StateOf]
// returns it. The error matches [ErrInvalidInput], also for a state of fewer than 22
// characters.
func (i *Integration) AuthorizationURL(r AuthorizationRequest) (string, error) {
	if err := i.cred.Check(); err != nil {
		return "", fmt.Errorf("build authorization URL: %w", err)
	}
	return i.client.authorizationURL(i.cred, r)
}

// Exchange turns the code of a redirect into tokens, and keeps them (RFC 6749 section
// 4.1.3). It is sent once: a code that was used twice may end the tokens that it gave
// the first time. verifier is that of the authorization URL; an empty one is left out of
// the request. Whom the tokens belong to is asked afterwards, as far as their scopes
// allow.
func (i *Integration) Exchange(ctx context.Context, code string, verifier Secret) (Tokens, error) {
	return i.exchange(ctx, code, verifier, nil)
}

func (i *Integration) exchange(ctx context.Context, code string, verifier Secret, asked []string) (Tokens, error) {
	if !isToken(code) {
		return Tokens{}, &Error{Op: opExchange.name, Err: fmt.Errorf("%w: the code is blank or no code", ErrInvalidInput)}
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
		i.secret.judged(err)
		var e *Error
		if errors.As(err, &e) && e.MayHaveHappened() && e.Hint != "" {
			e.Hint += "; start the login again"
		}
		return t, err
	})
}

// AdoptRefreshToken takes over a refresh token that this client was given elsewhere:
// it is refreshed once, and kept.
func (i *Integration) AdoptRefreshToken(ctx context.Context, refresh Secret) (Tokens, error) {
	if err := i.Ready(ctx); err != nil {
		return Tokens{}, &Error{Op: opRefresh.name, Err: err}
	}
	if !isToken(refresh.Reveal()) {
		return Tokens{}, &Error{Op: opRefresh.name, Err: fmt.Errorf("%w: the refresh token is blank or no token", ErrInvalidInput)}
	}
	return i.adopt(ctx, func(ctx context.Context) (Tokens, error) { return i.post(ctx, Tokens{Refresh: refresh}) })
}

// adopt keeps what a login brings before anything is done with it, and then adds whose
// it is. A login whose owner cannot be asked is kept without.
func (i *Integration) adopt(ctx context.Context, post func(context.Context) (Tokens, error)) (Tokens, error) {
	t, err := i.keeper.begin(ctx, post)
	if err != nil {
		return Tokens{}, err
	}
	return i.withOwner(ctx, t), nil
}

// took keeps tokens that are there already.
func (i *Integration) took(ctx context.Context, t Tokens) (Tokens, error) {
	if err := i.keeper.take(context.WithoutCancel(ctx), t); err != nil {
		return Tokens{}, err
	}
	return i.withOwner(ctx, t), nil
}

func (i *Integration) withOwner(ctx context.Context, t Tokens) Tokens {
	owner, err := i.client.owner(ctx, t.Access)
	if err != nil {
		return t // the login is kept and works; who it is will be asked again
	}
	t.Owner = owner
	_ = i.keeper.amend(context.WithoutCancel(ctx), t) // without its owner's name it is a login too
	return t
}

// Forget runs remove while nobody refreshes the tokens, so that a refresh that is under
// way cannot put back what is removed.
func (i *Integration) Forget(ctx context.Context, remove func(context.Context) error) error {
	return i.keeper.forget(ctx, remove)
}

// owner asks whom a token belongs to. A scope that is missing leaves it open.
func (c *Client) owner(ctx context.Context, access Secret) (Owner, error) {
	asking := c.as(StaticToken(access))
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

// ErrOtherServer: the tokens that are kept belong to another server than the one that is
// called.
var ErrOtherServer = fmt.Errorf("%w: the tokens belong to another server", ErrNotLoggedIn)

// CheckServer reports whether tokens may be used with this client: they are sent to the
// server that issued them and to no other. The error matches [ErrOtherServer], and with it
// [ErrNotLoggedIn].
func (c *Client) CheckServer(t Tokens) error {
	if here := c.server(); t.Server != "" && t.Server != here {
		return fmt.Errorf("%w: what is stored is of %s, and commands go to %s; tokens are sent to no other server than their own",
			ErrOtherServer, Clean(Untrusted(t.Server)), Clean(Untrusted(here)))
	}
	return nil
}

// OwnerOf asks whom a token belongs to, such as one that was pasted.
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
	i.secret.judged(err)
	return t, err
}

// Stored returns the tokens as they are kept, without the network. The error matches
// [ErrNotLoggedIn] when there are none.
func (i *Integration) Stored(ctx context.Context) (Tokens, error) { return i.keeper.current(ctx) }

// Valid returns tokens whose access token can be used now: those that are kept while
// more than 60 seconds are left, refreshed ones otherwise. At most one refresh is
// under way at a time. The error matches [ErrNotLoggedIn] for ten minutes after Webex
// refused an access token just as it had refused the one before it.
func (i *Integration) Valid(ctx context.Context) (Tokens, error) { return i.keeper.valid(ctx) }

// AccessToken returns an access token that can be used now; see [Integration.Valid].
func (i *Integration) AccessToken(ctx context.Context) (Secret, error) {
	t, err := i.keeper.valid(ctx)
	return t.Access, err
}

// Token is [Integration.AccessToken] as a [TokenSource]: one that Webex has refused is
// tried where there is no other.
func (i *Integration) Token(ctx context.Context) (Secret, error) { return i.keeper.token(ctx) }

// Refresh asks for new tokens even if those that are kept still work. Webex may answer
// with the same access token again: compare the two. Another one leaves the one before
// valid until its own end. [Tokens.Extended] says whether the refresh token lasts longer
// now.
func (i *Integration) Refresh(ctx context.Context) (Tokens, error) { return i.keeper.force(ctx) }

// Renew answers the server's refusal of an access token: it returns the one that is
// kept if that is another, and asks for a new one otherwise, once.
func (i *Integration) Renew(ctx context.Context, refused Secret) (Secret, error) {
	t, err := i.keeper.renew(ctx, refused)
	return t.Access, err
}

// Wait waits until no refresh is under way, for d at most: a program that ends in
// between could lose what Webex has just issued.
func (i *Integration) Wait(d time.Duration) bool { return i.keeper.wait(d) }
