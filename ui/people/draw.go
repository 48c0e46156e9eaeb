package people

import (
	"strings"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/facts"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// Draw draws the picker.
func (v *View) Draw(env view.Env) view.Drawing {
	text := app.Typed(v.input.Value())
	question := " Find a person:  "
	hint := draw.Dim.Text("start of a name, or a full email ")
	if v.known || v.searched {
		hint = draw.Dim.Text("any part of a name, or a full email ")
	}
	field := max(min(env.Width-draw.Cells(question)-1, fieldCells), 1)
	input := env.Styles.Selected[draw.Strong].Render(draw.Pad(text, field)) // a field that is seen even without the cursor
	if env.Plain {
		input = text
	}
	line := env.Styles.Tone[draw.Strong].Render(question) + input
	if room := env.Width - draw.Cells(line); draw.Cells(hint.Text)+2 <= room {
		line += env.Styles.Tone[draw.Dim].Render(draw.PadLeft(hint.Text, room))
	}
	line = draw.FitStyled(line, env.Width)
	d := view.Drawing{Open: true, Body: []string{env.Rule(), line, draw.Spaces(env.Width)}, Status: v.note()}
	if d.Cursor = v.input.Cursor(); d.Cursor != nil {
		d.Cursor.X += draw.Cells(question)
		d.Cursor.Y = 2
	}
	d.Body = append(d.Body, v.choiceLines(env, max(env.Height-8, 1))...)
	d.Body = append(env.Filled(d.Body, env.Height-5), env.Rule(), roleLine(env))
	k := env.Fixed
	d.Keys = []action.Hint{k.Hint(action.Press, "open"), k.Hints("move", action.Up, action.Down), k.Hint(action.Next, "other views"), k.Hint(action.Back, "clear, back"), k.Hint(action.ForceQuit, "quit")}
	return d
}

// roleLine says, before the first list is loaded, what Webex will reject.
func roleLine(env view.Env) string {
	switch {
	case env.SessionErr != nil:
		return env.Paint(draw.Bad.Text(" " + app.Sentence(env.SessionErr)))
	case env.Session != nil && env.Session.MayRevoke == webex.No:
		return env.Paint(draw.Bad.Text(" " + env.Session.Role + ": cannot list or revoke. Requires Full, User or Device Admin."))
	case env.Session != nil && !env.Session.Expires.IsZero() && env.Width >= 110:
		return env.Sides([]draw.Segment{draw.Dim.Text(" " + facts.Role(env.Session))}, []draw.Segment{draw.Dim.Text("your token expires " + env.Stamp(env.Session.Expires) + " (exact) ")})
	}
	return env.Paint(draw.Dim.Text(" " + facts.Role(env.Session)))
}

// fieldCells is the width of the input.
const fieldCells = 44

func (v *View) choiceLines(env view.Env, h int) []string {
	cut := len(v.choices) > h && h > 1
	if cut {
		h-- // the last line counts the others
	}
	from := max(0, min(v.cursor-h+1, len(v.choices)-h))
	to := min(from+h, len(v.choices))
	var out []string
	for i, c := range v.choices[from:to] {
		out = append(out, v.choiceLine(env, c, from+i == v.cursor))
	}
	if cut {
		var more []string
		if from > 0 {
			more = append(more, "↑ "+english.Thousands(from)+" more")
		}
		if to < len(v.choices) {
			more = append(more, "↓ "+english.Thousands(len(v.choices)-to)+" more")
		}
		out = append(out, env.Paint(draw.Dim.Text("   "+strings.Join(more, "  "))))
	}
	return out
}

// longestAddress returns the width of the longest address among the choices.
func (v *View) longestAddress() (w int) {
	for _, c := range v.choices {
		w = max(w, draw.Cells(app.Clean(c.person.Email())))
	}
	return w
}

func (v *View) choiceLine(env view.Env, c choice, selected bool) string {
	set, cursor := &env.Styles.Tone, "  "
	if selected {
		set, cursor = &env.Styles.Selected, " "+env.Glyphs.Cursor
	}
	name, email := app.Clean(c.person.DisplayName), app.Clean(c.person.Email())
	nameCells := max(18, env.Width/5)
	mailCells := min(max(26, env.Width*3/10, v.longestAddress()), max(env.Width-3-12-2, 0)) // do not cut addresses to make room for a department
	nameCells = max(min(nameCells, env.Width-3-mailCells-2), 12)
	rest := max(env.Width-3-nameCells-mailCells-2, 0)
	if c.person.Email() == "" && !c.who.IsMe() && c.person.DisplayName == "" && c.note != "recent" {
		return draw.Paint(set, env.Width, draw.Link.Text(cursor+" "), draw.Strong.Text(c.who.String()), draw.Dim.Text("   "+c.note))
	}
	if c.who.IsMe() {
		name = "me"
	}
	if name == "" {
		name, email = email, ""
	}
	dept := app.Clean(c.person.Department)
	state := facts.SignIn(c.person)
	if c.note != "" {
		dept, state = c.note, draw.Plain.Text("")
	}
	same := v.namesakes(c.person) > 1 // the user must be able to tell them apart
	if same {
		dept = strings.TrimSuffix("same name, "+dept, ", ")
	}
	deptCells := max(rest-draw.Cells(state.Text)-1, 0)
	if same && deptCells < draw.Cells(dept) {
		if deptCells, state = rest, draw.Plain.Text(""); deptCells < 12 {
			dept = "same name"
		}
	}
	if deptCells > 1 { // a gap
		deptCells, state.Text = deptCells-1, " "+state.Text
	}
	return draw.Paint(set, env.Width, draw.Link.Text(cursor+" "), draw.Strong.Text(draw.Pad(name, nameCells)), draw.Plain.Text(" "+draw.Pad(email, mailCells)),
		draw.Dim.Text(" "+draw.Pad(dept, deptCells)), state)
}
