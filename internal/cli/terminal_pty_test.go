//go:build unix

package cli_test

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/webex/webextest"
)

// Serial lines and some containers have terminals of size 0x0.
func TestATerminalThatDoesNotKnowItsSize(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		env  []string
		says string
	}{
		{nil, "Meeting Sync"},
		{[]string{"COLUMNS=160", "LINES=40"}, "Full Admin"},
		{[]string{"COLUMNS=30", "LINES=9"}, "too small"},
	} {
		x := onTerminal(t, 0, 0, tt.env, "demo")
		x.see(tt.says)
		x.send("q")
		x.exits(0)
	}
}

func TestADumbTerminalGetsNoScreen(t *testing.T) {
	for _, env := range []string{"TERM=dumb", "TERM="} {
		for _, args := range [][]string{{"demo"}, nil} {
			x := onTerminal(t, 80, 24, []string{env}, args...)
			x.exits(2)
			if out := x.output(); !strings.Contains(out, "wxauth list") || !strings.Contains(out, "--plain") || strings.Contains(out, "\x1b") || strings.Count(out, "\n") != 1 {
				t.Errorf("%s: %q", env, out)
			}
		}
	}
}

// ctrl+z and kill -TSTP restore the terminal for the shell; fg draws the screen again.
func TestSuspendAndContinue(t *testing.T) {
	for name, suspend := range map[string]func(x *terminal){
		"ctrl+z": func(x *terminal) { x.send("\x1a") },
		"SIGTSTP": func(x *terminal) {
			pid, err := unix.IoctlGetInt(int(x.pty.Fd()), unix.TIOCGPGRP) // the foreground job
			if err != nil {
				x.t.Fatal(err)
			}
			_ = syscall.Kill(-pid, syscall.SIGTSTP)
		},
	} {
		t.Run(name, func(t *testing.T) {
			x := runOnTerminal(t, 80, 24, nil, "sh", "-c", `set -m; wxauth demo; echo "it is $(stty | grep -o -- '-icanon')suspended"; fg; echo left`)
			x.see("Developer Portal")
			suspend(x)
			x.see("it is suspended")
			before := len(x.output())
			if out := x.output(); strings.LastIndex(out, "\x1b[?1049l") < strings.LastIndex(out, "\x1b[?1049h") {
				t.Error("the alternate screen is still on")
			}
			if !x.appears(before, "\x1b[?1049h", trial.Patience) || !x.appears(before, "Developer Portal", trial.Patience) {
				t.Fatalf("not resumed: %q", x.output()[before:])
			}
			x.send("q")
			x.see("left")
			x.exits(0)
		})
	}
}

// Without a shell that could resume it, ctrl+z does not suspend the program.
func TestCtrlZWithoutAShell(t *testing.T) {
	x := onTerminal(t, 120, 40, nil, "demo")
	x.see("Developer Portal")
	x.send("\x1a")
	x.see("cannot be suspended here")
	x.send("q")
	x.exits(0)
}

// Terminal replies that arrive after q do not reach the shell.
func TestLateRepliesOfTheTerminal(t *testing.T) {
	x := onTerminal(t, 120, 40, nil, "demo")
	x.see("\x1b[?1049h")
	x.send("q")
	x.see("\x1b[c")
	x.send("\x1b]11;rgb:0000/0000/0000\x1b\\\x1b[?2026;2$y\x1b[?62;22c")
	x.exits(0)
	state, err := term.MakeRaw(int(x.tty.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = term.Restore(int(x.tty.Fd()), state) }()
	if n, err := unix.IoctlGetInt(int(x.tty.Fd()), unix.TIOCINQ); err != nil || n > 0 {
		t.Errorf("%d bytes reached the shell, %v", n, err)
	}
}

// BROWSER names commands, tried in turn; they receive the address and no secret.
func TestBROWSERIsHonoured(t *testing.T) {
	srv := webextest.NewServer()
	defer srv.Close()
	dir := t.TempDir()
	with := func(name, script string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil { //nolint:gosec // a program
			t.Fatal(err)
		}
		return path
	}
	fails := with("fails", "exit 3")
	writes := with("a browser", `{ echo "$@"; env; } > `+dir+`/opened.tmp; mv `+dir+`/opened.tmp `+dir+`/opened`)
	plain := with("plain", `{ echo "$@"; env; } > `+dir+`/opened.tmp; mv `+dir+`/opened.tmp `+dir+`/opened`)
	for _, tt := range []struct{ browser, before, after string }{
		{writes, "", ""},
		{dir + "/none:" + fails + ":" + plain, "", ""},
		{plain + " --new %s -x", "--new ", " -x"},
	} {
		_ = os.Remove(filepath.Join(dir, "opened"))
		cmd := exec.Command("wxauth", "login")
		cmd.Env = []string{
			"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH"), "BROWSER=" + tt.browser, "WXAUTH_KEY=keyfile", "SSH_CONNECTION=1",
			"WEBEX_BASE_URL=" + srv.URL + "/v1", "WEBEX_INTEGRATION_CLIENT_ID=C1", "WEBEX_INTEGRATION_CLIENT_SECRET=canary", "WEBEX_INTEGRATION_REDIRECT_URI=http://127.0.0.1:" + trial.Port(t) + "/callback",
		}
		start(t, cmd)
		var data []byte
		trial.Until(t, "the browser", func() bool { data, _ = os.ReadFile(filepath.Join(dir, "opened")); return len(data) > 0 })
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		first, _, _ := strings.Cut(string(data), "\n")
		if !strings.HasPrefix(first, tt.before+srv.URL+"/v1/authorize?") || !strings.HasSuffix(first, tt.after) || strings.Contains(string(data), "canary") {
			t.Errorf("%s: %s", tt.browser, data)
		}
	}
}

// ctrl+c immediately interrupts the creation of a large organization.
func TestServingALargeOrganizationCanBeStopped(t *testing.T) {
	cmd := exec.Command("wxauth", "demo", "serve", "--people", "500000")
	cmd.Env = []string{"HOME=" + t.TempDir()}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	notes, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	start(t, cmd)
	first := make([]byte, 1)
	if _, err := io.ReadFull(notes, first); err != nil { // wait until it begins
		t.Fatal(err)
	}
	_ = cmd.Process.Signal(os.Interrupt)
	printed, _ := io.ReadAll(out)
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 130 || len(printed) > 0 {
		t.Errorf("exit %d, printed %q", code, printed)
	}
}

// After a run with sudo, files belong to root: wxauth names the owner and the command that
// fixes it.
func TestFilesOfAnotherOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("only root can give files away: .ci/run does")
		return
	}
	home := t.TempDir()
	for _, dir := range []string{home, filepath.Dir(home)} { // another user must have access
		if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // a folder of this test
			t.Fatal(err)
		}
	}
	if err := os.Chown(home, 1500, 1500); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(home, "wxauth")
	build := exec.Command("go", "build", "-o", binary, "../..")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	srv := webextest.NewServer()
	defer srv.Close()
	run := func(uid uint32, args ...string) (string, int) {
		cmd := exec.Command(binary, args...)
		cmd.Env = []string{"HOME=" + home, "WXAUTH_KEY=keyfile", "WEBEX_BASE_URL=" + srv.URL + "/v1"}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
		cmd.Stdin = strings.NewReader(srv.AdminToken())
		out, _ := cmd.CombinedOutput()
		return string(out), cmd.ProcessState.ExitCode()
	}
	if out, code := run(0, "login", "--paste"); code != 0 {
		t.Fatal(out)
	}
	if err := os.MkdirAll(filepath.Join(home, ".local/state/wxauth"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, ".local/state/wxauth/profile"), []byte("default\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"token", "status"}, {"list", "me"}, {"profiles", "use", "default"}, {"audit", "list"}, {"logout"}} {
		out, code := run(1500, args...)
		if code == 0 || !strings.Contains(out, "is owned by root") || !strings.Contains(out, "sudo chown -R 1500") || strings.Contains(out, "choose one") {
			t.Errorf("%v: exit %d: %s", args, code, out)
		}
	}
}
