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

// PlainBar counts on a plain bar from 1 to total and returns what it says.
func PlainBar(verb string, total int) string {
	var out strings.Builder
	b := &bar{out: &out, verb: verb, total: total, plain: true, width: func() int { return 80 }}
	for n := range total {
		b.at(n + 1)
	}
	b.end()
	return out.String()
}
