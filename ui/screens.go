package ui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// screens are all that there are: those with a tab, and the others.
func (m *Model) screens() []view.Screen {
	out := []view.Screen{m.firstRun, m.people, m.login}
	for _, t := range m.tabs {
		out = append(out, t.view)
	}
	return out
}

// view is the view that is open; nil on a screen without a tab.
func (m *Model) view() view.View {
	if v, ok := m.open.(view.View); ok {
		return v
	}
	return nil
}

// showView opens the view of a key, or the next one.
func (m *Model) showView(k *action.Key) tea.Cmd {
	tabs := m.present()
	at := slices.IndexFunc(tabs, func(t tab) bool { return t.view == m.open })
	to := (at + 1) % len(tabs)
	if k != action.NextView {
		to = slices.IndexFunc(tabs, func(t tab) bool { return t.key == k })
	}
	if to < 0 || to == at {
		return nil
	}
	return m.show(tabs[to].view)
}

// show opens a view.
func (m *Model) show(v view.View) tea.Cmd {
	if v == m.list {
		return m.showList()
	}
	m.goTo(v)
	return v.Show()
}

// present are the tabs of the views that there are here. A view that is missing leaves a gap
// among the keys, so that a key means the same everywhere.
func (m *Model) present() []tab {
	return slices.DeleteFunc(slices.Clone(m.tabs), func(t tab) bool { return t.missing != "" })
}

// opensAView reports whether a key does.
func (m *Model) opensAView(k *action.Key) bool {
	return k == action.NextView || slices.ContainsFunc(m.present(), func(t tab) bool { return t.key == k })
}

// goTo opens a screen, after what ends with the one that is left.
func (m *Model) goTo(s view.Screen) {
	if h, ok := m.open.(interface{ Hide() }); ok && m.open != s {
		h.Hide()
	}
	m.open = s
}

// showList goes back to the authorizations, or to the choice of a person where there are none.
func (m *Model) showList() tea.Cmd {
	if m.opts.Service == nil || m.list.Who() == (webex.Person{}) {
		return m.choosePerson()
	}
	m.goTo(m.list)
	return nil
}

// choosePerson opens the choice of a person, or the first screen while nobody is logged in.
func (m *Model) choosePerson() tea.Cmd {
	if m.opts.Service == nil {
		m.goTo(m.firstRun)
		return nil
	}
	m.goTo(m.people)
	return m.people.Show(m.env())
}

// openPerson shows the authorizations of a person.
func (m *Model) openPerson(p view.OpenPerson) tea.Cmd {
	if m.opts.Service == nil { // the login was forgotten
		return m.choosePerson()
	}
	m.goTo(m.list)
	return m.list.Open(m.env(), p)
}

// env is what the screen that is open is given.
func (m *Model) env() view.Env { return m.envOf(m.open) }

// envOf is what a screen is given.
func (m *Model) envOf(s view.Screen) view.Env {
	e := view.Env{
		Screen: &m.Screen, Now: m.now, Location: m.opts.Location, Keys: m.keys, Fixed: m.fixed,
		EnvToken: m.opts.EnvToken, Running: m.revokes(), Covered: m.dialogs.IsOpen(),
		Typing: m.seemsTyping(), Said: m.flash, Session: m.session, SessionErr: m.sessionErr,
		NoRevoke: m.noRevoke(), Person: m.list.Who(), RecordNote: m.opts.RecordNote, PausedUntil: m.pausedUntil,
	}
	e.Open = s == m.open && !e.Covered
	if i := slices.IndexFunc(m.tabs, func(t tab) bool { return t.view == m.open }); i >= 0 {
		e.At = m.tabs[i].key
	}
	if m.revoke == nil {
		e.NoReport = "nothing revoked yet"
	}
	return e
}

// noRevoke says why nothing can be revoked.
func (m *Model) noRevoke() view.Reason {
	login := m.keys.Shown(action.Login)
	switch s := m.opts.Service; {
	case s == nil:
		return view.Reason{Short: "no login", Long: "There is no login: " + login + " logs in."}
	case s.ReadOnly():
		return view.Reason{Short: "read-only", Long: "Revoking is off: read-only, by --read-only or the configuration."}
	case s.LacksScope() != "":
		return view.Reason{Short: "needs " + s.LacksScope(), Long: "Revoking needs " + s.LacksScope() + ": tick it on the integration, then log in again (" + login + ")."}
	}
	return view.Reason{}
}

// revokes counts those that are under way.
func (m *Model) revokes() int { return m.list.Revokes() + m.inventory.Revokes() }

// updateScreen gives a message to a screen.
func (m *Model) updateScreen(s view.Screen, msg tea.Msg) tea.Cmd { return s.Update(m.envOf(s), msg) }

// updateScreens gives all of them what one of them waits for.
func (m *Model) updateScreens(msg tea.Msg) tea.Cmd {
	m.now = m.opts.Now()
	var cmds []tea.Cmd
	for _, s := range m.screens() {
		cmds = append(cmds, m.updateScreen(s, msg))
	}
	return tea.Batch(cmds...)
}

// drawScreen draws the screen that is open, below the header.
func (m *Model) drawScreen() ([]string, *tea.Cursor) {
	d := m.open.Draw(m.env())
	if d.Alone {
		out := m.Filled(d.Body, m.Height-min(len(d.Keys), 1))
		if len(d.Keys) > 0 {
			out = append(out, m.keyLine(d.Keys...))
		}
		return out, d.Cursor
	}
	out := append([]string{m.headerLine(m.title())}, d.Body...)
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

// title is what the screen that is open is called.
func (m *Model) title() string {
	for _, t := range m.tabs {
		if t.view == m.open {
			return t.name
		}
	}
	switch m.open {
	case m.firstRun:
		return "Start"
	case m.login:
		return "Log in"
	}
	return m.tabs[0].name // that whose person is chosen
}
