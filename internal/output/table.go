// Package output formats the output of subcommands: tables, CSV, and progress.
package output

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"golang.org/x/term"

	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/webex"
)

// Table is a table for people: aligned on a terminal, otherwise separated by tabs. It sanitizes
// cells, so that no cell can forge a line.
type Table struct {
	Columns []Column
	Rows    [][]string
	// Stream yields the rows instead, if there are too many to keep in memory. Each call starts
	// with the first row. It stops at an error of visit, and returns that error.
	Stream func(visit func(cells ...string) error) error
}

// Column describes a column of a [Table].
type Column struct {
	Name string
	// Soft is set for names, which may be shortened further to make a line fit. Other columns
	// (dates, states, ids) are never shortened for that.
	Soft bool
	// Drop is set for columns that are omitted if a line doesn't fit on the terminal: the one with
	// the lowest number first. Columns with 0 are never omitted.
	Drop  int
	Style Style // on a terminal with color
}

// Style is how a column looks on a terminal with color.
type Style int

// The styles.
const (
	Plain Style = iota
	Strong
	Dim
	Warn
)

// escapes returns the escape sequences of the style.
func (s Style) escapes() ansi.Style {
	return [...]ansi.Style{Plain: nil, Strong: strongStyle, Dim: dimStyle, Warn: warnStyle}[s]
}

// Terminal is the terminal that a table is printed to.
type Terminal struct {
	Width int // 0 if it is unknown
	Color bool
}

// ErrNoColumn means that a table or CSV has no column with a given name.
var ErrNoColumn = errors.New("no such column")

// pick returns the indexes of the named columns, in the order of names. It ignores case, and takes
// a hyphen for a space.
func pick(header, names []string) ([]int, error) {
	plain := func(name string) string {
		return strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), " ", "-")
	}
	var out []int
	for _, name := range names {
		at := slices.IndexFunc(header, func(h string) bool { return plain(h) == plain(name) })
		if at < 0 {
			all := make([]string, len(header))
			for i, h := range header {
				all[i] = h
				if strings.ToUpper(h) == h { // of a table
					all[i] = plain(h)
				}
			}
			return nil, fmt.Errorf("%w: %s: choose from %s", ErrNoColumn, webex.Quote(name), strings.Join(all, ", "))
		}
		out = append(out, at)
	}
	return out, nil
}

// Select returns the table with only the named columns, in the order of names. The error matches
// [ErrNoColumn].
func (t Table) Select(names []string) (Table, error) {
	columns, err := pick(t.header(), names)
	if err != nil {
		return t, err
	}
	of := func(cells []string) []string {
		out := make([]string, len(columns))
		for at, i := range columns {
			out[at] = cells[i]
		}
		return out
	}
	var s Table
	for _, i := range columns {
		column := t.Columns[i]
		column.Drop = 0
		s.Columns = append(s.Columns, column)
	}
	for _, r := range t.Rows {
		s.Rows = append(s.Rows, of(r))
	}
	if stream := t.Stream; stream != nil {
		s.Stream = func(visit func(cells ...string) error) error {
			return stream(func(cells ...string) error { return visit(of(cells)...) })
		}
	}
	return s, nil
}

// each calls visit for the header and each row.
func (t Table) each(visit func(cells []string) error) error {
	if err := visit(t.header()); err != nil {
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

// header returns the names of the columns.
func (t Table) header() []string {
	out := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		out[i] = c.Name
	}
	return out
}

// measure returns the full width of each column.
func (t Table) measure() (widths []int, err error) {
	widths = make([]int, len(t.Columns))
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
		soft := t.Columns[i].Soft
		w := min(widths[i], widestCell)
		if i == last && !soft {
			w = widths[i]
		}
		n += w
		if i != last {
			n += 2
		}
		if soft {
			n -= max(w-softest, 0)
		}
	}
	return n
}

// softest is the width below which a name is not shortened; a column is omitted instead.
const softest = 16

// fitting returns the indexes of the columns to print: all without those to drop that don't fit.
func (t Table) fitting(widths []int, room int) (columns []int) {
	columns = t.columns()
	drop := slices.DeleteFunc(t.columns(), func(i int) bool { return t.Columns[i].Drop == 0 })
	slices.SortStableFunc(drop, func(a, b int) int { return t.Columns[a].Drop - t.Columns[b].Drop })
	for _, gone := range drop {
		if t.least(widths, columns) <= room {
			break
		}
		columns = slices.DeleteFunc(columns, func(i int) bool { return i == gone })
	}
	return columns
}

// columns returns the indexes of all columns.
func (t Table) columns() []int {
	out := make([]int, len(t.Columns))
	for i := range out {
		out[i] = i
	}
	return out
}

// widestCell is the maximum cell width on a terminal, because a name may have thousands of
// characters.
const widestCell = 44

// Add adds a row: one cell for each column.
func (t *Table) Add(cells ...string) {
	if len(cells) != len(t.Columns) {
		panic(fmt.Sprintf("%d cells for the columns %q", len(cells), t.header()))
	}
	t.Rows = append(t.Rows, cleanCells(cells))
}

func cleanCells(cells []string) []string {
	for i, cell := range cells {
		cells[i] = string(webex.Clean(webex.Untrusted(cell)))
	}
	return cells
}

// Print writes the table: aligned on a terminal, otherwise, if on is nil, separated by tabs.
func (t Table) Print(out io.Writer, on *Terminal) error {
	w := bufio.NewWriterSize(out, 64<<10)
	if on == nil {
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
	if on.Width > 0 {
		columns = t.fitting(measured, on.Width)
	}
	last := len(columns) - 1 // never shortened unless it is soft, because it is usually the id
	widths := make([]int, len(columns))
	var soft []int
	for at, i := range columns {
		if widths[at] = min(measured[i], widestCell); t.Columns[i].Soft {
			soft = append(soft, at)
		} else if at == last {
			widths[at] = measured[i]
		}
	}
	if on.Width > 0 && len(soft) > 0 {
		narrow(widths, soft, on.Width)
	}
	head := on.Color
	if err := t.each(func(cells []string) error {
		for at, i := range columns {
			cell, gap := cells[i], 0
			if draw.Cells(cell) > widths[at] {
				cell = draw.Cut(cell, widths[at])
			}
			if at < last {
				gap = max(widths[at]-draw.Cells(cell), 0) + 2
			}
			switch {
			case head:
				cell = headStyle.Styled(cell)
			case on.Color && cell != "":
				cell = t.Columns[i].Style.escapes().Styled(cell)
			}
			_, _ = w.WriteString(cell)
			_, _ = w.WriteString(padding[:gap])
		}
		head = false
		return w.WriteByte('\n')
	}); err != nil {
		return err
	}
	return w.Flush()
}

var (
	headStyle   = ansi.NewStyle(ansi.AttrFaint, ansi.AttrUnderline)
	strongStyle = ansi.NewStyle(ansi.AttrBold)
	dimStyle    = ansi.NewStyle(ansi.AttrFaint)
	warnStyle   = ansi.NewStyle(ansi.AttrYellowForegroundColor)
)

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

// narrow shortens the widest soft columns until a line fits. It
// changes nothing if that is not enough.
func narrow(widths, soft []int, room int) {
	total, give := -2, 0
	for _, w := range widths {
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
