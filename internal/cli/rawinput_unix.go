//go:build unix

package cli

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// rawInput puts a terminal into raw mode, except for its output, so that other messages still
// print correctly.
func rawInput(fd int) (restore func(), err error) {
	before, err := term.MakeRaw(fd)
	if err != nil {
		return nil, err
	}
	restore = func() { _ = term.Restore(fd, before) }
	mode, err := unix.IoctlGetTermios(fd, readTermios)
	if err == nil {
		mode.Oflag |= unix.OPOST | unix.ONLCR
		err = unix.IoctlSetTermios(fd, writeTermios, mode)
	}
	if err != nil {
		restore()
		return nil, err
	}
	return restore, nil
}

// inputWaits reports whether input arrives within a time.
func inputWaits(f *os.File, wait time.Duration) bool {
	end := time.Now().Add(wait)
	for {
		left := max(time.Until(end), 0)
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(f.Fd()), Events: unix.POLLIN}}, int(left.Milliseconds())) //nolint:gosec // descriptors are small
		if errors.Is(err, unix.EINTR) && left > 0 {
			continue
		}
		return err == nil && n > 0
	}
}
