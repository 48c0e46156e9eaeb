//go:build !linux

package cli

// harden does nothing here: programs that wxauth starts would inherit a core dump limit.
// programs that are started.
func harden() {}
