package app_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

const janeEmail = "jane@acme.example"

// world is a simulator with Jane and her three apps, and a service.
type world struct {
	t    *testing.T
	sim  *webextest.Simulator
	svc  *app.Service
	rec  *app.MemoryRecorder
	jane webextest.Person
	// Meeting Sync: one refresh token, two access tokens.
	sync []string
	// Ticket Bridge: two refresh tokens with one access token each.
	bridge1, bridge2 []string
	// Developer Portal: a single access token.
	portal string
}

func newWorld(t *testing.T, opts ...webextest.Option) *world {
	t.Helper()
	sim := webextest.New(opts...)
	w := &world{t: t, sim: sim, rec: &app.MemoryRecorder{}}
	w.jane = sim.AddPerson(webextest.Person{Name: "Jane Doe", Email: janeEmail})
	ago := func(d time.Duration) time.Time { return time.Now().Add(-d) }
	const day = 24 * time.Hour
	w.sync = sim.Grant(w.jane, sim.AddApp("Meeting Sync"), ago(30*day), ago(day), ago(3*day))
	bridge := sim.AddApp("Ticket Bridge")
	w.bridge1 = sim.Grant(w.jane, bridge, ago(61*day), ago(9*day))
	w.bridge2 = sim.Grant(w.jane, bridge, ago(9*day), ago(day))
	w.portal = sim.GrantAccess(w.jane, sim.AddApp("Developer Portal"), ago(time.Hour))
	w.svc = w.service(sim.AdminToken(), app.Options{})
	return w
}

func (w *world) service(token string, o app.Options, opts ...webex.Option) *app.Service {
	opts = append([]webex.Option{webex.WithTransport(w.sim.Transport())}, opts...)
	return app.New(webex.New(webex.StaticToken(webex.NewSecret(token)), opts...), w.rec, o)
}

func (w *world) plan(ids ...string) app.Plan {
	w.t.Helper()
	p, err := w.tryPlan(app.PlanOptions{}, ids...)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *world) tryPlan(o app.PlanOptions, ids ...string) (app.Plan, error) {
	w.t.Helper()
	l, err := w.svc.List(w.t.Context(), webex.ByEmail(janeEmail))
	if err != nil {
		w.t.Fatal(err)
	}
	var auths []webex.AuthorizationID
	for _, id := range ids {
		auths = append(auths, webex.AuthorizationID(id))
	}
	return w.svc.NewPlan(w.t.Context(), l, auths, o)
}

func (w *world) revoke(p app.Plan) app.Result {
	w.t.Helper()
	res, err := w.svc.Revoke(w.t.Context(), p, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return res
}

// outcomes returns the outcomes by id.
func outcomes(res app.Result) map[string]app.Outcome {
	out := map[string]app.Outcome{}
	for _, i := range res.Items {
		out[string(i.ID)] = i.Outcome
	}
	return out
}

func (w *world) want(res app.Result, want map[string]app.Outcome) {
	w.t.Helper()
	if diff := cmp.Diff(want, outcomes(res)); diff != "" {
		w.t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	for _, i := range res.Items {
		if i.Outcome.Gone() && w.sim.Exists(string(i.ID)) {
			w.t.Errorf("%s is reported as %s, but still exists", i.ApplicationName, i.Outcome)
		}
		if !i.Outcome.Gone() && i.Err == nil {
			w.t.Errorf("%s is %s without a reason", i.ApplicationName, i.Outcome)
		}
	}
}

func (w *world) deletes() []string {
	var out []string
	for _, r := range w.sim.Deletes() {
		out = append(out, strings.TrimPrefix(r.Path, "/authorizations/"))
	}
	return out
}

func TestRevokingARefreshTokenShowsItsCascade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		p := w.plan(w.sync[0])
		if sure, more := p.Ends(); sure != 3 || more != 0 {
			t.Errorf("the plan revokes %d and up to %d more, want 3 and 0", sure, more)
		}
		res := w.revoke(p)
		w.want(res, map[string]app.Outcome{w.sync[0]: app.Revoked, w.sync[1]: app.Cascaded, w.sync[2]: app.Cascaded})
		if got := res.Items[0].Cascade; len(got) != 2 {
			t.Errorf("cascade = %v", got)
		}
		if got := w.deletes(); !slices.Equal(got, w.sync[:1]) {
			t.Errorf("DELETEs = %v", got)
		}
		if res.Verdict() != app.AllGone || res.Summary() != "Gone: Meeting Sync, 1 refresh token and 2 access tokens." {
			t.Errorf("%v %q", res.Verdict(), res.Summary())
		}
	})
}

func TestTwoRefreshTokensOfOneAppEndUpToTheirAccessTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		p := w.plan(w.bridge1[0])
		if sure, more := p.Ends(); sure != 1 || more != 2 || !p.Items[0].UpTo {
			t.Errorf("the plan revokes %d and up to %d more, want 1 and 2", sure, more)
		}
		res := w.revoke(p)
		// Only the reloaded list shows which access token belonged to which refresh
		// token.
		w.want(res, map[string]app.Outcome{w.bridge1[0]: app.Revoked, w.bridge1[1]: app.Cascaded})
		if p := w.plan(w.bridge2[0]); p.Items[0].UpTo {
			t.Error("revoking the last refresh token must be certain to end the rest")
		}
	})
}

func TestBothRefreshTokensOfAnAppEndAllItsAccessTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		p := w.plan(w.bridge1[0], w.bridge2[0])
		if sure, more := p.Ends(); sure != 4 || more != 0 {
			t.Errorf("the plan revokes %d and up to %d more, want 4 and 0", sure, more)
		}
		w.want(w.revoke(p), map[string]app.Outcome{
			w.bridge1[0]: app.Revoked, w.bridge2[0]: app.Revoked, w.bridge1[1]: app.Cascaded, w.bridge2[1]: app.Cascaded,
		})
	})
}

func TestRefreshTokensGoFirstAndWhatWentWithThemIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		res := w.revoke(w.plan(w.portal, w.sync[1], w.sync[0], w.sync[2]))
		w.want(res, map[string]app.Outcome{w.sync[0]: app.Revoked, w.sync[1]: app.Cascaded, w.sync[2]: app.Cascaded, w.portal: app.Revoked})
		if got := w.deletes(); !slices.Equal(got, []string{w.sync[0], w.portal}) {
			t.Errorf("DELETEs = %v", got)
		}
		if got := res.Items[0]; string(got.ID) != w.sync[0] || len(got.Cascade) != 2 {
			t.Errorf("first is %s with cascade %v", got.ID, got.Cascade)
		}
	})
}

func TestWithoutACascadeTheAccessTokensAreRevokedToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, webextest.WithSwitches(webextest.Switches{NoCascade: true}))
		w.want(w.revoke(w.plan(w.sync...)), map[string]app.Outcome{w.sync[0]: app.Revoked, w.sync[1]: app.Revoked, w.sync[2]: app.Revoked})
		if n := len(w.deletes()); n != 3 {
			t.Errorf("%d DELETEs", n)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, webextest.WithSwitches(webextest.Switches{NoCascade: true}))
		res := w.revoke(w.plan(w.sync[0]))
		// They were expected to be revoked with it, so tokens that remain are
		// reported, too.
		w.want(res, map[string]app.Outcome{w.sync[0]: app.Revoked, w.sync[1]: app.StillListed, w.sync[2]: app.StillListed})
		if len(res.Items[0].Cascade) != 0 || res.Verdict() != app.Listed {
			t.Errorf("cascade %v, verdict %v", res.Items[0].Cascade, res.Verdict())
		}
	})
}

// TestEveryAnswerBecomesItsOutcome revokes a single token with every possible
// response.
func TestEveryAnswerBecomesItsOutcome(t *testing.T) {
	type fault = webextest.Fault
	del := func(f fault) fault { f.Method = "DELETE"; return f }
	// The plan reads the list once; only later reads fail.
	noList := fault{Method: "GET", Path: "/authorizations?", Skip: 1, Status: 500}
	tests := []struct {
		name   string
		faults []fault
		before func(*world) // between plan and revoke
		want   app.Outcome
		why    string // part of the reason
		gone   bool   // the token is really gone
	}{
		{name: "accepted and gone", want: app.Revoked, gone: true},
		{name: "already revoked by someone else", before: func(w *world) { w.sim.Remove(w.portal) }, want: app.AlreadyGone, gone: true},
		{name: "rejected with 403", faults: []fault{del(fault{Status: 403})}, want: app.Failed, why: "403"},
		{name: "rejected with 400", faults: []fault{del(fault{Status: 400})}, want: app.Failed, why: "400"},
		{name: "rejected with 401", faults: []fault{del(fault{Status: 401})}, want: app.Failed, why: "401"},
		{name: "redirected", faults: []fault{del(fault{Kind: webextest.Redirect, To: "/v1/people/me"})}, want: app.Failed, why: "302"},
		{name: "dropped after it took effect", faults: []fault{del(fault{Kind: webextest.DropAfter})}, want: app.Revoked, gone: true},
		{name: "dropped once before", faults: []fault{del(fault{Kind: webextest.DropBefore, Times: 1})}, want: app.Revoked, gone: true},
		{name: "dropped always before", faults: []fault{del(fault{Kind: webextest.DropBefore})}, want: app.Failed, why: "still listed: "},
		{name: "response lost by a gateway", faults: []fault{del(fault{Kind: webextest.LostAfter, Status: 504})}, want: app.Revoked, gone: true},
		{name: "500 with effect", faults: []fault{del(fault{Kind: webextest.LostAfter, Status: 500})}, want: app.Revoked, gone: true},
		{name: "500 without effect", faults: []fault{del(fault{Status: 500})}, want: app.Failed, why: "still listed: "},
		{name: "an HTML page", faults: []fault{del(fault{Kind: webextest.HTML})}, want: app.Failed, why: "still listed: "},
		{name: "404, and yet listed", faults: []fault{del(fault{Status: 404})}, want: app.Failed, why: "still listed: "},
		{name: "accepted without effect", faults: []fault{del(fault{Status: 204})}, want: app.StillListed, why: "it may still be valid"},
		{name: "a pause longer than the maximum wait", faults: []fault{del(fault{Status: 429, RetryAfter: "90"})}, want: app.Failed, why: "until"},
		{name: "accepted, list unreadable", faults: []fault{noList}, want: app.Unknown, why: "accepted, but could not read the list", gone: true},
		{name: "dropped, list unreadable", faults: []fault{del(fault{Kind: webextest.DropAfter}), noList}, want: app.Unknown, why: "could not read the list", gone: true},
		{name: "404, list unreadable", faults: []fault{del(fault{Status: 404}), noList}, want: app.Unknown, why: "404"},
		{name: "403 is final, list unreadable", faults: []fault{del(fault{Status: 403}), noList}, want: app.Failed, why: "403"},
		{name: "the person is unknown when verifying", faults: []fault{{Method: "GET", Path: "/authorizations?", Skip: 1, Status: 404}}, want: app.Unknown, why: "404", gone: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				for _, f := range tt.faults {
					w.sim.AddFault(f)
				}
				p := w.plan(w.portal)
				if tt.before != nil {
					tt.before(w)
				}
				start := time.Now()
				res := w.revoke(p)
				w.want(res, map[string]app.Outcome{w.portal: tt.want})
				if w.sim.Exists(w.portal) == tt.gone {
					t.Errorf("really gone: %v, want %v", !tt.gone, tt.gone)
				}
				if reason := fmt.Sprint(res.Items[0].Err); !strings.Contains(reason, tt.why) {
					t.Errorf("reason = %s, want %q in it", reason, tt.why)
				}
				if took := time.Since(start); took > 150*time.Second {
					t.Errorf("took %s", took)
				}
				w.checkRecord(res)
			})
		})
	}
}

// checkRecord compares the records with the requests: every DELETE has an intent
// before it, and every intent an outcome after it.
func (w *world) checkRecord(res app.Result) {
	w.t.Helper()
	intents := map[int64]app.Record{}
	records, _, err := w.rec.Records(w.t.Context(), 1<<20)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, r := range records {
		if r.Outcome == "" {
			intents[r.Seq] = r
			continue
		}
		i, ok := intents[r.Intent]
		switch {
		case r.Intent == 0 && (r.Outcome == app.NotSent || r.Outcome == app.Cascaded || r.Outcome == app.StillListed): // nothing was sent for it
		case !ok || i.Row.ID != r.Row.ID:
			w.t.Errorf("outcome %+v has no intent", r)
		}
		delete(intents, r.Intent)
		if got := outcomes(res)[string(r.Row.ID)]; got != r.Outcome {
			w.t.Errorf("recorded %s, reported %s", r.Outcome, got)
		}
		if refused := r.Outcome == app.Failed && strings.Contains(r.Error, "403"); refused && (r.Status != 403 || r.TrackingID == "") {
			w.t.Errorf("the record lacks Webex's response: %+v", r)
		}
		if r.Actor != "ada.admin@acme.example" || r.Person == "" || r.Action != "revoke" {
			w.t.Errorf("the record lacks actor, action or person: %+v", r)
		}
	}
	if len(intents) != 0 {
		w.t.Errorf("intents without an outcome: %v", intents)
	}
}

func TestAStaleListIsReadUntilItIsTrue(t *testing.T) {
	for lists, want := range map[int]app.Outcome{1: app.Revoked, 5: app.Revoked, 6: app.StillListed, -1: app.StillListed} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			w.sim.SetStale(lists)
			start := time.Now()
			res := w.revoke(w.plan(w.portal))
			if got := res.Items[0].Outcome; got != want {
				t.Errorf("stale for %d lists: %s, want %s", lists, got, want)
			}
			if took := time.Since(start); want == app.StillListed && took != 10*time.Second {
				t.Errorf("gave up after %s, want 10 s", took)
			}
			if want == app.StillListed && res.Verdict() != app.Listed {
				t.Errorf("verdict %v", res.Verdict())
			}
		})
	}
}

func TestTheReadBackGoesOnAfterALookFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.sim.AddFault(webextest.Fault{Method: "GET", Path: "/authorizations?", Skip: 1, Times: 3, Status: 500})
		if res := w.revoke(w.plan(w.portal)); res.Items[0].Outcome != app.Revoked {
			t.Errorf("%s: %v", res.Items[0].Outcome, res.Items[0].Err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.sim.SetStale(-1)
		w.sim.AddFault(webextest.Fault{Method: "GET", Path: "/authorizations?", Skip: 3, Status: 500})
		if res := w.revoke(w.plan(w.portal)); res.Items[0].Outcome != app.StillListed {
			t.Errorf("accepted, listed early, unreadable later: %s", res.Items[0].Outcome)
		}
	})
}

func TestA403FailsThatItemOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.sim.AddFault(webextest.Fault{Method: "DELETE", Path: w.portal, Status: 403})
		res := w.revoke(w.plan(w.portal, w.sync[0], w.bridge2[0]))
		if got := outcomes(res); got[w.portal] != app.Failed || got[w.sync[0]] != app.Revoked || got[w.bridge2[0]] != app.Revoked {
			t.Errorf("%v", got)
		}
		if res.Verdict() != app.SomeGone || res.Stopped != nil {
			t.Errorf("%v, %v", res.Verdict(), res.Stopped)
		}
	})
}

// S-77.
func TestA401StopsTheBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, webextest.WithLatency(time.Second))
		many := w.many(30)
		w.sim.AddFault(webextest.Fault{Method: "DELETE", Skip: 8, Status: 401})
		res := w.revoke(w.plan(many...))
		c := res.Counts()
		if c[app.Revoked] != 8 || c[app.Failed] != 8 || c[app.NotSent] != 14 || !errors.Is(res.Stopped, webex.ErrNotLoggedIn) {
			t.Errorf("%v, stopped by %v", c, res.Stopped)
		}
		if n := len(w.deletes()); n != 16 {
			t.Errorf("%d DELETEs after a 401, want 16", n)
		}
	})
}

func TestARateLimitThatOutlastsUsStopsTheBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		many := w.many(30)
		w.sim.AddFault(webextest.Fault{Method: "DELETE", Skip: 3, Status: 429, RetryAfter: "300"})
		res := w.revoke(w.plan(many...))
		c := res.Counts()
		// The pause also delays the verification, so accepted revokes are not
		// verified.
		if c[app.NotSent] < 19 || c[app.Revoked] != 0 || !errors.Is(res.Stopped, webex.ErrRateLimited) {
			t.Errorf("%v, stopped by %v", c, res.Stopped)
		}
		if n := len(w.deletes()); n > 11 {
			t.Errorf("%d DELETEs", n)
		}
	})
}

// many adds n apps with one refresh token each for Jane.
func (w *world) many(n int) []string {
	var ids []string
	for i := range n {
		ids = append(ids, w.sim.Grant(w.jane, w.sim.AddApp(fmt.Sprint("App ", i)), time.Now().Add(-time.Hour))[0])
	}
	return ids
}

func TestTwoHundredRowsTakeThePoolAndTwoLists(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, webextest.WithLatency(50*time.Millisecond))
		p := w.plan(w.many(200)...)
		start := time.Now()
		res := w.revoke(p)
		if res.Counts()[app.Revoked] != 200 {
			t.Fatalf("%v", res.Counts())
		}
		if took, bar := time.Since(start), (200/8+2)*50*time.Millisecond; took > bar*11/10 {
			t.Errorf("took %s, bar %s", took, bar)
		}
	})
}

func TestCancellingFinishesWhatIsInFlightAndSendsNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, webextest.WithLatency(time.Second))
		p := w.plan(w.many(30)...)
		ctx, cancel := context.WithTimeoutCause(t.Context(), 1500*time.Millisecond, errors.New("ctrl-c"))
		defer cancel()
		start := time.Now()
		res, err := w.svc.Revoke(ctx, p, nil)
		if err != nil {
			t.Fatal(err)
		}
		c := res.Counts()
		if c[app.Revoked] != 16 || c[app.NotSent] != 14 || res.Stopped == nil || res.Stopped.Error() != "ctrl-c" {
			t.Errorf("%v, %v", c, res.Stopped)
		}
		if took := time.Since(start); took > 6*time.Second {
			t.Errorf("took %s", took)
		}
		w.checkRecord(res)
	})
}

func TestCancellingWhileADeleteHangsLooksWhatHappened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		p := w.plan(w.portal)
		w.sim.AddFault(webextest.Fault{Method: "DELETE", Delay: time.Hour})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		res, err := w.svc.Revoke(ctx, p, nil)
		if err != nil || time.Since(start) > 5*time.Second {
			t.Fatalf("%v after %s", err, time.Since(start))
		}
		if o := res.Items[0].Outcome; o == app.Revoked || o == app.AlreadyGone {
			t.Errorf("a hung revoke is reported as %s", o)
		}
	})
}

type refusing struct{ app.MemoryRecorder }

func (*refusing) Intent(context.Context, app.Record) (int64, error) {
	return 0, errors.New("disk full")
}

func TestARefusedIntentRefusesTheRevoke(t *testing.T) {
	w := newWorld(t)
	p := w.plan(w.sync[0], w.portal)
	svc := app.New(webex.New(webex.StaticToken(webex.NewSecret(w.sim.AdminToken())), webex.WithTransport(w.sim.Transport())), &refusing{}, app.Options{})
	res, err := svc.Revoke(t.Context(), p, nil)
	if err != nil {
		t.Fatal(err)
	}
	w.want(res, map[string]app.Outcome{w.sync[0]: app.NotSent, w.portal: app.NotSent})
	if n := len(w.deletes()); n != 0 {
		t.Errorf("%d DELETEs without a record", n)
	}
}

func TestReadOnlyRevokesNothing(t *testing.T) {
	w := newWorld(t)
	p := w.plan(w.portal)
	svc := w.service(w.sim.AdminToken(), app.Options{ReadOnly: true})
	if _, err := svc.Revoke(t.Context(), p, nil); !errors.Is(err, webex.ErrReadOnly) {
		t.Error(err)
	}
	if n := len(w.deletes()); n != 0 {
		t.Errorf("%d DELETEs", n)
	}
}

// S-80.
func TestAnOldPlanIsHeldAgainstAFreshList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		p := w.plan(w.portal, w.sync[0])
		time.Sleep(61 * time.Second)
		w.sim.Remove(w.portal)
		if _, err := w.svc.Revoke(t.Context(), p, nil); !errors.Is(err, app.ErrListChanged) {
			t.Errorf("err = %v", err)
		}
		if n := len(w.deletes()); n != 0 {
			t.Errorf("%d DELETEs from an outdated plan", n)
		}
		// S-80: the same id, but not what was shown.
		w.sim.AddRaw(w.jane, "Y2hhbmdlcw", `{"id":"Y2hhbmdlcw","type":"refresh","applicationName":"Odd","clientId":"C9","personId":"`+w.jane.ID+`"}`)
		p = w.plan("Y2hhbmdlcw")
		w.sim.Remove("Y2hhbmdlcw")
		w.sim.AddRaw(w.jane, "Y2hhbmdlcw", `{"id":"Y2hhbmdlcw","type":"refresh","applicationName":"Another","clientId":"C9","personId":"`+w.jane.ID+`"}`)
		time.Sleep(61 * time.Second)
		if _, err := w.svc.Revoke(t.Context(), p, nil); !errors.Is(err, app.ErrListChanged) || len(w.deletes()) != 0 {
			t.Errorf("a row that changed: %v, %d DELETEs", err, len(w.deletes()))
		}
		p = w.plan(w.sync[0])
		time.Sleep(61 * time.Second)
		w.want(w.revoke(p), map[string]app.Outcome{w.sync[0]: app.Revoked, w.sync[1]: app.Cascaded, w.sync[2]: app.Cascaded})
	})
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		p := w.plan(w.portal)
		time.Sleep(60 * time.Second)
		before := len(w.sim.Requests())
		w.revoke(p)
		if got := w.sim.Requests()[before]; got.Method != http.MethodDelete {
			t.Errorf("60 s must be fresh, but the first request was %s %s", got.Method, got.Path)
		}
	})
}

func TestPlansNameWhatIsWrong(t *testing.T) {
	w := newWorld(t)
	w.sim.AddRaw(w.jane, "bad/id", `{"id":"bad/id","type":"access","applicationName":"Odd"}`)
	for name, tt := range map[string]struct {
		ids []string
		o   app.PlanOptions
		is  error
	}{
		"an id that is not listed": {ids: []string{w.portal, "Y2lzY29zcGFyazo"}, is: app.ErrNotListed},
		"an invalid id":            {ids: []string{"bad/id"}, is: webex.ErrInvalidInput},
		"a blank id":               {ids: []string{""}, is: webex.ErrInvalidInput},
		"nothing":                  {is: app.ErrNothing},
		"more than allowed":        {ids: []string{w.portal, w.sync[0]}, o: app.PlanOptions{Max: 1}, is: app.ErrTooMany},
	} {
		if _, err := w.tryPlan(tt.o, tt.ids...); !errors.Is(err, tt.is) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if p := w.plan(w.portal, w.portal); len(p.Items) != 1 {
		t.Errorf("an id named twice is %d items", len(p.Items))
	}
}

// S-70.
func TestConfirmationsAreGraded(t *testing.T) {
	w := newWorld(t)
	all := slices.Concat(w.sync, w.bridge1, w.bridge2, []string{w.portal})
	if got := w.plan(all[:7]...).Confirmation(); got.Text != "" {
		t.Errorf("seven of eight rows ask for %q", got.Text)
	}
	if got := w.plan(all...).Confirmation(); got.Text != janeEmail {
		t.Errorf("everything of a person asks for %q", got.Text)
	}
	many := w.many(11)
	if got := w.plan(many[:10]...).Confirmation(); got.Text != "" {
		t.Errorf("ten rows ask for %q", got.Text)
	}
	if got := w.plan(many...).Confirmation(); got.Text != janeEmail {
		t.Errorf("eleven rows ask for %q", got.Text)
	}
}

func TestOurOwnSessionIsProtected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ada, _ := w.sim.Person("ada.admin@acme.example")
		other := w.sim.Grant(ada, w.sim.AddApp("Other"), time.Now())[0]
		ours := w.sim.AddApp("wxauth")
		mine := w.sim.Grant(ada, ours, time.Now())[0]
		token := w.sim.IssueToken(ada, ours, nil)
		plan := func(svc *app.Service, o app.PlanOptions, id string) (app.Plan, error) {
			l, err := svc.List(t.Context(), webex.Me)
			if err != nil {
				t.Fatal(err)
			}
			return svc.NewPlan(t.Context(), l, []webex.AuthorizationID{webex.AuthorizationID(id)}, o)
		}
		known := w.service(token, app.Options{OwnClient: webex.ClientID(ours.ClientID)})
		unknown := w.service(token, app.Options{})
		if _, err := plan(known, app.PlanOptions{}, mine); !errors.Is(err, app.ErrSelf) {
			t.Errorf("our own client: %v", err)
		}
		if _, err := plan(known, app.PlanOptions{}, other); err != nil {
			t.Errorf("another app of ours, our client known: %v", err)
		}
		if _, err := plan(unknown, app.PlanOptions{}, other); !errors.Is(err, app.ErrSelf) {
			t.Errorf("our client not known, so any row may be ours: %v", err)
		}
		p, err := plan(unknown, app.PlanOptions{IncludeSelf: true}, mine)
		if err != nil || !p.HasSelf() || p.Confirmation().Text != "ada.admin@acme.example" {
			t.Errorf("%v, %v, %q", err, p.HasSelf(), p.Confirmation().Text)
		}
		l, err := known.List(t.Context(), webex.Me)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range l.Rows {
			if r.Own != (r.ClientID == webex.ClientID(ours.ClientID)) {
				t.Errorf("%s: own = %v", r.ApplicationName, r.Own)
			}
		}
	})
}

// S-75: an alias address of the person signed in is protected as well, even if no
// row names its owner. If Webex cannot be asked, any address may be an alias.
func TestAnAliasOfOursIsProtected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ada := w.sim.AddPerson(webextest.Person{Name: "Ada Alias", Email: "ada@acme.example", Aliases: []string{"a.alias@acme.example"}, Roles: []string{"id_full_admin"}})
		jane := w.sim.AddPerson(webextest.Person{Name: "Jane", Email: "jane2@acme.example"})
		ours := w.sim.AddApp("wxauth")
		token := w.sim.IssueToken(ada, webextest.App{}, nil)
		for _, p := range []webextest.Person{ada, jane} {
			w.sim.AddRaw(p, "RAW"+p.Name[:1], fmt.Sprintf(`{"id":"RAW%s","applicationName":"wxauth","clientId":%q,"type":"access","created":"2026-11-20T00:00:00Z"}`, p.Name[:1], ours.ClientID))
		}
		for name, own := range map[string]webex.ClientID{"client known": webex.ClientID(ours.ClientID), "client unknown": ""} {
			svc := w.service(token, app.Options{OwnClient: own})
			plan := func(address string, id webex.AuthorizationID) error {
				l, err := svc.List(t.Context(), webex.ByEmail(address))
				if err != nil {
					t.Fatal(err)
				}
				_, err = svc.NewPlan(t.Context(), l, []webex.AuthorizationID{id}, app.PlanOptions{})
				return err
			}
			if err := plan("a.alias@acme.example", "RAWA"); !errors.Is(err, app.ErrSelf) {
				t.Errorf("%s: our alias: %v", name, err)
			}
			if err := plan("jane2@acme.example", "RAWJ"); err != nil {
				t.Errorf("%s: somebody else: %v", name, err)
			}
			w.sim.AddFault(webextest.Fault{Path: "/people", Status: http.StatusForbidden})
			if err := plan("a.alias@acme.example", "RAWA"); !errors.Is(err, app.ErrSelf) {
				t.Errorf("%s: our alias, and Webex does not say whose: %v", name, err)
			}
			w.sim.ClearFaults()
		}
	})
}

func TestOwnRowsGoLastAndOurTokensDeathIsNoProof(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ada, _ := w.sim.Person("ada.admin@acme.example")
		ours := w.sim.AddApp("wxauth")
		token := w.sim.IssueToken(ada, ours, nil)
		own := w.sim.Authorizations("ada.admin@acme.example")[0].ID
		extra := w.sim.Grant(ada, ours, time.Now())[0]
		svc := w.service(token, app.Options{OwnClient: webex.ClientID(ours.ClientID)})
		l, err := svc.List(t.Context(), webex.Me)
		if err != nil {
			t.Fatal(err)
		}
		p, err := svc.NewPlan(t.Context(), l, []webex.AuthorizationID{webex.AuthorizationID(own), webex.AuthorizationID(extra)}, app.PlanOptions{IncludeSelf: true})
		if err != nil {
			t.Fatal(err)
		}
		res, err := svc.Revoke(t.Context(), p, nil)
		if err != nil {
			t.Fatal(err)
		}
		// Revoking our own access token prevents any further verification.
		if got := outcomes(res); got[extra] != app.Revoked || got[own] != app.Unknown {
			t.Errorf("%v", got)
		}
		if got := w.deletes(); !slices.Equal(got, []string{extra, own}) {
			t.Errorf("order %v", got)
		}
	})
}

func TestProgressEndsWithEveryOutcome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		last := map[string]app.Progress{}
		p := w.plan(w.sync[0])
		res, err := w.svc.Revoke(t.Context(), p, func(s app.Progress) { last[string(s.ID)] = s })
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range res.Items {
			if s := last[string(i.ID)]; s.Stage != app.StageDone || s.Result.Outcome != i.Outcome {
				t.Errorf("%s: last step %+v", i.ID, s)
			}
		}
	})
}

func TestOurOwnRefreshTokenGoesAfterEverythingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ada, _ := w.sim.Person("ada.admin@acme.example")
		ours := w.sim.AddApp("wxauth")
		own := w.sim.Grant(ada, ours, time.Now())[0]
		other := w.sim.GrantAccess(ada, w.sim.AddApp("Other"), time.Now())
		svc := w.service(w.sim.AdminToken(), app.Options{OwnClient: webex.ClientID(ours.ClientID)})
		l, err := svc.List(t.Context(), webex.Me)
		if err != nil {
			t.Fatal(err)
		}
		p, err := svc.NewPlan(t.Context(), l, []webex.AuthorizationID{webex.AuthorizationID(own), webex.AuthorizationID(other)}, app.PlanOptions{IncludeSelf: true})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := svc.Revoke(t.Context(), p, nil); err != nil {
			t.Fatal(err)
		}
		if got := w.deletes(); !slices.Equal(got, []string{other, own}) {
			t.Errorf("order %v, want the other app's access token first", got)
		}
	})
}
