package app_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// vault is an in-memory store whose writes can fail.
type vault struct {
	*store.Memory
	mu   sync.Mutex
	fail error
}

func (v *vault) SetIntegrationTokens(ctx context.Context, c webex.ClientID, t webex.Tokens) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.fail != nil {
		return v.fail
	}
	return v.Memory.SetIntegrationTokens(ctx, c, t)
}

type accountWorld struct {
	t       *testing.T
	sim     *webextest.Simulator
	vault   *vault
	account *app.Account
	opts    app.AccountOptions
}

func newAccountWorld(t *testing.T) *accountWorld {
	t.Helper()
	w := &accountWorld{t: t, sim: webextest.New(), vault: &vault{Memory: store.NewMemory()}}
	i := w.sim.AddIntegration(webextest.Integration{App: webextest.App{Name: "wxauth"}, RedirectURIs: []string{"https://x.example/cb"}})
	w.opts = app.AccountOptions{
		Profile: "default", Scopes: webex.DefaultScopes, Client: []webex.Option{webex.WithTransport(w.sim.Transport()), webex.WithBaseURL("http://127.0.0.1/v1")},
		Credentials: webex.Credentials{ClientID: webex.ClientID(i.ClientID), ClientSecret: webex.NewSecret(i.Secret), RedirectURI: "https://x.example/cb"},
	}
	w.account = app.NewAccount(w.vault, w.opts)
	return w
}

func (w *accountWorld) consent(address string) string {
	w.t.Helper()
	to, err := w.sim.Consent(w.t.Context(), address, true)
	if err != nil {
		w.t.Fatal(err)
	}
	return to
}

func (w *accountWorld) logIn(paste func(landing string) []string) (app.LoggedIn, error) {
	pasted := make(chan string, 16)
	return w.account.LogIn(w.t.Context(), app.LoginOptions{Pasted: pasted, Progress: func(p app.LoginProgress) {
		if p.Stage == app.LoginWaiting {
			for _, text := range paste(w.consent(p.URL)) {
				pasted <- text
			}
		}
	}})
}

func whole(landing string) []string { return []string{landing} }

func (w *accountWorld) mustLogIn() app.LoggedIn {
	w.t.Helper()
	in, err := w.logIn(whole)
	if err != nil {
		w.t.Fatal(err)
	}
	return in
}

// A login whose tokens cannot be saved fails and leaves the previous one in place.
func TestALoginThatCannotBeStoredIsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newAccountWorld(t)
		before := w.mustLogIn()
		w.vault.fail = errors.New("disk full")
		if _, err := w.logIn(whole); err == nil || !strings.Contains(err.Error(), "saving them failed") {
			t.Errorf("browser: %v", err)
		}
		if _, err := w.account.AdoptRefreshToken(t.Context(), before.Tokens.Refresh); err == nil {
			t.Error("a refresh token: no error")
		}
		if _, err := w.account.AdoptAccessToken(t.Context(), webex.NewSecret(w.sim.AdminToken())); err == nil {
			t.Error("an access token: no error")
		}
		w.vault.fail = nil
		again := app.NewAccount(w.vault, w.opts) // like another process
		if l, err := again.Login(t.Context()); err != nil || !l.Tokens.Access.Equal(before.Tokens.Access) {
			t.Errorf("the previous login is gone: %v", err)
		}
	})
}

// Forget waits for a running refresh, which would otherwise save the tokens again.
func TestForgettingWaitsForARefresh(t *testing.T) {
	w := newAccountWorld(t)
	w.mustLogIn()
	posts := func() (n int) {
		for _, r := range w.sim.Requests() {
			if r.Path == "/access_token" {
				n++
			}
		}
		return n
	}
	before, answer := posts(), make(chan struct{})
	w.sim.AddFault(webextest.Fault{Path: "/access_token", Until: answer})
	other := app.NewAccount(w.vault, w.opts)
	done, forgotten := make(chan error, 1), make(chan error, 1)
	go func() { _, _, err := other.Refresh(t.Context(), app.Login{}); done <- err }()
	trial.Until(t, "the refresh", func() bool { return posts() > before })
	go func() { _, err := w.account.Forget(t.Context(), app.Login{}); forgotten <- err }()
	close(answer)
	if err := <-forgotten; err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, err := app.NewAccount(w.vault, w.opts).Login(t.Context()); !errors.Is(err, webex.ErrNotLoggedIn) {
		t.Errorf("the login was restored: %v", err)
	}
}

// Pastes after the end of a login are ignored, and a redirect address without its
// scheme is not taken for an access token.
func TestPastes(t *testing.T) {
	for _, paste := range []func(string) []string{
		whole,
		func(l string) []string { return []string{strings.TrimPrefix(l, "https://")} },
		func(l string) []string { _, q, _ := strings.Cut(l, "?"); return []string{q} },
		func(l string) []string {
			return []string{strings.Repeat("a1", 32), "hello", "https://x.example/", l, l, "more", "and more"}
		},
	} {
		w := newAccountWorld(t)
		if in, err := w.logIn(paste); err != nil || in.Personal() || in.Tokens.Owner.Email != "ada.admin@acme.example" {
			t.Errorf("%v", err)
		}
	}
	w := newAccountWorld(t)
	in, err := w.logIn(func(string) []string { return []string{"Bearer " + w.sim.AdminToken()} })
	if err != nil || !in.Personal() || in.AccessLeft().Basis != webex.BasisExact {
		t.Errorf("%+v, %v", in.Login, err)
	}
}

// A logout during a revoke does not prove that the token was revoked.
func TestALogoutInBetweenIsNoProof(t *testing.T) {
	w := newAccountWorld(t)
	in := w.mustLogIn()
	svc := app.New(webex.New(w.account, w.opts.Client...), &app.MemoryRecorder{}, app.Options{OwnClient: in.Client})
	l, err := svc.List(t.Context(), webex.Me)
	if err != nil {
		t.Fatal(err)
	}
	var ids []webex.AuthorizationID
	for _, r := range l.Rows {
		if r.Own {
			ids = append(ids, r.ID)
		}
	}
	p, err := svc.NewPlan(t.Context(), l, ids, app.PlanOptions{IncludeSelf: true})
	if err != nil {
		t.Fatal(err)
	}
	// Webex accepts the DELETE without effect, and the login is removed from the
	// store.
	w.sim.AddFault(webextest.Fault{Method: "DELETE", Status: 204, Body: " "})
	res, err := svc.Revoke(t.Context(), p, func(step app.Progress) {
		if step.Stage == app.StageLooking {
			if _, err := w.account.Forget(t.Context(), app.Login{}); err != nil {
				t.Error(err)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if c := res.Counts(); c[app.Revoked]+c[app.Cascaded] > 0 {
		t.Errorf("%v", c)
	}
}

func TestOurOwnSessionEndsLastAndProvably(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newAccountWorld(t)
		for range 3 {
			w.mustLogIn()
			time.Sleep(1100 * time.Millisecond) // the created field has whole seconds
		}
		in := w.mustLogIn()
		svc := app.New(webex.New(w.account, w.opts.Client...), &app.MemoryRecorder{}, app.Options{OwnClient: in.Client})
		l, err := svc.List(t.Context(), webex.Me)
		if err != nil {
			t.Fatal(err)
		}
		ids := make([]webex.AuthorizationID, len(l.Rows))
		for i, r := range l.Rows {
			ids[i] = r.ID
		}
		p, err := svc.NewPlan(t.Context(), l, ids, app.PlanOptions{IncludeSelf: true})
		if err != nil {
			t.Fatal(err)
		}
		res, err := svc.Revoke(t.Context(), p, nil)
		if err != nil {
			t.Fatal(err)
		}
		if c := res.Counts(); c[app.Revoked] != 4 || c[app.Cascaded] != 4 || res.Stopped != nil {
			t.Errorf("%v, %v", c, res.Stopped)
		}
		if left := w.sim.Authorizations("ada.admin@acme.example"); len(left) != 0 {
			t.Errorf("%d left", len(left))
		}
	})
}

// Webex lets only the app that created a token of the person signed in revoke it.
// The plan says so, and the error does not blame the role.
func TestATokenOfOurOwnThatAnotherAppMade(t *testing.T) {
	w := newAccountWorld(t)
	in := w.mustLogIn()
	me, _ := w.sim.Person("ada.admin@acme.example")
	theirs := w.sim.Grant(me, w.sim.AddApp("Meeting Sync"), time.Now().Add(-time.Hour))
	svc := app.New(webex.New(w.account, w.opts.Client...), &app.MemoryRecorder{}, app.Options{OwnClient: in.Client})
	l, err := svc.List(t.Context(), webex.Me)
	if err != nil {
		t.Fatal(err)
	}
	p, err := svc.NewPlan(t.Context(), l, []webex.AuthorizationID{webex.AuthorizationID(theirs[0])}, app.PlanOptions{})
	if err != nil || !p.Items[0].OwnersApp {
		t.Fatalf("%+v, %v", p.Items, err)
	}
	res, err := svc.Revoke(t.Context(), p, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := res.Items[0]
	if got.Outcome != app.Failed || !strings.Contains(fmt.Sprint(got.Err), app.OwnTokensPage) || strings.Contains(fmt.Sprint(got.Err), "read-only admin") {
		t.Errorf("%s: %v", got.Outcome, got.Err)
	}
}

// A first login that could not be saved works in the process that made it.
func TestALoginThatIsOnlyInMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newAccountWorld(t)
		w.vault.fail = errors.New("disk full")
		if _, err := w.logIn(whole); err == nil {
			t.Fatal("no error")
		}
		w.vault.fail = nil
		l, err := w.account.Valid(t.Context(), 0)
		if err != nil || l.Tokens.Access.IsZero() {
			t.Fatalf("%+v, %v", l, err)
		}
		if _, err := w.vault.IntegrationTokens(t.Context(), w.opts.Credentials.ClientID); err != nil {
			t.Errorf("it was not written later: %v", err)
		}
	})
}

// A read-only profile never requests the scope for revoking, however the scopes are
// chosen.
func TestAReadOnlyProfileAsksForNothingMore(t *testing.T) {
	w := newAccountWorld(t)
	w.opts.ReadOnly = true
	a := app.NewAccount(w.vault, w.opts)
	for _, chosen := range [][]string{nil, webex.DefaultScopes, {"identity:tokens_write", "spark:people_read"}} {
		if got := a.AskFor(chosen); webex.HasScope(got, "identity:tokens_write") || len(got) == 0 {
			t.Errorf("%v: %v", chosen, got)
		}
	}
}
