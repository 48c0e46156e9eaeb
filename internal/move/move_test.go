package move_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/audit"
	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/internal/move"
	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/store/storetest"
	"github.com/wxauth/wxauth/webex"
)

const (
	client = webex.ClientID("Cclient")
	org    = webex.OrgID("1eb65fdf-9643-417f-9974-ad72cae0e10f")
)

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func nothing() error { return nil }

// home is a store in a directory, with its inventory and audit log.
type home struct {
	files config.Files
	file  *store.Bolt
	side  move.Store
}

func at(t *testing.T, dir string) home {
	t.Helper()
	return of(t, config.FilesOf(nil, filepath.Join(dir, "store.db")))
}

func of(t *testing.T, files config.Files) home {
	t.Helper()
	b, err := store.Open(files.Store, store.Keyfile(files.Keyfile))
	must(t, err)
	return home{files, b, move.Store{
		Values: b, Sweeps: store.NewInventory(files.Inventory, b, func(err error) { t.Error(err) }), Trail: audit.New(files.Audit, b.Profile("-audit")),
		Internal: []string{"-audit", store.InventoryProfile}, Guard: func(p string) webex.RefreshGuard { return b.Profile(p) },
	}}
}

// used is a home with something of everything.
func used(t *testing.T) home {
	t.Helper()
	h := at(t, t.TempDir())
	must(t, h.file.SetIntegrationTokens(t.Context(), client, storetest.Sample(1)))
	must(t, h.file.Profile("work").SetOrgTokens(t.Context(), client, org, storetest.Sample(2)))
	must(t, h.file.SetSetting(t.Context(), "aliases", "acme"))
	for n := range 2 {
		sweep(t, h, fmt.Sprint("sweep ", n))
		for _, phase := range []string{audit.PhaseIntent, audit.PhaseOutcome} {
			e := audit.Entry{Time: time.Now(), Actor: "ada@acme.example", Action: "revoke", ID: fmt.Sprint(n), Phase: phase}
			if phase == audit.PhaseOutcome {
				e.Intent = int64(2*n + 1)
			}
			_, err := h.side.Trail.Append(t.Context(), e, true)
			must(t, err)
		}
	}
	must(t, h.side.Trail.Flush(t.Context()))
	return h
}

func sweep(t *testing.T, h home, meta string) {
	t.Helper()
	j, err := h.side.Sweeps.Begin(t.Context(), "scope", "")
	must(t, err)
	must(t, j.Reset())
	must(t, j.Append([]byte("part of "+meta)))
	must(t, j.Finish(t.Context(), []byte(meta), nil))
	must(t, j.Close())
}

// same compares everything that two homes hold.
func same(t *testing.T, got, want home) {
	t.Helper()
	values := func(h home) (out []string) {
		records, err := h.file.Records(t.Context())
		must(t, err)
		for _, r := range records {
			if !slices.Contains(h.side.Internal, r.Profile) {
				out = append(out, fmt.Sprintf("%q %s", r.Path(), r.Value))
			}
		}
		slices.Sort(out)
		return out
	}
	if g, w := values(got), values(want); !slices.Equal(g, w) || len(w) != 3 {
		t.Errorf("%q\nwant %q", g, w)
	}
	sweeps := func(h home) (out []string) {
		all, err := h.side.Sweeps.Sweeps(t.Context(), "scope")
		must(t, err)
		for _, s := range all {
			text := string(s.Meta) + ":"
			must(t, h.side.Sweeps.Read(t.Context(), "scope", s.ID, func(p []byte) error { text += string(p); return nil }))
			out = append(out, text)
		}
		return out
	}
	if g, w := sweeps(got), sweeps(want); !slices.Equal(g, w) || len(w) != 2 {
		t.Errorf("%q, want %q", g, w)
	}
	entries := func(h home) (out []string) {
		r, err := h.side.Trail.Verify(t.Context(), audit.Head{})
		if err != nil || r.Problem != nil {
			t.Errorf("%+v, %v", r.Problem, err)
		}
		for e, err := range h.side.Trail.Entries(t.Context()) {
			must(t, err)
			if e.Action != audit.ActionMove {
				out = append(out, fmt.Sprint(e.Seq, e.Intent, e.Time, e.Actor, e.Action, e.ID, e.Phase))
			}
		}
		return out
	}
	if g, w := entries(got), entries(want); !slices.Equal(g, w) || len(w) != 4 {
		t.Errorf("%q, want %q", g, w)
	}
}

func TestEverythingIsCopied(t *testing.T) {
	from, to := used(t), at(t, t.TempDir())
	m, err := move.Copy(t.Context(), from.side, to.side, "ada@acme.example", nothing)
	must(t, err)
	if want := (move.Moved{Tokens: 2, Settings: 1, Sweeps: 2, Entries: 4}); m != want {
		t.Errorf("%+v, want %+v", m, want)
	}
	same(t, to, from)
	// Once more, nothing is missing.
	if m, err = move.Copy(t.Context(), from.side, to.side, "", nothing); err != nil || m.Sweeps != 0 || m.Entries != 0 {
		t.Errorf("%+v, %v", m, err)
	}
	same(t, to, from)
}

// What the other store has already stays, if it is newer, or a setting.
func TestNewerRecordsStay(t *testing.T) {
	from, to := used(t), at(t, t.TempDir())
	newer := storetest.Sample(5)
	newer.Issued = storetest.Sample(1).Issued.Add(time.Hour)
	must(t, to.file.SetIntegrationTokens(t.Context(), client, newer))
	older := storetest.Sample(6)
	older.Issued = storetest.Sample(2).Issued.Add(-time.Hour)
	must(t, to.file.Profile("work").SetOrgTokens(t.Context(), client, org, older))
	must(t, to.file.SetSetting(t.Context(), "aliases", "the team's"))
	m, err := move.Copy(t.Context(), from.side, to.side, "", nothing)
	if err != nil || m.Kept != 2 {
		t.Errorf("%+v, %v", m, err)
	}
	if got, err := to.file.IntegrationTokens(t.Context(), client); err != nil || !got.Access.Equal(newer.Access) {
		t.Errorf("newer tokens were replaced: %v", err)
	}
	if got, err := to.file.Profile("work").OrgTokens(t.Context(), client, org); err != nil || !got.Access.Equal(storetest.Sample(2).Access) {
		t.Errorf("older tokens stayed: %v", err)
	}
	if got, err := to.file.Setting(t.Context(), "aliases"); err != nil || got != "the team's" {
		t.Errorf("%q, %v", got, err)
	}
}

// Nothing is copied of an audit log that was changed.
func TestAChangedLogIsNotCopied(t *testing.T) {
	from, to := used(t), at(t, t.TempDir())
	text, err := os.ReadFile(from.files.Audit)
	must(t, err)
	text[50] ^= 1
	must(t, os.WriteFile(from.files.Audit, text, 0o600))
	if _, err := move.Copy(t.Context(), from.side, to.side, "", nothing); !errors.Is(err, audit.ErrTampered) {
		t.Errorf("%v", err)
	}
	if records, err := to.file.Records(t.Context()); err != nil || slices.ContainsFunc(records, func(r store.Record) bool { return r.Profile == "default" }) {
		t.Errorf("%d records, %v", len(records), err)
	}
}

// A store that was built beside its place is put there, also by a second attempt after the first one was
// interrupted between two files.
func TestInstallingGoesOn(t *testing.T) {
	for renamed := range 5 {
		from, dir := used(t), t.TempDir()
		files := config.FilesOf(nil, filepath.Join(dir, "store.db"))
		staging, done, err := move.Staging(files)
		if err != nil || done {
			t.Fatal(done, err)
		}
		_, err = move.Copy(t.Context(), from.side, of(t, staging).side, "", nothing)
		must(t, err)
		if renamed == 0 { // not even complete: it starts again
			if _, done, err := move.Staging(files); err != nil || done {
				t.Fatal(done, err)
			}
			_, err = move.Copy(t.Context(), from.side, of(t, staging).side, "", nothing)
			must(t, err)
			must(t, move.Install(staging, files))
		} else {
			must(t, os.WriteFile(filepath.Join(filepath.Dir(staging.Store), "complete"), nil, 0o600))
			for n, f := range [][2]string{{staging.Audit, files.Audit}, {staging.Inventory, files.Inventory}, {staging.Store, files.Store}} {
				if n < renamed-1 {
					must(t, os.Rename(f[0], f[1]))
				}
			}
			if _, done, err := move.Staging(files); err != nil || !done {
				t.Fatal(done, err)
			}
		}
		same(t, of(t, files), from)
		if _, err := os.Lstat(filepath.Dir(staging.Store)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%v", err)
		}
		// There is something now.
		if _, _, err := move.Staging(files); !errors.Is(err, move.ErrExists) {
			t.Errorf("%v", err)
		}
	}
}

func TestAnotherKey(t *testing.T) {
	h := used(t)
	other := filepath.Join(t.TempDir(), "other key")
	n, err := move.ChangeKey(t.Context(), h.side, h.file, func(path string) (*store.Bolt, error) { return store.Open(path, store.Keyfile(other)) })
	if err != nil || n < 3 {
		t.Fatal(n, err)
	}
	if _, err := h.file.Records(t.Context()); err == nil {
		t.Error("the old key still decrypts the store")
	}
	files := h.files
	files.Keyfile = other
	got := of(t, files)
	old := h.files
	old.Store += ".before-move"
	same(t, got, home{old, of(t, old).file, move.Store{Sweeps: got.side.Sweeps, Trail: got.side.Trail, Internal: h.side.Internal}})
	must(t, move.RemoveOld(h.files.Store))
	if _, err := os.Lstat(old.Store); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

// A store in the same directory goes on using the key file when the other one is deleted.
func TestTheKeyFileOfANeighborStays(t *testing.T) {
	h := used(t)
	neighbor, err := store.Open(filepath.Join(filepath.Dir(h.files.Store), "neighbor.db"), store.Keyfile(h.files.Keyfile))
	must(t, err)
	must(t, neighbor.SetIntegrationTokens(t.Context(), client, storetest.Sample(3)))
	_, err = move.Remove(h.files)
	must(t, err)
	again, err := store.Open(neighbor.Path(), store.Keyfile(h.files.Keyfile))
	must(t, err)
	if got, err := again.IntegrationTokens(t.Context(), client); err != nil || !got.Access.Equal(storetest.Sample(3).Access) {
		t.Errorf("%v", err)
	}
}

// The old store can be deleted; its audit log stays under another name.
func TestTheOldStoreIsDeleted(t *testing.T) {
	h := used(t)
	_, err := audit.New(h.files.Audit, h.file.Profile("-audit")).Rotate(t.Context(), "")
	must(t, err)
	kept, err := move.Remove(h.files)
	must(t, err)
	if logs, err := audit.New(h.files.Audit, nil).Files(); err != nil || len(logs) != 0 {
		t.Errorf("left as parts of the next log: %v, %v", logs, err)
	}
	if _, err := os.Lstat(kept); err != nil {
		t.Error(err)
	}
	for _, path := range []string{h.files.Store, h.files.Store + ".bak1", h.files.Inventory, h.files.Audit} {
		if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := move.Remove(h.files); err != nil {
		t.Errorf("a second time: %v", err)
	}
}

// A refresh that waits while the key is replaced is saved in the new store; what was written meanwhile in
// another way is copied too.
func TestNothingIsLostWhileTheKeyChanges(t *testing.T) {
	h := used(t)
	other := filepath.Join(t.TempDir(), "other key")
	login := webex.Principal{Client: client}
	_, err := move.ChangeKey(t.Context(), h.side, h.file, func(path string) (*store.Bolt, error) {
		unlock, err := h.file.LockRefresh(t.Context(), login) // while the passphrase is typed
		must(t, err)
		must(t, h.file.SetIntegrationTokens(t.Context(), client, storetest.Sample(7)))
		unlock()
		return store.Open(path, store.Keyfile(other))
	})
	must(t, err)
	files := h.files
	files.Keyfile = other
	if got, err := of(t, files).file.IntegrationTokens(t.Context(), client); err != nil || !got.Access.Equal(storetest.Sample(7).Access) {
		t.Errorf("the refreshed tokens are lost: %v", err)
	}
}

// counting counts the locks that are held.
type counting struct {
	*store.Bolt
	held *int
}

func (c counting) LockRefresh(ctx context.Context, p webex.Principal) (func(), error) {
	unlock, err := c.Bolt.LockRefresh(ctx, p)
	if err != nil {
		return nil, err
	}
	*c.held++
	return func() { *c.held--; unlock() }, nil
}

// Before the old store is deleted, nobody can refresh its tokens.
func TestNoRefreshWhileTheOldStoreIsDeleted(t *testing.T) {
	from, to := used(t), at(t, t.TempDir())
	held := 0
	from.side.Guard = func(profile string) webex.RefreshGuard { return counting{from.file.Profile(profile), &held} }
	_, err := move.Copy(t.Context(), from.side, to.side, "", func() error {
		if held != 2 {
			t.Errorf("%d of 2 token pairs are locked", held)
		}
		return nil
	})
	if err != nil || held != 0 {
		t.Errorf("%d locks are left, %v", held, err)
	}
}

// What somebody put at the place of a store, after a move to it was interrupted, is not overwritten.
func TestInstallingOverwritesNothing(t *testing.T) {
	from, dir := used(t), t.TempDir()
	files := config.FilesOf(nil, filepath.Join(dir, "store.db"))
	staging, _, err := move.Staging(files)
	must(t, err)
	_, err = move.Copy(t.Context(), from.side, of(t, staging).side, "", nothing)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(filepath.Dir(staging.Store), "complete"), nil, 0o600))
	mine := of(t, files)
	must(t, mine.file.SetIntegrationTokens(t.Context(), client, storetest.Sample(9)))
	if _, _, err := move.Staging(files); !errors.Is(err, move.ErrExists) {
		t.Errorf("%v", err)
	}
	if got, err := mine.file.IntegrationTokens(t.Context(), client); err != nil || !got.Access.Equal(storetest.Sample(9).Access) {
		t.Errorf("the login was replaced: %v", err)
	}
}

// Entries that were written after the first copy follow; outcomes still name their intents.
func TestTheRestOfALogFollows(t *testing.T) {
	from, to := used(t), at(t, t.TempDir())
	for range 3 { // entries that are there already
		_, err := to.side.Trail.Append(t.Context(), audit.Entry{Time: time.Now(), Action: "offboard", ID: "other"}, true)
		must(t, err)
	}
	intent, err := from.side.Trail.Append(t.Context(), audit.Entry{Time: time.Now(), Action: "revoke", ID: "late", Phase: audit.PhaseIntent}, true)
	must(t, err)
	must(t, from.side.Trail.Flush(t.Context()))
	_, err = move.Copy(t.Context(), from.side, to.side, "", nothing)
	must(t, err)
	_, err = from.side.Trail.Append(t.Context(), audit.Entry{Time: time.Now(), Action: "revoke", ID: "late", Phase: audit.PhaseOutcome, Intent: intent}, true)
	must(t, err)
	must(t, from.side.Trail.Flush(t.Context()))
	m, err := move.Copy(t.Context(), from.side, to.side, "", nothing)
	if err != nil || m.Entries != 1 {
		t.Errorf("%+v, %v", m, err)
	}
	ids := map[int64]string{}
	count := 0
	for e, err := range to.side.Trail.Entries(t.Context()) {
		must(t, err)
		count++
		ids[e.Seq] = e.ID
		if e.Intent != 0 && ids[e.Intent] != e.ID {
			t.Errorf("entry %d, of %s, names entry %d, of %q", e.Seq, e.ID, e.Intent, ids[e.Intent])
		}
	}
	if count != 3+5+1+1+1 {
		t.Errorf("%d entries", count)
	}
}
