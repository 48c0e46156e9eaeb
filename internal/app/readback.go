package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/wxauth/wxauth/webex"
)

// lookDelays are the delays between checks: the first immediately, the rest over
// about ten seconds. Webex says that a revoke may take effect with a delay, but not
// how long.
var lookDelays = []time.Duration{0, 500 * time.Millisecond, time.Second, 2 * time.Second, 3 * time.Second, 3500 * time.Millisecond}

// cascadeLooks is how many checks are made for access tokens that should have been
// revoked with their refresh token, once the plan's own rows are gone.
const cascadeLooks = 3

// readBack reloads the list until the wave's rows are gone or time is up.
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
		final := !sleep(r.ctx, delay) // one last check follows after cancellation
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
				open = slices.DeleteFunc(open, r.confirmSelfRevoked)
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

// refusedByWebex reports whether Webex returned the 401, as opposed to a missing
// local login.
func refusedByWebex(err error) bool {
	var e *webex.Error
	return errors.As(err, &e) && e.Status == http.StatusUnauthorized
}

// confirmSelfRevoked verifies an accepted DELETE of the current login's own refresh
// token. No list can be read any more, so the proof is that Webex rejects both the
// access token and the refresh token. A rejected access token alone proves nothing.
func (r *run) confirmSelfRevoked(a *attempt) bool {
	if !a.item.Self || a.answer != accepted || a.item.Type != webex.TypeRefresh || r.s.opts.OwnClient == "" {
		return false
	}
	r.ownEnded = true
	r.conclude(a, Revoked, nil)
	return true
}

// sleep waits for d. It returns false if ctx is done.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

func (r *run) look() error {
	if r.proof == nil {
		r.proof = r.s.newProof(r.grace, r.plan.Who, r.plan.Person, r.plan.rows)
		for _, i := range r.plan.Items {
			r.proof.concern(i.ID)
			for _, e := range i.Ends {
				r.proof.concern(e.ID)
			}
		}
		if r.proof.alone() { // the proof needs the person: request both at once
			r.proof.exists.begin()
		}
	}
	rows, err := r.s.api.Authorizations(r.grace, r.plan.Who)
	if err != nil { // also for a 404: only a list without the row proves that it is gone
		return err
	}
	return r.proof.take(rows)
}

// newProof starts a proof for a person whose list was before.
func (s *Service) newProof(ctx context.Context, who webex.Person, person webex.PersonDetails, before []Row) *proof {
	p := &proof{owner: person.ID, before: before}
	p.exists.ask = func() (known webex.Tristate) {
		_ = safely(func() error { known = s.exists(ctx, who, person.ID); return nil })
		return known
	}
	return p
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// goneNow concludes an attempt whose token is proven to be gone.
func (r *run) goneNow(a *attempt) bool {
	a.seen = r.proof.shows(a.item.ID)
	switch {
	case !r.proof.gone(a.item.ID, a.answer):
		return false
	case a.answer == notFound:
		r.conclude(a, r.vanished(a), nil)
	default:
		r.conclude(a, Revoked, nil)
	}
	return true
}

// cascadeOpen reports whether access tokens that certainly belong to a revoked
// refresh token are still listed.
func (r *run) cascadeOpen(sent []*attempt) bool {
	return slices.ContainsFunc(sent, func(a *attempt) bool {
		return a.result.Outcome == Revoked && !a.item.UpTo && slices.ContainsFunc(a.item.Ends, func(e Row) bool { return !r.gone(e.ID) })
	})
}

// gone reports whether a token that is revoked along with another is proven to be
// gone.
func (r *run) gone(id webex.AuthorizationID) bool {
	return r.proof != nil && r.proof.gone(id, accepted)
}

// errUnproven means that a list lacks the token but does not prove that it is gone.
var errUnproven = errors.New("not in the list, but neither are tokens that were not revoked, or Webex cannot confirm that the person exists: check again later")

// giveUp concludes an attempt that the checks could not verify.
func (r *run) giveUp(a *attempt, lookErr error) {
	switch {
	case a.answer == accepted && a.seen:
		r.conclude(a, StillListed, errors.New("accepted, but still listed at the last check: it may still be valid"))
	case lookErr != nil && a.err != nil:
		r.conclude(a, Unknown, fmt.Errorf("%w; could not read the list: %w", a.err, lookErr))
	case lookErr != nil:
		r.conclude(a, Unknown, fmt.Errorf("accepted, but could not read the list: %w", lookErr))
	case !a.seen:
		err := errUnproven
		if a.err != nil {
			err = fmt.Errorf("%w; %w", a.err, err)
		}
		r.conclude(a, Unknown, err)
	default:
		r.conclude(a, Failed, fmt.Errorf("still listed: %w", a.err))
	}
}
