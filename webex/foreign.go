package webex

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// Responses that do not come from the API: of a captive portal, of a proxy that requires a
// login, or of a web server that is not the API.

// ErrNotAPI means that the server at the base URL is not the Webex API. It also matches
// [ErrServer].
var ErrNotAPI error = foreignAnswer("this address is not the Webex API")

// errPage means that the response was an HTML page. It matches [ErrServer].
var errPage error = foreignAnswer("received an HTML page instead of an API response")

var (
	errProxyLogin   error = foreignAnswer("a proxy requires a user name and password")
	errNetworkLogin error = foreignAnswer("the network requires a sign-in")
)

// foreignAnswer is an error for a response that did not come from Webex.
type foreignAnswer string

func (f foreignAnswer) Error() string { return string(f) }

// Is makes the error match [ErrServer], as every unusable response does.
func (f foreignAnswer) Is(target error) bool { return target == ErrServer } //nolint:errorlint // it is called by errors.Is

const hintBase = "the base URL must include the API version, for example " + DefaultBaseURL

// foreign returns an error and a hint if a response did not come from Webex, and nil
// otherwise. start is the start of its body.
func (c *Client) foreign(u *url.URL, resp *http.Response, start []byte) (hint string, err error) {
	page := isHTML(resp.Header.Get("Content-Type")) || looksLikeHTML(start)
	switch status := resp.StatusCode; {
	case status == http.StatusProxyAuthRequired:
		return c.proxyWords(u) + ": " + hintProxyLogin, errProxyLogin
	case status == http.StatusNetworkAuthenticationRequired:
		return c.proxyWords(u) + ": " + hintSignIn, errNetworkLogin
	case !page, status >= 300 && status < 400, status == http.StatusTooManyRequests, status == http.StatusLocked:
		return "", nil // a Webex gateway may send an HTML page with these
	case status >= 500: // Webex's own has a tracking id
		if trackingID(resp.Header, Secret{}) != "" {
			return "", nil
		}
		return c.proxyWords(u) + ", or a Webex gateway failed: try again later", errPage
	case status == http.StatusNotFound, status == http.StatusMethodNotAllowed, status == http.StatusGone:
		return hintBase, ErrNotAPI
	}
	return c.proxyWords(u) + ": " + hintSignIn, errPage
}

const (
	hintProxyLogin = "set HTTPS_PROXY to http://USER:PASSWORD@HOST:PORT (write % as %25 and @ as %40)"
	hintSignIn     = "open a web page in a browser to sign in to the network, or allow Webex on the proxy"
)

// proxyWords says who probably answered instead of Webex.
func (c *Client) proxyWords(u *url.URL) string {
	if p := c.proxy(u); p != "" {
		return "the proxy " + p + " answered instead of Webex"
	}
	return "a captive portal or proxy answered instead of Webex"
}

// proxy returns the proxy for requests to u, without its password; empty if there is none or
// the transport is not an [http.Transport].
func (c *Client) proxy(u *url.URL) string {
	t, ok := c.oauth.Transport.(*http.Transport)
	if !ok || t.Proxy == nil {
		return ""
	}
	p, err := t.Proxy(&http.Request{URL: u, Header: http.Header{}})
	if err != nil || p == nil {
		return ""
	}
	return string(Clean(Untrusted(p.Redacted())))
}

// notFoundElsewhere reports whether a 404 or 410 means that the base URL is wrong, and not
// that the object does not exist. Every response of Webex has a tracking id. For a base URL
// other than Webex's own, two requests decide, once: the API responds 401 to one without a token, and
// knows the token's owner.
func (c *Client) notFoundElsewhere(ctx context.Context, e *Error, token Secret) bool {
	switch {
	case e.Status != http.StatusNotFound && e.Status != http.StatusGone:
		return false
	case e.TrackingID == "":
		return true
	case c.base.String() == DefaultBaseURL, ctx.Value(checkingAPI{}) != nil:
		return false
	}
	c.api.mu.Lock() // other requests that got a 404 wait for the result
	defer c.api.mu.Unlock()
	if c.api.is {
		return false
	}
	if _, err := c.Probe(ctx); err != nil {
		return errors.Is(err, ErrNotAPI)
	}
	_, err := c.attempt(context.WithValue(ctx, checkingAPI{}, true), request{op: opMe, method: http.MethodGet, path: []string{"people", "me"}}, token)
	c.api.is = !errors.Is(err, ErrNotFound)
	return !c.api.is
}

// apiCheck remembers that a base URL other than Webex's own was found to be a Webex API.
type apiCheck struct {
	mu sync.Mutex
	is bool
}

// checkingAPI marks the context of the request that finds it out.
type checkingAPI struct{}

// connectRefused is a proxy's error response to CONNECT.
type connectRefused struct {
	proxy, status string
	code          int
}

func (e connectRefused) Error() string {
	return "the proxy " + e.proxy + " refused the connection: " + e.status
}

// checkConnect returns the proxy's full error: the transport's own has only a part of it.
func checkConnect(_ context.Context, proxy *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	return connectRefused{string(Clean(Untrusted(proxy.Redacted()))), string(Clean(Untrusted(truncate(resp.Status, 100)))), resp.StatusCode}
}

// connectHint returns what to try after a connection failed.
func (c *Client) connectHint(u *url.URL, err error) string {
	var (
		refused connectRefused
		unknown *tls.CertificateVerificationError
		op      *net.OpError
	)
	switch {
	case errors.As(err, &refused) && refused.code == http.StatusProxyAuthRequired:
		return hintProxyLogin
	case errors.As(err, &refused):
		return "allow " + u.Hostname() + " on the proxy, or set HTTPS_PROXY to another proxy"
	case errors.As(err, &unknown):
		return certificateHint(unknown)
	case errors.As(err, &op) && op.Op == "proxyconnect":
		return "check the proxy " + c.proxy(u) + ": it is set with HTTPS_PROXY"
	}
	return "check the network connection and the base URL"
}

// looksLikeHTML detects an HTML page without its content type, also after a byte order mark.
func looksLikeHTML(start []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(bytes.TrimPrefix(start, []byte("\ufeff"))), []byte("<"))
}

func isHTML(contentType string) bool {
	t, _, _ := mime.ParseMediaType(contentType)
	return strings.HasSuffix(t, "/html") || strings.HasSuffix(t, "xhtml+xml")
}

// certificateHint returns what to try after a certificate was rejected.
func certificateHint(err *tls.CertificateVerificationError) string {
	var (
		authority x509.UnknownAuthorityError
		invalid   x509.CertificateInvalidError
	)
	switch {
	case errors.As(err, &authority):
		return "if a proxy inspects TLS, add its CA certificate: --ca-file FILE, or ca_file in the configuration"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "check the clock of this computer"
	}
	return "check the base URL; if a proxy inspects TLS, add its CA certificate: --ca-file FILE, or ca_file in the configuration"
}
