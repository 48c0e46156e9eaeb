//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package cli

import "golang.org/x/sys/unix"

// The requests that read and write a terminal's mode.
const (
	readTermios  = unix.TIOCGETA
	writeTermios = unix.TIOCSETA
)
