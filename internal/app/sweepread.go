package app

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/webex"
)

// sweepWorkers slightly exceeds the number of concurrent requests, so that workers
// that are saving results do not leave a request slot idle.
const sweepWorkers = 12

// failures counts consecutive people who could not be read.
type failures struct{ limited, refused, others, gone int }

// The number of consecutive failures after which the cause is not the individual
// people. A 403 may concern a part of an organization that the role does not cover.
const (
	mostLimited       = 3
	mostOthers        = 16
	mostRefused       = 200
	mostRefusedAtOnce = 8 // if no person could be read at all
	mostGone          = 50
)

// numbers returns the people in a state.
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

// readAll concurrently reads the people in a state.
func (s *sweep) readAll(ctx context.Context, stage SweepStage, state inventory.State) {
	waiting := s.numbers(state)
	if len(waiting) == 0 || ctx.Err() != nil {
		return
	}
	if stage == SweepReading {
		s.mu.Lock()
		s.stage = SweepPriced
		s.tellLocked(true)
		s.mu.Unlock()
	}
	s.mu.Lock()
	s.stage, s.rates = stage, nil
	s.mu.Unlock()
	next := make(chan int)
	var g errgroup.Group
	for range min(sweepWorkers, len(waiting)) {
		g.Go(func() error {
			for n := range next {
				if err := safely(func() error { s.readOne(ctx, n); return nil }); err != nil {
					s.mu.Lock()
					s.stop(err)
					s.mu.Unlock()
				}
			}
			return nil
		})
	}
	for _, n := range waiting {
		if s.o.Hold != nil && s.o.Hold(ctx) != nil || ctx.Err() != nil {
			break
		}
		next <- n
	}
	close(next)
	_ = g.Wait()
	s.tell(true)
}

// readOne reads one person and saves the result.
func (s *sweep) readOne(ctx context.Context, n int) {
	if ctx.Err() != nil {
		return
	}
	s.mu.Lock()
	p, _ := s.inv.Person(n)
	s.mu.Unlock()
	rows, err := s.i.paced.Authorizations(ctx, p.Who())
	switch {
	case errors.Is(err, webex.ErrNotFound):
		err = s.whyNot(ctx, p, err)
	case err == nil:
		err = s.theirs(ctx, p, rows)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() != nil && (err != nil || s.stopped != nil) {
		return // leave the person for the next run
	}
	if err == nil {
		err = s.shared(n, rows)
	}
	part, fatal := s.classify(n, rows, err)
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

// theirs returns why a list does not belong to the person, or the person not to the
// organization. People from the organization's list are known to belong to it;
// theirs looks up those that the user named.
func (s *sweep) theirs(ctx context.Context, p inventory.Person, rows []webex.Authorization) error {
	id := p.ID
	if s.o.People != nil {
		org, err := s.org(ctx)
		if err != nil {
			return err
		}
		found, err := s.named(ctx, p, org)
		switch {
		case ctx.Err() != nil, StopsAll(err), errors.Is(err, webex.ErrRateLimited):
			return err
		case errors.Is(err, webex.ErrNotFound):
			return fmt.Errorf("%w: Webex has no %s in the organization %s", ErrPersonNotFound, p.Who(), org.UUID())
		case err == nil:
			if err := belongs(found, org, !s.o.OurOrg); err != nil {
				return err
			}
			if id == "" {
				id = found.ID
			}
		}
	}
	for i := range rows {
		switch r := &rows[i]; {
		case r.PersonID == "" || r.PersonID == id || r.PersonID.Same(id):
		case id == "":
			id = r.PersonID
		default:
			return fmt.Errorf("%w: the list has tokens of another person, %s", webex.ErrServer, r.PersonID)
		}
	}
	return nil
}

// shared returns an error if tokens without a named owner are also listed for
// someone else, so that the owner is unknown for both people. The caller holds the
// lock.
func (s *sweep) shared(n int, rows []webex.Authorization) error {
	for i := range rows {
		if rows[i].PersonID != "" || rows[i].ID == "" {
			continue
		}
		id := rows[i].ID.UUID()
		other, ok := s.unnamed[id]
		if !ok || other == n {
			s.unnamed[id] = n
			continue
		}
		why := func(of int) error {
			p, _ := s.inv.Person(of)
			return fmt.Errorf("%w: Webex also lists these tokens for %s, and wxauth cannot tell whose they are", webex.ErrServer, webex.Clean(webex.Untrusted(p.Words())))
		}
		if err := s.journal.Append(s.w.Failed(other, why(n).Error())); err != nil {
			return err
		}
		return why(other)
	}
	return nil
}

// named looks up a person that the user named.
func (s *sweep) named(ctx context.Context, p inventory.Person, org webex.OrgID) (webex.PersonDetails, error) {
	if p.ID != "" {
		return s.i.paced.Person(ctx, p.ID)
	}
	q := webex.PeopleQuery{Email: string(p.Email), Max: 1}
	if !s.o.OurOrg {
		q.OrgID = org
	}
	for found, err := range s.i.paced.People(ctx, q) {
		return found, err
	}
	return webex.PersonDetails{}, webex.ErrNotFound
}

// errGone means that the person left after the people were listed.
var errGone = errors.New("the person has left")

// whyNot distinguishes a person who left from other causes of a 404: only a person
// unknown to /people has left. A person that the user named is reported as not
// found.
func (s *sweep) whyNot(ctx context.Context, p inventory.Person, err error) error {
	if s.o.People != nil {
		return fmt.Errorf("%w: %w", ErrPersonNotFound, err)
	}
	_, perr := s.i.paced.Person(ctx, p.ID)
	switch {
	case errors.Is(perr, webex.ErrNotFound):
		return errGone
	case perr != nil:
		return perr
	}
	return fmt.Errorf("%w: Webex knows the person, but cannot find their authorizations: %w", webex.ErrServer, err)
}

// classify decides whether a result can be saved and whether the sweep must stop.
// The caller holds the lock.
func (s *sweep) classify(n int, rows []webex.Authorization, err error) (part []byte, fatal error) {
	row := &s.inARow
	switch {
	case err == nil:
		s.read++
		for i := range rows {
			if rows[i].Unreadable != "" {
				s.unreadable++
			}
		}
		*row = failures{}
		return s.w.Read(n, rows), nil
	case errors.Is(err, errGone):
		if row.gone++; row.gone > mostGone {
			return nil, fmt.Errorf("%w: Webex says that %d people in a row left since they were listed", webex.ErrServer, row.gone)
		}
		return s.w.Gone(n), nil
	case StopsAll(err):
		return nil, err
	case errors.Is(err, ErrPersonNotFound):
	case errors.Is(err, webex.ErrRateLimited):
		if row.limited++; row.limited >= mostLimited || !s.i.paced.PausedUntil().IsZero() {
			return nil, err
		}
	case errors.Is(err, webex.ErrForbidden):
		row.refused++
		if s.read == 0 && (row.refused >= mostRefusedAtOnce || row.refused >= s.inv.People()) || row.refused >= mostRefused {
			return nil, err // the cause is not this person
		}
	default:
		if row.others++; row.others >= mostOthers {
			return nil, err
		}
	}
	s.lastErr = err
	return s.w.Failed(n, string(webex.Clean(webex.Untrusted(err.Error())))), nil
}
