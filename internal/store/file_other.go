//go:build !unix || solaris || aix

package store

import (
	"context"
	"io/fs"
	"os"
	"time"
)

// On Windows the directory's access list, inherited from the user's profile, is what
// keeps others out, and locks belong to ranges: bbolt takes its own.
const (
	modesMatter = false
	noWait      = 0
	noFollow    = 0
	locksBefore = false
)

func isSymlinkError(error) bool                                     { return false }
func ownedByRoot(fs.FileInfo) bool                                  { return false }
func unlockFile(*os.File)                                           {}
func ownedByUs(fs.FileInfo) bool                                    { return true }
func lockFile(context.Context, *os.File, bool, time.Duration) error { return nil }
