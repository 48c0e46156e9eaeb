//go:build unix

package cli

import (
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// KeepFromPipes makes a write to a closed pipe fail, as on Windows, instead of killing the
// program in the middle of a revoke. (Programs that wxauth starts keep the default: they do not
// inherit a caught signal, but would inherit an ignored one.)
func KeepFromPipes() { signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) }

// isClosedPipe reports whether a write failed because the reader closed the pipe.
func isClosedPipe(err error) bool { return errors.Is(err, syscall.EPIPE) }
