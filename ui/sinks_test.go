package ui

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/webex/webextest"
)

// colours matches the only sequences that a screen's text may contain: only Bubble Tea moves the
// cursor.
var colours = regexp.MustCompile(`\x1b\[[0-9;]*m`)

var hostileTexts = []string{
	"\x1b[2J", "\x1b[31m", "\x1b[1;1H", "\x1b]0;pwned\x07", "\x1b]8;;http://evil\x1b\\", "\x1b]52;c;cHduZWQ=\x07", "\x1bP+q544e\x1b\\", "\x1b_K\x1b\\", "\x1bc", "\u009b2J", "\u009d0;x\u009c",
	"\u0085n", "a\nb", "a\rb", "a\tb", "a\bb", "a\x00b", "a\x7fb", "\u202egpj", "\u2066a\u2069", "a\u200bb\ufeff", "a\u2028b", "\U000e0041", "a" + strings.Repeat("\u0301", 40), "\u3164\u2800\u00ad",
	"a\ufe0fb", strings.Repeat("長", 90), "│ Revoke Alpha? │", "[ Cancel ]",
}

// S-46, S-47: a hostile name appears only as visible text on one line, on any screen, and never
// in the window title.
func TestHostileTextOnEveryScreen(t *testing.T) {
	screens := 0
	for _, size := range [][2]int{{120, 40}, {80, 24}, {60, 15}} {
		bubble(t, func(t *testing.T) {
			sim := webextest.New()
			all := strings.Join(hostileTexts[:12], " ")
			max := sim.AddPerson(webextest.Person{Name: "Max " + all, Email: "max@acme.example", Department: all})
			sim.AddPerson(webextest.Person{Name: "\x1b[2JMaxine\u202e", Email: "maxine@acme.example", Department: "\u009b2J"})
			for i, s := range hostileTexts {
				sim.Grant(max, sim.AddApp(fmt.Sprintf("%sApp %d", s, i)), time.Now().Add(-time.Duration(i)*time.Hour), time.Now())
			}
			d := start(t, sim, "max@acme.example", size[0], size[1], sweeps)
			look := func(what string) {
				screens++
				v := d.m.View()
				if v.WindowTitle != windowTitle && v.WindowTitle != "" {
					t.Errorf("%s: the title is %q", what, v.WindowTitle)
				}
				text := colours.ReplaceAllString(v.Content, "")
				lines := strings.Split(text, "\n")
				if len(lines) > size[1] || !utf8.ValidString(text) {
					t.Errorf("%s at %v: %d lines", what, size, len(lines))
				}
				marks := 0
				for _, r := range text {
					if unicode.In(r, unicode.Mn, unicode.Me) {
						if marks++; marks > 2 {
							t.Fatalf("%s at %v: too many combining marks", what, size)
						}
						continue
					}
					marks = 0
					if r != '\n' && (unicode.In(r, unicode.Cc, unicode.Cf, unicode.Cs, unicode.Co, unicode.Zl, unicode.Zp) || strings.ContainsRune("\u115f\u3164\u2800", r)) {
						t.Fatalf("%s at %v: %U on the screen:\n%s", what, size, r, text)
					}
				}
			}
			look("the list")
			for range hostileTexts {
				d.press("j", "j", "j")
				look("a row")
				d.press("enter")
				look("its detail")
				d.press("esc")
				d.ask()
				look("its question")
				d.press("esc")
			}
			for _, keys := range [][]string{
				{"*", "x"},
				{"esc"},
				{"esc"},
				{"X"},
				{"esc"},
				{"?"},
				{"esc"},
				{":"},
				{"text:app"},
				{"esc"},
				{"/", "text:app"},
				{"enter"},
				{"esc"},
				{"e"},
				{"c"},
				{"Y"},
				{"u"},
				{"text:max"},
				{"esc"},
				{"3"},
				{"S"},
				{"wait"},
				{"j"},
				{"enter"},
				{"esc"},
				{"v"},
				{"v"},
				{"x"},
				{"esc"},
				{"1"},
				{"w"},
				{"wait"},
				{"esc"},
				{"1"},
				{"g", "j", "x"},
				{"wait"},
				{"y"},
				{"wait"},
				{"c"},
				{"4"},
				{"j"},
				{"enter"},
				{"esc"},
				{"t"},
			} {
				if keys[0] == "wait" {
					d.wait(3 * time.Second)
				} else {
					d.press(keys...)
				}
				look(strings.Join(keys, " "))
			}
			sim.AddFault(webextest.Fault{Status: 400, Body: `{"message":"\u001b[2J\u202e said \u0007","trackingId":"\u001b]0;x\u0007"}`})
			d.press("1", "r")
			d.wait(time.Second)
			look("an error")
		})
	}
	trial.Report(t, trial.Figure{Name: "hostile text × screens", Tried: screens * len(hostileTexts), Survived: screens * len(hostileTexts), Note: fmt.Sprintf("%d strings, %d screens at three sizes", len(hostileTexts), screens)})
}

// S-49: if two names look alike, the newer one says which name it resembles, in the list and in
// the confirmation.
func TestNamesThatLookAlikeAreMarked(t *testing.T) {
	bubble(t, func(t *testing.T) {
		sim := webextest.New()
		max := sim.AddPerson(webextest.Person{Name: "Max", Email: "max@acme.example"})
		sim.Grant(max, sim.AddApp("Sales Pilot"), time.Now().Add(-900*time.Hour))
		sim.Grant(max, sim.AddApp("SaIes PiIot"), time.Now().Add(-9*time.Hour))
		sim.Grant(max, sim.AddApp("Room Finder"), time.Now().Add(-9*time.Hour))
		d := start(t, sim, "max@acme.example", 120, 40)
		if l := d.lineWith("▾ SaIes"); !strings.Contains(l, "looks like Sales Pilot") {
			t.Error(l)
		}
		sim.AddRaw(max, "b2xkZXI", `{"id":"b2xkZXI","type":"refresh","applicationName":"SALES PlLOT","clientId":"C9","personId":"`+max.ID+`"}`)
		sim.Grant(max, sim.AddApp("Room Finder"), time.Now().Add(-8*time.Hour))
		d.press("r")
		d.wait(time.Second)
		if l := d.lineWith("▾ SALES"); !strings.Contains(l, "looks like Sales Pilot") {
			t.Errorf("an app of unknown age is called the original: %s", l)
		}
		same := 0
		for _, l := range strings.Split(d.screen(), "\n") {
			if strings.Contains(l, "▾ Room") && strings.Contains(l, "another app has the same name") {
				same++
			}
		}
		if same != 1 {
			t.Errorf("%d of two apps with the same name say so", same)
		}
		for _, name := range []string{"▾ Sales"} {
			if l := d.lineWith(name); strings.Contains(l, "looks like") {
				t.Error(l)
			}
		}
		d.goTo("SaIes PiIot")
		d.ask()
		d.see("looks like Sales Pilot")
	})
}
