package list

import "github.com/wxauth/wxauth/ui/draw"

// Shape is the layout of a view with a table and the detail of one row.
type Shape struct {
	Body   int // lines between the rule at the top and the footer
	Table  int // lines of the table with its header; 0 if the detail takes the whole screen
	Width  int // columns of the table
	Beside int // columns of the detail beside the table; 0 if it is below
	Below  int // lines of the detail below the table
}

// briefFrom is the minimum height for a short detail below the table.
const briefFrom = 20

// Divide calculates the layout. The detail is beside the table if there is room: it takes
// percent of the columns, but not fewer than least. Otherwise it takes some lines below. With
// full, it takes the whole screen. above is the number of the view's lines above the body.
func Divide(on *draw.Screen, above, percent, least int, full bool) Shape {
	s := Shape{Body: max(on.Height-above-draw.Footer, 1), Width: on.Width}
	s.Table = s.Body
	switch {
	case full:
		s.Table = 0
	case on.HasSide():
		s.Beside = max(least, on.Width*percent/100)
		s.Width = on.Width - s.Beside - 1
	case on.Height >= briefFrom:
		s.Below = on.DetailBox()
		s.Table = max(s.Body-s.Below-1, 1)
	}
	return s
}

// Panes draws the parts of such a view.
type Panes struct {
	Scroll int // number of lines scrolled off the top, if the detail takes the whole screen
	Table  func(w, h int) []string
	Detail func(w int) []string
	Brief  func(w int) []string // the detail in a few lines, for below the table
	Rule   func() string        // the line between table and detail
}

// Lines draws the body of a view.
func (s Shape) Lines(on *draw.Screen, p Panes) []string {
	switch {
	case s.Table == 0:
		all := p.Detail(on.Width - 2)
		return on.Padded(all[draw.Scrolled(p.Scroll, len(all), s.Body):], on.Width, s.Body)
	case s.Beside > 0:
		out := p.Table(s.Width, s.Body)
		side := on.Padded(p.Detail(s.Beside-2), s.Beside, s.Body)
		bar := on.Styles.Tone[draw.Dim].Render(on.Glyphs.Side)
		for i := range out {
			out[i] += bar + side[i]
		}
		return out
	}
	out := p.Table(s.Width, s.Table)
	if s.Below > 0 {
		out = append(out, p.Rule())
		out = append(out, on.Padded(p.Brief(on.Width-2), on.Width, s.Below)...)
	}
	return out
}
