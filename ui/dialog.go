package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
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
	case k.Matches(msg, action.Next), k.Matches(msg, action.Previous):
		d.leave = !d.leave
	case k.Matches(msg, action.Yes), k.Matches(msg, action.Press) && d.leave:
		m.interrupted = d.interrupt
		return tea.Quit
	case k.Matches(msg, action.No), k.Matches(msg, action.Back), k.Matches(msg, action.Press):
		return m.closeDialog()
	}
	return nil
}

func (d *quitDialog) lines(m *Model, w, _ int) []string {
	w = min(w, 64)
	title, state := "Quit while revoking?", english.Count(m.running, "revoke")+" under way"
	if b := m.inventory.bulk; b.total > 0 {
		state = english.Thousands(b.done) + " of " + english.Count(b.total, "token") + " revoked"
	}
	text := "Quitting now sends nothing more; what is in flight gets three seconds. What became of it would not be shown."
	switch s := m.inventory.sweep; {
	case m.running == 0 && s.running:
		title, state = "Quit while sweeping?", "A sweep is under way: "+english.Thousands(s.progress.Done)+" of "+english.Count(s.progress.People, "user")+" read"
		text = "Quitting stops it. Nothing is lost: the next sweep goes on with it, here or with wxauth sweep."
	case m.running == 0:
		title, state = "Quit?", "All that was under way has ended"
		text = "What became of it is told on the screen behind this: esc shows it."
	}
	body := []string{"", "  " + m.Styles.Tone[draw.Strong].Render(state)}
	for _, l := range draw.Wrap(text, w-6) {
		body = append(body, "  "+l)
	}
	body = append(body, "", "  "+m.Button("Wait", !d.leave, false)+"   "+m.Button("Quit (y)", d.leave, true), "")
	return m.Framed(title, body, "esc or enter: wait   y: quit", w)
}
