package webex

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// clientSecret supplies the secret of one client. A secret that comes from a function is
// requested once and kept in memory.
type clientSecret struct {
	check func() error
	fixed Secret
	from  func(context.Context) (Secret, error)

	mu    sync.Mutex
	asked Secret
}

// reveal returns the secret. The error matches [ErrInvalidInput] when it is missing.
func (s *clientSecret) reveal(ctx context.Context) (Secret, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.asked.IsZero() {
		return s.asked, nil
	}
	if err := s.check(); err != nil {
		return Secret{}, err
	}
	if !s.fixed.IsZero() {
		return s.fixed, nil
	}
	got, err := s.from(ctx)
	if err == nil && got.IsZero() {
		err = fmt.Errorf("%w: it is empty", ErrInvalidInput)
	}
	if err != nil {
		return got, fmt.Errorf("get client secret: %w", err)
	}
	s.asked = got
	return got, nil
}

// forgetIfRejected forgets a requested secret that Webex rejected, so that it is requested again.
func (s *clientSecret) forgetIfRejected(err error) {
	if errors.Is(err, ErrWrongClient) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.asked = Secret{}
	}
}
