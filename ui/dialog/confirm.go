package dialog

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// Confirm asks for confirmation of a revoke. It lists every token that will be revoked.
type Confirm struct {
	Base
	Revocation
	// Other is the alternative that the checkbox switches to. If it is nil, there is no
	// checkbox.
	Other *Revocation
	// Want is the text that the user must type. If it is empty, y confirms. Or is accepted
	// instead of Want. Prompt shows both in one text.
	Want, Or, Prompt string

	typed   string // text typed so far
	focus   confirmFocus
	pasted  bool
	strayAt time.Time // when a letter without a meaning was last pressed
	early   bool      // the key that confirms was pressed too early
	earlyAt time.Time // when
	hint    bool      // enter was pressed before the text was complete
	lost    bool      // letters were typed too early, and ignored
	arrived time.Time // when enter moved the focus to the button
	scroll  int
}

// Revocation is what a [Confirm] asks about, and what confirming it does.
type Revocation struct {
	Title  string
	Org    string // the organization in Title; it gets a line of its own if the title is too long
	Head   string // how many tokens will be revoked
	Email  string // the owner's address; empty for several people
	Severe bool   // it affects everything that a person or an app has
	Lines  [][]draw.Segment
	Least  int // minimum number of Lines to show before optional facts
	Facts  []Fact
	// Button is the label of the button, Box that of the checkbox.
	Button, Box string
	Command     string // the equivalent shell command
	Do          func() tea.Cmd
	// InsteadOf is the label of an offer to ask about the refresh tokens instead, and Instead asks;
	// nil if there is no offer.
	InsteadOf string
	Instead   func() tea.Cmd
}

// Fact is a line of further information. Optional facts are dropped on a small screen.
type Fact struct {
	Label, Text string
	Tone        draw.Tone
	Optional    bool
}

// confirmFocus is the element of the dialog that has the focus.
type confirmFocus int

const (
	onStart confirmFocus = iota // the text to type or, if there is none, Cancel
	onBox                       // the checkbox that keeps the Webex sign-ins
	onRevoke
	onCancel
	elements
)

// move moves the focus to the next element, or with by -1 to the previous one.
func (d *Confirm) move(by confirmFocus) {
	missing := func(f confirmFocus) bool { return f == onBox && d.Other == nil || f == onCancel && d.Want == "" }
	for d.focus = (d.focus + by + elements) % elements; missing(d.focus); d.focus = (d.focus + by + elements) % elements {
	}
}

// cancels reports whether enter presses Cancel.
func (d *Confirm) cancels() bool { return d.focus == onCancel || d.focus == onStart && d.typed == "" }

// wayToButton says which keys lead to the revoke button.
func (d *Confirm) wayToButton() string {
	switch d.focus {
	case onRevoke:
		return ": enter"
	case onCancel:
		return ""
	}
	return ": enter to the button, then enter"
}

// Paste notes that text was pasted. Pasted text is not accepted.
func (d *Confirm) Paste() { d.pasted = true }

// Early notes that y was pressed too early.
func (d *Confirm) Early(now time.Time) { d.early, d.earlyAt = true, now }

// Confirms reports whether a key confirms the revoke.
func (d *Confirm) Confirms(k action.Map, msg tea.KeyPressMsg) bool {
	return d.Want == "" && k.Matches(msg, action.Yes) || d.focus == onRevoke && d.ready() && k.Matches(msg, action.Press)
}

// Press handles a key: it edits the text, moves the focus or answers the question.
func (d *Confirm) Press(env view.Env, msg tea.KeyPressMsg) tea.Cmd {
	k := env.Fixed
	typing := env.Now.Sub(d.strayAt) < view.TypingFor
	yes := d.Want == "" && k.Matches(msg, action.Yes)
	held := yes && (msg.IsRepeat || env.Now.Sub(d.earlyAt) < Held)
	d.early = false
	if yes && (d.TooSoon(env.Now) || typing || held) {
		d.Early(env.Now)
	}
	if d.TooSoon(env.Now) {
		d.lost = d.lost || d.Want != "" && msg.Text != ""
		d.waitAnew(env, msg)
		return nil
	}
	d.pasted, d.hint = false, false
	w, h := Size(env)
	l := d.layOut(env, w, h)
	switch {
	case k.Matches(msg, action.Back):
		d.cancel(env)
	case k.Matches(msg, action.NextField):
		d.move(1)
	case k.Matches(msg, action.FieldBefore):
		d.move(-1)
	case k.Matches(msg, action.CopyCommand), d.Want == "" && k.Matches(msg, action.CopyTicket):
		return d.Copy(d.Command, d.Command)
	case d.focus == onBox && k.Matches(msg, action.Mark):
		d.Revocation, *d.Other = *d.Other, d.Revocation
	case k.Matches(msg, action.Press):
		switch {
		case d.cancels():
			d.cancel(env)
		case d.focus == onBox && d.Want == "":
			return nil // it could also mean the box
		case d.focus != onRevoke && d.ready():
			d.focus, d.arrived = onRevoke, env.Now // a second enter confirms
		case d.focus != onRevoke:
			d.hint = true // keep the typed text
		case d.ready() && (msg.IsRepeat || env.Now.Sub(d.arrived) < Settle): // a held key repeats
			d.arrived, d.early = env.Now, true
		case d.ready():
			d.CloseAnd(d.Do)
		}
	case k.Matches(msg, action.RowAbove):
		d.scroll--
	case k.Matches(msg, action.RowBelow):
		d.scroll++
	case k.Matches(msg, action.PageUp):
		d.scroll -= l.visible
	case k.Matches(msg, action.PageDown):
		d.scroll += l.visible
	case d.Want != "" && d.focus != onStart && msg.Text == " ": // it presses buttons elsewhere, and is not meant for the text
	case d.Want != "":
		d.focus = onStart
		d.edit(k, msg)
	case d.Instead != nil && k.Matches(msg, action.Instead):
		d.CloseAnd(d.Instead)
	case k.Matches(msg, action.Yes) && typing:
		d.strayAt = env.Now
	case held:
	case k.Matches(msg, action.Yes):
		d.CloseAnd(d.Do)
	case k.Matches(msg, action.No):
		d.cancel(env)
	default:
		d.waitAnew(env, msg)
	}
	d.scroll = draw.Scrolled(d.scroll, l.length, l.visible)
	return nil
}

// Click presses Cancel or changes the box if that was clicked. It only moves the focus to the
// button that revokes.
func (d *Confirm) Click(env view.Env, line string, x, fromBottom int) {
	switch {
	case fromBottom == 1 && draw.LabelAt(line, x, "Cancel") == 0:
		d.cancel(env)
	case d.TooSoon(env.Now):
	case fromBottom == 1 && draw.LabelAt(line, x, d.Button) == 0:
		d.focus = onRevoke
	case fromBottom == 2 && d.Other != nil && draw.LabelAt(line, x, d.Box) == 0:
		d.Revocation, *d.Other = *d.Other, d.Revocation
	}
}

// waitAnew restarts the time in which y is ignored. A letter without a meaning suggests that the
// user is typing and has not read the question.
func (d *Confirm) waitAnew(env view.Env, msg tea.KeyPressMsg) {
	if d.Want == "" && msg.Text != "" && !env.Fixed.Matches(msg, action.Yes, action.No, action.CopyTicket) {
		d.strayAt = env.Now
	}
}

// edit handles the keys that edit the typed confirmation. It is not a text input, because that
// would accept pasted text.
func (d *Confirm) edit(k action.Map, msg tea.KeyPressMsg) {
	switch {
	case k.Matches(msg, action.DeleteChar):
		if r := []rune(d.typed); len(r) > 0 {
			d.typed = string(r[:len(r)-1])
		}
	case k.Matches(msg, action.DeleteAll):
		d.typed = ""
	case msg.Text != "" && len(d.typed) < 400:
		d.typed += app.Clean(webex.Untrusted(msg.Text))
	}
}

func (d *Confirm) ready() bool {
	return d.Want == "" || d.typed == d.Want || d.typed != "" && d.typed == d.Or
}

func (d *Confirm) cancel(env view.Env) {
	d.Close()
	if env.Running > 0 {
		d.Say(draw.Dim, "Cancelled. Nothing new was sent. Another revoke is running.")
		return
	}
	d.Say(draw.Dim, "Cancelled. Nothing was sent.")
}
