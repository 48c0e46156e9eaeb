package ui

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/list"
	"github.com/wxauth/wxauth/webex"
)

// tokensView is the Tokens view: the login of this profile, those of the others, and the
// organizations of its Service App.
type tokensView struct {
	gen      int
	loading  bool
	have     bool // held is what was read
	held     app.Login
	err      error
	profiles []app.Login // the other profiles; without tokens where nobody is logged in
	orgs     []app.Org
	orgsErr  error
	orgsGot  bool             // they were read
	others   []webex.ClientID // Service Apps that are not configured, of which tokens are held
	counts   map[string]int   // of the organizations, by state

	table     list.Table[tokenRow]
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
	t.table.Key = func(r tokenRow) string { return r.key }
	return t
}

// problem is why Webex refused something, and when.
type problem struct {
	err error
	at  time.Time
}

// tokenRow is a line of the table: the login, another profile, an organization, or the
// line above these.
type tokenRow struct {
	key     string
	org     int // index into orgs; below 0 for the others
	profile int // index into profiles; below 0 for the others
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

// arrangeTokens makes the rows: the login, the other profiles, then the organizations
// that the filter lets through, those with a problem first.
func (m *Model) arrangeTokens() {
	t := &m.tokens
	match := list.Matcher(t.filter.Value())
	var rows []tokenRow
	if o := t.held.Tokens.Owner; t.filter.Value() == "" || match(strings.ToLower("login "+m.opts.Account.Profile()+" "+o.Email.String()+" "+o.OrgName.String())) {
		rows = append(rows, tokenRow{loginRow, -1, -1})
	}
	for i, l := range t.profiles {
		if o := l.Tokens.Owner; match(strings.ToLower("profile " + l.Profile + " " + o.Email.String() + " " + o.OrgName.String())) {
			rows = append(rows, tokenRow{profileRowKey(l.Profile), -1, i})
		}
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
			rows = append(rows, tokenRow{headingRow, -1, -1})
		}
		for _, i := range shown {
			rows = append(rows, tokenRow{orgRowKey(t.orgs[i].ID), i, -1})
		}
	}
	if t.goTo != "" && slices.ContainsFunc(rows, func(r tokenRow) bool { return r.key == t.goTo }) {
		t.table.On, t.goTo = t.goTo, ""
	}
	m.countOrgs()
	t.table.Set(rows)
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

// skipHeading moves the cursor off the line between the login and the organizations,
// onward in the direction of by where there is a row.
func (m *Model) skipHeading(by int) {
	t := &m.tokens.table
	step := cmp.Compare(by, 0)
	for _, step := range []int{step, -step} {
		if r, ok := t.Current(); ok && r.key == headingRow {
			t.Move(step)
		}
	}
}

// currentOrg is the organization under the cursor; ok is false on the login's row.
func (m *Model) currentOrg() (o app.Org, ok bool) {
	r, ok := m.tokens.table.Current()
	if !ok || r.org < 0 || r.org >= len(m.tokens.orgs) {
		return o, false
	}
	return m.tokens.orgs[r.org], true
}

func (m *Model) tookRefreshed(msg refreshedMsg) tea.Cmd {
	t := &m.tokens
	t.busy = ""
	m.now = m.opts.Now()
	switch {
	case errors.Is(msg.err, app.ErrCannotRefresh):
		m.say(draw.Warn, app.Sentence(msg.err))
	case errors.Is(msg.err, webex.ErrNotLoggedIn):
		m.say(draw.Bad, "Webex no longer accepts the refresh token: "+m.keys.Shown(action.Login)+" logs in again.")
	case msg.err != nil:
		m.say(draw.Bad, "Not refreshed. "+app.Sentence(msg.err))
	default:
		m.sayRefreshed("Refreshed", msg.before, msg.after, "log in again before ")
		delete(t.tests, loginRow)
		delete(t.problems, loginRow)
	}
	return m.readHeld()
}

// sayRefreshed says what a refresh brought, as its reply showed it. again is what to do
// where it did not extend anything.
func (m *Model) sayRefreshed(what string, before, after app.Login, again string) {
	t := draw.Good
	if after.RunsDown(m.now) {
		t = draw.Warn
		what += ", but not extended: " + again + m.stamp(after.EndsAt().Until)
	}
	if access := app.AccessWords(before, after, m.now, m.stamp); access != "" {
		what += ". " + english.Capital(access)
	}
	m.say(t, what+".")
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
		m.say(draw.Bad, "Webex says no. "+app.Sentence(msg.err))
	} else {
		t.tests[loginRow] = msg.result
		m.say(draw.Good, "Webex agrees: it works.")
	}
	return m.readHeld()
}

func (m *Model) tookForgotten(msg forgottenMsg) tea.Cmd {
	m.tokens.busy = ""
	if msg.err != nil {
		m.say(draw.Bad, "Not forgotten. "+app.Sentence(msg.err))
		return m.readHeld()
	}
	m.say(draw.Good, "Forgotten here. "+m.keys.Shown(action.Login)+" logs in again.")
	delete(m.tokens.tests, loginRow)
	delete(m.tokens.problems, loginRow)
	if !m.opts.EnvToken && m.opts.Service != nil {
		// Without a login nothing can be asked any more.
		m.opts.Service, m.session = nil, nil
		m.list.who = webex.Person{}
	}
	return m.readHeld()
}
