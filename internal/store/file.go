package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// lockTimeout is how long an operation waits for another process.
const lockTimeout = 2 * time.Second

// database is a file that is open for one operation.
type database struct {
	*bolt.DB
	checked checked
	file    *os.File
}

// reserve writes what lies behind the last page in use, so that the disk has given its
// blocks away: bbolt grows a file by a length, and a hole takes no room until it is written
// to. (Pages before that one were all written once.)
func (db database) reserve(bytes int) error {
	var end int64
	if err := db.View(func(tx *bolt.Tx) error { end = tx.Size(); return nil }); err != nil {
		return err
	}
	filler := make([]byte, bytes)
	_, _ = rand.Read(filler) // some file systems keep no room for zeros
	_, err := db.file.WriteAt(filler, end)
	return err
}

// with opens the file, calls f and closes it. Panics of bbolt and memory faults become ErrDamaged; the
// lock is always released.
func (b *Bolt) with(ctx context.Context, readOnly bool, f func(database) error) (err error) {
	if readOnly {
		b.turn.RLock()
		defer b.turn.RUnlock()
	} else {
		b.turn.Lock()
		defer b.turn.Unlock()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	var (
		file *os.File
		db   database
	)
	old := debug.SetPanicOnFault(true)
	defer debug.SetPanicOnFault(old)
	defer func() {
		if r := recover(); r != nil {
			// The database may hold its own locks now, so it is left as it is. Closing the
			// file is not enough for those who wait: the mapping keeps it open, and with it
			// the lock.
			if file != nil {
				unlockFile(file)
				_ = file.Close()
			}
			err = fmt.Errorf("%w: reading it failed: %v", ErrDamaged, r)
		}
	}()
	opened, err := bolt.Open(b.path, 0o600, &bolt.Options{
		Timeout: lockTimeout, ReadOnly: readOnly, MaxSize: int(b.largest()), PageSize: pageSize, NoStatistics: true,
		OpenFile: func(path string, flag int, _ os.FileMode) (*os.File, error) {
			var err error
			file, db.checked, err = openChecked(ctx, path, flag&^os.O_CREATE, readOnly, b.largest())
			return file, err
		},
	})
	if err != nil {
		return b.explain(readOnly, err)
	}
	db.DB, db.file = opened, file
	err = f(db)
	if cerr := opened.Close(); err == nil && cerr != nil {
		err = fileError("close "+b.noun(), b.path, cerr)
	}
	return err
}

func (b *Bolt) explain(readOnly bool, err error) error {
	doing := "write " + b.noun()
	if readOnly {
		doing = "read " + b.noun()
	}
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, ErrExposed), errors.Is(err, ErrForeign), errors.Is(err, ErrDamaged):
		return fmt.Errorf("%s %s: %w", doing, b.path, err)
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrChecksum), errors.Is(err, bolterrors.ErrVersionMismatch):
		return fmt.Errorf("%s %s: %w: %w", doing, b.path, ErrDamaged, err)
	}
	return fileError(doing, b.path, err)
}

// openChecked opens the file, takes the lock that bbolt will take, and looks at
// every page under it.
func openChecked(ctx context.Context, path string, flag int, readOnly bool, largest int64) (_ *os.File, out checked, err error) {
	f, err := os.OpenFile(path, flag|noFollow, 0)
	if err != nil {
		if isSymlinkError(err) {
			err = fmt.Errorf("%w: %s is a symbolic link; the store must be a regular file", ErrExposed, path)
		}
		return nil, out, err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return nil, out, err
	}
	if err := errors.Join(safeFile(path, info), safeFolder(path)); err != nil {
		return nil, out, err
	}
	if err := lockFile(ctx, f, !readOnly, lockTimeout); err != nil {
		return nil, out, err
	}
	for try := 0; ; try++ {
		if info, err = f.Stat(); err != nil {
			return nil, out, err
		}
		out, err = checkFile(f, info.Size(), largest)
		// Where the lock cannot be taken beforehand, a commit may be under way.
		if err == nil || locksBefore || try == 3 {
			return f, out, err
		}
		time.Sleep(20 * time.Millisecond)
	}
}

var ownFile = ownedByUs // stubbed in tests

// safeFile returns an error if other users could have read or written the file.
func safeFile(path string, info fs.FileInfo) error {
	switch {
	case info.Mode()&fs.ModeSymlink != 0 || !info.Mode().IsRegular():
		return fmt.Errorf("%w: %s is not a regular file", ErrExposed, path)
	case !ownFile(info):
		return fmt.Errorf("%w: %s belongs to another user", ErrExposed, path)
	case modesMatter && info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("%w: others have access to %s (mode %04o): chmod 600 %s", ErrExposed, path, info.Mode().Perm(), path)
	}
	return nil
}

// OpenPrivate opens a file that only its owner may access, and creates it so if flag says
// to create. Symbolic links, files of other users and files that others can access are
// rejected with an error that matches [ErrExposed].
func OpenPrivate(path string, flag int) (*os.File, error) {
	f, err := os.OpenFile(path, flag|noFollow, 0o600)
	if isSymlinkError(err) {
		return nil, fmt.Errorf("%w: %s is a symbolic link", ErrExposed, path)
	}
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil {
		err = safeFile(path, info)
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// makeFolder creates the directory of the store, accessible by its owner only.
func makeFolder(path string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fileError("create store directory", dir, err)
	}
	return safeFolder(path)
}

// safeFolder returns an error if other users could replace files in the directory.
func safeFolder(path string) error {
	dir := filepath.Dir(path)
	info, err := os.Stat(dir)
	if err != nil {
		return fileError("check store directory", dir, err)
	}
	if !ownFile(info) && !ownedByRoot(info) {
		return fmt.Errorf("%w: the directory %s belongs to another user", ErrExposed, dir)
	}
	if modesMatter && info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("%w: others may write to %s (mode %04o): chmod 700 %s", ErrExposed, dir, info.Mode().Perm(), dir)
	}
	return nil
}

// NetworkFileSystem returns the name of the file system of a directory if it is a network
// file system (NFS, SMB, …), where locks do not work between computers. Otherwise, or if
// unknown, it returns "".
func NetworkFileSystem(dir string) string { return networkFileSystem(dir) }

func syncFolder(path string) {
	if d, err := os.Open(filepath.Dir(path)); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}

func stampForName(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

// linkNew renames a file unless the new name exists (fs.ErrExist).
func linkNew(from, to string) error {
	err := os.Link(from, to)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	// A file system without hard links: there is no way to rename without replacing,
	// so the window between look and rename stays open by a few microseconds.
	if _, serr := os.Lstat(to); serr == nil {
		return fs.ErrExist
	}
	return os.Rename(from, to)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
