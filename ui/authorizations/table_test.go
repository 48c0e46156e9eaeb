package authorizations

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	bubbles "charm.land/bubbles/v2/table"
	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/filter"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// viewOf returns a 120x40 view of what the simulator has for a person.
func viewOf(tb testing.TB, sim *webextest.Simulator, email string) (*View, view.Env) {
	tb.Helper()
	svc := app.New(webex.New(webex.StaticToken(webex.NewSecret(sim.AdminToken())), webex.WithTransport(sim.Transport())), &app.MemoryRecorder{}, app.Options{})
	who := webex.ByEmail(email)
	l, err := svc.List(tb.Context(), who)
	if err != nil {
		tb.Fatal(err)
	}
	screen := &draw.Screen{Width: 120, Height: 40, Dark: true, Glyphs: draw.DrawnGlyphs, Styles: draw.NewStyles(draw.Look{Dark: true})}
	env := view.Env{Screen: screen, Now: time.Now(), Location: time.UTC, At: action.Authorizations, Open: true}
	v := New(tb.Context(), Options{Service: svc})
	v.who = who
	v.Update(env, listMsg{listing: l})
	v.Resize(env)
	return v, env
}

// tokensOfJane returns a view of n tokens of n/2 apps.
func tokensOfJane(tb testing.TB, n int) (*View, view.Env) {
	tb.Helper()
	sim := webextest.New()
	p := sim.AddPerson(webextest.Person{Name: "Jane Roe", Email: "jane.roe@acme.example"})
	for i := range n / 2 {
		at := time.Now().Add(-time.Duration(i%80) * 24 * time.Hour)
		sim.Grant(p, sim.AddApp(fmt.Sprintf("Meeting Sync %d", i)), at, at.Add(time.Hour))
	}
	return viewOf(tb, sim, "jane.roe@acme.example")
}

// press runs the action of a key.
func press(v *View, env view.Env, k *action.Key) {
	for _, a := range v.Actions(env) {
		if a.Key == k {
			a.Run()
		}
	}
	v.Resize(env)
}

// Drawing a row makes only a few allocations.
func TestARowCostsLittle(t *testing.T) {
	v, env := tokensOfJane(t, 1000)
	s := v.shape(env)
	if rows := testing.AllocsPerRun(100, func() { v.tableLines(env, s.table, s.body) }) / float64(s.body); rows > 6 {
		t.Errorf("%.1f allocations per visible row", rows)
	}
}

func middle(v []float64) float64 { slices.Sort(v); return v[len(v)/2] }

// peerTable returns the same list in bubbles/table, with rows that are made once for speed.
func peerTable(n int) bubbles.Model {
	rows := make([]bubbles.Row, n)
	for i := range rows {
		rows[i] = bubbles.Row{fmt.Sprintf("Meeting Sync %d", i), "refresh", fmt.Sprintf("%dd ago", i%80), fmt.Sprintf("%dd 4h", 90-i%80), "assumed"}
	}
	return bubbles.New(bubbles.WithRows(rows), bubbles.WithFocused(true), bubbles.WithWidth(120), bubbles.WithHeight(35), bubbles.WithColumns([]bubbles.Column{
		{Title: "APP", Width: 40}, {Title: "TYPE", Width: 10}, {Title: "CREATED", Width: 10}, {Title: "LEFT", Width: 10}, {Title: "BASIS", Width: 10},
	}))
}

// BenchmarkTable measures a key press and redrawing the table, alternating with bubbles/table.
// It reports the medians and their ratio; screen-µs is the whole view with its detail pane.
func BenchmarkTable(b *testing.B) {
	for _, n := range []int{40, 1000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			v, env := tokensOfJane(b, n)
			peer := peerTable(min(n, 1000))
			var ours, screen, theirs []float64
			each := func(f func(*action.Key)) float64 {
				const keys = 40
				begun := time.Now()
				for i := range keys {
					if i%40 < 20 {
						f(action.Down)
					} else {
						f(action.Up)
					}
				}
				return float64(time.Since(begun).Nanoseconds()) / keys / 1000
			}
			for b.Loop() {
				ours = append(ours, each(func(k *action.Key) {
					press(v, env, k)
					s := v.shape(env)
					v.tableLines(env, s.table, s.body)
				}))
				screen = append(screen, each(func(k *action.Key) {
					press(v, env, k)
					v.Draw(env)
				}))
				theirs = append(theirs, each(func(k *action.Key) {
					peer, _ = peer.Update(tea.KeyPressMsg{Code: rune(k.Keys[1][0]), Text: k.Keys[1]})
					peer.View()
				}))
			}
			b.ReportMetric(middle(ours), "ours-µs")
			b.ReportMetric(middle(screen), "screen-µs")
			b.ReportMetric(middle(theirs), "peer-µs")
			b.ReportMetric(middle(theirs)/middle(ours), "peer/ours")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// A cached line is drawn again when any of its inputs has changed.
func TestALineIsNotKeptBeyondItsFacts(t *testing.T) {
	for what, change := range map[string]func(*View, *view.Env){
		"a second":     func(v *View, env *view.Env) { env.Now = env.Now.Add(time.Second) },
		"a day":        func(v *View, env *view.Env) { env.Now = env.Now.Add(24 * time.Hour) },
		"a mark":       func(v *View, env *view.Env) { press(v, *env, action.Mark) },
		"all marks":    func(v *View, env *view.Env) { press(v, *env, action.MarkAll) },
		"a fold":       func(v *View, env *view.Env) { press(v, *env, action.Fold) },
		"an order":     func(v *View, env *view.Env) { press(v, *env, action.Sort) },
		"a background": func(v *View, env *view.Env) { env.Styles = draw.NewStyles(draw.Look{}) },
		"the cursor":   func(v *View, env *view.Env) { press(v, *env, action.Down) },
		"a revoke":     func(v *View, env *view.Env) { v.states[v.listing.Rows[1].ID] = rowState{stage: app.StageSending} },
		"another list": func(v *View, env *view.Env) {
			l := v.listing
			l.Rows = slices.Concat(l.Rows[2:], l.Rows[:2]) // of the same kinds
			v.Update(*env, listMsg{gen: v.gen, listing: l})
		},
	} {
		v, env := tokensOfJane(t, 12)
		lines := func() string { return strings.Join(v.tableLines(env, 90, 20), "\n") }
		press(v, env, action.Bottom)
		_ = lines()
		change(v, &env)
		kept := lines()
		v.drawn = nil
		if kept != lines() {
			t.Errorf("stale cached line after %s:\n%s\nwant\n%s", what, kept, lines())
		}
	}
}

// A filter matches the text that rows show, and not notes about other tokens.
func TestAFilterMatchesWhatIsShown(t *testing.T) {
	for text, want := range map[string]func(name, kind, basis string, g *group) bool{
		"access":             func(_, kind, _ string, _ *group) bool { return kind == "access" },
		"type:refresh":       func(_, kind, _ string, _ *group) bool { return kind == "refresh" },
		"callnotes access":   func(name, kind, _ string, _ *group) bool { return name == "CallNotes AI" && kind == "access" },
		"access  CALLNOTES":  func(name, kind, _ string, _ *group) bool { return name == "CallNotes AI" && kind == "access" },
		"assumed":            func(_, _, basis string, _ *group) bool { return basis == "assumed" },
		"app:sync":           func(name, _, _ string, _ *group) bool { return name == "Meeting Sync" },
		"is:stale":           func(_, _, _ string, g *group) bool { return g.stale },
		"stale type:refresh": func(_, kind, _ string, g *group) bool { return g.stale && kind == "refresh" },
		"is:new":             func(_, _, _ string, g *group) bool { return g.isNew },
		"is:signin":          func(_, _, _ string, g *group) bool { return g.signIn },
		"!access":            func(_, kind, _ string, _ *group) bool { return kind != "access" },
		"! access":           func(_, kind, _ string, _ *group) bool { return kind != "access" },
		"!   access":         func(_, kind, _ string, _ *group) bool { return kind != "access" },
		"sync !type:access":  func(name, kind, _ string, _ *group) bool { return name == "Meeting Sync" && kind != "access" },
		"app:access":         func(string, string, string, *group) bool { return false },
		"app:0a1b2c3d":       func(string, string, string, *group) bool { return false }, // ids are not the app's name
		"30d refresh":        func(name, kind, _ string, _ *group) bool { return name == "Meeting Sync" && kind == "refresh" },
		"can't be matched":   func(string, string, string, *group) bool { return false },
	} {
		synctest.Test(t, func(t *testing.T) {
			v, _ := viewOf(t, webextest.Demo(), webextest.DemoPerson)
			v.filter.Set(text)
			v.refresh()
			match := filter.Matcher(text)
			shown := 0
			for _, g := range v.tree.groups {
				for _, i := range g.rows {
					r := v.listing.Rows[i]
					got := match(v.tree.haystack[i])
					if wanted := want(g.name, string(r.Type), string(r.Left.Basis), g); got != wanted {
						t.Errorf("%q on %s %s: shown %v", text, g.name, r.Type, got)
					}
					shown += btoi(got)
				}
			}
			if rows := len(v.table.Rows); (shown == 0) != (rows == 0) {
				t.Errorf("%q: %d tokens match, %d rows are shown", text, shown, rows)
			}
		})
	}
}
