package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// Only a valid list proves that a token is gone.

func TestAListThatLacksEverythingProvesNothing(t *testing.T) {
	lost := webextest.Fault{Method: "DELETE", Status: 500}
	empty := webextest.Fault{Method: "GET", Path: "/authorizations?", Skip: 1, Status: 200, Body: `{"items":[]}`}
	for name, faults := range map[string][]webextest.Fault{
		"others are missing, too": {lost, empty},
		"rows without ids":        {lost, {Method: "GET", Path: "/authorizations?", Skip: 1, Status: 200, Body: `{"items":[null,{}]}`}},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			p := w.plan(w.portal)
			for _, f := range faults {
				if f.Method == "GET" {
					f.Skip = 0
				}
				w.sim.AddFault(f)
			}
			if res := w.revoke(p); res.Items[0].Outcome != app.Unknown {
				t.Errorf("%s: %s", name, res.Items[0].Outcome)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		one := w.sim.AddPerson(webextest.Person{Name: "One", Email: "one@acme.example"})
		id := w.sim.GrantAccess(one, w.sim.AddApp("A"), time.Now())
		l, err := w.svc.List(t.Context(), webex.ByEmail("one@acme.example"))
		if err != nil {
			t.Fatal(err)
		}
		p, err := w.svc.NewPlan(t.Context(), l, []webex.AuthorizationID{webex.AuthorizationID(id)}, app.PlanOptions{})
		if err != nil {
			t.Fatal(err)
		}
		w.sim.AddFault(lost)
		empty.Skip = 0
		w.sim.AddFault(empty)
		w.sim.AddFault(webextest.Fault{Path: "/people?", Status: 200, Body: `{"items":[]}`})
		if res, _ := w.svc.Revoke(t.Context(), p, nil); res.Items[0].Outcome != app.Unknown {
			t.Errorf("the person vanished: %s", res.Items[0].Outcome)
		}
	})
}

func (w *world) addRow(id, personID, client string) {
	w.sim.AddRaw(w.jane, id, fmt.Sprintf(`{"id":%q,"personId":%q,"clientId":%q,"type":"access","applicationName":"Odd","created":"2000-01-01T00:00:00Z"}`, id, personID, client))
}

func TestARowOfAnotherPersonCannotBeRevokedUnderThisName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.addRow("BobsToken", "BOB", "C1")
		// With an address alone the owner of the list is unknown; with an id it is
		// known.
		for _, who := range []webex.Person{webex.ByEmail(janeEmail), webex.ByID(webex.PersonID(w.jane.ID))} {
			l, err := w.svc.List(t.Context(), who)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.svc.NewPlan(t.Context(), l, []webex.AuthorizationID{"BobsToken"}, app.PlanOptions{}); !errors.Is(err, app.ErrNotRevocable) {
				t.Errorf("%s: %v", who, err)
			}
		}
	})
}

// S-68: a list that contains only another person's rows is not the list of the
// requested person. An id in another encoding identifies the same person, whether
// that is someone else or the person signed in.
func TestWhoseRowsTheyAreIsComparedWithWhoWasNamed(t *testing.T) {
	rewrite := func(w *world, change func(row)) {
		w.sim.AddFault(webextest.Fault{Path: "/authorizations?", Rewrite: func(body []byte) []byte {
			out, _ := json.Marshal(map[string]any{"items": each(itemsOf(body), change)})
			return out
		}})
	}
	for _, who := range []string{"address", "id"} {
		w := newWorld(t)
		person := webex.ByEmail(janeEmail)
		if who == "id" {
			person = webex.ByID(webex.PersonID(w.jane.ID))
		}
		rewrite(w, encodedOtherwise)
		l, err := w.svc.List(t.Context(), person)
		if err != nil || l.Rows[0].CannotRevoke() != "" || l.Rows[0].Email != janeEmail {
			t.Errorf("encoded otherwise, by %s: %q, %v", who, l.Rows[0].CannotRevoke(), err)
		}
		w.sim.ClearFaults()
		rewrite(w, func(r row) { r["personId"] = "BOB" })
		l, err = w.svc.List(t.Context(), person)
		if err != nil || string(l.Person.ID) != w.jane.ID {
			t.Fatalf("by %s: %q, %v", who, l.Person.ID, err)
		}
		for _, r := range l.Rows {
			if r.CannotRevoke() == "" || r.Email != "" {
				t.Errorf("by %s: %s of %q can be revoked", who, r.ID, r.Email)
			}
		}
	}
	w := newWorld(t)
	ada, _ := w.sim.Person("ada.admin@acme.example")
	mine := w.sim.GrantAccess(ada, w.sim.AddApp("Mine"), time.Now())
	rewrite(w, func(r row) {
		id := r["id"]
		encodedOtherwise(r)
		r["id"] = id
	})
	l, err := w.svc.List(t.Context(), webex.ByID(webex.PersonID(ada.ID)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.svc.NewPlan(t.Context(), l, []webex.AuthorizationID{webex.AuthorizationID(mine)}, app.PlanOptions{}); !errors.Is(err, app.ErrSelf) {
		t.Errorf("our own token, encoded otherwise: %v", err)
	}
}

func TestAnIDThatTwoRowsShareCannotBeRevoked(t *testing.T) {
	w := newWorld(t)
	w.addRow("Twice", w.jane.ID, "C1")
	w.addRow("Twice", w.jane.ID, "C2")
	if _, err := w.tryPlan(app.PlanOptions{}, "Twice"); !errors.Is(err, app.ErrNotRevocable) {
		t.Error(err)
	}
}

func TestWhoNobodyKnowsMayBeUs(t *testing.T) {
	w := newWorld(t)
	w.svc = w.service(w.sim.AdminToken(), app.Options{})
	w.sim.AddFault(webextest.Fault{Path: "/people/me", Status: 200, Body: `{}`})
	if _, err := w.tryPlan(app.PlanOptions{}, w.portal); !errors.Is(err, app.ErrSelf) {
		t.Errorf("an own person without a name: %v", err)
	}
	w.sim.ClearFaults()
	ada, _ := w.sim.Person("ada.admin@acme.example")
	alias := w.sim.AddPerson(webextest.Person{Name: "Alias", Email: "alias@acme.example"})
	w.sim.AddRaw(alias, "Mine", fmt.Sprintf(`{"id":"Mine","personId":%q,"clientId":"C1","type":"refresh"}`, ada.ID))
	w.sim.AddFault(webextest.Fault{Path: "/people?", Status: 403}) // otherwise the alias is resolved
	l, err := w.svc.List(t.Context(), webex.ByEmail("alias@acme.example"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.svc.NewPlan(t.Context(), l, []webex.AuthorizationID{"Mine"}, app.PlanOptions{}); !errors.Is(err, app.ErrSelf) {
		t.Errorf("our own row under another address: %v", err)
	}
}

func TestATypedConfirmationIsNeverEmpty(t *testing.T) {
	w := newWorld(t)
	w.sim.AddFault(webextest.Fault{Path: "/people/" + w.jane.ID, Status: 200, Body: `{}`})
	who := webex.ByID(webex.PersonID(w.jane.ID))
	l, err := w.svc.List(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	var ids []webex.AuthorizationID
	for _, r := range l.Rows {
		ids = append(ids, r.ID)
	}
	p, err := w.svc.NewPlan(t.Context(), l, ids, app.PlanOptions{})
	if err != nil || p.Confirmation().Text == "" {
		t.Errorf("%q, %v", p.Confirmation().Text, err)
	}
}

func TestASlowAnswerAboutOurselvesHoldsNoListUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.sim.AddFault(webextest.Fault{Path: "/people/me", Delay: 20 * time.Second})
		go func() { _, _ = w.svc.Session(t.Context()) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		if _, err := w.svc.List(ctx, webex.ByEmail(janeEmail)); err != nil || time.Since(start) > time.Second {
			t.Errorf("%v after %s", err, time.Since(start))
		}
		time.Sleep(30 * time.Second)
	})
}

func TestFreshnessGoesByTheWallClock(t *testing.T) {
	now := time.Now()
	for age, want := range map[time.Duration]bool{0: true, time.Minute: true, 61 * time.Second: false, 8 * time.Hour: false, -time.Hour: false} {
		// Round(0) strips the monotonic reading, which is wrong after a sleep.
		if got := app.Fresh(now.Round(0).Add(-age), now); got != want {
			t.Errorf("%s old: %v", age, got)
		}
	}
}

// Processing a hostile list takes time linear in its length.
func TestAListOfOneAppIsLinear(t *testing.T) {
	items := strings.Builder{}
	base := time.Now().Add(-1000 * time.Hour)
	for i := range 60_000 {
		fmt.Fprintf(&items, `{"id":"i%d","type":"refresh","clientId":"C","personId":"P","created":%q},`, i, base.Add(time.Duration(i)*time.Second).UTC().Format(time.RFC3339))
	}
	w := newWorld(t)
	w.sim.AddFault(webextest.Fault{Path: "/authorizations?", Status: 200, Body: `{"items":[` + items.String() + `{"id":"a","type":"access","clientId":"C","personId":"P","created":"2000-01-01T00:00:00Z"}]}`})
	start := time.Now()
	l, err := w.svc.List(t.Context(), webex.ByEmail(janeEmail))
	if err != nil || len(l.Rows) != 60_001 {
		t.Fatalf("%d rows, %v", len(l.Rows), err)
	}
	if took := time.Since(start); took > 20*time.Second { // it took minutes once; this is not a benchmark
		t.Errorf("took %s", took)
	}
}

// The time left computed from newestTokens equals that computed from all rows.
func TestWitnessesAreEnough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		l, err := w.svc.List(t.Context(), webex.ByEmail(janeEmail))
		if err != nil {
			t.Fatal(err)
		}
		var all []webex.Authorization
		for _, r := range l.Rows {
			all = append(all, r.Authorization)
		}
		for _, r := range l.Rows {
			if want := webex.Left(r.Authorization, all, webex.Policy{}, time.Now()); r.Left != want {
				t.Errorf("%s: %+v, among all rows %+v", r.ApplicationName, r.Left, want)
			}
		}
	})
}

func TestEverythingCountsWhatEndsAndNotOnlyWhatIsNamed(t *testing.T) {
	w := newWorld(t)
	if p := w.plan(w.sync[0], w.bridge1[0], w.bridge2[0], w.portal); !p.Everything || p.Confirmation().Text != janeEmail {
		t.Errorf("all refresh tokens and the lone access token end everything: %v, %q", p.Everything, p.Confirmation().Text)
	}
	if p := w.plan(w.sync[0], w.bridge1[0], w.portal); p.Everything {
		t.Error("one refresh token is left")
	}
}

func TestWhatEndsMustBeWhatWasShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		p := w.plan(w.sync[0])
		time.Sleep(61 * time.Second)
		w.sim.Renew(w.sync[0])
		if _, err := w.svc.Revoke(t.Context(), p, nil); !errors.Is(err, app.ErrListChanged) || len(w.deletes()) != 0 {
			t.Errorf("%v, %d DELETEs", err, len(w.deletes()))
		}
	})
}

func TestANameThatIsNotUTF8HidesNoList(t *testing.T) {
	w := newWorld(t)
	w.sim.AddRaw(w.jane, "Odd", "{\"id\":\"Odd\",\"applicationName\":\"bad \xff\\ud800 name\"}")
	l, err := w.svc.List(t.Context(), webex.ByEmail(janeEmail))
	if err != nil || len(l.Rows) != 9 {
		t.Errorf("%d rows, %v", len(l.Rows), err)
	}
}
