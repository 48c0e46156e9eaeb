package ui

import (
	"errors"
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/webex"
)

// picker finds the person whose authorizations are to be shown.
type picker struct {
	input     textinput.Model
	gen       int // of the text: answers to older text are dropped
	searching bool
	asked     string // the text that found answers
	found     []webex.PersonDetails
	fromSweep []webex.PersonDetails // whom the inventory alone knows
	swept     bool                  // it was asked
	inventory bool                  // there is one
	err       error
	choices   []choice
	cursor    int
	recent    []webex.PersonDetails
}

// choice is a line that enter opens.
type choice struct {
	who    webex.Person
	person webex.PersonDetails
	note   string // for the choices that are no search result
}

func newPicker() picker { return picker{input: draw.NewInput()} }

const maxRecent = 5

// remember puts a person on top of the recent ones.
func (p *picker) remember(l app.Listing) {
	kept := []webex.PersonDetails{l.Person}
	for _, r := range p.recent {
		if r.Email() != l.Person.Email() || r.ID != l.Person.ID && r.Email() == "" {
			kept = append(kept, r)
		}
	}
	p.recent = kept[:min(len(kept), maxRecent)]
}

// arrange makes the choices of what is typed, found and recent.
func (m *Model) arrange() {
	p := &m.picker
	text := strings.TrimSpace(p.input.Value())
	p.choices = p.choices[:0]
	if who, err := webex.ParsePerson(text); err == nil && text != "me" {
		listed := false
		for _, f := range p.found {
			listed = listed || strings.EqualFold(string(f.Email()), text)
		}
		if !listed {
			p.choices = append(p.choices, choice{who: who, note: "open this person"})
		}
	}
	for _, f := range p.found {
		if f.ID != "" {
			p.choices = append(p.choices, choice{who: webex.ByID(f.ID), person: f})
		}
	}
	for _, f := range p.fromSweep {
		who := webex.ByID(f.ID)
		if f.ID == "" { // of a sweep that was given addresses
			who = webex.ByEmail(string(f.Email()))
		}
		p.choices = append(p.choices, choice{who: who, person: f, note: "in the last sweep"})
	}
	if text == "" || text == "me" {
		for _, r := range p.recent {
			who := webex.ByID(r.ID)
			if r.Email() != "" {
				who = webex.ByEmail(string(r.Email()))
			}
			p.choices = append(p.choices, choice{who: who, person: r, note: "recent"})
		}
		me := choice{who: webex.Me, note: "your own apps"}
		if m.session != nil {
			me.person = m.session.Person
		}
		p.choices = append(p.choices, me)
	}
	p.cursor = max(0, min(p.cursor, len(p.choices)-1))
}

func (m *Model) pressedOnPicker(msg tea.KeyPressMsg) tea.Cmd {
	k, p := m.fixed, &m.picker
	m.arrange()
	switch {
	case k.Matches(msg, action.RowAbove):
		p.cursor = max(p.cursor-1, 0)
	case k.Matches(msg, action.RowBelow):
		p.cursor = min(p.cursor+1, max(len(p.choices)-1, 0))
	case k.Matches(msg, action.Press):
		return m.openChoice()
	case k.Matches(msg, action.Back):
		switch {
		case p.input.Value() != "":
			p.input.SetValue("")
			return m.textChanged()
		case m.list.who != (webex.Person{}):
			m.screen = onList
			p.input.Blur()
		default:
			m.say(draw.Dim, "ctrl+c quits.")
		}
	case k.Matches(msg, action.Help) && p.input.Value() == "":
		m.openHelp()
	case k.Matches(msg, action.NextView): // not 2: an address may begin with it
		return m.showTokens()
	default:
		return m.editPicker(msg)
	}
	return nil
}

func (m *Model) editPicker(msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	before := m.picker.input.Value()
	m.picker.input, cmd = m.picker.input.Update(msg)
	if m.picker.input.Value() == before {
		return cmd
	}
	return tea.Batch(cmd, m.textChanged())
}

// textChanged drops what was found for other text, and asks again when the typing
// pauses.
func (m *Model) textChanged() tea.Cmd {
	p := &m.picker
	p.gen++
	p.cursor, p.err, p.searching, p.found, p.fromSweep = 0, nil, false, nil, nil
	text := strings.TrimSpace(p.input.Value())
	if len([]rune(text)) < 2 || webex.LooksSecret(text) { // nor is a token sent anywhere as a name
		m.arrange()
		return nil
	}
	m.arrange()
	return typingPaused(p.gen)
}

func (m *Model) searchTyped(msg typedMsg) tea.Cmd {
	p := &m.picker
	if msg.gen != p.gen || m.screen != onPicker {
		return nil
	}
	p.searching = true
	p.asked = strings.TrimSpace(p.input.Value())
	return m.findPeople(p.asked)
}

func (m *Model) tookPeople(msg foundMsg) {
	p := &m.picker
	if msg.gen != p.gen {
		return
	}
	p.searching = false
	p.found, p.fromSweep, p.swept, p.err = msg.people, msg.fromSweep, msg.swept, msg.err
	m.arrange()
}

func (m *Model) openChoice() tea.Cmd {
	p := &m.picker
	text := strings.TrimSpace(p.input.Value())
	if len(p.choices) == 0 {
		_, err := webex.ParsePerson(text)
		switch {
		case webex.LooksSecret(text):
			m.say(draw.Warn, secretTyped)
		case p.searching:
			m.say(draw.Dim, "Still looking. A whole email address opens at once.")
		case err != nil && strings.Contains(text, "@"):
			m.say(draw.Warn, app.Sentence(err))
		default:
			m.say(draw.Warn, "Nobody to open. Type the beginning of a name, or a whole email address.")
		}
		return nil
	}
	c := p.choices[p.cursor]
	p.input.SetValue("")
	p.input.Blur()
	p.found, p.fromSweep, p.cursor = nil, nil, 0
	p.gen++
	return m.open(c.who)
}

// secretTyped is said where a name belongs.
const secretTyped = "This looks like a token, not a user: nothing was searched for. esc clears it."

// pickerNote says what stands in the way of searching, in one line.
func (m *Model) pickerNote() draw.Segment {
	p := &m.picker
	text := strings.TrimSpace(p.input.Value())
	switch {
	case webex.LooksSecret(text):
		return draw.Warn.Text(secretTyped)
	case errors.Is(p.err, webex.ErrForbidden):
		return draw.Warn.Text("No search without spark-admin:people_read: type the whole email address.")
	case p.err != nil:
		return draw.Bad.Text(app.Sentence(p.err))
	case p.searching:
		return draw.Dim.Text("Looking for " + draw.Cut(text, 30) + "…")
	case p.asked != "" && p.asked == text && len(p.found)+len(p.fromSweep) == 0 && p.swept && !strings.Contains(text, "@"):
		return draw.Warn.Text(`Nobody's name has "` + draw.Cut(text, 30) + `" in it, neither at Webex nor in the last sweep.`)
	case p.asked != "" && p.asked == text && len(p.found)+len(p.fromSweep) == 0 && !strings.Contains(text, "@"):
		return draw.Warn.Text(`Nobody's name begins with "` + draw.Cut(text, 30) + `". Try the first name, or the whole email address.`)
	}
	if p.inventory || p.swept {
		return draw.Dim.Text("Every part of a name is found among those swept; a whole email always works.")
	}
	if m.opts.Inventory != nil {
		return draw.Dim.Text("Webex finds names from their first letter; after a sweep, every part of them.")
	}
	return draw.Dim.Text("Webex finds names from their first letter; a whole email always works.")
}

// namesakes counts those among the choices who have the name of one of them.
func (p *picker) namesakes(of webex.PersonDetails) (n int) {
	for _, c := range p.choices {
		n += btoi(of.DisplayName != "" && c.note == "" && strings.EqualFold(app.Clean(c.person.DisplayName), app.Clean(of.DisplayName)))
	}
	return n
}
