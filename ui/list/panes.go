package list

import "github.com/wxauth/wxauth/ui/draw"

// Shape is how a view with a table and the detail of one row is divided.
type Shape struct {
	Body   int // lines between the rule at the top and the foot
	Table  int // lines of the table with its header, 0 where the detail has the whole screen
	Width  int // columns of the table
	Beside int // columns of the detail beside it, 0 if it is below
	Below  int // lines of the detail below it
}

// briefFrom is the height from which a few lines of the detail stand below the table.
const briefFrom = 20

// Divide gives the detail percent of the columns beside the table, at least so many, where
// there is room for that, else some lines below it; full gives it all. Above are the lines
// of the view above the body.
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
		s.Below = draw.DetailBox
		s.Table = max(s.Body-s.Below-1, 1)
	}
	return s
}

// Panes are what such a view draws.
type Panes struct {
	Scroll int // lines of the detail that lie above the screen, where it has all of it
	Table  func(w, h int) []string
	Detail func(w int) []string
	Brief  func(w int) []string // the detail in a few lines, for below the table
	Rule   func() string        // between the two
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
