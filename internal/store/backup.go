package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"
)

// generations is the number of backups next to the store. Each is a complete, encrypted
// copy, made under the lock after a change of credentials.
const generations = 2

func (b *Bolt) backupPath(n int) string { return Backups(b.path)[n-1] }

// Backups returns the paths of the backups of the store at path, newest first.
func Backups(path string) []string {
	out := make([]string, generations)
	for n := range out {
		out[n] = fmt.Sprintf("%s.bak%d", path, n+1)
	}
	return out
}

func (b *Bolt) backup(db database) error {
	tmp, err := os.CreateTemp(filepath.Dir(b.path), b.tempPattern())
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	err = db.View(func(tx *bolt.Tx) error {
		_, err := tx.WriteTo(tmp)
		return err
	})
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	if err := os.Rename(b.backupPath(1), b.backupPath(2)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(tmp.Name(), b.backupPath(1)); err != nil {
		return err
	}
	// While the store is locked, no other temporary file is in use: any that exist were left
	// by a program that was killed.
	b.sweepLeftovers(0)
	syncFolder(b.path)
	return nil
}

func (b *Bolt) removeBackups() (err error) {
	for n := 1; n <= generations; n++ {
		if rerr := os.Remove(b.backupPath(n)); rerr != nil && !errors.Is(rerr, fs.ErrNotExist) {
			if err != nil { // in one line
				rerr = fmt.Errorf("%w; %w", err, rerr)
			}
			err = rerr
		}
	}
	return err
}

// beside returns a store in another file with the same key.
func (b *Bolt) beside(path string) *Bolt {
	s := &shared{path: path, key: b.key, warn: func(error) {}}
	b.mu.Lock()
	defer b.mu.Unlock()
	s.sealer, s.header = b.sealer, b.header // nobody is asked twice
	return &Bolt{s, b.profile}
}

// fellBack reports whether a store of whose two meta pages one is not sound lacks
// what its newest backup has. A commit that a crash tore was never acknowledged, and
// has no backup; a page that was damaged later has.
func (b *Bolt) fellBack(ctx context.Context, sl *sealer, m manifest) error {
	backupOf := &Bolt{&shared{path: b.backupPath(1), key: b.key, warn: func(error) {}}, b.profile}
	s, err := backupOf.view(ctx, func(*bolt.Tx) error { return nil })
	if err != nil {
		return nil // nothing to compare with
	}
	backup, err := sl.manifest(s)
	if err == nil && backup.Generation > m.Generation {
		return fmt.Errorf("%w: its newest change is unreadable", ErrDamaged)
	}
	return nil
}

// Backup is an earlier copy of the store.
type Backup struct {
	Path    string
	Taken   time.Time
	Records int
}

// NewestBackup returns the newest backup in which every value can be decrypted. ok is false
// if there is none.
func (b *Bolt) NewestBackup(ctx context.Context) (backup Backup, ok bool) {
	for n := 1; n <= generations; n++ {
		path := b.backupPath(n)
		info, err := os.Stat(path)
		if err != nil {
			continue
		}
		if records, err := b.beside(path).Verify(ctx); err == nil {
			return Backup{path, info.ModTime(), records}, true
		}
	}
	return Backup{}, false
}

// AsidePath returns an unused path to which a damaged store can be renamed.
func (b *Bolt) AsidePath() string {
	aside := b.path + ".damaged-" + stampForName(time.Now())
	for n := 2; exists(aside); n++ {
		aside = fmt.Sprintf("%s.damaged-%s-%d", b.path, stampForName(time.Now()), n)
	}
	return aside
}

// Restore replaces a damaged store with a backup. It first renames the damaged file, adding
// the time to its name, and returns the new path. It fails if the store is not damaged.
func (b *Bolt) Restore(ctx context.Context, backup Backup) (aside string, err error) {
	if _, err := b.beside(b.path).Verify(ctx); err == nil {
		return "", fmt.Errorf("restore store: %s is not damaged, so there is nothing to restore", b.path)
	} else if !errors.Is(err, ErrDamaged) {
		return "", fmt.Errorf("restore store: %w", err)
	}
	f, err := os.OpenFile(b.path, os.O_RDWR|noFollow, 0)
	if err != nil {
		return "", fileError("restore store", b.path, err)
	}
	defer f.Close()
	if err := lockFile(ctx, f, true, lockTimeout); err != nil {
		return "", fileError("restore store", b.path, err)
	}
	data, err := os.ReadFile(backup.Path)
	if err != nil {
		return "", fmt.Errorf("restore store: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(b.path), b.tempPattern())
	if err != nil {
		return "", fileError("restore store", b.path, err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return "", fileError("restore store", b.path, err)
	}
	aside = b.AsidePath()
	if err := os.Rename(b.path, aside); err != nil {
		return "", fileError("restore store", b.path, err)
	}
	if err := linkNew(tmp.Name(), b.path); err != nil {
		return aside, fileError("restore store", b.path, err)
	}
	syncFolder(b.path)
	return aside, nil
}
