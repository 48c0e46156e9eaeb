package webex

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// keeper keeps one pair of tokens fresh. A refresh goes through fixed steps, each of
// which may be the last of a program that is killed:
//
//	lock → read again → write down the intent → POST → write the tokens → unlock
//
// Before the POST nothing is spent. Between the POST and the write the refresh token
// may be lost, if Webex replaces it: that is found at the next start, where the one
// that is kept is refused. Nobody gets the new access token before it is written.
type keeper struct {
	principal Principal
	guard     RefreshGuard // nil when the store has none
	client    *Client
	keeperFuncs

	turn    chan struct{} // one at a time in this process, guard or not
	mu      sync.Mutex
	unsaved *Tokens // issued, and could not be written
	running sync.WaitGroup
}

// keeperFuncs is what differs between the tokens of an integration and of a Service App.
type keeperFuncs struct {
	load func(context.Context) (Tokens, error)
	save func(context.Context, Tokens) error
	post func(context.Context, Tokens) (Tokens, error) // once
}

func newKeeper(p Principal, guard RefreshGuard, c *Client, f keeperFuncs) *keeper {
	return &keeper{principal: p, guard: guard, client: c, keeperFuncs: f, turn: make(chan struct{}, 1)}
}

// current returns what is kept; what could not be written goes first.
func (k *keeper) current(ctx context.Context) (Tokens, error) {
	k.mu.Lock()
	if k.unsaved != nil {
		defer k.mu.Unlock()
		return *k.unsaved, nil
	}
	k.mu.Unlock()
	return k.load(ctx)
}

func (k *keeper) valid(ctx context.Context) (Tokens, error) {
	t, err := k.current(ctx)
	if err != nil || t.Usable(k.client.now()) {
		return t, err
	}
	return k.refresh(ctx, false, func(t Tokens) bool { return t.Usable(k.client.now()) })
}

func (k *keeper) force(ctx context.Context) (Tokens, error) {
	before, err := k.current(ctx)
	if err != nil {
		return before, err
	}
	// Somebody who refreshed while we waited for our turn did what was asked for.
	return k.refresh(ctx, false, func(t Tokens) bool { return !t.Access.Equal(before.Access) && t.Usable(k.client.now()) })
}

// forcedTrust: tokens that a refusal made us ask for, and that are refused as well
// within this time, are not the reason of the refusal.
const forcedTrust = 10 * time.Minute

func (k *keeper) renew(ctx context.Context, refused Secret) (Tokens, error) {
	t, err := k.current(ctx)
	switch {
	case err != nil:
		return t, err
	case !t.Access.Equal(refused):
		return t, nil // another has done it
	case !t.Renewable() || t.Forced && k.client.now().Sub(t.Issued) < forcedTrust:
		return t, fmt.Errorf("%w: Webex refuses the access token", ErrNotLoggedIn)
	}
	return k.refresh(ctx, true, func(t Tokens) bool { return !t.Access.Equal(refused) })
}

// finishGrace is how long a POST that has begun may go on when the caller gives up:
// its answer may hold a refresh token that exists nowhere else.
const finishGrace = 5 * time.Second

// refresh gets new tokens unless what is kept is enough once it is our turn.
func (k *keeper) refresh(ctx context.Context, forced bool, enough func(Tokens) bool) (Tokens, error) {
	k.running.Add(1)
	defer k.running.Done()
	unlock, err := k.lock(ctx)
	if err != nil {
		return Tokens{}, err
	}
	defer unlock()
	before, err := k.current(ctx)
	switch {
	case err != nil:
		return before, err
	case enough(before):
		return before, k.settle(ctx)
	case before.Refresh.IsZero():
		return before, fmt.Errorf("%w: the access token has ended, and there is no refresh token for another", ErrNotLoggedIn)
	case !before.Rejected.IsZero() && !forced && before.Rejected.After(before.Issued):
		return before, fmt.Errorf("%w: Webex refused the refresh token at %s", ErrNotLoggedIn, before.Rejected.UTC().Format("2006-01-02 15:04 UTC"))
	}
	if k.guard != nil {
		if err := k.guard.IntendRefresh(ctx, k.principal, before); err != nil {
			return before, fmt.Errorf("refresh token: nothing was sent: %w", err)
		}
	}
	after, err := k.ask(ctx, before)
	if errors.Is(err, ErrNotLoggedIn) {
		return k.refused(ctx, before, err)
	}
	if err != nil {
		return before, err
	}
	after.Forced = forced
	return after, k.keep(ctx, after)
}

func (k *keeper) lock(ctx context.Context) (unlock func(), err error) {
	select {
	case k.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if k.guard == nil {
		return func() { <-k.turn }, nil
	}
	release, err := k.guard.LockRefresh(ctx, k.principal)
	if err != nil {
		<-k.turn
		return nil, err
	}
	return func() { release(); <-k.turn }, nil
}

// ask posts, and once more where the first may not have arrived: a refresh token that
// Webex does not replace can be used again.
func (k *keeper) ask(ctx context.Context, before Tokens) (Tokens, error) {
	pctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(finishGrace, cancel) })
	defer stop()
	after, err := k.post(pctx, before)
	var e *Error
	if err == nil || ctx.Err() != nil || !errors.As(err, &e) {
		return after, err
	}
	switch {
	case e.Status == http.StatusTooManyRequests || e.Status == http.StatusLocked:
		d := e.RetryAfter
		if !e.asked {
			d = defaultPause
		}
		if d > k.client.maxWait {
			e.Hint = tooLong(time.Now().Add(d), d).Error()
			return after, e
		}
		if err := sleep(ctx, d); err != nil {
			return after, err
		}
	case e.Status >= 500 || errors.Is(err, ErrNetwork):
		if err := sleep(ctx, k.client.jitter(backoffBase)); err != nil {
			return after, err
		}
	default:
		return after, err
	}
	return k.post(pctx, before)
}

// refused looks once more, since another program that knows no lock may have been
// faster, and then marks what is kept, so that nobody asks again with it.
func (k *keeper) refused(ctx context.Context, before Tokens, cause error) (Tokens, error) {
	now, err := k.load(ctx)
	if err == nil && !now.Refresh.Equal(before.Refresh) && now.Usable(k.client.now()) {
		return now, nil
	}
	if err == nil && now.Refresh.Equal(before.Refresh) {
		now.Rejected = k.client.now()
		if err := k.save(context.WithoutCancel(ctx), now); err != nil {
			return before, errors.Join(cause, err)
		}
	}
	return before, cause
}

// saveTries: what was issued is tried to be kept a little longer than other writes.
var saveTries = []time.Duration{0, 50 * time.Millisecond, 250 * time.Millisecond, time.Second}

// keep writes new tokens. Where that fails they stay in memory for this process, and
// the error says what is at stake.
func (k *keeper) keep(ctx context.Context, t Tokens) error {
	var err error
	for _, wait := range saveTries {
		time.Sleep(wait)
		if err = k.save(context.WithoutCancel(ctx), t); err == nil {
			k.mu.Lock()
			k.unsaved = nil
			k.mu.Unlock()
			return nil
		}
	}
	k.mu.Lock()
	k.unsaved = &t
	k.mu.Unlock()
	return fmt.Errorf("keep tokens: Webex has issued new tokens, and they could not be written; they live as long as this process, and a login may be needed after it: %w", err)
}

// settle writes what could not be written before, if there is something.
func (k *keeper) settle(ctx context.Context) error {
	k.mu.Lock()
	t := k.unsaved
	k.mu.Unlock()
	if t == nil {
		return nil
	}
	return k.keep(ctx, *t)
}

// replace puts other tokens in place, by a login, under the lock of a refresh.
func (k *keeper) replace(ctx context.Context, t Tokens) error {
	unlock, err := k.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	return k.keep(ctx, t)
}

func (k *keeper) wait(d time.Duration) bool {
	done := make(chan struct{})
	go func() { k.running.Wait(); close(done) }()
	select {
	case <-done:
		return true
	case <-time.After(d):
		return false
	}
}
