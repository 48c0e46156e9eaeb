package ui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/charmbracelet/x/ansi"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// sweep opens the Inventory and runs a sweep.
func (d *driver) sweep() {
	d.press("3", "S")
	d.wait(5 * time.Second)
}

// sweepTwice runs two sweeps. Between them, two grants are added and one is revoked.
func (d *driver) sweepTwice() {
	d.sweep()
	jane, _ := d.sim.Person(webextest.DemoPerson)
	fresh := d.sim.AddApp("Brand New")
	d.sim.Grant(jane, fresh, time.Now())
	omar, _ := d.sim.Person("omar.haddad@acme.example")
	d.sim.Grant(omar, fresh, time.Now(), time.Now())
	for _, a := range d.sim.Authorizations(omar.Email) {
		if a.App.Name == "Legacy Exporter" {
			d.sim.Remove(a.ID)
		}
	}
	d.wait(time.Hour)
	d.sweep()
}

// swept returns a dashboard with an inventory, on Jane of the sample organization.
func swept(t *testing.T) *driver {
	t.Helper()
	d := start(t, webextest.Demo(), webextest.DemoPerson, 120, 40, sweeps)
	d.wait(100 * time.Millisecond)
	return d
}

func TestASweepIsWatchedPausedAndLeftRunning(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := swept(t)
		d.sim.SetLatency(200 * time.Millisecond)
		d.press("3")
		d.see("There is no inventory yet", "S sweep")
		d.press("S")
		d.wait(4 * time.Second)
		d.see("Sweeping", "of 329", "to go", "still counting", "P pause")
		d.press("P")
		d.wait(time.Second)
		asked := len(d.sim.Requests())
		d.wait(10 * time.Second)
		if n := len(d.sim.Requests()) - asked; n > 0 {
			t.Errorf("%d requests during the pause", n)
		}
		d.see("paused")
		d.press("1")
		d.see("sweep paused", "Meeting Sync")
		d.press("q")
		d.wait(dialog.Quiet)
		d.see("Quit while sweeping?", "Nothing is lost")
		d.press("esc", "3", "P")
		d.wait(30 * time.Second)
		d.see("Swept: 329 users", "[Apps", "Webex Web Client")
		d.dontSee("still counting")
		d.press("q")
		if !d.quit {
			t.Error("it asks although nothing is running")
		}
	})
}

func TestWhoElseHasAnApp(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := swept(t)
		d.goTo("Meeting Sync")
		d.press("w")
		d.wait(time.Second)
		d.see("There is no inventory yet")
		d.sweep()
		d.press("1")
		d.goTo("Meeting Sync")
		d.press("w")
		d.wait(time.Second)
		d.see("[Meeting Sync:", "LAST TOKEN")
		d.press("/", "text:karl", "enter", "enter")
		d.wait(time.Second)
		d.see("[1 Authorizations]", "karl.meyer51@acme.example")
		d.press("esc") // back to the view that opened it
		d.see("[Meeting Sync:", "karl.meyer51")
		d.press("esc", "esc")
		d.see("[1 Authorizations]")
		d.press("3", "enter")
		d.wait(time.Second)
		d.press("esc")
		d.see("[Apps")
	})
}

// x on an app revokes it for everyone who holds it, after the user has typed its name. x on a
// holder revokes it for that person only.
func TestAnAppEndsForEverybody(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := swept(t)
		d.sweep()
		d.press("/", "text:legacy", "enter")
		d.see("Legacy Exporter")
		d.ask()
		d.wait(time.Second)
		d.see("Revoke Legacy Exporter for 2 users (Acme GmbH)?", "2 tokens will be revoked", "jane.doe@acme.example", "omar.haddad@acme.example", "To confirm, type  Legacy Exporter  or its client id")
		d.press("y", "enter") // neither of these confirms
		d.press("esc")
		d.wait(dialog.Quiet)
		d.ask()
		d.wait(time.Second)
		d.press("text:Legacy Exporte", "tab", "enter")
		if n := len(d.sim.Deletes()); n != 0 {
			t.Fatalf("%d DELETEs without a complete confirmation", n)
		}
		d.press("shift+tab", "text:r", "tab", "enter")
		d.wait(3 * time.Second)
		d.see("Legacy Exporter: gone for 2 users", "Gone: 2 tokens")
		if n := len(d.sim.Deletes()); n != 2 {
			t.Errorf("%d DELETEs", n)
		}
		d.press("c")
		d.see("Gone for 2 of 2 users since this")
		if !strings.Contains(d.clip, "omar.haddad@acme.example") || !strings.Contains(d.clip, "- App: Legacy Exporter (client id C") || !strings.Contains(d.clip, "- Users: 2\n") {
			t.Errorf("the report: %s", d.clip)
		}
		d.press("x")
		d.wait(time.Second)
		d.see("No user has it any more")

		d.press("esc", "/", "text:ticket", "enter", "enter")
		d.wait(time.Second)
		d.press("/", "text:jane", "enter", "x")
		d.wait(time.Second)
		d.see("Revoke Ticket Bridge for Jane Doe", "[1 Authorizations]")
		d.press("esc")
	})
}

// The dashboard says why a revoke is not possible: read-only mode, a revoked app, an incomplete
// sweep.
func TestARevokeFromTheInventoryThatCannotBe(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := start(t, webextest.Demo(), webextest.DemoPerson, 120, 40, sweeps, func(o *Options, _ *[]webex.Option) { o.Badges = []string{"READ-ONLY"} })
		d.wait(100 * time.Millisecond)
		d.sweep()
		d.press("x")
		d.see("Revoking is off")
	})
	bubble(t, func(t *testing.T) {
		d := swept(t)
		d.sweepTwice()
		d.press("v", "v")
		d.see("2 new, 1 removed", "[Changes")
		d.press("/", "text:legacy", "enter", "x")
		d.see("This is already gone")
		d.press("esc", "j")
		d.see("Brand New")
	})
	bubble(t, func(t *testing.T) {
		d := swept(t)
		d.sim.SetLatency(300 * time.Millisecond)
		d.press("3", "S")
		d.wait(5 * time.Second)
		d.see("still counting")
		d.press("x")
		d.see("The sweep is not finished")
	})
}

// If the user opens another view while the holders are loading, no question opens.
func TestNoQuestionOpensOnAnotherView(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := swept(t)
		d.sweep()
		d.sim.SetLatency(time.Second)
		d.press("/", "text:legacy", "enter", "x")
		d.press("1")
		d.wait(5 * time.Second)
		d.dontSee("Revoke Legacy")
		d.press("3", "x", "esc")
		d.wait(5 * time.Second)
		d.dontSee("Revoke Legacy Exporter for")
		if n := len(d.sim.Deletes()); n != 0 {
			t.Errorf("%d DELETEs", n)
		}
	})
}

func TestTheCursorStaysThroughASweep(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := swept(t)
		d.sweep()
		d.press("s", "s", "s") // by name
		d.press("/", "text:room", "enter", "esc")
		before := d.lineWith(draw.DrawnGlyphs.Cursor)
		for _, name := range []string{"AAA first of all", "Aardvark"} {
			jane, _ := d.sim.Person(webextest.DemoPerson)
			d.sim.Grant(jane, d.sim.AddApp(name), time.Now())
		}
		d.press("S")
		d.wait(5 * time.Second)
		if after := d.lineWith(draw.DrawnGlyphs.Cursor); strings.Fields(after)[1] != strings.Fields(before)[1] {
			t.Errorf("the cursor moved from %q to %q", before, after)
		}
	})
}

func TestASweepOfAShortListOfPeopleIsNotTaken(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := swept(t)
		d.sweep()
		jane, _ := d.sim.Person(webextest.DemoPerson)
		d.sim.AddFault(webextest.Fault{Path: "/people?", Status: 200, Body: `{"items":[{"id":"` + jane.ID + `"}]}`})
		d.press("S")
		d.wait(5 * time.Second)
		d.see("The sweep was discarded", "less than half", "329 users")
		d.dontSee("to resume")
	})
}

func TestThePickerFindsEveryPartOfAName(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := swept(t)
		d.sweep()
		d.press("1", "u", "text:doe")
		d.wait(time.Second)
		d.see("jane.doe@acme.example")
		d.press("enter")
		d.wait(time.Second)
		d.see("Meeting Sync")
	})
}

func TestAUserIsWatched(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := swept(t)
		d.press("W")
		d.see("Watching every minute")
		d.press("j")
		d.see("watching until")
		jane, _ := d.sim.Person(webextest.DemoPerson)
		d.sim.Grant(jane, d.sim.AddApp("Sneaky"), time.Now())
		d.wait(3 * time.Minute)
		d.see("New: Sneaky", "1 new")
		lists := 0
		for _, r := range d.sim.Requests() {
			if r.Path == "/authorizations" {
				lists++
			}
		}
		if lists < 3 || lists > 5 {
			t.Errorf("%d lists were loaded in three minutes", lists)
		}
		d.press("W")
		d.see("Watch stopped")
	})
}

// e exports the visible list, in the format of the command line.
func TestTheInventoryIsExported(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var got []string
		d := start(t, webextest.Demo(), webextest.DemoPerson, 120, 40, sweeps, func(o *Options, _ *[]webex.Option) {
			o.Export = func(what, format string, rows any) (string, error) {
				got = append(got, fmt.Sprintf("%s.%s %T", what, format, rows))
				return "/tmp/x", nil
			}
		})
		d.wait(100 * time.Millisecond)
		d.sweepTwice()
		for range 3 {
			d.press("e")
			d.wait(dialog.Quiet)
			d.press("c", "v")
		}
		d.press("enter")
		d.wait(time.Second)
		d.press("e")
		d.wait(dialog.Quiet)
		d.press("j")
		want := []string{"apps.csv []app.AppJSON", "stale.csv []app.StaleJSON", "changes.csv []app.ChangeJSON", "app.json []app.RowJSON"}
		if !slices.Equal(got, want) {
			t.Errorf("%q", got)
		}
	})
}

// millionGrants returns an inventory of n grants, made without a network.
func millionGrants(tb testing.TB, n int) app.InventoryView {
	tb.Helper()
	v := inventory.New()
	w, _ := inventory.NewWriter(v, time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), "")
	const each = 4
	uuid := func(kind string, i int) string {
		return webextest.EncodeID(kind, fmt.Sprintf("%08x-1111-4111-8111-%012x", i, i))
	}
	for p := range n / each {
		id := webex.PersonID(uuid("PEOPLE", p))
		num, _ := w.Person(inventory.Person{ID: id, Email: webex.Untrusted(fmt.Sprintf("user%d.family%d@acme.example", p, p%977)), Name: webex.Untrusted(fmt.Sprintf("User%d Family%d", p, p%977))})
		rows := make([]webex.Authorization, each)
		for k := range rows {
			a := (p*7 + k*131) % 400
			rows[k] = webex.Authorization{
				ID: webex.AuthorizationID(uuid("AUTHORIZATION", p*each+k)), ApplicationName: webex.Untrusted(fmt.Sprint("App ", a)), ClientID: webex.ClientID(fmt.Sprintf("C%064d", a)),
				PersonID: id, Created: v.Started.Add(-time.Duration(60+(p*31+k)%300) * 24 * time.Hour), Type: webex.TypeRefresh,
			}
		}
		w.Read(num, rows)
	}
	w.Finish(v.Started)
	v.Prepare()
	stale := v.Stale(app.StaleAfter, v.Started)
	return app.InventoryView{
		Newest: v, Apps: inventory.NewAppList(v.Apps(func(webex.ClientID) bool { return false }, nil)),
		Stale: inventory.NewList(stale, nil), Changes: inventory.NewList(nil, nil),
	}
}

// madeInventory is an inventory with sample data instead of a sweep.
type madeInventory struct {
	Inventory
	view app.InventoryView
}

func (i *madeInventory) View(context.Context) (app.InventoryView, error) { return i.view, nil }

// onApps returns a dashboard of 100 columns that shows the apps of an inventory.
func onApps(tb testing.TB, made *madeInventory) *Model {
	m := New(tb.Context(), Options{Theme: "dark", Now: func() time.Time { return time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC) }, Inventory: made})
	m.Update(tea.WindowSizeMsg{Width: 100, Height: 40})
	m.open = m.inventory
	runAll(m, m.inventory.Show())
	return m
}

// onStale is like onApps, but shows the stale list.
func onStale(tb testing.TB, view app.InventoryView) *Model {
	m := onApps(tb, &madeInventory{view: view})
	_, cmd := m.Update(keyPress("v"))
	runAll(m, cmd)
	return m
}

func onScreen(m *Model, words string) bool {
	return strings.Contains(ansi.Strip(m.View().Content), words)
}

// runAll runs a command and all commands that follow from it.
func runAll(m *Model, cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			runAll(m, c)
		}
	default:
		_, next := m.Update(msg)
		runAll(m, next)
	}
}

// With more than a hundred thousand rows, keys do not filter or sort themselves: a command does.
func TestAKeyNeverWaitsForAMillionRows(t *testing.T) {
	const atOnce = 100_000
	m := onStale(t, millionGrants(t, atOnce+4))
	if !onScreen(m, "row 1 of 100,004") {
		t.Fatalf("some rows are missing:\n%s", ansi.Strip(m.View().Content))
	}
	m.Update(keyPress("/"))
	_, cmd := m.Update(keyPress("7"))
	if !onScreen(m, "filtering…") {
		t.Error("the key filtered the list itself")
	}
	_, later := m.Update(keyPress("7"))
	runAll(m, cmd) // the older result arrives first and is dropped
	if !onScreen(m, "filtering…") {
		t.Error("a result for older text was shown")
	}
	runAll(m, later)
	if onScreen(m, "filtering…") || !onScreen(m, " of 100,004 ") || onScreen(m, "100,004 of 100,004") || onScreen(m, " 0 of ") {
		t.Errorf("the rows do not match the filter:\n%s", ansi.Strip(m.View().Content))
	}
}

// BenchmarkInventory measures keys on lists of several lengths: the time that the key blocks
// and, above a hundred thousand rows, the time until the result is shown.
func BenchmarkInventory(b *testing.B) {
	for _, n := range []int{40, 1000, 10_000, 100_000, 1_000_000} {
		view := millionGrants(b, n)
		m := onStale(b, view)
		_ = m.View()
		b.Run(fmt.Sprintf("filter-%d", n), func(b *testing.B) {
			m.Update(keyPress("/"))
			var waits, results []float64
			for i := 0; b.Loop(); i++ {
				begun := time.Now()
				_, cmd := m.Update(keyPress(string(rune('1' + i%9))))
				waits = append(waits, time.Since(begun).Seconds()*1000)
				runAll(m, cmd)
				_ = m.View()
				results = append(results, time.Since(begun).Seconds()*1000)
				if i%3 == 2 {
					_, cmd = m.Update(keyPress("ctrl+u"))
					runAll(m, cmd)
				}
			}
			b.ReportMetric(middle(waits), "ms/key")
			b.ReportMetric(middle(results), "ms/result")
			m.Update(keyPress("esc"))
		})
		b.Run(fmt.Sprintf("sort-%d", n), func(b *testing.B) {
			var waits, results []float64
			m.Update(keyPress("G")) // far from where the search starts
			for b.Loop() {
				begun := time.Now()
				_, cmd := m.Update(keyPress("s"))
				waits = append(waits, time.Since(begun).Seconds()*1000)
				runAll(m, cmd)
				_ = m.View()
				results = append(results, time.Since(begun).Seconds()*1000)
			}
			b.ReportMetric(middle(waits), "ms/key")
			b.ReportMetric(middle(results), "ms/result")
		})
		b.Run(fmt.Sprintf("move-%d", n), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				m.Update(upAndDownKey(i))
				_ = m.View()
			}
		})
		b.Run(fmt.Sprintf("load-%d", n), func(b *testing.B) {
			for b.Loop() {
				inventory.NewList(view.Newest.Stale(app.StaleAfter, view.Newest.Started), nil)
			}
		})
	}
}

// If a person's list can't be loaded, it is not known whether the app was revoked.
func TestHoldersWhoCannotBeReadAreNotGone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := swept(t)
		d.sweep()
		d.sim.AddFault(webextest.Fault{Path: "/authorizations", Status: 403})
		d.press("/", "text:legacy", "enter", "x")
		d.wait(3 * time.Second)
		d.dontSee("No user has it any more")
		d.see("2 users could not be read")
	})
	bubble(t, func(t *testing.T) {
		d := swept(t)
		d.sweep()
		omar, _ := d.sim.Person("omar.haddad@acme.example")
		d.sim.AddFault(webextest.Fault{Path: omar.ID, Status: 500})
		d.press("/", "text:legacy", "enter", "x")
		d.wait(3 * time.Second)
		d.see("Revoke Legacy Exporter for 1 user", "1 user could not be read: their tokens stay valid")
		d.press("text:Legacy Exporter", "tab", "enter")
		d.wait(3 * time.Second)
		d.see("NOT gone for 1 of 2 users", "omar.haddad@acme.example", "list not read, not revoked")
	})
}

// If the user leaves before the list is loaded, no question opens later.
func TestNoQuestionFollowsSomebodyWhoWentOn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := swept(t)
		d.sweep()
		d.press("/", "text:ticket", "enter", "enter")
		d.wait(time.Second)
		d.sim.SetLatency(2 * time.Second)
		d.press("/", "text:jane", "enter", "x", "4")
		d.wait(5 * time.Second)
		d.press("1")
		d.wait(time.Second)
		d.sim.SetLatency(0)
		d.press("r")
		d.wait(5 * time.Second)
		d.dontSee("Revoke Ticket Bridge for")
		d.see("[1 Authorizations]")
	})
}

// Keys that are pressed while the holders are loading have no effect.
func TestKeysBeforeTheQuestionReachNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := swept(t)
		d.sweep()
		d.sim.SetLatency(2 * time.Second)
		d.press("/", "text:legacy", "enter", "x", "text:Lexgacy", "enter", "space")
		d.see("[Apps", "Reloading", "esc stop")
		before := len(d.sim.Requests())
		d.press("esc")
		d.see("Stopped. Nothing was sent.")
		d.wait(10 * time.Second)
		d.dontSee("Revoke Legacy Exporter for")
		if n := len(d.sim.Requests()) - before; n > 1 {
			t.Errorf("%d requests after it was stopped", n)
		}
	})
}

// After a reload, the cursor is on the row where it was at the end of the reload, not at the
// start.
func TestAReloadLeavesTheCursorOnItsRow(t *testing.T) {
	made := &madeInventory{view: millionGrants(t, 4000)}
	m := onApps(t, made)
	for _, n := range []int{4004, 4000} { // different numbers
		_, cmd := m.Update(keyPress("r"))
		for range 3 {
			m.Update(keyPress("j"))
		}
		m.rest()
		before := ansi.Cut(underCursor(m), 0, 30) // without its numbers
		made.view = millionGrants(t, n)
		runAll(m, cmd)
		if after := ansi.Cut(underCursor(m), 0, 30); after != before || before == "" || !onScreen(m, "Reloaded.") {
			t.Errorf("the cursor moved from %q to %q", before, after)
		}
		_, cmd = m.Update(keyPress("v"))
		runAll(m, cmd)
	}
}

// After the login is forgotten, no key sends a request to Webex.
func TestWithoutALoginNothingIsAsked(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := swept(t)
		d.sweep()
		d.press("3")
		d.m.reset(nil)
		asked := len(d.sim.Requests())
		for _, keys := range [][]string{{"x"}, {"enter"}, {"u"}, {"1", "x", "X", "u"}, {"3", "w"}, {":", "text:another user"}, {"enter"}, {"tab"}} {
			d.press(keys...)
			d.wait(time.Second)
		}
		if n := len(d.sim.Requests()); n != asked {
			t.Errorf("%d requests", n-asked)
		}
	})
}

// A new login may belong to another organization, so the old inventory is dropped.
func TestANewLoginForgetsTheInventory(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := swept(t)
		d.sweep()
		d.sim.SetLatency(time.Second)
		d.press("S", "/", "text:legacy", "enter", "x")
		d.wait(100 * time.Millisecond)
		d.run(d.m.useLogin(d.m.opts.Service))
		d.pump()
		asked := len(d.sim.Requests())
		d.wait(10 * time.Second)
		if n := len(d.sim.Requests()) - asked; n > 8 {
			t.Errorf("%d requests of the old login's sweep", n)
		}
		if v := d.m.inventory; v.Sweeping() || v.Preparing() {
			t.Errorf("it is still running: sweeping %v, preparing %v", v.Sweeping(), v.Preparing())
		}
		d.press("3")
		d.dontSee("Loading the inventory")
		d.dontSee("Revoke Legacy")
	})
}

// Space marks rows of a list of grants, and x then revokes them all, after the number of users has
// been typed.
func TestMarkedGrantsAreRevokedTogether(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := swept(t)
		d.sweep()
		d.press("v")
		d.see("[Stale")
		d.press("space", "space", "down", "space")
		d.see("3 marked", "x revoke the 3 marked", "●")
		d.press("x")
		d.wait(3 * time.Second)
		d.see("Revoke the marked grants for 3 users", "To confirm, type  3  (the number of users)")
		d.press("y", "enter")
		if d.deletes() != 0 {
			t.Fatal("a key that completes no confirmation sent a request")
		}
		d.press("esc", "x")
		d.wait(3 * time.Second)
		d.press("text:3", "enter", "enter")
		d.wait(20 * time.Second)
		d.see("The marked grants: gone for 3 users")
		if n := d.deletes(); n != 3 {
			t.Errorf("%d DELETEs", n)
		}
		d.press("esc")
		d.see("revoked")
		d.press("esc")
		d.dontSee("marked")
	})
	// With a filter that hides marks, and in the list of apps, nothing is asked.
	bubble(t, func(t *testing.T) {
		d := swept(t)
		d.sweep()
		d.press("space", "x")
		d.see("Apps are revoked for everybody one at a time.")
		d.press("esc", "v", "space", "down", "space", "/", "text:jose.larsen", "enter", "x")
		d.see("The filter hides 2 of the marked rows")
	})
}

// A stale app that got a token after the sweep is in use, whatever the list says.
func TestAMarkedGrantThatIsInUseIsKept(t *testing.T) {
	for _, marks := range []struct {
		keys    []string
		deletes int
	}{
		{[]string{"/", "text:jane.doe legacy", "enter", "space"}, 0},
		{[]string{"/", "text:jane.doe", "enter", "space", "space"}, 1},
	} {
		bubble(t, func(t *testing.T) {
			d := swept(t)
			d.sweep()
			d.press("v")
			d.press(marks.keys...)
			jane, _ := d.sim.Person(webextest.DemoPerson)
			for _, a := range d.sim.Authorizations(jane.Email) {
				if a.App.Name == "Legacy Exporter" {
					d.sim.Grant(jane, a.App, time.Now())
				}
			}
			d.press("x")
			d.wait(3 * time.Second)
			if marks.deletes == 0 {
				d.see("The marked grants are in use: 1 grant got a new token after the sweep. Nothing was sent.")
				if n := d.deletes(); n != 0 {
					t.Errorf("%d DELETEs", n)
				}
				return
			}
			d.see("1 of Old Bot Bridge", "1 grant got a new token after the sweep and will not be revoked.")
			d.press("text:1", "enter")
			d.wait(time.Second)
			d.press("enter")
			d.wait(20 * time.Second)
			if n := d.deletes(); n != marks.deletes {
				t.Errorf("%d DELETEs", n)
			}
		})
	}
}

// Marks belong to the users of one app: those of the next app have none.
func TestMarksDoNotMoveToAnotherApp(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := swept(t)
		d.sweep()
		d.press("/", "text:expense", "enter", "enter")
		d.wait(time.Second)
		d.press("space", "space")
		d.see("2 marked")
		d.press("v", "v", "v", "esc", "/", "text:badge", "enter", "enter")
		d.wait(time.Second)
		d.see("Badge Printer")
		d.dontSee("marked", "●")
	})
}

// The apps that are new to the organization come first among the changes, and sign-ins only with a
// filter.
func TestChangesBeginWithNewApps(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := swept(t)
		d.sweep()
		jane, _ := d.sim.Person(webextest.DemoPerson)
		d.sim.Grant(jane, d.sim.AddApp("Old Name"), time.Now())
		for _, a := range d.sim.Authorizations("omar.haddad@acme.example") {
			if a.App.Name == "Webex Web Client" || a.App.Name == "Meeting Sync" {
				d.sim.Grant(jane, a.App, time.Now().Add(time.Hour))
			}
		}
		d.wait(2 * time.Hour)
		d.sweep()
		d.press("v", "v")
		d.see("[Changes")
		if l := d.lineWith("new app"); !strings.Contains(l, "Old Name") || !strings.Contains(l, "▸") {
			t.Errorf("first is %q", l)
		}
	})
}

// Space marks records, too: only the marked ones are exported.
func TestMarkedRecordsAreExported(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var got any
		d := start(t, webextest.Demo(), webextest.DemoPerson, 120, 40, func(o *Options, _ *[]webex.Option) {
			o.Export = func(_, _ string, rows any) (string, error) { got = rows; return "out", nil }
		})
		d.goTo("Meeting Sync")
		d.ask()
		d.press("y")
		d.wait(5 * time.Second)
		d.press("4", "space", "e")
		d.wait(time.Second)
		d.press("j")
		if rows, ok := got.([]app.RecordJSON); !ok || len(rows) != 1 {
			t.Errorf("exported %v", got)
		}
	})
}

// For a mistyped address the picker offers those of the last sweep that are similar, and recent
// people have names.
func TestThePickerOffersSimilarAddresses(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := swept(t)
		d.sweep()
		d.press("1", "u", "text:omar.hadad@acme.example")
		d.wait(time.Second)
		d.see("omar.haddad@acme.example", "similar, in the last sweep")
		d.press("enter")
		d.wait(time.Second)
		d.see("[1 Authorizations]", "omar.haddad@acme.example")
		d.press("u")
		for _, name := range []string{"Jane Doe", "Omar Haddad"} {
			if l := d.lineWith("recent"); !strings.Contains(d.screen(), name) {
				t.Errorf("no %s among the recent people: %s", name, l)
			}
		}
	})
}
