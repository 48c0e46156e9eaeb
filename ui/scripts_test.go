package ui

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/webex/webextest"
)

var scripts = flag.Int("scripts", trial.Sampled(200, 10_000), "how many random key scripts to play")

// judge decides from the text on the screen which revokes a key may confirm. It does not look at
// the model: it compares what the user can read with the requests that the simulator received.
type judge struct {
	shownAt           time.Time // when the open dialog first appeared; zero without a dialog
	shown             string    // its title and the names in it
	sent              int       // number of DELETEs so far
	allowed           int       // number of tokens confirmed and not yet sent
	dialogs           int
	confirms          int
	screen            string    // after the last step
	inputAt, pastedAt time.Time // times of the last key and the last paste
	// apps maps the path of a token's DELETE to the app's name. named holds the names that
	// confirmed dialogs showed.
	apps  map[string]string
	named map[string]bool
}

// read processes the screen after a step.
func (j *judge) read(d *driver) {
	j.screen = d.screen()
	j.look(j.screen, time.Now())
	if d.m.revokes() == 0 {
		j.allowed = 0 // the confirmed revoke has finished
	}
}

var (
	titleLine  = regexp.MustCompile(`╭─ ((?:Revoke|Offboard) .*\?) ─`)
	buttonText = regexp.MustCompile(`Revoke (\d+) (?:[a-z_]+ )?tokens?`)
	askLine    = regexp.MustCompile(`To confirm, type  (\S+)`)
	scrolled   = regexp.MustCompile(`[↑↓] \d+ more`)
	typedLine  = regexp.MustCompile(`> (.*)▏`)
)

// look processes the screen before a key.
func (j *judge) look(screen string, now time.Time) {
	title := titleLine.FindString(screen)
	if title == "" {
		j.shownAt, j.shown = time.Time{}, ""
		return
	}
	if title != j.shown {
		j.shownAt, j.shown = now, title
		j.dialogs++
	}
}

// confirmed returns the number of tokens that a key confirms on this screen, or 0 if the key
// does not complete a confirmation.
func (j *judge) confirmed(screen, key string, now time.Time) int {
	if j.shown == "" || now.Sub(j.shownAt) < 300*time.Millisecond || !strings.Contains(screen, "Cancel") {
		return 0
	}
	b := buttonText.FindStringSubmatch(screen[strings.Index(screen, "Cancel"):])
	if b == nil {
		return 0
	}
	n, _ := strconv.Atoi(b[1])
	want, typed := "", ""
	if m := askLine.FindStringSubmatch(screen); m != nil {
		want = m[1]
		if m := typedLine.FindStringSubmatch(screen); m != nil {
			typed = m[1]
		}
	}
	onButton := strings.Contains(screen, "[ Revoke")
	switch {
	case want == "" && key == "y", key == "enter" && onButton && typed == want:
		return n
	}
	return 0
}

// scriptStats are counters over all scripts.
type scriptStats struct {
	sync.Mutex
	scripts, keys, dialogs, confirms, deletes int
}

// TestNoKeyScriptRevokesWithoutACompletedConfirmation presses random keys, weighted so that many
// scripts open a dialog, and checks the requests against the screen.
func TestNoKeyScriptRevokesWithoutACompletedConfirmation(t *testing.T) {
	var stats scriptStats
	t.Run("scripts", func(t *testing.T) {
		const chunk = 200
		for from := 0; from < *scripts; from += chunk {
			t.Run(strconv.Itoa(from), func(t *testing.T) {
				t.Parallel()
				bubble(t, func(t *testing.T) {
					for i := from; i < min(from+chunk, *scripts); i++ {
						playScript(t, uint64(i), &stats)
					}
				})
			})
		}
	})
	trial.Report(t, trial.Figure{
		Name: "random key scripts over every view", Tried: stats.scripts, Survived: stats.scripts,
		Note: fmt.Sprintf("%d keys, %d dialogs, %d confirmed, %d DELETEs, none unconfirmed", stats.keys, stats.dialogs, stats.confirms, stats.deletes),
	})
	if *scripts >= 10000 && (stats.dialogs < 3000 || stats.confirms < 500) {
		t.Errorf("too few scripts open dialogs: %d dialogs, %d confirmed", stats.dialogs, stats.confirms)
	}
}

// scriptWorld is small: three apps, eight rows and a second person.
func scriptWorld(rng *rand.Rand) *webextest.Simulator {
	sim := webextest.New()
	jane := sim.AddPerson(webextest.Person{Name: "Jane Doe", Email: "j@a.ex"})
	omar := sim.AddPerson(webextest.Person{Name: "Omar", Email: "o@a.ex"})
	now := time.Now()
	ago := func(h int) time.Time { return now.Add(-time.Duration(h) * time.Hour) }
	alpha := sim.AddApp("Alpha")
	sim.Grant(jane, alpha, ago(900), ago(20))
	sim.Grant(omar, alpha, ago(9), ago(3))
	sim.Grant(jane, sim.AddApp("Beta"), ago(2), ago(1))
	bridge := sim.AddApp("Gamma")
	sim.Grant(jane, bridge, ago(300), ago(40))
	if rng.IntN(2) == 0 {
		sim.Grant(jane, bridge, ago(200))
	}
	switch rng.IntN(8) {
	case 0:
		sim.SetStale(2)
	case 1:
		sim.AddFault(webextest.Fault{Method: "DELETE", Kind: webextest.DropAfter, Times: 1})
	case 2:
		sim.AddFault(webextest.Fault{Method: "DELETE", Status: 403, Times: 1})
	}
	return sim
}

// steps are the steps of scripts, with their weights.
var steps = []struct {
	weight int
	keys   []string // a blank is a pause of 350 ms
}{
	{10, []string{"j"}},
	{4, []string{"k"}},
	{14, []string{"x"}},
	{10, []string{"x", " "}},
	{6, []string{"x", " ", "y"}},
	{6, []string{"x", " ", "tab", "enter"}},
	{3, []string{"*", "x", " ", "text:j@a.ex", "tab", "enter"}},
	{2, []string{"*", "x", " ", "text:j@a.e", "tab", "enter"}},
	{2, []string{"*", "x", " ", "paste:j@a.ex", "tab", "enter"}},
	{2, []string{"3"}},
	{1, []string{"3", "S", "wait:2s"}},
	{2, []string{"3", "S", "wait:2s", "x", " ", "text:Alpha", "tab", "enter"}},
	{1, []string{"3", "x", " ", "text:Alph", "tab", "enter"}},
	{1, []string{"3", "enter", "x", " ", "y"}},
	{2, []string{"1"}},
	{2, []string{"2"}},
	{1, []string{"2", "x", " ", "y"}},
	{1, []string{"2", "d", " ", "y"}},
	{2, []string{"4"}},
	{1, []string{"4", "x", "X", " ", "y", "enter"}},
	{2, []string{"X", " ", "text:j@a.ex", "tab", "enter"}},
	{1, []string{"X", " ", "text:j@a.e", "tab", "enter"}},
	{1, []string{"X", " ", "paste:j@a.ex", "tab", "enter"}},
	{2, []string{":", "text:revoke", "enter", " ", "y"}},
	{1, []string{":", "text:every", "enter", " ", "y", "enter"}},
	{1, []string{"c"}},
	{1, []string{"Y"}},
	{1, []string{"W", "wait:2s"}},
	{1, []string{"l", "esc"}},
	{1, []string{"v"}},
	{1, []string{"w", "x"}},
	{5, []string{"space"}},
	{3, []string{"*"}},
	{5, []string{"y"}},
	{4, []string{"enter"}},
	{3, []string{"tab"}},
	{2, []string{"shift+tab"}},
	{3, []string{"n"}},
	{4, []string{"esc"}},
	{2, []string{"s"}},
	{2, []string{"r"}},
	{1, []string{"G"}},
	{1, []string{"left"}},
	{1, []string{"right"}},
	{2, []string{"/", "text:al", "enter"}},
	{1, []string{"/", "text:yxy", "esc"}},
	{1, []string{"?"}},
	{1, []string{"paste:y"}},
	{1, []string{"paste:y\n"}},
	{1, []string{"size:40x10"}},
	{1, []string{"size:60x15"}},
	{2, []string{"size:100x30"}},
	{1, []string{"u", "text:o@a.ex", "enter"}},
	{1, []string{"remove"}},
	{1, []string{"grant"}},
	{1, []string{"x", " ", "grant", "remove", "y"}},
	{1, []string{"j", "r", "grant", "r", "x", " ", "y"}},
	{2, []string{"j", "j", "x", " ", "r", " ", "y"}},
	{1, []string{"x", " ", "r", "y"}},
	{1, []string{"y", "esc", "wait:2s"}},
	{1, []string{"q"}},
	{3, []string{"click:@"}},
	{2, []string{"wheel:3"}},
	{2, []string{"wheel:-3"}},
	{3, []string{"x", " ", "click:Revoke ", "enter"}},
	{2, []string{"x", " ", "click:Cancel"}},
	{1, []string{"x", " ", "click:Revoke ", "click:Revoke "}},
	{1, []string{"X", " ", "click:Offboard", "click:[ ] keep", "click:Revoke "}},
	{1, []string{"click:Inventory", "click:Changes", "click:USER"}},
	{1, []string{"click:Audit", "click:1 Authorizations"}},
	{1, []string{"click:CREATED", "click:TIME LEFT", "I"}},
	{1, []string{"/", "text:al", "click:@", "enter"}},
	{6, []string{" "}},
	{1, []string{"wait:2s"}},
	{1, []string{"wait:70s"}},
}

func playScript(t *testing.T, seed uint64, stats *scriptStats) {
	rng := rand.New(rand.NewPCG(seed, 7))
	sim := scriptWorld(rng)
	d := start(t, sim, "j@a.ex", 100, 30, sweeps)
	d.m.Styles = draw.Styles{} // colours take most of the time and are not checked
	j := &judge{apps: map[string]string{}, named: map[string]bool{}}
	for _, a := range append(sim.Authorizations("j@a.ex"), sim.Authorizations("o@a.ex")...) {
		j.apps["/authorizations/"+a.ID] = a.App.Name
	}
	j.read(d)
	total := 0
	for _, s := range steps {
		total += s.weight
	}
	var played []string
	for range 4 + rng.IntN(6) {
		n := rng.IntN(total)
		for _, s := range steps {
			if n -= s.weight; n < 0 {
				for _, k := range s.keys {
					if d.quit {
						break
					}
					played = append(played, k)
					if fault := j.play(d, k); fault != "" {
						t.Fatalf("script %d: %s\nkeys: %q\n%s", seed, fault, played, d.screen())
					}
				}
				break
			}
		}
	}
	d.wait(time.Second)
	if fault := j.hold(d); fault != "" {
		t.Fatalf("script %d, at the end: %s\nkeys: %q", seed, fault, played)
	}
	stats.Lock()
	defer stats.Unlock()
	stats.scripts++
	stats.keys += len(played)
	stats.dialogs += j.dialogs
	stats.confirms += j.confirms
	stats.deletes += j.sent
}

// play performs one step and returns a description of the fault, if any.
func (j *judge) play(d *driver, step string) string {
	switch {
	case step == " ":
		d.wait(350 * time.Millisecond)
	case strings.HasPrefix(step, "wait:"):
		pause, _ := time.ParseDuration(step[5:])
		time.Sleep(pause)
		d.pump()
	case strings.HasPrefix(step, "paste:"):
		j.inputAt, j.pastedAt = time.Now(), time.Now()
		d.send(tea.PasteMsg{Content: step[6:]})
	case strings.HasPrefix(step, "size:"):
		var w, h int
		_, _ = fmt.Sscanf(step[5:], "%dx%d", &w, &h)
		d.send(tea.WindowSizeMsg{Width: w, Height: h})
	case strings.HasPrefix(step, "click:"):
		j.inputAt = time.Now()
		d.click(step[6:])
		if d.m.dialogs.IsOpen() {
			d.wait(dialog.Alone)
		}
	case strings.HasPrefix(step, "wheel:"):
		j.inputAt = time.Now()
		d.wheel(step[6:] != "3")
	case step == "grant":
		for _, p := range d.sim.People() {
			if p.Email == "j@a.ex" {
				d.sim.Grant(p, d.sim.AddApp("Delta"), time.Now())
			}
		}
		for _, a := range d.sim.Authorizations("j@a.ex") {
			j.apps["/authorizations/"+a.ID] = a.App.Name
		}
	case step == "remove":
		if rows := d.sim.Authorizations("j@a.ex"); len(rows) > 0 {
			d.sim.Remove(rows[0].ID)
		}
	case strings.HasPrefix(step, "text:"):
		for _, r := range step[5:] {
			if fault := j.key(d, string(r)); fault != "" {
				return fault
			}
		}
	default:
		return j.key(d, step)
	}
	return j.hold(d)
}

func (j *judge) key(d *driver, k string) string {
	now := time.Now()
	if n := j.confirmed(j.screen, k, now); n > 0 && now.Sub(j.inputAt) >= dialog.Alone && now.Sub(j.pastedAt) >= dialog.AfterPaste {
		j.allowed += n
		j.confirms++
		j.name()
	}
	j.inputAt = now
	d.send(keyPress(k))
	d.m.rest()
	if k == "y" || k == "enter" { // it counts once it was held back for dialog.Alone
		d.wait(dialog.Alone)
	}
	synctest.Wait()
	return j.hold(d)
}

// name records which apps the dialog names. A dialog that must be scrolled may name any app.
func (j *judge) name() {
	partly := scrolled.MatchString(j.screen)
	for _, line := range strings.Split(j.screen, "\n") {
		for _, app := range j.apps {
			if partly || strings.Contains(line, "│   "+app+" ") || strings.Contains(line, "Revoke "+app+" for ") || strings.Contains(line, " of "+app+" for ") {
				j.named[app] = true
			}
		}
	}
}

// hold checks that the simulator received only confirmed DELETEs.
func (j *judge) hold(d *driver) string {
	// After a broken connection, a DELETE is retried with the same id.
	ids := map[string]bool{}
	for _, r := range d.sim.Deletes() {
		ids[r.Path] = true
		if app := j.apps[r.Path]; !j.named[app] {
			return fmt.Sprintf("a token of %s was revoked, which no confirmed dialog named", app)
		}
	}
	if fresh := len(ids) - j.sent; fresh > j.allowed {
		return fmt.Sprintf("%d DELETEs were sent, %d were confirmed", fresh, j.allowed)
	} else if fresh > 0 {
		j.allowed -= fresh
		j.sent = len(ids)
	}
	j.read(d)
	return ""
}
