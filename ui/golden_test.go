package ui

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// scenes are the screens that are kept as golden files, each at every size.
var scenes = []struct {
	name   string
	person string
	do     func(*driver)
	change func(*Options, *[]webex.Option)
}{
	{name: "list", person: webextest.DemoPerson, do: func(d *driver) { d.goTo("Meeting Sync") }},
	{name: "list-app-row", person: webextest.DemoPerson, do: func(d *driver) { d.press("G"); d.goTo("Legacy Exporter"); d.press("up") }},
	{name: "list-marked-filtered", person: webextest.DemoPerson, do: func(d *driver) { d.goTo("Room Finder"); d.press("space", "/", "text:stale", "enter") }},
	{name: "filter-empty", person: webextest.DemoPerson, do: func(d *driver) { d.press("/", "text:bot brige") }},
	{name: "detail", person: webextest.DemoPerson, do: func(d *driver) { d.goTo("Ticket Bridge"); d.press("enter") }},
	{name: "confirm-one", person: webextest.DemoPerson, do: func(d *driver) { d.goTo("Meeting Sync"); d.ask() }},
	{name: "confirm-up-to", person: webextest.DemoPerson, do: func(d *driver) { d.goTo("Ticket Bridge"); d.ask() }},
	{name: "confirm-all", person: webextest.DemoPerson, do: func(d *driver) { d.press("a"); d.ask(); d.press("text:jane.doe@") }},
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
	{name: "offboard", person: webextest.DemoPerson, do: func(d *driver) { d.press("X"); d.wait(quiet) }},
	{name: "offboard-kept", person: webextest.DemoPerson, do: func(d *driver) {
		d.press("X")
		d.wait(quiet)
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
	{name: "audit-empty", person: webextest.DemoPerson, do: func(d *driver) { d.press("4") }},
	{name: "inventory-none", person: webextest.DemoPerson, change: sweeps, do: func(d *driver) { d.press("3") }},
	{name: "inventory-sweeping", person: webextest.DemoPerson, change: sweeps, do: func(d *driver) {
		d.sweep() // the lists are those of a sweep before: in which order people come is chance
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
	{name: "key-choice", person: webextest.DemoPerson, do: func(d *driver) { d.m.openDialog(newKeyChoice(d.m, 0)) }},
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

var sizes = [][2]int{{120, 40}, {80, 24}, {60, 15}, {40, 10}, {1, 1}}

// S-79.
func TestScreensAreAsTheyWere(t *testing.T) {
	for _, sc := range scenes {
		for _, size := range sizes {
			t.Run(fmt.Sprintf("%s-%dx%d", sc.name, size[0], size[1]), func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					d := sceneDriver(t, sc.person, sc.change, size)
					sc.do(d)
					content := d.m.View().Content
					checkShape(t, content, size[0], size[1])
					golden(t, ansi.Strip(content)+"\n")
				})
			})
		}
	}
}

func sceneDriver(t *testing.T, person string, change func(*Options, *[]webex.Option), size [2]int) *driver {
	if change == nil {
		change = func(*Options, *[]webex.Option) {}
	}
	d := start(t, webextest.Demo(), person, size[0], size[1], change)
	d.wait(100 * time.Millisecond)
	return d
}

// TestColoursAreAsTheyWere pins the styles themselves, on both backgrounds.
func TestColoursAreAsTheyWere(t *testing.T) {
	for _, theme := range []string{"dark", "light"} {
		for _, name := range []string{"list", "confirm-one", "afterwards-partly", "picker"} {
			t.Run(theme+"-"+name, func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					for _, sc := range scenes {
						if sc.name == name {
							d := sceneDriver(t, sc.person, func(o *Options, _ *[]webex.Option) { o.Theme = theme }, [2]int{120, 40})
							sc.do(d)
							golden(t, d.m.View().Content+"\n")
						}
					}
				})
			})
		}
	}
}

// checkShape holds what every screen must be: as many lines as the terminal has,
// each exactly as wide, and nothing in them that moves the cursor.
func checkShape(t *testing.T, content string, w, h int) {
	t.Helper()
	lines := strings.Split(content, "\n")
	if len(lines) != h {
		t.Errorf("%d lines on %d", len(lines), h)
	}
	for i, l := range lines {
		if got := ansi.StringWidthWc(l); got != w {
			t.Errorf("line %d is %d cells wide, want %d: %q", i, got, w, ansi.Strip(l))
		}
		for _, r := range ansi.Strip(l) {
			if r < 0x20 || r >= 0x7f && r < 0xa0 {
				t.Errorf("line %d holds %U", i, r)
			}
		}
	}
}

func golden(t *testing.T, got string) {
	t.Helper()
	path := filepath.Join("testdata", strings.ReplaceAll(t.Name(), "/", "_")+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the screen differs from %s (-update accepts it):\n%s", path, got)
	}
}

// TestNoSizePanics draws every scene's model at many sizes.
func TestNoSizePanics(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for _, person := range []string{webextest.DemoPerson, "mallory@acme.example", "sakura.sato@acme.example", ""} {
			d := start(t, webextest.Demo(), person, 120, 40)
			d.wait(100 * time.Millisecond)
			for step := range 4 {
				switch step {
				case 1:
					d.press("down", "space")
				case 2:
					d.ask()
				case 3:
					d.press("esc", "?")
				}
				for _, w := range []int{0, 1, 2, 5, 20, 59, 60, 61, 79, 80, 81, 109, 110, 111, 120, 200, 300} {
					for _, h := range []int{0, 1, 2, 5, 14, 15, 16, 24, 40, 100} {
						d.m.Update(tea.WindowSizeMsg{Width: w, Height: h})
						content := d.m.View().Content
						if w > 0 && h > 0 {
							checkShape(t, content, w, h)
						}
					}
				}
				d.m.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
			}
		}
	})
}
