package move

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/internal/store"
)

// A move into files builds the new store in a staging directory beside it. The mark says that everything
// is there and was checked: what is left to do is to rename the files.
const (
	stagingSuffix = ".moving"
	markName      = "complete"
)

// Staging returns the files of a store that is being built for files. Earlier attempts that were not
// complete are removed. done is true if an earlier attempt was complete, and is installed now.
func Staging(files config.Files) (staging config.Files, done bool, err error) {
	dir := files.Store + stagingSuffix
	staging = config.Files{Store: filepath.Join(dir, "store.db"), Inventory: filepath.Join(dir, "inventory.db"), Keyfile: files.Keyfile, Audit: filepath.Join(dir, "audit.jsonl")}
	if _, err := os.Lstat(filepath.Join(dir, markName)); err == nil {
		return staging, true, install(staging, files)
	}
	for _, path := range []string{files.Store, files.Inventory, files.Audit} {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			return staging, false, fmt.Errorf("%w: %s: if an earlier move made it, that move was complete; otherwise move it away, or choose another path", ErrExists, path)
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		return staging, false, err
	}
	return staging, false, os.MkdirAll(dir, 0o700)
}

// ErrExists means that there is something at the path of the new store.
var ErrExists = errors.New("the file exists")

// Install puts a complete store into its place.
func Install(staging, files config.Files) error {
	mark, err := os.OpenFile(filepath.Join(filepath.Dir(staging.Store), markName), os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		err = errors.Join(mark.Sync(), mark.Close())
	}
	if err != nil {
		return err
	}
	return install(staging, files)
}

// install renames the files, the store last: without it, the others are not used.
func install(staging, files config.Files) error {
	for _, f := range [][2]string{{staging.Audit, files.Audit}, {staging.Inventory, files.Inventory}, {staging.Store, files.Store}} {
		if err := os.MkdirAll(filepath.Dir(f[1]), 0o700); err != nil {
			return err
		}
		if err := os.Rename(f[0], f[1]); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err // a file that does not exist was renamed by an earlier attempt, or there was none
		}
	}
	return os.RemoveAll(filepath.Dir(staging.Store))
}

// Remove deletes a store that was moved, with its key file, inventory and unfinished sweeps. The audit
// log is only renamed, so that it does not look like a part of the next one.
func Remove(files config.Files) (kept string, err error) {
	paths := []string{files.Store, files.Store + ".bak1", files.Store + ".bak2", files.Inventory, files.Keyfile}
	journals, err := filepath.Glob(filepath.Join(filepath.Dir(files.Inventory), "inventory-*.journal*"))
	if err != nil {
		return "", err
	}
	for _, path := range append(paths, journals...) {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	kept = filepath.Join(filepath.Dir(files.Audit), "moved-"+time.Now().UTC().Format("20060102T150405Z")+"-"+filepath.Base(files.Audit))
	if err := os.Rename(files.Audit, kept); errors.Is(err, fs.ErrNotExist) {
		return "", nil
	} else if err != nil {
		return "", err
	}
	return kept, nil
}

// oldSuffix names the store whose key source was replaced.
const oldSuffix = ".before-move"

// ChangeKey writes the store in path with another key, into a new file that then takes its place. The old
// one stays beside it until it is removed with [RemoveOld].
func ChangeKey(ctx context.Context, from *store.Bolt, to func(path string) (*store.Bolt, error)) (records int, err error) {
	path := from.Path()
	temporary := path + stagingSuffix
	if err := os.RemoveAll(temporary); err != nil {
		return 0, err
	}
	next, err := to(temporary)
	if err != nil {
		return 0, err
	}
	all, err := from.Records(ctx)
	if err != nil {
		return 0, err
	}
	if err := next.PutRecords(ctx, all); err != nil {
		return 0, err
	}
	written, err := next.Records(ctx)
	if err != nil {
		return 0, err
	}
	for _, r := range all {
		if copied, ok := find(written, r); !ok || string(copied.Value) != string(r.Value) {
			return 0, fmt.Errorf("%w: a copied record is not what was written: try again", store.ErrWrite)
		}
	}
	for _, bak := range []string{".bak1", ".bak2"} { // of the new file; the next write makes others
		if err := os.Remove(temporary + bak); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return 0, err
		}
	}
	if err := os.Remove(path + oldSuffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	// The path always names a store: first the old one gets a second name.
	if err := os.Link(path, path+oldSuffix); err != nil {
		return 0, err
	}
	return len(all), os.Rename(temporary, path)
}

// RemoveOld deletes what [ChangeKey] left, and the backups, which the old key encrypted.
func RemoveOld(path string) error {
	for _, suffix := range []string{oldSuffix, ".bak1", ".bak2"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
