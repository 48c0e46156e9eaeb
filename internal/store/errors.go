package store

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/wxauth/wxauth/internal/seal"
)

// Errors of a store. Every error of this package matches one of these,
// webex.ErrNotLoggedIn or webex.ErrOrgNotRegistered with errors.Is; or it is the error of the
// context, or webex.ErrInvalidInput for an invalid organization id.
var (
	// ErrLocked means that another process held the lock for too long.
	ErrLocked = errors.New("the store is locked by another process")
	// ErrDamaged means that the file or a value in it was changed or is corrupt.
	ErrDamaged = seal.ErrDamaged
	// ErrForeign means that the file is a valid bbolt database but not a wxauth store.
	ErrForeign = errors.New("the file is not a store of wxauth")
	// ErrNewer means that a newer version of wxauth wrote the store.
	ErrNewer = errors.New("the store is from a newer version")
	// ErrExposed means that other users can read or write the file, or own it.
	ErrExposed = errors.New("insecure permissions or owner")
	// ErrKeyLost means that the store exists but its master key is missing.
	ErrKeyLost = errors.New("the encryption key of the store is missing")
	// ErrWrongKey means that the passphrase is wrong or the master key was changed.
	ErrWrongKey = errors.New("wrong passphrase or damaged key")
	// ErrNoKey means that the key source is not available.
	ErrNoKey = errors.New("no encryption key for the store")
	// ErrWrite means that the file system failed to write. The previous content is intact.
	ErrWrite = errors.New("the store cannot be written")
	// ErrSweeping means that another process is sweeping the same organization.
	ErrSweeping = errors.New("another wxauth process is sweeping this organization")
	// ErrInventory means that the inventory is damaged. It can be deleted: a new sweep
	// recreates it.
	ErrInventory = errors.New("the inventory is damaged")
	// ErrInBackups means that a record was deleted from the store, but that a backup, which
	// could be neither replaced nor removed, still contains it.
	ErrInBackups = errors.New("it was deleted from the store, but backups still contain it")
)

// fileError describes an error of the file system and what to try.
func fileError(doing, path string, err error) error {
	hint := ""
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return fmt.Errorf("%s: %w (%s); try again, or stop the program that holds the lock", doing, ErrLocked, path)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, errQuota):
		hint = "the disk is full: free some space; nothing was changed"
	case errors.Is(err, syscall.EROFS):
		hint = "the file system is read-only; nothing was changed"
	case errors.Is(err, os.ErrPermission):
		hint = "no permission for " + path + "; nothing was changed"
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		hint = "too many open files; nothing was changed"
	case errors.Is(err, syscall.EFBIG), errors.Is(err, bolterrors.ErrMaxSizeReached):
		hint = "the file size limit is reached; nothing was changed"
	case errors.Is(err, syscall.EIO):
		hint = "the disk reports an error; nothing was changed"
	default:
		return fmt.Errorf("%s: %w: %w", doing, ErrWrite, err)
	}
	return fmt.Errorf("%s: %w: %w (%s)", doing, ErrWrite, err, hint)
}
