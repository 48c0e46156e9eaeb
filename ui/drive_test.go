package ui

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/login"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// driver runs the model as Bubble Tea does, inside a synctest bubble: each command in its own
// goroutine, and one message at a time.
type driver struct {
	t    testing.TB
	m    *Model
	sim  *webextest.Simulator
	msgs chan tea.Msg
	clip string // the text that was copied last
	quit bool
	// loginAt is when the login screen was opened.
	loginAt time.Time
}

// start opens the dashboard on a person of the simulator, or on the picker if person is empty.
func start(t testing.TB, sim *webextest.Simulator, person string, w, h int, change ...func(*Options, *[]webex.Option)) *driver {
	t.Helper()
	o := Options{Theme: "dark", RecordNote: "in memory only: lost when wxauth exits."}
	copts := []webex.Option{webex.WithTransport(sim.Transport())}
	for _, c := range change {
		c(&o, &copts)
	}
	client := webex.New(webex.StaticToken(webex.NewSecret(sim.AdminToken())), copts...)
	rec := &app.MemoryRecorder{}
	if o.Audit == nil {
		o.Audit = testAudit{rec}
	}
	svc := app.New(client, rec, app.Options{ReadOnly: len(o.Badges) > 0})
	if b, ok := o.Service.(*brokenRecord); ok {
		b.Service = svc
	} else {
		o.Service = svc
	}
	if _, ok := o.Inventory.(withInventory); ok {
		scope := app.Scope{Profile: "default", Org: "acme"}
		o.Inventory = app.NewOrgInventory(app.NewInventories(svc, sweepVault{store.NewMemoryInventory()}), scope, true)
	}
	if person != "" {
		who, err := webex.ParsePerson(person)
		if err != nil {
			t.Fatal(err)
		}
		o.Person = &who
	}
	return drive(t, sim, o, w, h)
}

// withInventory, set as the options' inventory, makes start use an inventory in memory of the
// simulator's organization.
type withInventory struct{ Inventory }

// sweeps is an option for start that enables the inventory.
func sweeps(o *Options, _ *[]webex.Option) { o.Inventory = withInventory{} }

// withAccount is an option for start that adds a login, for tests that do not use it.
func withAccount(o *Options, _ *[]webex.Option) { o.Account = &testAccount{} }

// sweepVault stores sweeps in memory.
type sweepVault struct{ *store.MemoryInventory }

func (v sweepVault) Begin(ctx context.Context, scope, name string) (app.SweepJournal, error) {
	return v.MemoryInventory.Begin(ctx, scope, name)
}

func (v sweepVault) Sweeps(ctx context.Context, scope string) (out []app.StoredSweep, err error) {
	all, err := v.MemoryInventory.Sweeps(ctx, scope)
	for _, s := range all {
		out = append(out, app.StoredSweep(s))
	}
	return out, err
}

// testAudit is an audit log in memory whose check always succeeds.
type testAudit struct{ *app.MemoryRecorder }

func (testAudit) Check(context.Context) (string, bool, error) {
	return "8 entries, in order and complete", true, nil
}

func drive(t testing.TB, sim *webextest.Simulator, o Options, w, h int) *driver {
	d := &driver{t: t, m: New(t.Context(), o), sim: sim, msgs: make(chan tea.Msg, 4096)}
	d.run(d.m.Init())
	d.send(tea.WindowSizeMsg{Width: w, Height: h})
	return d
}

func (d *driver) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	go func() { d.msgs <- cmd() }()
}

func (d *driver) send(msg tea.Msg) {
	before := d.m.open
	_, cmd := d.m.Update(msg)
	if d.m.open == d.m.login && before != d.m.open {
		d.loginAt = time.Now()
	}
	d.run(cmd)
	d.pump()
}

// pump delivers messages until none is left without advancing the clock.
func (d *driver) pump() {
	for {
		synctest.Wait()
		select {
		case msg := <-d.msgs:
			d.deliver(msg)
		default:
			return
		}
	}
}

func (d *driver) deliver(msg tea.Msg) {
	switch msg := msg.(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			d.run(c)
		}
	case tea.QuitMsg:
		d.quit = true
	default:
		// The clipboard message has an unexported string type.
		if fmt.Sprintf("%T", msg) == "tea.setClipboardMsg" {
			d.clip = fmt.Sprint(msg)
			return
		}
		_, cmd := d.m.Update(msg)
		d.run(cmd)
	}
}

// wait advances the clock and delivers messages meanwhile.
func (d *driver) wait(total time.Duration) {
	for end := time.Now().Add(total); time.Now().Before(end); {
		time.Sleep(min(50*time.Millisecond, time.Until(end)))
		d.pump()
	}
}

// press presses keys by name; "text:abc" types the letters. It waits until the login screen
// accepts keys.
func (d *driver) press(keys ...string) {
	for _, k := range keys {
		if left := login.Grace - time.Since(d.loginAt); d.m.open == d.m.login && left > 0 {
			d.wait(left)
		}
		if text, ok := strings.CutPrefix(k, "text:"); ok {
			for _, r := range text {
				d.send(tea.KeyPressMsg{Code: r, Text: string(r)})
			}
			continue
		}
		if (k == "y" || k == "enter") && d.m.dialogs.IsOpen() { // a confirming key is held back for dialog.Alone
			d.wait(dialog.Alone)
			d.send(keyPress(k))
			d.wait(dialog.Alone)
			if k == "enter" { // it may have moved the focus
				d.wait(dialog.Settle)
			}
			continue
		}
		d.send(keyPress(k))
	}
	d.m.rest() // the cursor rests
	d.m.open.Resize(d.m.env())
}

// keyPress returns the message for a key name.
func keyPress(name string) tea.KeyPressMsg {
	special := map[string]tea.KeyPressMsg{
		"enter": {Code: tea.KeyEnter}, "tab": {Code: tea.KeyTab}, "esc": {Code: tea.KeyEscape}, "space": {Code: tea.KeySpace, Text: " "},
		"up": {Code: tea.KeyUp}, "down": {Code: tea.KeyDown}, "left": {Code: tea.KeyLeft}, "right": {Code: tea.KeyRight},
		"pgup": {Code: tea.KeyPgUp}, "pgdown": {Code: tea.KeyPgDown}, "home": {Code: tea.KeyHome}, "end": {Code: tea.KeyEnd},
		"insert": {Code: tea.KeyInsert}, "delete": {Code: tea.KeyDelete}, "backspace": {Code: tea.KeyBackspace}, "shift+tab": {Code: tea.KeyTab, Mod: tea.ModShift},
	}
	if p, ok := special[name]; ok {
		return p
	}
	if letter, ok := strings.CutPrefix(name, "ctrl+"); ok {
		return tea.KeyPressMsg{Code: []rune(letter)[0], Mod: tea.ModCtrl}
	}
	if n, err := strconv.Atoi(strings.TrimPrefix(name, "f")); err == nil && len(name) > 1 {
		return tea.KeyPressMsg{Code: tea.KeyF1 + rune(n-1)}
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}

// click clicks on a text on the screen, or for "@" on a cell that depends on the clock. It does
// nothing if the text is not there.
func (d *driver) click(text string) {
	if text == "@" {
		n := int(time.Now().UnixMilli())
		d.send(tea.MouseClickMsg{X: n % 97, Y: n % 29, Button: tea.MouseLeft})
		return
	}
	for y, l := range strings.Split(d.screen(), "\n") {
		if at := strings.LastIndex(l, text); at >= 0 {
			d.send(tea.MouseClickMsg{X: draw.Cells(l[:at]) + 1, Y: y, Button: tea.MouseLeft})
			return
		}
	}
}

// wheel turns the mouse wheel by one notch.
func (d *driver) wheel(up bool) {
	b := tea.MouseWheelDown
	if up {
		b = tea.MouseWheelUp
	}
	d.send(tea.MouseWheelMsg{X: 10, Y: 10, Button: b})
}

// ask presses x and waits until the dialog accepts keys.
func (d *driver) ask() {
	d.press("x")
	d.wait(dialog.Quiet)
}

func (d *driver) screen() string { return ansi.Strip(d.m.View().Content) }

func (d *driver) see(words ...string) {
	d.t.Helper()
	s := d.screen()
	for _, w := range words {
		if !strings.Contains(s, w) {
			d.t.Errorf("%q is not on the screen:\n%s", w, s)
		}
	}
}

func (d *driver) dontSee(words ...string) {
	d.t.Helper()
	s := d.screen()
	for _, w := range words {
		if strings.Contains(s, w) {
			d.t.Errorf("%q is on the screen:\n%s", w, s)
		}
	}
}

// lineWith returns the first line of the screen that contains a word.
func (d *driver) lineWith(word string) string {
	for _, l := range strings.Split(d.screen(), "\n") {
		if strings.Contains(l, word) {
			return l
		}
	}
	return ""
}

// goToApp moves the cursor to an app.
func (d *driver) goToApp(name string) {
	d.t.Helper()
	if tooSmall(&d.m.Screen) {
		return // the screen is too small to show a row
	}
	d.move(action.Top)
	for last := -1; last != d.m.list.Index(); d.move(action.Down) {
		last = d.m.list.Index()
		env := d.m.env()
		wide := *env.Screen
		env.Screen, wide.Width, wide.Height = &wide, draw.BesideFrom-1, 40 // another size, so that no line is cached for the real screen
		if strings.Contains(cursorLine(&wide, d.m.list.Draw(env).Body), " "+name+" ") {
			return
		}
	}
	d.t.Fatalf("no row for %s", name)
}

// goTo moves the cursor to the first row below an app's name, its newest refresh token.
func (d *driver) goTo(name string) {
	d.t.Helper()
	d.goToApp(name)
	d.move(action.Down)
}

// move moves the list's cursor as a key does, without advancing the clock.
func (d *driver) move(k *action.Key) {
	for _, a := range d.m.list.Actions(d.m.env()) {
		if a.Key == k {
			a.Run()
		}
	}
	d.m.rest()
	d.m.open.Resize(d.m.env())
}

// underCursor returns the selected row.
func underCursor(m *Model) string {
	return cursorLine(&m.Screen, strings.Split(m.View().Content, "\n"))
}

func cursorLine(s *draw.Screen, lines []string) string {
	for _, l := range lines {
		if l = ansi.Strip(l); strings.HasPrefix(strings.TrimPrefix(l, " "), s.Glyphs.Cursor) {
			if s.HasSide() {
				l = strings.Split(l, s.Glyphs.Side)[0]
			}
			return l + " "
		}
	}
	return ""
}

func (d *driver) deletes() int { return len(d.sim.Deletes()) }

// bubble runs a test with a fake clock that starts on 2000-01-01.
func bubble(t *testing.T, f func(*testing.T)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		defer time.Sleep(3 * time.Minute) // let pending ticks and requests finish
		f(t)
	})
}
