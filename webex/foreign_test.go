package webex_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

const guestPage = "<!doctype html><title>Guest network</title><p>Sign in</p>"

// An HTML page is reported as coming from a proxy or captive portal, whatever its
// status: never as a missing role, an expired token, a wrong client secret or a
// Webex failure.
func TestAPageIsNeverWebexsAnswer(t *testing.T) {
	for _, status := range []int{200, 400, 401, 403, 407, 451, 511} {
		for what, header := range map[string]string{"named": "text/html; charset=utf-8", "unnamed": "application/json"} {
			t.Run(fmt.Sprint(status, " ", what), func(t *testing.T) {
				fault := webextest.Fault{Status: status, Body: "\n" + guestPage, ContentType: header}
				sim, c, ids := inMemory()
				sim.AddFault(fault)
				jane := webex.ByEmail("jane@acme.example")
				w := newWorld(t, webextest.Switches{})
				i := w.integration()
				w.mustLogin(i)
				before, err := w.store.IntegrationTokens(t.Context(), w.cred.ClientID)
				if err != nil {
					t.Fatal(err)
				}
				w.sim.AddFault(fault)
				*w.now = w.now.Add(15 * 24 * time.Hour)
				errs := map[string]error{
					"GET": second(c.Authorizations(t.Context(), jane)), "DELETE": c.DeleteAuthorization(t.Context(), webex.AuthorizationID(ids[0])),
					"refresh": second(i.AccessToken(t.Context())), "probe": second(c.Probe(t.Context())),
					"device": second(i.DeviceAuth(t.Context(), nil)),
				}
				for call, err := range errs {
					text := fmt.Sprint(err)
					if !errors.Is(err, webex.ErrServer) || errors.Is(err, webex.ErrForbidden) || errors.Is(err, webex.ErrNotLoggedIn) || errors.Is(err, webex.ErrWrongClient) || errors.Is(err, webex.ErrNotAPI) {
						t.Errorf("%s: %v", call, err)
					}
					if !strings.Contains(text, "instead of Webex") || strings.Contains(text, "Admin") || strings.Contains(text, "get a new one") || strings.Contains(text, "Webex's side") || strings.Contains(text, "<") {
						t.Errorf("%s: %s", call, text)
					}
				}
				if after, err := w.store.IntegrationTokens(t.Context(), w.cred.ClientID); err != nil || !after.Rejected.IsZero() || !after.Refresh.Equal(before.Refresh) {
					t.Errorf("the stored tokens changed: %+v, %v", after, err)
				}
			})
		}
	}
}

// A page with a gateway's status is retried.
func TestAGatewaysPageIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, c, _ := inMemory()
		sim.AddFault(webextest.Fault{Status: 503, Body: "<html>503</html>", ContentType: "text/html", Times: 2})
		if rows, err := c.Authorizations(t.Context(), webex.ByEmail("jane@acme.example")); err != nil || len(rows) != 2 {
			t.Errorf("%d rows, %v", len(rows), err)
		}
	})
}

// An address that is not the API's is reported as such, not as "not found".
func TestAnAddressThatIsNotTheAPI(t *testing.T) {
	sim := webextest.New()
	sim.AddPerson(webextest.Person{Name: "Jane Doe", Email: "jane@acme.example"})
	for name, elsewhere := range map[string]http.HandlerFunc{
		"a page": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(404)
		},
		"nothing": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) },
		"JSON of another program": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(404)
			_, _ = w.Write([]byte(`{"error":"no route"}`))
		},
		"Webex's own gateway": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Trackingid", "ROUTER_1")
			w.WriteHeader(404)
			_, _ = w.Write([]byte(`{"message":"The requested resource could not be found.","trackingId":"ROUTER_1"}`))
		},
	} {
		t.Run(name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.URL.Path, "/v1/") {
					sim.ServeHTTP(w, r)
					return
				}
				elsewhere(w, r)
			}))
			defer srv.Close()
			at := func(base string) *webex.Client {
				return webex.New(webex.StaticToken(webex.NewSecret(sim.AdminToken())), webex.WithBaseURL(base))
			}
			jane := webex.ByEmail("jane@acme.example")
			if _, err := at(srv.URL+"/v2").Authorizations(t.Context(), jane); !errors.Is(err, webex.ErrNotAPI) {
				t.Errorf("another version: %v", err)
			}
			for call, err := range map[string]error{
				"list": second(at(srv.URL).Authorizations(t.Context(), jane)), "me": second(at(srv.URL).Me(t.Context())),
				"delete": at(srv.URL).DeleteAuthorization(t.Context(), "Y2lz"), "probe": second(at(srv.URL).Probe(t.Context())),
			} {
				if !errors.Is(err, webex.ErrNotAPI) || !errors.Is(err, webex.ErrServer) || errors.Is(err, webex.ErrNotFound) || !strings.Contains(fmt.Sprint(err), webex.DefaultBaseURL) {
					t.Errorf("%s: %v", call, err)
				}
			}
			if _, err := at(srv.URL+"/v1 \t").Authorizations(t.Context(), jane); err != nil {
				t.Errorf("a trailing blank: %v", err)
			}
			if _, err := at(srv.URL+"/v1").Authorizations(t.Context(), webex.ByEmail("nobody@acme.example")); !errors.Is(err, webex.ErrNotFound) || errors.Is(err, webex.ErrNotAPI) {
				t.Errorf("nobody: %v", err)
			}
		})
	}
	if err := webex.CheckBaseURL("https://webexapis.com/v 1"); !errors.Is(err, webex.ErrInvalidInput) {
		t.Error(err)
	}
}

// A gateway's page without a tracking id is not reported as a failure of Webex.
func TestAPageOfAGatewayThatWebexDoesNotKnow(t *testing.T) {
	t.Parallel()
	for _, tracked := range []bool{false, true} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if tracked {
				w.Header().Set("Trackingid", "ROUTER_1")
			}
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusBadGateway)
			_, _ = w.Write([]byte(guestPage))
		}))
		c := webex.New(webex.StaticToken(webex.NewSecret("t")), webex.WithBaseURL(srv.URL))
		err := c.DeleteAuthorization(t.Context(), "Y2lz")
		if !errors.Is(err, webex.ErrServer) || strings.Contains(fmt.Sprint(err), "Webex's side") != tracked {
			t.Errorf("tracked %v: %v", tracked, err)
		}
		srv.Close()
	}
}

// For a base URL without a version, the client probes the API only once, however
// often it gets a 404.
func TestABaseURLWithoutAVersionIsAskedOnce(t *testing.T) {
	sim := webextest.NewServer()
	defer sim.Close()
	probes := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			probes++
		}
		r.URL.Path = "/v1" + r.URL.Path
		sim.ServeHTTP(w, r)
	}))
	defer srv.Close()
	c := webex.New(webex.StaticToken(webex.NewSecret(sim.AdminToken())), webex.WithBaseURL(srv.URL))
	for range 3 {
		if _, err := c.Authorizations(t.Context(), webex.ByEmail("nobody@acme.example")); !errors.Is(err, webex.ErrNotFound) {
			t.Errorf("nobody: %v", err)
		}
	}
	if probes != 1 {
		t.Errorf("%d probes", probes)
	}
}

// An unusable proxy fails the call before anything is sent.
func TestAProxyThatCannotBeUsed(t *testing.T) {
	why := fmt.Errorf("%w: no such proxy", webex.ErrInvalidInput)
	dialed := false
	c := webex.New(webex.StaticToken(webex.NewSecret("t")), webex.WithProxy(func(*http.Request) (*url.URL, error) { dialed = true; return nil, why }))
	err := c.DeleteAuthorization(t.Context(), "Y2lz")
	var e *webex.Error
	if !errors.Is(err, why) || !errors.As(err, &e) || e.MayHaveHappened() || e.Hint != "" || !dialed {
		t.Errorf("%v", err)
	}
}
