//go:build !unix

package cli

import "os"

// exitOf returns a program's exit code.
func exitOf(p *os.ProcessState) int { return p.ExitCode() }
