package webex_test

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// bridge is a simulator with a Service App, a customer organization that authorized
// it, and a login that can fetch its tokens.
type bridge struct {
	*world
	app  webextest.ServiceApp
	org  webex.OrgID // authorized it
	not  webex.OrgID // has not authorized it
	cred webex.ServiceAppCredentials
	mgr  *webex.Integration
}

func newBridge(t *testing.T, sw webextest.Switches, scopes ...string) *bridge {
	t.Helper()
	w := newWorld(t, sw)
	b := &bridge{world: w}
	b.app = w.sim.AddServiceApp(webextest.ServiceApp{App: webextest.App{Name: "BYOVA Bridge"}, Scopes: []string{"spark:people_read", "spark-admin:organizations_read"}})
	b.org, b.not = webex.OrgID(w.sim.AddOrg("Nordwind Logistik")), webex.OrgID(w.sim.AddOrg("Kestrel Bank"))
	w.sim.AuthorizeServiceApp(b.app, string(b.org))
	b.cred = webex.ServiceAppCredentials{ClientID: webex.ClientID(b.app.ClientID), ClientSecret: webex.NewSecret(b.app.Secret)}
	b.mgr = w.integration()
	if scopes == nil {
		scopes = append([]string{webex.ScopeApplicationsToken}, webex.DefaultScopes...)
	}
	if _, err := w.login(b.mgr, webex.AuthorizeOptions{Scopes: scopes}); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bridge) service(opts ...webex.Option) *webex.ServiceApp {
	opts = append([]webex.Option{
		webex.WithTransport(b.sim.Transport()), webex.WithBaseURL("http://127.0.0.1/v1"), webex.WithClock(func() time.Time { return *b.now }),
	}, opts...)
	return webex.NewServiceApp(b.cred, b.mgr, b.store, opts...)
}

func uuidOf(id webex.OrgID) string {
	d, _ := webex.DecodeID(id)
	return string(d.UUID)
}

func TestServiceAppRoundTrip(t *testing.T) {
	for name, sw := range map[string]webextest.Switches{
		"both": {}, "uuid only": {TargetOrg: "uuid"}, "encoded only": {TargetOrg: "encoded"},
		"rotating": {RotateRefresh: true}, "no scope in the reply": {OmitScope: true}, "self-contained": {SelfContained: true},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBridge(t, sw)
			app := b.service()
			if app.ApplicationID() != b.app.ApplicationID {
				t.Errorf("application id %s, want %s", app.ApplicationID(), b.app.ApplicationID)
			}
			if _, err := app.AccessToken(t.Context(), b.org); !errors.Is(err, webex.ErrOrgNotRegistered) {
				t.Errorf("an org that was never fetched: %v", err)
			}
			got, err := app.FetchForOrg(t.Context(), webex.OrgID(uuidOf(b.org)))
			if err != nil {
				t.Fatal(err)
			}
			if got.Refresh.IsZero() || got.Owner.OrgName != "Nordwind Logistik" || got.Owner.OrgID != b.org {
				t.Errorf("fetched %+v", got)
			}
			// The same record, whatever the encoding of the organization's id.
			again, err := app.Valid(t.Context(), b.org)
			if err != nil || !again.Access.Equal(got.Access) {
				t.Errorf("%+v, %v", again, err)
			}
			me, err := app.Client(b.org).Me(t.Context())
			if err != nil || me.OrgID != b.org {
				t.Errorf("calls as %+v, %v", me, err)
			}
			*b.now = b.now.Add(15 * 24 * time.Hour)
			fresh, err := b.service().Valid(t.Context(), b.org) // another process
			if err != nil || fresh.Access.Equal(got.Access) || fresh.Owner.OrgName != "Nordwind Logistik" {
				t.Errorf("refreshed %+v, %v", fresh, err)
			}
			list, err := app.List(t.Context())
			if err != nil || len(list) != 1 || list[0].OrgID != b.org {
				t.Errorf("%+v, %v", list, err)
			}
			if err := app.Remove(t.Context(), b.org); err != nil {
				t.Fatal(err)
			}
			if _, err := app.Stored(t.Context(), b.org); !errors.Is(err, webex.ErrOrgNotRegistered) {
				t.Error(err)
			}
		})
	}
}

// A refresh for an organization without stored tokens, or without a refresh token,
// fetches new ones.
func TestARefreshOfWhatIsNotKeptFetches(t *testing.T) {
	b := newBridge(t, webextest.Switches{})
	got, err := b.service().RefreshForOrg(t.Context(), webex.OrgID(uuidOf(b.org)))
	if err != nil || got.Access.IsZero() || got.Owner.OrgName != "Nordwind Logistik" {
		t.Fatalf("%+v, %v", got, err)
	}
	kept, err := b.service().Stored(t.Context(), b.org)
	if err != nil || !kept.Access.Equal(got.Access) {
		t.Errorf("not saved: %v", err)
	}
	kept.Refresh = webex.Secret{}
	if err := b.store.SetOrgTokens(t.Context(), b.cred.ClientID, b.org, kept); err != nil {
		t.Fatal(err)
	}
	if again, err := b.service().RefreshForOrg(t.Context(), b.org); err != nil || again.Refresh.IsZero() || again.Access.Equal(got.Access) {
		t.Errorf("without a refresh token: %v", err)
	}
	if _, err := b.service().RefreshForOrg(t.Context(), b.not); !errors.Is(err, webex.ErrOrgNotAuthorized) {
		t.Errorf("one that has not authorized it: %v", err)
	}
	alone := webex.NewServiceApp(b.cred, nil, store.NewMemory(), webex.WithTransport(b.sim.Transport()), webex.WithBaseURL("http://127.0.0.1/v1"))
	if _, err := alone.RefreshForOrg(t.Context(), b.org); !errors.Is(err, webex.ErrOrgNotRegistered) {
		t.Errorf("without a login to fetch with: %v", err)
	}
}

func TestWhatFetchingIsRefused(t *testing.T) {
	tests := []struct {
		name   string
		sw     webextest.Switches
		scopes []string
		change func(*bridge)
		fault  *webextest.Fault
		org    func(*bridge) webex.OrgID
		want   error
		says   string
		posts  int
	}{
		{name: "the org has not authorized it", org: func(b *bridge) webex.OrgID { return b.not }, want: webex.ErrOrgNotAuthorized, says: "Full Admin", posts: 1},
		{name: "the login lacks the scope", scopes: webex.DefaultScopes, want: webex.ErrForbidden, says: webex.ScopeApplicationsToken, posts: 0},
		{name: "the login lacks the scope, and nobody said so", sw: webextest.Switches{OmitScope: true}, scopes: webex.DefaultScopes, want: webex.ErrForbidden, says: webex.ScopeApplicationsToken, posts: 1},
		{name: "wrong secret", change: func(b *bridge) { b.cred.ClientSecret = webex.NewSecret("wrong") }, want: webex.ErrWrongClient, says: "Service App's client id and secret", posts: 1},
		{name: "wrong secret, as 401", sw: webextest.Switches{WrongSecretIs401: true}, change: func(b *bridge) { b.cred.ClientSecret = webex.NewSecret("wrong") }, want: webex.ErrWrongClient, says: "Service App", posts: 1},
		{name: "a client id of no Service App", change: func(b *bridge) { b.cred.ClientID = "Cffff" }, want: webex.ErrWrongClient, says: "client id", posts: 1},
		{name: "an org that does not exist, tried in both encodings", org: func(*bridge) webex.OrgID { return "1eb65fdf-9643-417f-9974-ad72cae0e10f" }, want: webex.ErrOrgUnknown, posts: 2},
		{name: "an org id that is none", org: func(*bridge) webex.OrgID { return "acme" }, want: webex.ErrInvalidInput, says: "UUID", posts: 0},
		{name: "a person's id", org: func(*bridge) webex.OrgID {
			return "Y2lzY29zcGFyazovL3VzL1BFT1BMRS9mNWIzNjE4Ny1jOGRkLTQ3MjctOGIyZi1mOWM0NDdmMjkwNDY"
		}, want: webex.ErrInvalidInput, says: "person", posts: 0},
		{name: "credentials missing", change: func(b *bridge) { b.cred = webex.ServiceAppCredentials{} }, want: webex.ErrInvalidInput, says: webex.EnvSAClientID + ", " + webex.EnvSASecret, posts: 0},
		{name: "a rate limit", fault: &webextest.Fault{Path: "/applications/", Status: 429, RetryAfter: "3600"}, want: webex.ErrRateLimited, posts: 1},
		{name: "a server's fault, tried twice", fault: &webextest.Fault{Path: "/applications/", Status: 503}, want: webex.ErrServer, posts: 2},
		{name: "a page", fault: &webextest.Fault{Path: "/applications/", Kind: webextest.HTML}, want: webex.ErrServer, says: "captive portal", posts: 1},
		{name: "no login", change: func(b *bridge) { b.mgr = nil }, want: webex.ErrNotLoggedIn, posts: 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBridge(t, tt.sw, tt.scopes...)
			if tt.change != nil {
				tt.change(b)
			}
			if tt.fault != nil {
				b.sim.AddFault(*tt.fault)
			}
			org := b.org
			if tt.org != nil {
				org = tt.org(b)
			}
			_, err := b.service().FetchForOrg(t.Context(), org)
			if !errors.Is(err, tt.want) || err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %v with %q", err, tt.want, tt.says)
			}
			if n := requestsOf(b.sim, "/applications/"); n != tt.posts {
				t.Errorf("%d requests, want %d", n, tt.posts)
			}
			if err != nil && b.cred.ClientSecret.Reveal() != "" && strings.Contains(err.Error(), b.cred.ClientSecret.Reveal()) {
				t.Error("the secret is in the error")
			}
		})
	}
}

func TestARefusedOrgRefreshTokenIsFetchedAnew(t *testing.T) {
	b := newBridge(t, webextest.Switches{})
	app := b.service()
	first, err := app.FetchForOrg(t.Context(), b.org)
	if err != nil {
		t.Fatal(err)
	}
	first.Refresh = webex.NewSecret("revoked-elsewhere")
	if err := b.store.SetOrgTokens(t.Context(), b.cred.ClientID, b.org, first); err != nil {
		t.Fatal(err)
	}
	*b.now = b.now.Add(15 * 24 * time.Hour)
	got, err := app.Valid(t.Context(), b.org)
	if err != nil || !got.Usable(*b.now) || got.Owner.OrgName != "Nordwind Logistik" {
		t.Fatalf("%+v, %v", got, err)
	}
	if n := requestsOf(b.sim, "/applications/"); n != 2 {
		t.Errorf("%d fetches", n)
	}
	// The same with no refresh token.
	got.Refresh, got.Issued = webex.Secret{}, got.Issued.Add(-20*24*time.Hour)
	_ = b.store.SetOrgTokens(t.Context(), b.cred.ClientID, b.org, got)
	if got, err = app.Valid(t.Context(), b.org); err != nil || got.Refresh.IsZero() {
		t.Errorf("%+v, %v", got, err)
	}
	// The organization revoked its authorization: both ways fail, and the next call
	// tries only the one that may work.
	b.sim.DeauthorizeServiceApp(b.app, string(b.org))
	for range 2 {
		if _, err = app.RefreshForOrg(t.Context(), b.org); !errors.Is(err, webex.ErrOrgNotAuthorized) {
			t.Errorf("got %v", err)
		}
	}
	if kept, err := app.Stored(t.Context(), b.org); err != nil || kept.Rejected.IsZero() {
		t.Errorf("kept %+v, %v", kept, err)
	}
	// Two requests of the login, one with the token revoked elsewhere, and this one:
	// a rejected token is not sent again.
	if n := requestsOf(b.sim, "/access_token"); n != 4 {
		t.Errorf("%d token requests", n)
	}
	// A Full Admin authorizes it again.
	b.sim.AuthorizeServiceApp(b.app, string(b.org))
	if got, err = app.RefreshForOrg(t.Context(), b.org); err != nil || !got.Usable(*b.now) || !got.Rejected.IsZero() {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestAnOrgsRefusedAccessTokenIsRenewed(t *testing.T) {
	b := newBridge(t, webextest.Switches{})
	app := b.service()
	if _, err := app.FetchForOrg(t.Context(), b.org); err != nil {
		t.Fatal(err)
	}
	b.sim.ExpireAccessTokens() // also the login's token: it is refreshed for the fetch
	if _, err := app.Client(b.org).Me(t.Context()); err != nil {
		t.Error(err)
	}
	b.sim.ExpireAccessTokens()
	if _, err := app.FetchForOrg(t.Context(), b.org); err != nil {
		t.Errorf("with a login whose access token has expired: %v", err)
	}
}

func TestSavingARegistration(t *testing.T) {
	b := newBridge(t, webextest.Switches{RotateRefresh: true})
	fetched, err := b.service().FetchForOrg(t.Context(), b.org)
	if err != nil {
		t.Fatal(err)
	}
	_ = b.store.DeleteOrgTokens(t.Context(), b.cred.ClientID, b.org)
	app := webex.NewServiceApp(b.cred, nil, b.store, webex.WithTransport(b.sim.Transport()), webex.WithBaseURL("http://127.0.0.1/v1"))
	before := len(b.sim.Requests())
	if _, err := app.SaveRegistration(t.Context(), b.org, webex.NewSecret(" ")); !errors.Is(err, webex.ErrInvalidInput) {
		t.Errorf("a blank one: %v", err)
	}
	if n := len(b.sim.Requests()) - before; n != 0 {
		t.Errorf("%d requests: a rotating token would be used up", n)
	}
	b.sim.SetSwitches(webextest.Switches{})
	if _, err := app.SaveRegistration(t.Context(), b.not, fetched.Refresh); !errors.Is(err, webex.ErrOtherOrg) || !strings.Contains(err.Error(), ", not "+uuidOf(b.not)) {
		t.Errorf("another org's refresh token: %v", err)
	}
	if _, err := app.Stored(t.Context(), b.not); !errors.Is(err, webex.ErrOrgNotRegistered) {
		t.Errorf("it is kept: %v", err)
	}
	b.sim.SetSwitches(webextest.Switches{RotateRefresh: true})
	got, err := app.SaveRegistration(t.Context(), b.org, fetched.Refresh)
	if err != nil || got.Access.IsZero() || got.Owner.OrgName != "Nordwind Logistik" {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err := app.SaveRegistration(t.Context(), b.org, fetched.Refresh); !errors.Is(err, webex.ErrNotLoggedIn) {
		t.Errorf("one that was used up: %v", err)
	}
	if kept, err := app.Stored(t.Context(), b.org); err != nil || !kept.Refresh.Equal(got.Refresh) {
		t.Errorf("the previous tokens are gone: %v", err)
	}
	if _, err := app.FetchForOrg(t.Context(), b.org); !errors.Is(err, webex.ErrNotLoggedIn) {
		t.Errorf("without a login: %v", err)
	}
}

// An organization id with a region and a plain UUID identify the same organization:
// one record, one lock, one refresh.
func TestAnOrganizationIsOneInAllItsForms(t *testing.T) {
	for name, guarded := range map[string]bool{"with the store's lock": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			b := newBridge(t, webextest.Switches{})
			var vault webex.TokenStore = b.store
			if !guarded {
				vault = struct{ webex.TokenStore }{b.store}
			}
			app := webex.NewServiceApp(b.cred, b.mgr, vault, webex.WithTransport(b.sim.Transport()), webex.WithBaseURL("http://127.0.0.1/v1"),
				webex.WithClock(func() time.Time { return *b.now }))
			if _, err := app.FetchForOrg(t.Context(), b.org); err != nil {
				t.Fatal(err)
			}
			*b.now = b.now.Add(15 * 24 * time.Hour)
			b.sim.AddFault(webextest.Fault{Path: "/access_token", Kind: webextest.Answer, Delay: 50 * time.Millisecond})
			before := requestsOf(b.sim, "/access_token")
			regional := webex.OrgID(base64.RawURLEncoding.EncodeToString([]byte("ciscospark://urn:TEAM:eu-central-1_k/ORGANIZATION/" + strings.ToUpper(uuidOf(b.org)))))
			var wg sync.WaitGroup
			for _, id := range []webex.OrgID{b.org, webex.OrgID(uuidOf(b.org)), regional, b.org, regional} {
				wg.Go(func() {
					if _, err := app.AccessToken(t.Context(), id); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if n := requestsOf(b.sim, "/access_token") - before; n != 1 {
				t.Errorf("%d refreshes", n)
			}
		})
	}
}

func TestOrgTokensAreBoundToTheirServiceApp(t *testing.T) {
	b := newBridge(t, webextest.Switches{})
	if _, err := b.service().FetchForOrg(t.Context(), b.org); err != nil {
		t.Fatal(err)
	}
	b.cred.ClientID = "Canother"
	if _, err := b.service().AccessToken(t.Context(), b.org); !errors.Is(err, webex.ErrOrgNotRegistered) {
		t.Errorf("got %v", err)
	}
	b.cred.ClientID = webex.ClientID(b.app.ClientID)
	other := b.service(webex.WithBaseURL("http://127.0.0.2/v1"))
	if _, err := other.AccessToken(t.Context(), b.org); !errors.Is(err, webex.ErrNotLoggedIn) {
		t.Errorf("another server received them: %v", err)
	}
}

// Fetched tokens that cannot be saved are held in memory, saved later, and not
// fetched again.
func TestOrgTokensThatCannotBeWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // writes are retried for a while
		b := newBridge(t, webextest.Switches{})
		app := b.service()
		b.store.mu.Lock()
		b.store.refuse = 1000
		b.store.mu.Unlock()
		if _, err := app.FetchForOrg(t.Context(), b.org); err == nil || !strings.Contains(err.Error(), "saving them failed") {
			t.Fatalf("got %v", err)
		}
		b.store.mu.Lock()
		b.store.refuse = 0
		b.store.mu.Unlock()
		got, err := app.Valid(t.Context(), b.org)
		if err != nil || got.Access.IsZero() {
			t.Fatalf("%+v, %v", got, err)
		}
		if kept, err := b.store.OrgTokens(t.Context(), b.cred.ClientID, b.org); err != nil || !kept.Access.Equal(got.Access) {
			t.Errorf("kept %+v, %v", kept, err)
		}
		if n := requestsOf(b.sim, "/applications/"); n != 1 {
			t.Errorf("%d fetches", n)
		}
	})
}

// An unreachable server, or a login that cannot fetch, does not mark a refresh token
// as rejected.
func TestWhatIsNotTheRefreshTokensFault(t *testing.T) {
	b := newBridge(t, webextest.Switches{})
	app := b.service()
	if _, err := app.FetchForOrg(t.Context(), b.org); err != nil {
		t.Fatal(err)
	}
	for _, f := range []webextest.Fault{{Status: 503}, {Kind: webextest.DropBefore}, {Status: 429, RetryAfter: "3600"}, {Status: 401, Body: `{"error":"invalid_client"}`}, {Status: 403}} {
		f.Path = "/access_token"
		b.sim.AddFault(f)
		if _, err := app.RefreshForOrg(t.Context(), b.org); err == nil {
			t.Errorf("%+v: no error", f)
		}
		b.sim.ClearFaults()
		if kept, err := app.Stored(t.Context(), b.org); err != nil || !kept.Rejected.IsZero() {
			t.Errorf("%+v: marked as rejected, %v", f, err)
		}
	}
	if n := requestsOf(b.sim, "/applications/"); n != 1 {
		t.Errorf("%d fetches", n)
	}
}

// A definite rejection is cached for a minute, so that a program that requests a
// token in a loop does not send the secret each time. A forced refresh still asks
// Webex.
func TestARefusedOrganizationIsNotAskedAboutWithoutEnd(t *testing.T) {
	b := newBridge(t, webextest.Switches{})
	app := b.service()
	if _, err := app.FetchForOrg(t.Context(), b.org); err != nil {
		t.Fatal(err)
	}
	b.sim.DeauthorizeServiceApp(b.app, string(b.org))
	*b.now = b.now.Add(15 * 24 * time.Hour)
	before := requestsOf(b.sim, "/applications/")
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := app.AccessToken(t.Context(), b.org); !errors.Is(err, webex.ErrOrgNotAuthorized) {
				t.Errorf("got %v", err)
			}
		})
	}
	wg.Wait()
	if n := requestsOf(b.sim, "/applications/") - before; n != 1 {
		t.Errorf("%d fetches", n)
	}
	if _, err := app.RefreshForOrg(t.Context(), b.org); !errors.Is(err, webex.ErrOrgNotAuthorized) || requestsOf(b.sim, "/applications/")-before != 2 {
		t.Errorf("forced refresh: %v", err)
	}
	*b.now = b.now.Add(2 * time.Minute)
	b.sim.AuthorizeServiceApp(b.app, string(b.org))
	if _, err := app.AccessToken(t.Context(), b.org); err != nil {
		t.Errorf("after a while: %v", err)
	}
}

// A login at one server is not used to fetch from another.
func TestTheManagersTokenGoesToItsOwnServerOnly(t *testing.T) {
	b := newBridge(t, webextest.Switches{})
	elsewhere := 0
	spy := spyTransport{b.sim.Transport(), func(r *http.Request) {
		if r.URL.Host != "127.0.0.1" {
			elsewhere++
		}
	}}
	app := b.service(webex.WithTransport(spy), webex.WithBaseURL("http://127.0.0.1:99/v1"))
	if _, err := app.FetchForOrg(t.Context(), b.org); !errors.Is(err, webex.ErrNotLoggedIn) || elsewhere != 0 {
		t.Errorf("%d requests, %v", elsewhere, err)
	}
}

func TestARefusedFetchLeavesNothingBehind(t *testing.T) {
	b := newBridge(t, webextest.Switches{})
	path := t.TempDir() + "/wxauth/store.db"
	s, err := store.Open(path, store.Keyfile(t.TempDir()+"/key"))
	if err != nil {
		t.Fatal(err)
	}
	app := webex.NewServiceApp(b.cred, b.mgr, s, webex.WithTransport(b.sim.Transport()), webex.WithBaseURL("http://127.0.0.1/v1"))
	if _, err := app.FetchForOrg(t.Context(), b.not); !errors.Is(err, webex.ErrOrgNotAuthorized) {
		t.Fatal(err)
	}
	if since, err := s.CutOff(t.Context(), webex.Principal{Client: b.cred.ClientID, Org: b.not}); err != nil || !since.IsZero() {
		t.Errorf("a refresh is reported as running since %s, %v", since, err)
	}
	if n, err := s.Verify(t.Context()); err != nil || n != 0 {
		t.Errorf("%d values, %v", n, err)
	}
}

// An interrupted refresh is given as the reason why the tokens no longer work, for
// organizations too.
func TestACutOffOrgRefreshIsTold(t *testing.T) {
	b := newBridge(t, webextest.Switches{})
	s, err := store.Open(t.TempDir()+"/wxauth/store.db", store.Keyfile(t.TempDir()+"/key"))
	if err != nil {
		t.Fatal(err)
	}
	clock := webex.WithClock(func() time.Time { return *b.now })
	app := webex.NewServiceApp(b.cred, b.mgr, s, webex.WithTransport(b.sim.Transport()), webex.WithBaseURL("http://127.0.0.1/v1"), clock)
	held, err := app.FetchForOrg(t.Context(), b.org)
	if err != nil {
		t.Fatal(err)
	}
	held.Refresh = webex.NewSecret("replaced-meanwhile")
	if err := errors.Join(
		s.SetOrgTokens(t.Context(), b.cred.ClientID, b.org, held),
		s.IntendRefresh(t.Context(), webex.Principal{Client: b.cred.ClientID, Org: b.org}, held),
		b.store.DeleteIntegrationTokens(t.Context(), b.mgr.ClientID()),
	); err != nil {
		t.Fatal(err)
	}
	app = webex.NewServiceApp(b.cred, b.mgr, s, webex.WithTransport(b.sim.Transport()), webex.WithBaseURL("http://127.0.0.1/v1"), clock)
	_, err = app.RefreshForOrg(t.Context(), b.org)
	if !errors.Is(err, webex.ErrNotLoggedIn) || !strings.Contains(err.Error(), "was cut off at") {
		t.Errorf("%v", err)
	}
}
