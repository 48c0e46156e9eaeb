package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/wxauth/wxauth/webex"
)

// Batch is what one command or dialog revokes: the plans of one or more people.
type Batch struct {
	Action string // ActionRevoke, ActionOffboard
	Plans  []Plan // one per person; empty for people who hold no tokens
	// Failures are the people whose authorizations could not be read. They appear in
	// the report, and no request is sent for them.
	Failures []PersonFailure
	// Several is set when the user named more than one person, even if there are
	// fewer plans.
	Several bool
	// App is set when one app is revoked for everyone who holds it.
	App *AppRef
}

// AppRef identifies an app by its client id and its name.
type AppRef struct {
	Client webex.ClientID
	Name   webex.Untrusted
	Swept  time.Time // start of the sweep that lists its holders; zero without one
}

// OldSweep is the age at which the screen and prompts warn that a sweep is old.
const OldSweep = 24 * time.Hour

// confirmation asks for the client id or the name. Since others choose the name, one
// that could be mistaken for something else is not accepted.
func (a AppRef) confirmation() Confirmation {
	c := Confirmation{Text: webex.Untrusted(a.Client)}
	if name := webex.Untrusted(strings.TrimSpace(string(a.Name))); string(webex.Clean(name)) == string(name) {
		c.Or = name
	}
	if c.Text == "" {
		c.Text, c.Or = c.Or, ""
	}
	return c
}

// PersonFailure is a person that cannot be processed.
type PersonFailure struct {
	Who   webex.Person
	Email webex.Untrusted // set if known and Who is an id
	// Line is the line of an input file that names no person; Who is empty then.
	Line string
	Err  error
}

// Name returns the best known name of the person.
func (f PersonFailure) Name() string {
	switch {
	case f.Line != "":
		return f.Line
	case f.Email != "":
		return string(f.Email)
	}
	return f.Who.String()
}

// Confirmation returns the required confirmation: the plan's own for a single
// person, otherwise the number of people named. That number does not depend on what
// they hold, so scripts know it in advance.
func (b Batch) Confirmation() Confirmation {
	if b.App != nil {
		if c := b.App.confirmation(); c.Text != "" {
			return c
		}
	}
	if !b.Several && len(b.Plans) == 1 {
		return b.Plans[0].Confirmation()
	}
	return Confirmation{Text: webex.Untrusted(strconv.Itoa(b.Named()))}
}

// Named returns the number of people that the user named.
func (b Batch) Named() int {
	n := len(b.Plans)
	for _, f := range b.Failures {
		n += btoi(f.Line == "")
	}
	return n
}

// concerned returns the plans that revoke at least one token.
func (b Batch) concerned() []Plan {
	var out []Plan
	for _, p := range b.Plans {
		if len(p.Items) > 0 {
			out = append(out, p)
		}
	}
	return out
}

// Concerned returns the number of people who lose at least one token.
func (b Batch) Concerned() int { return len(b.concerned()) }

// strays returns an error if a batch for one app contains a token of another. This
// is a safeguard that should never trigger.
func (b Batch) strays() error {
	if b.App == nil || b.App.Client == "" {
		return nil
	}
	for _, p := range b.Plans {
		for _, i := range p.Items {
			if i.ClientID != b.App.Client {
				return fmt.Errorf("%w: %s belongs to client %s, but %s was confirmed; nothing was sent", ErrNotRevocable, i.ID, i.ClientID, b.App.Client)
			}
		}
	}
	return nil
}

// Items returns the number of tokens in the plans.
func (b Batch) Items() int {
	n := 0
	for _, p := range b.Plans {
		n += len(p.Items)
	}
	return n
}

// Ends returns how many tokens will be revoked for certain, and how many more at
// most.
func (b Batch) Ends() (sure, more int) {
	for _, p := range b.Plans {
		s, m := p.Ends()
		sure, more = sure+s, more+m
	}
	return sure, more
}

// Refused returns the number of tokens that Webex will refuse to revoke.
func (b Batch) Refused() (n int) {
	for _, p := range b.Plans {
		n += p.Refused()
	}
	return n
}

// Fresh reports whether all lists of the batch are recent enough at now for a
// revoke.
func (b Batch) Fresh(now time.Time) bool {
	return !slices.ContainsFunc(b.concerned(), func(p Plan) bool { return !Fresh(p.ReadAt, now) })
}

// Same reports whether two batches revoke the same tokens.
func (b Batch) Same(other Batch) bool {
	return slices.EqualFunc(b.concerned(), other.concerned(), func(p, q Plan) bool {
		return p.Who == q.Who && slices.EqualFunc(p.Items, q.Items, func(i, j Item) bool { return i.same(j) })
	})
}

// BatchResult is the result of a batch.
type BatchResult struct {
	Action   string
	Several  bool
	Results  []Result // one per plan, in the same order
	Failures []PersonFailure
	Records  []Record // all records of the batch, in the order written
	Head     string   // end of the audit log
	Durable  bool     // the records outlive the process
	Finished time.Time
	// Stopped is why the rest was not sent: a 401, a rate limit, or cancellation.
	Stopped error
	// RecordErr is why the end of the audit log could not be synced.
	RecordErr error
}

// Counts returns the number of tokens per outcome.
func (r BatchResult) Counts() map[Outcome]int {
	counts := map[Outcome]int{}
	for _, one := range r.Results {
		for o, n := range one.Counts() {
			counts[o] += n
		}
	}
	return counts
}

// Items returns the results of all people.
func (r BatchResult) Items() []ItemResult {
	var out []ItemResult
	for _, one := range r.Results {
		out = append(out, one.Items...)
	}
	return out
}

// DryRun returns the batch as a result with nothing sent.
func (b Batch) DryRun() BatchResult {
	res := BatchResult{Action: b.Action, Several: b.Several, Failures: b.Failures}
	for _, p := range b.Plans {
		one := p.DryRun()
		for _, row := range p.Stuck {
			one.Items = append(one.Items, stuck(row))
		}
		res.Results = append(res.Results, one)
	}
	return res
}

// peopleAtOnce is the number of people processed concurrently. It exceeds the number
// of concurrent requests, so that a person whose list is still stale does not block
// others.
const peopleAtOnce = 32

// ErrRecord means that the audit log cannot be written. Nothing was sent.
var ErrRecord = errors.New("cannot write the audit log")

// RevokeAll executes a confirmed batch. For each token it records an intent, sends
// the DELETE, and reloads the list until the token is gone or ten seconds have
// passed. For each person it revokes refresh tokens first, and skips access tokens
// that were revoked along with one. It processes people concurrently, and the
// caller's own session last. It calls observe, which may be nil, for every step from
// any goroutine.
//
// An error means that nothing was sent. Everything else is in the result, even if
// ctx is canceled midway: requests in flight are finished or verified, the rest is
// not sent.
func (s *Service) RevokeAll(ctx context.Context, b Batch, observe func(Progress)) (BatchResult, error) {
	if err := s.mayRevoke(); err != nil {
		return BatchResult{}, err
	}
	if err := b.strays(); err != nil {
		return BatchResult{}, err
	}
	if me, err := s.signedIn(ctx); err == nil {
		for _, p := range b.Plans {
			if p.by != "" && !p.by.Same(me.ID) {
				return BatchResult{}, fmt.Errorf("%w since you confirmed; nothing was sent", ErrLoginChanged)
			}
		}
	}
	if err := s.rec.Prepare(ctx); err != nil {
		return BatchResult{}, fmt.Errorf("%w: nothing was sent: %w", ErrRecord, err)
	}
	end, err := s.rec.Begin(ctx, b.Expected())
	if err != nil {
		return BatchResult{}, fmt.Errorf("%w: nothing was sent: %w", ErrRecord, err)
	}
	defer end()
	if len(b.Plans) == 1 { // with several people, a changed list is reported with the other results
		if err := s.recheck(ctx, &b.Plans[0]); err != nil {
			return BatchResult{}, err
		}
	}
	s.running.Add(1)
	defer s.running.Done()
	grace, cancel := withGrace(ctx, graceTime)
	defer cancel()
	sh := s.newShared(ctx, b.Action)
	begun, err := sh.begin(ctx, b.Plans)
	if err != nil {
		return BatchResult{}, fmt.Errorf("%w: nothing was sent: %w", ErrRecord, err)
	}
	results := make([]Result, len(b.Plans))
	for _, own := range []bool{false, true} {
		var g errgroup.Group
		g.SetLimit(peopleAtOnce)
		for n, p := range b.Plans {
			if p.HasSelf() == own {
				g.Go(func() error { results[n] = s.carryOut(ctx, grace, sh, p, observe); return nil })
			}
		}
		_ = g.Wait()
	}
	for _, f := range b.Failures {
		_, _ = sh.write(grace, Record{Person: webex.Untrusted(f.Name()), Outcome: Unreadable, Error: f.Err.Error()})
	}
	sh.end(grace, begun)
	return s.sumUp(grace, sh, b, results), nil
}

func (s *Service) sumUp(ctx context.Context, sh *shared, b Batch, results []Result) BatchResult {
	res := BatchResult{
		Action: b.Action, Several: b.Several, Results: results, Failures: b.Failures, Stopped: sh.stopped,
		RecordErr: errors.Join(sh.recordErr, s.rec.Flush(context.WithoutCancel(ctx))),
		Finished:  s.opts.Now(), Head: s.rec.Head(), Durable: s.rec.Durable(), Records: sh.records,
	}
	slices.SortStableFunc(res.Records, func(a, b Record) int { // unrecorded entries come last
		return cmp.Or(cmp.Compare(btoi(a.Seq == 0), btoi(b.Seq == 0)), cmp.Compare(a.Seq, b.Seq))
	})
	for n := range res.Results {
		r := &res.Results[n]
		r.Head, r.Durable, r.Finished, r.Stopped, r.RecordErr = res.Head, res.Durable, res.Finished, res.Stopped, res.RecordErr
		r.Records = res.Records
	}
	s.last.Store(&res)
	return res
}

// carryOut executes one plan of a batch.
func (s *Service) carryOut(ctx, grace context.Context, sh *shared, p Plan, observe func(Progress)) Result {
	r := &run{shared: sh, ctx: ctx, grace: grace, observe: observe, items: make([]*attempt, len(p.Items))}
	if len(p.Items) > 0 && sh.mayGoOn(sendingOf(ctx)) == nil {
		if err := s.recheck(ctx, &p); err != nil {
			r.refused = err
		}
	}
	r.plan = p
	for n, i := range p.Items {
		r.items[n] = &attempt{item: i, result: ItemResult{Row: i.Row, Renewable: i.Renewable}}
	}
	err := safely(func() error {
		for wave := range waves {
			r.send(wave)
			r.readBack(wave)
		}
		return nil
	})
	for _, a := range r.items {
		if err != nil && a.result.Outcome == "" {
			r.conclude(a, Unknown, err)
		}
	}
	return r.finish()
}

// Revoke executes the plan of one person; see [Service.RevokeAll].
func (s *Service) Revoke(ctx context.Context, p Plan, observe func(Progress)) (Result, error) {
	action := ActionRevoke
	if p.Offboard {
		action = ActionOffboard
	}
	res, err := s.RevokeAll(ctx, Batch{Action: action, Plans: []Plan{p}}, observe)
	if err != nil {
		return Result{}, err
	}
	return res.Results[0], nil
}
