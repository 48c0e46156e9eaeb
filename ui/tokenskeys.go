package ui

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/webex"
)

// pressedOnTokensScreen takes the keys of the Tokens view: those of an open input
// first, then those that change the view.
func (m *Model) pressedOnTokensScreen(msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case m.tokens.adding.asks != askNothing:
		return m.pressedInAddOrg(msg)
	case m.tokens.filtering:
		return m.pressedInTokensFilter(msg)
	case m.changesView(msg):
		return m.changeView(msg)
	case key.Matches(msg, m.keys.Palette):
		m.openDialog(newPalette(m))
		return nil
	}
	return m.pressedOnTokens(msg)
}

func (m *Model) pressedOnTokens(msg tea.KeyPressMsg) tea.Cmd {
	k, t := m.keys, &m.tokens
	if by, ok := k.moves(msg, t.table.height); ok {
		if t.detail {
			t.scroll = max(t.scroll+by, 0)
		} else {
			t.table.move(by)
			m.skipHeading(by)
		}
		return nil
	}
	switch {
	case key.Matches(msg, k.Details) && len(t.table.rows) > 0:
		t.detail, t.scroll = !t.detail, 0
	case key.Matches(msg, k.Filter) && len(t.table.rows)+len(t.orgs)+len(t.profiles) > 1:
		t.filtering, t.detail = true, false
		return t.filter.Focus()
	case key.Matches(msg, k.Help):
		m.openDialog(newHelp(m))
	case key.Matches(msg, k.Back) && t.detail, key.Matches(msg, k.Quit) && t.detail:
		t.detail = false
	case key.Matches(msg, k.Back) && t.filter.Value() != "":
		t.filter.SetValue("")
		m.arrangeTokens()
	case key.Matches(msg, k.Back):
		return m.showAuthorizations()
	case key.Matches(msg, k.Quit):
		return m.quit()
	case key.Matches(msg, k.Reload):
		return m.readHeld()
	case key.Matches(msg, k.Login):
		return m.openLogin()
	case key.Matches(msg, k.AddOrg):
		return m.openAddOrg()
	case key.Matches(msg, k.UseProfile):
		return m.askToUse()
	case key.Matches(msg, k.Fresh), key.Matches(msg, k.Test), key.Matches(msg, k.CopyToken), key.Matches(msg, k.Forget):
		return m.pressedOnTokenRow(msg)
	}
	return nil
}

func (m *Model) pressedInTokensFilter(msg tea.KeyPressMsg) tea.Cmd {
	t := &m.tokens
	switch msg.String() {
	case "enter", "esc":
		t.filtering = false
		t.filter.Blur()
		if msg.String() == "esc" {
			t.filter.SetValue("")
		}
		m.arrangeTokens()
		return nil
	case "up", "down":
		by := map[string]int{"up": -1, "down": 1}[msg.String()]
		t.table.move(by)
		m.skipHeading(by)
		return nil
	}
	var cmd tea.Cmd
	t.filter, cmd = t.filter.Update(msg)
	m.arrangeTokens()
	return cmd
}

// pressedOnTokenRow holds the keys that need tokens under the cursor.
func (m *Model) pressedOnTokenRow(msg tea.KeyPressMsg) tea.Cmd {
	k, t := m.keys, &m.tokens
	org, isOrg := m.currentOrg()
	other, isProfile := m.currentProfile()
	switch {
	case len(t.table.rows) == 0:
		m.say(draw.Warn, "Nothing is under the cursor: esc clears the filter.")
		return nil
	case isProfile:
		m.say(draw.Dim, "This is the profile "+clean(webex.Untrusted(other.Profile))+", which is not in use: "+shown(m.keys.UseProfile)+" goes over to it.")
		return nil
	case !isOrg && !t.have:
		m.say(draw.Warn, "There is no login here: "+shown(m.keys.Login)+" logs in.")
		return nil
	case m.running > 0:
		m.say(draw.Warn, "A revoke is running: wait until it has ended.")
		return nil
	case t.busy != "":
		m.say(draw.Dim, "One thing at a time: "+t.busy)
		return nil
	case isOrg:
		return m.pressedOnOrg(msg, org)
	}
	a, ctx := m.opts.Account, m.ctx
	switch {
	case key.Matches(msg, k.Fresh):
		t.busy = "getting a fresh token…"
		return func() tea.Msg {
			before, after, err := a.Refresh(ctx)
			return refreshedMsg{before, after, err}
		}
	case key.Matches(msg, k.Test):
		t.busy = "asking Webex…"
		return func() tea.Msg {
			r, err := a.Test(ctx)
			return testedMsg{r, err}
		}
	case key.Matches(msg, k.Forget):
		m.openDialog(m.askToForget())
	default:
		m.openDialog(m.askToCopy(m.ownerName(), "wxauth token or wxauth exec", t.held))
	}
	return nil
}

func (m *Model) pressedOnOrg(msg tea.KeyPressMsg, org app.Org) tea.Cmd {
	k, t, o, ctx := m.keys, &m.tokens, m.orgs(), m.ctx
	name := m.orgName(org, org.ID)
	switch {
	case key.Matches(msg, k.Fresh) && org.RunsDown(m.now) && org.State(m.now) == app.OrgEndsSoon:
		return m.fetchOrg(org.ID) // another refresh would gain nothing
	case key.Matches(msg, k.Fresh):
		t.busy = "getting fresh tokens of " + draw.Cut(name, 30) + "…"
		return func() tea.Msg {
			before, after, err := o.Refresh(ctx, org.ID)
			return orgMsg{act: orgRefreshed, id: org.ID, before: before, org: after, err: err}
		}
	case key.Matches(msg, k.Test):
		t.busy = "asking Webex about " + draw.Cut(name, 30) + "…"
		return func() tea.Msg {
			r, err := o.Test(ctx, org.ID)
			return orgTestedMsg{org.ID, r, err}
		}
	case key.Matches(msg, k.Forget):
		m.openDialog(m.askToForgetOrg(name, org, false))
	case !org.Tokens.Usable(m.now):
		m.say(draw.Warn, "This access token has ended: "+shown(m.keys.Fresh)+" gets a fresh one.")
	default:
		m.openDialog(m.askToCopy("the Service App in "+name, orgScript(org), org.Login))
	}
	return nil
}
