// Package view is what a view of the dashboard is made of: what it is given, what it draws,
// and what it asks of the program.
//
// A view is a package below ui. It has its own state, reads what it shows with commands of
// its own, and knows no other view: what it wants of the program, or of another view, it
// says with a message (messages.go).
package view

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/webex"
)

// TypingFor is how long after a letter that means nothing no revoke is asked about and no
// login begun: whoever types a name into a list, where letters are commands, would have x ask
// and y answer.
const TypingFor = 1500 * time.Millisecond

// Env is what a view is given each time: values, and nothing that does something.
type Env struct {
	*draw.Screen
	Now      time.Time
	Location *time.Location
	Keys     action.Map  // some of them the user's own
	Fixed    action.Map  // of questions and inputs: the same for everybody
	EnvToken bool        // the token of the environment is in use, and takes precedence over the login
	Running  int         // revokes under way
	At       *action.Key // the view that is open, by what opens it; nil on another screen
	Open     bool        // this view is open, and no dialog lies over it
	Covered  bool        // a dialog lies over whatever is open

	Person      webex.Person // whose authorizations were opened last; the zero value for nobody's
	Session     *app.Session // who is signed in; nil while that is not known
	SessionErr  error        // why it is not
	NoRevoke    Reason       // why nothing can be revoked; empty where it can
	NoReport    string       // why there is no report to copy; empty where there is one
	RecordNote  string       // where the record of revokes goes
	PausedUntil time.Time    // Webex has asked for a pause until then; zero where it has not
	// Typing says that somebody seems to type a name where letters are commands: nothing is
	// asked and no login begun, see [StillTyping].
	Typing bool
	Said   draw.Segment // what the last key came to: for a [Drawing] that is Alone
}

// Reason is why something cannot be done.
type Reason struct{ Short, Long string }

// Clock writes a time of day with its zone.
func (e Env) Clock(t time.Time) string { return t.In(e.Location).Format("15:04:05 MST") }

// Stamp writes a date and time with its zone.
func (e Env) Stamp(t time.Time) string { return t.In(e.Location).Format("2006-01-02 15:04 MST") }

// StampAge writes a time to the second, and how long ago that was.
func (e Env) StampAge(t time.Time) string {
	return t.In(e.Location).Format("2006-01-02 15:04:05 MST") + " (" + app.AgeWords(t, e.Now) + ")"
}

// Work is what goes on behind every view, for the foot of the screen.
type Work struct {
	Sent, Done, Total int // tokens of the revoke that is under way
	Preparing         bool
	Sweep             draw.Segment // a sweep that is under way, in few words
	SweptSoFar        int          // people
	ToSweep           int
	Watch             string // who is watched, in words
}

// Drawing is a screen as it is drawn, without the header.
type Drawing struct {
	Alone  bool          // Body is the whole screen, above Keys where there are any
	Open   bool          // no line is drawn between the body and the foot
	Body   []string      // below the header and above the foot
	Status draw.Segment  // at the foot, while there is nothing else to say
	Input  string        // an open input, in place of the status
	Cursor *tea.Cursor   // in the input
	Keys   []action.Hint // the last line: what can be done, the most important first
}

// Screen is what can be open.
type Screen interface {
	// Update takes a message: a result of the screen's own commands, or, while it is typing,
	// keys and pasted text.
	Update(Env, tea.Msg) tea.Cmd
	Draw(Env) Drawing
	// Resize is called after each message: it tells the list how many rows it has room for.
	Resize(Env)
	// Typing reports whether an input is open: it gets all keys.
	Typing() bool
	// Tick is how often something on the screen changes by itself: 0 for not more often than
	// the ages of things do. The message [Tick] comes at least as often as the screen that
	// asks most; what is to be done on a timer is done at that message.
	Tick(Env) time.Duration
	// Take returns what the screen has asked of the program since the last call.
	Take() []tea.Msg
}

// View is a screen that has a tab.
type View interface {
	Screen
	// Actions are what keys do here: always all of them, whatever the state.
	Actions(Env) []action.Action
	// Show is called when the view is opened.
	Show() tea.Cmd
	// Reading reports whether what the view shows is being read.
	Reading() bool
	// Index, Walk and Rest let the detail follow the cursor; see list.Table.
	Index() int
	Walk(from int)
	Rest()
	// Stray reports whether a key that means nothing is pointed out: somebody may be typing
	// where letters are commands.
	Stray() bool
}
