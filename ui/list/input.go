package list

import (
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
)

// Filter narrows a list by text that is typed into an input.
type Filter struct {
	input textinput.Model
	open  bool
}

// NewFilter returns an empty, closed filter.
func NewFilter() Filter { return Filter{input: draw.NewInput()} }

// Open opens the input.
func (f *Filter) Open() tea.Cmd {
	f.open = true
	return f.input.Focus()
}

// IsOpen reports whether the input is open.
func (f *Filter) IsOpen() bool { return f.open }

// Text returns the text to search for.
func (f *Filter) Text() string { return f.input.Value() }

// Set closes the input and sets the text.
func (f *Filter) Set(text string) {
	f.close()
	f.input.SetValue(text)
}

// Clear closes the input and clears the text.
func (f *Filter) Clear() {
	f.Set("")
}

func (f *Filter) close() {
	f.open = false
	f.input.Blur()
}

// Update handles a key or pasted text while the filter is open. changed reports whether the text
// changed; by is how many rows the key moves the list's cursor.
func (f *Filter) Update(keys action.Map, msg tea.Msg) (changed bool, by int, cmd tea.Cmd) {
	before := f.Text()
	if k, ok := msg.(tea.KeyPressMsg); ok {
		switch {
		case keys.Matches(k, action.Press):
			f.close()
			return false, 0, nil
		case keys.Matches(k, action.Back):
			f.Clear()
			return before != "", 0, nil
		case keys.Matches(k, action.RowAbove):
			return false, -1, nil
		case keys.Matches(k, action.RowBelow):
			return false, 1, nil
		}
	}
	f.input, cmd = f.input.Update(msg)
	return f.Text() != before, 0, cmd
}

// Line draws the open input with shown as its text, and the number of matches on the right. It
// also returns the cursor, which is in the status line.
func (f *Filter) Line(on *draw.Screen, shown, counted string) (string, *tea.Cursor) {
	line := on.Sides([]draw.Segment{draw.Link.Text(" / "), draw.Plain.Text(shown)}, []draw.Segment{draw.Dim.Text(counted)})
	cursor := f.input.Cursor()
	if cursor != nil {
		cursor.X, cursor.Y = min(cursor.X+3, on.Width-1), on.Height-2
	}
	return line, cursor
}

// Hints returns the keys of the open input.
func (f *Filter) Hints(keys action.Map) []action.Hint {
	return []action.Hint{keys.Hint(action.Press, "keep"), keys.Hint(action.Back, "clear"), {Keys: "!", Words: "excludes a word"}, keys.Hints("move", action.RowAbove, action.RowBelow)}
}
