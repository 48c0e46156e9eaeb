package app_test

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
)

// panics is a transport that panics for some requests.
type panics struct {
	next  http.RoundTripper
	where func(*http.Request) bool
}

func (p panics) RoundTrip(r *http.Request) (*http.Response, error) {
	if p.where(r) {
		panic("bug in wxauth")
	}
	return p.next.RoundTrip(r)
}

// S-54: a panic in a goroutine of the use cases is reported as an outcome or an
// error. The program and all unrelated work continue.
func TestAPanicIsAnOutcome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		through := func(where func(*http.Request) bool) *app.Service {
			return w.service(w.sim.AdminToken(), app.Options{}, webex.WithTransport(panics{w.sim.Transport(), where}))
		}
		w.svc = through(func(r *http.Request) bool {
			return r.Method == http.MethodDelete && r.URL.Path == "/v1/authorizations/"+w.portal
		})
		res := w.revoke(w.plan(w.portal, w.sync[0]))
		got := outcomes(res)
		if o := got[w.portal]; o != app.Failed && o != app.Unknown && o != app.StillListed || !w.sim.Exists(w.portal) {
			t.Errorf("the outcome of the panicked request is %s", o)
		}
		if got[w.sync[0]] != app.Revoked {
			t.Errorf("the outcome of the other is %s", got[w.sync[0]])
		}
		// Repeated panics do not use up the request slots.
		svc := through(func(r *http.Request) bool { return r.URL.Query().Get("personEmail") != "" })
		people := make([]webex.Person, 20)
		for i := range people {
			people[i] = webex.ByEmail(janeEmail)
		}
		_, errs := svc.ListAll(t.Context(), people, nil)
		for _, err := range errs {
			if !errors.Is(err, app.ErrBug) {
				t.Error(err)
			}
		}
		if _, err := svc.Session(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
