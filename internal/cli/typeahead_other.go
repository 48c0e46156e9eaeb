//go:build !linux && !darwin

package cli

// dropTypeAhead does nothing here.
func (c *command) dropTypeAhead() {}
