package webex

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// saveTries: what was issued is tried to be kept a little longer than other writes.
var saveTries = []time.Duration{0, 50 * time.Millisecond, 250 * time.Millisecond, time.Second}

// keep writes new tokens. Where that fails they stay in memory for this process, which
// tries again with each call, and the error says what is at stake.
func (k *keeper) keep(ctx context.Context, t Tokens, replaces Secret) error {
	k.mu.Lock()
	if k.unsaved != nil {
		replaces = k.unsaved.replaces // what is on the disk is still that one
	}
	k.mu.Unlock()
	var err error
	for _, wait := range saveTries {
		time.Sleep(wait)
		if err = k.save(context.WithoutCancel(ctx), t); err == nil {
			k.setUnsaved(nil)
			return nil
		}
	}
	k.setUnsaved(&unsaved{t, replaces})
	instead := "a login"
	if k.fetch != nil {
		instead = "another fetch"
	}
	return fmt.Errorf("keep tokens: Webex has issued new tokens, and they could not be written; they live as long as this process, and %s may be needed after it: %w", instead, err)
}

func (k *keeper) setUnsaved(u *unsaved) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.unsaved = u
}

// settle writes what could not be written before, if there is something. Tokens that
// somebody else put in place meanwhile are newer, and stay.
func (k *keeper) settle(ctx context.Context) error {
	k.mu.Lock()
	waiting := k.unsaved != nil
	k.mu.Unlock()
	if !waiting {
		return nil
	}
	unlock, err := k.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	k.mu.Lock()
	u := k.unsaved
	k.mu.Unlock()
	if u == nil {
		return nil
	}
	kept, err := k.load(ctx)
	removed := !u.replaces.IsZero() && (errors.Is(err, ErrNotLoggedIn) || errors.Is(err, ErrOrgNotRegistered))
	if removed || err == nil && !kept.Refresh.Equal(u.replaces) {
		k.setUnsaved(nil) // somebody has removed or replaced them meanwhile
		return nil
	}
	if err := k.save(context.WithoutCancel(ctx), u.tokens); err == nil {
		k.setUnsaved(nil)
	}
	return nil // the tokens in memory do meanwhile
}

// begin puts the tokens of a login in place, through the steps of a refresh.
func (k *keeper) begin(ctx context.Context, post func(context.Context) (Tokens, error)) (Tokens, error) {
	defer k.busy()()
	unlock, err := k.lock(ctx)
	if err != nil {
		return Tokens{}, err
	}
	defer unlock()
	if k.guard != nil {
		if err := k.guard.IntendRefresh(ctx, k.principal, Tokens{Access: longest, Refresh: longest}); err != nil {
			return Tokens{}, fmt.Errorf("keep tokens: nothing was sent: %w", err)
		}
	}
	pctx, cancel := withFinish(ctx)
	defer cancel()
	before, err := k.load(ctx)
	if err != nil {
		before = Tokens{} // there is none, or it cannot be used: it is replaced
	}
	t, err := post(pctx)
	if err != nil {
		k.dropIntent(ctx, err)
		return Tokens{}, err
	}
	return t, k.keep(ctx, t, before.Refresh)
}

// take puts tokens in place that are issued already, as those of a login with a code:
// nobody knows beforehand which poll brings them.
func (k *keeper) take(ctx context.Context, t Tokens) error {
	defer k.busy()()
	unlock, err := k.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	before, err := k.load(ctx)
	if err != nil {
		before = Tokens{}
	}
	return k.keep(ctx, t, before.Refresh)
}

// longest stands in for tokens that are still to come: self-contained ones have some
// 1,700 characters.
var longest = NewSecret(strings.Repeat("x", 2048))

// amend adds the owner to the tokens of a login, unless others are in place by now.
func (k *keeper) amend(ctx context.Context, t Tokens) error {
	unlock, err := k.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	now, err := k.current(ctx)
	if err != nil {
		return err
	}
	if !now.Refresh.Equal(t.Refresh) {
		return nil
	}
	now.Owner = t.Owner
	return k.keep(ctx, now, now.Refresh)
}

// forget removes tokens while nobody refreshes them.
func (k *keeper) forget(ctx context.Context, remove func(context.Context) error) error {
	unlock, err := k.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	k.setUnsaved(nil)
	return remove(ctx)
}

// bury marks an access token that Webex refuses where the refresh token is refused already.
func (k *keeper) bury(ctx context.Context, t Tokens) error {
	return k.refusedAccess(ctx, t, fmt.Errorf("%w: Webex refuses the access token, and refused the refresh token at %s", ErrNotLoggedIn, t.Rejected.UTC().Format("2006-01-02 15:04 UTC")))
}

// refusedAccess remembers that Webex refuses an access token in whose place there is no
// other, and returns err, which says why. Once the refresh token is refused as well,
// nobody is handed that access token any more.
func (k *keeper) refusedAccess(ctx context.Context, t Tokens, err error) error {
	if k.justNow(t.AccessRejected) {
		return err // it is on record
	}
	unlock, lerr := k.lock(ctx)
	if lerr != nil {
		return err // it is not known here, then, and the next 401 says it again
	}
	defer unlock()
	if now, lerr := k.load(ctx); lerr == nil && now.Access.Equal(t.Access) {
		now.AccessRejected = k.client.now()
		return errors.Join(err, k.save(context.WithoutCancel(ctx), now))
	}
	return err
}

func cutOffWords(at time.Time) string {
	return "a refresh was cut off at " + at.UTC().Format("2006-01-02 15:04:05 UTC") + ", and Webex has replaced the refresh token since"
}
