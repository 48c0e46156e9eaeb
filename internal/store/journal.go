package store

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/gofrs/flock"
)

// Journal is an unfinished sweep: a list of parts. Only one process can have it open.
type Journal interface {
	// Name identifies the sweep: the id of a finished one ends with its journal's name.
	Name() []byte
	// Replay calls each with every part, in order. It truncates an incomplete last part, and
	// everything from the first part for which each returns an error.
	Replay(each func(part []byte) error) error
	// Append adds a part. When it returns nil, the part survives a crash of the process; a
	// crash of the machine can lose the last seconds. After an error, nothing more can be
	// added.
	Append(part []byte) error
	// Reset deletes all parts.
	Reset() error
	// Finish saves the parts as a finished sweep with the description meta, deletes the
	// finished sweeps in drop, and starts an empty journal. It can be repeated after a
	// crash.
	Finish(ctx context.Context, meta []byte, drop [][]byte) error
	// Close releases the journal.
	Close() error
}

const (
	journalMagic  = "wxauth sweep 1\n\x00"
	journalHeader = len(journalMagic) + 16
	journalSync   = 5 * time.Second
	largestPart   = 16 << 20
)

// journal is a Journal in a file.
type journal struct {
	inv   *Inventory
	scope string
	lock  *flock.Flock
	file  *os.File
	s     *sealer
	id    [16]byte
	size  int64 // of what is sound
	parts int
	sync  time.Time
	bad   error // why nothing more can be added
}

// Begin opens the journal of a sweep. scope groups related sweeps, for example those of one
// organization and profile; name distinguishes sweeps in a scope. Errors match
// [ErrSweeping] if another process has the journal open.
func (i *Inventory) Begin(ctx context.Context, scope, name string) (Journal, error) {
	if err := makeFolder(i.path); err != nil {
		return nil, err
	}
	s, err := i.sealer(ctx, true)
	if err != nil {
		return nil, err
	}
	if err := i.ready(ctx); err != nil { // rather than after everything was read
		return nil, err
	}
	lock := flock.New(i.journalPath(scope, name)+".lock", flock.SetPermissions(0o600), flock.SetFlag(os.O_CREATE|os.O_RDONLY|noFollow))
	switch ok, err := lock.TryLock(); {
	case err != nil:
		return nil, fileError("lock inventory", i.path, err)
	case !ok:
		_ = lock.Close()
		return nil, fmt.Errorf("sweep: %w: wait for it, or stop it; its progress is saved", ErrSweeping)
	}
	j := &journal{inv: i, scope: scope, lock: lock, s: s, sync: time.Now()}
	if j.file, err = os.OpenFile(i.journalPath(scope, name), os.O_RDWR|os.O_CREATE|noFollow, 0o600); err == nil {
		err = j.checkOwner()
	}
	if err != nil {
		_ = j.Close()
		return nil, fileError("open sweep journal", i.journalPath(scope, name), err)
	}
	return j, nil
}

func (j *journal) checkOwner() error {
	info, err := j.file.Stat()
	if err != nil {
		return err
	}
	return safeFile(j.file.Name(), info)
}

func (j *journal) Name() []byte { return j.id[:] }

func (j *journal) Replay(each func([]byte) error) error {
	info, err := j.file.Stat()
	if err != nil {
		return j.failed(err)
	}
	magic := make([]byte, len(journalMagic))
	if _, err := j.file.ReadAt(magic, 0); err == nil && info.Size() >= int64(journalHeader) && string(magic) != journalMagic {
		return fmt.Errorf("%w: %s is from another version of wxauth, or not a sweep journal: move it away", ErrInventory, j.file.Name())
	}
	read, err := readParts(j.file, j.s, each)
	switch lost := info.Size() - read.size; {
	case read.size == 0 && lost > int64(journalHeader), lost > 0 && !read.torn:
		j.inv.warn(fmt.Errorf("the unfinished sweep %s is damaged: %d of its %d bytes are lost and will be fetched again", j.file.Name(), lost, info.Size()))
	}
	if read.size == 0 {
		return errors.Join(err, j.Reset())
	}
	j.id, j.size, j.parts = read.id, read.size, read.parts
	if terr := j.file.Truncate(read.size); terr != nil {
		return j.failed(terr)
	}
	return err
}

// soundParts is how much of a journal can be read.
type soundParts struct {
	id    [16]byte
	parts int
	size  int64
	torn  bool // what follows is the beginning of a part, as a crash leaves it
}

// readParts reads what is sound from the beginning of a journal, to the first part that
// each refuses, whose error it returns.
func readParts(f io.ReaderAt, s *sealer, each func([]byte) error) (out soundParts, err error) {
	r := bufio.NewReaderSize(io.NewSectionReader(f, 0, 1<<62), 1<<16)
	head := make([]byte, journalHeader)
	if _, err := io.ReadFull(r, head); err != nil || string(head[:len(journalMagic)]) != journalMagic {
		return out, nil //nolint:nilerr // an empty one, or one that was being created
	}
	copy(out.id[:], head[len(journalMagic):])
	out.size = int64(journalHeader)
	var length [4]byte
	for {
		if _, err := io.ReadFull(r, length[:]); err != nil {
			out.torn = true
			return out, nil //nolint:nilerr // the end
		}
		n := binary.BigEndian.Uint32(length[:])
		if n > largestPart {
			return out, nil
		}
		var sealed bytes.Buffer // grows with what is there: the length may be damaged
		if m, err := io.CopyN(&sealed, r, int64(n)); err != nil || m != int64(n) {
			out.torn = true
			return out, nil //nolint:nilerr // cut short by a crash
		}
		plain, err := s.Open(sealed.Bytes(), partName(out.id, out.parts)...)
		if err != nil {
			return out, nil //nolint:nilerr // damaged, or the key is another one
		}
		if err := each(plain); err != nil {
			return out, err
		}
		out.parts++
		out.size += int64(len(length)) + int64(n)
	}
}

func partName(id [16]byte, n int) []string {
	return []string{"journal", hex.EncodeToString(id[:]), strconv.Itoa(n)}
}

func (j *journal) Append(part []byte) error {
	if j.size == 0 {
		return errors.New("append to sweep journal: it was neither replayed nor reset")
	}
	if j.bad != nil {
		return j.bad
	}
	sealed := j.s.Seal(part, partName(j.id, j.parts)...)
	b := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(sealed)), uint32(len(sealed))) //nolint:gosec // bounded by largestPart
	b = append(b, sealed...)
	if _, err := j.file.WriteAt(b, j.size); err != nil {
		_ = j.file.Truncate(j.size) // half of it may be there
		j.bad = j.failed(err)
		return j.bad
	}
	j.size += int64(len(b))
	j.parts++
	if now := time.Now(); now.Sub(j.sync) >= journalSync {
		j.sync = now
		if err := j.file.Sync(); err != nil {
			j.bad = j.failed(err)
			return j.bad
		}
	}
	return nil
}

func (j *journal) failed(err error) error {
	return fileError("write sweep journal", j.file.Name(), err)
}

func (j *journal) Reset() error {
	_, _ = rand.Read(j.id[:])
	head := append([]byte(journalMagic), j.id[:]...)
	err := j.file.Truncate(0)
	if err == nil {
		_, err = j.file.WriteAt(head, 0)
	}
	if err != nil {
		return j.failed(err)
	}
	j.size, j.parts = int64(len(head)), 0
	return nil
}

func (j *journal) Finish(ctx context.Context, meta []byte, drop [][]byte) error {
	if err := j.file.Sync(); err != nil {
		return j.failed(err)
	}
	if err := j.inv.put(ctx, j, meta, drop); err != nil {
		return err
	}
	return j.Reset() // if this fails, the sweep may be finished again; it is saved only once
}

func (j *journal) Close() error {
	var err error
	if j.file != nil {
		err = j.file.Close()
	}
	// The lock's file stays: removing it would let two hold locks on two files of one name.
	return errors.Join(err, j.lock.Close())
}
