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

// Confirm asks before a revoke. It names everything that will end: what was read is what
// happens.
type Confirm struct {
	Base
	Revocation
	// Other is what the box changes to; nil where there is no box.
	Other *Revocation
	// Want is what must be typed; empty when y is enough. Or may be typed in its place, and
	// Prompt is how both are written.
	Want, Or, Prompt string

	typed   string // what has been typed so far
	focus   confirmFocus
	pasted  bool
	strayAt time.Time // when a letter was pressed that means nothing here
	early   bool      // y was pressed before it counted
	hint    bool      // enter was pressed where tab is needed first
	scroll  int
}

// Revocation is what a [Confirm] asks about, and what it then does.
type Revocation struct {
	Title string
	Org   string // as Title has it: where that is too long, it stands in the line below
	Head  string // how much ends
	Email string // whose it is; empty where it is of several
	Lines [][]draw.Segment
	Least int // of Lines to be in sight before the optional facts are
	Facts []Fact
	// Button is what is done, and Box the line of the box.
	Button, Box string
	Command     string // does the same in a shell
	Do          func() tea.Cmd
}

// Fact is a line of what else there is to know. The optional ones give way on a small screen.
type Fact struct {
	Label, Text string
	Tone        draw.Tone
	Optional    bool
}

// confirmFocus is where the focus of the dialog is.
type confirmFocus int

const (
	onCancel confirmFocus = iota
	onBox                 // whether the Webex sign-ins are kept
	onRevoke
)

// next moves the focus on.
func (d *Confirm) next() {
	d.focus = (d.focus + 1) % (onRevoke + 1)
	if d.focus == onBox && d.Other == nil {
		d.focus = onRevoke
	}
}

// wayToButton says which keys lead to the button that revokes.
func (d *Confirm) wayToButton() string {
	switch {
	case d.focus == onRevoke:
		return ""
	case d.focus == onCancel && d.Other != nil:
		return "tab twice to the button, then "
	}
	return "tab to the button, then "
}

// Paste says that pasting does not count.
func (d *Confirm) Paste() { d.pasted = true }

// Early says that y came too soon.
func (d *Confirm) Early() { d.early = true }

// Confirms reports whether a key revokes.
func (d *Confirm) Confirms(k action.Map, msg tea.KeyPressMsg) bool {
	return d.Want == "" && k.Matches(msg, action.Yes) || d.focus == onRevoke && d.ready() && k.Matches(msg, action.Press)
}

// Press types, moves the focus, and answers.
func (d *Confirm) Press(env view.Env, msg tea.KeyPressMsg) tea.Cmd {
	k := env.Fixed
	typing := env.Now.Sub(d.strayAt) < view.TypingFor
	d.early = d.Want == "" && k.Matches(msg, action.Yes) && (d.TooSoon(env.Now) || typing)
	if d.TooSoon(env.Now) {
		d.waitAnew(env, msg)
		return nil
	}
	d.pasted, d.hint = false, false
	w, h := Size(env)
	visible := d.layOut(env, w, h).visible
	switch {
	case k.Matches(msg, action.Back):
		d.cancel(env)
	case k.Matches(msg, action.NextField):
		d.next()
	case k.Matches(msg, action.FieldBefore):
		d.next()
		if d.Other != nil { // backwards is two on
			d.next()
		}
	case k.Matches(msg, action.CopyCommand), d.Want == "" && k.Matches(msg, action.CopyTicket):
		return d.Copy(d.Command, d.Command)
	case d.focus == onBox && k.Matches(msg, action.Mark):
		d.Revocation, *d.Other = *d.Other, d.Revocation
	case d.focus == onBox && k.Matches(msg, action.Press):
		return nil // enter on the way to the button changes nothing
	case k.Matches(msg, action.Press):
		switch {
		case d.focus != onRevoke && d.typed != "":
			d.hint = true // what was typed with care is not thrown away
		case d.focus != onRevoke:
			d.cancel(env)
		case d.ready():
			d.CloseAnd(d.Do)
		}
	case k.Matches(msg, action.RowAbove):
		d.scroll--
	case k.Matches(msg, action.RowBelow):
		d.scroll++
	case k.Matches(msg, action.PageUp):
		d.scroll -= visible
	case k.Matches(msg, action.PageDown):
		d.scroll += visible
	case d.Want != "":
		d.edit(k, msg)
	case k.Matches(msg, action.Yes) && typing:
		d.strayAt = env.Now
	case k.Matches(msg, action.Yes):
		d.CloseAnd(d.Do)
	case k.Matches(msg, action.No):
		d.cancel(env)
	default:
		d.waitAnew(env, msg)
	}
	d.scroll = draw.Scrolled(d.scroll, len(d.Revocation.Lines), visible)
	return nil
}

// waitAnew begins a time in which y confirms nothing, after a letter that means nothing
// here: somebody is typing, and has not read the question.
func (d *Confirm) waitAnew(env view.Env, msg tea.KeyPressMsg) {
	if d.Want == "" && msg.Text != "" && !env.Fixed.Matches(msg, action.Yes, action.No, action.CopyTicket) {
		d.strayAt = env.Now
	}
}

// edit takes the typed confirmation: text, and taking it back. A text input would take the
// clipboard too.
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
