// Package draw has the building blocks of the screen: text of a known width, tones, lines,
// frames and panes. It does not depend on Webex.
package draw

import (
	"fmt"
	"strconv"

	"github.com/charmbracelet/x/ansi"

	"github.com/wxauth/wxauth/internal/english"
)

// Screen holds the size, the styles and the glyphs that drawing uses.
type Screen struct {
	Width, Height int
	Plain         bool // plain text: no lines, bars or boxes
	Dark          bool // the terminal has a dark background
	NoColor       bool // the terminal has no colours, or must not show any
	Styles        Styles
	Glyphs        glyphs
}

// Framed draws a box with a title in its top edge and keys in its bottom edge. frame is the tone of
// the frame and the title: [Bad] for what affects everything, [Warn] for other questions, [Link] for
// the rest.
func (s *Screen) Framed(frame Tone, title string, body []string, keys string, w int) []string {
	st, g := &s.Styles, &s.Glyphs
	edges := st.Tone[frame]
	inner := w - 2
	edge := func(left, label, right string, t Tone) string {
		if label != "" {
			label = " " + Cut(label, inner-4) + " "
		}
		fill := inner - 1 - Cells(label)
		return edges.Render(left+g.Rule) + st.Tone[t].Render(label) + edges.Render(Repeat(g.Rule, max(fill, 0))+right)
	}
	out := []string{edge(g.topLeft, title, g.topRight, frame)}
	bar := edges.Render(g.Side)
	for _, l := range body {
		out = append(out, bar+FitStyled(l, inner)+bar)
	}
	return append(out, edge(g.bottomLeft, keys, g.bottomRight, Link))
}

// FitStyled cuts or pads a rendered line to exactly w cells.
func FitStyled(l string, w int) string {
	n := Cells(l)
	if n > w { // cutting removes the styles, but drawn lines should never be too wide
		return Pad(Head(ansi.Strip(l), w), w)
	}
	return l + Spaces(w-n)
}

// Overlay draws a box over the middle of a dimmed screen, or without colours of an empty one.
func (s *Screen) Overlay(base []string, box []string) []string {
	bw := widest(box)
	x, y := s.Middle(box)
	out := make([]string, len(base))
	for i, l := range base {
		text := ansi.Strip(l)
		if s.NoColor { // the rest cannot be drawn fainter than the box
			text = Spaces(s.Width)
		}
		if i < y || i >= y+len(box) {
			out[i] = s.Styles.Tone[Dim].Render(text)
			continue
		}
		// A wide character under the box's edge would be cut in half: replace it with a blank.
		left := Pad(Head(text, x), x)
		right := PadLeft(Tail(text, x+bw), max(s.Width-x-bw, 0))
		if x <= 3 { // a strip this narrow would show only stray characters
			left, right = Spaces(x), Spaces(max(s.Width-x-bw, 0))
		}
		out[i] = s.Styles.Tone[Dim].Render(left) + FitStyled(box[i-y], bw) + s.Styles.Tone[Dim].Render(right)
	}
	return out
}

// Middle returns where [Screen.Overlay] draws a box.
func (s *Screen) Middle(box []string) (x, y int) {
	return max((s.Width-widest(box))/2, 0), max((s.Height-len(box))/2, 0)
}

func widest(lines []string) (w int) {
	for _, l := range lines {
		w = max(w, Cells(l))
	}
	return w
}

// Button draws a button. A focused button is reversed and in brackets.
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
	BesideFrom = 110 // minimum width for the detail beside the table
	BelowFrom  = 80  // minimum width for the detail below the table
	BarCells   = 10
	roomyFrom  = 30
	Footer     = 3 // lines below a view: a rule, the status and the keys
)

// Padded cuts or fills lines to n lines of w cells, with a blank on the left.
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

// Banner draws text as the most visible line of a pane, in the colour of its tone.
func (s *Screen) Banner(t Tone, text string, w int) string {
	text = Cut(text, w-2)
	if s.Plain {
		return s.Styles.Tone[t].Render(Pad(text, w))
	}
	return s.Styles.Banner[t].Render(" "+text+" ") + Spaces(w-2-Cells(text))
}

// Message draws a state: a blank line, then wrapped text in bold and in dim.
func (s *Screen) Message(first, second string) []string { return s.message(Strong, first, second) }

// Success draws a message with a green first line.
func (s *Screen) Success(first, second string) []string {
	return s.message(Good, s.Glyphs.Done+first, second)
}

func (s *Screen) message(t Tone, first, second string) []string {
	out := []string{Spaces(s.Width)}
	for _, l := range Wrap(first, s.Width-4) {
		out = append(out, s.Paint(t.Text("  "+l)))
	}
	for _, l := range Wrap(second, s.Width-4) {
		out = append(out, s.Paint(Dim.Text("  "+l)))
	}
	return out
}

// Failure draws an error: the headline in red, and below it what to do, numbered if there are
// several steps.
func (s *Screen) Failure(headline string, steps ...string) []string {
	out := []string{Spaces(s.Width)}
	for _, l := range Wrap(headline, s.Width-4) {
		out = append(out, s.Paint(Bad.Text("  "+l)))
	}
	for i, step := range steps {
		number := ""
		if len(steps) > 1 {
			number = strconv.Itoa(i+1) + ". "
		}
		for j, l := range Wrap(step, s.Width-4-len(number)) {
			if j > 0 {
				number = Spaces(len(number))
			}
			out = append(out, s.Paint(Plain.Text("  "+number+l)))
		}
	}
	return out
}

// Footed fills a view with blank lines up to the footer.
func (s *Screen) Footed(out []string) []string {
	return append(s.Filled(out, s.Height-Footer), s.Rule())
}

// Filled cuts or fills lines to exactly n lines of the screen's width.
func (s *Screen) Filled(out []string, n int) []string {
	for len(out) < n {
		out = append(out, Spaces(s.Width))
	}
	return out[:n]
}

// RowsRule returns the line below a table, which says which rows are visible.
func (s *Screen) RowsRule(from, to, of int) string {
	label := fmt.Sprintf(" %s–%s of %s ", english.Thousands(from+1), english.Thousands(to), english.Thousands(of))
	return s.Paint(Dim.Text(Repeat(s.Glyphs.Rule, max(s.Width-Cells(label)-1, 0)) + label + s.Glyphs.Rule))
}

// DetailBox returns the number of lines of the detail below a table: two, or four on a tall screen.
func (s *Screen) DetailBox() int {
	if s.Height < roomyFrom {
		return 2
	}
	return 4
}

// HasSide reports whether the detail is beside the table.
func (s *Screen) HasSide() bool { return s.Width >= BesideFrom && !s.Plain }

func (s *Screen) Paint(segs ...Segment) string { return Paint(&s.Styles.Tone, s.Width, segs...) }

func (s *Screen) Sides(left, right []Segment) string {
	return PaintSides(&s.Styles.Tone, s.Width, left, right)
}

func (s *Screen) Rule() string { return s.Paint(Dim.Text(Repeat(s.Glyphs.Rule, s.Width))) }

// Scrolled returns how many of all lines are above a window of height lines, if the first
// visible line should be at.
func Scrolled(at, all, height int) int { return max(0, min(at, all-height)) }
