package ui

import (
	"errors"
	"slices"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
)

// tokensView is the Tokens view: the login of this profile, and the organizations of
// its Service App.
type tokensView struct {
	gen     int
	loading bool
	have    bool // held is what was read
	held    app.Login
	err     error
	orgs    []app.Org
	orgsErr error
	orgsGot bool             // they were read
	others  []webex.ClientID // Service Apps that are not configured, of which tokens are held
	counts  map[string]int   // of the organizations, by state

	table     table[tokenRow]
	filter    textinput.Model
	filtering bool
	detail    bool // over the whole screen
	scroll    int  // of it

	busy     string                    // what is under way, in words
	tests    map[string]app.TestResult // what Webex said, by row
	problems map[string]problem        // what it refused, by row
	adding   addOrg
	goTo     string // the row that the cursor is to go to once it is read
}

func newTokensView() tokensView {
	t := tokensView{tests: map[string]app.TestResult{}, problems: map[string]problem{}, filter: newInput()}
	t.table.key = func(r tokenRow) string { return r.key }
	return t
}

// problem is why Webex refused something, and when.
type problem struct {
	err error
	at  time.Time
}

// tokenRow is a line of the table: the login, an organization, or the line between.
type tokenRow struct {
	key string
	org int // index into orgs; below 0 for the others
}

const (
	loginRow   = "login"
	headingRow = "heading"
)

func orgRowKey(id webex.OrgID) string { return "org " + id.UUID() }

// showTokens opens the Tokens view.
func (m *Model) showTokens() tea.Cmd {
	if m.opts.Account == nil {
		return nil
	}
	m.list.preparing = false
	m.picker.input.Blur()
	m.screen = onTokens
	return m.readHeld()
}

// showAuthorizations goes back to the list, or to the picker where there is none.
func (m *Model) showAuthorizations() tea.Cmd {
	switch {
	case m.opts.Service == nil:
		m.screen = onFirstRun
	case m.list.who == (webex.Person{}):
		return m.choosePerson()
	default:
		m.screen = onList
	}
	return nil
}

func (m *Model) tookHeld(msg heldMsg) {
	t := &m.tokens
	if msg.gen != t.gen {
		return
	}
	t.loading, t.err = false, msg.err
	t.have = msg.err == nil
	t.held = msg.login
	m.arrangeTokens()
}

// orgStates in the order in which they want to be seen.
var orgStates = []string{app.OrgFetch, app.OrgEndsSoon, app.OrgNoRenew, app.OrgRenews, app.OrgOK}

// arrangeTokens makes the rows: the login, then the organizations that the filter lets
// through, those with a problem first.
func (m *Model) arrangeTokens() {
	t := &m.tokens
	match := matcher(t.filter.Value())
	var rows []tokenRow
	if o := t.held.Tokens.Owner; t.filter.Value() == "" || match(strings.ToLower("login "+m.opts.Account.Profile()+" "+o.Email.String()+" "+o.OrgName.String())) {
		rows = append(rows, tokenRow{loginRow, -1})
	}
	if m.orgs() != nil {
		var shown []int
		urgency := make([]int, len(t.orgs))
		for i, o := range t.orgs {
			urgency[i] = slices.Index(orgStates, o.State(m.now))
			if t.problems[orgRowKey(o.ID)].err != nil {
				urgency[i] = -1
			}
			if match(strings.ToLower(o.Name() + " " + o.Tokens.Owner.OrgName.String() + " " + o.UUID() + " " + m.orgState(o))) {
				shown = append(shown, i)
			}
		}
		slices.SortStableFunc(shown, func(a, b int) int { return urgency[a] - urgency[b] })
		if len(shown) > 0 || t.filter.Value() == "" {
			rows = append(rows, tokenRow{headingRow, -1})
		}
		for _, i := range shown {
			rows = append(rows, tokenRow{orgRowKey(t.orgs[i].ID), i})
		}
	}
	if t.goTo != "" && slices.ContainsFunc(rows, func(r tokenRow) bool { return r.key == t.goTo }) {
		t.table.on, t.goTo = t.goTo, ""
	}
	m.countOrgs()
	t.table.set(rows)
	m.skipHeading(1)
}

// countOrgs counts the organizations by state: when they were read, and once a minute,
// never in a frame.
func (m *Model) countOrgs() {
	m.tokens.counts = map[string]int{}
	for _, o := range m.tokens.orgs {
		m.tokens.counts[m.orgState(o)]++
	}
}

// orgState is the word for an organization's row.
func (m *Model) orgState(o app.Org) string {
	if errors.Is(m.tokens.problems[orgRowKey(o.ID)].err, webex.ErrOrgNotAuthorized) {
		return "not allowed"
	}
	return o.State(m.now)
}

// skipHeading moves the cursor off the line between the login and the organizations.
func (m *Model) skipHeading(by int) {
	t := &m.tokens.table
	if r, ok := t.current(); ok && r.key == headingRow {
		t.move(by)
		if r, _ := t.current(); r.key == headingRow { // nothing is there
			t.move(-2 * by)
		}
	}
}

// currentOrg is the organization under the cursor; ok is false on the login's row.
func (m *Model) currentOrg() (o app.Org, ok bool) {
	r, ok := m.tokens.table.current()
	if !ok || r.org < 0 || r.org >= len(m.tokens.orgs) {
		return o, false
	}
	return m.tokens.orgs[r.org], true
}

// pressedOnTokensScreen takes the keys of the Tokens view: those of an open input
// first, then those that change the view.
func (m *Model) pressedOnTokensScreen(msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case m.tokens.adding.asks != askNothing:
		return m.pressedInAddOrg(msg)
	case m.tokens.filtering:
		return m.pressedInTokensFilter(msg)
	case key.Matches(msg, m.keys.Authorizations) || key.Matches(msg, m.keys.NextView):
		return m.showAuthorizations()
	}
	return m.pressedOnTokens(msg)
}

func (m *Model) pressedOnTokens(msg tea.KeyPressMsg) tea.Cmd {
	k, t := m.keys, &m.tokens
	move := func(by int) tea.Cmd {
		if t.detail {
			t.scroll = max(t.scroll+by, 0)
			return nil
		}
		t.table.move(by)
		m.skipHeading(by)
		return nil
	}
	switch {
	case key.Matches(msg, k.Up):
		return move(-1)
	case key.Matches(msg, k.Down):
		return move(1)
	case key.Matches(msg, k.PageUp):
		return move(-max(t.table.height, 1))
	case key.Matches(msg, k.PageDown):
		return move(max(t.table.height, 1))
	case key.Matches(msg, k.HalfUp):
		return move(-max(t.table.height/2, 1))
	case key.Matches(msg, k.HalfDown):
		return move(max(t.table.height/2, 1))
	case key.Matches(msg, k.Top):
		t.table.moveTo(0)
	case key.Matches(msg, k.Bottom):
		t.table.moveTo(len(t.table.rows) - 1)
		m.skipHeading(-1)
	case key.Matches(msg, k.Details):
		t.detail, t.scroll = !t.detail, 0
	case key.Matches(msg, k.Filter) && m.orgs() != nil:
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
	case key.Matches(msg, k.Fresh), key.Matches(msg, k.Test), key.Matches(msg, k.CopyTicket), key.Matches(msg, k.Forget):
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
	switch {
	case len(t.table.rows) == 0:
		m.say(warn, "Nothing is under the cursor: esc clears the filter.")
		return nil
	case !isOrg && !t.have:
		m.say(warn, "There is no login here: l logs in.")
		return nil
	case m.running > 0:
		m.say(warn, "A revoke is running: wait until it has ended.")
		return nil
	case t.busy != "":
		m.say(dim, "One thing at a time: "+t.busy)
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
	case key.Matches(msg, k.Fresh):
		t.busy = "getting fresh tokens of " + cut(name, 30) + "…"
		return func() tea.Msg {
			before, after, err := o.Refresh(ctx, org.ID)
			return orgMsg{act: orgRefreshed, id: org.ID, before: before, org: after, err: err}
		}
	case key.Matches(msg, k.Test):
		t.busy = "asking Webex about " + cut(name, 30) + "…"
		return func() tea.Msg {
			r, err := o.Test(ctx, org.ID)
			return orgTestedMsg{org.ID, r, err}
		}
	case key.Matches(msg, k.Forget):
		m.openDialog(m.askToForgetOrg(name, org))
	case !org.Tokens.Usable(m.now):
		m.say(warn, "This access token has ended: f gets a fresh one.")
	default:
		m.openDialog(m.askToCopy("the Service App in "+name, orgScript(org), org.Login))
	}
	return nil
}

func (m *Model) tookRefreshed(msg refreshedMsg) tea.Cmd {
	t := &m.tokens
	t.busy = ""
	m.now = m.opts.Now()
	switch {
	case errors.Is(msg.err, app.ErrCannotRefresh):
		m.say(warn, sentence(msg.err))
	case errors.Is(msg.err, webex.ErrNotLoggedIn):
		m.say(bad, "Webex no longer accepts the refresh token: l logs in again.")
	case msg.err != nil:
		m.say(bad, "Not refreshed. "+sentence(msg.err))
	default:
		words := "Refreshed."
		if msg.before.Tokens.Usable(m.now) {
			words += " The access token before stays valid at Webex until " + m.stamp(msg.before.Tokens.AccessLeft().Until) + "."
		}
		m.say(good, words)
		delete(t.tests, loginRow)
		delete(t.problems, loginRow)
	}
	return m.readHeld()
}

// tookTested reads the login again: the test may have refreshed its tokens.
func (m *Model) tookTested(msg testedMsg) tea.Cmd {
	t := &m.tokens
	t.busy = ""
	m.now = m.opts.Now()
	delete(t.tests, loginRow)
	delete(t.problems, loginRow)
	if msg.err != nil {
		t.problems[loginRow] = problem{msg.err, m.now}
		m.say(bad, "Webex says no. "+sentence(msg.err))
	} else {
		t.tests[loginRow] = msg.result
		m.say(good, "Webex agrees: it works.")
	}
	return m.readHeld()
}

func (m *Model) tookForgotten(msg forgottenMsg) tea.Cmd {
	m.tokens.busy = ""
	if msg.err != nil {
		m.say(bad, "Not forgotten. "+sentence(msg.err))
		return m.readHeld()
	}
	m.say(good, "Forgotten here. l logs in again.")
	delete(m.tokens.tests, loginRow)
	delete(m.tokens.problems, loginRow)
	if !m.opts.EnvToken && m.opts.Service != nil {
		// Without a login nothing can be asked any more.
		m.opts.Service, m.session = nil, nil
		m.list.who = webex.Person{}
	}
	return m.readHeld()
}
