package cli

import (
	"context"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// demoSweepAge is the age of the demo's saved sweep.
const demoSweepAge = 5*24*time.Hour + 2*time.Hour

// endedSince is an app that some people have revoked since that sweep.
var endedSince = webex.Authorization{
	ApplicationName: "Lunch Bot", ClientID: "C1a9c0b07000000000000000000000000000000000000000000000000000001bc", Type: webex.TypeRefresh,
}

// demoSweep adds an older sweep to the demo's inventory, so that there is something to show and
// to compare with.
func demoSweep(ctx context.Context, d *demoAccount, kept app.SweepStore, scope app.Scope, now time.Time) error {
	then := now.Add(-demoSweepAge)
	return app.PutSweep(ctx, kept, scope, then, func(w *inventory.Writer, put func([]byte) error) error {
		for i, p := range d.world.sim().People() {
			if webex.OrgID(p.OrgID).UUID() != scope.Org.UUID() {
				continue
			}
			n, part := w.Person(inventory.Person{ID: webex.PersonID(p.ID), Email: webex.Untrusted(p.Email), Name: webex.Untrusted(p.Name)})
			if err := put(part); err != nil {
				return err
			}
			if err := put(w.Read(n, rowsAt(d.world.sim(), p, then, i))); err != nil {
				return err
			}
		}
		return nil
	})
}

// rowsAt returns a person's authorizations at the given time.
func rowsAt(sim *webextest.Simulator, p webextest.Person, then time.Time, n int) (rows []webex.Authorization) {
	for _, a := range sim.Authorizations(p.Email) {
		if a.ID == "" || a.Created.After(then) {
			continue
		}
		rows = append(rows, webex.Authorization{
			ID: webex.AuthorizationID(a.ID), ApplicationID: webex.Untrusted(a.App.ApplicationID), ApplicationName: webex.Untrusted(a.App.Name),
			ClientID: webex.ClientID(a.App.ClientID), PersonID: webex.PersonID(p.ID), Created: a.Created.UTC(), Type: webex.Type(a.Type),
		})
	}
	if n%40 == 7 {
		r := endedSince
		r.ID, r.PersonID, r.Created = webex.AuthorizationID(p.ID), webex.PersonID(p.ID), then.Add(-time.Duration(n)*time.Hour)
		rows = append(rows, r)
	}
	return rows
}
