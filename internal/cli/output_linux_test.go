package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/cli"
	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/webex/webextest"
)

// S-86: if the result cannot be printed or the report not be saved, the exit code is 3 once
// something was revoked, and 1 otherwise. A closed pipe causes no message.
func TestOutputThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	srv := webextest.NewServer()
	defer srv.Close()
	max := srv.AddPerson(webextest.Person{Name: "Max", Email: "max@acme.example"})
	app := srv.AddApp("App")
	for name, tt := range map[string]struct {
		args []string
		code int // exit code if stdout cannot be written
	}{
		"revoke":         {[]string{"revoke", "ID", "--user", "max@acme.example", "--yes"}, 3},
		"revoke, dry":    {[]string{"revoke", "ID", "--user", "max@acme.example", "--dry-run"}, 1},
		"offboard":       {[]string{"offboard", "max@acme.example", "--confirm=max@acme.example", "--json"}, 3},
		"one call":       {[]string{"revoke", "--one-call", "--include-self", "--org-id", "me", "--client-id", app.ClientID, "--confirm", app.ClientID}, 3},
		"list":           {[]string{"list", "max@acme.example"}, 1},
		"list as CSV":    {[]string{"list", "max@acme.example", "--csv"}, 1},
		"help":           {[]string{"revoke", "--help"}, 1},
		"version":        {[]string{"--version"}, 1},
		"completion":     {[]string{"completion", "zsh"}, 1},
		"doctor":         {[]string{"doctor"}, 1},
		"doctor as JSON": {[]string{"doctor", "--json"}, 1},
		"demo":           {[]string{"demo", "serve", "--addr", "127.0.0.1:1", "--print-env"}, 1},
		"audit":          {[]string{"audit", "list"}, 1},
	} {
		for _, how := range []string{">&-", ">/dev/full", "|", ">/dev/null"} {
			id := srv.GrantAccess(max, app, time.Now())
			args := slices.Clone(tt.args)
			if n := slices.Index(args, "ID"); n >= 0 {
				args[n] = id
			}
			script := `wxauth "$@"`
			if how != "|" {
				script += " " + how
			}
			script += "; exit $?" // keep the shell as the parent process
			cmd := exec.Command("sh", append([]string{"-c", script, "sh"}, args...)...)
			home := t.TempDir()
			cmd.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "WEBEX_BASE_URL=" + srv.URL + "/v1", "WEBEX_ACCESS_TOKEN=" + srv.AdminToken(), "WXAUTH_KEY=keyfile"}
			var said bytes.Buffer
			cmd.Stderr = &said
			if how == "|" {
				r, w, err := os.Pipe()
				if err != nil {
					t.Fatal(err)
				}
				_ = r.Close()
				cmd.Stdout = w
				defer w.Close()
			}
			sent := len(srv.Deletes())
			_ = cmd.Run()
			code, want := cmd.ProcessState.ExitCode(), tt.code
			switch {
			case how == ">/dev/null":
				want = 0
				if name == "one call" {
					want = 3 // it is unknown how much it revoked
				}
			}
			if code != want {
				t.Errorf("%s %s: exit %d, want %d: %s", name, how, code, want, &said)
			}
			if revoked := len(srv.Deletes()) > sent; revoked != (tt.code == 3) {
				t.Errorf("%s %s: a DELETE was sent: %v", name, how, revoked)
			}
			if why := strings.Contains(said.String(), "write /dev/stdout"); why != (how == ">&-" || how == ">/dev/full") {
				t.Errorf("%s %s: reason printed: %v: %s", name, how, why, &said)
			}
			if how == ">&-" && !strings.Contains(said.String(), "stdout is closed") {
				t.Errorf("%s: %s", name, &said)
			}
			if _, err := os.Stat(filepath.Join(home, ".local/state/wxauth/audit.jsonl")); tt.code == 3 && err != nil {
				t.Error(err)
			}
		}
	}
}

// A script whose output is ignored passes on a /dev/null that is opened like Go's replacement
// for a closed stdout: that is not an error.
func TestAStdoutThatIsIgnored(t *testing.T) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	cmd := exec.Command("sh", "-c", "wxauth version; exit $?")
	cmd.Env = []string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}
	cmd.Stdin, cmd.Stdout = strings.NewReader(""), null
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil {
		t.Errorf("%v: %s", err, &said)
	}
	for program, ignores := range map[string]bool{"python3.11": true, "node": true, "bash": false, "timeout": false} {
		if cli.IgnoresLikeGo(program) != ignores {
			t.Errorf("%s: %v", program, !ignores)
		}
	}
}

// S-86: disk space for the outcomes and the report is allocated before anything is sent.
func TestTheRoomForTheEndIsThereBeforeTheFirstDelete(t *testing.T) {
	t.Parallel()
	srv := webextest.NewServer()
	defer srv.Close()
	answer := make(chan struct{})
	srv.AddFault(webextest.Fault{Method: "DELETE", Until: answer})
	max := srv.AddPerson(webextest.Person{Name: "Max", Email: "max@acme.example"})
	for range 5 {
		srv.Grant(max, srv.AddApp("An app with a name"), time.Now(), time.Now())
	}
	home := t.TempDir()
	cmd := exec.Command("wxauth", "offboard", "max@acme.example", "--confirm=max@acme.example", "--report", "max.html")
	cmd.Dir = home
	cmd.Env = []string{"HOME=" + home, "WEBEX_BASE_URL=" + srv.URL + "/v1", "WEBEX_ACCESS_TOKEN=" + srv.AdminToken(), "WXAUTH_KEY=keyfile"}
	start(t, cmd)
	trial.Until(t, "a DELETE", func() bool { return len(srv.Deletes()) > 0 })
	report, err := filepath.Glob(filepath.Join(home, ".wxauth-new-*"))
	if err != nil || len(report) != 1 {
		t.Fatal(report, err)
	}
	reserved, err := os.Stat(report[0])
	if err != nil {
		t.Fatal(err)
	}
	fds, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", cmd.Process.Pid))
	room := int64(0)
	for _, fd := range fds {
		if to, _ := os.Readlink(fd); strings.Contains(to, ".audit-room-") {
			if info, err := os.Stat(fd); err == nil {
				room = info.Size()
			}
		}
	}
	close(answer)
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.Stat(filepath.Join(home, "max.html"))
	if err != nil || reserved.Size() < whole.Size() || whole.Size() == 0 {
		t.Errorf("%d bytes were reserved for a report of %d: %v", reserved.Size(), whole.Size(), err)
	}
	if log, err := os.Stat(filepath.Join(home, ".local/state/wxauth/audit.jsonl")); err != nil || room < log.Size() {
		t.Errorf("%d bytes were reserved for a log of %d: %v", room, log.Size(), err)
	}
}
