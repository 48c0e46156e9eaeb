package draw

import (
	"image/color"
	"strings"

	"charm.land/lipgloss/v2"
)

// Tone is what a piece of text means. Colour never stands alone: the words say it
// too.
type Tone int

const (
	Plain  Tone = iota
	Strong      // what the eye should meet
	Dim         // what is there when looked for
	Warn        // look here: new, stale, ends soon
	Bad         // broken or will break: overdue, failed, the revoke button
	Good        // proven: gone
	Link        // where you are and what you can press
	Tones
)

// Styles is the look of everything, made for one background.
type Styles struct {
	Look     Look // what they were made for
	Tone     [Tones]Style
	Selected [Tones]Style // the same on the selected row
	Reverse  Style        // active tab, focused button, badge
	danger   Style        // the focused revoke button
	frame    Style        // a dialog's border
	Square   Style        // a QR code: white on black, on every background
}

// Style is a lipgloss style, taken apart once into what it puts before and after a
// line's text. A screen has hundreds of pieces and each key draws them all: putting a
// piece together from the style again would be most of a key's cost.
type Style struct{ before, after string }

func styleOf(s lipgloss.Style) Style {
	const text = "x"
	before, after, _ := strings.Cut(s.Render(text), text)
	return Style{before, after}
}

// Render styles text without a line break.
func (s Style) Render(text string) string {
	if text == "" || s.before == "" {
		return text
	}
	return s.before + text + s.after
}

// HighContrast is the theme for eyes that need more than colours that are pleasant.
const HighContrast = "high-contrast"

// Look is what the styles are made for.
type Look struct {
	Dark     bool // the background is
	Contrast bool // the theme of high contrast was chosen
	Few      bool // the terminal has 16 colours, or none
}

// toneColours are those of the tones; each is named for what it is on most screens.
type toneColours struct{ text, amber, red, green, blue, grey color.Color }

// NewStyles picks colours that can be read on a dark or a light background. Plain
// text keeps the terminal's own colour. Those of text are of the 256 that every terminal
// has: they take half the bytes of others, and each key sends some twenty.
func NewStyles(l Look) Styles {
	pick := lipgloss.LightDark(l.Dark)
	base := lipgloss.NewStyle()
	c := toneColours{
		amber: pick(lipgloss.Color("94"), lipgloss.Color("179")), red: pick(lipgloss.Color("124"), lipgloss.Color("210")),
		green: pick(lipgloss.Color("22"), lipgloss.Color("77")), blue: pick(lipgloss.Color("25"), lipgloss.Color("117")),
		grey: pick(lipgloss.Color("241"), lipgloss.Color("246")),
	}
	back := pick(lipgloss.Color("#d9e9fc"), lipgloss.Color("#264062"))
	switch {
	case l.Few: // the nearest of 16 would make amber and red one, and blue too dark
		c = toneColours{
			amber: pick(lipgloss.Magenta, lipgloss.BrightYellow), red: pick(lipgloss.Red, lipgloss.BrightRed),
			green: pick(lipgloss.Green, lipgloss.BrightGreen), blue: pick(lipgloss.Blue, lipgloss.BrightCyan),
			grey: lipgloss.NoColor{},
		}
	case l.Contrast: // seven to one and more against black and white; nothing is grey
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
	tone := [Tones]lipgloss.Style{
		Plain: text, Strong: text.Bold(true), Dim: base.Foreground(c.grey),
		Warn: base.Foreground(c.amber).Bold(true), Bad: base.Foreground(c.red).Bold(true),
		Good: base.Foreground(c.green).Bold(true), Link: base.Foreground(c.blue),
	}
	s := Styles{
		Look:    l,
		Reverse: styleOf(base.Reverse(true).Bold(true)),
		danger:  styleOf(base.Foreground(c.red).Reverse(true).Bold(true)),
		frame:   styleOf(base.Foreground(c.amber)),
		Square:  styleOf(base.Foreground(lipgloss.Color("#ffffff")).Background(lipgloss.Color("#000000"))),
	}
	for i, t := range tone {
		s.Tone[i] = styleOf(t)
		switch {
		case l.Few: // of so few colours none can be read on another: the row is turned round
			s.Selected[i] = styleOf(base.Reverse(true).Bold(tone[i].GetBold()))
		case l.Contrast:
			s.Selected[i] = styleOf(text.Background(back).Bold(true))
		default:
			s.Selected[i] = styleOf(t.Background(back))
		}
	}
	if !l.Few && !l.Contrast { // grey on the selection's own blue is hard to read
		s.Selected[Dim] = styleOf(base.Background(back))
	}
	return s
}

// glyphs are what is drawn and is no text: lines, bars and marks.
type glyphs struct {
	Rule, Side              string // lines between the parts of a screen
	Left, Used              string // the two parts of a bar
	Cursor                  string // in front of the selected row
	Mark, Some              string // on a row that is marked, on an app some of whose rows are
	Open, Folded            string // on an app
	Child, Last, Loose      string // in front of an access token
	Above                   string // behind the name of an app whose row lies above the screen
	Sorted                  string // behind the column that the rows are in the order of
	Done, Failed            string // in front of what has been done
	topLeft, topRight       string // the corners of a dialog
	bottomLeft, bottomRight string
}

// DrawnGlyphs are for eyes. Those of [PlainGlyphs] are for ears and for braille: what
// is read aloud says in words what a line or a bar would.
var (
	DrawnGlyphs = glyphs{
		Rule: "─", Side: "│", Left: "━", Used: "─", Cursor: "▸", Mark: "●", Some: "○", Open: "▾ ", Folded: "▹ ",
		Child: "├ ", Last: "└ ", Loose: "· ", Above: " ↑", Sorted: " ▾", Done: "✓ ", Failed: "✗ ",
		topLeft: "╭", topRight: "╮", bottomLeft: "╰", bottomRight: "╯",
	}
	PlainGlyphs = glyphs{
		Rule: " ", Side: " ", Left: " ", Used: " ", Cursor: ">", Mark: "*", Some: "+", Open: "  ", Folded: "  ",
		Child: "  ", Last: "  ", Loose: "  ", Above: ", above",
		topLeft: " ", topRight: " ", bottomLeft: " ", bottomRight: " ",
	}
)

// Hung is how a token hangs in the tree, from how it is drawn for eyes.
func (g *glyphs) Hung(branch string) string {
	switch branch {
	case DrawnGlyphs.Child:
		return g.Child
	case DrawnGlyphs.Last:
		return g.Last
	case DrawnGlyphs.Loose:
		return g.Loose
	}
	return branch
}

// lines of the runes that rules and bars are made of, to be cut from
var (
	rules = strings.Repeat(DrawnGlyphs.Rule, 256)
	lefts = strings.Repeat(DrawnGlyphs.Left, 64)
)
