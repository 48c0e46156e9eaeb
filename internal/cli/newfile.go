package cli

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// newFile is a file that is created completely or not at all. It is written under a temporary
// name in the same directory, readable only by its owner, and renamed once it is on disk. It
// never replaces an existing file.
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

// reserve allocates disk space for the given number of bytes, which [newFile.replace]
// overwrites. It writes random data because some file systems do not allocate space for zeros.
func (f *newFile) reserve(bytes int) error {
	filler := make([]byte, bytes)
	_, _ = rand.Read(filler) // it never fails
	if _, err := f.tmp.WriteAt(filler, 0); err != nil {
		return err
	}
	return f.tmp.Sync()
}

// replace overwrites the whole content with b.
func (f *newFile) replace(b []byte) error {
	if _, err := f.tmp.WriteAt(b, 0); err != nil {
		return err
	}
	return f.tmp.Truncate(int64(len(b)))
}

// finish gives the file its final name. The error matches [fs.ErrExist] if that name is taken.
func (f *newFile) finish() error {
	if err := errors.Join(f.tmp.Sync(), f.tmp.Close()); err != nil {
		return err
	}
	err := os.Link(f.tmp.Name(), f.path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	// The file system has no hard links. Another process can still create path before Rename.
	if _, taken := os.Lstat(f.path); taken == nil {
		return fs.ErrExist
	}
	return os.Rename(f.tmp.Name(), f.path)
}

// discard removes the temporary file. It does not remove a finished file.
func (f *newFile) discard() {
	_ = f.tmp.Close()
	_ = os.Remove(f.tmp.Name())
}

// replaceFile atomically replaces the file at path. It replaces a symbolic link itself, not its
// target.
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

// writeNew creates a file at path, completely or not at all.
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
