package ui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/webex"
)

// palette finds an action by its name. It lists what the keys do, from the same table,
// and presses the key.
type palette struct {
	opening
	typed string
	at    int
}

func newPalette(m *Model) *palette { return &palette{opening: opening{m.now}} }

// paletteEntry is an action as the palette offers it.
type paletteEntry struct {
	action.Action
	key  string
	view screen // it is done there
}

// paletteEntries are the actions of the screen that is open, then those that only other
// views have.
func (m *Model) paletteEntries() []paletteEntry {
	var out []paletteEntry
	add := func(actions []action.Action, view screen) {
		for _, a := range actions {
			known := slices.ContainsFunc(out, func(e paletteEntry) bool { return e.Key == a.Key })
			if a.Run != nil && !known {
				out = append(out, paletteEntry{a, m.keys.Label(a.Key), view})
			}
		}
	}
	add(m.actions(), m.screen)
	for _, v := range m.views() {
		own := slices.DeleteFunc(m.viewActions(v.screen), func(a action.Action) bool { return a.Group == "" })
		add(own, v.screen)
	}
	return out
}

// perform does an action, in the view that has it: once that has read what it shows.
func (m *Model) perform(e paletteEntry) tea.Cmd {
	if e.view == m.screen {
		return e.Run()
	}
	cmd := m.show(e.view)
	m.queued = e.Key
	return tea.Batch(cmd, m.performQueued())
}

// performQueued does what waited for a view to be read.
func (m *Model) performQueued() tea.Cmd {
	k := m.queued
	if k == nil || m.reading() {
		return nil
	}
	m.queued = nil
	for _, a := range m.viewActions(m.screen) {
		if a.Key == k {
			return a.Run()
		}
	}
	return nil
}

// reading reports whether the view that is open waits for what it shows.
func (m *Model) reading() bool {
	switch m.screen {
	case onTokens:
		return m.tokens.loading
	case onInventory:
		return m.inventory.loading
	case onAudit:
		return m.audit.Reading()
	case onList:
		return m.list.loading
	default:
		return false
	}
}

const palettePage = 10

// found are the actions whose name holds every word that was typed.
func (d *palette) found(m *Model) []paletteEntry {
	words := strings.Fields(strings.ToLower(d.typed))
	return slices.DeleteFunc(m.paletteEntries(), func(a paletteEntry) bool {
		return slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(strings.ToLower(a.Text()), w) })
	})
}

func (d *palette) paste() {}

func (d *palette) press(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	k := m.fixed
	if d.tooSoon(m.now) && !k.Matches(msg, action.Back) && msg.Text == "" {
		return nil // enter of somebody who is still typing elsewhere
	}
	found := d.found(m)
	switch {
	case k.Matches(msg, action.Back):
		return m.closeDialog()
	case k.Matches(msg, action.Press):
		if d.at >= len(found) {
			return nil
		}
		a := found[d.at]
		cmd := m.closeDialog()
		if a.Why != "" {
			m.say(draw.Warn, english.Capital(a.Text())+": "+a.Why+".")
			return cmd
		}
		return tea.Batch(cmd, m.perform(a))
	case k.Matches(msg, action.PageUp):
		d.at -= palettePage
	case k.Matches(msg, action.PageDown):
		d.at += palettePage
	case k.Matches(msg, action.RowAbove):
		d.at--
	case k.Matches(msg, action.RowBelow), k.Matches(msg, action.NextField):
		d.at++
	case k.Matches(msg, action.DeleteChar):
		if r := []rune(d.typed); len(r) > 0 {
			d.typed = string(r[:len(r)-1])
		} else {
			return m.closeDialog()
		}
	case k.Matches(msg, action.DeleteAll):
		d.typed = ""
	case msg.Text != "" && len(d.typed) < 60:
		d.typed += app.Clean(webex.Untrusted(msg.Text))
		d.at = 0
	}
	d.at = max(0, min(d.at, len(d.found(m))-1))
	return nil
}

func (d *palette) lines(m *Model, w, h int) []string {
	w = min(w, 76)
	found := d.found(m)
	body := []string{"  " + m.Styles.Tone[draw.Link].Render(":") + " " + app.Typed(d.typed) + "▏", ""}
	room := max(min(h-6, 16), 1)
	from := max(0, min(d.at-room/2, len(found)-room))
	for i := from; i < min(from+room, len(found)); i++ {
		a, set, cursor := found[i], &m.Styles.Tone, "  "
		if i == d.at {
			set, cursor = &m.Styles.Selected, m.Glyphs.Cursor+" "
		}
		name, t := a.Text(), draw.Plain
		if a.Why != "" {
			name, t = name+" ("+a.Why+")", draw.Dim
		}
		body = append(body, " "+draw.Paint(set, w-4, draw.Link.Text(cursor+draw.Pad(a.key, 11)), t.Text(name)))
	}
	if len(found) == 0 {
		body = append(body, "  "+m.Styles.Tone[draw.Warn].Render("no action has that in its name"))
	}
	if rest := len(found) - from - room; rest > 0 {
		body = append(body, "  "+m.Styles.Tone[draw.Dim].Render("↓ "+english.Count(rest, "more action")))
	}
	return m.Framed("All actions", body, "type to find   ↑ ↓ enter: do it   esc: close", w)
}
