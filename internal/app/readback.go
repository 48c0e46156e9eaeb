package app

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/wxauth/wxauth/webex"
)

// lookDelays space the read-back: at once, then for about ten seconds. Webex says
// that a revoke may take effect with a delay, and names no number.
var lookDelays = []time.Duration{0, 500 * time.Millisecond, time.Second, 2 * time.Second, 3 * time.Second, 3500 * time.Millisecond}

// cascadeLooks is how many looks the read-back spends on access tokens that should
// have ended with their refresh token, once the plan's own rows are gone.
const cascadeLooks = 3

// readBack lists until the wave's rows are gone or the time is over.
func (r *run) readBack(wave int) {
	var open []*attempt
	for _, a := range r.wave(wave) {
		if a.answer == accepted || a.answer == notFound || a.answer == ambiguous {
			open = append(open, a)
		}
	}
	if len(open) == 0 {
		return
	}
	sent := slices.Clone(open)
	var lastErr error
	for n, delay := range lookDelays {
		final := !r.sleep(delay)
		for _, a := range open {
			r.tell(Progress{ID: a.item.ID, Stage: StageLooking, Look: n + 1, Looks: len(lookDelays)})
		}
		lastErr = r.look()
		if lastErr == nil {
			open = slices.DeleteFunc(open, r.goneNow)
		}
		enough := len(open) == 0 && (n+1 >= cascadeLooks || lastErr != nil || !r.cascadeOpen(sent))
		if errors.Is(lastErr, webex.ErrNotLoggedIn) {
			if len(open) == 1 && refusedByWebex(lastErr) {
				open = slices.DeleteFunc(open, r.endedOurs)
			}
			if !r.ownEnded || len(open) > 0 {
				r.stop(lastErr)
			}
			break
		}
		if enough || final {
			break
		}
	}
	for _, a := range open {
		r.giveUp(a, lastErr)
	}
}

// refusedByWebex tells Webex's own 401 from a login that is missing here.
func refusedByWebex(err error) bool {
	var e *webex.Error
	return errors.As(err, &e) && e.Status == http.StatusUnauthorized
}

// endedOurs settles an accepted DELETE of the refresh token that we are logged in with
// by what followed: Webex refuses our access token, and the refresh token too, or there
// would be another. No list can be had any more, and that is the proof. An access
// token's death alone proves nothing.
func (r *run) endedOurs(a *attempt) bool {
	if !a.item.Self || a.answer != accepted || a.item.Type != webex.TypeRefresh || r.s.opts.OwnClient == "" {
		return false
	}
	r.ownEnded = true
	r.settle(a, Revoked, nil)
	return true
}

// sleep waits for d, and returns false when the caller gave up: one last look then.
func (r *run) sleep(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return r.ctx.Err() == nil
	case <-r.ctx.Done():
		return false
	}
}

func (r *run) look() error {
	exists := func() error { return r.s.confirmExists(r.grace, r.plan.Who) }
	if r.listed == nil && !r.leavesOthers() {
		// The list will be empty, it is hoped, and then this is asked: both at once.
		asked := make(chan error, 1)
		go func(ask func() error) { asked <- safely(ask) }(exists)
		exists = func() error { return <-asked }
	}
	rows, err := r.s.api.Authorizations(r.grace, r.plan.Who)
	if err != nil { // a 404 too: only a list without the row proves that it is gone
		return err
	}
	if err := r.doubt(rows, exists); err != nil {
		return err
	}
	r.rows = rows
	r.partial = false
	r.listed = make(map[webex.AuthorizationID]bool, len(rows))
	for _, a := range rows {
		r.listed[a.ID] = true
	}
	r.partial = r.lacksOthers()
	return nil
}

// lacksOthers reports whether the last list lacks what nobody here revokes. That may be
// so; but where it is not even known that Webex got our request, such a list is no proof.
func (r *run) lacksOthers() bool {
	concerned := r.concerned()
	return slices.ContainsFunc(r.plan.rows, func(p Row) bool { return !concerned[p.ID] && !r.listed[p.ID] })
}

// concerned are the rows of the plan, and those that end with them.
func (r *run) concerned() map[webex.AuthorizationID]bool {
	out := map[webex.AuthorizationID]bool{}
	for _, i := range r.plan.Items {
		out[i.ID] = true
		for _, e := range i.Ends {
			out[e.ID] = true
		}
	}
	return out
}

// doubt says why a list proves nothing although it was read: it lacks what nobody
// revoked, or holds rows that cannot be told apart from those that were.
func (r *run) doubt(rows []webex.Authorization, exists func() error) error {
	blank := 0
	for _, a := range rows {
		blank += btoi(a.ID == "")
	}
	for _, p := range r.plan.rows {
		blank -= btoi(p.ID == "")
	}
	if blank > 0 {
		return fmt.Errorf("%w: the list came back with rows without an id", webex.ErrServer)
	}
	if len(rows) > 0 {
		return nil
	}
	if r.leavesOthers() {
		return fmt.Errorf("%w: the list came back empty, though other tokens were on it", webex.ErrServer)
	}
	return exists()
}

// leavesOthers reports whether tokens were listed that nobody here revokes.
func (r *run) leavesOthers() bool {
	concerned := r.concerned()
	return slices.ContainsFunc(r.plan.rows, func(p Row) bool { return !concerned[p.ID] })
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// goneNow settles an attempt whose row the list no longer shows.
func (r *run) goneNow(a *attempt) bool {
	if r.listed[a.item.ID] {
		a.seen = true
		return false
	}
	switch {
	case a.answer == ambiguous && r.partial:
		return false
	case a.answer == notFound:
		r.settle(a, r.vanished(a), nil)
	default:
		r.settle(a, Revoked, nil)
	}
	return true
}

// cascadeOpen reports whether access tokens that surely belong to a revoked refresh
// token are still listed.
func (r *run) cascadeOpen(sent []*attempt) bool {
	return slices.ContainsFunc(sent, func(a *attempt) bool {
		return a.result.Outcome == Revoked && !a.item.UpTo && slices.ContainsFunc(a.item.Ends, func(e Row) bool { return r.listed[e.ID] })
	})
}

// giveUp settles what the read-back could not.
func (r *run) giveUp(a *attempt, lookErr error) {
	switch {
	case a.answer == accepted && a.seen:
		r.settle(a, StillListed, errors.New("accepted, but still listed at the last look: do not count it as gone"))
	case lookErr != nil && a.err != nil:
		r.settle(a, Unknown, fmt.Errorf("%w; and the list could not be read: %w", a.err, lookErr))
	case lookErr != nil:
		r.settle(a, Unknown, fmt.Errorf("accepted, but the list could not be read: %w", lookErr))
	case !a.seen:
		r.settle(a, Unknown, fmt.Errorf("%w; the list no longer shows it, and lacks others that nobody revoked", a.err))
	default:
		r.settle(a, Failed, fmt.Errorf("still listed: %w", a.err))
	}
}
