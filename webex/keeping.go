package webex

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// saveTries are the pauses before each attempt to save issued tokens.
var saveTries = []time.Duration{0, 50 * time.Millisecond, 250 * time.Millisecond, time.Second}

// keep saves new tokens. If that fails, they stay in memory, and every later call tries
// again to save them.
func (k *keeper) keep(ctx context.Context, t Tokens, replaces Secret) error {
	k.mu.Lock()
	if k.unsaved != nil {
		replaces = k.unsaved.replaces // this one is still on the disk
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
		instead = "fetching again"
	}
	return fmt.Errorf("save tokens: Webex issued new tokens, but saving them failed; they are lost when this process exits, and %s may then be needed: %w", instead, err)
}

func (k *keeper) setUnsaved(u *unsaved) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.unsaved = u
}

// saveUnsaved saves tokens that could not be saved before, if any. Tokens that another
// program has stored since are newer and stay.
func (k *keeper) saveUnsaved(ctx context.Context) error {
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
		k.setUnsaved(nil) // removed or replaced by another program
		return nil
	}
	if err := k.save(context.WithoutCancel(ctx), u.tokens); err == nil {
		k.setUnsaved(nil)
	}
	return nil // until then, use the tokens in memory
}

// begin obtains and saves the tokens of a login with the same steps as a refresh.
func (k *keeper) begin(ctx context.Context, post func(context.Context) (Tokens, error)) (Tokens, error) {
	defer k.busy()()
	unlock, err := k.lock(ctx)
	if err != nil {
		return Tokens{}, err
	}
	defer unlock()
	if k.guard != nil {
		if err := k.guard.IntendRefresh(ctx, k.principal, Tokens{Access: longest, Refresh: longest}); err != nil {
			return Tokens{}, fmt.Errorf("save tokens: nothing was sent: %w", err)
		}
	}
	before, err := k.load(ctx)
	if err != nil {
		before = Tokens{} // missing or unusable: it is replaced
	}
	t, err := post(ctx)
	if err != nil {
		k.dropIntent(ctx, err)
		return Tokens{}, err
	}
	return t, k.keep(ctx, t, before.Refresh)
}

// take saves tokens that were issued already, such as those of a login with a device code,
// where it is not known in advance which poll returns them.
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

// longest has more characters than any token that may replace the current one: self-contained
// tokens have about 1,700.
var longest = NewSecret(strings.Repeat("x", 2048))

// amend adds the owner to the tokens of a login, unless they were replaced meanwhile.
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

// forget removes tokens while holding the refresh lock.
func (k *keeper) forget(ctx context.Context, remove func(context.Context) error) error {
	unlock, err := k.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	k.setUnsaved(nil)
	return remove(ctx)
}

// markDead records that Webex rejected the access token after it rejected the refresh token.
func (k *keeper) markDead(ctx context.Context, t Tokens) error {
	return k.refusedAccess(ctx, t, fmt.Errorf("%w: Webex rejected the access token, and rejected the refresh token at %s", ErrNotLoggedIn, t.Rejected.UTC().Format("2006-01-02 15:04 UTC")))
}

// refusedAccess records that Webex rejected an access token that cannot be replaced, and
// returns err, which says why. Once the refresh token is rejected too, the access token is
// no longer returned.
func (k *keeper) refusedAccess(ctx context.Context, t Tokens, err error) error {
	if k.justNow(t.AccessRejected) {
		return err // recorded already
	}
	unlock, lerr := k.lock(ctx)
	if lerr != nil {
		return err // not recorded: the next 401 will report it again
	}
	defer unlock()
	if now, lerr := k.load(ctx); lerr == nil && now.Access.Equal(t.Access) {
		now.AccessRejected = k.client.now()
		return errors.Join(err, k.save(context.WithoutCancel(ctx), now))
	}
	return err
}

func cutOffWords(at time.Time) string {
	return "a refresh was cut off at " + at.UTC().Format("2006-01-02 15:04:05 UTC") + ", and Webex has since replaced the refresh token"
}
