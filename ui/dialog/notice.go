package dialog

import (
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
)

// Notice says something and wants nothing.
type Notice struct {
	Base
	title, first, second string
}

// NewNotice returns a notice with a sentence that the eye should meet, and more below it.
func NewNotice(title, first, second string) *Notice {
	return &Notice{title: title, first: first, second: second}
}

// Press closes it.
func (d *Notice) Press(env view.Env, msg tea.KeyPressMsg) tea.Cmd {
	if !d.TooSoon(env.Now) && env.Fixed.Matches(msg, action.Back, action.Press, action.Quit, action.No) {
		d.Close()
	}
	return nil
}

// Lines draws it.
func (d *Notice) Lines(env view.Env, w, h int) []string {
	w = min(w, 72)
	body := append([]string{""}, paragraphs(env, w, draw.Strong, d.first)...)
	body = append(body, "")
	body = append(body, paragraphs(env, w, draw.Plain, d.second)...)
	k := env.Fixed
	return env.Framed(d.title, append(fit(body, 3, h), ""), k.Shown(action.Back)+" or "+k.Shown(action.Press)+": close", w)
}
