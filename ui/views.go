package ui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/login"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// changeView goes to the view of a key, or to the next one.
func (m *Model) changeView(k *action.Key) tea.Cmd {
	views := m.views()
	at := slices.IndexFunc(views, func(v tab) bool { return v.screen == m.screen })
	to := (at + 1) % len(views)
	if k != action.NextView {
		to = slices.IndexFunc(views, func(v tab) bool { return v.key == k })
	}
	if to < 0 || to == at {
		return nil
	}
	return m.show(views[to].screen)
}

// goesToAView reports whether a key opens a view.
func (m *Model) goesToAView(k *action.Key) bool {
	return k == action.NextView || slices.ContainsFunc(m.views(), func(v tab) bool { return v.key == k })
}

// show opens a view.
func (m *Model) show(s screen) tea.Cmd {
	switch s {
	case onTokens:
		return m.showTokens()
	case onInventory, onAudit:
		m.leaveScreen()
		m.screen = s
		return m.view().Show()
	default:
		return m.showAuthorizations()
	}
}

// leaveScreen ends what belongs to the screen that is left.
func (m *Model) leaveScreen() {
	m.list.preparing = false // a question about a person belongs on that person's screen
	m.people.Hide()
}

// allViews are those that have a package of their own.
func (m *Model) allViews() []view.Screen {
	return []view.Screen{m.firstRun, m.people, m.tokens, m.inventory, m.audit, m.login}
}

// view is the one that is open; nil on a screen that is none.
func (m *Model) view() view.View {
	switch m.screen {
	case onTokens:
		return m.tokens
	case onInventory:
		return m.inventory
	case onAudit:
		return m.audit
	default:
		return nil
	}
}

// env is what the view that is open is given.
func (m *Model) env() view.Env { return m.envOf(m.openScreen()) }

// openScreen is the one that is open; nil where that has no package of its own.
func (m *Model) openScreen() view.Screen {
	switch m.screen {
	case onFirstRun:
		return m.firstRun
	case onPicker:
		return m.people
	case onLogin:
		return m.login
	default:
	}
	if v := m.view(); v != nil {
		return v
	}
	return nil
}

// envOf is what a view is given.
func (m *Model) envOf(v view.Screen) view.Env {
	e := view.Env{
		Screen: &m.Screen, Now: m.now, Location: m.opts.Location, Keys: m.keys, Fixed: m.fixed,
		EnvToken: m.opts.EnvToken, Running: m.revokes(), Covered: m.dialogs.IsOpen(),
		Typing: m.seemsTyping(), Said: m.flash, Session: m.session, SessionErr: m.sessionErr,
		NoRevoke: m.noRevoke(), Person: m.list.who, RecordNote: m.opts.RecordNote, PausedUntil: m.pausedUntil,
	}
	e.Open = v != nil && v == m.openScreen() && !e.Covered
	if i := slices.IndexFunc(m.views(), func(t tab) bool { return t.screen == m.screen }); i >= 0 {
		e.At = m.views()[i].key
	}
	if m.report == nil && m.bulkReport == nil {
		e.NoReport = "nothing revoked yet"
	}
	return e
}

// revokes counts those that are under way.
func (m *Model) revokes() int { return m.running + m.inventory.Revokes() }

// updateView gives a message to a view.
func (m *Model) updateView(v view.Screen, msg tea.Msg) tea.Cmd { return v.Update(m.envOf(v), msg) }

// updateViews gives all of them what one of them waits for.
func (m *Model) updateViews(msg tea.Msg) tea.Cmd {
	m.now = m.opts.Now()
	var cmds []tea.Cmd
	for _, v := range m.allViews() {
		cmds = append(cmds, m.updateView(v, msg))
	}
	return tea.Batch(cmds...)
}

// serve does what a view or a dialog has asked of the program.
func (m *Model) serve(v interface{ Take() []tea.Msg }) tea.Cmd {
	var cmds []tea.Cmd
	for _, msg := range v.Take() {
		switch msg := msg.(type) {
		case view.Say:
			m.flash = msg.Text
		case view.Leave:
			cmds = append(cmds, m.showAuthorizations())
		case view.Quit:
			cmds = append(cmds, m.quit())
		case view.LogIn:
			m.openLogin()
			if msg.Paste && m.screen == onLogin {
				cmds = append(cmds, m.login.PasteToken())
			}
		case view.Demo:
			m.next = NextDemo
			cmds = append(cmds, tea.Quit)
		case login.LoggedIn:
			cmds = append(cmds, m.loggedIn(msg.Service.(Service)))
		case login.Left:
			cmds = append(cmds, m.leftLogin(msg.Done))
		case view.Show:
			cmds = append(cmds, m.changeView(msg.View))
		case view.OpenPerson:
			cmds = append(cmds, m.open(msg.Who))
			m.list.revokeNext, m.list.fromInventory = msg.Revoke, msg.FromInventory
		case view.ChoosePerson:
			cmds = append(cmds, m.choosePerson())
		case view.Revoked:
			cmds = append(cmds, m.revoked(msg))
		case view.CopyReport:
			cmds = append(cmds, m.copyReport())
		case view.InventoryRead:
			cmds = append(cmds, m.updateViews(msg))
		case view.NeedKey:
			m.askForKey(msg)
		case dialog.Tell:
			m.tell(msg.Dialog)
		case view.Help:
			m.openHelp()
		case view.Stray:
			m.stray(msg.Key)
		case view.StillTyping:
			m.stillTyping()
		case view.Forgotten:
			m.forgetLogin()
		case view.UseProfile:
			if m.working() { // it would end with the program
				m.say(draw.Warn, "A sweep is under way: wait until it has ended, or stop it.")
				break
			}
			m.next, m.nextProfile = NextProfile, msg.Name
			cmds = append(cmds, tea.Quit)
		case dialog.Open:
			m.openDialog(msg.Dialog)
		case dialog.Close:
			cmds = append(cmds, m.closeDialog())
			if msg.Then != nil {
				cmds = append(cmds, msg.Then())
			}
		case view.Export:
			m.askToExport(msg.What, msg.N, msg.Rows)
		}
	}
	return tea.Batch(cmds...)
}

// serveViews does what any of the views has asked for.
func (m *Model) serveViews() tea.Cmd {
	var cmds []tea.Cmd
	for _, v := range m.allViews() {
		cmds = append(cmds, m.serve(v))
	}
	return tea.Batch(cmds...)
}

// drawView draws a view below the header.
func (m *Model) drawView(title string, v view.Screen) ([]string, *tea.Cursor) {
	d := v.Draw(m.env())
	if d.Alone {
		out := m.Filled(d.Body, m.Height-min(len(d.Keys), 1))
		if len(d.Keys) > 0 {
			out = append(out, m.keyLine(d.Keys...))
		}
		return out, d.Cursor
	}
	out := append([]string{m.headerLine(title)}, d.Body...)
	if d.Open {
		out = m.Filled(out, m.Height-2)
	} else {
		out = m.Footed(out)
	}
	status := d.Input
	if status == "" {
		status = m.statusLine(d.Status)
	}
	return append(out, status, m.keyLine(d.Keys...)), d.Cursor
}

// showTokens opens the Tokens view.
func (m *Model) showTokens() tea.Cmd {
	if m.opts.Account == nil {
		return nil
	}
	m.leaveScreen()
	m.screen = onTokens
	return m.tokens.Show()
}

// showAuthorizations goes back to the list, or to the picker where there is none.
func (m *Model) showAuthorizations() tea.Cmd {
	switch {
	case m.opts.Service == nil:
		m.screen = onFirstRun
	case m.list.who == (webex.Person{}):
		return m.choosePerson()
	default:
		m.people.Hide()
		m.screen = onList
	}
	return nil
}

// forgetLogin: without a login nothing can be asked any more.
func (m *Model) forgetLogin() {
	if m.opts.EnvToken || m.opts.Service == nil {
		return
	}
	m.opts.Service, m.session = nil, nil
	gen, prepareGen := m.list.gen+1, m.list.prepareGen+1
	m.list = newAuthorizations()
	m.list.gen, m.list.prepareGen = gen, prepareGen
	m.inventory.Reset(nil)
	m.people.Reset(nil)
}

// revoked keeps the report of a revoke, and tells the views.
func (m *Model) revoked(r view.Revoked) tea.Cmd {
	m.report, m.reportFacts, m.bulkReport = r.One, r.Facts, nil
	if r.One == nil {
		m.bulkReport = &r.Batch
	}
	return m.updateViews(r)
}
