package ui

import (
	"strings"

	"charm.land/lipgloss/v2"
)

// tone is what a piece of text means. Colour never stands alone: the words say it
// too.
type tone int

const (
	plain  tone = iota
	strong      // what the eye should meet
	dim         // what is there when looked for
	warn        // look here: new, stale, ends soon
	bad         // broken or will break: overdue, failed, the revoke button
	good        // proven: gone
	link        // where you are and what you can press
	tones
)

// styles is the look of everything, made for one background.
type styles struct {
	tone     [tones]style
	selected [tones]style // the same on the selected row
	reverse  style        // active tab, focused button, badge
	danger   style        // the focused revoke button
	frame    style        // a dialog's border
	square   style        // a QR code: white on black, on every background
}

// style is a lipgloss style, taken apart once into what it puts before and after a
// line's text. A screen has hundreds of pieces and each key draws them all: putting a
// piece together from the style anew would be most of a key's cost.
type style struct{ before, after string }

func styleOf(s lipgloss.Style) style {
	const text = "x"
	before, after, _ := strings.Cut(s.Render(text), text)
	return style{before, after}
}

// Render styles text without a line break.
func (s style) Render(text string) string {
	if text == "" || s.before == "" {
		return text
	}
	return s.before + text + s.after
}

// newStyles picks colours that can be read on a dark or a light background. Plain
// text keeps the terminal's own colour. Those of text are of the 256 that every terminal
// has: they take half the bytes of others, and each key sends some twenty.
func newStyles(dark bool) styles {
	pick := lipgloss.LightDark(dark)
	base := lipgloss.NewStyle()
	amber := pick(lipgloss.Color("94"), lipgloss.Color("179"))
	red := pick(lipgloss.Color("124"), lipgloss.Color("210"))
	green := pick(lipgloss.Color("22"), lipgloss.Color("77"))
	blue := pick(lipgloss.Color("25"), lipgloss.Color("117"))
	grey := pick(lipgloss.Color("241"), lipgloss.Color("246"))
	tone := [tones]lipgloss.Style{
		plain: base, strong: base.Bold(true), dim: base.Foreground(grey),
		warn: base.Foreground(amber).Bold(true), bad: base.Foreground(red).Bold(true),
		good: base.Foreground(green).Bold(true), link: base.Foreground(blue),
	}
	s := styles{
		reverse: styleOf(base.Reverse(true).Bold(true)),
		danger:  styleOf(base.Foreground(red).Reverse(true).Bold(true)),
		frame:   styleOf(base.Foreground(amber)),
		square:  styleOf(base.Foreground(lipgloss.Color("#ffffff")).Background(lipgloss.Color("#000000"))),
	}
	back := pick(lipgloss.Color("#cfe3fa"), lipgloss.Color("#264062"))
	for i, t := range tone {
		s.tone[i], s.selected[i] = styleOf(t), styleOf(t.Background(back))
	}
	// Grey on the selection's own blue is hard to read.
	s.selected[dim] = styleOf(base.Background(back))
	return s
}

// Rules and bars. Tables of these would be one more thing to keep straight.
const (
	ruleRune   = "─"
	barLeft    = "━"
	barUsed    = "─"
	cursorRune = "▸"
	markRune   = "●"
)

// lines of the runes that rules and bars are made of, to be cut from
var (
	rules = strings.Repeat(ruleRune, 256)
	lefts = strings.Repeat(barLeft, 64)
)

// repeat is strings.Repeat of a rune that lines are drawn with, most often without
// making a new one.
func repeat(r string, n int) string {
	long := ""
	switch r {
	case ruleRune:
		long = rules
	case barLeft:
		long = lefts
	}
	if n = max(n, 0); n*len(r) <= len(long) {
		return long[:n*len(r)]
	}
	return strings.Repeat(r, n)
}
