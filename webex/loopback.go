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

// The listener that Webex's redirect reaches (RFC 8252 section 7.3). Any web page and
// any local process can send it requests, so only one thing ends a login: a GET of the
// right path, for the right host, with the right state. Everything else is answered
// and ignored, and the login goes on waiting.

// RedirectOptions say what redirect is waited for.
type RedirectOptions struct {
	RedirectURI string        // http on 127.0.0.1, [::1] or localhost, with a port
	State       string        // as in the authorization URL: 22 characters or more
	Issuer      string        // what iss must be, to the letter (RFC 9207 section 2.4); not checked when empty
	Timeout     time.Duration // 5 minutes when 0
	// Listening is called once the port is open, and Ignored for each request that
	// was no answer, with the reason, one at a time. Either may be nil.
	Listening func()
	Ignored   func(reason string)

	// answered is told the answer as soon as it is there; the port then stays open until
	// the context ends.
	answered func(redirectAnswer)
}

// DefaultLoginTimeout is how long a login may take.
const DefaultLoginTimeout = 5 * time.Minute

// ErrCannotListen: a redirect URI at which this program cannot listen, such as one
// with https or a scheme of its own, or one whose port is in use. What the browser shows
// there has to be pasted.
var ErrCannotListen = errors.New("cannot listen at the redirect URI")

// CheckLoopback reports whether WaitForRedirect can listen at a redirect URI; the
// error matches [ErrCannotListen] and says why not.
func CheckLoopback(redirectURI string) error {
	_, err := parseLoopback(redirectURI)
	return err
}

func isPort(text string) bool {
	_, err := strconv.ParseUint(text, 10, 16)
	return err == nil
}

type loopback struct {
	hosts []string // to listen on
	port  string
	host  string // what the Host header must be
	path  string
	named bool // the port stands in the URI
}

func parseLoopback(redirectURI string) (l loopback, err error) {
	u, err := url.Parse(redirectURI)
	shown := Clean(Untrusted(truncate(redirectURI, 200)))
	switch {
	case err != nil || u.Scheme == "":
		return l, fmt.Errorf("%w: %q is no URI", ErrCannotListen, shown)
	case u.Scheme == "https":
		return l, fmt.Errorf("%w: %s needs a certificate that this program does not have", ErrCannotListen, shown)
	case u.Scheme != "http":
		return l, fmt.Errorf("%w: %s opens another program", ErrCannotListen, shown)
	case u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return l, fmt.Errorf("%w: %s must not hold a query, a fragment or a user", ErrCannotListen, shown)
	case strings.TrimSpace(redirectURI) != redirectURI:
		return l, fmt.Errorf("%w: %q ends with a blank", ErrCannotListen, shown)
	case u.Port() != "" && !isPort(u.Port()):
		return l, fmt.Errorf("%w: %s has no port up to 65535", ErrCannotListen, shown)
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
		// Which of the two families a browser takes is its own business.
		l.hosts = []string{"127.0.0.1", "::1"}
	case net.ParseIP(name) != nil && net.ParseIP(name).IsLoopback():
		l.hosts = []string{name}
	default:
		return l, fmt.Errorf("%w: %s is not on this computer", ErrCannotListen, shown)
	}
	return l, nil
}

// listen opens the port on every address. That a family does not exist is fine; that
// somebody else has the port is not, in either.
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
		hint = "another program uses that port: end it, or take another redirect URI that is registered on the integration, or paste the answer"
	case errors.Is(err, syscall.EACCES):
		hint = "this port is for the administrator alone: take another redirect URI that is registered on the integration, or paste the answer"
	}
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err // the text around it names the address again
	}
	return fmt.Errorf("%w: %s: %w (%s)", ErrCannotListen, addr, err, hint)
}

const (
	maxCallbackHeader = 16 << 10
	maxCallbackConns  = 64
)

var callbackTimeout = 5 * time.Second // tests change it

// WaitForRedirect listens at the redirect URI until Webex's answer to the login with
// this state arrives, and returns its code. The port is open only meanwhile.
//
// The error matches [ErrLoginDenied] when the person or the organization declined,
// [ErrLoginTimeout], [ErrLoginFailed], or [ErrCannotListen] when the port is in use or
// the redirect URI is not on this computer.
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
		MaxHeaderBytes: maxCallbackHeader, ErrorLog: log.New(io.Discard, "", 0), ConnState: (&crowd{}).changed,
		DisableGeneralOptionsHandler: true,
	}
	srv.SetKeepAlivesEnabled(false)
	defer srv.Close()
	for _, l := range listeners {
		// The server knows only the listeners that it has begun to serve: a login that is
		// ended at once would leave the port open a moment longer.
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
		// Time for the page to reach the browser, and no longer: slow connections of
		// others do not hold us up.
		select {
		case <-h.served():
		case <-time.After(500 * time.Millisecond):
		}
		return a.code, a.err
	case <-timeout.C:
		return "", fmt.Errorf("%w: no answer came from the browser within %s", ErrLoginTimeout, o.Timeout)
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// crowd keeps the number of connections small: the oldest goes for the newest, so that
// those that say nothing cannot keep the browser out.
type crowd struct {
	mu    sync.Mutex
	fresh []net.Conn
}

func (c *crowd) changed(conn net.Conn, s http.ConnState) {
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

// callback answers the requests.
type callback struct {
	where   loopback
	state   string
	issuer  string
	ignored func(string)
	answer  chan redirectAnswer

	mu   sync.Mutex
	done chan struct{} // closed when the page of the answer was written
	used bool
	page landing // of the answer
}

func (c *callback) served() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.done
}

// ServeHTTP judges one request. What is not the answer ends nothing.
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
	code, err := judge(r.URL.Query(), c.issuer)
	page := pageApproved
	if err != nil {
		page = pageDeclined
	}
	c.mu.Lock()
	if c.used { // the browser fetched the page ahead, or somebody reloaded it: it shows what the first answer came to
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

// refuses says why a request is not the answer, empty when it is.
func (c *callback) refuses(r *http.Request) (status int, reason string) {
	if r.Host != c.where.host && (c.where.named || r.Host != c.where.host+":"+c.where.port) {
		return http.StatusMisdirectedRequest, "a request for another host"
	}
	switch {
	case r.URL.EscapedPath() != c.where.path:
		return http.StatusNotFound, "a request for another page"
	case r.Method != http.MethodGet:
		return http.StatusMethodNotAllowed, "a request that is no GET"
	}
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return http.StatusBadRequest, "a request that cannot be read"
	}
	return http.StatusBadRequest, refusesQuery(q, c.state)
}

// refusesQuery holds the rules for the parameters, for a redirect that was pasted too.
func refusesQuery(q url.Values, state string) string {
	for _, name := range []string{"state", "code", "error", "iss"} {
		if len(q[name]) > 1 {
			return "a request that says a thing twice"
		}
	}
	switch {
	case q.Get("state") == "":
		return "a request without the state of this login"
	case subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(state)) != 1:
		return "a request with another state than this login's"
	case q.Has("code") == q.Has("error"):
		return "a request with neither an answer nor an error, or both"
	case q.Has("code") && !isToken(q.Get("code")) || len(q.Get("code")) > 4096:
		return "a request with a code that is none"
	case q.Has("error") && q.Get("error") == "":
		return "a request with an empty error"
	}
	return ""
}

// judge reads the answer to our own login.
func judge(q url.Values, issuer string) (code string, err error) {
	switch iss := q.Get("iss"); {
	case issuer == "" || iss == issuer:
	case iss == "":
		return "", fmt.Errorf("%w: the answer names no issuer, and the configuration says that it must", ErrLoginFailed)
	default:
		return "", fmt.Errorf("%w: the answer comes from another issuer, %q; nothing was sent there", ErrLoginFailed, Clean(Untrusted(truncate(iss, 200))))
	}
	if q.Has("error") {
		return "", redirectError(q.Get("error"), q.Get("error_description"))
	}
	return q.Get("code"), nil
}

var errInvalidScope = fmt.Errorf("%w: a scope was asked for that is not ticked on the integration at developer.webex.com", ErrLoginFailed)

// redirectError words the error codes of RFC 6749 section 4.1.2.1 and OpenID Connect.
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
		return fmt.Errorf("%w: Webex does not accept what was asked for (%s): check the integration at developer.webex.com%s", ErrLoginFailed, code, said)
	}
	ascii := strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e {
			return '?'
		}
		return r
	}, code[:min(len(code), 64)])
	return fmt.Errorf("%w: Webex answered %q%s", ErrLoginFailed, ascii, said)
}
