//go:build unix

package cli

import (
	"os"
	"syscall"
)

// exitOf is a program's exit code; as shells do, 128 and the signal that ended it.
func exitOf(p *os.ProcessState) int {
	if w, ok := p.Sys().(syscall.WaitStatus); ok && w.Signaled() {
		return 128 + int(w.Signal())
	}
	return p.ExitCode()
}
