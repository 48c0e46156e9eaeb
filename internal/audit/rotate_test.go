package audit

import (
	"bytes"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/internal/trial"
)

func rotate(t *testing.T, l *Log) Rotation {
	t.Helper()
	r, err := l.Rotate(t.Context(), "ada.admin@acme.example")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// rotated returns a log of three files: entries 1 to 6, 7 to 11, and 12 to 14.
func rotated(t *testing.T) (*Log, *store.Memory) {
	t.Helper()
	l, vault := newLog(t)
	fill(t, l, 3)
	rotate(t, New(l.Path(), vault))
	fill(t, l, 2)
	rotate(t, l)
	fill(t, New(l.Path(), vault), 1)
	return l, vault
}

func beside(l *Log, name string) string { return filepath.Join(filepath.Dir(l.Path()), name) }

// numbers returns the numbers of the entries that the log yields.
func numbers(t *testing.T, l *Log) (out []int64) {
	t.Helper()
	for e, err := range l.Entries(t.Context()) {
		must(t, err)
		out = append(out, e.Seq)
	}
	return out
}

func upTo(n int64) (out []int64) {
	for i := range n {
		out = append(out, i+1)
	}
	return out
}

// S-85: the chain continues across files, and all readers read them in order.
func TestTheChainGoesOnAcrossFiles(t *testing.T) {
	l, vault := newLog(t)
	if r := rotate(t, l); len(r.Closed) != 0 || r.Head.Seq != 0 {
		t.Errorf("rotated without a log: %+v", r)
	}
	fill(t, l, 3)
	before := l.Head()
	r := rotate(t, New(l.Path(), vault))
	if want := (Closed{beside(l, "audit.1.jsonl"), 1, 6, l.Path()}); len(r.Closed) != 1 || r.Closed[0] != want || r.Sealed != before || r.Head.Seq != 7 {
		t.Fatalf("%+v", r)
	}
	if r := rotate(t, l); len(r.Closed) != 0 {
		t.Errorf("rotated without new entries: %+v", r)
	}
	fill(t, l, 2)
	rotate(t, l)
	fill(t, New(l.Path(), vault), 1)
	for path, first := range map[string]string{l.Path(): "11:", beside(l, "audit.7.jsonl"): before.String()} {
		line, _, _ := bytes.Cut(read(t, path), []byte("\n"))
		e, s, ok := decode(l.key, line)
		if !ok || e.Action != ActionRotate || e.Actor == "" || !strings.HasPrefix(e.Sealed, first) || !strings.HasSuffix(e.Sealed, ":"+s.Prev) {
			t.Errorf("%s: %+v", path, e)
		}
	}
	v, err := l.Verify(t.Context(), before)
	if err != nil || v.Problem != nil || v.WantMissing || v.Entries != 14 || v.Beyond != 0 || len(v.Files) != 3 || len(v.Moved) != 0 {
		t.Errorf("%+v, %v", v, err)
	}
	if got := numbers(t, l); !slices.Equal(got, upTo(14)) {
		t.Errorf("%v", got)
	}
	for _, n := range []int{1, 3, 4, 9, 14, 100} {
		newest, all, err := l.Newest(t.Context(), n)
		if err != nil || all != 14 || len(newest) != min(n, 14) || newest[0].Seq != int64(15-len(newest)) {
			t.Errorf("the newest %d: %d of %d, %v", n, len(newest), all, err)
		}
	}
	var out bytes.Buffer
	must(t, l.WriteTo(t.Context(), &out))
	if whole := slices.Concat(read(t, beside(l, "audit.1.jsonl")), read(t, beside(l, "audit.7.jsonl")), read(t, l.Path())); !bytes.Equal(whole, out.Bytes()) {
		t.Errorf("the export has %d bytes of %d", out.Len(), len(whole))
	}
	if ok, err := l.Unbroken(t.Context(), 5, 13); !ok || err != nil {
		t.Errorf("%v, %v", ok, err)
	}
}

// S-85: a change in any of the files is found, and the report names that file.
func TestTamperingAcrossFilesIsFound(t *testing.T) {
	l, _ := rotated(t)
	files := []string{beside(l, "audit.1.jsonl"), beside(l, "audit.7.jsonl"), l.Path()}
	sound := map[string][]byte{}
	for _, f := range files {
		sound[f] = read(t, f)
	}
	restore := func() {
		for _, f := range files {
			must(t, os.WriteFile(f, sound[f], 0o600))
		}
		if r := verify(t, l); r.Problem != nil || len(r.Moved) != 0 {
			t.Fatalf("unchanged: %+v", r)
		}
	}
	for _, k := range tampering {
		for i, f := range files {
			t.Run(fmt.Sprintf("%s in %s", k.name, filepath.Base(f)), func(t *testing.T) {
				r := mathrand.New(mathrand.NewPCG(3, uint64(i)))
				for range trial.Sampled(4, 20) {
					restore()
					lines, kinds := k.do(r, strings.Split(strings.TrimSuffix(string(sound[f]), "\n"), "\n"))
					text := strings.Join(lines, "\n") + "\n"
					if len(lines) == 0 {
						text = ""
					}
					must(t, os.WriteFile(f, []byte(text), 0o600))
					p := verify(t, l).Problem
					if p == nil {
						t.Fatal("tampering not detected")
					}
					in, line := f, firstDifference(string(sound[f]), text)
					if k.name == "truncate" && f != l.Path() { // reported for the next file
						in, line, kinds = files[i+1], 1, []Change{Deleted}
					}
					if line == int64(strings.Count(string(sound[f]), "\n"))+1 && f != l.Path() { // a line after the last one, reported for the next file
						kinds = append(kinds, Edited, Inserted, Rechained)
					}
					if p.File != in || p.Line != line || !slices.Contains(kinds, p.Kind) && k.name != "edit and re-chain" && k.name != "delete and re-chain" {
						t.Errorf("%s, line %d: %s (%s); want %s, line %d: %v", p.File, p.Line, p.Kind, p.Detail, in, line, kinds)
					}
				}
			})
		}
	}
	t.Run("a file is missing", func(t *testing.T) {
		for i, f := range files {
			restore()
			must(t, os.Remove(f))
			p := verify(t, l).Problem
			want := []string{"entries 1 to 6 are missing", "entries 7 to 11 are missing", "it ends with entry 11, but entry 14 was written"}[i]
			if p == nil || p.Detail != want {
				t.Errorf("%s: %+v", f, p)
			}
		}
	})
	t.Run("two files are swapped", func(t *testing.T) {
		restore()
		must(t, os.WriteFile(files[0], sound[files[1]], 0o600))
		must(t, os.WriteFile(files[1], sound[files[0]], 0o600))
		if p := verify(t, l).Problem; p == nil || p.File != files[0] || p.Line != 1 {
			t.Errorf("%+v", p)
		}
	})
}

// elsewhere contains the ways in which another program rotates a file.
var elsewhere = map[string]func(t *testing.T, path, to string){
	"rename": func(t *testing.T, path, to string) { must(t, os.Rename(path, to)) },
	"rename, create": func(t *testing.T, path, to string) {
		must(t, os.Rename(path, to))
		must(t, os.WriteFile(path, nil, 0o600))
	},
	"copytruncate": func(t *testing.T, path, to string) {
		must(t, os.WriteFile(to, read(t, path), 0o600))
		must(t, os.Truncate(path, 0))
	},
}

// Rotation by logrotate is not reported as tampering: no entries are missing, all are read, and
// our next rotation closes the moved files.
func TestAnotherProgramRotates(t *testing.T) {
	for how, do := range elsewhere {
		for _, dated := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, dated %v", how, dated), func(t *testing.T) {
				l, vault := newLog(t)
				fill(t, l, 3)
				first, second := l.Path()+".1", l.Path()+".2"
				if dated {
					first, second = l.Path()+"-20261122", l.Path()+"-20261121"
				}
				do(t, l.Path(), first)
				moved := func(want int64, files ...string) {
					t.Helper()
					r := verify(t, l)
					var got []string
					for _, m := range r.Moved {
						got = append(got, m.Path)
					}
					if r.Problem != nil || r.Entries != want || r.Beyond != 0 || !slices.Equal(got, files) {
						t.Fatalf("%+v %+v", r, r.Problem)
					}
					if got := numbers(t, l); !slices.Equal(got, upTo(want)) {
						t.Errorf("%v", got)
					}
				}
				moved(6, first)
				fill(t, l, 1) // a process that wrote before
				moved(8, first)
				must(t, os.Rename(first, second))
				do(t, l.Path(), first)
				fill(t, New(l.Path(), vault), 1) // a process that did not
				moved(10, second, first)
				r := rotate(t, l)
				if len(r.Closed) != 3 || r.Closed[0].Path != l.closedPath(1) || r.Closed[1].Path != l.closedPath(7) || r.Closed[2].Path != l.closedPath(9) {
					t.Fatalf("%+v", r)
				}
				moved(11)
				// Changes in a moved file are found too.
				do(t, l.Path(), first)
				raw := read(t, first)
				must(t, os.WriteFile(first, bytes.Replace(raw, []byte("ada.admin"), []byte("eve.admin"), 1), 0o600))
				if p := verify(t, l).Problem; p == nil || p.Kind != Edited && p.Kind != Inserted && p.Kind != Rechained || p.File != first {
					t.Errorf("%+v", p)
				}
			})
		}
	}
}

// If entries are missing, Verify names files beside the log that may contain them.
func TestWhatMayHoldTheMissingEntriesIsNamed(t *testing.T) {
	l, vault := newLog(t)
	fill(t, l, 3)
	whole := read(t, l.Path())
	lines := bytes.SplitAfter(whole, []byte("\n"))
	must(t, os.WriteFile(l.Path()+".1", bytes.Join(lines[:4], nil), 0o600)) // copied before the last two entries
	must(t, os.Truncate(l.Path(), 0))
	for range 2 {
		p := verify(t, l).Problem
		if p == nil || !strings.Contains(p.Detail, "moved entries 1 to 4 to "+l.Path()+".1") || !strings.Contains(p.Detail, "copytruncate") {
			t.Errorf("%+v", p)
		}
		fill(t, New(l.Path(), vault), 1)
	}
	must(t, os.Remove(l.Path()+".1"))
	must(t, os.WriteFile(l.Path()+".1.gz", []byte("packed"), 0o600))
	if p := verify(t, l).Problem; p == nil || p.Kind != Deleted || !strings.Contains(p.Detail, l.Path()+".1.gz is next to the log") || !strings.Contains(p.Detail, "decompress the file") {
		t.Errorf("%+v", p)
	}
}

// If another program renames the file up to a second after the last anchor, the next entry of
// any process continues from the end of that file.
func TestAFileThatMovesWhileItIsWritten(t *testing.T) {
	for _, same := range []bool{true, false} {
		l, vault := newLog(t)
		fill(t, l, 1)
		for n := range 4 {
			append1(t, l, row(n), true)
		}
		must(t, os.Rename(l.Path(), l.Path()+".1"))
		other := l
		if !same {
			other = New(l.Path(), vault)
		}
		append1(t, other, row(9), true)
		must(t, other.Flush(t.Context()))
		if r := verify(t, l); r.Problem != nil || r.Entries != 7 || len(r.Moved) != 1 {
			t.Errorf("the same process %v: %+v %+v", same, r, r.Problem)
		}
	}
}

// If a process is killed between closing a file and starting the next, the chain continues.
func TestARotationThatIsCutOff(t *testing.T) {
	l, vault := newLog(t)
	fill(t, l, 2)
	must(t, os.Rename(l.Path(), l.closedPath(1)))
	if r := verify(t, l); r.Problem != nil || r.Entries != 4 || len(r.Moved) != 0 {
		t.Errorf("%+v", r)
	}
	if r := rotate(t, l); len(r.Closed) != 0 {
		t.Errorf("%+v", r)
	}
	fill(t, New(l.Path(), vault), 1)
	if r := verify(t, l); r.Problem != nil || r.Entries != 6 || len(r.Files) != 2 {
		t.Errorf("%+v", r)
	}
}

// A rotation fails while a revoke is in progress. It settles intents of killed processes, which
// are not reported again.
func TestAnIntentAndItsOutcomeStandInOneFile(t *testing.T) {
	l, vault := newLog(t)
	fill(t, l, 1)
	end, err := l.Begin(t.Context())
	must(t, err)
	append1(t, l, row(7), true)
	other := New(l.Path(), vault)
	if _, err := other.Rotate(t.Context(), ""); !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), "a revoke is in progress") {
		t.Errorf("%v", err)
	}
	end()
	rotate(t, other)
	if got := read(t, l.closedPath(1)); bytes.Count(got, []byte("\n")) != 4 || !bytes.Contains(got, []byte(ErrorCutOff)) {
		t.Errorf("%s", got)
	}
	if open, err := other.Settle(t.Context()); err != nil || len(open) != 0 {
		t.Errorf("%v, %v", open, err)
	}
	// The settled offset belongs to another file now.
	lost := append1(t, l, row(8), true)
	if open, err := other.Settle(t.Context()); err != nil || len(open) != 1 || open[0].Seq != lost {
		t.Errorf("%v, %v", open, err)
	}
	must(t, os.Rename(l.Path(), l.Path()+".1"))
	for n := range 9 { // more than the renamed file had
		append1(t, l, row(n), true)
	}
	if open, err := other.Settle(t.Context()); err != nil || len(open) != 9 {
		t.Errorf("%d, %v", len(open), err)
	}
	if r := verify(t, l); r.Problem != nil {
		t.Errorf("%+v", r.Problem)
	}
}

// Readers get every entry, even if a rotation or logrotate renames files meanwhile.
func TestAReaderBesideARotation(t *testing.T) {
	rotations := map[string]func(t *testing.T, l *Log){
		"rotate": func(t *testing.T, l *Log) { rotate(t, l) },
		"logrotate": func(t *testing.T, l *Log) {
			must(t, os.Rename(l.Path()+".1", l.Path()+".2"))
			must(t, os.Rename(l.Path(), l.Path()+".1"))
		},
	}
	for name, files := range rotations {
		// Entries 1 to 6 are in a closed file, 7 to 11 in a moved one, 12 and 13 in the current
		// one.
		begin := func() (reader, other *Log) {
			l, vault := newLog(t)
			fill(t, l, 3)
			rotate(t, l)
			fill(t, l, 2)
			must(t, os.Rename(l.Path(), l.Path()+".1"))
			fill(t, New(l.Path(), vault), 1)
			return New(l.Path(), vault), New(l.Path(), vault)
		}
		reader, other := begin()
		seen := []int64{}
		for e, err := range reader.Entries(t.Context()) {
			must(t, err)
			if seen = append(seen, e.Seq); e.Seq == 1 {
				files(t, other)
			}
		}
		if !slices.Equal(seen, upTo(13)) {
			t.Errorf("%s while reading: %v", name, seen)
		}
		reader, other = begin()
		meanwhile := func() {
			reader.listed = func() {
				reader.listed = func() {}
				files(t, other)
			}
		}
		meanwhile()
		if seen := numbers(t, reader); len(seen) < 13 || !slices.Equal(seen, upTo(int64(len(seen)))) {
			t.Errorf("%s while listing: %v", name, seen)
		}
		reader, other = begin()
		meanwhile()
		if r := verify(t, reader); r.Problem != nil || r.Entries < 13 {
			t.Errorf("%s while listing: %+v", name, r)
		}
	}
}

// The end of a log is synced and anchored even if another program has moved its file: with an
// empty new file, with one that another process wrote to, and without one.
func TestTheEndIsAnchoredInAFileThatWasMoved(t *testing.T) {
	for name, next := range map[string]func(l, other *Log){
		"none":    func(*Log, *Log) {},
		"empty":   func(l, _ *Log) { must(t, os.WriteFile(l.Path(), nil, 0o600)) },
		"written": func(_, other *Log) { append1(t, other, row(4), true) },
	} {
		l, vault := newLog(t)
		fill(t, l, 1)
		append1(t, l, row(3), true)
		must(t, os.Rename(l.Path(), l.Path()+".1"))
		next(l, New(l.Path(), vault))
		f, err := l.openHead()
		must(t, err)
		if f.Name() != l.Path()+".1" {
			t.Errorf("%s: %s is synced", name, f.Name())
		}
		must(t, f.Close())
		if err := l.Flush(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		a, err := l.loadAnchor(t.Context())
		must(t, err)
		if r := verify(t, l); r.Problem != nil || a.Seq < 3 {
			t.Errorf("%s: anchored at %d, %+v", name, a.Seq, r.Problem)
		}
	}
}

// An unresolved intent is reported and settled once if another program moved its file, with and
// without a new file, and if it is moved after that.
func TestAnIntentInAMovedFileIsToldAndSettled(t *testing.T) {
	for _, create := range []bool{true, false} {
		l, vault := newLog(t)
		fill(t, l, 1)
		if _, err := l.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		lost := append1(t, l, row(7), true)
		must(t, os.Rename(l.Path(), l.Path()+".1"))
		if create {
			must(t, os.WriteFile(l.Path(), nil, 0o600))
		}
		other := New(l.Path(), vault)
		if open, err := other.Settle(t.Context()); err != nil || len(open) != 1 || open[0].Seq != lost {
			t.Fatalf("create %v: %v, %v", create, open, err)
		}
		settled := func() {
			t.Helper()
			for range 2 {
				if open, err := New(l.Path(), vault).Settle(t.Context()); err != nil || len(open) != 0 {
					t.Errorf("create %v: reported again: %v, %v", create, open, err)
				}
			}
		}
		settled()
		must(t, os.Rename(l.Path()+".1", l.Path()+".2"))
		must(t, os.Rename(l.Path(), l.Path()+".1"))
		settled()
		rotate(t, other)
		settled()
		outcomes := 0
		for e, err := range other.Entries(t.Context()) {
			must(t, err)
			if e.Intent == lost && e.Outcome == Unknown {
				outcomes++
			}
		}
		if r := verify(t, other); outcomes != 1 || r.Problem != nil {
			t.Errorf("create %v: %d outcomes, %+v", create, outcomes, r.Problem)
		}
	}
}

// A process that wrote to a file that was closed since doesn't confuse its length with that of
// the current file.
func TestAnIntentIsToldByAProcessThatWroteToAClosedFile(t *testing.T) {
	l, vault := newLog(t)
	fill(t, l, 100)
	rotate(t, New(l.Path(), vault))
	fill(t, New(l.Path(), vault), 1)
	if open, err := l.Settle(t.Context()); err != nil || len(open) != 0 {
		t.Fatalf("%v, %v", open, err)
	}
	other := New(l.Path(), vault)
	lost := append1(t, other, row(7), true)
	fill(t, other, 120)
	if open, err := New(l.Path(), vault).Settle(t.Context()); err != nil || len(open) != 1 || open[0].Seq != lost {
		t.Errorf("%v, %v", open, err)
	}
}

// All files of a log whose key was lost are renamed. A file that logrotate moved before the
// store was lost doesn't become part of the next store's log.
func TestAMovedLogOfAnotherStoreIsSetAside(t *testing.T) {
	l, _ := newLog(t)
	fill(t, l, 50)
	must(t, os.Rename(l.Path(), l.Path()+".1"))
	must(t, os.WriteFile(l.Path()+".notes", []byte("not a log"), 0o600))
	vault := store.NewMemory()
	fresh := New(l.Path(), vault)
	must(t, fresh.Prepare(t.Context()))
	if got := fresh.SetAside(); len(got) != 1 {
		t.Errorf("set aside: %v", got)
	}
	fill(t, fresh, 2)
	must(t, os.Rename(l.Path(), l.Path()+".1"))
	fill(t, New(l.Path(), vault), 1)
	if r := verify(t, fresh); r.Problem != nil || r.Entries != 6 {
		t.Errorf("%+v", r)
	}
	if _, err := New(l.Path(), vault).Rotate(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if r := verify(t, New(l.Path(), vault)); r.Problem != nil {
		t.Errorf("after a rotation: %+v", r.Problem)
	}
	if _, err := os.Stat(l.Path() + ".notes"); err != nil {
		t.Error(err)
	}
}

func TestAllFilesOfAnotherStoresLogAreSetAside(t *testing.T) {
	l, _ := rotated(t)
	fresh := New(l.Path(), store.NewMemory())
	if _, err := fresh.Rotate(t.Context(), ""); !errors.Is(err, ErrBroken) {
		t.Errorf("without a key: %v", err)
	}
	told := 0
	fresh.OnSetAside(func(string) { told++ })
	fill(t, fresh, 1)
	if r := verify(t, fresh); r.Problem != nil || r.Entries != 2 || len(r.Files) != 1 {
		t.Errorf("%+v", r)
	}
	if got := fresh.SetAside(); len(got) != 3 || told != 3 {
		t.Errorf("%v, %d reported", got, told)
	}
}
