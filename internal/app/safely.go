package app

import (
	"errors"
	"fmt"
)

// ErrBug: a mistake of ours stopped a part of the work. What it was about is told as not
// known, or not done, and the rest goes on.
var ErrBug = errors.New("bug in wxauth: report it with the output of wxauth version")

// safely makes a panic of do an error. One that nobody catches would end the program and
// leave the terminal as the dashboard had it; what Bubble Tea runs, it catches, but not the
// goroutines that are started from there.
func safely(do func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w (%v)", ErrBug, r)
		}
	}()
	return do()
}
