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
	unsaved *unsaved
	refusal refusalOf
	running int
	idle    chan struct{} // closed when running falls to 0; nil while it is
}

// refusalOf is what a fetch was refused with, and when: whoever waited for it, and whoever
// comes soon after, is told the same without asking again.
type refusalOf struct {
	err error
	at  time.Time
}

// refusalHolds is for how long.
const refusalHolds = time.Minute

// unsaved are tokens that were issued and could not be written.
type unsaved struct {
	tokens   Tokens
	replaces Secret // the refresh token that is still kept
}

// keeperFuncs is what differs between the tokens of an integration and of a Service App.
type keeperFuncs struct {
	load func(context.Context) (Tokens, error)
	save func(context.Context, Tokens) error
	post func(context.Context, Tokens) (Tokens, error) // once, with the refresh token
	// fetch gets tokens where the refresh token is refused or missing; nil where there is
	// no way but a login.
	fetch func(context.Context) (Tokens, error)
	// ready gets what post needs and somebody may have to be asked for, before others
	// are kept waiting.
	ready func(context.Context) error
}

func newKeeper(p Principal, guard RefreshGuard, c *Client, f keeperFuncs) *keeper {
	return &keeper{principal: p, guard: guard, client: c, keeperFuncs: f, turn: make(chan struct{}, 1)}
}

// current returns what is kept; what could not be written goes first.
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
	if err := k.settle(ctx); err != nil {
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

// token is what requests of ours carry: each call with an access token that Webex refused
// somewhere learns for itself whether it is refused there too, and asks for another then.
func (k *keeper) token(ctx context.Context) (Secret, error) {
	if err := k.settle(ctx); err != nil {
		return Secret{}, err
	}
	if t, err := k.current(ctx); err == nil && t.Renewable() && t.young(k.client.now()) {
		return t.Access, nil
	}
	t, err := k.valid(ctx)
	return t.Access, err
}

func (k *keeper) force(ctx context.Context) (Tokens, error) {
	if err := k.settle(ctx); err != nil {
		return Tokens{}, err
	}
	before, err := k.current(ctx)
	if err != nil {
		return before, err
	}
	// Somebody who refreshed while we waited for our turn did what was asked for.
	return k.refresh(ctx, asked, func(t Tokens) bool { return !t.Access.Equal(before.Access) && t.Usable(k.client.now()) })
}

// forcedTrust: tokens that a refusal made us ask for, and that are refused as well
// within this time, are not the reason of the refusal.
const forcedTrust = 10 * time.Minute

var errSameRefused = fmt.Errorf("%w: Webex refuses the access token, and answers a refresh with the same one", ErrNotLoggedIn)

// justNow reports whether something happened within that time, by a clock that was not set
// back since.
func (k *keeper) justNow(at time.Time) bool {
	d := k.client.now().Sub(at)
	return d >= 0 && d < forcedTrust
}

var errRefusedAgain = fmt.Errorf("%w: Webex refuses the access token, as it did the one before it; one more refresh must be asked for", ErrNotLoggedIn)

func (k *keeper) renew(ctx context.Context, refused Secret) (Tokens, error) {
	if err := k.settle(ctx); err != nil {
		return Tokens{}, err
	}
	t, err := k.current(ctx)
	switch {
	case err != nil:
		return t, err
	case !t.Access.Equal(refused):
		return t, nil // another has done it
	case !t.Renewable() && k.fetch == nil && !t.Rejected.IsZero(): // both are refused: it is no login any more
		return t, k.bury(ctx, t)
	case !t.Renewable() && k.fetch == nil:
		return t, fmt.Errorf("%w: Webex refuses the access token", ErrNotLoggedIn)
	case t.Forced && k.justNow(t.Issued) || k.justNow(t.AccessRejected):
		return t, k.refusedAccess(ctx, t, errRefusedAgain)
	}
	t, err = k.refresh(ctx, refusal, func(t Tokens) bool { return !t.Access.Equal(refused) })
	if err == nil && t.Access.Equal(refused) {
		err = k.refusedAccess(ctx, t, errSameRefused)
	}
	return t, err
}

// why a refresh is begun.
type why int

const (
	ifNeeded why = iota // the access token ends
	asked               // the user wants one; of a login, a refresh token that was refused is tried again
	refusal             // Webex refused the access token
)

// finishGrace is how long a POST that has begun may go on when the caller gives up:
// its answer may hold a refresh token that exists nowhere else.
const finishGrace = 5 * time.Second

// refresh gets new tokens unless what is kept is enough once it is our turn.
func (k *keeper) refresh(ctx context.Context, reason why, enough func(Tokens) bool) (Tokens, error) {
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
	case k.fetch != nil: // there is always a way
		if err := k.justRefused(before, reason); err != nil {
			return before, err
		}
	case before.Refresh.IsZero():
		return before, fmt.Errorf("%w: the access token has ended, and there is no refresh token for another", ErrNotLoggedIn)
	case !before.Rejected.IsZero() && reason == ifNeeded:
		return before, fmt.Errorf("%w: Webex refused the refresh token at %s", ErrNotLoggedIn, before.Rejected.UTC().Format("2006-01-02 15:04 UTC"))
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

// obtain gets new tokens: with the refresh token that is kept, and where Webex refuses it
// the other way, if there is one. others says that what comes back is what somebody
// else has put in place meanwhile.
func (k *keeper) obtain(ctx context.Context, before Tokens, cutOff time.Time, reason why) (t Tokens, others bool, err error) {
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
	words := "the refresh token is refused"
	if !cutOff.IsZero() {
		words = cutOffWords(cutOff)
	}
	// The mark of the refusal took the intent back with it.
	if k.guard != nil {
		if err := k.guard.IntendRefresh(ctx, k.principal, Tokens{Access: longest, Refresh: longest}); err != nil {
			return before, false, fmt.Errorf("fetch tokens: nothing was sent: %w", err)
		}
	}
	if t, err = k.fetchAnew(ctx, before); err != nil {
		err = fmt.Errorf("%s, so new tokens were asked for: %w", words, err)
	}
	return t, false, err
}

// fetchAnew fetches tokens in the place of before, and remembers a refusal.
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

// justRefused is the refusal of a fetch that is not to be asked for again so soon: unless
// the user wants to know.
func (k *keeper) justRefused(before Tokens, reason why) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if reason == asked || before.Renewable() || k.client.now().Sub(k.refusal.at) > refusalHolds {
		return nil
	}
	return k.refusal.err
}

// cutOff returns since when a refresh has been under way that nobody ended, where the
// store can tell: the program that began it died.
func (k *keeper) cutOff(ctx context.Context) time.Time {
	if g, ok := k.guard.(RefreshIntents); ok {
		if since, err := g.CutOff(ctx, k.principal); err == nil {
			return since
		}
	}
	return time.Time{}
}

// dropIntent takes the intent back after a failure that certainly had no effect.
func (k *keeper) dropIntent(ctx context.Context, cause error) {
	var e *Error
	g, ok := k.guard.(RefreshIntents)
	if ok && (!errors.As(cause, &e) || !e.MayHaveHappened()) {
		_ = g.DropIntent(context.WithoutCancel(ctx), k.principal) // the next one that is set takes it back as well
	}
}

// busy counts what must not be cut off by the end of the program.
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

// withFinish returns a context that goes on for finishGrace when ctx ends.
func withFinish(ctx context.Context) (context.Context, context.CancelFunc) {
	pctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		t := time.NewTimer(finishGrace)
		defer t.Stop()
		select {
		case <-t.C:
			cancel()
		case <-pctx.Done():
		}
	})
	return pctx, func() { stop(); cancel() }
}

// ask posts, and once more where the first may not have arrived: a refresh token that
// Webex does not replace can be used again.
func (k *keeper) ask(ctx context.Context, post func(context.Context) (Tokens, error)) (Tokens, error) {
	pctx, cancel := withFinish(ctx)
	defer cancel()
	after, err := post(pctx)
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
	return post(pctx)
}

// refused looks once more, since another program that knows no lock may have been
// faster, and then marks what is kept, so that nobody asks again with it.
func (k *keeper) refused(ctx context.Context, before Tokens, cutOff time.Time, reason why, cause error) (Tokens, error) {
	now, err := k.load(ctx)
	if err == nil && !now.Refresh.Equal(before.Refresh) && now.Usable(k.client.now()) {
		return now, nil
	}
	if err == nil && now.Refresh.Equal(before.Refresh) {
		now.Rejected = k.client.now()
		// What a refusal made us ask for just now has died with its refresh token, most likely.
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
