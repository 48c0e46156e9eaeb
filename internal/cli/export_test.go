package cli

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/internal/output"
	"github.com/wxauth/wxauth/internal/session"
)

// CommandPaths returns the words of every command that can run.
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

// PlainBar counts on a plain bar from 1 to total and returns its output.
func PlainBar(verb string, total int) string {
	var out strings.Builder
	b := &output.Bar{Out: &out, Verb: verb, Total: total, Plain: true, Width: func() int { return 80 }}
	for n := range total {
		b.At(n + 1)
	}
	b.End()
	return out.String()
}

// CheckLine checks a command line without running it: the command, its flags and the number of
// arguments.
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
	if err := cmd.ParseFlags(rest); err != nil && !errors.Is(err, pflag.ErrHelp) {
		return err
	}
	if left := cmd.Flags().Args(); cmd.HasSubCommands() && cmd != root && len(left) > 0 {
		return fmt.Errorf("%s has no subcommand %q", cmd.CommandPath(), left[0])
	}
	return nil
}

// CheckKeys checks the keys of a configuration.
func CheckKeys(cfg config.Config) error {
	_, err := session.OwnKeys(cfg)
	return err
}

// Reference returns the help of every command as a page.
func Reference() string {
	root := (&command{}).root()
	var b strings.Builder
	b.WriteString("# Command reference\n\nGenerated from the help texts of the commands (`wxauth COMMAND --help`). For output, JSON\nand exit codes, see [command-line.md](command-line.md).\n")
	flagTable := func(flags *pflag.FlagSet) {
		rows := ""
		flags.VisitAll(func(f *pflag.Flag) {
			if f.Hidden || f.Name == "help" {
				return
			}
			kind, usage := pflag.UnquoteUsage(f)
			name := "`--" + f.Name + strings.TrimRight(" "+strings.ToUpper(kind), " ") + "`"
			if d := f.DefValue; d != "" && d != "false" && d != "0" && d != "[]" && d != "0s" {
				usage += " (default " + d + ")"
			}
			rows += "| " + name + " | " + strings.ReplaceAll(usage, "|", `\|`) + " |\n"
		})
		if rows != "" {
			b.WriteString("\n| Flag | Description |\n|---|---|\n" + rows)
		}
	}
	var write func(*cobra.Command)
	write = func(cmd *cobra.Command) {
		if !cmd.IsAvailableCommand() && cmd != root {
			return
		}
		fmt.Fprintf(&b, "\n## %s\n\n", cmd.CommandPath())
		if long := cmp.Or(cmd.Long, cmd.Short+"."); long != "" {
			fmt.Fprintf(&b, "%s\n", strings.TrimSpace(long))
		}
		if cmd.Runnable() {
			fmt.Fprintf(&b, "\n```text\n%s\n```\n", strings.TrimSuffix(cmd.UseLine(), " [flags]"))
		}
		if cmd.Example != "" {
			fmt.Fprintf(&b, "\n```sh\n%s\n```\n", dedent(cmd.Example))
		}
		if cmd == root {
			b.WriteString("\nGlobal flags:\n")
			flagTable(cmd.PersistentFlags())
		} else {
			flagTable(cmd.LocalNonPersistentFlags())
		}
		for _, sub := range cmd.Commands() {
			write(sub)
		}
	}
	for _, id := range append([]cobra.Group{{}}, groups...) {
		if id.ID == "" {
			all := root.Commands()
			root.RemoveCommand(all...)
			write(root)
			root.AddCommand(all...)
			continue
		}
		for _, cmd := range root.Commands() {
			if cmd.GroupID == id.ID && cmd.Name() != "help" {
				write(cmd)
			}
		}
	}
	return b.String()
}

func dedent(text string) string {
	var out []string
	for l := range strings.SplitSeq(text, "\n") {
		out = append(out, strings.TrimSpace(l))
	}
	return strings.Join(out, "\n")
}
