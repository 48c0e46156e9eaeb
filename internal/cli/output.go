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

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
)

func (c *command) printJSON(v any) error {
	return c.printed(func(w io.Writer) error { return app.WriteJSON(w, v) })
}

// printed writes to stdout, and ends the line.
func (c *command) printed(write func(io.Writer) error) error {
	w := bufio.NewWriterSize(c.env.Stdout, 64<<10)
	if err := write(w); err != nil {
		return err
	}
	_ = w.WriteByte('\n') // what it fails with, Flush says
	return w.Flush()
}

// printer writes to w and keeps the first error, for output that comes in pieces, such as help
// and the checks of the doctor: Run ends with that error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) Write(b []byte) (int, error) {
	n, err := p.w.Write(b)
	p.err = cmp.Or(p.err, err)
	return n, err
}

// printData prints JSON or CSV where one of them was asked for: whole as JSON, rows, a
// slice of structs, as CSV.
func (c *command) printData(whole, rows any) (printed bool, err error) {
	switch {
	case c.g.json:
		return true, c.printJSON(whole)
	case c.g.csv:
		return true, writeCSV(c.env.Stdout, rows)
	}
	return false, nil
}

// makesCSV marks a command that --csv is for.
func makesCSV(cmd *cobra.Command) *cobra.Command {
	cmd.Annotations = map[string]string{"csv": "yes"}
	return cmd
}

// ofTheLogin are the commands that are about the login, or about nobody: no organization
// is another for them.
var ofTheLogin = []string{"token", "exec", "login", "logout", "orgs", "profiles", "config", "scopes", "id", "audit", "demo"}

// topCommand is the name of a command below wxauth itself.
func topCommand(cmd *cobra.Command) string {
	for cmd.HasParent() && cmd.Parent().HasParent() {
		cmd = cmd.Parent()
	}
	return cmd.Name()
}

// checkFormat refuses formats that exclude each other, or that a command has not, and an
// organization that names none.
func (c *command) checkFormat(cmd *cobra.Command, _ []string) error {
	if err := checkText(cmd, "org", c.g.org); err != nil { // an empty one would mean our own
		return usageError{err, codeUsage}
	}
	// An empty one would mean the default: another organization, perhaps, or one that may be
	// changed.
	for _, name := range []string{"profile", "config", "key", "base-url", "ca-file"} {
		if f := cmd.Flags().Lookup(name); f != nil && f.Changed && strings.TrimSpace(f.Value.String()) == "" {
			return usageError{fmt.Errorf("--%s is blank: an empty variable?", name), codeUsage}
		}
	}
	if _, err := c.orgFlag(); err != nil {
		return err
	}
	if top := topCommand(cmd); c.g.org != "" && slices.Contains(ofTheLogin, top) {
		return usageError{fmt.Errorf("--org means whose people and inventory, and %s has none; a Service App's token in an organization: wxauth orgs token ORG", cmd.CommandPath()), codeUsage}
	}
	switch {
	case c.g.csv && c.g.json:
		return usageError{errors.New("--json and --csv exclude each other"), codeUsage}
	case c.g.csv && cmd.Annotations["csv"] == "":
		return usageError{fmt.Errorf("--csv is for commands that print a list, not for %s", cmd.CommandPath()), codeUsage}
	}
	return nil
}

// table is what a subcommand prints for people: aligned on a terminal, separated
// by tabs elsewhere. Cells are cleaned here, so that none can forge a line.
type table struct {
	header []string
	rows   [][]string
	// soft are the columns of names, which may be cut further so that a line fits; what
	// is not a name (a date, a state, an id) is worth a second line.
	soft []int
	// optional are columns that a terminal may do without, the first to go first, where a
	// line would not fit.
	optional []int
}

// width is how wide a line of the table is where nothing is cut.
func (t table) width() int {
	all := append([][]string{t.header}, t.rows...)
	n := 0
	for i := range t.header {
		w := longest(all, i)
		if i < len(t.header)-1 {
			w = min(w, widestCell) + 2
		}
		n += w
	}
	return n
}

// least is how wide a line is when soft columns are as narrow as they may be.
func (t table) least() int {
	n := t.width()
	all := append([][]string{t.header}, t.rows...)
	for _, i := range t.soft {
		n -= max(min(longest(all, i), widestCell)-softest, 0)
	}
	return n
}

// softest is how narrow a name may become before a column is left out for it.
const softest = 16

// fitting is the table without the optional columns that have no room.
func (t table) fitting(room int) table {
	out := t
	for n := range t.optional {
		if out.least() <= room {
			break
		}
		out = t.without(t.optional[:n+1])
	}
	return out
}

// without leaves columns out.
func (t table) without(gone []int) table {
	keep := func(cells []string) (out []string) {
		for i, c := range cells {
			if !slices.Contains(gone, i) {
				out = append(out, c)
			}
		}
		return out
	}
	out := table{header: keep(t.header)}
	for _, r := range t.rows {
		out.rows = append(out.rows, keep(r))
	}
	for _, i := range t.soft {
		before := 0
		for _, g := range gone {
			before += btoi(g < i)
		}
		out.soft = append(out.soft, i-before)
	}
	return out
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// widestCell bounds a cell on a terminal; a name may be thousands of characters.
const widestCell = 44

func (t *table) add(cells ...string) {
	for i, cell := range cells {
		cells[i] = string(webex.Clean(webex.Untrusted(cell)))
	}
	t.rows = append(t.rows, cells)
}

func (c *command) printTable(t table) error {
	w := bufio.NewWriter(c.env.Stdout)
	if !isTerminal(c.env.Stdout) {
		fmt.Fprintln(w, strings.Join(t.header, "\t"))
		for _, r := range t.rows {
			fmt.Fprintln(w, strings.Join(r, "\t"))
		}
		return w.Flush()
	}
	room, known := c.terminalWidth()
	if known {
		t = t.fitting(room)
	}
	last := len(t.header) - 1 // never cut: it is mostly the id
	widths := make([]int, len(t.header))
	for _, r := range append([][]string{t.header}, t.rows...) {
		for i, cell := range r[:last] {
			widths[i] = max(widths[i], min(ansi.StringWidth(cell), widestCell))
		}
	}
	if known && len(t.soft) > 0 {
		narrow(widths, t.soft, room-longest(append([][]string{t.header}, t.rows...), last))
	}
	line := func(r []string) {
		for i, cell := range r[:last] {
			cell = ansi.Truncate(cell, widths[i], "…")
			fmt.Fprint(w, cell, strings.Repeat(" ", widths[i]-ansi.StringWidth(cell)+2))
		}
		fmt.Fprintln(w, r[last])
	}
	line(t.header)
	for _, r := range t.rows {
		line(r)
	}
	return w.Flush()
}

// terminalWidth is how many columns stdout has.
func (c *command) terminalWidth() (int, bool) {
	w, _, err := term.GetSize(int(c.env.Stdout.Fd()))
	return w, err == nil && w > 0
}

func longest(rows [][]string, column int) int {
	n := 0
	for _, r := range rows {
		n = max(n, ansi.StringWidth(r[column]))
	}
	return n
}

// leastCell is how narrow a column may become.
const leastCell = 5

// narrow takes from the widest soft columns until a line has room beside its last cell,
// and from none where that is not enough.
func narrow(widths, soft []int, room int) {
	total, give := 0, 0
	for _, w := range widths[:len(widths)-1] {
		total += w + 2
	}
	for _, i := range soft {
		give += max(widths[i]-leastCell, 0)
	}
	if total-give > room {
		return
	}
	for ; total > room; total-- {
		widest := soft[0]
		for _, i := range soft {
			if widths[i] > widths[widest] {
				widest = i
			}
		}
		widths[widest]--
	}
}

// stamp writes a time for people, in the zone that the configuration chose.
func (c *command) stamp(t time.Time) string { return t.In(c.inZone()).Format("2006-01-02 15:04 MST") }

// clock writes a time of today.
func (c *command) clock(t time.Time) string { return t.In(c.inZone()).Format("15:04:05 MST") }

func (c *command) inZone() *time.Location {
	if c.zone == nil {
		return time.UTC
	}
	return c.zone
}
