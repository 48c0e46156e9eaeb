package list

import (
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
)

// Records is what views of records have in common: a table, a filter, and the details of a row. A
// view embeds it. The rows of the table are indexes into the view's records.
type Records struct {
	Table[int]
	Filter Filter
	Full   bool // the details take the whole screen
	Scroll int  // number of their lines scrolled off the top
}

// RecordsOf is what [Records.Actions] needs from a view.
type RecordsOf struct {
	Len         int                  // number of records, without the filter
	Details     func(w int) []string // the details of the current row
	Arrange     func()               // filters and sorts the rows
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
		{Key: action.Filter, Run: func() tea.Cmd {
			if of.Len == 0 {
				return nil
			}
			r.Full = false
			return r.Filter.Open()
		}},
		{Key: action.Back, Run: action.Do(func() { // undoes one thing per call
			switch {
			case r.Full:
				r.Full = false
			case r.Filter.Text() != "":
				r.Filter.Clear()
				of.Arrange()
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
			r.Scroll = draw.Scrolled(r.Scroll+by, len(of.Details(on.Width-2)), r.Shape(on).Body)
		} else {
			r.Move(by)
		}
	})...)
}

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
func (r *Records) Shape(on *draw.Screen) Shape { return Divide(on, 3, 34, 40, r.Full) }

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

// Lines draws the table in w columns and h lines: the head, and the visible rows. row returns the
// cells of a record.
func (r *Records) Lines(on *draw.Screen, w, h int, head []draw.Segment, row func(i int) []draw.Segment) []string {
	if h <= 0 {
		return nil
	}
	for i := range head {
		head[i].Tone = draw.Dim
	}
	out := []string{draw.Paint(&on.Styles.Tone, w, append([]draw.Segment{draw.Plain.Text("   ")}, head...)...)}
	from, to := r.Window()
	for i := from; i < to && len(out) < h; i++ {
		set, cursor := &on.Styles.Tone, "   "
		if i == r.Cursor {
			set, cursor = &on.Styles.Selected, " "+on.Glyphs.Cursor+" "
		}
		out = append(out, draw.Paint(set, w, append([]draw.Segment{draw.Link.Text(cursor)}, row(r.Rows[i])...)...))
	}
	for len(out) < h {
		out = append(out, draw.Spaces(w))
	}
	return out[:h]
}
