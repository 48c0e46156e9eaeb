//go:build !linux

package cli

// harden does nothing here: programs that wxauth starts would inherit a core dump limit.
func harden() {}
