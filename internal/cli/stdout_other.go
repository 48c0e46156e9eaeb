//go:build !unix

package cli

import "os"

// stdoutWasClosed returns false: here a write to a closed stdout fails.
func stdoutWasClosed(Env) bool { return false }

func closedStdout() *os.File { return os.Stdout }
