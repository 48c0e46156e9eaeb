package app

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/wxauth/wxauth/webex"
)

// ErrLoginChanged says that somebody else logged in to the profile while the program was
// running. Nothing is sent with their token: what is on the screen, in a question and in the
// audit log is about the person who was signed in before.
var ErrLoginChanged = errors.New("another person logged in to this profile")

// For returns the account's tokens for as long as they belong to owner: every token is
// checked right before a request is sent with it. The error matches [ErrLoginChanged] when
// the stored login is another person's.
// Where Webex did not say who the owner is, a login is the same one as long as its refresh
// token is.
func (a *Account) For(owner webex.Owner) webex.TokenSource {
	return &ownedToken{Account: a, owner: owner}
}

type ownedToken struct {
	*Account
	owner webex.Owner

	mu   sync.Mutex
	seen webex.Tokens // of an owner who is not known: the tokens of the last request
}

// Token implements [webex.TokenSource].
func (t *ownedToken) Token(ctx context.Context) (webex.Secret, error) {
	l, err := t.Login(ctx)
	if err == nil {
		err = t.check(l) // before a refresh sends anything
	}
	if err != nil {
		return webex.Secret{}, err
	}
	token, err := t.tokenOf(ctx, l)
	if err != nil || token.Equal(l.Tokens.Access) {
		return token, err
	}
	if l, err = t.Login(ctx); err != nil { // it was refreshed, or is another login
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

// sameLogin reports whether tokens are of the login that the last request was sent with.
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

// sameOwner returns an error that matches [ErrLoginChanged] where a login is not of the same
// person and organization as before. same says whether it is the same login where Webex did
// not say whose it is.
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

// still returns the login that is stored, and an error that matches [ErrLoginChanged] where
// it is another one than was: what is done next was asked for about that one. A zero was is
// any login.
func (a *Account) still(ctx context.Context, was Login) (Login, error) {
	l, err := a.Login(ctx)
	if err != nil || was.Tokens.Access.IsZero() && was.Tokens.Refresh.IsZero() {
		return l, err
	}
	return l, sameOwner(was.Tokens.Owner, l.Tokens.Owner, func() bool {
		return l.Tokens.Access.Equal(was.Tokens.Access) || !l.Tokens.Refresh.IsZero() && l.Tokens.Refresh.Equal(was.Tokens.Refresh)
	})
}

// StopsAll reports whether every later call would fail with the same error: the login is
// gone, or it belongs to another person now.
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
