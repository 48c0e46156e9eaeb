package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/wxauth/wxauth/store/storetest"
	"github.com/wxauth/wxauth/webex"
)

// S-41: what bbolt panics about is damage, and nobody waits for the lock of what panicked.
func TestAPanicLetsGoOfTheLock(t *testing.T) {
	for _, readOnly := range []bool{false, true} {
		for name, panics := range map[string]func(database){
			"outside of a transaction": func(database) { panic("page 7: unexpected") },
			"inside of one":            func(db database) { _ = db.View(func(*bolt.Tx) error { panic("page 7: unexpected") }) },
			"a nil in one":             func(db database) { _ = db.View(func(*bolt.Tx) error { var b *bolt.Bucket; b.Sequence(); return nil }) },
		} {
			b := openAt(t, filepath.Join(t.TempDir(), "wxauth", "store.db"))
			if err := b.SetSetting(t.Context(), "a", "1"); err != nil {
				t.Fatal(err)
			}
			if err := b.with(t.Context(), readOnly, func(db database) error { panics(db); return nil }); !errors.Is(err, ErrDamaged) {
				t.Errorf("%s: %v", name, err)
			}
			start := time.Now()
			if err := b.SetSetting(t.Context(), "b", "2"); err != nil || time.Since(start) > lockTimeout/2 {
				t.Errorf("%s, read-only %v: %v after %s", name, readOnly, err, time.Since(start))
			}
		}
	}
}

// S-41: a file that is cut while it is mapped is damage, and not the end of the process.
func TestAFileThatIsCutWhileItIsRead(t *testing.T) {
	b := openAt(t, filepath.Join(t.TempDir(), "wxauth", "store.db"))
	for n := range 40 {
		if err := b.SetSetting(t.Context(), fmt.Sprintf("name-%d", n), strings.Repeat("v", 3000)); err != nil {
			t.Fatal(err)
		}
	}
	err := b.with(t.Context(), true, func(db database) error {
		return db.View(func(tx *bolt.Tx) error {
			if err := os.Truncate(b.path, 4096); err != nil {
				return err
			}
			return readThrough(tx.Cursor().Bucket())
		})
	})
	if !errors.Is(err, ErrDamaged) {
		t.Error(err)
	}
}

// S-33: every commit reaches the disk before it is told: nothing of bbolt's durability is
// turned off.
func TestEveryCommitIsOnTheDisk(t *testing.T) {
	b := openAt(t, filepath.Join(t.TempDir(), "wxauth", "store.db"))
	if err := b.SetSetting(t.Context(), "a", "1"); err != nil {
		t.Fatal(err)
	}
	err := b.with(t.Context(), false, func(db database) error {
		if db.NoSync || db.NoGrowSync || db.NoFreelistSync {
			return fmt.Errorf("NoSync %v, NoGrowSync %v, NoFreelistSync %v", db.NoSync, db.NoGrowSync, db.NoFreelistSync)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// S-34: what is written before a refresh is at least as large as the tokens that will
// replace it, so that a disk with room for the one has room for the other.
func TestTheIntentHasRoomForTheTokens(t *testing.T) {
	b := openAt(t, filepath.Join(t.TempDir(), "wxauth", "store.db"))
	p := webex.Principal{Client: "C1"}
	tokens := storetest.Sample(1)
	tokens.Access = webex.NewSecret(strings.Repeat("a", 1700)) // as long as a self-contained one
	if err := b.IntendRefresh(t.Context(), p, tokens); err != nil {
		t.Fatal(err)
	}
	v, err := b.get(t.Context(), b.intent(p))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := encode(tokens)
	if err != nil || len(v) < len(plain)+slack {
		t.Errorf("%d bytes for tokens of %d, %v", len(v), len(plain), err)
	}
}

// S-30: what guessing a passphrase costs.
func TestGuessingAPassphraseCostsWhatItShould(t *testing.T) {
	h := header{UUID: "u"}
	if _, err := Passphrase(func(context.Context, int) (webex.Secret, error) { return webex.NewSecret("x"), nil }).create(t.Context(), &h); err != nil {
		t.Fatal(err)
	}
	if a := h.Argon2; a.Time != 3 || a.Memory != 64<<10 || a.Threads != 4 || len(a.Salt) < 16 {
		t.Errorf("t=%d, m=%d KiB, p=%d, a salt of %d bytes", a.Time, a.Memory, a.Threads, len(a.Salt))
	}
}

// S-44b: each refusal of a file system has words of its own, and says that nothing changed.
func TestWhatAFileSystemRefusesIsTold(t *testing.T) {
	said := map[string]error{}
	for err, want := range map[error]string{
		syscall.ENOSPC: "the disk is full", syscall.EDQUOT: "the disk is full", syscall.EROFS: "read-only", syscall.EACCES: "no permission", syscall.EPERM: "no permission",
		syscall.EMFILE: "too many open files", syscall.ENFILE: "too many open files", syscall.EFBIG: "may not grow", syscall.EIO: "reports an error",
	} {
		got := fileError("write store", "/x/store.db", &os.PathError{Op: "write", Path: "/x/store.db", Err: err})
		if !errors.Is(got, ErrWrite) || !errors.Is(got, err) || !strings.Contains(got.Error(), want) || !strings.Contains(got.Error(), "nothing was changed") {
			t.Errorf("%v: %v", err, got)
		}
		said[got.Error()] = err
	}
	if len(said) != 9 {
		t.Errorf("%d messages for 9 errors", len(said))
	}
}
