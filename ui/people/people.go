// Package people is the picker, which chooses the person whose authorizations are shown, and the
// first-run screen, which is shown while nobody is logged in.
package people

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

// Service searches people at Webex. *app.Service implements it.
type Service interface {
	FindPeople(context.Context, string) ([]webex.PersonDetails, error)
}

// Inventory searches people by any part of their name.
type Inventory interface {
	Search(ctx context.Context, text string, n int) ([]inventory.Person, error)
	// Nearest finds people with a similar name or address.
	Nearest(ctx context.Context, text string, n int) ([]inventory.Person, error)
}

// View is the picker.
type View struct {
	view.Outbox
	ctx     context.Context
	service Service   // nil if nobody is logged in
	swept   Inventory // nil if there is no inventory
	shown   bool
	known   bool // an inventory was loaded
	gen     int  // counts changes of the text; results for older text are dropped
	state
}

// state is reset when the login changes.
type state struct {
	input     textinput.Model
	searching bool
	asked     string // the text that the results belong to
	found     []webex.PersonDetails
	fromSweep []webex.PersonDetails // people that only the inventory found
	similar   bool                  // their names or addresses are only similar to the text
	unknown   bool                  // Webex has nobody with this name or address
	searched  bool                  // the inventory was searched
	err       error
	choices   []choice
	cursor    int
	recent    []webex.PersonDetails
}

type (
	// sent when the user has stopped typing long enough to search
	typedMsg struct{ gen int }
	foundMsg struct {
		gen       int
		people    []webex.PersonDetails
		fromSweep []webex.PersonDetails
		similar   bool
		unknown   bool
		searched  bool
		err       error
	}
)

// Errors returns the errors of the calls to Webex.
func (m foundMsg) Errors() []error { return []error{m.err} }

// New returns the picker. inv may be nil. Canceling ctx cancels the searches.
func New(ctx context.Context, svc Service, inv Inventory) *View {
	return &View{ctx: ctx, service: svc, swept: inv, state: state{input: draw.NewInput()}}
}

// Show opens the picker and its input.
func (v *View) Show(env view.Env) tea.Cmd {
	v.shown = true
	v.Arrange(env)
	return v.input.Focus()
}

// Hide is called when the picker is closed.
func (v *View) Hide() {
	v.shown = false
	v.input.Blur()
}

// Reset drops the results of the previous login.
func (v *View) Reset(svc Service) {
	v.gen++
	v.service, v.state = svc, state{input: draw.NewInput()}
}

// Update handles search results, keys and pasted text.
func (v *View) Update(env view.Env, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case typedMsg:
		return v.search(msg)
	case foundMsg:
		v.handleFound(env, msg)
	case view.Listed:
		v.remember(msg.Person)
	case view.InventoryRead:
		v.known = msg.Have
	case tea.KeyPressMsg:
		return v.press(env, msg)
	case tea.PasteMsg:
		return v.edit(env, msg)
	}
	return nil
}

// Typing returns true: the input receives all keys.
func (v *View) Typing() bool { return true }

// Tick returns a second while a search is running.
func (v *View) Tick(view.Env) time.Duration {
	if v.searching {
		return time.Second
	}
	return 0
}

// Resize sets the width of the input.
func (v *View) Resize(env view.Env) { v.input.SetWidth(max(env.Width-30, 10)) }

// choice is a line of the list.
type choice struct {
	who    webex.Person
	person webex.PersonDetails
	note   string // for choices that are not search results
}

const maxRecent = 5

// remember moves a person to the top of the recent ones.
func (v *View) remember(who webex.PersonDetails) {
	kept := []webex.PersonDetails{who}
	for _, r := range v.recent {
		switch same := r.Email() == who.Email() && (r.ID == who.ID || r.Email() != ""); {
		case !same:
			kept = append(kept, r)
		case who.DisplayName == "": // only now is the name unknown
			kept[0].DisplayName = r.DisplayName
		}
	}
	v.recent = kept[:min(len(kept), maxRecent)]
}

// Arrange fills the list with choices for the input, search results and recent people.
func (v *View) Arrange(env view.Env) {
	text := strings.TrimSpace(v.input.Value())
	v.choices = v.choices[:0]
	exact := false
	if who, err := webex.ParsePerson(text); err == nil && text != "me" {
		listed := false
		for _, f := range v.found {
			listed = listed || strings.EqualFold(string(f.Email()), text)
		}
		if exact = !listed; exact && !(v.similar && v.unknown) { // otherwise Webex knows nobody with this address
			v.choices = append(v.choices, choice{who: who, note: "open this person"})
		}
	}
	for _, f := range v.found {
		if f.ID != "" {
			v.choices = append(v.choices, choice{who: webex.ByID(f.ID), person: f})
		}
	}
	for _, f := range v.fromSweep {
		who := webex.ByID(f.ID)
		if f.ID == "" { // from a sweep of given addresses
			who = webex.ByEmail(string(f.Email()))
		}
		note := "in the last sweep"
		if v.similar {
			note = "similar, in the last sweep"
		}
		v.choices = append(v.choices, choice{who: who, person: f, note: note})
	}
	if who, err := webex.ParsePerson(text); exact && v.similar && v.unknown && err == nil {
		v.choices = append(v.choices, choice{who: who, note: "open this address anyway"})
	}
	if text == "" || text == "me" {
		for _, r := range v.recent {
			who := webex.ByID(r.ID)
			if r.Email() != "" {
				who = webex.ByEmail(string(r.Email()))
			}
			v.choices = append(v.choices, choice{who: who, person: r, note: "recent"})
		}
		me := choice{who: webex.Me, note: "your own apps"}
		if env.Session != nil {
			me.person = env.Session.Person
		}
		v.choices = append(v.choices, me)
	}
	v.cursor = max(0, min(v.cursor, len(v.choices)-1))
}

func (v *View) press(env view.Env, msg tea.KeyPressMsg) tea.Cmd {
	k := env.Fixed
	v.Arrange(env)
	switch {
	case k.Matches(msg, action.RowAbove):
		v.cursor = max(v.cursor-1, 0)
	case k.Matches(msg, action.RowBelow):
		v.cursor = min(v.cursor+1, max(len(v.choices)-1, 0))
	case k.Matches(msg, action.Press):
		v.openChoice(env)
	case k.Matches(msg, action.Back):
		switch {
		case v.input.Value() != "":
			v.input.SetValue("")
			return v.textChanged(env)
		case env.Person != (webex.Person{}):
			v.Send(view.Leave{})
		default:
			v.Say(draw.Dim, "ctrl+c quits.")
		}
	case k.Matches(msg, action.Help) && v.input.Value() == "":
		v.Send(view.Help{})
	case k.Matches(msg, action.NextView): // not 2: an address may start with it
		v.Send(view.Show{View: action.Tokens})
	default:
		return v.edit(env, msg)
	}
	return nil
}

func (v *View) edit(env view.Env, msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	before := v.input.Value()
	v.input, cmd = v.input.Update(msg)
	if v.input.Value() == before {
		return cmd
	}
	return tea.Batch(cmd, v.textChanged(env))
}

// textChanged drops results for older text, and schedules a search for when the user stops
// typing.
func (v *View) textChanged(env view.Env) tea.Cmd {
	v.gen++
	v.cursor, v.err, v.searching, v.found, v.fromSweep, v.similar = 0, nil, false, nil, nil, false
	text := strings.TrimSpace(v.input.Value())
	if len([]rune(text)) < 2 || webex.LooksSecret(text) { // a token is never sent to Webex as a name
		v.Arrange(env)
		return nil
	}
	v.Arrange(env)
	return typingPaused(v.gen)
}

// typingPause is the delay after the last key before a search. It limits searches to four per
// second.
const typingPause = 250 * time.Millisecond

func typingPaused(gen int) tea.Cmd {
	return tea.Tick(typingPause, func(time.Time) tea.Msg { return typedMsg{gen} })
}

// mostSwept is the maximum number of people from the inventory in the results.
const mostSwept = 20

// mostSimilar is the maximum number of people that are offered for a mistyped name or address.
const mostSimilar = 5

// search searches Webex, which matches the start of names, and the inventory, which matches any
// part of them.
func (v *View) search(msg typedMsg) tea.Cmd {
	if msg.gen != v.gen || !v.shown {
		return nil
	}
	v.searching = true
	v.asked = strings.TrimSpace(v.input.Value())
	svc, inv, ctx, gen, text := v.service, v.swept, v.ctx, v.gen, v.asked
	return func() tea.Msg {
		people, err := svc.FindPeople(ctx, text)
		msg := foundMsg{gen: gen, people: people, err: err}
		if inv == nil {
			return msg
		}
		swept, serr := inv.Search(ctx, text, mostSwept)
		msg.searched = serr == nil
		if len(people)+len(swept) == 0 {
			swept, _ = inv.Nearest(ctx, text, mostSimilar)
			msg.similar, msg.unknown = len(swept) > 0, err == nil
		}
		for _, p := range swept {
			if !slices.ContainsFunc(people, func(f webex.PersonDetails) bool { return f.ID == p.ID && p.ID != "" }) {
				msg.fromSweep = append(msg.fromSweep, webex.PersonDetails{ID: p.ID, DisplayName: p.Name, Emails: []webex.Untrusted{p.Email}})
			}
		}
		if len(msg.people)+len(msg.fromSweep) > 0 {
			msg.err = nil // show the results instead of the error
		}
		return msg
	}
}

func (v *View) handleFound(env view.Env, msg foundMsg) {
	if msg.gen != v.gen {
		return
	}
	v.searching = false
	v.found, v.fromSweep, v.similar, v.unknown, v.searched, v.err = msg.people, msg.fromSweep, msg.similar, msg.unknown, msg.searched, msg.err
	v.Arrange(env)
}

func (v *View) openChoice(env view.Env) {
	text := strings.TrimSpace(v.input.Value())
	if len(v.choices) == 0 {
		_, err := webex.ParsePerson(text)
		switch {
		case webex.LooksSecret(text):
			v.Say(draw.Warn, secretTyped)
		case v.searching:
			v.Say(draw.Dim, "Still searching. A full email address opens at once.")
		case err != nil && strings.Contains(text, "@"):
			v.Say(draw.Warn, app.Sentence(err))
		default:
			v.Say(draw.Warn, "No user found. Type the start of a name, or a full email address.")
		}
		return
	}
	c := v.choices[v.cursor]
	v.input.SetValue("")
	v.input.Blur()
	_ = v.textChanged(env) // ends a search
	v.Send(view.OpenPerson{Who: c.who})
}

// secretTyped is shown if the input looks like a token.
const secretTyped = "This looks like a token, not a user, so it was not searched. esc clears it."

// note returns one line that says what prevents a search.
func (v *View) note() draw.Segment {
	text := strings.TrimSpace(v.input.Value())
	switch {
	case webex.LooksSecret(text):
		return draw.Warn.Text(secretTyped)
	case errors.Is(v.err, webex.ErrForbidden):
		return draw.Warn.Text("Searching requires spark-admin:people_read. Type the full email address.")
	case v.err != nil:
		return draw.Bad.Text(app.Sentence(v.err))
	case v.searching:
		return draw.Dim.Text("Searching for " + draw.Cut(text, 30) + "…")
	case v.asked != "" && v.asked == text && len(v.found)+len(v.fromSweep) == 0 && v.searched && !strings.Contains(text, "@"):
		return draw.Warn.Text(`No name contains "` + draw.Cut(text, 30) + `", at Webex or in the last sweep.`)
	case v.asked != "" && v.asked == text && len(v.found)+len(v.fromSweep) == 0 && !strings.Contains(text, "@"):
		return draw.Warn.Text(`No name starts with "` + draw.Cut(text, 30) + `". Try the first name, or the full email address.`)
	}
	if len([]rune(text)) == 1 {
		return draw.Dim.Text("Type at least two characters.")
	}
	if v.known || v.searched {
		return draw.Dim.Text("Matches any part of a name in the last sweep, or a full email.")
	}
	if v.swept != nil {
		return draw.Dim.Text("Matches the start of a name (any part of it after a sweep).")
	}
	return draw.Dim.Text("Matches the start of a name; a full email always works.")
}

// namesakes counts the choices that have this person's name.
func (v *View) namesakes(of webex.PersonDetails) (n int) {
	for _, c := range v.choices {
		if of.DisplayName != "" && !c.who.IsMe() && strings.EqualFold(app.Clean(c.person.DisplayName), app.Clean(of.DisplayName)) {
			n++
		}
	}
	return n
}
