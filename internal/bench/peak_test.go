//go:build unix

package bench

import (
	"runtime"
	"syscall"
)

// peakBytes is the most memory that a process had resident; systems count it differently.
func peakBytes(u *syscall.Rusage) int64 {
	if runtime.GOOS == "darwin" {
		return int64(u.Maxrss)
	}
	return int64(u.Maxrss) << 10
}
