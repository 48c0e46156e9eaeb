package tokens

import (
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// onTokens returns a key's action for the row under the cursor: the login or an organization.
func (v *View) onTokens(env view.Env, login func() tea.Cmd, organization func(app.Org) tea.Cmd) func() tea.Cmd {
	return func() tea.Cmd {
		org, isOrg := v.CurrentOrg()
		other, isProfile := v.currentProfile()
		switch {
		case len(v.Rows) == 0:
			v.Say(draw.Warn, "No rows. "+env.Fixed.Shown(action.Back)+": clear the filter")
		case isProfile:
			v.Say(draw.Dim, "The profile "+app.Clean(webex.Untrusted(other.Profile))+" is not in use. Press "+env.Keys.Shown(action.UseProfile)+" to use it.")
		case !isOrg && !v.have:
			v.Say(draw.Warn, "Not logged in. Press "+env.Keys.Shown(action.Login)+" to log in.")
		case env.Running > 0:
			v.Say(draw.Warn, "A revoke is running. Wait until it finishes.")
		case v.busy != "":
			v.Say(draw.Dim, "Wait: "+v.busy)
		case isOrg:
			return organization(org)
		default:
			return login()
		}
		return nil
	}
}

func (v *View) refreshLogin() tea.Cmd {
	a, ctx, was := v.account, v.ctx, v.held
	v.busy = "getting a fresh token…"
	return func() tea.Msg {
		before, after, err := a.Refresh(ctx, was)
		return refreshedMsg{before, after, err}
	}
}

func (v *View) testLogin() tea.Cmd {
	a, ctx, was := v.account, v.ctx, v.held
	v.busy = "testing with Webex…"
	return func() tea.Msg {
		r, err := a.Test(ctx, was)
		return testedMsg{r, err}
	}
}

func (v *View) copyToken(env view.Env) tea.Cmd {
	v.open(v.askToCopy(env, v.ownerName(), "wxauth token or wxauth exec", v.held))
	return nil
}

func (v *View) refreshOrg(env view.Env, org app.Org) tea.Cmd {
	if org.RunsDown(env.Now) && org.State(env.Now) == app.OrgEndsSoon {
		return v.fetchOrg(org.ID) // refreshing again would gain nothing
	}
	o, ctx := v.serviceApp(), v.ctx
	v.busy = "getting fresh tokens of " + draw.Cut(v.orgName(org, org.ID), 30) + "…"
	return func() tea.Msg {
		before, after, err := o.Refresh(ctx, org.ID)
		return orgMsg{act: orgRefreshed, id: org.ID, before: before, org: after, err: err}
	}
}

func (v *View) testOrg(org app.Org) tea.Cmd {
	o, ctx := v.serviceApp(), v.ctx
	v.busy = "testing the tokens of " + draw.Cut(v.orgName(org, org.ID), 30) + "…"
	return func() tea.Msg {
		r, err := o.Test(ctx, org.ID)
		return orgTestedMsg{org.ID, r, err}
	}
}

func (v *View) forgetOrg(env view.Env, org app.Org) tea.Cmd {
	v.open(v.askToForgetOrg(env, v.orgName(org, org.ID), org, false))
	return nil
}

func (v *View) copyOrgToken(env view.Env, org app.Org) tea.Cmd {
	if !org.Tokens.Usable(env.Now) {
		v.Say(draw.Warn, "This access token has expired. Press "+env.Keys.Shown(action.Fresh)+" to get a new one.")
		return nil
	}
	v.open(v.askToCopy(env, "the Service App in "+v.orgName(org, org.ID), orgScript(org), org.Login))
	return nil
}

// Actions returns the key bindings of this view.
func (v *View) Actions(env view.Env) []action.Action {
	noLogin := ""
	if v.account == nil {
		noLogin = "logins not available"
	}
	with := func(f func(view.Env) tea.Cmd) func() tea.Cmd { return func() tea.Cmd { return f(env) } }
	withOrg := func(f func(view.Env, app.Org) tea.Cmd) func(app.Org) tea.Cmd {
		return func(o app.Org) tea.Cmd { return f(env, o) }
	}
	const group = "TOKENS"
	out := []action.Action{
		{Key: action.Login, Group: group, Why: noLogin, Run: action.Do(func() { v.Send(view.LogIn{}) })},
		{Key: action.Fresh, Group: group, Run: v.onTokens(env, v.refreshLogin, withOrg(v.refreshOrg))},
		{Key: action.Test, Group: group, Run: v.onTokens(env, v.testLogin, v.testOrg)},
		{Key: action.CopyToken, Group: group, Run: v.onTokens(env, with(v.copyToken), withOrg(v.copyOrgToken))},
		{Key: action.AddOrg, Group: group, Run: v.openAddOrg},
		{Key: action.Forget, Group: group, Run: v.onTokens(env, action.Do(func() { v.open(v.askToForget(env)) }), withOrg(v.forgetOrg))},
		{Key: action.UseProfile, Group: group, Run: with(v.askToUse)},
		{Key: action.Details, Run: action.Do(func() {
			if len(v.Rows) > 0 {
				v.detail, v.scroll = !v.detail, 0
			}
		})},
		{Key: action.Filter, Run: func() tea.Cmd {
			if len(v.Rows)+len(v.orgs)+len(v.profiles) <= 1 {
				return nil
			}
			v.detail = false
			return v.filter.Open()
		}},
		{Key: action.Reload, Run: v.readHeld},
		{Key: action.Back, Run: action.Do(func() {
			switch {
			case v.detail:
				v.detail = false
			case v.filter.Text() != "":
				v.filter.Clear()
				v.arrange(env)
			default:
				v.Send(view.Leave{})
			}
		})},
		{Key: action.Quit, Run: action.Do(func() {
			if v.detail {
				v.detail = false
				return
			}
			v.Send(view.Quit{})
		})},
	}
	return append(out, action.Moves(v.Height, func(by int) {
		if v.detail {
			v.Wheel(env, by)
			return
		}
		v.move(by)
	})...)
}

// Click moves the cursor to a row.
func (v *View) Click(env view.Env, x, y int) tea.Cmd {
	if s := v.shape(env); !v.detail && x < s.Width && v.Point(y-above-1) {
		v.skipHeading(1)
	}
	return nil
}

// Wheel scrolls the table, or the details.
func (v *View) Wheel(env view.Env, by int) {
	if v.detail {
		v.scroll = draw.Scrolled(v.scroll+by, len(v.detailLines(env, env.Width-2)), v.shape(env).Body)
		return
	}
	v.Table.Wheel(by)
	v.skipHeading(by)
}

// move moves the cursor, and skips the heading between the login and the organizations.
func (v *View) move(by int) {
	v.Move(by)
	v.skipHeading(by)
}

func (v *View) open(d dialog.Dialog) { v.Send(dialog.Open{Dialog: d}) }

// Notes explains the words of the STATE column, for the help.
func (v *View) Notes(env view.Env) []dialog.Note {
	fresh := env.Keys.Shown(action.Fresh)
	return []dialog.Note{{Title: "STATE", Lines: []string{
		"renews       the access token has expired; the next use gets a new one",
		"ends soon    the refresh token expires soon: " + fresh + ", or log in again",
		"not renewed  works until the access token expires",
		"fetch again  no token works any more: " + fresh + " fetches new ones",
		"not allowed  the org has not authorized the app",
	}}}
}
