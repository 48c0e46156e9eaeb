//go:build unix

package audit

import (
	"os"
	"syscall"
)

const (
	modesMatter = true
	noFollow    = syscall.O_NOFOLLOW | syscall.O_NONBLOCK
)

// syncFolder makes a name in the folder durable.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
