//go:build unix

package store_test

import (
	"errors"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/wxauth/wxauth/internal/store"
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

// A pipe in place of a mounted key is rejected, and not waited for.
func TestAPipeIsNoMountedKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	pipe(t, path)
	if text, err := store.FileSecret(path, true).Load(t.Context()); !errors.Is(err, store.ErrExposed) {
		t.Errorf("%q, %v", text, err)
	}
}
