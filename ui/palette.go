package ui

import (
	"slices"
	"strconv"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/english"
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

// action is something that the palette can do.
type action struct {
	name, key string
	why       string // why it cannot be done now
	do        func(*Model) tea.Cmd
}

// actions are those of the screen that is open.
func (m *Model) actions() []action {
	k := m.keys
	all := []key.Binding{
		k.Revoke, k.Offboard, k.Mark, k.MarkAll, k.CopyTicket, k.CopyReport, k.CopyID, k.CopyJSON, k.Export,
		k.Details, k.Filter, k.Sort, k.User, k.Reload, k.Who, k.Watch, k.Fold, k.Unfold, k.Login,
	}
	switch m.screen {
	case onTokens:
		all = []key.Binding{k.Login, k.Fresh, k.Test, k.CopyToken, k.AddOrg, k.Forget, k.UseProfile, k.Details, k.Filter, k.Reload}
	case onInventory:
		all = k.inInventory()
	case onAudit:
		all = []key.Binding{k.CheckLog, k.Details, k.Filter, k.Reload, k.CopyID, k.CopyJSON, k.Export}
	}
	all = append(all, k.Authorizations, k.Tokens, k.Inventory, k.Audit, k.NextView, k.Back, k.Help, k.Quit, k.ForceQuit, k.Suspend)
	var out []action
	for _, b := range all {
		out = append(out, action{b.Help().Desc, b.Help().Key, m.cannot(b), func(m *Model) tea.Cmd { return m.pressed(pressOf(b.Keys()[0])) }})
	}
	return out
}

// pressOf is the message of a key by its name in the key map.
func pressOf(name string) tea.KeyPressMsg {
	special := map[string]tea.KeyPressMsg{
		"enter": {Code: tea.KeyEnter}, "tab": {Code: tea.KeyTab}, "esc": {Code: tea.KeyEscape}, "space": {Code: tea.KeySpace, Text: " "},
		"up": {Code: tea.KeyUp}, "down": {Code: tea.KeyDown}, "left": {Code: tea.KeyLeft}, "right": {Code: tea.KeyRight},
		"pgup": {Code: tea.KeyPgUp}, "pgdown": {Code: tea.KeyPgDown}, "home": {Code: tea.KeyHome}, "end": {Code: tea.KeyEnd},
		"insert": {Code: tea.KeyInsert}, "delete": {Code: tea.KeyDelete}, "backspace": {Code: tea.KeyBackspace}, "shift+tab": {Code: tea.KeyTab, Mod: tea.ModShift},
	}
	if p, ok := special[name]; ok {
		return p
	}
	if letter, ok := strings.CutPrefix(name, "ctrl+"); ok {
		return tea.KeyPressMsg{Code: []rune(letter)[0], Mod: tea.ModCtrl}
	}
	if n, err := strconv.Atoi(strings.TrimPrefix(name, "f")); err == nil && len(name) > 1 {
		return tea.KeyPressMsg{Code: tea.KeyF1 + rune(n-1)}
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}

const palettePage = 10

// found are the actions whose name holds every word that was typed.
func (d *palette) found(m *Model) []action {
	words := strings.Fields(strings.ToLower(d.typed))
	return slices.DeleteFunc(m.actions(), func(a action) bool {
		return slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(strings.ToLower(a.name), w) })
	})
}

func (d *palette) paste() {}

func (d *palette) press(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	k := m.fixed
	if d.tooSoon(m.now) && !key.Matches(msg, k.Back) && msg.Text == "" {
		return nil // enter of somebody who is still typing elsewhere
	}
	found := d.found(m)
	switch {
	case key.Matches(msg, k.Back):
		return m.closeDialog()
	case key.Matches(msg, k.Press):
		if d.at >= len(found) {
			return nil
		}
		a := found[d.at]
		cmd := m.closeDialog()
		if a.why != "" {
			m.say(draw.Warn, strings.ToUpper(a.name[:1])+a.name[1:]+": "+a.why+".")
			return cmd
		}
		return tea.Batch(cmd, a.do(m))
	case key.Matches(msg, k.PageUp):
		d.at -= palettePage
	case key.Matches(msg, k.PageDown):
		d.at += palettePage
	case msg.String() == "up":
		d.at--
	case msg.String() == "down", msg.String() == "tab":
		d.at++
	case msg.String() == "backspace":
		if r := []rune(d.typed); len(r) > 0 {
			d.typed = string(r[:len(r)-1])
		} else {
			return m.closeDialog()
		}
	case msg.String() == "ctrl+u":
		d.typed = ""
	case msg.Text != "" && len(d.typed) < 60:
		d.typed += clean(webex.Untrusted(msg.Text))
		d.at = 0
	}
	d.at = max(0, min(d.at, len(d.found(m))-1))
	return nil
}

func (d *palette) lines(m *Model, w, h int) []string {
	w = min(w, 76)
	found := d.found(m)
	body := []string{"  " + m.Styles.Tone[draw.Link].Render(":") + " " + typedText(d.typed) + "▏", ""}
	room := max(min(h-6, 16), 1)
	from := max(0, min(d.at-room/2, len(found)-room))
	for i := from; i < min(from+room, len(found)); i++ {
		a, set, cursor := found[i], &m.Styles.Tone, "  "
		if i == d.at {
			set, cursor = &m.Styles.Selected, m.Glyphs.Cursor+" "
		}
		name, t := a.name, draw.Plain
		if a.why != "" {
			name, t = name+" ("+a.why+")", draw.Dim
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
