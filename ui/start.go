package ui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/webex"
)

// pickerLines draws the landing screen: whose authorizations?
func (m *Model) pickerLines() ([]string, *tea.Cursor) {
	p := &m.picker
	out := []string{m.headerLine("Authorizations"), m.Rule()}
	text := app.Typed(p.input.Value())
	question := " Whose authorizations?  "
	hint := draw.Dim.Text("name from its beginning, or a whole email ")
	if p.inventory || p.swept {
		hint = draw.Dim.Text("any part of a name, or a whole email ")
	}
	line := m.Sides([]draw.Segment{draw.Strong.Text(question), draw.Plain.Text(text)}, []draw.Segment{hint})
	if draw.Cells(question)+draw.Cells(text)+draw.Cells(hint.Text)+2 > m.Width {
		line = m.Paint(draw.Strong.Text(question), draw.Plain.Text(text))
	}
	var cursor *tea.Cursor
	if c := p.input.Cursor(); c != nil && m.screen == onPicker {
		c.X += draw.Cells(question)
		c.Y = len(out)
		cursor = c
	}
	out = append(out, line, draw.Spaces(m.Width))
	out = append(out, m.choiceLines(max(m.Height-len(out)-4, 1))...)
	for len(out) < m.Height-4 {
		out = append(out, draw.Spaces(m.Width))
	}
	out = append(out[:m.Height-4], m.Rule(), m.roleLine())
	out = append(out, m.statusLine(m.pickerNote()), m.keyLine(m.fixed.Hint(action.Press, "open"), m.fixed.Hints("move", action.Up, action.Down), m.fixed.Hint(action.Next, "other views"), m.fixed.Hint(action.Back, "clear, back"), m.fixed.Hint(action.ForceQuit, "quit")))
	return out, cursor
}

// roleLine says before the first list what Webex will refuse.
func (m *Model) roleLine() string {
	switch {
	case m.sessionErr != nil:
		return m.Paint(draw.Bad.Text(" " + app.Sentence(m.sessionErr)))
	case m.session != nil && m.session.MayRevoke == webex.No:
		return m.Paint(draw.Bad.Text(" " + m.session.Role + ": Webex will refuse to list or revoke. Needs a Full, User or Device Admin."))
	case m.session != nil && !m.session.Expires.IsZero() && m.Width >= 110:
		return m.Sides([]draw.Segment{draw.Dim.Text(" " + m.roleWords())}, []draw.Segment{draw.Dim.Text("your token: until " + m.stamp(m.session.Expires) + " (exact) ")})
	}
	return m.Paint(draw.Dim.Text(" " + m.roleWords()))
}

func (m *Model) choiceLines(h int) []string {
	p := &m.picker
	from := max(0, min(p.cursor-h+1, len(p.choices)-h))
	var out []string
	for i := from; i < len(p.choices) && len(out) < h; i++ {
		out = append(out, m.choiceLine(p.choices[i], i == p.cursor))
	}
	return out
}

func (m *Model) choiceLine(c choice, selected bool) string {
	set, cursor := &m.Styles.Tone, "  "
	if selected {
		set, cursor = &m.Styles.Selected, " "+m.Glyphs.Cursor
	}
	name, email := app.Clean(c.person.DisplayName), app.Clean(c.person.Email())
	nameCells := max(18, m.Width/5)
	mailCells := min(max(26, m.Width*3/10, draw.Cells(email)), max(m.Width-3-12-2, 0)) // an address is never cut for a department
	nameCells = max(min(nameCells, m.Width-3-mailCells-2), 12)
	rest := max(m.Width-3-nameCells-mailCells-2, 0)
	if c.note == "open this person" {
		return draw.Paint(set, m.Width, draw.Link.Text(cursor+" "), draw.Strong.Text(c.who.String()), draw.Dim.Text("   "+c.note))
	}
	if c.who.IsMe() {
		name = "me"
	}
	if name == "" {
		name, email = email, ""
	}
	dept := app.Clean(c.person.Department)
	state := signInWords(c.person)
	if n := m.picker.namesakes(c.person); n > 1 {
		dept = english.Thousands(n) + " have this name"
	}
	if c.note != "" {
		dept, state = c.note, draw.Plain.Text("")
	}
	deptCells := max(rest-draw.Cells(state.Text)-1, 0)
	if m.picker.namesakes(c.person) > 1 && c.note == "" && deptCells < draw.Cells(dept) { // not to take the wrong one matters more
		if deptCells, state = rest, draw.Plain.Text(""); deptCells < draw.Cells(dept) {
			dept = "namesake"
		}
	}
	return draw.Paint(set, m.Width, draw.Link.Text(cursor+" "), draw.Strong.Text(draw.Pad(name, nameCells)), draw.Plain.Text(" "+draw.Pad(email, mailCells)),
		draw.Dim.Text(" "+draw.Pad(dept, deptCells)), state)
}

// firstRunLines is the screen without a token: what works today.
func (m *Model) firstRunLines() []string {
	out := []string{m.headerLine("Start"), m.Rule(), draw.Spaces(m.Width)}
	item := func(n, title, command string, lines ...string) {
		out = append(out, m.Sides([]draw.Segment{draw.Link.Text(" " + n + "  "), draw.Strong.Text(title)}, []draw.Segment{draw.Link.Text(command + " ")}))
		for _, l := range lines {
			for _, w := range draw.Wrap(l, m.Width-6) {
				out = append(out, m.Paint(draw.Dim.Text("    "+w)))
			}
		}
		out = append(out, draw.Spaces(m.Width))
	}
	item("1", "Just look around", "wxauth demo", "a made-up organization: no account, no network, no files")
	if m.opts.Account != nil {
		item("2", "I am an admin and need it now", "wxauth login --paste",
			"Copy your personal access token from developer.webex.com (it lasts 12 hours and can do whatever you can do), press "+m.fixed.Shown(action.SecondChoice)+" and paste it. Or put it into WEBEX_ACCESS_TOKEN.")
		item("3", "I want a login that renews itself", "wxauth login",
			"In the browser or with a code, with an integration of your own (wxauth config init --from-url - sets it up), or from a config file of your team.")
	} else {
		item("2", "I am an admin and need it now", "WEBEX_ACCESS_TOKEN",
			"Copy your personal access token from developer.webex.com (it lasts 12 hours and can do whatever you can do),",
			"put it into the environment variable WEBEX_ACCESS_TOKEN, and start wxauth again.")
	}
	for len(out) < m.Height-6 {
		out = append(out, draw.Spaces(m.Width))
	}
	out = append(out[:m.Height-6], m.Rule())
	for _, l := range draw.Wrap("Looking at other people takes a Full, User or Device Admin; a read-only one is not enough. Your own apps you can always see and end in the browser: https://idbroker.webex.com/idb/profile#/tokens", m.Width-2) {
		out = append(out, m.Paint(draw.Dim.Text(" "+l)))
	}
	for len(out) < m.Height-2 {
		out = append(out, draw.Spaces(m.Width))
	}
	out = append(out[:m.Height-2], m.statusLine(draw.Dim.Text(fmt.Sprintf("There is no token. Configuration: %s", app.OrDash(m.opts.ConfigPath)))))
	keys := []action.Hint{m.fixed.Hint(action.FirstChoice, "demo")}
	if m.opts.Account != nil {
		keys = []action.Hint{m.fixed.Hints("choose", action.FirstChoice, action.SecondChoice, action.ThirdChoice), m.keys.Hint(action.Login, "log in"), m.keys.Hint(action.NextView, "what is held here")}
	}
	return append(out, m.keyLine(append(keys, m.keys.Hint(action.Help, "help"), m.keys.Hint(action.Quit, "quit"))...))
}

func (m *Model) pressedOnFirstRun(msg tea.KeyPressMsg) tea.Cmd {
	if a, ok := m.keys.Find(msg, m.firstRunActions()); ok {
		return a.Run()
	}
	return nil
}

func (m *Model) firstRunActions() []action.Action {
	logIn := func(run func() tea.Cmd, words string) func() tea.Cmd {
		return func() tea.Cmd {
			if m.opts.Account == nil {
				if words != "" {
					m.say(draw.Dim, words)
				}
				return nil
			}
			return run()
		}
	}
	return []action.Action{
		{Key: action.FirstChoice, Run: func() tea.Cmd {
			m.next = NextDemo
			return tea.Quit
		}},
		{Key: action.SecondChoice, Run: logIn(m.pasteToken,
			"Set WEBEX_ACCESS_TOKEN and start wxauth again: "+m.keys.Shown(action.Quit)+" quits.")},
		{Key: action.Paste, Run: logIn(m.pasteToken, "")},
		{Key: action.ThirdChoice, Run: logIn(action.Do(m.openLogin), "")},
		{Key: action.Login, Run: logIn(action.Do(m.openLogin), "")},
		{Key: action.NextView, Run: m.showTokens},
		{Key: action.Help, Run: action.Do(m.openHelp)},
		{Key: action.Quit, Run: m.quit},
		{Key: action.Back},
		{Key: action.ForceQuit},
		{Key: action.Suspend},
	}
}

// pasteToken opens the login where a token can be pasted.
func (m *Model) pasteToken() tea.Cmd {
	if m.openLogin(); m.screen != onLogin {
		return nil
	}
	return m.login.PasteToken()
}
