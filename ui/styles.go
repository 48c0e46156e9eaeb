package ui

import (
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
	tone     [tones]lipgloss.Style
	selected [tones]lipgloss.Style // the same on the selected row
	reverse  lipgloss.Style        // active tab, focused button, badge
	danger   lipgloss.Style        // the focused revoke button
	frame    lipgloss.Style        // a dialog's border
	square   lipgloss.Style        // a QR code: white on black, on every background
}

// newStyles picks colours that can be read on a dark or a light background. Plain
// text keeps the terminal's own colour.
func newStyles(dark bool) styles {
	pick := lipgloss.LightDark(dark)
	base := lipgloss.NewStyle()
	amber := pick(lipgloss.Color("#8a5a00"), lipgloss.Color("#e3b341"))
	red := pick(lipgloss.Color("#b3121d"), lipgloss.Color("#ff7b72"))
	green := pick(lipgloss.Color("#116329"), lipgloss.Color("#56d364"))
	blue := pick(lipgloss.Color("#0550ae"), lipgloss.Color("#79c0ff"))
	grey := pick(lipgloss.Color("#59636e"), lipgloss.Color("#8b949e"))
	s := styles{
		tone: [tones]lipgloss.Style{
			plain: base, strong: base.Bold(true), dim: base.Foreground(grey),
			warn: base.Foreground(amber).Bold(true), bad: base.Foreground(red).Bold(true),
			good: base.Foreground(green).Bold(true), link: base.Foreground(blue),
		},
		reverse: base.Reverse(true).Bold(true),
		danger:  base.Foreground(red).Reverse(true).Bold(true),
		frame:   base.Foreground(amber),
		square:  base.Foreground(lipgloss.Color("#ffffff")).Background(lipgloss.Color("#000000")),
	}
	back := pick(lipgloss.Color("#cfe3fa"), lipgloss.Color("#264062"))
	for i := range s.tone {
		s.selected[i] = s.tone[i].Background(back)
	}
	// Grey on the selection's own blue is hard to read.
	s.selected[dim] = base.Background(back)
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
