package cli

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/term"

	"github.com/wxauth/wxauth/webex"
)

// paged calls write, and shows what it writes in a pager if that is longer than the terminal. Off a
// terminal there is no pager. A pager that is closed early is not an error.
func (c *command) paged(write func(io.Writer) error) error {
	argv := c.pager()
	_, rows, err := term.GetSize(int(c.env.Stdout.Fd()))
	if len(argv) == 0 || err != nil || rows <= 0 {
		return write(c.env.Stdout)
	}
	failed := func(err error) {
		c.note("the pager did not start: %s; see PAGER and --no-pager", webex.Clean(webex.Untrusted(err.Error())))
	}
	p := &pager{out: c.env.Stdout, left: rows - 1, failed: failed, start: func() (*exec.Cmd, io.WriteCloser, error) {
		cmd := exec.CommandContext(context.Background(), argv[0], argv[1:]...) //nolint:gosec // the user chose it
		cmd.Env = withoutSecrets(c.env.Environ)
		if c.env.Getenv("LESS") == "" {
			cmd.Env = append(cmd.Env, "LESS=FRX") // colors, and no pager for what fits
		}
		cmd.Stdout, cmd.Stderr = c.env.Stdout, c.env.Stderr
		in, err := cmd.StdinPipe()
		if err == nil {
			err = cmd.Start()
		}
		return cmd, in, err
	}}
	err = write(p)
	return cmp.Or(p.close(), ignoreClosedPipe(err))
}

func ignoreClosedPipe(err error) error {
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}

// pager returns the command of the pager: PAGER, otherwise less if it is installed; none if the user
// wants none or it would not work here.
func (c *command) pager() []string {
	if c.g.noPager || c.g.noInput || c.Flags.Plain || !isTerminal(c.env.Stdout) || c.env.Getenv("TERM") == "dumb" {
		return nil
	}
	for _, v := range c.env.Environ {
		if text, ok := strings.CutPrefix(v, "PAGER="); ok {
			if argv := strings.Fields(text); len(argv) > 0 && argv[0] != "cat" {
				return argv
			}
			return nil // set to nothing: no pager
		}
	}
	if less, err := exec.LookPath("less"); err == nil && runtime.GOOS != "windows" {
		return []string{less}
	}
	return nil
}

// pager is a writer that keeps lines until they are more than fit on the terminal. It then starts the
// pager and passes everything on to it.
type pager struct {
	out    io.Writer
	left   int // lines that still fit
	start  func() (*exec.Cmd, io.WriteCloser, error)
	failed func(error) // told why the pager did not start

	held bytes.Buffer
	cmd  *exec.Cmd
	in   io.WriteCloser
}

func (p *pager) Write(b []byte) (int, error) {
	if p.cmd != nil {
		return p.in.Write(b)
	}
	p.held.Write(b)
	if p.left -= bytes.Count(b, []byte("\n")); p.left >= 0 {
		return len(b), nil
	}
	cmd, in, err := p.start()
	if err != nil {
		p.failed(err)
		p.left = math.MaxInt
		_, err := p.out.Write(p.held.Bytes())
		p.held.Reset()
		return len(b), err
	}
	signal.Ignore(os.Interrupt) // in a pager, ctrl+c is a key like others; wxauth ends with it
	p.cmd, p.in = cmd, in
	if _, err := in.Write(p.held.Bytes()); err != nil {
		return 0, err
	}
	return len(b), nil
}

// close writes what is left, and waits until the user closes the pager.
func (p *pager) close() error {
	if p.cmd == nil {
		_, err := p.out.Write(p.held.Bytes())
		return err
	}
	_ = p.in.Close()
	_ = p.cmd.Wait() // its status is not ours
	return nil
}
