// Package view defines the parts of a view of the dashboard: its input, its drawing and the
// messages that it sends to the program.
//
// A view is a package below ui. It has its own state, loads its data with its own commands,
// and does not know other views. To ask something of the program or of another view, it sends a
// message (messages.go).
package view

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/webex"
)

// TypingFor is how long after a letter without a meaning the dashboard opens no revoke question
// and starts no login. In a list letters are commands: a user who types a name there could
// otherwise open the question with x and confirm it with y.
const TypingFor = 1500 * time.Millisecond

// Env is passed to a view with each call. It holds only values.
type Env struct {
	*draw.Screen
	Now      time.Time
	Location *time.Location
	Keys     action.Map  // of views, including the user's
	Fixed    action.Map  // of questions and inputs; not configurable
	EnvToken bool        // the token of the environment is used; it takes precedence over the login
	Running  int         // number of running revokes
	At       *action.Key // the key of the open view; nil on another screen
	Open     bool        // this view is open and not covered by a dialog
	Covered  bool        // a dialog covers the open screen

	Person      webex.Person // whose authorizations were opened last; zero if none were
	Session     *app.Session // who is signed in; nil until it is loaded
	SessionErr  error        // why Session could not be loaded
	NoRevoke    Reason       // why revokes are not possible; empty if they are
	NoReport    string       // why there is no report to copy; empty if there is one
	RecordNote  string       // where the audit log is stored
	PausedUntil time.Time    // Webex asked for a pause until then; zero if it did not
	// Typing means that the user seems to type a name where letters are commands. Until it is
	// reset, no question is opened and no login started; see [StillTyping].
	Typing bool
	Said   draw.Segment // result of the last key, for a [Drawing] with Alone
}

// Reason says why something is not possible.
type Reason struct{ Short, Long string }

// Clock formats a time of day with its time zone.
func (e Env) Clock(t time.Time) string { return t.In(e.Location).Format("15:04:05 MST") }

// Stamp formats a date and time with its time zone.
func (e Env) Stamp(t time.Time) string { return t.In(e.Location).Format("2006-01-02 15:04 MST") }

// ShortTime formats a time of today as the time of day, one of the six days before with its day of
// the week, and any other as a date.
func (e Env) ShortTime(t time.Time) string {
	at := t.In(e.Location)
	if at.Format(time.DateOnly) == e.Now.In(e.Location).Format(time.DateOnly) {
		return at.Format(time.TimeOnly)
	}
	if past := e.Now.Sub(t); past > 0 && past < 6*24*time.Hour {
		return at.Format("Mon 15:04")
	}
	return at.Format(time.DateOnly)
}

// NoMatch says that a filter hides all rows. hidden is their number with a noun; more is added.
func (e Env) NoMatch(filter, hidden, more string) []string {
	return e.Message(fmt.Sprintf("Nothing matches %q.", draw.Cut(app.Typed(filter), 40)), hidden+" hidden · "+e.Fixed.Shown(action.Back)+": clear the filter"+more)
}

// Filtered is the status of a list with a filter.
func (e Env) Filtered(shown, of int) draw.Segment {
	return draw.Warn.Text(fmt.Sprintf("%s of %s: %s clears the filter", english.Thousands(shown), english.Thousands(of), e.Fixed.Shown(action.Back)))
}

// StampAge formats a time with seconds, and its age.
func (e Env) StampAge(t time.Time) string {
	return t.In(e.Location).Format("2006-01-02 15:04:05 MST") + " (" + app.AgeWords(t, e.Now) + ")"
}

// Address returns an email address, which may be followed by blanks, with the domain of the person
// signed in dimmed: in a list, most addresses have it.
func (e Env) Address(t draw.Tone, text string) []draw.Segment {
	if e.Session != nil {
		_, domain, _ := strings.Cut(app.Clean(e.Session.Person.Email()), "@")
		if at := strings.Index(text, "@"+domain); domain != "" && at > 0 {
			return []draw.Segment{t.Text(text[:at]), draw.Dim.Text(text[at:])}
		}
	}
	return []draw.Segment{t.Text(text)}
}

// Work describes running work, for the last lines of the screen.
type Work struct {
	Sent, Done, Total int // tokens of the running revoke
	Preparing         bool
	Sweep             draw.Segment // short description of the running sweep
	SweptSoFar        int          // number of people
	ToSweep           int
	Watch             string // describes who is watched
}

// Progress draws the progress of work in about w cells: a bar, the count, the rate, and the time left,
// which are estimated from the time since began.
func (e Env) Progress(w, done, total int, began time.Time) []draw.Segment {
	bar := min(30, w/3)
	full := bar * done / max(total, 1)
	segs := []draw.Segment{draw.Link.Text(draw.Repeat(e.Glyphs.Left, full)), draw.Dim.Text(draw.Repeat(e.Glyphs.Used, bar-full)), draw.Plain.Text("  " + english.Thousands(done) + " of " + english.Thousands(total))}
	if e.Plain {
		segs = segs[2:]
	}
	took := e.Now.Sub(began)
	if done == 0 || began.IsZero() || took < time.Second {
		return segs
	}
	if rate := float64(done) / took.Seconds(); rate >= 1 {
		segs = append(segs, draw.Plain.Text(fmt.Sprintf(" · %.0f/s", rate)))
	}
	if left := time.Duration(float64(took) / float64(done) * float64(total-done)).Round(time.Second); left > 0 {
		segs = append(segs, draw.Plain.Text(" · "+app.DurationWords(left)+" to go"))
	}
	return segs
}

// Stopping is shown when the user stops a running revoke.
const Stopping = "Stopping. Nothing more is sent."

// Drawing is a drawn screen without the header.
type Drawing struct {
	Alone  bool          // Body is the whole screen, above Keys if there are any
	Open   bool          // no line between the body and the status
	Body   []string      // below the header and above the status
	Filter string        // the text of the list's filter, shown before the status
	Status draw.Segment  // shown in the last lines if there is no other message
	Input  string        // an open input, shown instead of the status
	Cursor *tea.Cursor   // position in the input
	Keys   []action.Hint // the last line: available keys, the most important first
}

// Screen is a screen of the dashboard.
type Screen interface {
	// Update handles a message: a result of the screen's own commands, or keys and pasted text
	// while the screen has an open input.
	Update(Env, tea.Msg) tea.Cmd
	Draw(Env) Drawing
	// Resize is called after each message and sets the number of visible rows.
	Resize(Env)
	// Typing reports whether an input is open. An open input receives all keys.
	Typing() bool
	// Tick returns the interval at which the screen changes on its own, or 0 if only ages
	// change. [Tick] is sent at least as often as the shortest interval of all screens. Screens
	// do timed work when they receive it.
	Tick(Env) time.Duration
	// Take returns the messages to the program that were queued since the last call.
	Take() []tea.Msg
}

// View is a screen that has a tab.
type View interface {
	Screen
	// Actions returns all actions of the view. The set does not depend on the view's state.
	Actions(Env) []action.Action
	// Show is called when the view is opened.
	Show() tea.Cmd
	// Reading reports whether the view's data is loading.
	Reading() bool
	// Click handles a click on a cell of the screen, and Wheel the mouse wheel: by is the number
	// of lines, negative for up.
	Click(env Env, x, y int) tea.Cmd
	Wheel(env Env, by int)
	// Index, Walk and Rest let the detail follow the cursor; see list.Table.
	Index() int
	Walk(from int)
	Rest()
	// Stray reports whether the user is told about keys without a meaning. A view returns true
	// if its letters are commands and the user might be typing a name.
	Stray() bool
}
