package dialog

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
)

// Ask is a yes/no question.
type Ask struct {
	Base
	Text    func() AskText // called for each redraw, so the text may change while the question is open
	No, Yes string         // labels of the buttons
	Width   int            // maximum width
	Do      func() tea.Cmd // runs on yes, after the dialog is closed

	yes bool // Yes has the focus
}

// AskText is the text of a question.
type AskText struct {
	Title, Head string
	Body        []string // paragraphs
}

// NewAsk returns a question with a fixed text.
func NewAsk(title, button string, do func() tea.Cmd, body ...string) *Ask {
	text := AskText{Title: title, Body: body}
	return &Ask{Text: func() AskText { return text }, No: "Cancel", Yes: button, Width: 72, Do: do}
}

// Press handles a key.
func (d *Ask) Press(env view.Env, msg tea.KeyPressMsg) tea.Cmd {
	k := env.Fixed
	switch {
	case d.TooSoon(env.Now):
	case k.Matches(msg, action.Next, action.Previous):
		d.yes = !d.yes
	case d.Confirms(k, msg):
		d.CloseAnd(d.Do)
	case k.Matches(msg, action.No, action.Back, action.Press):
		d.Close()
	}
	return nil
}

// Click presses the button that was clicked, if it says no, or moves the focus to it.
func (d *Ask) Click(_ view.Env, line string, x, fromBottom int) {
	if fromBottom != 2 { // above the blank line
		return
	}
	switch draw.LabelAt(line, x, d.No, d.Yes) {
	case 0:
		d.Close()
	case 1:
		d.yes = true
	}
}

// Confirms reports whether a key answers yes.
func (d *Ask) Confirms(k action.Map, msg tea.KeyPressMsg) bool {
	return k.Matches(msg, action.Yes) || d.yes && k.Matches(msg, action.Press)
}

// Lines draws the dialog.
func (d *Ask) Lines(env view.Env, w, h int) []string {
	w = min(w, d.Width)
	text := d.Text()
	body := []string{""}
	if text.Head != "" {
		body = append(body, "  "+env.Styles.Tone[draw.Strong].Render(text.Head))
	}
	body = append(body, paragraphs(env, w, draw.Plain, text.Body...)...)
	yes := d.Yes
	if text.Head != "" {
		yes = strings.ToLower(yes)
	}
	k := env.Fixed
	foot := k.Shown(action.Back) + " or " + k.Shown(action.Press) + ": " + strings.ToLower(d.No) + "   " + k.Shown(action.Yes) + ": " + yes
	body = fit(body, 5, h)
	body = append(body, "", "  "+env.Button(d.No, !d.yes, false)+"   "+env.Button(d.Yes+" ("+k.Shown(action.Yes)+")", d.yes, true), "")
	return env.Framed(draw.Warn, text.Title, body, foot, w)
}
