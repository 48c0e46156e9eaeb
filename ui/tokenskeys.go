package ui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/webex"
)

// pressedOnTokens takes the keys of the Tokens view: those of an open input first.
func (m *Model) pressedOnTokens(msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case m.tokens.adding.asks != askNothing:
		return m.pressedInAddOrg(msg)
	case m.tokens.filtering:
		return m.pressedInTokensFilter(msg)
	}
	cmd, _ := m.act(msg)
	return cmd
}

func (m *Model) pressedInTokensFilter(msg tea.KeyPressMsg) tea.Cmd {
	t := &m.tokens
	switch k := m.fixed; {
	case k.Matches(msg, action.Press, action.Back):
		t.filtering = false
		t.filter.Blur()
		if k.Matches(msg, action.Back) {
			t.filter.SetValue("")
		}
		m.arrangeTokens()
		return nil
	case k.Matches(msg, action.RowAbove):
		t.table.Move(-1)
		m.skipHeading(-1)
		return nil
	case k.Matches(msg, action.RowBelow):
		t.table.Move(1)
		m.skipHeading(1)
		return nil
	}
	var cmd tea.Cmd
	t.filter, cmd = t.filter.Update(msg)
	m.arrangeTokens()
	return cmd
}

// onTokens is what a key does with the tokens under the cursor: those of the login or of an
// organization.
func (m *Model) onTokens(login func() tea.Cmd, organization func(app.Org) tea.Cmd) func() tea.Cmd {
	return func() tea.Cmd {
		t := &m.tokens
		org, isOrg := m.currentOrg()
		other, isProfile := m.currentProfile()
		switch {
		case len(t.table.Rows) == 0:
			m.say(draw.Warn, "Nothing is under the cursor: esc clears the filter.")
		case isProfile:
			m.say(draw.Dim, "This is the profile "+app.Clean(webex.Untrusted(other.Profile))+", which is not in use: "+m.keys.Shown(action.UseProfile)+" goes over to it.")
		case !isOrg && !t.have:
			m.say(draw.Warn, "There is no login here: "+m.keys.Shown(action.Login)+" logs in.")
		case m.running > 0:
			m.say(draw.Warn, "A revoke is running: wait until it has ended.")
		case t.busy != "":
			m.say(draw.Dim, "One thing at a time: "+t.busy)
		case isOrg:
			return organization(org)
		default:
			return login()
		}
		return nil
	}
}

func (m *Model) refreshLogin() tea.Cmd {
	a, ctx := m.opts.Account, m.ctx
	m.tokens.busy = "getting a fresh token…"
	return func() tea.Msg {
		before, after, err := a.Refresh(ctx)
		return refreshedMsg{before, after, err}
	}
}

func (m *Model) testLogin() tea.Cmd {
	a, ctx := m.opts.Account, m.ctx
	m.tokens.busy = "asking Webex…"
	return func() tea.Msg {
		r, err := a.Test(ctx)
		return testedMsg{r, err}
	}
}

func (m *Model) copyToken() tea.Cmd {
	m.openDialog(m.askToCopy(m.ownerName(), "wxauth token or wxauth exec", m.tokens.held))
	return nil
}

func (m *Model) refreshOrg(org app.Org) tea.Cmd {
	if org.RunsDown(m.now) && org.State(m.now) == app.OrgEndsSoon {
		return m.fetchOrg(org.ID) // another refresh would gain nothing
	}
	o, ctx := m.orgs(), m.ctx
	m.tokens.busy = "getting fresh tokens of " + draw.Cut(m.orgName(org, org.ID), 30) + "…"
	return func() tea.Msg {
		before, after, err := o.Refresh(ctx, org.ID)
		return orgMsg{act: orgRefreshed, id: org.ID, before: before, org: after, err: err}
	}
}

func (m *Model) testOrg(org app.Org) tea.Cmd {
	o, ctx := m.orgs(), m.ctx
	m.tokens.busy = "asking Webex about " + draw.Cut(m.orgName(org, org.ID), 30) + "…"
	return func() tea.Msg {
		r, err := o.Test(ctx, org.ID)
		return orgTestedMsg{org.ID, r, err}
	}
}

func (m *Model) forgetOrg(org app.Org) tea.Cmd {
	m.openDialog(m.askToForgetOrg(m.orgName(org, org.ID), org, false))
	return nil
}

func (m *Model) copyOrgToken(org app.Org) tea.Cmd {
	if !org.Tokens.Usable(m.now) {
		m.say(draw.Warn, "This access token has ended: "+m.keys.Shown(action.Fresh)+" gets a fresh one.")
		return nil
	}
	m.openDialog(m.askToCopy("the Service App in "+m.orgName(org, org.ID), orgScript(org), org.Login))
	return nil
}
