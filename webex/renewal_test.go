package webex_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// failingRenewal is a token source that cannot get another token.
type failingRenewal struct{ err error }

func (f failingRenewal) Token(context.Context) (webex.Secret, error) {
	return webex.NewSecret("rejected"), nil
}

func (f failingRenewal) Renew(context.Context, webex.Secret) (webex.Secret, error) {
	return webex.Secret{}, f.err
}

// A DELETE that Webex rejected with 401 had no effect, whatever happened to the request for a new token.
func TestAFailedRenewalSaysNothingAboutTheCall(t *testing.T) {
	asked := 0
	transport := answering(func(r *http.Request) (*http.Response, error) {
		asked++
		return reply(r, http.StatusUnauthorized, http.Header{"Content-Type": {"application/json"}}, `{}`), nil
	})
	why := &webex.Error{Op: "refresh token", Status: http.StatusBadGateway, Sent: true, Err: webex.ErrServer}
	c := webex.New(failingRenewal{why}, webex.WithTransport(transport))
	err := c.DeleteAuthorization(t.Context(), "0d3c7a52-5a53-4b0e-9c3f-0a2f3c1d9b10")
	e, ok := errors.AsType[*webex.Error](err)
	if !ok || e.MayHaveHappened() || e.Status != http.StatusUnauthorized || !errors.Is(err, webex.ErrServer) || asked != 1 {
		t.Errorf("after %d requests: %+v", asked, err)
	}
}

// If the first of two requests for tokens may have arrived, the intent stays, whatever happens to the
// second: Webex may have replaced the refresh token.
func TestAnIntentStaysIfTheFirstRequestMayHaveArrived(t *testing.T) {
	for name, stop := range map[string]bool{"stopped during the pause": true, "the second request does not arrive": false} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, webextest.Switches{})
			s, err := store.Open(t.TempDir()+"/wxauth/store.db", store.Keyfile(t.TempDir()+"/key"))
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			began := false
			i := webex.NewIntegration(w.cred, s, webex.WithBaseURL("http://127.0.0.1/v1"), webex.WithClock(func() time.Time { return *w.now }), webex.WithTransport(answering(func(r *http.Request) (*http.Response, error) {
				if !began {
					return w.sim.Transport().RoundTrip(r)
				}
				if stop {
					time.AfterFunc(time.Millisecond, cancel)
				}
				w.sim.AddFault(webextest.Fault{Path: "/access_token", Kind: webextest.DropAfter, Times: 1})
				defer w.sim.AddFault(webextest.Fault{Path: "/access_token", Kind: webextest.DropBefore})
				return w.sim.Transport().RoundTrip(r)
			})))
			w.mustLogin(i)
			began = true
			if _, err := i.Refresh(ctx); err == nil {
				t.Errorf("%s: no error", name)
			}
			if since, err := s.CutOff(t.Context(), webex.Principal{Client: w.cred.ClientID}); err != nil || since.IsZero() {
				t.Errorf("%s: the intent was dropped: %v", name, err)
			}
		})
	}
}

// A request for tokens may continue for five seconds after it was stopped, and no second one follows.
func TestARequestForTokensEndsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t, webextest.Switches{})
		asked := 0
		var stopped time.Time
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		app := webex.NewServiceApp(b.cred, b.mgr, store.NewMemory(), webex.WithBaseURL("http://127.0.0.1/v1"), webex.WithTransport(answering(func(r *http.Request) (*http.Response, error) {
			asked++
			stopped = time.Now()
			cancel()
			<-r.Context().Done()
			return nil, r.Context().Err()
		})))
		_, err := app.FetchForOrg(ctx, b.org)
		if took := time.Since(stopped); err == nil || asked != 1 || took > 5*time.Second {
			t.Errorf("%d requests, ended %s after the stop: %v", asked, took, err)
		}
	})
}
