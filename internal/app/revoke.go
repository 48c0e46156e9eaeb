package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/wxauth/wxauth/webex"
)

// ErrListChanged: between plan and confirmation the list changed, so what was
// confirmed is not what is there. Nothing was sent.
var ErrListChanged = errors.New("the list changed since it was shown")

const (
	// FreshFor is how long a listing may be the ground for a revoke.
	FreshFor = 60 * time.Second
	workers  = 8
	// graceTime is what a request in flight gets to finish when the caller gives up.
	graceTime = 3 * time.Second
)

// Revoke carries a confirmed plan out: for each item an intent on record, the
// DELETE, then reading back until it is no longer listed or ten seconds are over.
// Refresh tokens go first; an access token that went with one is not sent. observe
// is told of every step, from any goroutine; nil is allowed.
//
// An error means that nothing was sent. All else is in the result, also when ctx
// ends half way: what is in flight is finished or looked up, the rest is not sent.
func (s *Service) Revoke(ctx context.Context, p Plan, observe func(Progress)) (Result, error) {
	if s.opts.ReadOnly {
		return Result{}, fmt.Errorf("revoke: %w: nothing was sent", webex.ErrReadOnly)
	}
	if !Fresh(p.ReadAt, s.opts.Now()) {
		if err := s.recheck(ctx, &p); err != nil {
			return Result{}, err
		}
	}
	s.running.Add(1)
	defer s.running.Done()
	grace, cancel := withGrace(ctx, graceTime)
	defer cancel()
	r := &run{s: s, ctx: ctx, grace: grace, plan: p, observe: observe, items: make([]*attempt, len(p.Items))}
	if me, err := s.signedIn(ctx); err == nil {
		r.actor = me.Email()
	}
	for n, i := range p.Items {
		r.items[n] = &attempt{item: i, result: ItemResult{Row: i.Row, Renewable: i.Renewable}}
	}
	for wave := range waves {
		r.send(wave)
		r.readBack(wave)
	}
	res := r.finish()
	s.last.Store(&res)
	return res, nil
}

// recheck reads the list again and holds the plan against it.
func (s *Service) recheck(ctx context.Context, p *Plan) error {
	fresh, err := s.List(ctx, p.Who)
	if err != nil {
		return fmt.Errorf("read the list again before revoking: %w", err)
	}
	now := map[webex.AuthorizationID]webex.Authorization{}
	for _, r := range fresh.Rows {
		now[r.ID] = r.Authorization
	}
	for _, i := range p.Items {
		if got, ok := now[i.ID]; !ok || got != i.Authorization {
			return fmt.Errorf("%w: %s %s is gone or different; nothing was sent", ErrListChanged, i.ApplicationName, i.Type)
		}
	}
	// What ends with them must be what was shown, too.
	again := Plan{rows: fresh.Rows, Items: slices.Clone(p.Items)}
	again.inferCascade()
	for n, i := range p.Items {
		j := again.Items[n]
		same := slices.EqualFunc(i.Ends, j.Ends, func(a, b Row) bool { return a.ID == b.ID })
		if !same || i.UpTo != j.UpTo || i.Renewable != j.Renewable {
			return fmt.Errorf("%w: what ends with %s is different; nothing was sent", ErrListChanged, ShortName(i.Authorization))
		}
	}
	p.ReadAt, p.rows = fresh.ReadAt, fresh.Rows
	return nil
}

// withGrace returns a context that outlives ctx by d.
func withGrace(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	g, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-t.C:
			cancel()
		case <-g.Done():
		}
	})
	return g, func() { stop(); cancel() }
}

// answer is what a DELETE came to, before the list is read back.
type answer int

const (
	pending   answer = iota // not sent yet
	accepted                // Webex said yes
	notFound                // Webex did not know it at the first attempt
	ambiguous               // it may have happened
	settled                 // the result is final
)

type attempt struct {
	item   Item
	answer answer
	result ItemResult
	intent int64
	err    error // of an ambiguous or notFound answer
	seen   bool  // a look after the DELETE showed it
}

// run is one execution of a plan.
type run struct {
	s          *Service
	ctx, grace context.Context
	plan       Plan
	actor      webex.Untrusted
	observe    func(Progress)
	items      []*attempt

	mu      sync.Mutex
	stopped error // why nothing more is sent
	// listed is the last list that was read back; nil before.
	listed map[webex.AuthorizationID]bool
	// ownEnded is true once our own session is gone: nothing can be listed any more.
	ownEnded bool
}

func (r *run) wave(n int) []*attempt {
	var out []*attempt
	for _, a := range r.items {
		if a.item.wave() == n {
			out = append(out, a)
		}
	}
	return out
}

func (r *run) send(wave int) {
	var g errgroup.Group
	g.SetLimit(workers)
	for _, a := range r.wave(wave) {
		if r.listed != nil && !r.listed[a.item.ID] || r.ownEnded && r.refreshRevoked(a.item.Authorization) {
			r.settle(a, r.vanished(a), nil)
			continue
		}
		if r.ownEnded {
			r.settle(a, NotSent, errOwnEnded)
			continue
		}
		g.Go(func() error { r.sendOne(a); return nil })
	}
	_ = g.Wait()
}

// vanished names what became of a row that is gone without a DELETE of its own.
func (r *run) vanished(a *attempt) Outcome {
	if r.refreshRevoked(a.item.Authorization) {
		return Cascaded
	}
	return AlreadyGone
}

// refreshRevoked reports whether a refresh token of the same person and client was
// ended by this run.
func (r *run) refreshRevoked(row webex.Authorization) bool {
	return row.Type == webex.TypeAccess && row.ClientID != "" && slices.ContainsFunc(r.items, func(a *attempt) bool {
		return a.item.Type == webex.TypeRefresh && a.result.Outcome == Revoked && keyOf(a.item.Authorization) == keyOf(row)
	})
}

func (r *run) stop(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped == nil {
		r.stopped = err
	}
}

// mayGoOn returns why nothing more may be sent, nil when it may.
func (r *run) mayGoOn() error {
	if err := r.ctx.Err(); err != nil {
		r.stop(context.Cause(r.ctx))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stopped
}

func (r *run) sendOne(a *attempt) {
	if err := r.mayGoOn(); err != nil {
		r.settle(a, NotSent, err)
		return
	}
	seq, err := r.s.rec.Intent(r.grace, r.record(a))
	if err != nil {
		r.settle(a, NotSent, fmt.Errorf("write intent to the record: %w", err))
		return
	}
	a.intent, a.result.Audit = seq, append(a.result.Audit, seq)
	r.tell(Progress{ID: a.item.ID, Stage: StageSending})
	a.result.Sent = r.s.opts.Now()
	r.judge(a, r.s.api.DeleteAuthorization(r.grace, a.item.ID))
}

// judge sorts the answer to a DELETE: final, or for the read-back to decide.
func (r *run) judge(a *attempt, err error) {
	var e *webex.Error
	switch {
	case err == nil:
		a.answer = accepted
	case errors.Is(err, webex.ErrNotFound):
		a.answer, a.err = notFound, err
	case !errors.As(err, &e) || !e.Sent && !e.MayHaveHappened():
		r.settle(a, NotSent, err)
	case e.MayHaveHappened():
		a.answer, a.err = ambiguous, err
	default:
		r.settle(a, Failed, err)
	}
	// The token, or the rate limit, stands in the way of all that follow too.
	if e != nil && (e.Status == http.StatusUnauthorized || e.Status == http.StatusTooManyRequests) {
		r.stop(err)
	}
}

// settle makes a result final, writes it down and tells of it.
func (r *run) settle(a *attempt, o Outcome, err error) {
	a.answer = settled
	a.result.Outcome, a.result.Err = o, err
	if o == NotSent {
		a.result.Sent = time.Time{}
	}
	if o.Gone() {
		a.result.Gone = r.s.opts.Now()
	}
	if a.intent != 0 {
		rec := r.record(a)
		rec.Intent, rec.Outcome = a.intent, o
		if err != nil {
			rec.Error = err.Error()
			var e *webex.Error
			if errors.As(err, &e) {
				rec.Status, rec.TrackingID = e.Status, e.TrackingID
			}
		}
		if seq, recErr := r.s.rec.Outcome(r.grace, rec); recErr == nil {
			a.result.Audit = append(a.result.Audit, seq)
		} else {
			a.result.Err = errors.Join(a.result.Err, fmt.Errorf("write outcome to the record: %w", recErr))
		}
	}
	r.tell(Progress{ID: a.item.ID, Stage: StageDone, Result: a.result})
}

func (r *run) record(a *attempt) Record {
	who := r.plan.Person.Email()
	if who == "" {
		who = webex.Untrusted(r.plan.Person.ID)
	}
	return Record{Time: r.s.opts.Now(), Actor: r.actor, Action: "revoke", Person: who, Row: a.item.Authorization}
}

func (r *run) tell(p Progress) {
	if r.observe != nil {
		r.observe(p)
	}
}

// finish adds what went with the refresh tokens, as the last list showed it.
func (r *run) finish() Result {
	res := Result{
		Who: r.plan.Who, Person: r.plan.Person, Head: r.s.rec.Head(), Durable: r.s.rec.Durable(),
		Finished: r.s.opts.Now(), Stopped: r.stopped,
	}
	inPlan := map[webex.AuthorizationID]bool{}
	for _, a := range r.items {
		inPlan[a.item.ID] = true
	}
	var extra []ItemResult
	seen := map[webex.AuthorizationID]bool{}
	for _, a := range r.items {
		if a.result.Outcome == Revoked && a.item.Type == webex.TypeRefresh {
			for _, e := range a.item.Ends {
				switch {
				case !r.listed[e.ID] || r.ownEnded && a.item.Self:
					if !r.endedAlone(e.ID) {
						a.result.Cascade = append(a.result.Cascade, e.ID)
					}
					if !inPlan[e.ID] && !seen[e.ID] {
						extra = append(extra, ItemResult{Row: e, Outcome: Cascaded, Gone: a.result.Gone})
					}
				case !inPlan[e.ID] && !seen[e.ID] && !a.item.UpTo:
					extra = append(extra, ItemResult{Row: e, Outcome: StillListed, Err: errLingers})
				}
				seen[e.ID] = true
			}
		}
		res.Items = append(res.Items, a.result)
	}
	for _, e := range extra {
		r.tell(Progress{ID: e.ID, Stage: StageDone, Result: e})
	}
	res.Items = append(res.Items, extra...)
	return res
}

// errOwnEnded: nothing more can be sent with a token that was revoked.
var errOwnEnded = errors.New("our own session has ended before it")

// errLingers: it was said to end with its refresh token, and did not.
var errLingers = errors.New("did not end with its refresh token: still listed at the last look")

// endedAlone reports whether an access token of the plan was gone by its own
// DELETE rather than with its refresh token.
func (r *run) endedAlone(id webex.AuthorizationID) bool {
	return slices.ContainsFunc(r.items, func(a *attempt) bool {
		return a.item.ID == id && a.result.Outcome != Cascaded
	})
}
