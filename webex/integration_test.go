package webex_test

import (
	"context"
	"encoding/base64"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/store/storetest"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// world is a simulator with one integration, and a store.
type world struct {
	t     *testing.T
	sim   *webextest.Simulator
	cred  webex.Credentials
	store *faulty
	now   *time.Time
}

// faulty is a store whose writes can fail.
type faulty struct {
	*store.Memory
	mu      sync.Mutex
	refuse  int
	intents error
}

func (f *faulty) SetIntegrationTokens(ctx context.Context, c webex.ClientID, t webex.Tokens) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refuse > 0 {
		f.refuse--
		return errors.New("disk full")
	}
	return f.Memory.SetIntegrationTokens(ctx, c, t)
}

func (f *faulty) SetOrgTokens(ctx context.Context, c webex.ClientID, org webex.OrgID, t webex.Tokens) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refuse > 0 {
		f.refuse--
		return errors.New("disk full")
	}
	return f.Memory.SetOrgTokens(ctx, c, org, t)
}

func (f *faulty) IntendRefresh(context.Context, webex.Principal, webex.Tokens) error {
	return f.intents
}

func newWorld(t *testing.T, sw webextest.Switches) *world {
	t.Helper()
	now := time.Date(2026, 11, 21, 14, 0, 0, 0, time.UTC)
	w := &world{t: t, now: &now, store: &faulty{Memory: store.NewMemory()}}
	w.sim = webextest.New(webextest.WithSwitches(sw), webextest.WithClock(func() time.Time { return *w.now }))
	app := w.sim.AddIntegration(webextest.Integration{App: webextest.App{Name: "wxauth"}, RedirectURIs: []string{"https://x.example/cb", webex.DefaultRedirectURI}})
	w.cred = webex.Credentials{ClientID: webex.ClientID(app.ClientID), ClientSecret: webex.NewSecret(app.Secret), RedirectURI: "https://x.example/cb"}
	return w
}

func (w *world) integration(opts ...webex.Option) *webex.Integration {
	opts = append([]webex.Option{
		webex.WithTransport(w.sim.Transport()), webex.WithBaseURL("http://127.0.0.1/v1"), webex.WithClock(func() time.Time { return *w.now }),
	}, opts...)
	return webex.NewIntegration(w.cred, w.store, opts...)
}

// consent submits the consent page and returns the address that the browser is
// redirected to.
func (w *world) consent(address, decision string) string {
	w.t.Helper()
	to, err := w.sim.Consent(w.t.Context(), address, decision == "accept")
	if err != nil {
		w.t.Fatal(err)
	}
	return to
}

// login completes the whole flow by paste.
func (w *world) login(i *webex.Integration, opts webex.AuthorizeOptions) (webex.Tokens, error) {
	w.t.Helper()
	pasted := make(chan string, 1)
	opts.Pasted = pasted
	opts.Progress = func(p webex.AuthorizeProgress) {
		if p.Stage == webex.StageWaiting {
			pasted <- w.consent(p.URL, "accept")
		}
	}
	return i.Authorize(w.t.Context(), opts)
}

func (w *world) mustLogin(i *webex.Integration) webex.Tokens {
	w.t.Helper()
	t, err := w.login(i, webex.AuthorizeOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	return t
}

func (w *world) posts() int {
	n := 0
	for _, r := range w.sim.Requests() {
		if r.Path == "/access_token" {
			n++
		}
	}
	return n
}

// S-04, S-17.
func TestAuthorizationURL(t *testing.T) {
	w := newWorld(t, webextest.Switches{})
	verifier, state := webex.NewVerifier(), webex.NewState()
	got, err := w.integration().AuthorizationURL(webex.AuthorizationRequest{State: state, Verifier: verifier, LoginHint: "ada+x@acme.example"})
	if err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(got)
	q := u.Query()
	for name, want := range map[string]string{
		"response_type": "code", "client_id": string(w.cred.ClientID), "redirect_uri": "https://x.example/cb", "state": state,
		"scope": strings.Join(webex.DefaultScopes, " "), "code_challenge": webex.Challenge(verifier), "code_challenge_method": "S256",
		"prompt": "select_account", "login_hint": "ada+x@acme.example",
	} {
		if q.Get(name) != want || len(q[name]) != 1 {
			t.Errorf("%s: %q", name, q[name])
		}
	}
	if strings.Contains(got, w.cred.ClientSecret.Reveal()) || strings.Contains(got, verifier.Reveal()) || strings.Contains(got, "+") {
		t.Error(got)
	}
	if _, err := w.integration().AuthorizationURL(webex.AuthorizationRequest{State: "short", Verifier: verifier}); !errors.Is(err, webex.ErrInvalidInput) {
		t.Error(err)
	}
	if _, err := webex.NewIntegration(webex.Credentials{}, w.store).AuthorizationURL(webex.AuthorizationRequest{State: state}); !errors.Is(err, webex.ErrInvalidInput) ||
		!strings.Contains(err.Error(), "client id is missing") || !strings.Contains(err.Error(), "client secret is missing") {
		t.Error(err)
	}
}

// S-03, S-04: state and verifier are 256 random bits each.
func TestStatesAndVerifiersAreDistinct(t *testing.T) {
	seen := map[string]bool{}
	var zero, one [2][32]byte // bits that were 0 or 1 at least once
	for range 10_000 {
		for kind, s := range []string{webex.NewState(), webex.NewVerifier().Reveal()} {
			raw, err := base64.RawURLEncoding.DecodeString(s)
			if len(s) != 43 || seen[s] || err != nil || len(raw) != 32 {
				t.Fatal(s, err)
			}
			seen[s] = true
			for i, b := range raw {
				one[kind][i] |= b
				zero[kind][i] |= ^b
			}
		}
	}
	for kind := range zero {
		for i := range zero[kind] {
			if zero[kind][i] != 0xff || one[kind][i] != 0xff {
				t.Errorf("byte %d of 32 does not vary", i)
			}
		}
	}
	// The example of RFC 7636, appendix B.
	if got := webex.Challenge(webex.NewSecret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")); got != "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" {
		t.Error(got)
	}
}

func TestALogin(t *testing.T) {
	for _, sw := range []webextest.Switches{{}, {LifetimesAsText: true}, {OmitScope: true}, {SelfContained: true}, {BrokerErrors: true}, {RotateRefresh: true}} {
		w := newWorld(t, sw)
		i := w.integration()
		got := w.mustLogin(i)
		if got.Owner.Email != "ada.admin@acme.example" || got.Owner.OrgName != "Acme GmbH" || got.AccessLife != 1209599*time.Second || got.RefreshLife != 7775999*time.Second || got.Refresh.IsZero() {
			t.Errorf("%+v: %+v", sw, got)
		}
		if !sw.OmitScope && !slices.Equal(slices.Sorted(slices.Values(got.Scopes)), slices.Sorted(slices.Values(webex.DefaultScopes))) {
			t.Errorf("%v", got.Scopes)
		}
		if left := got.AccessLeft(); left.Basis != webex.BasisExact || left.In(*w.now) != 1209599*time.Second {
			t.Errorf("%+v", left)
		}
		rows, err := i.Client().Authorizations(t.Context(), webex.Me)
		if err != nil || len(rows) != 2 {
			t.Errorf("%d rows, %v", len(rows), err)
		}
		if w.posts() != 1 {
			t.Errorf("%d posts", w.posts())
		}
	}
}

func TestARefusedLogin(t *testing.T) {
	w := newWorld(t, webextest.Switches{})
	pasted := make(chan string, 4)
	var bad []error
	_, err := w.integration().Authorize(t.Context(), webex.AuthorizeOptions{Pasted: pasted, Progress: func(p webex.AuthorizeProgress) {
		switch p.Stage {
		case webex.StageWaiting:
			pasted <- "https://x.example/cb?code=evil&state=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
			pasted <- p.URL
			pasted <- "hello"
			pasted <- "  '" + w.consent(p.URL, "decline") + "'\n"
		case webex.StageBadPaste:
			bad = append(bad, p.Problem)
		}
	}})
	if !errors.Is(err, webex.ErrLoginDenied) || len(bad) != 3 {
		t.Errorf("%v, %v", err, bad)
	}
	w = newWorld(t, webextest.Switches{})
	if _, err := w.integration().Authorize(t.Context(), webex.AuthorizeOptions{}); !errors.Is(err, webex.ErrCannotListen) {
		t.Error(err)
	}
	if _, err := w.store.IntegrationTokens(t.Context(), w.cred.ClientID); !errors.Is(err, webex.ErrNotLoggedIn) {
		t.Error("tokens were saved")
	}
}

// S-19: a code is posted only once, whatever happens.
func TestACodeIsPostedOnce(t *testing.T) {
	for _, f := range []webextest.Fault{
		{Kind: webextest.DropBefore},
		{Kind: webextest.DropAfter},
		{Status: 503},
		{Status: 429, RetryAfter: "1"},
		{Status: 500},
		{Kind: webextest.Truncate},
		{Kind: webextest.Garbage},
		{Kind: webextest.HTML},
		{Kind: webextest.Redirect, To: "http://127.0.0.1/other"},
		{Kind: webextest.Endless},
		{Kind: webextest.LostAfter, Status: 502},
	} {
		w := newWorld(t, webextest.Switches{})
		f.Path = "/access_token"
		w.sim.AddFault(f)
		_, err := w.login(w.integration(), webex.AuthorizeOptions{})
		var e *webex.Error
		if !errors.As(err, &e) || w.posts() != 1 {
			t.Errorf("%+v: %d posts, %v", f, w.posts(), err)
		}
		if _, err := w.store.IntegrationTokens(t.Context(), w.cred.ClientID); !errors.Is(err, webex.ErrNotLoggedIn) {
			t.Errorf("%+v: tokens were saved: %v", f, err)
		}
	}
}

// Unusable replies of the token endpoint are rejected, and no error repeats their
// content.
func TestRepliesThatCannotBeUsed(t *testing.T) {
	for body, says := range map[string]string{
		`{"access_token":"","expires_in":1}`: "no access_token",
		`{"expires_in":1}`:                   "no access_token",
		`{"access_token":"canary-1","access_token":"canary-2","expires_in":100}`: "duplicate name",
		`{"access_token":"canary-1","expires_in":-1}`:                            "/expires_in",
		`{"access_token":"canary-1","expires_in":0}`:                             "/expires_in",
		`{"access_token":"canary-1","expires_in":"soon"}`:                        "/expires_in",
		`{"access_token":"canary-1","expires_in":1e300}`:                         "/expires_in",
		`{"access_token":"canary-1","expires_in":99999999999}`:                   "/expires_in",
		`{"access_token":{"x":"canary-1"},"expires_in":100}`:                     "/access_token",
		`{"access_token":"canary 1","expires_in":100}`:                           "an invalid token",
		`{"access_token":"canary-1\n","expires_in":100}`:                         "an invalid token",
		`{"access_token":"canary-1","token_type":"MAC","expires_in":100}`:        "not Bearer",
		`{"access_token":"canary-1","expires_in":100`:                            "invalid JSON",
		`["canary-1"]`: "wrong JSON type",
		`null`:         "no access_token",
		`{"ACCESS_TOKEN":"canary-1","expires_in":100}`: "no access_token",
	} {
		w := newWorld(t, webextest.Switches{})
		w.sim.AddFault(webextest.Fault{Path: "/access_token", Status: 200, Body: body, ContentType: "application/json"})
		_, err := w.login(w.integration(), webex.AuthorizeOptions{})
		if !errors.Is(err, webex.ErrServer) || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestAReplyWithoutLifetimesIsAssumed(t *testing.T) {
	w := newWorld(t, webextest.Switches{OmitLifetimes: true})
	got := w.mustLogin(w.integration())
	if left := got.AccessLeft(); left.Basis != webex.BasisAssumed || left.In(*w.now) != time.Hour {
		t.Errorf("%+v", left)
	}
	if left := got.RefreshLeft(); left.Known() {
		t.Errorf("%+v", left)
	}
	if !got.Usable(w.now.Add(58*time.Minute)) || got.Usable(w.now.Add(time.Hour)) {
		t.Error("the assumed lifetime is wrong")
	}
}

// S-44c: a token is usable until 60 seconds before its expiry, measured by age,
// whatever the clock says.
func TestWhenATokenIsUsable(t *testing.T) {
	issued := time.Date(2026, 11, 21, 14, 0, 0, 0, time.UTC)
	tokens := webex.Tokens{Access: webex.NewSecret("x"), Issued: issued, AccessLife: 1000 * time.Second}
	for after, want := range map[time.Duration]bool{
		0: true, 939 * time.Second: true, 940 * time.Second: false, 941 * time.Second: false, 1000 * time.Second: false, 365 * 24 * time.Hour: false,
		-30 * time.Second: true, -24 * time.Hour: false, -365 * 24 * time.Hour: false,
	} {
		if got := tokens.Usable(issued.Add(after)); got != want {
			t.Errorf("%s: %v", after, got)
		}
	}
	if (webex.Tokens{}).Usable(issued) {
		t.Error("no token is usable")
	}
}

func TestAValidTokenNeedsNoNetwork(t *testing.T) {
	w := newWorld(t, webextest.Switches{})
	want := w.mustLogin(w.integration())
	w.sim.AddFault(webextest.Fault{Kind: webextest.DropBefore})
	before := len(w.sim.Requests())
	got, err := w.integration().AccessToken(t.Context())
	if err != nil || !got.Equal(want.Access) || len(w.sim.Requests()) != before {
		t.Errorf("%v", err)
	}
}

// A new refresh token replaces the old one; without one the old one is kept.
func TestRefreshing(t *testing.T) {
	for _, sw := range []webextest.Switches{{}, {RotateRefresh: true}, {OmitRefresh: true}, {OmitLifetimes: true}, {LifetimesAsText: true}, {RenewMovesCreated: true}} {
		w := newWorld(t, sw)
		i := w.integration()
		first := w.mustLogin(i)
		*w.now = w.now.Add(20 * 24 * time.Hour)
		second, err := i.Valid(t.Context())
		if err != nil || second.Access.Equal(first.Access) || w.posts() != 2 {
			t.Fatalf("%+v: %v, %d posts", sw, err, w.posts())
		}
		if rotated := !second.Refresh.Equal(first.Refresh); rotated != sw.RotateRefresh || second.Refresh.IsZero() {
			t.Errorf("%+v: refresh token replaced: %v", sw, rotated)
		}
		if sw.OmitRefresh && !second.RefreshIssued.Equal(first.RefreshIssued) {
			t.Error("a lifetime restarted that the reply does not contain")
		}
		if !sw.OmitRefresh && !sw.OmitLifetimes && second.RefreshLeft().In(*w.now) != 7775999*time.Second {
			t.Errorf("%+v: %+v", sw, second.RefreshLeft())
		}
		if second.Owner != first.Owner || !slices.Equal(second.Scopes, first.Scopes) {
			t.Errorf("%+v: owner or scopes were lost", sw)
		}
		*w.now = w.now.Add(20 * 24 * time.Hour)
		if _, err := w.integration().Valid(t.Context()); err != nil || w.posts() != 3 {
			t.Errorf("%+v: %v", sw, err)
		}
	}
}

func TestManyGoroutinesRefreshOnce(t *testing.T) {
	w := newWorld(t, webextest.Switches{RotateRefresh: true})
	i := w.integration()
	w.mustLogin(i)
	for round := range 20 {
		*w.now = w.now.Add(20 * 24 * time.Hour)
		var wg sync.WaitGroup
		for n := range 16 {
			who := i
			if n%2 == 0 {
				who = w.integration() // like another process
			}
			wg.Go(func() {
				if _, err := who.AccessToken(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := w.posts(); got != round+2 {
			t.Fatalf("round %d: %d posts", round, got)
		}
	}
}

// The errors of the token endpoint, in both formats.
func TestWhatTheTokenEndpointRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		envelope := func(s string) string {
			return `{"message":"The request could not be understood.","errors":[{"description":"` + s + `"}],"trackingId":"ROUTER_1"}`
		}
		rfc := func(s string) string { return `{"error":"` + s + `","error_description":"x"}` }
		for _, c := range []struct {
			status int
			body   string
			want   error
		}{
			{400, rfc("invalid_grant"), webex.ErrNotLoggedIn},
			{400, rfc("invalid_request"), webex.ErrNotLoggedIn},
			{401, rfc("invalid_refresh_token"), webex.ErrNotLoggedIn},
			{400, envelope("The refresh token provided is expired, revoked, malformed, or invalid."), webex.ErrNotLoggedIn},
			{401, envelope("refresh token revoked"), webex.ErrNotLoggedIn},
			{400, rfc("invalid_client"), webex.ErrWrongClient},
			{401, rfc("invalid_client"), webex.ErrWrongClient},
			{400, envelope("Client Id is invalid"), webex.ErrWrongClient},
			{401, `{"message":"Invalid client credentials","errors":[{"description":"The provided clientSecret is invalid"}]}`, webex.ErrWrongClient},
			{401, ``, webex.ErrWrongClient},
			{400, rfc("tokenlimit_reached"), webex.ErrTokenLimit},
			{429, ``, webex.ErrRateLimited},
			{500, `<html>`, webex.ErrServer},
			{502, ``, webex.ErrServer},
			{503, rfc("temporarily_unavailable"), webex.ErrServer},
			{302, ``, webex.ErrServer},
			{404, ``, webex.ErrServer},
			{400, `plain words`, webex.ErrServer},
			{400, `<html>proxy</html>`, webex.ErrServer},
			{403, ``, webex.ErrForbidden},
		} {
			w := newWorld(t, webextest.Switches{})
			i := w.integration(webex.WithMaxWait(time.Millisecond))
			first := w.mustLogin(i)
			w.sim.AddFault(webextest.Fault{Path: "/access_token", Status: c.status, Body: c.body, RetryAfter: map[bool]string{true: "60"}[c.status == 429]})
			_, err := i.Refresh(t.Context())
			if !errors.Is(err, c.want) || strings.Contains(err.Error(), first.Refresh.Reveal()) || strings.Contains(err.Error(), w.cred.ClientSecret.Reveal()) {
				t.Errorf("%d %s: %v", c.status, c.body, err)
			}
			kept, kerr := w.store.IntegrationTokens(t.Context(), w.cred.ClientID)
			if kerr != nil || !kept.Refresh.Equal(first.Refresh) || !kept.Access.Equal(first.Access) {
				t.Errorf("%d: the stored tokens are lost: %v", c.status, kerr)
			}
			if kept.Renewable() == errors.Is(c.want, webex.ErrNotLoggedIn) {
				t.Errorf("%d %s: marked as rejected: %v", c.status, c.body, !kept.Renewable())
			}
			// The access token still works, and is still returned.
			if got, err := i.AccessToken(t.Context()); err != nil || !got.Equal(first.Access) {
				t.Errorf("%d: %v", c.status, err)
			}
		}
	})
}

func TestARefreshIsSentAtMostTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, f := range []webextest.Fault{{Kind: webextest.DropBefore}, {Kind: webextest.DropAfter}, {Status: 503}, {Status: 429, RetryAfter: "0"}} {
			for times, want := range map[int]bool{1: true, 9: false} {
				w := newWorld(t, webextest.Switches{})
				i := w.integration()
				w.mustLogin(i)
				f.Path, f.Times = "/access_token", times
				w.sim.AddFault(f)
				_, err := i.Refresh(t.Context())
				if (err == nil) != want || w.posts() != 3 {
					t.Errorf("%+v: %d posts, %v", f, w.posts(), err)
				}
			}
		}
	})
}

// S-35: a refresh token that Webex rejected is not sent repeatedly.
func TestARefusedRefreshTokenIsNotSentAgain(t *testing.T) {
	w := newWorld(t, webextest.Switches{RefusesAsInvalidGrant: true})
	i := w.integration()
	w.mustLogin(i)
	w.sim.RevokeRefreshTokens()
	*w.now = w.now.Add(20 * 24 * time.Hour)
	for range 3 {
		if _, err := w.integration().AccessToken(t.Context()); !errors.Is(err, webex.ErrNotLoggedIn) {
			t.Error(err)
		}
	}
	if w.posts() != 2 {
		t.Errorf("%d posts", w.posts())
	}
	w.mustLogin(i)
	if _, err := i.AccessToken(t.Context()); err != nil {
		t.Error(err)
	}
}

// If Webex rejects an access token and its refresh token, the login is no longer
// usable, whatever its lifetime. The next caller gets an error, and nothing is sent.
func TestALoginThatWebexRefusesIsNoLogin(t *testing.T) {
	for name, prepare := range map[string]func(w *world, i *webex.Integration){
		"both at once": func(*world, *webex.Integration) {},
		"the refresh token first": func(_ *world, i *webex.Integration) {
			if _, err := i.Refresh(t.Context()); !errors.Is(err, webex.ErrNotLoggedIn) {
				t.Errorf("%v", err)
			}
		},
	} {
		w := newWorld(t, webextest.Switches{})
		i := w.integration()
		w.mustLogin(i)
		w.sim.RevokeRefreshTokens()
		prepare(w, i)
		w.sim.ExpireAccessTokens()
		if _, err := i.AccessToken(t.Context()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := i.Client().Me(t.Context()); !errors.Is(err, webex.ErrNotLoggedIn) {
			t.Errorf("%s: %v", name, err)
		}
		posts, asked := w.posts(), len(w.sim.Requests())
		if _, err := w.integration().AccessToken(t.Context()); !errors.Is(err, webex.ErrNotLoggedIn) {
			t.Errorf("%s: the next process gets a revoked token: %v", name, err)
		}
		if w.posts() != posts || len(w.sim.Requests()) != asked {
			t.Errorf("%s: Webex was asked again", name)
		}
		w.mustLogin(i)
		if _, err := i.Client().Me(t.Context()); err != nil {
			t.Errorf("%s: after another login: %v", name, err)
		}
	}
}

// S-33: a new access token is saved before a caller gets it. One that cannot be
// saved lasts as long as the process.
func TestTokensAreKeptBeforeTheyAreUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, webextest.Switches{RotateRefresh: true})
		i := w.integration()
		w.mustLogin(i)
		*w.now = w.now.Add(20 * 24 * time.Hour)
		w.store.refuse = 100
		_, err := i.AccessToken(t.Context())
		if err == nil || !strings.Contains(err.Error(), "saving them failed") {
			t.Fatal(err)
		}
		w.store.refuse = 0
		got, err := i.AccessToken(t.Context())
		if err != nil || w.posts() != 2 {
			t.Errorf("the token in memory is not used: %v, %d posts", err, w.posts())
		}
		*w.now = w.now.Add(20 * 24 * time.Hour)
		if next, err := i.AccessToken(t.Context()); err != nil || next.Equal(got) {
			t.Errorf("the refresh token in memory is not used: %v", err)
		}
		// A write that fails temporarily loses nothing.
		*w.now = w.now.Add(20 * 24 * time.Hour)
		w.store.refuse = 2
		if _, err := i.AccessToken(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// S-34: if new tokens could not be saved, no refresh is sent.
func TestNothingIsSpentThatCouldNotBeKept(t *testing.T) {
	w := newWorld(t, webextest.Switches{})
	i := w.integration()
	w.mustLogin(i)
	w.store.intents = errors.New("disk full")
	if _, err := i.Refresh(t.Context()); err == nil || !strings.Contains(err.Error(), "nothing was sent") || w.posts() != 1 {
		t.Errorf("%v, %d posts", err, w.posts())
	}
}

// S-44c: a 401 for a token that looked valid forces exactly one refresh.
func TestARefusedAccessTokenForcesOneRefresh(t *testing.T) {
	w := newWorld(t, webextest.Switches{})
	i := w.integration()
	w.mustLogin(i)
	w.sim.ExpireAccessTokens()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := i.Client().Me(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if w.posts() != 2 {
		t.Errorf("%d posts", w.posts())
	}
	// If a server rejects every token, the client does not keep refreshing.
	w.sim.AddFault(webextest.Fault{Path: "/people", Status: 401})
	*w.now = w.now.Add(time.Hour)
	for range 5 {
		if _, err := w.integration().Client().Me(t.Context()); !errors.Is(err, webex.ErrNotLoggedIn) {
			t.Error(err)
		}
	}
	if w.posts() != 3 {
		t.Errorf("%d posts", w.posts())
	}
}

// S-44c: a clock that is wrong by a day, or changed, never loses a login.
func TestWrongClocks(t *testing.T) {
	const day = 24 * time.Hour
	for _, jump := range []time.Duration{-365 * day, -day, -time.Hour, -time.Minute, 0, time.Minute, time.Hour, day, 13 * day, 15 * day, 89 * day, 365 * day} {
		for _, wrong := range []time.Duration{-day, 0, day} {
			w := newWorld(t, webextest.Switches{})
			clock := w.now.Add(wrong)
			i := w.integration(webex.WithClock(func() time.Time { return clock }))
			w.mustLogin(i)
			clock = clock.Add(jump)
			got, err := i.AccessToken(t.Context())
			if err != nil || w.posts() > 2 {
				t.Errorf("clock wrong by %s, then set by %s: %v, %d posts", wrong, jump, err, w.posts())
				continue
			}
			if again, err := i.AccessToken(t.Context()); err != nil || !again.Equal(got) {
				t.Errorf("clock set by %s: a second token: %v", jump, err)
			}
		}
	}
}

func TestAdoptingARefreshToken(t *testing.T) {
	w := newWorld(t, webextest.Switches{})
	first := w.mustLogin(w.integration())
	other := &world{t: t, sim: w.sim, cred: w.cred, store: &faulty{Memory: store.NewMemory()}, now: w.now}
	got, err := other.integration().AdoptRefreshToken(t.Context(), first.Refresh)
	if err != nil || got.Owner.Email != "ada.admin@acme.example" {
		t.Errorf("%+v, %v", got.Owner, err)
	}
	if _, err := other.integration().AdoptRefreshToken(t.Context(), webex.NewSecret("wrong")); !errors.Is(err, webex.ErrNotLoggedIn) {
		t.Error(err)
	}
	kept, err := other.store.IntegrationTokens(t.Context(), w.cred.ClientID)
	if err != nil || !kept.Refresh.Equal(first.Refresh) {
		t.Errorf("a failed attempt replaced the stored tokens: %v", err)
	}
}

func TestTokensOfAnotherClientAreNotServed(t *testing.T) {
	w := newWorld(t, webextest.Switches{})
	if err := w.store.SetIntegrationTokens(t.Context(), "other", storetest.Sample(1)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.integration().AccessToken(t.Context()); !errors.Is(err, webex.ErrNotLoggedIn) {
		t.Error("a token of another client was returned")
	}
}

// Tokens that could not be saved are saved with the next call, unless there is a new
// login.
func TestWhatCouldNotBeWrittenIsWrittenLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, webextest.Switches{RotateRefresh: true})
		i := w.integration()
		w.mustLogin(i)
		*w.now = w.now.Add(20 * 24 * time.Hour)
		w.store.refuse = 100
		if _, err := i.AccessToken(t.Context()); err == nil {
			t.Fatal("no error")
		}
		w.store.refuse = 0
		got, err := i.AccessToken(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if kept, err := w.store.IntegrationTokens(t.Context(), w.cred.ClientID); err != nil || !kept.Access.Equal(got) {
			t.Errorf("not written: %v", err)
		}
		*w.now = w.now.Add(20 * 24 * time.Hour)
		w.store.refuse = 100
		if _, err := i.AccessToken(t.Context()); err == nil {
			t.Fatal("no error")
		}
		w.store.refuse = 0
		newer := w.mustLogin(w.integration())
		if got, err := i.AccessToken(t.Context()); err != nil || !got.Equal(newer.Access) {
			t.Errorf("a newer login was not used: %v", err)
		}
		if kept, _ := w.store.IntegrationTokens(t.Context(), w.cred.ClientID); !kept.Access.Equal(newer.Access) {
			t.Error("a newer login was overwritten")
		}
	})
}

// A failure of the token endpoint is not reported as a failure of the call: the call
// was not sent and is not repeated.
func TestAFailingTokenEndpointIsNotTheCalls(t *testing.T) {
	w := newWorld(t, webextest.Switches{})
	i := w.integration()
	w.mustLogin(i)
	*w.now = w.now.Add(20 * 24 * time.Hour)
	w.sim.AddFault(webextest.Fault{Path: "/access_token", Status: 503})
	err := i.Client().DeleteAuthorization(t.Context(), "abc")
	var e *webex.Error
	if !errors.As(err, &e) || e.Sent || e.MayHaveHappened() || !errors.Is(err, webex.ErrServer) {
		t.Errorf("%+v", err)
	}
	if w.posts() != 3 || len(w.sim.Deletes()) != 0 {
		t.Errorf("%d POSTs, %d DELETEs", w.posts(), len(w.sim.Deletes()))
	}
}

// Closing the channel of pastes neither ends the login nor causes a busy loop.
func TestAClosedChannelOfPastes(t *testing.T) {
	w := newWorld(t, webextest.Switches{})
	pasted := make(chan string)
	close(pasted)
	steps := 0
	_, err := w.integration().Authorize(t.Context(), webex.AuthorizeOptions{Pasted: pasted, Timeout: 50 * time.Millisecond, Progress: func(webex.AuthorizeProgress) { steps++ }})
	if !errors.Is(err, webex.ErrLoginTimeout) || steps != 1 {
		t.Errorf("%v after %d steps", err, steps)
	}
}

// Tokens are only sent to the server that issued them.
func TestTokensGoToTheirOwnServerOnly(t *testing.T) {
	w := newWorld(t, webextest.Switches{})
	w.mustLogin(w.integration())
	before := len(w.sim.Requests())
	for _, o := range []webex.Option{
		webex.WithBaseURL("http://localhost/v1"), webex.WithBaseURL("http://127.0.0.1:81/v1"), webex.WithBaseURL("https://127.0.0.1/v1"),
		webex.WithEndpoints(webex.Endpoints{Token: "https://evil.example/token"}),
	} {
		for _, call := range []func(*webex.Integration) error{
			func(i *webex.Integration) error { _, err := i.AccessToken(t.Context()); return err },
			func(i *webex.Integration) error { _, err := i.Refresh(t.Context()); return err },
			func(i *webex.Integration) error { _, err := i.Client().Me(t.Context()); return err },
		} {
			if err := call(w.integration(o)); !errors.Is(err, webex.ErrNotLoggedIn) || !strings.Contains(err.Error(), "only to the server that issued them") {
				t.Error(err)
			}
		}
	}
	if n := len(w.sim.Requests()) - before; n != 0 {
		t.Errorf("%d requests", n)
	}
}

// Tokens that could not be saved twice in a row are still the newest: with rotation,
// the ones on disk are invalid.
func TestTwoFailedWritesLoseNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // writes are retried for a while
		w := newWorld(t, webextest.Switches{RotateRefresh: true})
		i := w.integration()
		w.mustLogin(i)
		w.store.mu.Lock()
		w.store.refuse = 1000
		w.store.mu.Unlock()
		for range 2 {
			if _, err := i.Refresh(t.Context()); err == nil {
				t.Fatal("the tokens were saved")
			}
		}
		w.store.mu.Lock()
		w.store.refuse = 0
		w.store.mu.Unlock()
		if _, err := i.Valid(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := w.integration().Refresh(t.Context()); err != nil { // another process, reading from disk
			t.Errorf("the login is lost: %v", err)
		}
	})
}

// Tokens deleted while waiting to be saved stay deleted.
func TestWhatWasRemovedDoesNotComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // writes are retried for a while
		w := newWorld(t, webextest.Switches{})
		i := w.integration()
		w.mustLogin(i)
		w.store.mu.Lock()
		w.store.refuse = 4
		w.store.mu.Unlock()
		if _, err := i.Refresh(t.Context()); err == nil {
			t.Fatal("the tokens were saved")
		}
		if err := w.store.DeleteIntegrationTokens(t.Context(), w.cred.ClientID); err != nil { // another process
			t.Fatal(err)
		}
		if _, err := i.Valid(t.Context()); !errors.Is(err, webex.ErrNotLoggedIn) {
			t.Errorf("got %v", err)
		}
		if _, err := w.store.IntegrationTokens(t.Context(), w.cred.ClientID); !errors.Is(err, webex.ErrNotLoggedIn) {
			t.Errorf("the deleted login was restored: %v", err)
		}
	})
}

func TestALifetimeMayBeAnyNumberOfJSON(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"1209599": 1209599 * time.Second, "1209599.0": 1209599 * time.Second, `"1209599.0"`: 1209599 * time.Second,
		"1.209599e6": 1209599 * time.Second, "120.9E+1": 1209 * time.Second, "12.75": 12 * time.Second, "null": 0,
	} {
		w := newWorld(t, webextest.Switches{})
		i := w.integration()
		w.mustLogin(i)
		w.sim.AddFault(webextest.Fault{Path: "/access_token", Times: 1, Status: 200, Body: `{"access_token":"new-token","expires_in":` + text + `,"refresh_token_expires_in":` + text + `}`})
		got, err := i.Refresh(t.Context())
		if err != nil || got.AccessLife != want || want != 0 && got.RefreshLife != want {
			t.Errorf("%s: %s, %s, %v", text, got.AccessLife, got.RefreshLife, err)
		}
	}
	for _, text := range []string{`"0x10"`, `"inf"`, `"nan"`, `"1_000"`, `"."`, "0.5", "-3", "1e400", "true", "{}"} {
		w := newWorld(t, webextest.Switches{})
		i := w.integration()
		w.mustLogin(i)
		w.sim.AddFault(webextest.Fault{Path: "/access_token", Times: 2, Status: 200, Body: `{"access_token":"new-token","expires_in":` + text + `}`})
		if got, err := i.Refresh(t.Context()); !errors.Is(err, webex.ErrServer) {
			t.Errorf("%s: %s, %v", text, got.AccessLife, err)
		}
	}
}
