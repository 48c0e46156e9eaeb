package dialog

import (
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
)

// Choice lets the user choose one of several options, each with a key.
type Choice struct {
	Base
	Title, Head string
	Options     []Option
	Note        string
	Width       int
	Cancelled   string // status text if the user cancels; may be empty
}

// Option is one of the options of a [Choice].
type Option struct {
	Key          *action.Key
	Short, Words string
	Do           func() tea.Cmd
}

// Press handles a key.
func (d *Choice) Press(env view.Env, msg tea.KeyPressMsg) tea.Cmd {
	k := env.Fixed
	if d.TooSoon(env.Now) {
		return nil
	}
	if k.Matches(msg, action.Back, action.Press) {
		if d.Cancelled != "" {
			d.Say(draw.Dim, d.Cancelled)
		}
		d.Close()
		return nil
	}
	for _, o := range d.Options {
		if k.Matches(msg, o.Key) {
			d.CloseAnd(o.Do)
			return nil
		}
	}
	return nil
}

// Lines draws the dialog.
func (d *Choice) Lines(env view.Env, w, h int) []string {
	w = min(w, d.Width)
	k, foot := env.Fixed, ""
	body := append([]string{""}, paragraphs(env, w, draw.Strong, d.Head)...)
	body = append(body, "")
	for _, o := range d.Options {
		body = append(body, paragraphs(env, w, draw.Plain, k.Shown(o.Key)+"  "+o.Words)...)
		foot += k.Shown(o.Key) + ": " + o.Short + "   "
	}
	body = append(body, "")
	body = append(body, paragraphs(env, w, draw.Dim, d.Note)...)
	return env.Framed(draw.Link, d.Title, append(fit(body, 3, h), ""), foot+k.Shown(action.Back)+": cancel", w)
}
