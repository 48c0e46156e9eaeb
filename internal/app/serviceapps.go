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

// readServiceApps learns from the admin audit events which Service Apps are authorized. Their
// machine accounts are missing in the list of people. A sweep does not fail without them.
func (r *SweepInfo) readServiceApps(ctx context.Context, svc *Service) {
	now := svc.opts.Now()
	known := map[webex.Untrusted]bool{}
	q := EventQuery{From: now.Add(-serviceAppsFor), To: now.Add(time.Minute), Categories: []string{webex.CategoryIntegration}}
	for e, err := range svc.Events(ctx, q) {
		if err != nil {
			r.ServiceApps, r.NoServiceApps = nil, Clean(webex.Untrusted(err.Error()))
			return
		}
		if e.AuthorizedStatus == "" || known[e.TargetID] {
			continue
		}
		known[e.TargetID] = true // events are newest first: the first one tells
		if strings.EqualFold(string(e.AuthorizedStatus), "AUTHORIZED") {
			r.ServiceApps = append(r.ServiceApps, inventory.ServiceApp{
				ApplicationID: e.TargetID, Name: e.TargetName, Since: e.Created, By: EventActor(e), Scopes: e.ServiceAppScopes, Sites: e.ServiceAppSites,
			})
		}
	}
}

// ServiceAppWords describes the authorization of a Service App in one line.
func ServiceAppWords(a inventory.ServiceApp) string {
	words := "authorized by " + OrDash(Clean(a.By)) + " on " + a.Since.UTC().Format(time.DateOnly)
	for i, s := range a.Scopes {
		sep := " "
		if i == 0 {
			sep = "; scopes: "
		}
		words += sep + Clean(s)
	}
	return words
}
