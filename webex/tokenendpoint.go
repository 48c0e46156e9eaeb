package webex

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

var (
	opExchange = operation{name: "exchange code"}
	opRefresh  = operation{name: "refresh token"}
)

const (
	maxTokenBody = 64 << 10
	maxLife      = 10 * 365 * 24 * time.Hour
	// minSkew allows for the whole seconds of the Date header and for network delay.
	minSkew = 5 * time.Second
	maxSkew = 2 * 365 * 24 * time.Hour // more is a broken header, not a wrong clock
)

// seconds decodes a lifetime in seconds, written as a number or a string. ok is false if
// there was none.
type seconds struct {
	d  time.Duration
	ok bool
}

// UnmarshalJSON accepts null and a number in any JSON form, such as 1209599, 1209599.0 and
// 1.2e6, also as a string.
func (s *seconds) UnmarshalJSON(b []byte) error {
	text := strings.Trim(string(b), `"`)
	if text == "null" || text == "" {
		return nil
	}
	n, ok := wholeNumber(text)
	if !ok || n <= 0 || n > int64(maxLife/time.Second) {
		return fmt.Errorf("invalid lifetime of %q seconds", Clean(Untrusted(truncate(text, 40))))
	}
	*s = seconds{time.Duration(n) * time.Second, true}
	return nil
}

// wholeNumber parses a JSON number (RFC 8259 section 6) and drops its fraction.
func wholeNumber(text string) (n int64, ok bool) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, true
	}
	// ParseFloat also accepts hexadecimal numbers, infinities and more, which JSON does not have.
	if strings.Trim(text, "0123456789.eE+-") != "" {
		return 0, false
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.Abs(f) >= 1<<53 {
		return 0, false
	}
	return int64(f), true
}

// optionalLifetime is an optional lifetime. An invalid one is ignored, because the refresh token in
// the same response must not be lost for it.
type optionalLifetime struct{ seconds }

// UnmarshalJSON never fails.
func (l *optionalLifetime) UnmarshalJSON(b []byte) error {
	if l.seconds.UnmarshalJSON(b) != nil {
		l.seconds = seconds{}
	}
	return nil
}

// wireTokens is the token endpoint's response (RFC 6749 section 5.1), with the refresh
// token's lifetime, which is a Webex extension.
type wireTokens struct {
	AccessToken      string           `json:"access_token"`
	TokenType        string           `json:"token_type"`
	ExpiresIn        seconds          `json:"expires_in"`
	RefreshToken     string           `json:"refresh_token"`
	RefreshExpiresIn optionalLifetime `json:"refresh_token_expires_in"`
	Scope            string           `json:"scope"`
}

func (w wireTokens) check() error {
	switch {
	case w.AccessToken == "":
		return errors.New("it contains no access_token")
	case w.TokenType != "" && !strings.EqualFold(w.TokenType, "bearer"):
		return fmt.Errorf("its token_type is %s, not Bearer", Quote(truncate(w.TokenType, 40)))
	case !isToken(w.AccessToken) || w.RefreshToken != "" && !isToken(w.RefreshToken):
		return errors.New("it contains an invalid token")
	}
	return nil
}

// isToken reports whether s is printable ASCII without spaces. (RFC 6750 section 2.1 allows
// less, but servers use more.)
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// tokens converts the response. before is the pair that it replaces: if the response has no
// refresh token, the old one and its lifetime are kept.
func (w wireTokens) tokens(now time.Time, skew time.Duration, before Tokens) Tokens {
	t := Tokens{
		Access: NewSecret(w.AccessToken), Issued: now, AccessLife: w.ExpiresIn.d, Skew: skew,
		Refresh: before.Refresh, RefreshIssued: before.RefreshIssued, RefreshLife: before.RefreshLife,
		Scopes: before.Scopes, Asked: before.Asked, Owner: before.Owner,
	}
	another := w.RefreshToken != "" && w.RefreshToken != before.Refresh.Reveal()
	if another {
		t.Refresh = NewSecret(w.RefreshToken)
	}
	if another || w.RefreshExpiresIn.ok {
		t.RefreshIssued, t.RefreshLife = now, w.RefreshExpiresIn.d
		t.Extended = extends(before, t)
	}
	if t.Access.Equal(before.Access) {
		t.AccessRejected = before.AccessRejected
		if age := now.Sub(before.Issued).Round(time.Second); age > 0 && w.ExpiresIn.ok {
			t.Issued, t.AccessLife = before.Issued, age+w.ExpiresIn.d // it is the same token as before
		}
	}
	if w.Scope != "" {
		t.Scopes = strings.Fields(w.Scope)
		slices.Sort(t.Scopes)
	}
	return t
}

// post is a request to an endpoint that issues tokens or codes. It is never retried.
type post struct {
	op            operation
	url           *url.URL
	contentType   string
	body          string
	authorization Secret   // value of the Authorization header; none if empty
	secrets       []Secret // redacted in error messages from the server
	// refusal interprets a status other than 200.
	refusal func(status int, message string) (hint string, err error)
}

func formPost(op operation, u *url.URL, form url.Values, secrets ...Secret) post {
	return post{op: op, url: u, contentType: "application/x-www-form-urlencoded", body: form.Encode(), secrets: secrets}
}

// postToken sends a form to the token endpoint.
func (c *Client) postToken(ctx context.Context, op operation, form url.Values, before Tokens, secrets ...Secret) (Tokens, error) {
	u, err := c.endpoint(c.endpoints.Token, "access_token")
	if err != nil {
		return Tokens{}, &Error{Op: op.name, Err: err}
	}
	p := formPost(op, u, form, secrets...)
	p.refusal = func(status int, message string) (string, error) { return classifyGrant(op, status, message) }
	return c.tokensFrom(ctx, p, before)
}

// tokensFrom sends a post and returns the tokens in its response, which replace before.
func (c *Client) tokensFrom(ctx context.Context, p post, before Tokens) (t Tokens, err error) {
	err = c.send(ctx, p, func(resp *http.Response, body []byte) error {
		var w wireTokens
		if err := decodeSecret(body, &w); err != nil {
			return err
		}
		if err := w.check(); err != nil {
			return fmt.Errorf("%w: unexpected response: %w", ErrServer, err)
		}
		now := c.now()
		t = w.tokens(now, skew(resp.Header, now), before)
		t.Server = c.server()
		return nil
	})
	return t, err
}

// send sends a post and passes the body of a 200 response to read.
func (c *Client) send(ctx context.Context, p post, read func(*http.Response, []byte) error) error {
	actx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	var trace sentTrace
	actx = httptrace.WithClientTrace(actx, trace.hooks())
	req, err := http.NewRequestWithContext(actx, http.MethodPost, p.url.String(), strings.NewReader(p.body))
	if err != nil {
		return &Error{Op: p.op.name, Err: fmt.Errorf("%w: %w", ErrInvalidInput, err)}
	}
	req.GetBody = nil // never let net/http retry it
	req.Close = true  // free the descriptor, which saving the tokens may need
	req.Header.Set("Content-Type", p.contentType)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.userAgent)
	if !p.authorization.IsZero() {
		req.Header.Set("Authorization", p.authorization.Reveal())
	}
	start := time.Now()
	resp, err := c.oauth.Do(req)
	if err != nil {
		err = c.transportError(ctx, p.op.name, p.url, err, trace.sent(), p.secrets...)
		c.log.Debug("http", "method", req.Method, "path", p.url.Path, "error", err.Error(), "ms", time.Since(start).Milliseconds())
		return err
	}
	defer resp.Body.Close()
	err = c.readPost(ctx, p, resp, read)
	c.log.Debug("http", "method", req.Method, "path", p.url.Path, "status", resp.StatusCode, "ms", time.Since(start).Milliseconds())
	return err
}

func skew(h http.Header, now time.Time) time.Duration {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0
	}
	d := date.Sub(now).Round(time.Second)
	if d.Abs() < minSkew || d.Abs() > maxSkew {
		return 0
	}
	return d
}

// readPost reads the response to a post, or the error in it.
func (c *Client) readPost(ctx context.Context, p post, resp *http.Response, read func(*http.Response, []byte) error) error {
	clean := func(u Untrusted) Untrusted {
		for _, s := range p.secrets {
			if !s.IsZero() {
				u = without(u, s)
			}
		}
		return u
	}
	e := &Error{Op: p.op.name, Status: resp.StatusCode, Sent: true, TrackingID: Untrusted(truncate(string(clean(Untrusted(resp.Header.Get("Trackingid")))), maxTrackingID))}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxTokenBody+1))
	switch {
	case err != nil && ctx.Err() != nil:
		return contextError(p.op.name, ctx.Err(), true)
	case err != nil:
		return &Error{Op: p.op.name, Sent: true, Err: fmt.Errorf("%w: %w", errBroken, redacted(err, p.secrets...)), Hint: "try again"}
	case resp.StatusCode != http.StatusOK:
		// Show JSON only: anything else does not come from Webex and may contain anything.
		message, tracking, _ := parseErrorJSON(body)
		e.Message = clean(message)
		if e.TrackingID == "" {
			e.TrackingID = clean(tracking)
		}
		e.RetryAfter, e.asked = retryAfter(resp.Header)
		if e.Hint, e.Err = c.foreign(p.url, resp, body); e.Err == nil {
			e.Hint, e.Err = p.refusal(resp.StatusCode, string(message))
		} else {
			e.Message = ""
		}
		return e
	case len(body) > maxTokenBody:
		e.Err = fmt.Errorf("%w: the response is larger than %d KiB", ErrServer, maxTokenBody>>10)
		return e
	}
	if e.Hint, e.Err = c.foreign(p.url, resp, body); e.Err != nil {
		return e
	}
	if err := read(resp, body); err != nil {
		e.Err = redacted(err, p.secrets...)
		return e
	}
	return nil
}

// decodeSecret reads a reply that holds secrets: the decoder's own text may repeat it.
func decodeSecret[T any](body []byte, w *T) error {
	if err := json.Unmarshal(body, w, jsontext.AllowInvalidUTF8(false)); err != nil {
		return fmt.Errorf("%w: unexpected response (%s)", ErrServer, decodeProblem(err))
	}
	return nil
}

// decodeProblem says where JSON is invalid, without quoting it.
func decodeProblem(err error) string {
	var sem *json.SemanticError
	var syn *jsontext.SyntacticError
	switch {
	case errors.As(err, &sem) && sem.JSONPointer == "":
		return "wrong JSON type"
	case errors.As(err, &sem):
		return "at " + string(Clean(Untrusted(sem.JSONPointer)))
	case errors.Is(err, jsontext.ErrDuplicateName):
		return "it contains a duplicate name"
	case errors.As(err, &syn):
		return fmt.Sprintf("invalid JSON at byte %d", syn.ByteOffset)
	}
	return "invalid JSON"
}

// Errors of the token endpoint, in addition to those of other calls.
var (
	// ErrWrongClient means that the client id or secret is wrong.
	ErrWrongClient = errors.New("wrong client id or secret")
	// ErrTokenLimit means that the account has reached the limit of 750 access tokens
	// (https://developer.webex.com/docs/frequently-asked-questions).
	ErrTokenLimit = errors.New("token limit reached")
)

// classifyGrant interprets an error response in either format: the API's own envelope, or
// RFC 6749 section 5.2. Webex's identity broker reports an expired refresh token as
// invalid_request and gives the reason only in words.
func classifyGrant(op operation, status int, message string) (hint string, err error) {
	text := strings.ToLower(message)
	says := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
	}
	refresh := op.name == opRefresh.name
	switch {
	case status == http.StatusTooManyRequests || status == http.StatusLocked:
		return "try again later; the saved tokens are unchanged", ErrRateLimited
	case status >= 500:
		return "a fault on Webex's side: try again; the saved tokens are unchanged", ErrServer
	case status >= 300 && status < 400:
		return "wxauth does not follow redirects: the base URL may be wrong, or a proxy answered instead of Webex", ErrServer
	case says("tokenlimit_reached", "token limit"):
		return "this account holds 750 access tokens: revoke some (https://idbroker.webex.com/idb/profile#/tokens), or wait until some expire", ErrTokenLimit
	case says("invalid_client", "client credentials", "clientsecret", "client secret", "client_secret", "client id is invalid", "unauthorized_client"):
		return "check the integration's client id and secret at developer.webex.com", ErrWrongClient
	case status == http.StatusForbidden:
		return "the organization's policy or a proxy does not allow it; the saved tokens are unchanged", ErrForbidden
	case status != http.StatusBadRequest && status != http.StatusUnauthorized:
		return "the token endpoint may be wrong; the saved tokens are unchanged", ErrServer
	case refresh && status == http.StatusBadRequest && text == "":
		return "the response gives no reason and may come from a proxy: try again; the saved tokens are unchanged", ErrServer
	case refresh && (says("invalid_grant", "invalid_request", "invalid_refresh_token", "expired", "revoked", "refresh token") || status == http.StatusBadRequest):
		return "Webex no longer accepts the refresh token: it expired, was revoked, or was replaced; log in again", ErrNotLoggedIn
	case status == http.StatusUnauthorized:
		return "check the integration's client id and secret at developer.webex.com", ErrWrongClient
	case says("redirect"):
		return "the redirect URI must be registered on the integration exactly as written", ErrLoginFailed
	}
	return "a code works once and expires quickly: start the login again", ErrLoginFailed
}
