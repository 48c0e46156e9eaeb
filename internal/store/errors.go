package store

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	bolterrors "go.etcd.io/bbolt/errors"
)

// What can be wrong with a store. Every error of this package matches one of these
// with errors.Is, or is webex.ErrNotLoggedIn or webex.ErrOrgNotRegistered for what
// is not there.
var (
	// ErrLocked: another process has held the file for longer than we wait.
	ErrLocked = errors.New("the store is locked by another process")
	// ErrDamaged: the file, or a value in it, is not what was written.
	ErrDamaged = errors.New("the store is damaged")
	// ErrForeign: the file is a sound bbolt database, and not one of ours.
	ErrForeign = errors.New("the file is not a store of wxauth")
	// ErrNewer: a newer version made the store.
	ErrNewer = errors.New("the store is from a newer version")
	// ErrExposed: others may read or write the file, or it is not ours.
	ErrExposed = errors.New("it is not safe where it is")
	// ErrKeyLost: there are records, and their key is gone.
	ErrKeyLost = errors.New("the key of the store is lost")
	// ErrWrongKey: a wrong passphrase, or a key that was changed.
	ErrWrongKey = errors.New("wrong passphrase or damaged key")
	// ErrNoKey: where the key should come from cannot be used now.
	ErrNoKey = errors.New("no key for the store")
	// ErrWrite: the file system refused to write. What was there before is intact.
	ErrWrite = errors.New("the store cannot be written")
	// ErrSweeping: another process is sweeping the same organization.
	ErrSweeping = errors.New("another wxauth is sweeping this organization now")
	// ErrInventory: the inventory, which is not the store, is damaged. It can be thrown
	// away: a sweep makes it anew.
	ErrInventory = errors.New("the inventory is damaged")
	// ErrInBackups: what was to be forgotten is gone from the store, and still stands in a
	// backup that can be neither replaced nor removed.
	ErrInBackups = errors.New("it is gone from the store, but its backups still hold it")
)

// fileError says what the file system refused, and what to try.
func fileError(doing, path string, err error) error {
	hint := ""
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return fmt.Errorf("%s: %w (%s); try again, or look for the program that holds it", doing, ErrLocked, path)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, errQuota):
		hint = "the disk is full: free some space; nothing was changed"
	case errors.Is(err, syscall.EROFS):
		hint = "the file system is read-only; nothing was changed"
	case errors.Is(err, os.ErrPermission):
		hint = "no permission for " + path + "; nothing was changed"
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		hint = "too many open files; nothing was changed"
	case errors.Is(err, syscall.EFBIG), errors.Is(err, bolterrors.ErrMaxSizeReached):
		hint = "the file may not grow; nothing was changed"
	case errors.Is(err, syscall.EIO):
		hint = "the disk reports an error; nothing was changed"
	default:
		return fmt.Errorf("%s: %w: %w", doing, ErrWrite, err)
	}
	return fmt.Errorf("%s: %w: %w (%s)", doing, ErrWrite, err, hint)
}
