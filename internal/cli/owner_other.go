//go:build !unix

package cli

// ownerHint is empty: files have Unix owners only on Unix.
func (c *command) ownerHint() string { return "" }
