// Package dialog is what lies over the screen and gets all keys: questions, notices and
// choices, one on top of another.
//
// Whoever is typing when a dialog opens has not read it, so it ignores keys at first. A key
// that confirms has to stand alone, and pasting confirms nothing anywhere (guard.go).
package dialog

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
)

// Quiet is how long a dialog ignores keys after it opened.
const Quiet = 300 * time.Millisecond

// Dialog is something that lies over the view.
type Dialog interface {
	Press(view.Env, tea.KeyPressMsg) tea.Cmd
	// Paste is told that text was pasted.
	Paste()
	// Lines draws the dialog, frame included, at most w by h cells.
	Lines(env view.Env, w, h int) []string
	// Opened is called when it comes to lie on top.
	Opened(time.Time)
	// Take returns what the dialog has asked of the program since the last call.
	Take() []tea.Msg
}

// Question is a dialog that a key can confirm.
type Question interface {
	Dialog
	// Confirms reports whether a key would answer yes.
	Confirms(keys action.Map, msg tea.KeyPressMsg) bool
	TooSoon(time.Time) bool
	// Early is told that a key would have confirmed, and came too soon.
	Early()
}

// Open is what a view sends to have a dialog opened.
type Open struct{ Dialog Dialog }

// Tell is what a view sends to have a notice opened once no question is open.
type Tell struct{ Dialog Dialog }

// Close closes the dialog that sends it, and then does something; Then may be nil.
type Close struct{ Then func() tea.Cmd }

// Base is what every dialog has.
type Base struct {
	view.Outbox
	opened time.Time
}

// Opened is when it opened: set once more for a dialog that had to wait.
func (b *Base) Opened(at time.Time) { b.opened = at }

// TooSoon reports whether it has just opened.
func (b *Base) TooSoon(now time.Time) bool { return now.Sub(b.opened) < Quiet }

// Paste does nothing.
func (b *Base) Paste() {}

// Early does nothing.
func (b *Base) Early() {}

// Close closes the dialog.
func (b *Base) Close() { b.Send(Close{}) }

// CloseAnd closes the dialog and then does something.
func (b *Base) CloseAnd(do func() tea.Cmd) { b.Send(Close{do}) }

// Stack are the dialogs that are open, and the notices that wait until none is: a key that
// is meant for one must not fall through to another.
type Stack struct {
	guard   guard
	open    []Dialog
	waiting []Dialog
}

// Note keeps when something came from the terminal, whatever it was. It has to see every
// message.
func (s *Stack) Note(msg tea.Msg, now time.Time) { s.guard.note(msg, now) }

// Update gives a key to the dialog on top: one that would confirm only once it has stood
// alone, which a [HeldMsg] says.
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

// Top returns the dialog that gets the keys, nil where none is open.
func (s *Stack) Top() Dialog {
	if len(s.open) == 0 {
		return nil
	}
	return s.open[len(s.open)-1]
}

// Open lays a dialog on top.
func (s *Stack) Open(d Dialog, now time.Time) {
	d.Opened(now)
	s.open = append(s.open, d)
}

// Tell opens a notice as soon as nothing else is open, one after the other.
func (s *Stack) Tell(d Dialog, now time.Time) {
	if s.IsOpen() {
		s.waiting = append(s.waiting, d)
		return
	}
	s.Open(d, now)
}

// Close takes the top dialog away, and lets in what waited behind it.
func (s *Stack) Close(now time.Time) {
	s.open = s.open[:len(s.open)-1]
	if len(s.open) == 0 && len(s.waiting) > 0 {
		next := s.waiting[0]
		s.waiting = s.waiting[1:]
		s.Open(next, now)
	}
}

// Clear closes all that are open.
func (s *Stack) Clear() { s.open = nil }

// PlainWidth is how wide a plain screen is at most: a gap that helps an eye along is silence
// to an ear.
const PlainWidth = 80

// Size is the room that a dialog has, in cells.
func Size(env view.Env) (w, h int) {
	if env.Plain {
		return min(env.Width, PlainWidth), env.Height
	}
	return env.Width - 2, env.Height
}

// paragraphs wraps text with a margin, in a tone.
func paragraphs(env view.Env, w int, t draw.Tone, text ...string) []string {
	var out []string
	for _, p := range text {
		for _, l := range draw.Wrap(p, w-6) {
			out = append(out, "  "+env.Styles.Tone[t].Render(l))
		}
	}
	return out
}

// fit leaves out the end of what is too long for h lines, of which frame are taken.
func fit(body []string, frame, h int) []string {
	if over := len(body) + frame - h; over > 0 {
		body = body[:max(len(body)-over, 1)]
	}
	return body
}
