package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// The view shows both records on one timeline, and Audit says what Webex recorded.
func TestTheActivityView(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := start(t, webextest.Demo(), webextest.DemoPerson, 160, 40)
		d.goTo("Room Finder")
		d.ask()
		d.press("y")
		d.wait(20 * time.Second)
		d.press("4")
		d.wait(time.Second)
		d.see("WEBEX", "recorded")
		d.press("5")
		d.wait(time.Second)
		d.see("1 in both", "2 revoked by others", "Room Finder refresh: revoked, gone", "otto.brandt@acme", "Service App unauthorized:")
		d.press("enter")
		d.see("recorded", "User's token was revoked by an Admin.", "203.0.113.17", "Mozilla/5.0", "ROUTERGW_")
		d.press("esc", "p")
		d.wait(time.Second)
		d.see("[1 Authorizations]", webextest.DemoPerson)
		d.press("5", "/", "text:otto", "enter")
		d.see("3 of 5: esc clears the filter")
		d.press("p")
		d.see("This revoke was organization-wide.")
		d.press("j", "p")
		d.see("Webex does not record whose token it was.")
		d.press("j", "p")
		d.see("This is about a Service App, not about a user.")
		d.press("esc", "/", "text:is:foreign", "enter")
		d.see("2 of 5: esc")
		d.press("esc", "s")
		d.see("What the two records disagree on, first.")
		d.press("s")
		d.see("USER ▾")
	})
	// Three tokens revoked here, and one by another admin: both records agree on three.
	bubble(t, func(t *testing.T) {
		sim := webextest.New()
		lea := sim.AddPerson(webextest.Person{Name: "Lea", Email: "lea@acme.example"})
		otto := sim.AddPerson(webextest.Person{Name: "Otto", Email: "otto@acme.example"})
		for _, name := range []string{"Notes", "Mail", "Chat", "Wiki"} {
			sim.Grant(lea, sim.AddApp(name), time.Now())
		}
		d := start(t, sim, "lea@acme.example", 160, 40)
		for _, a := range sim.Authorizations(lea.Email) {
			if a.App.Name == "Wiki" {
				sim.RevokeAs(otto, a.ID)
			}
		}
		d.press("r")
		d.wait(time.Second)
		d.press("*")
		d.ask()
		d.press("text:"+lea.Email, "tab", "enter")
		d.wait(time.Minute)
		if n := d.deletes(); n != 3 {
			t.Fatalf("%d DELETEs", n)
		}
		d.press("5")
		d.wait(time.Second)
		d.see("4 rows since", "1 revoked by others · 3 in both", "otto@acme.example")
		d.dontSee("missing", "not there yet")
	})
	// A lost event, and one that is late.
	bubble(t, func(t *testing.T) {
		sim := webextest.Demo(webextest.WithSwitches(webextest.Switches{LoseEvents: true}))
		d := start(t, sim, webextest.DemoPerson, 120, 40)
		d.goTo("Room Finder")
		d.ask()
		d.press("y")
		d.wait(20 * time.Second)
		d.press("5")
		d.wait(time.Second)
		d.see("1 not there yet")
		d.wait(20 * time.Minute)
		d.press("r")
		d.wait(time.Second)
		d.see("1 missing in Webex's record")
		d.press("Y")
		if want := `"state": "missing"`; !strings.Contains(d.clip, want) {
			t.Errorf("%q is not in %s", want, d.clip)
		}
	})
	// Without the scope the audit log is shown, and what is missing.
	bubble(t, func(t *testing.T) {
		sim := webextest.Demo()
		sim.AddFault(webextest.Fault{Path: "/adminAudit", Status: 403})
		d := start(t, sim, webextest.DemoPerson, 120, 40)
		d.press("5")
		d.wait(time.Second)
		d.see("requires the Full Admin role and the scope audit:events_read")
	})
}

// o opens the page of the user or of the app, where its address is known.
func TestControlHubIsOpened(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var opened []string
		d := start(t, webextest.Demo(), webextest.DemoPerson, 120, 40, sweeps, func(o *Options, _ *[]webex.Option) {
			o.ControlHub = app.DefaultControlHub
			o.OpenBrowser = func(url string) error { opened = append(opened, url); return nil }
		})
		d.press("o")
		d.wait(view.TypingFor + time.Second)
		d.see("Opened the user's page in Control Hub.")
		d.sweep()
		d.press("/", "text:Compliance Archiver", "enter", "o")
		d.wait(view.TypingFor + time.Second)
		d.press("esc", "/", "text:Messaging MCP", "enter", "o")
		d.wait(view.TypingFor + time.Second)
		d.press("esc", "/", "text:Meeting Sync", "enter", "o")
		d.see("is not known")
		person, _ := d.sim.Person(webextest.DemoPerson)
		want := []string{"https://admin.webex.com/manage-users/users/" + webex.PersonID(person.ID).UUID(), app.DefaultControlHub.ServiceApps, app.DefaultControlHub.AgenticApps}
		if !slices.Equal(opened, want) {
			t.Errorf("%q, want %q", opened, want)
		}
	})
}

// What one login read is not shown to the next one, and nothing is read with the old login.
func TestActivityFollowsTheLogin(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := start(t, webextest.Demo(), webextest.DemoPerson, 120, 40)
		d.press("5")
		d.wait(time.Second)
		d.see("2 revoked by others")
		asked := len(d.sim.Requests())
		d.m.reset(nil)
		d.run(d.m.show(d.m.activity))
		d.wait(time.Second)
		d.see("Webex's record requires a login")
		d.dontSee("otto.brandt")
		if n := len(d.sim.Requests()) - asked; n > 0 {
			t.Errorf("%d requests with the old login", n)
		}
	})
}
