package app

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

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
