package ui

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
	// Others lists the Service Apps of which tokens are held and that are not configured.
	Others(context.Context) ([]webex.ClientID, error)
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
	// orgNamedMsg is the organization that was named in the form.
	orgNamedMsg struct {
		gen  int
		id   webex.OrgID
		note string // what is to be said about it
		gone bool   // the payload says that it took its authorization back
		err  error
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
	all := m.opts.Account.Orgs()
	if all == nil {
		return nil
	}
	configured, ctx, gen := m.orgs() != nil, m.ctx, m.tokens.gen
	return func() tea.Msg {
		msg := orgsMsg{gen: gen}
		msg.others, _ = all.Others(ctx) // the list tells what is wrong with the store
		if configured {
			msg.orgs, msg.err = all.List(ctx)
		}
		return msg
	}
}

func (m *Model) tookOrgs(msg orgsMsg) {
	t := &m.tokens
	if msg.gen != t.gen {
		return
	}
	t.orgsErr, t.others, t.orgsGot = msg.err, msg.others, true
	if msg.err == nil {
		t.orgs = msg.orgs
	}
	for _, o := range t.orgs {
		// What was issued after a refusal has overtaken it.
		if key := orgRowKey(o.ID); o.Tokens.Issued.After(t.problems[key].at) {
			delete(t.problems, key)
		}
	}
	m.arrangeTokens()
	t.goTo = "" // what is not there now is not waited for
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
	gen   int  // of the form: an answer for another one comes too late
	looks bool // for the organization that was named
}

// openAddOrg asks which organization is to be added.
func (m *Model) openAddOrg() tea.Cmd {
	o := m.orgs()
	switch {
	case o == nil:
		m.say(draw.Warn, "No Service App is set up: [service_app] in the configuration, or WEBEX_SA_CLIENT_ID and WEBEX_SA_CLIENT_SECRET.")
		return nil
	case o.Configured() != nil:
		m.say(draw.Warn, app.Sentence(o.Configured())+".")
		return nil
	case m.tokens.busy != "":
		m.say(draw.Dim, "One thing at a time: "+m.tokens.busy)
		return nil
	}
	f := &m.tokens.adding
	*f = addOrg{asks: askOrg, input: newInput(), gen: f.gen + 1}
	f.input.CharLimit = 64 << 10 // a webhook's payload
	return f.input.Focus()
}

func (m *Model) pressedInAddOrg(msg tea.KeyPressMsg) tea.Cmd {
	switch k := m.fixed; {
	case k.Matches(msg, action.Back):
		m.closeAddOrg()
		return nil
	case k.Matches(msg, action.Press):
		return m.submitAddOrg()
	}
	return m.editAddOrg(msg)
}

// closeAddOrg forgets what was typed: it may be a secret.
func (m *Model) closeAddOrg() { m.tokens.adding = addOrg{gen: m.tokens.adding.gen} }

func (m *Model) editAddOrg(msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	m.tokens.adding.input, cmd = m.tokens.adding.input.Update(msg)
	return cmd
}

func (m *Model) submitAddOrg() tea.Cmd {
	f, o := &m.tokens.adding, m.orgs()
	text := strings.TrimSpace(f.input.Value())
	if f.asks == askOrg {
		switch {
		case text == "":
			m.say(draw.Warn, "Type or paste the organization's id.")
			return nil
		case f.looks:
			return nil
		}
		f.looks = true
		ctx, gen := m.ctx, f.gen
		return func() tea.Msg { return orgFrom(ctx, o, gen, text) }
	}
	id, ctx := f.id, m.ctx
	if text == "" {
		m.closeAddOrg()
		return m.fetchOrg(id)
	}
	token, err := webex.ParseRefreshToken(text)
	f.input.SetValue("")
	if err != nil {
		m.openDialog(dialog.NewNotice("No refresh token", app.Sentence(err)+".", "Nothing was stored."))
		return nil
	}
	m.closeAddOrg()
	m.tokens.busy = "taking over the organization's tokens…"
	return func() tea.Msg {
		org, err := o.Add(ctx, id, token)
		return orgMsg{act: orgAdded, id: id, org: org, err: err}
	}
}

// tookOrgName asks for a refresh token, of which there may be none.
func (m *Model) tookOrgName(msg orgNamedMsg) tea.Cmd {
	f := &m.tokens.adding
	if f.asks != askOrg || msg.gen != f.gen {
		return nil // given up meanwhile
	}
	f.looks = false
	switch {
	case msg.err != nil:
		m.openDialog(dialog.NewNotice("Not an organization", app.Sentence(msg.err)+".", "Its UUID, an encoded id, an alias, or the text of a webhook's payload."))
		return nil
	case msg.gone:
		m.closeAddOrg()
		return m.offerToForget(msg.id)
	}
	*f = addOrg{asks: askRefresh, id: msg.id, input: newInput(), gen: f.gen}
	f.input.CharLimit = 16 << 10
	f.input.EchoMode = textinput.EchoPassword
	if msg.note != "" {
		m.openDialog(dialog.NewNotice("Which organization?", msg.note, "esc, then esc again, adds nothing."))
	}
	return f.input.Focus()
}

// offerToForget asks about an organization that took its authorization back.
func (m *Model) offerToForget(id webex.OrgID) tea.Cmd {
	t := &m.tokens
	for i, r := range t.table.Rows {
		if r.org >= 0 && r.key == orgRowKey(id) {
			t.table.MoveTo(i)
			org := t.orgs[r.org]
			m.openDialog(m.askToForgetOrg(m.orgName(org, id), org, true))
			return nil
		}
	}
	m.openDialog(dialog.NewNotice("Nothing to add", "Organization "+id.UUID()+" took its authorization back.", "No tokens of it are held here."))
	return nil
}

// orgFrom reads an organization from what was typed or pasted: an id, or a webhook's
// payload.
func orgFrom(ctx context.Context, o Orgs, gen int, text string) orgNamedMsg {
	msg := orgNamedMsg{gen: gen}
	if !strings.HasPrefix(text, "{") {
		msg.id, msg.err = o.Find(ctx, text)
		return msg
	}
	e, err := o.Event(ctx, []byte(text))
	msg.id, msg.err, msg.gone = e.Org, err, e.Event == webex.EventDeauthorized
	if e.OrgFrom == "orgId" {
		msg.note = "The payload names only the organization that owns the webhook, " + e.Org.UUID() + ": make sure that it is the customer's."
	}
	return msg
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
	if msg.org.Name() == "" {
		name = m.orgNameOf(msg.id)
	}
	if msg.err != nil {
		if errors.Is(msg.err, webex.ErrOrgNotRegistered) {
			return m.orgIsGone(key, name, msg.act)
		}
		if msg.act == orgAdded && errors.Is(msg.err, webex.ErrNotLoggedIn) {
			msg.err = errRefreshRefused // no login mends that
		} else {
			t.problems[key] = problem{msg.err, m.now}
		}
		t.goTo = key // to try again, where it is held already
		first, second := orgErrorWords(msg.err, name)
		m.say(draw.Bad, first)
		if m.screen == onTokens && !m.dialogs.IsOpen() {
			m.openDialog(dialog.NewNotice("Not done", first, second))
		}
		return m.readHeld()
	}
	delete(t.problems, key)
	delete(t.tests, key)
	switch msg.act {
	case orgFetched, orgAdded:
		t.goTo = key
		t.filter.SetValue("") // or it might hide the new one
		m.say(draw.Good, "Got the tokens of "+name+".")
	case orgRefreshed:
		m.sayRefreshed("Refreshed "+name, msg.before.Login, msg.org.Login, m.keys.Shown(action.Fresh)+" fetches new tokens before ")
	case orgRemoved:
		m.say(draw.Good, "Forgotten here: "+name+".")
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
	if errors.Is(msg.err, webex.ErrOrgNotRegistered) {
		return m.orgIsGone(key, m.orgNameOf(msg.id), orgRefreshed)
	}
	if msg.err != nil {
		t.problems[key] = problem{msg.err, m.now}
		first, _ := orgErrorWords(msg.err, m.orgNameOf(msg.id))
		m.say(draw.Bad, first)
	} else {
		t.tests[key] = msg.result
		m.say(draw.Good, "Webex agrees: it works.")
	}
	return m.readHeld()
}

// orgIsGone reads again what another program has removed.
func (m *Model) orgIsGone(key, name string, act orgAct) tea.Cmd {
	delete(m.tokens.problems, key)
	delete(m.tokens.tests, key)
	if act == orgRemoved {
		m.say(draw.Good, "Forgotten here, by another program: "+name+".")
	} else {
		m.say(draw.Warn, "Another program has removed "+name+": "+m.keys.Shown(action.AddOrg)+" adds it again.")
	}
	return m.readHeld()
}

// orgName is what an organization is called.
func (m *Model) orgName(o app.Org, id webex.OrgID) string {
	if n := app.Clean(webex.Untrusted(o.Name())); n != "" {
		return draw.Cut(n, 60)
	}
	return id.UUID()
}

// orgNameOf is what an organization whose tokens are held is called.
func (m *Model) orgNameOf(id webex.OrgID) string {
	for _, o := range m.tokens.orgs {
		if o.ID.UUID() == id.UUID() {
			return m.orgName(o, id)
		}
	}
	return id.UUID()
}
