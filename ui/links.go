package ui

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
)

// personRow is the line of the Authorizations view with the user's address.
const personRow = 1

// link makes links (OSC 8) of the pages of Webex that the screen names, and of the address in the
// header of the Authorizations view. Only these constant texts become links: an app's name may contain
// the address of any site.
func (m *Model) link(lines []string) {
	hub := m.opts.ControlHub
	var pairs []string
	link := func(text, url string) {
		if text != "" && url != "" {
			pairs = append(pairs, text, ansi.SetHyperlink(url)+text+ansi.ResetHyperlink())
		}
	}
	link(app.OwnTokensPage, app.OwnTokensPage)
	link(webex.PageServiceApps, hub.ServiceApps)
	link(webex.PageAgenticApps, hub.AgenticApps)
	if !strings.Contains(hub.Integrations, "{client}") {
		link(webex.PageIntegrations, hub.Integrations)
	}
	pages := strings.NewReplacer(pairs...)
	pairs = nil
	if p := m.list.Person(); m.open == m.list {
		link(app.Clean(p.Email()), hub.PersonPage(p.ID))
	}
	for i := range lines {
		lines[i] = pages.Replace(lines[i])
		if i == personRow {
			lines[i] = strings.NewReplacer(pairs...).Replace(lines[i])
		}
	}
}
