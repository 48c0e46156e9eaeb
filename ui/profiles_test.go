package ui

import (
	"context"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// otherProfiles returns a profile with a login, one with an expired login and one without.
func otherProfiles(context.Context) ([]app.Login, error) {
	now := time.Now()
	return []app.Login{
		{Profile: "customer", Client: "C1", ClientFrom: "the configuration", Renews: true, Tokens: webex.Tokens{
			Access: webex.NewSecret("a"), Refresh: webex.NewSecret("r"), Issued: now, RefreshIssued: now.Add(-24 * time.Hour), AccessLife: 14 * 24 * time.Hour, RefreshLife: 90 * 24 * time.Hour,
			Owner: webex.Owner{Email: "ben@kestrel.example", OrgName: "Kestrel Air"},
		}},
		{Profile: "old", Client: "C3", Tokens: webex.Tokens{
			Access: webex.NewSecret("a"), Refresh: webex.NewSecret("r"), Issued: now.Add(-200 * 24 * time.Hour), RefreshIssued: now.Add(-200 * 24 * time.Hour),
			AccessLife: 14 * 24 * time.Hour, RefreshLife: 90 * 24 * time.Hour,
		}},
		{Profile: "lab", Client: "C2", ClientFrom: "the configuration"},
	}, nil
}

func TestOtherProfiles(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d, a := withLogin(t, webextest.Demo(), 120, 40, func(a *testAccount, o *Options) {
			a.withServiceApp()
			o.Profiles = otherProfiles
		})
		withHeldOrgs(d)
		d.see("customer  Kestr", "lab", "no login")
		if l := d.lineWith("old"); strings.Count(l, " expired") != 3 {
			t.Errorf("%q", l)
		}
		d.press("p")
		d.see("Go to the row of another profile")

		d.press("down")
		d.see("another profile, not in use", "ben@kestrel.example")
		// Keys for the login do not affect another profile.
		before, _ := a.Login(t.Context())
		for _, k := range []string{"f", "t", "c", "d"} {
			d.press(k)
			d.see("The profile customer is not in use")
			d.wait(2 * time.Second)
		}
		if after, err := a.Login(t.Context()); err != nil || !after.Tokens.Access.Equal(before.Tokens.Access) || d.clip != "" {
			t.Errorf("%v, clipboard %q: a key affected the login", err, d.clip)
		}

		d.press("p")
		d.see("Use the profile customer?", "ben@kestrel.example", "commands without --profile")
		d.wait(dialog.Quiet)
		d.press("n")
		if d.quit || d.m.next != NextNothing {
			t.Fatal("it switched without confirmation")
		}
		d.press("p")
		d.wait(dialog.Quiet)
		d.press("y")
		if !d.quit || d.m.next != NextProfile || d.m.nextProfile != "customer" {
			t.Errorf("quit %v, next %v %q", d.quit, d.m.next, d.m.nextProfile)
		}
	})
}

func TestOtherProfilesAreFiltered(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d, _ := withLogin(t, webextest.Demo(), 120, 40, func(_ *testAccount, o *Options) { o.Profiles = otherProfiles })
		d.press("tab")
		d.wait(time.Second)
		d.press("/")
		d.send(tea.PasteMsg{Content: "kestrel"})
		d.see("/ kestrel")
		d.press("enter")
		if len(d.m.tokens.Rows) != 1 || d.m.tokens.On != "profile customer" {
			t.Errorf("on %q of %d rows", d.m.tokens.On, len(d.m.tokens.Rows))
		}
	})
}

// The cursor skips the heading of the organizations in both directions. If there is no row below
// the heading, the cursor stays.
func TestTheCursorPassesTheHeading(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d, a := withLogin(t, webextest.Demo(), 120, 40, func(a *testAccount, o *Options) {
			a.withServiceApp()
			o.Profiles = otherProfiles
		})
		on := func(want string) {
			t.Helper()
			if d.m.tokens.On != want {
				t.Errorf("on %q, want %q", d.m.tokens.On, want)
			}
		}
		logIn(d)
		d.press("enter", "tab")
		d.wait(time.Second)
		d.press("down", "down", "down")
		on("profile lab")
		for _, key := range []string{"down", "G", "pgdown", "ctrl+d"} {
			d.press(key)
			on("profile lab")
		}
		d.press("g")
		on("login")
		id, _ := webex.ParseOrgID(webextest.DemoCustomers[0].UUID)
		if _, err := a.orgs.Fetch(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		d.press("r")
		d.wait(time.Second)
		d.press("down", "down", "down", "down")
		on("org " + id.UUID())
		d.press("up")
		on("profile lab")
	})
}
