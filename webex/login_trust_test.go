package webex

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/trial"
)

const testState = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"

// S-09: if two answers arrive before the port is closed, the first counts.
func TestASecondAnswerCountsForNothing(t *testing.T) {
	c := &callback{where: loopback{host: "127.0.0.1:1", path: "/callback", named: true}, state: testState, answer: make(chan redirectAnswer, 4)}
	for n := range 3 {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "/callback?state="+testState+"&code=code-"+string(rune('a'+n)), http.NoBody)
		r.Host = "127.0.0.1:1"
		c.ServeHTTP(w, r)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), pageApproved.title) { // a reload shows the result
			t.Errorf("answer %d: %d: %s", n, w.Code, w.Body)
		}
	}
	if a := <-c.answer; a.code != "code-a" || len(c.answer) != 0 {
		t.Errorf("%+v, and %d more", a, len(c.answer))
	}
}

// S-12: every page, including errors, has headers that disable active content.
func TestEveryPageIsFixed(t *testing.T) {
	for _, r := range []struct {
		method, target, host string
		status               int
	}{
		{"GET", "/callback?code=c&state=" + testState, "127.0.0.1:1", 200},
		{"GET", "/callback?error=access_denied&state=" + testState, "127.0.0.1:1", 200},
		{"GET", "/callback?code=<script>", "127.0.0.1:1", 400},
		{"GET", "/<script>", "127.0.0.1:1", 404},
		{"POST", "/callback", "127.0.0.1:1", 405},
		{"GET", "/callback", "evil", 421},
	} {
		c := &callback{where: loopback{host: "127.0.0.1:1", path: "/callback", named: true}, state: testState, answer: make(chan redirectAnswer, 1)}
		w := httptest.NewRecorder()
		c.ServeHTTP(w, &http.Request{Method: r.method, Host: r.host, URL: must(url.ParseRequestURI(r.target))})
		if w.Code != r.status {
			t.Errorf("%s %s: %d", r.method, r.target, w.Code)
		}
		for name, want := range map[string]string{
			"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "Connection": "close",
			"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
		} {
			if got := w.Header().Get(name); !strings.HasPrefix(got, want) {
				t.Errorf("%d: %s is %q", r.status, name, got)
			}
		}
		if body := w.Body.String(); strings.Contains(body, "script") || strings.Contains(body, testState) || strings.Contains(body, "href") {
			t.Errorf("%d: %s", r.status, body)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// S-10: the issuer must match exactly, both for received and for pasted answers. If
// an issuer is configured, an answer without one is rejected.
func TestTheIssuerIsHeldToTheLetter(t *testing.T) {
	const issuer = "https://idbroker.webex.com/idb"
	for iss, ok := range map[string]bool{
		issuer: true, "": false, issuer + "/": false, "https://IDBROKER.webex.com/idb": false, "https://idbroker.webex.com": false, "https://idbroker.webex.com/idb/x": false,
	} {
		q := url.Values{"state": {testState}, "code": {"c"}, "iss": {iss}}
		for name, err := range map[string]error{"came": second(redirectResult(q, issuer)), "pasted": second(CodeFromRedirect("http://127.0.0.1/?"+q.Encode(), testState, issuer))} {
			if (err == nil) != ok {
				t.Errorf("%s with %q: %v", name, iss, err)
			}
		}
		q.Del("iss")
		if _, err := redirectResult(q, issuer); err == nil {
			t.Error("an answer without an issuer was accepted")
		}
		if _, err := redirectResult(q, ""); err != nil {
			t.Error(err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// S-11: all text in an error is shortened before and after it is sanitized.
func TestALongDescriptionIsCut(t *testing.T) {
	for _, d := range []string{strings.Repeat("a", 5000), strings.Repeat("\x1b", 5000), strings.Repeat("\u202e", 300)} {
		if err := redirectError("x", d); len([]rune(err.Error())) > 320 {
			t.Errorf("%d characters", len([]rune(err.Error())))
		}
	}
	for _, code := range []string{
		"invalid_request", "unsupported_response_type", "unauthorized_client", "access_denied", "server_error", "temporarily_unavailable", "invalid_scope",
		"interaction_required", "consent_required", "account_selection_required", "login_required",
	} {
		if err := redirectError(code, ""); strings.Contains(err.Error(), "Webex answered") {
			t.Errorf("%s has no specific message: %v", code, err)
		}
	}
}

// S-01: the listener is bound to the loopback address only.
func TestNobodyElsewhereReachesTheListener(t *testing.T) {
	port := ""
	o := RedirectOptions{State: testState, Timeout: 5 * time.Second}
	for _, host := range []string{"127.0.0.1", "localhost"} {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		_, port, _ = net.SplitHostPort(l.Addr().String())
		_ = l.Close()
		o.RedirectURI = "http://" + net.JoinHostPort(host, port) + "/callback"
		up, done := make(chan struct{}), make(chan error, 1)
		o.Listening = func() { close(up) }
		go func() { _, err := WaitForRedirect(t.Context(), o); done <- err }()
		select {
		case <-up:
		case err := <-done:
			t.Fatal(err)
		}
		addrs, err := net.InterfaceAddrs()
		if err != nil {
			t.Fatal(err)
		}
		others := []string{"127.0.0.2"} // also loopback on Linux, but not the listener's
		for _, a := range addrs {
			if ip, ok := a.(*net.IPNet); ok && !ip.IP.IsLoopback() && !ip.IP.IsLinkLocalUnicast() {
				others = append(others, ip.IP.String())
			}
		}
		for _, ip := range others {
			if conn, err := net.DialTimeout("tcp", net.JoinHostPort(ip, port), time.Second); err == nil {
				_ = conn.Close()
				t.Errorf("%s: %s answers", host, ip)
			}
		}
		if _, err := http.Get("http://" + net.JoinHostPort(host, port) + "/callback?code=c&state=" + testState); err != nil { //nolint:noctx // the answer that ends it
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// S-13: silent connections are closed, and the oldest makes room for the newest.
func TestConnectionsThatSayNothing(t *testing.T) {
	defer func(d time.Duration) { callbackTimeout = d }(callbackTimeout)
	for _, tt := range []struct {
		name    string
		timeout time.Duration
		conns   int
	}{
		{"the oldest goes when there are too many", time.Hour, maxCallbackConns + 1},
		{"each goes after a while", 50 * time.Millisecond, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			callbackTimeout = tt.timeout
			address := "127.0.0.1:" + trial.Port(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			up, done := make(chan struct{}), make(chan error, 1)
			go func() {
				_, err := WaitForRedirect(ctx, RedirectOptions{RedirectURI: "http://" + address + "/callback", State: testState, Listening: func() { close(up) }})
				done <- err
			}()
			select {
			case <-up:
			case err := <-done:
				t.Fatal(err)
			}
			ended := make(chan struct{}, tt.conns)
			for range tt.conns {
				conn, err := net.Dial("tcp", address)
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				_, _ = io.WriteString(conn, "GET /callback HTTP/1.1\r\nHost:")
				go func() {
					_, _ = conn.Read(make([]byte, 1))
					ended <- struct{}{}
				}()
			}
			select {
			case <-ended:
			case <-time.After(trial.Patience):
				t.Error("no connection was closed")
			}
			cancel()
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
	}
}
