package app

import (
	"context"
	"strings"
	"time"

	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/webex"
)

// serviceAppsFor is how far back events are read. An older authorization is not found.
const serviceAppsFor = 365 * 24 * time.Hour

// serviceApps learns from the admin audit events which Service Apps are authorized. Their machine
// accounts are missing in the list of people. A sweep does not fail without them: why says what
// went wrong.
func (s *Service) serviceApps(ctx context.Context) (apps []inventory.ServiceApp, why string) {
	now := s.opts.Now()
	known := map[webex.Untrusted]bool{}
	q := EventQuery{From: now.Add(-serviceAppsFor), To: now.Add(time.Minute), Categories: []string{webex.CategoryIntegration}}
	for e, err := range s.Events(ctx, q) {
		if err != nil {
			return nil, Clean(webex.Untrusted(err.Error()))
		}
		if e.AuthorizedStatus == "" || known[e.TargetID] {
			continue
		}
		known[e.TargetID] = true // events are newest first: the first one tells
		if strings.EqualFold(string(e.AuthorizedStatus), "AUTHORIZED") {
			apps = append(apps, inventory.ServiceApp{
				ApplicationID: e.TargetID, Name: e.TargetName, Since: e.Created, By: EventActor(e), Scopes: e.ServiceAppScopes, Sites: e.ServiceAppSites,
			})
		}
	}
	return apps, ""
}

// ServiceAppWords describes the authorization of a Service App in one line.
func ServiceAppWords(a inventory.ServiceApp) string {
	words := "authorized by " + OrDash(Clean(a.By)) + " on " + a.Since.UTC().Format(time.DateOnly)
	if len(a.Scopes) > 0 {
		words += "; scopes: " + Joined(a.Scopes)
	}
	if len(a.Sites) > 0 {
		words += "; sites: " + Joined(a.Sites)
	}
	return words
}
