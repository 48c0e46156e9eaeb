package cli_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/webex/webextest"
)

// sweeping runs the program on its own organization.
type sweeping struct {
	t    *testing.T
	srv  *webextest.Server
	home string
}

func newSweeping(t *testing.T, people int) *sweeping {
	t.Helper()
	srv, err := webextest.Crowd(people - 1).Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.Close)
	return &sweeping{t, srv, t.TempDir()}
}

func (s *sweeping) command(args ...string) (*exec.Cmd, *bytes.Buffer) {
	cmd := exec.Command("wxauth", args...)
	cmd.Env = append(os.Environ(), "WEBEX_BASE_URL="+s.srv.URL+"/v1", "WEBEX_ACCESS_TOKEN="+s.srv.AdminToken(), "HOME="+s.home, "WXAUTH_KEY=keyfile")
	out := &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr = out, os.Stderr
	if !testing.Verbose() {
		cmd.Stderr = nil
	}
	return cmd, out
}

// holdLists answers the given number of list requests and blocks the next ones until the
// returned function is called. It runs start and waits until a request is blocked.
func (s *sweeping) holdLists(answered int, start func()) (release func()) {
	s.t.Helper()
	before, _ := s.lists()
	until := make(chan struct{})
	s.srv.AddFault(webextest.Fault{Path: "/authorizations", Skip: answered, Until: until})
	start()
	trial.Until(s.t, "a blocked list request", func() bool {
		asked, _ := s.lists()
		return asked > before+answered
	})
	return func() { s.srv.ClearFaults(); close(until) }
}

func start(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
}

// lists counts the list requests per person.
func (s *sweeping) lists() (asked int, people map[string]bool) {
	people = map[string]bool{}
	for _, r := range s.srv.Requests() {
		if r.Path == "/authorizations" {
			asked++
			people[r.Query] = true
		}
	}
	return asked, people
}

// kill -9 again and again during a sweep of many people: the next run finishes it, every
// person is in it once, and only people in flight at a kill are listed twice.
func TestKilledSweepsLoseNobody(t *testing.T) {
	t.Parallel()
	people, kills := trial.Cases(800, 2000), trial.Cases(8, 150)
	s := newSweeping(t, people)
	for n := range kills {
		cmd, _ := s.command("sweep")
		release := s.holdLists(max(1, people/(kills+2)-n), func() { start(t, cmd) })
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		release()
	}
	cmd, out := s.command("sweep", "--json")
	if err := cmd.Run(); err != nil {
		t.Fatal(err, out)
	}
	var res struct {
		People, Done, Authorizations int
		Failed                       []any
		Finished                     *string
	}
	if err := json.Unmarshal(out.Bytes(), &res); err != nil {
		t.Fatal(err, out)
	}
	rows := 0
	for _, p := range s.srv.People() {
		rows += len(s.srv.Authorizations(p.Email))
	}
	asked, everybody := s.lists()
	if res.People != people || res.Done != people || len(res.Failed) > 0 || res.Finished == nil || res.Authorizations != rows || len(everybody) != people {
		t.Errorf("%+v; %d rows, %d people were listed", res, rows, len(everybody))
	}
	if again := asked - people; again > kills*12 {
		t.Errorf("%d people were listed twice: more than were in flight", again)
	}
	trial.Report(t, trial.Figure{Name: "kill -9 during a sweep", Tried: kills, Survived: kills, Lost: people - res.Done, Note: fmt.Sprintf("%d people, %d lists", people, asked)})
}

// ctrl+c and SIGTERM interrupt a sweep with their exit codes, and the next sweep continues it.
func TestASignalEndsASweepInOrder(t *testing.T) {
	t.Parallel()
	for sig, code := range map[os.Signal]int{os.Interrupt: 7, syscall.SIGTERM: 143} {
		t.Run(sig.String(), func(t *testing.T) {
			s := newSweeping(t, 60)
			cmd, out := s.command("sweep", "--json")
			release := s.holdLists(20, func() { start(t, cmd) })
			_ = cmd.Process.Signal(sig)
			var exit *exec.ExitError
			if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != code {
				t.Errorf("%v, want exit code %d", err, code)
			}
			release()
			if !strings.Contains(out.String(), `"finished": null`) || strings.Contains(out.String(), `"done": 0`) {
				t.Errorf("%s", out)
			}
			before, _ := s.lists()
			cmd, out = s.command("sweep", "--json")
			if err := cmd.Run(); err != nil || !strings.Contains(out.String(), `"done": 60`) {
				t.Errorf("%v: %s", err, out)
			}
			if asked, _ := s.lists(); asked-before > 60-10 {
				t.Errorf("the next sweep read %d of 60 lists", asked-before)
			}
		})
	}
}

// No file contains unencrypted data about people or apps, during a sweep or afterwards.
func TestAnInventoryIsSealed(t *testing.T) {
	t.Parallel()
	s := newSweeping(t, 40)
	cmd, _ := s.command("sweep")
	release := s.holdLists(20, func() { start(t, cmd) })
	look := func() (files int) {
		matches, _ := filepath.Glob(filepath.Join(s.home, ".local/share/wxauth/inventory*"))
		for _, path := range matches {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			info, _ := os.Stat(path)
			if info.Mode().Perm() != 0o600 {
				t.Errorf("%s has mode %04o", path, info.Mode().Perm())
			}
			for _, p := range s.srv.People() {
				for _, text := range []string{p.Email, p.Name, p.ID, "Webex Web Client", "acme"} {
					if bytes.Contains(data, []byte(text)) {
						t.Fatalf("%q is in %s", text, filepath.Base(path))
					}
				}
			}
			files++
		}
		return files
	}
	if look() < 3 { // the inventory, the journal, its lock
		t.Error("no journal")
	}
	second, _ := s.command("sweep")
	var exit *exec.ExitError
	if err := second.Run(); !errors.As(err, &exit) || exit.ExitCode() != 9 {
		t.Errorf("concurrent sweep: %v, want exit code 9", err)
	}
	release()
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	look()
}
