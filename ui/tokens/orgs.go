package tokens

import (
	"context"
	"errors"
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// Orgs contains what the dashboard needs for the organizations of a Service App. *app.Orgs
// implements it.
type Orgs interface {
	// ClientID returns the Service App's client id, or "" if none is configured, and where it
	// was configured.
	ClientID() (id webex.ClientID, from string)
	// Configured returns an error that names missing credentials.
	Configured() error
	// List returns the stored organizations without a request to Webex.
	List(context.Context) ([]app.Org, error)
	// Others returns Service Apps that have stored tokens but are not configured.
	Others(context.Context) ([]webex.ClientID, error)
	Find(ctx context.Context, text string) (webex.OrgID, error)
	// Event parses a webhook's payload.
	Event(ctx context.Context, payload []byte) (webex.ServiceAppEvent, error)
	Fetch(context.Context, webex.OrgID) (app.Org, error)
	Add(ctx context.Context, id webex.OrgID, refresh webex.Secret) (app.Org, error)
	Refresh(context.Context, webex.OrgID) (before, after app.Org, err error)
	Test(context.Context, webex.OrgID) (app.TestResult, error)
	Remove(context.Context, webex.OrgID) (app.Org, error)
}

// orgAct is an action on an organization.
type orgAct int

const (
	orgFetched orgAct = iota
	orgAdded
	orgRefreshed
	orgRemoved
)

// Results of commands about organizations.
type (
	orgsMsg struct {
		gen    int
		orgs   []app.Org
		others []webex.ClientID
		err    error
	}
	orgMsg struct {
		act    orgAct
		id     webex.OrgID
		before app.Org
		org    app.Org
		err    error
	}
	// orgNamedMsg is the organization that the user named in the form.
	orgNamedMsg struct {
		gen  int
		id   webex.OrgID
		note string // shown to the user
		gone bool   // the payload says that the organization deauthorized the Service App
		err  error
	}
	orgTestedMsg struct {
		id     webex.OrgID
		result app.TestResult
		err    error
	}
)

// serviceApp returns the organizations of the profile, or nil without a Service App.
func (v *View) serviceApp() Orgs {
	if v.account == nil {
		return nil
	}
	o := v.account.Orgs()
	if o == nil {
		return nil
	}
	if id, _ := o.ClientID(); id == "" {
		return nil
	}
	return o
}

// readOrgs loads the stored organizations.
func (v *View) readOrgs() tea.Cmd {
	all := v.account.Orgs()
	if all == nil {
		return nil
	}
	configured, ctx, gen := v.serviceApp() != nil, v.ctx, v.gen
	return func() tea.Msg {
		msg := orgsMsg{gen: gen}
		msg.others, _ = all.Others(ctx) // an error of the store is reported by List
		if configured {
			msg.orgs, msg.err = all.List(ctx)
		}
		return msg
	}
}

func (v *View) handleOrgs(env view.Env, msg orgsMsg) {
	if msg.gen != v.gen {
		return
	}
	v.orgsErr, v.others, v.orgsGot = msg.err, msg.others, true
	if msg.err == nil {
		v.orgs = msg.orgs
	}
	for _, o := range v.orgs {
		// Tokens issued after a rejection make it obsolete.
		if key := orgRowKey(o.ID); o.Tokens.Issued.After(v.problems[key].at) {
			delete(v.problems, key)
		}
	}
	v.arrange(env)
	v.goTo = "" // don't wait for a row that doesn't exist now
}

// askFor is the question that the form for a new organization shows.
type askFor int

const (
	askNothing askFor = iota
	askOrg
	askRefresh
)

// addOrg is the form for a new organization.
type addOrg struct {
	asks  askFor
	input textinput.Model
	id    webex.OrgID
	gen   int  // number of the form; answers for earlier forms are dropped
	looks bool // looking up the organization that was named
}

// openAddOrg opens the form for a new organization.
func (v *View) openAddOrg() tea.Cmd {
	o := v.serviceApp()
	switch {
	case o == nil:
		v.Say(draw.Warn, "No Service App is set up: [service_app] in the configuration, or WEBEX_SA_CLIENT_ID and WEBEX_SA_CLIENT_SECRET.")
		return nil
	case o.Configured() != nil:
		v.Say(draw.Warn, app.Sentence(o.Configured())+".")
		return nil
	case v.busy != "":
		v.Say(draw.Dim, "Wait: "+v.busy)
		return nil
	}
	f := &v.adding
	*f = addOrg{asks: askOrg, input: draw.NewInput(), gen: f.gen + 1}
	f.input.CharLimit = 64 << 10 // enough for a webhook's payload
	return f.input.Focus()
}

func (v *View) pressedInAddOrg(env view.Env, msg tea.KeyPressMsg) tea.Cmd {
	switch k := env.Fixed; {
	case k.Matches(msg, action.Back):
		v.closeAddOrg()
		return nil
	case k.Matches(msg, action.Press):
		return v.submitAddOrg()
	}
	return v.editAddOrg(msg)
}

// closeAddOrg closes the form and clears its text, which may be a secret.
func (v *View) closeAddOrg() { v.adding = addOrg{gen: v.adding.gen} }

func (v *View) editAddOrg(msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	v.adding.input, cmd = v.adding.input.Update(msg)
	return cmd
}

func (v *View) submitAddOrg() tea.Cmd {
	f, o := &v.adding, v.serviceApp()
	text := strings.TrimSpace(f.input.Value())
	if f.asks == askOrg {
		switch {
		case text == "":
			v.Say(draw.Warn, "Type or paste the organization's id.")
			return nil
		case f.looks:
			return nil
		}
		f.looks = true
		ctx, gen := v.ctx, f.gen
		return func() tea.Msg { return orgFrom(ctx, o, gen, text) }
	}
	id, ctx := f.id, v.ctx
	if text == "" {
		v.closeAddOrg()
		return v.fetchOrg(id)
	}
	token, err := webex.ParseRefreshToken(text)
	f.input.SetValue("")
	if err != nil {
		v.open(dialog.NewNotice("No refresh token", app.Sentence(err)+".", "Nothing was saved."))
		return nil
	}
	v.closeAddOrg()
	v.busy = "importing the organization's tokens…"
	return func() tea.Msg {
		org, err := o.Add(ctx, id, token)
		return orgMsg{act: orgAdded, id: id, org: org, err: err}
	}
}

// handleOrgName asks for a refresh token, which is optional.
func (v *View) handleOrgName(env view.Env, msg orgNamedMsg) tea.Cmd {
	f := &v.adding
	if f.asks != askOrg || msg.gen != f.gen {
		return nil // the form was closed meanwhile
	}
	f.looks = false
	switch {
	case msg.err != nil:
		v.open(dialog.NewNotice("Not an organization", app.Sentence(msg.err)+".", "Enter its UUID, an encoded id, an alias, or the text of a webhook payload."))
		return nil
	case msg.gone:
		v.closeAddOrg()
		return v.offerToForget(env, msg.id)
	}
	*f = addOrg{asks: askRefresh, id: msg.id, input: draw.NewInput(), gen: f.gen}
	f.input.CharLimit = 16 << 10
	f.input.EchoMode = textinput.EchoPassword
	if msg.note != "" {
		v.open(dialog.NewNotice("Which organization?", msg.note, "Press esc twice to cancel."))
	}
	return f.input.Focus()
}

// offerToForget asks whether to forget an organization that deauthorized the Service App.
func (v *View) offerToForget(env view.Env, id webex.OrgID) tea.Cmd {
	for i, r := range v.Rows {
		if r.org >= 0 && r.key == orgRowKey(id) {
			v.MoveTo(i)
			org := v.orgs[r.org]
			v.open(v.askToForgetOrg(env, v.orgName(org, id), org, true))
			return nil
		}
	}
	v.open(dialog.NewNotice("Nothing to add", "Organization "+id.UUID()+" deauthorized the Service App.", "No tokens of it are saved here."))
	return nil
}

// orgFrom parses what the user typed or pasted: an organization id, or a webhook's payload.
func orgFrom(ctx context.Context, o Orgs, gen int, text string) orgNamedMsg {
	msg := orgNamedMsg{gen: gen}
	if !strings.HasPrefix(text, "{") {
		msg.id, msg.err = o.Find(ctx, text)
		return msg
	}
	e, err := o.Event(ctx, []byte(text))
	msg.id, msg.err, msg.gone = e.Org, err, e.Event == webex.EventDeauthorized
	if e.OrgFrom == "orgId" {
		msg.note = "The payload names only the organization that owns the webhook, " + e.Org.UUID() + ". Make sure that it is the customer."
	}
	return msg
}

// fetchOrg requests an organization's tokens from Webex with the login's token.
func (v *View) fetchOrg(id webex.OrgID) tea.Cmd {
	o, ctx := v.serviceApp(), v.ctx
	v.busy = "fetching the organization's tokens…"
	return func() tea.Msg {
		org, err := o.Fetch(ctx, id)
		return orgMsg{act: orgFetched, id: id, org: org, err: err}
	}
}

func (v *View) handleOrg(env view.Env, msg orgMsg) tea.Cmd {
	v.busy = ""
	key := orgRowKey(msg.id)
	name := v.orgName(msg.org, msg.id)
	if msg.org.Name() == "" {
		name = v.orgNameOf(msg.id)
	}
	if msg.err != nil {
		if errors.Is(msg.err, webex.ErrOrgNotRegistered) {
			return v.orgIsGone(env, key, name, msg.act)
		}
		if msg.act == orgAdded && errors.Is(msg.err, webex.ErrNotLoggedIn) {
			msg.err = errRefreshRefused // logging in again wouldn't help
		} else {
			v.problems[key] = problem{msg.err, env.Now}
		}
		v.goTo = key // to retry, if the organization is already stored
		first, second := orgErrorWords(msg.err, name)
		v.Say(draw.Bad, first)
		if env.Open {
			v.open(dialog.NewNotice("Not done", first, second))
		}
		return v.readHeld()
	}
	delete(v.problems, key)
	delete(v.tests, key)
	switch msg.act {
	case orgFetched, orgAdded:
		v.goTo = key
		v.filter.Clear() // the filter might hide the new organization
		v.Say(draw.Good, "Got the tokens of "+name+".")
	case orgRefreshed:
		v.sayRefreshed(env, "Refreshed "+name, msg.before.Login, msg.org.Login, "press "+env.Keys.Shown(action.Fresh)+" to fetch new tokens before ")
	case orgRemoved:
		v.Say(draw.Good, "Deleted from this computer: "+name+".")
	}
	return v.readHeld()
}

// handleOrgTest reloads the organizations, because the test may have refreshed tokens.
func (v *View) handleOrgTest(env view.Env, msg orgTestedMsg) tea.Cmd {
	v.busy = ""
	key := orgRowKey(msg.id)
	delete(v.tests, key)
	delete(v.problems, key)
	if errors.Is(msg.err, webex.ErrOrgNotRegistered) {
		return v.orgIsGone(env, key, v.orgNameOf(msg.id), orgRefreshed)
	}
	if msg.err != nil {
		v.problems[key] = problem{msg.err, env.Now}
		first, _ := orgErrorWords(msg.err, v.orgNameOf(msg.id))
		v.Say(draw.Bad, first)
	} else {
		v.tests[key] = msg.result
		v.Say(draw.Good, "Webex accepted the token.")
	}
	return v.readHeld()
}

// orgIsGone reloads the list after another program removed an organization.
func (v *View) orgIsGone(env view.Env, key, name string, act orgAct) tea.Cmd {
	delete(v.problems, key)
	delete(v.tests, key)
	if act == orgRemoved {
		v.Say(draw.Good, "Already deleted by another program: "+name+".")
	} else {
		v.Say(draw.Warn, "Another program has removed "+name+". Press "+env.Keys.Shown(action.AddOrg)+" to add it again.")
	}
	return v.readHeld()
}

// orgName returns the display name of an organization.
func (v *View) orgName(o app.Org, id webex.OrgID) string {
	if n := app.Clean(webex.Untrusted(o.Name())); n != "" {
		return draw.Cut(n, 60)
	}
	return id.UUID()
}

// orgNameOf returns the display name of a stored organization.
func (v *View) orgNameOf(id webex.OrgID) string {
	for _, o := range v.orgs {
		if o.ID.UUID() == id.UUID() {
			return v.orgName(o, id)
		}
	}
	return id.UUID()
}
