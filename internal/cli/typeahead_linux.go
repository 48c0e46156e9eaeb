package cli

import "golang.org/x/sys/unix"

// dropTypeAhead discards what was typed before a question appeared: it cannot be an answer.
func (c *command) dropTypeAhead() {
	_ = unix.IoctlSetInt(int(c.env.Stdin.Fd()), unix.TCFLSH, unix.TCIFLUSH)
}
