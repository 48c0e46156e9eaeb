package webex

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
)

// DefaultBaseURL is the address of the API, including its version
// (https://developer.webex.com/docs/rest-api-basics).
const DefaultBaseURL = "https://webexapis.com/v1"

const (
	attemptTimeout = 30 * time.Second // one attempt, including its body
	dialTimeout    = 5 * time.Second
	maxBody        = 8 << 20 // bytes of a reply after decompression; 750 tokens are about 0.4 MB
	maxErrorBody   = 64 << 10
)

// PoolSize is the maximum number of concurrent requests of a client.
const PoolSize = 8

// TokenSource supplies access tokens for requests.
type TokenSource interface {
	// Token returns an access token to use now. If it returns an empty [Secret],
	// the call fails with [ErrNotLoggedIn].
	Token(ctx context.Context) (Secret, error)
}

// Renewer is an optional interface of a [TokenSource]. A [Client] calls it when the
// server rejects a token (401).
type Renewer interface {
	// Renew returns a token other than refused. If there is none, the error matches
	// [ErrNotLoggedIn].
	Renew(ctx context.Context, refused Secret) (Secret, error)
}

type staticToken struct{ secret Secret }

func (s staticToken) Token(context.Context) (Secret, error) { return s.secret, nil }

// StaticToken returns a [TokenSource] that always returns token, for example a personal
// access token.
func StaticToken(token Secret) TokenSource { return staticToken{token} }

// Client calls the Webex API. It is safe for concurrent use: at most [PoolSize]
// requests are in flight at once, and a rate limit pauses all of them.
type Client struct {
	token     TokenSource
	base      *url.URL
	baseErr   error // an invalid base URL makes each call fail, not New
	http      *http.Client
	oauth     *http.Client // for the token endpoint, which read-only mode may use
	endpoints Endpoints
	now       func() time.Time
	readOnly  bool
	userAgent string
	maxWait   time.Duration
	log       *slog.Logger
	pool      chan struct{}
	gate      *pauseGate
	pace      *pacer // nil if the client is not paced
	jitter    func(time.Duration) time.Duration
	roots     *x509.CertPool // nil: the system's
	dial      func(ctx context.Context, network, address string) (net.Conn, error)
	proxyFunc func(*http.Request) (*url.URL, error)
	me        chan PersonID // holds the id of the token's owner; empty until known
	api       *apiCheck
}

// Option configures a [Client].
type Option func(*Client)

// WithBaseURL sets the address of the API, including its version (default
// [DefaultBaseURL]). The scheme must be https; http is accepted for loopback hosts
// only. With an invalid base URL every call fails with [ErrInvalidInput]; use
// [CheckBaseURL] to validate it first.
func WithBaseURL(base string) Option {
	return func(c *Client) { c.base, c.baseErr = parseBaseURL(base) }
}

// WithTransport sets the HTTP transport, for tests and for unusual proxies.
func WithTransport(rt http.RoundTripper) Option {
	return func(c *Client) { c.http.Transport = rt }
}

// WithRootCAs sets the only certificate authorities that the client trusts. To accept a
// TLS-inspecting proxy, add its CA to [x509.SystemCertPool]. It has no effect together with
// [WithTransport].
func WithRootCAs(roots *x509.CertPool) Option { return func(c *Client) { c.roots = roots } }

// WithDialContext sets the function that opens connections and leaves the rest of the
// default transport unchanged. It has no effect together with [WithTransport].
func WithDialContext(dial func(ctx context.Context, network, address string) (net.Conn, error)) Option {
	return func(c *Client) { c.dial = dial }
}

// WithProxy sets the function that returns the proxy for a request (default
// [http.ProxyFromEnvironment], which ignores a proxy that it cannot parse). If it returns
// an error, the call fails before anything is sent. It has no effect together with
// [WithTransport].
func WithProxy(proxy func(*http.Request) (*url.URL, error)) Option {
	return func(c *Client) { c.proxyFunc = proxy }
}

// WithReadOnly makes every request other than GET fail with [ErrReadOnly] without sending
// it. Requests to the token endpoint are still allowed.
func WithReadOnly() Option { return func(c *Client) { c.readOnly = true } }

// WithUserAgent sets the User-Agent header (default "wxauth"). It should contain the
// program's name and version only.
func WithUserAgent(ua string) Option { return func(c *Client) { c.userAgent = ua } }

// WithMaxWait limits how long one call waits on rate limits in total (default 60 s).
// If Webex asks for a longer pause, the call fails with [ErrRateLimited].
func WithMaxWait(d time.Duration) Option { return func(c *Client) { c.maxWait = d } }

// WithLogger logs every attempt at debug level: method, path, status, duration in
// milliseconds and tracking id. Tokens and bodies are never logged.
func WithLogger(l *slog.Logger) Option { return func(c *Client) { c.log = l } }

// New returns a client for the API at [DefaultBaseURL].
func New(token TokenSource, opts ...Option) *Client {
	base, err := parseBaseURL(DefaultBaseURL)
	c := &Client{
		token: token, base: base, baseErr: err,
		http: &http.Client{CheckRedirect: noRedirect}, oauth: &http.Client{CheckRedirect: noRedirect},
		now:       time.Now,
		userAgent: "wxauth",
		maxWait:   60 * time.Second,
		log:       slog.New(slog.DiscardHandler),
		pool:      make(chan struct{}, PoolSize),
		gate:      &pauseGate{},
		jitter:    fullJitter,
		proxyFunc: http.ProxyFromEnvironment,
		me:        make(chan PersonID, 1),
		api:       new(apiCheck),
	}
	c.me <- ""
	for _, o := range opts {
		o(c)
	}
	if c.http.Transport == nil {
		c.http.Transport = newTransport(c.roots, c.dial, c.proxyFunc)
	}
	c.oauth.Transport = c.http.Transport
	if c.readOnly {
		c.http.Transport = readOnlyTransport{c.http.Transport}
	}
	return c
}

// noRedirect stops redirects: net/http turns a redirected DELETE into a GET, and its 200
// would look like a successful revoke.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// withToken returns the same client with another token. Pool and pauses are shared.
func (c *Client) withToken(token TokenSource) *Client {
	other := *c // with all its options
	other.token, other.pace, other.me = token, nil, make(chan PersonID, 1)
	other.me <- ""
	return &other
}

func newTransport(roots *x509.CertPool, dial func(context.Context, string, string) (net.Conn, error), proxy func(*http.Request) (*url.URL, error)) *http.Transport {
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	return &http.Transport{
		Proxy: proxy,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			// ctx is not canceled with the request, because its connection may be reused.
			ctx, cancel := context.WithTimeout(ctx, dialTimeout)
			defer cancel()
			return dial(ctx, network, address)
		},
		OnProxyConnectResponse: checkConnect,
		TLSHandshakeTimeout:    dialTimeout,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		IdleConnTimeout:        90 * time.Second,
		MaxIdleConnsPerHost:    PoolSize,
		MaxResponseHeaderBytes: 64 << 10,
		ForceAttemptHTTP2:      true,
	}
}

// readOnlyTransport enforces read-only mode at the lowest level: it sends no request
// other than GET, whatever its callers do.
type readOnlyTransport struct{ next http.RoundTripper }

func (t readOnlyTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet {
		if r.Body != nil {
			_ = r.Body.Close()
		}
		return nil, ErrReadOnly
	}
	return t.next.RoundTrip(r)
}

// CheckBaseURL returns nil if base is valid for [WithBaseURL]. Errors match
// [ErrInvalidInput].
func CheckBaseURL(base string) error {
	_, err := parseBaseURL(base)
	return err
}

func parseBaseURL(base string) (*url.URL, error) {
	base = strings.TrimSpace(base) // as files and variables are written
	shown := string(Clean(Untrusted(base)))
	u, err := url.Parse(base)
	switch {
	case err != nil:
		// The text of url.Error repeats the input, which may hold a password.
		return nil, fmt.Errorf("%w: the base URL cannot be parsed (example: %s)", ErrInvalidInput, DefaultBaseURL)
	case u.User != nil:
		return nil, fmt.Errorf("%w: the base URL must not contain a user name or password", ErrInvalidInput)
	case strings.ContainsFunc(u.Path, unicode.IsSpace):
		return nil, fmt.Errorf("%w: base URL %q contains a space", ErrInvalidInput, shown)
	case u.Host == "" || u.Opaque != "":
		return nil, fmt.Errorf("%w: base URL %q has no host (example: %s)", ErrInvalidInput, shown, DefaultBaseURL)
	case !isPlainHost(u.Hostname()):
		return nil, fmt.Errorf("%w: the host of base URL %q may contain only ASCII letters, digits, hyphens and dots (write international names as xn--…)", ErrInvalidInput, shown)
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, fmt.Errorf("%w: base URL %q must not contain a query or fragment", ErrInvalidInput, shown)
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return nil, fmt.Errorf("%w: base URL %q would send the token unencrypted: http is allowed for loopback hosts only", ErrInvalidInput, shown)
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("%w: base URL %q must begin with https://", ErrInvalidInput, shown)
	}
	u.Path = strings.TrimRight(u.Path, "/")
	u.RawPath = ""
	return u, nil
}

// isPlainHost reports whether net/http connects to exactly this name. It would convert
// international names (RFC 5891): with an ideographic full stop, "webexapis。com" becomes
// webexapis.com.
func isPlainHost(host string) bool {
	if strings.Contains(host, ":") {
		return net.ParseIP(strings.SplitN(host, "%", 2)[0]) != nil // with a zone, of IPv6
	}
	return !strings.ContainsFunc(host, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-._", r))
	})
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// Host returns the host, with its port if any, that the client sends its token to.
func (c *Client) Host() string {
	if c.base == nil {
		return ""
	}
	return c.base.Host
}

// PausedUntil returns when the current rate limit pause ends, or zero if there is none.
func (c *Client) PausedUntil() time.Time { return c.gate.pausedUntil() }

// WithEndpoints sets OAuth endpoints that are not below the base URL, for example in a
// government cloud. Each must satisfy the rules of [WithBaseURL].
func WithEndpoints(e Endpoints) Option { return func(c *Client) { c.endpoints = e } }

// WithClock sets the clock used to compute the age of tokens (default [time.Now]).
func WithClock(now func() time.Time) Option { return func(c *Client) { c.now = now } }

// Server returns the origin of the API, such as "https://webexapis.com", followed by a
// space and the origin of the token endpoint if that differs. See [Tokens].Server.
func (c *Client) Server() string { return c.server() }
