package ui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/audit"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/inventory"
	"github.com/wxauth/wxauth/ui/login"
	"github.com/wxauth/wxauth/ui/people"
	"github.com/wxauth/wxauth/ui/tokens"
	"github.com/wxauth/wxauth/webex"
)

// Service is what the dashboard needs of the use cases. *app.Service is one.
type Service interface {
	Session(context.Context) (app.Session, error)
	List(context.Context, webex.Person) (app.Listing, error)
	Describe(context.Context, webex.Person) (webex.PersonDetails, error)
	FindPeople(context.Context, string) ([]webex.PersonDetails, error)
	NewPlan(context.Context, app.Listing, []webex.AuthorizationID, app.PlanOptions) (app.Plan, error)
	NewBatch(context.Context, []app.Listing, app.Selection, app.PlanOptions) (app.Batch, error)
	// Prepare makes sure that what is revoked can be written down.
	Prepare(context.Context) error
	// Settle returns what processes that died left open, each once.
	Settle(context.Context) ([]app.Record, error)
	Revoke(context.Context, app.Plan, func(app.Progress)) (app.Result, error)
	// ListAll and RevokeAll do the same for many people.
	ListAll(ctx context.Context, people []webex.Person, each func(done int)) ([]app.Listing, []error)
	RevokeAll(context.Context, app.Batch, func(app.Progress)) (app.BatchResult, error)
	ReadOnly() bool
	// LacksScope names the scope without which no revoke is possible, if it is known to be missing.
	LacksScope() string
	PausedUntil() time.Time
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
	// EnvToken says that Service uses the token of the environment, which goes before
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

type screen int

const (
	onFirstRun screen = iota
	onPicker
	onList
	onTokens
	onInventory
	onAudit
	onLogin
)

// Model is the root model, and the only one: its parts are plain structs.
type Model struct {
	draw.Screen
	opts  Options
	ctx   context.Context
	keys  action.Map // of the views, some of them the user's own
	fixed action.Map // of questions, inputs and the login: the same for everybody

	fewColours bool // it shows 16 at most
	now        time.Time
	shownNow   time.Time // of what is read aloud: it moves once a minute, and when something happens
	screen     screen
	session    *app.Session
	sessionErr error
	people     *people.View
	firstRun   *people.FirstRun
	list       authorizations
	tokens     *tokens.View
	inventory  *inventory.View
	audit      *audit.View
	login      *login.View
	loginFrom  screen // where the login was opened
	dialogs    dialog.Stack
	guard      dialog.Guard
	flash      draw.Segment // what the last key came to, until the next key
	strayAt    time.Time    // when a key was pressed that means nothing here
	queued     *action.Key  // to be done once the view that is open has been read
	walk       walk         // of the cursor, which the detail follows

	op          int // numbers revokes
	running     int // revokes under way
	pausedUntil time.Time
	tickGen     int
	tickEvery   time.Duration
	next        Next
	nextProfile string
	// report is the last revoke, of whomever, for the ticket.
	report      *app.Result
	reportFacts app.TicketFacts
	bulkReport  *app.BatchResult // the last one, where that was for many people
	watch       *userWatch
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
		opts: opts, ctx: ctx, keys: opts.Keys, Screen: draw.Screen{Glyphs: draw.DrawnGlyphs, Plain: opts.Plain, Dark: opts.Theme != "light"},
		now: opts.Now(), people: newPeople(ctx, opts), firstRun: people.NewFirstRun(opts.Account != nil, opts.ConfigPath), list: newAuthorizations(), tokens: tokens.New(ctx, opts.Account, opts.Profiles), audit: audit.New(ctx, opts.Audit), inventory: newInventory(ctx, opts), login: newLogin(ctx, opts),
	}
	m.Styles = draw.NewStyles(m.look())
	if opts.Plain {
		m.Glyphs = draw.PlainGlyphs
	}
	m.shownNow = m.now
	switch {
	case opts.Service == nil:
		m.screen = onFirstRun
	case opts.Person != nil:
		m.screen = onList
	default:
		m.screen = onPicker
	}
	return m
}

func (m *Model) look() draw.Look {
	return draw.Look{Dark: m.Dark, Contrast: m.opts.Theme == draw.HighContrast, Few: m.fewColours}
}

// Inventory is what sweeps of the organization found. *app.OrgInventory is one.
type Inventory interface {
	inventory.Inventory
	people.Inventory
}

func newInventory(ctx context.Context, o Options) *inventory.View {
	return inventory.New(ctx, inventory.Options{Inventory: o.Inventory, Service: o.Service, Commands: o.commands(), Org: o.Org, NeedsKey: o.needsKey, Now: o.Now})
}

// needsKey reports whether an error says that a key has to be kept somewhere first.
func (o Options) needsKey(err error) bool {
	return err != nil && o.Account != nil && o.Account.NeedsKey(err)
}

// commands makes the command lines that do what the screen does.
func (o Options) commands() app.Commands {
	return app.Commands{Shell: o.Shell, Profile: o.Profile, Org: o.Org}
}

func newPeople(ctx context.Context, o Options) *people.View {
	if o.Inventory == nil {
		return people.New(ctx, o.Service, nil)
	}
	return people.New(ctx, o.Service, o.Inventory)
}

func newLogin(ctx context.Context, o Options) *login.View {
	return login.New(ctx, login.Options{Account: o.Account, OpenBrowser: o.OpenBrowser, NoBrowser: o.NoBrowser, Service: func() any { return o.Account.Service() }})
}

// Init starts reading who is signed in, and the person's list if one was named.
func (m *Model) Init() tea.Cmd {
	cmds := []tea.Cmd{m.startTicking()}
	if m.opts.Theme != "dark" && m.opts.Theme != "light" {
		cmds = append(cmds, tea.RequestBackgroundColor)
	}
	if m.opts.Service != nil {
		cmds = append(cmds, m.loadSession(), m.settle())
	}
	if m.screen == onList {
		cmds = append(cmds, m.open(*m.opts.Person))
	}
	if m.screen == onPicker {
		cmds = append(cmds, m.people.Show(m.env()))
	}
	return tea.Batch(cmds...)
}

// Interrupted reports whether the user left with ctrl+c.
func (m *Model) Interrupted() bool { return m.interrupted }

// Next returns what the user asked for that another program has to do.
func (m *Model) Next() Next { return m.next }

// open shows another person's authorizations.
func (m *Model) open(who webex.Person) tea.Cmd {
	if m.opts.Service == nil { // the login was forgotten
		m.screen = onFirstRun
		return nil
	}
	sort, gen, op := m.list.sort, m.list.gen, m.list.prepareGen
	m.list = newAuthorizations()
	m.list.sort, m.list.gen, m.list.prepareGen = sort, gen, op
	m.list.who = who
	m.people.Hide()
	m.screen = onList
	return m.loadList(who)
}

func (m *Model) say(t draw.Tone, text string) { m.flash = t.Text(text) }

func (m *Model) startTicking() tea.Cmd {
	m.tickGen++
	m.tickEvery = m.wantedTick()
	return m.tick(m.tickEvery)
}

// wantedTick is how often something on screen changes by itself: every second only
// while something counts seconds.
func (m *Model) wantedTick() time.Duration {
	if m.list.loading || m.list.preparing || m.revokes() > 0 || !m.pausedUntil.IsZero() {
		return time.Second
	}
	for _, v := range m.allViews() {
		if every := v.Tick(m.envOf(v)); every != 0 {
			return every
		}
	}
	if m.screen == onList && m.list.have && m.secondsInSight() {
		return time.Second
	}
	return time.Minute
}

func (m *Model) secondsInSight() bool {
	from, to := m.list.table.Window()
	for _, l := range m.list.table.Rows[from:to] {
		if l.row >= 0 && app.ShowsSeconds(m.list.listing.Rows[l.row].Left, m.now) {
			return true
		}
	}
	return false
}
