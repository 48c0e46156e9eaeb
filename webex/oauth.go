package webex

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
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

// Endpoints are the addresses of the OAuth endpoints. What is empty lies below the
// base URL: /authorize, /access_token, /device/authorize, /device/token.
type Endpoints struct {
	Authorize, Token, DeviceAuthorize, DeviceToken string
}

// WithEndpoints sets OAuth endpoints that do not lie below the base URL, as in a
// government cloud. The rules of [WithBaseURL] hold for each.
func WithEndpoints(e Endpoints) Option { return func(c *Client) { c.endpoints = e } }

// WithClock sets the clock by which the age of tokens is told (default time.Now).
func WithClock(now func() time.Time) Option { return func(c *Client) { c.now = now } }

// endpoint returns an OAuth endpoint: the one that was set, or path below the base.
func (c *Client) endpoint(set string, path ...string) (*url.URL, error) {
	if set != "" {
		return parseBaseURL(set)
	}
	if c.baseErr != nil {
		return nil, c.baseErr
	}
	return c.base.JoinPath(path...), nil
}

// server names where tokens of this client come from and go to: the origins of the API
// and, where it is another, of the token endpoint. Empty when they cannot be told.
func (c *Client) server() string {
	token, err := c.endpoint(c.endpoints.Token, "access_token")
	if err != nil || c.base == nil {
		return ""
	}
	api := c.base.Scheme + "://" + c.base.Host
	if origin := token.Scheme + "://" + token.Host; origin != api {
		return api + " " + origin
	}
	return api
}

// Server names where this client sends its tokens; see [Tokens].Server.
func (c *Client) Server() string { return c.server() }

// NewState returns a value for the state parameter: 256 bits, fresh for each login
// (RFC 6749 section 10.12, RFC 9700 section 2.1).
func NewState() string { return random() }

// NewVerifier returns a PKCE code verifier of 256 bits (RFC 7636 section 4.1).
func NewVerifier() Secret { return NewSecret(random()) }

func random() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// Challenge returns the S256 code challenge of a verifier (RFC 7636 section 4.2).
func Challenge(verifier Secret) string {
	sum := sha256.Sum256([]byte(verifier.Reveal()))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// AuthorizationRequest is what an authorization URL asks for.
type AuthorizationRequest struct {
	Scopes    []string // DefaultScopes when empty
	State     string   // see NewState
	Verifier  Secret   // see NewVerifier
	Prompt    string   // select_account (the default) or none
	LoginHint string   // an email address that the login page fills in
}

// authorizationURL builds the URL that a browser is sent to (RFC 6749 section 4.1.1).
func (c *Client) authorizationURL(cred Credentials, r AuthorizationRequest) (string, error) {
	u, err := c.endpoint(c.endpoints.Authorize, "authorize")
	if err != nil {
		return "", err
	}
	if len(r.State) < 22 {
		return "", fmt.Errorf("%w: a state of less than 128 bits can be guessed", ErrInvalidInput)
	}
	scopes := r.Scopes
	if len(scopes) == 0 {
		scopes = DefaultScopes
	}
	q := url.Values{
		"response_type": {"code"}, "client_id": {string(cred.ClientID)}, "redirect_uri": {cred.redirectURI()},
		"scope": {strings.Join(scopes, " ")}, "state": {r.State}, "prompt": {"select_account"},
		"code_challenge": {Challenge(r.Verifier)}, "code_challenge_method": {"S256"},
	}
	if r.Prompt != "" {
		q.Set("prompt", r.Prompt)
	}
	if r.LoginHint != "" {
		q.Set("login_hint", r.LoginHint)
	}
	u.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20") // Webex documents %20 between scopes
	return u.String(), nil
}

var (
	opExchange = operation{name: "exchange code"}
	opRefresh  = operation{name: "refresh token"}
)

const (
	maxTokenBody = 64 << 10
	maxLife      = 10 * 365 * 24 * time.Hour
	// minSkew: the Date header has whole seconds, and a reply takes a while.
	minSkew = 5 * time.Second
	maxSkew = 2 * 365 * 24 * time.Hour // beyond it is a broken header, not a clock
)

// seconds reads a lifetime that may come as a number or as a text. ok is false when
// there was none.
type seconds struct {
	d  time.Duration
	ok bool
}

// UnmarshalJSON accepts 1209599, "1209599" and null.
func (s *seconds) UnmarshalJSON(b []byte) error {
	text := strings.Trim(string(b), `"`)
	if text == "null" || text == "" {
		return nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 || n > int64(maxLife/time.Second) {
		return fmt.Errorf("a lifetime of %q seconds", Clean(Untrusted(truncate(text, 40))))
	}
	*s = seconds{time.Duration(n) * time.Second, true}
	return nil
}

// lenient is a lifetime that may be left out, and is, where it makes no sense: the
// refresh token beside it must not be lost for it.
type lenient struct{ seconds }

// UnmarshalJSON never fails.
func (l *lenient) UnmarshalJSON(b []byte) error {
	if l.seconds.UnmarshalJSON(b) != nil {
		l.seconds = seconds{}
	}
	return nil
}

// wireTokens is the token endpoint's reply (RFC 6749 section 5.1), with the refresh
// token's lifetime, which Webex adds.
type wireTokens struct {
	AccessToken      string  `json:"access_token"`
	TokenType        string  `json:"token_type"`
	ExpiresIn        seconds `json:"expires_in"`
	RefreshToken     string  `json:"refresh_token"`
	RefreshExpiresIn lenient `json:"refresh_token_expires_in"`
	Scope            string  `json:"scope"`
}

func (w wireTokens) check() error {
	switch {
	case w.AccessToken == "":
		return errors.New("it holds no access_token")
	case w.TokenType != "" && !strings.EqualFold(w.TokenType, "bearer"):
		return fmt.Errorf("its token_type is %q, not Bearer", Clean(Untrusted(truncate(w.TokenType, 40))))
	case !isToken(w.AccessToken) || w.RefreshToken != "" && !isToken(w.RefreshToken):
		return errors.New("a token in it is none")
	}
	return nil
}

// isToken: printable ASCII without blanks (RFC 6750 section 2.1 is narrower, and
// servers are not).
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// tokens makes the reply into what is kept. before is what it replaces: an absent
// refresh token keeps the old one, with the lifetime that it had.
func (w wireTokens) tokens(now time.Time, skew time.Duration, before Tokens) Tokens {
	t := Tokens{
		Access: NewSecret(w.AccessToken), Issued: now, AccessLife: w.ExpiresIn.d, Skew: skew,
		Refresh: before.Refresh, RefreshIssued: before.RefreshIssued, RefreshLife: before.RefreshLife,
		Scopes: before.Scopes, Owner: before.Owner,
	}
	another := w.RefreshToken != "" && w.RefreshToken != before.Refresh.Reveal()
	if another {
		t.Refresh = NewSecret(w.RefreshToken)
	}
	if another || w.RefreshExpiresIn.ok {
		t.RefreshIssued, t.RefreshLife = now, w.RefreshExpiresIn.d
	}
	if w.Scope != "" {
		t.Scopes = strings.Fields(w.Scope)
		slices.Sort(t.Scopes)
	}
	return t
}

// postToken sends one form to the token endpoint, once. secrets are taken out of
// whatever the server says.
func (c *Client) postToken(ctx context.Context, op operation, form url.Values, before Tokens, secrets ...Secret) (Tokens, error) {
	u, err := c.endpoint(c.endpoints.Token, "access_token")
	if err != nil {
		return Tokens{}, &Error{Op: op.name, Err: err}
	}
	actx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	var trace sentTrace
	actx = httptrace.WithClientTrace(actx, trace.hooks())
	req, err := http.NewRequestWithContext(actx, http.MethodPost, u.String(), strings.NewReader(form.Encode()))
	if err != nil {
		return Tokens{}, &Error{Op: op.name, Err: fmt.Errorf("%w: %w", ErrInvalidInput, err)}
	}
	req.GetBody = nil // a second one is ours to decide
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.userAgent)
	start := time.Now()
	resp, err := c.oauth.Do(req)
	if err != nil {
		err = c.transportError(ctx, op.name, err, trace.sent())
		c.log.Debug("http", "method", req.Method, "path", u.Path, "error", err.Error(), "ms", time.Since(start).Milliseconds())
		return Tokens{}, err
	}
	defer resp.Body.Close()
	w, err := readTokens(op, resp, secrets)
	now := c.now()
	c.log.Debug("http", "method", req.Method, "path", u.Path, "status", resp.StatusCode, "ms", time.Since(start).Milliseconds())
	if err != nil {
		return Tokens{}, err
	}
	t := w.tokens(now, skew(resp.Header, now), before)
	t.Server = c.server()
	return t, nil
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

func readTokens(op operation, resp *http.Response, secrets []Secret) (wireTokens, error) {
	var w wireTokens
	clean := func(u Untrusted) Untrusted {
		for _, s := range secrets {
			if !s.IsZero() {
				u = without(u, s)
			}
		}
		return u
	}
	e := &Error{Op: op.name, Status: resp.StatusCode, Sent: true, TrackingID: Untrusted(truncate(string(clean(Untrusted(resp.Header.Get("Trackingid")))), maxTrackingID))}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxTokenBody+1))
	switch {
	case err != nil:
		return w, &Error{Op: op.name, Sent: true, Err: fmt.Errorf("%w: %w", errBroken, err), Hint: "try again"}
	case resp.StatusCode != http.StatusOK:
		// What is no JSON is not shown: it may hold anything, and does not come from Webex.
		message, tracking, _ := parseErrorJSON(body)
		e.Message = clean(message)
		if e.TrackingID == "" {
			e.TrackingID = clean(tracking)
		}
		e.RetryAfter, e.asked = parseRetryAfter(resp.Header.Get("Retry-After"), time.Now())
		e.Hint, e.Err = classifyGrant(op, resp.StatusCode, string(message))
		return w, e
	case len(body) > maxTokenBody:
		e.Err = fmt.Errorf("%w: the reply is larger than %d KiB", ErrServer, maxTokenBody>>10)
		return w, e
	case isHTML(resp.Header.Get("Content-Type")) || bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")):
		e.Err, e.Hint = fmt.Errorf("%w: an HTML page came back instead of an answer", ErrServer), "a captive portal or a proxy answers in Webex's place"
		return w, e
	}
	if err := json.Unmarshal(body, &w, jsontext.AllowInvalidUTF8(false)); err != nil {
		// The decoder's text may repeat the body, which is all secrets.
		e.Err = fmt.Errorf("%w: the reply is not what the API describes (%s)", ErrServer, decodeProblem(err))
		return w, e
	}
	if err := w.check(); err != nil {
		e.Err = fmt.Errorf("%w: the reply is not what the API describes: %w", ErrServer, err)
		return w, e
	}
	return w, nil
}

// decodeProblem says where a reply is wrong, without what it holds.
func decodeProblem(err error) string {
	var sem *json.SemanticError
	var syn *jsontext.SyntacticError
	switch {
	case errors.As(err, &sem):
		return "at " + string(Clean(Untrusted(sem.JSONPointer)))
	case errors.Is(err, jsontext.ErrDuplicateName):
		return "a name stands in it twice"
	case errors.As(err, &syn):
		return fmt.Sprintf("no JSON from byte %d on", syn.ByteOffset)
	}
	return "no JSON"
}

// What the token endpoint's refusals mean, beside the sentinels of calls.
var (
	// ErrWrongClient: the client id or secret is wrong.
	ErrWrongClient = errors.New("client id or secret refused")
	// ErrTokenLimit: the account holds 750 access tokens, and gets no more
	// (https://developer.webex.com/docs/frequently-asked-questions).
	ErrTokenLimit = errors.New("token limit reached")
)

// classifyGrant reads a refusal in either dialect: the API's own envelope, and RFC
// 6749 section 5.2. Webex's broker reports an expired refresh token as
// invalid_request, and only in words.
func classifyGrant(op operation, status int, message string) (hint string, err error) {
	text := strings.ToLower(message)
	says := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
	}
	refresh := op.name == opRefresh.name
	switch {
	case status == http.StatusTooManyRequests || status == http.StatusLocked:
		return "try again later; what is stored is kept", ErrRateLimited
	case status >= 500:
		return "a fault on Webex's side: try again; what is stored is kept", ErrServer
	case status >= 300 && status < 400:
		return "a redirect is never followed: the base URL may be wrong, or a proxy answers in Webex's place", ErrServer
	case says("tokenlimit_reached", "token limit"):
		return "this account holds 750 access tokens: end some (wxauth me, or https://idbroker.webex.com/idb/profile#/tokens), or wait until some expire", ErrTokenLimit
	case says("invalid_client", "client credentials", "clientsecret", "client secret", "client_secret", "client id is invalid", "unauthorized_client"):
		return "check the integration's client id and secret at developer.webex.com", ErrWrongClient
	case status == http.StatusForbidden:
		return "the organization's policy, or a proxy, does not allow it; what is stored is kept", ErrForbidden
	case status != http.StatusBadRequest && status != http.StatusUnauthorized:
		return "the token endpoint may be another; what is stored is kept", ErrServer
	case refresh && status == http.StatusBadRequest && text == "":
		return "the refusal says nothing, as a proxy's would: what is stored is kept; try again", ErrServer
	case refresh && (says("invalid_grant", "invalid_request", "invalid_refresh_token", "expired", "revoked", "refresh token") || status == http.StatusBadRequest):
		return "Webex no longer accepts the refresh token: it ended, was revoked, or was replaced by another; log in again", ErrNotLoggedIn
	case status == http.StatusUnauthorized:
		return "check the integration's client id and secret at developer.webex.com", ErrWrongClient
	case says("redirect"):
		return "the redirect URI must be registered on the integration, to the letter", ErrLoginFailed
	}
	return "a code works once and for a short time: start the login again", ErrLoginFailed
}
