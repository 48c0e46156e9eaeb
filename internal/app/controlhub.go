package app

import (
	"strings"

	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/webex"
)

// ControlHub holds the addresses of pages in Control Hub, to open in a browser. An empty one is
// unknown. {person} stands for a person's UUID, {client} for an app's client id. Webex does not
// document these addresses.
type ControlHub struct {
	Person, Integrations, ServiceApps, AgenticApps string
}

// DefaultControlHub has the addresses that are known for the default cloud.
var DefaultControlHub = ControlHub{
	Person:      "https://admin.webex.com/manage-users/users/{person}",
	ServiceApps: "https://admin.webex.com/apps/serviceapps",
	AgenticApps: "https://admin.webex.com/apps/agentic-servers",
}

// PersonPage returns the page of a person, or "".
func (h ControlHub) PersonPage(id webex.PersonID) string {
	if id == "" || webex.CheckID("person id", id) != nil {
		return ""
	}
	return strings.ReplaceAll(h.Person, "{person}", id.UUID())
}

// AppPage returns the page where an app is managed, or "".
func (h ControlHub) AppPage(a inventory.App) string {
	page := h.Integrations
	switch {
	case a.Service != nil:
		page = h.ServiceApps
	case webex.IsAgentApp(a.Name):
		page = h.AgenticApps
	}
	if strings.Contains(page, "{client}") && webex.CheckID("client id", a.ClientID) != nil {
		return ""
	}
	return strings.ReplaceAll(page, "{client}", string(a.ClientID))
}
