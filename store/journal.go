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
	"io/fs"
	"os"
	"strconv"
	"time"

	"github.com/gofrs/flock"
)

// Journal is a sweep that is under way, or was cut off: parts, in the order in which they
// were appended. Nobody else can go on with it while it is open.
type Journal interface {
	// Replay calls each with every part that is there. What a crash left of a last part
	// is taken away.
	Replay(each func(part []byte) error) error
	// Append adds a part. When it returns nil, no crash of the process can take the part
	// back; a crash of the machine can take the last seconds.
	Append(part []byte) error
	// Reset forgets all parts.
	Reset() error
	// Finish puts the parts away as a finished sweep, with meta as its description, drops
	// the finished sweeps that are named, and forgets the journal. Called again after a
	// crash, it puts away nothing twice.
	Finish(ctx context.Context, meta []byte, drop [][]byte) error
	// Close lets others go on with it.
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
}

// Begin opens the journal of a sweep. Its scope is what belongs together, such as one
// organization seen from one profile, its name tells several sweeps of that apart. The
// error matches [ErrLocked] when another process has it.
func (i *Inventory) Begin(ctx context.Context, scope, name string) (Journal, error) {
	if err := makeFolder(i.path); err != nil {
		return nil, err
	}
	s, err := i.sealer(ctx, true)
	if err != nil {
		return nil, err
	}
	lock := flock.New(i.journalPath(scope, name)+".lock", flock.SetPermissions(0o600))
	switch ok, err := lock.TryLock(); {
	case err != nil:
		return nil, fileError("lock inventory", i.path, err)
	case !ok:
		_ = lock.Close()
		return nil, fmt.Errorf("sweep: %w: another wxauth is sweeping this organization now", ErrLocked)
	}
	j := &journal{inv: i, scope: scope, lock: lock, s: s, sync: time.Now()}
	if j.file, err = os.OpenFile(i.journalPath(scope, name), os.O_RDWR|os.O_CREATE|noFollow, 0o600); err == nil {
		err = j.checkOwner()
	}
	if err != nil {
		_ = j.Close()
		return nil, fileError("open journal of the sweep", i.journalPath(scope, name), err)
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

func (j *journal) Replay(each func([]byte) error) error {
	parts, size, id, err := readParts(j.file, j.s, each)
	if err != nil {
		return err
	}
	if size == 0 {
		return j.Reset()
	}
	j.id, j.size, j.parts = id, size, parts
	if err := j.file.Truncate(size); err != nil {
		return j.failed(err)
	}
	return nil
}

// readParts reads what is sound from the beginning of a journal; size is where that ends.
func readParts(f io.ReaderAt, s *sealer, each func([]byte) error) (parts int, size int64, id [16]byte, err error) {
	r := bufio.NewReaderSize(io.NewSectionReader(f, 0, 1<<62), 1<<16)
	head := make([]byte, journalHeader)
	if _, err := io.ReadFull(r, head); err != nil || string(head[:len(journalMagic)]) != journalMagic {
		return 0, 0, id, nil //nolint:nilerr // an empty one, or one that was being created
	}
	copy(id[:], head[len(journalMagic):])
	size = int64(journalHeader)
	var length [4]byte
	for {
		if _, err := io.ReadFull(r, length[:]); err != nil {
			return parts, size, id, nil //nolint:nilerr // the end
		}
		n := binary.BigEndian.Uint32(length[:])
		if n > largestPart {
			return parts, size, id, nil
		}
		var sealed bytes.Buffer // grows with what is there: the length may be damaged
		if m, err := io.CopyN(&sealed, r, int64(n)); err != nil || m != int64(n) {
			return parts, size, id, nil //nolint:nilerr // cut short by a crash
		}
		plain, err := s.open(sealed.Bytes(), partName(id, parts)...)
		if err != nil {
			return parts, size, id, nil //nolint:nilerr // the same, or the key is another one
		}
		if err := each(plain); err != nil {
			return parts, size, id, err
		}
		parts++
		size += int64(len(length)) + int64(n)
	}
}

func partName(id [16]byte, n int) []string {
	return []string{"journal", hex.EncodeToString(id[:]), strconv.Itoa(n)}
}

func (j *journal) Append(part []byte) error {
	sealed := j.s.seal(part, partName(j.id, j.parts)...)
	b := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(sealed)), uint32(len(sealed))) //nolint:gosec // bounded by largestPart
	b = append(b, sealed...)
	if _, err := j.file.WriteAt(b, j.size); err != nil {
		_ = j.file.Truncate(j.size) // half of it may be there
		return j.failed(err)
	}
	j.size += int64(len(b))
	j.parts++
	if now := time.Now(); now.Sub(j.sync) >= journalSync {
		j.sync = now
		if err := j.file.Sync(); err != nil {
			return j.failed(err)
		}
	}
	return nil
}

func (j *journal) failed(err error) error {
	return fileError("write journal of the sweep", j.file.Name(), err)
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
	// What is left of the journal would be put away again, and is not twice.
	if err := os.Remove(j.file.Name()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return j.failed(err)
	}
	return nil
}

func (j *journal) Close() error {
	var err error
	if j.file != nil {
		err = j.file.Close()
	}
	// The lock's file stays: removing it would let two hold locks on two files of one name.
	return errors.Join(err, j.lock.Close())
}
