package ui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/audit"
	"github.com/wxauth/wxauth/ui/authorizations"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/inventory"
	"github.com/wxauth/wxauth/ui/people"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// Service is what the dashboard needs of the use cases. *app.Service is one.
type Service interface {
	authorizations.Service
	people.Service
	inventory.Service
	Session(context.Context) (app.Session, error)
	// Settle returns what processes that died left open, each once.
	Settle(context.Context) ([]app.Record, error)
	ReadOnly() bool
	// LacksScope names the scope without which no revoke is possible, if it is known to be missing.
	LacksScope() string
	PausedUntil() time.Time
}

// Inventory is what sweeps of the organization found. *app.OrgInventory is one.
type Inventory interface {
	inventory.Inventory
	people.Inventory
}

// Audit is the record of what was revoked.
type Audit = audit.Log

// Options are what the dashboard starts with.
type Options struct {
	// Service is nil when there is no token: the first-run screen shows.
	Service Service
	// Person to open on; nil opens the picker.
	Person *webex.Person
	Badges []string // shown as words at the top: READ-ONLY, DEMO, ENV TOKEN
	Host   string   // the API's host, when it is not Webex's own
	Theme  string   // auto, dark, light, high-contrast
	Keys   Keys     // of the user's own
	Plain  bool     // words alone: no lines, bars or boxes, and nothing that moves by itself
	// ConfigPath is where the configuration file belongs, for the first-run screen.
	ConfigPath string
	// Account is the profile's login; nil hides everything about it.
	Account Account
	// Profiles lists the other profiles with what each holds, without the network; nil
	// hides them.
	Profiles func(context.Context) ([]app.Login, error)
	// EnvToken says that Service uses the token of the environment, which takes precedence over
	// the login.
	EnvToken bool
	// OpenBrowser opens an address; nil where none can be, and NoBrowser says why.
	OpenBrowser func(string) error
	NoBrowser   string
	CanSuspend  bool // a shell can continue the program
	// Audit is the record; nil hides its view.
	Audit Audit
	// Inventory is what sweeps of the organization found; nil hides its view.
	Inventory Inventory
	// Shell is whose quoting copied command lines have, and Profile what they name.
	Shell   app.Shell
	Profile string
	Org     string // of a partner's customer, where that is what the inventory is of
	// Export writes rows to a new file and returns its name; nil where nothing is written.
	Export func(what, format string, rows any) (path string, err error)
	// RecordNote says where the record of revokes goes, as the dialog's last fact.
	RecordNote string
	Location   *time.Location   // of the times shown; UTC if nil
	Now        func() time.Time // time.Now if nil
}

// Next is what the user asked for that the dashboard cannot do itself.
type Next int

// What Run can end with.
const (
	NextNothing Next = iota
	NextDemo         // show the demo
	NextProfile      // show another profile
)

// Model is the root model: it knows which screen is open, who is signed in and what lies over
// the screen. What a screen shows is the screen's own.
type Model struct {
	draw.Screen
	opts  Options
	ctx   context.Context
	keys  action.Map // of the views, some of them the user's own
	fixed action.Map // of questions, inputs and the login: the same for everybody

	screens
	loginFrom view.Screen // what was open when the login was opened
	dialogs   dialog.Stack
	queued    *action.Key // to be done once the view that is open has been read

	fewColours bool         // the terminal shows 16 at most
	flash      draw.Segment // what the last key came to, until the next key
	strayAt    time.Time    // when a key was pressed that means nothing here
	moved      int          // numbers the moves of a cursor, which the detail follows

	session     *app.Session
	sessionErr  error
	pausedUntil time.Time
	now         time.Time
	shownNow    time.Time // of what is read aloud: it moves once a minute, and when something happens
	tickGen     int
	tickEvery   time.Duration
	revoke      *view.Revoked // the last one, for the ticket
	next        Next
	nextProfile string
	interrupted bool
	following   bool // another login is being read
	replies     int  // of the terminal, to queries
}

// New returns the model. ctx ends the commands that it starts.
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

// restyle makes the styles for the terminal as it is known.
func (m *Model) restyle() {
	m.Styles = draw.NewStyles(draw.Look{Dark: m.Dark, Contrast: m.opts.Theme == draw.HighContrast, Few: m.fewColours})
}

// Init starts reading who is signed in, and the person's list if one was named.
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

// startTicking has the counters redrawn as often as they change, on the boundaries of that.
func (m *Model) startTicking() tea.Cmd {
	m.tickGen++
	m.tickEvery = m.wantedTick()
	now := m.opts.Now()
	wait := now.Truncate(m.tickEvery).Add(m.tickEvery).Sub(now)
	gen, clock := m.tickGen, m.opts.Now
	return tea.Tick(wait, func(time.Time) tea.Msg { return tickMsg{gen, clock()} })
}

// wantedTick is how often something on screen changes by itself: every second only
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
