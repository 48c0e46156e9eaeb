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

// Batch is what one command or dialog ends: the plans of one or more people.
type Batch struct {
	Action string // ActionRevoke, ActionOffboard
	Plans  []Plan // one a person; empty plans are people who hold nothing
	// Failures are the people whose authorizations could not be read: they stand in the
	// report, and nothing is sent for them.
	Failures []PersonFailure
	// Several says that more than one person was named, however many plans came of it.
	Several bool
	// App is set when one app is to end for everybody who holds it.
	App *AppRef
}

// AppRef is an app by its client id, and the name that it goes by.
type AppRef struct {
	Client webex.ClientID
	Name   webex.Untrusted
	Swept  time.Time // when the sweep began that knows who holds it; zero without one
}

// OldSweep is the age from which the screen and a question warn that a sweep is old.
const OldSweep = 24 * time.Hour

// confirmation asks for the client id, or for the name, which somebody else chose: one
// that could be taken for something else does not count.
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

// PersonFailure is a person for whom nothing can be done.
type PersonFailure struct {
	Who   webex.Person
	Email webex.Untrusted // where it is known, and Who is an id
	// Line names the line of a file that names nobody; Who is empty then.
	Line string
	Err  error
}

// Name is who it is, as far as that is known.
func (f PersonFailure) Name() string {
	switch {
	case f.Line != "":
		return f.Line
	case f.Email != "":
		return string(f.Email)
	}
	return f.Who.String()
}

// Confirmation grades the batch: that of the only person, else the number of people
// that were named, whatever each of them holds: a script knows it beforehand.
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

// Named returns how many people were named.
func (b Batch) Named() int {
	n := len(b.Plans)
	for _, f := range b.Failures {
		n += btoi(f.Line == "")
	}
	return n
}

// concerned are the plans in which something ends.
func (b Batch) concerned() []Plan {
	var out []Plan
	for _, p := range b.Plans {
		if len(p.Items) > 0 {
			out = append(out, p)
		}
	}
	return out
}

// Concerned returns how many people lose something.
func (b Batch) Concerned() int { return len(b.concerned()) }

// strays refuses a batch for one app that names a token of another: a second lock, which
// nothing should ever reach.
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

// Items returns how many tokens the plans name.
func (b Batch) Items() int {
	n := 0
	for _, p := range b.Plans {
		n += len(p.Items)
	}
	return n
}

// Ends returns how many tokens end, and how many more at most.
func (b Batch) Ends() (sure, more int) {
	for _, p := range b.Plans {
		s, m := p.Ends()
		sure, more = sure+s, more+m
	}
	return sure, more
}

// Refused counts the tokens that Webex will refuse to revoke.
func (b Batch) Refused() (n int) {
	for _, p := range b.Plans {
		n += p.Refused()
	}
	return n
}

// Fresh reports whether all lists that the batch was made from may still be the ground
// for a revoke at now.
func (b Batch) Fresh(now time.Time) bool {
	return !slices.ContainsFunc(b.concerned(), func(p Plan) bool { return !Fresh(p.ReadAt, now) })
}

// Same reports whether two batches end the same tokens.
func (b Batch) Same(other Batch) bool {
	return slices.EqualFunc(b.concerned(), other.concerned(), func(p, q Plan) bool {
		return p.Who == q.Who && slices.EqualFunc(p.Items, q.Items, func(i, j Item) bool { return i.same(j) })
	})
}

// BatchResult is what became of a batch.
type BatchResult struct {
	Action   string
	Several  bool
	Results  []Result // one a plan, in its order
	Failures []PersonFailure
	Records  []Record // all that was written down about it, in the order it was written
	Head     string   // of the record
	Durable  bool     // whether the record outlives the process
	Finished time.Time
	// Stopped says why the rest was not sent: a 401, a rate limit, or the caller.
	Stopped error
	// RecordErr says why the end of the record could not be made safe.
	RecordErr error
}

// Counts returns how often each outcome came up.
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

// DryRun returns the batch in the shape of a result, with nothing sent.
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

// peopleAtOnce is how many people are worked on at the same time. It is more than the
// requests that are in flight at once, so that one whose list is still stale holds
// nobody up.
const peopleAtOnce = 32

// ErrRecord: the record of what is to be revoked cannot be written. Nothing was sent.
var ErrRecord = errors.New("cannot write the audit log")

// RevokeAll carries a confirmed batch out: for each token an intent on record, the
// DELETE, then reading back until it is no longer listed or ten seconds are over. Each
// person's refresh tokens go first; an access token that went with one is not sent.
// People are worked on side by side, our own session last. observe is told of every
// step, from any goroutine; nil is allowed.
//
// An error means that nothing was sent. All else is in the result, also when ctx
// ends half way: what is in flight is finished or looked up, the rest is not sent.
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
	if len(b.Plans) == 1 { // of several, one that changed is told with the others
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
	slices.SortStableFunc(res.Records, func(a, b Record) int { // what is not on record goes last
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

// carryOut is one plan of a batch.
func (s *Service) carryOut(ctx, grace context.Context, sh *shared, p Plan, observe func(Progress)) Result {
	r := &run{shared: sh, ctx: ctx, grace: grace, observe: observe, items: make([]*attempt, len(p.Items))}
	if len(p.Items) > 0 && sh.mayGoOn(ctx) == nil {
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

// Revoke carries out the plan of one person: see [Service.RevokeAll].
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
