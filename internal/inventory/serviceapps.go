package inventory

import (
	"slices"
	"time"

	"github.com/wxauth/wxauth/webex"
)

// ServiceApp is a Service App that an admin authorized for the organization, according to the
// admin audit events. Its machine account holds the tokens, which no list of people shows.
type ServiceApp struct {
	ApplicationID webex.Untrusted   `json:"applicationId"`
	Name          webex.Untrusted   `json:"name"`
	Since         time.Time         `json:"since"`
	By            webex.Untrusted   `json:"by"` // the admin
	Scopes        []webex.Untrusted `json:"scopes"`
	Sites         []webex.Untrusted `json:"sites"`
}

// ClientID returns the client id that the application id contains, or "".
func (a ServiceApp) ClientID() webex.ClientID {
	if d, ok := webex.DecodeID(a.ApplicationID); ok && d.Kind == "APPLICATION" {
		return webex.ClientID(d.UUID)
	}
	return ""
}

// withServiceApps adds the Service Apps to the apps that people use.
func (v *Inventory) withServiceApps(apps []App) []App {
	for i := range v.ServiceApps {
		s := &v.ServiceApps[i]
		at := slices.IndexFunc(apps, func(a App) bool { return s.ClientID() != "" && a.ClientID == s.ClientID() })
		if at < 0 {
			apps = append(apps, App{ClientID: s.ClientID(), Name: s.Name, ApplicationID: s.ApplicationID, client: -1})
			at = len(apps) - 1
		}
		apps[at].Service = s
	}
	return apps
}
