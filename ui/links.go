package ui

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
)

// links returns a replacer that makes a link (OSC 8) of each page of Webex that the screen names, and
// of the address of the user whose authorizations are shown. Only these constant texts become links:
// an app's name may contain the address of any site.
func (m *Model) links() *strings.Replacer {
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
	if p := m.list.Person(); m.open == m.list {
		link(app.Clean(p.Email()), hub.PersonPage(p.ID))
	}
	return strings.NewReplacer(pairs...)
}
