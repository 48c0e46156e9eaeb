//go:build !unix

package cli

import (
	"os"
	"time"

	"golang.org/x/term"
)

// rawInput puts a console into raw mode. Output has a separate mode.
func rawInput(fd int) (restore func(), err error) {
	before, err := term.MakeRaw(fd)
	if err != nil {
		return nil, err
	}
	return func() { _ = term.Restore(fd, before) }, nil
}

// inputWaits returns false: the console marks pasted text.
func inputWaits(*os.File, time.Duration) bool { return false }
