package store_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/store/storetest"
	"github.com/wxauth/wxauth/webex"
)

// childVariable makes the test program a process that works on a store: "path first count".
const childVariable = "WXAUTH_STORE_CHILD"

func TestMain(m *testing.M) {
	if job := os.Getenv(childVariable); job != "" {
		if err := work(job); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// work writes count records from first on, and says so after each that was acknowledged.
// Every fourth is a login, after which backups are made.
func work(job string) error {
	f := strings.Fields(job)
	first, _ := strconv.Atoi(f[1])
	count, _ := strconv.Atoi(f[2])
	var b *store.Bolt
	err := patiently(func() (err error) {
		b, err = store.Open(f[0], store.Keyfile(filepath.Join(filepath.Dir(f[0]), "key")))
		return err
	})
	if err != nil {
		return err
	}
	for n := first; n < first+count; n++ {
		if err := patiently(func() error { return writeRecord(context.Background(), b, n) }); err != nil {
			return err
		}
		fmt.Println(n)
	}
	return nil
}

// patiently tries again while others hold the store: on a busy machine they do so for longer
// than the store waits by itself.
func patiently(f func() error) error {
	var err error
	trial.Happens(func() bool {
		err = f()
		return !errors.Is(err, store.ErrLocked)
	})
	return err
}

func writeRecord(ctx context.Context, b *store.Bolt, n int) error {
	if n%4 == 3 {
		return b.SetIntegrationTokens(ctx, recordClient(n), storetest.Sample(n))
	}
	return b.SetSetting(ctx, fmt.Sprintf("name-%d", n), strings.Repeat(fmt.Sprint(n), 40))
}

func recordClient(n int) webex.ClientID { return webex.ClientID(fmt.Sprintf("C%d", n)) }

// hasRecord reports whether record n is there and what it should be.
func hasRecord(ctx context.Context, b *store.Bolt, n int) error {
	if n%4 == 3 {
		got, err := b.IntegrationTokens(ctx, recordClient(n))
		if err == nil && got.Access.Reveal() != storetest.Sample(n).Access.Reveal() {
			err = fmt.Errorf("login %d is another", n)
		}
		return err
	}
	got, err := b.Setting(ctx, fmt.Sprintf("name-%d", n))
	if err == nil && got != strings.Repeat(fmt.Sprint(n), 40) {
		err = fmt.Errorf("setting %d is %q", n, got)
	}
	return err
}

func child(path string, first, count int) *exec.Cmd {
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d %d", childVariable, path, first, count))
	return cmd
}

// S-39: eight processes that write at once lose nothing of each other's.
func TestManyProcessesLoseNothing(t *testing.T) {
	processes, each := 8, trial.Cases(10, 100)
	path := filepath.Join(t.TempDir(), "wxauth", "store.db")
	var wg sync.WaitGroup
	for p := range processes {
		wg.Go(func() {
			if out, err := child(path, p*each, each).CombinedOutput(); err != nil {
				t.Errorf("process %d: %v: %s", p, err, out)
			}
		})
	}
	wg.Wait()
	b := at(t, path)
	there := 0
	for n := range processes * each {
		if err := hasRecord(t.Context(), b, n); err != nil {
			t.Error(err)
			continue
		}
		there++
	}
	if _, err := b.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	trial.Report(t, trial.Figure{Name: "lost updates, 8 processes at once", Tried: processes * each, Survived: there, Lost: processes*each - there})
}

// nothingInTheClear wants none of the tokens that work writes in any file, the temporary ones
// included.
func nothingInTheClear(t *testing.T, dir string) {
	t.Helper()
	_ = filepath.WalkDir(dir, func(path string, d os.DirEntry, _ error) error {
		if d == nil || d.IsDir() {
			return nil
		}
		data, err := os.ReadFile(path)
		if err == nil && (bytes.Contains(data, []byte("access-")) || bytes.Contains(data, []byte("refresh-"))) {
			t.Errorf("a token lies in %s", path)
		}
		return nil
	})
}

// S-22, S-44: kill -9 at any moment of commits, of backups and of the first creation: what
// was acknowledged is there, the store opens, and every value of it does.
func TestKilledInMidCommit(t *testing.T) {
	kills := trial.Cases(25, 1000)
	rng := rand.New(rand.NewPCG(3, 9))
	lost, acked, survived := 0, 0, 0
	path := filepath.Join(t.TempDir(), "wxauth", "store.db")
	next, known := 0, []int{}
	for k := range kills {
		if k%10 == 0 { // a first creation is among them
			path = filepath.Join(t.TempDir(), "wxauth", "store.db")
			next, known = 0, known[:0]
		}
		cmd := child(path, next, 1000)
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		killed, first := make(chan struct{}), make(chan struct{})
		pause := time.Duration(rng.Int64N(int64(80 * time.Millisecond)))
		go func() {
			if k%10 != 0 { // from the first write on; a first creation may be hit anywhere
				select {
				case <-first:
				case <-time.After(trial.Patience):
				}
			}
			time.Sleep(pause)
			_ = cmd.Process.Kill()
			close(killed)
		}()
		here := 0
		for s := bufio.NewScanner(out); s.Scan(); {
			n, err := strconv.Atoi(s.Text())
			must(t, err)
			if known, next = append(known, n), n+1; here == 0 {
				close(first)
			}
			here++
			acked++
		}
		<-killed
		_ = cmd.Wait()
		nothingInTheClear(t, filepath.Dir(path))
		b := at(t, path)
		good := true
		for _, n := range known {
			if err := hasRecord(t.Context(), b, n); err != nil {
				t.Errorf("kill %d: record %d: %v", k, n, err)
				lost++
				good = false
			}
		}
		if len(known) > 0 {
			if _, err := b.Verify(t.Context()); err != nil {
				t.Errorf("kill %d: %v", k, err)
				good = false
			}
		}
		if err := writeRecord(t.Context(), b, next); err != nil { // the next one works
			t.Errorf("kill %d: then: %v", k, err)
			good = false
		}
		known, next = append(known, next), next+1
		if good {
			survived++
		}
	}
	if acked < kills {
		t.Errorf("%d acknowledged writes in %d kills: nothing was tried", acked, kills)
	}
	trial.Report(t, trial.Figure{Name: "kill -9 during a commit", Tried: kills, Survived: survived, Lost: lost, Note: fmt.Sprintf("%d acknowledged writes", acked)})
}
