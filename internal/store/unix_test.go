//go:build unix

package store_test

import (
	"syscall"
	"testing"
)

func umask(mask int) int { return syscall.Umask(mask) }

// pipe makes a named pipe, and reports whether this system has them.
func pipe(t *testing.T, path string) bool {
	t.Helper()
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return true
}
