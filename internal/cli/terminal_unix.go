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

// canSuspend reports whether a shell with job control started this process, which then has its
// own process group. Otherwise nothing would resume it.
func canSuspend() bool {
	session, err := unix.Getsid(0)
	return err == nil && session != unix.Getpgrp()
}

// watchStop restores the terminal before SIGTSTP stops the process. The returned function stops
// watching.
//
// Bubble Tea also suspends itself with SIGTSTP. Go does not restore a signal's default action
// once it was caught, so watchStop uses SIGSTOP to stop the process.
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

// dumpSignals are signals that by default make a Go program print the stacks of all goroutines
// and exit. If the program itself causes one, Go panics instead.
var dumpSignals = []os.Signal{
	syscall.SIGQUIT, syscall.SIGABRT, syscall.SIGSEGV, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGILL, syscall.SIGTRAP, syscall.SIGSYS,
}

// guardTerminal restores the terminal when one of [dumpSignals] arrives: it sets the current
// mode again and writes leave to screen, then triggers the signal's default action. It does not
// depend on the dashboard, which may hang. The returned function stops it.
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

// drainReplies discards terminal replies that the dashboard did not wait for. A terminal
// replies in order, and every terminal answers a request for its device attributes (DA1), so
// that reply is the last.
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
		ready, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(max(left, 0))) //nolint:gosec // descriptors are small
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
