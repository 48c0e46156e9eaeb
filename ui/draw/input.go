package draw

import "charm.land/bubbles/v2/textinput"

// NewInput returns a one-line input with the terminal's own cursor: a blinking one of ours
// would redraw twice a second.
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
