//go:build unix

package cli

import (
	"os"
	"syscall"
)

// exitOf returns a program's exit code, or 128 plus the signal number, like a shell.
func exitOf(p *os.ProcessState) int {
	if w, ok := p.Sys().(syscall.WaitStatus); ok && w.Signaled() {
		return 128 + int(w.Signal())
	}
	return p.ExitCode()
}
