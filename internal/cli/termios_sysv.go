//go:build aix || linux || solaris

package cli

import "golang.org/x/sys/unix"

// The requests that read and write a terminal's mode.
const (
	readTermios  = unix.TCGETS
	writeTermios = unix.TCSETS
)
