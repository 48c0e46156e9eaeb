package cli

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// newFile is a file that comes to be whole or not at all: it is written under another name in
// the same folder, readable by its owner alone, and gets its own when it is on the disk. No
// file that is there is replaced.
type newFile struct {
	path string
	tmp  *os.File
}

func createNew(path string) (*newFile, error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".wxauth-new-*")
	if err != nil {
		return nil, err
	}
	return &newFile{path, tmp}, nil
}

// reserve has the disk give away room for so many bytes, which [newFile.replace] writes over.
// What is written is random: some file systems keep no room for zeros.
func (f *newFile) reserve(bytes int) error {
	filler := make([]byte, bytes)
	_, _ = rand.Read(filler) // it never fails
	if _, err := f.tmp.WriteAt(filler, 0); err != nil {
		return err
	}
	return f.tmp.Sync()
}

// replace writes b in the place of everything.
func (f *newFile) replace(b []byte) error {
	if _, err := f.tmp.WriteAt(b, 0); err != nil {
		return err
	}
	return f.tmp.Truncate(int64(len(b)))
}

// finish gives the file its name. The error matches [fs.ErrExist] where the name is taken.
func (f *newFile) finish() error {
	if err := errors.Join(f.tmp.Sync(), f.tmp.Close()); err != nil {
		return err
	}
	err := os.Link(f.tmp.Name(), f.path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	// A file system without hard links: somebody may take the name between look and rename.
	if _, taken := os.Lstat(f.path); taken == nil {
		return fs.ErrExist
	}
	return os.Rename(f.tmp.Name(), f.path)
}

// discard removes what was written beside; a file that is finished stays.
func (f *newFile) discard() {
	_ = f.tmp.Close()
	_ = os.Remove(f.tmp.Name())
}

// replaceFile puts a whole file in the place of what is at path. A symbolic link there is
// replaced, and what it leads to is left alone.
func replaceFile(path, text string, mode fs.FileMode) error {
	f, err := createNew(path)
	if err != nil {
		return err
	}
	defer f.discard()
	_, err = f.tmp.WriteString(text)
	if err = errors.Join(err, f.tmp.Chmod(mode), f.tmp.Sync(), f.tmp.Close()); err != nil {
		return err
	}
	return os.Rename(f.tmp.Name(), path)
}

// writeNew writes a whole new file at path.
func writeNew(path string, write func(*os.File) error) error {
	f, err := createNew(path)
	if err != nil {
		return err
	}
	defer f.discard()
	if err := write(f.tmp); err != nil {
		return err
	}
	return f.finish()
}
