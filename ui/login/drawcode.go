package login

import (
	"strings"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// drawCode draws a login with a code: the instructions, the code and, if there is room, the QR
// code beside them.
func (v *View) drawCode(env view.Env) view.Drawing {
	q := v.square
	if v.alone {
		return v.squareAlone(env)
	}
	const least = 34 // minimum width of the text
	const head, foot = 1, 2
	d := view.Drawing{Body: []string{v.stagesLine(env), env.Rule()}, Open: true, Status: draw.Dim.Text("waiting for the code to be entered · nothing saved yet"), Keys: v.codeKeys(env)}
	top := head + len(d.Body)
	beside := q.Width() > 0 && env.Width >= q.Width()+least
	switch {
	case beside && env.Height >= top+q.Height()+1+foot:
		d.Body = append(append(d.Body, draw.Spaces(env.Width)), v.besideSquare(env, env.Height-top-1-foot, draw.Segment{})...)
	case beside && env.Height > q.Height(): // the code takes the whole height: leave out header and footer
		d.Alone, d.Body = true, v.besideSquare(env, env.Height-1, env.Said)
	default:
		for _, l := range v.codeWords(env, env.Width-2, env.Height-top-foot) {
			d.Body = append(d.Body, draw.FitStyled(" "+l, env.Width))
		}
	}
	return d
}

// besideSquare draws text on the left and the QR code on the right. said is the result of the
// last key, if the screen has no other line for it.
func (v *View) besideSquare(env view.Env, lines int, said draw.Segment) (out []string) {
	square := v.drawSquare(env)
	w := env.Width - v.square.Width() - 1
	words := v.codeWords(env, w-2, lines)
	if said.Text != "" {
		words = append(words[:min(len(words), lines-1)], draw.Paint(&env.Styles.Tone, w-2, said))
	}
	for i := range lines {
		left, right := "", draw.Spaces(v.square.Width())
		if i < len(words) {
			left = " " + words[i]
		}
		if i < len(square) {
			right = square[i]
		}
		out = append(out, draw.FitStyled(draw.FitStyled(left, w)+right, env.Width))
	}
	return out
}

// codeWords returns the instructions, in at most h lines of w cells.
func (v *View) codeWords(env view.Env, w, h int) []string {
	f := draw.NewFields(env.Screen, w)
	step := func(n, text string) { f.Line(draw.Link.Text(n+"  "), draw.Plain.Text(text)) }
	roomy := h >= 20
	space := func() {
		if roomy {
			f.Blank()
		}
	}
	if h >= env.Height-2 { // the lines at the top are not shown
		f.Line(draw.Strong.Text("Log in with a code"), draw.Dim.Text("  profile "+app.Clean(webex.Untrusted(v.Account.Profile()))))
		f.Blank()
	}
	step("1", "On any phone or computer, open")
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
	if !env.Plain {
		for _, l := range bigCode(string(v.code.UserCode)) {
			f.Line(draw.Plain.Text("   "), draw.Strong.Text(l))
		}
	}
	code := []draw.Segment{draw.Plain.Text("   "), draw.Strong.Text(app.CodeWords(v.code.UserCode))}
	if h > 12 {
		f.Line(code...)
		f.Blank()
		if v.square.Width() > 0 && w < env.Width-2 {
			f.Text("", draw.Dim, "Or scan the QR code.")
			space()
		}
		v.codeTime(env, f)
	} else {
		left, t := v.codeLeft(env)
		f.Line(append(code, t.Text("   "+v.countdown(env, left)))...)
	}
	space()
	f.Text("", draw.Warn, "Only enter a code for a login that you just started.")
	if v.notice != "" {
		space()
		f.Text("", draw.Dim, v.notice)
	}
	if len(f.Out) > h {
		f.Out = f.Out[:max(h, 0)]
	}
	return f.Out
}

func (v *View) codeLeft(env view.Env) (time.Duration, draw.Tone) {
	left := max(v.deadline.Sub(env.Now), 0)
	if left < 30*time.Second {
		return left, draw.Bad
	}
	return left, draw.Link
}

// codeTime adds how long the code is valid.
func (v *View) codeTime(env view.Env, f *draw.Fields) {
	left, t := v.codeLeft(env)
	bar := min(max(f.W-14, 6), 30)
	filled := 0
	if total := v.deadline.Sub(v.started); total > 0 {
		filled = int(int64(bar) * int64(left) / int64(total))
	}
	if env.Plain {
		f.Line(t.Text(v.countdown(env, left)))
		return
	}
	f.Line(t.Text(draw.Repeat(env.Glyphs.Left, filled)), draw.Dim.Text(draw.Repeat(env.Glyphs.Used, bar-filled)), t.Text("  "+v.countdown(env, left)))
}

func (v *View) codeKeys(env view.Env) []action.Hint {
	keys := []action.Hint{env.Fixed.Hint(action.Copy, "copy address")}
	if v.square.Width() > 0 {
		keys = append(keys, env.Fixed.Hint(action.Square, "QR code only"))
	}
	return append(keys, env.Fixed.Hint(action.Browser, "browser"), env.Fixed.Hint(action.Help, "help"), env.Fixed.Hint(action.Back, "cancel"))
}

// squareAlone draws only the QR code, centred.
func (v *View) squareAlone(env view.Env) view.Drawing {
	square := v.drawSquare(env)
	left := max(env.Width-v.square.Width(), 0) / 2
	d := view.Drawing{Alone: true}
	for range max(env.Height-len(square)-1, 0) / 2 {
		d.Body = append(d.Body, draw.Spaces(env.Width))
	}
	for _, l := range square {
		d.Body = append(d.Body, draw.FitStyled(draw.Spaces(left)+l, env.Width))
	}
	if len(d.Body) < env.Height {
		d.Keys = []action.Hint{env.Fixed.Hint(action.Square, "back"), env.Fixed.Hint(action.Back, "back")}
	}
	return d
}

// drawSquare draws the QR code light on dark on any terminal background, because some phones do
// not read it the other way round. Without colours it picks the drawing that comes out light on
// dark.
func (v *View) drawSquare(env view.Env) []string {
	lines := v.square.Lines()
	switch {
	case env.NoColor && !env.Dark:
		return v.square.Negative()
	case env.NoColor:
		return lines
	}
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = env.Styles.Square.Render(l)
	}
	return out
}

// digits are the large digits, three cells by three lines.
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

// bigCode draws a code in large digits with a gap in the middle. For a code with other
// characters it returns nothing.
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

// chunks splits a URL at the screen's width.
func chunks(s string, w int) (out []string) {
	for w > 0 && s != "" {
		n := min(len(s), w)
		out = append(out, s[:n])
		s = s[n:]
	}
	return out
}
