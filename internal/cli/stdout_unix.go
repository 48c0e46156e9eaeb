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

// stdoutWasClosed reports whether the process was started without a stdout (>&-). Go then opens
// /dev/null for reading and writing before main runs, so output would be lost with exit code 0.
// A shell opens >/dev/null for writing only. Some interpreters (Python's DEVNULL, Node's
// "ignore") open it as Go does for programs whose output they ignore; that is not an error, and
// neither is a stdin or stderr of this kind.
func stdoutWasClosed(env Env) bool {
	if !isReadWriteNull(env.Stdout) || isReadWriteNull(env.Stdin) || isReadWriteNull(env.Stderr) {
		return false
	}
	parent := "/proc/" + strconv.Itoa(os.Getppid())
	if stdout, err := os.Readlink(parent + "/fd/1"); err == nil && stdout == os.DevNull {
		return false
	}
	program, err := os.Readlink(parent + "/exe")
	return err != nil || !ignoresLikeGo(filepath.Base(program))
}

// ignoresLikeGo reports whether a program opens /dev/null for reading and writing to ignore
// another program's output.
func ignoresLikeGo(program string) bool {
	return slices.ContainsFunc([]string{"python", "pypy", "node", "bun", "deno", "electron"}, func(name string) bool { return strings.HasPrefix(program, name) })
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

// closedStdout is a writer that always fails, as a closed stdout does.
func closedStdout() *os.File {
	fd, err := unix.Open(os.DevNull, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil // writes then fail anyway
	}
	return os.NewFile(uintptr(fd), "/dev/stdout")
}
