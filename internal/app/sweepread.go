package app

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/webex"
)

// sweepWorkers are a few more than the requests in flight at once, so that one that
// writes down what it read keeps no slot empty.
const sweepWorkers = 12

// How many failures in a row say that it is not about the people.
const (
	mostLimited = 3
	mostBroken  = 16
	mostRefused = 8
)

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
	waiting := s.numbers(state)
	if len(waiting) == 0 || ctx.Err() != nil {
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
	for range min(sweepWorkers, len(waiting)) {
		g.Go(func() error {
			for n := range next {
				s.readOne(ctx, n)
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
