package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"
)

// create makes a store. It is built in a file of another name and gets its own only
// when it is complete and on the disk: a crash while bbolt initialises a file leaves
// one that cannot be opened. When another was faster, it returns fs.ErrExist.
func (b *Bolt) create(ctx context.Context) error {
	if err := makeFolder(b.path); err != nil {
		return err
	}
	b.sweepLeftovers(leftoverTime)
	tmp, err := os.CreateTemp(filepath.Dir(b.path), b.tempPattern())
	if err != nil {
		return fileError("create store", b.path, err)
	}
	defer os.Remove(tmp.Name())
	if err := tmp.Close(); err != nil {
		return fileError("create store", b.path, err)
	}
	// The key is asked for before anything is written: without it there is no store.
	b.mu.Lock()
	defer b.mu.Unlock()
	h := header{Format: format, Schema: schema, UUID: newUUID(), KeySource: b.key.Source()}
	key, err := b.key.create(ctx, &h)
	if err != nil {
		return fmt.Errorf("create store: %w", err)
	}
	keep := false
	defer func() {
		if !keep {
			b.key.discard(context.WithoutCancel(ctx), h)
		}
	}()
	sl := newSealer(key, h.UUID, h.Schema)
	head := h.encode()
	if err := initialise(tmp.Name(), head, sl); err != nil {
		return fileError("create store", b.path, err)
	}
	switch err := linkNew(tmp.Name(), b.path); {
	case errors.Is(err, fs.ErrExist):
		return err
	case err != nil:
		return fileError("create store", b.path, err)
	}
	syncFolder(b.path)
	b.sealer, b.header, keep = sl, head, true
	return nil
}

func initialise(path string, head []byte, sl *sealer) error {
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: lockTimeout, PageSize: pageSize, MaxSize: maxFile})
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bolt.Tx) error {
		m, err := tx.CreateBucket(bucketMeta)
		if err != nil {
			return err
		}
		w := &writer{tx: tx, s: sl}
		return errors.Join(m.Put(keyHeader, head), m.Put(keyCheck, sl.Seal(head, "meta", "check")), w.save())
	})
	// A second commit gives both meta pages to this content: a store whose newest one
	// is damaged must not read as empty.
	if err == nil {
		err = db.Update(func(tx *bolt.Tx) error { return (&writer{tx: tx, s: sl}).save() })
	}
	return errors.Join(err, db.Sync(), db.Close())
}

const leftoverTime = 10 * time.Minute

// tempPattern is of the names of temporary files. An inventory has others, because it is in the same
// directory as a store and has a lock of its own.
func (b *Bolt) tempPattern() string { return "." + b.noun() + "-*" }

// sweepLeftovers removes temporary files that a program left when it was killed.
func (b *Bolt) sweepLeftovers(older time.Duration) {
	old, _ := filepath.Glob(filepath.Join(filepath.Dir(b.path), b.tempPattern()))
	for _, path := range old {
		if info, err := os.Lstat(path); err == nil && time.Since(info.ModTime()) >= older {
			_ = os.Remove(path)
		}
	}
}

// newUUID returns a random UUID (RFC 9562, version 4).
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
