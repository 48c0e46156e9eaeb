package draw

import "charm.land/bubbles/v2/textinput"

// NewInput returns a line of text to type into, drawn by the program, with the terminal's
// own cursor.
func NewInput() textinput.Model {
	in := textinput.New()
	in.Prompt = ""
	in.SetVirtualCursor(false)
	in.CharLimit = 320
	return in
}

// Typed draws what was typed where the terminal's cursor is not: with a bar in its place.
// shown is the text as it may be seen.
func Typed(in *textinput.Model, shown string) string {
	r := []rune(shown)
	at := min(in.Position(), len(r))
	return string(r[:at]) + "▏" + string(r[at:])
}
