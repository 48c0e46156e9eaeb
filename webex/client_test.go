package webex_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// inMemory returns a simulator with Jane and one app of hers, and a client that
// calls it without a socket.
func inMemory(opts ...webex.Option) (*webextest.Simulator, *webex.Client, []string) {
	sim := webextest.New()
	jane := sim.AddPerson(webextest.Person{Name: "Jane Doe", Email: "jane@acme.example"})
	ids := sim.Grant(jane, sim.AddApp("Meeting Sync"), time.Now().Add(-48*time.Hour), time.Now().Add(-time.Hour))
	return sim, clientFor(sim, sim.AdminToken(), opts...), ids
}

func clientFor(sim *webextest.Simulator, token string, opts ...webex.Option) *webex.Client {
	opts = append([]webex.Option{webex.WithTransport(sim.Transport()), webex.WithBaseURL("https://webexapis.com/v1")}, opts...)
	return webex.New(webex.StaticToken(webex.NewSecret(token)), opts...)
}

func TestAuthorizationsCarriesWhatTheListSays(t *testing.T) {
	for _, form := range []string{"", "z", "fraction"} {
		t.Run("created as "+form, func(t *testing.T) {
			sim, c, ids := inMemory()
			sim.SetSwitches(webextest.Switches{CreatedForm: form})
			rows, err := c.Authorizations(t.Context(), webex.ByEmail("jane@acme.example"))
			if err != nil {
				t.Fatal(err)
			}
			truth := sim.Authorizations("jane@acme.example")
			if len(rows) != 2 || len(truth) != 2 {
				t.Fatalf("%d rows, %d in truth", len(rows), len(truth))
			}
			for i, r := range rows {
				want := truth[i]
				if string(r.ID) != ids[i] || string(r.ClientID) != want.App.ClientID || string(r.ApplicationID) != want.App.ApplicationID ||
					string(r.ApplicationName) != "Meeting Sync" || string(r.PersonID) != want.PersonID || string(r.Type) != want.Type ||
					r.Created.Sub(want.Created).Abs() > time.Second || r.Created.Location() != time.UTC {
					t.Errorf("row %d = %+v, want %+v", i, r, want)
				}
			}
			byID, err := c.Authorizations(t.Context(), webex.ByID(rows[0].PersonID))
			if err != nil || !slices.Equal(byID, rows) {
				t.Errorf("by id: %v, %v", byID, err)
			}
		})
	}
}

func TestEachListNamesThePersonOnce(t *testing.T) {
	sim, c, _ := inMemory()
	_, _ = c.Authorizations(t.Context(), webex.ByEmail("jane@acme.example"))
	_, _ = c.Authorizations(t.Context(), webex.Me)
	_, _ = c.Authorizations(t.Context(), webex.Me)
	var got []string
	for _, r := range sim.Requests() {
		got = append(got, r.Method+" "+r.Path+" "+strings.SplitN(r.Query, "=", 2)[0])
	}
	want := []string{"GET /authorizations personEmail", "GET /people/me ", "GET /authorizations personId", "GET /authorizations personId"}
	if !slices.Equal(got, want) {
		t.Errorf("requests = %q, want %q", got, want)
	}
}

func TestOddRowsAreKept(t *testing.T) {
	sim, c, _ := inMemory()
	p := sim.AddPerson(webextest.Person{Email: "odd@acme.example", Name: "Odd"})
	for i, raw := range []string{
		`{}`, `{"id":null,"type":null,"created":null,"applicationName":null,"clientId":null,"personId":null,"applicationId":null}`,
		`{"id":"x","type":"device_session","created":"yesterday","more":{"a":[1,2]}}`, `{"ID":"upper","Type":"access"}`,
	} {
		sim.AddRaw(p, fmt.Sprint("raw", i), raw)
	}
	rows, err := c.Authorizations(t.Context(), webex.ByEmail("odd@acme.example"))
	if err != nil || len(rows) != 4 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	empty := webex.Authorization{}
	if rows[0] != empty || rows[1] != empty || rows[3] != empty {
		t.Errorf("missing and null fields must be empty: %+v", rows)
	}
	if want := (webex.Authorization{ID: "x", Type: "device_session"}); rows[2] != want {
		t.Errorf("row = %+v, want %+v", rows[2], want)
	}
}

func TestBadInputIsRefusedBeforeTheNetwork(t *testing.T) {
	sim, c, _ := inMemory()
	ctx := t.Context()
	blank := []string{"", " ", "\t", ".", "..", "a/b", "a?clientId=1", "a#b", "a%2fb", "a\nb", "null", "undefined", "$ID", strings.Repeat("a", 513), "é"}
	for _, id := range blank {
		for what, err := range map[string]error{
			"delete":      c.DeleteAuthorization(ctx, webex.AuthorizationID(id)),
			"app-wide":    c.DeleteClientAuthorizations(ctx, webex.ClientID(id), "Y2lzY28"),
			"app-wide in": c.DeleteClientAuthorizations(ctx, "C1", webex.OrgID(id)),
			"person":      second(c.Person(ctx, webex.PersonID(id))),
			"org":         second(c.Organization(ctx, webex.OrgID(id))),
			"list":        second(c.Authorizations(ctx, webex.ByID(webex.PersonID(id)))),
		} {
			if !errors.Is(err, webex.ErrInvalidInput) {
				t.Errorf("%s %q: %v", what, id, err)
			}
		}
	}
	for _, email := range []string{"", " ", "jane", "@", "a@", "@b", "a@b@c", "a b@c.d", "a@b..c", "a@.b", "a\n@b.c", "<a@b.c>", "a@b.c,d@e.f"} {
		if _, err := c.Authorizations(ctx, webex.ByEmail(email)); !errors.Is(err, webex.ErrInvalidInput) {
			t.Errorf("email %q: %v", email, err)
		}
	}
	if n := len(sim.Requests()); n != 0 {
		t.Errorf("%d requests were sent: %v", n, sim.Requests())
	}
	trial.Report(t, trial.Figure{Name: "blank and invalid IDs, rejected before any request", Tried: 6 * len(blank), Survived: 6 * len(blank), Lost: len(sim.Requests())})
}

func second[T any](_ T, err error) error { return err }

func TestStatusesBecomeErrorsThatSayWhatToDo(t *testing.T) {
	tests := []struct {
		status int
		is     error
		hint   string
	}{
		{400, webex.ErrInvalidInput, ""},
		{401, webex.ErrNotLoggedIn, "get a new one"},
		{403, webex.ErrForbidden, "requires the Full, User or Device Admin role"},
		{404, webex.ErrNotFound, ""},
		{409, webex.ErrInvalidInput, ""},
		{410, webex.ErrNotFound, ""},
		{500, webex.ErrServer, "trackingId"},
	}
	for _, broker := range []bool{false, true} {
		for _, tt := range tests {
			sim, c, _ := inMemory()
			sim.SetSwitches(webextest.Switches{BrokerErrors: broker})
			sim.AddFault(webextest.Fault{Status: tt.status})
			_, err := c.Authorizations(t.Context(), webex.ByEmail("jane@acme.example"))
			var e *webex.Error
			if !errors.Is(err, tt.is) || !errors.As(err, &e) {
				t.Errorf("%d: %v", tt.status, err)
				continue
			}
			if e.Status != tt.status || e.Message != webexMessage(broker) || e.TrackingID == "" || !strings.Contains(e.Error(), tt.hint) {
				t.Errorf("%d broker=%v: %+v", tt.status, broker, e)
			}
			if len(sim.Requests()) != 1 {
				t.Errorf("%d was tried %d times", tt.status, len(sim.Requests()))
			}
		}
	}
}

func webexMessage(broker bool) webex.Untrusted {
	if broker {
		return "invalid_request: A fault of the simulator."
	}
	return "A fault of the simulator."
}

func TestHintOfA403NamesTheScope(t *testing.T) {
	sim, _, ids := inMemory()
	jane, _ := sim.Person("jane@acme.example")
	c := clientFor(sim, sim.IssueToken(jane, webextest.App{}, nil))
	_, err := c.Authorizations(t.Context(), webex.ByEmail("jane@acme.example"))
	if !strings.Contains(fmt.Sprint(err), "scope identity:tokens_read") {
		t.Error(err)
	}
	if err := c.DeleteAuthorization(t.Context(), webex.AuthorizationID(ids[0])); !strings.Contains(fmt.Sprint(err), "scope identity:tokens_write") {
		t.Error(err)
	}
}

func TestRetries(t *testing.T) {
	list := func(c *webex.Client, ctx context.Context, _ []string) error {
		_, err := c.Authorizations(ctx, webex.ByEmail("jane@acme.example"))
		return err
	}
	del := func(c *webex.Client, ctx context.Context, ids []string) error {
		return c.DeleteAuthorization(ctx, webex.AuthorizationID(ids[0]))
	}
	org := func(c *webex.Client, ctx context.Context, _ []string) error {
		return c.DeleteClientAuthorizations(ctx, "C1", "Y2lzY28")
	}
	type fault = webextest.Fault
	tests := []struct {
		name     string
		call     func(*webex.Client, context.Context, []string) error
		fault    fault
		requests int
		is       error // nil: the call must succeed
		min, max time.Duration
	}{
		{"a 503 passes", list, fault{Status: 503, Times: 2}, 3, nil, 0, 3 * time.Second},
		{"a 502 passes", list, fault{Status: 502, Times: 1}, 2, nil, 0, time.Second},
		{"a 504 passes", del, fault{Status: 504, Times: 1}, 2, nil, 0, time.Second},
		{"four retries, not five", list, fault{Status: 503}, 5, webex.ErrServer, 0, 16 * time.Second},
		{"four retries are enough for the fifth attempt", list, fault{Status: 503, Times: 4}, 5, nil, 0, 16 * time.Second},
		{"a 500 is not tried again", list, fault{Status: 500}, 1, webex.ErrServer, 0, 0},
		{"a 429 waits as told", list, fault{Status: 429, RetryAfter: "7", Times: 1}, 2, nil, 7 * time.Second, 7 * time.Second},
		{"a 423 waits as told", list, fault{Status: 423, RetryAfter: "3", Times: 1}, 2, nil, 3 * time.Second, 3 * time.Second},
		{"a 429 without Retry-After waits five seconds", list, fault{Status: 429, Times: 1}, 2, nil, 5 * time.Second, 5 * time.Second},
		{"a 429 with nonsense in Retry-After does too", list, fault{Status: 429, RetryAfter: "soon", Times: 1}, 2, nil, 5 * time.Second, 5 * time.Second},
		{"a negative Retry-After does too", list, fault{Status: 429, RetryAfter: "-30", Times: 1}, 2, nil, 5 * time.Second, 5 * time.Second},
		{"an absurd Retry-After does too", list, fault{Status: 429, RetryAfter: "1000000000000000000", Times: 1}, 2, nil, 5 * time.Second, 5 * time.Second},
		{"Retry-After 0 backs off shortly", list, fault{Status: 429, RetryAfter: "0", Times: 1}, 2, nil, 0, time.Second},
		{"60 s are still waited", list, fault{Status: 429, RetryAfter: "60", Times: 1}, 2, nil, time.Minute, time.Minute},
		{"61 s are not", list, fault{Status: 429, RetryAfter: "61"}, 1, webex.ErrRateLimited, 0, 0},
		{"pauses add up", list, fault{Status: 429, RetryAfter: "25"}, 3, webex.ErrRateLimited, 50 * time.Second, 50 * time.Second},
		{"a broken connection before the effect passes", list, fault{Kind: webextest.DropBefore, Times: 4}, 5, nil, 0, 16 * time.Second},
		{"a truncated body passes", list, fault{Kind: webextest.Truncate, Times: 1}, 2, nil, 0, time.Second},
		{"a DELETE is repeated once after a break", del, fault{Method: "DELETE", Kind: webextest.DropBefore, Times: 1}, 2, nil, 0, time.Second},
		{"and not twice", del, fault{Method: "DELETE", Kind: webextest.DropBefore}, 2, webex.ErrNetwork, 0, time.Second},
		{"a 404 after a break is no error", del, fault{Method: "DELETE", Kind: webextest.DropAfter, Times: 1}, 2, nil, 0, time.Second},
		{"a 404 after a gateway's 504 is no error", del, fault{Method: "DELETE", Kind: webextest.LostAfter, Status: 504, Times: 1}, 2, nil, 0, time.Second},
		{"an app-wide DELETE is never repeated: 503", org, fault{Status: 503}, 1, webex.ErrServer, 0, 0},
		{"an app-wide DELETE is never repeated: 429", org, fault{Status: 429, RetryAfter: "1"}, 1, webex.ErrRateLimited, 0, 0},
		{"an app-wide DELETE is never repeated: break", org, fault{Kind: webextest.DropAfter}, 1, webex.ErrNetwork, 0, 0},
		{"garbage is no list", list, fault{Kind: webextest.Garbage}, 1, webex.ErrServer, 0, 0},
		{"HTML is no list", list, fault{Kind: webextest.HTML}, 1, webex.ErrServer, 0, 0},
		{"HTML that does not say so is no DELETE", del, fault{Method: "DELETE", Status: 200, Body: "\ufeff\n<html><body>sign in"}, 1, webex.ErrServer, 0, 0},
		{"a 206 is no answer to a DELETE", del, fault{Method: "DELETE", Status: 206, Body: "{}"}, 1, webex.ErrServer, 0, 0},
		{"HTML is no DELETE", del, fault{Method: "DELETE", Kind: webextest.HTML}, 1, webex.ErrServer, 0, 0},
		{"a redirect is not followed", list, fault{Kind: webextest.Redirect, To: "/v1/people"}, 1, webex.ErrServer, 0, 0},
		{"an endless body ends", list, fault{Kind: webextest.Endless}, 1, webex.ErrServer, 0, time.Second},
		{"a dripping body ends", list, fault{Kind: webextest.Drip}, 1, webex.ErrNetwork, 30 * time.Second, 30 * time.Second},
		{"no answer at all ends", list, fault{Delay: time.Hour}, 1, webex.ErrNetwork, 30 * time.Second, 30 * time.Second},
		{"an empty object is no list", list, fault{Status: 200, Body: "{}"}, 1, webex.ErrServer, 0, 0},
		{"null items are no list", list, fault{Status: 200, Body: `{"items":null}`}, 1, webex.ErrServer, 0, 0},
		{"an empty body is no list", list, fault{Status: 200, Body: " "}, 1, webex.ErrServer, 0, 0},
		{"a duplicate name is no list", list, fault{Status: 200, Body: `{"items":[],"items":[]}`}, 1, webex.ErrServer, 0, 0},
		{"items of a wrong type are no list", list, fault{Status: 200, Body: `{"items":7}`}, 1, webex.ErrServer, 0, 0},
		{"something after the list is no list", list, fault{Status: 200, Body: `{"items":[]}{"items":[]}`}, 1, webex.ErrServer, 0, 0},
		{"a 204 is no list", list, fault{Status: 204}, 1, webex.ErrServer, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sim, c, ids := inMemory()
				sim.AddFault(tt.fault)
				start := time.Now()
				err := tt.call(c, t.Context(), ids)
				took := time.Since(start)
				if !errors.Is(err, tt.is) {
					t.Errorf("err = %v, want %v", err, tt.is)
				}
				if n := len(sim.Requests()); n != tt.requests {
					t.Errorf("%d requests, want %d", n, tt.requests)
				}
				if took < tt.min || took > tt.max {
					t.Errorf("took %s, want %s to %s", took, tt.min, tt.max)
				}
			})
		})
	}
}

func TestADeleteSaysWhetherItMayHaveHappened(t *testing.T) {
	type fault = webextest.Fault
	tests := []struct {
		name   string
		faults []fault
		want   bool
	}{
		{"refused with 403", []fault{{Status: 403}}, false},
		{"unknown at the first attempt", []fault{{Status: 404}}, false},
		{"refused with 429", []fault{{Status: 429, RetryAfter: "90"}}, false},
		{"broken twice", []fault{{Kind: webextest.DropBefore}}, true},
		{"a gateway's 503 five times", []fault{{Status: 503}}, true},
		{"a 500", []fault{{Status: 500}}, true},
		{"an HTML page", []fault{{Kind: webextest.HTML}}, true},
		{"a 503, then refused with 403", []fault{{Status: 503, Times: 1}, {Status: 403}}, true},
		{"a 429, then refused with 403", []fault{{Status: 429, RetryAfter: "1", Times: 1}, {Status: 403}}, false},
		{"a break, then a pause too long", []fault{{Kind: webextest.DropAfter, Times: 1}, {Status: 429, RetryAfter: "90"}}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sim, c, ids := inMemory()
				for _, f := range tt.faults {
					f.Method = "DELETE"
					sim.AddFault(f)
				}
				err := c.DeleteAuthorization(t.Context(), webex.AuthorizationID(ids[0]))
				var e *webex.Error
				if !errors.As(err, &e) || e.MayHaveHappened() != tt.want {
					t.Errorf("%v: MayHaveHappened = %v, want %v", err, e != nil && e.MayHaveHappened(), tt.want)
				}
			})
		})
	}
}

func TestA404AfterAMerePauseIsStillA404(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, c, ids := inMemory()
		sim.AddFault(webextest.Fault{Method: "DELETE", Status: 429, RetryAfter: "1", Times: 1})
		sim.Remove(ids[0])
		if err := c.DeleteAuthorization(t.Context(), webex.AuthorizationID(ids[0])); !errors.Is(err, webex.ErrNotFound) {
			t.Errorf("a rejected attempt cannot have deleted it: %v", err)
		}
	})
}

// An error message mentions a failure once, however many layers wrap it.
func TestARateLimitIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, status := range []int{429, 423, 503} {
			sim, c, _ := inMemory()
			sim.AddFault(webextest.Fault{Status: status, RetryAfter: "900", Body: "{}"})
			for _, when := range []string{"in the reply", "before the request"} {
				_, err := c.Authorizations(t.Context(), webex.ByEmail("jane@acme.example"))
				if !errors.Is(err, webex.ErrRateLimited) || strings.Count(err.Error(), "rate limited") > 1 || strings.Count(err.Error(), "asks for a pause") != 1 {
					t.Errorf("%d, %s: %v", status, when, err)
				}
				t.Log(err)
			}
		}
	})
}

func TestOnePauseHoldsAllRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, c, _ := inMemory()
		sim.AddFault(webextest.Fault{Status: 429, RetryAfter: "20", Times: 1})
		start := time.Now()
		var wg sync.WaitGroup
		for range 40 {
			wg.Go(func() {
				if _, err := c.Authorizations(t.Context(), webex.ByEmail("jane@acme.example")); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		wg.Wait()
		refused := 0
		for _, r := range sim.Requests() {
			if r.Status == 429 {
				refused++
			} else if r.Time.Sub(start) < 20*time.Second {
				t.Errorf("a request was sent %s into the pause", r.Time.Sub(start))
			}
		}
		if refused != 1 || len(sim.Requests()) != 41 {
			t.Errorf("%d refused of %d", refused, len(sim.Requests()))
		}
		if !c.PausedUntil().IsZero() {
			t.Error("the pause is over")
		}
	})
}

func TestNoMoreThanEightRequestsAreInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := webextest.New(webextest.WithLatency(time.Second))
		sim.AddPerson(webextest.Person{Email: "jane@acme.example", Name: "Jane"})
		c := clientFor(sim, sim.AdminToken())
		start := time.Now()
		var wg sync.WaitGroup
		for range 80 {
			wg.Go(func() { _, _ = c.Authorizations(t.Context(), webex.ByEmail("jane@acme.example")) })
		}
		wg.Wait()
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("80 calls of 1 s took %s, want 10 s", took)
		}
	})
}

func TestCancellingEndsACallAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, f := range []webextest.Fault{{Delay: time.Hour}, {Status: 429, RetryAfter: "50"}, {Status: 503}, {Kind: webextest.Drip}} {
			sim, c, _ := inMemory()
			sim.AddFault(f)
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			start := time.Now()
			_, err := c.Authorizations(ctx, webex.ByEmail("jane@acme.example"))
			if err == nil || time.Since(start) > 200*time.Millisecond {
				t.Errorf("%+v: %v after %s", f, err, time.Since(start))
			}
			cancel()
		}
	})
}

// S-73.
func TestReadOnlySendsNothingButGET(t *testing.T) {
	sim, c, ids := inMemory(webex.WithReadOnly())
	if _, err := c.Authorizations(t.Context(), webex.ByEmail("jane@acme.example")); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		c.DeleteAuthorization(t.Context(), webex.AuthorizationID(ids[0])),
		c.DeleteClientAuthorizations(t.Context(), "C1", "Y2lzY28"),
	} {
		if !errors.Is(err, webex.ErrReadOnly) {
			t.Error(err)
		}
	}
	if n := len(sim.Deletes()); n != 0 {
		t.Errorf("%d DELETEs left the process", n)
	}
}

func TestRedirectsLeakNoTokenAndRevokeNothing(t *testing.T) {
	var leaked []string
	foreign := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		leaked = append(leaked, r.Method+" "+r.Header.Get("Authorization"))
		_, _ = w.Write([]byte(`{"items":[]}`))
	}))
	defer foreign.Close()
	srv := webextest.NewServer()
	defer srv.Close()
	jane := srv.AddPerson(webextest.Person{Email: "jane@acme.example", Name: "Jane"})
	ids := srv.Grant(jane, srv.AddApp("A"), time.Now())
	c := webex.New(webex.StaticToken(webex.NewSecret(srv.AdminToken())), webex.WithBaseURL(srv.URL+"/v1"))
	tried := 0
	for _, code := range []int{301, 302, 303, 307, 308} {
		for _, to := range []string{foreign.URL, strings.Replace(foreign.URL, "127.0.0.1", "localhost", 1), srv.URL + "/v1/people/me"} {
			srv.ClearFaults()
			srv.AddFault(webextest.Fault{Kind: webextest.Redirect, Status: code, To: to})
			before := len(srv.Requests())
			for _, err := range []error{
				second(c.Authorizations(t.Context(), webex.ByEmail("jane@acme.example"))),
				c.DeleteAuthorization(t.Context(), webex.AuthorizationID(ids[0])),
				c.DeleteClientAuthorizations(t.Context(), "C1", "Y2lzY28"),
			} {
				tried++
				if !errors.Is(err, webex.ErrServer) {
					t.Errorf("%d to %s: %v", code, to, err)
				}
			}
			if n := len(srv.Requests()) - before; n != 3 {
				t.Errorf("%d to %s: %d requests for 3 calls", code, to, n)
			}
		}
	}
	if tried != 45 || len(leaked) != 0 {
		t.Errorf("%d tried, leaked %q", tried, leaked)
	}
	trial.Report(t, trial.Figure{Name: "redirects of an API call", Tried: tried, Survived: tried - len(leaked), Lost: len(leaked)})
}

func TestAGzipBombIsCutAtTheCap(t *testing.T) {
	srv := webextest.NewServer()
	defer srv.Close()
	srv.AddFault(webextest.Fault{Kind: webextest.GzipBomb})
	c := webex.New(webex.StaticToken(webex.NewSecret(srv.AdminToken())), webex.WithBaseURL(srv.URL+"/v1"))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := c.Authorizations(t.Context(), webex.ByEmail("jane@acme.example"))
	runtime.ReadMemStats(&after)
	if !errors.Is(err, webex.ErrServer) || !strings.Contains(err.Error(), "larger than 8 MiB") {
		t.Error(err)
	}
	if got := after.TotalAlloc - before.TotalAlloc; got > 128<<20 {
		t.Errorf("%d MiB were allocated", got>>20)
	}
}

// S-74: the app-wide DELETE contains the organization. Without it, Webex would use
// the organization of the token.
func TestTheAppWideDeleteNamesItsOrganization(t *testing.T) {
	sim, c, _ := inMemory()
	_ = c.DeleteClientAuthorizations(t.Context(), "C1", "Y2lzY28")
	all := sim.Deletes()
	if len(all) != 1 || all[0].Path != "/authorizations" || all[0].Query != "clientId=C1&orgId=Y2lzY28" {
		t.Errorf("%+v", all)
	}
}

func TestBaseURLs(t *testing.T) {
	for _, good := range []string{"https://webexapis.com/v1", "https://api-usgov.webex.com/v1/", "http://127.0.0.1:8787", "http://localhost:1/v1", "http://[::1]:1", "https://[fe80::1%25eth0]/v1", "https://xn--bcher-kva.example"} {
		if err := webex.CheckBaseURL(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, evil := range []string{
		"", "webexapis.com/v1", "ftp://webexapis.com", "http://webexapis.com/v1", "http://127.0.0.1.evil.example", "https://u:canary@webexapis.com",
		"https://webexapis.com/v1?x=1", "https://webexapis.com/v1#x", "://", "https://", "http://10.0.0.1", "javascript:alert(1)", "http://[::1",
		"https://webexapis。com", "https://webexapis．com", "https://webexapis｡com/v1", "https://webexapis%E3%80%82com", "https://ｗebexapis.com", "https://webexapıs.com", "https://bücher.example",
		"http://１27.0.0.1", "http://ⓛocalhost", "https://web\u00adexapis.com", "https://webexapis.com\u200b", "https://a b.example",
	} {
		err := webex.CheckBaseURL(evil)
		if !errors.Is(err, webex.ErrInvalidInput) {
			t.Errorf("%s: %v", evil, err)
		}
		if err != nil && strings.Contains(err.Error(), "canary") {
			t.Errorf("the password is in the error: %v", err)
		}
		c := webex.New(webex.StaticToken(webex.NewSecret("t")), webex.WithBaseURL(evil))
		if _, err := c.Me(t.Context()); !errors.Is(err, webex.ErrInvalidInput) {
			t.Errorf("a client with %s: %v", evil, err)
		}
	}
}

func TestWithoutATokenNothingIsSent(t *testing.T) {
	sim, _, _ := inMemory()
	c := clientFor(sim, "")
	if _, err := c.Me(t.Context()); !errors.Is(err, webex.ErrNotLoggedIn) || len(sim.Requests()) != 0 {
		t.Errorf("%v, %d requests", err, len(sim.Requests()))
	}
}

func TestTokenExpiryIsInMilliseconds(t *testing.T) {
	_, c, _ := inMemory()
	exp, err := c.TokenExpiry(t.Context())
	if left := time.Until(exp); err != nil || left < 11*time.Hour || left > 12*time.Hour {
		t.Errorf("%s left, %v", left, err)
	}
}

func TestA101EndsAtOnce(t *testing.T) {
	l := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		_, _ = conn.Write([]byte("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"))
		time.Sleep(5 * time.Second)
		_ = conn.Close()
	}))
	defer l.CloseClientConnections()
	c := webex.New(webex.StaticToken(webex.NewSecret("t")), webex.WithBaseURL(l.URL))
	start := time.Now()
	if err := c.DeleteAuthorization(t.Context(), "Y2lz"); !errors.Is(err, webex.ErrServer) {
		t.Error(err)
	}
	if took := time.Since(start); took > 4*time.Second {
		t.Errorf("took %s", took)
	}
}

func TestAServerThatRepeatsTheTokenDoesNotGetItPrinted(t *testing.T) {
	const canary = "canary-SEKRIT-token"
	var log strings.Builder
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trackingid", r.Header.Get("Authorization")+strings.Repeat("x", 4000))
		w.WriteHeader(400)
		_, _ = fmt.Fprintf(w, `{"message":"bad header %s","trackingId":"%s"}`, r.Header.Get("Authorization"), r.Header.Get("Authorization"))
	}))
	defer srv.Close()
	c := webex.New(webex.StaticToken(webex.NewSecret(canary)), webex.WithBaseURL(srv.URL), webex.WithLogger(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	_, err := c.Me(t.Context())
	if out := fmt.Sprintf("%v %+v %s", err, err, &log); strings.Contains(out, canary) || len(out) > 3000 {
		t.Errorf("%d bytes: %s", len(out), out)
	}
}

func TestWhatWasNeverSentIsNotCalledSent(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	plain := httptest.NewServer(http.NotFoundHandler()) // no TLS on an https address
	defer plain.Close()
	for _, base := range []string{closed.URL, strings.Replace(plain.URL, "http://", "https://", 1)} {
		c := webex.New(webex.StaticToken(webex.NewSecret("t")), webex.WithBaseURL(base))
		err := c.DeleteAuthorization(t.Context(), "Y2lz")
		var e *webex.Error
		if !errors.As(err, &e) || e.Sent || e.MayHaveHappened() || !errors.Is(err, webex.ErrNetwork) {
			t.Errorf("%s: %+v", base, err)
		}
	}
}

type failingSource struct{ calls int }

func (s *failingSource) Token(context.Context) (webex.Secret, error) {
	if s.calls++; s.calls > 1 {
		return webex.Secret{}, errors.New("the store is locked")
	}
	return webex.NewSecret("t"), nil
}

func TestADeleteThatLandedBeforeTheTokenFailedMayHaveHappened(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(504) }))
	defer srv.Close()
	c := webex.New(&failingSource{}, webex.WithBaseURL(srv.URL))
	var e *webex.Error
	if err := c.DeleteAuthorization(t.Context(), "Y2lz"); !errors.As(err, &e) || !e.MayHaveHappened() {
		t.Errorf("%v", err)
	}
}

func TestAnUnusableReplySaysWhatIsWrong(t *testing.T) {
	for body, want := range map[string]string{
		`{"items":[],"items":[]}`: "duplicate", `{}`: "no items", "\xef\xbb\xbf{}": "unexpected response",
		`{"items":[]} x`: "unexpected response", `[]`: "not an object",
	} {
		c := webex.New(webex.StaticToken(webex.NewSecret("t")), webex.WithTransport(roundTrip(func() (string, string) { return body, "" })))
		if _, err := c.Authorizations(t.Context(), webex.ByEmail("a@b.c")); !errors.Is(err, webex.ErrServer) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q in it", body, err, want)
		}
	}
	many := `{"items":[` + strings.Repeat("{},", 100_000) + `{}]}`
	c := webex.New(webex.StaticToken(webex.NewSecret("t")), webex.WithTransport(roundTrip(func() (string, string) { return many, "" })))
	if _, err := c.Authorizations(t.Context(), webex.ByEmail("a@b.c")); err == nil || !strings.Contains(err.Error(), "more than 100000 items") {
		t.Error(err)
	}
}

// A field or row of the wrong JSON type does not hide the others.
func TestAWrongTypeHidesNoList(t *testing.T) {
	body := `{"items":[{"id":"a","created":1445177776000,"applicationName":{"en":"Sync"},"type":"access"},{"id":"b","type":"refresh","personId":true},["c"],{"id":"d","clientId":null,"new":[1]}]}`
	c := webex.New(webex.StaticToken(webex.NewSecret("t")), webex.WithTransport(roundTrip(func() (string, string) { return body, "" })))
	got, err := c.Authorizations(t.Context(), webex.ByEmail("a@b.c"))
	want := []webex.Authorization{
		{ID: "a", Type: webex.TypeAccess, Unreadable: "created, applicationName"},
		{ID: "b", Type: webex.TypeRefresh, Unreadable: "personId"},
		{Unreadable: "all fields"},
		{ID: "d"},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	body = `{"items":[{"id":"a","emails":"a@b.c","displayName":7},{"id":"b","emails":["b@b.c",8],"title":[]}]}`
	var names []string
	for p, err := range c.People(t.Context(), webex.PeopleQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, string(p.ID)+" "+string(p.Email()))
	}
	if got := strings.Join(names, ", "); got != "a , b b@b.c" {
		t.Error(got)
	}
	body = `{"id":"a","displayName":7,"title":{}}`
	if p, err := c.Me(t.Context()); err != nil || p.ID != "a" {
		t.Errorf("%+v, %v", p, err)
	}
}
