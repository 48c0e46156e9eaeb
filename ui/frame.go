package ui

import (
	"fmt"

	"github.com/charmbracelet/x/ansi"

	"github.com/wxauth/wxauth/internal/english"
)

// Screen is what is drawn on: its size, its styles and the marks on it.
type Screen struct {
	Width, Height int
	Plain         bool // words alone: no lines, bars or boxes
	Styles        styles
	Glyphs        glyphs
}

// Framed draws a box with a title in its top edge and keys in its bottom edge.
func (s *Screen) Framed(title string, body []string, keys string, w int) []string {
	st, g := &s.Styles, &s.Glyphs
	inner := w - 2
	edge := func(left, label, right string, t tone) string {
		if label != "" {
			label = " " + cut(label, inner-4) + " "
		}
		fill := inner - 1 - cells(label)
		return st.frame.Render(left+g.rule) + st.tone[t].Render(label) + st.frame.Render(repeat(g.rule, max(fill, 0))+right)
	}
	out := []string{edge(g.topLeft, title, g.topRight, warn)}
	bar := st.frame.Render(g.side)
	for _, l := range body {
		out = append(out, bar+fitStyled(l, inner)+bar)
	}
	return append(out, edge(g.bottomLeft, keys, g.bottomRight, link))
}

// fitStyled makes a rendered line exactly w cells wide.
func fitStyled(l string, w int) string {
	n := cells(l)
	if n > w { // it loses its styles: nothing that is drawn here should be too wide
		return pad(head(ansi.Strip(l), w), w)
	}
	return l + spaces(w-n)
}

// Overlay lays box over the middle of a screen that is dimmed.
func (s *Screen) Overlay(base []string, box []string) []string {
	bw := 0
	for _, l := range box {
		bw = max(bw, cells(l))
	}
	x, y := max((s.Width-bw)/2, 0), max((s.Height-len(box))/2, 0)
	out := make([]string, len(base))
	for i, l := range base {
		text := ansi.Strip(l)
		if i < y || i >= y+len(box) {
			out[i] = s.Styles.tone[dim].Render(text)
			continue
		}
		// A wide character under the box's edge is cut in half: it gives way.
		left := pad(head(text, x), x)
		right := padLeft(tail(text, x+bw), max(s.Width-x-bw, 0))
		if x <= 3 { // so little beside it is a stray character, and no screen
			left, right = spaces(x), spaces(max(s.Width-x-bw, 0))
		}
		out[i] = s.Styles.tone[dim].Render(left) + fitStyled(box[i-y], bw) + s.Styles.tone[dim].Render(right)
	}
	return out
}

// Button draws a button; the focused one is reversed and in brackets.
func (s *Screen) Button(label string, focused, dangerous bool) string {
	switch {
	case focused && dangerous:
		return s.Styles.danger.Render("[ " + label + " ]")
	case focused:
		return s.Styles.reverse.Render("[ " + label + " ]")
	case dangerous:
		return s.Styles.tone[bad].Render("  " + label + "  ")
	}
	return "  " + label + "  "
}

const (
	besideFrom = 110 // columns from which the detail stands beside the table
	belowFrom  = 80  // columns from which it stands below it
	barCells   = 10
	detailBox  = 4 // lines of the detail below the table
)

// Padded makes n lines of w cells, with a blank at the left.
func (s *Screen) Padded(lines []string, w, n int) []string {
	out := make([]string, n)
	for i := range out {
		l := ""
		if i < len(lines) {
			l = " " + lines[i]
		}
		out[i] = fitStyled(l, w)
	}
	return out
}

// Message draws a state: a bold line and a dim one, wrapped, below a blank.
func (s *Screen) Message(first, second string) []string {
	out := []string{spaces(s.Width)}
	for _, l := range wrap(first, s.Width-4) {
		out = append(out, s.Paint(strong.Text("  "+l)))
	}
	for _, l := range wrap(second, s.Width-4) {
		out = append(out, s.Paint(dim.Text("  "+l)))
	}
	return out
}

// paneShape is how a view with a table and a detail is divided.
type paneShape struct {
	body   int // lines between the rule at the top and the footer
	table  int // lines of the table with its header
	width  int // columns of the table
	beside int // columns of the detail beside it, 0 if it is below
	below  int // lines of the detail below it
}

// Footed fills a view up to its footer.
func (s *Screen) Footed(out []string) []string {
	for len(out) < s.Height-tokensFooter {
		out = append(out, spaces(s.Width))
	}
	return append(out[:s.Height-tokensFooter], s.Rule())
}

// RowsRule is the line below a table, with which rows of how many are in sight.
func (s *Screen) RowsRule(from, to, of int) string {
	label := fmt.Sprintf(" %s–%s of %s ", english.Thousands(from+1), english.Thousands(to), english.Thousands(of))
	return s.Paint(dim.Text(repeat(s.Glyphs.rule, max(s.Width-cells(label)-1, 0)) + label + s.Glyphs.rule))
}

// HasSide reports whether the detail stands beside the table.
func (s *Screen) HasSide() bool { return s.Width >= besideFrom && !s.Plain }

func (s *Screen) Paint(segs ...segment) string { return paint(&s.Styles.tone, s.Width, segs...) }

func (s *Screen) Sides(left, right []segment) string {
	return paintSides(&s.Styles.tone, s.Width, left, right)
}

func (s *Screen) Rule() string { return s.Paint(dim.Text(repeat(s.Glyphs.rule, s.Width))) }
