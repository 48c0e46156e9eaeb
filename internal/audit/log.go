package audit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// Log is the audit log in a file. It is safe for concurrent use by goroutines and
// processes. It keeps nothing open between calls.
type Log struct {
	reader
	path  string
	vault Vault
	now   func() time.Time

	queue queue

	mu       sync.Mutex // held while writing
	key      []byte
	head     Head
	size     int64 // of the file, when head was its last line
	file     os.FileInfo
	setAside func(path string)
	anchored time.Time // when this process last anchored the head
	dirty    bool      // there are entries after the anchor
	rooms    []*os.File
	full     error // why the reserved space was released

	writeAt  func(f *os.File, b []byte, at int64) (int, error) // tests simulate a full disk
	syncFile func(f *os.File) error                            // tests see what is on disk
	listed   func()                                            // tests move listed files
}

// pending is an entry to be written.
type pending struct {
	entry   Entry
	durable bool
	done    bool
	seq     int64
	err     error
}

// New returns the log at path, whose key and anchor are in vault. It does not access
// either.
func New(path string, vault Vault) *Log {
	l := &Log{path: path, vault: vault, now: time.Now, setAside: func(string) {}, writeAt: (*os.File).WriteAt, syncFile: (*os.File).Sync, listed: func() {}}
	l.reader = reader{l.allLines, func(ctx context.Context) (func(rawLine) []byte, error) {
		key, err := l.loadKey(ctx)
		if key == nil {
			return nil, err
		}
		return func(rawLine) []byte { return key }, err
	}}
	return l
}

// OnSetAside sets a function that is called with the new path of a log that was renamed,
// because the key of the log was lost with its store and a new log had to be created.
func (l *Log) OnSetAside(f func(path string)) { l.setAside = f }

// SetAside lists the files of logs whose keys were lost with earlier stores. They cannot be
// verified any more.
func (l *Log) SetAside() (aside []string) {
	names, _ := l.beside()
	for _, name := range names {
		if isSetAside(name) && strings.HasPrefix(name, strings.TrimSuffix(filepath.Base(l.path), filepath.Ext(l.path))+".") {
			aside = append(aside, filepath.Join(filepath.Dir(l.path), name))
		}
	}
	return aside
}

// Path returns the path of the current file.
func (l *Log) Path() string { return l.path }

const (
	lockWait = 5 * time.Second
	lockPoll = 2 * time.Millisecond
	// anchorEvery is how often the head is anchored during a revoke. The end of a revoke is
	// always anchored.
	anchorEvery = time.Second
)

// Prepare checks that entries can be written: that the key is available or can be created,
// and that the file can be appended to. Call it before asking the user to confirm.
func (l *Log) Prepare(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.locked(ctx, func() error {
		if err := l.open(ctx); err != nil {
			return err
		}
		f, err := l.openFile(os.O_RDWR | os.O_CREATE)
		if err != nil {
			return err
		}
		if err := f.Close(); err != nil {
			return l.fileError("open it", err)
		}
		// If the store can't be written, the end can't be anchored.
		a, err := l.loadAnchor(ctx)
		if err != nil {
			return err
		}
		return l.saveAnchor(ctx, a)
	})
}

// open loads the key, or creates one for a new log. If the key of an existing log was lost with
// its store, open renames that log.
func (l *Log) open(ctx context.Context) error {
	key, err := l.loadKey(ctx)
	if err != nil {
		return err
	}
	if key == nil {
		if err := l.setAllAside(); err != nil {
			return err
		}
		if key, err = l.makeKey(ctx); err != nil {
			return err
		}
		l.head, l.size, l.file = Head{}, 0, nil
	}
	l.key = key
	return nil
}

// setAllAside renames the files of a log whose key was lost.
func (l *Log) setAllAside() error {
	names, err := l.beside()
	if err != nil {
		return err
	}
	stamp := "." + l.now().UTC().Format(asideForm)
	for _, name := range names {
		path := filepath.Join(filepath.Dir(l.path), name)
		if !l.mayBePart(name) || l.mayBeMoved(name) && !l.isLog(path) {
			continue
		}
		if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
			continue
		}
		if err := os.Rename(path, path+stamp); err != nil {
			return l.fileError("set aside the log of an earlier store", err)
		}
		l.setAside(path + stamp)
	}
	return nil
}

// locked runs f while no other process writes.
func (l *Log) locked(ctx context.Context, f func() error) error {
	if err := os.MkdirAll(filepath.Dir(l.path), 0o700); err != nil {
		return l.fileError("create its directory", err)
	}
	if info, err := os.Stat(filepath.Dir(l.path)); err == nil && modesMatter && info.Mode().Perm()&0o022 != 0 {
		return l.fileError("lock it", fmt.Errorf("others can write to its directory (mode %04o): chmod 700 %s", info.Mode().Perm(), filepath.Dir(l.path)))
	}
	lock := flock.New(l.path+".lock", flock.SetPermissions(0o600), flock.SetFlag(os.O_CREATE|os.O_RDONLY|noFollow))
	defer lock.Close()
	wait, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	ok, err := lock.TryLockContext(wait, lockPoll)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil && !errors.Is(err, context.DeadlineExceeded):
		return l.fileError("lock it", err)
	case !ok:
		return fmt.Errorf("%w: another process has been writing it for %s (%s)", ErrBroken, lockWait, l.path)
	}
	return f()
}

func (l *Log) openFile(flag int) (*os.File, error) { return l.openFileAt(l.path, flag) }

// openFileAt opens a file of the log. It returns an error if other users have access to it.
func (l *Log) openFileAt(path string, flag int) (*os.File, error) {
	f, err := os.OpenFile(path, flag|noFollow, 0o600)
	if err != nil {
		return nil, l.fileError("open it", err)
	}
	info, err := f.Stat()
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		err = errors.New("it is not a regular file")
	case !ownedByUs(info):
		err = errors.New("it belongs to another user")
	case modesMatter && info.Mode().Perm()&0o077 != 0:
		err = fmt.Errorf("others have access to it (mode %04o): chmod 600 %s", info.Mode().Perm(), path)
	default:
		return f, nil
	}
	_ = f.Close()
	return nil, l.fileError("open it", err)
}

// Append writes an entry and returns its number. If durable is set, the entry is on disk
// when Append returns; concurrent calls share one sync. If it fails, nothing of the entry
// stays in the file.
func (l *Log) Append(ctx context.Context, e Entry, durable bool) (int64, error) {
	return l.queue.write(ctx, &pending{entry: e, durable: durable}, &l.mu, l.writeAll)
}

// queue holds entries until a caller writes them all at once.
type queue struct {
	mu      sync.Mutex
	waiting []*pending
}

// write writes an entry, with those of other callers that wait for writing. writing is held by whoever
// writes.
func (q *queue) write(ctx context.Context, p *pending, writing *sync.Mutex, writeAll func(context.Context, []*pending)) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	q.mu.Lock()
	q.waiting = append(q.waiting, p)
	q.mu.Unlock()

	writing.Lock()
	defer writing.Unlock()
	if p.done { // another caller wrote it
		return p.seq, p.err
	}
	q.mu.Lock()
	batch := q.waiting
	q.waiting = nil
	q.mu.Unlock()
	// The batch contains entries of other callers, so cancelling this caller must not lose them.
	writeAll(context.WithoutCancel(ctx), batch)
	return p.seq, p.err
}

func (l *Log) write(ctx context.Context, batch []*pending) error {
	if l.key == nil {
		if err := l.open(ctx); err != nil {
			return err
		}
	}
	// Not O_APPEND, because Windows can't truncate such a file. The lock keeps other writers
	// away.
	f, err := l.openFile(os.O_RDWR | os.O_CREATE)
	if err != nil {
		return err
	}
	defer f.Close()
	created, err := l.catchUp(ctx, f)
	if err != nil {
		return err
	}
	head, durable := l.head, false
	var out []byte
	for _, p := range batch {
		p.entry.Seq = head.Seq + 1
		line, mac, err := encode(l.key, p.entry, head.MAC)
		if err != nil {
			return err
		}
		out = append(out, line...)
		head = Head{p.entry.Seq, mac}
		p.seq, durable = head.Seq, durable || p.durable
	}
	anchoring := l.now().Sub(l.anchored) >= anchorEvery
	// What is anchored must be on disk: after a power loss its absence would look like an edit.
	if _, err = l.writeAt(f, out, l.size); err == nil && (durable || anchoring) {
		err = l.syncFile(f)
		if err == nil && created {
			err = syncFolder(filepath.Dir(l.path))
		}
	}
	if err != nil {
		_ = f.Truncate(l.size) // remove a partial line
		return l.fileError("write it", err)
	}
	l.head, l.size, l.dirty = head, l.size+int64(len(out)), true
	if anchoring {
		// It is retried later, and the end is always anchored.
		_ = l.anchor(ctx)
	}
	return nil
}

// catchUp finds the end of the file, on the first call and if another process has written. It
// removes a partial line, for which no Append returned success.
func (l *Log) catchUp(ctx context.Context, f *os.File) (created bool, err error) {
	info, err := f.Stat()
	if err != nil {
		return false, l.fileError("read it", err)
	}
	if l.file != nil && os.SameFile(l.file, info) && info.Size() == l.size {
		return false, nil
	}
	a, err := l.loadAnchor(ctx)
	if err != nil {
		return false, err
	}
	line, end, err := lastLine(f, info.Size())
	if err != nil {
		return false, l.fileError("read its end", err)
	}
	if end < info.Size() {
		if err := f.Truncate(end); err != nil {
			return false, l.fileError("remove a truncated line", err)
		}
	}
	wrote := l.head
	l.file, l.size = info, end
	l.head = Head{a.Seq, a.MAC}
	// If the file ends before the anchor, or with an invalid line, the chain continues from the
	// anchor, so that the gap is visible and can't be closed.
	if e, s, ok := decode(l.key, line); ok && e.Seq >= a.Seq {
		l.head = Head{e.Seq, s.MAC}
	}
	if end == 0 {
		l.head, err = l.headBefore(l.head, wrote)
	}
	return info.Size() == 0, err
}

// anchor saves the head in the store, unless the store has a later one: then the file was
// truncated, and that must be detected.
func (l *Log) anchor(ctx context.Context) error {
	a, err := l.loadAnchor(ctx)
	if err != nil {
		return err
	}
	l.anchored = l.now()
	if a.Seq >= l.head.Seq {
		l.dirty = false
		return nil
	}
	a.Seq, a.MAC = l.head.Seq, l.head.MAC
	if err := l.saveAnchor(ctx, a); err != nil {
		return err
	}
	l.dirty = false
	return nil
}

// Flush syncs all entries to disk and anchors the last one.
func (l *Log) Flush(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.dirty {
		return nil
	}
	err := l.flush(ctx)
	if err != nil && l.useRoom(err) {
		err = l.flush(ctx)
	}
	return err
}

func (l *Log) flush(ctx context.Context) error {
	return l.locked(ctx, func() error {
		f, err := l.openHead()
		if err != nil {
			return err
		}
		defer f.Close()
		if err := l.syncFile(f); err != nil {
			return l.fileError("write it", err)
		}
		return l.anchor(ctx)
	})
}

// openHead opens the file that contains the head, which another program may have moved since the
// head was written. If no file contains it, openHead opens the current file, so that the anchor
// shows what is missing.
func (l *Log) openHead() (*os.File, error) {
	f, err := l.openFile(os.O_RDWR)
	if err == nil && l.holdsHead(f) || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return f, err
	}
	// The head must be anchored even if the other files can't be read.
	parts, end, partsErr := l.parts()
	if partsErr != nil {
		return f, err
	}
	defer end()
	for _, p := range slices.Backward(parts) {
		info, err := l.statPart(p)
		if err != nil || !os.SameFile(l.file, info) {
			continue
		}
		if f != nil {
			_ = f.Close()
		}
		return l.openFileAt(p.path, os.O_RDWR) // opened for reading, but Windows needs write access to sync
	}
	return f, err
}

func (l *Log) holdsHead(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && os.SameFile(l.file, info)
}

// Head returns the last entry that this process wrote or read.
func (l *Log) Head() Head {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.head
}

// fileError describes an error of the file system, and what to do.
func (l *Log) fileError(doing string, err error) error {
	hint := ""
	switch {
	case errors.Is(err, syscall.ENOSPC):
		hint = "; the disk is full: free some space"
	case errors.Is(err, syscall.EROFS):
		hint = "; the file system is read-only"
	case errors.Is(err, fs.ErrPermission):
		hint = "; no permission for " + l.path
	}
	return fmt.Errorf("%w: %s (%s): %w%s", ErrBroken, doing, l.path, err, hint)
}
