package ui

import (
	"context"
	"time"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/webex"
)

// loginStage is a named state of the login's screen.
type loginStage int

const (
	loginChoose   loginStage = iota
	loginKey                 // where the key of the store comes from has to be chosen
	loginStarting            // what is to be shown is got ready
	loginWaiting             // for the browser
	loginCode                // for somebody who enters the code
	loginScopes              // what to ask for is chosen
	loginSaving
	loginDone
	loginFailed
)

// loginWay is how somebody logs in.
type loginWay int

const (
	byBrowser loginWay = iota
	byCode
)

// loginView is the login's screen.
type loginView struct {
	opened   time.Time // when the choice appeared
	stage    loginStage
	way      loginWay
	scopes   []string // what was chosen to ask for; nil is what the profile says
	from     screen   // where esc leads back to
	gen      int
	cancel   context.CancelFunc
	pasted   chan string
	url      string
	started  time.Time
	deadline time.Time
	listens  error // why the answer has to be pasted
	notice   string
	strays   int
	alone    bool // the address, or the square, alone on the screen
	picker   scopePicker
	code     webex.DeviceAuth
	square   draw.QR
	err      error
	in       app.LoggedIn

	input textinput.Model
	typed inputFor // what the input is for; inputNothing when it is closed
	token bool     // the login under way is one with a token that was pasted

	pending    webex.Secret // a token that waits for the key source to be chosen
	passphrase webex.Secret // typed once, to be typed again
}

type inputFor int

const (
	inputNothing inputFor = iota
	inputAnswer           // the address that the browser was sent to, or a token
	inputToken            // an access token
	inputPassphrase
	inputPassphraseAgain
)

// choiceGrace is how long the ways to log in have to be on the screen before a letter takes
// one of them.
const choiceGrace = 500 * time.Millisecond

// openLogin shows the login's screen.
func (m *Model) openLogin() tea.Cmd {
	switch {
	case m.opts.Account == nil:
		m.strayAt = m.now
		m.say(draw.Warn, "There is no login here.")
		return nil
	case m.running > 0:
		m.say(draw.Warn, "A revoke is running: log in when it has ended.")
		return nil
	case m.screen == onLogin:
		return nil
	}
	m.list.preparing = false // no question opens over the login
	m.picker.input.Blur()
	m.login = loginView{stage: loginChoose, from: m.screen, gen: m.login.gen, opened: m.now}
	if m.opts.OpenBrowser == nil {
		m.login.way = byCode // over SSH, or without a display
	}
	m.screen = onLogin
	return nil
}

// startLogin begins to wait for Webex's answer, in the way that was chosen.
func (m *Model) startLogin(way loginWay) tea.Cmd {
	if err := m.opts.Account.Configured(); err != nil {
		m.say(draw.Warn, "An integration is missing: p takes a personal access token.")
		return nil
	}
	ctx := m.beginLogin()
	v := &m.login
	v.way, v.pasted = way, make(chan string, 4)
	steps := make(chan app.LoginProgress, 64)
	a, gen := m.opts.Account, v.gen
	opts := app.LoginOptions{Scopes: v.scopes, OpenBrowser: m.opts.OpenBrowser, Pasted: v.pasted, Progress: func(p app.LoginProgress) {
		select {
		case steps <- p:
		default: // somebody floods the listener; the count of strays may lag
		}
	}}
	logIn := a.LogIn
	if way == byCode {
		logIn = a.LogInWithCode
	}
	return tea.Batch(
		func() tea.Msg {
			defer close(steps)
			in, err := logIn(ctx, opts)
			return endOfLogin(a, gen, in, err)
		},
		nextLoginStep(gen, steps),
	)
}

// beginLogin makes a login's context, which esc ends.
func (m *Model) beginLogin() context.Context {
	v := &m.login
	ctx, cancel := context.WithCancel(m.ctx)
	v.gen++
	v.cancel, v.stage, v.err, v.notice, v.url, v.strays, v.listens = cancel, loginStarting, nil, "", "", 0, nil
	v.token, v.alone, v.typed = false, false, inputNothing
	return ctx
}

func nextLoginStep(gen int, steps <-chan app.LoginProgress) tea.Cmd {
	return func() tea.Msg {
		p, ok := <-steps
		if !ok {
			return nil
		}
		return loginStepMsg{gen, p, steps}
	}
}

// adoptToken logs in with a token that was pasted.
func (m *Model) adoptToken(text string) tea.Cmd {
	token, err := webex.ParseToken(text)
	if err != nil {
		m.say(draw.Bad, app.Sentence(err)+". Nothing was stored.")
		return nil
	}
	return m.adopt(token)
}

func (m *Model) adopt(token webex.Secret) tea.Cmd {
	ctx := m.beginLogin()
	m.login.token, m.login.pending, m.login.stage = true, token, loginSaving
	a, gen := m.opts.Account, m.login.gen
	return func() tea.Msg {
		in, err := a.AdoptAccessToken(ctx, token)
		return endOfLogin(a, gen, in, err)
	}
}

func (m *Model) tookLoginStep(msg loginStepMsg) tea.Cmd {
	next := nextLoginStep(msg.gen, msg.more)
	if msg.gen != m.login.gen || m.screen != onLogin {
		return next
	}
	v, p := &m.login, msg.step
	if v.stage != loginStarting && v.stage != loginWaiting && v.stage != loginCode && v.stage != loginSaving {
		return next // the end has overtaken it
	}
	m.now = m.opts.Now()
	switch {
	case p.Code != nil:
		v.stage, v.url, v.deadline, v.started, v.code = loginCode, p.URL, p.Deadline, m.now, *p.Code
		if !m.Plain { // a square says nothing to those who hear the screen
			v.square = draw.NewQR(p.Code.VerificationURIComplete)
		}
	case p.Stage == app.LoginWaiting:
		v.stage, v.url, v.deadline, v.started, v.listens = loginWaiting, p.URL, p.Deadline, m.now, p.Listens
	case p.Stage == app.LoginSaving:
		v.stage = loginSaving
		v.typed = inputNothing
	case p.Stray:
		v.strays++
	default:
		v.notice = app.Clean(webex.Untrusted(p.Notice))
	}
	return next
}

// leaveLogin cancels what is under way and goes back.
func (m *Model) leaveLogin() tea.Cmd {
	v := &m.login
	if v.cancel != nil {
		v.cancel()
	}
	v.gen++
	switch {
	case v.stage == loginDone && v.from != onTokens && m.opts.Service != nil && m.list.who == (webex.Person{}):
		return m.choosePerson()
	case v.stage == loginStarting || v.stage == loginWaiting || v.stage == loginCode || v.stage == loginSaving:
		m.say(draw.Dim, "The login was cancelled. Nothing was stored.")
	}
	m.screen = v.from
	switch {
	case v.from == onFirstRun && m.opts.Service != nil:
		return m.choosePerson()
	case v.from == onPicker:
		return m.picker.input.Focus()
	case v.from == onList && m.list.who == (webex.Person{}):
		return m.choosePerson()
	}
	return nil
}

func (m *Model) pressedOnLogin(msg tea.KeyPressMsg) tea.Cmd {
	v := &m.login
	if v.typed != inputNothing {
		return m.pressedInLoginInput(msg)
	}
	if v.stage == loginScopes {
		return m.pressedOnScopes(msg)
	}
	if m.fixed.Matches(msg, action.Help) {
		m.openHelp()
		return nil
	}
	if m.fixed.Matches(msg, action.Back) || m.fixed.Matches(msg, action.Quit) {
		if v.stage == loginSaving && !v.token && v.url != "" {
			m.say(draw.Warn, "Webex has answered, and the login is being stored: a moment.")
			return nil
		}
		if v.alone {
			v.alone = false
			return nil
		}
		return m.leaveLogin()
	}
	switch v.stage {
	case loginChoose, loginFailed:
		return m.pressedOnChoice(msg)
	case loginKey:
		return m.pressedOnKeySource(msg)
	case loginWaiting:
		return m.pressedWhileWaiting(msg)
	case loginCode:
		return m.pressedWithCode(msg)
	case loginDone:
		if m.fixed.Matches(msg, action.Press) {
			return m.leaveLogin()
		}
	}
	return nil
}

func (m *Model) pressedOnChoice(msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case m.fixed.Matches(msg, action.Press):
		return m.startLogin(m.login.way)
	case m.fixed.Matches(msg, action.Browser, action.Code) && m.now.Sub(m.login.opened) < choiceGrace:
		m.stray(msg) // a name that begins with l
	case m.fixed.Matches(msg, action.Browser, action.Code) && m.typing():
	case m.fixed.Matches(msg, action.Browser):
		return m.startLogin(byBrowser)
	case m.fixed.Matches(msg, action.Code):
		return m.startLogin(byCode)
	case m.fixed.Matches(msg, action.Scopes):
		return m.openScopes()
	case m.fixed.Matches(msg, action.Paste):
		return m.openLoginInput(inputToken)
	default:
		m.stray(msg)
	}
	return nil
}

func (m *Model) pressedOnKeySource(msg tea.KeyPressMsg) tea.Cmd {
	switch k := m.fixed; {
	case k.Matches(msg, action.FirstChoice):
		return m.openLoginInput(inputPassphrase)
	case k.Matches(msg, action.SecondChoice):
		return m.choseKey("keyfile", webex.Secret{})
	case k.Matches(msg, action.ThirdChoice):
		return m.choseKey("memory", webex.Secret{})
	}
	return nil
}

// choseKey takes the key source that was chosen, and goes on with the login.
func (m *Model) choseKey(source string, passphrase webex.Secret) tea.Cmd {
	if err := m.opts.Account.UseKey(source, passphrase); err != nil {
		m.say(draw.Bad, app.Sentence(err))
		return nil
	}
	if !m.login.pending.IsZero() {
		return m.adopt(m.login.pending)
	}
	return m.startLogin(m.login.way)
}

func (m *Model) pressedWhileWaiting(msg tea.KeyPressMsg) tea.Cmd {
	v := &m.login
	switch {
	case m.fixed.Matches(msg, action.CopyTicket): // c, as everywhere
		m.say(draw.Good, "Sent to the terminal's clipboard: the address to open.")
		return tea.SetClipboard(v.url)
	case m.fixed.Matches(msg, action.OpenAgain):
		return m.openAgain()
	case m.fixed.Matches(msg, action.Alone):
		v.alone = !v.alone
	case m.fixed.Matches(msg, action.Code):
		return m.switchLogin(byCode)
	case m.fixed.Matches(msg, action.Paste):
		return m.openLoginInput(inputAnswer)
	}
	return nil
}

func (m *Model) openAgain() tea.Cmd {
	open, url := m.opts.OpenBrowser, m.login.url
	if open == nil {
		m.say(draw.Warn, "No browser can be opened here: "+m.opts.NoBrowser+".")
		return nil
	}
	m.say(draw.Dim, "Opening the address once more.")
	return func() tea.Msg {
		_ = open(url) // where that fails, the address is on the screen
		return nil
	}
}
