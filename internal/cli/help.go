package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/wxauth/wxauth/internal/session"
)

// Command groups, in the order of the help.
var groups = []cobra.Group{
	{ID: "look", Title: "List and revoke"},
	{ID: "inventory", Title: "Whole organization"},
	{ID: "tokens", Title: "Log in and use tokens"},
	{ID: "setup", Title: "Setup and reference"},
}

// groupOf returns the group of a command.
var groupOf = map[string]string{
	"list": "look", "revoke": "look", "offboard": "look", "audit": "look", "events": "look", "demo": "look",
	"sweep": "inventory", "apps": "inventory", "app": "inventory", "stale": "inventory", "diff": "inventory", "watch": "inventory",
	"login": "tokens", "logout": "tokens", "token": "tokens", "exec": "tokens", "orgs": "tokens", "profiles": "tokens",
	"store": "setup", "scopes": "setup", "id": "setup", "config": "setup", "doctor": "setup", "probe": "setup", "completion": "setup", "man": "setup", "version": "setup",
}

// arrangeHelp sets the order of every command's help: description, examples, usage, flags.
func arrangeHelp(root *cobra.Command) {
	for i := range groups {
		root.AddGroup(&groups[i])
	}
	for _, cmd := range root.Commands() {
		cmd.GroupID = groupOf[cmd.Name()]
	}
	root.SetHelpCommand(&cobra.Command{
		Use: "help [COMMAND or TOPIC]", Short: "Show help for a command or topic", GroupID: "setup",
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 || len(args) > 0 && about == cmd.Root() {
				return session.UsageError(unknownSubcommand(cmd.Root(), strings.Join(args, " ")))
			}
			return about.Help()
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) (names []string, _ cobra.ShellCompDirective) {
			about, _, err := cmd.Root().Find(args)
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			for _, c := range about.Commands() {
				names = append(names, c.Name()+"\t"+c.Short)
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	})
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { writeHelp(cmd.OutOrStdout(), cmd) })
	root.SetUsageFunc(func(cmd *cobra.Command) error { writeHelp(cmd.OutOrStderr(), cmd); return nil })
}

func writeHelp(w io.Writer, cmd *cobra.Command) {
	about := cmd.Long
	if about == "" {
		about = cmd.Short
	}
	fmt.Fprintln(w, strings.Trim(about, "\n"))
	if cmd.Example != "" {
		fmt.Fprintf(w, "\nExamples:\n%s\n", strings.TrimRight(cmd.Example, "\n"))
	}
	if cmd.IsAdditionalHelpTopicCommand() {
		return
	}
	fmt.Fprint(w, "\nUsage:\n")
	if cmd.Runnable() {
		fmt.Fprintf(w, "  %s\n", cmd.UseLine())
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(w, "  %s COMMAND\n", cmd.CommandPath())
		writeCommands(w, cmd)
	}
	writeFlags(w, "Flags", cmd.LocalFlags())
	writeFlags(w, "Global flags", cmd.InheritedFlags())
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(w, "\nRun \"%s COMMAND --help\" for details.\n", cmd.CommandPath())
	}
}

func writeCommands(w io.Writer, cmd *cobra.Command) {
	line := func(c *cobra.Command) { fmt.Fprintf(w, "  %-13s %s\n", c.Name(), c.Short) }
	titles := []cobra.Group{{Title: "Commands"}}
	for _, g := range cmd.Groups() {
		titles = append(titles, *g)
	}
	for _, g := range titles {
		first := true
		for _, c := range cmd.Commands() {
			if !c.IsAvailableCommand() || c.GroupID != g.ID || c.Name() == "help" {
				continue
			}
			if first {
				fmt.Fprintf(w, "\n%s:\n", g.Title)
				first = false
			}
			line(c)
		}
	}
	first := true
	for _, c := range cmd.Commands() {
		if c.IsAdditionalHelpTopicCommand() {
			if first {
				fmt.Fprintf(w, "\nTopics (%s help TOPIC):\n", cmd.CommandPath())
				first = false
			}
			line(c)
		}
	}
}

func writeFlags(w io.Writer, title string, flags *pflag.FlagSet) {
	if flags.HasAvailableFlags() {
		fmt.Fprintf(w, "\n%s:\n%s", title, flags.FlagUsages())
	}
}
