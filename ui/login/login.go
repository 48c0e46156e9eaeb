// Package login is the login screen. Users log in in the browser, with a code on another device,
// or by pasting a token.
package login

import (
	"context"
	"time"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// stage is the current step of the login screen.
type stage int

const (
	choosing       stage = iota
	choosingKey          // the user chooses how to protect the encryption key
	starting             // the login is being prepared
	waiting              // for the browser
	showingCode          // the user enters the code on another device
	choosingScopes       // the user chooses the scopes
	saving
	done
	failed
)

// way is how the user logs in.
type way int

const (
	byBrowser way = iota
	byCode
)

// Account is the part of the profile that the login uses.
type Account interface {
	Profile() string
	LogIn(context.Context, app.LoginOptions) (app.LoggedIn, error)
	// LogInWithCode logs in with a code that the user enters on another device.
	LogInWithCode(context.Context, app.LoginOptions) (app.LoggedIn, error)
	AdoptAccessToken(context.Context, webex.Secret) (app.LoggedIn, error)
	// Configured returns an error that says what an integration login lacks, or nil.
	Configured() error
	Scopes() []string
	// AskFor returns the scopes that a login requests if chosen are selected.
	AskFor(chosen []string) []string
	RedirectURI() string
	// NeedsKey reports whether an error means that the user must choose a key source. UseKey
	// sets it: keyfile, passphrase or memory.
	NeedsKey(error) bool
	UseKey(source string, passphrase webex.Secret) error
}

// Options configure the login screen.
type Options struct {
	Account Account
	// OpenBrowser opens a URL. If it is nil, NoBrowser says why no browser can be opened.
	OpenBrowser func(string) error
	NoBrowser   string
	// Service returns a service that uses the stored login. It may read the store, so it is
	// called in a command's goroutine.
	Service func() any
}

// Messages from the login screen to the program, besides those of every view.
type (
	// LoggedIn says that a login was stored. Service uses it.
	LoggedIn struct{ Service any }
	// Left closes the login screen. Done says that a login was stored.
	Left struct{ Done bool }
)

// View is the login screen.
type View struct {
	view.Outbox
	Options
	ctx  context.Context
	gen  int  // counts logins
	open bool // it is on screen, perhaps below a dialog
	state
}

// state is reset each time the login screen is opened.
type state struct {
	opened   time.Time // when the choice was shown
	stage    stage
	way      way
	scopes   []string // chosen scopes; nil for those of the profile
	cancel   context.CancelFunc
	pasted   chan string
	url      string
	started  time.Time
	deadline time.Time
	listens  error // why the answer must be pasted: wxauth can't listen for it
	notice   string
	strays   int
	alone    bool // show only the URL, or only the QR code
	picker   scopePicker
	code     webex.DeviceAuth
	square   draw.QR
	err      error
	in       app.LoggedIn

	input textinput.Model
	typed inputFor // what the input is for; inputNothing if it is closed
	token bool     // the current login uses a pasted token

	pending    webex.Secret // a token to use once the key source is chosen
	passphrase webex.Secret // the first of two entries
}

// New returns the login screen. Canceling ctx cancels its logins.
func New(ctx context.Context, o Options) *View { return &View{Options: o, ctx: ctx} }

// Open shows the ways to log in.
func (v *View) Open(now time.Time) {
	v.state = state{stage: choosing, opened: now}
	if v.OpenBrowser == nil {
		v.way = byCode // over SSH, or without a display
	}
	v.open = true
}

// PasteToken opens the input for a personal access token.
func (v *View) PasteToken() tea.Cmd { return v.openInput(inputToken) }

// Update handles progress and results of a login, keys and pasted text.
func (v *View) Update(env view.Env, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case stepMsg:
		return v.handleStep(env, msg)
	case loggedInMsg:
		return v.handleLoggedIn(env, msg)
	case tea.KeyPressMsg:
		return v.press(env, msg)
	case tea.PasteMsg:
		switch {
		case v.stage == choosingScopes:
			return v.editScopes(msg)
		case v.typed != inputNothing:
			return v.editInput(msg)
		}
	}
	return nil
}

// Resize sets the height of the list of scopes.
func (v *View) Resize(env view.Env) {
	if v.stage == choosingScopes {
		v.picker.table.Resize(env.Height - scopesTop - scopesFooter)
		v.picker.input.SetWidth(max(env.Width-24, 10))
	}
}

// Typing returns true: the login screen receives all keys.
func (v *View) Typing() bool { return true }

// Tick returns a second while a login is in progress.
func (v *View) Tick(view.Env) time.Duration {
	if v.open && v.underWay() {
		return time.Second
	}
	return 0
}

// underWay reports whether a login is in progress.
func (v *View) underWay() bool {
	return v.stage == starting || v.stage == waiting || v.stage == showingCode || v.stage == saving
}

// Results of commands.
type (
	stepMsg struct {
		gen  int
		step app.LoginProgress
		more <-chan app.LoginProgress
	}
	loggedInMsg struct {
		gen      int
		in       app.LoggedIn
		err      error
		service  any  // uses the new login
		needsKey bool // the user must choose a key source
	}
)

type inputFor int

const (
	inputNothing inputFor = iota
	inputAnswer           // the URL that the browser was redirected to, or a token
	inputToken            // an access token
	inputPassphrase
	inputPassphraseAgain
)

// Grace is how long the ways to log in must be on screen before a letter chooses one.
const Grace = 500 * time.Millisecond

// start starts a login in the chosen way.
func (v *View) start(way way) tea.Cmd {
	if err := v.Account.Configured(); err != nil {
		v.Say(draw.Warn, "This requires an integration. Press p to use a personal access token.")
		return nil
	}
	ctx := v.begin()
	v.way, v.pasted = way, make(chan string, 4)
	steps := make(chan app.LoginProgress, 64)
	a, gen := v.Account, v.gen
	opts := app.LoginOptions{Scopes: v.scopes, OpenBrowser: v.OpenBrowser, Pasted: v.pasted, Progress: func(p app.LoginProgress) {
		select {
		case steps <- p:
		default: // if requests flood the listener, the count of strays may be too low
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
			return v.ended(gen, in, err)
		},
		nextStep(gen, steps),
	)
}

// begin returns the context of a new login. esc cancels it.
func (v *View) begin() context.Context {
	ctx, cancel := context.WithCancel(v.ctx)
	v.gen++
	v.cancel, v.stage, v.err, v.notice, v.url, v.strays, v.listens = cancel, starting, nil, "", "", 0, nil
	v.token, v.alone, v.typed = false, false, inputNothing
	return ctx
}

func nextStep(gen int, steps <-chan app.LoginProgress) tea.Cmd {
	return func() tea.Msg {
		p, ok := <-steps
		if !ok {
			return nil
		}
		return stepMsg{gen, p, steps}
	}
}

// adoptToken logs in with a pasted token.
func (v *View) adoptToken(text string) tea.Cmd {
	token, err := webex.ParseToken(text)
	if err != nil {
		v.Say(draw.Bad, app.Sentence(err)+". Nothing was saved.")
		return nil
	}
	return v.adopt(token)
}

func (v *View) adopt(token webex.Secret) tea.Cmd {
	ctx := v.begin()
	v.token, v.pending, v.stage = true, token, saving
	a, gen := v.Account, v.gen
	return func() tea.Msg {
		in, err := a.AdoptAccessToken(ctx, token)
		return v.ended(gen, in, err)
	}
}

func (v *View) handleStep(env view.Env, msg stepMsg) tea.Cmd {
	next := nextStep(msg.gen, msg.more)
	if msg.gen != v.gen || !v.open {
		return next
	}
	p := msg.step
	if !v.underWay() {
		return next // the login has already finished
	}
	switch {
	case p.Code != nil:
		v.stage, v.url, v.deadline, v.started, v.code = showingCode, p.URL, p.Deadline, env.Now, *p.Code
		if !env.Plain { // a QR code is useless to a screen reader
			v.square = draw.NewQR(p.Code.VerificationURIComplete)
		}
	case p.Stage == app.LoginWaiting:
		v.stage, v.url, v.deadline, v.started, v.listens = waiting, p.URL, p.Deadline, env.Now, p.Listens
	case p.Stage == app.LoginSaving:
		v.stage = saving
		v.typed = inputNothing
	case p.Stray:
		v.strays++
	default:
		v.notice = app.Clean(webex.Untrusted(p.Notice))
	}
	return next
}

// leave cancels the current login and closes the screen.
func (v *View) leave() {
	if v.cancel != nil {
		v.cancel()
	}
	v.gen++
	if v.underWay() {
		v.Say(draw.Dim, "The login was cancelled. Nothing was saved.")
	}
	v.open = false
	v.Send(Left{Done: v.stage == done})
}

func (v *View) press(env view.Env, msg tea.KeyPressMsg) tea.Cmd {
	if v.typed != inputNothing {
		return v.pressInInput(env, msg)
	}
	if v.stage == choosingScopes {
		return v.pressOnScopes(env, msg)
	}
	if env.Fixed.Matches(msg, action.Help) {
		v.Send(view.Help{})
		return nil
	}
	if env.Fixed.Matches(msg, action.Back) || env.Fixed.Matches(msg, action.Quit) {
		if v.stage == saving && !v.token && v.url != "" {
			v.Say(draw.Warn, "Webex has answered and wxauth is saving the login. Wait a moment.")
			return nil
		}
		if v.alone {
			v.alone = false
			return nil
		}
		v.leave()
		return nil
	}
	switch v.stage {
	case choosing, failed:
		return v.pressOnChoice(env, msg)
	case choosingKey:
		return v.pressOnKeySource(env, msg)
	case waiting:
		return v.pressWhileWaiting(env, msg)
	case showingCode:
		return v.pressWithCode(env, msg)
	case done:
		if env.Fixed.Matches(msg, action.Press) {
			v.leave()
		}
	}
	return nil
}

func (v *View) pressOnChoice(env view.Env, msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case env.Fixed.Matches(msg, action.Press):
		return v.start(v.way)
	case env.Fixed.Matches(msg, action.Browser, action.Code) && env.Now.Sub(v.opened) < Grace:
		v.Send(view.Stray{Key: msg}) // a name that starts with l
	case env.Fixed.Matches(msg, action.Browser, action.Code) && env.Typing:
		v.Send(view.StillTyping{})
	case env.Fixed.Matches(msg, action.Browser):
		return v.start(byBrowser)
	case env.Fixed.Matches(msg, action.Code):
		return v.start(byCode)
	case env.Fixed.Matches(msg, action.Scopes):
		return v.openScopes(env)
	case env.Fixed.Matches(msg, action.Paste):
		return v.openInput(inputToken)
	default:
		v.Send(view.Stray{Key: msg})
	}
	return nil
}

func (v *View) pressOnKeySource(env view.Env, msg tea.KeyPressMsg) tea.Cmd {
	switch k := env.Fixed; {
	case k.Matches(msg, action.FirstChoice):
		return v.openInput(inputPassphrase)
	case k.Matches(msg, action.SecondChoice):
		return v.choseKey("keyfile", webex.Secret{})
	case k.Matches(msg, action.ThirdChoice):
		return v.choseKey("memory", webex.Secret{})
	}
	return nil
}

// choseKey stores the chosen key source and continues the login.
func (v *View) choseKey(source string, passphrase webex.Secret) tea.Cmd {
	if err := v.Account.UseKey(source, passphrase); err != nil {
		v.Say(draw.Bad, app.Sentence(err))
		return nil
	}
	if !v.pending.IsZero() {
		return v.adopt(v.pending)
	}
	return v.start(v.way)
}

func (v *View) pressWhileWaiting(env view.Env, msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case env.Fixed.Matches(msg, action.CopyTicket): // c, as on other screens
		v.Say(draw.Good, "Sent to the terminal's clipboard: the address to open.")
		return tea.SetClipboard(v.url)
	case env.Fixed.Matches(msg, action.OpenAgain):
		return v.openAgain()
	case env.Fixed.Matches(msg, action.Alone):
		v.alone = !v.alone
	case env.Fixed.Matches(msg, action.Code):
		return v.switchTo(byCode)
	case env.Fixed.Matches(msg, action.Paste):
		return v.openInput(inputAnswer)
	}
	return nil
}

func (v *View) openAgain() tea.Cmd {
	open, url := v.OpenBrowser, v.url
	if open == nil {
		v.Say(draw.Warn, "No browser can be opened here: "+v.NoBrowser+".")
		return nil
	}
	v.Say(draw.Dim, "Opening the address again.")
	return func() tea.Msg {
		_ = open(url) // if this fails, the URL is still on the screen
		return nil
	}
}
