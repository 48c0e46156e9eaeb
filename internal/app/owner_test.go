package app_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// If another person logs in to the profile after a plan was made, during a revoke,
// or before a list, nothing is sent with their token, and the audit log names the
// person who was signed in.
func TestAnotherPersonsLoginIsNotUsed(t *testing.T) {
	for _, when := range []string{"before the revoke", "in the middle"} {
		synctest.Test(t, func(t *testing.T) {
			w := newAccountWorld(t)
			ada := w.mustLogIn().Tokens.Owner
			jane := w.sim.AddPerson(webextest.Person{Name: "Jane", Email: "jane@acme.example"})
			for range 20 {
				w.sim.GrantAccess(jane, w.sim.AddApp("App"), time.Now().Add(-time.Hour))
			}
			eve := w.sim.AddPerson(webextest.Person{Name: "Eve", Email: "eve@other.example", OrgID: w.sim.AddOrg("Other"), Roles: []string{"id_full_admin"}})
			rec := &app.MemoryRecorder{}
			svc := app.New(webex.New(w.account.For(ada), w.opts.Client...), rec, app.Options{})
			l, err := svc.List(t.Context(), webex.ByEmail("jane@acme.example"))
			if err != nil {
				t.Fatal(err)
			}
			plan, err := svc.NewPlan(t.Context(), l, idsOf(l), app.PlanOptions{})
			if err != nil {
				t.Fatal(err)
			}
			evesLogin := func() {
				w.sim.SignIn(eve.Email)
				if _, err := app.NewAccount(w.vault, w.opts).LogIn(t.Context(), pasting(w)); err != nil {
					t.Error(err)
				}
			}
			var res app.Result
			if when == "before the revoke" {
				evesLogin()
				res, err = svc.Revoke(t.Context(), plan, nil)
			} else {
				answer := make(chan struct{})
				w.sim.AddFault(webextest.Fault{Method: "DELETE", Until: answer})
				done := make(chan struct{})
				go func() { res, err = svc.Revoke(t.Context(), plan, nil); close(done) }()
				synctest.Wait()
				evesLogin()
				close(answer)
				<-done
			}
			if err != nil && !errors.Is(err, app.ErrLoginChanged) {
				t.Fatal(err)
			}
			for _, d := range w.sim.Deletes() {
				if d.Person == eve.Email {
					t.Errorf("%s: %s was sent with Eve's token", when, d.Path)
				}
			}
			c := res.Counts()
			if n := len(w.sim.Deletes()); when == "before the revoke" && n > 0 || n > webex.PoolSize || c[app.NotSent] != 20-n {
				t.Errorf("%s: %d DELETEs, %v", when, n, c)
			}
			if !errors.Is(res.Stopped, app.ErrLoginChanged) {
				t.Errorf("%s: stopped by %v", when, res.Stopped)
			}
			records, _, err := rec.Records(t.Context(), 1000)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range records {
				if string(r.Actor) != string(ada.Email) {
					t.Errorf("%s: the record names %s", when, r.Actor)
				}
			}
			if _, err := svc.List(t.Context(), webex.ByEmail("jane@acme.example")); !errors.Is(err, app.ErrLoginChanged) {
				t.Errorf("%s: a list: %v", when, err)
			}
			// A service with Eve's login rejects the plan that Ada confirmed.
			before := len(w.sim.Deletes())
			eves := app.New(webex.New(app.NewAccount(w.vault, w.opts), w.opts.Client...), rec, app.Options{})
			if _, err := eves.Revoke(t.Context(), plan, nil); !errors.Is(err, app.ErrLoginChanged) || len(w.sim.Deletes()) > before {
				t.Errorf("%s: Ada's plan with Eve's login: %v", when, err)
			}
		})
	}
}

func idsOf(l app.Listing) (ids []webex.AuthorizationID) {
	for _, r := range l.Rows {
		ids = append(ids, r.ID)
	}
	return ids
}

// pasting is a login in which the user accepts and pastes the redirect address.
func pasting(w *accountWorld) app.LoginOptions {
	pasted := make(chan string, 1)
	return app.LoginOptions{Pasted: pasted, Progress: func(p app.LoginProgress) {
		if p.Stage == app.LoginWaiting {
			pasted <- w.consent(p.URL)
		}
	}}
}

// If Webex does not report the owner of a login, its tokens identify it.
func TestAnotherLoginWhoseOwnerIsUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newAccountWorld(t)
		jane := w.sim.AddPerson(webextest.Person{Name: "Jane", Email: "jane@acme.example"})
		w.sim.GrantAccess(jane, w.sim.AddApp("App"), time.Now().Add(-time.Hour))
		eve := w.sim.AddPerson(webextest.Person{Name: "Eve", Email: "eve@other.example", OrgID: w.sim.AddOrg("Other"), Roles: []string{"id_full_admin"}})
		w.sim.AddFault(webextest.Fault{Path: "/people/me", Status: http.StatusForbidden})
		tokens := w.account.For(w.mustLogIn().Tokens.Owner)
		svc := app.New(webex.New(tokens, w.opts.Client...), &app.MemoryRecorder{}, app.Options{})
		l, err := svc.List(t.Context(), webex.ByEmail("jane@acme.example"))
		if err != nil {
			t.Fatal(err)
		}
		p, err := svc.NewPlan(t.Context(), l, idsOf(l), app.PlanOptions{IncludeSelf: true})
		if err != nil {
			t.Fatal(err)
		}
		// A refreshed login is still the same login.
		if _, _, err := w.account.Refresh(t.Context(), app.Login{}); err != nil {
			t.Fatal(err)
		}
		if _, err := tokens.Token(t.Context()); err != nil {
			t.Errorf("after a refresh: %v", err)
		}
		w.sim.SignIn(eve.Email)
		if _, err := app.NewAccount(w.vault, w.opts).LogIn(t.Context(), pasting(w)); err != nil {
			t.Fatal(err)
		}
		if res, err := svc.Revoke(t.Context(), p, nil); !errors.Is(err, app.ErrLoginChanged) && !errors.Is(res.Stopped, app.ErrLoginChanged) {
			t.Errorf("%v, %v", err, res.Stopped)
		}
		for _, d := range w.sim.Deletes() {
			t.Errorf("DELETE %s with the token of %s", d.Path, d.Person)
		}
	})
}

// A request about one login does not affect another person's login that was saved in
// the meantime.
func TestALoginThatChangedIsNotTouched(t *testing.T) {
	w := newAccountWorld(t)
	eve := w.sim.AddPerson(webextest.Person{Name: "Eve", Email: "eve@other.example", OrgID: w.sim.AddOrg("Other"), Roles: []string{"id_full_admin"}})
	was := w.mustLogIn().Login
	w.sim.SignIn(eve.Email)
	if _, err := app.NewAccount(w.vault, w.opts).LogIn(t.Context(), pasting(w)); err != nil {
		t.Fatal(err)
	}
	before := len(w.sim.Requests())
	_, _, refresh := w.account.Refresh(t.Context(), was)
	_, test := w.account.Test(t.Context(), was)
	_, forget := w.account.Forget(t.Context(), was)
	for what, err := range map[string]error{"refresh": refresh, "test": test, "forget": forget} {
		if !errors.Is(err, app.ErrLoginChanged) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if n := len(w.sim.Requests()); n != before {
		t.Errorf("%d requests", n-before)
	}
	if l, err := w.account.Login(t.Context()); err != nil || l.Tokens.Owner.Email != "eve@other.example" {
		t.Errorf("%s, %v", l.Tokens.Owner.Email, err)
	}
}

// A sweep stops when another person logs in, and it is not saved as finished.
func TestASweepStopsWhenTheLoginChanges(t *testing.T) {
	w := newAccountWorld(t)
	eve := w.sim.AddPerson(webextest.Person{Name: "Eve", Email: "eve@other.example", OrgID: w.sim.AddOrg("Other"), Roles: []string{"id_full_admin"}})
	for i := range 60 {
		w.sim.AddPerson(webextest.Person{Name: "User", Email: fmt.Sprintf("user%d@acme.example", i)})
	}
	owner := w.mustLogIn().Tokens.Owner
	svc := app.New(webex.New(w.account.For(owner), w.opts.Client...), &app.MemoryRecorder{}, app.Options{})
	hold := make(chan struct{})
	w.sim.AddFault(webextest.Fault{Path: "/authorizations", Skip: 48, Until: hold})
	var once sync.Once
	vault := memoryVault()
	res, err := app.NewInventories(svc, vault).Sweep(t.Context(), ours(), func(p app.SweepProgress) {
		if p.Done < 48 {
			return
		}
		once.Do(func() {
			w.sim.SignIn(eve.Email)
			if _, err := app.NewAccount(w.vault, w.opts).LogIn(t.Context(), pasting(w)); err != nil {
				t.Error(err)
			}
			close(hold)
		})
	})
	if !errors.Is(err, app.ErrLoginChanged) && !errors.Is(res.Stopped, app.ErrLoginChanged) {
		t.Errorf("%v, %v", err, res.Stopped)
	}
	if _, err := app.NewInventories(svc, vault).Latest(t.Context(), acme); !errors.Is(err, app.ErrNoInventory) {
		t.Errorf("it was saved as a sweep: %v", err)
	}
}

// Once our own refresh token is revoked, no list can be read. An access token of
// another login of ours, whose refresh token is still valid, is not reported as
// gone.
func TestAnotherLoginOfOursOutlivesThisOne(t *testing.T) {
	for _, all := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			w := newAccountWorld(t)
			owner := w.mustLogIn().Tokens.Owner
			time.Sleep(time.Hour)
			other := *w
			other.vault = &vault{Memory: store.NewMemory()}
			other.account = app.NewAccount(other.vault, other.opts)
			other.mustLogIn()
			client := w.opts.Credentials.ClientID
			svc := app.New(webex.New(w.account.For(owner), w.opts.Client...), &app.MemoryRecorder{}, app.Options{OwnClient: client})
			l, err := svc.List(t.Context(), webex.Me)
			if err != nil {
				t.Fatal(err)
			}
			var ids []webex.AuthorizationID
			var oldest webex.Authorization
			for _, r := range l.Rows {
				if r.ClientID != client {
					continue
				}
				ids = append(ids, r.ID)
				if r.Type == webex.TypeRefresh && (oldest.ID == "" || r.Created.Before(oldest.Created)) {
					oldest = r.Authorization
				}
			}
			if !all {
				ids = []webex.AuthorizationID{oldest.ID}
			}
			p, err := svc.NewPlan(t.Context(), l, ids, app.PlanOptions{IncludeSelf: true})
			if err != nil {
				t.Fatal(err)
			}
			res, err := svc.Revoke(t.Context(), p, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range res.Items {
				if i.Outcome.Gone() && w.sim.Exists(string(i.ID)) {
					t.Errorf("all %v: a %s token is reported as %s, but still exists", all, i.Type, i.Outcome)
				}
			}
		})
	}
}

// The tokens of an app are revoked together: each outcome is expected once, not once
// per sibling.
func TestEachOutcomeIsExpectedOnce(t *testing.T) {
	w := newWorld(t)
	jane := w.sim.AddPerson(webextest.Person{Name: "Jane", Email: "jane2@acme.example"})
	puller := w.sim.AddApp("CSV Puller")
	const tokens = 50
	for i := range tokens {
		granted := time.Now().Add(-time.Duration(i) * time.Hour)
		w.sim.Grant(jane, puller, granted, granted)
	}
	svc := w.service(w.sim.AdminToken(), app.Options{})
	l, err := svc.List(t.Context(), webex.ByEmail("jane2@acme.example"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := svc.NewBatch(t.Context(), []app.Listing{l}, app.Selection{Everything: true}, app.PlanOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(b.Expected()); n > 4*tokens+2 {
		t.Errorf("%d records for %d tokens", n, 2*tokens)
	}
}

// aliasIs returns the owner of an address, with an id, from the second lookup on.
type aliasIs struct {
	app.API
	id    webex.PersonID
	asked int
}

func (a *aliasIs) People(context.Context, webex.PeopleQuery) iter.Seq2[webex.PersonDetails, error] {
	return func(yield func(webex.PersonDetails, error) bool) {
		if a.asked++; a.asked == 1 {
			yield(webex.PersonDetails{}, errors.New("not now"))
			return
		}
		yield(webex.PersonDetails{ID: a.id}, nil)
	}
}

func TestAnAliasOfOursInAnotherEncoding(t *testing.T) {
	w := newWorld(t)
	ada := w.sim.AddPerson(webextest.Person{Name: "Ada Alias", Email: "ada@acme.example", Aliases: []string{"a.alias@acme.example"}, Roles: []string{"id_full_admin"}})
	ours := w.sim.AddApp("wxauth")
	token := w.sim.IssueToken(ada, webextest.App{}, nil)
	w.sim.AddRaw(ada, "RAWA", fmt.Sprintf(`{"id":"RAWA","applicationName":"wxauth","clientId":%q,"type":"access","created":"2026-11-20T00:00:00Z"}`, ours.ClientID))
	for _, id := range []webex.PersonID{webex.PersonID(ada.ID), webex.PersonID(webex.PersonID(ada.ID).UUID())} {
		api := &aliasIs{API: webex.New(webex.StaticToken(webex.NewSecret(token)), webex.WithTransport(w.sim.Transport())), id: id}
		svc := app.New(api, w.rec, app.Options{OwnClient: webex.ClientID(ours.ClientID)})
		l, err := svc.List(t.Context(), webex.ByEmail("a.alias@acme.example"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := svc.NewPlan(t.Context(), l, []webex.AuthorizationID{"RAWA"}, app.PlanOptions{}); !errors.Is(err, app.ErrSelf) {
			t.Errorf("%s: wxauth's own session is not protected: %v", id, err)
		}
	}
}
