package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/go-json-experiment/json"
	bolt "go.etcd.io/bbolt"
)

// writer changes records in one transaction and updates the manifest.
type writer struct {
	tx *bolt.Tx
	s  *sealer
	m  manifest
	// backups is how many generations of backups the change replaces: one for what is
	// new, all of them for what is to be forgotten.
	backups int
}

func (w *writer) put(plain []byte, path ...string) error {
	at, err := w.tx.CreateBucketIfNotExists(bucketProfiles)
	for _, p := range path[:len(path)-1] {
		if err != nil {
			return err
		}
		at, err = at.CreateBucketIfNotExists([]byte(p))
	}
	if err != nil {
		return err
	}
	key := []byte(path[len(path)-1])
	if at.Get(key) == nil {
		w.m.toggle(w.s.Fingerprint(path...), 1)
	}
	return at.Put(key, w.s.Seal(plain, path...))
}

func (w *writer) delete(path ...string) error {
	at := w.tx.Bucket(bucketProfiles)
	for _, p := range path[:len(path)-1] {
		if at == nil {
			return nil
		}
		at = at.Bucket([]byte(p))
	}
	key := []byte(path[len(path)-1])
	if at == nil || at.Get(key) == nil {
		return nil
	}
	w.m.toggle(w.s.Fingerprint(path...), -1)
	return at.Delete(key)
}

// change lets f write, in a file that is created if there is none. What f did is on
// the disk when change returns nil, and not there at all when it returns an error.
func (b *Bolt) change(ctx context.Context, f func(*writer) error) error {
	return b.changeWithRoom(ctx, 0, f)
}

// changeWithRoom makes sure beforehand that the disk has room for so many bytes more than f
// writes, which the next change may then count on.
func (b *Bolt) changeWithRoom(ctx context.Context, room int, f func(*writer) error) error {
	// The key may have to be asked for, which takes longer than a lock may be held.
	s, sl, err := b.prepare(ctx)
	if err != nil {
		return err
	}
	var warning error // told once the file is closed: whoever is told may take their time
	err = b.with(ctx, false, func(db database) error {
		if room > 0 {
			if err := db.reserve(room); err != nil {
				return fileError("write store", b.path, err)
			}
		}
		backups := 0
		err := db.Update(func(tx *bolt.Tx) error {
			now, err := readState(db, tx)
			if err != nil {
				return err
			}
			if !bytes.Equal(now.header, s.header) {
				return fmt.Errorf("write store %s: %w: another program has just replaced it: try again", b.path, ErrLocked)
			}
			w := &writer{tx: tx, s: sl}
			if w.m, err = sl.manifest(now); err != nil {
				return err
			}
			// Never write to a damaged store: the damage would spread to the backups.
			if err := sl.complete(w.m, allNames(tx)); err != nil {
				return err
			}
			if err := f(w); err != nil {
				return err
			}
			backups = w.backups
			w.m.Generation++
			return w.save()
		})
		switch {
		case err == nil:
		case errors.Is(err, ErrDamaged), errors.Is(err, ErrForeign), errors.Is(err, ErrLocked):
			return b.named(err)
		default:
			return fileError("write store", b.path, err)
		}
		for range backups {
			// A failed backup does not undo the change.
			if err := b.backup(db); err != nil {
				if backups == generations {
					// A backup that cannot be replaced must not keep deleted records.
					if rerr := b.removeBackups(); rerr != nil {
						return fmt.Errorf("%w: remove these files: %w", ErrInBackups, rerr)
					}
				}
				warning = fmt.Errorf("back up store: %w", err)
				break
			}
		}
		return nil
	})
	if warning != nil {
		b.warn(warning)
	}
	return err
}

func (w *writer) save() error {
	text, err := json.Marshal(w.m)
	if err != nil {
		return err
	}
	return w.tx.Bucket(bucketMeta).Put(keyManifest, w.s.Seal(text, "meta", "manifest"))
}

// Prepare creates the store if there is none, and checks that its key is available and that
// it can be read. Call it before a login. A damaged store or a missing key is an error and
// changes nothing.
func (b *Bolt) Prepare(ctx context.Context) error {
	_, _, err := b.prepare(ctx)
	return err
}

func (b *Bolt) prepare(ctx context.Context) (s state, sl *sealer, err error) {
	for range 3 {
		s, err = b.view(ctx, func(*bolt.Tx) error { return nil })
		switch {
		case errors.Is(err, fs.ErrNotExist):
			// Of two first runs at once, one creates and the other finds it.
			if err := b.create(ctx); err != nil && !errors.Is(err, fs.ErrExist) {
				return s, nil, err
			}
			continue
		case err != nil:
			return s, nil, err
		}
		if sl, _, err = b.unlock(ctx, s); err != nil {
			return s, nil, err
		}
		if h, err := decodeHeader(s.header); err != nil || h.Schema == newest {
			return s, sl, err
		}
		if err := b.migrate(ctx, s); err != nil {
			return s, nil, err
		}
	}
	return s, nil, fmt.Errorf("create store %s: %w: another program is replacing the file, for example one that synchronizes directories", b.path, ErrWrite)
}

// Settings that wxauth remembers.
const kindSettings = "settings"
