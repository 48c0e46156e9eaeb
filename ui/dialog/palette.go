package dialog

import (
	"slices"
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
)

// Palette finds actions by words of their names and runs the chosen one.
type Palette struct {
	Base
	entries func() []Entry
	input   textinput.Model
	at      int
}

// Entry is an action in the palette.
type Entry struct {
	action.Action
	Do func() tea.Cmd
}

// NewPalette returns a palette. entries is called for each update.
func NewPalette(entries func() []Entry) *Palette {
	d := &Palette{entries: entries, input: draw.NewInput()}
	d.input.CharLimit = 60
	d.input.Focus()
	return d
}

const palettePage = 10

// found returns the entries that contain every word of the input.
func (d *Palette) found() []Entry {
	words := strings.Fields(strings.ToLower(d.input.Value()))
	return slices.DeleteFunc(d.entries(), func(e Entry) bool {
		return slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(strings.ToLower(e.Text()), w) })
	})
}

// Press handles a key: it moves the cursor, edits the input or runs the chosen action.
func (d *Palette) Press(env view.Env, msg tea.KeyPressMsg) tea.Cmd {
	k := env.Fixed
	if d.TooSoon(env.Now) && !k.Matches(msg, action.Back) && msg.Text == "" {
		return nil // enter may still belong to what the user typed before the palette opened
	}
	switch found := d.found(); {
	case k.Matches(msg, action.Back), k.Matches(msg, action.DeleteChar) && d.input.Value() == "":
		d.Close()
	case k.Matches(msg, action.Press):
		if d.at >= len(found) {
			return nil
		}
		e := found[d.at]
		if e.Why != "" {
			d.Say(draw.Warn, english.Capital(e.Text())+": "+e.Why+".")
			d.Close()
			return nil
		}
		d.CloseAnd(e.Do)
	case k.Matches(msg, action.PageUp):
		d.at -= palettePage
	case k.Matches(msg, action.PageDown):
		d.at += palettePage
	case k.Matches(msg, action.RowAbove):
		d.at--
	case k.Matches(msg, action.RowBelow, action.NextField):
		d.at++
	default:
		before := d.input.Value()
		d.input, _ = d.input.Update(msg)
		if d.input.Value() != before {
			d.at = 0
		}
	}
	d.at = max(0, min(d.at, len(d.found())-1))
	return nil
}

// Lines draws the dialog.
func (d *Palette) Lines(env view.Env, w, h int) []string {
	w = min(w, 76)
	found := d.found()
	k, st := env.Fixed, &env.Styles.Tone
	body := []string{"  " + st[draw.Link].Render(env.Keys.Shown(action.Palette)) + " " + draw.Typed(&d.input, app.Typed(d.input.Value())), ""}
	room := max(min(h-6, 16), 1)
	from := max(0, min(d.at-room/2, len(found)-room))
	for i := from; i < min(from+room, len(found)); i++ {
		e, set, cursor := found[i], st, "  "
		if i == d.at {
			set, cursor = &env.Styles.Selected, env.Glyphs.Cursor+" "
		}
		text, t := e.Text(), draw.Plain
		if e.Why != "" {
			text, t = text+" ("+e.Why+")", draw.Dim
		}
		body = append(body, " "+draw.Paint(set, w-4, draw.Link.Text(cursor+draw.Pad(env.Keys.Label(e.Key), 11)), t.Text(text)))
	}
	if len(found) == 0 {
		body = append(body, "  "+st[draw.Warn].Render("no matching action"))
	}
	if rest := len(found) - from - room; rest > 0 {
		body = append(body, "  "+st[draw.Dim].Render("↓ "+english.Count(rest, "more action")))
	}
	up := k.Hints("", action.RowAbove, action.RowBelow).Keys
	return env.Framed(draw.Link, "All actions", body, "type to find   "+up+" "+k.Shown(action.Press)+": run   "+k.Shown(action.Back)+": close", w)
}
