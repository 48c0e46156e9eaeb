package ui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

func (m *Model) openDialog(d dialog.Dialog) {
	m.flash = draw.Segment{}
	m.dialogs.Open(d, m.now)
}

// tell opens a notice. While a question is open, the notice waits until it is closed.
func (m *Model) tell(d dialog.Dialog) {
	if !m.dialogs.IsOpen() {
		m.flash = draw.Segment{}
	}
	m.dialogs.Tell(d, m.now)
}

// closeDialog closes the top dialog and opens the one that waited for it.
func (m *Model) closeDialog() tea.Cmd {
	m.dialogs.Close(m.now)
	if m.dialogs.IsOpen() {
		return nil
	}
	return m.updateScreens(view.Uncovered{})
}

// updateDialog passes a key to the top dialog.
func (m *Model) updateDialog(msg tea.Msg) tea.Cmd {
	m.now = m.opts.Now()
	d := m.dialogs.Top()
	cmd := m.dialogs.Update(m.env(), msg)
	if d == nil {
		return cmd
	}
	return tea.Batch(cmd, m.serve(d))
}

// quitQuestion asks whether to quit while work is in progress.
type quitQuestion struct{ *dialog.Ask }

func (m *Model) askToQuit(interrupt bool) {
	m.openDialog(quitQuestion{&dialog.Ask{
		Text: func() dialog.AskText { return quitText(m.revokes(), interrupt, m.inventory.Work(m.env())) }, No: "Wait", Yes: "Quit", Width: 64,
		Do: func() tea.Cmd {
			m.interrupted = interrupt
			return tea.Quit
		},
	}})
}

func (m *Model) asksToQuit() bool {
	_, ok := m.dialogs.Top().(quitQuestion)
	return ok
}

// quitText says which work quitting would interrupt: the running revokes, which may have been
// stopped, and w, the work of the Inventory.
func quitText(revokes int, stopped bool, w view.Work) dialog.AskText {
	t := dialog.AskText{Title: "Quit while revoking?", Head: english.Count(revokes, "revoke") + " running"}
	if w.Total > 0 {
		t.Head = english.Thousands(w.Done) + " of " + english.Count(w.Total, "token") + " revoked"
	}
	text := "If you quit now, wxauth sends nothing more and waits a few seconds for replies. You will not see what was revoked."
	switch {
	case revokes > 0 && stopped:
		t.Title = "Stopped revoking. Quit?"
		text = "Nothing more is sent. If you wait, you see what was revoked and what was not. If you quit now, wxauth waits a few seconds for replies."
	case revokes == 0 && w.Sweep.Text != "":
		t.Title, t.Head = "Quit while sweeping?", "A sweep is running: "+english.Thousands(w.SweptSoFar)+" of "+english.Count(w.ToSweep, "user")+" read"
		text = "Quitting stops it. Nothing is lost: the next sweep resumes it, here or with wxauth sweep."
	case revokes == 0:
		t.Title, t.Head = "Quit?", "Everything has finished"
		text = "Press esc to see the results."
	}
	t.Body = []string{text}
	return t
}

// exportedMsg is the result of an export.
type exportedMsg struct {
	path string
	n    int
	err  error
}

// askToExport asks for the format of an export of n rows. rows is called in the command's
// goroutine.
func (m *Model) askToExport(what string, n int, rows func() any) {
	switch {
	case m.opts.Export == nil:
		m.strayAt = m.now
		m.say(draw.Warn, "The demo writes no files. With a login, "+m.keys.Shown(action.Export)+" exports rows as CSV or JSON.")
		return
	case n == 0:
		m.say(draw.Warn, "No rows are shown, or the filter hides the marked ones: nothing to export.")
		return
	}
	write := m.opts.Export
	as := func(format string) func() tea.Cmd {
		return func() tea.Cmd {
			return func() tea.Msg {
				path, err := write(what, format, rows())
				return exportedMsg{path, n, err}
			}
		}
	}
	m.openDialog(&dialog.Choice{
		Title: "Export the marked rows, or all that are shown", Head: english.Count(n, "row"), Width: 66, Cancelled: "Cancelled. Nothing was written.",
		Options: []dialog.Option{
			{Key: action.AsCSV, Short: "CSV", Words: "CSV, for a spreadsheet", Do: as("csv")},
			{Key: action.AsJSON, Short: "JSON", Words: "JSON, for a script", Do: as("json")},
		},
		Note: "It is saved as a new file in the current directory.",
	})
}

// words returns the status text: the path of the export, or the error.
func (msg exportedMsg) words() draw.Segment {
	if msg.err != nil {
		return draw.Bad.Text("Not exported. " + app.Sentence(msg.err))
	}
	return draw.Good.Text(english.Count(msg.n, "row") + " in " + app.Clean(webex.Untrusted(msg.path)))
}

// paletteEntries returns the actions of the open screen, then those that only other views have.
func (m *Model) paletteEntries() []dialog.Entry {
	var out []dialog.Entry
	add := func(actions []action.Action, in view.Screen) {
		for _, a := range actions {
			known := slices.ContainsFunc(out, func(e dialog.Entry) bool { return e.Key == a.Key })
			if a.Run != nil && !known {
				out = append(out, dialog.Entry{Action: a, Do: func() tea.Cmd { return m.perform(a, in) }})
			}
		}
	}
	add(m.actions(), m.open)
	for _, t := range m.present() {
		own := slices.DeleteFunc(t.view.Actions(m.env()), func(a action.Action) bool { return a.Group == "" })
		add(own, t.view)
	}
	return out
}

// perform opens the screen that has an action and runs the action, once the screen has loaded
// its list.
func (m *Model) perform(a action.Action, in view.Screen) tea.Cmd {
	if in == m.inventory && m.inventory.Preparing() {
		m.say(draw.Dim, readingFirst)
		return nil
	}
	v, isView := in.(view.View)
	if in == m.open || !isView {
		return a.Run()
	}
	cmd := m.show(v)
	m.queued = a.Key
	return tea.Batch(cmd, m.performQueued())
}

// performQueued runs the action that waited for a view to load.
func (m *Model) performQueued() tea.Cmd {
	k, v := m.queued, m.view()
	if k == nil || v != nil && v.Reading() {
		return nil
	}
	m.queued = nil
	if v == nil {
		m.say(draw.Dim, "Choose a person, then press "+m.keys.Label(k)+".")
		return nil
	}
	if m.dialogs.IsOpen() {
		return nil
	}
	for _, a := range v.Actions(m.env()) {
		if a.Key == k {
			return a.Run()
		}
	}
	return nil
}

// help returns the dialog that lists the keys.
func (m *Model) help() dialog.Dialog {
	var notes []dialog.Note
	if v, ok := m.open.(interface {
		Notes(view.Env) []dialog.Note
	}); ok {
		notes = v.Notes(m.env())
	}
	notes = append(notes, dialog.Note{Title: "FILTER", Lines: []string{
		"words, !word, app:name, type:refresh, is:new,",
		"is:stale, is:overdue, is:odd, is:signin, is:agent,",
		"is:own, is:service (apps), is:foreign (Activity)",
	}}, dialog.Note{Title: "COPY", Lines: []string{
		"uses OSC 52; in tmux: set -g set-clipboard on",
	}})
	if m.open != m.list {
		return dialog.NewHelp(m.helpGroups, notes)
	}
	return dialog.NewHelp(m.helpGroups, append(notes, dialog.Note{Title: "TIME LEFT", Lines: []string{
		"renewed  counted from the newest access token",
		"assumed  creation time plus the lifetime setting",
		"unknown  Webex shows no expiry",
		"overdue  past the assumed expiry, but still listed",
	}}))
}

// helpGroups returns the actions of the open view by group, then those that every view has.
func (m *Model) helpGroups() []dialog.Group {
	groups := []dialog.Group{{Title: "ACT"}, {Title: "LOOK"}, {Title: "VIEWS"}, {Title: "MOVE"}}
	root := m.rootActions()
	in := " (in " + m.title() + ")"
	add := func(actions []action.Action, other string) {
		for _, a := range actions {
			switch {
			case a.Group != "":
			case other == "", slices.ContainsFunc(root, func(r action.Action) bool { return r.Key == a.Key }):
				continue
			default:
				a.Group = other
			}
			a.Words = strings.TrimSuffix(a.Text(), in)
			i := slices.IndexFunc(groups, func(g dialog.Group) bool { return g.Title == a.Group })
			if i < 0 {
				i = len(groups)
				groups = append(groups, dialog.Group{Title: a.Group})
			}
			if !slices.ContainsFunc(groups[i].Actions, func(b action.Action) bool { return a.Key == b.Key }) {
				groups[i].Actions = append(groups[i].Actions, a)
			}
		}
	}
	title := strings.ToUpper(m.title())
	if m.open == m.list {
		title = "LOOK"
	}
	add(m.screenActions(m.open), title)
	add(root, "")
	if i := slices.IndexFunc(groups, func(g dialog.Group) bool { return g.Title == title }); i >= 0 && m.open != m.list {
		open := groups[i]
		groups = slices.Insert(slices.Delete(groups, i, i+1), 0, open)
	}
	return slices.DeleteFunc(groups, func(g dialog.Group) bool { return len(g.Actions) == 0 })
}
