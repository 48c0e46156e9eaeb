package ui

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

const jane = webextest.DemoPerson

// onJane opens the authorizations of the demo's Jane at 120x40.
func onJane(t *testing.T) *driver {
	d := start(t, webextest.Demo(), jane, 120, 40)
	d.wait(100 * time.Millisecond)
	return d
}

func (d *driver) idsOf(appName string) []string {
	var ids []string
	for _, a := range d.sim.Authorizations(jane) {
		if a.App.Name == appName {
			ids = append(ids, a.ID)
		}
	}
	return ids
}

func TestTheKeyThatOpensADialogNeverConfirmsIt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := onJane(t)
		d.goTo("Meeting Sync")
		d.press("x")
		for range 6 { // a burst within dialog.Quiet
			for _, k := range []string{"y", "tab", "enter", "n", "esc"} {
				d.send(keyPress(k))
			}
			time.Sleep(49 * time.Millisecond)
		}
		d.see("Revoke Meeting Sync for Jane Doe", "[ Cancel ]")
		if d.deletes() != 0 {
			t.Errorf("%d DELETEs within 300 ms after the dialog opened", d.deletes())
		}
		d.wait(dialog.Held)
		d.press("y")
		d.wait(time.Second)
		if d.deletes() != 1 {
			t.Errorf("%d DELETEs after y", d.deletes())
		}
	})
}

// Somebody who leaves a finger on y has not read the question.
func TestAHeldKeyConfirmsNothing(t *testing.T) {
	for _, every := range []time.Duration{30 * time.Millisecond, 120 * time.Millisecond} {
		bubble(t, func(t *testing.T) {
			d := onJane(t)
			d.goTo("Meeting Sync")
			d.press("x", "y")
			d.wait(660 * time.Millisecond) // until a terminal repeats it
			for range 3 * time.Second / every {
				d.send(keyPress("y"))
				d.wait(every)
			}
			d.see("[ Cancel ]", "(too soon: press y again)")
			if d.deletes() != 0 {
				t.Errorf("every %s: %d DELETEs", every, d.deletes())
			}
			d.wait(dialog.Held)
			d.press("y")
			d.wait(time.Second)
			if d.deletes() != 1 {
				t.Errorf("every %s: %d DELETEs after y", every, d.deletes())
			}
		})
	}
}

func TestOnlyYAndTheButtonConfirm(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := onJane(t)
		d.goTo("Meeting Sync")
		for _, k := range []string{"enter", "n", "esc"} {
			d.ask()
			d.press(k)
			d.wait(time.Second)
			d.dontSee("[ Cancel ]")
			d.see("Cancelled. Nothing was sent.")
		}
		d.ask()
		for _, k := range []string{"x", "space", "*", "r", "q", "Y", "j", "k", "u", "/"} {
			d.press(k)
		}
		d.send(tea.PasteMsg{Content: "y"})
		d.send(tea.PasteMsg{Content: "y\n"})
		d.wait(time.Second)
		d.see("[ Cancel ]")
		if d.deletes() != 0 {
			t.Fatalf("%d DELETEs", d.deletes())
		}
		d.press("tab")
		d.see("[ Revoke 1 token and 2 more (y) ]")
		d.press("shift+tab")
		d.see("[ Cancel ]")
		d.press("tab", "enter")
		d.wait(time.Second)
		if d.deletes() != 1 {
			t.Errorf("%d DELETEs after the button", d.deletes())
		}
	})
}

// Tab goes to Cancel, as the keys below the question say, and enter then cancels.
func TestTabLeadsToCancelAfterTheButton(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := onJane(t)
		d.press("X")
		d.wait(dialog.Quiet)
		d.press("text:"+jane, "enter")
		d.see("[ Revoke 18 tokens ]", "tab: to Cancel")
		d.press("tab")
		d.see("[ Cancel ]")
		d.press("enter")
		d.see("Cancelled. Nothing was sent.")
		if n := d.deletes(); n != 0 {
			t.Errorf("%d DELETEs", n)
		}
		// Letters typed before the question can have been read do not count, and this is said.
		d.press("X", "text:"+jane)
		d.see("letters typed too early were ignored")
		d.press("esc")
		d.wait(dialog.Quiet)
		d.press("esc")
	})
	// A held enter moves the focus to the button, but does not press it.
	bubble(t, func(t *testing.T) {
		d := onJane(t)
		d.press("X")
		d.wait(dialog.Quiet)
		d.press("text:" + jane)
		d.wait(dialog.Alone)
		for range 40 {
			d.send(keyPress("enter"))
			d.wait(90 * time.Millisecond)
		}
		d.see("[ Revoke 18 tokens (too soon: press enter again) ]")
		if n := d.deletes(); n != 0 {
			t.Fatalf("%d DELETEs while enter was held", n)
		}
		d.wait(dialog.Settle)
		d.press("enter")
		d.wait(5 * time.Second)
		if n := d.deletes(); n == 0 {
			t.Error("enter does not confirm")
		}
	})
}

// Reloading closes the report, and shows the list even if a filter was set.
func TestReloadingClosesTheReport(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := onJane(t)
		d.press("/", "text:meet", "enter")
		d.ask()
		d.press("y")
		d.wait(5 * time.Second)
		d.press("enter", "r")
		d.wait(time.Second)
		d.see("Nothing matches")
	})
}

func TestATypedConfirmationTakesTypingOnly(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := onJane(t)
		d.press("*")
		d.see("18 marked")
		d.ask()
		d.see("Revoke 18 tokens of 9 apps for Jane Doe", "To confirm, type  "+jane)
		d.send(tea.PasteMsg{Content: jane})
		d.see("pasting is not accepted")
		d.press("tab", "enter")
		d.see("[ Revoke 18 tokens ]")
		d.press("text:jane.doe@acme.exampla")
		d.see("doesn't match")
		d.press("enter", "y")
		d.wait(time.Second)
		if d.deletes() != 0 {
			t.Fatalf("%d DELETEs before the address was complete", d.deletes())
		}
		d.press("backspace", "backspace", "text:e")
		d.see("matches: ")
		d.press("enter", "enter")
		d.wait(5 * time.Second)
		if rows := d.sim.Authorizations(jane); len(rows) != 1 || rows[0].Raw == "" {
			t.Errorf("%d rows are left", len(rows))
		}
		if d.deletes() != 10 {
			t.Errorf("%d DELETEs: 9 refresh tokens and the personal token need one each", d.deletes())
		}
		d.see("✓ All 18 tokens are gone", "Gone: 9 refresh tokens and 9")
	})
}

func TestTheCursorStaysOnItsRow(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := onJane(t)
		d.goTo("Room Finder")
		at := func() string { return strings.SplitN(d.lineWith("▸"), " ago", 2)[0] }
		before := at()
		d.press("s")
		if at() != before {
			t.Errorf("after sorting, the cursor is on %q, was %q", at(), before)
		}
		d.press("s", "s", "/", "text:room", "esc", "r")
		d.wait(time.Second)
		if at() != before {
			t.Errorf("after filter and reload, the cursor is on %q, was %q", at(), before)
		}
		d.sim.Remove(d.idsOf("Room Finder")[0])
		d.press("r")
		d.wait(time.Second)
		// The nearest row, not the first, because the next key may be x.
		if !strings.Contains(d.screen(), "│ Old Bot Bridge") {
			t.Errorf("after the row was removed, the cursor is on %q", at())
		}
	})
}

func TestMarksArePinnedByIDAndHiddenOnesAreTold(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := onJane(t)
		for _, name := range []string{"CallNotes AI", "Room Finder", "Legacy Exporter"} {
			d.goTo(name)
			d.press("space")
		}
		d.press("s", "r")
		d.wait(time.Second)
		d.see("3 marked")
		d.press("/", "text:legacy", "enter")
		d.see("3 marked; the filter hides 2 of them")
		d.ask()
		d.see("Revoke 3 tokens of 3 apps", "The filter hides 2 of these 3", "CallNotes AI", "Room Finder", "Legacy Exporter")
		d.press("esc")
		if d.deletes() != 0 {
			t.Error("cancelling sent a request")
		}
		d.press("esc", "esc")
		d.dontSee("marked,")
		d.dontSee(" marked")
	})
}

func TestMarkThreeConfirmAndWatch(t *testing.T) {
	bubble(t, func(t *testing.T) {
		sim := webextest.Demo(webextest.WithLatency(200 * time.Millisecond))
		d := start(t, sim, jane, 120, 40)
		d.wait(time.Second)
		for _, name := range []string{"CallNotes AI", "Meeting Sync", "Room Finder"} {
			d.goTo(name)
			d.press("space")
		}
		sim.AddFault(webextest.Fault{Method: "DELETE", Path: d.idsOf("Room Finder")[0], Status: 403})
		d.ask()
		d.press("y")
		d.see("revoking…", "1 revoke running")
		d.wait(200 * time.Millisecond)
		d.see("verifying 1 of")
		d.dontSee("revoked 00:")
		d.wait(5 * time.Second)
		d.see("! 1 of 6 tokens is not gone", "5 of 6 gone. 1 failed: Room", "✓ gone 2/2", "✓ gone 3/3", "failed: 403 Forbidden")
		for _, l := range strings.Split(d.screen(), "\n") {
			if strings.Contains(l, "45d ago") && strings.Contains(l, "gone") {
				t.Errorf("a failed revoke looks successful: %s", l)
			}
		}
	})
}

func TestAListThatIsOldIsReadAgainBeforeTheQuestion(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := onJane(t)
		for _, name := range []string{"CallNotes AI", "Room Finder"} {
			d.goTo(name)
			d.press("space")
		}
		d.sim.Remove(d.idsOf("Room Finder")[0])
		d.wait(61 * time.Second)
		before := len(d.sim.Requests())
		d.ask()
		lists := 0
		for _, r := range d.sim.Requests()[before:] {
			if r.Path == "/authorizations" {
				lists++
			}
		}
		if lists != 1 {
			t.Errorf("%d lists were loaded before the dialog opened", lists)
		}
		d.see("Revoke CallNotes AI", "1 token that you chose is already gone")
		d.press("esc", "esc")
		d.goTo("Meeting Sync")
		d.sim.Remove(d.idsOf("Meeting Sync")[0])
		d.wait(61 * time.Second)
		d.ask()
		d.see("what you chose is already gone. Nothing was sent.")
		d.dontSee("[ Cancel ]")
	})
}

func TestADialogLeftOpenConfirmsNothingOnceTheListChanged(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := onJane(t)
		d.goTo("Meeting Sync")
		d.ask()
		d.wait(61 * time.Second)
		d.sim.Remove(d.idsOf("Meeting Sync")[0])
		d.press("y")
		d.wait(time.Second)
		if d.deletes() != 0 {
			t.Errorf("%d DELETEs for an outdated plan", d.deletes())
		}
		d.see("The list has changed, so nothing was sent")
		d.dontSee("Meeting Sync")
	})
}

func TestTheListIsFrozenUnderADialog(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := onJane(t)
		d.goTo("Meeting Sync")
		d.sim.AddFault(webextest.Fault{Method: "GET", Path: "/authorizations?", Delay: 2 * time.Second, Times: 1})
		d.press("r", "x")
		d.wait(dialog.Quiet)
		d.sim.Remove(d.idsOf("CallNotes AI")[0])
		d.see("Revoke Meeting Sync")
		rows := func() string { return d.lineWith(" row ") }
		before := rows()
		d.wait(3 * time.Second)
		if rows() != before {
			t.Error("the list changed under the dialog")
		}
		d.press("esc")
		d.press("j") // clears the message about the cancellation
		d.press("k")
		if rows() == before {
			t.Error("the new list was not shown after the dialog closed")
		}
	})
}

func TestQuittingWithWorkInFlightAsks(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := onJane(t)
		d.sim.SetStale(-1)
		d.goTo("Meeting Sync")
		d.ask()
		d.press("y")
		d.wait(time.Second)
		d.press("q")
		d.see("Quit while revoking?", "1 revoke running")
		d.wait(dialog.Quiet)
		d.press("enter")
		if d.quit {
			t.Error("enter on Wait quit")
		}
		d.press("ctrl+c")
		d.see("Stopped revoking. Quit?")
		d.press("ctrl+c")
		if !d.quit || !d.m.interrupted {
			t.Error("the second ctrl+c must quit")
		}
	})
	bubble(t, func(t *testing.T) {
		d := onJane(t)
		d.press("q")
		if !d.quit || d.m.interrupted {
			t.Error("q must quit if nothing is running")
		}
	})
}

func TestReadOnlyKeepsTheKeyAndSaysWhy(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := start(t, webextest.Demo(), jane, 120, 40, func(o *Options, _ *[]webex.Option) { o.Badges = []string{"READ-ONLY"} })
		d.wait(100 * time.Millisecond)
		d.goTo("Meeting Sync")
		d.press("x")
		d.see("READ-ONLY", "x revoke", "Revoking is off")
		d.dontSee("[ Cancel ]")
		d.press("?")
		d.see("(read-only)")
	})
}

func TestBelowTheSmallestSizeOnlyQuittingActs(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := onJane(t)
		d.goTo("Meeting Sync")
		d.ask()
		d.send(tea.WindowSizeMsg{Width: 59, Height: 40})
		d.see("too small")
		d.press("y", "x", "enter", "*")
		d.wait(time.Second)
		if d.deletes() != 0 {
			t.Errorf("%d DELETEs on a screen that is too small", d.deletes())
		}
		d.send(tea.WindowSizeMsg{Width: 120, Height: 40})
		d.see("Revoke Meeting Sync")
		d.dontSee(" marked ")
		d.send(tea.WindowSizeMsg{Width: 59, Height: 40})
		d.press("q")
		if !d.quit {
			t.Error("q must quit")
		}
	})
}

func TestThePickerAsksAtMostFourTimesASecond(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := start(t, webextest.Demo(), "", 120, 40)
		d.wait(100 * time.Millisecond)
		before := len(d.sim.Requests())
		for range 20 {
			d.press("text:jan", "backspace")
			d.wait(50 * time.Millisecond)
		}
		if n := len(d.sim.Requests()) - before; n > 0 {
			t.Errorf("%d requests while typing without a pause", n)
		}
		d.wait(time.Second)
		if n := len(d.sim.Requests()) - before; n != 1 {
			t.Errorf("%d requests after typing", n)
		}
	})
}

func TestThePickerFindsAndOpensPeople(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := start(t, webextest.Demo(), "", 120, 40)
		d.wait(100 * time.Millisecond)
		d.see("Find a person:", "your own apps", "Full Admin")
		d.press("text:Ja")
		d.wait(time.Second)
		d.see("Jane Doe", "Sales, Berlin", "can sign in", "Janina Roth", "invite pending")
		d.press("esc", "text:Omar H")
		d.wait(time.Second)
		d.see("sign-in off")
		d.press("enter")
		d.wait(time.Second)
		d.see("Omar Haddad", "Legacy Exporter")
		d.press("u")
		d.see("recent", "Omar Haddad")
		d.press("text:nobody")
		d.wait(time.Second)
		d.see(`No name starts with "nobody"`)
		d.press("enter")
		d.see("No user found")
		d.press("esc", "esc")
		d.see("Legacy Exporter")
	})
}

func TestAnAddressAloneWorksWithoutThePeopleScope(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := start(t, webextest.Demo(), "", 120, 40)
		d.sim.AddFault(webextest.Fault{Path: "/people?", Status: 403})
		d.press("text:Jane")
		d.wait(time.Second)
		d.see("Searching requires spark-admin:people_read", "Type the full email address")
		d.press("esc", "text:jane.doe@acme.example")
		d.see("open this person")
		d.press("enter")
		d.wait(time.Second)
		d.see("jane.doe@acme.example", "Meeting Sync")
		d.press("u", "text:jane@@x", "enter")
		d.see("not an email address")
	})
}

func TestPastingAnAddressWithALineBreakOpensNothingByItself(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := start(t, webextest.Demo(), "", 120, 40)
		d.wait(100 * time.Millisecond)
		d.send(tea.PasteMsg{Content: " jane.doe@acme.example\n"})
		d.see("jane.doe@acme.example", "open this person", "Find a person:")
	})
}

func TestALateAnswerAboutAnotherPersonIsDropped(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := onJane(t)
		d.sim.AddFault(webextest.Fault{Method: "GET", Path: "/authorizations?", Delay: 5 * time.Second, Times: 1})
		d.press("r", "u", "text:omar.haddad@acme.example", "enter")
		d.wait(10 * time.Second)
		d.see("Omar Haddad", "1 app holds 1 token")
		d.dontSee("Meeting Sync")
	})
}

// S-48.
func TestWhatIsCopiedIsCleanAndComplete(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := onJane(t)
		d.goTo("Meeting Sync")
		d.press("y")
		if d.clip != d.idsOf("Meeting Sync")[0] {
			t.Errorf("y copied %q", d.clip)
		}
		d.press("Y")
		var rows []app.RowJSON
		if err := json.Unmarshal([]byte(d.clip), &rows); err != nil || len(rows) != 1 || rows[0].ApplicationName != "Meeting Sync" || rows[0].Basis != "renewed" {
			t.Errorf("Y copied %q: %v", d.clip, err)
		}
		d.press("c")
		d.see("Nothing was revoked from this list yet, so there is no report. ctrl+y copies the command that revokes.")
		d.press("ctrl+y")
		if want := "wxauth revoke " + d.idsOf("Meeting Sync")[0] + " --user "; !strings.HasPrefix(d.clip, want) {
			t.Errorf("ctrl+y copied %q", d.clip)
		}
		d.ask()
		d.press("y")
		d.wait(time.Second)
		d.press("c")
		for _, want := range []string{
			"**All 3 tokens are gone.**", "- `Meeting Sync`: gone (1 refresh, 2 access)", "- User: jane.doe@acme.example", "- By: ada.admin@acme.example",
			"2000-01-01 00:00", "revoked, gone", "revoked too, gone", "short while", "does not block", "lost when wxauth exits",
		} {
			if !strings.Contains(d.clip, want) {
				t.Errorf("the ticket lacks %q:\n%s", want, d.clip)
			}
		}
		d.press("N")
		if !strings.Contains(d.clip, "- Meeting Sync\n") || !strings.Contains(d.clip, "because ________") || strings.Contains(d.clip, "Y2lz") {
			t.Errorf("the text for the user: %s", d.clip)
		}
		d.press("u", "text:mallory@acme.example", "enter")
		d.wait(time.Second)
		for range 40 {
			d.press("Y", "y", "down")
			if strings.ContainsAny(d.clip, "\x1b\x07\u202e\u200b") {
				t.Fatalf("copied raw: %q", d.clip)
			}
		}
	})
}

func TestTheClockTicksOnlyForWhatShowsSeconds(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := onJane(t)
		updates := func(during time.Duration) int {
			gen := d.m.tickGen
			d.wait(during)
			return d.m.tickGen - gen
		}
		d.wait(time.Minute)
		if n := updates(10 * time.Minute); n != 10 {
			t.Errorf("%d ticks in ten minutes, want 10", n)
		}
		sim := webextest.New()
		p := sim.AddPerson(webextest.Person{Name: "Jane Doe", Email: jane})
		sim.GrantAccess(p, sim.AddApp("Developer Portal"), time.Now().Add(-12*time.Hour+5*time.Minute))
		d = start(t, sim, jane, 120, 40)
		d.wait(2 * time.Second)
		if n := updates(10 * time.Second); n != 10 {
			t.Errorf("%d ticks in ten seconds while seconds are shown, want 10", n)
		}
		d.see("4m 4")
	})
}

func TestARowWithoutAnIDIsShownAndSaysWhyItCannotGo(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := onJane(t)
		d.goTo("Kiosk Pilot")
		d.see("(no type)", "no valid time from Webex", "Cannot be revoked: Webex sent no id")
		d.press("x")
		d.see("Webex sent no id for this row")
		d.press("space")
		d.dontSee("●")
	})
}

func TestARowWithUnreadableFieldsIsShown(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := onJane(t)
		d.sim.AddFault(webextest.Fault{Path: "/authorizations?", Status: 200, Body: `{"items":[{"id":"a1","applicationName":"Numbers","clientId":"C1","created":7,"type":"access"}]}`})
		d.press("r")
		d.goTo("Numbers")
		d.see("Unreadable fields from Webex: created.", "no valid time from Webex")
	})
}

func TestAnErrorOnReloadKeepsTheList(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := onJane(t)
		d.sim.AddFault(webextest.Fault{Path: "/authorizations?", Status: 500})
		d.press("r")
		d.wait(time.Second)
		d.see("Meeting Sync", "Reload failed")
	})
}

func TestTheFirstRunScreenSaysWhatToDo(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := drive(t, webextest.New(), Options{Theme: "dark"}, 80, 24)
		d.see("wxauth demo", "WEBEX_ACCESS_TOKEN", "No token", "idbroker.webex.com")
		d.press("2", "1")
		if !d.quit || d.m.next != NextDemo {
			t.Error("1 must open the demo")
		}
	})
}

// Words and tags of a filter mean the same in every view.
func TestTheFilterOfAuditAndActivity(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := onJane(t)
		d.press("/", "text:expired", "enter")
		d.see("Legacy Exporter")
		d.dontSee("Meeting Sync")
		d.press("esc")
		d.goTo("Meeting Sync")
		d.ask()
		d.press("y")
		d.wait(time.Minute)
		for _, view := range []string{"4", "5"} {
			d.press(view)
			d.wait(time.Second)
			for text, found := range map[string]bool{"type:refresh app:meeting": true, "type:refresh app:ada": false, "app:ada": false, "ada": true} {
				d.press("/", "text:"+text, "enter")
				if found {
					d.see("Meeting Sync")
				} else {
					d.see("Nothing matches")
				}
				d.press("esc")
			}
		}
	})
}

// Space marks one app after the other: it does not stop at the tokens of the app that it has marked.
func TestSpaceMarksOneAppAfterTheOther(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := onJane(t)
		d.press("g", "space")
		d.see("2 marked")
		d.press("space")
		d.see("3 marked")
		d.press("space")
		d.see("5 marked")
	})
}

func TestFoldingHidesAndKeepsMarks(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := onJane(t)
		d.goTo("Meeting Sync")
		d.press("space", "left")
		if cur := underCursor(d.m); !strings.Contains(cur, "Meeting Sync") {
			t.Errorf("after folding, the cursor must be on the app, not on %q", cur)
		}
		d.see("3 tokens", "1 marked", "○")
		d.press("right")
		d.see("30d ago")
	})
}

func TestAQuestionNeverOpensOnAnotherScreen(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := start(t, webextest.Demo(webextest.WithLatency(time.Second)), jane, 120, 40)
		d.wait(5 * time.Second)
		d.goTo("Meeting Sync")
		d.wait(61 * time.Second)
		d.press("x", "u") // the list is reloaded while the picker opens
		d.wait(5 * time.Second)
		d.see("Find a person:")
		d.dontSee("[ Cancel ]")
	})
}

func TestAResultIsToldWhereverTheOperatorIs(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := start(t, webextest.Demo(webextest.WithLatency(time.Second)), jane, 120, 40)
		d.wait(5 * time.Second)
		d.goTo("Meeting Sync")
		d.ask()
		d.press("y", "u")
		d.wait(5 * time.Second)
		d.see("Find a person:", jane+": Gone: Meeting Sync, 1 refresh token and 2 access tokens.")
		d.press("esc")
		d.see("✓ gone 3/3")
		d.press("right")
		d.see("revoked too, gone")
	})
}

// A rejected login is no dead end: the screen names the key that logs in again.
func TestARejectedLoginOffersToLogIn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		sim := webextest.Demo()
		sim.AddFault(webextest.Fault{Path: "/authorizations?", Status: 401})
		d := start(t, sim, webextest.DemoPerson, 80, 24, withAccount)
		d.wait(time.Second)
		d.see("Webex rejected the token (401).", "Press l to log in again.", "l log in again")
	})
}
