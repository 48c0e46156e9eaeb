package postgres

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/wxauth/wxauth/internal/seal"
	"github.com/wxauth/wxauth/internal/store"
)

// A sweep is a row in wxauth_sweeps, with its parts in wxauth_sweep_parts: in blocks of about
// 256 KiB, compressed and encrypted with the key of the epoch in which the sweep began. The row's owner may
// write them while its lease lasts; another machine then continues the sweep.

const (
	// sweepLease is how long a sweep may be silent before another machine may continue it, and
	// sweepHeartbeat how often the lease is renewed and what was read is saved.
	sweepLease     = 90 * time.Second
	sweepHeartbeat = 15 * time.Second
)

func scopeHash(sealer *seal.Sealer, scope string) []byte { return hash(sealer, "scope", scope) }

func journalHash(sealer *seal.Sealer, scope, name string) []byte {
	return hash(sealer, "journal", scope, name)
}

// sweepPath binds a description to its sweep and to the place of the sweep among the others.
func sweepPath(id []byte, number int64) []string {
	return []string{"sweep", string(id), "number", strconv.FormatInt(number, 10)}
}

func partPath(id []byte, n int) []string {
	return []string{"sweep", string(id), strconv.Itoa(n)}
}

// sweepRow is the description of a sweep: what is encrypted in its row.
type sweepRow struct{ scope, name, meta string }

func (r sweepRow) seal(sealer *seal.Sealer, id []byte, number int64) []byte {
	return sealer.Seal(seal.Joined(r.scope, r.name, r.meta), sweepPath(id, number)...)
}

func openSweep(sealer *seal.Sealer, id []byte, number int64, sealed []byte) (r sweepRow, err error) {
	plain, err := sealer.Open(sealed, sweepPath(id, number)...)
	if err != nil {
		return r, err
	}
	parts, ok := seal.Split(plain)
	if !ok || len(parts) != 3 {
		return r, fmt.Errorf("%w: a row holds something other than a sweep", store.ErrDamaged)
	}
	return sweepRow{parts[0], parts[1], parts[2]}, nil
}

// Sweeps returns the finished sweeps of a scope, newest first.
func (s *Store) Sweeps(ctx context.Context, scope string) (out []store.Sweep, err error) {
	k, err := s.ready(ctx)
	if err != nil {
		return nil, err
	}
	var id, sealed []byte
	var number int64
	err = s.query(ctx, "list sweeps", answerTime, k, `SELECT id, number, data FROM wxauth_sweeps WHERE scope = $1 AND number > 0 ORDER BY number DESC`,
		[]any{scopeHash(k.team, scope)}, []any{&id, &number, &sealed}, func() error {
			r, err := openSweep(k.team, id, number, sealed)
			if err == nil && r.scope != scope {
				err = fmt.Errorf("%w: a sweep is listed for another organization", store.ErrDamaged)
			}
			if err != nil {
				return err
			}
			out = append(out, store.Sweep{ID: bytes.Clone(id), Meta: []byte(r.meta)})
			return nil
		})
	return out, err
}

// Scopes lists the scopes that have finished sweeps. None is unnamed.
func (s *Store) Scopes(ctx context.Context) (out []string, unnamed int, err error) {
	k, err := s.ready(ctx)
	if err != nil {
		return nil, 0, err
	}
	seen := map[string]bool{}
	var id, sealed []byte
	var number int64
	err = s.query(ctx, "list sweeps", answerTime, k, `SELECT id, number, data FROM wxauth_sweeps WHERE number > 0 ORDER BY number`, nil, []any{&id, &number, &sealed}, func() error {
		r, err := openSweep(k.team, id, number, sealed)
		if err == nil && !seen[r.scope] {
			seen[r.scope] = true
			out = append(out, r.scope)
		}
		return err
	})
	return out, 0, err
}

// Read calls each with the parts of a finished sweep, in order.
func (s *Store) Read(ctx context.Context, scope string, id []byte, each func(part []byte) error) error {
	k, err := s.ready(ctx)
	if err != nil {
		return err
	}
	return s.blocks(ctx, k, `w.id = $1 AND w.scope = $2 AND w.number > 0`, []any{id, scopeHash(k.team, scope)}, eachPart(each))
}

// Unfinished calls each with the parts of a sweep that is in progress or was interrupted.
func (s *Store) Unfinished(ctx context.Context, scope, name string, each func(part []byte) error) error {
	k, err := s.ready(ctx)
	if err != nil {
		return err
	}
	return s.blocks(ctx, k, `w.name = $1 AND w.number = 0`, []any{journalHash(k.team, scope, name)}, eachPart(each))
}

func eachPart(each func(part []byte) error) func(int, []string) error {
	return func(_ int, parts []string) error {
		for _, p := range parts {
			if err := each([]byte(p)); err != nil {
				return err
			}
		}
		return nil
	}
}

// blocks decrypts the blocks of one sweep while the database sends them.
func (s *Store) blocks(ctx context.Context, k *keyring, which string, args []any, each func(n int, parts []string) error) error {
	var id, sealed []byte
	var epoch, n int
	next := 0
	return s.query(ctx, "read a sweep", bulkTime, k, `SELECT w.id, w.epoch, p.n, p.data FROM wxauth_sweeps w JOIN wxauth_sweep_parts p ON p.sweep = w.id WHERE `+which+` ORDER BY p.n`,
		args, []any{&id, &epoch, &n, &sealed}, func() error {
			sealer := k.of(epoch)
			if sealer == nil || n != next {
				return fmt.Errorf("%w: part %d of a sweep is missing", store.ErrInventory, next)
			}
			next++
			packed, err := sealer.Open(sealed, partPath(id, n)...)
			if err != nil {
				return fmt.Errorf("%w: %w", store.ErrInventory, err)
			}
			block, err := store.Inflate(packed)
			if err != nil {
				return fmt.Errorf("%w: %w", store.ErrInventory, err)
			}
			parts, ok := seal.Split(block)
			if !ok {
				return fmt.Errorf("%w: a block of a sweep cannot be read", store.ErrInventory)
			}
			return each(n, parts)
		})
}

// journal is a sweep that this process may write.
type journal struct {
	ctx         context.Context //nolint:containedctx // of the sweep: Append and Replay get none
	s           *Store
	k           *keyring
	sealer      *seal.Sealer // of the epoch in which the sweep began
	scope, name string
	id, owner   []byte

	mu    sync.Mutex
	n     int    // number of saved blocks
	block []byte // what was read since
	bad   error  // why nothing more can be added

	stop context.CancelFunc
	over chan struct{}
}

// Begin opens the journal of a sweep. The error matches [store.ErrSweeping] if another machine has it
// open.
func (s *Store) Begin(ctx context.Context, scope, name string) (store.Journal, error) {
	j := &journal{ctx: ctx, s: s, scope: scope, name: name, owner: []byte(rand.Text())}
	err := s.within(ctx, "begin a sweep", usual, func(ctx context.Context, tx pgx.Tx, k *keyring) error {
		var epoch int
		var free bool
		j.k = k
		err := tx.QueryRow(ctx, `SELECT id, epoch, expires <= now() OR owner = $2 FROM wxauth_sweeps WHERE name = $1 AND number = 0`, journalHash(k.team, scope, name), j.owner).Scan(&j.id, &epoch, &free)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return j.create(ctx, tx)
		case err != nil:
			return err
		case !free:
			return fmt.Errorf("%w: wait for it, or stop it; its progress is saved", store.ErrSweeping)
		}
		if j.sealer = k.of(epoch); j.sealer == nil {
			return fmt.Errorf("%w: its key is not known", store.ErrInventory)
		}
		_, err = tx.Exec(ctx, `UPDATE wxauth_sweeps SET owner = $2, expires = `+inSweepLease+` WHERE id = $1`, j.id, j.owner)
		return err
	})
	if err != nil {
		return nil, err
	}
	heartbeat, stop := context.WithCancel(context.WithoutCancel(ctx))
	j.stop, j.over = stop, make(chan struct{})
	go j.keep(heartbeat)
	return j, nil
}

var inSweepLease = fmt.Sprintf("now() + interval '%d seconds'", int(sweepLease.Seconds()))

// create inserts an empty sweep in progress.
func (j *journal) create(ctx context.Context, tx pgx.Tx) error {
	j.id, j.sealer, j.n = make([]byte, 16), j.k.team, 0
	_, _ = rand.Read(j.id)
	_, err := tx.Exec(ctx, `INSERT INTO wxauth_sweeps (id, epoch, scope, name, number, owner, expires, data) VALUES ($1, $2, $3, $4, 0, $5, `+inSweepLease+`, $6)`,
		j.id, j.k.epoch, scopeHash(j.k.team, j.scope), journalHash(j.k.team, j.scope, j.name), j.owner, sweepRow{j.scope, j.name, ""}.seal(j.k.team, j.id, 0))
	return err
}

// keep saves what was read and renews the lease, until the journal is closed.
func (j *journal) keep(ctx context.Context) {
	defer close(j.over)
	t := time.NewTicker(sweepHeartbeat)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			j.mu.Lock()
			if j.bad == nil {
				j.bad = j.flush(ctx)
			}
			j.mu.Unlock()
		}
	}
}

// flush saves what was read as the next block, and renews the lease. It waits while the database is
// away.
func (j *journal) flush(ctx context.Context) error {
	var sealed []byte
	if len(j.block) > 0 {
		packed, err := store.Deflate(j.block)
		if err != nil {
			return err
		}
		sealed = j.sealer.Seal(packed, partPath(j.id, j.n)...)
	}
	err := j.s.within(ctx, "save a sweep", persistent, func(ctx context.Context, tx pgx.Tx, _ *keyring) error {
		if err := j.renew(ctx, tx); err != nil || sealed == nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO wxauth_sweep_parts (sweep, n, data) VALUES ($1, $2, $3) ON CONFLICT (sweep, n) DO UPDATE SET data = excluded.data`, j.id, j.n, sealed)
		return err
	})
	if err == nil && sealed != nil {
		j.n++
		j.block = j.block[:0]
	}
	return err
}

func (j *journal) Name() []byte { return j.id }

func (j *journal) Replay(each func([]byte) error) error {
	// Meanwhile the lease is renewed, so j.mu is not held.
	n, block := 0, []byte(nil)
	var refused error
	err := j.s.blocks(j.ctx, j.k, `w.id = $1`, []any{j.id}, func(_ int, parts []string) error {
		if refused != nil {
			return nil
		}
		for _, p := range parts {
			if refused = each([]byte(p)); refused != nil {
				return nil
			}
			block = append(block, seal.Joined(p)...)
		}
		n, block = n+1, nil
		return nil
	})
	if err != nil && !errors.Is(err, store.ErrInventory) {
		return err
	}
	if err != nil && j.s.warn != nil {
		j.s.warn(fmt.Errorf("the unfinished sweep is damaged: what follows its part %d is lost and will be fetched again", n))
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.n, j.block = n, block
	// What follows a part that cannot be used is read from Webex again.
	cut := j.s.within(j.ctx, "continue a sweep", usual, func(ctx context.Context, tx pgx.Tx, _ *keyring) error {
		if err := j.renew(ctx, tx); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `DELETE FROM wxauth_sweep_parts WHERE sweep = $1 AND n >= $2`, j.id, n)
		return err
	})
	return errors.Join(refused, cut)
}

// renew extends the lease. It fails if another machine has it.
func (j *journal) renew(ctx context.Context, tx pgx.Tx) error {
	tag, err := tx.Exec(ctx, `UPDATE wxauth_sweeps SET expires = `+inSweepLease+` WHERE id = $1 AND owner = $2 AND number = 0`, j.id, j.owner)
	if err == nil && tag.RowsAffected() == 0 {
		err = errLeaseLost
	}
	return err
}

// errLeaseLost means that another machine continues the sweep.
var errLeaseLost = fmt.Errorf("%w: it continues the sweep, because this process was silent for too long", store.ErrSweeping)

func (j *journal) Append(part []byte) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.bad == nil && len(j.block) >= store.BlockSize {
		j.bad = j.flush(j.ctx)
	}
	if j.bad == nil {
		j.block = append(j.block, seal.Joined(string(part))...)
	}
	return j.bad
}

func (j *journal) Reset() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	id := j.id
	return j.reset(j.ctx, func(ctx context.Context, tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `DELETE FROM wxauth_sweeps WHERE id = $1 AND owner = $2 AND number = 0`, id, j.owner)
		if err != nil || tag.RowsAffected() > 0 {
			return err
		}
		// A commit whose answer was lost may have made an empty successor.
		tag, err = tx.Exec(ctx, `DELETE FROM wxauth_sweeps WHERE name = $1 AND owner = $2 AND number = 0`, journalHash(j.k.team, j.scope, j.name), j.owner)
		if err == nil && tag.RowsAffected() == 0 {
			err = errLeaseLost
		}
		return err
	})
}

// reset runs f, which ends the sweep in progress, and begins an empty one. Its id is new, because a
// part is bound to it.
func (j *journal) reset(ctx context.Context, f func(context.Context, pgx.Tx) error) error {
	err := j.s.within(ctx, "begin a sweep", persistent, func(ctx context.Context, tx pgx.Tx, k *keyring) error {
		if err := f(ctx, tx); err != nil {
			return err
		}
		j.k = k
		return j.create(ctx, tx)
	})
	if err == nil {
		j.block, j.bad = nil, nil
	}
	return err
}

func (j *journal) Finish(ctx context.Context, meta []byte, drop [][]byte) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.bad == nil {
		j.bad = j.flush(ctx)
	}
	if j.bad != nil {
		return j.bad
	}
	id := j.id
	return j.reset(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var done bool
		if err := tx.QueryRow(ctx, `SELECT number > 0 FROM wxauth_sweeps WHERE id = $1`, id).Scan(&done); err != nil {
			return err
		}
		if done { // by a commit whose answer was lost; its empty successor is replaced
			_, err := tx.Exec(ctx, `DELETE FROM wxauth_sweeps WHERE name = $1 AND number = 0`, journalHash(j.k.team, j.scope, j.name))
			return err
		}
		if len(drop) > 0 {
			if _, err := tx.Exec(ctx, `DELETE FROM wxauth_sweeps WHERE id = ANY($1) AND scope = $2`, drop, scopeHash(j.k.team, j.scope)); err != nil {
				return err
			}
		}
		var number int64
		if err := tx.QueryRow(ctx, `SELECT coalesce(max(number), 0) + 1 FROM wxauth_sweeps`).Scan(&number); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `UPDATE wxauth_sweeps SET number = $3, expires = now(), data = $4 WHERE id = $1 AND owner = $2`,
			id, j.owner, number, sweepRow{j.scope, j.name, string(meta)}.seal(j.k.team, id, number))
		if err == nil && tag.RowsAffected() == 0 {
			err = errLeaseLost
		}
		return err
	})
}

// Close gives the sweep back, so that any machine can continue it at once.
func (j *journal) Close() error {
	j.stop()
	<-j.over
	j.mu.Lock()
	defer j.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), releaseWait)
	defer cancel()
	var err error
	if (j.bad == nil || errors.Is(j.bad, context.Canceled)) && len(j.block) > 0 {
		err = j.flush(ctx)
	}
	end := j.s.within(ctx, "close a sweep", usual, func(ctx context.Context, tx pgx.Tx, _ *keyring) error {
		// A sweep of which nothing was read is not continued.
		if _, err := tx.Exec(ctx, `DELETE FROM wxauth_sweeps WHERE id = $1 AND owner = $2 AND number = 0 AND NOT EXISTS (SELECT FROM wxauth_sweep_parts WHERE sweep = $1)`, j.id, j.owner); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE wxauth_sweeps SET expires = now() WHERE id = $1 AND owner = $2 AND number = 0`, j.id, j.owner)
		return err
	})
	return errors.Join(err, end)
}
