package ui

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/draw"
)

// The plain screen is for screen readers and braille displays. It has words in one column, no
// columns side by side and no overlays. The terminal's cursor is on the selected row. Without
// input the screen changes at most once a minute.

// setShownNow updates the time of the plain screen: on every message other than a tick, and
// otherwise once a minute.
func (m *Model) setShownNow(msg tea.Msg) {
	if _, tick := msg.(tickMsg); !tick || m.now.Sub(m.shownNow) >= time.Minute {
		m.shownNow = m.now
	}
}

// aloud replaces symbols with words.
var aloud = strings.NewReplacer(" · ", ", ", "APP · TOKEN", "APP, TOKEN ", "↑ ↓", "up down", "↑", "up", "↓", "down", "←", "left", "→", "right", "▏", "_")

// plainView draws the screen as plain text: the open dialog, or the screen if there is none.
func (m *Model) plainView() tea.View {
	still := *m
	still.now = m.shownNow
	still.Width = min(m.Width, dialog.PlainWidth)
	v := emptyView()
	if m.Width <= 0 || m.Height <= 0 {
		return v
	}
	lines, cursor := still.screenLines()
	if m.dialogs.IsOpen() && !tooSmall(&m.Screen) {
		w, h := dialog.Size(still.env())
		lines = m.dialogs.Top().Lines(still.env(), w, h)
		cursor = tea.NewCursor(1, 0)
	}
	for i, l := range lines {
		if cursor != nil && i == cursor.Y && i > 0 {
			continue // an input: the cursor is where text is typed
		}
		lines[i] = l
		if said := aloud.Replace(l); said != l {
			lines[i] = ansi.TruncateWc(squeezeGaps(said, still.Width), still.Width, "")
		}
		if at := selectedAt(l, m.Glyphs.Cursor); cursor == nil && at >= 0 {
			cursor = tea.NewCursor(at, i)
		}
	}
	v.Content = strings.Join(lines, "\n")
	v.Cursor = cursor
	return v
}

// squeezeGaps removes blanks from the widest gaps of a line until it is w cells wide.
func squeezeGaps(l string, w int) string {
	for range max(draw.Cells(l)-w, 0) {
		at, most := -1, 1
		for i := 0; i < len(l); {
			n := len(l[i:]) - len(strings.TrimLeft(l[i:], " "))
			if n > most {
				at, most = i, n
			}
			i += max(n, 1)
		}
		if at < 0 {
			break
		}
		l = l[:at] + l[at+1:]
	}
	return l
}

// selectedAt returns the column of the mark of a selected row, or -1 for other rows.
func selectedAt(line, mark string) int {
	text := ansi.Strip(line)
	at := strings.Index(text, mark)
	if at < 0 || at > 1 || strings.TrimSpace(text[:at]) != "" {
		return -1
	}
	return at
}
