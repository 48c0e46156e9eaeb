//go:build unix

package audit

import (
	"io/fs"
	"os"
	"syscall"
)

const (
	modesMatter = true
	noFollow    = syscall.O_NOFOLLOW | syscall.O_NONBLOCK
)

func ownedByUs(info fs.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return !ok || int(s.Uid) == os.Geteuid()
}

// syncFolder syncs the directory, which makes a new name durable.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
