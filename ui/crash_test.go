//go:build unix && !race

// Not with the race detector: after a panic in a command, Bubble Tea closes its reader while the
// reader's goroutine still uses it. That race is in Bubble Tea.

package ui

import (
	"bytes"
	"context"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/webex"
)

// crashing is a service that panics, to simulate a bug.
type crashing struct {
	Service
	where string
}

func (c crashing) Session(context.Context) (app.Session, error) {
	if c.where == "a command" {
		panic("a mistake")
	}
	return app.Session{}, webex.ErrNetwork
}

func (c crashing) List(context.Context, webex.Person) (app.Listing, error) {
	return app.Listing{}, webex.ErrNetwork
}

func (c crashing) Settle(context.Context) ([]app.Record, error) { return nil, nil }

func (c crashing) LacksScope() string { return "" }

func (c crashing) ReadOnly() bool {
	if c.where == "the screen" {
		panic("a mistake")
	}
	return false
}
func (crashing) PausedUntil() time.Time { return time.Time{} }

// leftOpen are the terminals of crashed dashboards. Their reader goroutines may still use them,
// so they stay open.
var leftOpen []*os.File

// S-54: after a panic in the screen or in a command, the dashboard returns an error and restores
// the terminal.
func TestACrashLeavesTheTerminalAsItWas(t *testing.T) {
	for _, where := range []string{"a command", "the screen"} {
		p, tty, err := pty.Open()
		if err != nil {
			t.Fatal(err)
		}
		_ = pty.Setsize(p, &pty.Winsize{Cols: 80, Rows: 24})
		before, err := term.GetState(int(tty.Fd()))
		if err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var raw bytes.Buffer
		go func() {
			buf := make([]byte, 4096)
			for {
				n, err := p.Read(buf)
				mu.Lock()
				raw.Write(buf[:n])
				mu.Unlock()
				if err != nil {
					return
				}
			}
		}()
		done := make(chan error, 1)
		go func() {
			defer func() {
				if r := recover(); r != nil {
					done <- io.ErrUnexpectedEOF
				}
			}()
			_, err := Run(t.Context(), Options{Service: crashing{where: where}, Person: &webex.Me, Theme: "dark"}, Terminal{In: tty, Out: tty, Environ: []string{"TERM=xterm-256color"}})
			done <- err
		}()
		select {
		case err := <-done:
			if err == nil || err == io.ErrUnexpectedEOF {
				t.Errorf("%s: %v", where, err)
			}
		case <-time.After(trial.Patience):
			t.Errorf("%s: the dashboard does not exit", where)
		}
		after, err := term.GetState(int(tty.Fd()))
		if err != nil || *after != *before {
			t.Errorf("%s: the terminal's mode was not restored: %v", where, err)
		}
		if _, err := tty.WriteString("the end"); err != nil { // follows all other output
			t.Fatal(err)
		}
		out := ""
		trial.Until(t, "the end of the output", func() bool {
			mu.Lock()
			defer mu.Unlock()
			out = raw.String()
			return strings.HasSuffix(out, "the end")
		})
		if in, left := strings.LastIndex(out, "\x1b[?1049h"), strings.LastIndex(out, "\x1b[?1049l"); left < in {
			t.Errorf("%s: the alternate screen was entered at %d and left at %d", where, in, left)
		}
		leftOpen = append(leftOpen, tty, p)
	}
}
