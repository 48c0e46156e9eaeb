package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/webex"
)

// SweepAPI is the part of Webex that a sweep needs. *webex.Client implements it; it
// should be paced, because a sweep makes a request for every person of an
// organization.
type SweepAPI interface {
	Authorizations(context.Context, webex.Person) ([]webex.Authorization, error)
	Person(context.Context, webex.PersonID) (webex.PersonDetails, error)
	People(context.Context, webex.PeopleQuery) iter.Seq2[webex.PersonDetails, error]
	Pace() webex.Pace
	PausedUntil() time.Time
}

// SweepOptions configure a sweep.
type SweepOptions struct {
	Scope  Scope
	OurOrg bool           // the scope is the organization of the person signed in
	People []webex.Person // only these people
	Query  string         // only people with this name prefix or address
	// Selection describes the people selected by People or Query; empty for
	// everyone.
	Selection string
	Fresh     bool // discard an unfinished sweep
	Accept    bool // finish even with less than half of the previous sweep's people
	Keep      int  // number of finished sweeps to keep; 0 is [DefaultKeep]
	// Hold is called before each person is read, and blocks while the sweep is
	// paused. nil never blocks.
	Hold func(context.Context) error
}

// of identifies the people of a sweep. Only sweeps of the same people can continue
// each other or be compared.
func (o SweepOptions) of() string {
	switch {
	case o.Query != "":
		return "query " + strings.ToLower(o.Query)
	case o.People == nil:
		return ""
	}
	keys := make([]string, len(o.People))
	for i, who := range o.People {
		keys[i] = strings.ToLower(who.String())
	}
	slices.Sort(keys)
	sum := sha256.Sum256([]byte(strings.Join(slices.Compact(keys), "\n")))
	return "people " + hex.EncodeToString(sum[:8])
}

// ErrFewerPeople means that a sweep found less than half of the previous sweep's
// people. It is not saved, and the previous sweep stays the newest, until a sweep
// with Accept finishes it.
var ErrFewerPeople = errors.New("the list of people is much shorter than last time")

// DefaultKeep is the default number of finished sweeps to keep.
const DefaultKeep = 5

// SweepResult is the result of a sweep.
type SweepResult struct {
	SweepInfo
	Done     int // people who were read or have left
	Gone     int // people who left during the sweep
	Failures []inventory.Failure
	// Unreadable counts the tokens in this run with fields that could not be parsed.
	Unreadable int
	Resumed    bool
	// Stopped is why the sweep is not finished; nil if it is. The next run continues
	// it.
	Stopped error
	// Before is the previous sweep, zero if there is none. Compared is set if it was
	// compared with.
	Before     SweepInfo
	Compared   bool
	New, Ended int // grants since the previous sweep
}

// sweep is a sweep in progress.
type sweep struct {
	i       *Inventories
	o       SweepOptions
	observe func(SweepProgress)
	journal SweepJournal
	resumed bool
	cancel  context.CancelCauseFunc

	mu         sync.Mutex
	inv        *inventory.Inventory
	w          *inventory.Writer
	known      map[string]bool
	stopped    error
	read       int // in this run
	unreadable int // tokens, in this run
	inARow     failures
	lastErr    error          // the last error when reading a person
	unnamed    map[string]int // by token UUID: who has a token whose rows do not name the owner
	told       time.Time
	stage      SweepStage
	rates      []rateMark
	peopleIn   time.Duration // duration of one page of people
	calls      int           // requests needed to read the pages
}

// Sweep reads and saves the authorizations of every person. Stopping it loses at
// most the people being read, and the next run continues. An error means that
// nothing was read; if a sweep stops early, the result has the reason.
func (i *Inventories) Sweep(ctx context.Context, o SweepOptions, observe func(SweepProgress)) (SweepResult, error) {
	if i.paced == nil {
		return SweepResult{}, fmt.Errorf("sweep: %w: no token", webex.ErrNotLoggedIn)
	}
	i.svc.running.Add(1)
	defer i.svc.running.Done()
	if o.Keep <= 0 {
		o.Keep = DefaultKeep
	}
	if observe == nil {
		observe = func(SweepProgress) {}
	}
	if err := i.maySweep(ctx); err != nil {
		return SweepResult{}, err
	}
	journal, err := i.store.Begin(ctx, o.Scope.key(), o.of())
	if err != nil {
		return SweepResult{}, err
	}
	defer journal.Close()
	s := &sweep{unnamed: map[string]int{}, i: i, o: o, observe: observe, journal: journal}
	if err := s.goOn(); err != nil {
		return SweepResult{}, err
	}
	if !s.inv.Finished.IsZero() { // an earlier run read everyone but could not save the sweep
		observe(SweepProgress{Stage: SweepPutAway, Begun: s.inv.Started, People: s.inv.People()})
		if res, err := s.finish(ctx); err != nil || res.Stopped != nil {
			return res, err
		}
		s = &sweep{unnamed: map[string]int{}, i: i, o: o, observe: observe, journal: journal}
		if err := s.goOn(); err != nil {
			return SweepResult{}, err
		}
	}
	run, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s.cancel = cancel
	defer s.tellEverySecond()()
	s.listPeople(run)
	if s.stopped != nil && s.inv.People() == 0 {
		return SweepResult{}, s.stopped
	}
	s.readAll(run, SweepReading, inventory.Waiting)
	s.readAll(run, SweepRetrying, inventory.Failed)
	if ctx.Err() != nil && s.stopped == nil && s.inv.Left() > 0 {
		s.stopped = context.Cause(ctx)
	}
	return s.finish(ctx)
}

// maySweep returns an error if Webex would reject the requests for every person.
func (i *Inventories) maySweep(ctx context.Context) error {
	session, err := i.svc.signedIn(ctx)
	if err != nil {
		return err
	}
	if name, may := role(session); may == webex.No {
		return fmt.Errorf("sweep: %w: your role is %s; listing other users' authorizations requires the Full, User or Device Admin role", webex.ErrForbidden, name)
	}
	return nil
}

// goOn continues an earlier unfinished run.
func (s *sweep) goOn() error {
	s.inv, s.known = inventory.NewCounting(), map[string]bool{}
	if s.o.Fresh {
		if err := s.journal.Reset(); err != nil {
			return err
		}
	} else if err := s.replay(); err != nil {
		return fmt.Errorf("resume the unfinished sweep: %w (to start over: --fresh)", err)
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

// replay reads the journal. It truncates the journal at the first invalid part, and
// the sweep reads the rest again. If the first part is invalid, replay leaves the
// journal unchanged.
func (s *sweep) replay() error {
	for {
		v := inventory.NewCounting()
		var head error
		err := s.journal.Replay(func(part []byte) error {
			if head != nil {
				return nil
			}
			err := v.Take(part)
			if err != nil && v.Started.IsZero() {
				head = err
				return nil
			}
			return err
		})
		switch {
		case head != nil:
			return head
		case err == nil:
			s.inv = v
			return nil
		case !errors.Is(err, inventory.ErrFormat):
			return err
		}
		// The rejected part has been truncated but was partly added to the
		// inventory: start over.
	}
}

func knownKey(p inventory.Person) string {
	if p.ID != "" {
		return string(p.ID)
	}
	return "@" + strings.ToLower(string(p.Email))
}

// stop stops the sweep. Only the first reason is kept.
func (s *sweep) stop(err error) {
	if s.stopped == nil {
		s.stopped = err
	}
	s.cancel(err)
}

// finish saves the sweep if it is complete, and returns the result.
func (s *sweep) finish(ctx context.Context) (SweepResult, error) {
	var services []inventory.ServiceApp // read before locking, because progress is reported meanwhile
	var noServices string
	if s.o.of() == "" && s.mayBeComplete() {
		services, noServices = s.i.svc.serviceApps(ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	res := SweepResult{Unreadable: s.unreadable, Resumed: s.resumed, Stopped: s.stopped}
	if s.stopped == nil && s.inv.Finished.IsZero() {
		s.stopped = s.implausible(ctx)
		res.Stopped = s.stopped
	}
	complete := s.stopped == nil && s.inv.Left() == 0
	if complete && s.inv.Finished.IsZero() {
		if err := s.journal.Append(s.w.Finish(s.i.svc.opts.Now())); err != nil {
			res.Stopped, complete = err, false
		}
	}
	res.SweepInfo = SweepInfo{
		Started: s.inv.Started, Finished: s.inv.Finished, Of: s.o.of(), Selection: s.inv.What, People: s.inv.People(),
		Failed: s.inv.Count(inventory.Failed), Authorizations: s.inv.Authorizations(),
		ServiceApps: services, NoServiceApps: noServices,
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
	ctx = context.WithoutCancel(ctx) // everything has been read, and saving takes only a moment
	before, name := s.others(ctx), bytes.Clone(s.journal.Name())
	if err := s.journal.Finish(ctx, meta, s.dropped(before)); err != nil {
		res.Stopped, res.Finished = err, time.Time{}
		return res, nil //nolint:nilerr // reported in the result
	}
	// The sweep is saved. Comparing needs twice its memory, so release it first.
	s.inv, s.w, s.known = inventory.NewCounting(), nil, nil
	s.compare(ctx, &res, before, name)
	return res, nil
}

// mayBeComplete reports whether everyone has been read.
func (s *sweep) mayBeComplete() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopped == nil && s.inv.Left() == 0
}

// enoughTokens is a number of tokens that is unlikely to disappear all at once by
// chance.
const enoughTokens = 20

// implausible returns why the results cannot be correct although every request
// succeeded. Such a sweep is not saved, because every grant would appear to be
// removed. The caller holds the lock.
func (s *sweep) implausible(ctx context.Context) error {
	failed := s.inv.Count(inventory.Failed)
	if failed*2 > s.inv.People() {
		return fmt.Errorf("%s of %s could not be read: %w", english.Thousands(failed), english.Count(s.inv.People(), "user"), s.lastErr)
	}
	before := s.others(ctx)
	if found := s.inv.People() - s.inv.Count(inventory.Gone); len(before) > 0 && found*2 < before[0].People && !s.o.Accept {
		return fmt.Errorf("%w: %s, less than half of the %s in the sweep of %s, which stays the newest: to use this one instead, wxauth sweep --accept",
			ErrFewerPeople, english.Count(found, "user"), english.Thousands(before[0].People), stampWords(before[0].Started))
	}
	if s.o.of() == "" && s.inv.Authorizations() == 0 && len(before) > 0 && before[0].Authorizations >= enoughTokens {
		if err := s.journal.Reset(); err != nil { // otherwise the next run would continue it
			return err
		}
		return fmt.Errorf("%w: every list was empty, but the previous sweep found %s: this sweep was not saved", webex.ErrServer, english.Count(before[0].Authorizations, "token"))
	}
	return nil
}

// others returns the finished sweeps of the same people, newest first. It excludes
// this sweep, which an interrupted run may have saved already.
func (s *sweep) others(ctx context.Context) []SweepInfo {
	all, err := s.i.List(ctx, s.o.Scope)
	if err != nil {
		return nil // not a problem of this sweep
	}
	name, of := s.journal.Name(), s.o.of()
	return slices.DeleteFunc(all, func(b SweepInfo) bool { return b.Of != of || bytes.HasSuffix(b.ID, name) })
}

// dropped returns the ids of sweeps beyond the limit. A sweep that lacks many people
// does not replace another.
func (s *sweep) dropped(before []SweepInfo) (ids [][]byte) {
	if s.inv.Count(inventory.Failed)*10 > s.inv.People() {
		return nil
	}
	for _, old := range before[min(s.o.Keep-1, len(before)):] {
		ids = append(ids, old.ID)
	}
	return ids
}

// compare counts changes since the previous sweep. name is the suffix of this
// sweep's id. Errors are ignored.
func (s *sweep) compare(ctx context.Context, res *SweepResult, before []SweepInfo, name []byte) {
	if len(before) == 0 {
		return
	}
	res.Before = before[0]
	all, err := s.i.List(ctx, s.o.Scope)
	at := slices.IndexFunc(all, func(i SweepInfo) bool { return bytes.HasSuffix(i.ID, name) })
	if err != nil || at < 0 {
		return
	}
	var outlines [2]*inventory.Inventory
	for n, info := range []SweepInfo{before[0], all[at]} {
		outlines[n] = inventory.NewOutline()
		if err := s.i.store.Read(ctx, s.o.Scope.key(), info.ID, outlines[n].Take); err != nil || outlines[n].Finished.IsZero() {
			return
		}
	}
	res.New, res.Ended = inventory.CountChanges(outlines[0], outlines[1])
	res.Compared = true
}
