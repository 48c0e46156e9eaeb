package dialog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
)

// confirmLayout says how a [Confirm] uses the available lines.
type confirmLayout struct {
	above, below, tail []string
	// before and after scroll together with the list of tokens.
	before, after []string
	length        int // lines that scroll
	visible       int // how many of them are visible
}

// layOut calculates the layout. The warnings stay above the list of tokens, and the other facts
// below it, while only the list scrolls. On a screen too small for that, all of them scroll, so that
// no text is cut.
func (d *Confirm) layOut(env view.Env, w, h int) confirmLayout {
	inner := min(w, confirmWidth) - 4
	l := confirmLayout{above: d.factLines(env, inner, true, false), below: d.factLines(env, inner, false, false), tail: d.tailLines(env, inner)}
	l.length = len(d.Revocation.Lines)
	room := h - 2 - 1 - len(l.tail) // frame and head
	least := 2 + min(l.length, max(d.Least, 2))
	if room-len(l.above)-len(l.below) < least {
		l.above, l.below = d.factLines(env, inner, true, true), d.factLines(env, inner, false, true)
	}
	if room-len(l.above)-len(l.below) < least {
		l.before, l.after = l.above, l.below
		if l.length > 2*room { // nobody scrolls to the end of a long list
			l.before, l.after = slices.Concat(l.above, l.below), nil
		}
		l.above, l.below = nil, nil
		l.length += len(l.before) + len(l.after)
		l.visible = min(l.length, max(room, 1))
		return l
	}
	l.below = append([]string{""}, l.below...)
	l.visible = min(l.length, room-1-len(l.above)-len(l.below))
	return l
}

// scrollingLine draws one of the lines that scroll. Only those in sight are drawn: an app may have a
// hundred thousand users.
func (d *Confirm) scrollingLine(env view.Env, l confirmLayout, w, n int) string {
	tokens := d.Revocation.Lines
	switch at := n - len(l.before); {
	case at < 0:
		return l.before[n]
	case at < len(tokens):
		return " " + draw.Paint(&env.Styles.Tone, w, tokens[at]...)
	default:
		return l.after[at-len(tokens)]
	}
}

const confirmWidth = 88

// Lines draws the dialog.
func (d *Confirm) Lines(env view.Env, w, h int) []string {
	l := d.layOut(env, w, h)
	w = min(w, confirmWidth)
	from := draw.Scrolled(d.scroll, l.length, l.visible)
	to := min(from+l.visible, l.length)
	body := append([]string{"  " + d.headLine(env, w-4, from, l.length-to)}, l.above...)
	for n := from; n < to; n++ {
		body = append(body, d.scrollingLine(env, l, w-4, n))
	}
	body = append(body, l.below...)
	if len(body)+len(l.tail)+2 < h {
		body = append(body, "")
	}
	title := d.Title
	if draw.Cells(title) > w-6 { // the title ends with the organization: show that in full on a line below
		title = strings.Replace(title, d.Org, "", 1)
	}
	frame := draw.Warn
	if d.Severe {
		frame = draw.Bad
	}
	return env.Framed(frame, title, append(body, l.tail...), d.keyLine(l.length > l.visible), w)
}

// headLine says how many tokens will be revoked and who owns them. It always shows how many
// lines are hidden above and below.
func (d *Confirm) headLine(env view.Env, w, above, below int) string {
	left := []draw.Segment{draw.Strong.Text(d.Head)}
	if d.Email != "" {
		left = append(left, draw.Plain.Text("   "+d.Email))
	}
	if draw.Cells(d.Title) > w+4-6 {
		left = append(left, draw.Plain.Text(d.Org))
	}
	var right []draw.Segment
	if above > 0 {
		right = append(right, draw.Dim.Text(fmt.Sprintf("↑ %d more ", above)))
	}
	if below > 0 {
		right = append(right, draw.Warn.Text(fmt.Sprintf("↓ %d more ", below)))
	}
	return draw.PaintSides(&env.Styles.Tone, w, left, right)
}

func (d *Confirm) keyLine(scrolls bool) string {
	keys := "esc or enter: cancel   y: revoke"
	switch {
	case d.focus == onBox:
		keys = "esc: cancel   space: change   tab: next"
	case d.focus == onCancel:
		keys = "esc or enter: cancel   tab: to the text"
	case d.focus == onRevoke && d.ready():
		keys = "esc: cancel   enter: revoke   tab: to Cancel"
	case d.focus == onRevoke:
		keys = "esc: cancel   type the text first   tab: to Cancel"
	case d.Want != "" && d.Other != nil:
		keys = "esc: cancel   tab: to the box"
	case d.Want != "":
		keys = "esc: cancel   tab: to the button"
	}
	if scrolls {
		keys += "   ↑ ↓: scroll"
	}
	if d.Want == "" && d.Instead != nil {
		return keys + "   r: " + d.InsteadOf
	}
	if d.Want == "" {
		return keys + "   c: copy command"
	}
	return keys + "   ctrl+y: copy command"
}

// factLines draws the facts that warn, or the others, which are the same for most questions. If
// short is set, optional facts are left out.
func (d *Confirm) factLines(env view.Env, w int, warnings, short bool) []string {
	var out []string
	warns := false
	for _, f := range d.Facts {
		if f.Label != " " { // otherwise it continues the fact before it
			warns = f.Tone == draw.Warn || f.Tone == draw.Bad
		}
		if short && f.Optional || warns != warnings {
			continue
		}
		label := ""
		if f.Label != "" {
			label = draw.Pad(f.Label, 9)
		}
		lines := draw.Wrap(f.Text, w-2-draw.Cells(label))
		for n, l := range lines {
			if n > 0 {
				label = draw.Spaces(draw.Cells(label))
			}
			tone := f.Tone
			if !warnings {
				tone = draw.Dim
			}
			out = append(out, "  "+env.Styles.Tone[draw.Dim].Render(label)+env.Styles.Tone[tone].Render(l))
		}
	}
	return out
}

// tailLines returns the input, the checkbox and the buttons.
func (d *Confirm) tailLines(env view.Env, w int) []string {
	var out []string
	if d.Want != "" {
		out = d.inputLines(env, w)
	}
	if d.Other != nil {
		mark := "  "
		if env.Plain && d.focus == onBox {
			mark = "> "
		}
		out = append(out, mark+d.boxLine(env, w-2))
	}
	label, again := d.Button, "y"
	if d.Want != "" {
		again = "enter"
	}
	switch {
	case d.early && w >= 70:
		label += " (too soon: press " + again + " again)"
	case d.early:
		label += " (" + again + " again)"
	case d.Want == "":
		label += " (y)"
	}
	act := env.Button(label, d.focus == onRevoke, d.ready())
	if !d.ready() {
		act = env.Styles.Tone[draw.Dim].Render("  " + label + "  ")
		if d.focus == onRevoke {
			act = env.Styles.Tone[draw.Dim].Render("[ " + label + " ]")
		}
	}
	return append(out, "  "+env.Button("Cancel", d.cancels(), false)+"   "+act)
}

func (d *Confirm) inputLines(env view.Env, w int) []string {
	st := &env.Styles.Tone
	begins := strings.HasPrefix(d.Want, d.typed) || strings.HasPrefix(d.Or, d.typed)
	shown := d.typed
	if !begins { // otherwise it is already shown above
		shown = app.Typed(shown)
	}
	if draw.Cells(shown) > w-30 {
		r := []rune(shown)
		shown = "…" + string(r[max(len(r)-w+31, 0):])
	}
	mark := "  > "
	if env.Plain && d.focus != onStart {
		mark = "    " // the focus is elsewhere, and on the plain screen only words say so
	}
	input := mark + shown + "▏"
	switch {
	case d.pasted:
		input += st[draw.Warn].Render("  type it: pasting is not accepted")
	case d.typed != "" && d.ready():
		input += st[draw.Good].Render("  matches" + d.wayToButton())
	case d.lost && (d.typed == "" || !begins):
		input += st[draw.Warn].Render("  letters typed too early were ignored: type it again")
	case d.typed != "" && !begins:
		input += st[draw.Warn].Render("  doesn't match" + map[bool]string{true: ": compare each letter, or type the client id"}[d.Or != ""])
	case d.hint: // enter, before the text is complete
		input += st[draw.Warn].Render("  not complete yet; esc cancels")
	}
	return []string{"  " + st[draw.Strong].Render("To confirm, type  ") + draw.Cut(d.Prompt, w-20), input}
}

// boxLine returns the checkbox that keeps the Webex sign-ins.
func (d *Confirm) boxLine(env view.Env, w int) string {
	box := draw.Cut(d.Box, w)
	if d.focus == onBox {
		return env.Styles.Reverse.Render(box)
	}
	return env.Styles.Tone[draw.Plain].Render(box)
}
