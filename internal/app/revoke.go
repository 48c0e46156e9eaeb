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

// ErrListChanged means that the list changed between plan and confirmation, so that
// the user confirmed something else. Nothing was sent.
var ErrListChanged = errors.New("the list changed since it was shown")

const (
	// FreshFor is how old a listing may be for a revoke.
	FreshFor = 60 * time.Second
	workers  = 8
	// graceTime is how long a request in flight may take after the caller cancels.
	graceTime = 3 * time.Second
)

// recheck reloads a list that is no longer fresh, and compares the plan with it.
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
	// The tokens revoked along with the rows must be unchanged, too.
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

// same reports whether two items are expected to revoke the same tokens.
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

// ErrStopped is why a token was not sent after the user stopped the run.
var ErrStopped = errors.New("stopped before it was sent: revoke it again")

type stopKey struct{}

// WithStop returns a context for [Service.Revoke] and [Service.RevokeAll], and a function that
// stops them: no further revoke begins, but those that have begun are finished and verified. Canceling the context
// cuts that short, too. The caller must call stop when the run has ended.
func WithStop(ctx context.Context) (_ context.Context, stop func()) {
	sending, cancel := context.WithCancelCause(ctx)
	return context.WithValue(ctx, stopKey{}, sending), func() { cancel(ErrStopped) }
}

// sendingOf returns the context that ends when nothing more may be sent.
func sendingOf(ctx context.Context) context.Context {
	if sending, ok := ctx.Value(stopKey{}).(context.Context); ok {
		return sending
	}
	return ctx
}

// answer is the result of a DELETE before the list is reloaded.
type answer int

const (
	pending   answer = iota // not sent yet
	accepted                // Webex accepted it
	notFound                // Webex did not know the token at the first attempt
	ambiguous               // it may have succeeded
	settled                 // the result is final
)

type attempt struct {
	item   Item
	answer answer
	result ItemResult
	intent int64
	err    error // error of an ambiguous or notFound answer
	seen   bool  // a check after the DELETE found the token

	unrecorded bool // the audit log rejected it
}

// run is one execution of a plan.
type run struct {
	*shared
	ctx, grace context.Context
	plan       Plan
	observe    func(Progress)
	items      []*attempt
	refused    error // why nothing of this plan may be sent

	proof *proof // proof from the reloaded lists; nil before
	// ownEnded is set once wxauth's own session is revoked: no list can be read any
	// more.
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
				a.answer, a.err = ambiguous, err // it may have been sent: the reloaded list decides
			}
			return nil
		})
	}
	_ = g.Wait()
}

// vanished returns the outcome of a row that is gone without its own DELETE.
func (r *run) vanished(a *attempt) Outcome {
	if r.refreshRevoked(a.item.Authorization) {
		return Cascaded
	}
	return AlreadyGone
}

// refreshRevoked reports whether this run revoked a refresh token of the same person
// and client.
func (r *run) refreshRevoked(row webex.Authorization) bool {
	return row.Type == webex.TypeAccess && row.ClientID != "" && slices.ContainsFunc(r.items, func(a *attempt) bool {
		return a.item.Type == webex.TypeRefresh && a.result.Outcome == Revoked && keyOf(&a.item.Authorization) == keyOf(&row)
	})
}

// appEnded reports whether this run revoked every refresh token that the access
// token may belong to. Without a list, this is the only proof that the access token
// was revoked, too.
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
	r.slots <- struct{}{} // limits concurrency, so that a recorded intent is sent at once
	defer func() { <-r.slots }()
	if err := r.mayGoOn(sendingOf(r.ctx)); err != nil {
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

// classify decides whether the response to a DELETE is final or needs verification.
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
		if errors.Is(e, webex.ErrForbidden) && a.item.OwnPerson { // role and scope are not the cause
			e.Hint = OwnersAppWords
		}
		r.conclude(a, Failed, err)
	}
	// The same token or rate limit would also fail all later requests.
	if errors.Is(err, ErrLoginChanged) || e != nil && (e.Status == http.StatusUnauthorized || e.Status == http.StatusTooManyRequests) {
		r.stop(err)
	}
}

// conclude makes a result final, records it, and reports it to the observer.
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

// told returns what a record contains of an error and of Webex's response.
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

// finish concludes the run: it adds the tokens that were revoked along with refresh tokens, and those that
// were not revoked, and records them.
func (r *run) finish() Result {
	res := Result{Who: r.plan.Who, Person: r.plan.Person, Kept: r.plan.Kept, Offboard: r.plan.Offboard}
	extra := r.alongWithRefreshTokens()
	known := map[webex.AuthorizationID]bool{}
	for _, a := range r.items {
		res.Items = append(res.Items, a.result)
		for _, e := range a.item.Ends {
			known[e.ID] = known[e.ID] || r.refreshTokenRevoked(a)
		}
	}
	for _, row := range r.plan.Stuck {
		if !known[row.ID] || row.ID == "" {
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

// refreshTokenRevoked reports whether an attempt revoked a refresh token.
func (r *run) refreshTokenRevoked(a *attempt) bool {
	return a.result.Outcome == Revoked && a.item.Type == webex.TypeRefresh
}

// alongWithRefreshTokens says what became of the access tokens of revoked refresh tokens, according to the
// last list. It notes those that are gone with their refresh token, and returns the results of those that the
// plan does not contain.
func (r *run) alongWithRefreshTokens() (extra []ItemResult) {
	decided := map[webex.AuthorizationID]bool{} // in the plan, or in extra
	for _, a := range r.items {
		decided[a.item.ID] = true
	}
	for _, a := range r.items {
		if !r.refreshTokenRevoked(a) {
			continue
		}
		for _, e := range a.item.Ends {
			gone := r.gone(e.ID) || r.ownEnded && a.item.Self && r.appEnded(e.Authorization)
			if gone && !r.endedAlone(e.ID) {
				a.result.Cascade = append(a.result.Cascade, e.ID)
			}
			switch {
			case decided[e.ID]:
			case gone:
				extra = append(extra, ItemResult{Row: e, Outcome: Cascaded, Gone: a.result.Gone})
			case !a.item.UpTo && !r.ownEnded: // it was expected to be revoked
				extra = append(extra, ItemResult{Row: e, Outcome: StillListed, Err: errLingers})
			}
			decided[e.ID] = true
		}
	}
	return extra
}

// appeared returns the rows in the last list that are missing from a plan that was
// to revoke everything.
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
	if last == nil { // nothing was reloaded: use the list from the recheck, if any
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

// stuck returns the result for a row that cannot be revoked.
func stuck(row Row) ItemResult {
	return ItemResult{Row: row, Outcome: NotSent, Err: fmt.Errorf("%w: %s", ErrNotRevocable, row.CannotRevoke())}
}

// errAppeared means that a token was granted during the revoke.
var errAppeared = errors.New("granted while the others were being revoked: block the sign-in, then run the command again")

// errOwnEnded means that nothing can be sent because the own token was revoked.
var errOwnEnded = errors.New("wxauth's own session was revoked first")

// errLingers means that a token was not revoked along with its refresh token as
// expected.
var errLingers = errors.New("not revoked with its refresh token: still listed at the last check")

// endedAlone reports whether an access token of the plan was revoked by its own
// DELETE rather than along with its refresh token.
func (r *run) endedAlone(id webex.AuthorizationID) bool {
	return slices.ContainsFunc(r.items, func(a *attempt) bool {
		return a.item.ID == id && a.result.Outcome != Cascaded
	})
}
