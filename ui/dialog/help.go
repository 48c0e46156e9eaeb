package dialog

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
)

// Help lists the keys and what they do.
type Help struct {
	Base
	groups func() []Group
	notes  []Note
	scroll int
}

// Group is a group of actions with a title.
type Group struct {
	Title   string
	Actions []action.Action
}

// Note explains terms of a view, below the actions.
type Note struct {
	Title, More string
	Lines       []string
}

// NewHelp returns a help dialog for these actions and terms.
func NewHelp(groups func() []Group, notes []Note) *Help { return &Help{groups: groups, notes: notes} }

// Press handles a key: it scrolls or closes the dialog.
func (d *Help) Press(env view.Env, msg tea.KeyPressMsg) tea.Cmd {
	k, by := env.Fixed, 0
	room := max(env.Height-2, 1)
	switch {
	case d.TooSoon(env.Now):
	case k.Matches(msg, action.Up):
		by = -1
	case k.Matches(msg, action.Down):
		by = 1
	case k.Matches(msg, action.PageUp):
		by = -room
	case k.Matches(msg, action.PageDown):
		by = room
	case k.Matches(msg, action.Back, action.Help, action.Quit, action.Press), env.Keys.Matches(msg, action.Help, action.Quit):
		d.Close()
	}
	d.scroll = draw.Scrolled(d.scroll+by, len(d.all(env, d.width(env.Width-2))), room)
	return nil
}

// keyCells is the width of the column of keys.
const keyCells = 7

// columnsFrom is the width from which the help has two columns.
const columnsFrom = 100

func (*Help) width(w int) int {
	if w >= columnsFrom {
		return min(w, 116)
	}
	return min(w, 76)
}

// all returns all lines of the help, visible or not.
func (d *Help) all(env view.Env, w int) []string {
	if w < columnsFrom {
		return slices.Concat(d.parts(env, w-2)...) // a cell between the text and the frame
	}
	half := (w - 2) / 2
	parts := d.parts(env, half)
	var left, right []string
	for _, p := range parts { // each part goes to the shorter column
		if len(left) <= len(right) {
			left = append(left, p...)
		} else {
			right = append(right, p...)
		}
	}
	out := make([]string, max(len(left), len(right)))
	for i := range out {
		l, r := "", ""
		if i < len(left) {
			l = left[i]
		}
		if i < len(right) {
			r = right[i]
		}
		out[i] = draw.FitStyled(l, half) + r
	}
	return out
}

// parts returns the groups and notes, each with its title, wrapped to w cells.
func (d *Help) parts(env view.Env, w int) (parts [][]string) {
	st := &env.Styles.Tone
	for _, g := range d.groups() {
		part := []string{"  " + st[draw.Dim].Render(g.Title)}
		for _, a := range g.Actions {
			t, text := draw.Plain, a.Text()
			if a.Why != "" {
				t, text = draw.Dim, text+" ("+a.Why+")"
			}
			k := env.Keys.Label(a.Key)
			keys := max(draw.Cells(k), keyCells)
			for n, l := range draw.Wrap(text, w-keys-6) {
				if n > 0 {
					k = ""
				}
				part = append(part, "   "+st[draw.Link].Render(draw.Pad(k, keys))+"  "+st[t].Render(l))
			}
		}
		parts = append(parts, part)
	}
	for _, n := range d.notes {
		part := []string{"", "  " + st[draw.Dim].Render(n.Title) + n.More}
		for _, l := range n.Lines {
			for _, l := range draw.Wrap(l, w-4) {
				part = append(part, "   "+l)
			}
		}
		parts = append(parts, part)
	}
	return parts
}

// Lines draws the dialog.
func (d *Help) Lines(env view.Env, w, h int) []string {
	w = d.width(w)
	all := d.all(env, w)
	visible := min(len(all), max(h-2, 1))
	from := draw.Scrolled(d.scroll, len(all), visible)
	k := env.Fixed
	keys := k.Shown(action.Back) + ": close"
	if len(all) > visible {
		keys = k.Hints("", action.RowAbove, action.RowBelow, action.PageDown).Keys + ": scroll   " + keys
	}
	return env.Framed(draw.Link, "Keys", all[from:from+visible], keys, w)
}
