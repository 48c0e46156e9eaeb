package cli

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/output"
	"github.com/wxauth/wxauth/internal/session"
)

func (c *command) printJSON(v any) error {
	return c.printed(func(w io.Writer) error { return app.WriteJSON(w, v) })
}

// printed writes a line to stdout.
func (c *command) printed(write func(io.Writer) error) error {
	w := bufio.NewWriterSize(c.env.Stdout, 64<<10)
	if err := write(w); err != nil {
		return err
	}
	_ = w.WriteByte('\n') // Flush returns its error
	return w.Flush()
}

// printer writes to w and keeps the first error, for incremental output such as help and the
// doctor's checks. Run returns that error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) Write(b []byte) (int, error) {
	n, err := p.w.Write(b)
	p.err = cmp.Or(p.err, err)
	return n, err
}

// printData prints JSON or CSV if the user asked for it: whole as JSON, or rows, a slice of
// structs, as CSV.
func (c *command) printData(whole, rows any) (printed bool, err error) {
	switch {
	case c.g.json:
		return true, c.printJSON(whole)
	case c.g.csv:
		return true, columnError(output.WriteCSV(c.env.Stdout, rows, c.g.columns...))
	}
	return false, nil
}

// streamData is like [command.printData], but prints one row at a time.
func streamData[T any](c *command, rows func(write func(T) error) error) (printed bool, err error) {
	switch {
	case c.g.json:
		w := bufio.NewWriterSize(c.env.Stdout, 64<<10)
		if err := app.StreamJSON(w, rows); err != nil {
			return true, err
		}
		return true, w.Flush()
	case c.g.csv:
		return true, columnError(output.StreamCSV(c.env.Stdout, rows, c.g.columns...))
	}
	return false, nil
}

// print prints a table, through a pager if it is longer than the terminal.
func (c *command) print(t output.Table) error {
	if len(c.g.columns) > 0 {
		var err error
		if t, err = t.Select(c.g.columns); err != nil {
			return columnError(err)
		}
	}
	return c.paged(func(w io.Writer) error { return t.Print(w, c.terminal()) })
}

// columnError makes an unknown column a usage error.
func columnError(err error) error {
	if errors.Is(err, output.ErrNoColumn) {
		return session.UsageError(fmt.Errorf("--columns: %w", err))
	}
	return err
}

// terminal returns the terminal that stdout is, or nil.
func (c *command) terminal() *output.Terminal {
	if !isTerminal(c.env.Stdout) {
		return nil
	}
	t := output.Terminal{Color: !c.noColor() && !c.Flags.Plain && c.env.Getenv("TERM") != "dumb"}
	t.Width, _ = output.TerminalWidth(c.env.Stdout)
	return &t
}

// makesTable marks a command that only lists, so that it supports --columns and --csv.
func makesTable(cmd *cobra.Command) *cobra.Command {
	makesCSV(cmd).Annotations["columns"] = "yes"
	return cmd
}

// makesCSV marks a command that supports --csv.
func makesCSV(cmd *cobra.Command) *cobra.Command {
	cmd.Annotations = map[string]string{"csv": "yes"}
	return cmd
}

// commandsWithoutOrg are the commands for which --org makes no difference, unless a subcommand
// has the annotation "org".
var commandsWithoutOrg = []string{"token", "exec", "login", "logout", "orgs", "profiles", "config", "scopes", "id", "audit", "demo", "probe", "store", "completion", "man", "version"}

// topCommand returns the name of the top-level command that a command belongs to.
func topCommand(cmd *cobra.Command) string {
	for cmd.HasParent() && cmd.Parent().HasParent() {
		cmd = cmd.Parent()
	}
	return cmd.Name()
}

// checkFormat rejects conflicting or unsupported formats, and an --org that cannot name an
// organization.
func (c *command) checkFormat(cmd *cobra.Command, _ []string) error {
	if err := checkText(cmd, "org", c.Flags.Org); err != nil { // empty would mean the user's own organization
		return session.UsageError(err)
	}
	// An empty value would select the default profile: possibly another organization, or one
	// that is not read-only.
	for _, name := range []string{"profile", "config", "key", "base-url", "ca-file"} {
		if f := cmd.Flags().Lookup(name); f != nil && f.Changed && strings.TrimSpace(f.Value.String()) == "" {
			return session.UsageError(fmt.Errorf("--%s is blank: is a variable empty?", name))
		}
	}
	if _, err := c.OrgFlag(); err != nil {
		return err
	}
	if top := topCommand(cmd); c.Flags.Org != "" && slices.Contains(commandsWithoutOrg, top) && cmd.Annotations["org"] == "" {
		return session.UsageError(fmt.Errorf("--org does not apply to %s; for a Service App's token in an organization use: wxauth orgs token ORG", cmd.CommandPath()))
	}
	if err := c.filterJSON(cmd); err != nil {
		return session.UsageError(err)
	}
	switch {
	case c.g.csv && c.g.json:
		return session.UsageError(errors.New("--json and --csv cannot be used together"))
	case cmd.Flags().Changed("columns") && strings.TrimSpace(strings.Join(c.g.columns, "")) == "":
		return session.UsageError(errors.New("--columns is blank: is a variable empty?"))
	case len(c.g.columns) > 0 && cmd.Annotations["columns"] == "":
		return session.UsageError(fmt.Errorf("--columns does not apply to %s", cmd.CommandPath()))
	case len(c.g.columns) > 0 && c.g.json:
		return session.UsageError(errors.New("--columns applies to tables and --csv: choose fields of the JSON with --jq"))
	case c.g.csv && cmd.Annotations["csv"] == "":
		return session.UsageError(fmt.Errorf("--csv does not apply to %s", cmd.CommandPath()))
	}
	return nil
}

// filterJSON makes --jq and --template imply --json, and starts their filter.
func (c *command) filterJSON(cmd *cobra.Command) error {
	given := cmd.Flags().Changed
	if !given("jq") && !given("template") {
		return nil
	}
	switch {
	case c.g.csv:
		return errors.New("--jq and --template filter JSON: they cannot be used with --csv")
	case cmd.Annotations["json"] == "no":
		return fmt.Errorf("--jq and --template do not apply to %s, which prints no JSON", cmd.CommandPath())
	}
	for _, name := range []string{"jq", "template"} {
		if given(name) && strings.TrimSpace(cmd.Flag(name).Value.String()) == "" {
			return fmt.Errorf("--%s is blank: is a variable empty?", name)
		}
	}
	f, err := newJSONFilter(cmd.Context(), c.g.jq, c.g.template, c.env.Stdout)
	if err != nil {
		return err
	}
	w, err := f.start()
	if err != nil {
		return err
	}
	c.g.json, c.filter = true, f
	c.env.Stdout, c.out.w = w, w
	return nil
}

// stamp formats a time in the configured time zone.
func (c *command) stamp(t time.Time) string { return t.In(c.inZone()).Format("2006-01-02 15:04 MST") }

// clock formats the time of day.
func (c *command) clock(t time.Time) string { return t.In(c.inZone()).Format("15:04:05 MST") }

func (c *command) inZone() *time.Location {
	if c.Zone == nil {
		return time.UTC
	}
	return c.Zone
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// newBar returns a progress bar on stderr if stderr is a terminal.
func (c *command) newBar(verb string, total int) *output.Bar {
	return output.NewBar(c.env.Stderr, verb, total, c.Flags.Plain, c.env.Getenv("TERM") == "dumb" || c.g.json)
}
