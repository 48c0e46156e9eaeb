package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
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

// recheck reads a list again that is no longer fresh, and holds the plan against it.
func (s *Service) recheck(ctx context.Context, p *Plan) error {
	if Fresh(p.ReadAt, s.opts.Now()) {
		return nil
	}
	fresh, err := s.List(ctx, p.Who)
	if err != nil {
		return fmt.Errorf("reload the list before revoking: %w", err)
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
		if !i.same(again.Items[n]) {
			return fmt.Errorf("%w: other tokens than shown would be revoked with %s; nothing was sent", ErrListChanged, ShortName(i.Authorization))
		}
	}
	p.ReadAt, p.rows = fresh.ReadAt, fresh.Rows
	return nil
}

// same reports whether two items end the same tokens, as far as inference goes.
func (i Item) same(j Item) bool {
	return i.Authorization == j.Authorization && i.UpTo == j.UpTo && i.Renewable == j.Renewable &&
		slices.EqualFunc(i.Ends, j.Ends, func(a, b Row) bool { return a.ID == b.ID })
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

// answer is what a DELETE came to, before the list is reloaded.
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

	unrecorded bool // the record refused it
}

// run is one execution of a plan.
type run struct {
	*shared
	ctx, grace context.Context
	plan       Plan
	observe    func(Progress)
	items      []*attempt
	refused    error // why nothing of this plan may be sent

	proof *proof // of the lists that were reloaded; nil before
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
	for _, a := range r.wave(wave) {
		if r.gone(a.item.ID) && r.refreshRevoked(a.item.Authorization) || r.ownEnded && r.appEnded(a.item.Authorization) {
			r.conclude(a, Cascaded, nil)
			continue
		}
		if r.ownEnded {
			r.conclude(a, NotSent, errOwnEnded)
			continue
		}
		g.Go(func() error {
			if err := safely(func() error { r.sendOne(a); return nil }); err != nil {
				a.answer, a.err = ambiguous, err // it may have been sent: the read-back decides
			}
			return nil
		})
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
		return a.item.Type == webex.TypeRefresh && a.result.Outcome == Revoked && keyOf(&a.item.Authorization) == keyOf(&row)
	})
}

// appEnded reports whether this run ended every refresh token that could have brought an
// access token: without a list that is the only proof that it went with one.
func (r *run) appEnded(access webex.Authorization) bool {
	return r.refreshRevoked(access) && !slices.ContainsFunc(r.plan.rows, func(row Row) bool {
		return row.Type == webex.TypeRefresh && keyOf(&row.Authorization) == keyOf(&access) &&
			!slices.ContainsFunc(r.items, func(a *attempt) bool { return a.item.ID == row.ID && a.result.Outcome == Revoked })
	})
}

func (r *run) sendOne(a *attempt) {
	if r.refused != nil {
		r.conclude(a, NotSent, r.refused)
		return
	}
	r.slots <- struct{}{} // few enough that what has an intent is sent at once
	defer func() { <-r.slots }()
	if err := r.mayGoOn(r.ctx); err != nil {
		r.conclude(a, NotSent, err)
		return
	}
	seq, err := r.write(r.grace, r.record(a))
	if err != nil {
		a.unrecorded = true
		r.conclude(a, NotSent, fmt.Errorf("write intent to the audit log: %w", err))
		return
	}
	a.intent, a.result.Audit = seq, append(a.result.Audit, seq)
	r.tell(Progress{ID: a.item.ID, Stage: StageSending})
	a.result.Sent = r.s.opts.Now()
	r.classify(a, r.s.api.DeleteAuthorization(webex.WithAnswer(r.grace, &a.result.Answer), a.item.ID))
}

// classify sorts the answer to a DELETE: final, or for the read-back to decide.
func (r *run) classify(a *attempt, err error) {
	var e *webex.Error
	switch {
	case err == nil:
		a.answer = accepted
	case errors.Is(err, webex.ErrNotFound):
		a.answer, a.err = notFound, err
	case !errors.As(err, &e) || !e.Sent && !e.MayHaveHappened():
		r.conclude(a, NotSent, err)
	case e.MayHaveHappened():
		a.answer, a.err = ambiguous, err
	default:
		if errors.Is(e, webex.ErrForbidden) && a.item.OwnPerson { // the role and the scope are not what is missing
			e.Hint = OwnersAppWords
		}
		r.conclude(a, Failed, err)
	}
	// The token, or the rate limit, stands in the way of all that follow too.
	if errors.Is(err, ErrLoginChanged) || e != nil && (e.Status == http.StatusUnauthorized || e.Status == http.StatusTooManyRequests) {
		r.stop(err)
	}
}

// conclude makes a result final, writes it down and tells of it.
func (r *run) conclude(a *attempt, o Outcome, err error) {
	a.answer = settled
	a.result.Outcome, a.result.Err = o, err
	if o == NotSent {
		a.result.Sent = time.Time{}
	}
	if o.Gone() {
		a.result.Gone = r.s.opts.Now()
	}
	if !a.unrecorded {
		rec := r.record(a)
		rec.Intent, rec.Outcome = a.intent, o
		rec.Error, rec.Status, rec.TrackingID = told(err, a.result.Answer)
		if seq, recErr := r.write(r.grace, rec); recErr == nil {
			a.result.Audit = append(a.result.Audit, seq)
		}
	} else {
		rec := r.record(a)
		rec.Outcome, rec.Error = o, err.Error()
		r.keep(rec)
	}
	r.tell(Progress{ID: a.item.ID, Stage: StageDone, Result: a.result})
}

// told is what a record keeps of an error and of Webex's answer.
func told(err error, answer webex.Answer) (text string, status int, trackingID webex.Untrusted) {
	status, trackingID = answer.Status, answer.TrackingID
	if err == nil {
		return "", status, trackingID
	}
	var e *webex.Error
	if errors.As(err, &e) && e.Status != 0 {
		status, trackingID = e.Status, e.TrackingID
	}
	return err.Error(), status, trackingID
}

func (r *run) record(a *attempt) Record { return r.recordOf(a.item.Row) }

func (r *run) recordOf(row Row) Record {
	return Record{Person: r.plan.person(), Row: row.Authorization, SignIn: row.SignIn}
}

func (r *run) tell(p Progress) {
	if r.observe != nil {
		r.observe(p)
	}
}

// finish adds what went with the refresh tokens, as the last list showed it.
func (r *run) finish() Result {
	res := Result{Who: r.plan.Who, Person: r.plan.Person, Kept: r.plan.Kept, Offboard: r.plan.Offboard}
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
				case r.gone(e.ID) || r.ownEnded && a.item.Self && r.appEnded(e.Authorization):
					if !r.endedAlone(e.ID) {
						a.result.Cascade = append(a.result.Cascade, e.ID)
					}
					if !inPlan[e.ID] && !seen[e.ID] {
						extra = append(extra, ItemResult{Row: e, Outcome: Cascaded, Gone: a.result.Gone})
					}
				case !inPlan[e.ID] && !seen[e.ID] && !a.item.UpTo && !r.ownEnded:
					extra = append(extra, ItemResult{Row: e, Outcome: StillListed, Err: errLingers})
				}
				seen[e.ID] = true
			}
		}
		res.Items = append(res.Items, a.result)
	}
	for _, row := range r.plan.Stuck {
		if !seen[row.ID] || row.ID == "" {
			extra = append(extra, stuck(row))
		}
	}
	extra = append(extra, r.appeared()...)
	for n := range extra {
		e := &extra[n]
		rec := r.recordOf(e.Row)
		rec.Outcome = e.Outcome
		rec.Error, _, _ = told(e.Err, webex.Answer{})
		if seq, err := r.write(r.grace, rec); err == nil {
			e.Audit = append(e.Audit, seq)
		}
		r.tell(Progress{ID: e.ID, Stage: StageDone, Result: *e})
	}
	res.Items = append(res.Items, extra...)
	for _, row := range r.plan.Kept {
		rec := r.recordOf(row)
		rec.Outcome = Kept
		_, _ = r.write(r.grace, rec)
	}
	if len(res.Items)+len(res.Kept) == 0 {
		_, _ = r.write(r.grace, Record{Person: r.plan.person(), Outcome: Nothing})
	}
	return res
}

// appeared are the rows that the last list showed and the plan, which was to end
// everything, did not know.
func (r *run) appeared() []ItemResult {
	if !r.plan.Offboard {
		return nil
	}
	known := map[string]bool{}
	for _, row := range r.plan.shown {
		known[row.ID.UUID()] = true
	}
	var last []webex.Authorization
	if r.proof != nil {
		last = r.proof.rows
	}
	if last == nil { // nothing was reloaded: the list from before, if it was read again
		for _, row := range r.plan.rows {
			last = append(last, row.Authorization)
		}
	}
	var out []ItemResult
	for _, a := range last {
		if !known[a.ID.UUID()] {
			out = append(out, ItemResult{Row: Row{Authorization: a, Email: r.plan.Person.Email()}, Outcome: NotSent, Err: errAppeared})
		}
	}
	return out
}

// stuck is what becomes of a row that cannot be revoked.
func stuck(row Row) ItemResult {
	return ItemResult{Row: row, Outcome: NotSent, Err: fmt.Errorf("%w: %s", ErrNotRevocable, row.CannotRevoke())}
}

// errAppeared: somebody granted it while everything else was being revoked.
var errAppeared = errors.New("granted while the others were being revoked: block the sign-in, then run the command again")

// errOwnEnded: nothing more can be sent with a token that was revoked.
var errOwnEnded = errors.New("wxauth's own session was revoked first")

// errLingers: it was said to end with its refresh token, and did not.
var errLingers = errors.New("not revoked with its refresh token: still listed at the last check")

// endedAlone reports whether an access token of the plan was gone by its own
// DELETE rather than with its refresh token.
func (r *run) endedAlone(id webex.AuthorizationID) bool {
	return slices.ContainsFunc(r.items, func(a *attempt) bool {
		return a.item.ID == id && a.result.Outcome != Cascaded
	})
}
