package ui

import (
	"image/color"
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

// highContrast is the theme for eyes that need more than colours that are pleasant.
const highContrast = "high-contrast"

// look is what the styles are made for.
type look struct {
	dark     bool // the background is
	contrast bool // the theme of high contrast was chosen
	few      bool // the terminal has 16 colours, or none
}

// toneColours are those of the tones; each is named for what it is on most screens.
type toneColours struct{ text, amber, red, green, blue, grey color.Color }

// newStyles picks colours that can be read on a dark or a light background. Plain
// text keeps the terminal's own colour. Those of text are of the 256 that every terminal
// has: they take half the bytes of others, and each key sends some twenty.
func newStyles(l look) styles {
	pick := lipgloss.LightDark(l.dark)
	base := lipgloss.NewStyle()
	c := toneColours{
		amber: pick(lipgloss.Color("94"), lipgloss.Color("179")), red: pick(lipgloss.Color("124"), lipgloss.Color("210")),
		green: pick(lipgloss.Color("22"), lipgloss.Color("77")), blue: pick(lipgloss.Color("25"), lipgloss.Color("117")),
		grey: pick(lipgloss.Color("241"), lipgloss.Color("246")),
	}
	back := pick(lipgloss.Color("#d9e9fc"), lipgloss.Color("#264062"))
	switch {
	case l.few: // the nearest of 16 would make amber and red one, and blue too dark
		c = toneColours{
			amber: pick(lipgloss.Magenta, lipgloss.BrightYellow), red: pick(lipgloss.Red, lipgloss.BrightRed),
			green: pick(lipgloss.Green, lipgloss.BrightGreen), blue: pick(lipgloss.Blue, lipgloss.BrightCyan),
			grey: lipgloss.NoColor{},
		}
	case l.contrast: // seven to one and more against black and white; nothing is grey
		c = toneColours{
			text:  pick(lipgloss.Color("#000000"), lipgloss.Color("#ffffff")),
			amber: pick(lipgloss.Color("#5c3a00"), lipgloss.Color("#ffd75f")), red: pick(lipgloss.Color("#8b0000"), lipgloss.Color("#ff9d9d")),
			green: pick(lipgloss.Color("#004d00"), lipgloss.Color("#7dff7d")), blue: pick(lipgloss.Color("#00308f"), lipgloss.Color("#9fdcff")),
			grey: pick(lipgloss.Color("#262626"), lipgloss.Color("#dadada")),
		}
		back = pick(lipgloss.Color("#ffe94d"), lipgloss.Color("#00308f"))
	}
	text := base
	if c.text != nil {
		text = base.Foreground(c.text)
	}
	tone := [tones]lipgloss.Style{
		plain: text, strong: text.Bold(true), dim: base.Foreground(c.grey),
		warn: base.Foreground(c.amber).Bold(true), bad: base.Foreground(c.red).Bold(true),
		good: base.Foreground(c.green).Bold(true), link: base.Foreground(c.blue),
	}
	s := styles{
		reverse: styleOf(base.Reverse(true).Bold(true)),
		danger:  styleOf(base.Foreground(c.red).Reverse(true).Bold(true)),
		frame:   styleOf(base.Foreground(c.amber)),
		square:  styleOf(base.Foreground(lipgloss.Color("#ffffff")).Background(lipgloss.Color("#000000"))),
	}
	for i, t := range tone {
		s.tone[i] = styleOf(t)
		switch {
		case l.few: // of so few colours none can be read on another: the row is turned round
			s.selected[i] = styleOf(base.Reverse(true).Bold(tone[i].GetBold()))
		case l.contrast:
			s.selected[i] = styleOf(text.Background(back).Bold(true))
		default:
			s.selected[i] = styleOf(t.Background(back))
		}
	}
	if !l.few && !l.contrast { // grey on the selection's own blue is hard to read
		s.selected[dim] = styleOf(base.Background(back))
	}
	return s
}

// glyphs are what is drawn and is no text: lines, bars and marks.
type glyphs struct {
	rule, side              string // lines between the parts of a screen
	left, used              string // the two parts of a bar
	cursor                  string // in front of the selected row
	mark, some              string // on a row that is marked, on an app some of whose rows are
	open, folded            string // on an app
	child, last, loose      string // in front of an access token
	above                   string // behind the name of an app whose row lies above the screen
	sorted                  string // behind the column that the rows are in the order of
	done, failed            string // in front of what has been done
	topLeft, topRight       string // the corners of a dialog
	bottomLeft, bottomRight string
}

// drawnGlyphs are for eyes. Those of [plainGlyphs] are for ears and for braille: what
// is read aloud says in words what a line or a bar would.
var (
	drawnGlyphs = glyphs{
		rule: "─", side: "│", left: "━", used: "─", cursor: "▸", mark: "●", some: "○", open: "▾ ", folded: "▹ ",
		child: "├ ", last: "└ ", loose: "· ", above: " ↑", sorted: " ▾", done: "✓ ", failed: "✗ ",
		topLeft: "╭", topRight: "╮", bottomLeft: "╰", bottomRight: "╯",
	}
	plainGlyphs = glyphs{
		rule: " ", side: " ", left: " ", used: " ", cursor: ">", mark: "*", some: "+", open: "  ", folded: "  ",
		child: "  ", last: "  ", loose: "  ", above: ", above",
		topLeft: " ", topRight: " ", bottomLeft: " ", bottomRight: " ",
	}
)

// hung is how a token hangs in the tree, from how it is drawn for eyes.
func (g *glyphs) hung(branch string) string {
	switch branch {
	case drawnGlyphs.child:
		return g.child
	case drawnGlyphs.last:
		return g.last
	case drawnGlyphs.loose:
		return g.loose
	}
	return branch
}

// lines of the runes that rules and bars are made of, to be cut from
var (
	rules = strings.Repeat(drawnGlyphs.rule, 256)
	lefts = strings.Repeat(drawnGlyphs.left, 64)
)
