package audit

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/internal/trial"
)

func newLog(t *testing.T) (*Log, *store.Memory) {
	t.Helper()
	vault := store.NewMemory()
	return New(filepath.Join(t.TempDir(), "state", "audit.jsonl"), vault), vault
}

func row(n int) Entry {
	return Entry{
		Time: time.Date(2026, 11, 21, 14, 0, n%60, 0, time.UTC), Actor: "ada.admin@acme.example", Action: "revoke", Person: "jane.doe@acme.example",
		ID: fmt.Sprintf("id-%d", n), ApplicationName: "Meeting Sync", ClientID: "C1d4e", Type: "refresh", Phase: PhaseIntent,
	}
}

// fill writes n pairs of intent and outcome, and ends the run.
func fill(t *testing.T, l *Log, n int) {
	t.Helper()
	end, err := l.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	for i := range n {
		intent := append1(t, l, row(i), true)
		out := row(i)
		out.Phase, out.Outcome, out.Intent = PhaseOutcome, "revoked", intent
		append1(t, l, out, false)
	}
	if err := l.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func append1(t *testing.T, l *Log, e Entry, durable bool) int64 {
	t.Helper()
	seq, err := l.Append(t.Context(), e, durable)
	if err != nil {
		t.Fatal(err)
	}
	return seq
}

func verify(t *testing.T, l *Log) Report {
	t.Helper()
	r, err := l.Verify(t.Context(), Head{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEntriesComeBackAsTheyWereWritten(t *testing.T) {
	l, _ := newLog(t)
	names := []string{"Meeting Sync", "会議メモ", "a\nb", "\x1b]0;title\x07", "\u202egpj.exe", "=1+1", `quo"te\`, "bad \xff byte", strings.Repeat("长", 5000)}
	for i, n := range names {
		e := row(i)
		e.ApplicationName = n
		append1(t, l, e, true)
	}
	if err := l.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(l.Path())
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(raw, []byte("\n")); n != len(names) {
		t.Errorf("%d lines for %d entries", n, len(names))
	}
	for _, r := range string(raw) {
		if r != '\n' && hidden(r) {
			t.Fatalf("%U is not escaped in the file", r)
		}
	}
	i := 0
	for e, err := range l.Entries(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		want := strings.ToValidUTF8(names[i], "\ufffd")
		if len(want) > longest {
			want = want[:len(e.ApplicationName)-len("…")] + "…"
		}
		if e.Seq != int64(i+1) || e.ApplicationName != want || len(e.ApplicationName) > longest+3 {
			t.Errorf("entry %d: %d %q", i, e.Seq, e.ApplicationName)
		}
		i++
	}
	if r := verify(t, l); r.Problem != nil || r.Entries != int64(len(names)) || r.Beyond != 0 || r.Head != l.Head() {
		t.Errorf("%+v", r)
	}
	if info, err := os.Stat(l.Path()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// tampering contains ways to change a log for somebody who can write the file but doesn't have
// the key. Each returns the kinds that Verify may report.
var tampering = []struct {
	name string
	do   func(r *mathrand.Rand, lines []string) ([]string, []Change)
}{
	{"edit", func(r *mathrand.Rand, l []string) ([]string, []Change) {
		i := r.IntN(len(l))
		l[i] = edit(r, l[i])
		return l, []Change{Edited}
	}},
	{"delete", func(r *mathrand.Rand, l []string) ([]string, []Change) {
		i := r.IntN(len(l) - 1) // removing the last one is a truncation
		return slices.Delete(l, i, i+1), []Change{Deleted}
	}},
	{"swap", func(r *mathrand.Rand, l []string) ([]string, []Change) {
		i := r.IntN(len(l) - 1)
		j := i + 1 + r.IntN(len(l)-i-1)
		l[i], l[j] = l[j], l[i]
		return l, []Change{Moved}
	}},
	{"insert", func(r *mathrand.Rand, l []string) ([]string, []Change) {
		i := r.IntN(len(l))
		if r.IntN(2) == 0 { // a copy of a valid line
			j := r.IntN(i + 1)
			return slices.Insert(l, i+1, l[j]), []Change{Inserted}
		}
		kinds := []Change{Inserted}
		if i == len(l)-1 {
			kinds = append(kinds, Edited, Rechained) // no line follows that would tell them apart
		}
		return slices.Insert(l, i+1, edit(r, l[i])), kinds
	}},
	{"truncate", func(r *mathrand.Rand, l []string) ([]string, []Change) {
		return l[:r.IntN(len(l))], []Change{Truncated}
	}},
	{"edit and re-chain", func(r *mathrand.Rand, l []string) ([]string, []Change) {
		i := r.IntN(len(l))
		l[i] = edit(r, l[i])
		rechain(l, i)
		return l, []Change{Rechained, Edited}
	}},
	{"delete and re-chain", func(r *mathrand.Rand, l []string) ([]string, []Change) {
		i := r.IntN(len(l) - 1)
		l = slices.Delete(l, i, i+1)
		rechain(l, i)
		return l, []Change{Rechained, Edited}
	}},
}

func edit(r *mathrand.Rand, line string) string {
	return strings.Replace(line, `"actor":"`, fmt.Sprintf(`"actor":"j%d`, r.IntN(1e6)), 1)
}

// rechain renumbers the lines, and writes consistent codes with another key.
func rechain(lines []string, from int) {
	key := make([]byte, keySize)
	_, _ = rand.Read(key)
	prev := ""
	for i := range lines {
		var s sealed
		_ = json.Unmarshal([]byte(lines[i]), &s)
		if i < from {
			prev = s.MAC
			continue
		}
		e, _, _ := decode(nil, []byte(lines[i]))
		e.Seq = int64(i + 1)
		line, mac, _ := encode(key, e, prev)
		lines[i], prev = strings.TrimSuffix(string(line), "\n"), mac
	}
}

// S-85: each of seven kinds of tampering, a hundred times each, is found and named.
func TestTamperingIsFound(t *testing.T) {
	l, _ := newLog(t)
	fill(t, l, 20)
	sound, err := os.ReadFile(l.Path())
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, k := range tampering {
		t.Run(k.name, func(t *testing.T) {
			r := mathrand.New(mathrand.NewPCG(1, uint64(len(k.name))))
			for i := range 100 {
				lines := strings.Split(strings.TrimSuffix(string(sound), "\n"), "\n")
				lines, kinds := k.do(r, lines)
				text := strings.Join(lines, "\n") + "\n"
				if len(lines) == 0 {
					text = ""
				}
				if err := os.WriteFile(l.Path(), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				got := verify(t, l)
				if got.Problem == nil {
					t.Fatalf("%d: tampering not detected", i)
				}
				if !slices.Contains(kinds, got.Problem.Kind) {
					t.Errorf("%d: reported as %s (%s), want %v", i, got.Problem.Kind, got.Problem.Detail, kinds)
				}
				if want := firstDifference(string(sound), text); got.Problem.Line != want {
					t.Errorf("%d: line %d, want %d", i, got.Problem.Line, want)
				}
				found++
			}
		})
	}
	trial.Report(t, trial.Figure{Name: "tampering with the audit log", Tried: 100 * len(tampering), Survived: found, Lost: 100*len(tampering) - found, Note: "detected and named"})
	if err := os.WriteFile(l.Path(), sound, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := verify(t, l); got.Problem != nil {
		t.Errorf("the unchanged log: %+v", got.Problem)
	}
}

func firstDifference(a, b string) int64 {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range x {
		if i >= len(y) || x[i] != y[i] {
			return int64(i + 1)
		}
	}
	return 0
}

// Entries written later don't hide that a log was changed.
func TestWritingOnDoesNotHideTampering(t *testing.T) {
	for _, k := range tampering {
		t.Run(k.name, func(t *testing.T) {
			l, vault := newLog(t)
			fill(t, l, 10)
			raw, err := os.ReadFile(l.Path())
			if err != nil {
				t.Fatal(err)
			}
			lines, _ := k.do(mathrand.New(mathrand.NewPCG(7, 7)), strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n"))
			if err := os.WriteFile(l.Path(), []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			fill(t, New(l.Path(), vault), 3)
			if verify(t, l).Problem == nil {
				t.Error("tampering is no longer detected")
			}
		})
	}
}

func TestALogThatWasTakenAwayIsMissed(t *testing.T) {
	l, vault := newLog(t)
	fill(t, l, 3)
	if err := os.Remove(l.Path()); err != nil {
		t.Fatal(err)
	}
	if p := verify(t, l).Problem; p == nil || p.Kind != Truncated {
		t.Errorf("%+v", p)
	}
	fill(t, New(l.Path(), vault), 1)
	p := verify(t, l).Problem
	if p == nil || p.Kind != Deleted || p.Line != 1 || p.Detail != "entries 1 to 6 are missing" {
		t.Errorf("%+v", p)
	}
}

func TestAHeadFromAReportIsLookedFor(t *testing.T) {
	l, _ := newLog(t)
	fill(t, l, 2)
	old, err := ParseHead(l.Head().String())
	if err != nil {
		t.Fatal(err)
	}
	fill(t, l, 2)
	if r, err := l.Verify(t.Context(), old); err != nil || r.Problem != nil {
		t.Errorf("%+v, %v", r, err)
	}
	for _, h := range []Head{{4, l.Head().MAC}, {99, old.MAC}} {
		if r, err := l.Verify(t.Context(), h); err != nil || r.Problem != nil || !r.WantMissing {
			t.Errorf("%v: %+v, %v", h, r, err)
		}
	}
	for _, bad := range []string{"", "4", "0:" + old.MAC, "x:" + old.MAC, "4:abc", "4:" + old.MAC + "!"} {
		if _, err := ParseHead(bad); err == nil {
			t.Errorf("ParseHead accepts %q", bad)
		}
	}
}

// A process that was killed while writing leaves half a line. This is not reported as tampering,
// and the next writer removes it.
func TestHalfALineIsCutOff(t *testing.T) {
	l, vault := newLog(t)
	fill(t, l, 2)
	f, err := os.OpenFile(l.Path(), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = f.WriteString(`{"seq":5,"time":"2026` + strings.Repeat("x", 2000)) // longer than what the next writer writes there
	_ = f.Close()
	if r := verify(t, l); r.Problem != nil || !r.Torn || r.Entries != 4 {
		t.Errorf("%+v", r)
	}
	fill(t, New(l.Path(), vault), 1)
	if r := verify(t, l); r.Problem != nil || r.Torn || r.Entries != 6 {
		t.Errorf("%+v", r)
	}
}

// S-84: Settle reports unresolved intents of a killed process once, and writes their outcomes.
func TestUnresolvedIntentsAreToldOnce(t *testing.T) {
	l, vault := newLog(t)
	fill(t, l, 2)
	end, err := l.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	lost := append1(t, l, row(7), true)
	other := New(l.Path(), vault)
	if open, err := other.Settle(t.Context()); err != nil || len(open) != 0 {
		t.Errorf("while it runs: %v, %v", open, err)
	}
	end() // the kernel does this when a process dies
	open, err := other.Settle(t.Context())
	if err != nil || len(open) != 1 || open[0].Seq != lost || open[0].ID != "id-7" {
		t.Fatalf("%v, %v", open, err)
	}
	for range 2 {
		if open, err := New(l.Path(), vault).Settle(t.Context()); err != nil || len(open) != 0 {
			t.Errorf("again: %v, %v", open, err)
		}
	}
	var last Entry
	for e := range l.Entries(t.Context()) {
		last = e
	}
	if last.Outcome != Unknown || last.Intent != lost || last.Phase != PhaseOutcome {
		t.Errorf("%+v", last)
	}
	if r := verify(t, l); r.Problem != nil || r.Entries != 6 {
		t.Errorf("%+v", r)
	}
}

// Many goroutines of several processes write one chain.
func TestManyWritersMakeOneChain(t *testing.T) {
	l, vault := newLog(t)
	logs := []*Log{l, New(l.Path(), vault), New(l.Path(), vault)}
	const each = 40
	var wg sync.WaitGroup
	for _, l := range logs {
		for w := range 4 {
			wg.Go(func() {
				for i := range each {
					if _, err := l.Append(context.Background(), row(w*each+i), i%4 == 0); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
	}
	wg.Wait()
	for _, l := range logs {
		if err := l.Flush(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if r := verify(t, l); r.Problem != nil || r.Entries != int64(each*4*len(logs)) || r.Beyond != 0 {
		t.Errorf("%+v", r)
	}
}

// S-86: an entry that can't be written returns an error, and no part of it stays in the file.
func TestALogThatCannotBeWrittenRefuses(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, l *Log){
		"path is a directory": func(t *testing.T, l *Log) { must(t, os.MkdirAll(l.Path(), 0o700)) },
		"parent is a file":    func(t *testing.T, l *Log) { must(t, os.WriteFile(filepath.Dir(l.Path()), nil, 0o600)) },
		"symlink": func(t *testing.T, l *Log) {
			must(t, os.MkdirAll(filepath.Dir(l.Path()), 0o700))
			must(t, os.Symlink(filepath.Join(t.TempDir(), "elsewhere"), l.Path()))
		},
		"writable by others": func(t *testing.T, l *Log) {
			must(t, os.MkdirAll(filepath.Dir(l.Path()), 0o700))
			must(t, os.WriteFile(l.Path(), nil, 0o600))
			must(t, os.Chmod(l.Path(), 0o666))
		},
	} {
		t.Run(name, func(t *testing.T) {
			l, _ := newLog(t)
			spoil(t, l)
			if err := l.Prepare(t.Context()); !errors.Is(err, ErrBroken) || !strings.Contains(err.Error(), l.Path()) {
				t.Errorf("prepare: %v", err)
			}
			if seq, err := l.Append(t.Context(), row(1), true); !errors.Is(err, ErrBroken) || seq != 0 {
				t.Errorf("append: %d, %v", seq, err)
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A log whose key was lost with its store is kept beside the new one.
func TestALogOfAnotherStoreIsSetAside(t *testing.T) {
	l, _ := newLog(t)
	fill(t, l, 2)
	fresh := New(l.Path(), store.NewMemory())
	if _, err := fresh.Verify(t.Context(), Head{}); !errors.Is(err, ErrBroken) {
		t.Errorf("without a key: %v", err)
	}
	fill(t, fresh, 1)
	if r := verify(t, fresh); r.Problem != nil || r.Entries != 2 {
		t.Errorf("%+v", r)
	}
	aside, _ := filepath.Glob(l.Path() + ".2*")
	if len(aside) != 1 {
		t.Fatalf("%v", aside)
	}
	if n := bytes.Count(read(t, aside[0]), []byte("\n")); n != 4 {
		t.Errorf("%d lines", n)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	return b
}

func FuzzVerify(f *testing.F) {
	f.Add([]byte("{}\n"), 3)
	f.Add([]byte(`{"seq":1,"prev":"","mac":"x"}`), 0)
	f.Fuzz(func(t *testing.T, junk []byte, at int) {
		l, _ := newLog(t)
		fill(t, l, 3)
		raw := read(t, l.Path())
		at = max(0, min(at, len(raw)))
		changed := slices.Concat(raw[:at], junk, raw[at:])
		must(t, os.WriteFile(l.Path(), changed, 0o600))
		r := verify(t, l)
		// Only text after the end without a line break, or none at all, is no change.
		harmless := at == len(raw) && !bytes.ContainsRune(junk, '\n') || len(junk) == 0 || bytes.Equal(raw, changed)
		if (r.Problem == nil) != harmless && !(at == len(raw) && len(bytes.TrimSpace(junk)) == 0) {
			t.Fatalf("problem %+v for %q at %d of %d", r.Problem, junk, at, len(raw))
		}
	})
}

// A valid line of another history, such as one from before a restore, doesn't fit: each line
// depends on the line before it.
func TestALineOfAnotherHistoryDoesNotFit(t *testing.T) {
	l, vault := newLog(t)
	fill(t, l, 1)
	before := read(t, l.Path())
	anchored, err := vault.Setting(t.Context(), settingAnchor)
	must(t, err)
	fill(t, l, 1)
	old := strings.Split(string(read(t, l.Path())), "\n")
	must(t, os.WriteFile(l.Path(), before, 0o600))
	must(t, vault.SetSetting(t.Context(), settingAnchor, anchored))
	again := New(l.Path(), vault)
	for n := range 4 {
		append1(t, again, row(20+n), true)
	}
	must(t, again.Flush(t.Context()))
	lines := strings.Split(string(read(t, l.Path())), "\n")
	lines[2] = old[2] // also number 3, after the same number 2
	must(t, os.WriteFile(l.Path(), []byte(strings.Join(lines, "\n")), 0o600))
	if p := verify(t, again).Problem; p == nil || p.Line != 4 {
		t.Errorf("%+v", p)
	}
}

// If the file is cut back to where one process knew its end, the anchor keeps the later end.
func TestTheAnchorNeverGoesBack(t *testing.T) {
	a, vault := newLog(t)
	fill(t, a, 2)
	there := read(t, a.Path())
	fill(t, New(a.Path(), vault), 5)
	must(t, os.Truncate(a.Path(), int64(len(there))))
	fill(t, a, 1)
	if p := verify(t, a).Problem; p == nil {
		t.Error("eight missing entries are not detected")
	}
	anchored, err := a.loadAnchor(t.Context())
	if err != nil || anchored.Seq != 14 {
		t.Errorf("anchored %d, %v", anchored.Seq, err)
	}
}

// If the context of the writing caller is cancelled, the entries of other callers in its batch
// are still written.
func TestGivingUpLosesNobodyElsesEntry(t *testing.T) {
	l, vault := newLog(t)
	fill(t, l, 1)
	must(t, os.MkdirAll(filepath.Dir(l.Path()), 0o700))
	held := make(chan struct{})
	let := make(chan struct{})
	go func() { // another process holds the lock for a while
		_ = New(l.Path(), vault).locked(context.Background(), func() error { close(held); <-let; return nil })
	}()
	<-held
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var last error
	wg.Go(func() { _, _ = l.Append(context.Background(), row(1), true) }) // makes the others wait
	queued := func(n int) {
		trial.Until(t, "entries that wait", func() bool {
			l.queue.mu.Lock()
			defer l.queue.mu.Unlock()
			return len(l.queue.waiting) == n
		})
	}
	trial.Until(t, "the first, which writes", func() bool {
		if l.mu.TryLock() {
			l.mu.Unlock()
			return false
		}
		return true
	})
	queued(0)
	for range 5 {
		wg.Go(func() { _, _ = l.Append(ctx, row(2), true) }) // one of these writes for the rest
	}
	queued(5)
	wg.Go(func() { _, last = l.Append(context.Background(), row(3), false) })
	queued(6)
	cancel()
	close(let)
	wg.Wait()
	if last != nil {
		t.Error(last)
	}
	if r := verify(t, l); r.Problem != nil || r.Entries != 9 {
		t.Errorf("%+v", r)
	}
}

// S-61: a last line without an end is removed without reading it into memory. After a complete
// line that is longer than any entry, the log continues.
func TestALastLineWithoutAnEnd(t *testing.T) {
	l, vault := newLog(t)
	fill(t, l, 2)
	if err := os.Truncate(l.Path(), 64<<20); err != nil { // a sparse file, which uses no space
		t.Fatal(err)
	}
	again := New(l.Path(), vault)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	append1(t, again, row(3), false)
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 4<<20 {
		t.Errorf("%d bytes allocated for the last line", n)
	}
	if err := again.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r, err := again.Verify(t.Context(), Head{}); err != nil || r.Problem != nil || r.Entries != 5 {
		t.Errorf("%+v, %v", r, err)
	}
	for _, size := range []int{longestLine - 1, longestLine + 1, 3 << 20} {
		line := bytes.Repeat([]byte("x"), size)
		whole := append(append([]byte("first\n"), line...), "\nhalf"...)
		got, end, err := lastLine(bytes.NewReader(whole), int64(len(whole)))
		if want := size <= longestLine; err != nil || bytes.Equal(got, line) != want || got != nil != want || end != int64(len(whole)-4) {
			t.Errorf("a line of %d: %d bytes, end %d, %v", size, len(got), end, err)
		}
	}
	for text, want := range map[string]string{"": "", "half": "", "\n": "", "one\n": "one", "one\ntwo\n": "two", "one\ntwo\nhalf": "two", "one\n\n": ""} {
		got, end, err := lastLine(strings.NewReader(text), int64(len(text)))
		if string(got) != want || end != int64(strings.LastIndexByte(text, '\n')+1) || err != nil {
			t.Errorf("%q: %q, %d, %v", text, got, end, err)
		}
	}
}

// S-85b: a line that is longer than any entry is skipped and reported, at any position, and
// the lines after it are read.
func TestALongLineHidesNothing(t *testing.T) {
	for name, at := range map[string]int{"first": 0, "middle": 3, "last": 6} {
		for _, size := range []int{longestLine + 1, longestLine + 64<<10, 5 << 20} {
			l, vault := newLog(t)
			fill(t, l, 3)
			lines := strings.SplitAfter(strings.TrimSuffix(string(read(t, l.Path())), "\n")+"\n", "\n")[:6]
			lines = slices.Insert(lines, at, strings.Repeat("x", size)+"\n")
			must(t, os.WriteFile(l.Path(), []byte(strings.Join(lines, "")), 0o600))
			seen, wrong := 0, 0
			for _, err := range l.Entries(t.Context()) {
				if err != nil && !errors.Is(err, ErrTampered) {
					t.Fatal(err)
				}
				seen, wrong = seen+1, wrong+btoi(err != nil)
			}
			if seen != 7 || wrong != 1 {
				t.Errorf("%s, %d bytes: %d lines, %d of them invalid", name, size, seen, wrong)
			}
			for format, write := range map[string]func(context.Context, io.Writer) error{"jsonl": l.WriteTo, "syslog": l.WriteSyslog} {
				var out bytes.Buffer
				if err := write(t.Context(), &out); !errors.Is(err, ErrTampered) || !strings.Contains(err.Error(), fmt.Sprintf("line %d is longer than 1 MiB", at+1)) {
					t.Errorf("%s, %s: %v", name, format, err)
				}
				if n := bytes.Count(out.Bytes(), []byte("\n")); n != 6 || out.Len() > 6000 {
					t.Errorf("%s, %s: %d lines, %d bytes", name, format, n, out.Len())
				}
			}
			if newest, all, err := l.Newest(t.Context(), 5000); !errors.Is(err, ErrTampered) || len(newest) != 6 || all != 6 {
				t.Errorf("%s: newest: %d of %d, %v", name, len(newest), all, err)
			}
			if p := verify(t, l).Problem; p == nil || p.Line != int64(at+1) {
				t.Errorf("%s: %+v", name, p)
			}
			fill(t, New(l.Path(), vault), 1) // and it is no obstacle
			if p := verify(t, l).Problem; p == nil || p.Line != int64(at+1) {
				t.Errorf("%s, after another entry: %+v", name, p)
			}
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Newest returns the entries at the end, without reading the rest of the file.
func TestTheNewestEntriesAreAtTheEnd(t *testing.T) {
	l, _ := newLog(t)
	fill(t, l, 150) // more than one buffer
	for _, n := range []int{0, 1, 7, 299, 300, 1000} {
		newest, all, err := l.Newest(t.Context(), n)
		if want := min(n, 300); err != nil || len(newest) != want || all != 300 && n > 0 {
			t.Fatalf("%d: %d of %d, %v", n, len(newest), all, err)
		}
		for i, e := range newest {
			if e.Seq != int64(300-len(newest)+i+1) {
				t.Fatalf("%d: entry %d is at index %d", n, e.Seq, i)
			}
		}
	}
}

// Unbroken is true if all lines from the first to the last entry of a run are unchanged.
func TestAStretchOfTheLogIsUnbrokenOrNot(t *testing.T) {
	l, _ := newLog(t)
	fill(t, l, 5)
	sound := read(t, l.Path())
	for name, c := range map[string]struct {
		do   func(lines []string) []string
		want bool
	}{
		"unchanged":        {func(l []string) []string { return l }, true},
		"changed before":   {func(l []string) []string { l[1] = "{}\n"; return l }, true},
		"changed after":    {func(l []string) []string { l[8] = "{}\n"; return l }, true},
		"missing before":   {func(l []string) []string { return l[1:] }, true},
		"changed inside":   {func(l []string) []string { l[4] = "{}\n"; return l }, false},
		"missing inside":   {func(l []string) []string { return slices.Delete(l, 4, 5) }, false},
		"inserted inside":  {func(l []string) []string { return slices.Insert(l, 5, l[4]) }, false},
		"truncated after":  {func(l []string) []string { return l[:6] }, true},
		"truncated inside": {func(l []string) []string { return l[:5] }, false},
	} {
		lines := c.do(strings.SplitAfter(string(sound), "\n")[:10])
		must(t, os.WriteFile(l.Path(), []byte(strings.Join(lines, "")), 0o600))
		if got, err := l.Unbroken(t.Context(), 3, 6); got != c.want || err != nil {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// Lines that the fast decoder accepts are decoded the same by the JSON decoder. It accepts all
// lines that were written without escapes.
func FuzzDecode(f *testing.F) {
	key := make([]byte, keySize)
	for _, name := range []string{"Meeting Sync", "\u4f1a\u8b70", `a"b`, "a\nb"} {
		e := row(1)
		e.Seq, e.ApplicationName, e.Run, e.Intent, e.SignIn, e.Org, e.Created = 7, name, "run", 3, true, "Acme", "2026-10-22T01:54:07Z"
		line, _, err := encode(key, e, "x")
		if err != nil {
			f.Fatal(err)
		}
		line = bytes.TrimSuffix(line, []byte("\n"))
		if _, _, ok := decodeQuickly(line); ok == bytes.ContainsRune(line, '\\') {
			f.Fatalf("%v: %s", ok, line)
		}
		f.Add(line)
		f.Add(bytes.Replace(line, []byte(`"seq":7`), []byte(`"seq":07`), 1))
		f.Add(bytes.Replace(line, []byte(`"status":0`), []byte(`"status":99999999999999999999`), 1))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		e, s, ok := decodeQuickly(line)
		if !ok {
			return
		}
		var whole struct {
			Entry  `json:",inline"`
			sealed `json:",inline"`
		}
		if err := json.Unmarshal(line, &whole); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		same := e.Time.Equal(whole.Time)
		e.Time = whole.Time
		if !same || e != whole.Entry || s != whole.sealed {
			t.Fatalf("%q:\n%+v %+v\n%+v %+v", line, e, s, whole.Entry, whole.sealed)
		}
	})
}
