package audit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/gofrs/flock"
)

// Begin marks a revoke as in progress until end is called, so that no other process settles
// its intents. The kernel removes the mark if the process dies.
func (l *Log) Begin(ctx context.Context) (end func(), err error) {
	if err := os.MkdirAll(filepath.Dir(l.path), 0o700); err != nil {
		return nil, l.fileError("create its directory", err)
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
		err = l.fileError("record that a revoke is in progress", err)
	default:
		err = fmt.Errorf("%w: another process has been recovering interrupted revokes for %s: try again (%s)", ErrBroken, lockWait, l.path)
	}
	_ = lock.Close()
	return nil, err
}

// Settle finds the intents of processes that died before they wrote an outcome, writes the
// outcome [Unknown] for them, and returns them. It does nothing if there is no log or key
// yet, or while a revoke is in progress.
func (l *Log) Settle(ctx context.Context) ([]Entry, error) {
	names, err := l.beside()
	if err != nil || !slices.ContainsFunc(names, l.mayBePart) {
		return nil, err
	}
	end, ok, err := l.soleWriter()
	if err != nil || !ok {
		return nil, err
	}
	defer end()
	return l.settle(ctx)
}

// soleWriter prevents revokes from beginning until end is called; ok is false while a revoke is
// in progress.
func (l *Log) soleWriter() (end func(), ok bool, err error) {
	running := flock.New(l.path+".running", flock.SetPermissions(0o600), flock.SetFlag(os.O_CREATE|os.O_RDONLY|noFollow))
	if ok, err := running.TryLock(); err != nil || !ok {
		_ = running.Close()
		return nil, false, err
	}
	return func() { _ = running.Close() }, true, nil
}

// settle is [Log.Settle] for the sole writer.
func (l *Log) settle(ctx context.Context) ([]Entry, error) {
	a, err := l.loadAnchor(ctx)
	if err != nil {
		return nil, err
	}
	parts, endParts, err := l.parts()
	if err != nil {
		return nil, err
	}
	defer endParts()
	unsettled, err := l.unsettled(parts, a)
	if err != nil || len(unsettled) == 0 {
		return nil, err
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
	open, first, end, err := l.stillOpen(ctx, key, unsettled)
	if err != nil {
		return nil, err
	}
	for _, e := range open {
		if _, err := l.Append(ctx, e.unknown(l.now()), false); err != nil {
			return open, err
		}
	}
	if err := l.Flush(ctx); err != nil {
		return open, err
	}
	return open, l.resolved(ctx, first, end)
}

// stretch is a file of the log from an offset on.
type stretch struct {
	part
	from int64
}

// unsettled returns the parts of the log that may contain intents without an outcome: the file
// that ResolvedAt refers to, from that offset on, and all later files, including moved ones. It
// returns none if nothing was written since.
func (l *Log) unsettled(parts []part, a anchor) (out []stretch, err error) {
	news := false
	for i, p := range parts {
		if p.last != 0 && p.last < a.First && i < len(parts)-1 {
			continue
		}
		size := int64(0)
		info, err := l.statPart(p)
		switch {
		case err == nil:
			size = info.Size()
		case !errors.Is(err, fs.ErrNotExist) || p.path != l.path:
			return nil, l.fileError("read it", err)
		}
		s := stretch{part: p}
		if p.first == max(a.First, 1) && size >= a.ResolvedAt { // otherwise it is another file now
			s.from = a.ResolvedAt
		}
		news = news || size > s.from
		out = append(out, s)
	}
	if !news {
		return nil, nil
	}
	return out, nil
}

func (l *Log) statPart(p part) (os.FileInfo, error) {
	if p.file != nil {
		return p.file.Stat()
	}
	return os.Lstat(p.path)
}

// Unknown is the outcome of an intent whose process died, and ErrorCutOff its reason.
const (
	Unknown     = "unknown"
	ErrorCutOff = "wxauth ended before the outcome was known: it may have happened"
)

// resolved saves that every intent before end has an outcome, in the file that begins with entry
// first. The next Settle reads the outcomes after end once more, because this process may not
// know the current end of the file.
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
