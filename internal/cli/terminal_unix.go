//go:build unix

package cli

import (
	"bytes"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"github.com/wxauth/wxauth/ui"
)

// canSuspend reports whether a shell with job control started this process: then it has a
// process group of its own. Otherwise nobody would ever continue it.
func canSuspend() bool {
	session, err := unix.Getsid(0)
	return err == nil && session != unix.Getpgrp()
}

// watchStop lets the dashboard put the terminal in order before SIGTSTP stops the process.
// The returned function ends that.
//
// Bubble Tea suspends itself with SIGTSTP, too. Go does not bring back what that signal does
// by default once it was caught, so this one is answered with SIGSTOP.
func watchStop(t *ui.Terminal) (end func()) {
	if !canSuspend() {
		return func() {}
	}
	signals, stop, over := make(chan os.Signal, 1), make(chan struct{}), make(chan struct{})
	signal.Notify(signals, syscall.SIGTSTP)
	var suspending atomic.Bool
	go func() {
		for {
			select {
			case <-signals:
			case <-over:
				return
			}
			if suspending.Load() {
				_ = syscall.Kill(0, syscall.SIGSTOP)
				continue
			}
			select {
			case stop <- struct{}{}:
			case <-over:
				return
			}
		}
	}()
	t.Stop = stop
	t.Suspending = func() { suspending.Store(true) }
	t.Resumed = func() { suspending.Store(false) }
	return func() { signal.Stop(signals); close(over) }
}

// dumpSignals end a Go program by default, with the stacks of all goroutines. Caused by a
// fault of the program itself they are panics, and do not come here.
var dumpSignals = []os.Signal{
	syscall.SIGQUIT, syscall.SIGABRT, syscall.SIGSEGV, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGILL, syscall.SIGTRAP, syscall.SIGSYS,
}

// guardTerminal puts the terminal in order when somebody sends one of [dumpSignals]: its mode
// is what it is now, and leave is written to screen. Then the signal does what it does by default.
// It does not ask the program that has the terminal, which may hang. The returned function
// ends that.
func (c *command) guardTerminal(screen *os.File, leave string) (end func()) {
	fd := int(c.env.Stdin.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return func() {}
	}
	signals, over := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(signals, dumpSignals...)
	go func() {
		select {
		case s := <-signals:
			_ = term.Restore(fd, before)
			_, _ = screen.WriteString(leave)
			signal.Reset(s)
			if s, ok := s.(syscall.Signal); ok {
				_ = syscall.Kill(os.Getpid(), s)
			}
		case <-over:
		}
	}()
	return func() { signal.Stop(signals); close(over) }
}

// drainReplies reads and drops replies of the terminal that the dashboard did not wait for.
// A terminal answers in order, and every one answers a request for its device attributes
// (DA1): its answer is the last.
func (c *command) drainReplies(ran time.Duration, read int) {
	if ran > repliesCome || read >= repliesAsked {
		return
	}
	fd := int(c.env.Stdin.Fd())
	before, err := term.MakeRaw(fd)
	if err != nil {
		return
	}
	defer func() { _ = term.Restore(fd, before) }()
	if _, err := c.env.Stdout.WriteString("\x1b[c"); err != nil {
		return
	}
	var got []byte
	buf := make([]byte, 1024)
	for end := time.Now().Add(replyWait); ; {
		left := time.Until(end).Milliseconds()
		ready, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(max(left, 0))) //nolint:gosec // a descriptor is small
		if err == unix.EINTR && left > 0 {
			continue
		}
		if err != nil || ready == 0 {
			return
		}
		n, err := unix.Read(fd, buf)
		if err != nil || n == 0 {
			return
		}
		got = append(got, buf[:n]...)
		if at := bytes.LastIndex(got, []byte("\x1b[?")); at >= 0 && bytes.IndexByte(got[at:], 'c') > 0 {
			return
		}
	}
}
