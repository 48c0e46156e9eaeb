package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/webex"
)

const (
	// leaseTime is longer than a refresh: two attempts of 30 seconds each, and the commit.
	leaseTime = 75 * time.Second
	// leaseWait is how long to wait for a lease: until one that nobody gives back has ended.
	leaseWait = leaseTime + 10*time.Second
	// releaseWait is how long to try to end a lease, which ends by itself too.
	releaseWait = 5 * time.Second
	// slack is for a reply that is a little longer than the tokens before it.
	slack = 512
)

// lease is the right to refresh one pair of tokens.
type lease struct {
	owner []byte
	fence int64
	pair  []byte // hash of the tokens when it was taken; nil if there were none
}

// leases are those that this process holds.
type leases struct {
	mu   sync.Mutex
	held map[string]lease
}

func (l *leases) of(key []byte) (lease, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h, ok := l.held[string(key)]
	return h, ok
}

func (l *leases) put(key []byte, h lease) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held == nil {
		l.held = map[string]lease{}
	}
	l.held[string(key)] = h
}

func (l *leases) drop(key []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.held, string(key))
}

func jitter(d time.Duration) time.Duration { return d/2 + mathrand.N(d/2+1) } //nolint:gosec // not a secret

// LockRefresh takes the lease on refreshing the tokens of p. It waits while another goroutine, process
// or machine holds it, and ends with an error that matches [store.ErrLocked] when that takes too long.
func (s *Store) LockRefresh(ctx context.Context, p webex.Principal) (unlock func(), err error) {
	at, err := s.at(ctx, p)
	if err != nil {
		return nil, err
	}
	wait, cancel := context.WithTimeout(ctx, leaseWait)
	defer cancel()
	for try := 0; ; try++ {
		l, ok, err := s.take(wait, at)
		switch {
		case ctx.Err() != nil:
			if ok {
				s.release(at, l)
			}
			return nil, ctx.Err()
		case ok:
			s.leases.put(at.key, l)
			return func() { s.release(at, l) }, nil
		case err != nil && wait.Err() == nil:
			return nil, err
		}
		if err == nil {
			err = pause(wait, try)
		}
		if err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return nil, fmt.Errorf("refresh tokens: %w: another process has been refreshing them for %s", store.ErrLocked, leaseWait)
		}
	}
}

// take takes the lease, unless another holds it.
func (s *Store) take(ctx context.Context, at slot) (l lease, ok bool, err error) {
	l.owner = []byte(rand.Text())
	err = s.within(ctx, "refresh tokens", usual, func(ctx context.Context, tx pgx.Tx, _ *keyring) error {
		ok = false // a first attempt, whose commit failed, may have taken it
		err := tx.QueryRow(ctx, `INSERT INTO wxauth_leases (slot, owner, fence, expires) VALUES ($1, $2, 1, now() + $3::bigint * interval '1 millisecond')
			ON CONFLICT (slot) DO UPDATE SET owner = excluded.owner, fence = wxauth_leases.fence + 1, expires = excluded.expires
			WHERE wxauth_leases.expires <= now() OR wxauth_leases.owner = excluded.owner RETURNING fence`, at.key, l.owner, leaseTime.Milliseconds()).Scan(&l.fence)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		ok = true
		err = tx.QueryRow(ctx, `SELECT pair FROM wxauth_tokens WHERE slot = $1`, at.key).Scan(&l.pair)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		return err
	})
	return l, ok && err == nil, err
}

// release ends a lease, unless another process has taken it since. It keeps the row, whose fencing
// number must not start again, and the intent of a refresh whose tokens were not saved.
func (s *Store) release(at slot, l lease) {
	s.leases.drop(at.key)
	ctx, cancel := context.WithTimeout(context.Background(), releaseWait)
	defer cancel()
	_ = s.within(ctx, "refresh tokens", persistent, func(ctx context.Context, tx pgx.Tx, _ *keyring) error {
		_, err := tx.Exec(ctx, `UPDATE wxauth_leases SET expires = now() WHERE slot = $1 AND owner = $2`, at.key, l.owner)
		return err
	})
}

// IntendRefresh records that the tokens of p are about to be refreshed, and renews the lease. The record is as large as the
// new tokens will be, so that on a full disk it fails before the refresh token is spent. If the lease
// has ended meanwhile, the error matches [store.ErrLocked], and nothing may be sent.
func (s *Store) IntendRefresh(ctx context.Context, p webex.Principal, like webex.Tokens) error {
	at, err := s.at(ctx, p)
	if err != nil {
		return err
	}
	plain, err := like.RevealJSON()
	if err != nil {
		return err
	}
	fill := at.sealer.Seal([]byte(strings.Repeat(".", len(plain)+slack)), "intent", string(at.key))
	held, _ := s.leases.of(at.key)
	return s.within(ctx, "refresh tokens", usual, func(ctx context.Context, tx pgx.Tx, _ *keyring) error {
		tag, err := tx.Exec(ctx, `UPDATE wxauth_leases SET intent = $3, since = now(), expires = now() + $4::bigint * interval '1 millisecond' WHERE slot = $1 AND owner = $2 AND expires > now()`, at.key, held.owner, fill, leaseTime.Milliseconds())
		if err == nil && tag.RowsAffected() == 0 {
			err = fmt.Errorf("%w: the lease on this refresh has ended", store.ErrLocked)
		}
		return err
	})
}

// DropIntent removes the record that [Store.IntendRefresh] wrote.
func (s *Store) DropIntent(ctx context.Context, p webex.Principal) error {
	at, err := s.at(ctx, p)
	if err != nil {
		return err
	}
	held, _ := s.leases.of(at.key)
	return s.within(ctx, "refresh tokens", usual, func(ctx context.Context, tx pgx.Tx, _ *keyring) error {
		_, err := tx.Exec(ctx, `UPDATE wxauth_leases SET intent = NULL, since = NULL WHERE slot = $1 AND owner = $2`, at.key, held.owner)
		return err
	})
}

// CutOff returns when a refresh of the tokens of p started that has not completed, by the clock of the
// database; zero if there is none. While the lease is held, that refresh was interrupted.
func (s *Store) CutOff(ctx context.Context, p webex.Principal) (time.Time, error) {
	at, err := s.at(ctx, p)
	if err != nil {
		return time.Time{}, err
	}
	var since time.Time
	err = s.within(ctx, "refresh tokens", usual, func(ctx context.Context, tx pgx.Tx, _ *keyring) error {
		var found *time.Time
		err := tx.QueryRow(ctx, `SELECT since FROM wxauth_leases WHERE slot = $1`, at.key).Scan(&found)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if found != nil {
			since = *found
		}
		return err
	})
	return since, err
}

var (
	_ webex.TokenStore     = (*Store)(nil)
	_ webex.RefreshGuard   = (*Store)(nil)
	_ webex.RefreshIntents = (*Store)(nil)
)
