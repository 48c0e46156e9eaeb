package cli

import "syscall"

const prSetDumpable = 4 // PR_SET_DUMPABLE, prctl(2)

// harden keeps what is in memory out of core dumps, and other processes of the user
// from reading it. A program that is started gets the usual settings back.
func harden() {
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, prSetDumpable, 0, 0)
}
