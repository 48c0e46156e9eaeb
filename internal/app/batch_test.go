package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/audit"
	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// leavers adds n people with six apps each; each app has a refresh and an access
// token.
func leavers(sim *webextest.Simulator, n int) []webex.Person {
	var apps []webextest.App
	for i := range 6 {
		apps = append(apps, sim.AddApp(fmt.Sprint("App ", i)))
	}
	var people []webex.Person
	for i := range n {
		p := sim.AddPerson(webextest.Person{Name: fmt.Sprint("Leaver ", i), Email: fmt.Sprintf("leaver%02d@acme.example", i)})
		for _, a := range apps {
			sim.Grant(p, a, time.Now().Add(-24*time.Hour), time.Now().Add(-time.Hour))
		}
		people = append(people, webex.ByEmail(p.Email))
	}
	return people
}

// offboard lists and revokes everything of people, and returns the result.
func offboard(ctx context.Context, t testing.TB, svc *app.Service, people []webex.Person) app.BatchResult {
	t.Helper()
	listings, errs := svc.ListAll(ctx, people, nil)
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	b, err := svc.NewBatch(ctx, listings, app.Selection{Everything: true}, app.PlanOptions{})
	if err != nil {
		t.Fatal(err)
	}
	b.Several = len(people) > 1
	res, err := svc.RevokeAll(ctx, b, nil)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// Fifty people with twelve tokens each, at 50 ms per request, take at most 1.2 times
// the minimum for eight concurrent requests.
func TestFiftyLeaversTakeWhatThePoolAllows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, webextest.WithLatency(50*time.Millisecond))
		people := leavers(w.sim, 50)
		before, start := len(w.sim.Requests()), time.Now()
		res := offboard(t.Context(), t, w.svc, people)
		took, calls := time.Since(start), len(w.sim.Requests())-before
		if c := res.Counts(); c[app.Revoked] != 300 || c[app.Cascaded] != 300 || len(res.Items()) != 600 {
			t.Fatalf("%v", c)
		}
		floor := time.Duration(calls) * 50 * time.Millisecond / 8
		t.Logf("%d calls in %s: %.2f of the floor", calls, took, float64(took)/float64(floor))
		if took > floor*12/10 {
			t.Errorf("took %s, floor %s", took, floor)
		}
	})
}

// With a 429 every forty calls, all tokens are still revoked, and each rejected
// DELETE is sent again.
func TestFiftyLeaversSurviveARateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, webextest.WithLatency(50*time.Millisecond))
		people := leavers(w.sim, 50)
		for k := 1; k <= 25; k++ {
			w.sim.AddFault(webextest.Fault{Skip: 40 * k, Times: 1, Status: 429, RetryAfter: "1"})
		}
		res := offboard(t.Context(), t, w.svc, people)
		if c := res.Counts(); c[app.Revoked]+c[app.AlreadyGone] != 300 || c[app.Cascaded] != 300 {
			t.Errorf("%v", c)
		}
		refused := 0
		for _, r := range w.sim.Requests() {
			if r.Status == 429 {
				refused++
			}
		}
		if refused < 10 {
			t.Errorf("%d were refused: the rate limit had no effect", refused)
		}
		for _, p := range people {
			if n := len(w.sim.Authorizations(p.Email())); n != 0 {
				t.Errorf("%s still holds %d", p, n)
			}
		}
	})
}

// A 401 in the middle stops the batch. The rest is not sent, and every token is in
// the result.
func TestARefusedTokenStopsABatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, webextest.WithLatency(50*time.Millisecond))
		people := leavers(w.sim, 10)
		listings, _ := w.svc.ListAll(t.Context(), people, nil)
		b, err := w.svc.NewBatch(t.Context(), listings, app.Selection{Everything: true}, app.PlanOptions{})
		if err != nil {
			t.Fatal(err)
		}
		w.sim.AddFault(webextest.Fault{Method: "DELETE", Skip: 20, Status: 401})
		res, err := w.svc.RevokeAll(t.Context(), b, nil)
		if err != nil {
			t.Fatal(err)
		}
		c := res.Counts()
		if c[app.NotSent] == 0 || !errors.Is(res.Stopped, webex.ErrNotLoggedIn) || len(w.deletes()) > 20+8 {
			t.Errorf("%v, %d DELETEs, stopped by %v", c, len(w.deletes()), res.Stopped)
		}
		if len(res.Items()) != 120 {
			t.Errorf("%d of 120 are named", len(res.Items()))
		}
	})
}

// Ctrl-C stops new requests, finishes those in flight, and reports what was done.
func TestCancellingABatchSaysWhatWasDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, webextest.WithLatency(50*time.Millisecond))
		people := leavers(w.sim, 50)
		listings, _ := w.svc.ListAll(t.Context(), people, nil)
		b, err := w.svc.NewBatch(t.Context(), listings, app.Selection{Everything: true}, app.PlanOptions{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeoutCause(t.Context(), 700*time.Millisecond, errors.New("ctrl-c"))
		defer cancel()
		res, err := w.svc.RevokeAll(ctx, b, nil)
		if err != nil {
			t.Fatal(err)
		}
		c := res.Counts()
		if c[app.Revoked] == 0 || c[app.NotSent] == 0 || c[app.Unknown]+c[app.Failed] != 0 || res.Stopped == nil {
			t.Errorf("%v, %v", c, res.Stopped)
		}
		for _, i := range res.Items() {
			if gone := !w.sim.Exists(string(i.ID)); gone != i.Outcome.Gone() {
				t.Errorf("%s is reported as %s, gone: %v", i.ID, i.Outcome, gone)
			}
		}
	})
}

func TestSelectionsPickWhatTheySay(t *testing.T) {
	w := newWorld(t)
	l, err := w.svc.List(t.Context(), webex.ByEmail(janeEmail))
	if err != nil {
		t.Fatal(err)
	}
	client := string(l.Rows[0].ClientID)
	for _, c := range []struct {
		sel  app.Selection
		want int
		err  error
	}{
		{sel: app.Selection{App: "Meeting Sync"}, want: 3},
		{sel: app.Selection{App: " meeting SYNC "}, want: 3},
		{sel: app.Selection{App: client}, want: 3},
		{sel: app.Selection{App: "Ticket Bridge", Type: webex.TypeAccess}, want: 2},
		{sel: app.Selection{OlderThan: 20 * 24 * time.Hour}, want: 2},
		{sel: app.Selection{NewerThan: 20 * 24 * time.Hour, Type: webex.TypeRefresh}, want: 1},
		{sel: app.Selection{Everything: true}, want: 8},
		{sel: app.Selection{App: "Meeting"}, err: app.ErrNoMatch},
		{sel: app.Selection{OlderThan: 999 * 24 * time.Hour}, err: app.ErrNoMatch},
	} {
		b, err := w.svc.NewBatch(t.Context(), []app.Listing{l}, c.sel, app.PlanOptions{})
		if !errors.Is(err, c.err) {
			t.Errorf("%+v: %v", c.sel, err)
		}
		if err == nil && len(b.Plans[0].Items) != c.want {
			t.Errorf("%+v: %d rows, want %d", c.sel, len(b.Plans[0].Items), c.want)
		}
	}
}

// A grant that appears while everything else is being revoked is reported.
func TestWhatAppearsWhileOffboardingIsNamed(t *testing.T) {
	w := newWorld(t)
	fresh := ""
	var once sync.Once
	listings, _ := w.svc.ListAll(t.Context(), []webex.Person{webex.ByEmail(janeEmail)}, nil)
	b, err := w.svc.NewBatch(t.Context(), listings, app.Selection{Everything: true}, app.PlanOptions{})
	if err != nil {
		t.Fatal(err)
	}
	res, err := w.svc.RevokeAll(t.Context(), b, func(p app.Progress) {
		if p.Stage == app.StageSending { // called from several goroutines
			once.Do(func() { fresh = w.sim.Grant(w.jane, w.sim.AddApp("CallNotes AI"), time.Now())[0] })
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	items := res.Items()
	i := slices.IndexFunc(items, func(i app.ItemResult) bool { return string(i.ID) == fresh })
	if i < 0 || items[i].Outcome != app.NotSent || !strings.Contains(items[i].Err.Error(), "granted while") {
		t.Errorf("%+v", items)
	}
}

// logged returns a service that records to an audit log in files.
func logged(tb testing.TB, sim *webextest.Simulator, opts ...webex.Option) (*app.Service, *audit.Log) {
	tb.Helper()
	dir := tb.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		tb.Fatal(err)
	}
	b, err := store.Open(filepath.Join(dir, "store.db"), store.Keyfile(filepath.Join(dir, "key")))
	if err != nil {
		tb.Fatal(err)
	}
	log := audit.New(filepath.Join(dir, "audit.jsonl"), b.Profile("-audit"))
	opts = append([]webex.Option{webex.WithTransport(sim.Transport())}, opts...)
	return app.New(webex.New(webex.StaticToken(webex.NewSecret(sim.AdminToken())), opts...), app.NewLogRecorder(log), app.Options{}), log
}

// A report created from the log equals the one from the run.
func TestTheLogMakesTheReportAgain(t *testing.T) {
	w := newWorld(t)
	svc, log := logged(t, w.sim)
	w.sim.AddFault(webextest.Fault{Method: "DELETE", Path: w.portal, Status: 403})
	people := append(leavers(w.sim, 3), webex.ByEmail(janeEmail))
	nobody := w.sim.AddPerson(webextest.Person{Name: "Nora", Email: "nora@acme.example"})
	res := offboard(t.Context(), t, svc, append(people, webex.ByEmail(nobody.Email)))
	var records []app.Record
	for e, err := range log.Entries(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, app.RecordOf(e))
	}
	run := newestRun(records, "")
	now, again := res.Report(), app.NewRunReport(run, log.Head().String(), true)
	if a, b := now.Markdown(), again.Markdown(); a != b {
		t.Errorf("from the run:\n%s\nfrom the log:\n%s", a, b)
	}
	a, _ := json.Marshal(now.JSON())
	b, _ := json.Marshal(again.JSON())
	if string(a) != string(b) {
		t.Errorf("%s\n%s", a, b)
	}
	for _, want := range []string{"1 failed", "leaver00@acme.example", "No app held a token.", "Security > Reset access", "Parts of Webex may accept a revoked token for a short while"} {
		if !strings.Contains(now.Markdown(), want) {
			t.Errorf("the report lacks %q:\n%s", want, now.Markdown())
		}
	}
	if r, err := log.Verify(t.Context(), audit.Head{}); err != nil || r.Problem != nil || r.Beyond != 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

// Hostile names cannot inject cells, lines or tags into a report.
func TestReportsSurviveHostileNames(t *testing.T) {
	names := []string{
		"a | b | gone", "<script>alert(1)</script>", "x\n## done\n", "](http://evil.example)", "`code`", "\x1b]0;t\x07", "\u202egpj", "# head", "![i](x)", "**bold**",
	}
	var records []app.Record
	for i, n := range names {
		records = append(records, app.Record{
			Seq: int64(i + 1), Time: time.Unix(0, 0), Action: app.ActionOffboard, Person: webex.Untrusted("p" + n), Outcome: app.Failed, Error: n,
			Row: webex.Authorization{ApplicationName: webex.Untrusted(n), ClientID: webex.ClientID(n), ID: webex.AuthorizationID(n), Type: webex.Type(n)},
		})
	}
	r := app.NewRunReport(records, "", true)
	text := r.Markdown()
	if n := strings.Count(text, "\n## "); n != len(names)+2 { // notes and appendix, too
		t.Errorf("%d headings, want %d", n, len(names)+2)
	}
	for _, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "| ") {
			if n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|"); n != 7 {
				t.Errorf("%d bars in %q", n, line)
			}
		}
	}
	page := r.HTML()
	for _, never := range []string{"<script", "\x1b", "\u202e"} {
		if strings.Contains(page, never) || strings.Contains(text, "\x1b") {
			t.Errorf("the page holds %q", never)
		}
	}
}

// BenchmarkOffboardFifty offboards fifty people with twelve tokens each at 50 ms per
// request, in real time and with the log on disk. x/floor is relative to the minimum
// for eight concurrent requests.
func BenchmarkOffboardFifty(b *testing.B) {
	var took, floor time.Duration
	for b.Loop() {
		sim := webextest.New(webextest.WithLatency(50 * time.Millisecond))
		svc, _ := logged(b, sim)
		people := leavers(sim, 50)
		before, start := len(sim.Requests()), time.Now()
		offboard(b.Context(), b, svc, people)
		took += time.Since(start)
		floor += time.Duration(len(sim.Requests())-before) * 50 * time.Millisecond / 8
	}
	b.ReportMetric(float64(took)/float64(floor), "x/floor")
}

// BenchmarkRevokeTwoHundred revokes 200 apps of one person at 50 ms per request with
// the log on disk. x/floor is relative to (200/8 + 2) × 50 ms.
func BenchmarkRevokeTwoHundred(b *testing.B) {
	var took time.Duration
	n := 0
	for b.Loop() {
		sim := webextest.New(webextest.WithLatency(50 * time.Millisecond))
		svc, _ := logged(b, sim)
		p := sim.AddPerson(webextest.Person{Name: "Jane", Email: janeEmail})
		for i := range 200 {
			sim.Grant(p, sim.AddApp(fmt.Sprint("App ", i)), time.Now().Add(-time.Hour))
		}
		l, err := svc.List(b.Context(), webex.ByEmail(janeEmail))
		if err != nil {
			b.Fatal(err)
		}
		batch, err := svc.NewBatch(b.Context(), []app.Listing{l}, app.Selection{Type: webex.TypeRefresh}, app.PlanOptions{})
		if err != nil {
			b.Fatal(err)
		}
		start := time.Now()
		if _, err := svc.RevokeAll(b.Context(), batch, nil); err != nil {
			b.Fatal(err)
		}
		took += time.Since(start)
		n++
	}
	b.ReportMetric(float64(took)/float64(n)/float64((200/8+2)*50*time.Millisecond), "x/floor")
}

// wxauth's own session is revoked last, also among several people: nothing can be
// sent after it.
func TestOurOwnSessionGoesLastOfAll(t *testing.T) {
	w := newWorld(t)
	ada, _ := w.sim.Person("ada.admin@acme.example")
	own := w.sim.Grant(ada, w.sim.AddApp("Our own"), time.Now())[0]
	people := append([]webex.Person{webex.Me}, leavers(w.sim, 5)...)
	listings, errs := w.svc.ListAll(t.Context(), people, nil)
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	b, err := w.svc.NewBatch(t.Context(), listings, app.Selection{Everything: true}, app.PlanOptions{IncludeSelf: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.svc.RevokeAll(t.Context(), b, nil); err != nil {
		t.Fatal(err)
	}
	sent := w.deletes()
	if len(sent) != 31 || !strings.Contains(sent[len(sent)-1], own) {
		t.Errorf("%d DELETEs, the last is %s, want %s", len(sent), sent[len(sent)-1], own)
	}
}

// A grant made between the plan and a late response is reported, too, even though
// the list was reloaded before anything was sent.
func TestWhatWasGrantedBeforeALateAnswerIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		listings, _ := w.svc.ListAll(t.Context(), []webex.Person{webex.ByEmail(janeEmail)}, nil)
		b, err := w.svc.NewBatch(t.Context(), listings, app.Selection{Everything: true}, app.PlanOptions{})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(30 * time.Second)
		fresh := w.sim.Grant(w.jane, w.sim.AddApp("CallNotes AI"), time.Now())[0]
		time.Sleep(40 * time.Second)
		res, err := w.svc.RevokeAll(t.Context(), b, nil)
		if err != nil {
			t.Fatal(err)
		}
		if report := res.Report().Markdown(); !strings.Contains(report, "1 not sent") || !strings.Contains(report, fresh) {
			t.Errorf("%s", report)
		}
	})
}

// S-75: the app-wide revoke of the login's own app is rejected for every
// organization, even if Webex does not say who is signed in. Other apps are allowed.
func TestTheAppWideGuardKnowsOurOwnApp(t *testing.T) {
	w := newWorld(t)
	svc := w.service(w.sim.AdminToken(), app.Options{OwnClient: "C1"})
	for _, org := range []string{"6bb44fb8-e39f-4f4a-8a3d-1e601c115a0b", "11111111-e39f-4f4a-8a3d-1e601c115a0b"} {
		id, err := webex.ParseOrgID(org)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := svc.NewAppPlan(t.Context(), "C1", id, false); !errors.Is(err, app.ErrSelf) {
			t.Errorf("%s: %v", org, err)
		}
		if _, err := svc.NewAppPlan(t.Context(), "C2", id, false); errors.Is(err, app.ErrSelf) {
			t.Errorf("another app in %s: %v", org, err)
		}
	}
}

func TestTheAppWideGuardHoldsWhenNobodyKnowsUs(t *testing.T) {
	w := newWorld(t)
	w.sim.AddFault(webextest.Fault{Path: "/people/me", Status: 403})
	if _, err := w.svc.NewAppPlan(t.Context(), "C1", webex.OrgID("Y2lzY29zcGFyazovL3VzL09SR0FOSVpBVElPTi82YmI0NGZiOC1lMzlmLTRmNGEtOGEzZC0xZTYwMWMxMTVhMGI"), false); !errors.Is(err, app.ErrSelf) {
		t.Errorf("%v", err)
	}
}
