package webex_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

func TestProbeAsksWithoutAToken(t *testing.T) {
	var got http.Header
	answer := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat))
		w.Header().Set("Trackingid", "ROUTER_1")
		w.WriteHeader(http.StatusUnauthorized)
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Clone()
		answer(w, r)
	}))
	defer srv.Close()
	c := webex.New(webex.StaticToken(webex.NewSecret("a-token-that-stays-here")), webex.WithBaseURL(srv.URL))
	p, err := c.Probe(t.Context())
	if err != nil || p.Status != 401 || !p.Webex || !p.Dated || (p.Skew+time.Hour).Abs() > 2*time.Second {
		t.Errorf("%+v, %v", p, err)
	}
	if got.Get("Authorization") != "" {
		t.Error("the probe sent a token")
	}
	answer = func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) }
	if p, err := c.Probe(t.Context()); err != nil || p.Status != 302 || p.Webex {
		t.Errorf("a portal: %+v, %v", p, err)
	}
	for base, want := range map[string]error{"http://127.0.0.1:1": webex.ErrNetwork, "http://webexapis.com": webex.ErrInvalidInput} {
		if _, err := webex.New(webex.StaticToken(webex.Secret{}), webex.WithBaseURL(base)).Probe(t.Context()); !errors.Is(err, want) {
			t.Errorf("%s: %v", base, err)
		}
	}
	sim := webextest.New()
	if p, err := webex.New(webex.StaticToken(webex.Secret{}), webex.WithTransport(sim.Transport())).Probe(t.Context()); err != nil || p.Status != 401 || !p.Webex {
		t.Errorf("the simulator: %+v, %v", p, err)
	}
}
