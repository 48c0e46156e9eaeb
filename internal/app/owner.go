package app

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/wxauth/wxauth/webex"
)

// ErrLoginChanged means that another person logged in to the profile while the
// program was running. Nothing is sent with their token, because the screen, prompts
// and the audit log refer to the person who was signed in before.
var ErrLoginChanged = errors.New("another person logged in to this profile")

// For returns the account's tokens as long as they belong to owner. It checks every
// token right before a request is sent with it. If the stored login belongs to
// another person, the error matches [ErrLoginChanged]. If the owner is unknown, a
// login counts as the same while its refresh token is unchanged.
func (a *Account) For(owner webex.Owner) webex.TokenSource {
	return &ownedToken{Account: a, owner: owner}
}

type ownedToken struct {
	*Account
	owner webex.Owner

	mu   sync.Mutex
	seen webex.Tokens // for an unknown owner: the tokens of the last request
}

// Token implements [webex.TokenSource].
func (t *ownedToken) Token(ctx context.Context) (webex.Secret, error) {
	l, err := t.Login(ctx)
	if err == nil {
		err = t.check(l) // check before a refresh
	}
	if err != nil {
		return webex.Secret{}, err
	}
	token, err := t.tokenOf(ctx, l)
	if err != nil || token.Equal(l.Tokens.Access) {
		return token, err
	}
	if l, err = t.Login(ctx); err != nil { // refreshed, or replaced by another login
		return webex.Secret{}, err
	}
	return l.Tokens.Access, t.check(l)
}

// Renew implements [webex.Renewer].
func (t *ownedToken) Renew(ctx context.Context, refused webex.Secret) (webex.Secret, error) {
	l, err := t.Login(ctx)
	if err == nil {
		err = t.check(l)
	}
	if err != nil {
		return webex.Secret{}, err
	}
	next, err := t.Account.Renew(ctx, refused)
	if err != nil {
		return next, err
	}
	if l, err = t.Login(ctx); err != nil {
		return webex.Secret{}, err
	}
	if l.Tokens.Access.Equal(next) {
		t.keep(l.Tokens)
	}
	return next, t.check(l)
}

func (t *ownedToken) keep(tokens webex.Tokens) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.seen = tokens
}

// sameLogin reports whether tokens belong to the login that was used for the last
// request.
func (t *ownedToken) sameLogin(tokens webex.Tokens) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.seen.Access.IsZero() || tokens.Access.Equal(t.seen.Access) || !tokens.Refresh.IsZero() && tokens.Refresh.Equal(t.seen.Refresh) {
		t.seen = tokens
		return true
	}
	return false
}

func (t *ownedToken) check(l Login) error {
	return sameOwner(t.owner, l.Tokens.Owner, func() bool { return t.sameLogin(l.Tokens) })
}

// sameOwner returns an error that matches [ErrLoginChanged] if the person or
// organization of a login changed. If Webex did not report the owner, same decides
// whether it is the same login.
func sameOwner(before, now webex.Owner, same func() bool) error {
	switch {
	case now.PersonID != before.PersonID || now.OrgID != before.OrgID:
	case now.PersonID != "" || same():
		return nil
	default:
		return fmt.Errorf("%w, or the login was renewed: Webex does not say whose it is; nothing was sent", ErrLoginChanged)
	}
	return fmt.Errorf("%w: it was %s, now it is %s; nothing was sent", ErrLoginChanged, ownerName(before), ownerName(now))
}

// still returns the stored login. If it is no longer was, the error matches
// [ErrLoginChanged], because the user's request was about the previous login. A zero
// was matches any login.
func (a *Account) still(ctx context.Context, was Login) (Login, error) {
	l, err := a.Login(ctx)
	if err != nil || was.Tokens.Access.IsZero() && was.Tokens.Refresh.IsZero() {
		return l, err
	}
	return l, sameOwner(was.Tokens.Owner, l.Tokens.Owner, func() bool {
		return l.Tokens.Access.Equal(was.Tokens.Access) || !l.Tokens.Refresh.IsZero() && l.Tokens.Refresh.Equal(was.Tokens.Refresh)
	})
}

// StopsAll reports whether every later call would fail with the same error: the
// login is gone or belongs to another person.
func StopsAll(err error) bool {
	return errors.Is(err, webex.ErrNotLoggedIn) || errors.Is(err, ErrLoginChanged)
}

func ownerName(o webex.Owner) string {
	name := OrDash(o.Email.String())
	if o.OrgName != "" {
		name += " (" + string(webex.Clean(o.OrgName)) + ")"
	}
	return name
}
