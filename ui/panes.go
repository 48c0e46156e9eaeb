package ui

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
		all := p.detail(m.Width - 2)
		*p.scroll = max(0, min(*p.scroll, len(all)-s.body))
		return m.Padded(all[*p.scroll:], m.Width, s.body)
	case s.beside > 0:
		out := p.table(s.width, s.body)
		side := m.rested(s.beside, s.body, func() []string { return m.Padded(p.detail(s.beside-2), s.beside, s.body) })
		bar := m.Styles.tone[dim].Render(m.Glyphs.side)
		for i := range out {
			out[i] += bar + side[i]
		}
		return out
	}
	out := p.table(s.width, s.table)
	if s.below > 0 {
		out = append(out, p.rule())
		out = append(out, m.rested(m.Width, s.below, func() []string { return m.Padded(p.brief(m.Width-2), m.Width, s.below) })...)
	}
	return out
}
