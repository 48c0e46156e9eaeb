package login

import (
	"slices"
	"strconv"
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/list"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// scopePicker lets the user choose the scopes that a login requests.
type scopePicker struct {
	input  textinput.Model
	table  list.Table[webex.ScopeInfo]
	all    []webex.ScopeInfo // those selected when the picker was opened come first
	chosen []string          // in the order of selection
	preset int               // index in webex.ScopePresetNames, or -1
}

// openScopes opens the picker. The scopes that a login would request are selected.
func (v *View) openScopes(env view.Env) tea.Cmd {
	if v.Account.Configured() != nil {
		v.Say(draw.Warn, "Scopes require an integration.")
		return nil
	}
	p := &v.picker
	*p = scopePicker{input: draw.NewInput(), chosen: slices.Clone(v.askedScopes())}
	p.input.CharLimit = 8 << 10 // an authorization URL has many scopes
	p.table.Key = func(s webex.ScopeInfo) string { return s.Name }
	p.fill()
	v.stage = choosingScopes
	v.Resize(env)
	return p.input.Focus()
}

// fill lists the selected scopes, then the rest of the catalogue.
func (p *scopePicker) fill() {
	p.all = nil
	for _, s := range p.chosen {
		p.all = append(p.all, webex.DescribeScope(s))
	}
	for _, s := range webex.ScopeCatalogue() {
		if !webex.HasScope(p.chosen, s.Name) {
			p.all = append(p.all, s)
		}
	}
	p.preset = slices.IndexFunc(webex.ScopePresetNames(), func(n string) bool { return sameScopes(webex.ScopePresets()[n], p.chosen) })
	p.filter()
}

func sameScopes(a, b []string) bool {
	return len(a) == len(b) && len(webex.MissingScopes(a, b)) == 0
}

// filter shows the scopes that contain every word of the input. Matches in the name come before
// matches in the description.
func (p *scopePicker) filter() {
	words := strings.Fields(strings.ToLower(p.input.Value()))
	holds := func(text string) bool {
		return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(strings.ToLower(text), w) })
	}
	var rows, described []webex.ScopeInfo
	for _, s := range p.all {
		switch {
		case holds(s.Name):
			rows = append(rows, s)
		case holds(s.Name + " " + s.Description):
			described = append(described, s)
		}
	}
	p.table.Set(append(rows, described...))
}

// toggle selects or deselects the scope under the cursor.
func (p *scopePicker) toggle() {
	s, ok := p.table.Current()
	if !ok {
		return
	}
	if webex.HasScope(p.chosen, s.Name) {
		p.chosen = webex.MissingScopes(p.chosen, []string{s.Name})
	} else {
		p.chosen = append(p.chosen, s.Name)
	}
	p.preset = slices.IndexFunc(webex.ScopePresetNames(), func(n string) bool { return sameScopes(webex.ScopePresets()[n], p.chosen) })
}

func (p *scopePicker) choose(scopes []string) {
	p.chosen = slices.Clone(scopes)
	p.input.SetValue("")
	p.fill()
	p.table.MoveTo(0)
}

func (v *View) pressOnScopes(env view.Env, msg tea.KeyPressMsg) tea.Cmd {
	p, k := &v.picker, env.Fixed
	switch {
	case k.Matches(msg, action.PageUp):
		p.table.Move(-max(p.table.Height, 1))
	case k.Matches(msg, action.PageDown):
		p.table.Move(max(p.table.Height, 1))
	case env.Fixed.Matches(msg, action.RowAbove):
		p.table.Move(-1)
	case env.Fixed.Matches(msg, action.RowBelow):
		p.table.Move(1)
	case k.Matches(msg, action.Mark): // the blank is free: no scope contains one
		p.toggle()
	case env.Fixed.Matches(msg, action.NextField):
		p.preset = (p.preset + 1) % len(webex.ScopePresetNames())
		name := webex.ScopePresetNames()[p.preset]
		p.choose(webex.ScopePresets()[name])
		v.Say(draw.Dim, "Preset "+name+".")
	case env.Fixed.Matches(msg, action.Press):
		return v.useScopes()
	case env.Fixed.Matches(msg, action.Back) && p.input.Value() != "":
		p.input.SetValue("")
		p.filter()
	case env.Fixed.Matches(msg, action.Back):
		v.stage = choosing
	default:
		return v.editScopes(msg)
	}
	return nil
}

// useScopes closes the picker and uses the selected scopes.
func (v *View) useScopes() tea.Cmd {
	p := &v.picker
	if len(p.chosen) == 0 {
		v.Say(draw.Warn, "Choose at least one scope. space selects the one under the cursor.")
		return nil
	}
	v.scopes = v.Account.AskFor(p.chosen)
	v.stage = choosing
	if left := webex.MissingScopes(p.chosen, v.scopes); len(left) > 0 {
		v.Say(draw.Warn, "Left out because wxauth is read-only: "+app.Clean(webex.Untrusted(strings.Join(left, " ")))+".")
		return nil
	}
	v.Say(draw.Good, "The login requests "+english.Count(len(p.chosen), "scope")+". Each must also be selected on the integration.")
	return nil
}

// editScopes edits the filter. Pasted text is a list of scopes, or an authorization URL of the
// developer portal, and replaces the selection.
func (v *View) editScopes(msg tea.Msg) tea.Cmd {
	p := &v.picker
	if paste, ok := msg.(tea.PasteMsg); ok {
		scopes, err := webex.ParseScopes(paste.Content)
		if err != nil {
			v.Send(dialog.Open{Dialog: dialog.NewNotice("No scopes", app.Sentence(err)+".", "Paste the authorization URL that the integration's page shows, or a list of scopes.")})
			return nil
		}
		p.choose(scopes)
		v.Say(draw.Good, "Selected "+english.Count(len(scopes), "scope")+" from the pasted text.")
		return nil
	}
	var cmd tea.Cmd
	before := p.input.Value()
	p.input, cmd = p.input.Update(msg)
	if p.input.Value() != before {
		p.filter()
	}
	return cmd
}

// scopesTop and scopesFooter are the number of lines above and below the list.
const scopesTop, scopesFooter = 5, draw.Footer

// drawScopes draws the picker.
func (v *View) drawScopes(env view.Env) view.Drawing {
	p := &v.picker
	chosen := english.Count(len(p.chosen), "scope") + " chosen "
	if p.preset >= 0 {
		chosen = "preset " + webex.ScopePresetNames()[p.preset] + ": " + chosen
	}
	question := " Filter: "
	text := app.Typed(p.input.Value())
	out := []string{
		env.Sides([]draw.Segment{draw.Strong.Text(" Scopes to request")}, []draw.Segment{draw.Strong.Text(chosen)}),
		env.Rule(),
		env.Sides([]draw.Segment{draw.Link.Text(question), draw.Plain.Text(text)}, []draw.Segment{draw.Dim.Text(strconv.Itoa(len(p.table.Rows)) + " of " + strconv.Itoa(len(p.all)) + " ")}),
		draw.Spaces(env.Width),
	}
	var cursor *tea.Cursor
	if c := p.input.Cursor(); c != nil {
		cursor = c
		cursor.X, cursor.Y = min(c.X+draw.Cells(question), env.Width-1), 3
	}
	if len(p.table.Rows) == 0 {
		out = append(out, env.Message("Nothing matches.", "esc: clear the filter")...)
	}
	longest := min(44, env.Width*45/100)
	from, to := p.table.Window()
	for i := from; i < to; i++ {
		out = append(out, v.scopeLine(env, p.table.Rows[i], i == p.table.Cursor, longest))
	}
	idle := "each must also be selected on the integration at developer.webex.com"
	if s, ok := p.table.Current(); ok {
		idle = s.Description
		if s.Derived {
			idle += " (from its name: Webex has no description)"
		}
	}
	return view.Drawing{
		Body: out, Status: draw.Dim.Text(app.Clean(webex.Untrusted(idle))), Cursor: cursor,
		Keys: []action.Hint{env.Fixed.Hint(action.Tick, "select"), env.Fixed.Hint(action.Press, "use these"), env.Fixed.Hint(action.Next, "next preset"), {Keys: "paste", Words: "authorization URL"}, env.Fixed.Hints("move", action.Up, action.Down), env.Fixed.Hint(action.Back, "back")},
	}
}

func (v *View) scopeLine(env view.Env, s webex.ScopeInfo, selected bool, longest int) string {
	set, cursor := &env.Styles.Tone, "  "
	if selected {
		set, cursor = &env.Styles.Selected, " "+env.Glyphs.Cursor
	}
	box, t := "[ ] ", draw.Plain
	if webex.HasScope(v.picker.chosen, s.Name) {
		box, t = "[x] ", draw.Strong
	}
	text := app.Clean(webex.Untrusted(s.Description))
	if s.Derived {
		text += " *"
	}
	return draw.Paint(set, env.Width, draw.Link.Text(cursor+" "), t.Text(box), t.Text(draw.Pad(app.Clean(webex.Untrusted(s.Name)), longest)), draw.Dim.Text("  "+text))
}
