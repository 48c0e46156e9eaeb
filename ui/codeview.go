package ui

import (
	"strings"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/webex"
)

// codeLines draws a login with a code: what to do, the code, and beside it the square
// that carries it, where there is room.
func (m *Model) codeLines() []string {
	q := m.login.square
	if m.login.alone {
		return m.squareAlone()
	}
	const least = 34 // columns that the words take
	top := []string{m.headerLine("Log in"), m.stagesLine(), m.Rule()}
	switch {
	case q.Width() == 0 || m.Width < q.Width()+least:
		return m.withoutSquare(top)
	case m.Height >= len(top)+q.Height()+3:
		return m.besideSquare(top, 1)
	case m.Height > q.Height():
		return m.besideSquare(nil, 0) // as high as the screen: the rest gives way
	}
	return m.withoutSquare(top)
}

func (m *Model) withoutSquare(top []string) []string {
	out := top
	for _, l := range m.codeWords(m.Width-2, m.Height-len(top)-2) {
		out = append(out, draw.FitStyled(" "+l, m.Width))
	}
	for len(out) < m.Height-2 {
		out = append(out, draw.Spaces(m.Width))
	}
	return append(out[:m.Height-2], m.statusLine(m.codeStatus()), m.codeKeys())
}

// besideSquare puts the words at the left and the square at the right.
func (m *Model) besideSquare(top []string, gap int) []string {
	square := m.drawSquare()
	w := m.Width - m.login.square.Width() - 1
	footer := 2
	if top == nil {
		footer = 1
	}
	room := m.Height - len(top) - gap - footer
	words := m.codeWords(w-2, room)
	if m.flash.Text != "" && footer == 1 { // there is no line for it
		words = append(words[:min(len(words), room-1)], draw.Paint(&m.Styles.Tone, w-2, m.flash))
	}
	out := top
	for range gap {
		out = append(out, draw.Spaces(m.Width))
	}
	for i := range room {
		left, right := "", draw.Spaces(m.login.square.Width())
		if i < len(words) {
			left = " " + words[i]
		}
		if i < len(square) {
			right = square[i]
		}
		out = append(out, draw.FitStyled(draw.FitStyled(left, w)+right, m.Width))
	}
	if footer == 2 {
		out = append(out, m.statusLine(m.codeStatus()))
	}
	return append(out, m.codeKeys())
}

// codeWords say what to do, at most h lines of w cells.
func (m *Model) codeWords(w, h int) []string {
	v := &m.login
	f := draw.NewFields(&m.Screen, w)
	step := func(n, text string) { f.Line(draw.Link.Text(n+"  "), draw.Plain.Text(text)) }
	roomy := h >= 20
	space := func() {
		if roomy {
			f.Blank()
		}
	}
	if h >= m.Height-2 { // without the lines at the top
		f.Line(draw.Strong.Text("Log in with a code"), draw.Dim.Text("  profile "+app.Clean(webex.Untrusted(m.opts.Account.Profile()))))
		f.Blank()
	}
	step("1", "On any phone or computer open")
	for _, l := range chunks(strings.TrimPrefix(v.url, "https://"), w-3) {
		f.Line(draw.Plain.Text("   "), draw.Strong.Text(l))
	}
	space()
	step("2", "Sign in with your admin account")
	space()
	step("3", "Enter this code")
	if h > 12 {
		f.Blank()
	}
	if !m.Plain {
		for _, l := range bigCode(string(v.code.UserCode)) {
			f.Line(draw.Plain.Text("   "), draw.Strong.Text(l))
		}
	}
	code := []draw.Segment{draw.Plain.Text("   "), draw.Strong.Text(app.CodeWords(v.code.UserCode))}
	if h > 12 {
		f.Line(code...)
		f.Blank()
		if v.square.Width() > 0 && w < m.Width-2 {
			f.Text("", draw.Dim, "Or scan the square: it carries the code.")
			space()
		}
		m.codeTime(f)
	} else {
		left, t := m.codeLeft()
		f.Line(append(code, t.Text("   "+m.countdown(left)))...)
	}
	space()
	f.Text("", draw.Warn, "Only enter a code that you started yourself, just now.")
	if v.notice != "" {
		space()
		f.Text("", draw.Dim, v.notice)
	}
	if len(f.Out) > h {
		f.Out = f.Out[:max(h, 0)]
	}
	return f.Out
}

func (m *Model) codeLeft() (time.Duration, draw.Tone) {
	left := max(m.login.deadline.Sub(m.now), 0)
	if left < 30*time.Second {
		return left, draw.Bad
	}
	return left, draw.Link
}

// codeTime is how long the code lives.
func (m *Model) codeTime(f *draw.Fields) {
	v := &m.login
	left, t := m.codeLeft()
	bar := min(max(f.W-14, 6), 30)
	filled := 0
	if total := v.deadline.Sub(v.started); total > 0 {
		filled = int(int64(bar) * int64(left) / int64(total))
	}
	if m.Plain {
		f.Line(t.Text(m.countdown(left)))
		return
	}
	f.Line(t.Text(draw.Repeat(m.Glyphs.Left, filled)), draw.Dim.Text(draw.Repeat(m.Glyphs.Used, bar-filled)), t.Text("  "+m.countdown(left)))
}

func (m *Model) codeStatus() draw.Segment {
	return draw.Dim.Text("asking Webex whether it was entered · nothing is stored yet")
}

func (m *Model) codeKeys() string {
	keys := []action.Hint{m.fixed.Hint(action.Copy, "copy address")}
	if m.login.square.Width() > 0 {
		keys = append(keys, m.fixed.Hint(action.Square, "square alone"))
	}
	return m.keyLine(append(keys, m.fixed.Hint(action.Browser, "browser"), m.fixed.Hint(action.Help, "help"), m.fixed.Hint(action.Back, "cancel"))...)
}

// squareAlone is nothing but the square, in the middle.
func (m *Model) squareAlone() []string {
	square := m.drawSquare()
	left := max(m.Width-m.login.square.Width(), 0) / 2
	var out []string
	for range max(m.Height-len(square)-1, 0) / 2 {
		out = append(out, draw.Spaces(m.Width))
	}
	for _, l := range square {
		out = append(out, draw.FitStyled(draw.Spaces(left)+l, m.Width))
	}
	for len(out) < m.Height-1 {
		out = append(out, draw.Spaces(m.Width))
	}
	if len(out) < m.Height {
		out = append(out, m.keyLine(m.fixed.Hint(action.Square, "back"), m.fixed.Hint(action.Back, "back")))
	}
	return out
}

// drawSquare draws the QR code light on dark, whatever the terminal's background: else
// some phones refuse it. Without colours it is drawn the way round that comes out so.
func (m *Model) drawSquare() []string {
	lines := m.login.square.Lines()
	switch {
	case m.noColor && !m.dark:
		return m.login.square.Negative()
	case m.noColor:
		return lines
	}
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = m.Styles.Square.Render(l)
	}
	return out
}

// digits are drawn three by three.
var digits = [10][3]string{
	{"┏━┓", "┃ ┃", "┗━┛"},
	{" ╻ ", " ┃ ", " ╹ "},
	{"╺━┓", "┏━┛", "┗━╸"},
	{"╺━┓", " ━┫", "╺━┛"},
	{"╻ ╻", "┗━┫", "  ╹"},
	{"┏━╸", "┗━┓", "╺━┛"},
	{"┏━╸", "┣━┓", "┗━┛"},
	{"╺━┓", "  ┃", "  ╹"},
	{"┏━┓", "┣━┫", "┗━┛"},
	{"┏━┓", "┗━┫", "╺━┛"},
}

// bigCode draws a code of digits, with a gap in the middle; nothing for any other.
func bigCode(code string) []string {
	if len(code) > 8 {
		return nil
	}
	out := make([]string, 3)
	for i, r := range code {
		if r < '0' || r > '9' {
			return nil
		}
		for y := range out {
			switch {
			case i > 0 && i == len(code)/2:
				out[y] += "   "
			case i > 0:
				out[y] += " "
			}
			out[y] += digits[r-'0'][y]
		}
	}
	return out
}

// chunks breaks an address at the screen's width.
func chunks(s string, w int) (out []string) {
	for w > 0 && s != "" {
		n := min(len(s), w)
		out = append(out, s[:n])
		s = s[n:]
	}
	return out
}
