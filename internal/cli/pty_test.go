//go:build unix

package cli_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"

	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/webex/webextest"
)

// terminal runs the real program on a pseudo-terminal that answers no query, and records the
// raw output.
type terminal struct {
	t    *testing.T
	cmd  *exec.Cmd
	pty  *os.File
	tty  *os.File
	home string
	mu   sync.Mutex
	raw  bytes.Buffer
	more chan struct{} // closed when there is more output
	done chan error
	// dumped means that the program printed its stacks, and did not restore the terminal's mode
	dumped bool
}

func onTerminal(t *testing.T, cols, rows uint16, env []string, args ...string) *terminal {
	t.Helper()
	return runOnTerminal(t, cols, rows, env, "wxauth", args...)
}

func runOnTerminal(t *testing.T, cols, rows uint16, env []string, program string, args ...string) *terminal {
	t.Helper()
	p, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := pty.Setsize(p, &pty.Winsize{Cols: cols, Rows: rows}); err != nil {
		t.Fatal(err)
	}
	x := &terminal{t: t, pty: p, tty: tty, home: t.TempDir(), more: make(chan struct{}), done: make(chan error, 1)}
	x.cmd = exec.Command(program, args...)
	x.cmd.Dir = x.home
	x.cmd.Env = append([]string{
		"HOME=" + x.home, "PATH=" + os.Getenv("PATH"), "TERM=xterm-256color", "COLORTERM=truecolor", "TMPDIR=" + x.home, "WXAUTH_KEY=keyfile", "PAGER=",
	}, env...)
	x.cmd.Stdin, x.cmd.Stdout, x.cmd.Stderr = tty, tty, tty
	x.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	before, _ := term.GetState(int(tty.Fd()))
	if err := x.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		buf := make([]byte, 64<<10)
		for {
			n, err := p.Read(buf)
			x.mu.Lock()
			x.raw.Write(buf[:n])
			close(x.more)
			x.more = make(chan struct{})
			x.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	go func() { x.done <- x.cmd.Wait() }()
	t.Cleanup(func() {
		_ = x.cmd.Process.Kill()
		after, _ := term.GetState(int(tty.Fd()))
		if !t.Failed() && !x.dumped && before != nil && after != nil && *before != *after {
			t.Error("the terminal's mode was not restored")
		}
		_ = tty.Close()
		_ = p.Close()
	})
	return x
}

func (x *terminal) output() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.raw.String()
}

// written returns the output from a position on, and a channel that is closed when there is
// more.
func (x *terminal) written(from int) (string, <-chan struct{}) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.raw.String()[from:], x.more
}

// see waits for text in the output.
func (x *terminal) see(text string) {
	x.t.Helper()
	if !x.appears(0, text, trial.Patience) {
		x.t.Fatalf("no %q in the output:\n%q", text, x.output())
	}
}

// appears reports whether text is written after a position, within a time.
func (x *terminal) appears(from int, text string, within time.Duration) bool {
	limit := time.After(within)
	for {
		out, more := x.written(from)
		if strings.Contains(out, text) {
			return true
		}
		select {
		case <-more:
		case <-limit:
			return false
		}
	}
}

// press sends keys repeatedly until text follows, because a dialog ignores keys in its first
// moments.
func (x *terminal) press(text string, keys ...string) {
	x.t.Helper()
	from := len(x.output())
	for n, end := 0, time.Now().Add(trial.Patience); time.Now().Before(end); n++ {
		x.send(keys[n%len(keys)])
		if x.appears(from, text, 400*time.Millisecond) {
			return
		}
	}
	x.t.Fatalf("no %q after %q in the output:\n%q", text, keys, x.output())
}

const drained = "\x1b_drained\x1b\\"

// drain waits until the program has read all input sent so far.
func (x *terminal) drain() {
	x.t.Helper()
	if _, err := x.tty.WriteString(drained); err != nil {
		x.t.Fatal(err)
	}
	x.see(drained)
	x.mu.Lock()
	defer x.mu.Unlock()
	rest := bytes.ReplaceAll(x.raw.Bytes(), []byte(drained), nil)
	x.raw.Reset()
	x.raw.Write(rest)
}

func (x *terminal) send(keys string) {
	x.t.Helper()
	if _, err := io.WriteString(x.pty, keys); err != nil {
		x.t.Fatal(err)
	}
}

// dies waits for the exit, with any code.
func (x *terminal) dies() {
	x.t.Helper()
	select {
	case <-x.done:
		x.drain()
	case <-time.After(trial.Patience):
		x.t.Fatal("the file is truncated")
	}
}

// exits waits for the exit, and requires the exit code and that the alternate screen was left.
func (x *terminal) exits(code int) {
	x.t.Helper()
	select {
	case err := <-x.done:
		got := 0
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			got = exit.ExitCode()
		}
		if got != code {
			x.t.Errorf("exit code %d, want %d", got, code)
		}
	case <-time.After(trial.Patience):
		x.t.Fatalf("still running; output:\n%q", x.output())
	}
	x.drain()
	out := x.output()
	if in, left := strings.LastIndex(out, "\x1b[?1049h"), strings.LastIndex(out, "\x1b[?1049l"); left < in {
		x.t.Errorf("the alternate screen was entered at %d and left at %d", in, left)
	}
	if strings.Contains(out, "panic") || strings.Contains(out, "goroutine ") {
		x.t.Errorf("a panic: %q", out)
	}
}

// wroteNothing requires that the home directory, also the working directory, is empty.
func (x *terminal) wroteNothing() {
	x.t.Helper()
	_ = filepath.WalkDir(x.home, func(path string, _ os.DirEntry, _ error) error {
		if path != x.home {
			x.t.Errorf("%s was written", path)
		}
		return nil
	})
}

func TestTheDemoShowsRowsAndWritesNothing(t *testing.T) {
	x := onTerminal(t, 120, 40, nil, "demo")
	x.see("Meeting Sync")
	x.see("overdue 41d")
	x.see("DEMO")
	x.send("q")
	x.exits(0)
	x.wroteNothing()
}

func TestSignalsAndKeysEndItWithTheirCodes(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		end  func(*terminal)
		code int
	}{
		"ctrl+c":  {func(x *terminal) { x.send("\x03") }, 130},
		"SIGINT":  {func(x *terminal) { _ = x.cmd.Process.Signal(os.Interrupt) }, 130},
		"SIGTERM": {func(x *terminal) { _ = x.cmd.Process.Signal(syscall.SIGTERM) }, 143},
		"SIGHUP":  {func(x *terminal) { _ = x.cmd.Process.Signal(syscall.SIGHUP) }, 129},
	} {
		t.Run(name, func(t *testing.T) {
			x := onTerminal(t, 80, 24, nil, "demo")
			x.see("Developer Portal")
			tt.end(x)
			x.exits(tt.code)
		})
	}
}

// S-54: a signal that makes Go print its stacks restores the terminal first, also at a prompt
// without echo.
func TestADumpLeavesTheTerminalAsItWas(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGABRT, syscall.SIGSEGV, syscall.SIGTRAP} {
		x := onTerminal(t, 80, 24, nil, "demo")
		x.see("Developer Portal")
		_ = x.cmd.Process.Signal(sig)
		x.dies()
		out := x.output()
		left := strings.LastIndex(out, "\x1b[?1049l")
		if left < strings.LastIndex(out, "\x1b[?1049h") || !strings.Contains(out[max(left, 0):], "\x1b[?25h") || !strings.Contains(out[max(left, 0):], "\x1b[?2004l") {
			t.Errorf("%s: the screen was not restored: %q", sig, out[max(left, 0):])
		}
		if !strings.Contains(out[max(left, 0):], "goroutine ") {
			t.Errorf("%s: no stack dump", sig)
		}
	}
	x := onTerminal(t, 80, 24, []string{"WEBEX_INTEGRATION_CLIENT_ID=C1"}, "login", "--no-open")
	x.see("Client secret of ")
	_ = x.cmd.Process.Signal(syscall.SIGQUIT)
	x.dies() // the cleanup checks the terminal's mode
}

func TestAOneByOneTerminalIsNoPanic(t *testing.T) {
	x := onTerminal(t, 1, 1, nil, "demo")
	x.see("\x1b[?1049h")
	x.send("xyjk\r")
	x.send("q")
	x.exits(0)
}

func TestWithoutATokenItSaysWhatToDo(t *testing.T) {
	x := onTerminal(t, 80, 24, nil)
	x.see("Try the demo")
	x.see("WEBEX_ACCESS_TOKEN")
	x.send("q")
	x.exits(0)
	x.wroteNothing()
}

// sequences are the escape sequences that may reach a terminal: colours, cursor movement,
// modes, erasing, the window title, and those at the beginning and end of a session.
var sequences = regexp.MustCompile(`^(?:\x1b\[[0-9;:?>=<]*[A-Za-z@` + "`" + `~]|\x1b\[[0-9;?>=]*\$p|\x1b\[[0-9]* q|\x1b\]2;(?:wxauth)?\x07|\x1b\]11;\?(?:\x07|\x1b\\)|\x1b\]1[12]?0?\d?(?:\x07|\x1b\\)|\x1b\]112\x07|\x1b[=>78M]|\x1b\]8;;\x07|\x1b\]22;[a-z]*\x07|\x1bP\+q[0-9a-fA-F;]*\x1b\\)`)

func TestHostileNamesSendNoSequence(t *testing.T) {
	t.Parallel()
	srv := webextest.NewServer()
	defer srv.Close()
	hostile := webextest.Person{Name: "Mallory\x1b]0;pwned\x07", Email: "mallory@acme.example", Department: "\x1b[2J\u009b2J\u202e"}
	m := srv.AddPerson(hostile)
	for _, n := range []string{"\x1b]0;pwned\x07A", "\x1b]52;c;cHduZWQ=\x07B", "\x1b[2JC", "\u009b31mD", "\u009d0;pwned\u009cE", "F\nG\rH\x08\x7f", "\u202eI\u2066", "\x1bP+q544e\x1b\\J", "\x1b_K\x1b\\", "\x00L"} {
		srv.Grant(m, srv.AddApp(n), time.Now(), time.Now())
	}
	env := []string{"WEBEX_BASE_URL=" + srv.URL + "/v1", "WEBEX_ACCESS_TOKEN=" + srv.AdminToken()}
	x := onTerminal(t, 120, 40, env, "--user", "mallory@acme.example")
	x.see("row 1 of 30")
	x.send("x")
	x.see("Cancel")
	x.press("Nothing has been revoked", "\x1b", "4") // close the dialog
	x.send("q")
	x.exits(0)
	out := x.output()
	for i := 0; i < len(out); i++ {
		switch c := out[i]; {
		case c == 0x1b:
			m := sequences.FindString(out[i:])
			if m == "" {
				t.Fatalf("unexpected escape sequence: %q", out[i:min(i+30, len(out))])
			}
			i += len(m) - 1
		case c < 0x20 && !strings.ContainsRune("\r\n\t\b", rune(c)), c == 0x7f:
			t.Fatalf("a control character: %q", out[max(i-10, 0):min(i+30, len(out))])
		}
	}
	for _, r := range out {
		if r >= 0x80 && r < 0xa0 || r == '\u202e' || r == '\u2066' {
			t.Fatalf("%U reached the terminal", r)
		}
	}
}

func TestNoColorMeansNoColor(t *testing.T) {
	t.Parallel()
	// Codes 30 to 38, 40 to 48 and the bright colours, in sequences that end in m.
	colour := regexp.MustCompile(`\x1b\[(?:[0-9;]*;)?(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;[0-9;]*)?m`)
	for name, env := range map[string][]string{"NO_COLOR": {"NO_COLOR=1"}, "--no-color": nil} {
		args := []string{"demo"}
		if env == nil {
			args = append(args, "--no-color")
		}
		x := onTerminal(t, 120, 40, env, args...)
		x.see("Meeting Sync")
		x.send("q")
		x.exits(0)
		if m := colour.FindString(x.output()); m != "" {
			t.Errorf("%s: %q", name, m)
		}
	}
	x := onTerminal(t, 120, 40, nil, "demo")
	x.see("Meeting Sync")
	x.send("q")
	x.exits(0)
	if !colour.MatchString(x.output()) {
		t.Error("no colours without NO_COLOR either")
	}
}

// On a terminal, doctor wraps at words, colors the states, and ends with what to do first.
func TestDoctorOnATerminal(t *testing.T) {
	srv := webextest.NewServer()
	defer srv.Close()
	base := "WEBEX_BASE_URL=" + srv.URL + "/v1"
	x := onTerminal(t, 80, 24, []string{base, "WEBEX_ACCESS_TOKEN=" + srv.AdminToken()}, "doctor")
	x.exits(0)
	x.see("\x1b[32m✓\x1b[m Ready.\r\n")
	x = onTerminal(t, 80, 24, []string{base, "NO_COLOR=1"}, "doctor")
	x.exits(0)
	x.see("! warning   login          profile default has no login\r\n")
	x.see("! Ready, with 1 warning. Start with \"login\": wxauth login, or set\r\n  WEBEX_ACCESS_TOKEN")
	if strings.Contains(x.output(), "\x1b[") {
		t.Errorf("NO_COLOR: %q", x.output())
	}
}

func TestAConfirmationOnATerminal(t *testing.T) {
	srv := webextest.NewServer()
	defer srv.Close()
	p := srv.AddPerson(webextest.Person{Name: "Jane", Email: "jane@acme.example"})
	id := srv.GrantAccess(p, srv.AddApp("Poll Cat"), time.Now())
	srv.GrantAccess(p, srv.AddApp("Room Finder"), time.Now())
	env := []string{"WEBEX_BASE_URL=" + srv.URL + "/v1", "WEBEX_ACCESS_TOKEN=" + srv.AdminToken()}
	for answer, code := range map[string]int{"\r": 6, "n\r": 6, "yo\r": 6, "\x04": 6} {
		x := onTerminal(t, 120, 40, env, "revoke", id, "--user", "jane@acme.example")
		x.see("Jane (jane@acme.example): 1 token will be revoked")
		x.see("Poll Cat")
		x.see("[y/N]")
		x.send(answer)
		x.exits(code)
	}
	if n := len(srv.Deletes()); n != 0 {
		t.Fatalf("%d DELETEs", n)
	}
	x := onTerminal(t, 120, 40, env, "revoke", id, "--user", "jane@acme.example")
	x.see("[y/N]")
	x.send("y\r")
	x.exits(0)
	if srv.Exists(id) {
		t.Error("confirmed, but not revoked")
	}
}
