package ui

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/filter"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// Regression tests for faults that reviews and attacks found.

func TestNoQuestionOpensWhileSomebodyTypes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := start(t, webextest.Demo(webextest.WithLatency(time.Second)), jane, 120, 40)
		d.wait(5 * time.Second)
		d.goTo("Meeting Sync")
		d.wait(61 * time.Second)
		d.press("x", "/", "text:a")
		d.wait(3 * time.Second)
		d.press("text:y")
		d.wait(3 * time.Second)
		d.dontSee("[ Cancel ]")
		d.see("/ ay")
		if d.deletes() != 0 {
			t.Errorf("%d DELETEs", d.deletes())
		}
	})
}

func TestEverythingMeansWhatIsStillThere(t *testing.T) {
	bubble(t, func(t *testing.T) {
		sim := webextest.New()
		p := sim.AddPerson(webextest.Person{Name: "Jane Doe", Email: jane})
		for _, name := range []string{"Alpha", "Beta", "Gamma"} {
			sim.GrantAccess(p, sim.AddApp(name), time.Now().Add(-time.Hour))
		}
		d := start(t, sim, jane, 120, 40)
		d.wait(100 * time.Millisecond)
		d.goTo("Beta")
		d.ask()
		d.press("y")
		d.wait(time.Second)
		d.see("1 gone")
		d.press("*")
		d.ask()
		d.see("To confirm, type  " + jane)
	})
}

func TestALateListBringsNothingBack(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := onJane(t)
		d.goTo("Meeting Sync")
		late := webextest.Fault{Method: "GET", Path: "/authorizations?", Times: 1, Kind: webextest.Answer, Status: 200, Delay: 10 * time.Second}
		var rows []string
		for _, id := range d.idsOf("Meeting Sync") {
			rows = append(rows, `{"id":"`+id+`","applicationName":"Meeting Sync","clientId":"C1","type":"refresh","created":"1999-12-02T00:00:00Z"}`)
		}
		late.Body = `{"items":[` + strings.Join(rows, ",") + `]}`
		d.sim.AddFault(late)
		d.press("r")
		d.ask()
		d.press("y")
		d.wait(2 * time.Second)
		d.see("✓ All 3 tokens are gone")
		d.press("right")
		d.wait(15 * time.Second)
		d.see(", gone 0")
		d.dontSee("89d", "88d 23h")
	})
}

func TestRevokingAnAccessTokenAloneSaysThatTheAppCanGetAnother(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := onJane(t)
		d.goTo("CallNotes AI")
		d.press("j")
		d.ask()
		d.see("CallNotes AI KEEPS its access", "Revoke 1 access token of CallNotes AI")
		d.press("y")
		d.wait(time.Second)
		d.see("keeps a refresh token")
		d.press("c")
		if !strings.Contains(d.clip, "CallNotes AI keeps a refresh token") {
			t.Errorf("the ticket does not mention it:\n%s", d.clip)
		}
	})
}

func TestARefreshTokenThatIsLeftKeepsTheAccess(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := onJane(t)
		d.goTo("Ticket Bridge")
		d.press("j")
		d.ask()
		d.see("Ticket Bridge KEEPS its access: it has another refresh token")
		d.press("y")
		d.wait(time.Second)
		d.see("! 1 app keeps its access", "1. Revoke the remaining refresh", "Gone: Ticket Bridge")
		d.dontSee("✓")
	})
}

func TestEveryAppThatKeepsItsAccessIsNamed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := onJane(t)
		d.press("/", "text:access", "enter", "*")
		d.ask()
		d.see("apps KEEP their access: each still has a refresh token", "CallNotes AI", "Meeting Sync", "This may sign Jane Doe out of Webex")
	})
}

func TestWhatIsBeingRevokedIsNotAskedAboutAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := onJane(t)
		d.sim.SetStale(-1)
		d.goTo("Meeting Sync")
		d.press("space")
		d.goTo("Meeting Sync")
		d.ask()
		d.press("y")
		d.wait(time.Second)
		d.see("1 revoke running", "0 of 1 done")
		d.press("x")
		d.see("It is already being revoked.")
		d.dontSee("[ Cancel ]")
	})
}

func TestWhatWasTypedWithCareIsNotThrownAway(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := onJane(t)
		d.press("*")
		d.ask()
		d.press("text:"+jane, "enter")
		d.see("> "+jane, "matches: enter", "[ Revoke 18 tokens ]")
		if d.deletes() != 0 {
			t.Error("enter on Cancel confirmed")
		}
		d.press("esc")
		d.dontSee("[ Cancel ]")
		d.ask()
		d.press("text:jane@elsewhere", "enter") // enter does not hide the error
		d.see("doesn't match")
	})
}

func TestAYThatComesTooEarlyIsAnswered(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := onJane(t)
		d.goTo("Meeting Sync")
		d.press("x", "y")
		d.see("[ Cancel ]", "(too soon: press y again)")
		d.wait(time.Second)
		d.press("k", "y")
		d.see("(too soon: press y again)")
		if d.deletes() != 0 {
			t.Error("the question was confirmed")
		}
		d.wait(2 * time.Second)
		d.press("y")
		d.wait(2 * time.Second)
		d.see("✓ All 3 tokens are gone")
	})
}

func TestTheReportSurvivesAChangeOfUser(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := onJane(t)
		d.goTo("Meeting Sync")
		d.ask()
		d.press("y")
		d.wait(time.Second)
		d.press("u", "text:omar.haddad@acme.example", "enter")
		d.wait(time.Second)
		d.press("C")
		if !strings.Contains(d.clip, "Meeting Sync") || !strings.Contains(d.clip, "jane.doe@acme.example") {
			t.Errorf("the ticket is %q", d.clip)
		}
	})
}

func TestOneRefreshTokenThatEndsHundredsAsksForTheAddress(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := start(t, webextest.Demo(), "max.power@acme.example", 120, 40)
		d.wait(100 * time.Millisecond)
		d.goTo("CSV Puller")
		d.ask()
		d.see("613 tokens will be revoked", "To confirm, type  max.power@acme.example")
	})
}

// A question about access tokens only offers the refresh token; it sends nothing by itself.
func TestAnAccessTokenOffersItsRefreshToken(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := onJane(t)
		d.goTo("Room Finder")
		d.press("j")
		d.ask()
		d.see("Revoke 1 access token of Room Finder", "KEEPS its access", "r: refresh token instead")
		d.press("r")
		d.wait(dialog.Quiet)
		d.see("Revoke Room Finder for Jane Doe", "2 tokens will be revoked", "Revoke 1 token and 1 more (y)")
		d.dontSee("instead")
		if d.deletes() != 0 {
			t.Errorf("%d DELETEs before y", d.deletes())
		}
		d.press("y")
		d.wait(time.Minute)
		if d.deletes() != 1 {
			t.Errorf("%d DELETEs", d.deletes())
		}
	})
}

func TestANameCannotStandWhereOurWordsDo(t *testing.T) {
	bubble(t, func(t *testing.T) {
		sim := webextest.New()
		p := sim.AddPerson(webextest.Person{Name: "Jane" + strings.Repeat("\u3000", 40) + "Record   nothing is sent in this mode.", Email: jane})
		sim.Grant(p, sim.AddApp("Sync"+strings.Repeat("\u3000", 40)+"✓ Gone: it was read back."), time.Now())
		sim.Grant(p, sim.AddApp("Wеbex Web Client"), time.Now()) // a Cyrillic e
		d := start(t, sim, jane, 120, 40)
		d.wait(100 * time.Millisecond)
		d.see("mixed alphabets in its name", "1 odd name")
		sim.AddFault(webextest.Fault{Method: "DELETE", Status: 403})
		d.press("*")
		d.ask()
		d.press("text:"+jane, "tab", "enter")
		d.wait(time.Second)
		for _, l := range strings.Split(d.screen(), "\n") {
			if _, side, ok := strings.Cut(l, "│"); ok && (strings.HasPrefix(side, " ✓") || strings.HasPrefix(side, "  ✓")) {
				t.Errorf("a name is a line of the report: %q", l)
			}
		}
	})
}

func TestThePickerOffersNobodyFoundForOtherText(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := start(t, webextest.Demo(), "", 120, 40)
		d.wait(100 * time.Millisecond)
		d.press("text:Ja")
		d.wait(time.Second)
		d.see("Jane Doe")
		d.press("text:nina R", "enter")
		d.dontSee("Meeting Sync")
		d.see("Find a person:")
		d.wait(time.Second)
		d.press("enter")
		d.wait(time.Second)
		d.see("janina.roth@acme.example")
	})
}

func TestAForeignHostIsNamedAtEverySize(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for _, w := range []int{60, 80, 100, 120} {
			d := start(t, webextest.Demo(), jane, w, 24, func(o *Options, _ *[]webex.Option) { o.Host = "webexapis.com.evil.example" })
			for i := range d.m.tabs { // each view takes room in the header
				d.m.tabs[i].missing = ""
			}
			d.wait(100 * time.Millisecond)
			d.see("at webexapis.com.evil")
		}
	})
}

func TestOnASmallScreenQLeavesWithWorkInFlight(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := onJane(t)
		d.sim.SetStale(-1)
		d.goTo("Meeting Sync")
		d.ask()
		d.press("y")
		d.wait(time.Second)
		d.send(tea.WindowSizeMsg{Width: 40, Height: 10})
		d.press("q", "q")
		if !d.quit {
			t.Error("it did not quit")
		}
	})
}

func TestNoQuestionOpensOverAnotherDialog(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := start(t, webextest.Demo(webextest.WithLatency(time.Second)), jane, 120, 40)
		d.wait(5 * time.Second)
		d.goTo("Meeting Sync")
		d.wait(61 * time.Second)
		d.press("x", "?")
		d.wait(3 * time.Second)
		d.dontSee("[ Cancel ]")
		d.press("esc")
		d.see("Press the key again")
	})
}

// A name typed into the list, where letters are commands, revokes nothing, whether typed fast or
// slowly.
func TestANameTypedIntoTheListRevokesNothing(t *testing.T) {
	for _, pause := range []time.Duration{50 * time.Millisecond, 100 * time.Millisecond, 300 * time.Millisecond, 500 * time.Millisecond, time.Second} {
		for _, name := range []string{"foxley", "roxy", "max power", "lexy", "bobby x y", "Xaver Oxy", "dixie y", "hexley y y"} {
			bubble(t, func(t *testing.T) {
				d := start(t, webextest.Demo(), webextest.DemoPerson, 120, 40, sweeps)
				d.wait(time.Second)
				d.goTo("Meeting Sync")
				for _, r := range name {
					if r == ' ' {
						d.press("space")
					} else {
						d.press(string(r))
					}
					d.wait(pause)
				}
				d.wait(time.Second)
				if n := len(d.sim.Deletes()); n > 0 {
					t.Errorf("%q at %s per key: %d revokes", name, pause, n)
				}
			})
		}
	}
}

// After a letter without a meaning in a question, y is ignored for a while.
func TestAStrayLetterInAQuestionDelaysY(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := start(t, webextest.Demo(), webextest.DemoPerson, 120, 40)
		d.wait(time.Second)
		d.goTo("Meeting Sync")
		d.ask()
		d.press("l")
		d.wait(time.Second)
		d.press("y")
		d.wait(time.Second)
		d.see("Revoke Meeting Sync")
		if n := len(d.sim.Deletes()); n > 0 {
			t.Fatalf("%d revokes", n)
		}
		d.wait(view.TypingFor)
		d.press("y")
		d.wait(2 * time.Second)
		if len(d.sim.Deletes()) == 0 {
			t.Error("y still does not confirm")
		}
	})
}

func TestNamesakesAreSaidOnASmallScreen(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := onJane(t)
		d.send(tea.WindowSizeMsg{Width: 60, Height: 15})
		d.press("u", "text:omar had")
		d.wait(2 * time.Second)
		d.see("omar.haddad@acme.example", "same name")
		d.press("esc", "text:jan")
		d.wait(2 * time.Second)
		d.see("↓ ", " more")
	})
}

// A name typed into the list marks no rows and starts no login.
func TestANameTypedIntoTheListDoesNothing(t *testing.T) {
	for _, name := range []string{"mallory", "larry", "lbob", "ld", "anna lee", "llama", "all"} {
		bubble(t, func(t *testing.T) {
			d, a := withLogin(t, webextest.Demo(), 120, 40, func(_ *testAccount, o *Options) { o.Person = &webex.Me })
			d.wait(time.Second)
			for _, r := range name {
				d.send(keyPress(strings.ReplaceAll(string(r), " ", "space")))
				d.wait(150 * time.Millisecond)
			}
			if l := d.lineWith(" marked "); l != "" && !strings.Contains(l, " 1 marked") {
				t.Errorf("%q marks rows: %s", name, l)
			}
			if a.begun > 0 || len(d.clip) > 0 || d.deletes() > 0 {
				t.Errorf("%q starts a login", name)
			}
		})
	}
}

// A tag does not match an app whose name looks like that tag.
func TestAnAppIsNotFoundByATagInItsName(t *testing.T) {
	row := "x is:signin y" + filter.AppMark + " access "
	if filter.Matcher("is:signin")(row) || !filter.Matcher("!is:signin")(row) || !filter.Matcher("signin")(row) {
		t.Error("the name is treated as a tag")
	}
}

// w on an app that is not in the last sweep stays in the view and shows a message.
func TestWhoElseHasAnUnknownAppStays(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := swept(t)
		d.sweep()
		for _, p := range d.sim.People() {
			if p.Email == jane {
				d.sim.Grant(p, d.sim.AddApp("Brand New"), time.Now())
			}
		}
		d.press("1", "r")
		d.wait(time.Second)
		d.goTo("Brand New")
		d.press("w")
		d.wait(time.Second)
		d.see("[1 Authorizations]", "did not find this app")
		d.goTo("Meeting Sync")
		d.press("w")
		d.wait(time.Second)
		d.see("[Meeting Sync:")
	})
}

// Keys for revokes are not offered if nothing can be revoked: for an app without IDs, and in
// read-only mode.
func TestNothingOffersWhatCannotBeRevoked(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := onJane(t)
		d.goToApp("Kiosk Pilot")
		d.see("none of its tokens can be revoked")
		d.dontSee("x revokes its 1 token")
		readOnly := start(t, webextest.Demo(), jane, 120, 40, func(o *Options, _ *[]webex.Option) { o.Badges = []string{"READ-ONLY"} })
		readOnly.wait(time.Second)
		readOnly.see("revoking is off: read-only")
		readOnly.dontSee("x revokes its")
	})
}

// A revoked app is neither new nor stale.
func TestARevokedAppIsNothingToLookAt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := onJane(t)
		d.goTo("CallNotes AI")
		d.see("new today")
		d.press("space")
		d.ask()
		d.press("y")
		d.wait(5 * time.Second)
		rows := 0
		for _, l := range strings.Split(d.screen(), "\n") {
			if !strings.Contains(l, "▹ CallNotes AI") {
				continue
			}
			rows++
			if strings.Contains(l, "new today") {
				t.Errorf("it was removed: %s", l)
			}
		}
		if rows != 1 {
			t.Errorf("%d rows of the app", rows)
		}
	})
}

// At 2 a.m. in a split window, a warning that is cut is a warning that nobody read.
func TestASmallScreenCutsNoWarning(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := start(t, webextest.Demo(), webextest.DemoPerson, 60, 15)
		d.press("X")
		d.wait(dialog.Quiet)
		d.see("Webex Teams Desktop Client for Mac.", "outside wxauth.", "Pilot.")
		for range 20 {
			d.press("down")
		}
		d.see("Legacy Exporter", "authorize apps again.")
		d.press("text:jane.doe@acme.example", "enter", "space") // on the button, space is no part of the text
		d.see("matches")
	})
}
