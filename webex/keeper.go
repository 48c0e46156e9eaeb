package webex

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// keeper keeps one pair of tokens valid. A refresh has fixed steps, and the program may be
// killed after any of them:
//
//	lock → read again → write the intent → POST → write the tokens → unlock
//
// Before the POST nothing can be lost. Between the POST and the write, the refresh token
// is lost if Webex replaces it; the next start notices, because Webex rejects the stored
// one. No caller gets the new access token before it is written.
type keeper struct {
	principal Principal
	guard     RefreshGuard // nil if the store has none
	client    *Client
	keeperFuncs

	turn    chan struct{} // allows one refresh at a time in this process
	mu      sync.Mutex
	unsaved *unsaved
	refusal refusalOf
	running int
	idle    chan struct{} // closed when running falls to 0; nil while it is
}

// refusalOf is the error with which Webex rejected a fetch, and when. Callers that waited
// for the fetch, or come soon after it, get the same error without another request.
type refusalOf struct {
	err error
	at  time.Time
}

// refusalHolds is how long a rejected fetch is not repeated.
const refusalHolds = time.Minute

// unsaved holds issued tokens that could not be written.
type unsaved struct {
	tokens   Tokens
	replaces Secret // the refresh token that is still stored
}

// keeperFuncs is what differs between the tokens of an integration and of a Service App.
type keeperFuncs struct {
	load func(context.Context) (Tokens, error)
	save func(context.Context, Tokens) error
	post func(context.Context, Tokens) (Tokens, error) // once, with the refresh token
	// fetch gets tokens if the refresh token is rejected or missing; nil if only a new login
	// can.
	fetch func(context.Context) (Tokens, error)
	// ready obtains what post needs and may prompt the user, before the lock makes others
	// wait.
	ready func(context.Context) error
}

func newKeeper(p Principal, guard RefreshGuard, c *Client, f keeperFuncs) *keeper {
	return &keeper{principal: p, guard: guard, client: c, keeperFuncs: f, turn: make(chan struct{}, 1)}
}

// current returns the unsaved tokens, if any, otherwise the stored ones.
func (k *keeper) current(ctx context.Context) (Tokens, error) {
	k.mu.Lock()
	if k.unsaved != nil {
		defer k.mu.Unlock()
		return k.unsaved.tokens, nil
	}
	k.mu.Unlock()
	return k.load(ctx)
}

func (k *keeper) valid(ctx context.Context) (Tokens, error) {
	if err := k.saveUnsaved(ctx); err != nil {
		return Tokens{}, err
	}
	t, err := k.current(ctx)
	switch {
	case err != nil || t.Usable(k.client.now()):
		return t, err
	case t.Renewable() && k.justNow(t.AccessRejected):
		return t, errRefusedAgain
	}
	before := t
	t, err = k.refresh(ctx, ifNeeded, func(t Tokens) bool { return t.Usable(k.client.now()) })
	if err == nil && !before.AccessRejected.IsZero() && t.Access.Equal(before.Access) {
		err = k.refusedAccess(ctx, t, errSameRefused)
	}
	return t, err
}

// token returns the access token for a request. A token that Webex rejected elsewhere is
// still tried: each call finds out whether it is rejected too, and then renews it.
func (k *keeper) token(ctx context.Context) (Secret, error) {
	if err := k.saveUnsaved(ctx); err != nil {
		return Secret{}, err
	}
	if t, err := k.current(ctx); err == nil && t.Renewable() && t.young(k.client.now()) {
		return t.Access, nil
	}
	t, err := k.valid(ctx)
	return t.Access, err
}

func (k *keeper) force(ctx context.Context) (Tokens, error) {
	if err := k.saveUnsaved(ctx); err != nil {
		return Tokens{}, err
	}
	before, err := k.current(ctx)
	if err != nil {
		return before, err
	}
	return k.forceFrom(ctx, before)
}

// forceFrom refreshes tokens that the caller read. If another caller refreshed them since, that is enough.
func (k *keeper) forceFrom(ctx context.Context, before Tokens) (Tokens, error) {
	if err := k.saveUnsaved(ctx); err != nil {
		return Tokens{}, err
	}
	return k.refresh(ctx, asked, func(t Tokens) bool { return !t.Access.Equal(before.Access) && t.Usable(k.client.now()) })
}

// forcedTrust: if Webex rejects tokens that were requested after a rejection within this
// time, the tokens are not the cause, and another refresh would not help.
const forcedTrust = 10 * time.Minute

var errSameRefused = fmt.Errorf("%w: Webex rejected the access token, and a refresh returned the same one", ErrNotLoggedIn)

// justNow reports whether at is within forcedTrust. It is false if the clock was set back
// since.
func (k *keeper) justNow(at time.Time) bool {
	d := k.client.now().Sub(at)
	return d >= 0 && d < forcedTrust
}

var errRefusedAgain = fmt.Errorf("%w: Webex rejected this access token and the one before it; request a refresh to try again", ErrNotLoggedIn)

func (k *keeper) renew(ctx context.Context, refused Secret) (Tokens, error) {
	if err := k.saveUnsaved(ctx); err != nil {
		return Tokens{}, err
	}
	t, err := k.current(ctx)
	switch {
	case err != nil:
		return t, err
	case !t.Access.Equal(refused):
		return t, nil // another caller renewed it
	case !t.Renewable() && k.fetch == nil && !t.Rejected.IsZero(): // both tokens are rejected: log in again
		return t, k.markDead(ctx, t)
	case !t.Renewable() && k.fetch == nil:
		return t, fmt.Errorf("%w: Webex rejected the access token", ErrNotLoggedIn)
	case t.Forced && k.justNow(t.Issued) || k.justNow(t.AccessRejected):
		return t, k.refusedAccess(ctx, t, errRefusedAgain)
	}
	t, err = k.refresh(ctx, refusal, func(t Tokens) bool { return !t.Access.Equal(refused) })
	if err == nil && t.Access.Equal(refused) {
		err = k.refusedAccess(ctx, t, errSameRefused)
	}
	return t, err
}

// refreshReason is why a refresh starts.
type refreshReason int

const (
	ifNeeded refreshReason = iota // the access token expires
	asked                         // the user requested it; a rejected refresh token of a login is tried again
	refusal                       // Webex rejected the access token
)

// finishGrace is how long a POST may continue after the caller has canceled it: its
// response may contain a refresh token that exists nowhere else.
const finishGrace = 5 * time.Second

// refresh gets new tokens, unless the stored ones are enough once the lock is held.
func (k *keeper) refresh(ctx context.Context, reason refreshReason, enough func(Tokens) bool) (Tokens, error) {
	defer k.busy()()
	if err := k.ready(ctx); err != nil {
		return Tokens{}, &Error{Op: opRefresh.name, Err: err}
	}
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
		return before, nil
	case k.fetch != nil: // new tokens can always be fetched
		if err := k.justRefused(before, reason); err != nil {
			return before, err
		}
	case before.Refresh.IsZero():
		return before, fmt.Errorf("%w: the access token has expired, and there is no refresh token", ErrNotLoggedIn)
	case !before.Rejected.IsZero() && reason == ifNeeded:
		return before, fmt.Errorf("%w: Webex rejected the refresh token at %s", ErrNotLoggedIn, before.Rejected.UTC().Format("2006-01-02 15:04 UTC"))
	}
	cutOff := k.cutOff(ctx)
	if k.guard != nil {
		if err := k.guard.IntendRefresh(ctx, k.principal, before); err != nil {
			return before, fmt.Errorf("refresh token: nothing was sent: %w", err)
		}
	}
	after, others, err := k.obtain(ctx, before, cutOff, reason)
	switch {
	case err != nil:
		k.dropIntent(ctx, err)
		return before, err
	case others:
		return after, nil
	}
	after.Forced = reason == refusal
	return after, k.keep(ctx, after, before.Refresh)
}

// obtain gets new tokens with the stored refresh token or, if Webex rejects it, with fetch,
// if there is one. others is true if the result was stored by another program meanwhile.
func (k *keeper) obtain(ctx context.Context, before Tokens, cutOff time.Time, reason refreshReason) (t Tokens, others bool, err error) {
	if k.fetch != nil && !before.Renewable() {
		t, err = k.fetchAnew(ctx, before)
		return t, false, err
	}
	t, err = k.ask(ctx, func(ctx context.Context) (Tokens, error) { return k.post(ctx, before) })
	if !errors.Is(err, ErrNotLoggedIn) {
		return t, false, err
	}
	t, err = k.refused(ctx, before, cutOff, reason, err)
	if err == nil || k.fetch == nil {
		return t, true, err
	}
	words := "Webex rejected the refresh token"
	if !cutOff.IsZero() {
		words = cutOffWords(cutOff)
	}
	// Marking the rejection has cleared the intent.
	if k.guard != nil {
		if err := k.guard.IntendRefresh(ctx, k.principal, Tokens{Access: longest, Refresh: longest}); err != nil {
			return before, false, fmt.Errorf("fetch tokens: nothing was sent: %w", err)
		}
	}
	if t, err = k.fetchAnew(ctx, before); err != nil {
		err = fmt.Errorf("%s, so new tokens were requested: %w", words, err)
	}
	return t, false, err
}

// fetchAnew fetches tokens that replace before, and remembers a rejection.
func (k *keeper) fetchAnew(ctx context.Context, before Tokens) (Tokens, error) {
	t, err := k.ask(ctx, k.fetch)
	t.Owner = before.Owner
	definite := errors.Is(err, ErrOrgNotAuthorized) || errors.Is(err, ErrOrgUnknown) || errors.Is(err, ErrWrongClient) || errors.Is(err, ErrForbidden)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.refusal = refusalOf{}
	if definite {
		k.refusal = refusalOf{err, k.client.now()}
	}
	return t, err
}

// justRefused returns the error of a recently rejected fetch, which should not be repeated
// so soon unless the user requested it.
func (k *keeper) justRefused(before Tokens, reason refreshReason) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if reason == asked || before.Renewable() || k.client.now().Sub(k.refusal.at) > refusalHolds {
		return nil
	}
	return k.refusal.err
}

// cutOff returns when a refresh started that was never completed because its program
// crashed; zero if there is none or the store does not record it.
func (k *keeper) cutOff(ctx context.Context) time.Time {
	if g, ok := k.guard.(RefreshIntents); ok {
		if since, err := g.CutOff(ctx, k.principal); err == nil {
			return since
		}
	}
	return time.Time{}
}

// dropIntent removes the intent after a failure that certainly had no effect.
func (k *keeper) dropIntent(ctx context.Context, cause error) {
	var e *Error
	g, ok := k.guard.(RefreshIntents)
	if ok && (!errors.As(cause, &e) || !e.MayHaveHappened()) {
		_ = g.DropIntent(context.WithoutCancel(ctx), k.principal) // the next write of tokens removes it too
	}
}

// busy counts the operations that must complete before the program exits.
func (k *keeper) busy() (done func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.running++; k.running == 1 {
		k.idle = make(chan struct{})
	}
	return func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.running--; k.running == 0 {
			close(k.idle)
			k.idle = nil
		}
	}
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

// finishing calls post with a context that ends finishGrace after ctx.
func finishing(ctx context.Context, post func(context.Context) (Tokens, error)) (Tokens, error) {
	pctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		t := time.NewTimer(finishGrace)
		defer t.Stop()
		select {
		case <-t.C:
			cancel()
		case <-pctx.Done():
		}
	})
	defer stop()
	return post(pctx)
}

// ask calls post, and calls it again if the first request may not have arrived. That is
// safe, because a refresh token that Webex has not replaced can be used again.
func (k *keeper) ask(ctx context.Context, post func(context.Context) (Tokens, error)) (Tokens, error) {
	after, err := finishing(ctx, post)
	e, ok := errors.AsType[*Error](err)
	if !ok || ctx.Err() != nil {
		return after, err
	}
	// landed adds to an error of the rest that the first request may have taken effect.
	landed := func(err error) error {
		switch e2, ok := errors.AsType[*Error](err); {
		case err == nil || !e.MayHaveHappened():
			return err
		case ok:
			e2.earlier = true
			return err
		}
		e3 := contextError(e.Op, err, false)
		e3.earlier = true
		return e3
	}
	switch {
	case e.Status == http.StatusTooManyRequests || e.Status == http.StatusLocked:
		d := e.RetryAfter
		if !e.asked {
			d = defaultPause
		}
		if d > k.client.maxWait {
			e.Hint = pauseWords(tooLong(time.Now().Add(d), d))
			return after, e
		}
		if err := sleep(ctx, d); err != nil {
			return after, landed(err)
		}
	case e.Status >= 500 || errors.Is(err, ErrNetwork):
		if err := sleep(ctx, k.client.jitter(backoffBase)); err != nil {
			return after, landed(err)
		}
	default:
		return after, err
	}
	after, err = finishing(ctx, post)
	return after, landed(err)
}

// refused reads the stored tokens again, because a program that does not use the lock may
// have refreshed them, and otherwise marks the refresh token as rejected, so that it is not
// used again.
func (k *keeper) refused(ctx context.Context, before Tokens, cutOff time.Time, reason refreshReason, cause error) (Tokens, error) {
	now, err := k.load(ctx)
	if err == nil && !now.Refresh.Equal(before.Refresh) && now.Usable(k.client.now()) {
		return now, nil
	}
	if err == nil && now.Refresh.Equal(before.Refresh) {
		now.Rejected = k.client.now()
		// Tokens requested just now, after a rejection, were most likely revoked with their refresh token.
		if reason == refusal || now.Forced && now.Rejected.Sub(now.Issued) < forcedTrust {
			now.AccessRejected = now.Rejected
		}
		if err := k.save(context.WithoutCancel(ctx), now); err != nil {
			return before, errors.Join(cause, err)
		}
	}
	if !cutOff.IsZero() {
		return before, fmt.Errorf("%s: %w", cutOffWords(cutOff), cause)
	}
	return before, cause
}

func (k *keeper) wait(d time.Duration) bool {
	k.mu.Lock()
	idle := k.idle
	k.mu.Unlock()
	if idle == nil {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-idle:
		return true
	case <-t.C:
		return false
	}
}
