package app

import (
	"errors"
	"fmt"
)

// ErrBug means that a bug in wxauth stopped a part of the work. Its outcome is
// reported as unknown or not sent, and the rest continues.
var ErrBug = errors.New("bug in wxauth: report it with the output of wxauth version")

// safely calls do and converts a panic to an error. Bubble Tea recovers panics of
// its commands, but not of goroutines started by them. Such a panic would end the
// program and leave the terminal in raw mode.
func safely(do func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w (%v)", ErrBug, r)
		}
	}()
	return do()
}
