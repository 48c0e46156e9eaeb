//go:build !unix

package cli

import "os"

// stdoutWasClosed is false: a write to a stdout that is closed fails by itself here.
func stdoutWasClosed(Env) bool { return false }

func closedStdout() *os.File { return os.Stdout }
