package cli

import "golang.org/x/sys/unix"

const flushRead = 1 // FREAD of <sys/fcntl.h>

// dropTypeAhead discards what was typed before a question appeared: it cannot be an answer.
func (c *command) dropTypeAhead() {
	_ = unix.IoctlSetPointerInt(int(c.env.Stdin.Fd()), unix.TIOCFLUSH, flushRead)
}
