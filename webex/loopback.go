package webex

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// The listener for Webex's redirect (RFC 8252 section 7.3). Any web page and any local
// process can send it requests, so only a GET of the right path, for the right host, with
// the right state ends a login. All other requests get a response but are ignored.

// RedirectOptions configures [WaitForRedirect].
type RedirectOptions struct {
	RedirectURI string        // http on 127.0.0.1, [::1] or localhost, with a port
	State       string        // the state in the authorization URL: at least 22 characters
	Issuer      string        // required value of iss (RFC 9207 section 2.4); not checked if empty
	Timeout     time.Duration // default: DefaultLoginTimeout
	// Listening is called once the port is open. Ignored is called with the reason for
	// each ignored request, never concurrently. Either may be nil.
	Listening func()
	Ignored   func(reason string)

	// answered is called with the result as soon as it is known; the port then stays open
	// until the context ends.
	answered func(redirectAnswer)
}

// DefaultLoginTimeout is how long a login may take by default.
const DefaultLoginTimeout = 5 * time.Minute

// ErrCannotListen means that the program cannot listen on the redirect URI, for example
// because it has another scheme than http or its port is in use. The user can paste the
// redirect address from the browser instead.
var ErrCannotListen = errors.New("cannot listen on the redirect URI")

// CheckLoopback returns nil if [WaitForRedirect] can listen on the redirect URI, assuming
// that its port is free. Errors match [ErrCannotListen].
func CheckLoopback(redirectURI string) error {
	_, err := parseLoopback(redirectURI)
	return err
}

func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && n > 0
}

type loopback struct {
	hosts []string // to listen on
	port  string
	host  string // the required Host header
	path  string
	named bool // the URI contains the port
}

func parseLoopback(redirectURI string) (l loopback, err error) {
	u, err := url.Parse(redirectURI)
	shown := Clean(Untrusted(truncate(redirectURI, 200)))
	switch {
	case err != nil || u.Scheme == "":
		return l, fmt.Errorf("%w: %q is not a URI", ErrCannotListen, shown)
	case u.Scheme == "https":
		return l, fmt.Errorf("%w: %s needs a certificate that this program does not have", ErrCannotListen, shown)
	case u.Scheme != "http":
		return l, fmt.Errorf("%w: %s would open another program", ErrCannotListen, shown)
	case u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return l, fmt.Errorf("%w: %s must not contain a query, a fragment or a user", ErrCannotListen, shown)
	case strings.TrimSpace(redirectURI) != redirectURI:
		return l, fmt.Errorf("%w: %q starts or ends with a space", ErrCannotListen, shown)
	case u.Port() != "" && !isPort(u.Port()):
		return l, fmt.Errorf("%w: %s has an invalid port (1-65535)", ErrCannotListen, shown)
	}
	l = loopback{port: u.Port(), host: strings.ToLower(u.Host), path: u.EscapedPath()}
	if l.named = l.port != ""; !l.named {
		l.port = "80"
	}
	if l.path == "" {
		l.path = "/"
	}
	switch name := strings.ToLower(u.Hostname()); {
	case name == "localhost":
		// The browser may use either address family.
		l.hosts = []string{"127.0.0.1", "::1"}
	case net.ParseIP(name) != nil && net.ParseIP(name).IsLoopback():
		l.hosts = []string{name}
	default:
		return l, fmt.Errorf("%w: %s is not on this computer", ErrCannotListen, shown)
	}
	return l, nil
}

// listen opens the port on every address. A missing address family is not an error, but a
// port in use is, in either family.
func (l loopback) listen(ctx context.Context) ([]net.Listener, error) {
	var (
		out  []net.Listener
		last error
	)
	for _, h := range l.hosts {
		network := "tcp4"
		if strings.Contains(h, ":") {
			network = "tcp6"
		}
		ln, err := (&net.ListenConfig{}).Listen(ctx, network, net.JoinHostPort(h, l.port))
		switch {
		case err == nil:
			out = append(out, ln)
		case len(l.hosts) > 1 && (errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EAFNOSUPPORT)):
			last = err
		default:
			for _, o := range out {
				_ = o.Close()
			}
			return nil, listenError(net.JoinHostPort(h, l.port), err)
		}
	}
	if len(out) == 0 {
		return nil, listenError(l.host, last)
	}
	return out, nil
}

func listenError(addr string, err error) error {
	hint := "check the redirect URI"
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		hint = "another program uses this port: stop it, use another redirect URI that is registered on the integration, or paste the address from the browser"
	case errors.Is(err, syscall.EACCES):
		hint = "only an administrator may use this port: use another redirect URI that is registered on the integration, or paste the address from the browser"
	}
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err // the outer error repeats the address
	}
	return fmt.Errorf("%w: %s: %w (%s)", ErrCannotListen, addr, err, hint)
}

const (
	maxCallbackHeader = 16 << 10
	maxCallbackConns  = 64
)

var callbackTimeout = 5 * time.Second // tests change it

// WaitForRedirect listens on the redirect URI until Webex redirects the browser to it with
// the right state, and returns the authorization code. It closes the port before it
// returns.
//
// Errors match [ErrLoginDenied] if the person or the organization declined,
// [ErrLoginTimeout], [ErrLoginFailed], or [ErrCannotListen] if the port is in use or the
// redirect URI is not on this computer.
func WaitForRedirect(ctx context.Context, o RedirectOptions) (code string, err error) {
	where, err := parseLoopback(o.RedirectURI)
	if err != nil {
		return "", err
	}
	if err := checkState(o.State); err != nil {
		return "", err
	}
	if o.Timeout <= 0 {
		o.Timeout = DefaultLoginTimeout
	}
	listeners, err := where.listen(ctx)
	if err != nil {
		return "", err
	}
	h := &callback{where: where, state: o.State, issuer: o.Issuer, ignored: o.Ignored, answer: make(chan redirectAnswer, 1)}
	srv := &http.Server{
		Handler: h, ReadHeaderTimeout: callbackTimeout, ReadTimeout: callbackTimeout, WriteTimeout: callbackTimeout,
		MaxHeaderBytes: maxCallbackHeader, ErrorLog: log.New(io.Discard, "", 0), ConnState: (&connLimiter{}).changed,
		DisableGeneralOptionsHandler: true,
	}
	srv.SetKeepAlivesEnabled(false)
	defer srv.Close()
	for _, l := range listeners {
		// The server closes only listeners that it already serves; close them all here, so that
		// a login that is canceled at once does not leave the port open.
		defer l.Close()
		go func() { _ = srv.Serve(l) }()
	}
	if o.Listening != nil {
		o.Listening()
	}
	timeout := time.NewTimer(o.Timeout)
	defer timeout.Stop()
	select {
	case a := <-h.answer:
		if o.answered != nil {
			o.answered(a)
			<-ctx.Done()
		}
		for _, l := range listeners {
			_ = l.Close()
		}
		// Wait until the browser has the page, but not for slow connections of others.
		select {
		case <-h.served():
		case <-time.After(500 * time.Millisecond):
		}
		return a.code, a.err
	case <-timeout.C:
		return "", fmt.Errorf("%w: no response from the browser within %s", ErrLoginTimeout, o.Timeout)
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// connLimiter limits the number of connections. It closes the oldest for a new one, so that
// idle connections cannot lock the browser out.
type connLimiter struct {
	mu    sync.Mutex
	fresh []net.Conn
}

func (c *connLimiter) changed(conn net.Conn, s http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, f := range c.fresh {
		if f == conn {
			c.fresh = append(c.fresh[:i], c.fresh[i+1:]...)
			break
		}
	}
	if s == http.StateNew || s == http.StateActive { // active is one byte, no request yet
		c.fresh = append(c.fresh, conn)
		if len(c.fresh) > maxCallbackConns {
			_ = c.fresh[0].Close()
		}
	}
}

type redirectAnswer struct {
	code string
	err  error
}

// callback handles the requests to the redirect URI.
type callback struct {
	where   loopback
	state   string
	issuer  string
	ignored func(string)
	answer  chan redirectAnswer

	mu   sync.Mutex
	done chan struct{} // closed once the landing page was written
	used bool
	page landing // the page for the accepted redirect
}

func (c *callback) served() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.done
}

// ServeHTTP handles one request and ignores any that is not the redirect of this login.
func (c *callback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status, reason := c.refuses(r)
	if reason != "" {
		if status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", http.MethodGet)
		}
		writePage(w, status, pageIgnored)
		if c.ignored != nil {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.ignored(reason)
		}
		return
	}
	code, err := redirectResult(r.URL.Query(), c.issuer)
	page := pageApproved
	if err != nil {
		page = pageDeclined
	}
	c.mu.Lock()
	if c.used { // prefetched or reloaded: show the page of the first request again
		page = c.page
		c.mu.Unlock()
		writePage(w, http.StatusOK, page)
		return
	}
	c.used, c.done, c.page = true, make(chan struct{}), page
	c.mu.Unlock()
	c.answer <- redirectAnswer{code, err}
	writePage(w, http.StatusOK, page)
	close(c.done)
}

// refuses returns why a request is not the redirect of this login, or "" if it is.
func (c *callback) refuses(r *http.Request) (status int, reason string) {
	if r.Host != c.where.host && (c.where.named || r.Host != c.where.host+":"+c.where.port) {
		return http.StatusMisdirectedRequest, "a request for another host"
	}
	switch {
	case r.URL.EscapedPath() != c.where.path:
		return http.StatusNotFound, "a request for another page"
	case r.Method != http.MethodGet:
		return http.StatusMethodNotAllowed, "a request that is not a GET"
	}
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return http.StatusBadRequest, "a request that cannot be parsed"
	}
	return http.StatusBadRequest, refusesQuery(q, c.state)
}

// refusesQuery checks the query parameters, also of a pasted redirect.
func refusesQuery(q url.Values, state string) string {
	for _, name := range []string{"state", "code", "error", "iss"} {
		if len(q[name]) > 1 {
			return "a request with a duplicate parameter"
		}
	}
	switch {
	case q.Get("state") == "":
		return "a request without the state of this login"
	case subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(state)) != 1:
		return "a request with the state of another login"
	case q.Has("code") == q.Has("error"):
		return "a request with both a code and an error, or neither"
	case q.Has("code") && !isToken(q.Get("code")) || len(q.Get("code")) > 4096:
		return "a request with an invalid code"
	case q.Has("error") && q.Get("error") == "":
		return "a request with an empty error"
	}
	return ""
}

// redirectResult returns the code or the error in a redirect that passed the checks.
func redirectResult(q url.Values, issuer string) (code string, err error) {
	switch iss := q.Get("iss"); {
	case issuer == "" || iss == issuer:
	case iss == "":
		return "", fmt.Errorf("%w: the response names no issuer, but the configuration requires one", ErrLoginFailed)
	default:
		return "", fmt.Errorf("%w: the response comes from another issuer, %q; nothing was sent to it", ErrLoginFailed, Clean(Untrusted(truncate(iss, 200))))
	}
	if q.Has("error") {
		return "", redirectError(q.Get("error"), q.Get("error_description"))
	}
	return q.Get("code"), nil
}

var errInvalidScope = fmt.Errorf("%w: a requested scope is not selected on the integration at developer.webex.com", ErrLoginFailed)

// redirectError explains an error code of RFC 6749 section 4.1.2.1 or OpenID Connect.
func redirectError(code, description string) error {
	said := ""
	if description != "" {
		said = fmt.Sprintf(" (Webex says: %s)", truncate(string(Clean(Untrusted(truncate(description, 200)))), 200))
	}
	switch code {
	case "access_denied":
		return fmt.Errorf("%w: you, or your organization, declined%s", ErrLoginDenied, said)
	case "invalid_scope":
		return fmt.Errorf("%w%s", errInvalidScope, said)
	case "server_error", "temporarily_unavailable":
		return fmt.Errorf("%w: a fault on Webex's side: try again%s", ErrLoginFailed, said)
	case "login_required", "interaction_required", "consent_required", "account_selection_required":
		return fmt.Errorf("%w: nobody is signed in to Webex in that browser: log in there%s", ErrLoginFailed, said)
	case "unauthorized_client", "unsupported_response_type", "invalid_request":
		return fmt.Errorf("%w: Webex rejected the request (%s): check the integration at developer.webex.com%s", ErrLoginFailed, code, said)
	}
	ascii := strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e {
			return '?'
		}
		return r
	}, code[:min(len(code), 64)])
	return fmt.Errorf("%w: Webex answered %q%s", ErrLoginFailed, ascii, said)
}
