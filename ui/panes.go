package ui

import "github.com/wxauth/wxauth/ui/draw"

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
func (m *Model) paneLines(s draw.PaneShape, p panes) []string {
	switch {
	case p.full:
		all := p.detail(m.Width - 2)
		*p.scroll = max(0, min(*p.scroll, len(all)-s.Body))
		return m.Padded(all[*p.scroll:], m.Width, s.Body)
	case s.Beside > 0:
		out := p.table(s.Width, s.Body)
		side := m.rested(s.Beside, s.Body, func() []string { return m.Padded(p.detail(s.Beside-2), s.Beside, s.Body) })
		bar := m.Styles.Tone[draw.Dim].Render(m.Glyphs.Side)
		for i := range out {
			out[i] += bar + side[i]
		}
		return out
	}
	out := p.table(s.Width, s.Table)
	if s.Below > 0 {
		out = append(out, p.rule())
		out = append(out, m.rested(m.Width, s.Below, func() []string { return m.Padded(p.brief(m.Width-2), m.Width, s.Below) })...)
	}
	return out
}
