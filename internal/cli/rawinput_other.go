//go:build !unix

package cli

import (
	"os"
	"time"

	"golang.org/x/term"
)

// rawInput puts a console into raw mode. Its output has a mode of its own.
func rawInput(fd int) (restore func(), err error) {
	before, err := term.MakeRaw(fd)
	if err != nil {
		return nil, err
	}
	return func() { _ = term.Restore(fd, before) }, nil
}

// inputWaits reports nothing here: the console marks what is pasted.
func inputWaits(*os.File, time.Duration) bool { return false }
