package draw

import "charm.land/bubbles/v2/textinput"

// NewInput returns a one-line input that uses the terminal's cursor. A cursor that the program
// draws would blink, and redraw the screen twice a second.
func NewInput() textinput.Model {
	in := textinput.New()
	in.Prompt = ""
	in.SetVirtualCursor(false)
	in.CharLimit = 320
	return in
}

// Typed draws an input with a bar as its cursor, for places without the terminal's cursor. shown
// is the text to draw, for example a masked secret.
func Typed(in *textinput.Model, shown string) string {
	r := []rune(shown)
	at := min(in.Position(), len(r))
	return string(r[:at]) + "▏" + string(r[at:])
}
