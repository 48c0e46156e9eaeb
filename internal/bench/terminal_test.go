//go:build unix

package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"syscall"
	"time"

	"github.com/creack/pty"
)

// terminal is a program on a pseudo-terminal. What the program writes is kept with the
// times at which it came.
type terminal struct {
	cmd   *exec.Cmd
	pty   *os.File
	begun time.Time

	mu   sync.Mutex
	raw  []byte
	last time.Time // when the newest byte came
}

// replies are what a modern terminal answers to the queries that Bubble Tea programs ask.
var replies = []struct{ query, answer string }{
	{"\x1b[?2026$p", "\x1b[?2026;2$y"},                    // synchronized output: supported
	{"\x1b[?2027$p", "\x1b[?2027;0$y"},                    // grapheme clusters: not
	{"\x1b[?u", "\x1b[?0u"},                               // kitty's keyboard
	{"\x1b]11;?\x07", "\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\"}, // the background: dark
	{"\x1b[c", "\x1b[?62;22c"},                            // what it is
}

const columns, lines = 120, 40

// open starts a program on a terminal of 120×40 cells, which answers queries or is mute.
func open(ctx context.Context, answers bool, env []string, name string, args ...string) (*terminal, error) {
	p, tty, err := pty.Open()
	if err != nil {
		return nil, fmt.Errorf("open a pseudo-terminal: %w", err)
	}
	defer tty.Close()
	if err := pty.Setsize(p, &pty.Winsize{Cols: columns, Rows: lines}); err != nil {
		return nil, fmt.Errorf("size a pseudo-terminal: %w", err)
	}
	t := &terminal{pty: p, cmd: exec.CommandContext(ctx, name, args...)}
	t.cmd.Env = append([]string{"TERM=xterm-256color", "COLORTERM=truecolor", "PATH=" + os.Getenv("PATH")}, env...)
	t.cmd.Stdin, t.cmd.Stdout, t.cmd.Stderr = tty, tty, tty
	t.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	t.begun = time.Now()
	if err := t.cmd.Start(); err != nil {
		return nil, err
	}
	go t.read(answers)
	return t, nil
}

func (t *terminal) read(answers bool) {
	buf, pending := make([]byte, 64<<10), []byte(nil)
	for {
		n, err := t.pty.Read(buf)
		now := time.Now()
		if n > 0 {
			t.mu.Lock()
			t.raw, t.last = append(t.raw, buf[:n]...), now
			t.mu.Unlock()
		}
		if answers && n > 0 {
			pending = t.answer(append(pending, buf[:n]...))
		}
		if err != nil {
			return
		}
	}
}

// answer sends the answers to the queries in what was written, and returns what may be the
// beginning of another.
func (t *terminal) answer(out []byte) (rest []byte) {
	for _, r := range replies {
		for range bytes.Count(out, []byte(r.query)) {
			_, _ = io.WriteString(t.pty, r.answer)
		}
		out = bytes.ReplaceAll(out, []byte(r.query), nil)
	}
	if i := bytes.LastIndexByte(out, 0x1b); i >= 0 && len(out)-i < 12 {
		return bytes.Clone(out[i:])
	}
	return nil
}

// sequences are what a terminal obeys and does not show.
var sequences = regexp.MustCompile(`\x1b\[[0-9;?<=>$]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)|\x1b[=>78()][0B]?`)

// written is how much has come, and when the newest of it did.
func (t *terminal) written() (n int, last time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.raw), t.last
}

func (t *terminal) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(sequences.ReplaceAll(t.raw, nil))
}

// see waits for a text that was not on the screen before, and returns how long after the
// start it came.
func (t *terminal) see(text string) (time.Duration, error) {
	looked := 0
	for until := time.Now().Add(30 * time.Second); time.Now().Before(until); time.Sleep(500 * time.Microsecond) {
		t.mu.Lock()
		last, raw := t.last, t.raw
		t.mu.Unlock()
		if len(raw) == looked {
			continue
		}
		looked = len(raw)
		// A text may come with styles inside: what is shown is looked at.
		if bytes.Contains(sequences.ReplaceAll(raw, nil), []byte(text)) {
			return last.Sub(t.begun), nil
		}
	}
	return 0, fmt.Errorf("%s never showed %q; what it wrote: %.300q", t.cmd.Path, text, t.text())
}

// quiet is how long nothing must come before a frame counts as complete.
const quiet = 60 * time.Millisecond

// settle waits until nothing has come for so long.
func (t *terminal) settle(d time.Duration) {
	for begun := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		if _, last := t.written(); time.Since(later(last, begun)) > d {
			return
		}
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// press sends a key and waits for the frame that follows: how long until its last byte, and
// how many there were.
func (t *terminal) press(key string) (took time.Duration, size int, err error) {
	before, _ := t.written()
	begun := time.Now()
	if _, err := io.WriteString(t.pty, key); err != nil {
		return 0, 0, err
	}
	for time.Since(begun) < 5*time.Second {
		n, last := t.written()
		if n > before && time.Since(last) > quiet {
			return last.Sub(begun), n - before, nil
		}
		time.Sleep(500 * time.Microsecond)
	}
	return 0, 0, errors.New("a key changed nothing")
}

// close ends the program.
func (t *terminal) close() {
	_ = t.cmd.Process.Kill()
	_ = t.cmd.Wait()
	_ = t.pty.Close()
}
