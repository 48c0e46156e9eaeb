package cli

import "golang.org/x/sys/unix"

const flushRead = 1 // FREAD of <sys/fcntl.h>

// dropTypeAhead throws away what was typed before a question stood on the terminal: it
// cannot be the answer.
func (c *command) dropTypeAhead() {
	_ = unix.IoctlSetPointerInt(int(c.env.Stdin.Fd()), unix.TIOCFLUSH, flushRead)
}
