// Package tokens is the view of the tokens that wxauth stores: of the login, of other profiles,
// and of the organizations of a Service App.
package tokens

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/internal/filter"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/list"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// Account contains what the view needs of the profile's login.
type Account interface {
	Profile() string
	// Login returns the stored login without a request to Webex.
	Login(context.Context) (app.Login, error)
	// Refresh, Test and Forget act on the login was. The error matches app.ErrLoginChanged if
	// another login is stored by now.
	Refresh(ctx context.Context, was app.Login) (before, after app.Login, err error)
	Test(ctx context.Context, was app.Login) (app.TestResult, error)
	Forget(ctx context.Context, was app.Login) (app.Login, error)
	// Orgs returns the organizations of the profile's Service App.
	Orgs() Orgs
}

// View shows the logins of this and the other profiles, and the organizations of this profile's
// Service App.
type View struct {
	view.Outbox
	list.Table[row]

	ctx        context.Context
	account    Account
	profilesOf func(context.Context) ([]app.Login, error)

	gen      int
	loading  bool
	have     bool // held is loaded
	held     app.Login
	err      error
	retry    view.Retry
	profiles []app.Login // the other profiles; without tokens if not logged in
	orgs     []app.Org
	orgsErr  error
	orgsGot  bool             // orgs is loaded
	others   []webex.ClientID // Service Apps that have stored tokens but are not configured
	counts   map[string]int   // number of organizations per state

	filter list.Filter
	detail bool // the detail pane is full screen
	scroll int  // its first visible line

	busy     string                    // description of the work in progress
	tests    map[string]app.TestResult // results of tests, by row
	problems map[string]problem        // rejections by Webex, by row
	adding   addOrg
	goTo     string // the row to move the cursor to once it is loaded
}

// New returns the view of a profile's tokens. profiles lists the logins of the other profiles,
// and may be nil. Cancelling ctx cancels the commands that the view starts.
func New(ctx context.Context, account Account, profiles func(context.Context) ([]app.Login, error)) *View {
	v := &View{ctx: ctx, account: account, profilesOf: profiles, tests: map[string]app.TestResult{}, problems: map[string]problem{}, filter: list.NewFilter()}
	v.Key = func(r row) string { return r.key }
	return v
}

// Show loads what is stored.
func (v *View) Show() tea.Cmd { return v.readHeld() }

// Reset clears the state after a change of login.
func (v *View) Reset() tea.Cmd {
	clear(v.tests)
	clear(v.problems)
	v.closeAddOrg()
	return v.readHeld()
}

// Update handles loaded data, results of actions, and input.
func (v *View) Update(env view.Env, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case view.Tick: // an access token may have expired
		v.countOrgs(env)
		if v.retry.Due(env, v.err, v.loading) {
			return v.readHeld()
		}
	case heldMsg:
		v.handleHeld(env, msg)
	case refreshedMsg:
		return v.handleRefreshed(env, msg)
	case testedMsg:
		return v.handleTested(env, msg)
	case forgottenMsg:
		return v.handleForgotten(env, msg)
	case profilesMsg:
		v.handleProfiles(env, msg)
	case orgsMsg:
		v.handleOrgs(env, msg)
	case orgMsg:
		return v.handleOrg(env, msg)
	case orgNamedMsg:
		return v.handleOrgName(env, msg)
	case orgTestedMsg:
		return v.handleOrgTest(env, msg)
	case tea.KeyPressMsg:
		if v.adding.asks != askNothing {
			return v.pressedInAddOrg(env, msg)
		}
		return v.editFilter(env, msg)
	case tea.PasteMsg:
		if v.adding.asks != askNothing {
			return v.editAddOrg(msg)
		}
		return v.editFilter(env, msg)
	}
	return nil
}

func (v *View) editFilter(env view.Env, msg tea.Msg) tea.Cmd {
	changed, by, cmd := v.filter.Update(env.Fixed, msg)
	if changed {
		v.arrange(env)
	}
	if by != 0 {
		v.move(by)
	}
	return cmd
}

// Typing reports whether an input is open.
func (v *View) Typing() bool { return v.adding.asks != askNothing || v.filter.IsOpen() }

// Reading reports whether stored data is loading.
func (v *View) Reading() bool { return v.loading }

// Stray returns false: letters typed by mistake do no harm in this view.
func (v *View) Stray() bool { return false }

// Tick returns a second while work is in progress or a visible countdown shows seconds.
func (v *View) Tick(env view.Env) time.Duration {
	if v.busy != "" || env.Open && v.secondsInSight(env) {
		return time.Second
	}
	return view.RetryTick(v.err, 0)
}

// Resize sets the height of the table.
func (v *View) Resize(env view.Env) { v.Table.Resize(v.shape(env).Table - 1) }

// problem is a rejection by Webex, and when it happened.
type problem struct {
	err error
	at  time.Time
}

// row is a row of the table: the login, another profile, an organization, or the heading of the
// organizations.
type row struct {
	key     string
	org     int // index into orgs; negative for other rows
	profile int // index into profiles; negative for other rows
}

const (
	loginRow   = "login"
	headingRow = "heading"
)

func orgRowKey(id webex.OrgID) string { return "org " + id.UUID() }

func (v *View) handleHeld(env view.Env, msg heldMsg) {
	if msg.gen != v.gen {
		return
	}
	v.loading, v.err = false, msg.err
	v.have = msg.err == nil
	v.held = msg.login
	v.arrange(env)
}

// orgStates in display order, the most urgent first.
var orgStates = []string{app.OrgFetch, app.OrgEndsSoon, app.OrgNoRenew, app.OrgRenews, app.OrgOK}

// arrange builds the rows: the login, the other profiles, and the organizations that match the
// filter, those with a problem first.
func (v *View) arrange(env view.Env) {
	match := filter.Matcher(v.filter.Text())
	var rows []row
	if o := v.held.Tokens.Owner; v.filter.Text() == "" || match(strings.ToLower("login "+v.account.Profile()+" "+o.Email.String()+" "+o.OrgName.String())) {
		rows = append(rows, row{loginRow, -1, -1})
	}
	for i, l := range v.profiles {
		if o := l.Tokens.Owner; match(strings.ToLower("profile " + l.Profile + " " + o.Email.String() + " " + o.OrgName.String())) {
			rows = append(rows, row{profileRowKey(l.Profile), -1, i})
		}
	}
	if v.serviceApp() != nil {
		var shown []int
		urgency := make([]int, len(v.orgs))
		for i, o := range v.orgs {
			urgency[i] = slices.Index(orgStates, o.State(env.Now))
			if v.problems[orgRowKey(o.ID)].err != nil {
				urgency[i] = -1
			}
			if match(strings.ToLower(o.Name() + " " + o.Tokens.Owner.OrgName.String() + " " + o.UUID() + " " + v.orgState(env, o))) {
				shown = append(shown, i)
			}
		}
		slices.SortStableFunc(shown, func(a, b int) int { return urgency[a] - urgency[b] })
		if len(shown) > 0 || v.filter.Text() == "" {
			rows = append(rows, row{headingRow, -1, -1})
		}
		for _, i := range shown {
			rows = append(rows, row{orgRowKey(v.orgs[i].ID), i, -1})
		}
	}
	if v.goTo != "" && slices.ContainsFunc(rows, func(r row) bool { return r.key == v.goTo }) {
		v.On, v.goTo = v.goTo, ""
	}
	v.countOrgs(env)
	v.Set(rows)
	v.skipHeading(1)
}

// countOrgs counts the organizations by state. It runs when they are loaded and once a minute,
// not for every frame.
func (v *View) countOrgs(env view.Env) {
	v.counts = map[string]int{}
	for _, o := range v.orgs {
		v.counts[v.orgState(env, o)]++
	}
}

// orgState returns the word for the STATE column of an organization.
func (v *View) orgState(env view.Env, o app.Org) string {
	if errors.Is(v.problems[orgRowKey(o.ID)].err, webex.ErrOrgNotAuthorized) {
		return "not allowed"
	}
	return o.State(env.Now)
}

// skipHeading moves the cursor off the heading of the organizations, in the direction of by if
// there is a row.
func (v *View) skipHeading(by int) {
	step := cmp.Compare(by, 0)
	for _, step := range []int{step, -step} {
		if r, ok := v.Current(); ok && r.key == headingRow {
			v.Move(step)
		}
	}
}

// CurrentOrg returns the organization under the cursor; ok is false on all other rows.
func (v *View) CurrentOrg() (o app.Org, ok bool) { return v.orgOf(v.Current()) }

func (v *View) orgOf(r row, ok bool) (app.Org, bool) {
	if !ok || r.org < 0 || r.org >= len(v.orgs) {
		return app.Org{}, false
	}
	return v.orgs[r.org], true
}

func (v *View) handleRefreshed(env view.Env, msg refreshedMsg) tea.Cmd {
	v.busy = ""
	switch {
	case errors.Is(msg.err, app.ErrCannotRefresh):
		v.Say(draw.Warn, app.Sentence(msg.err))
	case errors.Is(msg.err, webex.ErrNotLoggedIn):
		v.Say(draw.Bad, "Webex rejected the refresh token. Press "+env.Keys.Shown(action.Login)+" to log in again.")
	case msg.err != nil:
		v.Say(draw.Bad, "Not refreshed. "+app.Sentence(msg.err))
	default:
		v.sayRefreshed(env, "Refreshed", msg.before, msg.after, "log in again before ")
		delete(v.tests, loginRow)
		delete(v.problems, loginRow)
	}
	return v.readHeld()
}

// sayRefreshed reports the result of a refresh. again is what to do if the refresh token's
// lifetime was not extended.
func (v *View) sayRefreshed(env view.Env, what string, before, after app.Login, again string) {
	t := draw.Good
	if after.RunsDown(env.Now) {
		t = draw.Warn
		what += ", but not extended: " + again + env.Stamp(after.EndsAt().Until)
	}
	if access := app.AccessWords(before, after, env.Now, env.Stamp); access != "" {
		what += ". " + english.Capital(access)
	}
	v.Say(t, what+".")
}

// handleTested reloads the login, because the test may have refreshed its tokens.
func (v *View) handleTested(env view.Env, msg testedMsg) tea.Cmd {
	v.busy = ""
	delete(v.tests, loginRow)
	delete(v.problems, loginRow)
	if msg.err != nil {
		v.problems[loginRow] = problem{msg.err, env.Now}
		v.Say(draw.Bad, "Webex rejected it. "+app.Sentence(msg.err))
	} else {
		v.tests[loginRow] = msg.result
		v.Say(draw.Good, "Webex accepted the token.")
	}
	return v.readHeld()
}

func (v *View) handleForgotten(env view.Env, msg forgottenMsg) tea.Cmd {
	v.busy = ""
	if msg.err != nil {
		v.Say(draw.Bad, "Not deleted. "+app.Sentence(msg.err))
		return v.readHeld()
	}
	v.Say(draw.Good, "Deleted from this computer. Press "+env.Keys.Shown(action.Login)+" to log in again.")
	delete(v.tests, loginRow)
	delete(v.problems, loginRow)
	v.Send(view.Forgotten{})
	return v.readHeld()
}

// Results of commands about the login.
type (
	// heldMsg contains the stored login.
	heldMsg struct {
		gen   int
		login app.Login
		err   error
	}
	refreshedMsg struct {
		before, after app.Login
		err           error
	}
	testedMsg struct {
		result app.TestResult
		err    error
	}
	forgottenMsg struct {
		login app.Login
		err   error
	}
)

// Errors implements [view.Failed].
func (m refreshedMsg) Errors() []error { return []error{m.err} }

// Errors implements [view.Failed].
func (m testedMsg) Errors() []error { return []error{m.err} }

// Errors implements [view.Failed].
func (m forgottenMsg) Errors() []error { return []error{m.err} }

// readHeld loads the stored login.
func (v *View) readHeld() tea.Cmd {
	if v.account == nil {
		return nil
	}
	v.gen++
	v.loading = true
	a, ctx, gen := v.account, v.ctx, v.gen
	return tea.Batch(v.readOrgs(), v.readProfiles(), func() tea.Msg {
		l, err := a.Login(ctx)
		return heldMsg{gen, l, err}
	})
}
