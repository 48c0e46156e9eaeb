//go:build unix

package cli_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/webex/webextest"
)

// S-38, S-44b: wxauth rejects a named pipe in place of one of its files without waiting for the
// other end. A signal ends the read of a pipe that the user names.
func TestPipesAreNotWaitedFor(t *testing.T) {
	t.Parallel()
	srv := webextest.NewServer()
	defer srv.Close()
	max := srv.AddPerson(webextest.Person{Name: "Max", Email: "max@acme.example"})
	id := srv.GrantAccess(max, srv.AddApp("App"), time.Now())
	for place, args := range map[string][]string{
		".local/state/wxauth/profile":          {"list", "me"},
		".config/wxauth/config.toml":           {"list", "me"},
		".local/state/wxauth/audit.jsonl":      {"revoke", id, "--user", "max@acme.example", "--yes"},
		".local/state/wxauth/audit.jsonl.lock": {"revoke", id, "--user", "max@acme.example", "--yes", "--dry-run"},
		".local/share/wxauth/store.db":         {"token", "status"},
	} {
		home := t.TempDir()
		path := filepath.Join(home, place)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("wxauth", args...)
		cmd.Env = []string{"HOME=" + home, "WEBEX_BASE_URL=" + srv.URL + "/v1", "WEBEX_ACCESS_TOKEN=" + srv.AdminToken(), "WXAUTH_KEY=keyfile"}
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- cmd.Wait() }()
		select {
		case <-done:
		case <-time.After(trial.Patience):
			_ = cmd.Process.Kill()
			t.Errorf("%s: it blocks: %s", place, &out)
		}
	}
	if len(srv.Deletes()) > 0 {
		t.Error("something was revoked")
	}
	silent := filepath.Join(t.TempDir(), "silent")
	if err := syscall.Mkfifo(silent, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, from := range []string{"-", silent} {
		cmd := exec.Command("wxauth", "list", "--users-from", from)
		cmd.Env = []string{"HOME=" + t.TempDir(), "WEBEX_BASE_URL=" + srv.URL + "/v1", "WEBEX_ACCESS_TOKEN=" + srv.AdminToken()}
		stdin, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		start(t, cmd)
		to := stdin
		if from != "-" {
			if to, err = os.OpenFile(from, os.O_WRONLY, 0); err != nil { // it returns once there is a reader
				t.Fatal(err)
			}
		}
		// More than a pipe's buffer: the last byte is written once the program reads.
		if _, err := io.WriteString(to, strings.Repeat("\n", 1<<17)); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Process.Signal(syscall.SIGTERM)
		done := make(chan error, 1)
		go func() { done <- cmd.Wait() }()
		select {
		case <-done:
			if code := cmd.ProcessState.ExitCode(); code != 143 {
				t.Errorf("users from %s: exit %d", from, code)
			}
		case <-time.After(trial.Patience):
			_ = cmd.Process.Kill()
			t.Errorf("users from %s: SIGTERM does not stop it", from)
		}
		_ = to.Close()
	}
}

// The chosen profile stays in use despite concurrent writes. An unreadable file is an error,
// not another profile, and a symbolic link is replaced.
func TestTheChosenProfileIsNeverAnother(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	config := filepath.Join(home, "c.toml")
	if err := os.WriteFile(config, []byte("[profiles.aaa]\nclient_id = \"C1\"\n[profiles.bbb]\nclient_id = \"C2\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) (string, int) {
		cmd := exec.Command("wxauth", args...)
		cmd.Env = []string{"HOME=" + home, "WXAUTH_CONFIG=" + config, "WXAUTH_KEY=keyfile", "PATH=/usr/bin:/bin"}
		out, _ := cmd.CombinedOutput()
		return string(out), cmd.ProcessState.ExitCode()
	}
	if out, code := run("profiles", "use", "aaa"); code != 0 {
		t.Fatal(out)
	}
	var wg sync.WaitGroup
	stop := make(chan struct{})
	wg.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
				run("profiles", "use", []string{"aaa", "bbb"}[n%2])
			}
		}
	})
	for range 60 {
		if out, _ := run("token", "status", "--short"); strings.Contains(out, "default") {
			t.Errorf("unexpected profile: %s", out)
			break
		}
	}
	close(stop)
	wg.Wait()
	chosen := filepath.Join(home, ".local/state/wxauth/profile")
	for name, spoil := range map[string]func() error{
		"empty": func() error { return os.WriteFile(chosen, nil, 0o600) }, "garbage": func() error { return os.WriteFile(chosen, []byte("a b\x00"), 0o600) },
		"a directory": func() error { return os.Mkdir(chosen, 0o700) },
	} {
		_ = os.RemoveAll(chosen)
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		if out, code := run("token", "status"); code != 2 || !strings.Contains(out, "wxauth profiles use") {
			t.Errorf("%s: exit %d: %s", name, code, out)
		}
		if name != "a directory" {
			if out, code := run("profiles", "use", "bbb"); code != 0 {
				t.Errorf("%s: %s", name, out)
			}
		}
	}
	_ = os.RemoveAll(chosen)
	victim := filepath.Join(home, "victim")
	if err := os.WriteFile(victim, []byte("theirs"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(victim, chosen); err != nil {
		t.Fatal(err)
	}
	run("profiles", "use", "bbb")
	if data, _ := os.ReadFile(victim); string(data) != "theirs" {
		t.Errorf("the target of the link contains %q", data)
	}
	// A failed write keeps the previous choice.
	cmd := exec.Command("sh", "-c", "ulimit -f 0; trap '' XFSZ; exec wxauth profiles use aaa")
	cmd.Env = []string{"HOME=" + home, "WXAUTH_CONFIG=" + config, "WXAUTH_KEY=keyfile", "PATH=" + os.Getenv("PATH")}
	out, err := cmd.CombinedOutput()
	if data, _ := os.ReadFile(chosen); err == nil || strings.TrimSpace(string(data)) != "bbb" {
		t.Errorf("%v: %s: %q", err, out, data)
	}
}

// S-74: an option with an empty variable is not treated as missing.
func TestABlankOptionIsNotTheDefault(t *testing.T) {
	t.Parallel()
	srv := webextest.NewServer()
	defer srv.Close()
	for _, name := range []string{"profile", "config", "key", "base-url", "ca-file", "org"} {
		for _, value := range []string{"", " "} {
			cmd := exec.Command("wxauth", "list", "me", "--"+name+"="+value)
			cmd.Env = []string{"HOME=" + t.TempDir(), "WEBEX_BASE_URL=" + srv.URL + "/v1", "WEBEX_ACCESS_TOKEN=" + srv.AdminToken()}
			out, _ := cmd.CombinedOutput()
			if code := cmd.ProcessState.ExitCode(); code != 2 || !strings.Contains(string(out), "blank") && !strings.Contains(string(out), "empty") {
				t.Errorf("--%s=%q: exit %d: %s", name, value, code, out)
			}
		}
	}
	if n := len(srv.Requests()); n > 0 {
		t.Errorf("%d requests", n)
	}
}

// S-24: a relative path of a program in the configuration is relative to the configuration.
// wxauth does not run a program of the same name in the current directory, or in a relative
// directory of PATH.
func TestTheSecretCommandIsNotOfTheCurrentFolder(t *testing.T) {
	t.Parallel()
	home, here := t.TempDir(), t.TempDir()
	ran := filepath.Join(home, "ran")
	for _, dir := range []string{home, here, filepath.Join(home, "bin"), filepath.Join(here, "bin")} {
		_ = os.Mkdir(dir, 0o700)
		text := fmt.Sprintf("#!/bin/sh\necho %s >> %s\necho secret\n", dir, ran)
		if err := os.WriteFile(filepath.Join(dir, "getsecret"), []byte(text), 0o700); err != nil { //nolint:gosec // a program
			t.Fatal(err)
		}
	}
	link, err := filepath.Rel(here, home)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ program, config, path, want string }{
		{"./getsecret", home, "/usr/bin:/bin", home},
		{"./getsecret", link, "/usr/bin:/bin", home}, // --config by a relative path
		{"bin/getsecret", home, "/usr/bin:/bin", filepath.Join(home, "bin")},
		{"../" + filepath.Base(home) + "/getsecret", home, "/usr/bin:/bin", home},
		{filepath.Join(here, "getsecret"), home, "/usr/bin:/bin", here},
		{"getsecret", home, filepath.Join(home, "bin") + ":/usr/bin:/bin", filepath.Join(home, "bin")},
		{"getsecret", home, "/usr/bin:/bin", ""},
		{"getsecret", home, ".:bin:/usr/bin:/bin", ""},
	} {
		for table, args := range map[string][]string{
			"[integration]": {"login", "--refresh-token"}, "[profiles.x]": {"login", "--refresh-token", "--profile", "x"},
		} {
			_ = os.Remove(ran)
			text := fmt.Sprintf("%s\nclient_id = \"C1\"\nclient_secret_command = [%q]\nredirect_uri = \"http://127.0.0.1:8765/callback\"\n", table, tt.program)
			if err := os.WriteFile(filepath.Join(home, "c.toml"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command("wxauth", append(args, "--config", filepath.Join(tt.config, "c.toml"))...)
			cmd.Dir, cmd.Stdin = here, strings.NewReader(strings.Repeat("refresh-", 8)+"\n")
			cmd.Env = []string{"HOME=" + home, "WXAUTH_KEY=keyfile", "PATH=" + tt.path, "WEBEX_BASE_URL=http://127.0.0.1:1/v1"}
			out, _ := cmd.CombinedOutput()
			data, _ := os.ReadFile(ran)
			if got := strings.TrimSpace(string(data)); got != tt.want {
				t.Errorf("%s of %s: %q was run, want %q: %s", tt.program, table, got, tt.want, out)
			}
		}
	}
}

// S-21: wxauth ignores a configuration that other users can write, because it names programs to
// run.
func TestSomebodyElsesConfiguration(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	dir := filepath.Join(home, ".config/wxauth")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "config.toml")
	pwned := filepath.Join(home, "pwned")
	text := fmt.Sprintf("[integration]\nclient_id = \"C1\"\nclient_secret_command = [\"touch\", %q]\n", pwned)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func() string {
		cmd := exec.Command("wxauth", "login", "--timeout", "1s", "--no-open")
		cmd.Env = []string{"HOME=" + home, "WXAUTH_KEY=keyfile", "PATH=/usr/bin:/bin", "WEBEX_BASE_URL=http://127.0.0.1:1/v1"}
		out, _ := cmd.CombinedOutput()
		return string(out)
	}
	run()
	if err := os.Remove(pwned); err != nil {
		t.Fatal("the user's own configuration was ignored: ", err)
	}
	if err := os.Chmod(dir, 0o777); err != nil { //nolint:gosec // must be rejected
		t.Fatal(err)
	}
	if out := run(); !strings.Contains(out, "everybody can write to") {
		t.Error(out)
	}
	_ = os.Chmod(dir, 0o700)
	if os.Geteuid() == 0 { // only root can change the owner of a file
		if err := os.Chown(path, 1500, 1500); err != nil {
			t.Fatal(err)
		}
		if out := run(); !strings.Contains(out, "another user") {
			t.Error(out)
		}
	}
	if _, err := os.Stat(pwned); err == nil {
		t.Error("the program of an unsafe configuration was run")
	}
}
