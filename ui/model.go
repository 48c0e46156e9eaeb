package ui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/activity"
	"github.com/wxauth/wxauth/ui/audit"
	"github.com/wxauth/wxauth/ui/authorizations"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/inventory"
	"github.com/wxauth/wxauth/ui/people"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// Service is the part of the use cases that the dashboard uses. *app.Service implements it.
type Service interface {
	authorizations.Service
	people.Service
	inventory.Service
	activity.Service
	Session(context.Context) (app.Session, error)
	// Settle returns the revokes whose process exited before the outcome was known, each once.
	Settle(context.Context) ([]app.Record, error)
	ReadOnly() bool
	// LacksScope returns the scope that revokes require, if the token is known to lack it.
	LacksScope() string
	PausedUntil() time.Time
}

// Inventory holds the results of sweeps of the organization. *app.OrgInventory implements it.
type Inventory interface {
	inventory.Inventory
	people.Inventory
}

// Audit is the audit log.
type Audit = audit.Log

// Demo is the badge of the demo.
const Demo = "DEMO"

// Options configure the dashboard.
type Options struct {
	// Service is nil without a token. The first-run screen is then shown.
	Service Service
	// Person is the person to show first. If it is nil, the picker opens.
	Person  *webex.Person
	Badges  []string // shown at the top: READ-ONLY, DEMO, ENV TOKEN
	Host    string   // the API's host, if it is not the default
	Theme   string   // auto, dark, light, high-contrast
	Keys    Keys     // the user's key bindings
	Links   bool     // the terminal has links (OSC 8)
	NoMouse bool     // leave the mouse to the terminal
	Plain   bool     // plain text for screen readers: no lines, bars, boxes or animation
	// ConfigPath is the path of the configuration file. The first-run screen shows it.
	ConfigPath string
	// Account is the profile's login. If it is nil, everything about logins is hidden.
	Account Account
	// Profiles lists the other profiles and what each holds, without network access. If it is
	// nil, they are hidden.
	Profiles func(context.Context) ([]app.Login, error)
	// EnvToken means that Service uses the token of the environment, which takes precedence over
	// the login.
	EnvToken bool
	// OpenBrowser opens a URL. If it is nil, NoBrowser says why no browser can be opened.
	OpenBrowser func(string) error
	NoBrowser   string
	ControlHub  app.ControlHub // the pages that o opens
	CanSuspend  bool           // a shell can resume the program
	// Audit is the audit log. If it is nil, its view is hidden.
	Audit Audit
	// Inventory holds the results of sweeps. If it is nil, its view is hidden.
	Inventory Inventory
	// Shell sets the quoting of copied command lines. Profile is the profile that they name.
	Shell   app.Shell
	Profile string
	Org     string // the partner's customer whose inventory is shown, if any
	// Export writes rows to a new file and returns its path. If it is nil, nothing can be
	// exported.
	Export func(what, format string, rows any) (path string, err error)
	// RecordNote says where the audit log is stored. It is the dialog's last fact.
	RecordNote string
	Location   *time.Location   // for displayed times; UTC if nil
	Now        func() time.Time // time.Now if nil
}

// Next is what the program does after the dashboard, on the user's request.
type Next int

// Values of Next.
const (
	NextNothing Next = iota
	NextDemo         // show the demo
	NextProfile      // show another profile
)

// Model is the root model. It knows which screen is open, who is signed in and which dialogs are
// open. Each screen keeps its own state.
type Model struct {
	draw.Screen
	opts  Options
	ctx   context.Context
	keys  action.Map // of the views, including the user's
	fixed action.Map // of questions, inputs and the login; not configurable

	screens
	loginFrom view.Screen // the screen that was open before the login
	dialogs   dialog.Stack
	queued    *action.Key // runs once the open view has loaded

	fewColours bool         // the terminal shows at most 16 colours
	flash      draw.Segment // result of the last key, cleared by the next one
	strayAt    time.Time    // when a key without a meaning was last pressed
	moved      int          // counts cursor moves; see restedMsg

	session     *app.Session
	sessionErr  error
	pausedUntil time.Time
	now         time.Time
	shownNow    time.Time // time on the plain screen; see setShownNow
	tickGen     int
	tickEvery   time.Duration
	revoke      *view.Revoked // the last revoke, for copyReport
	next        Next
	nextProfile string
	interrupted bool
	following   bool // another login is being loaded
	replies     int  // number of replies of the terminal to queries
}

// New returns the model. Canceling ctx cancels the commands that it starts.
func New(ctx context.Context, opts Options) *Model {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Location == nil {
		opts.Location = time.UTC
	}
	m := &Model{
		opts: opts, ctx: ctx, keys: opts.Keys, now: opts.Now(), shownNow: opts.Now(),
		Screen: draw.Screen{Glyphs: draw.DrawnGlyphs, Plain: opts.Plain, Dark: opts.Theme != "light"},
	}
	m.screens = newScreens(ctx, opts)
	m.restyle()
	if opts.Plain {
		m.Glyphs = draw.PlainGlyphs
	}
	return m
}

// restyle rebuilds the styles for what is known about the terminal.
func (m *Model) restyle() {
	m.Styles = draw.NewStyles(draw.Look{Dark: m.Dark, Contrast: m.opts.Theme == draw.HighContrast, Few: m.fewColours})
}

// Init loads who is signed in, and the list of the person in the options.
func (m *Model) Init() tea.Cmd {
	cmds := []tea.Cmd{m.startTicking()}
	if m.opts.Theme != "dark" && m.opts.Theme != "light" {
		cmds = append(cmds, tea.RequestBackgroundColor)
	}
	if m.opts.Service != nil {
		cmds = append(cmds, loadSession(m.ctx, m.opts.Service), loadOpenIntents(m.ctx, m.opts.Service))
	}
	switch m.open {
	case m.list:
		cmds = append(cmds, m.openPerson(view.OpenPerson{Who: *m.opts.Person}))
	case m.people:
		cmds = append(cmds, m.people.Show(m.env()))
	}
	return tea.Batch(cmds...)
}

func (m *Model) say(t draw.Tone, text string) { m.flash = t.Text(text) }

// startTicking schedules redraws for counters, aligned to whole intervals.
func (m *Model) startTicking() tea.Cmd {
	m.tickGen++
	m.tickEvery = m.wantedTick()
	now := m.opts.Now()
	wait := now.Truncate(m.tickEvery).Add(m.tickEvery).Sub(now)
	gen, clock := m.tickGen, m.opts.Now
	return tea.Tick(wait, func(time.Time) tea.Msg { return tickMsg{gen, clock()} })
}

// wantedTick returns the interval at which the screen changes on its own. It is a second only
// while something counts seconds.
func (m *Model) wantedTick() time.Duration {
	if m.revokes() > 0 || !m.pausedUntil.IsZero() {
		return time.Second
	}
	wanted := time.Minute
	for _, v := range m.all() {
		if every := v.Tick(m.envOf(v)); every != 0 {
			wanted = min(wanted, every)
		}
	}
	return wanted
}

type tickMsg struct {
	gen int
	now time.Time
}
