package webex

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// FuzzCallback verifies that only a request with the right state ends a login, and
// only with a valid code.
func FuzzCallback(f *testing.F) {
	const state = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
	for _, target := range []string{
		"/callback?code=abc&state=" + state, "/callback?error=access_denied&state=" + state, "/callback?code=abc&code=abc&state=" + state,
		"/callback?code=abc&state=" + state[:42], "/callback", "/", "/callback/?code=abc&state=" + state, "//callback?code=%00&state=" + state,
		"/callback?code=abc;state=" + state, "/call%62ack?code=abc&state=" + state, "/callback?code=abc&state=" + state + "&iss=https://evil.example",
	} {
		f.Add("GET", "127.0.0.1:8765", target)
	}
	f.Add("HEAD", "127.0.0.1:8765", "/callback?code=abc&state="+state)
	f.Add("GET", "evil.example:8765", "/callback?code=abc&state="+state)
	f.Fuzz(func(t *testing.T, method, host, target string) {
		u, err := url.ParseRequestURI(target)
		if err != nil || u.Host != "" {
			return // never reaches a handler, or is covered by another test
		}
		where := loopback{host: "127.0.0.1:8765", port: "8765", path: "/callback", named: true}
		c := &callback{where: where, state: state, answer: make(chan redirectAnswer, 1)}
		w := httptest.NewRecorder()
		c.ServeHTTP(w, &http.Request{Method: method, Host: host, URL: u})
		var a redirectAnswer
		select {
		case a = <-c.answer:
		default:
			if w.Code == http.StatusOK {
				t.Fatalf("%s %q got a 200 but did not end the login", method, target)
			}
			return
		}
		q, err := url.ParseQuery(u.RawQuery)
		switch {
		case err != nil || q.Get("state") != state || len(q["state"]) != 1 || method != http.MethodGet || host != where.host || u.EscapedPath() != where.path:
			t.Fatalf("%s %q for %q ended the login", method, target, host)
		case (a.err == nil) == (a.code == ""):
			t.Fatalf("code %q with error %v", a.code, a.err)
		case a.err == nil && !isToken(a.code):
			t.Fatalf("%q is accepted as a code", a.code)
		case a.err != nil && (strings.Contains(a.err.Error(), state) || string(Clean(Untrusted(a.err.Error()))) != a.err.Error()):
			t.Fatalf("the error is not sanitized: %q", a.err)
		}
		if strings.Contains(w.Body.String(), state) {
			t.Fatal("the page repeats what it was sent")
		}
	})
}

// FuzzTokenReply verifies that a reply of the token endpoint gives usable tokens or
// an error that repeats none of it.
func FuzzTokenReply(f *testing.F) {
	for _, s := range []string{
		`{"access_token":"abcdefgh","expires_in":1209599,"refresh_token":"ijklmnop","refresh_token_expires_in":7776000,"token_type":"Bearer"}`,
		`{"access_token":"abcdefgh","expires_in":"1209599"}`, `{"access_token":"good","ACCESS_TOKEN":"evil"}`, `{"access_token":"a","access_token":"b"}`,
		`{"access_token":"abc","expires_in":-1}`, `{"access_token":"abc","expires_in":1e99}`, `{"access_token":null}`, `{"access_token":["x"]}`, `[]`, `<html>`,
		"\xef\xbb\xbf{}", `{"access_token":"a b"}`, `{"access_token":"abcdefgh","token_type":"mac"}`, strings.Repeat("[", 12000),
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var w wireTokens
		err := decodeSecret(body, &w)
		if err == nil {
			err = w.check()
		}
		if err != nil {
			if string(Clean(Untrusted(err.Error()))) != err.Error() {
				t.Fatalf("the error is not sanitized: %q", err)
			}
			return
		}
		got := w.tokens(time.Unix(1e9, 0), 0, Tokens{})
		switch {
		case !isToken(got.Access.Reveal()):
			t.Fatalf("access token %q", got.Access.Reveal())
		case got.AccessLife < 0 || got.AccessLife > maxLife || got.RefreshLife < 0 || got.RefreshLife > maxLife:
			t.Fatalf("lifetimes %s, %s", got.AccessLife, got.RefreshLife)
		}
	})
}

// FuzzAuthorizations verifies that a list is read completely or not at all.
func FuzzAuthorizations(f *testing.F) {
	for _, s := range []string{
		`{"items":[]}`, `{"items":[{"id":"a","type":"refresh","created":"2026-10-22T01:54:07Z"},{"id":"b"}]}`, `{"items":[null]}`, `{}`, `{"items":null}`,
		`{"items":[{"id":"a"}],"items":[]}`, `{"items":[{"id":"a","id":"b"}]}`, `{"items":[{"id":1}]}`, `{"items":[{"created":"99999-01-01"}]}`, `{"items":[`,
		`{"items":[]} x`, `[]`, "", "null", `{"items":[{"applicationName":"` + "\xff" + `"}]}`, `{"x":{"items":[]},"items":[{}]}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var rows []Authorization
		if err := decodeList(&rows, wireAuthorization.authorization)(strings.NewReader(s)); err != nil {
			if rows != nil {
				t.Fatalf("%d rows with %v", len(rows), err)
			}
			return
		}
		if rows == nil {
			t.Fatal("no error and no list")
		}
		for _, cut := range []int{len(s) / 2, len(s) - 1} {
			var part []Authorization
			whole := strings.TrimRight(s, " \t\r\n")
			if cut < len(whole) && decodeList(&part, wireAuthorization.authorization)(strings.NewReader(s[:cut])) == nil {
				t.Fatalf("the first %d of %d bytes read as a list", cut, len(whole))
			}
		}
		for _, r := range rows {
			if !r.Created.IsZero() && (r.Created.Year() < 0 || r.Created.Year() > 9999) {
				t.Fatalf("created %v", r.Created)
			}
		}
	})
}

// FuzzErrorBody verifies that every error body gives one clean line.
func FuzzErrorBody(f *testing.F) {
	for _, s := range []string{
		`{"message":"no","errors":[{"description":"no"}],"trackingId":"ROUTER_1"}`, `{"error":"invalid_grant","error_description":"gone"}`,
		`{"error":{"a":1}}`, `<html>`, "plain\ntext", "\x1b]0;x\x07", `{"message":"` + strings.Repeat("a", 9000) + `"}`, `{"errors":[null]}`, "\xff",
	} {
		f.Add([]byte(s), "application/json")
	}
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		message, tracking := parseErrorBody(body, contentType)
		e := &Error{Op: "list authorizations", Status: 500, Message: message, TrackingID: Untrusted(truncate(string(tracking), maxTrackingID)), Err: ErrServer}
		line := e.Error()
		if strings.ContainsAny(line, "\n\x1b") || !utf8.ValidString(line) || len(line) > 20_000 {
			t.Fatalf("%q", line)
		}
	})
}

// FuzzRetryAfter verifies that a pause is at most a year.
func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"", "0", "30", "-1", "1e9", "999999999999999999999", "Fri, 27 Nov 2026 00:00:00 GMT", "NaN", "30, 60", " 5 ", "0x10", "Fri, 31 Dec 9999 23:59:59 GMT"} {
		f.Add(s)
	}
	now := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, s string) {
		d, ok := parseRetryAfter(s, now)
		if d < 0 || !ok && d != 0 {
			t.Fatalf("%q: %s, %v", s, d, ok)
		}
		e := &Error{Status: http.StatusTooManyRequests, RetryAfter: d, asked: ok}
		if p := e.pause(); p < 0 || !ok && p != defaultPause {
			t.Fatalf("%q: a pause of %s", s, p)
		}
	})
}

// FuzzNextPage verifies that the next page is at the API's own address, whatever the
// Link header.
func FuzzNextPage(f *testing.F) {
	for _, s := range []string{
		`<https://webexapis.com/v1/people?cursor=a>; rel="next"`, `<https://evil.example/v1/people>; rel=next`, `</v1/people?cursor=b>; rel="next"`, `<//evil.example/>; rel=next`,
		`<http://webexapis.com/v1/people>; rel=next`, `<https://a@webexapis.com/>; rel=next`, `<https://webexapis.com:8443/>; rel=next`, `<\\evil.example>; rel=next`,
		`<a>; rel=prev, <b>; rel="x next"`, `<a, b>; title=", <c>; rel=next"; rel=next`, `<>; rel=next`, `<%zz>; rel=next`, `<https://webexapis.com\@evil.example/>; rel=next`,
	} {
		f.Add(s)
	}
	c := New(StaticToken(NewSecret("x")))
	current := c.url(request{path: []string{"people"}})
	f.Fuzz(func(t *testing.T, link string) {
		u, err := c.nextPage(current, url.Values{"orgId": {"o"}}, http.Header{"Link": {link}})
		if err != nil || u == nil {
			return
		}
		again, err := url.Parse(u.String())
		if err != nil || again.Host != "webexapis.com" || again.Scheme != "https" || again.User != nil {
			t.Fatalf("%q leads to %q", link, u)
		}
	})
}

// FuzzPastedRedirect verifies that a pasted redirect address follows the same rules
// as a received one.
func FuzzPastedRedirect(f *testing.F) {
	const state = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
	for _, s := range []string{
		"http://127.0.0.1:8765/callback?code=abc&state=" + state, "code=abc&state=" + state, "'http://x/?state=" + state + "&code=a b'", "?error=access_denied&state=" + state,
		"http://x/?code=abc", "https://webexapis.com/v1/authorize?response_type=code&state=" + state, "\x1b[2J?code=a&state=" + state, "<http://x/?code=a\n&state=" + state + ">", "",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		code, err := CodeFromRedirect(text, state, "")
		switch {
		case err != nil && code != "", err == nil && !isToken(code):
			t.Fatalf("%q with %v", code, err)
		case err == nil && !strings.Contains(strings.Join(strings.Fields(text), ""), state) && !strings.ContainsAny(text, "%+"):
			t.Fatalf("%q is accepted without the state", text)
		case err != nil && !errors.Is(err, ErrInvalidInput) && !errors.Is(err, ErrLoginDenied) && !errors.Is(err, ErrLoginFailed):
			t.Fatalf("an error of another kind: %v", err)
		case err != nil && (strings.Contains(err.Error(), state) || string(Clean(Untrusted(err.Error()))) != err.Error()):
			t.Fatalf("the error is not sanitized: %q", err)
		}
	})
}

// FuzzPastedToken verifies that only plausible tokens are accepted, and that errors
// do not repeat the input.
func FuzzPastedToken(f *testing.F) {
	for _, s := range []string{
		"Bearer abcdefghijklmnopqrstuvwxyz", "export WEBEX_ACCESS_TOKEN='abcdefghijklmnopqrstuvwxyz'", `{"access_token":"abcdefghijklmnopqrstuvwxyz"}`, "Authorization: Bearer abc",
		"$TOKEN", "", "https://x/?code=1", "Y2lzY29zcGFyazovL3VzL1BFT1BMRS8x", strings.Repeat("a", 64), "C" + strings.Repeat("a", 64), "abc\ndefghijklmnopqrstuvwx", "\xff",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, parse := range []func(string) (Secret, error){ParseToken, ParseRefreshToken} {
			s, err := parse(text)
			switch {
			case err == nil && (!isToken(s.Reveal()) || len(s.Reveal()) < 20):
				t.Fatalf("%q is accepted as a token", s.Reveal())
			case err != nil && !errors.Is(err, ErrInvalidInput):
				t.Fatal(err)
			case err != nil && len(text) > 40 && strings.Contains(err.Error(), text):
				t.Fatalf("the error repeats it: %v", err)
			}
		}
	})
}

// S-64: FuzzID verifies that a DELETE is sent only to the resource of the given id,
// or not at all.
func FuzzID(f *testing.F) {
	for _, s := range []string{"Y2lz", "", ".", "..", "a/b", "a?b", "a#b", "%2e%2e", "null", "a b", "a\nb", "ａ", "-", "=", "_", strings.Repeat("a", 513)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, id string) {
		sent := 0
		c := New(StaticToken(NewSecret("x")), WithTransport(transportFunc(func(r *http.Request) (*http.Response, error) {
			sent++
			if want := "/v1/authorizations/" + id; r.Method != http.MethodDelete || r.URL.RequestURI() != want || r.URL.Host != "webexapis.com" || r.URL.RawQuery != "" {
				t.Errorf("%s %s for the id %q", r.Method, r.URL, id)
			}
			return &http.Response{StatusCode: http.StatusNoContent, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
		})))
		err := c.DeleteAuthorization(t.Context(), AuthorizationID(id))
		if valid := isID(id) && id != "null" && id != "undefined" && id != "nil"; valid != (err == nil) || valid != (sent == 1) {
			t.Fatalf("%q: %d sent, %v", id, sent, err)
		}
	})
}

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
