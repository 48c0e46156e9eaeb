package cli_test

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// A signal during a revoke: requests in flight finish and are reported, the rest is not sent,
// and the exit code names the signal.
func TestASignalEndsARevokeInOrder(t *testing.T) {
	t.Parallel()
	for sig, code := range map[os.Signal]int{os.Interrupt: 7, syscall.SIGTERM: 143} {
		t.Run(sig.String(), func(t *testing.T) {
			srv := webextest.NewServer()
			defer srv.Close()
			answer := make(chan struct{})
			srv.AddFault(webextest.Fault{Method: "DELETE", Until: answer})
			p := srv.AddPerson(webextest.Person{Name: "Max", Email: "max@acme.example"})
			args := []string{"revoke", "--user", "max@acme.example", "--confirm=max@acme.example", "--json"}
			for range 20 {
				args = append(args, srv.Grant(p, srv.AddApp("App"), time.Now())[0])
			}
			cmd := exec.Command("wxauth", args...)
			cmd.Env = append(os.Environ(), "WEBEX_BASE_URL="+srv.URL+"/v1", "WEBEX_ACCESS_TOKEN="+srv.AdminToken(), "HOME="+t.TempDir(), "WXAUTH_KEY=keyfile")
			var out bytes.Buffer
			cmd.Stdout = &out
			notes, err := cmd.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			trial.Until(t, "eight DELETEs", func() bool { return len(srv.Deletes()) == webex.PoolSize })
			_ = cmd.Process.Signal(sig)
			for lines := bufio.NewScanner(notes); lines.Scan(); {
				if strings.Contains(lines.Text(), "stopping: sending nothing more") {
					close(answer)
				}
			}
			var exit *exec.ExitError
			if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != code {
				t.Errorf("%v, want exit code %d", err, code)
			}
			sent := len(srv.Deletes())
			for _, want := range []string{`"outcome": "revoked"`, `"outcome": "not-sent"`, `"failed": 0`, `"unknown": 0`} {
				if !strings.Contains(out.String(), want) {
					t.Errorf("the result lacks %s:\n%s", want, &out)
				}
			}
			if left := len(srv.Authorizations("max@acme.example")); left != 20-sent || sent != webex.PoolSize {
				t.Errorf("%d sent, %d left of 20", sent, left)
			}
		})
	}
}

// kill -9 during a revoke: the log has everything that was sent and is valid, and the next run
// reports once what was left open.
func TestARevokeThatWasKilledIsToldByTheNext(t *testing.T) {
	t.Parallel()
	srv := webextest.NewServer()
	defer srv.Close()
	srv.AddFault(webextest.Fault{Method: "DELETE", Skip: 8, Times: 12, Until: make(chan struct{})})
	p := srv.AddPerson(webextest.Person{Name: "Max", Email: "max@acme.example"})
	for range 20 {
		srv.Grant(p, srv.AddApp("App"), time.Now())
	}
	home := t.TempDir()
	run := func(args ...string) (*exec.Cmd, *bytes.Buffer) {
		cmd := exec.Command("wxauth", args...)
		cmd.Env = append(os.Environ(), "WEBEX_BASE_URL="+srv.URL+"/v1", "WEBEX_ACCESS_TOKEN="+srv.AdminToken(), "HOME="+home, "WXAUTH_KEY=keyfile")
		out := &bytes.Buffer{}
		cmd.Stdout, cmd.Stderr = out, out
		return cmd, out
	}
	first, _ := run("offboard", "max@acme.example", "--confirm=max@acme.example")
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	trial.Until(t, "the ninth DELETE", func() bool { return len(srv.Deletes()) > 8 })
	_ = first.Process.Kill()
	_ = first.Wait()
	srv.ClearFaults()
	sent := map[string]bool{}
	for _, d := range srv.Deletes() {
		sent[strings.TrimPrefix(d.Path, "/authorizations/")] = true
	}
	list, listed := run("audit", "list")
	if err := list.Run(); err != nil {
		t.Fatal(err, listed)
	}
	for id := range sent {
		if !strings.Contains(listed.String(), id) {
			t.Errorf("no intent for %s, which was sent", id)
		}
	}
	for n, want := range []bool{true, false} {
		next, told := run("revoke", "--user", "max@acme.example", "--type", "refresh", "--confirm=max@acme.example", "--max", "1")
		if n == 0 {
			next, told = run("offboard", "max@acme.example", "--confirm=max@acme.example")
		}
		_ = next.Run()
		if got := strings.Contains(told.String(), "an earlier run was interrupted"); got != want {
			t.Errorf("run %d: reported %v:\n%s", n, got, told)
		}
	}
	verify, said := run("audit", "verify")
	if err := verify.Run(); err != nil || !strings.Contains(said.String(), "in order and complete") {
		t.Errorf("%v: %s", err, said)
	}
	if n := len(srv.Authorizations("max@acme.example")); n != 0 {
		t.Errorf("%d tokens left", n)
	}
}
