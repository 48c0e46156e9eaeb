package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/config"
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

// CheckLine reports what is wrong with a command line as such: the command, its flags and
// how many words follow. Nothing is run.
func CheckLine(args []string) error {
	root := (&command{}).root()
	if len(args) > 0 && args[0] == "help" {
		return nil
	}
	cmd, rest, err := root.Find(args)
	if err != nil {
		return err
	}
	if i := slices.Index(rest, "--"); i >= 0 {
		rest = rest[:i]
	}
	if err := cmd.ParseFlags(rest); err != nil {
		return err
	}
	if left := cmd.Flags().Args(); cmd.HasSubCommands() && cmd != root && len(left) > 0 {
		return fmt.Errorf("%s has no subcommand %q", cmd.CommandPath(), left[0])
	}
	return nil
}

// CheckKeys reports what is wrong with the keys of a configuration.
func CheckKeys(cfg config.Config) error {
	_, err := ownKeys(cfg)
	return err
}
