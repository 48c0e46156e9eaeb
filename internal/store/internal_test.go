package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/zalando/go-keyring"

	"github.com/wxauth/wxauth/internal/seal"
	"github.com/wxauth/wxauth/webex"
)

func openAt(t *testing.T, path string) *Bolt {
	t.Helper()
	b, err := Open(path, Keyfile(filepath.Join(filepath.Dir(path), "key")))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAStoreOfANewerVersionIsNotTouched(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wxauth", "store.db")
	b := openAt(t, path)
	if err := b.SetSetting(t.Context(), "a", "1"); err != nil {
		t.Fatal(err)
	}
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		h, _ := decodeHeader(tx.Bucket(bucketMeta).Get(keyHeader))
		h.Schema = 7
		return tx.Bucket(bucketMeta).Put(keyHeader, h.encode())
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	b = openAt(t, path)
	if _, err := b.Setting(t.Context(), "a"); !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), "schema 7") {
		t.Error(err)
	}
	if err := b.SetSetting(t.Context(), "a", "2"); !errors.Is(err, ErrNewer) {
		t.Error(err)
	}
}

func TestAMigrationSealsEverythingAnew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wxauth", "store.db")
	for name, value := range map[string]string{"a": "1", "b": "2"} {
		if err := openAt(t, path).SetSetting(t.Context(), name, value); err != nil {
			t.Fatal(err)
		}
	}
	newest = schema + 1
	migrations[schema] = func(records map[string]record) error {
		for k, r := range records {
			r.plain = append(r.plain, '!')
			records[k] = r
		}
		return nil
	}
	t.Cleanup(func() { newest = schema; delete(migrations, schema) })
	b := openAt(t, path)
	if v, err := b.Setting(t.Context(), "a"); v != "1" || err != nil {
		t.Errorf("reading needs no migration: %q, %v", v, err)
	}
	if err := b.SetSetting(t.Context(), "c", "3"); err != nil {
		t.Fatal(err)
	}
	s, err := b.view(t.Context(), func(*bolt.Tx) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	if h, err := decodeHeaderUpTo(s.header, newest); err != nil || h.Schema != schema+1 {
		t.Errorf("%+v, %v", h, err)
	}
	for name, want := range map[string]string{"a": "1!", "b": "2!", "c": "3"} {
		if v, err := openAt(t, path).Setting(t.Context(), name); v != want || err != nil {
			t.Errorf("%s: %q, %v", name, v, err)
		}
	}
	if _, ok := openAt(t, path).NewestBackup(t.Context()); !ok {
		t.Error("no copy of the old one was kept")
	}
}

// S-29 in small: a migration that fails leaves the store as it was.
func TestAMigrationThatFailsChangesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wxauth", "store.db")
	if err := openAt(t, path).SetSetting(t.Context(), "a", "1"); err != nil {
		t.Fatal(err)
	}
	newest = schema + 1
	broken := errors.New("broken")
	migrations[schema] = func(map[string]record) error { return broken }
	t.Cleanup(func() { newest = schema; delete(migrations, schema) })
	if err := openAt(t, path).SetSetting(t.Context(), "b", "2"); !errors.Is(err, broken) {
		t.Error(err)
	}
	newest = schema
	if v, err := openAt(t, path).Setting(t.Context(), "a"); v != "1" || err != nil {
		t.Errorf("%q, %v", v, err)
	}
}

// S-23: what is moved, cut or changed by one bit is an error.
func TestSealedValuesAreBoundToTheirPlace(t *testing.T) {
	s := newSealer(seal.NewKey(), "u", 1)
	sealed := s.Seal([]byte("secret"), "p", "integration", "C1")
	if got, err := s.Open(sealed, "p", "integration", "C1"); err != nil || string(got) != "secret" {
		t.Fatal(err)
	}
	for _, path := range [][]string{{"p", "integration", "C2"}, {"q", "integration", "C1"}, {"p", "integrationC1"}, {"p", "serviceapp", "C1"}} {
		if _, err := s.Open(sealed, path...); !errors.Is(err, ErrDamaged) {
			t.Errorf("%v: %v", path, err)
		}
	}
	for bit := range len(sealed) * 8 {
		sealed[bit/8] ^= 1 << (bit % 8)
		if _, err := s.Open(sealed, "p", "integration", "C1"); !errors.Is(err, ErrDamaged) {
			t.Errorf("bit %d: %v", bit, err)
		}
		sealed[bit/8] ^= 1 << (bit % 8)
	}
	for n := range len(sealed) {
		if _, err := s.Open(sealed[:n], "p", "integration", "C1"); !errors.Is(err, ErrDamaged) {
			t.Errorf("cut at %d: %v", n, err)
		}
	}
	if _, err := newSealer(seal.NewKey(), "u", 1).Open(sealed, "p", "integration", "C1"); err == nil {
		t.Error("another key opens it")
	}
}

// A header that asks for too much of the machine is refused before it is tried.
func TestPassphraseParametersAreBounded(t *testing.T) {
	ask := Passphrase(func(context.Context, int) (webex.Secret, error) { return webex.NewSecret("x"), nil })
	h := header{UUID: "u"}
	if _, err := ask.create(t.Context(), &h); err != nil {
		t.Fatal(err)
	}
	for _, change := range []func(*argon2Parameters){
		func(a *argon2Parameters) { a.Memory = 2 << 20 }, func(a *argon2Parameters) { a.Time = 21 }, func(a *argon2Parameters) { a.Time = 0 },
		func(a *argon2Parameters) { a.Threads = 0 }, func(a *argon2Parameters) { a.Salt = nil }, func(a *argon2Parameters) { a.Wrapped = a.Wrapped[1:] },
	} {
		p := *h.Argon2
		change(&p)
		if _, err := ask.load(t.Context(), header{UUID: "u", Argon2: &p}); !errors.Is(err, ErrDamaged) {
			t.Errorf("%+v: %v", p, err)
		}
	}
	if _, err := ask.load(t.Context(), h); err != nil {
		t.Error(err)
	}
}

func TestTheKeyringKeepsTheKey(t *testing.T) {
	t.Setenv(busVariable, "unix:path=/nowhere")
	keyring.MockInit()
	path := filepath.Join(t.TempDir(), "wxauth", "store.db")
	open := func() *Bolt {
		b, err := Open(path, Keyring())
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if err := open().SetSetting(t.Context(), "a", "1"); err != nil {
		t.Fatal(err)
	}
	if v, err := open().Setting(t.Context(), "a"); v != "1" || err != nil {
		t.Errorf("%q, %v", v, err)
	}
	keyring.MockInitWithError(errors.New("locked"))
	if _, err := open().Setting(t.Context(), "a"); !errors.Is(err, ErrNoKey) {
		t.Error(err)
	}
	fresh, _ := Open(filepath.Join(t.TempDir(), "wxauth", "store.db"), Keyring())
	if err := fresh.SetSetting(t.Context(), "a", "1"); !errors.Is(err, ErrNoKey) || exists(fresh.path) {
		t.Errorf("%v, created: %v", err, exists(fresh.path))
	}
	keyring.MockInit() // empty
	if _, err := open().Setting(t.Context(), "a"); !errors.Is(err, ErrKeyLost) {
		t.Error(err)
	}
	if err := open().SetSetting(t.Context(), "b", "2"); !errors.Is(err, ErrKeyLost) {
		t.Error(err)
	}
}

// S-26: a keyring that never answers is given up.
func TestAMuteKeyringIsGivenUp(t *testing.T) {
	t.Setenv(busVariable, "unix:path=/nowhere")
	k := osKeyring{timeout: 20 * time.Millisecond}
	block := make(chan struct{})
	defer close(block)
	start := time.Now()
	_, err := k.ask(t.Context(), func() (string, error) { <-block; return "", nil })
	if !errors.Is(err, errMute) || time.Since(start) > 20*time.Second {
		t.Errorf("%v after %s", err, time.Since(start))
	}
}

// After a part that could not be written nothing more is taken: what follows would speak
// of what is not there.
func TestAJournalThatFailedOnceTakesNothingMore(t *testing.T) {
	dir := t.TempDir()
	b, err := Open(filepath.Join(dir, "store.db"), Keyfile(filepath.Join(dir, "key")))
	if err != nil {
		t.Fatal(err)
	}
	opened, err := NewInventory(filepath.Join(dir, "inventory.db"), b, func(error) {}).Begin(t.Context(), "acme", "")
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	j, ok := opened.(*journal)
	if !ok {
		t.Fatalf("%T", opened)
	}
	if err := errors.Join(j.Reset(), j.Append([]byte("one"))); err != nil {
		t.Fatal(err)
	}
	good := j.file
	if j.file, err = os.Open(good.Name()); err != nil { // for reading alone
		t.Fatal(err)
	}
	if err := j.Append([]byte("two")); err == nil {
		t.Fatal("a part was written to a file that cannot be")
	}
	_ = j.file.Close()
	j.file = good
	if err := j.Append([]byte("three")); err == nil {
		t.Error("the part after one that failed was taken")
	}
}
