package app

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"golang.org/x/sync/errgroup"

	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/webex"
)

// SweepAPI is what a sweep needs of Webex. *webex.Client is one, and should be a paced
// one: a sweep asks for every person of an organization.
type SweepAPI interface {
	Authorizations(context.Context, webex.Person) ([]webex.Authorization, error)
	People(context.Context, webex.PeopleQuery) iter.Seq2[webex.PersonDetails, error]
	Pace() (perSecond float64, pauses int)
	PausedUntil() time.Time
}

// SweepOptions say what a sweep is of.
type SweepOptions struct {
	Scope  Scope
	OurOrg bool           // the scope is the organization of the person signed in
	People []webex.Person // instead of everybody
	Query  string         // the beginning of a name, or an address: instead of everybody
	// Selection is the words for whom People or Query select; empty for everybody.
	Selection string
	Fresh     bool // forget what an earlier sweep left unfinished
	Keep      int  // how many finished sweeps are kept; 0 is [DefaultKeep]
	// Hold is called before each person is asked about: it waits while the sweep is to
	// pause. nil never waits.
	Hold func(context.Context) error
}

// DefaultKeep is how many finished sweeps are kept.
const DefaultKeep = 5

// sweepWorkers are a few more than the requests in flight at once, so that one that
// writes down what it read keeps no slot empty.
const sweepWorkers = 12

// SweepStage is how far a sweep has come.
type SweepStage int

// The stages of a sweep, in their order.
const (
	SweepListing  SweepStage = iota // who there is
	SweepPriced                     // it is known what it will cost; told once
	SweepReading                    // person by person
	SweepRetrying                   // those that failed, once more
	SweepSaving
)

// SweepProgress is how far a sweep has come. It is told now and then, not for each person.
type SweepProgress struct {
	Stage          SweepStage
	Begun          time.Time // of the sweep; long ago for one that is gone on with
	Resumed        bool
	People         int // that are known so far
	Done           int // of them: read, gone, or failed
	Failed         int
	Authorizations int
	Rate           float64       // people a second of late; 0 while it is not known
	Left           time.Duration // until all are read; 0 while it is not known
	Pauses         int           // that Webex asked for
	PausedUntil    time.Time
	LeastTime      time.Duration // with SweepPriced: how long it takes at least
}

// SweepResult is what a sweep came to.
type SweepResult struct {
	SweepInfo
	Done     int // people who were read, or are gone
	Gone     int // of them, people who left while it went on
	Failures []inventory.Failure
	Resumed  bool
	// Stopped says why it is not finished; the next one goes on. nil when it is.
	Stopped error
	// Before is the sweep to compare with, zero where there is none.
	Before     SweepInfo
	New, Ended int // grants, since then
}

// sweep is one that is under way.
type sweep struct {
	i       *Inventories
	o       SweepOptions
	observe func(SweepProgress)
	journal SweepJournal
	resumed bool
	cancel  context.CancelCauseFunc

	mu       sync.Mutex
	inv      *inventory.Inventory
	w        *inventory.Writer
	known    map[string]bool
	stopped  error
	read     int // in this run
	refused  int // of them, people that a 403 came back for
	limited  int // rate limits in a row that were longer than we may wait
	broken   int // answers in a row that did not come
	told     time.Time
	stage    SweepStage
	rates    []rateMark
	newRead  int
	peopleIn time.Duration // how long one page of people took
	calls    int           // to read pages
}

type rateMark struct {
	at   time.Time
	done int
}

// How many failures in a row say that it is not about the people.
const (
	mostLimited = 3
	mostBroken  = 16
	mostRefused = 8
)

// Sweep asks for every person's authorizations and keeps them. Stopping it at any point
// loses at most the people who are being read, and the next one goes on. An error means
// that nothing was read; a sweep that ends early says why in its result.
func (i *Inventories) Sweep(ctx context.Context, o SweepOptions, observe func(SweepProgress)) (SweepResult, error) {
	i.svc.running.Add(1)
	defer i.svc.running.Done()
	if o.Keep <= 0 {
		o.Keep = DefaultKeep
	}
	if observe == nil {
		observe = func(SweepProgress) {}
	}
	s := &sweep{i: i, o: o, observe: observe, known: map[string]bool{}}
	if err := i.maySweep(ctx); err != nil {
		return SweepResult{}, err
	}
	var err error
	if s.journal, err = i.store.Begin(ctx, o.Scope.key(), o.Selection); err != nil {
		return SweepResult{}, err
	}
	defer s.journal.Close()
	if err := s.goOn(); err != nil {
		return SweepResult{}, err
	}
	run, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s.cancel = cancel
	if s.inv.Finished.IsZero() { // else it only has to be put away
		s.listPeople(run)
		if s.stopped != nil && s.inv.People() == 0 {
			return SweepResult{}, s.stopped
		}
		s.readAll(run, SweepReading, inventory.Waiting)
		s.readAll(run, SweepRetrying, inventory.Failed)
		if ctx.Err() != nil && s.stopped == nil && s.inv.Left() > 0 {
			s.stopped = context.Cause(ctx)
		}
	}
	return s.finish(ctx)
}

// maySweep refuses what Webex will refuse for every person.
func (i *Inventories) maySweep(ctx context.Context) error {
	session, err := i.svc.signedIn(ctx)
	if err != nil {
		return err
	}
	if name, may := role(session); may == webex.No {
		return fmt.Errorf("sweep: %w: the role is %s; a Full, User or Device Admin can list what others authorized, a read-only one cannot", webex.ErrForbidden, name)
	}
	return nil
}

// goOn takes in what an earlier run left.
func (s *sweep) goOn() error {
	s.inv = inventory.New()
	if s.o.Fresh {
		if err := s.journal.Reset(); err != nil {
			return err
		}
	} else if err := s.journal.Replay(s.inv.Take); err != nil {
		return fmt.Errorf("go on with the unfinished sweep: %w (--fresh begins a new one)", err)
	}
	s.resumed = !s.inv.Started.IsZero()
	w, head := inventory.NewWriter(s.inv, s.i.svc.opts.Now(), s.o.Selection)
	s.w = w
	for n := range s.inv.People() {
		p, _ := s.inv.Person(n)
		s.known[knownKey(p)] = true
	}
	if head == nil {
		return nil
	}
	return s.journal.Append(head)
}

func knownKey(p inventory.Person) string {
	if p.ID != "" {
		return string(p.ID)
	}
	return "@" + strings.ToLower(string(p.Email))
}

// stop ends the sweep; the first reason counts.
func (s *sweep) stop(err error) {
	if s.stopped == nil {
		s.stopped = err
	}
	s.cancel(err)
}

// listPeople finds out who there is. An unfinished sweep asks again: who has joined since
// is read too, and who has left is found out when asked about.
func (s *sweep) listPeople(ctx context.Context) {
	s.stage = SweepListing
	s.tell(true)
	var err error
	if s.o.People != nil {
		for _, who := range s.o.People {
			if err = s.add(inventory.Person{ID: who.ID(), Email: webex.Untrusted(who.Email())}); err != nil {
				break
			}
		}
	} else {
		err = s.pageThrough(ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err != nil && ctx.Err() != nil:
		s.stop(context.Cause(ctx))
	case err != nil:
		// Those that are known can be read all the same, and the next run goes on.
		s.stopped = fmt.Errorf("the list of people ends early, after %d: %w", s.inv.People(), err)
		if s.inv.People() == 0 || errors.Is(err, webex.ErrNotLoggedIn) || errors.Is(err, webex.ErrRateLimited) {
			s.stopped = err
			s.cancel(err)
		}
	case !s.inv.Listed:
		if err := s.journal.Append(s.w.Listed()); err != nil {
			s.stop(err)
		}
	}
}

// largestPage is the largest that Webex gives.
const largestPage = 1000

func (s *sweep) pageThrough(ctx context.Context) error {
	q := webex.PeopleQuery{Max: largestPage}
	if !s.o.OurOrg {
		q.OrgID = s.o.Scope.Org
	}
	switch {
	case strings.Contains(s.o.Query, "@"):
		q.Email = s.o.Query
	case s.o.Query != "":
		q.DisplayName = s.o.Query
	}
	begun := time.Now()
	for p, err := range s.i.paced.People(ctx, q) {
		if err != nil {
			return s.explainPeople(err)
		}
		if s.calls == 0 {
			s.calls, s.peopleIn = 1, time.Since(begun)
		}
		if p.ID == "" && p.Email() == "" {
			continue
		}
		if err := s.add(inventory.Person{ID: p.ID, Email: p.Email(), Name: p.DisplayName}); err != nil {
			return err
		}
		s.tell(false)
	}
	return nil
}

// explainPeople says which of role and scope is missing.
func (s *sweep) explainPeople(err error) error {
	var e *webex.Error
	if !errors.As(err, &e) {
		return err
	}
	switch {
	case errors.Is(err, webex.ErrForbidden):
		e.Hint = "to list everybody of an organization the token needs the scope spark-admin:people_read; --users-from FILE sweeps without it"
	case errors.Is(err, webex.ErrInvalidInput) && e.Status == 400 && s.o.Query == "":
		// Webex answers so to somebody who is no administrator.
		e.Err = fmt.Errorf("%w: this token is not an administrator's", webex.ErrForbidden)
		e.Hint = "listing everybody needs the role of a Full, User or Device Admin, and the scope spark-admin:people_read"
	}
	return err
}

func (s *sweep) add(p inventory.Person) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := knownKey(p); s.known[k] {
		return nil // on two pages, or listed twice
	} else {
		s.known[k] = true
	}
	_, part := s.w.Person(p)
	return s.journal.Append(part)
}

// numbers are the people in a state.
func (s *sweep) numbers(state inventory.State) []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []int
	for n := range s.inv.People() {
		if _, is := s.inv.Person(n); is == state {
			out = append(out, n)
		}
	}
	return out
}

// readAll reads the people who are in a state, side by side.
func (s *sweep) readAll(ctx context.Context, stage SweepStage, state inventory.State) {
	todo := s.numbers(state)
	if len(todo) == 0 || ctx.Err() != nil {
		return
	}
	if stage == SweepReading {
		s.stage = SweepPriced
		s.tell(true)
	}
	s.mu.Lock()
	s.stage, s.rates = stage, nil
	s.mu.Unlock()
	next := make(chan int)
	var g errgroup.Group
	for range min(sweepWorkers, len(todo)) {
		g.Go(func() error {
			for n := range next {
				s.readOne(ctx, n)
			}
			return nil
		})
	}
	for _, n := range todo {
		if s.o.Hold != nil && s.o.Hold(ctx) != nil || ctx.Err() != nil {
			break
		}
		next <- n
	}
	close(next)
	_ = g.Wait()
	s.tell(true)
}

// readOne reads one person, and writes down what came of it.
func (s *sweep) readOne(ctx context.Context, n int) {
	if ctx.Err() != nil {
		return
	}
	s.mu.Lock()
	p, _ := s.inv.Person(n)
	s.mu.Unlock()
	rows, err := s.i.paced.Authorizations(ctx, p.Who())
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() != nil && err != nil {
		return // it stays as it is, for the next run
	}
	part, fatal := s.judge(n, rows, err)
	if part != nil {
		if err := s.journal.Append(part); err != nil {
			fatal = err
		}
	}
	if fatal != nil {
		s.stop(fatal)
		return
	}
	s.tellLocked(false)
}

// judge says what an answer is worth, and what stands in the way of all that follow. The
// lock is held.
func (s *sweep) judge(n int, rows []webex.Authorization, err error) (part []byte, fatal error) {
	switch {
	case err == nil:
		s.read++
		s.broken, s.limited = 0, 0
		return s.w.Read(n, rows), nil
	case errors.Is(err, webex.ErrNotFound):
		s.read++
		s.broken, s.limited = 0, 0
		return s.w.Gone(n), nil
	case errors.Is(err, webex.ErrNotLoggedIn):
		return nil, err
	case errors.Is(err, webex.ErrRateLimited):
		if s.limited++; s.limited >= mostLimited || !s.i.paced.PausedUntil().IsZero() {
			return nil, err
		}
	case errors.Is(err, webex.ErrForbidden):
		if s.refused++; s.read == 0 && (s.refused >= mostRefused || s.refused >= s.inv.People()) {
			return nil, err // it is not about this person
		}
	case errors.Is(err, webex.ErrNetwork):
		if s.broken++; s.broken >= mostBroken {
			return nil, err
		}
	}
	return s.w.Failed(n, string(webex.Clean(webex.Untrusted(err.Error())))), nil
}

// finish puts the sweep away when it is complete, and says what came of it.
func (s *sweep) finish(ctx context.Context) (SweepResult, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	res := SweepResult{Resumed: s.resumed, Stopped: s.stopped}
	complete := s.stopped == nil && s.inv.Left() == 0
	if complete && s.inv.Finished.IsZero() {
		if err := s.journal.Append(s.w.Finish(s.i.svc.opts.Now())); err != nil {
			res.Stopped, complete = err, false
		}
	}
	res.SweepInfo = SweepInfo{
		Started: s.inv.Started, Finished: s.inv.Finished, Selection: s.inv.What, People: s.inv.People(),
		Failed: s.inv.Count(inventory.Failed), Authorizations: s.inv.Authorizations(),
	}
	res.Failures, res.Gone = s.inv.Failures(), s.inv.Count(inventory.Gone)
	res.Done = s.inv.Count(inventory.Read) + res.Gone
	if !complete {
		return res, nil
	}
	s.stage = SweepSaving
	s.tellLocked(true)
	meta, err := json.Marshal(res.SweepInfo)
	if err != nil {
		return res, err
	}
	ctx = context.WithoutCancel(ctx) // it is all there, and takes no longer than a moment
	before, err := s.i.List(ctx, s.o.Scope)
	if err != nil { // an inventory that cannot be read is set aside by whoever writes
		before = nil
	}
	before = slices.DeleteFunc(before, func(b SweepInfo) bool { return b.Selection != s.o.Selection })
	var drop [][]byte
	for _, old := range before[min(s.o.Keep-1, len(before)):] {
		drop = append(drop, old.ID)
	}
	if err := s.journal.Finish(ctx, meta, drop); err != nil {
		res.Stopped, res.Finished = err, time.Time{}
		return res, nil //nolint:nilerr // it is in the result
	}
	s.compare(ctx, &res, before)
	return res, nil
}

// compare counts what is new; that it cannot is no reason to fail.
func (s *sweep) compare(ctx context.Context, res *SweepResult, before []SweepInfo) {
	if len(before) == 0 || s.o.Keep < 2 {
		return
	}
	old, err := s.i.Open(ctx, s.o.Scope, before[0])
	if err != nil {
		return
	}
	d := inventory.Compare(old, s.inv)
	res.Before, res.New, res.Ended = before[0], len(d.Added), len(d.Removed)
}

// toldEvery is how often progress is told.
const toldEvery = 100 * time.Millisecond

func (s *sweep) tell(now bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tellLocked(now)
}

func (s *sweep) tellLocked(always bool) {
	now := time.Now()
	if !always && now.Sub(s.told) < toldEvery {
		return
	}
	s.told = now
	p := SweepProgress{
		Stage: s.stage, Begun: s.inv.Started, Resumed: s.resumed, People: s.inv.People(), Failed: s.inv.Count(inventory.Failed),
		Done: s.inv.People() - s.inv.Left(), Authorizations: s.inv.Authorizations(), PausedUntil: s.i.paced.PausedUntil(),
	}
	_, p.Pauses = s.i.paced.Pace()
	if s.stage == SweepReading {
		p.Rate = s.rate(now, p.Done)
	}
	if left := p.People - p.Done; p.Rate > 0 && left > 0 {
		p.Left = time.Duration(float64(left) / p.Rate * float64(time.Second))
	}
	if s.stage == SweepPriced && s.calls > 0 {
		p.LeastTime = time.Duration(p.People-p.Done) * s.peopleIn / poolSize
	}
	s.observe(p)
}

// poolSize is how many requests are in flight at once.
const poolSize = 8

// rateOver is the time over which the rate is measured.
const rateOver = 20 * time.Second

// rate is how many people a second were read of late.
func (s *sweep) rate(now time.Time, done int) float64 {
	s.rates = append(s.rates, rateMark{now, done})
	for len(s.rates) > 2 && now.Sub(s.rates[1].at) >= rateOver {
		s.rates = s.rates[1:]
	}
	first := s.rates[0]
	if d := now.Sub(first.at); d >= time.Second {
		return float64(done-first.done) / d.Seconds()
	}
	return 0
}
