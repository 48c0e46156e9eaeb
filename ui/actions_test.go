package ui

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// offboard confirms revoking everything of the demo's person.
func (d *driver) offboard() {
	d.press("X")
	d.wait(dialog.Quiet)
	d.press("text:"+webextest.DemoPerson, "tab", "tab", "enter")
}

func TestOffboardingEndsEverythingAndReports(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := start(t, webextest.Demo(), webextest.DemoPerson, 120, 40)
		d.press("X")
		d.wait(dialog.Quiet)
		d.see("Offboard Jane Doe", "18 tokens will be revoked", "block the sign-in", "1 token cannot be revoked here", "keep Webex sign-ins", "Revoke 18 tokens")
		d.press("y", "enter")
		if d.deletes() != 0 {
			t.Fatal("y or enter sent a request")
		}
		d.press("esc")
		d.see("Cancelled. Nothing was sent.")
		d.offboard()
		d.wait(4 * time.Second)
		d.see("! 1 of 19 tokens is not gone", "1. Ask Jane Doe to revoke", "Block the sign-in", "18 of 19 gone", "1 not sent: Kiosk Pilot", "copy for the ticket", "✓ gone 2/2")
		d.press("enter")
		d.see("Security > Reset access")
		d.press("esc")
		if n := len(d.sim.Authorizations(webextest.DemoPerson)); n > 1 {
			t.Errorf("%d tokens left, want at most 1", n)
		}
		d.press("c")
		for _, want := range []string{"# Webex authorizations: offboard report", "18 of 19 tokens gone", "Webex sign-in", "Kiosk Pilot"} {
			if !strings.Contains(d.clip, want) {
				t.Errorf("the report lacks %q:\n%s", want, d.clip)
			}
		}
		d.press("4")
		d.see("19 rows", "1 not sent", "revoked, gone")
	})
}

func TestWebexSignInsCanBeKept(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := start(t, webextest.Demo(), webextest.DemoPerson, 120, 40)
		d.press("X")
		d.wait(dialog.Quiet)
		d.press("tab", "space")
		d.see("14 tokens will be revoked", "[x] keep Webex sign-ins", "kept: 2 tokens")
		d.press("space")
		d.see("18 tokens will be revoked", "[ ] keep Webex sign-ins")
		d.press("space", "text:"+webextest.DemoPerson, "enter", "enter")
		d.wait(4 * time.Second)
		left := map[string]int{}
		for _, a := range d.sim.Authorizations(webextest.DemoPerson) {
			left[a.App.Name]++
		}
		if left["Webex Web Client"] != 2 || left["Webex Teams Desktop Client for Mac"] != 2 || left["Meeting Sync"] != 0 {
			t.Errorf("%v", left)
		}
		d.press("4")
		d.see("kept")
	})
}

// When nothing is left, the list says so, and c still copies the report.
func TestTheEmptyListAfterOffboardingCopiesTheReport(t *testing.T) {
	bubble(t, func(t *testing.T) {
		sim := webextest.Demo()
		p := sim.AddPerson(webextest.Person{Name: "Lea Leaver", Email: "lea.leaver@acme.example"})
		sim.Grant(p, sim.AddApp("Notes"), time.Now(), time.Now())
		d := start(t, sim, "lea.leaver@acme.example", 80, 24)
		d.press("X")
		d.wait(dialog.Quiet)
		d.press("text:lea.leaver@acme.example", "tab", "enter")
		d.wait(time.Minute)
		d.press("r")
		d.wait(time.Second)
		d.see("✓ No app holds a token for Lea Leaver (read 00:0", "c: copy the report for the ticket")
		d.press("c")
		if !strings.Contains(d.clip, "# Webex authorizations: offboard report") {
			t.Errorf("copied %q", d.clip)
		}
	})
}

// esc and the first ctrl+c stop a run: what is in flight is awaited, nothing more is sent, and the
// report says what was not sent.
func TestStoppingARunSendsNothingMore(t *testing.T) {
	for _, key := range []string{"esc", "ctrl+c"} {
		bubble(t, func(t *testing.T) {
			d := onJane(t)
			d.press("X")
			d.wait(dialog.Quiet)
			d.sim.SetLatency(5 * time.Second)
			d.press("text:"+webextest.DemoPerson, "tab", "tab", "enter")
			for range 100 {
				if d.deletes() > 0 {
					break
				}
				d.wait(time.Second)
			}
			d.see("esc stop revoking")
			d.press(key)
			d.see(view.Stopping)
			if key == "ctrl+c" {
				d.wait(dialog.Quiet)
				d.press("enter") // wait
			}
			sent := d.deletes()
			d.wait(time.Minute)
			if n := d.deletes(); n != sent || n == 0 {
				t.Errorf("%s: %d DELETE requests, then %d", key, sent, n)
			}
			d.see("not sent: you stopped it")
			d.dontSee("context canceled")
		})
	}
}

func TestOffboardingIsOffWhereItCannotBe(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := start(t, webextest.Demo(), webextest.DemoPerson, 120, 40, func(o *Options, _ *[]webex.Option) { o.Badges = []string{"READ-ONLY"} })
		d.press("X")
		d.see("read-only")
		d.press("?")
		d.see("offboard: revoke all tokens of this user")
		d.see("(read-only)")
		d.press("esc", "esc")
		d = start(t, webextest.Demo(), "nora.nothing@acme.example", 120, 40)
		d.press("X")
		d.wait(dialog.Quiet)
		d.see("There is nothing to do")
	})
}

// If a scope is known to be missing, the dashboard says so before it asks for confirmation.
func TestRevokingIsOffWithoutItsScope(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := start(t, webextest.Demo(), webextest.DemoPerson, 120, 40)
		d.m.opts.Service = lacking{d.m.opts.Service}
		d.see("Meeting Sync")
		d.press("down")
		d.see("revoking is off: needs identity:tokens_write")
		d.goTo("Meeting Sync")
		for _, k := range []string{"x", "X"} {
			d.press(k)
			d.wait(dialog.Quiet)
			d.see("Revoking requires identity:tokens_write: tick it on the integration, then log in again (l).")
		}
		d.press("?")
		d.see("(needs", "identity:tokens_write)")
	})
}

// lacking is a service whose login lacks the scope for revokes.
type lacking struct{ Service }

func (lacking) LacksScope() string { return webex.ScopeTokensWrite }

// The palette lists the actions of every view. An action of another view opens that view.
func TestThePaletteReachesEveryAction(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := start(t, webextest.Demo(), webextest.DemoPerson, 120, 40, sweeps, withAccount)
		for _, open := range d.m.present() {
			d.m.open = open.view
			entries := d.m.paletteEntries()
			for _, other := range d.m.present() {
				for _, a := range other.view.Actions(d.m.env()) {
					if a.Run != nil && a.Group != "" && !slices.ContainsFunc(entries, func(e dialog.Entry) bool { return e.Key == a.Key }) {
						t.Errorf("on %s: %s is not offered", open.name, a.Text())
					}
				}
			}
		}
		d.m.open = d.m.list
		d.press(":", "text:log is unchanged")
		d.wait(dialog.Quiet)
		d.press("enter")
		d.see("[4 Audit]", "8 entries, in order and complete")
	})
}

// The help of each view fits one screen of 120x40.
func TestTheHelpFitsOneScreen(t *testing.T) {
	fits := func(d *driver, keys ...string) {
		for _, key := range keys {
			d.press(key)
			d.wait(time.Second)
			d.press("?")
			d.see("esc: close")
			d.dontSee(": scroll")
			d.wait(dialog.Quiet)
			d.press("esc")
		}
	}
	bubble(t, func(t *testing.T) {
		fits(start(t, webextest.Demo(), webextest.DemoPerson, 120, 40, sweeps), "1", "3", "4", "5")
	})
	bubble(t, func(t *testing.T) {
		d, _ := withLogin(t, webextest.Demo(), 120, 40)
		logIn(d)
		fits(d, "2")
	})
}

// For an action on a person's authorizations, the palette first asks for the person, and says
// so.
func TestThePaletteAsksForAPersonFirst(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d, _ := withLogin(t, webextest.Demo(), 120, 40)
		logIn(d)
		d.m.open = d.m.tabs[3].view
		d.press(":", "text:offboard")
		d.wait(dialog.Quiet)
		d.press("enter")
		d.see("Choose a person, then press")
	})
}

// slowLogin is an account whose login loads with a delay.
type slowLogin struct{ *testAccount }

func (a slowLogin) Login(ctx context.Context) (app.Login, error) {
	time.Sleep(200 * time.Millisecond)
	return a.testAccount.Login(ctx)
}

// An action of another view runs once that view has loaded, including its messages to the
// program.
func TestThePaletteWaitsForTheView(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d, a := withLogin(t, webextest.Demo(), 120, 40)
		logIn(d)
		d.press("enter", "enter")
		d.m.opts.Account = slowLogin{a}
		d.m.screens = newScreens(t.Context(), d.m.opts)
		d.m.open = d.m.tabs[3].view
		d.press(":", "text:forget")
		d.wait(dialog.Quiet)
		d.press("enter")
		d.wait(time.Second)
		d.see("Forget this login?")
	})
}

func TestThePaletteFindsAndDoes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := start(t, webextest.Demo(), webextest.DemoPerson, 120, 40)
		d.press(":", "text:audit log")
		d.see("All actions", "audit log of revokes")
		d.press("enter")
		d.see("All actions") // too soon: the user may still be typing
		d.wait(dialog.Quiet)
		d.press("enter")
		d.see("[4 Audit]", "Nothing has been revoked from this computer yet.")
		d.press(":", "text:nonsense")
		d.see("no matching action")
		d.press("esc")
		d.press("1")
		d.see("[1 Authorizations]")
		d.press(":", "text:last report")
		d.wait(dialog.Quiet)
		d.press("enter")
		d.see("nothing revoked yet")
		// The palette opens the same confirmation as the key, and confirms nothing itself.
		d.goTo("Meeting Sync")
		d.press(":", "text:revoke the marked")
		d.wait(dialog.Quiet)
		d.press("enter")
		d.wait(dialog.Quiet)
		d.see("Revoke Meeting Sync for Jane Doe")
		if d.deletes() != 0 {
			t.Error("the palette sent a request")
		}
	})
}

func TestCommandsAreCopiedWithIDsOnly(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := start(t, webextest.Demo(), "mallory@acme.example", 120, 40)
		for range 30 {
			d.press("j", "ctrl+y")
			if !strings.HasPrefix(d.clip, "wxauth revoke Y2lz") || strings.ContainsAny(d.clip, "\x1b\n\u202e()\"`") || !strings.Contains(d.clip, " --user Y2lz") {
				t.Fatalf("%q", d.clip)
			}
		}
		d.press("*", "ctrl+y")
		if n := strings.Count(d.clip, "Y2lz"); n != 21 { // all of hers, and her own id
			t.Errorf("%d ids in %q", n, d.clip)
		}
		d.ask()
		d.press("ctrl+y")
		if !strings.HasPrefix(d.clip, "wxauth revoke ") {
			t.Error(d.clip)
		}
		d.press("esc", "X")
		d.wait(dialog.Quiet)
		d.press("ctrl+y")
		if !strings.HasPrefix(d.clip, "wxauth offboard Y2lz") || d.deletes() != 0 {
			t.Error(d.clip)
		}
	})
}

func TestExportWritesWhatTheFilterShows(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var got []string
		d := start(t, webextest.Demo(), webextest.DemoPerson, 120, 40, func(o *Options, _ *[]webex.Option) {
			o.Export = func(what, format string, rows any) (string, error) {
				b, err := json.Marshal(rows)
				got = append(got, what+" "+format+" "+string(b))
				return "/home/ada/x." + format, err
			}
		})
		d.press("/", "text:meeting", "enter", "e")
		d.see("3 rows")
		d.wait(dialog.Quiet)
		d.press("c")
		d.wait(time.Second)
		d.see("3 rows in /home/ada/x.csv")
		if len(got) != 1 || strings.Count(got[0], `"applicationName":"Meeting Sync"`) != 3 || !strings.HasPrefix(got[0], "authorizations csv ") {
			t.Errorf("%q", got)
		}
		d.press("4", "e")
		d.see("nothing to export")
	})
	bubble(t, func(t *testing.T) {
		d := start(t, webextest.Demo(), webextest.DemoPerson, 120, 40)
		d.press("e")
		d.see("The demo writes no files.")
		d = start(t, webextest.Demo(), webextest.DemoPerson, 120, 40, func(o *Options, _ *[]webex.Option) {
			o.Export = func(string, string, any) (string, error) { return "", errors.New("the disk is full") }
		})
		d.press("e")
		d.wait(dialog.Quiet)
		d.press("j")
		d.wait(time.Second)
		d.see("Not exported. The disk is full")
	})
}

// manyAttempts is a record of n attempts.
type manyAttempts struct {
	n   int
	bad bool
}

func (a manyAttempts) Records(_ context.Context, n int) ([]app.Record, int, error) {
	var out []app.Record
	for i := max(a.n-n, 0); i < a.n; i++ {
		seq := int64(i + 1)
		r := app.Record{
			Seq: seq, Time: time.Date(1999, 12, 1, 0, 0, i, 0, time.UTC), Actor: "ada.admin@acme.example", Action: app.ActionRevoke,
			Person: webex.Untrusted(fmt.Sprintf("user%d@acme.example", i/2)), Row: webex.Authorization{ID: "id", ClientID: "C1", ApplicationName: "Meeting Sync", Type: "refresh"},
		}
		if i%2 == 1 {
			r.Intent, r.Outcome = seq-1, app.Revoked
		}
		out = append(out, r)
	}
	return out, a.n, nil
}

func (a manyAttempts) Check(context.Context) (string, bool, error) {
	if a.bad {
		return "the log was changed: line 3 looks edited", false, nil
	}
	return "", false, errors.New("the store is locked")
}

func TestTheAuditView(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := start(t, webextest.Demo(), webextest.DemoPerson, 120, 40, func(o *Options, _ *[]webex.Option) { o.Audit = manyAttempts{20_001, true} })
		d.press("4")
		// The newest records are loaded. The last of them is an intent without an outcome.
		d.see("2,501 rows", "1 open", "the newest 5,000 of 20,001 entries", "user10000@acme.example")
		d.press("/", "text:user9999@", "enter")
		d.see("user9999@acme.example", "revoked, gone", "/ user9999@")
		d.press("y")
		if d.clip != "id" {
			t.Error(d.clip)
		}
		d.press("Y")
		if !strings.Contains(d.clip, `"outcome": "revoked"`) {
			t.Error(d.clip)
		}
		d.press("enter")
		d.see("entry 19999 before sending, entry 20000", "ada.admin@acme.example")
		d.press("esc", "esc", "t")
		d.wait(time.Second)
		d.see("the log was changed: line 3 looks edited")
		d.press("tab", "tab")
		d.see("[1 Authorizations]")
	})
	bubble(t, func(t *testing.T) {
		d := start(t, webextest.Demo(), webextest.DemoPerson, 80, 24, func(o *Options, _ *[]webex.Option) { o.Audit = manyAttempts{4, false} })
		d.press("4", "t")
		d.wait(time.Second)
		d.see("not checked: The store is locked", "2 rows")
	})
}

// withALongLine is a record of which a line was left out.
type withALongLine struct{ manyAttempts }

func (a withALongLine) Records(ctx context.Context, n int) ([]app.Record, int, error) {
	records, all, _ := a.manyAttempts.Records(ctx, n)
	return records, all, errors.New("the audit log was changed: line 3 is longer than 1 MiB")
}

func TestARecordWithALineLeftOutSaysSo(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := start(t, webextest.Demo(), webextest.DemoPerson, 120, 40, func(o *Options, _ *[]webex.Option) { o.Audit = withALongLine{manyAttempts{4, false}} })
		d.press("4")
		d.wait(time.Second)
		d.see("2 rows", "line 3 is longer than 1 MiB")
		d.press("down")
		d.see("line 3 is longer than 1 MiB")
	})
}

// brokenRecord is a service whose record cannot be written, and that finds what an
// earlier run left open.
type brokenRecord struct {
	*app.Service
	err  error
	open []app.Record
}

func (b *brokenRecord) Prepare(ctx context.Context) error {
	if b.err != nil {
		return b.err
	}
	return b.Service.Prepare(ctx)
}

func (b *brokenRecord) Settle(context.Context) ([]app.Record, error) { return b.open, nil }

func TestARecordThatCannotBeWrittenIsToldBeforeTheQuestion(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := start(t, webextest.Demo(), webextest.DemoPerson, 120, 40, func(o *Options, _ *[]webex.Option) {
			o.Service = &brokenRecord{err: errors.New("the audit log cannot be used: the disk is full")}
		})
		d.wait(100 * time.Millisecond)
		for _, k := range []string{"x", "X"} {
			d.press(k)
			d.wait(dialog.Quiet)
			d.see("Nothing was sent. The audit log cannot be used: the disk is full")
			d.dontSee("To confirm", "Cancel ]")
		}
	})
}

// keyless is an account on a machine without a keyring.
type keyless struct {
	Account
	used string
	svc  *brokenRecord
}

func (k *keyless) NeedsKey(err error) bool { return errors.Is(err, store.ErrNoKey) }

func (k *keyless) UseKey(source string, _ webex.Secret) error {
	k.used, k.svc.err = source, nil
	return nil
}

func TestWithoutAKeyringTheKeySourceIsAskedOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		svc := &brokenRecord{err: fmt.Errorf("open store: %w", store.ErrNoKey)}
		account := &keyless{svc: svc}
		d := start(t, webextest.Demo(), webextest.DemoPerson, 120, 40, func(o *Options, _ *[]webex.Option) { o.Service, o.Account = svc, account })
		d.wait(100 * time.Millisecond)
		d.goTo("Meeting Sync")
		d.press("x")
		d.wait(dialog.Quiet)
		d.see("no keyring", "f: key file")
		d.press("m")
		d.wait(dialog.Quiet)
		d.see("Revoke Meeting Sync for Jane Doe", "in memory only")
		d.press("y")
		d.wait(2 * time.Second)
		if account.used != "memory" || d.deletes() != 1 {
			t.Errorf("used %q, %d DELETEs", account.used, d.deletes())
		}
	})
}

func TestWhatAnEarlierRunLeftOpenIsTold(t *testing.T) {
	bubble(t, func(t *testing.T) {
		open := []app.Record{{Seq: 12, Person: "tom@acme.example", Row: webex.Authorization{ApplicationName: "Room Finder", Type: "refresh"}}}
		d := start(t, webextest.Demo(), webextest.DemoPerson, 120, 40, func(o *Options, _ *[]webex.Option) { o.Service = &brokenRecord{open: open} })
		d.see("An earlier run was interrupted", "Room Finder", "tom@acme")
	})
}

// A reload leaves the cursor on its attempt, and takes back what was said of the log
// before.
func TestTheAuditCursorStaysOnItsAttempt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		log := &manyAttempts{20, true}
		d := start(t, webextest.Demo(), webextest.DemoPerson, 120, 40, func(o *Options, _ *[]webex.Option) { o.Audit = log })
		d.press("4", "j", "j", "t")
		d.wait(time.Second)
		before := d.lineWith("before sending")
		d.see("the log was changed")
		log.n = 40
		d.press("r")
		d.wait(time.Second)
		entries := func(line string) string { return line[strings.Index(line, "before sending"):] }
		if after := d.lineWith("before sending"); entries(after) != entries(before) {
			t.Errorf("the cursor moved from %q to %q", before, after)
		}
		d.dontSee("the log was changed")
	})
}

// A notice waits until no question is open: a key meant for one must not reach another.
func TestANoticeWaitsForTheQuestion(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := start(t, webextest.Demo(), webextest.DemoPerson, 120, 40)
		d.goTo("Meeting Sync")
		d.ask()
		d.send(openIntentsMsg{[]app.Record{{Seq: 1, Person: "tom@acme.example", Row: webex.Authorization{ApplicationName: "Room Finder", ID: "x"}}}})
		d.dontSee("interrupted")
		d.press("esc", "y")
		d.see("An earlier run was interrupted")
		if d.deletes() != 0 {
			t.Error("a request was sent")
		}
	})
}

// overlapping is a record of two revokes of which the first took longer.
type overlapping struct{ manyAttempts }

func (overlapping) Records(context.Context, int) ([]app.Record, int, error) {
	at := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	r := func(seq, intent int64, name string, o app.Outcome, after time.Duration) app.Record {
		return app.Record{Seq: seq, Intent: intent, Person: "jane@acme.example", Outcome: o, Time: at.Add(after), Row: webex.Authorization{ApplicationName: webex.Untrusted(name), Type: "refresh"}}
	}
	return []app.Record{
		r(1, 0, "Slow App", "", 0), r(2, 0, "Quick App", "", time.Second),
		r(3, 2, "Quick App", app.Revoked, 2*time.Second), r(4, 1, "Slow App", app.Revoked, 4*time.Second),
	}, 4, nil
}

// The newest of the record is on top by the time that its row shows.
func TestTheAuditIsInTheOrderOfItsTimes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := start(t, webextest.Demo(), webextest.DemoPerson, 120, 40, func(o *Options, _ *[]webex.Option) { o.Audit = overlapping{} })
		d.press("4")
		d.wait(100 * time.Millisecond)
		if s := d.screen(); strings.Index(s, "Slow App") > strings.Index(s, "Quick App") {
			t.Errorf("the last attempt is not at the top:\n%s", s)
		}
	})
}
