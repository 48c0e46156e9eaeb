package app_test

import (
	"fmt"
	"io"
	"log"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// S-56, S-57: whatever a server does to the DELETE, the reloaded list, or both, no
// token that still exists is reported as gone, and each run ends in time with
// complete records.
func TestNoMisbehaviourIsCalledRevoked(t *testing.T) {
	log.SetOutput(io.Discard) // net/http logs each fault
	defer log.SetOutput(os.Stderr)
	number, tried, gone, false_ := 0, 0, 0, 0
	for _, m := range webextest.Misbehaviours() {
		for _, where := range []string{"delete", "read-back", "both"} {
			for _, times := range []int{1, 0} {
				if number++; !trial.Runs(number, 5) {
					continue
				}
				tried++
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t)
					wire := w.sim.Wire()
					w.svc = w.service(w.sim.AdminToken(), app.Options{}, webex.WithTransport(nil), webex.WithBaseURL("http://127.0.0.1/v1"), webex.WithDialContext(wire.DialContext))
					p := w.plan(w.portal, w.sync[0])
					f := m.Fault
					f.Times = times
					if where != "read-back" {
						f.Method, f.Path = "DELETE", ""
						w.sim.AddFault(f)
					}
					if where != "delete" {
						f.Method, f.Path = "GET", "/authorizations?"
						w.sim.AddFault(f)
					}
					start := time.Now()
					res, err := w.svc.Revoke(t.Context(), p, nil)
					if err != nil {
						t.Errorf("%s of the %s: %v", m.Name, where, err)
					}
					for _, i := range res.Items {
						if i.Outcome.Gone() && w.sim.Exists(string(i.ID)) {
							false_++
							t.Errorf("%s of the %s: %s is reported as %s, but still exists", m.Name, where, i.ApplicationName, i.Outcome)
						}
						if i.Outcome.Gone() {
							gone++
						}
					}
					if took := time.Since(start); took > 15*time.Minute {
						t.Errorf("%s of the %s: took %s", m.Name, where, took)
					}
					w.checkRecord(res)
					wire.Close()
					time.Sleep(2 * time.Hour)
				})
			}
		}
	}
	trial.Report(t, trial.Figure{Name: "false “revoked” with faults of DELETE and verification", Tried: tried, Survived: tried - false_, Lost: false_, Note: fmt.Sprintf("%d outcomes correctly reported as gone", gone)})
}
