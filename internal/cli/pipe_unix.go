//go:build unix

package cli

import (
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// keepFromPipes has a write to a pipe that nobody reads any more fail, as on Windows. By
// default it would end the program, in the middle of a revoke too. (Programs that are
// started get the default: a signal that is caught is not inherited, one that is ignored is.)
func keepFromPipes() { signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) }

// isClosedPipe reports whether a write failed because nobody reads the pipe any more.
func isClosedPipe(err error) bool { return errors.Is(err, syscall.EPIPE) }
