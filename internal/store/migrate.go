package store

import (
	"bytes"
	"context"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"github.com/wxauth/wxauth/internal/seal"
)

// migration converts the records of one schema to the next; it may move and rewrite them.
// Values are bound to the schema, so all are encrypted again afterwards.
type migration func(map[string]record) error

// record is a value and its path, for a migration.
type record struct {
	path  []string
	plain []byte
}

// migrations[n] leads from schema n to n+1. There is one schema so far.
var migrations = map[int]migration{}

// newest is the schema that migrations lead to; a variable for their test.
var newest = schema

// migrate updates an older store in one transaction, after copying it next to the backups.
func (b *Bolt) migrate(ctx context.Context, s state) error {
	h, err := decodeHeader(s.header)
	if err != nil || h.Schema >= newest {
		return err
	}
	return b.with(ctx, false, func(db database) error {
		if err := b.backup(db); err != nil {
			return fileError("back up store before its migration", b.path, err)
		}
		err := db.Update(func(tx *bolt.Tx) error {
			now, err := readState(db, tx)
			if err != nil || !bytes.Equal(now.header, s.header) {
				return err // another process has done it
			}
			return b.migrateTx(tx, h, s)
		})
		if err != nil {
			return fmt.Errorf("migrate store %s from schema %d: %w", b.path, h.Schema, err)
		}
		return nil
	})
}

func (b *Bolt) migrateTx(tx *bolt.Tx, h header, s state) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	old := b.sealer
	m, err := old.manifest(s)
	if err != nil {
		return err
	}
	names := allNames(tx)
	if err := old.complete(m, names); err != nil {
		return err
	}
	records := map[string]record{}
	for _, n := range names {
		plain, err := old.Open(find(tx, n), n...)
		if err != nil {
			return err
		}
		records[string(seal.Joined(n...))] = record{n, plain}
	}
	for ; h.Schema < newest; h.Schema++ {
		if step := migrations[h.Schema]; step != nil {
			if err := step(records); err != nil {
				return err
			}
		}
	}
	sl := old.rebound(h.UUID, h.Schema)
	if tx.Bucket(bucketProfiles) != nil {
		if err := tx.DeleteBucket(bucketProfiles); err != nil {
			return err
		}
	}
	w := &writer{tx: tx, s: sl, m: manifest{Generation: m.Generation + 1}}
	for _, r := range records {
		if err := w.put(r.plain, r.path...); err != nil {
			return err
		}
	}
	head := h.encode()
	meta := tx.Bucket(bucketMeta)
	if err := meta.Put(keyHeader, head); err != nil {
		return err
	}
	if err := meta.Put(keyCheck, sl.Seal(head, "meta", "check")); err != nil {
		return err
	}
	if err := w.save(); err != nil {
		return err
	}
	b.sealer, b.header = sl, head
	return nil
}

// rebound is the sealer of the same key for another schema.
func (s *sealer) rebound(uuid string, schema int) *sealer {
	return &sealer{s.Rebound(uuid, schema)}
}
