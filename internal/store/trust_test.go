//go:build unix

package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/wxauth/wxauth/internal/seal"
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
			if err := b.SetSetting(t.Context(), "b", "2"); err != nil { // within the time that a lock is waited for
				t.Errorf("%s, read-only %v: %v", name, readOnly, err)
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
	plain, err := tokens.RevealJSON()
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
		syscall.EMFILE: "too many open files", syscall.ENFILE: "too many open files", syscall.EFBIG: "size limit is reached", syscall.EIO: "reports an error",
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

// S-23: no nonce is used twice, and one value encrypted twice is two values.
func TestNoNonceIsUsedTwice(t *testing.T) {
	s := newSealer(seal.NewKey(), "u", 1)
	seen := map[string]bool{}
	for range 5000 {
		nonce := string(s.Seal([]byte("secret"), "p")[5 : 5+24])
		if seen[nonce] {
			t.Fatal("a nonce came twice")
		}
		seen[nonce] = true
	}
}

// S-25: the store's own key is printed by nothing.
func TestTheKeyIsPrintedByNothing(t *testing.T) {
	k := seal.NewKey()
	holder := struct{ Key seal.Key }{k}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%o", "%U"} {
		fmt.Fprintf(&out, verb+verb+verb, k, &k, holder)
	}
	b, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "key", k, "holder", holder)
	out.Write(b)
	for _, form := range []string{fmt.Sprintf("%d, %d", k[0], k[1]), fmt.Sprintf("%d,%d", k[0], k[1]), fmt.Sprintf("%d %d %d", k[0], k[1], k[2]), fmt.Sprintf("%x", k[:4]), fmt.Sprintf("%X", k[:4]), fmt.Sprintf("%#x, %#x", k[0], k[1])} {
		if strings.Contains(out.String(), form) {
			t.Errorf("printed as %q: %s", form, &out)
		}
	}
}

// S-40: a meta page with a sound checksum that speaks of more than there is.
func TestAMetaPageThatPromisesTooMuch(t *testing.T) {
	b := openAt(t, filepath.Join(t.TempDir(), "wxauth", "store.db"))
	if err := b.SetSetting(t.Context(), "a", "1"); err != nil {
		t.Fatal(err)
	}
	sound, err := os.ReadFile(b.path)
	if err != nil {
		t.Fatal(err)
	}
	for name, at := range map[string]int{"root": 16, "freelist": 32, "high water": 40} {
		for _, value := range []uint64{uint64(len(sound)/pageSize) + 1, 1 << 20, 1 << 40, ^uint64(0) - 1} {
			data := bytes.Clone(sound)
			for page := range 2 {
				m := data[page*pageSize+pageHeader : page*pageSize+pageHeader+metaSize]
				binary.NativeEndian.PutUint64(m[at:], value)
				h := fnv.New64a()
				_, _ = h.Write(m[:56])
				binary.NativeEndian.PutUint64(m[56:], h.Sum64())
			}
			if err := os.WriteFile(b.path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := openAt(t, b.path).Setting(t.Context(), "a"); !errors.Is(err, ErrDamaged) {
				t.Errorf("%s of %d: %v", name, value, err)
			}
		}
	}
}

// S-21: a link in the place of a file of ours is not followed, whatever it leads to.
func TestLinksAreNotFollowed(t *testing.T) {
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	if err := os.WriteFile(elsewhere, []byte("theirs"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"store.db", "key", "inventory.db", "locks/refresh.lock"} {
		dir := filepath.Join(t.TempDir(), "wxauth")
		b := openAt(t, filepath.Join(dir, "store.db"))
		if name != "store.db" && name != "key" {
			if err := b.SetSetting(t.Context(), "a", "1"); err != nil {
				t.Fatal(err)
			}
		}
		var err error
		p := webex.Principal{Client: "C1"}
		path := filepath.Join(dir, name)
		if name == "locks/refresh.lock" { // whatever it is called
			unlock, lerr := b.LockRefresh(t.Context(), p)
			if lerr != nil {
				t.Fatal(lerr)
			}
			unlock()
			locks, _ := filepath.Glob(filepath.Join(dir, "locks", "*"))
			path = locks[0]
			_ = os.Remove(path)
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(elsewhere, path); err != nil {
			t.Fatal(err)
		}
		switch name {
		case "inventory.db":
			_, err = NewInventory(path, b, func(error) {}).Begin(t.Context(), "acme", "")
		case "locks/refresh.lock":
			_, err = b.LockRefresh(t.Context(), p)
		default:
			err = b.SetSetting(t.Context(), "b", "2")
		}
		if data, rerr := os.ReadFile(elsewhere); err == nil || rerr != nil || string(data) != "theirs" {
			t.Errorf("%s: %v; what it leads to is %q", name, err, data)
		}
	}
	if _, err := OpenPrivate(filepath.Join(t.TempDir(), "none"), os.O_RDONLY); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(elsewhere, link); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenPrivate(link, os.O_WRONLY); !errors.Is(err, ErrExposed) {
		t.Error(err)
	}
	if err := os.Chmod(elsewhere, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenPrivate(elsewhere, os.O_WRONLY); !errors.Is(err, ErrExposed) {
		t.Error(err)
	}
}

// S-21: what belongs to somebody else is refused, for reading too.
func TestSomebodyElsesFile(t *testing.T) {
	mine := ownFile
	t.Cleanup(func() { ownFile = mine })
	b := openAt(t, filepath.Join(t.TempDir(), "wxauth", "store.db"))
	if err := b.SetSetting(t.Context(), "a", "1"); err != nil {
		t.Fatal(err)
	}
	ownFile = func(os.FileInfo) bool { return false }
	if _, err := b.Setting(t.Context(), "a"); !errors.Is(err, ErrExposed) || !strings.Contains(err.Error(), "another user") {
		t.Error(err)
	}
	if err := b.SetSetting(t.Context(), "a", "2"); !errors.Is(err, ErrExposed) {
		t.Error(err)
	}
}

// S-34: what lies behind the last page in use was written, not only counted, by as much as
// the tokens and the pages above them will take: a hole needs room when it is filled.
func TestTheIntentReservesTheDisk(t *testing.T) {
	b := openAt(t, filepath.Join(t.TempDir(), "wxauth", "store.db"))
	p := webex.Principal{Client: "C1"}
	if err := b.SetIntegrationTokens(t.Context(), "C1", storetest.Sample(1)); err != nil {
		t.Fatal(err)
	}
	if err := b.IntendRefresh(t.Context(), p, storetest.Sample(1)); err != nil {
		t.Fatal(err)
	}
	err := b.with(t.Context(), true, func(db database) error {
		return db.View(func(tx *bolt.Tx) error {
			var s syscall.Stat_t
			if err := syscall.Stat(b.path, &s); err != nil {
				return err
			}
			if free, want := s.Blocks*512-tx.Size(), int64(12*pageSize); free < want {
				return fmt.Errorf("%d bytes behind the last page are the file's own, %d are needed", free, want)
			}
			return nil
		})
	})
	if err != nil {
		t.Error(err)
	}
}
