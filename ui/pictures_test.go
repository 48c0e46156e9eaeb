package ui

import (
	"bytes"
	"flag"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/webex/webextest"
)

var picturesTo = flag.String("pictures", "", "a folder for the bytes of every screen, for .ci/pictures")

// looks are combinations of the terminal's background, its colours and the configuration.
var looks = []struct {
	name    string
	dark    bool
	change  func(*Options)
	profile colorprofile.Profile
}{
	{"dark", true, func(o *Options) { o.Theme = "dark" }, colorprofile.TrueColor},
	{"light", false, func(o *Options) { o.Theme = "light" }, colorprofile.TrueColor},
	{"contrast", true, func(o *Options) { o.Theme = draw.HighContrast }, colorprofile.TrueColor},
	{"16-colours", true, func(o *Options) { o.Theme = "dark" }, colorprofile.ANSI},
	{"no-colour", true, func(o *Options) { o.Theme = "dark" }, colorprofile.ASCII},
	{"plain", true, func(o *Options) { o.Theme, o.Plain = "dark", true }, colorprofile.TrueColor},
}

// TestPictures writes every scene in every look as terminal output. Without -pictures it only
// verifies that each scene can be drawn in 16 colours and without colours.
func TestPictures(t *testing.T) {
	drawn := 0
	everyScene(func(name string, play func(t testing.TB, w, h int, change func(*Options)) *driver) {
		for _, size := range sizes {
			for _, look := range looks {
				if *picturesTo == "" && look.profile >= colorprofile.ANSI256 {
					continue
				}
				if drawn++; *picturesTo == "" && !trial.Runs(drawn, 14) {
					continue
				}
				bubble(t, func(t *testing.T) {
					d := play(t, size[0], size[1], look.change)
					d.m.Update(tea.ColorProfileMsg{Profile: look.profile})
					drawn := inProfile(d.m.View().Content, look.profile)
					if rich := regexp.MustCompile(`\x1b\[[0-9;]*[34]8;`).FindString(drawn); rich != "" && look.profile < colorprofile.ANSI256 {
						t.Errorf("%s in %s has a colour that the terminal does not support: %q", name, look.name, rich)
					}
					if *picturesTo == "" {
						return
					}
					path := filepath.Join(*picturesTo, fmt.Sprintf("%s.%dx%d.%s.ans", name, size[0], size[1], look.name))
					if err := os.WriteFile(path, []byte(drawn), 0o600); err != nil {
						t.Fatal(err)
					}
				})
			}
		}
	})
}

// inProfile returns a screen as the program's renderer writes it for a terminal with few
// colours.
func inProfile(screen string, p colorprofile.Profile) string {
	var out bytes.Buffer
	w := colorprofile.Writer{Forward: &out, Profile: p}
	_, _ = w.WriteString(screen)
	return out.String()
}

// The README's picture matches the current screen; .ci/pictures -readme recreates it.
func TestThePictureOfTheReadmeIsTheScreen(t *testing.T) {
	for _, theme := range []string{"dark", "light"} {
		bubble(t, func(t *testing.T) {
			time.Sleep(time.Until(time.Date(2026, 11, 26, 14, 2, 11, 0, time.UTC)))
			d := start(t, webextest.Demo(), webextest.DemoPerson, 120, 37, sweeps, withAccount)
			d.m.opts.Badges = []string{"DEMO"} // as in the demo
			d.m.Dark = theme == "dark"
			d.m.restyle()
			d.wait(100 * time.Millisecond)
			d.goTo("Meeting Sync")
			content := d.m.View().Content
			if *picturesTo != "" {
				if err := os.WriteFile(filepath.Join(*picturesTo, "dashboard-"+theme+".ans"), []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			svg, err := os.ReadFile("../docs/dashboard-" + theme + ".svg")
			if err != nil {
				t.Fatal(err)
			}
			_, desc, _ := strings.Cut(string(svg), "<desc>")
			desc, _, _ = strings.Cut(desc, "</desc>")
			if want := ansi.Strip(content); html.UnescapeString(desc) != want {
				t.Errorf("docs/dashboard-%s.svg is outdated: recreate it with .ci/pictures -readme\n%s", theme, want)
			}
		})
	}
}

// demoSteps are the steps of the recorded demo: keys, how long the program then runs, and for how long
// the result is shown.
var demoSteps = []struct {
	keys []string
	runs time.Duration
	hold time.Duration
}{
	{nil, 0, 2500 * time.Millisecond},
	{[]string{"j", "j", "j"}, 0, 400 * time.Millisecond},
	{[]string{"j", "j", "j"}, 0, 400 * time.Millisecond},
	{[]string{"j", "j", "j"}, 0, 2 * time.Second},
	{[]string{"x"}, time.Second, 3500 * time.Millisecond},
	{[]string{"y"}, 100 * time.Millisecond, 700 * time.Millisecond},
	{nil, 5 * time.Second, 4 * time.Second},
	{[]string{"3"}, time.Second, 3 * time.Second},
	{[]string{"/", "text:sync"}, time.Second, 2500 * time.Millisecond},
	{[]string{"esc", "f"}, time.Second, 3 * time.Second},
	{[]string{"4"}, time.Second, 3 * time.Second},
}

// The recorded demo of the README matches the program; .ci/pictures -readme recreates it.
func TestTheRecordedDemoIsTheProgram(t *testing.T) {
	bubble(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 26, 14, 2, 11, 0, time.UTC)))
		d := start(t, webextest.Demo(), webextest.DemoPerson, 112, 30, sweeps, withAccount)
		d.m.opts.Badges = []string{Demo}
		d.m.Dark = true
		d.m.restyle()
		d.sweep()
		d.press("1")
		d.wait(time.Second)
		text := ""
		for n, s := range demoSteps {
			d.press(s.keys...)
			d.wait(s.runs)
			content := d.m.View().Content
			text += ansi.Strip(content) + "\n"
			if *picturesTo == "" {
				continue
			}
			if err := os.WriteFile(filepath.Join(*picturesTo, fmt.Sprintf("demo@%02d@%d.ans", n, s.hold.Milliseconds())), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if *picturesTo != "" {
			return
		}
		svg, err := os.ReadFile("../docs/demo.svg")
		if err != nil {
			t.Fatal(err)
		}
		_, desc, _ := strings.Cut(string(svg), "<desc>")
		desc, _, _ = strings.Cut(desc, "</desc>")
		if html.UnescapeString(desc) != text {
			t.Errorf("docs/demo.svg is outdated: recreate it with .ci/pictures -readme\n%s", text)
		}
	})
}
