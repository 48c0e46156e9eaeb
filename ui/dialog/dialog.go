// Package dialog has the questions, notices and choices that cover the screen and receive all
// keys. Dialogs can be stacked.
//
// A user who is typing when a dialog opens has not read it, so a dialog ignores keys at
// first. A key confirms only if no other input comes shortly before or after it, and pasted text
// never confirms anything (guard.go).
package dialog

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
)

// Quiet is how long a dialog ignores keys after it opens.
const Quiet = 300 * time.Millisecond

// Settle is how long after enter has moved the focus to a button another enter does nothing, so that
// a held key does not press it.
const Settle = 500 * time.Millisecond

// Held is how long after a y that came too early another one is too early as well: a held key repeats
// after about half a second.
const Held = 800 * time.Millisecond

// Dialog covers the screen and receives all keys.
type Dialog interface {
	Press(view.Env, tea.KeyPressMsg) tea.Cmd
	// Paste is called when text is pasted.
	Paste()
	// Lines draws the dialog with its frame, in at most w by h cells.
	Lines(env view.Env, w, h int) []string
	// Opened is called when the dialog becomes the top one.
	Opened(time.Time)
	// Take returns the messages to the program that were queued since the last call.
	Take() []tea.Msg
}

// Question is a dialog that a key can confirm.
type Question interface {
	Dialog
	// Confirms reports whether a key answers yes.
	Confirms(keys action.Map, msg tea.KeyPressMsg) bool
	TooSoon(time.Time) bool
	// Early is called when a key that answers yes is pressed too early.
	Early(now time.Time)
}

// Clickable is a dialog with buttons. A click presses a button that cancels. It only moves the focus
// to a button that acts, so that no click can confirm anything.
type Clickable interface {
	Dialog
	// Click handles a click on cell x of a drawn line, which is the given number of lines above
	// the bottom edge.
	Click(env view.Env, line string, x, fromBottom int)
}

// Open asks the program to open a dialog.
type Open struct{ Dialog Dialog }

// Tell asks the program to open a notice once no question is open.
type Tell struct{ Dialog Dialog }

// Close closes the dialog that sends it, then calls Then, which may be nil.
type Close struct{ Then func() tea.Cmd }

// Base is embedded in every dialog.
type Base struct {
	view.Outbox
	opened time.Time
}

// Opened stores when the dialog became the top one. A dialog that waited gets a new time.
func (b *Base) Opened(at time.Time) { b.opened = at }

// TooSoon reports whether the dialog opened less than [Quiet] ago.
func (b *Base) TooSoon(now time.Time) bool { return now.Sub(b.opened) < Quiet }

// Paste does nothing.
func (b *Base) Paste() {}

// Early does nothing.
func (b *Base) Early(time.Time) {}

// Close closes the dialog.
func (b *Base) Close() { b.Send(Close{}) }

// CloseAnd closes the dialog, then calls do.
func (b *Base) CloseAnd(do func() tea.Cmd) { b.Send(Close{do}) }

// Stack holds the open dialogs, and the notices that wait until none is open. Only the top
// dialog receives a key, so that it cannot also act on the one below.
type Stack struct {
	guard   guard
	open    []Dialog
	waiting []Dialog
}

// Note records the time of input from the terminal. It must see every message.
func (s *Stack) Note(msg tea.Msg, now time.Time) { s.guard.note(msg, now) }

// Update passes a key to the top dialog. A key that confirms is passed on later, by a [HeldMsg],
// if no other input follows it.
func (s *Stack) Update(env view.Env, msg tea.Msg) tea.Cmd {
	top := s.Top()
	switch msg := msg.(type) {
	case HeldMsg:
		if top != nil && s.guard.stoodAlone(msg, top) {
			return top.Press(env, msg.Key)
		}
	case tea.KeyPressMsg:
		if cmd, held := s.guard.hold(top, env.Fixed, msg, env.Now); held {
			return cmd
		}
		return top.Press(env, msg)
	}
	return nil
}

// IsOpen reports whether a dialog is open.
func (s *Stack) IsOpen() bool { return len(s.open) > 0 }

// Top returns the dialog that receives keys, or nil if none is open.
func (s *Stack) Top() Dialog {
	if len(s.open) == 0 {
		return nil
	}
	return s.open[len(s.open)-1]
}

// Open opens a dialog on top of the others.
func (s *Stack) Open(d Dialog, now time.Time) {
	d.Opened(now)
	s.open = append(s.open, d)
}

// Tell opens a notice once no dialog is open. Several notices open one after the other.
func (s *Stack) Tell(d Dialog, now time.Time) {
	if s.IsOpen() {
		s.waiting = append(s.waiting, d)
		return
	}
	s.Open(d, now)
}

// Close closes the top dialog and opens the one that waited for it.
func (s *Stack) Close(now time.Time) {
	s.open = s.open[:len(s.open)-1]
	if len(s.open) == 0 && len(s.waiting) > 0 {
		next := s.waiting[0]
		s.waiting = s.waiting[1:]
		s.Open(next, now)
	}
}

// Clear closes all open dialogs.
func (s *Stack) Clear() { s.open = nil }

// PlainWidth is the maximum width of a plain screen. Wide gaps help sighted users, but a screen
// reader reads them as silence.
const PlainWidth = 80

// Size returns the size available to a dialog, in cells.
func Size(env view.Env) (w, h int) {
	if env.Plain {
		return min(env.Width, PlainWidth), env.Height
	}
	return env.Width - 2, env.Height
}

// paragraphs wraps text, with a margin, in a tone.
func paragraphs(env view.Env, w int, t draw.Tone, text ...string) []string {
	var out []string
	for _, p := range text {
		for _, l := range draw.Wrap(p, w-6) {
			out = append(out, "  "+env.Styles.Tone[t].Render(l))
		}
	}
	return out
}

// fit truncates body so that it fits h lines together with frame lines for the frame.
func fit(body []string, frame, h int) []string {
	if over := len(body) + frame - h; over > 0 {
		body = body[:max(len(body)-over, 1)]
	}
	return body
}
