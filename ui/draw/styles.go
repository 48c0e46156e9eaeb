package draw

import (
	"image/color"
	"strings"

	"charm.land/lipgloss/v2"
)

// Tone is the meaning of a piece of text. Colour is never the only indication: the words say it
// too.
type Tone int

const (
	Plain  Tone = iota
	Strong      // the most important text
	Dim         // secondary text
	Warn        // needs attention: new, stale, expires soon
	Bad         // failed, overdue, or destructive: the revoke button
	Good        // verified as revoked
	Link        // the current place, and keys that can be pressed
	Match       // the part of a text that a filter matches
	Chip        // the filter of a list, as a label
	Tones
)

// Styles holds all styles, for one background.
type Styles struct {
	Look     Look // what the styles were made for
	Tone     [Tones]Style
	Banner   [Tones]Style // the same tones, reversed
	Selected [Tones]Style // the same tones on the selected row
	Reverse  Style        // active tab, focused button, badge
	Demo     Style        // the badge that says that nothing is real
	danger   Style        // the focused revoke button
	Square   Style        // a QR code: white on black, on every background
}

// Style is a lipgloss style, split once into the sequences before and after a line's text. Each
// key redraws hundreds of segments. Rendering each of them with lipgloss would take most of the
// time.
type Style struct{ before, after string }

func styleOf(s lipgloss.Style) Style {
	const text = "x"
	before, after, _ := strings.Cut(s.Render(text), text)
	return Style{before, after}
}

// Render styles text that has no line break.
func (s Style) Render(text string) string {
	if text == "" || s.before == "" {
		return text
	}
	return s.before + text + s.after
}

// HighContrast is the name of the high-contrast theme.
const HighContrast = "high-contrast"

// Look is what styles are made for.
type Look struct {
	Dark     bool // the background is dark
	Contrast bool // the high-contrast theme is selected
	Few      bool // the terminal has at most 16 colours
}

// toneColours are the colours of the tones. Each is named after its colour on most screens.
type toneColours struct{ text, amber, red, green, blue, grey color.Color }

// NewStyles returns styles that are legible on a dark or a light background. Plain text keeps
// the terminal's own colour. Text uses the 256-colour palette, which every terminal supports:
// its sequences have half the bytes of RGB sequences, and each key sends about twenty.
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
	case l.Few: // among 16 colours the nearest to amber is red, and blue is too dark
		c = toneColours{
			amber: pick(lipgloss.Magenta, lipgloss.BrightYellow), red: pick(lipgloss.Red, lipgloss.BrightRed),
			green: pick(lipgloss.Green, lipgloss.BrightGreen), blue: pick(lipgloss.Blue, lipgloss.BrightCyan),
			grey: lipgloss.NoColor{},
		}
	case l.Contrast: // at least 7:1 against black and white; no grey
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
		Match: base.Foreground(c.amber).Bold(true).Underline(true), Chip: base.Foreground(c.amber).Reverse(true),
	}
	s := Styles{
		Look:    l,
		Reverse: styleOf(base.Reverse(true).Bold(true)),
		Demo:    styleOf(base.Foreground(c.blue).Reverse(true).Bold(true)),
		danger:  styleOf(base.Foreground(c.red).Reverse(true).Bold(true)),
		Square:  styleOf(base.Foreground(lipgloss.Color("#ffffff")).Background(lipgloss.Color("#000000"))),
	}
	for i, t := range tone {
		s.Tone[i], s.Banner[i] = styleOf(t), styleOf(t.Reverse(true))
		switch {
		case l.Few: // no two of 16 colours are legible on each other, so the row is reversed
			s.Selected[i] = styleOf(base.Reverse(true).Bold(tone[i].GetBold()))
		case l.Contrast:
			s.Selected[i] = styleOf(text.Background(back).Bold(true))
		default:
			s.Selected[i] = styleOf(t.Background(back))
		}
	}
	if !l.Few && !l.Contrast { // grey on the blue of the selection is hard to read
		s.Selected[Dim] = styleOf(base.Background(back))
	}
	return s
}

// glyphs are drawn characters that are not text: lines, bars and marks.
type glyphs struct {
	Rule, Side              string // lines between the parts of a screen
	Left, Used              string // the two parts of a bar
	Cursor                  string // before the selected row
	Mark, Some              string // on a marked row, on an app with some marked rows
	Open, Folded            string // before an app
	Child, Last, Loose      string // before an access token
	Above                   string // after the name of an app whose row is above the visible ones
	Sorted, Reversed        string // after the column that the rows are sorted by
	Done, Failed            string // before a finished step
	topLeft, topRight       string // the corners of a dialog
	bottomLeft, bottomRight string
}

// DrawnGlyphs are the default. [PlainGlyphs] are for screen readers and braille displays: they
// use words in place of lines and bars.
var (
	DrawnGlyphs = glyphs{
		Rule: "─", Side: "│", Left: "━", Used: "─", Cursor: "▸", Mark: "●", Some: "○", Open: "▾ ", Folded: "▹ ",
		Child: "├ ", Last: "└ ", Loose: "· ", Above: " ↑", Sorted: " ▾", Reversed: " ▴", Done: "✓ ", Failed: "✗ ",
		topLeft: "╭", topRight: "╮", bottomLeft: "╰", bottomRight: "╯",
	}
	PlainGlyphs = glyphs{
		Rule: " ", Side: " ", Left: " ", Used: " ", Cursor: ">", Mark: "*", Some: "+", Open: "  ", Folded: "  ",
		Child: "  ", Last: "  ", Loose: "  ", Above: ", above",
		topLeft: " ", topRight: " ", bottomLeft: " ", bottomRight: " ",
	}
)

// Hung returns the glyph that stands for branch, one of [DrawnGlyphs], in this set.
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

// runs of the runes that rules and bars are made of, for Repeat to slice
var (
	rules = strings.Repeat(DrawnGlyphs.Rule, 256)
	lefts = strings.Repeat(DrawnGlyphs.Left, 64)
)
