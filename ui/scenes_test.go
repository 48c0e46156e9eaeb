package ui

import (
	"strings"
	"testing"
	"time"

	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// scene is a screen in a common state. Golden files and pictures are made from scenes.
type scene struct {
	name   string
	person string
	do     func(*driver)
	change func(*Options, *[]webex.Option)
}

// scenes are the screens of a service with a token.
var scenes = []scene{
	{name: "list", person: webextest.DemoPerson, do: func(d *driver) { d.goTo("Meeting Sync") }},
	{name: "list-app-row", person: webextest.DemoPerson, do: func(d *driver) { d.press("G"); d.goTo("Legacy Exporter"); d.press("up") }},
	{name: "list-marked-filtered", person: webextest.DemoPerson, do: func(d *driver) { d.goTo("Room Finder"); d.press("space", "/", "text:stale", "enter") }},
	{name: "filter-empty", person: webextest.DemoPerson, do: func(d *driver) { d.press("/", "text:bot brige") }},
	{name: "detail", person: webextest.DemoPerson, do: func(d *driver) { d.goTo("Ticket Bridge"); d.press("enter") }},
	{name: "confirm-one", person: webextest.DemoPerson, do: func(d *driver) { d.goTo("Meeting Sync"); d.ask() }},
	{name: "confirm-up-to", person: webextest.DemoPerson, do: func(d *driver) { d.goTo("Ticket Bridge"); d.ask() }},
	{name: "confirm-all", person: webextest.DemoPerson, do: func(d *driver) { d.press("*"); d.ask(); d.press("text:jane.doe@") }},
	{name: "afterwards", person: webextest.DemoPerson, do: func(d *driver) {
		d.goTo("Meeting Sync")
		d.ask()
		d.press("y")
		d.wait(time.Second)
	}},
	{name: "afterwards-partly", person: webextest.DemoPerson, do: func(d *driver) {
		for _, a := range []string{"CallNotes AI", "Meeting Sync", "Room Finder"} {
			d.goTo(a)
			d.press("space")
		}
		rows := d.sim.Authorizations(webextest.DemoPerson)
		for _, r := range rows {
			if r.App.Name == "Meeting Sync" && r.Type == "refresh" {
				d.sim.AddFault(webextest.Fault{Method: "DELETE", Path: r.ID, Status: 403})
			}
		}
		d.ask()
		d.press("y")
		d.wait(3 * time.Second)
	}},
	{name: "revoking", person: webextest.DemoPerson, do: func(d *driver) {
		d.sim.SetStale(-1)
		d.goTo("Meeting Sync")
		d.ask()
		d.press("y")
		d.wait(2 * time.Second)
	}},
	{name: "still-listed", person: webextest.DemoPerson, do: func(d *driver) {
		d.sim.SetStale(-1)
		d.goTo("Room Finder")
		d.ask()
		d.press("y")
		d.wait(11 * time.Second)
	}},
	{name: "offboard", person: webextest.DemoPerson, do: func(d *driver) { d.press("X"); d.wait(dialog.Quiet) }},
	{name: "offboard-kept", person: webextest.DemoPerson, do: func(d *driver) {
		d.press("X")
		d.wait(dialog.Quiet)
		d.press("text:jane.doe@", "tab", "space")
	}},
	{name: "offboarding", person: webextest.DemoPerson, do: func(d *driver) {
		d.sim.SetStale(-1)
		d.offboard()
		d.wait(2 * time.Second)
	}},
	{name: "offboarded", person: webextest.DemoPerson, do: func(d *driver) { d.offboard(); d.wait(4 * time.Second) }},
	{name: "audit", person: webextest.DemoPerson, do: func(d *driver) {
		for _, a := range []string{"Meeting Sync", "Room Finder"} {
			d.goTo(a)
			d.ask()
			d.press("y")
			d.wait(2 * time.Second)
		}
		d.press("4", "j")
	}},
	{name: "audit-detail", person: "mallory@acme.example", do: func(d *driver) {
		d.press("j")
		d.ask()
		d.press("y")
		d.wait(4 * time.Second)
		d.press("4", "enter")
	}},
	{name: "activity", person: webextest.DemoPerson, do: func(d *driver) {
		d.goTo("Room Finder")
		d.ask()
		d.press("y")
		d.wait(20 * time.Second)
		d.press("5")
		d.wait(time.Second)
	}},
	{name: "activity-forbidden", person: webextest.DemoPerson, do: func(d *driver) {
		d.sim.AddFault(webextest.Fault{Path: "/adminAudit", Status: 403})
		d.press("5")
		d.wait(time.Second)
	}},
	{name: "audit-empty", person: webextest.DemoPerson, do: func(d *driver) { d.press("4") }},
	{name: "inventory-none", person: webextest.DemoPerson, change: sweeps, do: func(d *driver) { d.press("3") }},
	{name: "inventory-sweeping", person: webextest.DemoPerson, change: sweeps, do: func(d *driver) {
		d.sweep() // show the lists of the first sweep, because the order of people is random
		d.sim.SetLatency(100 * time.Millisecond)
		d.press("S")
		d.wait(2500 * time.Millisecond)
	}},
	{name: "inventory-apps", person: webextest.DemoPerson, change: sweeps, do: func(d *driver) { d.sweep(); d.press("j") }},
	{name: "inventory-detail", person: webextest.DemoPerson, change: sweeps, do: func(d *driver) { d.sweep(); d.press("space") }},
	{name: "inventory-stale", person: webextest.DemoPerson, change: sweeps, do: func(d *driver) { d.sweep(); d.press("v") }},
	{name: "inventory-changes", person: webextest.DemoPerson, change: sweeps, do: func(d *driver) { d.sweepTwice(); d.press("v", "v") }},
	{name: "inventory-no-match", person: webextest.DemoPerson, change: sweeps, do: func(d *driver) { d.sweep(); d.press("/", "text:nothing") }},
	{name: "inventory-holders", person: "mallory@acme.example", change: sweeps, do: func(d *driver) { d.sweep(); d.press("/", "text:sync", "enter", "enter") }},
	{name: "inventory-confirm", person: webextest.DemoPerson, change: sweeps, do: func(d *driver) {
		d.sweep()
		d.press("/", "text:whiteboard", "enter")
		d.ask()
		d.wait(2 * time.Second)
		d.press("text:White")
	}},
	{name: "inventory-revoked", person: webextest.DemoPerson, change: sweeps, do: func(d *driver) {
		d.sweep()
		d.press("/", "text:legacy", "enter")
		d.ask()
		d.wait(time.Second)
		d.press("text:Legacy Exporter", "tab", "enter")
		d.wait(5 * time.Second)
	}},
	{name: "palette", person: webextest.DemoPerson, do: func(d *driver) { d.press(":", "text:co") }},
	{name: "export", person: webextest.DemoPerson, do: func(d *driver) { d.press("e") }, change: func(o *Options, _ *[]webex.Option) {
		o.Export = func(string, string, any) (string, error) { return "/tmp/x.csv", nil }
	}},
	{name: "key-choice", person: webextest.DemoPerson, do: func(d *driver) { d.m.openDialog(keyChoice(nil, view.NeedKey{})) }},
	{name: "hostile", person: "mallory@acme.example", do: func(*driver) {}},
	{name: "wide", person: "sakura.sato@acme.example", do: func(*driver) {}},
	{name: "wide-confirm", person: "sakura.sato@acme.example", do: func(d *driver) { d.press("down"); d.ask() }},
	{name: "thousand", person: "tess.thousand@acme.example", do: func(d *driver) { d.press("pgdown", "pgdown", "down") }},
	{name: "crowded", person: "max.power@acme.example", do: func(*driver) {}},
	{name: "one-row", person: "omar.haddad@acme.example", do: func(*driver) {}},
	{name: "empty", person: "nora.nothing@acme.example", do: func(*driver) {}},
	{name: "no-such-person", person: "jane.deo@acme.example", do: func(*driver) {}},
	{name: "loading", person: webextest.DemoPerson, do: func(d *driver) {
		d.sim.AddFault(webextest.Fault{Path: "/authorizations?", Delay: time.Minute})
		d.press("u", "text:omar.haddad@acme.example", "enter")
		d.wait(3 * time.Second)
	}},
	{name: "forbidden", person: webextest.DemoPerson, do: func(d *driver) {
		d.sim.AddFault(webextest.Fault{Path: "/authorizations?", Status: 403})
		d.press("u", "text:omar.haddad@acme.example", "enter")
		d.wait(time.Second)
	}},
	{name: "server-error", person: webextest.DemoPerson, do: func(d *driver) {
		d.sim.AddFault(webextest.Fault{Path: "/authorizations?", Status: 500})
		d.press("u", "text:omar.haddad@acme.example", "enter")
		d.wait(time.Second)
	}},
	{name: "paused", person: webextest.DemoPerson, do: func(d *driver) {
		d.sim.AddFault(webextest.Fault{Path: "/authorizations?", Status: 429, RetryAfter: "30"})
		d.press("r")
		d.wait(2 * time.Second)
	}},
	{name: "picker", do: func(d *driver) { d.press("text:Ja"); d.wait(time.Second); d.press("down") }},
	{name: "picker-start", do: func(*driver) {}},
	{name: "picker-forbidden", do: func(d *driver) {
		d.sim.AddFault(webextest.Fault{Path: "/people?", Status: 403})
		d.press("text:Ja")
		d.wait(time.Second)
	}},
	{name: "help", person: webextest.DemoPerson, do: func(d *driver) { d.press("?") }},
	{name: "quit-while-revoking", person: webextest.DemoPerson, do: func(d *driver) {
		d.sim.SetStale(-1)
		d.goTo("Meeting Sync")
		d.ask()
		d.press("y")
		d.wait(time.Second)
		d.press("q")
	}},
	{name: "read-only", person: webextest.DemoPerson, do: func(d *driver) { d.goTo("Meeting Sync"); d.press("x") }, change: func(o *Options, _ *[]webex.Option) {
		o.Badges = []string{"READ-ONLY"}
		o.Host = "proxy.acme.example:8443"
	}},
}

// loginScenes are the scenes of the login screen and the Tokens view.
var loginScenes = []scene{
	{name: "first-run", do: func(*driver) {}},
	{name: "choose", do: func(d *driver) { d.press("l") }},
	{name: "input", do: func(d *driver) { d.press("p"); d.paste("ZDI3MGEyYzQtNmFlNS00NDNh") }},
	{name: "waiting", do: func(d *driver) {
		d.press("l", "enter")
		d.wait(83 * time.Second)
	}},
	{name: "declined", do: func(d *driver) {
		d.press("l", "enter")
		answer := consent(d, "decline")
		d.press("p")
		d.paste(answer)
		d.press("enter")
		d.wait(time.Second)
	}},
	{name: "done", do: logIn},
	{name: "tokens", do: func(d *driver) { logIn(d); d.press("enter", "tab") }},
	{name: "tokens-no", do: func(d *driver) { d.m.open = d.m.tokens; d.run(d.m.tokens.Show()); d.wait(time.Second) }},
	{name: "tokens-ends-soon", do: func(d *driver) {
		d.sim.SetSwitches(webextest.Switches{RefreshLife: 9 * 24 * time.Hour})
		logIn(d)
		d.press("enter", "tab")
	}},
	{name: "tokens-copy", do: func(d *driver) { logIn(d); d.press("enter", "tab", "c"); d.wait(dialog.Quiet) }},
	{name: "tokens-refused", do: func(d *driver) {
		logIn(d)
		d.sim.RevokeRefreshTokens()
		d.press("enter", "tab", "f")
		d.wait(2 * time.Second)
	}},
	{name: "code", do: func(d *driver) { d.press("l", "d"); d.wait(83 * time.Second) }},
	{name: "square", do: func(d *driver) { d.press("l", "d", "v") }},
	{name: "code-away", do: func(d *driver) {
		d.press("l", "d")
		d.sim.AddFault(webextest.Fault{Path: "/device/token", Kind: webextest.DropBefore})
		d.wait(5 * time.Second)
	}},
	{name: "code-not-set-up", do: func(d *driver) {
		d.sim.AddFault(webextest.Fault{Path: "/device/authorize", Status: 400, Body: `{"message":"redirect_uri is missing"}`})
		d.press("l", "d")
	}},
	{name: "choose-ssh", do: func(d *driver) { d.press("l") }, change: func(o *Options, _ *[]webex.Option) { o.OpenBrowser, o.NoBrowser = nil, "over SSH" }},
	{name: "scopes", do: func(d *driver) { d.press("l", "s") }},
	{name: "scopes-filter", do: func(d *driver) {
		d.press("l", "s", "text:applications", "space")
	}},
	{name: "orgs", do: withHeldOrgs},
	{name: "orgs-one", do: func(d *driver) { withHeldOrgs(d); d.press("down", "down") }},
	{name: "orgs-refused", do: func(d *driver) {
		withHeldOrgs(d)
		d.press("down", "f")
		d.wait(2 * time.Second)
	}},
	{name: "orgs-not-allowed", do: func(d *driver) {
		withHeldOrgs(d)
		d.press("down", "f")
		d.wait(2 * time.Second)
		d.press("esc")
	}},
	{name: "orgs-none", do: func(d *driver) { logIn(d); d.press("enter", "tab") }},
	{name: "orgs-add", do: func(d *driver) { withHeldOrgs(d); d.press("n", "text:96abc2aa-3dcc") }},
	{name: "orgs-forget", do: func(d *driver) { withHeldOrgs(d); d.press("G", "d"); d.wait(dialog.Quiet) }},
	{name: "profiles", do: func(d *driver) { withHeldOrgs(d); d.press("down") }},
	{name: "orgs-detail", do: func(d *driver) { withHeldOrgs(d); d.press("down", "down", "enter") }},
}

// play opens the dashboard with a token and plays the scene.
func (s scene) play(t testing.TB, w, h int, change func(*Options)) *driver {
	d := start(t, webextest.Demo(), s.person, w, h, func(o *Options, c *[]webex.Option) {
		if s.change != nil {
			s.change(o, c)
		}
		change(o)
	})
	d.wait(100 * time.Millisecond)
	s.do(d)
	return d
}

// playLogin opens the dashboard without a token and plays the scene.
func (s scene) playLogin(t testing.TB, w, h int, change func(*Options)) *driver {
	d, _ := withLogin(t, webextest.Demo(), w, h, func(a *testAccount, o *Options) {
		if strings.HasPrefix(s.name, "orgs") || s.name == "profiles" {
			a.withServiceApp()
		}
		a.posed = s.name == "waiting"
		if s.change != nil {
			s.change(o, nil)
		}
		if s.name == "profiles" {
			o.Profiles = otherProfiles
		}
		change(o)
	})
	s.do(d)
	return d
}

// everyScene calls f with the name of each scene and a function that plays it.
func everyScene(f func(name string, play func(t testing.TB, w, h int, change func(*Options)) *driver)) {
	for _, s := range scenes {
		f(s.name, s.play)
	}
	for _, s := range loginScenes {
		f("login-"+s.name, s.playLogin)
	}
}

func asItIs(*Options) {}
