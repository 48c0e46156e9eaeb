//go:build unix

package cli

import (
	"errors"
	"syscall"
)

// isClosedPipe reports whether a write failed because nobody reads the pipe any more.
func isClosedPipe(err error) bool { return errors.Is(err, syscall.EPIPE) }
