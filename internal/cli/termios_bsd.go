//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package cli

import "golang.org/x/sys/unix"

// ioctl requests that get and set a terminal's mode.
const (
	readTermios  = unix.TIOCGETA
	writeTermios = unix.TIOCSETA
)
