package store_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/store/storetest"
	"github.com/wxauth/wxauth/webex"
)

const client = webex.ClientID("C1")

// place returns a store in a folder of its own, with a key file beside it.
func place(t *testing.T) *store.Bolt {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "wxauth")
	return at(t, filepath.Join(dir, "store.db"))
}

func at(t *testing.T, path string) *store.Bolt {
	t.Helper()
	s, err := store.Open(path, store.Keyfile(filepath.Join(filepath.Dir(path), "key")), store.WithWarnings(func(err error) { t.Error(err) }))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestBoltPassesTheSuite(t *testing.T) {
	storetest.Run(t, func(t *testing.T) webex.TokenStore { return place(t) })
}

func TestMemoryPassesTheSuite(t *testing.T) {
	storetest.Run(t, func(t *testing.T) webex.TokenStore { return store.NewMemory() })
}

func TestReadingFromNoStoreCreatesNone(t *testing.T) {
	s := place(t)
	if _, err := s.IntegrationTokens(t.Context(), client); !errors.Is(err, webex.ErrNotLoggedIn) {
		t.Error(err)
	}
	if _, err := s.Logins(t.Context()); err != nil {
		t.Error(err)
	}
	if err := s.DeleteIntegrationTokens(t.Context(), client); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(filepath.Dir(s.Path())); !errors.Is(err, fs.ErrNotExist) {
		t.Error("something was created")
	}
}

func TestProfilesAreApart(t *testing.T) {
	s := place(t)
	must(t, s.Profile("a").SetIntegrationTokens(t.Context(), client, storetest.Sample(1)))
	must(t, s.Profile("b").SetIntegrationTokens(t.Context(), client, storetest.Sample(2)))
	must(t, s.Profile("a").DeleteIntegrationTokens(t.Context(), client))
	if _, err := s.Profile("a").IntegrationTokens(t.Context(), client); !errors.Is(err, webex.ErrNotLoggedIn) {
		t.Error(err)
	}
	got, err := at(t, s.Path()).Profile("b").IntegrationTokens(t.Context(), client)
	if err != nil || got.Access.Reveal() != "access-2" {
		t.Error(err)
	}
	list, err := s.Logins(t.Context())
	if err != nil || len(list) != 1 || list[0] != (store.Login{Profile: "b", Client: client}) {
		t.Errorf("%v, %v", list, err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// S-21: whatever the umask, files are made for their owner alone, and one that others
// could reach is refused.
func TestFilesAreTheirOwnersAlone(t *testing.T) {
	for _, mask := range []int{0, 0o022, 0o077} {
		old := umask(mask)
		s := place(t)
		err := s.SetIntegrationTokens(t.Context(), client, storetest.Sample(1))
		unlock, lerr := s.LockRefresh(t.Context(), webex.Principal{Client: client})
		umask(old)
		must(t, errors.Join(err, lerr))
		unlock()
		must(t, filepath.WalkDir(filepath.Dir(s.Path()), func(path string, d fs.DirEntry, err error) error {
			info, ierr := d.Info()
			must(t, errors.Join(err, ierr))
			want := fs.FileMode(0o600)
			if d.IsDir() {
				want = 0o700
			}
			if got := info.Mode().Perm(); got != want {
				t.Errorf("umask %03o: %s has mode %04o", mask, d.Name(), got)
			}
			return nil
		}))
	}
}

func TestWhatOthersCouldReachIsRefused(t *testing.T) {
	for _, mode := range []fs.FileMode{0o640, 0o604, 0o660, 0o666, 0o644} {
		s := place(t)
		must(t, s.SetIntegrationTokens(t.Context(), client, storetest.Sample(1)))
		for _, path := range []string{s.Path(), filepath.Join(filepath.Dir(s.Path()), "key")} {
			must(t, os.Chmod(path, mode))
			if _, err := at(t, s.Path()).IntegrationTokens(t.Context(), client); !errors.Is(err, store.ErrExposed) {
				t.Errorf("%s %04o: %v", filepath.Base(path), mode, err)
			}
			must(t, os.Chmod(path, 0o600))
		}
		if _, err := at(t, s.Path()).IntegrationTokens(t.Context(), client); err != nil {
			t.Error(err)
		}
	}
	s := place(t)
	must(t, s.SetIntegrationTokens(t.Context(), client, storetest.Sample(1)))
	link := filepath.Join(t.TempDir(), "store.db")
	must(t, os.Symlink(s.Path(), link))
	if _, err := at(t, link).IntegrationTokens(t.Context(), client); !errors.Is(err, store.ErrExposed) {
		t.Errorf("symbolic link: %v", err)
	}
	must(t, os.Chmod(filepath.Dir(s.Path()), 0o777))
	other := at(t, filepath.Join(filepath.Dir(s.Path()), "second.db"))
	if err := other.SetIntegrationTokens(t.Context(), client, storetest.Sample(1)); !errors.Is(err, store.ErrExposed) {
		t.Errorf("a folder that all may write to: %v", err)
	}
	folder := filepath.Join(t.TempDir(), "store.db")
	must(t, os.Mkdir(folder, 0o700))
	if _, err := at(t, folder).IntegrationTokens(t.Context(), client); err == nil {
		t.Error("a folder was read as a store")
	}
}

// S-22: no secret is in any file unencrypted, not even one that was replaced or
// deleted.
func TestNothingIsOnTheDiskInTheClear(t *testing.T) {
	s := place(t)
	for n := range 5 {
		must(t, s.IntendRefresh(t.Context(), webex.Principal{Client: client}, storetest.Sample(n)))
		must(t, s.SetIntegrationTokens(t.Context(), client, storetest.Sample(n)))
	}
	must(t, s.SetOrgTokens(t.Context(), client, "1eb65fdf-9643-417f-9974-ad72cae0e10f", storetest.Sample(7)))
	must(t, s.DeleteIntegrationTokens(t.Context(), client))
	files := 0
	must(t, filepath.WalkDir(filepath.Dir(s.Path()), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		for _, secret := range []string{"access-", "refresh-0", "refresh-4", "refresh-7", "ada@acme.example"} {
			if strings.Contains(string(data), secret) {
				t.Errorf("%s holds %q", d.Name(), secret)
			}
		}
		files++
		return err
	}))
	if files < 4 {
		t.Errorf("only %d files were looked at", files)
	}
}

// S-28: a key that is gone is told; no new one takes its place.
func TestALostKeyIsAnErrorAndNeverANewKey(t *testing.T) {
	s := place(t)
	must(t, s.SetIntegrationTokens(t.Context(), client, storetest.Sample(1)))
	key := filepath.Join(filepath.Dir(s.Path()), "key")
	kept, err := os.ReadFile(key)
	must(t, err)
	must(t, os.Remove(key))
	again := at(t, s.Path())
	if _, err := again.IntegrationTokens(t.Context(), client); !errors.Is(err, store.ErrKeyLost) {
		t.Error(err)
	}
	if err := again.SetIntegrationTokens(t.Context(), client, storetest.Sample(2)); !errors.Is(err, store.ErrKeyLost) {
		t.Error(err)
	}
	if _, err := os.Lstat(key); err == nil {
		t.Error("a new key was made")
	}
	must(t, os.WriteFile(key, []byte("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"), 0o600))
	if _, err := again.IntegrationTokens(t.Context(), client); !errors.Is(err, store.ErrWrongKey) {
		t.Error(err)
	}
	must(t, os.WriteFile(key, kept, 0o600))
	if _, err := again.IntegrationTokens(t.Context(), client); err != nil {
		t.Error(err)
	}
}

// S-27.
func TestAnotherKeySourceIsNotTakenSilently(t *testing.T) {
	s := place(t)
	must(t, s.SetIntegrationTokens(t.Context(), client, storetest.Sample(1)))
	other, err := store.Open(s.Path(), store.Keyring())
	must(t, err)
	if _, err := other.IntegrationTokens(t.Context(), client); !errors.Is(err, store.ErrNoKey) || !strings.Contains(err.Error(), "keyfile") {
		t.Error(err)
	}
	if src, err := store.SealedWith(t.Context(), s.Path()); err != nil || src != store.SourceKeyfile {
		t.Errorf("%q, %v", src, err)
	}
}

// S-44: two first runs at once give one store and one key.
func TestFirstRunsAtOnceGiveOneStore(t *testing.T) {
	for range 10 {
		path := filepath.Join(t.TempDir(), "wxauth", "store.db")
		var wg sync.WaitGroup
		for n := range 6 {
			wg.Go(func() {
				if err := at(t, path).Profile(fmt.Sprintf("p%d", n)).SetIntegrationTokens(t.Context(), client, storetest.Sample(n)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for n := range 6 {
			got, err := at(t, path).Profile(fmt.Sprintf("p%d", n)).IntegrationTokens(t.Context(), client)
			if err != nil || got.Access.Reveal() != fmt.Sprintf("access-%d", n) {
				t.Error(n, err)
			}
		}
		left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*"))
		if len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}

func TestSettingsAreKept(t *testing.T) {
	s := place(t)
	if v, err := s.Setting(t.Context(), "x"); v != "" || err != nil {
		t.Error(v, err)
	}
	must(t, s.SetSetting(t.Context(), "x", "1"))
	if v, err := at(t, s.Path()).Setting(t.Context(), "x"); v != "1" || err != nil {
		t.Error(v, err)
	}
	must(t, s.SetSetting(t.Context(), "x", ""))
	if v, err := s.Setting(t.Context(), "x"); v != "" || err != nil {
		t.Error(v, err)
	}
}

func TestARefreshThatWasCutOffIsKnown(t *testing.T) {
	s := place(t)
	p := webex.Principal{Client: client}
	must(t, s.SetIntegrationTokens(t.Context(), client, storetest.Sample(1)))
	if at, err := s.CutOff(t.Context(), p); err != nil || !at.IsZero() {
		t.Error(at, err)
	}
	must(t, s.IntendRefresh(t.Context(), p, storetest.Sample(1)))
	if since, err := at(t, s.Path()).CutOff(t.Context(), p); err != nil || since.IsZero() {
		t.Error(since, err)
	}
	must(t, s.SetIntegrationTokens(t.Context(), client, storetest.Sample(2)))
	if at, err := s.CutOff(t.Context(), p); err != nil || !at.IsZero() {
		t.Error(at, err)
	}
}

func TestPassphrases(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wxauth", "store.db")
	tries := 0
	open := func(words ...string) *store.Bolt {
		s, err := store.Open(path, store.Passphrase(func(_ context.Context, try int) (webex.Secret, error) {
			tries++
			if len(words) == 0 {
				return webex.Secret{}, errors.New("nobody is there")
			}
			w := words[0]
			words = words[1:]
			return webex.NewSecret(w), nil
		}))
		must(t, err)
		return s
	}
	must(t, open("right").SetIntegrationTokens(t.Context(), client, storetest.Sample(1)))
	s := open("wrong", "right")
	for range 3 { // asked once for a process
		if _, err := s.IntegrationTokens(t.Context(), client); err != nil {
			t.Error(err)
		}
	}
	if tries != 3 {
		t.Errorf("asked %d times", tries)
	}
	if _, err := open("a", "b", "c", "right").IntegrationTokens(t.Context(), client); !errors.Is(err, store.ErrWrongKey) {
		t.Error(err)
	}
	if _, err := open().IntegrationTokens(t.Context(), client); err == nil || errors.Is(err, store.ErrWrongKey) {
		t.Error(err)
	}
	if err := func() error {
		s, _ := store.Open(filepath.Join(t.TempDir(), "s", "x.db"), store.Passphrase(func(context.Context, int) (webex.Secret, error) { return webex.Secret{}, nil }))
		return s.SetIntegrationTokens(t.Context(), client, storetest.Sample(1))
	}(); !errors.Is(err, store.ErrNoKey) {
		t.Error(err)
	}
}

// What is new, such as the key of the audit log, is in a backup at once.
func TestANewSettingIsBackedUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s", "store.db")
	b := at(t, path)
	if err := b.SetSetting(t.Context(), "audit key", "k"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path + ".bak1"); err != nil {
		t.Error(err)
	}
}
