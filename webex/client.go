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
	"sync/atomic"
	"time"
	"unicode"
)

// DefaultBaseURL is where the API lives, version included
// (https://developer.webex.com/docs/rest-api-basics).
const DefaultBaseURL = "https://webexapis.com/v1"

const (
	attemptTimeout = 30 * time.Second // one attempt, its body included
	dialTimeout    = 5 * time.Second
	maxBody        = 8 << 20 // bytes of a reply after decompression; 750 tokens are about 0.4 MB
	maxErrorBody   = 64 << 10
)

// PoolSize is how many requests of a client are in flight at once.
const PoolSize = 8

// TokenSource yields the access token that a request carries.
type TokenSource interface {
	// Token returns a token that is good for use now. An empty one means that
	// there is none; the call then fails with [ErrNotLoggedIn].
	Token(ctx context.Context) (Secret, error)
}

// Renewer is what a [TokenSource] may be in addition: able to answer the server's
// refusal of a token (401).
type Renewer interface {
	// Renew returns another token than refused, or an error that matches
	// [ErrNotLoggedIn] when there is none to be had.
	Renew(ctx context.Context, refused Secret) (Secret, error)
}

type staticToken struct{ secret Secret }

func (s staticToken) Token(context.Context) (Secret, error) { return s.secret, nil }

// StaticToken is a source of always the same token, such as a personal access token.
func StaticToken(token Secret) TokenSource { return staticToken{token} }

// Client calls Webex. It is safe for use by many goroutines: at most eight
// requests are in flight at once, and a pause that Webex asks for holds them all.
type Client struct {
	token     TokenSource
	base      *url.URL
	baseErr   error // a base URL that cannot be used fails each call, not New
	http      *http.Client
	oauth     *http.Client // for the token endpoint: reading tokens is not changing anything
	endpoints Endpoints
	now       func() time.Time
	readOnly  bool
	userAgent string
	maxWait   time.Duration
	log       *slog.Logger
	pool      chan struct{}
	gate      *gate
	pace      *pacer // nil where nothing is asked by the thousand
	jitter    func(time.Duration) time.Duration
	roots     *x509.CertPool // nil trusts the system's
	dial      func(ctx context.Context, network, address string) (net.Conn, error)
	proxyFunc func(*http.Request) (*url.URL, error)
	me        chan PersonID // holds who the token belongs to, empty until it was asked
	isAPI     *atomic.Bool  // a base URL that is not Webex's own was found to be an API's
}

// Option changes a [Client].
type Option func(*Client)

// WithBaseURL sets the API's address, version included if it has one. It must be
// https; plain http is accepted for loopback hosts only. A base URL that cannot be
// used makes every call fail with [ErrInvalidInput]; [CheckBaseURL] says so earlier.
func WithBaseURL(base string) Option {
	return func(c *Client) { c.base, c.baseErr = parseBaseURL(base) }
}

// WithTransport replaces the HTTP transport, for tests and for unusual proxies.
func WithTransport(rt http.RoundTripper) Option {
	return func(c *Client) { c.http.Transport = rt }
}

// WithRootCAs trusts these certificate authorities and no others, for a network that opens
// TLS with one of its own: add it to [x509.SystemCertPool]. WithTransport makes it void.
func WithRootCAs(roots *x509.CertPool) Option { return func(c *Client) { c.roots = roots } }

// WithDialContext replaces how connections are made, and keeps everything else that the
// client expects of its transport: for a test, and for a relay that is no proxy.
func WithDialContext(dial func(ctx context.Context, network, address string) (net.Conn, error)) Option {
	return func(c *Client) { c.dial = dial }
}

// WithProxy replaces how the proxy of a request is found (default
// [http.ProxyFromEnvironment], which leaves out a proxy that it cannot parse). An error
// fails the call before anything is sent. WithTransport makes it void.
func WithProxy(proxy func(*http.Request) (*url.URL, error)) Option {
	return func(c *Client) { c.proxyFunc = proxy }
}

// WithReadOnly refuses everything but GET, with [ErrReadOnly], before the network.
func WithReadOnly() Option { return func(c *Client) { c.readOnly = true } }

// WithUserAgent sets the User-Agent header. It should name program and version only.
func WithUserAgent(ua string) Option { return func(c *Client) { c.userAgent = ua } }

// WithMaxWait bounds how long pauses that Webex asks for may hold one call
// (default 60 s). A longer one ends the call with [ErrRateLimited].
func WithMaxWait(d time.Duration) Option { return func(c *Client) { c.maxWait = d } }

// WithLogger logs each attempt: method, path, status, time taken, tracking id.
// Neither tokens nor bodies are logged.
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
		gate:      &gate{},
		jitter:    fullJitter,
		proxyFunc: http.ProxyFromEnvironment,
		me:        make(chan PersonID, 1),
		isAPI:     new(atomic.Bool),
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

// noRedirect: a redirected DELETE becomes a GET, and its 200 would read as "revoked".
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// as returns the same client for another token. Pool and pauses are shared.
func (c *Client) as(token TokenSource) *Client {
	other := *c // whatever options there are
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
			// The request's own end does not reach here: a connection may serve the next one.
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

// readOnlyTransport is the second lock of read-only mode: whatever the callers do,
// nothing but a GET leaves the process.
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

// CheckBaseURL reports whether base can be used with [WithBaseURL].
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
		return nil, fmt.Errorf("%w: the base URL cannot be parsed", ErrInvalidInput)
	case u.User != nil:
		return nil, fmt.Errorf("%w: the base URL must not hold a user name or password", ErrInvalidInput)
	case strings.ContainsFunc(u.Path, unicode.IsSpace):
		return nil, fmt.Errorf("%w: base URL %q has a blank in it", ErrInvalidInput, shown)
	case u.Host == "" || u.Opaque != "":
		return nil, fmt.Errorf("%w: base URL %q names no host; an example: %s", ErrInvalidInput, shown, DefaultBaseURL)
	case !isPlainHost(u.Hostname()):
		return nil, fmt.Errorf("%w: the host of base URL %q must be letters, digits, hyphens and dots of ASCII (an international name as xn--…)", ErrInvalidInput, shown)
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, fmt.Errorf("%w: base URL %q must not hold a query or fragment", ErrInvalidInput, shown)
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return nil, fmt.Errorf("%w: base URL %q would send the token in the clear: plain http is for loopback hosts only", ErrInvalidInput, shown)
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("%w: base URL %q must begin with https://", ErrInvalidInput, shown)
	}
	u.Path = strings.TrimRight(u.Path, "/")
	u.RawPath = ""
	return u, nil
}

// isPlainHost refuses what net/http would turn into another name before it connects, by the
// rules for international names (RFC 5891): with an ideographic full stop, "webexapis。com" is
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

// Host returns the host, and port if any, that the client sends its token to.
func (c *Client) Host() string {
	if c.base == nil {
		return ""
	}
	return c.base.Host
}

// PausedUntil returns when the pause ends that Webex asked for, zero when there is none.
func (c *Client) PausedUntil() time.Time { return c.gate.pausedUntil() }

// WithEndpoints sets OAuth endpoints that do not lie below the base URL, as in a
// government cloud. The rules of [WithBaseURL] hold for each.
func WithEndpoints(e Endpoints) Option { return func(c *Client) { c.endpoints = e } }

// WithClock sets the clock by which the age of tokens is told (default time.Now).
func WithClock(now func() time.Time) Option { return func(c *Client) { c.now = now } }

// Server names where this client sends its tokens; see [Tokens].Server.
func (c *Client) Server() string { return c.server() }
