package audit

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// S-86: if the disk fills up during a revoke, the outcomes of sent requests are logged, and no
// further request is sent.
func TestOutcomesHaveRoomOnADiskThatIsFull(t *testing.T) {
	l, _ := newLog(t)
	if err := l.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	reserved := func() (n int64) {
		l.mu.Lock()
		defer l.mu.Unlock()
		return roomOf(l)
	}
	full := false
	l.writeAt = func(f *os.File, b []byte, at int64) (int, error) {
		if full && roomOf(l) == 0 || !full {
			return f.WriteAt(b, at)
		}
		n, _ := f.WriteAt(b[:len(b)/2], at) // a full disk writes only a part
		return n, syscall.ENOSPC
	}
	release, err := l.Reserve([]Entry{row(1), row(2), row(3)})
	if err != nil {
		t.Fatal(err)
	}
	if n := reserved(); n < roomForHead+3*300 {
		t.Errorf("%d bytes are reserved", n)
	}
	outcome := func(n int, intent int64) Entry {
		e := row(n)
		e.Phase, e.Outcome, e.Intent = PhaseOutcome, "revoked", intent
		return e
	}
	first, second := append1(t, l, row(1), true), append1(t, l, row(2), true)
	full = true
	if _, err := l.Append(t.Context(), row(3), true); !errors.Is(err, ErrBroken) || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("an intent on a full disk: %v", err)
	}
	append1(t, l, outcome(1, first), false)
	if _, err := l.Append(t.Context(), row(4), true); !errors.Is(err, ErrBroken) {
		t.Errorf("an intent used the space reserved for outcomes: %v", err)
	}
	append1(t, l, outcome(2, second), false)
	if err := l.Flush(t.Context()); err != nil {
		t.Error(err)
	}
	if r, err := l.Verify(t.Context(), Head{}); err != nil || r.Problem != nil || r.Entries != 4 || r.Torn {
		t.Errorf("%+v, %v", r, err)
	}
	release()
	if n := reserved(); n != 0 {
		t.Errorf("%d bytes are still reserved", n)
	}
	append1(t, l, row(5), true) // the next run detects it again
	left, err := filepath.Glob(filepath.Join(filepath.Dir(l.Path()), roomPattern))
	if err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}

func roomOf(l *Log) (n int64) {
	for _, f := range l.rooms {
		if info, err := f.Stat(); err == nil {
			n += info.Size()
		}
	}
	return n
}

// What is anchored is on disk: after a power loss, a missing entry would look like an edit.
func TestWhatIsAnchoredIsOnDisk(t *testing.T) {
	l, _ := newLog(t)
	now, synced := time.Now(), int64(0)
	l.now = func() time.Time { return now }
	l.syncFile = func(f *os.File) error {
		info, err := f.Stat()
		if err == nil {
			synced = info.Size()
		}
		return err
	}
	append1(t, l, row(1), true)
	for n := range 4 {
		now = now.Add(anchorEvery / 2)
		append1(t, l, row(n+2), false)
		if !l.dirty && synced < l.size {
			t.Errorf("entry %d is anchored, but %d of %d bytes are on disk", n+2, synced, l.size)
		}
	}
	if err := l.Flush(t.Context()); err != nil || synced != l.size {
		t.Errorf("%d of %d bytes are on disk: %v", synced, l.size, err)
	}
}
