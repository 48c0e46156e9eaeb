package ui

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/wxauth/wxauth/webex/webextest"
)

var update = flag.Bool("update", false, "write the golden files anew")

var sizes = [][2]int{{120, 40}, {80, 24}, {60, 15}}

// smallSizes are sizes at which every screen only says that it needs more room.
var smallSizes = [][2]int{{40, 10}, {1, 1}}

// S-79.
func TestScreensAreAsTheyWere(t *testing.T) {
	for _, sc := range scenes {
		for _, size := range sizes {
			t.Run(fmt.Sprintf("%s-%dx%d", sc.name, size[0], size[1]), func(t *testing.T) {
				t.Parallel()
				bubble(t, func(t *testing.T) {
					d := sc.play(t, size[0], size[1], asItIs)
					goldenScreen(t, d, size)
					if size == sizes[0] {
						seesTooSmall(t, d)
					}
				})
			})
		}
	}
}

// seesTooSmall makes the window too small for any screen.
func seesTooSmall(t *testing.T, d *driver) {
	t.Helper()
	for _, size := range smallSizes {
		d.m.Update(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		content := d.m.View().Content
		checkShape(t, content, size[0], size[1])
		goldenFile(t, fmt.Sprintf("too-small-%dx%d", size[0], size[1]), ansi.Strip(content)+"\n")
	}
}

// TestLoginScreensAreAsTheyWere compares the login screen and the Tokens view with golden files.
func TestLoginScreensAreAsTheyWere(t *testing.T) {
	for _, sc := range loginScenes {
		for _, size := range sizes {
			t.Run(fmt.Sprintf("%s-%dx%d", sc.name, size[0], size[1]), func(t *testing.T) {
				t.Parallel()
				bubble(t, func(t *testing.T) { goldenScreen(t, sc.playLogin(t, size[0], size[1], asItIs), size) })
			})
		}
	}
}

// goldenScreen checks the shape of a screen and its text. The login screen, the Inventory and
// the audit log have no golden file at 80x24: what differs there is covered by the largest or
// the smallest screen.
func goldenScreen(t *testing.T, d *driver, size [2]int) {
	t.Helper()
	content := d.m.View().Content
	checkShape(t, content, size[0], size[1])
	between := size == [2]int{80, 24} && slices.ContainsFunc([]string{"Login", "/inventory", "/audit", "/activity", "/thousand"}, func(part string) bool { return strings.Contains(t.Name(), part) })
	if !between {
		golden(t, ansi.Strip(content)+"\n")
	}
}

// TestColoursAreAsTheyWere compares the styles for both backgrounds with golden files.
func TestColoursAreAsTheyWere(t *testing.T) {
	for _, theme := range []string{"dark", "light"} {
		for _, name := range []string{"list", "confirm-one", "afterwards-partly", "picker"} {
			t.Run(theme+"-"+name, func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					for _, sc := range scenes {
						if sc.name == name {
							d := sc.play(t, 120, 40, func(o *Options) { o.Theme = theme })
							golden(t, d.m.View().Content+"\n")
						}
					}
				})
			})
		}
	}
}

// checkShape verifies that a screen has as many lines as the terminal, that each has the
// terminal's width, and that no sequence moves the cursor.
func checkShape(t *testing.T, content string, w, h int) {
	t.Helper()
	lines := strings.Split(content, "\n")
	if len(lines) != h {
		t.Errorf("%d lines, want %d", len(lines), h)
	}
	for i, l := range lines {
		if got := ansi.StringWidthWc(l); got != w {
			t.Errorf("line %d is %d cells wide, want %d: %q", i, got, w, ansi.Strip(l))
		}
		for _, r := range ansi.Strip(l) {
			if r < 0x20 || r >= 0x7f && r < 0xa0 {
				t.Errorf("line %d contains %U", i, r)
			}
		}
	}
}

func golden(t *testing.T, got string) {
	t.Helper()
	goldenFile(t, strings.ReplaceAll(t.Name(), "/", "_"), got)
}

func goldenFile(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
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

// TestNoSizePanics draws each view, a question and the help at many sizes.
func TestNoSizePanics(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for _, person := range []string{webextest.DemoPerson, "mallory@acme.example", "sakura.sato@acme.example", ""} {
			d := start(t, webextest.Demo(), person, 120, 40, sweeps)
			d.wait(100 * time.Millisecond)
			for step := range 4 + len(d.m.tabs) {
				switch step {
				case 1:
					d.press("down", "space")
				case 2:
					d.ask()
				case 3:
					d.press("esc", "?")
				default:
					d.press("esc", strconv.Itoa(step-3)) // opens a view
					d.wait(100 * time.Millisecond)
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
