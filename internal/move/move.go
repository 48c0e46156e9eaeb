// Package move copies everything that a store holds to another store, and checks the copy by reading
// it back: tokens, settings, sweeps and the audit log.
//
//	moved, err := move.Copy(ctx, from, to, actor) // both are of type Store
//
// Copy can be repeated after an interruption: it writes only what is missing. Into files, call it with a
// store in a staging directory, and then Install. To change the package, start with Copy.
package move

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"slices"
	"time"

	"github.com/wxauth/wxauth/internal/audit"
	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/webex"
)

// Values are the tokens and settings of a store.
type Values interface {
	Records(context.Context) ([]store.Record, error)
	PutRecords(context.Context, []store.Record) error
}

// Sweeps are the finished sweeps of a store.
type Sweeps interface {
	Scopes(context.Context) (scopes []string, unnamed int, err error)
	Sweeps(ctx context.Context, scope string) ([]store.Sweep, error)
	Read(ctx context.Context, scope string, id []byte, each func([]byte) error) error
	Begin(ctx context.Context, scope, name string) (store.Journal, error)
}

// Store is one side of a move.
type Store struct {
	Values Values
	Sweeps Sweeps
	Trail  audit.Trail
	// Guard returns what prevents refreshes in a profile.
	Guard func(profile string) webex.RefreshGuard
	// Internal are the profiles in which this kind of store keeps keys of its own.
	Internal []string
}

// Moved is what was copied.
type Moved struct {
	Tokens, Settings, Sweeps, Entries int
	// Kept is the number of records that stayed in the other store: newer tokens, or other settings.
	Kept int
	// Unnamed is the number of organizations whose sweeps an earlier version saved without their name.
	// They were not copied.
	Unnamed int
}

// Copy copies everything that is missing, and compares both sides afterwards. Then it calls finish, while no
// tokens can be refreshed in from, which Copy does not change.
func Copy(ctx context.Context, from, to Store, actor string, finish func() error) (m Moved, err error) {
	if err := m.copySweeps(ctx, from.Sweeps, to.Sweeps); err != nil {
		return m, fmt.Errorf("copy the sweeps: %w", err)
	}
	if m.Entries, err = audit.Import(ctx, to.Trail, from.Trail, actor); err != nil {
		return m, fmt.Errorf("copy the audit log: %w", err)
	}
	r, err := to.Trail.Verify(ctx, audit.Head{})
	if err == nil && r.Problem != nil {
		err = fmt.Errorf("%w: entry %d looks %s", audit.ErrTampered, r.Problem.Seq, r.Problem.Kind)
	}
	if err != nil {
		return m, fmt.Errorf("check the copy of the audit log: %w", err)
	}
	unlock, err := lockRefreshes(ctx, from)
	defer unlock()
	if err == nil {
		err = m.copyRecords(ctx, from, to)
	}
	if err != nil {
		return m, fmt.Errorf("copy the tokens and settings: %w", err)
	}
	return m, finish()
}

// copyRecords copies tokens and settings. Nobody refreshes them meanwhile.
func (m *Moved) copyRecords(ctx context.Context, from, to Store) error {
	records, err := recordsOf(ctx, from)
	if err != nil {
		return err
	}
	there, err := recordsOf(ctx, to)
	if err != nil {
		return err
	}
	var put []store.Record
	for _, r := range records {
		if _, tokens := r.Principal(); tokens {
			m.Tokens++
		} else {
			m.Settings++
		}
		switch old, ok := find(there, r); {
		case !ok:
			put = append(put, r)
		case bytes.Equal(old.Value, r.Value):
		case keeps(old, r):
			m.Kept++
		default:
			put = append(put, r)
		}
	}
	if err := to.Values.PutRecords(ctx, put); err != nil {
		return err
	}
	if there, err = recordsOf(ctx, to); err != nil {
		return err
	}
	for _, r := range records {
		if copied, ok := find(there, r); !ok || !bytes.Equal(copied.Value, r.Value) && !keeps(copied, r) {
			return fmt.Errorf("%w: a copied record is not what was written: try again", store.ErrWrite)
		}
	}
	return nil
}

// keeps reports whether a record that is there already is not replaced: tokens that were issued
// later, or a setting of the team.
func keeps(there, r store.Record) bool {
	if _, tokens := r.Principal(); !tokens {
		return true
	}
	a, errA := webex.ParseTokens(there.Value)
	b, errB := webex.ParseTokens(r.Value)
	return errA == nil && (errB != nil || a.Issued.After(b.Issued))
}

func find(records []store.Record, r store.Record) (store.Record, bool) {
	i := slices.IndexFunc(records, func(other store.Record) bool { return slices.Equal(other.Path(), r.Path()) })
	if i < 0 {
		return r, false
	}
	return records[i], true
}

// recordsOf returns the records that mean the same in any store.
func recordsOf(ctx context.Context, s Store) ([]store.Record, error) {
	records, err := s.Values.Records(ctx)
	return slices.DeleteFunc(records, func(r store.Record) bool { return slices.Contains(s.Internal, r.Profile) }), err
}

// lockRefreshes prevents refreshes of all tokens of a store until unlock is called.
func lockRefreshes(ctx context.Context, s Store) (unlock func(), err error) {
	var held []func()
	unlock = func() {
		for _, f := range held {
			f()
		}
	}
	records, err := recordsOf(ctx, s)
	if err != nil {
		return unlock, err
	}
	for _, r := range records {
		p, tokens := r.Principal()
		if !tokens {
			continue
		}
		one, err := s.Guard(r.Profile).LockRefresh(ctx, p)
		if err != nil {
			return unlock, err
		}
		held = append(held, one)
	}
	return unlock, nil
}

// copySweeps copies the sweeps that the other store does not have, oldest first.
func (m *Moved) copySweeps(ctx context.Context, from, to Sweeps) (err error) {
	var scopes []string
	if scopes, m.Unnamed, err = from.Scopes(ctx); err != nil {
		return err
	}
	for _, scope := range scopes {
		all, err := from.Sweeps(ctx, scope)
		if err != nil {
			return err
		}
		there, err := to.Sweeps(ctx, scope)
		if err != nil {
			return err
		}
		for _, sweep := range slices.Backward(all) {
			if slices.ContainsFunc(there, func(s store.Sweep) bool { return bytes.Equal(s.Meta, sweep.Meta) }) {
				continue
			}
			if err := copySweep(ctx, from, to, scope, sweep); err != nil {
				return err
			}
			m.Sweeps++
		}
	}
	return nil
}

// journalName is the name of a sweep that is being copied. No sweep of people has it.
const journalName = "\x00move"

// begin waits while an earlier attempt, which was killed, seems to be copying: a database finds out after
// 90 seconds.
func begin(ctx context.Context, to Sweeps, scope string) (store.Journal, error) {
	for end := time.Now().Add(2 * time.Minute); ; {
		j, err := to.Begin(ctx, scope, journalName)
		if !errors.Is(err, store.ErrSweeping) || time.Now().After(end) {
			return j, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

func copySweep(ctx context.Context, from, to Sweeps, scope string, sweep store.Sweep) error {
	j, err := begin(ctx, to, scope)
	if err != nil {
		return err
	}
	defer j.Close()
	if err := j.Reset(); err != nil {
		return err
	}
	sent := sha256.New()
	err = from.Read(ctx, scope, sweep.ID, func(part []byte) error {
		sent.Write(part)
		return j.Append(part)
	})
	if err != nil {
		return err
	}
	if err := j.Finish(ctx, sweep.Meta, nil); err != nil {
		return err
	}
	there, err := to.Sweeps(ctx, scope)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(there, func(s store.Sweep) bool { return bytes.Equal(s.Meta, sweep.Meta) })
	if i < 0 {
		return fmt.Errorf("%w: a copied sweep is not there: try again", store.ErrWrite)
	}
	return checkSweep(ctx, to, scope, there[i].ID, sent)
}

// checkSweep reads a copied sweep. Its parts may be cut elsewhere.
func checkSweep(ctx context.Context, to Sweeps, scope string, id []byte, sent hash.Hash) error {
	got := sha256.New()
	err := to.Read(ctx, scope, id, func(part []byte) error {
		got.Write(part)
		return nil
	})
	if err == nil && !bytes.Equal(sent.Sum(nil), got.Sum(nil)) {
		err = errors.New("a copied sweep is not what was written: try again")
	}
	return err
}
