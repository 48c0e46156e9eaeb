package audit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Rotation is the result of [Log.Rotate].
type Rotation struct {
	Closed []Closed // the files closed by this call, oldest first; none if there was nothing to close
	Sealed Head     // the end of the last of them, which the first entry of the next file contains
	Head   Head     // the end of the log now
}

// Closed is a file of the log that gets no more entries.
type Closed struct {
	Path        string
	First, Last int64  // its entries
	From        string // its previous path
}

// Rotate renames the current file to include the number of its first entry (audit.1.jsonl),
// and starts a new file with an entry that contains the head of the old one. Files that
// another program moved become closed files too. The chain of codes continues across files;
// see [Log.Verify]. A file that contains only the entry of the last rotation is not
// rotated. If a revoke is in progress, the error matches [ErrInUse].
func (l *Log) Rotate(ctx context.Context, actor string) (Rotation, error) {
	if _, err := os.Stat(filepath.Dir(l.path)); errors.Is(err, fs.ErrNotExist) {
		return Rotation{}, nil
	}
	end, ok, err := l.soleWriter()
	if err != nil {
		return Rotation{}, l.fileError("record its rotation", err)
	}
	if !ok {
		return Rotation{}, fmt.Errorf("%w: a revoke is in progress: rotate when it has finished (%s)", ErrInUse, l.path)
	}
	defer end()
	// An intent and its outcome are in one file, unless another program moved the file between
	// them.
	if _, err := l.settle(ctx); err != nil {
		return Rotation{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var r Rotation
	err = l.locked(ctx, func() error {
		r, err = l.rotate(ctx, actor)
		return err
	})
	return r, err
}

func (l *Log) rotate(ctx context.Context, actor string) (r Rotation, err error) {
	toClose, err := l.toClose()
	if err != nil || len(toClose) == 0 {
		return r, err
	}
	if l.key, err = l.loadKey(ctx); err != nil {
		return r, err
	}
	if l.key == nil {
		return r, fmt.Errorf("%w: the store holds no key for %s: the next revoke sets it aside", ErrBroken, l.path)
	}
	f, err := l.openFile(os.O_RDWR | os.O_CREATE)
	if err != nil {
		return r, err
	}
	_, err = l.catchUp(ctx, f)
	if err == nil {
		err = f.Sync()
	}
	_ = f.Close()
	if err != nil {
		return r, err
	}
	// If wxauth is killed here, the next entry continues from the anchor in any file.
	if err := l.anchor(ctx); err != nil {
		return r, err
	}
	r.Sealed, r.Head = l.head, l.head
	written := false // whether the current file is closed
	for _, c := range toClose {
		if _, err := os.Lstat(c.Path); err == nil {
			return r, fmt.Errorf("%w: %s exists already, but %s belongs there: move one of them away, then run wxauth audit verify", ErrTampered, c.Path, c.From)
		}
		if err := os.Rename(c.From, c.Path); err != nil {
			return r, l.fileError("close "+c.From, err)
		}
		r.Closed = append(r.Closed, c)
		written = written || c.From == l.path
	}
	if !written && l.size > 0 {
		return r, syncFolder(filepath.Dir(l.path))
	}
	next := &pending{durable: true, entry: Entry{
		Time: l.now(), Actor: actor, Action: ActionRotate, Phase: PhaseOutcome, Outcome: done, Sealed: l.head.String(),
	}}
	if err := l.write(ctx, []*pending{next}); err != nil {
		return r, err
	}
	r.Head = l.head
	l.dirty = false
	return r, l.saveAnchor(ctx, anchor{Seq: l.head.Seq, MAC: l.head.MAC, ResolvedAt: l.size, First: l.head.Seq})
}

// toClose returns the files that a rotation closes: those that another program moved, and the
// current file, unless it contains only the entry of the last rotation.
func (l *Log) toClose() (out []Closed, err error) {
	parts, end, err := l.parts()
	if err != nil {
		return nil, err
	}
	defer end()
	next := int64(1) // number for a file whose first entry can't be read
	for _, p := range parts {
		first := p.first
		if first == 0 {
			first = next
		}
		next = max(next, p.last+1)
		switch {
		case p.moved:
		case p.path != l.path, p.file == nil:
			continue
		default:
			info, err := p.file.Stat()
			if err != nil {
				return nil, l.fileError("read it", err)
			}
			if info.Size() == 0 || p.first == p.last && p.first != 0 && l.isRotation(p) {
				continue
			}
		}
		out = append(out, Closed{l.closedPath(first), first, p.last, p.path})
	}
	return out, nil
}

// isRotation reports whether a file's last entry is a rotation.
func (l *Log) isRotation(p part) bool {
	line, err := l.lastLineOf(p)
	e, _, _ := decode(nil, line)
	return err == nil && e.Action == ActionRotate
}
