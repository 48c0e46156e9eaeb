//go:build unix

package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// stdoutWasClosed reports whether the process was started without a stdout (>&-). Go then
// opens /dev/null for reading and writing in its place, before any of our code runs: what is
// printed would be lost, and the run would end with 0. A shell's >/dev/null is open for
// writing alone; a program that ignores what it starts (Python's DEVNULL, Node's "ignore")
// opens it just as Go does, so only what a shell has started is judged, and not where that
// shell's own stdout goes to /dev/null. Where nothing is known of who started it, a stdout
// counts as closed unless stdin or stderr is such a file too.
func stdoutWasClosed(env Env) bool {
	if !isReadWriteNull(env.Stdout) {
		return false
	}
	if shell, known := startedByShell(); known {
		return shell
	}
	return !isReadWriteNull(env.Stdin) && !isReadWriteNull(env.Stderr)
}

// startedByShell reports whether the parent is a shell whose own stdout is no /dev/null;
// known is false where /proc does not tell.
func startedByShell() (shell, known bool) {
	parent := "/proc/" + strconv.Itoa(os.Getppid())
	program, err := os.Readlink(parent + "/exe")
	if err != nil {
		return false, false
	}
	stdout, _ := os.Readlink(parent + "/fd/1") // it may be closed there, too
	name := strings.TrimSuffix(filepath.Base(program), " (deleted)")
	return slices.Contains([]string{"sh", "bash", "dash", "zsh", "ksh", "mksh", "ash", "busybox", "fish", "tcsh", "csh", "nu", "pwsh"}, name) && stdout != os.DevNull, true
}

func isReadWriteNull(f *os.File) bool {
	if f == nil {
		return false
	}
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	if err != nil || !os.SameFile(info, null) {
		return false
	}
	flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFL, 0)
	return err == nil && flags&unix.O_ACCMODE == unix.O_RDWR
}

// closedStdout is a file that fails each write, as a stdout that is closed does.
func closedStdout() *os.File {
	fd, err := unix.Open(os.DevNull, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil // each write fails then as well
	}
	return os.NewFile(uintptr(fd), "/dev/stdout")
}
