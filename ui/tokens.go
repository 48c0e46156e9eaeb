package ui

import (
	"errors"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
)

// tokensView is the Tokens view: the login of this profile.
type tokensView struct {
	gen     int
	loading bool
	have    bool // held is what was read
	held    app.Login
	err     error
	busy    string // what is under way, in words
	tested  *app.TestResult
	testErr error
	scroll  int
}

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
}

// pressedOnTokensScreen takes the keys of the Tokens view, those that change the view
// first.
func (m *Model) pressedOnTokensScreen(msg tea.KeyPressMsg) tea.Cmd {
	if key.Matches(msg, m.keys.Authorizations) || key.Matches(msg, m.keys.NextView) {
		return m.showAuthorizations()
	}
	return m.pressedOnTokens(msg)
}

func (m *Model) pressedOnTokens(msg tea.KeyPressMsg) tea.Cmd {
	k, t := m.keys, &m.tokens
	switch {
	case key.Matches(msg, k.Up):
		t.scroll = max(t.scroll-1, 0)
	case key.Matches(msg, k.Down):
		t.scroll++
	case key.Matches(msg, k.Help):
		m.openDialog(newHelp(m))
	case key.Matches(msg, k.Back):
		return m.showAuthorizations()
	case key.Matches(msg, k.Quit):
		return m.quit()
	case key.Matches(msg, k.Reload):
		return m.readHeld()
	case key.Matches(msg, k.Login):
		return m.openLogin()
	case key.Matches(msg, k.Fresh), key.Matches(msg, k.Test), key.Matches(msg, k.CopyTicket), key.Matches(msg, k.Forget):
		return m.pressedOnLoginRow(msg)
	}
	return nil
}

// pressedOnLoginRow holds the keys that need a login.
func (m *Model) pressedOnLoginRow(msg tea.KeyPressMsg) tea.Cmd {
	k, t := m.keys, &m.tokens
	switch {
	case !t.have:
		m.say(warn, "There is no login here: l logs in.")
		return nil
	case m.running > 0:
		m.say(warn, "A revoke is running: wait until it has ended.")
		return nil
	case t.busy != "":
		m.say(dim, "One thing at a time: "+t.busy)
		return nil
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
		m.openDialog(m.askToCopy())
	}
	return nil
}

// askToCopy guards the one key that puts a secret outside of wxauth.
func (m *Model) askToCopy() *ask {
	token, until := m.tokens.held.Tokens.Access, "it ends"
	if left := m.tokens.held.AccessLeft(); left.Known() {
		until = m.stamp(left.Until)
	}
	return &ask{
		opening: opening{m.now}, title: "Copy the access token?", button: "Copy",
		body: []string{
			"Whoever has it can do what " + m.ownerName() + " can do, within its scopes, until " + until + ".",
			"It goes to the terminal's clipboard, where other programs can read it. In a script, wxauth token or wxauth exec keep it out of there.",
		},
		yes: func() tea.Cmd {
			m.say(warn, "To the terminal's clipboard: the access token. Mind where you paste it.")
			return tea.SetClipboard(token.Reveal())
		},
	}
}

func (m *Model) askToForget() *ask {
	a, ctx := m.opts.Account, m.ctx
	l := m.tokens.held
	until := "an unknown time"
	if left := l.EndsAt(); left.Known() {
		until = m.stamp(left.Until)
	}
	there := "At Webex its tokens stay valid until " + until + ". To end them there too, run: wxauth logout --revoke"
	if l.Personal() {
		there = "At Webex it stays valid until " + until + "."
	}
	return &ask{
		opening: opening{m.now}, title: "Forget this login?", button: "Forget",
		body: []string{
			"The login of " + m.ownerName() + " is removed from this computer, with its backups.",
			there,
		},
		yes: func() tea.Cmd {
			m.tokens.busy = "forgetting…"
			return func() tea.Msg {
				l, err := a.Forget(ctx)
				return forgottenMsg{l, err}
			}
		},
	}
}

func (m *Model) ownerName() string {
	o := m.tokens.held.Tokens.Owner
	if e := clean(o.Email); e != "" {
		return cut(e, 60)
	}
	return "its owner"
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
		t.tested, t.testErr = nil, nil
	}
	return m.readHeld()
}

func (m *Model) tookTested(msg testedMsg) {
	t := &m.tokens
	t.busy = ""
	m.now = m.opts.Now()
	t.tested, t.testErr = nil, msg.err
	if msg.err != nil {
		m.say(bad, "Webex says no. "+sentence(msg.err))
		return
	}
	t.tested = &msg.result
	m.say(good, "Webex agrees: it works.")
}

func (m *Model) tookForgotten(msg forgottenMsg) tea.Cmd {
	m.tokens.busy = ""
	if msg.err != nil {
		m.say(bad, "Not forgotten. "+sentence(msg.err))
		return m.readHeld()
	}
	m.say(good, "Forgotten here. l logs in again.")
	if !m.opts.EnvToken && m.opts.Service != nil {
		// Without a login nothing can be asked any more.
		m.opts.Service, m.session = nil, nil
		m.list.who = webex.Person{}
	}
	return m.readHeld()
}
