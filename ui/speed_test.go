package ui

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// tokensOfJane returns a dashboard with n tokens of a person. Each app has a refresh token and
// an access token.
func tokensOfJane(tb testing.TB, n int) *Model {
	tb.Helper()
	sim := webextest.New()
	p := sim.AddPerson(webextest.Person{Name: "Jane Roe", Email: "jane.roe@acme.example"})
	for i := range n / 2 {
		at := time.Now().Add(-time.Duration(i%80) * 24 * time.Hour)
		sim.Grant(p, sim.AddApp(fmt.Sprintf("Meeting Sync %d", i)), at, at.Add(time.Hour))
	}
	return listOf(tb, sim)
}

// listOf returns a dashboard that shows Jane's list from the simulator.
func listOf(tb testing.TB, sim *webextest.Simulator) *Model {
	tb.Helper()
	svc := app.New(webex.New(webex.StaticToken(webex.NewSecret(sim.AdminToken())), webex.WithTransport(sim.Transport())), &app.MemoryRecorder{}, app.Options{})
	who := webex.ByEmail("jane.roe@acme.example")
	m := New(tb.Context(), Options{Theme: "dark", Service: svc, Person: &who})
	m.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
	runAll(m, m.list.Open(m.env(), view.OpenPerson{Who: who}))
	return m
}

// upAndDownKey returns the i-th key of a sequence that moves down a screen and up again.
func upAndDownKey(i int) tea.KeyPressMsg {
	if i%40 < 20 {
		return keyPress("j")
	}
	return keyPress("k")
}

func middle(v []float64) float64 { slices.Sort(v); return v[len(v)/2] }

// Only the visible rows are drawn: a key takes as many allocations with ten thousand tokens as
// with a thousand.
func TestAKeyCostsTheSameAmongTenThousandTokens(t *testing.T) {
	cost := func(m *Model) float64 {
		i := 0
		return testing.AllocsPerRun(100, func() {
			m.Update(upAndDownKey(i))
			m.View()
			i++
		})
	}
	few, many := tokensOfJane(t, 1000), tokensOfJane(t, 10_000)
	a, b := cost(few), cost(many)
	if b > a*1.05 {
		t.Errorf("%.0f allocations per key with 1,000 tokens, %.0f with 10,000", a, b)
	}
	t.Logf("%.0f allocations per key", b)
}

// frames is a program in a synctest bubble that draws into a buffer.
type frames struct {
	*tea.Program
	mu  sync.Mutex
	out bytes.Buffer
}

func (f *frames) Write(b []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.out.Write(b)
}

// during returns the number of bytes written while d passes.
func (f *frames) during(d time.Duration) int {
	f.mu.Lock()
	f.out.Reset()
	f.mu.Unlock()
	time.Sleep(d)
	synctest.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.out.Len()
}

func draws(t *testing.T, m *Model, w, h int, f func(*frames)) {
	t.Helper()
	x := &frames{}
	x.Program = tea.NewProgram(m, tea.WithInput(nil), tea.WithOutput(x), tea.WithoutSignalHandler(), tea.WithWindowSize(w, h),
		tea.WithColorProfile(colorprofile.TrueColor), tea.WithEnvironment([]string{"TERM=xterm-256color"}))
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = x.Run()
	}()
	x.during(time.Second)
	f(x)
	x.Quit()
	<-done
	time.Sleep(2 * time.Minute) // let pending ticks finish
}

// A key writes two rows and the row number. The detail is written once, when the cursor rests,
// for any number of keys.
func TestAKeySendsLittle(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}, {60, 15}} {
		synctest.Test(t, func(t *testing.T) {
			m := tokensOfJane(t, 40)
			draws(t, m, size[0], size[1], func(f *frames) {
				var sent []int
				for i := range 24 {
					f.Send(upAndDownKey(i))
					sent = append(sent, f.during(50*time.Millisecond))
				}
				rest := f.during(time.Second)
				if size[0] >= draw.BelowFrom && rest == 0 {
					t.Error("the detail does not follow the cursor")
				}
				if now := f.during(5 * time.Second); now != 0 {
					t.Errorf("%d bytes while nothing happens", now)
				}
				slices.Sort(sent)
				if mid := sent[len(sent)/2]; mid > 350 {
					t.Errorf("%d×%d: %d bytes per key", size[0], size[1], mid)
				}
				t.Logf("%d×%d: %d bytes per key, at most %d; the detail %d", size[0], size[1], sent[len(sent)/2], sent[len(sent)-1], rest)
			})
		})
	}
}

// When all rows count seconds, only their digits are written.
func TestAScreenfulOfSecondsSendsLittle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := webextest.New()
		p := sim.AddPerson(webextest.Person{Name: "Jane Roe", Email: "jane.roe@acme.example"})
		portal := sim.AddApp("Developer Portal") // 12 h
		for i := range 60 {
			sim.GrantAccess(p, portal, time.Now().Add(-12*time.Hour+5*time.Minute+time.Duration(3*i)*time.Second))
		}
		draws(t, listOf(t, sim), 120, 40, func(f *frames) {
			const seconds = 40
			// On a real terminal it is 180 bytes. Here a line feed also moves to the first
			// column, so a cursor move follows.
			if n := f.during(seconds*time.Second) / seconds; n > 280 || n < 30 {
				t.Errorf("%d bytes per second", n)
			}
		})
	})
}

// The detail shows the row under the cursor as soon as the cursor rests, and before a question
// opens.
func TestTheDetailFollowsTheCursor(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := start(t, webextest.Demo(), webextest.DemoPerson, 120, 40)
		d.wait(time.Second)
		shown := func() (side string) {
			for _, l := range strings.Split(ansi.Strip(d.m.View().Content), "\n") {
				if _, right, ok := strings.Cut(l, "│"); ok {
					side += right + "\n"
				}
			}
			return side
		}
		first := shown()
		for range 3 {
			d.send(keyPress("j"))
			if shown() != first {
				t.Errorf("the detail is drawn while the cursor moves:\n%s", shown())
			}
		}
		d.wait(restAfter)
		rested := shown()
		if d.m.rest(); rested == first || rested != shown() {
			t.Errorf("after the cursor rests, the detail is not that of %s:\n%s", underCursor(d.m), rested)
		}
		d.send(keyPress("k"))
		d.send(keyPress("space"))
		d.send(keyPress("x"))
		if walking := shown(); walking == rested {
			t.Error("a question opens while the detail shows another row")
		}
	})
}
