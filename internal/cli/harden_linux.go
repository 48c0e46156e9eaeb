package cli

import "syscall"

const prSetDumpable = 4 // PR_SET_DUMPABLE, prctl(2)

// harden disables core dumps of this process and keeps other processes of the user from reading
// its memory. Programs that wxauth starts are not affected.
func harden() {
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, prSetDumpable, 0, 0)
}
