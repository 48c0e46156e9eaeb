// Package output formats the output of subcommands: tables, CSV, and progress.
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

// Table is a table for people: aligned on a terminal, otherwise separated by tabs. It sanitizes
// cells, so that no cell can forge a line.
type Table struct {
	Header []string
	Rows   [][]string
	// Stream yields the rows instead, if there are too many to keep in memory. Each call starts
	// with the first row. It stops at an error of visit, and returns that error.
	Stream func(visit func(cells ...string) error) error
	// Soft contains the columns of names, which may be shortened further to make a line fit.
	// Other columns (dates, states, ids) are never shortened for that.
	Soft []int
	// Optional contains columns that are omitted if a line doesn't fit on the terminal; the
	// first is omitted first.
	Optional []int
}

// each calls visit for the header and each row.
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

// measure returns the full width of each column.
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

// least returns the minimum width of a line with the given columns, with soft columns at their
// narrowest.
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

// softest is the width below which a name is not shortened; a column is omitted instead.
const softest = 16

// fitting returns the columns to print: all without the optional ones that don't fit.
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

// columns returns the indexes of all columns.
func (t Table) columns() []int {
	out := make([]int, len(t.Header))
	for i := range out {
		out[i] = i
	}
	return out
}

// widestCell is the maximum cell width on a terminal, because a name may have thousands of
// characters.
const widestCell = 44

func (t *Table) Add(cells ...string) { t.Rows = append(t.Rows, cleanCells(cells)) }

func cleanCells(cells []string) []string {
	for i, cell := range cells {
		cells[i] = string(webex.Clean(webex.Untrusted(cell)))
	}
	return cells
}

// Print writes the table to out: aligned on a terminal, otherwise separated by tabs.
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
			return w.WriteByte('\n') // returns an earlier error too
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
	room, known := TerminalWidth(out)
	if known {
		columns = t.fitting(measured, room)
	}
	last := columns[len(columns)-1] // never shortened, because it is usually the id
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

// padding is as wide as the widest column and the gap after it.
var padding = strings.Repeat(" ", widestCell+2)

// TerminalWidth returns the number of columns of a terminal; known is false if it can't be
// determined.
func TerminalWidth(f *os.File) (columns int, known bool) {
	w, _, err := term.GetSize(int(f.Fd()))
	return w, err == nil && w > 0
}

// leastCell is the minimum width of a column.
const leastCell = 5

// narrow shortens the widest soft columns until a line fits, leaving room for its last cell. It
// changes nothing if that is not enough.
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
