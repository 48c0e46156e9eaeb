package tokens

import (
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/facts"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

func profileRowKey(name string) string { return "profile " + name }

// profilesMsg contains the logins of the other profiles.
type profilesMsg struct {
	gen    int
	logins []app.Login
}

// readProfiles loads the stored logins of the other profiles.
func (v *View) readProfiles() tea.Cmd {
	if v.profilesOf == nil {
		return nil
	}
	read, ctx, gen := v.profilesOf, v.ctx, v.gen
	return func() tea.Msg {
		logins, err := read(ctx)
		if err != nil {
			return nil // the login's row shows errors of the store
		}
		return profilesMsg{gen, logins}
	}
}

func (v *View) handleProfiles(env view.Env, msg profilesMsg) {
	if msg.gen != v.gen {
		return
	}
	v.profiles = msg.logins
	v.arrange(env)
}

// currentProfile returns the other profile under the cursor; ok is false on all other rows.
func (v *View) currentProfile() (l app.Login, ok bool) { return v.profileOf(v.Current()) }

func (v *View) profileOf(r row, ok bool) (app.Login, bool) {
	if !ok || r.profile < 0 || r.profile >= len(v.profiles) {
		return app.Login{}, false
	}
	return v.profiles[r.profile], true
}

// askToUse asks for confirmation before switching to another profile, because later commands use
// that profile too.
func (v *View) askToUse(env view.Env) tea.Cmd {
	l, ok := v.currentProfile()
	switch {
	case !ok && len(v.profiles) == 0:
		v.Say(draw.Dim, "There is no other profile. Add one with [profiles.NAME] in the configuration.")
		return nil
	case !ok:
		v.Say(draw.Dim, "Go to the row of another profile and press "+env.Keys.Shown(action.UseProfile)+".")
		return nil
	case env.Running > 0:
		v.Say(draw.Warn, "A revoke is running. Wait until it finishes.")
		return nil
	case v.busy != "":
		v.Say(draw.Dim, "Wait: "+v.busy)
		return nil
	}
	name := app.Clean(webex.Untrusted(l.Profile))
	whose := "It has no login: press " + env.Keys.Shown(action.Login) + " to log in."
	if held(l) {
		whose = "Its login belongs to " + app.OrDash(app.Clean(l.Tokens.Owner.Email)) + facts.Joined(app.Clean(l.Tokens.Owner.OrgName)) + "."
	}
	v.open(dialog.NewAsk("Use the profile "+name+"?", "Use it", func() tea.Cmd {
		v.Send(view.UseProfile{Name: l.Profile})
		return nil
	}, whose, "The dashboard switches to it, and commands without --profile use it from now on."))
	return nil
}

// held reports whether a profile has a stored login.
func held(l app.Login) bool { return !l.Tokens.Access.IsZero() || !l.Tokens.Refresh.IsZero() }

// profileCells returns the name and the state for the row of another profile.
func (v *View) profileCells(env view.Env, l app.Login) (name string, state draw.Segment) {
	name = app.Clean(webex.Untrusted(l.Profile))
	if !held(l) {
		return name, draw.Dim.Text("no login")
	}
	if org := app.Clean(l.Tokens.Owner.OrgName); org != "" {
		name += "  " + org
	}
	words := v.loginState(env, l)
	return name, words.tone.Text(words.short)
}

// profileDetail draws the details of another profile.
func (v *View) profileDetail(env view.Env, f *draw.Fields, l app.Login) {
	f.Line(draw.Strong.Text(app.Clean(webex.Untrusted(l.Profile))), draw.Dim.Text("   another profile, not in use"))
	f.Blank()
	f.Text("", draw.Plain, "Press "+env.Keys.Shown(action.UseProfile)+" to use it.")
	f.Blank()
	if !held(l) {
		f.Text("", draw.Dim, "It has no login.")
	} else {
		v.endBar(env, f, l, "until it needs a new login", "log in again")
		if state := v.loginState(env, l); state.long != "" {
			f.Text("", state.tone, "Once in use: "+state.long)
		}
		f.Blank()
		facts.Times(env, f, l)
		f.Blank()
		v.ownerFacts(f, l.Tokens.Owner)
	}
	if l.Client != "" {
		v.clientFact(f, l)
	}
	f.Blank()
	f.Text("Script", draw.Dim, "wxauth --profile "+app.Clean(webex.Untrusted(l.Profile)))
}
