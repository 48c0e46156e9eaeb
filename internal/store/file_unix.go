//go:build unix && !solaris && !aix

package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"syscall"
	"time"

	bolterrors "go.etcd.io/bbolt/errors"
)

const (
	modesMatter = true
	// noFollow refuses a symbolic link, and does not wait for the other end of a pipe.
	noWait   = syscall.O_NONBLOCK // opening a pipe
	noFollow = syscall.O_NOFOLLOW | noWait
	// locksBefore: flock(2) belongs to the open file, so that bbolt, which locks the
	// file that we hand to it, finds it locked by itself.
	locksBefore = true
)

func isSymlinkError(err error) bool {
	return errors.Is(err, syscall.ELOOP) || errors.Is(err, syscall.EMLINK)
}

func ownedByUs(info fs.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return !ok || int(s.Uid) == os.Geteuid()
}

func unlockFile(f *os.File) { _ = syscall.Flock(int(f.Fd()), syscall.LOCK_UN) }

// ownedByRoot: root can replace any file anyway, so a directory of root is as safe as ours.
func ownedByRoot(info fs.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && s.Uid == 0
}

// lockFile waits for the lock, trying every few milliseconds.
func lockFile(ctx context.Context, f *os.File, exclusive bool, timeout time.Duration) error {
	how := syscall.LOCK_SH
	if exclusive {
		how = syscall.LOCK_EX
	}
	deadline := time.Now().Add(timeout)
	for {
		err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
		switch {
		case err == nil:
			return nil
		case !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR):
			return err
		case time.Now().After(deadline):
			return bolterrors.ErrTimeout
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(3 * time.Millisecond):
		}
	}
}
