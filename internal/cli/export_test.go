package cli

import (
	"strings"

	"github.com/spf13/cobra"
)

// CommandPaths lists every command that can be run, as its words.
func CommandPaths() []string {
	var out []string
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Runnable() {
			out = append(out, strings.TrimSpace(strings.TrimPrefix(c.CommandPath(), "wxauth")))
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk((&command{}).root())
	return out
}
