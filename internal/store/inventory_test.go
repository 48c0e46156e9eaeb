package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wxauth/wxauth/internal/store"
)

// sweeps are the two ways to keep sweeps: in a file, and in memory.
type sweeps interface {
	Begin(ctx context.Context, scope, name string) (store.Journal, error)
	Sweeps(ctx context.Context, scope string) ([]store.Sweep, error)
	Read(ctx context.Context, scope string, id []byte, each func([]byte) error) error
	Unfinished(ctx context.Context, scope, name string, each func([]byte) error) error
}

func fileSweeps(t *testing.T, dir string, warned *[]string) *store.Inventory {
	t.Helper()
	b, err := store.Open(filepath.Join(dir, "store.db"), store.Keyfile(filepath.Join(dir, "key")))
	if err != nil {
		t.Fatal(err)
	}
	return store.NewInventory(filepath.Join(dir, "inventory.db"), b, func(err error) {
		if warned != nil {
			*warned = append(*warned, err.Error())
		}
	})
}

func open(t *testing.T, s sweeps, scope, name string) store.Journal {
	t.Helper()
	j, err := s.Begin(t.Context(), scope, name)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// replayed are the parts of a journal.
func replayed(t *testing.T, j store.Journal) (parts []string) {
	t.Helper()
	if err := j.Replay(func(p []byte) error { parts = append(parts, string(p)); return nil }); err != nil {
		t.Fatal(err)
	}
	return parts
}

func appendAll(t *testing.T, j store.Journal, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if err := j.Append([]byte(p)); err != nil {
			t.Fatal(err)
		}
	}
}

// Both ways keep the same promises.
func TestSweepsAreKept(t *testing.T) {
	for name, s := range map[string]sweeps{"file": fileSweeps(t, t.TempDir(), nil), "memory": store.NewMemoryInventory()} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			j := open(t, s, "acme", "")
			if got := replayed(t, j); len(got) > 0 {
				t.Errorf("a new journal holds %q", got)
			}
			appendAll(t, j, "one", "two")
			if _, err := s.Begin(ctx, "acme", ""); !errors.Is(err, store.ErrSweeping) {
				t.Errorf("two hold one journal: %v", err)
			}
			other := open(t, s, "acme", "some")
			if got := replayed(t, other); len(got) > 0 {
				t.Errorf("another journal holds %q", got)
			}
			_ = other.Close()
			_ = j.Close()

			j = open(t, s, "acme", "")
			if got := replayed(t, j); !slices.Equal(got, []string{"one", "two"}) {
				t.Errorf("%q", got)
			}
			appendAll(t, j, "three")
			var parts []string
			if err := s.Unfinished(ctx, "acme", "", func(p []byte) error { parts = append(parts, string(p)); return nil }); err != nil || len(parts) != 3 {
				t.Errorf("unfinished: %q, %v", parts, err)
			}
			name := bytes.Clone(j.Name())
			if err := j.Finish(ctx, []byte("meta"), nil); err != nil {
				t.Fatal(err)
			}
			all, err := s.Sweeps(ctx, "acme")
			if err != nil || len(all) != 1 || string(all[0].Meta) != "meta" || !bytes.HasSuffix(all[0].ID, name) {
				t.Fatalf("%v, %v", all, err)
			}
			text := ""
			if err := s.Read(ctx, "acme", all[0].ID, func(p []byte) error { text += string(p); return nil }); err != nil || text != "onetwothree" {
				t.Errorf("%q, %v", text, err)
			}
			if got := replayed(t, j); len(got) > 0 {
				t.Errorf("the journal still holds %q", got)
			}
			appendAll(t, j, "next")
			if err := j.Finish(ctx, []byte("second"), [][]byte{all[0].ID}); err != nil {
				t.Fatal(err)
			}
			if all, _ = s.Sweeps(ctx, "acme"); len(all) != 1 || string(all[0].Meta) != "second" {
				t.Errorf("%v", all)
			}
			if all, err := s.Sweeps(ctx, "other"); err != nil || len(all) > 0 {
				t.Errorf("another scope has %v, %v", all, err)
			}
			_ = j.Close()
		})
	}
}

// A journal that is cut at any byte, as a crash may leave it, holds the parts before the
// cut, and goes on.
func TestAJournalIsCutAnywhere(t *testing.T) {
	dir := t.TempDir()
	s := fileSweeps(t, dir, nil)
	j := open(t, s, "acme", "")
	replayed(t, j)
	var sizes []int64
	path := ""
	for i := range 6 {
		appendAll(t, j, strings.Repeat(fmt.Sprint(i), 20*i+1))
		matches, _ := filepath.Glob(filepath.Join(dir, "*.journal"))
		path = matches[0]
		info, _ := os.Stat(path)
		sizes = append(sizes, info.Size())
	}
	_ = j.Close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := range len(whole) {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		want := 0
		for _, size := range sizes {
			if int64(cut) >= size {
				want++
			}
		}
		j := open(t, s, "acme", "")
		if got := replayed(t, j); len(got) != want {
			t.Fatalf("cut at %d: %d parts, want %d", cut, len(got), want)
		}
		appendAll(t, j, "more")
		if got := replayed(t, j); len(got) != want+1 || got[want] != "more" {
			t.Fatalf("cut at %d: then %d parts", cut, len(got))
		}
		_ = j.Close()
	}
}

// A bit that is flipped is never data, and is told.
func TestAJournalWithAFlippedBit(t *testing.T) {
	dir := t.TempDir()
	var warned []string
	s := fileSweeps(t, dir, &warned)
	j := open(t, s, "acme", "")
	replayed(t, j)
	appendAll(t, j, "one", "two", "three")
	_ = j.Close()
	matches, _ := filepath.Glob(filepath.Join(dir, "*.journal"))
	whole, err := os.ReadFile(matches[0])
	if err != nil {
		t.Fatal(err)
	}
	for at := 32; at < len(whole); at += 3 {
		broken := bytes.Clone(whole)
		broken[at] ^= 4
		if err := os.WriteFile(matches[0], broken, 0o600); err != nil {
			t.Fatal(err)
		}
		j := open(t, s, "acme", "")
		got := replayed(t, j)
		if len(got) > 2 || !slices.Equal(got, []string{"one", "two", "three"}[:len(got)]) {
			t.Errorf("flipped at %d: %q", at, got)
		}
		_ = j.Close()
	}
	if len(warned) == 0 {
		t.Error("nobody was told")
	}
}

func TestAnInventoryRefusesWhatItCannotKeep(t *testing.T) {
	dir := t.TempDir()
	var warned []string
	s := fileSweeps(t, dir, &warned)
	j := open(t, s, "acme", "")
	if err := j.Append([]byte("too early")); err == nil {
		t.Error("a part was taken before the journal was read")
	}
	replayed(t, j)
	refuse := errors.New("not this one")
	appendAll(t, j, "one", "two", "three")
	if err := j.Replay(func(p []byte) error {
		if string(p) == "two" {
			return refuse
		}
		return nil
	}); !errors.Is(err, refuse) {
		t.Errorf("%v", err)
	}
	if got := replayed(t, j); !slices.Equal(got, []string{"one"}) {
		t.Errorf("what follows a part that was refused stayed: %q", got)
	}
	if err := j.Finish(t.Context(), []byte("meta"), nil); err != nil {
		t.Fatal(err)
	}
	_ = j.Close()

	// Another key opens none of it, and says so.
	if err := os.Remove(filepath.Join(dir, "store.db")); err != nil {
		t.Fatal(err)
	}
	matches, _ := filepath.Glob(filepath.Join(dir, "store.db.bak*"))
	for _, m := range append(matches, filepath.Join(dir, "key")) {
		_ = os.Remove(m)
	}
	s = fileSweeps(t, dir, &warned)
	j = open(t, s, "acme", "")
	if got := replayed(t, j); len(got) > 0 {
		t.Errorf("%q", got)
	}
	_ = j.Close()
	if _, err := s.Sweeps(t.Context(), "acme"); !errors.Is(err, store.ErrInventory) || errors.Is(err, store.ErrDamaged) {
		t.Errorf("%v", err)
	}
	// What is no inventory is set aside before anything is swept.
	path := filepath.Join(dir, "inventory.db")
	for n, text := range []string{"", "not a database at all", strings.Repeat("x", 1<<16)} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Sweeps(t.Context(), "acme"); !errors.Is(err, store.ErrInventory) {
			t.Errorf("%d: read: %v", n, err)
		}
		warned = nil
		_ = open(t, s, "acme", "").Close()
		if len(warned) != 1 || !strings.Contains(warned[0], "it was moved to") {
			t.Errorf("%d: %q", n, warned)
		}
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Begin(t.Context(), "acme", ""); !errors.Is(err, store.ErrExposed) {
		t.Errorf("others can read it: %v", err)
	}
}
