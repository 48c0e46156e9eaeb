package cli

import (
	"os"
	"syscall"
	"testing"
)

const prGetDumpable = 3 // PR_GET_DUMPABLE, prctl(2)

// S-31: once a run has begun, core dumps are disabled and other processes of the user cannot
// read its memory.
func TestARunCannotBeDumped(t *testing.T) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, prSetDumpable, 1, 0)
	if code := Run(t.Context(), Env{Args: []string{"version"}, Stdin: null, Stdout: null, Stderr: null}); code != 0 {
		t.Fatal(code)
	}
	if v, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, prGetDumpable, 0, 0); v != 0 || errno != 0 {
		t.Errorf("dumpable: %d, %v", v, errno)
	}
}
