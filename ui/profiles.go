package ui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/facts"
	"github.com/wxauth/wxauth/webex"
)

func profileRowKey(name string) string { return "profile " + name }

// profilesMsg are the logins of the other profiles.
type profilesMsg struct {
	gen    int
	logins []app.Login
}

// readProfiles reads what is stored of the other profiles.
func (m *Model) readProfiles() tea.Cmd {
	if m.opts.Profiles == nil {
		return nil
	}
	read, ctx, gen := m.opts.Profiles, m.ctx, m.tokens.gen
	return func() tea.Msg {
		logins, err := read(ctx)
		if err != nil {
			return nil // the login's row tells what is wrong with the store
		}
		return profilesMsg{gen, logins}
	}
}

func (m *Model) tookProfiles(msg profilesMsg) {
	if msg.gen != m.tokens.gen {
		return
	}
	m.tokens.profiles = msg.logins
	m.arrangeTokens()
}

// currentProfile is the other profile under the cursor; ok is false on all other rows.
func (m *Model) currentProfile() (l app.Login, ok bool) {
	r, ok := m.tokens.table.Current()
	if !ok || r.profile < 0 || r.profile >= len(m.tokens.profiles) {
		return l, false
	}
	return m.tokens.profiles[r.profile], true
}

// askToUse guards the key that goes over to another profile: its name is what later
// commands act on, too.
func (m *Model) askToUse() tea.Cmd {
	l, ok := m.currentProfile()
	switch {
	case !ok && len(m.tokens.profiles) == 0:
		m.say(draw.Dim, "There is no other profile: [profiles.NAME] in the configuration sets one up.")
		return nil
	case !ok:
		m.say(draw.Dim, "Go to the row of another profile: "+m.keys.Shown(action.UseProfile)+" uses that.")
		return nil
	case m.running > 0:
		m.say(draw.Warn, "A revoke is running: wait until it has ended.")
		return nil
	case m.tokens.busy != "":
		m.say(draw.Dim, "One thing at a time: "+m.tokens.busy)
		return nil
	}
	name := app.Clean(webex.Untrusted(l.Profile))
	whose := "Nobody is logged in there: " + m.keys.Shown(action.Login) + " logs in."
	if held(l) {
		whose = "Its login is that of " + app.OrDash(app.Clean(l.Tokens.Owner.Email)) + facts.Joined(app.Clean(l.Tokens.Owner.OrgName)) + "."
	}
	m.openDialog(dialog.NewAsk("Use the profile "+name+"?", "Use it", func() tea.Cmd {
		m.next, m.nextProfile = NextProfile, l.Profile
		return m.quit()
	}, whose, "The dashboard goes over to it, and commands that name no profile use it from now on."))
	return nil
}

// held reports whether a profile holds a login.
func held(l app.Login) bool { return !l.Tokens.Access.IsZero() || !l.Tokens.Refresh.IsZero() }

// profileCells are the name and the state in the row of another profile.
func (m *Model) profileCells(l app.Login) (name string, state draw.Segment) {
	name = app.Clean(webex.Untrusted(l.Profile))
	if !held(l) {
		return name, draw.Dim.Text("no login")
	}
	if org := app.Clean(l.Tokens.Owner.OrgName); org != "" {
		name += "  " + org
	}
	words := m.loginState(l)
	return name, words.tone.Text(words.short)
}

// profileDetail is everything about another profile.
func (m *Model) profileDetail(f *draw.Fields, l app.Login) {
	f.Line(draw.Strong.Text(app.Clean(webex.Untrusted(l.Profile))), draw.Dim.Text("   another profile, not in use"))
	f.Blank()
	f.Text("", draw.Plain, m.keys.Shown(action.UseProfile)+" goes over to it.")
	f.Blank()
	if !held(l) {
		f.Text("", draw.Dim, "Nobody is logged in there.")
	} else {
		m.endBar(f, l, "until it needs a new login", "log in again")
		if state := m.loginState(l); state.long != "" {
			f.Text("", state.tone, "Once it is in use: "+state.long)
		}
		f.Blank()
		facts.Times(m.env(), f, l)
		f.Blank()
		m.ownerFacts(f, l.Tokens.Owner)
	}
	if l.Client != "" {
		m.clientFact(f, l)
	}
	f.Blank()
	f.Text("Script", draw.Dim, "wxauth --profile "+app.Clean(webex.Untrusted(l.Profile)))
}
