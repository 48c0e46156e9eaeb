package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/wxauth/wxauth/internal/session"
)

func (c *command) manCommand() *cobra.Command {
	dir := ""
	cmd := &cobra.Command{
		Use:     "man [COMMAND...]",
		Short:   "Print the manual page of wxauth or of a command",
		Example: "  wxauth man | man -l -\n  wxauth man offboard | man -l -\n  wxauth man --dir /usr/local/share/man/man1",
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("dir") {
				if len(args) > 0 || dir == "" {
					return session.UsageError(errors.New("--dir FOLDER writes the pages of all commands"))
				}
				return writeManPages(cmd.Root(), dir)
			}
			page, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 || len(args) > 0 && page == cmd.Root() {
				return session.UsageError(unknownSubcommand(cmd.Root(), strings.Join(args, " ")))
			}
			_, err = fmt.Fprint(c.env.Stdout, manPage(page))
			return err
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "write the pages of all commands to this `directory`")
	return cmd
}

// writeManPages writes one page per command.
func writeManPages(root *cobra.Command, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // manual pages are public
		return fmt.Errorf("write manual pages: %w", err)
	}
	var write func(*cobra.Command) error
	write = func(cmd *cobra.Command) error {
		if !cmd.IsAvailableCommand() && cmd != root {
			return nil
		}
		name := strings.ReplaceAll(cmd.CommandPath(), " ", "-") + ".1"
		if err := replaceFile(filepath.Join(dir, name), manPage(cmd), 0o644); err != nil {
			return fmt.Errorf("write manual page: %w", err)
		}
		for _, sub := range cmd.Commands() {
			if err := write(sub); err != nil {
				return err
			}
		}
		return nil
	}
	return write(root)
}

// manPage writes a command's help in man macros.
func manPage(cmd *cobra.Command) string {
	var b strings.Builder
	date := ""
	if made := version().made; !made.IsZero() { // not today's date: builds must be reproducible
		date = made.Format(time.DateOnly)
	}
	title := strings.ToUpper(strings.ReplaceAll(cmd.CommandPath(), " ", "-"))
	fmt.Fprintf(&b, ".TH %s 1 %q %q %q\n", roff(title), date, "wxauth "+version().Version, "wxauth")
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(strings.ReplaceAll(cmd.CommandPath(), " ", "-")), roff(cmd.Short))
	fmt.Fprint(&b, ".SH SYNOPSIS\n")
	if cmd.Runnable() {
		fmt.Fprintf(&b, ".B %s\n", roff(cmd.UseLine()))
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, ".br\n.B %s COMMAND\n", roff(cmd.CommandPath()))
	}
	if cmd.Long != "" {
		fmt.Fprintf(&b, ".SH DESCRIPTION\n%s\n", roffText(cmd.Long))
	}
	if cmd.Example != "" {
		fmt.Fprintf(&b, ".SH EXAMPLES\n%s", roffAsIs(cmd.Example))
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprint(&b, ".SH COMMANDS\n")
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() && sub.Name() != "help" {
				fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", roff(sub.Name()), roff(sub.Short))
			}
		}
	}
	roffFlags(&b, "OPTIONS", cmd.LocalFlags())
	roffFlags(&b, "GLOBAL OPTIONS", cmd.InheritedFlags())
	if cmd.HasParent() {
		fmt.Fprintf(&b, ".SH SEE ALSO\n.BR %s (1)\n", roff(strings.ReplaceAll(cmd.Parent().CommandPath(), " ", "-")))
		return b.String()
	}
	for _, t := range topics() {
		fmt.Fprintf(&b, ".SH %s\n%s", roff(strings.ToUpper(strings.ReplaceAll(t.Name(), "-", " "))), roffAsIs(t.Long))
	}
	return b.String()
}

func roffFlags(b *strings.Builder, title string, flags *pflag.FlagSet) {
	if !flags.HasAvailableFlags() {
		return
	}
	fmt.Fprintf(b, ".SH %s\n", title)
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		if value != "" {
			name += " " + value
		}
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "[]" && f.DefValue != "0" {
			usage += " (default " + f.DefValue + ")"
		}
		fmt.Fprintf(b, ".TP\n.B %s\n%s\n", roff(name), roff(usage))
	})
}

// roff escapes text for the formatter.
func roff(s string) string {
	s = strings.ReplaceAll(s, `\`, `\e`)
	s = strings.ReplaceAll(s, "-", `\-`)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}

// roffText turns text with line breaks into paragraphs.
func roffText(s string) string {
	var out []string
	for _, l := range strings.Split(strings.TrimSpace(s), "\n") {
		switch {
		case l == "":
			out = append(out, ".PP")
		case strings.HasPrefix(l, "  "): // a table or an example
			out = append(out, ".br", roff(l))
		default:
			out = append(out, roff(l))
		}
	}
	return strings.Join(out, "\n")
}

func roffAsIs(s string) string {
	var b strings.Builder
	b.WriteString(".nf\n")
	for _, l := range strings.Split(strings.Trim(s, "\n"), "\n") {
		b.WriteString(roff(l) + "\n")
	}
	b.WriteString(".fi\n")
	return b.String()
}
