package postgres

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/wxauth/wxauth/internal/audit"
	"github.com/wxauth/wxauth/internal/seal"
	"github.com/wxauth/wxauth/internal/store"
)

// Keys are what a machine needs to use a store.
type Keys struct {
	// Team encrypts what the team shares. Next is the key that replaces it: it is saved before the
	// database changes, so that no interruption loses it.
	Team seal.Key
	Next *seal.Key
	// Person encrypts the logins of one person, which are found by it. Without it there are none.
	Person *seal.Key
	// Source is the word for where the keys come from, such as "keyring", and Place says where exactly.
	Source, Place string
}

// binding is the version of how values are bound to their rows.
const binding = 1

// keyring holds the keys of an open store.
type keyring struct {
	uuid   string
	source string
	place  string
	epoch  int // of the team's current key; grows with each replacement
	key    seal.Key
	team   *seal.Sealer
	person *seal.Sealer // nil without a key for logins
	older  map[int]seal.Key
	opened map[int]*seal.Sealer // of older keys
}

func sealerOf(k seal.Key, uuid string) *seal.Sealer { return seal.New(k, uuid, binding) }

// of returns the sealer of an epoch, or nil if its key is not known.
func (k *keyring) of(epoch int) *seal.Sealer {
	if epoch == k.epoch {
		return k.team
	}
	return k.opened[epoch]
}

// meta is the row that describes a store.
type meta struct {
	schema, epoch int
	uuid          string
	proof         []byte
}

func readMeta(ctx context.Context, tx pgx.Tx) (m meta, err error) {
	err = tx.QueryRow(ctx, `SELECT schema, epoch, uuid, data FROM wxauth_meta`).Scan(&m.schema, &m.epoch, &m.uuid, &m.proof)
	if errors.Is(err, pgx.ErrNoRows) {
		err = ErrNoStore
	}
	if id, bad := hex.DecodeString(m.uuid); err == nil && (bad != nil || len(id) != 16) { // it is a part of file names
		err = fmt.Errorf("%w: the name of the store is not one that wxauth gives", store.ErrDamaged)
	}
	return m, err
}

// ready opens the store when it is used for the first time. A store that could not be opened is tried
// again by the next operation.
func (s *shared) ready(ctx context.Context) (*keyring, error) {
	s.mu.Lock()
	known := s.known
	s.mu.Unlock()
	if known != nil {
		return known, nil
	}
	var m meta
	var older map[int][]byte
	err := s.transact(ctx, "open the store", usual, func(ctx context.Context, tx pgx.Tx) (err error) {
		if m, err = readMeta(ctx, tx); err != nil {
			return err
		}
		older, err = readKeys(ctx, tx)
		return err
	})
	if err == nil && m.schema > len(migrations) {
		err = fmt.Errorf("open the store: %w (schema %d): update wxauth", store.ErrNewer, m.schema)
	}
	if err == nil && m.schema < len(migrations) {
		err = s.migrate(ctx)
	}
	if err != nil {
		return nil, err
	}
	keys, err := s.keys(ctx, m.uuid)
	if err != nil {
		return nil, err
	}
	k, err := unlock(m, keys, older)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known = k
	return k, nil
}

// unlock checks the team's key, and decrypts the older ones with it.
func unlock(m meta, keys Keys, older map[int][]byte) (*keyring, error) {
	k := &keyring{uuid: m.uuid, source: keys.Source, place: keys.Place, epoch: m.epoch, older: map[int]seal.Key{}, opened: map[int]*seal.Sealer{}}
	candidates := []seal.Key{keys.Team}
	if keys.Next != nil {
		candidates = append(candidates, *keys.Next)
	}
	for _, key := range candidates {
		sealer := sealerOf(key, m.uuid)
		if plain, err := sealer.Open(m.proof, proofPath(m.epoch)...); err == nil && string(plain) == m.uuid {
			k.key, k.team = key, sealer
		}
	}
	if k.team == nil {
		return nil, keyError("the team key on this computer is not the one of this database. If it was replaced, import the new one with wxauth store key import")
	}
	if keys.Person != nil {
		k.person = sealerOf(*keys.Person, m.uuid)
	}
	newer := k.team
	for epoch := m.epoch - 1; epoch >= 1; epoch-- {
		plain, err := newer.Open(older[epoch], keyPath(epoch)...)
		if err != nil || len(plain) != seal.KeySize {
			return nil, fmt.Errorf("open the store: %w: the earlier team key %d", store.ErrDamaged, epoch)
		}
		k.older[epoch] = seal.Key(plain)
		newer = sealerOf(k.older[epoch], m.uuid)
		k.opened[epoch] = newer
	}
	return k, nil
}

func proofPath(epoch int) []string { return []string{"meta", fmt.Sprint(epoch)} }
func keyPath(epoch int) []string   { return []string{"key", fmt.Sprint(epoch)} }

// readKeys returns the earlier keys of the team, each encrypted with the one after it.
func readKeys(ctx context.Context, tx pgx.Tx) (map[int][]byte, error) {
	rows, err := tx.Query(ctx, `SELECT epoch, data FROM wxauth_keys`)
	if err != nil {
		return nil, err
	}
	out := map[int][]byte{}
	var epoch int
	var data []byte
	_, err = pgx.ForEachRow(rows, []any{&epoch, &data}, func() error {
		out[epoch] = append([]byte(nil), data...)
		return nil
	})
	return out, err
}

// within runs f in a transaction in which the team's key is still the one that this process knows.
func (s *shared) within(ctx context.Context, op string, how mode, f func(context.Context, pgx.Tx, *keyring) error) error {
	k, err := s.ready(ctx)
	if err != nil {
		return err
	}
	return s.transact(ctx, op, how, func(ctx context.Context, tx pgx.Tx) error {
		if err := s.current(ctx, tx, k); err != nil {
			return err
		}
		return f(ctx, tx, k)
	})
}

// keyError is an error that matches [store.ErrWrongKey], whose text is about passphrases.
type keyError string

func (e keyError) Error() string        { return string(e) }
func (e keyError) Is(target error) bool { return target == store.ErrWrongKey } //nolint:errorlint // this is the comparison

type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// current returns an error if the team's key was replaced. The next operation then asks for the keys
// again, which may have been imported meanwhile.
func (s *shared) current(ctx context.Context, q querier, k *keyring) error {
	var epoch int
	if err := q.QueryRow(ctx, `SELECT epoch FROM wxauth_meta`).Scan(&epoch); err != nil {
		return err
	}
	return s.same(epoch, k)
}

// same is current for an epoch that was read already.
func (s *shared) same(epoch int, k *keyring) error {
	if epoch == k.epoch {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known = nil
	return keyError("the team key was replaced: import the new one with wxauth store key import; if this computer has it already, restart wxauth")
}

// query runs a query that only reads, and f on each of its rows. Values that were scanned are valid
// until f returns. If there are no rows, it makes sure that this is not because the key was replaced.
func (s *shared) query(ctx context.Context, op string, limit time.Duration, k *keyring, sql string, args, scan []any, f func() error) error {
	pool, err := s.connection(ctx)
	if err != nil {
		return err
	}
	one, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for n := 0; ; n++ {
		count := 0
		rows, err := pool.Query(one, sql, args...)
		if err == nil {
			_, err = pgx.ForEachRow(rows, scan, func() error { count++; return f() })
		}
		if err == nil && count == 0 {
			err = s.current(one, pool, k)
		}
		if err != nil && count == 0 && n < stales && isAway(err) && resetIfStale(pool, err) && ctx.Err() == nil {
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return s.failed(op, err)
	}
}

// Rekey replaces the team's key by next, which the machine must have saved before. Tokens, settings and
// the descriptions of sweeps are encrypted again. The audit log, and the parts of sweeps, stay as they
// are: the new key decrypts the earlier one. The lines that note adds are the first ones of the new key.
//
// It fails with an error that matches [store.ErrLocked] while a refresh, a sweep or a revoke is in
// progress, because what those write later would be encrypted with the earlier key.
func (s *Store) Rekey(ctx context.Context, next seal.Key, note audit.NextLines) error {
	err := s.within(ctx, "replace the team key", large, func(ctx context.Context, tx pgx.Tx, k *keyring) error {
		var busy bool
		// An interrupted refresh may still save what it received.
		err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM wxauth_leases WHERE expires > now() OR since > now() - interval '10 minutes') OR EXISTS (SELECT FROM wxauth_sweeps WHERE number = 0 AND expires > now())
			OR EXISTS (SELECT FROM wxauth_runs WHERE expires > now())`).Scan(&busy)
		if err == nil && busy {
			err = fmt.Errorf("%w: a refresh, a sweep or a revoke is in progress, or was interrupted in the last ten minutes: try again later", store.ErrLocked)
		}
		if err != nil {
			return err
		}
		to := *k
		to.key, to.team, to.epoch = next, sealerOf(next, k.uuid), k.epoch+1
		for _, step := range []func(context.Context, pgx.Tx, *keyring, *keyring) error{rekeyTokens, rekeySettings, rekeySweeps} {
			if err := step(ctx, tx, k, &to); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, `INSERT INTO wxauth_keys (epoch, data) VALUES ($1, $2)`, k.epoch, to.team.Seal(k.key[:], keyPath(k.epoch)...)); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE wxauth_meta SET epoch = $1, data = $2`, to.epoch, to.team.Seal([]byte(k.uuid), proofPath(to.epoch)...)); err != nil {
			return err
		}
		to.opened = map[int]*seal.Sealer{k.epoch: k.team} // the newest line may be of any epoch
		for e, sealer := range k.opened {
			to.opened[e] = sealer
		}
		return (&lineWriter{k: &to, tx: tx}).write(ctx, note)
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known = nil
	return err
}

// rows reads all rows of a query before the transaction goes on.
func rows[T any](ctx context.Context, tx pgx.Tx, sql string, args ...any) ([]T, error) {
	found, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(found, pgx.RowToStructByPos[T])
}

func rekeyTokens(ctx context.Context, tx pgx.Tx, from, to *keyring) error {
	found, err := rows[struct{ Slot, Client, Data []byte }](ctx, tx, `SELECT slot, client, data FROM wxauth_tokens WHERE owner = $1`, ownerOf(from.team))
	if err != nil {
		return err
	}
	for _, r := range found {
		path, plain, err := opened(from.team, r.Slot, r.Client, r.Data)
		if err != nil {
			return err
		}
		t, err := parsed(plain)
		if err != nil {
			return err
		}
		at := slotOf(to.team, path[0], path[1], path[2], path[3])
		if _, err := tx.Exec(ctx, `UPDATE wxauth_tokens SET slot = $2, client = $3, owner = $4, pair = $5, data = $6 WHERE slot = $1`, r.Slot, at.key, at.of, at.owner, at.pair(t), at.seal(plain)); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE wxauth_leases SET slot = $2 WHERE slot = $1`, r.Slot, at.key); err != nil {
			return err
		}
	}
	return nil
}

func rekeySettings(ctx context.Context, tx pgx.Tx, from, to *keyring) error {
	found, err := rows[struct{ Slot, Data []byte }](ctx, tx, `SELECT slot, data FROM wxauth_settings`)
	if err != nil {
		return err
	}
	for _, r := range found {
		profile, name, value, err := openSetting(from.team, r.Slot, r.Data)
		if err != nil {
			return err
		}
		slot := settingSlot(to.team, profile, name)
		if _, err := tx.Exec(ctx, `UPDATE wxauth_settings SET slot = $2, data = $3 WHERE slot = $1`, r.Slot, slot, sealSetting(to.team, slot, profile, name, value)); err != nil {
			return err
		}
	}
	return nil
}

func rekeySweeps(ctx context.Context, tx pgx.Tx, from, to *keyring) error {
	found, err := rows[struct {
		ID     []byte
		Number int64
		Data   []byte
	}](ctx, tx, `SELECT id, number, data FROM wxauth_sweeps`)
	if err != nil {
		return err
	}
	for _, r := range found {
		sweep, err := openSweep(from.team, r.ID, r.Number, r.Data)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE wxauth_sweeps SET scope = $2, name = $3, data = $4 WHERE id = $1`,
			r.ID, scopeHash(to.team, sweep.scope), journalHash(to.team, sweep.scope, sweep.name), sweep.seal(to.team, r.ID, r.Number))
		if err != nil {
			return err
		}
	}
	return nil
}
