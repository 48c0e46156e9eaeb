package move

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/wxauth/wxauth/internal/audit"
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
// complete are removed. installed is true if an earlier attempt was complete, and is in its place now:
// what was written to the old store since then is still missing there.
func Staging(files config.Files) (staging config.Files, installed bool, err error) {
	dir := files.Store + stagingSuffix
	staging = config.Files{Store: filepath.Join(dir, "store.db"), Inventory: filepath.Join(dir, "inventory.db"), Keyfile: files.Keyfile, Audit: filepath.Join(dir, "audit.jsonl")}
	if _, err := os.Lstat(filepath.Join(dir, markName)); err == nil {
		if err := free(staging, files); err != nil {
			return staging, false, fmt.Errorf("%w; what an earlier move built is in %s", err, dir)
		}
		return staging, true, install(staging, files)
	}
	if err := os.RemoveAll(dir); err != nil {
		return staging, false, err
	}
	for _, path := range []string{files.Store, files.Inventory, files.Audit} {
		if err := absent(path); err != nil {
			return staging, false, err
		}
	}
	return staging, false, os.MkdirAll(dir, 0o700)
}

// pairs returns each file of a staged store and its place, the store last: without it, the others are not
// used.
func pairs(staging, files config.Files) [][2]string {
	return [][2]string{{staging.Audit, files.Audit}, {staging.Inventory, files.Inventory}, {staging.Store, files.Store}}
}

// free returns an error if something has taken the place of a staged file.
func free(staging, files config.Files) error {
	for _, f := range pairs(staging, files) {
		if _, err := os.Lstat(f[0]); err == nil {
			if err := absent(f[1]); err != nil {
				return err
			}
		}
	}
	return nil
}

func absent(path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s: if an earlier move made it, that move was complete; otherwise move it away, or choose another path", ErrExists, path)
	}
	return nil
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

// install puts the files into their places. It can be repeated.
func install(staging, files config.Files) error {
	for _, f := range pairs(staging, files) {
		if err := os.MkdirAll(filepath.Dir(f[1]), 0o700); err != nil {
			return err
		}
		if _, err := os.Lstat(f[0]); errors.Is(err, fs.ErrNotExist) {
			continue // put there by an earlier attempt, or there was none
		}
		if err := os.Rename(f[0], f[1]); err != nil {
			if err := across(f[0], f[1]); err != nil {
				return err
			}
		}
	}
	return os.RemoveAll(filepath.Dir(staging.Store))
}

// across moves a file to another file system.
func across(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	tmp, err := os.CreateTemp(filepath.Dir(to), ".wxauth-move-*") // readable by its owner only
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = io.Copy(tmp, in)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), to)
	}
	if err != nil {
		return err
	}
	return os.Remove(from)
}

// Remove deletes a store that was moved, with its inventory and unfinished sweeps. The key file stays: a
// store in the same directory uses it too. The files of the audit log are only renamed, so that they do not look
// like parts of the next one; kept is the current file.
func Remove(files config.Files) (kept string, err error) {
	paths := append(store.Backups(files.Store), files.Store, files.Inventory)
	journals, err := filepath.Glob(filepath.Join(filepath.Dir(files.Inventory), "inventory-*.journal*"))
	if err != nil {
		return "", err
	}
	for _, path := range append(paths, journals...) {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	logs, err := audit.New(files.Audit, nil).Files()
	if err != nil {
		return "", err
	}
	prefix := "moved-" + time.Now().UTC().Format("20060102T150405Z") + "-"
	for _, path := range logs {
		moved := filepath.Join(filepath.Dir(path), prefix+filepath.Base(path))
		if err := os.Rename(path, moved); err != nil {
			return kept, err
		}
		if path == files.Audit {
			kept = moved
		}
	}
	return kept, nil
}

// OldPath returns where the store at path is after its key was replaced.
func OldPath(path string) string { return path + ".before-move" }

// ChangeKey writes a store in a file with another key, into a new file that then takes its place. The old
// one stays beside it until it is removed with [RemoveOld].
func ChangeKey(ctx context.Context, side Store, from *store.Bolt, to func(path string) (*store.Bolt, error)) (records int, err error) {
	path := from.Path()
	temporary := path + stagingSuffix
	if err := os.RemoveAll(temporary); err != nil {
		return 0, err
	}
	next, err := to(temporary)
	if err == nil {
		err = next.Prepare(ctx) // asks for a passphrase
	}
	if err != nil {
		return 0, err
	}
	unlock, err := lockRefreshes(ctx, side)
	defer unlock()
	if err != nil {
		return 0, err
	}
	all, err := from.Records(ctx)
	if err == nil {
		err = putAll(ctx, next, all)
	}
	if err != nil {
		return 0, err
	}
	if err := os.Remove(OldPath(path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	// The path always names a store: first the old one gets a second name.
	if err := os.Link(path, OldPath(path)); err != nil {
		return 0, err
	}
	if err := os.Rename(temporary, path); err != nil {
		return 0, err
	}
	for _, bak := range store.Backups(temporary) { // the next write makes others
		if err := os.Remove(bak); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return 0, err
		}
	}
	// What was written since the old store was read is in the old store only.
	late, err := from.At(OldPath(path)).Records(ctx)
	if err != nil {
		return 0, err
	}
	late = slices.DeleteFunc(late, func(r store.Record) bool {
		was, ok := find(all, r)
		return ok && bytes.Equal(was.Value, r.Value)
	})
	if len(late) > 0 {
		if err := putAll(ctx, next.At(path), late); err != nil {
			return 0, err
		}
	}
	return len(all), nil
}

// putAll writes records and reads them back.
func putAll(ctx context.Context, to *store.Bolt, records []store.Record) error {
	if err := to.PutRecords(ctx, records); err != nil {
		return err
	}
	written, err := to.Records(ctx)
	if err != nil {
		return err
	}
	for _, r := range records {
		if copied, ok := find(written, r); !ok || !bytes.Equal(copied.Value, r.Value) {
			return fmt.Errorf("%w: a copied record is not what was written: try again", store.ErrWrite)
		}
	}
	return nil
}

// RemoveOld deletes what [ChangeKey] left, and the backups, which the old key encrypted.
func RemoveOld(path string) error {
	for _, old := range append(store.Backups(path), OldPath(path)) {
		if err := os.Remove(old); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
