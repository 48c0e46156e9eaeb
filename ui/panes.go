package ui

import (
	"fmt"
)

// paneShape is how a view with a table and a detail is divided.
type paneShape struct {
	body   int // lines between the rule at the top and the footer
	table  int // lines of the table with its header
	width  int // columns of the table
	beside int // columns of the detail beside it, 0 if it is below
	below  int // lines of the detail below it
}

// panes are what such a view draws.
type panes struct {
	full   bool // the detail fills the screen
	scroll *int // lines of it that lie above the screen
	table  func(w, h int) []string
	detail func(w int) []string
	brief  func(w int) []string // the detail in a few lines, for below the table
	rule   func() string        // between the two
}

// paneLines draws the body of a view.
func (m *Model) paneLines(s paneShape, p panes) []string {
	switch {
	case p.full:
		all := p.detail(m.width - 2)
		*p.scroll = max(0, min(*p.scroll, len(all)-s.body))
		return m.padded(all[*p.scroll:], m.width, s.body)
	case s.beside > 0:
		out := p.table(s.width, s.body)
		side := m.rested(s.beside, s.body, func() []string { return m.padded(p.detail(s.beside-2), s.beside, s.body) })
		bar := m.styles.tone[dim].Render(m.glyphs.side)
		for i := range out {
			out[i] += bar + side[i]
		}
		return out
	}
	out := p.table(s.width, s.table)
	if s.below > 0 {
		out = append(out, p.rule())
		out = append(out, m.rested(m.width, s.below, func() []string { return m.padded(p.brief(m.width-2), m.width, s.below) })...)
	}
	return out
}

// footed fills a view up to its footer.
func (m *Model) footed(out []string) []string {
	for len(out) < m.height-tokensFooter {
		out = append(out, spaces(m.width))
	}
	return append(out[:m.height-tokensFooter], m.rule())
}

// rowsRule is the line below a table, with which rows of how many are in sight.
func (m *Model) rowsRule(from, to, of int) string {
	label := fmt.Sprintf(" %s–%s of %s ", thousands(from+1), thousands(to), thousands(of))
	return m.paint(seg(dim, repeat(m.glyphs.rule, max(m.width-cells(label)-1, 0))+label+m.glyphs.rule))
}
