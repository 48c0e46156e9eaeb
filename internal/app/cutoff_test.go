package app_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/audit"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// If Webex may not have received the DELETE, a list that lacks the token and also
// tokens that were not revoked proves nothing.
func TestAListThatLacksTooMuchProvesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		p := w.plan(w.portal)
		w.sim.AddFault(webextest.Fault{Method: "DELETE", Kind: webextest.DropBefore})
		w.sim.AddFault(webextest.Fault{Method: "GET", Path: "/authorizations?", Status: 200, Body: `{"items":[{"id":"` + w.bridge1[0] + `","type":"refresh","clientId":"C","personId":"` + w.jane.ID + `"}]}`})
		res := w.revoke(p)
		if got := res.Items[0].Outcome; got != app.Unknown {
			t.Errorf("reported as %s", got)
		}
		if !w.sim.Exists(w.portal) {
			t.Error("the token was revoked")
		}
	})
}

func TestAppsWithoutAClientIDAreToldApartByName(t *testing.T) {
	w := newWorld(t)
	nora := w.sim.AddPerson(webextest.Person{Name: "Nora", Email: "nora@acme.example"})
	for _, name := range []string{"Meeting Sync", "Minutes & Notes"} {
		w.sim.AddRaw(nora, "id-"+name[:2], `{"id":"id-`+name[:2]+`","applicationName":"`+name+`","clientId":"","type":"refresh","personId":"`+nora.ID+`"}`)
	}
	l, err := w.svc.List(t.Context(), webex.ByEmail(nora.Email))
	if err != nil || len(l.Rows) != 2 {
		t.Fatalf("%d rows, %v", len(l.Rows), err)
	}
	b, err := w.svc.NewBatch(t.Context(), []app.Listing{l}, app.Selection{App: "meeting sync"}, app.PlanOptions{})
	if err != nil || len(b.Plans[0].Items) != 1 || b.Plans[0].Items[0].ApplicationName != "Meeting Sync" {
		t.Errorf("%+v, %v", b.Plans, err)
	}
}

// After cancellation while requests hang, all known outcomes are recorded and the
// report includes everyone.
func TestGivingUpLeavesACompleteRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		svc, log := logged(t, w.sim)
		people := leavers(w.sim, 10)
		listings, _ := svc.ListAll(t.Context(), people, nil)
		b, err := svc.NewBatch(t.Context(), listings, app.Selection{Everything: true}, app.PlanOptions{})
		if err != nil {
			t.Fatal(err)
		}
		w.sim.AddFault(webextest.Fault{Method: "DELETE", Delay: time.Hour})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		res, err := svc.RevokeAll(ctx, b, nil)
		if err != nil || res.RecordErr != nil {
			t.Fatal(err, res.RecordErr)
		}
		if r, err := log.Verify(t.Context(), audit.Head{}); err != nil || r.Problem != nil || r.Beyond != 0 {
			t.Errorf("%+v, %v", r, err)
		}
		if open, err := log.Settle(t.Context()); err != nil || len(open) != 0 {
			t.Errorf("%d open, %v", len(open), err)
		}
		report := res.Report()
		rows := 0
		for _, p := range report.People {
			rows += len(p.Rows)
		}
		if len(report.People) != 10 || rows != 120 || report.CutOff {
			t.Errorf("%d people, %d rows, cut off: %v", len(report.People), rows, report.CutOff)
		}
	})
}

// full is a recorder whose disk is full after some entries.
type full struct {
	app.MemoryRecorder
	room int
}

func (f *full) Outcome(ctx context.Context, r app.Record) (int64, error) {
	if f.room--; f.room < 0 {
		return 0, errors.New("the disk is full")
	}
	return f.MemoryRecorder.Outcome(ctx, r)
}

func TestAnIncompleteRecordIsToldAndTheReportIsWhole(t *testing.T) {
	w := newWorld(t)
	rec := &full{room: 3}
	svc := app.New(webex.New(webex.StaticToken(webex.NewSecret(w.sim.AdminToken())), webex.WithTransport(w.sim.Transport())), rec, app.Options{})
	res := offboard(t.Context(), t, svc, []webex.Person{webex.ByEmail(janeEmail)})
	if res.RecordErr == nil || !strings.Contains(res.RecordErr.Error(), "disk is full") {
		t.Errorf("%v", res.RecordErr)
	}
	if report := res.Report(); len(report.People) != 1 || len(report.People[0].Rows) != 8 || report.Summary() != "Gone: 8 tokens." {
		t.Errorf("%+v", report.Summary())
	}
}

// The report of a killed run says that it is incomplete. The newest run is the one
// that began last.
func TestAReportOfACutOffRunSaysSo(t *testing.T) {
	at := time.Date(2026, 11, 21, 14, 0, 0, 0, time.UTC)
	row := webex.Authorization{ID: "1", ClientID: "C", ApplicationName: "Meeting Sync", Type: "refresh"}
	rec := func(seq int64, run string, r app.Record) app.Record {
		r.Seq, r.Run, r.Action, r.Time = seq, run, app.ActionOffboard, at.Add(time.Duration(seq)*time.Second)
		return r
	}
	records := []app.Record{
		rec(1, "a", app.Record{Error: "held: 1000 tokens of 500 apps"}), rec(2, "a", app.Record{Person: "jane", Row: row}), // the process was killed here
		rec(3, "b", app.Record{}), rec(4, "b", app.Record{Person: "tom", Outcome: app.Nothing}), rec(5, "b", app.Record{Intent: 3, Outcome: app.Done}),
		rec(6, "a", app.Record{Intent: 1, Outcome: app.Unknown, Error: app.ErrorCutOff}),
		rec(7, "a", app.Record{Person: "jane", Row: row, Intent: 2, Outcome: app.Unknown, Error: app.ErrorCutOff}),
	}
	last := newestRun(records, "")
	if len(last) == 0 || last[0].Run != "b" {
		t.Fatalf("%v", last)
	}
	if of := newestRun(records, "Jane "); len(of) != 4 || of[0].Run != "a" {
		t.Errorf("Jane's: %v", of)
	}
	if of := newestRun(records, "tom"); len(of) != 0 { // there was no token of Tom's to revoke
		t.Errorf("Tom's: %v", of)
	}
	if r := app.NewRunReport(last, "", true); r.CutOff || r.Summary() != "No app held a token." {
		t.Errorf("%v, %s", r.CutOff, r.Summary())
	}
	var a []app.Record
	for _, r := range records {
		if r.Run == "a" {
			a = append(a, r)
		}
	}
	r := app.NewRunReport(a, "", true)
	if !r.CutOff || !strings.Contains(r.Summary(), "Interrupted. 0 of 1,000 tokens gone. 999 never sent. 1 unknown") || !r.Finished.Equal(at.Add(2*time.Second)) {
		t.Errorf("%+v: %s", r, r.Summary())
	}
	if !strings.Contains(r.Markdown(), "1,000 tokens of 500 apps") {
		t.Error(r.Markdown())
	}
	if !strings.Contains(r.Markdown(), "tokens not listed here were not attempted") {
		t.Error(r.Markdown())
	}
}

// newestRun returns the records of the run that began last.
func newestRun(records []app.Record, person string) (run []app.Record) {
	finder := app.NewRunFinder(person)
	for _, r := range records {
		finder.Take(r)
	}
	for _, r := range records {
		if r.Run == finder.Run() && r.Run != "" {
			run = append(run, r)
		}
	}
	return run
}
