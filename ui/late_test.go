package ui

import (
	"errors"
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex/webextest"
)

// A search that was left by opening a user is over when the picker is opened again.
func TestALeftSearchIsOver(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := onJane(t)
		d.sim.AddFault(webextest.Fault{Path: "/people", Delay: 400 * time.Millisecond, Times: 1})
		d.press("u", "text:omar.haddad@acme.example")
		d.wait(260 * time.Millisecond) // the search was sent, and did not answer yet
		d.press("enter")
		d.wait(time.Second)
		d.press("u")
		d.dontSee("Searching for")
	})
}

// What answers for the previous login after a change of the login is not shown.
func TestALateSessionIsNotShown(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := onJane(t)
		d.wait(time.Second)
		before := d.m.session
		type another struct{ Service }
		d.send(sessionMsg{service: another{d.m.opts.Service}, session: app.Session{}})
		d.send(sessionMsg{service: another{d.m.opts.Service}, err: errors.New("late")})
		if d.m.session != before || d.m.sessionErr != nil {
			t.Errorf("%+v, %v", d.m.session, d.m.sessionErr)
		}
	})
}
