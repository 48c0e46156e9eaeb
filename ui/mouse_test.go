package ui

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

func TestTheMouse(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := start(t, webextest.Demo(), webextest.DemoPerson, 120, 40, sweeps)
		if mode := d.m.View().MouseMode; mode != tea.MouseModeCellMotion {
			t.Fatalf("mouse mode %v", mode)
		}
		d.click("refresh          ")
		if l := d.lineWith("▸"); !strings.Contains(l, "refresh") {
			t.Errorf("the cursor is on %q", l)
		}
		d.click("TIME LEFT")
		d.see("TIME LEFT ▾", "Sorted by time left.")
		d.click("TIME LEFT")
		d.see("TIME LEFT ▴", "Sorted by time left, reversed.")
		d.press("I")
		d.see("TIME LEFT ▾")
		d.click("4 Audit")
		d.see("[4 Audit]")
		d.click("3 Inventory")
		d.press("S")
		d.wait(5 * time.Second)
		d.click("USERS")
		d.see("USERS ▾")
		d.click("Stale")
		d.see("[Stale", "LAST TOKEN ▴")
		d.click("1 Authorizations")
		d.see("[1 Authorizations]")
		d.press(":")
		d.wait(time.Second)
		before := d.screen()
		d.wheel(false)
		if d.screen() == before {
			t.Error("the wheel does not move the palette")
		}
	})
	// The wheel moves the window, and the cursor only when it would leave it.
	bubble(t, func(t *testing.T) {
		d := start(t, webextest.Demo(), webextest.DemoPerson, 80, 24)
		d.wheel(false)
		d.see("4–18 of 29")
		for range 20 {
			d.wheel(false)
		}
		d.see("15–29 of 29")
		for range 20 {
			d.wheel(true)
		}
		d.see("1–15 of 29")
	})
	// With mouse = false, and on the plain screen, the terminal keeps the mouse.
	for _, change := range []func(*Options, *[]webex.Option){
		func(o *Options, _ *[]webex.Option) { o.NoMouse = true },
		func(o *Options, _ *[]webex.Option) { o.Plain = true },
	} {
		bubble(t, func(t *testing.T) {
			d := start(t, webextest.Demo(), webextest.DemoPerson, 120, 40, change)
			d.click("4 Audit")
			if mode := d.m.View().MouseMode; mode != tea.MouseModeNone {
				t.Errorf("mouse mode %v", mode)
			}
			d.dontSee("[4 Audit]")
		})
	}
}

// A click presses Cancel, but only moves the focus to the button that revokes.
func TestAClickConfirmsNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := start(t, webextest.Demo(), webextest.DemoPerson, 120, 40)
		d.goTo("Room Finder")
		d.ask()
		for range 3 {
			d.click("Revoke 1 token and 1 more")
			d.wait(time.Second)
		}
		d.see("[ Revoke 1 token and 1 more")
		if n := d.deletes(); n != 0 {
			t.Fatalf("%d DELETEs", n)
		}
		d.click("Cancel")
		d.see("Cancelled. Nothing was sent.")
		d.ask()
		d.click("Revoke 1 token and 1 more")
		d.press("enter")
		d.wait(20 * time.Second)
		if n := d.deletes(); n != 1 {
			t.Errorf("%d DELETEs", n)
		}
	})
}
