package ui

import (
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/activity"
	"github.com/wxauth/wxauth/ui/audit"
	"github.com/wxauth/wxauth/ui/authorizations"
	"github.com/wxauth/wxauth/ui/inventory"
	"github.com/wxauth/wxauth/ui/login"
	"github.com/wxauth/wxauth/ui/people"
	"github.com/wxauth/wxauth/ui/tokens"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// tab is a view that has a key of its own.
type tab struct {
	key     *action.Key
	name    string
	view    view.View
	missing string // why the view is missing; empty if it is present
}

// screens holds all screens and knows which one is open.
type screens struct {
	tabs      []tab // in the order of their keys
	list      *authorizations.View
	tokens    *tokens.View
	inventory *inventory.View
	activity  *activity.View
	people    *people.View
	firstRun  *people.FirstRun
	login     *login.View
	open      view.Screen
}

// newScreens creates all screens. To add a view, add it here; if it holds data of a login, also
// to reset (session.go) and Service (model.go).
func newScreens(ctx context.Context, o Options) screens {
	commands := app.Commands{Shell: o.Shell, Profile: o.Profile, Org: o.Org}
	needsKey := func(err error) bool { return err != nil && o.Account != nil && o.Account.NeedsKey(err) }
	s := screens{
		list:      authorizations.New(ctx, authorizations.Options{Service: o.Service, Commands: commands, Inventory: o.Inventory != nil, Hub: o.ControlHub, NeedsKey: needsKey}),
		tokens:    tokens.New(ctx, o.Account, o.Profiles),
		inventory: inventory.New(ctx, inventory.Options{Inventory: o.Inventory, Service: o.Service, Commands: commands, Hub: o.ControlHub, Org: o.Org, NeedsKey: needsKey, Now: o.Now}),
		activity:  activity.New(ctx, o.Audit, o.Service, o.Now),
		people:    people.New(ctx, o.Service, o.Inventory),
		firstRun:  people.NewFirstRun(o.Account != nil, o.ConfigPath),
		login:     login.New(ctx, login.Options{Account: o.Account, OpenBrowser: o.OpenBrowser, NoBrowser: o.NoBrowser, Service: func() any { return o.Account.Service() }}),
	}
	s.tabs = []tab{
		{action.Authorizations, "Authorizations", s.list, ""},
		{action.Tokens, "Tokens", s.tokens, without(o.Account == nil, "logins not available")},
		{action.Inventory, "Inventory", s.inventory, without(o.Inventory == nil, "inventory not available")},
		{action.Audit, "Audit", audit.New(ctx, o.Audit), without(o.Audit == nil, "audit log not available")},
		{action.Activity, "Activity", s.activity, without(o.Audit == nil, "audit log not available")},
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

// all returns the screens without a tab, then the views.
func (s *screens) all() []view.Screen {
	out := []view.Screen{s.firstRun, s.people, s.login}
	for _, t := range s.tabs {
		out = append(out, t.view)
	}
	return out
}

// view returns the open view, or nil if the open screen has no tab.
func (s *screens) view() view.View {
	if v, ok := s.open.(view.View); ok {
		return v
	}
	return nil
}

// present returns the tabs of the available views. A missing view leaves a gap in the keys, so
// that each key always opens the same view.
func (s *screens) present() []tab {
	return slices.DeleteFunc(slices.Clone(s.tabs), func(t tab) bool { return t.missing != "" })
}

// opensAView reports whether a key opens a view.
func (s *screens) opensAView(k *action.Key) bool {
	return k == action.NextView || slices.ContainsFunc(s.present(), func(t tab) bool { return t.key == k })
}

// goTo opens a screen, after closing what belongs to the current one.
func (s *screens) goTo(to view.Screen) {
	if h, ok := s.open.(interface{ Hide() }); ok && s.open != to {
		h.Hide()
	}
	s.open = to
}

// title returns the title of the open screen.
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
	return s.tabs[0].name // the view that the person is chosen for
}

// revokes returns the number of running revokes.
func (s *screens) revokes() int { return s.list.Revokes() + s.inventory.Revokes() }

// showView opens the view that belongs to a key, or the next view.
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

// showList opens the authorizations, or the picker if no person is chosen.
func (m *Model) showList() tea.Cmd {
	if m.opts.Service == nil || m.list.Who() == (webex.Person{}) {
		return m.choosePerson()
	}
	m.goTo(m.list)
	return nil
}

// choosePerson opens the picker, or the first-run screen while nobody is logged in.
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
	if m.opts.Service == nil { // the login was removed
		return m.choosePerson()
	}
	m.goTo(m.list)
	return m.list.Open(m.env(), p)
}

// env returns the Env of the open screen.
func (m *Model) env() view.Env { return m.envOf(m.open) }

// envOf returns the Env of a screen.
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
		e.NoReport = "not available: nothing revoked yet"
	}
	return e
}

// noRevoke returns the reason why revokes are not possible.
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

// updateScreen passes a message to a screen.
func (m *Model) updateScreen(s view.Screen, msg tea.Msg) tea.Cmd { return s.Update(m.envOf(s), msg) }

// updateScreens passes a message to all screens.
func (m *Model) updateScreens(msg tea.Msg) tea.Cmd {
	m.now = m.opts.Now()
	var cmds []tea.Cmd
	for _, s := range m.all() {
		cmds = append(cmds, m.updateScreen(s, msg))
	}
	return tea.Batch(cmds...)
}
