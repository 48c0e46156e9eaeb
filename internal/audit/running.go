package audit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// Begin says that a revoke is under way, until end is called: its intents are then
// nobody else's to settle. The kernel says so for a process that died.
func (l *Log) Begin(ctx context.Context) (end func(), err error) {
	if err := os.MkdirAll(filepath.Dir(l.path), 0o700); err != nil {
		return nil, l.fileError("make its folder", err)
	}
	lock := flock.New(l.path+".running", flock.SetPermissions(0o600), flock.SetFlag(os.O_CREATE|os.O_RDONLY|noFollow))
	wait, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	ok, err := lock.TryRLockContext(wait, lockPoll)
	switch {
	case ok:
		return func() { _ = lock.Close() }, nil
	case ctx.Err() != nil:
		err = ctx.Err()
	case err != nil && !errors.Is(err, context.DeadlineExceeded):
		err = l.fileError("note that a revoke is under way", err)
	default:
		err = fmt.Errorf("%w: another process has been settling what was cut off for %s: try again (%s)", ErrBroken, lockWait, l.path)
	}
	_ = lock.Close()
	return nil, err
}

// Settle finds the intents of processes that died before they could write an outcome,
// writes the outcome down that they have (nobody knows), and returns them. It does
// nothing where there is no log or no key yet, or while a revoke is under way.
func (l *Log) Settle(ctx context.Context) ([]Entry, error) {
	if _, err := os.Lstat(l.path); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return nil, l.fileError("look at it", err)
	}
	end, ok, err := l.soleWriter()
	if err != nil || !ok {
		return nil, err
	}
	defer end()
	return l.settle(ctx)
}

// soleWriter keeps revokes from beginning until end is called; ok is false while one is
// under way.
func (l *Log) soleWriter() (end func(), ok bool, err error) {
	running := flock.New(l.path+".running", flock.SetPermissions(0o600), flock.SetFlag(os.O_CREATE|os.O_RDONLY|noFollow))
	if ok, err := running.TryLock(); err != nil || !ok {
		_ = running.Close()
		return nil, false, err
	}
	return func() { _ = running.Close() }, true, nil
}

// settle is [Log.Settle] by the sole writer.
func (l *Log) settle(ctx context.Context) ([]Entry, error) {
	a, err := l.loadAnchor(ctx)
	if err != nil {
		return nil, err
	}
	f, err := l.openFile(os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	first := int64(0)
	if err == nil {
		first, err = firstNumber(f)
	}
	_ = f.Close()
	if err != nil {
		return nil, l.fileError("look at it", err)
	}
	from := a.ResolvedAt
	switch {
	case info.Size() < from, first != max(a.First, 1): // it is not the file that it was
		from = 0
	case info.Size() == from:
		return nil, nil // nothing new since all was in order
	}
	l.mu.Lock()
	if l.key == nil {
		l.key, err = l.loadKey(ctx)
	}
	key := l.key
	l.mu.Unlock()
	if err != nil || key == nil {
		return nil, err
	}
	open, end, err := l.stillOpen(ctx, key, from)
	if err != nil {
		return nil, err
	}
	for _, e := range open {
		out := e
		out.Time, out.Phase, out.Outcome, out.Intent = l.now(), PhaseOutcome, Unknown, e.Seq
		out.Error = ErrorCutOff
		if _, err := l.Append(ctx, out, false); err != nil {
			return open, err
		}
	}
	if err := l.Flush(ctx); err != nil {
		return open, err
	}
	return open, l.resolved(ctx, first, end)
}

// Unknown is the outcome of an intent whose process died, and ErrorCutOff its reason.
const (
	Unknown     = "unknown"
	ErrorCutOff = "wxauth ended before the outcome was known: it may have happened"
)

// resolved notes that every intent before end has its outcome, in the file that begins with
// entry first. The outcomes that Settle wrote after it are read once more: where the file
// ends now, this process may not know.
func (l *Log) resolved(ctx context.Context, first, end int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.locked(ctx, func() error {
		a, err := l.loadAnchor(ctx)
		if err != nil {
			return err
		}
		a.ResolvedAt, a.First = end, first
		return l.saveAnchor(ctx, a)
	})
}
