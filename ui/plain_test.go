package ui

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// drawn matches graphical characters. A screen reader reads their names or skips them.
var drawn = regexp.MustCompile(`[\x{2190}-\x{21ff}\x{2500}-\x{27bf}·]`)

// plainWords lists, by scene, the words that replace graphics on the plain screen.
var plainWords = map[string][]string{
	"list":                 {"newest first", "until"},
	"list-marked-filtered": {"marked"},
	"afterwards":           {"Gone: Meeting Sync"},
	"confirm-one":          {"Revoke Meeting Sync for Jane Doe", "y: revoke", "[ Cancel ]"},
	"confirm-all":          {"more"},
	"afterwards-partly":    {"Ticket Bridge, above"},
	"help":                 {"mark all shown"},
	"login-waiting":        {"4 minutes left"},
	"inventory-sweeping":   {"% of"},
}

// The plain screen has no lines, boxes, bars or marks. It has the terminal's height and at most
// its width, and the cursor is inside.
func TestThePlainScreenIsWordsAlone(t *testing.T) {
	wordsOf, number := map[string]string{}, 0
	everyScene(func(name string, play func(t testing.TB, w, h int, change func(*Options)) *driver) {
		number++
		if _, named := plainWords[name]; !named && !trial.Runs(number, 10) {
			return
		}
		for _, size := range [][2]int{{120, 40}, {80, 24}, {60, 15}} {
			bubble(t, func(t *testing.T) {
				d := play(t, size[0], size[1], func(o *Options) { o.Plain = true })
				v := d.m.View()
				text := ansi.Strip(v.Content)
				wordsOf[name] += text
				lines := strings.Split(text, "\n")
				if found := drawn.FindString(text); found != "" && name != "hostile" && name != "wide" && name != "wide-confirm" { // names may contain such characters
					t.Errorf("%s at %v shows %q:\n%s", name, size, found, text)
				}
				if len(lines) > size[1] {
					t.Errorf("%s at %v: %d lines", name, size, len(lines))
				}
				for _, l := range lines {
					if ansi.StringWidthWc(l) > size[0] {
						t.Errorf("%s at %v: a line of %d cells: %q", name, size, ansi.StringWidthWc(l), l)
					}
				}
				if v.Cursor != nil && (v.Cursor.Y >= len(lines) || v.Cursor.X >= size[0]) {
					t.Errorf("%s at %v: the cursor is at %v", name, size, v.Cursor.Position)
				}
			})
		}
	})
	for name, words := range plainWords {
		for _, w := range words {
			if !strings.Contains(wordsOf[name], w) {
				t.Errorf("%s lacks %q:\n%s", name, w, wordsOf[name])
			}
		}
	}
}

// A question replaces the screen, which would otherwise be read aloud first.
func TestAPlainQuestionStandsAlone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := start(t, webextest.Demo(), webextest.DemoPerson, 80, 24, plainly)
		d.wait(time.Second)
		d.goTo("Meeting Sync")
		at := d.m.View().Cursor
		if at == nil || !strings.HasPrefix(strings.Split(d.screen(), "\n")[at.Y], ">") {
			t.Errorf("the cursor is at %v", at)
		}
		d.ask()
		d.see("Revoke Meeting Sync")
		d.dontSee("CallNotes AI", "APP, TOKEN")
		if c := d.m.View().Cursor; c == nil || c.Y != 0 {
			t.Errorf("the cursor is at %v", c)
		}
		d.press("esc", "space", "left")
		d.see("CallNotes AI", "folded")
	})
}

// Without input, the plain screen changes at most once a minute, also while the normal screen
// counts seconds.
func TestThePlainScreenStandsStill(t *testing.T) {
	for _, name := range []string{"list", "loading", "login-waiting", "login-code", "paused"} {
		everyScene(func(n string, play func(t testing.TB, w, h int, change func(*Options)) *driver) {
			if n != name {
				return
			}
			bubble(t, func(t *testing.T) {
				d := play(t, 80, 24, func(o *Options) { o.Plain = true })
				d.press("down")
				changes := 0
				before := d.screen()
				for range 100 {
					d.wait(time.Second)
					if now := d.screen(); now != before {
						changes++
						before = now
					}
				}
				if changes > 5 { // two minutes, and arriving results
					t.Errorf("%s: %d changes in 100 s", name, changes)
				}
			})
		})
	}
}

func plainly(o *Options, _ *[]webex.Option) { o.Plain = true }
