package ui

import (
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/audit"
	"github.com/wxauth/wxauth/ui/authorizations"
	"github.com/wxauth/wxauth/ui/inventory"
	"github.com/wxauth/wxauth/ui/login"
	"github.com/wxauth/wxauth/ui/people"
	"github.com/wxauth/wxauth/ui/tokens"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// tab is a view that can be gone to.
type tab struct {
	key     *action.Key
	name    string
	view    view.View
	missing string // why it is not there; empty where it is
}

// screens are all that can be open, and which of them is.
type screens struct {
	tabs      []tab // in the order of their keys
	list      *authorizations.View
	tokens    *tokens.View
	inventory *inventory.View
	people    *people.View
	firstRun  *people.FirstRun
	login     *login.View
	open      view.Screen
}

// newScreens makes all screens. A view needs a line here, and nothing else in this package.
func newScreens(ctx context.Context, o Options) screens {
	commands := app.Commands{Shell: o.Shell, Profile: o.Profile, Org: o.Org}
	needsKey := func(err error) bool { return err != nil && o.Account != nil && o.Account.NeedsKey(err) }
	s := screens{
		list:      authorizations.New(ctx, authorizations.Options{Service: o.Service, Commands: commands, Inventory: o.Inventory != nil, NeedsKey: needsKey}),
		tokens:    tokens.New(ctx, o.Account, o.Profiles),
		inventory: inventory.New(ctx, inventory.Options{Inventory: o.Inventory, Service: o.Service, Commands: commands, Org: o.Org, NeedsKey: needsKey, Now: o.Now}),
		people:    people.New(ctx, o.Service, o.Inventory),
		firstRun:  people.NewFirstRun(o.Account != nil, o.ConfigPath),
		login:     login.New(ctx, login.Options{Account: o.Account, OpenBrowser: o.OpenBrowser, NoBrowser: o.NoBrowser, Service: func() any { return o.Account.Service() }}),
	}
	s.tabs = []tab{
		{action.Authorizations, "Authorizations", s.list, ""},
		{action.Tokens, "Tokens", s.tokens, without(o.Account == nil, "logins not available")},
		{action.Inventory, "Inventory", s.inventory, without(o.Inventory == nil, "inventory not available")},
		{action.Audit, "Audit", audit.New(ctx, o.Audit), without(o.Audit == nil, "audit log not available")},
	}
	switch {
	case o.Service == nil:
		s.open = s.firstRun
	case o.Person != nil:
		s.open = s.list
	default:
		s.open = s.people
	}
	return s
}

func without(missing bool, why string) string {
	if !missing {
		return ""
	}
	return why
}

// all are those with a tab, and the others.
func (s *screens) all() []view.Screen {
	out := []view.Screen{s.firstRun, s.people, s.login}
	for _, t := range s.tabs {
		out = append(out, t.view)
	}
	return out
}

// view is the view that is open; nil on a screen without a tab.
func (s *screens) view() view.View {
	if v, ok := s.open.(view.View); ok {
		return v
	}
	return nil
}

// present are the tabs of the views that there are here. A view that is missing leaves a gap
// among the keys, so that a key means the same everywhere.
func (s *screens) present() []tab {
	return slices.DeleteFunc(slices.Clone(s.tabs), func(t tab) bool { return t.missing != "" })
}

// opensAView reports whether a key does.
func (s *screens) opensAView(k *action.Key) bool {
	return k == action.NextView || slices.ContainsFunc(s.present(), func(t tab) bool { return t.key == k })
}

// goTo opens a screen, after what ends with the one that is left.
func (s *screens) goTo(to view.Screen) {
	if h, ok := s.open.(interface{ Hide() }); ok && s.open != to {
		h.Hide()
	}
	s.open = to
}

// title is what the screen that is open is called.
func (s *screens) title() string {
	for _, t := range s.tabs {
		if t.view == s.open {
			return t.name
		}
	}
	switch s.open {
	case s.firstRun:
		return "Start"
	case s.login:
		return "Log in"
	}
	return s.tabs[0].name // that whose person is chosen
}

// revokes counts those that are under way.
func (s *screens) revokes() int { return s.list.Revokes() + s.inventory.Revokes() }

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
		Typing: !m.strayAt.IsZero() && m.now.Sub(m.strayAt) < view.TypingFor, Said: m.flash, Session: m.session, SessionErr: m.sessionErr,
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
		return view.Reason{Short: "no login", Long: "Not logged in. Press " + login + " to log in."}
	case s.ReadOnly():
		return view.Reason{Short: "read-only", Long: "Revoking is off: read-only (--read-only or configuration)."}
	case s.LacksScope() != "":
		return view.Reason{Short: "needs " + s.LacksScope(), Long: "Revoking requires " + s.LacksScope() + ": tick it on the integration, then log in again (" + login + ")."}
	}
	return view.Reason{}
}

// updateScreen gives a message to a screen.
func (m *Model) updateScreen(s view.Screen, msg tea.Msg) tea.Cmd { return s.Update(m.envOf(s), msg) }

// updateScreens gives all of them what one of them waits for.
func (m *Model) updateScreens(msg tea.Msg) tea.Cmd {
	m.now = m.opts.Now()
	var cmds []tea.Cmd
	for _, s := range m.all() {
		cmds = append(cmds, m.updateScreen(s, msg))
	}
	return tea.Batch(cmds...)
}
