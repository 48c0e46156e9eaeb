package postgres

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/wxauth/wxauth/internal/audit"
	"github.com/wxauth/wxauth/internal/seal"
	"github.com/wxauth/wxauth/internal/store"
)

// The audit log is append-only: rows of wxauth_audit are inserted and never changed, also not when
// the team key is replaced. Each row names the epoch of the key that encrypted it.

const (
	// runLease is how long a process may be silent before its revoke counts as interrupted, and runHeartbeat
	// how often it says that it is alive.
	runLease     = 60 * time.Second
	runHeartbeat = 15 * time.Second
)

func linePath(seq int64) []string { return []string{"audit", fmt.Sprint(seq)} }

// codeKey returns the key of the codes of lines that were written in an epoch.
func (k *keyring) codeKey(epoch int) []byte {
	if s := k.of(epoch); s != nil {
		return hash(s, "audit code")
	}
	return nil
}

// line decrypts a row. Its text is nil if it was changed, or moved to another number.
func (k *keyring) line(seq int64, epoch int, sealed []byte) audit.Line {
	l := audit.Line{Seq: seq, Epoch: epoch}
	if s := k.of(epoch); s != nil {
		l.Key = k.codeKey(epoch)
		if text, err := s.Open(sealed, linePath(seq)...); err == nil {
			l.Text = text
		}
	}
	return l
}

// AppendLines lets next add lines to the record, all in one transaction. next gets the newest line, whose
// Seq is 0 if there is none, and the key for the codes of new lines; it is called again after a conflict.
func (s *Store) AppendLines(ctx context.Context, next audit.NextLines) error {
	var w lineWriter
	return s.within(ctx, "write the audit log", large, func(ctx context.Context, tx pgx.Tx, k *keyring) error {
		if there, err := w.committed(ctx, tx); err != nil || there {
			return err
		}
		w = lineWriter{k: k, tx: tx}
		return w.write(ctx, next)
	})
}

// lineWriter adds lines to the record.
type lineWriter struct {
	k      *keyring
	tx     pgx.Tx
	first  int64  // number of the first line
	sealed []byte // the first line
	seqs   []int64
	lines  [][]byte
}

// manyLines is how many lines are inserted with one statement.
const manyLines = 1000

// committed reports whether an earlier attempt was committed although its answer was lost.
func (w *lineWriter) committed(ctx context.Context, tx pgx.Tx) (bool, error) {
	if w.sealed == nil {
		return false, nil
	}
	var there []byte
	err := tx.QueryRow(ctx, `SELECT data FROM wxauth_audit WHERE seq = $1`, w.first).Scan(&there)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil || !bytes.Equal(there, w.sealed) { // encrypted twice, a line has other bytes
		return false, err
	}
	// It may not be on the standby yet. A transaction that only reads would not wait for that; one that
	// writes does, and the next revoke deletes what it wrote.
	_, err = tx.Exec(ctx, `INSERT INTO wxauth_runs (id, since, expires) VALUES ($1, 0, now())`, []byte(rand.Text()))
	return err == nil, err
}

func (w *lineWriter) write(ctx context.Context, next audit.NextLines) error {
	last, err := newestLine(ctx, w.tx, w.k)
	if err != nil {
		return err
	}
	seq := last.Seq
	err = next(last, w.k.codeKey(w.k.epoch), func(line []byte) error {
		seq++
		sealed := w.k.team.Seal(line, linePath(seq)...)
		if w.sealed == nil {
			w.first, w.sealed = seq, sealed
		}
		w.seqs, w.lines = append(w.seqs, seq), append(w.lines, sealed)
		if len(w.lines) < manyLines {
			return nil
		}
		return w.flush(ctx)
	})
	if err != nil {
		return err
	}
	return w.flush(ctx)
}

func (w *lineWriter) flush(ctx context.Context) error {
	if len(w.lines) == 0 {
		return nil
	}
	tag, err := w.tx.Exec(ctx, `INSERT INTO wxauth_audit (seq, epoch, data, written) SELECT l.seq, $3::integer, l.data, now() FROM unnest($1::bigint[], $2::bytea[]) AS l (seq, data)`, w.seqs, w.lines, w.k.epoch)
	if saved := tag.RowsAffected(); err == nil && saved != int64(len(w.lines)) {
		err = fmt.Errorf("the database saved %d of %d entries: a trigger or a rule on wxauth_audit drops them", saved, len(w.lines))
	}
	w.seqs, w.lines = nil, nil
	return err
}

// newestLine returns the newest line, which must be genuine: new lines are chained to it.
func newestLine(ctx context.Context, tx pgx.Tx, k *keyring) (audit.Line, error) {
	var seq int64
	var epoch int
	var data []byte
	err := tx.QueryRow(ctx, `SELECT seq, epoch, data FROM wxauth_audit ORDER BY seq DESC LIMIT 1`).Scan(&seq, &epoch, &data)
	if errors.Is(err, pgx.ErrNoRows) {
		return audit.Line{}, nil
	}
	if err != nil {
		return audit.Line{}, err
	}
	l := k.line(seq, epoch, data)
	if l.Text == nil || seq < 1 || seq > mostLines {
		return l, fmt.Errorf("%w: entry %d, the newest one, was changed, or added without the team's key, so nothing can be added after it: find out who may write to the database; then its owner must delete the row, and wxauth audit verify shows what is missing", audit.ErrTampered, seq)
	}
	return l, nil
}

// mostLines is more than any log has: a number above it is there to make the numbers overflow.
const mostLines = 1 << 53

// Lines yields the lines of the record from a number on, in their order.
func (s *Store) Lines(ctx context.Context, from int64) iter.Seq2[audit.Line, error] {
	return func(yield func(audit.Line, error) bool) {
		k, err := s.ready(ctx)
		if err != nil {
			yield(audit.Line{}, err)
			return
		}
		var seq int64
		var epoch, newest int
		var data []byte
		var stopped bool
		err = s.query(ctx, "read the audit log", bulkTime, k, `SELECT seq, epoch, data, (SELECT epoch FROM wxauth_meta) FROM wxauth_audit WHERE seq >= $1 ORDER BY seq`, []any{from}, []any{&seq, &epoch, &data, &newest}, func() error {
			if err := s.same(newest, k); err != nil {
				return err
			}
			if !yield(k.line(seq, epoch, data), nil) {
				stopped = true
				return errStopped
			}
			return nil
		})
		if err != nil && !stopped {
			yield(audit.Line{}, err)
		}
	}
}

var errStopped = errors.New("stopped")

// NewestLines returns the newest n lines, oldest first.
func (s *Store) NewestLines(ctx context.Context, n int) (out []audit.Line, err error) {
	k, err := s.ready(ctx)
	if err != nil {
		return nil, err
	}
	var seq int64
	var epoch, newest int
	var data []byte
	err = s.query(ctx, "read the audit log", bulkTime, k, `SELECT seq, epoch, data, (SELECT epoch FROM wxauth_meta) FROM wxauth_audit ORDER BY seq DESC LIMIT $1`, []any{n}, []any{&seq, &epoch, &data, &newest}, func() error {
		if err := s.same(newest, k); err != nil {
			return err
		}
		out = append(out, k.line(seq, epoch, data))
		return nil
	})
	slices.Reverse(out)
	return out, err
}

// BeginRun says that a revoke is in progress, until end is called or this process dies.
func (s *Store) BeginRun(ctx context.Context) (end func(), err error) {
	id := []byte(rand.Text())
	var since int64
	err = s.within(ctx, "begin a revoke", usual, func(ctx context.Context, tx pgx.Tx, _ *keyring) error {
		if _, err := tx.Exec(ctx, `DELETE FROM wxauth_runs WHERE expires <= now()`); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, `SELECT coalesce(max(seq), 0) FROM wxauth_audit`).Scan(&since); err != nil {
			return err
		}
		return markRun(ctx, tx, id, since)
	})
	if err != nil {
		return nil, err
	}
	heartbeat, stop := context.WithCancel(context.WithoutCancel(ctx))
	over := make(chan struct{})
	go func() {
		defer close(over)
		t := time.NewTicker(runHeartbeat)
		defer t.Stop()
		for {
			select {
			case <-heartbeat.Done():
				return
			case <-t.C:
				_ = s.within(heartbeat, "continue a revoke", usual, func(ctx context.Context, tx pgx.Tx, _ *keyring) error {
					return markRun(ctx, tx, id, since)
				})
			}
		}
	}()
	return func() {
		stop()
		<-over
		ctx, cancel := context.WithTimeout(context.Background(), releaseWait)
		defer cancel()
		_ = s.within(ctx, "end a revoke", persistent, func(ctx context.Context, tx pgx.Tx, _ *keyring) error {
			_, err := tx.Exec(ctx, `DELETE FROM wxauth_runs WHERE id = $1`, id)
			return err
		})
	}, nil
}

// markRun says that a revoke is in progress, also again after its mark had ended and was deleted.
func markRun(ctx context.Context, tx pgx.Tx, id []byte, since int64) error {
	_, err := tx.Exec(ctx, `INSERT INTO wxauth_runs (id, since, expires) VALUES ($1, $2, `+inRunLease+`) ON CONFLICT (id) DO UPDATE SET expires = excluded.expires`, id, since)
	return err
}

var inRunLease = fmt.Sprintf("now() + interval '%d seconds'", int(runLease.Seconds()))

// Unclaimed returns the number of the newest entry that no revoke in progress can have written.
func (s *Store) Unclaimed(ctx context.Context) (seq int64, err error) {
	err = s.within(ctx, "look for interrupted revokes", usual, func(ctx context.Context, tx pgx.Tx, _ *keyring) error {
		return tx.QueryRow(ctx, `SELECT coalesce((SELECT min(since) FROM wxauth_runs WHERE expires > now()), (SELECT max(seq) FROM wxauth_audit), 0)`).Scan(&seq)
	})
	return seq, err
}

// Alone runs f unless another process is running it, on any machine. The lease of a process that died
// ends after a minute.
func (s *Store) Alone(ctx context.Context, f func() error) (done bool, err error) {
	owner := []byte(rand.Text())
	err = s.within(ctx, "look for interrupted revokes", usual, func(ctx context.Context, tx pgx.Tx, k *keyring) error {
		done = false
		err := tx.QueryRow(ctx, `INSERT INTO wxauth_leases (slot, owner, fence, expires) VALUES ($1, $2, 1, `+inRunLease+`)
			ON CONFLICT (slot) DO UPDATE SET owner = excluded.owner, fence = wxauth_leases.fence + 1, expires = excluded.expires
			WHERE wxauth_leases.expires <= now() OR wxauth_leases.owner = excluded.owner RETURNING true`, settleSlot(k.team), owner).Scan(&done)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		return err
	})
	if err != nil || !done {
		return false, err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), releaseWait)
		defer cancel()
		_ = s.within(ctx, "look for interrupted revokes", persistent, func(ctx context.Context, tx pgx.Tx, k *keyring) error {
			_, err := tx.Exec(ctx, `UPDATE wxauth_leases SET expires = now() WHERE slot = $1 AND owner = $2`, settleSlot(k.team), owner)
			return err
		})
	}()
	return true, f()
}

func settleSlot(sealer *seal.Sealer) []byte { return hash(sealer, "settle") }

var (
	_ audit.Table   = (*Store)(nil)
	_ store.Journal = (*journal)(nil)
)
