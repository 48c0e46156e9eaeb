package ui

import (
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// quiet is how long a dialog ignores keys after it opened: whoever is typing when
// it appears has not read it.
const quiet = 300 * time.Millisecond

// dialog is something that lies over the view and gets all keys.
type dialog interface {
	press(*Model, tea.KeyPressMsg) tea.Cmd
	// paste is told that text was pasted. Pasting confirms nothing anywhere.
	paste()
	// lines draws the dialog, frame included, at most w by h cells.
	lines(m *Model, w, h int) []string
}

// opening is when a dialog opened.
type opening struct{ at time.Time }

// opened sets it anew, for a dialog that had to wait.
func (o *opening) opened(at time.Time) { o.at = at }

func (o opening) tooSoon(now time.Time) bool { return now.Sub(o.at) < quiet }

// framed draws a box with a title in its top edge and keys in its bottom edge.
func framed(m *Model, title string, body []string, keys string, w int) []string {
	st, g := &m.styles, &m.glyphs
	inner := w - 2
	edge := func(left, label, right string, t tone) string {
		if label != "" {
			label = " " + cut(label, inner-4) + " "
		}
		fill := inner - 1 - cells(label)
		return st.frame.Render(left+g.rule) + st.tone[t].Render(label) + st.frame.Render(repeat(g.rule, max(fill, 0))+right)
	}
	out := []string{edge(g.topLeft, title, g.topRight, warn)}
	bar := st.frame.Render(g.side)
	for _, l := range body {
		out = append(out, bar+fitStyled(l, inner)+bar)
	}
	return append(out, edge(g.bottomLeft, keys, g.bottomRight, link))
}

// fitStyled makes a rendered line exactly w cells wide.
func fitStyled(l string, w int) string {
	n := cells(l)
	if n > w { // it loses its styles: nothing that is drawn here should be too wide
		return pad(head(ansi.Strip(l), w), w)
	}
	return l + spaces(w-n)
}

// overlay lays box over the middle of a screen that is dimmed.
func overlay(m *Model, base []string, box []string) []string {
	bw := 0
	for _, l := range box {
		bw = max(bw, cells(l))
	}
	x, y := max((m.width-bw)/2, 0), max((m.height-len(box))/2, 0)
	out := make([]string, len(base))
	for i, l := range base {
		text := ansi.Strip(l)
		if i < y || i >= y+len(box) {
			out[i] = m.styles.tone[dim].Render(text)
			continue
		}
		// A wide character under the box's edge is cut in half: it gives way.
		left := pad(head(text, x), x)
		right := padLeft(tail(text, x+bw), max(m.width-x-bw, 0))
		if x <= 3 { // so little beside it is a stray character, and no screen
			left, right = spaces(x), spaces(max(m.width-x-bw, 0))
		}
		out[i] = m.styles.tone[dim].Render(left) + fitStyled(box[i-y], bw) + m.styles.tone[dim].Render(right)
	}
	return out
}

// quitDialog asks whether to leave while revokes are under way.
type quitDialog struct {
	opening
	interrupt bool // it was ctrl+c that asked
	leave     bool // the focus is on Leave
}

func newQuitDialog(m *Model, interrupt bool) *quitDialog {
	return &quitDialog{opening: opening{m.now}, interrupt: interrupt}
}

func (d *quitDialog) paste() {}

func (d *quitDialog) press(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	k := m.fixed
	switch {
	case d.tooSoon(m.now):
	case key.Matches(msg, k.Next), key.Matches(msg, k.Previous):
		d.leave = !d.leave
	case key.Matches(msg, k.Yes), key.Matches(msg, k.Press) && d.leave:
		m.interrupted = d.interrupt
		return tea.Quit
	case key.Matches(msg, k.No), key.Matches(msg, k.Back), key.Matches(msg, k.Press):
		return m.closeDialog()
	}
	return nil
}

func (d *quitDialog) lines(m *Model, w, _ int) []string {
	w = min(w, 64)
	title, state := "Quit while revoking?", count(m.running, "revoke")+" under way"
	if b := m.inventory.bulk; b.total > 0 {
		state = thousands(b.done) + " of " + count(b.total, "token") + " revoked"
	}
	text := "Quitting now sends nothing more; what is in flight gets three seconds. What became of it would not be shown."
	switch s := m.inventory.sweep; {
	case m.running == 0 && s.running:
		title, state = "Quit while sweeping?", "A sweep is under way: "+thousands(s.progress.Done)+" of "+count(s.progress.People, "user")+" read"
		text = "Quitting stops it. Nothing is lost: the next sweep goes on with it, here or with wxauth sweep."
	case m.running == 0:
		title, state = "Quit?", "All that was under way has ended"
		text = "What became of it is told on the screen behind this: esc shows it."
	}
	body := []string{"", "  " + m.styles.tone[strong].Render(state)}
	for _, l := range wrap(text, w-6) {
		body = append(body, "  "+l)
	}
	body = append(body, "", "  "+button(m, "Wait", !d.leave, false)+"   "+button(m, "Quit (y)", d.leave, true), "")
	return framed(m, title, body, "esc or enter: wait   y: quit", w)
}

// button draws a button; the focused one is reversed and in brackets.
func button(m *Model, label string, focused, dangerous bool) string {
	switch {
	case focused && dangerous:
		return m.styles.danger.Render("[ " + label + " ]")
	case focused:
		return m.styles.reverse.Render("[ " + label + " ]")
	case dangerous:
		return m.styles.tone[bad].Render("  " + label + "  ")
	}
	return "  " + label + "  "
}
