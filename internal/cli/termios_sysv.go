//go:build aix || linux || solaris

package cli

import "golang.org/x/sys/unix"

// ioctl requests that get and set a terminal's mode.
const (
	readTermios  = unix.TCGETS
	writeTermios = unix.TCSETS
)
