package webex_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// typed reports whether callers can match an error.
func typed(err error) bool {
	for _, s := range []error{
		webex.ErrInvalidInput, webex.ErrNotLoggedIn, webex.ErrForbidden, webex.ErrNotFound, webex.ErrRateLimited, webex.ErrServer, webex.ErrNetwork,
		webex.ErrLoginFailed, webex.ErrWrongClient, webex.ErrTokenLimit,
	} {
		if errors.Is(err, s) {
			return true
		}
	}
	return false
}

// S-57, S-60, S-61, S-62, S-66: whatever a server does to a list, a DELETE, a people
// search, a refresh or a lookup of the person signed in, the call ends within its
// deadline with an error that callers can match. No goroutine leaks (the bubble
// waits for all of them), the token goes to no other address, and no list is
// returned.
func TestEveryMisbehaviourEndsInTime(t *testing.T) {
	const deadline = 5*30*time.Second + 60*time.Second + 8*time.Second // five attempts, the pauses, our own backoff
	tried, worst := 0, time.Duration(0)
	for _, m := range webextest.Misbehaviours() {
		calls := map[string]func(context.Context, *webex.Client, string) (string, error){
			"list": func(ctx context.Context, c *webex.Client, _ string) (string, error) {
				rows, err := c.Authorizations(ctx, webex.ByEmail("jane@acme.example"))
				return fmt.Sprintf("%d rows", len(rows)), err
			},
			"delete": func(ctx context.Context, c *webex.Client, id string) (string, error) {
				err := c.DeleteAuthorization(ctx, webex.AuthorizationID(id))
				if err == nil { // a 200 counts as accepted: the reloaded list decides
					err = webex.ErrServer
				}
				return "", err
			},
			"people": func(ctx context.Context, c *webex.Client, _ string) (string, error) {
				n := 0
				for _, err := range c.People(ctx, webex.PeopleQuery{Email: "jane@acme.example"}) {
					if err != nil {
						return fmt.Sprintf("%d people", n), err
					}
					n++
				}
				return fmt.Sprintf("%d people", n), nil
			},
			"expiry": func(ctx context.Context, c *webex.Client, _ string) (string, error) {
				at, err := c.TokenExpiry(ctx)
				if err == nil && at.IsZero() { // the server sends no time
					err = webex.ErrServer
				}
				return at.String(), err
			},
		}
		for name, call := range calls {
			tried++
			synctest.Test(t, func(t *testing.T) {
				sim := webextest.New()
				jane := sim.AddPerson(webextest.Person{Email: "jane@acme.example", Name: "Jane"})
				id := sim.Grant(jane, sim.AddApp("A"), time.Now())[0]
				wire := sim.Wire()
				c := webex.New(webex.StaticToken(webex.NewSecret(sim.AdminToken())), webex.WithBaseURL("http://127.0.0.1:80/v1"), webex.WithDialContext(wire.DialContext))
				sim.AddFault(m.Fault)
				start := time.Now()
				came, err := call(t.Context(), c, id)
				took := time.Since(start)
				worst = max(worst, took)
				switch {
				case err == nil:
					t.Errorf("%s of %s: got %s", name, m.Name, came)
				case !typed(err):
					t.Errorf("%s of %s: callers cannot match: %v", name, m.Name, err)
				case took > deadline:
					t.Errorf("%s of %s: took %s", name, m.Name, took)
				}
				for _, a := range wire.Dialed() {
					if a != "127.0.0.1:80" {
						t.Errorf("%s of %s: connected to %s", name, m.Name, a)
					}
				}
				wire.Close()
				time.Sleep(2 * time.Hour) // idle connections and late responses
			})
		}
	}
	trial.Report(t, trial.Figure{Name: "server faults × calls", Tried: tried, Survived: tried, Note: fmt.Sprintf("%d faults; the longest call took %s of fake time", len(webextest.Misbehaviours()), worst.Round(time.Second))})
}

// S-18, S-19, S-58: the same for a refresh. It is sent at most twice, stored tokens
// are kept unless Webex itself rejected them, and no content of the reply becomes a
// token.
func TestEveryMisbehaviourOfATokenEndpoint(t *testing.T) {
	tried := 0
	for _, m := range webextest.Misbehaviours() {
		tried++
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, webextest.Switches{})
			i := w.integration()
			w.mustLogin(i)
			before, err := w.store.IntegrationTokens(t.Context(), w.cred.ClientID)
			if err != nil {
				t.Fatal(err)
			}
			wire := w.sim.Wire()
			through := webex.NewIntegration(w.cred, w.store, webex.WithBaseURL("http://127.0.0.1/v1"), webex.WithDialContext(wire.DialContext), webex.WithClock(func() time.Time { return *w.now }))
			f := m.Fault
			f.Path = "/access_token"
			w.sim.AddFault(f)
			*w.now = w.now.Add(15 * 24 * time.Hour)
			sent, start := len(w.sim.Requests()), time.Now()
			_, err = through.AccessToken(t.Context())
			if err == nil || !typed(err) || time.Since(start) > 3*time.Minute {
				t.Errorf("%s: %v after %s", m.Name, err, time.Since(start))
			}
			if n := len(w.sim.Requests()) - sent; n > 2 {
				t.Errorf("%s: sent %d times", m.Name, n)
			}
			after, err := w.store.IntegrationTokens(t.Context(), w.cred.ClientID)
			if err != nil || !after.Access.Equal(before.Access) || !after.Refresh.Equal(before.Refresh) {
				t.Errorf("%s: the stored tokens changed: %v", m.Name, err)
			}
			wire.Close()
			time.Sleep(2 * time.Hour)
		})
	}
	trial.Report(t, trial.Figure{Name: "faults of the token endpoint", Tried: tried, Survived: tried})
}

// Connections that fail while being established: nothing was sent, and the error
// says so.
func TestAConnectionThatIsNotMade(t *testing.T) {
	for name, dial := range map[string]func(context.Context) (net.Conn, error){
		"refused": func(context.Context) (net.Conn, error) { return nil, errors.New("connection refused") },
		"silent":  func(ctx context.Context) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() },
	} {
		synctest.Test(t, func(t *testing.T) {
			c := webex.New(webex.StaticToken(webex.NewSecret("t")), webex.WithBaseURL("http://127.0.0.1/v1"),
				webex.WithDialContext(func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) }))
			start := time.Now()
			err := c.DeleteAuthorization(t.Context(), "Y2lz")
			var e *webex.Error
			if took := time.Since(start); took > 6*time.Second {
				t.Errorf("%s: took %s", name, took)
			}
			if !errors.Is(err, webex.ErrNetwork) || !errors.As(err, &e) || e.MayHaveHappened() {
				t.Errorf("%s: %v", name, err)
			}
			time.Sleep(time.Hour)
		})
	}
}
