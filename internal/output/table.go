// Package output is how a subcommand prints for people and for programs: tables, CSV, and how
// far it has come.
package output

import (
	"bufio"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"

	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/webex"
)

// Table is what a subcommand prints for people: aligned on a terminal, separated
// by tabs elsewhere. Cells are cleaned here, so that none can forge a line.
type Table struct {
	Header []string
	Rows   [][]string
	// Stream yields the rows instead, each time from the first, where there are too many to
	// hold. It stops at an error of visit, and returns it.
	Stream func(visit func(cells ...string) error) error
	// Soft are the columns of names, which may be cut further so that a line fits; what
	// is not a name (a date, a state, an id) is worth a second line.
	Soft []int
	// Optional are columns that a terminal may do without, the first to go first, where a
	// line would not fit.
	Optional []int
}

// each visits the rows, the header first.
func (t Table) each(visit func(cells []string) error) error {
	if err := visit(t.Header); err != nil {
		return err
	}
	for _, r := range t.Rows {
		if err := visit(r); err != nil {
			return err
		}
	}
	if t.Stream == nil {
		return nil
	}
	return t.Stream(func(cells ...string) error { return visit(cleanCells(cells)) })
}

// measure returns how wide each column is where nothing is cut.
func (t Table) measure() (widths []int, err error) {
	widths = make([]int, len(t.Header))
	err = t.each(func(cells []string) error {
		for i, cell := range cells {
			widths[i] = max(widths[i], draw.Cells(cell))
		}
		return nil
	})
	return widths, err
}

// least is how wide a line of some columns is when soft ones are as narrow as they may be.
func (t Table) least(widths, columns []int) (n int) {
	last := columns[len(columns)-1]
	for _, i := range columns {
		w := min(widths[i], widestCell)
		switch {
		case i == last:
			n += widths[i]
		default:
			n += w + 2
		}
		if slices.Contains(t.Soft, i) {
			n -= max(w-softest, 0)
		}
	}
	return n
}

// softest is how narrow a name may become before a column is left out for it.
const softest = 16

// fitting returns the columns without the optional ones that have no room.
func (t Table) fitting(widths []int, room int) (columns []int) {
	columns = t.columns()
	for _, gone := range t.Optional {
		if t.least(widths, columns) <= room {
			break
		}
		columns = slices.DeleteFunc(columns, func(i int) bool { return i == gone })
	}
	return columns
}

// Hides reports whether columns have no room on a terminal.
func (t Table) Hides(out *os.File) bool {
	room, known := terminalWidth(out)
	widths, err := t.measure()
	return known && err == nil && len(t.fitting(widths, room)) < len(t.Header)
}

// columns are the places of all columns.
func (t Table) columns() []int {
	out := make([]int, len(t.Header))
	for i := range out {
		out[i] = i
	}
	return out
}

// widestCell bounds a cell on a terminal; a name may be thousands of characters.
const widestCell = 44

func (t *Table) Add(cells ...string) { t.Rows = append(t.Rows, cleanCells(cells)) }

func cleanCells(cells []string) []string {
	for i, cell := range cells {
		cells[i] = string(webex.Clean(webex.Untrusted(cell)))
	}
	return cells
}

// Print writes the table to out: aligned where that is a terminal, else separated by tabs.
func (t Table) Print(out *os.File) error {
	w := bufio.NewWriterSize(out, 64<<10)
	if !term.IsTerminal(int(out.Fd())) {
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
	room, known := terminalWidth(out)
	if known {
		columns = t.fitting(measured, room)
	}
	last := columns[len(columns)-1] // never cut: it is mostly the id
	widths := make([]int, len(columns))
	var soft []int
	for at, i := range columns {
		widths[at] = min(measured[i], widestCell)
		if slices.Contains(t.Soft, i) {
			soft = append(soft, at)
		}
	}
	if known && len(soft) > 0 {
		narrow(widths, soft, room-measured[last])
	}
	if err := t.each(func(cells []string) error {
		for at, i := range columns[:len(columns)-1] {
			cell := cells[i]
			if draw.Cells(cell) > widths[at] {
				cell = draw.Cut(cell, widths[at])
			}
			_, _ = w.WriteString(cell)
			_, _ = w.WriteString(padding[:max(widths[at]-draw.Cells(cell), 0)+2])
		}
		_, _ = w.WriteString(cells[last])
		return w.WriteByte('\n')
	}); err != nil {
		return err
	}
	return w.Flush()
}

// padding is as wide as a column may be, with what is between two.
var padding = strings.Repeat(" ", widestCell+2)

// terminalWidth is how many columns a terminal has; known is false where it does not say.
func terminalWidth(f *os.File) (columns int, known bool) {
	w, _, err := term.GetSize(int(f.Fd()))
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
