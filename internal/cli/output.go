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
	"unicode/utf8"

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
	// stream yields the rows instead, each time from the first, where there are too many to
	// hold. It stops at an error of visit, and returns it.
	stream func(visit func(cells ...string) error) error
	// soft are the columns of names, which may be cut further so that a line fits; what
	// is not a name (a date, a state, an id) is worth a second line.
	soft []int
	// optional are columns that a terminal may do without, the first to go first, where a
	// line would not fit.
	optional []int
}

// each visits the rows, the header first.
func (t table) each(visit func(cells []string) error) error {
	if err := visit(t.header); err != nil {
		return err
	}
	for _, r := range t.rows {
		if err := visit(r); err != nil {
			return err
		}
	}
	if t.stream == nil {
		return nil
	}
	return t.stream(func(cells ...string) error { return visit(cleanCells(cells)) })
}

// measure returns how wide each column is where nothing is cut.
func (t table) measure() (widths []int, err error) {
	widths = make([]int, len(t.header))
	err = t.each(func(cells []string) error {
		for i, cell := range cells {
			widths[i] = max(widths[i], cellWidth(cell))
		}
		return nil
	})
	return widths, err
}

// least is how wide a line of some columns is when soft ones are as narrow as they may be.
func (t table) least(widths, columns []int) (n int) {
	last := columns[len(columns)-1]
	for _, i := range columns {
		w := min(widths[i], widestCell)
		switch {
		case i == last:
			n += widths[i]
		default:
			n += w + 2
		}
		if slices.Contains(t.soft, i) {
			n -= max(w-softest, 0)
		}
	}
	return n
}

// softest is how narrow a name may become before a column is left out for it.
const softest = 16

// fitting returns the columns without the optional ones that have no room.
func (t table) fitting(widths []int, room int) (columns []int) {
	columns = t.columns()
	for _, gone := range t.optional {
		if t.least(widths, columns) <= room {
			break
		}
		columns = slices.DeleteFunc(columns, func(i int) bool { return i == gone })
	}
	return columns
}

// hides reports whether columns have no room.
func (t table) hides(room int) bool {
	widths, err := t.measure()
	return err == nil && len(t.fitting(widths, room)) < len(t.header)
}

// columns are the places of all columns.
func (t table) columns() []int {
	out := make([]int, len(t.header))
	for i := range out {
		out[i] = i
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

func (t *table) add(cells ...string) { t.rows = append(t.rows, cleanCells(cells)) }

func cleanCells(cells []string) []string {
	for i, cell := range cells {
		cells[i] = string(webex.Clean(webex.Untrusted(cell)))
	}
	return cells
}

func (c *command) printTable(t table) error {
	w := bufio.NewWriterSize(c.env.Stdout, 64<<10)
	if !isTerminal(c.env.Stdout) {
		if err := t.each(func(cells []string) error {
			for i, cell := range cells {
				if i > 0 {
					_ = w.WriteByte('\t')
				}
				_, _ = w.WriteString(cell)
			}
			return w.WriteByte('\n') // it fails with what failed before
		}); err != nil {
			return err
		}
		return w.Flush()
	}
	measured, err := t.measure()
	if err != nil {
		return err
	}
	columns := t.columns()
	room, known := c.terminalWidth()
	if known {
		columns = t.fitting(measured, room)
	}
	last := columns[len(columns)-1] // never cut: it is mostly the id
	widths := make([]int, len(columns))
	var soft []int
	for at, i := range columns {
		widths[at] = min(measured[i], widestCell)
		if slices.Contains(t.soft, i) {
			soft = append(soft, at)
		}
	}
	if known && len(soft) > 0 {
		narrow(widths, soft, room-measured[last])
	}
	if err := t.each(func(cells []string) error {
		for at, i := range columns[:len(columns)-1] {
			cell := cells[i]
			if cellWidth(cell) > widths[at] {
				cell = ansi.Truncate(cell, widths[at], "…")
			}
			_, _ = w.WriteString(cell)
			_, _ = w.WriteString(padding[:max(widths[at]-cellWidth(cell), 0)+2])
		}
		_, _ = w.WriteString(cells[last])
		return w.WriteByte('\n')
	}); err != nil {
		return err
	}
	return w.Flush()
}

// padding is as wide as a column may be, with what stands between two.
var padding = strings.Repeat(" ", widestCell+2)

// cellWidth is how many columns a cleaned text takes on a terminal.
func cellWidth(cell string) int {
	for i := range len(cell) {
		if cell[i] >= utf8.RuneSelf {
			return ansi.StringWidth(cell)
		}
	}
	return len(cell)
}

// terminalWidth is how many columns stdout has.
func (c *command) terminalWidth() (int, bool) {
	w, _, err := term.GetSize(int(c.env.Stdout.Fd()))
	return w, err == nil && w > 0
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
