package audit

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// roomPattern matches the files that reserve disk space. On Unix they have no name while in use;
// elsewhere a killed process may leave one behind.
const roomPattern = ".audit-room-*"

// roomForHead is the space that the store needs to anchor the head, including its backup.
const roomForHead = 256 << 10

// Reserve reserves disk space for these entries and the anchor until release is called. If
// the disk is full, outcomes use that space, so that every sent request is logged, but new
// intents fail. The entries only determine the size. A file size limit (ulimit -f) is not
// an error here, because reserved space would not help.
func (l *Log) Reserve(entries []Entry) (release func(), err error) {
	bytes := int64(roomForHead)
	for _, e := range entries {
		line, _, err := encode(nil, e, "")
		if err != nil {
			return nil, err
		}
		bytes += int64(len(line)) + 128 // for the codes
	}
	if stale, err := filepath.Glob(filepath.Join(filepath.Dir(l.path), roomPattern)); err == nil {
		for _, path := range stale {
			_ = os.Remove(path)
		}
	}
	f, err := os.CreateTemp(filepath.Dir(l.path), roomPattern)
	if err != nil {
		return nil, l.fileError("reserve disk space for outcomes", err)
	}
	_ = os.Remove(f.Name()) // on Unix the space stays in use while the file is open; on Windows the file is removed on release
	if err := fillRoom(f, bytes); err != nil && !errors.Is(err, syscall.EFBIG) {
		_ = f.Truncate(0)
		_ = f.Close()
		_ = os.Remove(f.Name())
		return nil, l.fileError("reserve disk space for outcomes", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rooms = append(l.rooms, f)
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.rooms = slices.DeleteFunc(l.rooms, func(r *os.File) bool { return r == f }); len(l.rooms) == 0 {
			l.full = nil
		}
		_ = f.Truncate(0)
		_ = f.Close()
		_ = os.Remove(f.Name())
	}, nil
}

// fillRoom writes random bytes, because some file systems don't allocate space for zeros.
func fillRoom(f *os.File, bytes int64) error {
	buf := make([]byte, 64<<10)
	for bytes > 0 {
		part := buf[:min(bytes, int64(len(buf)))]
		_, _ = rand.Read(part) // never fails
		if _, err := f.Write(part); err != nil {
			return err
		}
		bytes -= int64(len(part))
	}
	return f.Sync()
}

// useRoom releases the reserved space, for outcomes that could not be written because of err. It
// reports whether any space was released.
func (l *Log) useRoom(err error) bool {
	if len(l.rooms) == 0 || l.full != nil {
		return false
	}
	for _, f := range l.rooms {
		_ = f.Truncate(0)
	}
	l.full = err
	return true
}

// writeAll writes the pending entries, and gives each caller the result. l.mu must be held.
func (l *Log) writeAll(ctx context.Context, batch []*pending) {
	finish := func(batch []*pending, err error) {
		for _, p := range batch {
			if p.done, p.err = true, err; err != nil {
				p.seq = 0
			}
		}
	}
	outcomes := slices.DeleteFunc(slices.Clone(batch), func(p *pending) bool { return p.durable })
	intents := slices.DeleteFunc(slices.Clone(batch), func(p *pending) bool { return !p.durable })
	if l.full != nil { // the remaining space is for outcomes of sent requests
		finish(intents, l.full)
		batch = outcomes
	}
	write := func() error { return l.locked(ctx, func() error { return l.write(ctx, batch) }) }
	if len(batch) == 0 {
		return
	}
	err := write()
	if err != nil && l.useRoom(err) {
		finish(intents, err)
		if batch = outcomes; len(batch) == 0 {
			return
		}
		err = write()
	}
	finish(batch, err)
}
