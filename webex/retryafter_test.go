package webex_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/webex"
)

// answering is a transport function for tests.
type answering func(*http.Request) (*http.Response, error)

func (f answering) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// reply returns a response.
func reply(r *http.Request, status int, header http.Header, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: r}
}

// S-59: a Retry-After date is measured from the server's time, whatever the local
// clock says, for the API and the token endpoint.
func TestARetryAfterDateIsMeasuredByTheServersClock(t *testing.T) {
	for name, offset := range map[string]time.Duration{"an hour slow": time.Hour, "an hour fast": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				asked := 0
				transport := answering(func(r *http.Request) (*http.Response, error) {
					there := time.Now().Add(offset).UTC()
					header := http.Header{"Date": {there.Format(http.TimeFormat)}, "Content-Type": {"application/json"}}
					if asked++; asked%2 == 1 {
						header.Set("Retry-After", there.Add(2*time.Second).Format(http.TimeFormat))
						return reply(r, http.StatusTooManyRequests, header, `{"message":"Too many requests."}`), nil
					}
					if r.Method == http.MethodPost {
						return reply(r, http.StatusOK, header, `{"access_token":"abcdefghijklmnopqrstuvwxyz","expires_in":1209599,"refresh_token":"zyxwvutsrqponmlkjihgfedcba"}`), nil
					}
					return reply(r, http.StatusOK, header, `{"id":"Y2lz","emails":["a@acme.example"]}`), nil
				})
				start := time.Now()
				c := webex.New(webex.StaticToken(webex.NewSecret("t")), webex.WithTransport(transport))
				if _, err := c.Me(t.Context()); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(start); took < time.Second || took > 3*time.Second {
					t.Errorf("the API: a pause of %s", took)
				}
				cred := webex.Credentials{ClientID: "C0", ClientSecret: webex.NewSecret("s")}
				kept := store.NewMemory()
				if err := kept.SetIntegrationTokens(t.Context(), cred.ClientID, webex.Tokens{Access: webex.NewSecret("a"), Issued: time.Now().Add(-time.Hour), AccessLife: time.Minute, Refresh: webex.NewSecret("r"), RefreshIssued: time.Now().Add(-time.Hour), RefreshLife: 24 * time.Hour}); err != nil {
					t.Fatal(err)
				}
				i := webex.NewIntegration(cred, kept, webex.WithTransport(transport))
				start = time.Now()
				if _, err := i.AccessToken(t.Context()); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(start); took < time.Second || took > 3*time.Second {
					t.Errorf("the token endpoint: a pause of %s", took)
				}
			})
		})
	}
}

// If Webex ever pages the list of authorizations, it is read to its end: a token on the second page is
// not gone.
func TestAPagedListOfAuthorizationsIsReadToItsEnd(t *testing.T) {
	page := func(id string) string {
		return `{"items":[{"id":"` + id + `","applicationName":"A","clientId":"C1","personId":"Y2lz","created":"2026-11-01T00:00:00Z","type":"refresh"}]}`
	}
	next := ""
	c := webex.New(webex.StaticToken(webex.NewSecret("t")), webex.WithTransport(answering(func(r *http.Request) (*http.Response, error) {
		header := http.Header{"Content-Type": {"application/json"}}
		if r.URL.Query().Get("cursor") != "" {
			return reply(r, http.StatusOK, header, page("second")), nil
		}
		header.Set("Link", next)
		return reply(r, http.StatusOK, header, page("first")), nil
	})))
	next = `<https://webexapis.com/v1/authorizations?personEmail=jane%40acme.example&cursor=2>; rel="next"`
	all, err := c.Authorizations(t.Context(), webex.ByEmail("jane@acme.example"))
	if err != nil || len(all) != 2 || all[1].ID != "second" {
		t.Errorf("%+v, %v", all, err)
	}
	for _, next = range []string{`<https://elsewhere.example/v1/authorizations?cursor=2>; rel="next"`, `<https://webexapis.com/v1/authorizations?personEmail=omar%40acme.example&cursor=2>; rel="next"`} {
		if all, err := c.Authorizations(t.Context(), webex.ByEmail("jane@acme.example")); !errors.Is(err, webex.ErrServer) {
			t.Errorf("%s: %+v, %v", next, all, err)
		}
	}
}

// A pause within the maximum wait is kept to, however long.
func TestALongPauseIsWaitedForIfAllowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var asked []time.Duration
		c := webex.New(webex.StaticToken(webex.NewSecret("t")), webex.WithMaxWait(2*time.Hour), webex.WithTransport(answering(func(r *http.Request) (*http.Response, error) {
			asked = append(asked, time.Since(start))
			if time.Since(start) < time.Hour {
				return reply(r, http.StatusTooManyRequests, http.Header{"Retry-After": {"3600"}}, `{}`), nil
			}
			return reply(r, http.StatusOK, http.Header{"Content-Type": {"application/json"}}, `{"id":"Y2lz","emails":["a@acme.example"]}`), nil
		})))
		if _, err := c.Me(t.Context()); err != nil || len(asked) != 2 || asked[1] < time.Hour {
			t.Errorf("%v, %v", asked, err)
		}
	})
}
