package list

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/filter"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
)

// Records is what views of records have in common: a table, a filter, and the details of a row. A
// view embeds it. The rows of the table are indexes into the view's records.
type Records struct {
	Table[int]
	Filter Filter
	Order  Order[int] // By is an index of the columns
	Full   bool       // the details take the whole screen
	Scroll int        // number of their lines scrolled off the top
}

// Column is a column that records can be sorted by.
type Column struct {
	Heading string             // as the table shows it
	Words   string             // says how the list is sorted
	Compare func(a, b int) int // compares two records; nil for the order in which they come
}

// RecordsOf is what [Records.Actions] needs from a view.
type RecordsOf struct {
	Len         int                  // number of records, without the filter
	Details     func(w int) []string // the details of the current row
	Columns     []Column
	Arrange     func() // filters and sorts the rows
	Say         func(draw.Tone, string)
	Leave, Quit func()
}

// Actions returns the actions that all such views have.
func (r *Records) Actions(on *draw.Screen, of RecordsOf) []action.Action {
	out := []action.Action{
		{Key: action.Details, Run: action.Do(func() {
			if len(r.Rows) > 0 {
				r.Full, r.Scroll = !r.Full, 0
			}
		})},
		{Key: action.Mark, Run: action.Do(r.Mark)},
		{Key: action.MarkAll, Run: action.Do(r.MarkAll)},
		{Key: action.Filter, Run: func() tea.Cmd {
			if of.Len == 0 {
				return nil
			}
			r.Full = false
			return r.Filter.Open()
		}},
		{Key: action.Sort, Run: action.Do(func() { r.sortBy(of, (r.Order.By+1)%len(of.Columns)) })},
		{Key: action.Reverse, Run: action.Do(func() { r.sortBy(of, r.Order.By) })},
		{Key: action.Back, Run: action.Do(func() { // undoes one thing per call
			switch {
			case r.Full:
				r.Full = false
			case r.Filter.Text() != "":
				r.Filter.Clear()
				of.Arrange()
			case r.ClearMarks():
			default:
				of.Leave()
			}
		})},
		{Key: action.Quit, Run: action.Do(func() {
			if r.Full {
				r.Full = false
				return
			}
			of.Quit()
		})},
	}
	return append(out, action.Moves(r.Height, func(by int) {
		if r.Full {
			r.scroll(on, of, by)
		} else {
			r.Move(by)
		}
	})...)
}

func (r *Records) scroll(on *draw.Screen, of RecordsOf, by int) {
	r.Scroll = draw.Scrolled(r.Scroll+by, len(of.Details(on.Width-2)), r.Shape(on).Body)
}

// sortBy sorts by a column, or reverses the order.
func (r *Records) sortBy(of RecordsOf, column int) {
	r.Order.Set(column)
	of.Arrange()
	of.Say(draw.Dim, r.Order.Words(of.Columns[column].Words)+".")
}

// Arrange shows the records from 0 to n-1 that keep accepts, in the current order.
func (r *Records) Arrange(n int, columns []Column, keep func(i int) bool) {
	r.Found = filter.Visible(r.Filter.Text())
	shown := []int{}
	for i := range n {
		if keep(i) {
			shown = append(shown, i)
		}
	}
	if compare := columns[r.Order.By].Compare; compare != nil {
		slices.SortStableFunc(shown, compare)
	}
	if r.Order.Reversed {
		slices.Reverse(shown)
	}
	r.Table.Set(shown)
}

// Click moves the cursor to a row, or sorts by a heading. head is the drawn line of headings.
func (r *Records) Click(on *draw.Screen, of RecordsOf, head string, x, y int) {
	s := r.Shape(on)
	switch {
	case r.Full || x >= s.Width || len(r.Rows) == 0:
	case y == recordsAbove:
		for i, c := range of.Columns {
			if draw.LabelAt(head, x, c.Heading) == 0 {
				r.sortBy(of, i)
				return
			}
		}
	default:
		r.Point(y - recordsAbove - 1)
	}
}

// Wheel scrolls the table, or the details.
func (r *Records) Wheel(on *draw.Screen, of RecordsOf, by int) {
	if r.Full {
		r.scroll(on, of, by)
		return
	}
	r.Table.Wheel(by)
}

// recordsAbove is the number of lines above the table: the header, a fact and a rule.
const recordsAbove = 3

// Type handles a key or pasted text while the filter is open.
func (r *Records) Type(keys action.Map, msg tea.Msg, arrange func()) tea.Cmd {
	changed, by, cmd := r.Filter.Update(keys, msg)
	if changed {
		arrange()
	}
	r.Move(by)
	return cmd
}

// Typing reports whether the filter has the input focus.
func (r *Records) Typing() bool { return r.Filter.IsOpen() }

// Stray returns false: in such a view, letters without a meaning do no harm.
func (r *Records) Stray() bool { return false }

// Shape returns the layout.
func (r *Records) Shape(on *draw.Screen) Shape { return Divide(on, recordsAbove, 34, 40, r.Full) }

// Fit sets the height of the table.
func (r *Records) Fit(on *draw.Screen) { r.Resize(r.Shape(on).Table - 1) }

// Body draws the table and the details.
func (r *Records) Body(on *draw.Screen, p Panes) []string {
	p.Scroll = r.Scroll
	p.Rule = func() string {
		from, to := r.Window()
		return on.RowsRule(from, to, len(r.Rows))
	}
	return r.Shape(on).Lines(on, p)
}
