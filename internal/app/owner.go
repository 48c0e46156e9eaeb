package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/wxauth/wxauth/webex"
)

// ErrLoginChanged says that somebody else logged in to the profile while the program was
// running. Nothing is sent with their token: what is on the screen, in a question and in the
// audit log is about the person who was signed in before.
var ErrLoginChanged = errors.New("another person has logged in to this profile")

// For returns the account's tokens for as long as they belong to owner: every token is
// checked right before a request is sent with it. The error matches [ErrLoginChanged] when
// the stored login is another person's.
func (a *Account) For(owner webex.Owner) webex.TokenSource { return ownedToken{a, owner} }

type ownedToken struct {
	*Account
	owner webex.Owner
}

// Token implements [webex.TokenSource].
func (t ownedToken) Token(ctx context.Context) (webex.Secret, error) {
	l, err := t.Valid(ctx, 0)
	if errors.Is(err, errEnded) {
		err = nil // as in Account.Token
	}
	if err != nil {
		return webex.Secret{}, err
	}
	return l.Tokens.Access, t.check(l)
}

// Renew implements [webex.Renewer].
func (t ownedToken) Renew(ctx context.Context, refused webex.Secret) (webex.Secret, error) {
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
	return next, t.check(l)
}

func (t ownedToken) check(l Login) error {
	now := l.Tokens.Owner
	if now.PersonID == t.owner.PersonID && now.OrgID == t.owner.OrgID {
		return nil
	}
	return fmt.Errorf("%w: it was %s, it is %s now; nothing was sent", ErrLoginChanged, ownerName(t.owner), ownerName(now))
}

func ownerName(o webex.Owner) string {
	name := OrDash(o.Email.String())
	if o.OrgName != "" {
		name += " (" + string(webex.Clean(o.OrgName)) + ")"
	}
	return name
}
