package cli

import "golang.org/x/sys/unix"

// dropTypeAhead throws away what was typed before a question stood on the terminal: it
// cannot be the answer.
func (c *command) dropTypeAhead() {
	_ = unix.IoctlSetInt(int(c.env.Stdin.Fd()), unix.TCFLSH, unix.TCIFLUSH)
}
