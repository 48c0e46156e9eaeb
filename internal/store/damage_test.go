package store_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/store/storetest"
	"github.com/wxauth/wxauth/webex"
)

// filled returns a store with a login and twenty organizations, and its bytes.
func filled(t *testing.T) (*store.Bolt, []byte) {
	t.Helper()
	s := place(t)
	for n := range 20 {
		must(t, s.SetOrgTokens(t.Context(), client, webex.OrgID(fmt.Sprintf("%08x-9643-417f-9974-ad72cae0e10f", n)), storetest.Sample(n)))
	}
	must(t, s.SetIntegrationTokens(t.Context(), client, storetest.Sample(1)))
	must(t, s.SetIntegrationTokens(t.Context(), client, storetest.Sample(2)))
	data, err := os.ReadFile(s.Path())
	must(t, err)
	return s, data
}

// readAll reads everything from a store that may be damaged: what comes back is
// right, or an error that says so, within two seconds.
func readAll(t *testing.T, path, what string) (damaged bool) {
	t.Helper()
	start := time.Now()
	s := at(t, path)
	login, err := s.IntegrationTokens(t.Context(), client)
	switch {
	case err == nil && login.Access.Reveal() != "access-2":
		t.Errorf("%s: a wrong value: %s", what, login.Access.Reveal())
	case err != nil && !errors.Is(err, store.ErrDamaged) && !errors.Is(err, store.ErrForeign) && !errors.Is(err, store.ErrWrongKey):
		t.Errorf("%s: not told as damage: %v", what, err)
	}
	damaged = err != nil
	for n := range 20 {
		got, err := s.OrgTokens(t.Context(), client, webex.OrgID(fmt.Sprintf("%08x-9643-417f-9974-ad72cae0e10f", n)))
		if err == nil && got.Access.Reveal() != fmt.Sprintf("access-%d", n) {
			t.Errorf("%s: a wrong value", what)
		}
		if errors.Is(err, webex.ErrOrgNotRegistered) {
			t.Errorf("%s: a record went missing silently", what)
		}
		damaged = damaged || err != nil
	}
	list, err := s.ListOrgTokens(t.Context(), client)
	if err == nil && len(list) != 20 {
		t.Errorf("%s: %d organizations of 20", what, len(list))
	}
	// A write either fails or leaves what is right.
	if werr := s.SetIntegrationTokens(t.Context(), client, storetest.Sample(2)); werr == nil {
		if got, err := at(t, path).IntegrationTokens(t.Context(), client); err != nil || got.Access.Reveal() != "access-2" {
			t.Errorf("%s: after a write: %v", what, err)
		}
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("%s: took %s", what, took)
	}
	return damaged || err != nil
}

// S-40, S-41: cut at every 512 bytes.
func TestATruncatedStoreIsDamageAndNothingElse(t *testing.T) {
	s, data := filled(t)
	found := 0
	for n := 0; n < len(data); n += 512 {
		must(t, os.WriteFile(s.Path(), data[:n], 0o600))
		if readAll(t, s.Path(), fmt.Sprintf("cut at %d", n)) {
			found++
		}
	}
	n := (len(data) + 511) / 512
	trial.Report(t, trial.Figure{Name: "truncated store", Tried: n, Survived: n, Note: fmt.Sprintf("at every 512 of %d bytes; %d reported as damage", len(data), found)})
}

// S-23, S-40, S-41: bits flipped, sectors and pages overwritten, one at a time.
func TestAChangedStoreIsDamageAndNothingElse(t *testing.T) {
	s, data := filled(t)
	high := lastUsed(data)
	rng := rand.New(rand.NewPCG(1, 2))
	cases, found := 0, 0
	try := func(what string, change func([]byte)) {
		damaged := append([]byte(nil), data...)
		change(damaged)
		must(t, os.WriteFile(s.Path(), damaged, 0o600))
		must(t, os.WriteFile(s.Path()+".bak1", data, 0o600))
		cases++
		if readAll(t, s.Path(), what) {
			found++
		}
	}
	for range trial.Cases(200, 2000) {
		bit := rng.IntN(high * 8)
		try(fmt.Sprintf("bit %d", bit), func(b []byte) { b[bit/8] ^= 1 << (bit % 8) })
	}
	for range trial.Cases(60, 600) {
		sector := rng.IntN(high/512) * 512
		try(fmt.Sprintf("sector at %d", sector), func(b []byte) {
			for i := range 512 {
				b[sector+i] = byte(rng.Uint32())
			}
		})
	}
	for page := 0; page < high; page += 4096 {
		try(fmt.Sprintf("page at %d", page), func(b []byte) { clear(b[page : page+4096]) })
	}
	for range trial.Cases(30, 200) {
		from, to := rng.IntN(high/4096)*4096, rng.IntN(high/4096)*4096
		try(fmt.Sprintf("page %d over %d", from, to), func(b []byte) { copy(b[to:to+4096], data[from:from+4096]) })
	}
	trial.Report(t, trial.Figure{Name: "corrupted store", Tried: cases, Survived: cases, Note: fmt.Sprintf("bits, sectors, pages; %d reported as damage, the others changed nothing in use", found)})
	if found < cases/8 {
		t.Error("too few were found for the test to mean something")
	}
}

// lastUsed returns where the used part of the file ends.
func lastUsed(data []byte) int {
	n := len(data)
	for n > 0 && data[n-1] == 0 {
		n--
	}
	return (n + 4095) / 4096 * 4096
}

// S-43.
func TestADamagedStoreIsSetAsideAndItsBackupTakesItsPlace(t *testing.T) {
	s, data := filled(t)
	if _, err := s.Restore(t.Context(), store.Backup{Path: s.Path() + ".bak1"}); err == nil {
		t.Fatal("a sound store was replaced")
	}
	must(t, os.WriteFile(s.Path(), data[:5000], 0o600))
	s = at(t, s.Path())
	if err := s.SetIntegrationTokens(t.Context(), client, storetest.Sample(3)); !errors.Is(err, store.ErrDamaged) {
		t.Fatal(err)
	}
	backup, ok := s.NewestBackup(t.Context())
	if !ok || backup.Records != 21 {
		t.Fatalf("%+v, %v", backup, ok)
	}
	aside, err := s.Restore(t.Context(), backup)
	must(t, err)
	if kept, err := os.ReadFile(aside); err != nil || len(kept) != 5000 {
		t.Errorf("the damaged file was not kept: %v", err)
	}
	got, err := at(t, s.Path()).IntegrationTokens(t.Context(), client)
	if err != nil || got.Access.Reveal() != "access-2" {
		t.Error(err)
	}
	// The newest backup is damaged too: the one before it is offered.
	must(t, os.WriteFile(s.Path()+".bak1", []byte("x"), 0o600))
	if backup, ok := s.NewestBackup(t.Context()); !ok || !strings.HasSuffix(backup.Path, ".bak2") {
		t.Errorf("%+v, %v", backup, ok)
	}
}

// A change that was acknowledged and whose meta page was damaged later must not fall
// back, silently, to the one before it.
func TestALostCommitIsFoundByItsBackup(t *testing.T) {
	s, data := filled(t)
	for page := range 2 {
		damaged := append([]byte(nil), data...)
		damaged[page*4096+40] ^= 1
		must(t, os.WriteFile(s.Path(), damaged, 0o600))
		got, err := at(t, s.Path()).IntegrationTokens(t.Context(), client)
		if err == nil && got.Access.Reveal() != "access-2" {
			t.Errorf("meta page %d: fell back to %s", page, got.Access.Reveal())
		}
	}
}

func TestFilesThatAreNotOursAreLeftAlone(t *testing.T) {
	dir := t.TempDir()
	foreign := filepath.Join(dir, "foreign.db")
	db, err := bolt.Open(foreign, 0o600, nil)
	must(t, err)
	must(t, db.Update(func(tx *bolt.Tx) error { _, err := tx.CreateBucket([]byte("theirs")); return err }))
	must(t, db.Close())
	text := filepath.Join(dir, "text.db")
	must(t, os.WriteFile(text, []byte(strings.Repeat("dear diary ", 2000)), 0o600))
	for path, want := range map[string]error{foreign: store.ErrForeign, text: store.ErrDamaged} {
		before, err := os.ReadFile(path)
		must(t, err)
		s := at(t, path)
		if _, err := s.IntegrationTokens(t.Context(), client); !errors.Is(err, want) {
			t.Errorf("read %s: %v", path, err)
		}
		if err := s.SetIntegrationTokens(t.Context(), client, storetest.Sample(1)); !errors.Is(err, want) {
			t.Errorf("write %s: %v", path, err)
		}
		if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
			t.Errorf("%s was changed", path)
		}
	}
}

// S-38: a store that another holds is an error in time, naming the file.
func TestALockedStoreIsToldInTime(t *testing.T) {
	s, _ := filled(t)
	db, err := bolt.Open(s.Path(), 0o600, nil)
	must(t, err)
	defer db.Close()
	start := time.Now()
	_, err = at(t, s.Path()).IntegrationTokens(t.Context(), client)
	if !errors.Is(err, store.ErrLocked) || !strings.Contains(err.Error(), s.Path()) {
		t.Error(err)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %s", took)
	}
}

func TestAReadOnlyStoreCanBeRead(t *testing.T) {
	s, _ := filled(t)
	must(t, os.Chmod(s.Path(), 0o400))
	if got, err := at(t, s.Path()).IntegrationTokens(t.Context(), client); err != nil || got.Access.Reveal() != "access-2" {
		t.Error(err)
	}
}

// S-32: what is forgotten is in no backup either.
func TestForgettingReachesTheBackups(t *testing.T) {
	s := place(t)
	must(t, s.SetIntegrationTokens(t.Context(), client, storetest.Sample(1)))
	must(t, s.SetIntegrationTokens(t.Context(), client, storetest.Sample(2)))
	must(t, s.DeleteIntegrationTokens(t.Context(), client))
	for _, bak := range []string{".bak1", ".bak2"} {
		must(t, os.Rename(s.Path()+bak, s.Path()))
		if _, err := at(t, s.Path()).IntegrationTokens(t.Context(), client); !errors.Is(err, webex.ErrNotLoggedIn) {
			t.Errorf("%s: %v", bak, err)
		}
	}
}

// A wrong key is no damage: the store stays where it is.
func TestAWrongKeyRestoresNothing(t *testing.T) {
	s, data := filled(t)
	key := filepath.Join(filepath.Dir(s.Path()), "key")
	must(t, os.WriteFile(key, []byte("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"), 0o600))
	if _, err := at(t, s.Path()).Restore(t.Context(), store.Backup{Path: s.Path() + ".bak1"}); !errors.Is(err, store.ErrWrongKey) {
		t.Error(err)
	}
	if now, err := os.ReadFile(s.Path()); err != nil || string(now) != string(data) {
		t.Error("the store was touched")
	}
}

// A pipe in the store's or the key's place does not make us wait.
func TestAPipeInTheStoresPlaceIsRefused(t *testing.T) {
	for _, name := range []string{"store.db", "key"} {
		s, _ := filled(t)
		path := filepath.Join(filepath.Dir(s.Path()), name)
		must(t, os.Remove(path))
		if !pipe(t, path) {
			return
		}
		if _, err := at(t, s.Path()).IntegrationTokens(t.Context(), client); !errors.Is(err, store.ErrExposed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What can be neither replaced nor removed is said: it still holds what was forgotten.
func TestBackupsThatKeepWhatWasForgottenAreTold(t *testing.T) {
	s := place(t)
	must(t, s.SetIntegrationTokens(t.Context(), client, storetest.Sample(1)))
	must(t, s.SetIntegrationTokens(t.Context(), client, storetest.Sample(2)))
	must(t, os.Remove(s.Path()+".bak2"))
	must(t, os.MkdirAll(s.Path()+".bak2/in/the/way", 0o700))
	err := s.DeleteIntegrationTokens(t.Context(), client)
	if !errors.Is(err, store.ErrInBackups) || !strings.Contains(err.Error(), ".bak2") || strings.Contains(err.Error(), "\n") {
		t.Errorf("%v", err)
	}
	if _, err := s.IntegrationTokens(t.Context(), client); !errors.Is(err, webex.ErrNotLoggedIn) {
		t.Errorf("the store itself still holds it: %v", err)
	}
}
