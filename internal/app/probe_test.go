package app_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// A probe finds each behavior that the simulator's switches select.
func TestAProbeFindsEverySwitch(t *testing.T) {
	for name, tt := range map[string]struct {
		set  func(*webextest.Switches)
		want map[string]string
	}{
		"as documented":     {func(*webextest.Switches) {}, map[string]string{"rotates": "no", "extends": "yes", "same-access": "no", "lists-refreshed": "yes", "moves-created": "no", "lifetimes": "yes", "token-expiry": "yes", "unknown-person": "404", "event-tracking-id": "no", "event-region": "yes", "event-delay": "at most 0s", "revoked-works": "at most 0s"}},
		"RotateRefresh":     {func(w *webextest.Switches) { w.RotateRefresh = true }, map[string]string{"rotates": "yes"}},
		"OmitRefresh":       {func(w *webextest.Switches) { w.OmitRefresh = true }, map[string]string{"rotates": "no"}},
		"KeepRefreshEnd":    {func(w *webextest.Switches) { w.KeepRefreshEnd = true }, map[string]string{"extends": "no"}},
		"KeepAccess":        {func(w *webextest.Switches) { w.KeepAccess = true }, map[string]string{"same-access": "yes"}},
		"OmitLifetimes":     {func(w *webextest.Switches) { w.OmitLifetimes = true }, map[string]string{"lifetimes": "no"}},
		"RenewMovesCreated": {func(w *webextest.Switches) { w.RenewMovesCreated = true }, map[string]string{"moves-created": "yes"}},
		"UnlistedRefreshed": {func(w *webextest.Switches) { w.UnlistedRefreshed = true }, map[string]string{"lists-refreshed": "no"}},
		"UnknownPerson 200": {func(w *webextest.Switches) { w.UnknownPerson = http.StatusOK }, map[string]string{"unknown-person": "200"}},
		"UnknownPerson 400": {func(w *webextest.Switches) { w.UnknownPerson = http.StatusBadRequest }, map[string]string{"unknown-person": "400"}},
		"SameTrackingID":    {func(w *webextest.Switches) { w.SameTrackingID = true }, map[string]string{"event-tracking-id": "yes"}},
		"EventRegion":       {func(w *webextest.Switches) { w.EventRegion = "urn:TEAM:us-west-2_r" }, map[string]string{"event-region": "no"}},
		"EventDelay":        {func(w *webextest.Switches) { w.EventDelay = 20 * time.Second }, map[string]string{"event-delay": "at most 20s"}},
		"LoseEvents":        {func(w *webextest.Switches) { w.LoseEvents = true }, map[string]string{"event-delay": "more than 1m0s"}},
		"HideWebexClients":  {func(w *webextest.Switches) { w.HideWebexClients = true }, map[string]string{"lists-first-party": "no"}},
		"listed sign-ins":   {func(*webextest.Switches) {}, map[string]string{"lists-first-party": "yes", "lists-expired": "yes"}},
		"DropExpired":       {func(w *webextest.Switches) { w.DropExpired = true }, map[string]string{"lists-expired": "no"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newAccountWorld(t)
				var sw webextest.Switches
				tt.set(&sw)
				w.sim.SetSwitches(sw)
				ada, _ := w.sim.Person("ada.admin@acme.example")
				w.sim.Grant(ada, w.sim.AddAppWithClientID("Webex Web Client", "C64ab04639eefee4798f58e7bc3fe01d47161be0d97ff0d31e040a6ffe66d7f0a"), time.Now().Add(-100*24*time.Hour))
				w.sim.Grant(ada, w.sim.AddApp("Abandoned"), time.Now().Add(-100*24*time.Hour))
				w.opts.Scopes = append(append([]string{}, webex.DefaultScopes...), webex.ScopeAuditEvents)
				w.account = app.NewAccount(w.vault, w.opts)
				if _, err := w.logIn(func(landing string) []string { return []string{landing} }); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Hour)
				svc := app.New(w.account.Client(), &app.MemoryRecorder{}, app.Options{OwnClient: w.opts.Credentials.ClientID})
				r, err := svc.Probe(t.Context(), w.account, app.ProbeOptions{Wait: time.Minute, May: func(app.ProbeStep) (bool, error) { return true, nil }})
				if err != nil {
					t.Fatal(err)
				}
				got := map[string]string{}
				for _, a := range r.Answers {
					got[a.ID] = string(a.State) + ": " + a.Evidence
					if a.Answer != nil {
						got[a.ID] = *a.Answer
					}
				}
				for id, want := range tt.want {
					t.Logf("%s: %s: %s", name, id, got[id])
					if got[id] != want {
						t.Errorf("%s: %q, want %q", id, got[id], want)
					}
				}
			})
		})
	}
}

// A step that is declined changes nothing, and the login still works.
func TestAProbeAsksBeforeEachStep(t *testing.T) {
	for declined := range app.ProbeSteps {
		t.Run(fmt.Sprint(declined), func(t *testing.T) {
			w := newAccountWorld(t)
			if _, err := w.logIn(func(landing string) []string { return []string{landing} }); err != nil {
				t.Fatal(err)
			}
			svc := app.New(w.account.Client(), &app.MemoryRecorder{}, app.Options{OwnClient: w.opts.Credentials.ClientID})
			asked := 0
			r, err := svc.Probe(t.Context(), w.account, app.ProbeOptions{May: func(s app.ProbeStep) (bool, error) {
				asked++
				return s != app.ProbeSteps[declined], nil
			}})
			if err != nil || asked != declined+1 {
				t.Fatalf("%d questions, %v", asked, err)
			}
			if n := len(w.sim.Deletes()); n != 0 {
				t.Errorf("%d tokens were revoked", n)
			}
			if (r.Observed.Rotates == webex.Unknown) != (declined == 0) {
				t.Errorf("%+v", r.Observed)
			}
			if _, err := w.account.Client().Me(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// A token of the same integration that was created at another time is never revoked, whether it
// was listed before the refresh or appears afterwards.
func TestAProbeRevokesNoOlderToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newAccountWorld(t)
		w.sim.SetSwitches(webextest.Switches{UnlistedRefreshed: true})
		if _, err := w.logIn(func(landing string) []string { return []string{landing} }); err != nil {
			t.Fatal(err)
		}
		ada, _ := w.sim.Person("ada.admin@acme.example")
		svc := app.New(w.account.Client(), &app.MemoryRecorder{}, app.Options{OwnClient: w.opts.Credentials.ClientID})
		r, err := svc.Probe(t.Context(), w.account, app.ProbeOptions{Wait: time.Minute, May: func(app.ProbeStep) (bool, error) {
			another := webextest.App{Name: "wxauth", ClientID: string(w.opts.Credentials.ClientID)}
			w.sim.GrantAccess(ada, another, time.Now())
			w.sim.AddFault(webextest.Fault{Method: "POST", Path: "/access_token", Times: 1, Delay: 2 * time.Second})
			go func() { // while the token is refreshed
				time.Sleep(time.Second)
				w.sim.GrantAccess(ada, another, time.Now().Add(-time.Hour))
			}()
			return true, nil
		}})
		if err != nil || len(w.sim.Deletes()) > 0 || r.Observed.ListsRefreshed != webex.No {
			t.Errorf("%d revokes, %+v, %v", len(w.sim.Deletes()), r.Observed, err)
		}
	})
}

// A probe that is interrupted while it waits says so.
func TestAProbeCanBeInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newAccountWorld(t)
		w.sim.SetSwitches(webextest.Switches{EventDelay: time.Hour})
		w.opts.Scopes = append(append([]string{}, webex.DefaultScopes...), webex.ScopeAuditEvents)
		w.account = app.NewAccount(w.vault, w.opts)
		if _, err := w.logIn(func(landing string) []string { return []string{landing} }); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		svc := app.New(w.account.Client(), &app.MemoryRecorder{}, app.Options{OwnClient: w.opts.Credentials.ClientID})
		_, err := svc.Probe(ctx, w.account, app.ProbeOptions{Wait: time.Hour, May: func(app.ProbeStep) (bool, error) { return true, nil }})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
}
