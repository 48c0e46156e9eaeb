package webex_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// battery is a waiting login and the requests sent to it. The names are the rows of
// the table in docs/login.md.
type battery struct {
	t      *testing.T
	port   string
	state  string
	code   string
	err    error
	done   chan struct{}
	cancel context.CancelFunc
}

func waiting(t *testing.T, host string, issuer string) *battery {
	t.Helper()
	b := &battery{t: t, port: trial.Port(t), state: webex.NewState(), done: make(chan struct{})}
	ctx, cancel := context.WithCancel(t.Context())
	b.cancel = cancel
	up := make(chan struct{})
	go func() {
		defer close(b.done)
		b.code, b.err = webex.WaitForRedirect(ctx, webex.RedirectOptions{
			RedirectURI: "http://" + host + ":" + b.port + "/callback", State: b.state, Issuer: issuer, Timeout: 2 * trial.Patience,
			Listening: func() { close(up) }, Ignored: func(string) {},
		})
	}()
	select {
	case <-up:
	case <-b.done:
		t.Fatal(b.err)
	}
	t.Cleanup(func() { cancel(); <-b.done })
	return b
}

// send sends raw bytes and returns the status of the response, 0 if there was none.
func (b *battery) send(raw string) int {
	conn, err := net.Dial("tcp", "127.0.0.1:"+b.port)
	if err != nil {
		return 0
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(trial.Patience))
	_, _ = io.WriteString(conn, strings.ReplaceAll(raw, "\n", "\r\n"))
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

func (b *battery) get(target string) int {
	return b.send("GET " + target + " HTTP/1.1\nHost: 127.0.0.1:" + b.port + "\n\n")
}

// stillWaits verifies that the login is still waiting: the real redirect completes
// it with its code.
func (b *battery) stillWaits() {
	b.t.Helper()
	select {
	case <-b.done:
		b.t.Fatalf("the login ended: %q, %v", b.code, b.err)
	default:
	}
	if status := b.get("/callback?code=the-code&state=" + b.state); status != http.StatusOK {
		b.t.Fatalf("the real answer got %d", status)
	}
	select {
	case <-b.done:
	case <-time.After(trial.Patience):
		b.t.Fatal("the real answer did not end the login")
	}
	if b.err != nil || b.code != "the-code" {
		b.t.Fatalf("%q, %v", b.code, b.err)
	}
}

// S-06, S-07, S-08.
func TestHostileRequestsDoNotEndALogin(t *testing.T) {
	t.Parallel()
	type attack struct {
		name string
		want int // 0: any status, or none
		do   func(*battery) int
	}
	get := func(target string) func(*battery) int {
		return func(b *battery) int { return b.get(strings.ReplaceAll(target, "{state}", b.state)) }
	}
	raw := func(text string) func(*battery) int {
		return func(b *battery) int {
			return b.send(strings.NewReplacer("{state}", b.state, "{port}", b.port).Replace(text))
		}
	}
	attacks := []attack{
		{"the page's icon is asked for first", 404, get("/favicon.ico")},
		{"a bare callback", 400, get("/callback")},
		{"a forged error without state", 400, get("/callback?error=access_denied")},
		{"a forged error with another state", 400, get("/callback?error=access_denied&state=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")},
		{"a forged code with another state", 400, get("/callback?code=evil&state=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")},
		{"a forged code without state", 400, get("/callback?code=evil")},
		{"a forged code with an empty state", 400, get("/callback?code=evil&state=")},
		{"the beginning of the state", 400, func(b *battery) int { return b.get("/callback?code=evil&state=" + b.state[:40]) }},
		{"the state in other letters", 400, func(b *battery) int { return b.get("/callback?code=evil&state=" + swapCase(b.state)) }},
		{"the state twice", 400, get("/callback?code=evil&state={state}&state={state}")},
		{"two codes", 400, get("/callback?code=evil&code=good&state={state}")},
		{"a code and an error", 400, get("/callback?code=evil&error=access_denied&state={state}")},
		{"an empty code", 400, get("/callback?code=&state={state}")},
		{"a code with control characters", 400, get("/callback?code=a%1b%5b2J&state={state}")},
		{"the right state and nothing else", 400, get("/callback?state={state}")},
		{"parameters in a fragment's place", 404, get("/callback%23code=evil&state={state}")},
		{"another path with the right state", 404, get("/other?code=evil&state={state}")},
		{"a path below", 404, get("/callback/?code=evil&state={state}")},
		{"a path that climbs", 0, get("/x/../callback?code=evil&state={state}x")},
		{"HEAD with the right state", 405, raw("HEAD /callback?code=evil&state={state} HTTP/1.1\nHost: 127.0.0.1:{port}\n\n")},
		{"POST with the right state", 405, raw("POST /callback?code=evil&state={state} HTTP/1.1\nHost: 127.0.0.1:{port}\nContent-Length: 0\n\n")},
		{"POST with the state in its body", 405, raw("POST /callback HTTP/1.1\nHost: 127.0.0.1:{port}\nContent-Type: application/x-www-form-urlencoded\nContent-Length: 4\n\na=bc")},
		{"OPTIONS, a browser's question before a request from elsewhere", 405, raw("OPTIONS /callback?code=evil&state={state} HTTP/1.1\nHost: 127.0.0.1:{port}\nOrigin: https://evil.example\n\n")},
		{"OPTIONS *", 0, raw("OPTIONS * HTTP/1.1\nHost: 127.0.0.1:{port}\n\n")},
		{"a foreign Host (DNS rebinding)", 421, raw("GET /callback?code=evil&state={state} HTTP/1.1\nHost: evil.example:{port}\n\n")},
		{"Host localhost for 127.0.0.1", 421, raw("GET /callback?code=evil&state={state} HTTP/1.1\nHost: localhost:{port}\n\n")},
		{"Host without the port", 421, raw("GET /callback?code=evil&state={state} HTTP/1.1\nHost: 127.0.0.1\n\n")},
		{"no Host at all", 0, raw("GET /callback?code=evil&state={state} HTTP/1.0\n\n")},
		{"two Hosts", 400, raw("GET /callback?code=evil&state={state} HTTP/1.1\nHost: 127.0.0.1:{port}\nHost: evil.example\n\n")},
		{"a foreign address in the request line", 421, raw("GET http://evil.example/callback?code=evil&state={state} HTTP/1.1\nHost: 127.0.0.1:{port}\n\n")},
		{"CONNECT", 0, raw("CONNECT evil.example:443 HTTP/1.1\nHost: evil.example:443\n\n")},
		{"a header of 100 KiB", 431, raw("GET /callback?code=evil&state={state} HTTP/1.1\nHost: 127.0.0.1:{port}\nX: " + strings.Repeat("x", 100<<10) + "\n\n")},
		{"a URL of 100 KiB", 0, raw("GET /callback?code=" + strings.Repeat("x", 100<<10) + "&state={state} HTTP/1.1\nHost: 127.0.0.1:{port}\n\n")},
		{"a code of 8 KiB", 400, get("/callback?code=" + strings.Repeat("x", 8<<10) + "&state={state}")},
		{"TLS", 0, raw("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")},
		{"no HTTP", 0, raw("\x00\x00\x00\x00 nonsense\n\n")},
		{"an HTTP/2 preface", 0, raw("PRI * HTTP/2.0\n\nSM\n\n")},
		{"a query that cannot be read", 400, get("/callback?code=%zz&state={state}")},
		{"a semicolon for an ampersand", 400, get("/callback?code=evil;state={state}")},
		{"50 connections that say nothing", 0, func(b *battery) int { b.hold(50, ""); return 0 }},
		{"50 connections in mid-header", 0, func(b *battery) int { b.hold(50, "GET /callback?code=evil&state="); return 0 }},
		{"200 connections that say nothing", 0, func(b *battery) int { b.hold(200, ""); return 0 }},
		{"many guesses", 0, func(b *battery) int {
			for i := range trial.Sampled(100, 1000) {
				if s := b.get(fmt.Sprintf("/callback?code=evil&state=%043d", i)); s != 400 {
					b.t.Fatalf("guess %d got %d", i, s)
				}
			}
			return 0
		}},
	}
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			b := waiting(t, "127.0.0.1", "")
			got := a.do(b)
			if a.want != 0 && got != a.want {
				t.Errorf("answered %d, want %d", got, a.want)
			}
			b.stillWaits()
		})
	}
	trial.Report(t, trial.Figure{Name: "attacks on the listener", Tried: len(attacks), Survived: len(attacks)})
}

func swapCase(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z':
			return r - 32
		case 'A' <= r && r <= 'Z':
			return r + 32
		}
		return r
	}, s)
}

// hold opens connections and leaves them open.
func (b *battery) hold(n int, text string) {
	for range n {
		conn, err := net.Dial("tcp", "127.0.0.1:"+b.port)
		if err != nil {
			b.t.Fatal(err)
		}
		_, _ = io.WriteString(conn, text)
		b.t.Cleanup(func() { _ = conn.Close() })
	}
}

// S-02, S-09: the port is open only while a login waits, and accepts one answer.
func TestThePortIsOpenOnlyWhileALoginWaits(t *testing.T) {
	for _, end := range []string{"answer", "cancel", "denial", "timeout"} {
		b := waiting(t, "127.0.0.1", "")
		switch end {
		case "denial":
			b.get("/callback?error=access_denied&state=" + b.state)
			<-b.done
		case "timeout":
			port := trial.Port(t)
			_, b.err = webex.WaitForRedirect(t.Context(), webex.RedirectOptions{RedirectURI: "http://127.0.0.1:" + port + "/callback", State: b.state, Timeout: time.Millisecond})
			b.cancel()
			<-b.done
			b.port = port
		case "cancel":
			b.cancel()
			<-b.done
			if !errors.Is(b.err, context.Canceled) {
				t.Error(b.err)
			}
		default:
			b.stillWaits()
		}
		if status := b.get("/callback?code=again&state=" + b.state); status != 0 {
			t.Errorf("after %s the port answers %d", end, status)
		}
	}
}

// S-09: the port is closed when the wait returns, even if it returns early.
func TestThePortIsClosedWhenTheWaitReturns(t *testing.T) {
	address := "127.0.0.1:" + trial.Port(t)
	for i := range 200 {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := webex.WaitForRedirect(ctx, webex.RedirectOptions{RedirectURI: "http://" + address + "/callback", State: webex.NewState(), Listening: cancel})
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("login %d: %v", i, err)
		}
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatalf("login %d: the port was still open: %v", i, err)
		}
		_ = l.Close()
	}
}

// S-14: a port in use is reported immediately.
func TestAPortThatIsTakenIsTold(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "localhost"} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		_, port, _ := net.SplitHostPort(l.Addr().String())
		_, err = webex.WaitForRedirect(t.Context(), webex.RedirectOptions{RedirectURI: "http://" + host + ":" + port + "/callback", State: webex.NewState()})
		switch {
		case !errors.Is(err, webex.ErrCannotListen) || errors.Is(err, webex.ErrLoginFailed):
			t.Errorf("%s: %v", host, err)
		case strings.Count(err.Error(), "listen") != 1 || strings.Count(err.Error(), port) != 1:
			t.Errorf("%s: not reported exactly once: %v", host, err)
		}
		_ = l.Close()
	}
}

// S-15.
func TestNobodyAnswers(t *testing.T) {
	_, err := webex.WaitForRedirect(t.Context(), webex.RedirectOptions{RedirectURI: "http://127.0.0.1:" + trial.Port(t) + "/callback", State: webex.NewState(), Timeout: 50 * time.Millisecond})
	if !errors.Is(err, webex.ErrLoginTimeout) {
		t.Error(err)
	}
}

func TestLocalhostIsListenedAtInBothFamilies(t *testing.T) {
	for _, address := range []string{"127.0.0.1", "::1"} {
		if l, err := net.Listen("tcp", net.JoinHostPort(address, "0")); err != nil {
			t.Logf("no %s on this machine: %v", address, err)
			continue
		} else {
			_ = l.Close()
		}
		b := waiting(t, "localhost", "")
		get := func(host string) (int, error) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+net.JoinHostPort(address, b.port)+"/callback?code=the-code&state="+b.state, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			req.Host = host + ":" + b.port
			resp, err := (&http.Transport{}).RoundTrip(req)
			if err != nil {
				return 0, err
			}
			return resp.StatusCode, resp.Body.Close()
		}
		if status, err := get("127.0.0.1"); status != http.StatusMisdirectedRequest {
			t.Errorf("%s: another Host: %d, %v", address, status, err)
		}
		if status, err := get("localhost"); status != http.StatusOK {
			t.Errorf("%s: %d, %v", address, status, err)
		}
		<-b.done
		if b.code != "the-code" {
			t.Errorf("%q, %v", b.code, b.err)
		}
	}
}

// S-11: an error with the right state ends the login with wxauth's own message.
// Nothing in it reaches a terminal without escaping.
func TestErrorsOfTheRedirect(t *testing.T) {
	for query, want := range map[string]struct {
		is   error
		says string
	}{
		"error=access_denied":                               {webex.ErrLoginDenied, "declined"},
		"error=invalid_scope":                               {webex.ErrLoginFailed, "not selected"},
		"error=server_error":                                {webex.ErrLoginFailed, "try again"},
		"error=temporarily_unavailable":                     {webex.ErrLoginFailed, "try again"},
		"error=login_required":                              {webex.ErrLoginFailed, "signed in"},
		"error=unauthorized_client":                         {webex.ErrLoginFailed, "developer.webex.com"},
		"error=%1b%5d0%3bx%07%e2%80%ae":                     {webex.ErrLoginFailed, `?]0;x??`},
		"error=x&error_description=%1b%5b2J%0aforged":       {webex.ErrLoginFailed, `\u001b[2J\u000aforged`},
		"error=" + strings.Repeat("a", 500):                 {webex.ErrLoginFailed, `"` + strings.Repeat("a", 64) + `"`},
		"error=x&error_description=<script>" + "&iss=https": {webex.ErrLoginFailed, "<script>"},
	} {
		b := waiting(t, "127.0.0.1", "")
		if status := b.get("/callback?" + query + "&state=" + b.state); status != http.StatusOK {
			t.Errorf("%s: %d", query, status)
		}
		<-b.done
		if !errors.Is(b.err, want.is) || !strings.Contains(b.err.Error(), want.says) || strings.ContainsAny(b.err.Error(), "\x1b\n\u202e") {
			t.Errorf("%s: %v", query, b.err)
		}
		if strings.Contains(b.err.Error(), b.state) {
			t.Errorf("%s: the state is in the error", query)
		}
	}
}

// S-10, RFC 9207: a code from another issuer is not exchanged.
func TestTheIssuerIsChecked(t *testing.T) {
	for iss, ok := range map[string]bool{"": false, "&iss=https://idbroker.webex.com/idb": true, "&iss=https://evil.example": false} {
		b := waiting(t, "127.0.0.1", "https://idbroker.webex.com/idb")
		b.get("/callback?code=c&state=" + b.state + iss)
		<-b.done
		if ok != (b.err == nil) {
			t.Errorf("%q: %v", iss, b.err)
		}
	}
}

// S-12: the page is static and has no active content.
func TestThePageIsFixed(t *testing.T) {
	b := waiting(t, "127.0.0.1", "")
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request(t, "http://127.0.0.1:"+b.port+"/callback?code=c&state="+b.state+"&x=<script>alert(1)</script>"))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil || strings.Contains(string(body), "script") || strings.Contains(string(body), b.state) || strings.Contains(string(body), "href") || !strings.Contains(string(body), "terminal") {
		t.Errorf("%v\n%s", err, body)
	}
	for name, want := range map[string]string{
		"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Connection": "close",
	} {
		if got := resp.Header.Get(name); !strings.HasPrefix(got, want) && !(name == "Connection" && resp.Close) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func request(t *testing.T, address string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func TestWhereNobodyCanListen(t *testing.T) {
	for uri, says := range map[string]string{
		"https://wxauth.example/callback":    "certificate",
		"wxauth://callback":                  "another program",
		"http://wxauth.example:8765/":        "not on this computer",
		"http://0.0.0.0:8765/callback":       "not on this computer",
		"http://192.168.1.1/callback":        "not on this computer",
		"http://127.0.0.1:8765/callback?x=1": "query",
		"http://127.0.0.1:0/callback":        "port",
		"":                                   "not a URI",
		"callback":                           "not a URI",
	} {
		err := webex.CheckLoopback(uri)
		if !errors.Is(err, webex.ErrCannotListen) || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", uri, err)
		}
	}
	for _, uri := range []string{"http://127.0.0.1:8765/callback", "http://localhost/", "http://[::1]:1/x", "http://localhost:6001/redirect"} {
		if err := webex.CheckLoopback(uri); err != nil {
			t.Error(err)
		}
	}
}

// A browser that loads the page early, or reloads it, sees that the approval has arrived
// as long as the login lasts. Then the port is closed.
func TestThePageCanBeReloadedWhileTheLoginLasts(t *testing.T) {
	w := newWorld(t, webextest.Switches{})
	redirect := "http://127.0.0.1:" + trial.Port(t) + "/callback"
	app := w.sim.AddIntegration(webextest.Integration{App: webextest.App{Name: "wxauth"}, RedirectURIs: []string{redirect}})
	w.cred = webex.Credentials{ClientID: webex.ClientID(app.ClientID), ClientSecret: webex.NewSecret(app.Secret), RedirectURI: redirect}
	exchange := make(chan struct{})
	w.sim.AddFault(webextest.Fault{Path: "/access_token", Until: exchange})
	page := func(address string) string {
		resp, err := http.Get(address)
		if err != nil {
			return err.Error()
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		return resp.Status + " " + string(body)
	}
	landing := make(chan string, 1)
	done := make(chan error, 1)
	go func() {
		_, err := w.integration().Authorize(t.Context(), webex.AuthorizeOptions{Progress: func(p webex.AuthorizeProgress) {
			if p.Stage == webex.StageWaiting {
				to, err := w.sim.Consent(t.Context(), p.URL, true)
				if err != nil {
					to = err.Error()
				}
				landing <- to
			}
		}})
		done <- err
	}()
	address := <-landing
	for n := range 3 {
		if got := page(address); !strings.HasPrefix(got, "200") || !strings.Contains(got, "sent your approval") {
			t.Errorf("request %d: %s", n, got)
		}
		trial.Until(t, "the exchange", func() bool { return w.posts() == 1 })
	}
	close(exchange)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got := page(address); !strings.Contains(got, "refused") {
		t.Errorf("after the login: %s", got)
	}
	if w.posts() != 1 {
		t.Errorf("%d exchanges", w.posts())
	}
}
