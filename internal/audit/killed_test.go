package audit

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/internal/trial"
)

// childVariable makes the test binary write a log in a directory.
const childVariable = "WXAUTH_AUDIT_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childVariable); dir != "" {
		if err := writeOn(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func logIn(dir string) (*Log, error) {
	b, err := store.Open(filepath.Join(dir, "store.db"), store.Keyfile(filepath.Join(dir, "key")))
	if err != nil {
		return nil, err
	}
	return New(filepath.Join(dir, "audit.jsonl"), b.Profile("-audit")), nil
}

// writeOn writes durable intents, and prints the number of each one after Append returned.
func writeOn(dir string) error {
	l, err := logIn(dir)
	if err != nil {
		return err
	}
	ctx := context.Background()
	if err := l.Prepare(ctx); err != nil {
		return err
	}
	for n := range 10_000 {
		seq, err := l.Append(ctx, row(n), true)
		if err != nil {
			return err
		}
		fmt.Println(seq)
	}
	return nil
}

// S-84, S-85: after kill -9 while entries are written, the log is valid, and contains every
// entry whose Append returned.
func TestKilledInMidAudit(t *testing.T) {
	kills := trial.Cases(15, 300)
	rng := rand.New(rand.NewPCG(4, 4))
	dir := t.TempDir()
	must(t, os.Chmod(dir, 0o700))
	acked, lost, survived := int64(0), 0, 0
	for k := range kills {
		cmd := exec.Command(os.Args[0], "-test.run=^$")
		cmd.Env = append(os.Environ(), childVariable+"="+dir)
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		killed, first := make(chan struct{}), make(chan struct{})
		pause := time.Duration(rng.IntN(50)) * time.Millisecond
		go func() {
			select {
			case <-first:
			case <-time.After(trial.Patience):
			}
			time.Sleep(pause)
			_ = cmd.Process.Kill()
			close(killed)
		}()
		begun := false
		for s := bufio.NewScanner(out); s.Scan(); {
			if !begun {
				begun = true
				close(first)
			}
			acked, err = strconv.ParseInt(s.Text(), 10, 64)
			must(t, err)
		}
		<-killed
		_ = cmd.Wait()
		l, err := logIn(dir)
		must(t, err)
		there := int64(0)
		for e, err := range l.Entries(t.Context()) {
			must(t, err)
			there = e.Seq
		}
		if !begun {
			t.Errorf("kill %d: nothing was written", k)
		}
		switch r := verify(t, l); {
		case r.Problem != nil:
			t.Errorf("kill %d: %+v", k, r.Problem)
		case there < acked:
			lost++
			t.Errorf("kill %d: %d entries, %d were acknowledged", k, there, acked)
		default:
			survived++
		}
		acked = max(acked, there)
	}
	trial.Report(t, trial.Figure{Name: "kill -9 during an audit log write", Tried: kills, Survived: survived, Lost: lost, Note: fmt.Sprintf("%d entries", acked)})
}

// S-52: any entry is written as one line, and no value can end its field.
func FuzzSyslog(f *testing.F) {
	for _, s := range []string{"Meeting Sync", "a\nb", `"] [evil@1 x="`, `\`, "\x1b[2J", "\u202e", "\xff", "]", "a\u2028b"} {
		f.Add(s, s, s)
	}
	f.Fuzz(func(t *testing.T, name, action, said string) {
		line := string(Entry{ApplicationName: name, Action: action, Error: said, ID: name, Actor: said}.appendSyslog(nil))
		for _, r := range line {
			if hidden(r) {
				t.Fatalf("%q", line)
			}
		}
		_, line, _ = strings.Cut(line, " ["+sdID) // the part before it has only our own spaces
		fields, quoted, escaped, closed := 0, false, false, 0
		for i := range len(line) {
			switch c := line[i]; {
			case escaped:
				escaped = false
			case quoted && c == '\\':
				escaped = true
			case c == '"':
				if quoted = !quoted; quoted {
					fields++
				}
			case c == ']':
				closed++
				if quoted {
					t.Fatalf("unescaped bracket: %q", line)
				}
			}
		}
		if quoted || fields != 14 || closed != 1 || line[len(line)-1] != ']' {
			t.Fatalf("%d fields, %d ends: %q", fields, closed, line)
		}
	})
}

// S-21: a log that belongs to another user, or whose directory anyone can write, is rejected.
func TestSomebodyElsesLog(t *testing.T) {
	l, _ := newLog(t)
	fill(t, l, 1)
	dir := filepath.Dir(l.Path())
	must(t, os.Chmod(dir, 0o777)) //nolint:gosec // what must be refused
	if _, err := l.Append(t.Context(), row(1), true); err == nil {
		t.Error("a log in a world-writable directory was accepted")
	}
	must(t, os.Chmod(dir, 0o700))
	if os.Geteuid() == 0 { // only root can change the owner
		must(t, os.Chown(l.Path(), 1500, 1500))
		if _, err := l.Append(t.Context(), row(1), true); err == nil {
			t.Error("a log of another user was accepted")
		}
	}
}
