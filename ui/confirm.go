package ui

import (
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// confirm asks before a revoke. It names everything that will end, and holds the
// plan that is executed: what was read is what happens.
type confirm struct {
	dialog.Base
	m    *Model
	plan app.Plan
	// everywhere is set when one app is to end for everybody; plan is then empty.
	everywhere *app.Batch
	or         string // what may be typed in the place of want; empty when there is nothing
	typed      string // what has been typed so far
	want       string // what must be typed; empty when y is enough
	focus      confirmFocus
	other      *app.Plan // the same with the Webex sign-ins kept, or ended; nil when there are none
	person     string
	missing    int
	pasted     bool
	strayAt    time.Time // when a letter was pressed that means nothing here
	early      bool      // y was pressed before it counted
	hint       bool      // enter was pressed where tab is needed first
	scroll     int
	title      string
	org        string // as the title has it
	head       string
	tokens     []segmentsLine
	facts      []fact
	visible    int // token lines in sight, from the last drawing
}

type segmentsLine []draw.Segment

// confirmFocus is where the focus of the dialog is.
type confirmFocus int

const (
	onCancel confirmFocus = iota
	onBox                 // whether the Webex sign-ins are kept
	onRevoke
)

// next moves the focus on.
func (d *confirm) next() {
	d.focus = (d.focus + 1) % (onRevoke + 1)
	if d.focus == onBox && d.other == nil {
		d.focus = onRevoke
	}
}

// wayToButton says which keys lead to the button that revokes.
func (d *confirm) wayToButton() string {
	switch {
	case d.focus == onRevoke:
		return ""
	case d.focus == onCancel && d.other != nil:
		return "tab twice to the button, then "
	}
	return "tab to the button, then "
}

// swap takes the other plan: with the Webex sign-ins kept, or ended.
func (d *confirm) swap(m *Model) {
	d.plan, *d.other = *d.other, d.plan
	d.describe(m)
}

func newConfirm(m *Model, p app.Plan, missing int) *confirm {
	d := &confirm{m: m, plan: p, want: app.Clean(p.Confirmation().Text), person: draw.Cut(m.personName(), 40), missing: missing}
	d.describe(m)
	return d
}

// describe puts the plan into words.
func (d *confirm) describe(m *Model) {
	p := d.plan
	org := ""
	if o := m.personOrg(); o != "" {
		org = " (" + app.Clean(o) + ")"
	}
	what := english.Count(len(p.Items), "token") + " of " + english.Count(p.Apps(), "app")
	if len(p.Items) == 1 || p.Apps() == 1 {
		what = draw.Cut(app.AppName(p.Items[0].Authorization), 40)
		if p.KeepsAccess() { // not the app ends, but what it can replace
			what = countedKind(p.Items) + " of " + what
		}
	}
	d.org = draw.Cut(org, 30)
	d.title = "Revoke " + what + " for " + draw.Cut(d.person, 30) + d.org + "?"
	if p.Offboard {
		d.title = "Offboard " + draw.Cut(d.person, 30) + draw.Cut(org, 30) + ": revoke everything?"
		if len(p.Kept) > 0 {
			d.title = "Offboard " + draw.Cut(d.person, 30) + draw.Cut(org, 30) + ": all but the Webex sign-ins?"
		}
	}
	sure, more := p.Ends()
	d.head = english.Count(sure, "token") + " end"
	if sure == 1 {
		d.head = "1 token ends"
	}
	if more > 0 {
		d.head += fmt.Sprintf(", and up to %d more", more)
	}
	if n := p.Refused(); n > 0 {
		d.head += fmt.Sprintf("; Webex will refuse %d", n)
	}
	d.tokens = tokenLines(m, p)
	if p.Offboard {
		d.tokens = appLines(m, p)
	}
	ids := make([]webex.AuthorizationID, len(p.Items))
	for i, item := range p.Items {
		ids[i] = item.ID
	}
	d.facts = confirmFacts(m, p, d.person, d.missing, m.list.hiddenByFilter(ids))
}

// Paste says that pasting does not count.
func (d *confirm) Paste() { d.pasted = true }

// Early says that y came too soon.
func (d *confirm) Early() { d.early = true }

// Confirms reports whether a key revokes.
func (d *confirm) Confirms(k action.Map, msg tea.KeyPressMsg) bool {
	return d.want == "" && k.Matches(msg, action.Yes) || d.focus == onRevoke && d.ready() && k.Matches(msg, action.Press)
}

// Press types, moves the focus, and answers.
func (d *confirm) Press(env view.Env, msg tea.KeyPressMsg) tea.Cmd {
	k, m := env.Fixed, d.m
	d.early = d.want == "" && k.Matches(msg, action.Yes) && (d.TooSoon(m.now) || m.now.Sub(d.strayAt) < typingFor)
	if d.TooSoon(m.now) {
		d.waitAnew(m, msg)
		return nil
	}
	d.pasted, d.hint = false, false
	switch {
	case k.Matches(msg, action.Back):
		return d.cancel(m)
	case k.Matches(msg, action.NextField):
		d.next()
	case k.Matches(msg, action.FieldBefore):
		d.next()
		if d.other != nil { // backwards is two on
			d.next()
		}
	case k.Matches(msg, action.CopyCommand), d.want == "" && k.Matches(msg, action.CopyTicket):
		if d.everywhere != nil {
			return m.copyCommand(m.commands().Everywhere(d.everywhere.App.Client))
		}
		return m.copyCommand(m.commands().OfPlan(d.plan))
	case d.focus == onBox && k.Matches(msg, action.Mark):
		d.swap(m)
	case d.focus == onBox && k.Matches(msg, action.Press):
		return nil // enter on the way to the button changes nothing
	case k.Matches(msg, action.Press):
		if d.focus != onRevoke && d.typed != "" {
			d.hint = true // what was typed with care is not thrown away
			return nil
		}
		if d.focus != onRevoke {
			return d.cancel(m)
		}
		if d.ready() {
			return d.confirmed(m)
		}
	case k.Matches(msg, action.RowAbove):
		d.scroll--
	case k.Matches(msg, action.RowBelow):
		d.scroll++
	case k.Matches(msg, action.PageUp):
		d.scroll -= max(d.visible, 1)
	case k.Matches(msg, action.PageDown):
		d.scroll += max(d.visible, 1)
	case d.want != "":
		d.edit(k, msg)
	case k.Matches(msg, action.Yes) && m.now.Sub(d.strayAt) < typingFor:
		d.strayAt = m.now
	case k.Matches(msg, action.Yes):
		return d.confirmed(m)
	case k.Matches(msg, action.No):
		return d.cancel(m)
	default:
		d.waitAnew(m, msg)
	}
	d.scroll = max(0, min(d.scroll, len(d.tokens)-d.visible))
	return nil
}

// waitAnew begins a time in which y confirms nothing, after a letter that means nothing
// here: somebody is typing, and has not read the question.
func (d *confirm) waitAnew(m *Model, msg tea.KeyPressMsg) {
	if d.want == "" && msg.Text != "" && !m.fixed.Matches(msg, action.Yes, action.No, action.CopyTicket) {
		d.strayAt = m.now
	}
}

// edit takes the typed confirmation: text, and taking it back.
func (d *confirm) edit(k action.Map, msg tea.KeyPressMsg) {
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

func (d *confirm) ready() bool {
	return d.want == "" || d.typed == d.want || d.typed != "" && d.typed == d.or
}

// items is how many tokens are revoked, not counting what ends with them.
func (d *confirm) items() int {
	if d.everywhere != nil {
		return d.everywhere.Items()
	}
	return len(d.plan.Items)
}

func (d *confirm) cancel(m *Model) tea.Cmd {
	cmd := m.closeDialog()
	m.say(draw.Dim, "Cancelled. Nothing was sent.")
	if m.running > 0 {
		m.say(draw.Dim, "Cancelled: this question sent nothing. Another revoke is running.")
	}
	return cmd
}

func (d *confirm) confirmed(m *Model) tea.Cmd {
	cmd := m.closeDialog()
	if d.everywhere != nil {
		return tea.Batch(cmd, m.revokeAll(*d.everywhere))
	}
	for _, i := range d.plan.Items {
		m.list.states[i.ID] = rowState{op: m.op + 1, stage: app.StageWaiting}
		delete(m.list.marks, i.ID)
	}
	return tea.Batch(cmd, m.revoke(d.plan))
}
