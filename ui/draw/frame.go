// Package draw is what everything on the screen is drawn with: text of a known width, in
// tones with a meaning, on lines, in frames and in panes. It knows nothing of Webex.
package draw

import (
	"fmt"

	"github.com/charmbracelet/x/ansi"

	"github.com/wxauth/wxauth/internal/english"
)

// Screen is what is drawn on: its size, its styles and the marks on it.
type Screen struct {
	Width, Height int
	Plain         bool // words alone: no lines, bars or boxes
	Dark          bool // the terminal's background is
	NoColor       bool // it shows none, or is to show none
	Styles        Styles
	Glyphs        glyphs
}

// Framed draws a box with a title in its top edge and keys in its bottom edge.
func (s *Screen) Framed(title string, body []string, keys string, w int) []string {
	st, g := &s.Styles, &s.Glyphs
	inner := w - 2
	edge := func(left, label, right string, t Tone) string {
		if label != "" {
			label = " " + Cut(label, inner-4) + " "
		}
		fill := inner - 1 - Cells(label)
		return st.frame.Render(left+g.Rule) + st.Tone[t].Render(label) + st.frame.Render(Repeat(g.Rule, max(fill, 0))+right)
	}
	out := []string{edge(g.topLeft, title, g.topRight, Warn)}
	bar := st.frame.Render(g.Side)
	for _, l := range body {
		out = append(out, bar+FitStyled(l, inner)+bar)
	}
	return append(out, edge(g.bottomLeft, keys, g.bottomRight, Link))
}

// FitStyled makes a rendered line exactly w cells wide.
func FitStyled(l string, w int) string {
	n := Cells(l)
	if n > w { // it loses its styles: nothing that is drawn here should be too wide
		return Pad(Head(ansi.Strip(l), w), w)
	}
	return l + Spaces(w-n)
}

// Overlay lays box over the middle of a screen that is dimmed.
func (s *Screen) Overlay(base []string, box []string) []string {
	bw := 0
	for _, l := range box {
		bw = max(bw, Cells(l))
	}
	x, y := max((s.Width-bw)/2, 0), max((s.Height-len(box))/2, 0)
	out := make([]string, len(base))
	for i, l := range base {
		text := ansi.Strip(l)
		if i < y || i >= y+len(box) {
			out[i] = s.Styles.Tone[Dim].Render(text)
			continue
		}
		// A wide character under the box's edge is cut in half: it gives way.
		left := Pad(Head(text, x), x)
		right := PadLeft(Tail(text, x+bw), max(s.Width-x-bw, 0))
		if x <= 3 { // so little beside it is a stray character, and no screen
			left, right = Spaces(x), Spaces(max(s.Width-x-bw, 0))
		}
		out[i] = s.Styles.Tone[Dim].Render(left) + FitStyled(box[i-y], bw) + s.Styles.Tone[Dim].Render(right)
	}
	return out
}

// Button draws a button; the focused one is reversed and in brackets.
func (s *Screen) Button(label string, focused, dangerous bool) string {
	switch {
	case focused && dangerous:
		return s.Styles.danger.Render("[ " + label + " ]")
	case focused:
		return s.Styles.Reverse.Render("[ " + label + " ]")
	case dangerous:
		return s.Styles.Tone[Bad].Render("  " + label + "  ")
	}
	return "  " + label + "  "
}

const (
	BesideFrom = 110 // columns from which the detail stands beside the table
	BelowFrom  = 80  // columns from which it stands below it
	BarCells   = 10
	DetailBox  = 4 // lines of the detail below the table
	Footer     = 3 // lines below a view: a rule, the status and the keys
)

// Padded makes n lines of w cells, with a blank at the left.
func (s *Screen) Padded(lines []string, w, n int) []string {
	out := make([]string, n)
	for i := range out {
		l := ""
		if i < len(lines) {
			l = " " + lines[i]
		}
		out[i] = FitStyled(l, w)
	}
	return out
}

// Message draws a state: a bold line and a dim one, wrapped, below a blank.
func (s *Screen) Message(first, second string) []string {
	out := []string{Spaces(s.Width)}
	for _, l := range Wrap(first, s.Width-4) {
		out = append(out, s.Paint(Strong.Text("  "+l)))
	}
	for _, l := range Wrap(second, s.Width-4) {
		out = append(out, s.Paint(Dim.Text("  "+l)))
	}
	return out
}

// Footed fills a view up to its footer.
func (s *Screen) Footed(out []string) []string {
	return append(s.Filled(out, s.Height-Footer), s.Rule())
}

// Filled makes exactly n lines of the screen's width.
func (s *Screen) Filled(out []string, n int) []string {
	for len(out) < n {
		out = append(out, Spaces(s.Width))
	}
	return out[:n]
}

// RowsRule is the line below a table, with which rows of how many are in sight.
func (s *Screen) RowsRule(from, to, of int) string {
	label := fmt.Sprintf(" %s–%s of %s ", english.Thousands(from+1), english.Thousands(to), english.Thousands(of))
	return s.Paint(Dim.Text(Repeat(s.Glyphs.Rule, max(s.Width-Cells(label)-1, 0)) + label + s.Glyphs.Rule))
}

// HasSide reports whether the detail stands beside the table.
func (s *Screen) HasSide() bool { return s.Width >= BesideFrom && !s.Plain }

func (s *Screen) Paint(segs ...Segment) string { return Paint(&s.Styles.Tone, s.Width, segs...) }

func (s *Screen) Sides(left, right []Segment) string {
	return PaintSides(&s.Styles.Tone, s.Width, left, right)
}

func (s *Screen) Rule() string { return s.Paint(Dim.Text(Repeat(s.Glyphs.Rule, s.Width))) }

// Scrolled is how many of all lines lie above a window of height lines, where at of them
// were to.
func Scrolled(at, all, height int) int { return max(0, min(at, all-height)) }
