package webex_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

const devicePath = "/device/token"

// deviceWorld returns a simulator with an integration that may log in with a code.
func deviceWorld(sw webextest.Switches, uris ...string) (*webextest.Simulator, *webex.Integration) {
	sim := webextest.New(webextest.WithSwitches(sw))
	if uris == nil {
		uris = webex.DeviceRedirectURIs
	}
	return sim, deviceApp(sim, sim.Transport(), uris)
}

func deviceApp(sim *webextest.Simulator, rt http.RoundTripper, uris []string) *webex.Integration {
	a := sim.AddIntegration(webextest.Integration{App: webextest.App{Name: "wxauth"}, RedirectURIs: uris, Scopes: webex.DefaultScopes})
	cred := webex.Credentials{ClientID: webex.ClientID(a.ClientID), ClientSecret: webex.NewSecret(a.Secret)}
	return webex.NewIntegration(cred, store.NewMemory(), webex.WithTransport(rt), webex.WithBaseURL("http://127.0.0.1/v1"))
}

func requestsOf(sim *webextest.Simulator, path string) (n int) {
	for _, r := range sim.Requests() {
		if strings.HasPrefix(r.Path, path) {
			n++
		}
	}
	return n
}

// S-20a, S-20b: server behavior while a code is pending, with a fake clock and
// counted polls.
func TestDeviceGrant(t *testing.T) {
	accept := func(s *webextest.Simulator, code string) { s.AcceptCode(code) }
	deny := func(s *webextest.Simulator, code string) { s.DenyCode(code) }
	tests := []struct {
		name   string
		sw     webextest.Switches
		faults []webextest.Fault
		at     time.Duration // when the user decides
		decide func(*webextest.Simulator, string)
		want   error
		polls  int
		took   time.Duration
	}{
		{name: "428 until somebody accepts", at: 9 * time.Second, decide: accept, polls: 5, took: 10 * time.Second},
		{name: "400 authorization_pending, in Webex's envelope", sw: webextest.Switches{PendingAsError: true}, at: 9 * time.Second, decide: accept, polls: 5, took: 10 * time.Second},
		{name: "400 authorization_pending, as in RFC 8628", sw: webextest.Switches{PendingAsError: true, BrokerErrors: true}, at: 9 * time.Second, decide: accept, polls: 5, took: 10 * time.Second},
		{name: "denied", at: 5 * time.Second, decide: deny, want: webex.ErrLoginDenied, polls: 3, took: 6 * time.Second},
		{name: "denied, as in RFC 8628", sw: webextest.Switches{BrokerErrors: true}, at: 5 * time.Second, decide: deny, want: webex.ErrLoginDenied, polls: 3, took: 6 * time.Second},
		// 300 s at 2 s: the 150th poll would be at the expiry.
		{name: "nobody enters it", want: webex.ErrLoginTimeout, polls: 149, took: 300 * time.Second},
		{
			name:   "429 asks for a longer interval, which stays",
			faults: []webextest.Fault{{Path: devicePath, Times: 1, Status: 429}},
			at:     17 * time.Second, decide: accept, polls: 4, took: (2 + 7 + 7 + 7) * time.Second,
		},
		{
			name:   "429 with Retry-After",
			faults: []webextest.Fault{{Path: devicePath, Times: 1, Status: 429, RetryAfter: "30"}},
			at:     10 * time.Second, decide: accept, polls: 2, took: 32 * time.Second,
		},
		{
			name:   "pending, with a Retry-After of a day: a minute",
			faults: []webextest.Fault{{Path: devicePath, Times: 1, Status: 428, RetryAfter: "86400"}},
			at:     10 * time.Second, decide: accept, polls: 2, took: (2 + 60) * time.Second,
		},
		{
			name:   "slow_down twice",
			faults: []webextest.Fault{{Path: devicePath, Times: 2, Status: 400, Body: `{"error":"slow_down"}`}},
			at:     10 * time.Second, decide: accept, polls: 3, took: (2 + 7 + 12) * time.Second,
		},
		{
			name:   "expired_token before its time",
			faults: []webextest.Fault{{Path: devicePath, Skip: 1, Status: 400, Body: `{"error":"expired_token"}`}},
			want:   webex.ErrLoginTimeout, polls: 2, took: 4 * time.Second,
		},
		{
			name:   "invalid_grant, since the code is gone there",
			faults: []webextest.Fault{{Path: devicePath, Skip: 2, Status: 400, Body: `{"message":"invalid_grant"}`}},
			want:   webex.ErrLoginTimeout, polls: 3, took: 6 * time.Second,
		},
		{
			name:   "the account is full of tokens",
			faults: []webextest.Fault{{Path: devicePath, Status: 400, Body: `{"message":"tokenlimit_reached"}`}},
			want:   webex.ErrTokenLimit, polls: 1, took: 2 * time.Second,
		},
		{
			name:   "the client secret is wrong",
			faults: []webextest.Fault{{Path: devicePath, Status: 401, Body: `{"error":"invalid_client"}`}},
			want:   webex.ErrWrongClient, polls: 1, took: 2 * time.Second,
		},
		{
			name:   "the connection breaks three times: a backoff, and no end",
			faults: []webextest.Fault{{Path: devicePath, Times: 3, Kind: webextest.DropBefore}},
			at:     time.Second, decide: accept, polls: 4, took: (2 + 2 + 4 + 8) * time.Second,
		},
		{
			name:   "503 and 502, then an answer",
			faults: []webextest.Fault{{Path: devicePath, Times: 1, Status: 503}, {Path: devicePath, Skip: 0, Times: 1, Status: 502}},
			at:     time.Second, decide: accept, polls: 3, took: (2 + 2 + 4) * time.Second,
		},
		{
			name:   "a captive portal in between",
			faults: []webextest.Fault{{Path: devicePath, Times: 2, Kind: webextest.HTML}},
			at:     time.Second, decide: accept, polls: 3, took: (2 + 2 + 4) * time.Second,
		},
		{
			name:   "an answer that never comes ends with the code",
			faults: []webextest.Fault{{Path: devicePath, Kind: webextest.Answer, Delay: time.Hour}},
			want:   webex.ErrLoginTimeout, polls: 6, took: 300 * time.Second,
		},
		{
			name: "an unknown refusal ends it", faults: []webextest.Fault{{Path: devicePath, Status: 400, Body: `{"message":"no"}`}},
			want: webex.ErrLoginFailed, polls: 1, took: 2 * time.Second,
		},
		{
			name: "a redirect is not followed", faults: []webextest.Fault{{Path: devicePath, Kind: webextest.Redirect, Status: 307, To: "https://evil.example/"}},
			want: webex.ErrServer, polls: 1, took: 2 * time.Second,
		},
		{name: "an interval of an hour is a minute", sw: webextest.Switches{DeviceInterval: time.Hour, DeviceLife: 5 * time.Minute}, want: webex.ErrLoginTimeout, polls: 4, took: 300 * time.Second},
	}
	defer func() {
		trial.Report(t, trial.Figure{Name: "device login: server behaviors", Tried: len(tests), Survived: len(tests), Note: "polls counted"})
	}()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sim, app := deviceWorld(tt.sw)
				for _, f := range tt.faults {
					sim.AddFault(f)
				}
				start := time.Now()
				d, err := app.DeviceAuth(t.Context(), nil)
				if err != nil {
					t.Fatal(err)
				}
				if tt.decide != nil {
					go func() {
						time.Sleep(tt.at)
						tt.decide(sim, string(d.UserCode))
					}()
				}
				tokens, err := app.DeviceAccessToken(t.Context(), d, nil)
				if !errors.Is(err, tt.want) {
					t.Errorf("got %v, want %v", err, tt.want)
				}
				if got := requestsOf(sim, devicePath); got != tt.polls {
					t.Errorf("%d polls, want %d", got, tt.polls)
				}
				if took := time.Since(start); took != tt.took {
					t.Errorf("took %s, want %s", took, tt.took)
				}
				if got := requestsOf(sim, devicePath); tt.sw.DeviceInterval == 0 && float64(got) > 300/2+1 {
					t.Errorf("%d polls exceed the code's lifetime", got)
				}
				if tt.want != nil {
					return
				}
				kept, err := app.Stored(t.Context())
				if err != nil || !kept.Access.Equal(tokens.Access) || kept.Owner.Email != "ada.admin@acme.example" {
					t.Errorf("kept %+v, %v", kept, err)
				}
				if diff := webex.MissingScopes(webex.DefaultScopes, kept.Asked); len(diff) > 0 {
					t.Errorf("the requested scopes are missing: %v", diff)
				}
			})
		})
	}
}

// S-20c.
func TestDeviceAuthRefusals(t *testing.T) {
	uris := []string{webex.DefaultRedirectURI}
	tests := []struct {
		name   string
		uris   []string
		sw     webextest.Switches
		fault  *webextest.Fault
		scopes []string
		want   error
		says   string
	}{
		{name: "no helper redirect URI", uris: uris, want: webex.ErrNoDeviceLogin, says: webex.DeviceRedirectURIs[3]},
		{name: "a scope that is not ticked", scopes: []string{"spark:kms"}, want: webex.ErrLoginFailed, says: "select the scopes"},
		{name: "a sign-in scope", scopes: []string{"openid"}, want: webex.ErrInvalidInput, says: "openid"},
		{name: "a foreign page", sw: webextest.Switches{VerificationURI: "https://webex.com.evil.example/verify"}, want: webex.ErrLoginFailed, says: "webex.com.evil.example"},
		{name: "a page whose name only ends like Webex's", sw: webextest.Switches{VerificationURI: "https://evilwebex.com/verify"}, want: webex.ErrLoginFailed, says: "evilwebex.com"},
		{name: "a page on another port", sw: webextest.Switches{VerificationURI: "https://a.webex.com:8443/verify"}, want: webex.ErrLoginFailed, says: "8443"},
		{name: "an address with a zone that looks like Webex", sw: webextest.Switches{VerificationURI: "https://[2001:db8::bad%25.webex.com]/verify"}, want: webex.ErrLoginFailed},
		{name: "a percent-encoded slash", sw: webextest.Switches{VerificationURI: "https://evil.example%EF%BC%8F.webex.com/verify"}, want: webex.ErrLoginFailed},
		{name: "an empty label", sw: webextest.Switches{VerificationURI: "https://..webex.com/verify"}, want: webex.ErrLoginFailed},
		{name: "markup", sw: webextest.Switches{VerificationURI: "https://evil.example<b>.webex.com/verify"}, want: webex.ErrLoginFailed},
		{name: "a square that leads elsewhere", fault: &webextest.Fault{Path: "/device/authorize", Status: 200, Body: `{"device_code":"x","user_code":"123456","verification_uri":"https://a.webex.com/","verification_uri_complete":"https://evil.example/?userCode=123456","expires_in":300}`}, want: webex.ErrLoginFailed, says: "evil.example"},
		{name: "a page without TLS", sw: webextest.Switches{VerificationURI: "http://oauth-helper-r.wbx2.com/verify"}, want: webex.ErrLoginFailed, says: "http://"},
		{name: "a page of another kind", sw: webextest.Switches{VerificationURI: "file:///etc/passwd"}, want: webex.ErrLoginFailed, says: "file"},
		{name: "a page with a user in it", sw: webextest.Switches{VerificationURI: "https://webex.com@evil.example/"}, want: webex.ErrServer},
		{name: "escape sequences in the page", sw: webextest.Switches{VerificationURI: "https://a.webex.com/\x1b[2J"}, want: webex.ErrServer},
		{name: "wrong client", fault: &webextest.Fault{Path: "/device/authorize", Status: 400, Body: `{"errors":[{"description":"Client Id is invalid"}]}`}, want: webex.ErrWrongClient, says: "client id"},
		{name: "a grant that this client may not use", fault: &webextest.Fault{Path: "/device/authorize", Status: 400, Body: `{"error":"unauthorized_client"}`}, want: webex.ErrNoDeviceLogin, says: "through the browser"},
		{name: "an endpoint that is not there", fault: &webextest.Fault{Path: "/device/authorize", Status: 404, Body: `{}`}, want: webex.ErrNoDeviceLogin, says: "through the browser"},
		{name: "an unknown refusal", fault: &webextest.Fault{Path: "/device/authorize", Status: 400, Body: `{"message":"no"}`}, want: webex.ErrLoginFailed, says: "through the browser"},
		{name: "no code in it", fault: &webextest.Fault{Path: "/device/authorize", Status: 200, Body: `{"user_code":"1","verification_uri":"https://a.webex.com/"}`}, want: webex.ErrServer},
		{name: "a code that cannot be typed", fault: &webextest.Fault{Path: "/device/authorize", Status: 200, Body: `{"device_code":"x","user_code":"1\u001b[2J","verification_uri":"https://a.webex.com/"}`}, want: webex.ErrServer},
		{name: "garbage", fault: &webextest.Fault{Path: "/device/authorize", Kind: webextest.Garbage}, want: webex.ErrServer},
		{name: "gone", fault: &webextest.Fault{Path: "/device/authorize", Kind: webextest.DropBefore}, want: webex.ErrNetwork},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sim, app := deviceWorld(tt.sw, tt.uris...)
			if tt.fault != nil {
				sim.AddFault(*tt.fault)
			}
			d, err := app.DeviceAuth(t.Context(), tt.scopes)
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "\x1b") {
				t.Errorf("got %v, want %v with %q", err, tt.want, tt.says)
			}
			if d.UserCode != "" || d.VerificationURI != "" {
				t.Errorf("unsanitized text is left: %+v", d)
			}
		})
	}
}

func TestDeviceCodesOfWebexItself(t *testing.T) {
	for _, uri := range []string{"https://oauth-helper-r.wbx2.com/verify", "https://login.webex.com/verify"} {
		sim, app := deviceWorld(webextest.Switches{VerificationURI: uri})
		d, err := app.DeviceAuth(t.Context(), nil)
		if err != nil || d.VerificationURI != uri || !strings.HasPrefix(d.VerificationURIComplete, uri+"?userCode=") {
			t.Errorf("%+v, %v", d, err)
		}
		if n := requestsOf(sim, "/device/authorize"); n != 1 {
			t.Errorf("%d requests", n)
		}
	}
	// Missing or invalid values in the reply default to those of RFC 8628, within
	// bounds.
	for body, want := range map[string][2]time.Duration{
		`"expires_in":"600","interval":"3"`: {10 * time.Minute, 3 * time.Second},
		`"x":1`:                             {5 * time.Minute, 5 * time.Second},
		`"expires_in":-1,"interval":0`:      {5 * time.Minute, 5 * time.Second},
		`"expires_in":86400,"interval":900`: {30 * time.Minute, time.Minute},
	} {
		synctest.Test(t, func(t *testing.T) {
			sim, app := deviceWorld(webextest.Switches{})
			sim.AddFault(webextest.Fault{Status: 200, Body: `{"device_code":"d","user_code":"AB-12","verification_uri":"https://a.webex.com/v",` + body + `}`})
			d, err := app.DeviceAuth(t.Context(), nil)
			if err != nil || time.Until(d.Expires) != want[0] || d.Interval != want[1] || d.VerificationURIComplete != "" {
				t.Errorf("%s: %s, %s, %v", body, time.Until(d.Expires), d.Interval, err)
			}
		})
	}
}

func TestACodeThatIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, app := deviceWorld(webextest.Switches{})
		d, err := app.DeviceAuth(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(5*time.Second, cancel)
		if _, err := app.DeviceAccessToken(ctx, d, nil); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if n := requestsOf(sim, devicePath); n != 2 {
			t.Errorf("%d polls", n)
		}
		if _, err := app.Stored(t.Context()); !errors.Is(err, webex.ErrNotLoggedIn) {
			t.Error(err)
		}
	})
}

// If the caller cancels while the reply is arriving, nothing is saved.
func TestACodeThatIsGivenUpInTheLastMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := webextest.New()
		ctx, cancel := context.WithCancel(t.Context())
		app := deviceApp(sim, roundTripFunc(func(r *http.Request) (*http.Response, error) {
			resp, err := sim.Transport().RoundTrip(r)
			if err != nil || !strings.HasSuffix(r.URL.Path, devicePath) {
				return resp, err
			}
			body, err := io.ReadAll(resp.Body) // the whole reply has arrived
			resp.Body = io.NopCloser(bytes.NewReader(body))
			cancel()
			return resp, err
		}), webex.DeviceRedirectURIs)
		d, err := app.DeviceAuth(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		sim.AcceptCode(string(d.UserCode))
		if _, err := app.DeviceAccessToken(ctx, d, nil); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if _, err := app.Stored(t.Context()); !errors.Is(err, webex.ErrNotLoggedIn) {
			t.Errorf("it is kept: %v", err)
		}
	})
}

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestTroubleWhileACodeWaitsIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, app := deviceWorld(webextest.Switches{})
		sim.AddFault(webextest.Fault{Path: devicePath, Skip: 1, Times: 2, Kind: webextest.DropBefore})
		d, err := app.DeviceAuth(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		var told []webex.DeviceProgress
		go func() {
			time.Sleep(20 * time.Second)
			sim.AcceptCode(string(d.UserCode))
		}()
		if _, err := app.DeviceAccessToken(t.Context(), d, func(p webex.DeviceProgress) { told = append(told, p) }); err != nil {
			t.Fatal(err)
		}
		if len(told) != 4 || !errors.Is(told[0].Problem, webex.ErrNetwork) || told[1].Problem == nil || told[2].Problem != nil || !told[3].Entered {
			t.Errorf("told %v", told)
		}
	})
}

func TestAPollCarriesWhatWebexWants(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, app := deviceWorld(webextest.Switches{})
		var authorize, poll *http.Request
		spy := spyTransport{sim.Transport(), func(r *http.Request) {
			if strings.HasSuffix(r.URL.Path, devicePath) {
				poll = r
			} else if strings.HasSuffix(r.URL.Path, "/device/authorize") {
				authorize = r
			}
		}}
		cred := webex.Credentials{ClientID: app.ClientID(), ClientSecret: webex.NewSecret("s3cret-of-mine")}
		app = webex.NewIntegration(cred, store.NewMemory(), webex.WithTransport(spy), webex.WithBaseURL("http://127.0.0.1/v1"))
		d, err := app.DeviceAuth(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = app.DeviceAccessToken(t.Context(), d, nil)
		if !errors.Is(err, webex.ErrWrongClient) {
			t.Fatal(err)
		}
		if authorize.Header.Get("Authorization") != "" {
			t.Error("the secret was sent for the code")
		}
		id, secret, ok := poll.BasicAuth()
		if !ok || id != string(app.ClientID()) || secret != "s3cret-of-mine" {
			t.Errorf("Basic %q %q %v", id, secret, ok)
		}
	})
}

func TestNoSecretOfACodeIsRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, app := deviceWorld(webextest.Switches{})
		d, err := app.DeviceAuth(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		var poll *http.Request
		sim.AddFault(webextest.Fault{Path: devicePath, Kind: webextest.Echo})
		secret := "s3cret+of/mine=&<me>"
		spy := spyTransport{sim.Transport(), func(r *http.Request) { poll = r }}
		app = webex.NewIntegration(webex.Credentials{ClientID: app.ClientID(), ClientSecret: webex.NewSecret(secret)}, store.NewMemory(),
			webex.WithTransport(spy), webex.WithBaseURL("http://127.0.0.1/v1"))
		_, err = app.DeviceAccessToken(t.Context(), d, nil)
		basic := strings.TrimPrefix(poll.Header.Get("Authorization"), "Basic ")
		if err == nil || basic == "" || strings.Contains(err.Error(), "mine") || strings.Contains(err.Error(), basic) {
			t.Errorf("%v holds %q or %q", err, secret, basic)
		}
	})
}

// spyTransport inspects each request.
type spyTransport struct {
	next http.RoundTripper
	look func(*http.Request)
}

func (s spyTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	s.look(r.Clone(context.Background()))
	return s.next.RoundTrip(r)
}
