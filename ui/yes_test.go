package ui

import (
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
)

// A y confirms only without other input around it: not in a paste, not as the rest of a paste or
// of a terminal's reply, and not from a held key.
func TestAYesStandsAlone(t *testing.T) {
	y := keyPress("y")
	after := func(ms int) func(*driver) {
		return func(d *driver) { d.wait(time.Duration(ms) * time.Millisecond) }
	}
	send := func(msgs ...tea.Msg) func(*driver) {
		return func(d *driver) {
			for _, msg := range msgs {
				d.send(msg)
			}
		}
	}
	for name, tt := range map[string]struct {
		steps    []func(*driver)
		confirms bool
	}{
		"alone":                        {[]func(*driver){send(y)}, true},
		"60 ms after another key":      {[]func(*driver){send(keyPress("down")), after(60), send(y)}, true},
		"a paste without brackets":     {[]func(*driver){send(y, keyPress("e"), keyPress("s"))}, false},
		"a slow paste":                 {[]func(*driver){send(y), after(20), send(keyPress("e")), after(20), send(keyPress("s"))}, false},
		"right after another key":      {[]func(*driver){send(keyPress("down")), after(10), send(y)}, false},
		"after the end of a paste":     {[]func(*driver){send(tea.PasteMsg{Content: "x"}), send(y)}, false},
		"450 ms after a paste":         {[]func(*driver){send(tea.PasteMsg{Content: "x"}), after(450), send(y)}, false},
		"510 ms after a paste":         {[]func(*driver){send(tea.PasteMsg{Content: "x"}), after(510), send(y)}, true},
		"the rest of a reply":          {[]func(*driver){send(tea.ModeReportMsg{}), after(10), send(y)}, false},
		"after the focus returned":     {[]func(*driver){send(tea.FocusMsg{}), after(20), send(y)}, false},
		"before the focus is lost":     {[]func(*driver){send(y), after(20), send(tea.BlurMsg{})}, false},
		"after the cursor's position":  {[]func(*driver){send(tea.CursorPositionMsg{X: 5, Y: 5}), after(20), send(y)}, false},
		"the rest of a split sequence": {[]func(*driver){send(keyPress("["), keyPress("?"), keyPress("2"), keyPress("$")), send(y)}, false},
		"a held key":                   {[]func(*driver){send(y), after(30), send(y), after(30), send(y), after(30), send(y)}, false},
		"before a paste":               {[]func(*driver){send(y), after(20), send(tea.PasteMsg{Content: "es"})}, false},
		"a row of a spreadsheet":       {[]func(*driver){send(keyPress("M"), keyPress("tab"), keyPress("4"), keyPress("enter"))}, false},
		"tab and enter in a burst":     {[]func(*driver){send(keyPress("tab"), keyPress("enter"))}, false},
		"enter right after a paste":    {[]func(*driver){send(keyPress("tab")), after(60), send(tea.PasteMsg{Content: "x"}), after(60), send(keyPress("enter"))}, false},
		"tab, then enter":              {[]func(*driver){send(keyPress("tab")), after(60), send(keyPress("enter"))}, true},
		"twice, slowly":                {[]func(*driver){send(keyPress("down")), after(10), send(y), after(900), send(y)}, true},
		"held from too early on":       {[]func(*driver){send(keyPress("down")), after(10), send(y), after(500), send(y)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				d := onJane(t)
				d.goTo("Meeting Sync")
				d.ask()
				d.wait(time.Second)
				for _, step := range tt.steps {
					step(d)
				}
				d.wait(40 * time.Millisecond)
				if d.deletes() > 0 && !tt.confirms {
					t.Error("the key confirms immediately")
				}
				d.wait(3 * time.Second)
				if got := d.deletes() > 0; got != tt.confirms {
					t.Errorf("confirms: %v", got)
				}
			})
		})
	}
}

// A key that answers questions cannot be bound to an action that asks one.
func TestAskingActionsRefuseAnsweringKeys(t *testing.T) {
	for action, pressed := range map[string]string{"revoke": "y", "offboard": "enter", "forget": "n", "copy-token": "y", "quit": "y"} {
		if _, err := ParseKeys(map[string][]string{action: {pressed}}); err == nil {
			t.Errorf("%s on %s is accepted", action, pressed)
		}
	}
	if _, err := ParseKeys(map[string][]string{"revoke": {"d"}, "half-down": {"ctrl+d"}, "forget": {"D"}, "info": {"i"}}); err != nil {
		t.Error(err)
	}
}
