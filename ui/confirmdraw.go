package ui

import (
	"fmt"
	"strings"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
)

// Lines draws it.
func (d *confirm) Lines(env view.Env, w, h int) []string {
	w = min(w, 88)
	inner := w - 4
	facts := d.factLines(env, inner, false)
	tail := d.tailLines(env, inner)
	room := h - 2 - 3 - len(tail) // frame, head and blanks
	least := 3
	if d.plan.Offboard {
		least = 8 // a line is an app
	}
	if room-len(facts) < min(len(d.tokens), least) {
		facts = d.factLines(env, inner, true)
	}
	if over := len(facts) - (room - min(len(d.tokens), 2)); over > 0 {
		facts = facts[:max(len(facts)-over, 0)]
		if n := len(facts); n > 0 { // never cut without a word
			facts[n-1] = "  " + env.Styles.Tone[draw.Warn].Render(english.Count(over+1, "more line")+" on a larger screen")
		}
	}
	d.visible = max(min(len(d.tokens), room-len(facts)), 1)
	d.scroll = max(0, min(d.scroll, len(d.tokens)-d.visible))
	body := []string{"  " + d.headLine(env, inner)}
	for _, l := range d.tokens[d.scroll:min(d.scroll+d.visible, len(d.tokens))] {
		body = append(body, " "+draw.Paint(&env.Styles.Tone, inner, l...))
	}
	body = append(body, "")
	body = append(body, facts...)
	if len(body)+len(tail)+2 < h {
		body = append(body, "")
	}
	body = append(body, tail...)
	title := d.title
	if draw.Cells(title) > w-6 { // its end names the organization: that goes below, whole
		title = strings.Replace(title, d.org, "", 1)
	}
	return env.Framed(title, body, d.keyLine(), w)
}

// headLine says how many tokens end and whose they are. How much lies out of sight
// always has its place.
func (d *confirm) headLine(env view.Env, w int) string {
	left := []draw.Segment{draw.Strong.Text(d.head)}
	if e := app.Clean(d.plan.Person.Email()); e != "" {
		left = append(left, draw.Plain.Text("   "+e))
	}
	if draw.Cells(d.title) > w+4-6 {
		left = append(left, draw.Plain.Text(d.org))
	}
	var right []draw.Segment
	if d.scroll > 0 {
		right = append(right, draw.Dim.Text(fmt.Sprintf("↑ %d more ", d.scroll)))
	}
	if below := len(d.tokens) - d.visible - d.scroll; below > 0 {
		right = append(right, draw.Warn.Text(fmt.Sprintf("↓ %d more ", below)))
	}
	return draw.PaintSides(&env.Styles.Tone, w, left, right)
}

func (d *confirm) keyLine() string {
	keys := "esc or enter: cancel   y: revoke"
	switch {
	case d.focus == onBox:
		keys = "esc: cancel   space: keep or end   tab: on"
	case d.focus == onRevoke && d.ready():
		keys = "esc: cancel   enter: revoke   tab: to Cancel"
	case d.focus == onRevoke:
		keys = "esc: cancel   first type what is asked   tab: to Cancel"
	case d.want != "" && d.other != nil:
		keys = "esc: cancel   tab: to the box, then the button"
	case d.want != "":
		keys = "esc: cancel   tab: to the button"
	}
	if len(d.tokens) > d.visible {
		keys += "   ↑ ↓: scroll"
	}
	if d.want == "" {
		return keys + "   c: copy as command"
	}
	return keys + "   ctrl+y: copy as command"
}

func (d *confirm) factLines(env view.Env, w int, short bool) []string {
	var out []string
	for _, f := range d.facts {
		if short && f.optional {
			continue
		}
		label := ""
		if f.label != "" {
			label = draw.Pad(f.label, 9)
		}
		lines := draw.Wrap(f.text, w-2-draw.Cells(label))
		if short && len(lines) > 1 {
			lines = []string{draw.Cut(lines[0]+" "+lines[1], w-2-draw.Cells(label))}
		}
		for n, l := range lines {
			if n > 0 {
				label = draw.Spaces(draw.Cells(label))
			}
			out = append(out, "  "+env.Styles.Tone[draw.Dim].Render(label)+env.Styles.Tone[f.tone].Render(l))
		}
	}
	return out
}

func (d *confirm) tailLines(env view.Env, w int) []string {
	var out []string
	if d.want != "" {
		shown := d.typed
		if !strings.HasPrefix(d.want, shown) && !strings.HasPrefix(d.or, shown) { // else it stands above
			shown = app.Typed(shown)
		}
		if draw.Cells(shown) > w-30 {
			r := []rune(shown)
			shown = "…" + string(r[max(len(r)-w+31, 0):])
		}
		want := d.want
		switch {
		case d.or != "":
			want = d.or + "  or its client id"
		case d.everywhere != nil:
			want = d.want + "  the beginning of its client id"
		}
		out = append(out, "  "+env.Styles.Tone[draw.Strong].Render("To go on, type  ")+draw.Cut(want, w-20))
		mark := "  > "
		if env.Plain && d.focus != onCancel {
			mark = "    " // the focus is elsewhere, and nothing but words says where
		}
		prompt := mark + shown + "▏"
		switch {
		case d.pasted:
			prompt += env.Styles.Tone[draw.Warn].Render("  type it: pasting does not count")
		case d.typed != "" && d.ready():
			prompt += env.Styles.Tone[draw.Good].Render("  complete: " + d.wayToButton() + "enter")
		case d.typed != "" && !strings.HasPrefix(d.want, d.typed) && !strings.HasPrefix(d.or, d.typed):
			prompt += env.Styles.Tone[draw.Warn].Render("  does not match the text above")
		case d.hint: // enter, before it is complete
			prompt += env.Styles.Tone[draw.Warn].Render("  not complete yet; esc cancels")
		}
		out = append(out, prompt)
	}
	if d.other != nil {
		mark := "  "
		if env.Plain && d.focus == onBox {
			mark = "> "
		}
		out = append(out, mark+d.boxLine(env, w-2))
	}
	label := "Revoke " + english.Count(d.items(), "token")
	if len(d.plan.Items) == 1 {
		label = "Revoke 1 " + app.Kind(d.plan.Items[0].Type) + " token"
	}
	again := "y"
	if d.want != "" {
		again = "enter"
	}
	switch {
	case d.early && w >= 70:
		label += " (too soon: " + again + " again)"
	case d.early:
		label += " (" + again + " again)"
	case d.want == "":
		label += " (y)"
	}
	act := env.Button(label, d.focus == onRevoke, d.ready())
	if !d.ready() {
		act = env.Styles.Tone[draw.Dim].Render("  " + label + "  ")
		if d.focus == onRevoke {
			act = env.Styles.Tone[draw.Dim].Render("[ " + label + " ]")
		}
	}
	return append(out, "  "+env.Button("Cancel", d.focus == onCancel && d.typed == "", false)+"   "+act)
}

// boxLine is the box that keeps the Webex sign-ins.
func (d *confirm) boxLine(env view.Env, w int) string {
	box := "[ ] keep Webex sign-ins (else the person is signed out)"
	if len(d.plan.Kept) > 0 {
		box = "[x] keep Webex sign-ins: the person stays signed in"
	}
	box = draw.Cut(box, w)
	if d.focus == onBox {
		return env.Styles.Reverse.Render(box)
	}
	return env.Styles.Tone[draw.Plain].Render(box)
}
