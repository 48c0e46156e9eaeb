//go:build !unix

package cli

// ownerHint is about the owners of files on Unix.
func (c *command) ownerHint() string { return "" }
