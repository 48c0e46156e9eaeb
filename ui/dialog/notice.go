package dialog

import (
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
)

// Notice shows a message. Any answer closes it.
type Notice struct {
	Base
	title, first, second string
}

// NewNotice returns a notice with an emphasized sentence and more text below it.
func NewNotice(title, first, second string) *Notice {
	return &Notice{title: title, first: first, second: second}
}

// Press handles a key.
func (d *Notice) Press(env view.Env, msg tea.KeyPressMsg) tea.Cmd {
	if !d.TooSoon(env.Now) && env.Fixed.Matches(msg, action.Back, action.Press, action.Quit, action.No) {
		d.Close()
	}
	return nil
}

// Lines draws the dialog.
func (d *Notice) Lines(env view.Env, w, h int) []string {
	w = min(w, 72)
	body := append([]string{""}, paragraphs(env, w, draw.Strong, d.first)...)
	body = append(body, "")
	body = append(body, paragraphs(env, w, draw.Plain, d.second)...)
	k := env.Fixed
	return env.Framed(draw.Link, d.title, append(fit(body, 3, h), ""), k.Shown(action.Back)+" or "+k.Shown(action.Press)+": close", w)
}
