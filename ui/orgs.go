package ui

import (
	"context"
	"errors"
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
)

// Orgs is what the dashboard needs of the organizations of a Service App. *app.Orgs is
// one.
type Orgs interface {
	// ClientID returns which Service App it is, empty when none is set up.
	ClientID() (id webex.ClientID, from string)
	// Configured says what of its credentials is missing.
	Configured() error
	// List returns what is stored, without the network.
	List(context.Context) ([]app.Org, error)
	Find(ctx context.Context, text string) (webex.OrgID, error)
	// Event reads a webhook's payload.
	Event(ctx context.Context, payload []byte) (webex.ServiceAppEvent, error)
	Fetch(context.Context, webex.OrgID) (app.Org, error)
	Add(ctx context.Context, id webex.OrgID, refresh webex.Secret) (app.Org, error)
	Refresh(context.Context, webex.OrgID) (before, after app.Org, err error)
	Test(context.Context, webex.OrgID) (app.TestResult, error)
	Remove(context.Context, webex.OrgID) (app.Org, error)
}

// orgAct is what was done about an organization.
type orgAct int

const (
	orgFetched orgAct = iota
	orgRefreshed
	orgRemoved
)

// Results of commands about organizations.
type (
	orgsMsg struct {
		gen  int
		orgs []app.Org
		err  error
	}
	orgMsg struct {
		act    orgAct
		id     webex.OrgID
		before app.Org
		org    app.Org
		err    error
	}
	// orgNamedMsg is the organization that was named in the form.
	orgNamedMsg struct {
		id  webex.OrgID
		err error
	}
	orgTestedMsg struct {
		id     webex.OrgID
		result app.TestResult
		err    error
	}
)

// orgs returns the organizations of the profile, nil where none can be.
func (m *Model) orgs() Orgs {
	if m.opts.Account == nil {
		return nil
	}
	o := m.opts.Account.Orgs()
	if o == nil {
		return nil
	}
	if id, _ := o.ClientID(); id == "" {
		return nil
	}
	return o
}

// readOrgs reads what is stored of the organizations.
func (m *Model) readOrgs() tea.Cmd {
	o := m.orgs()
	if o == nil {
		return nil
	}
	ctx, gen := m.ctx, m.tokens.gen
	return func() tea.Msg {
		list, err := o.List(ctx)
		return orgsMsg{gen, list, err}
	}
}

func (m *Model) tookOrgs(msg orgsMsg) {
	t := &m.tokens
	if msg.gen != t.gen {
		return
	}
	t.orgsErr = msg.err
	if msg.err == nil {
		t.orgs = msg.orgs
	}
	m.arrangeTokens()
}

// askFor is what the form for a new organization asks.
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
	name  string // what was typed, to be shown
}

// openAddOrg asks which organization is to be added.
func (m *Model) openAddOrg() tea.Cmd {
	o := m.orgs()
	switch {
	case o == nil:
		m.say(warn, "No Service App is set up: [service_app] in the configuration, or WEBEX_SA_CLIENT_ID and WEBEX_SA_CLIENT_SECRET.")
		return nil
	case o.Configured() != nil:
		m.say(warn, sentence(o.Configured())+".")
		return nil
	case m.tokens.busy != "":
		m.say(dim, "One thing at a time: "+m.tokens.busy)
		return nil
	}
	f := &m.tokens.adding
	*f = addOrg{asks: askOrg, input: newInput()}
	f.input.CharLimit = 64 << 10 // a webhook's payload
	return f.input.Focus()
}

func (m *Model) pressedInAddOrg(msg tea.KeyPressMsg) tea.Cmd {
	switch msg.String() {
	case "esc":
		m.tokens.adding.asks = askNothing
		return nil
	case "enter":
		return m.submitAddOrg()
	}
	return m.editAddOrg(msg)
}

func (m *Model) editAddOrg(msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	m.tokens.adding.input, cmd = m.tokens.adding.input.Update(msg)
	return cmd
}

func (m *Model) submitAddOrg() tea.Cmd {
	f, o := &m.tokens.adding, m.orgs()
	text := strings.TrimSpace(f.input.Value())
	if f.asks == askOrg {
		if text == "" {
			return nil
		}
		ctx := m.ctx
		return func() tea.Msg {
			id, err := orgFrom(ctx, o, text)
			return orgNamedMsg{id, err}
		}
	}
	id, ctx := f.id, m.ctx
	if text == "" {
		f.asks = askNothing
		return m.fetchOrg(id)
	}
	token, err := webex.ParseRefreshToken(text)
	f.input.SetValue("")
	if err != nil {
		m.say(bad, sentence(err)+". Nothing was stored.")
		return nil
	}
	f.asks = askNothing
	m.tokens.busy = "taking over the organization's tokens…"
	return func() tea.Msg {
		org, err := o.Add(ctx, id, token)
		return orgMsg{act: orgFetched, id: id, org: org, err: err}
	}
}

// tookOrgName asks for a refresh token, of which there may be none.
func (m *Model) tookOrgName(msg orgNamedMsg) tea.Cmd {
	f := &m.tokens.adding
	if f.asks != askOrg {
		return nil // given up meanwhile
	}
	if msg.err != nil {
		m.say(bad, sentence(msg.err)+".")
		return nil
	}
	*f = addOrg{asks: askRefresh, id: msg.id, name: clean(orgUUID(msg.id)), input: newInput()}
	f.input.CharLimit = 16 << 10
	f.input.EchoMode = textinput.EchoPassword
	return f.input.Focus()
}

// orgFrom reads an organization from what was typed or pasted: an id, or a webhook's
// payload.
func orgFrom(ctx context.Context, o Orgs, text string) (webex.OrgID, error) {
	if !strings.HasPrefix(text, "{") {
		return o.Find(ctx, text)
	}
	e, err := o.Event(ctx, []byte(text))
	if err == nil && e.Event == webex.EventDeauthorized {
		err = errors.New("that organization took its authorization back: d forgets its tokens")
	}
	return e.Org, err
}

// fetchOrg asks Webex for an organization's tokens, with the login.
func (m *Model) fetchOrg(id webex.OrgID) tea.Cmd {
	o, ctx := m.orgs(), m.ctx
	m.tokens.busy = "asking Webex for the organization's tokens…"
	return func() tea.Msg {
		org, err := o.Fetch(ctx, id)
		return orgMsg{act: orgFetched, id: id, org: org, err: err}
	}
}

func (m *Model) tookOrg(msg orgMsg) tea.Cmd {
	t := &m.tokens
	t.busy = ""
	m.now = m.opts.Now()
	key := orgRowKey(msg.id)
	name := m.orgName(msg.org, msg.id)
	if msg.err != nil {
		t.problems[key] = msg.err
		first, second := orgErrorWords(msg.err, name)
		m.say(bad, first)
		if m.screen == onTokens && len(m.dialogs) == 0 {
			m.openDialog(newNotice(m, "Not done", first, second))
		}
		return m.readHeld()
	}
	delete(t.problems, key)
	delete(t.tests, key)
	switch msg.act {
	case orgFetched:
		t.goTo = key
		m.say(good, "Got the tokens of "+name+".")
	case orgRefreshed:
		words := "Refreshed " + name + "."
		if msg.before.Tokens.Usable(m.now) {
			words += " The access token before stays valid at Webex until " + m.stamp(msg.before.AccessLeft().Until) + "."
		}
		m.say(good, words)
	case orgRemoved:
		m.say(good, "Forgotten here: "+name+".")
	}
	return m.readHeld()
}

// tookOrgTest reads the organizations again: the test may have refreshed the tokens.
func (m *Model) tookOrgTest(msg orgTestedMsg) tea.Cmd {
	t := &m.tokens
	t.busy = ""
	m.now = m.opts.Now()
	key := orgRowKey(msg.id)
	delete(t.tests, key)
	delete(t.problems, key)
	if msg.err != nil {
		t.problems[key] = msg.err
		m.say(bad, "Webex says no. "+sentence(msg.err))
	} else {
		t.tests[key] = msg.result
		m.say(good, "Webex agrees: it works.")
	}
	return m.readHeld()
}

// orgName is what an organization is called.
func (m *Model) orgName(o app.Org, id webex.OrgID) string {
	if n := clean(webex.Untrusted(o.Name())); n != "" {
		return cut(n, 60)
	}
	return clean(orgUUID(id))
}

// orgErrorWords says what stands in the way of an organization's tokens, and what to do.
func orgErrorWords(err error, name string) (first, second string) {
	switch {
	case errors.Is(err, webex.ErrOrgNotAuthorized):
		return name + " has not authorized this Service App (403).", "A Full Admin of that organization does it: Control Hub > Apps > Service Apps > the app > Authorize. The login that fetches needs " + webex.ScopeApplicationsToken + " and must own the app. What is stored is kept."
	case errors.Is(err, webex.ErrForbidden):
		return "This login may not fetch the tokens of Service Apps.", "It lacks the scope " + webex.ScopeApplicationsToken + ": tick it on the integration, then l, and s to ask for it."
	case errors.Is(err, webex.ErrWrongClient):
		return "Webex does not accept the Service App's client id and secret.", "The portal shows a secret once; making a new one ends the old. Is this the newest? What is stored is kept."
	case errors.Is(err, webex.ErrOrgUnknown):
		return "Webex knows no organization " + name + ".", "Check the id. Nothing was stored."
	case errors.Is(err, webex.ErrNotLoggedIn):
		return "No login can fetch the tokens of " + name + ".", sentence(err) + ". l logs in; ask for " + webex.ScopeApplicationsToken + " with s."
	}
	return "Not done for " + name + ".", sentence(err)
}
