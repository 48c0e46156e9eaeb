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
)

// What answers in the API's place: a captive portal, a proxy that wants a login, a web
// server at an address that is not the API's.

// ErrNotAPI: the address answers, but not as Webex's API: the base URL is wrong. It
// matches [ErrServer] too.
var ErrNotAPI error = foreignAnswer("this address is not Webex's API")

// errPage: a page came back. It matches [ErrServer].
var errPage error = foreignAnswer("an HTML page came back instead of an answer")

var (
	errProxyLogin   error = foreignAnswer("a proxy wants a user name and a password")
	errNetworkLogin error = foreignAnswer("the network wants somebody to sign in")
)

// foreignAnswer is an answer that did not come from Webex.
type foreignAnswer string

func (f foreignAnswer) Error() string { return string(f) }

// Is lets callers treat it as any reply that cannot be used.
func (f foreignAnswer) Is(target error) bool { return target == ErrServer } //nolint:errorlint // it is called by errors.Is

const hintBase = "the base URL must name the API and its version, such as " + DefaultBaseURL

// foreign says what an answer is that did not come from Webex, and what to try; nil for
// every other one. start is the beginning of its body.
func (c *Client) foreign(u *url.URL, resp *http.Response, start []byte) (hint string, err error) {
	page := isHTML(resp.Header.Get("Content-Type")) || looksLikeHTML(start)
	switch status := resp.StatusCode; {
	case status == http.StatusProxyAuthRequired:
		return c.proxyWords(u) + ": " + hintProxyLogin, errProxyLogin
	case status == http.StatusNetworkAuthenticationRequired:
		return c.proxyWords(u) + ": " + hintSignIn, errNetworkLogin
	case !page, status >= 300 && status < 400, status == http.StatusTooManyRequests, status == http.StatusLocked:
		return "", nil // a gateway of Webex's may send a page with these
	case status >= 500: // one of Webex's is known by its tracking id
		if trackingID(resp.Header, Secret{}) != "" {
			return "", nil
		}
		return c.proxyWords(u) + ", or Webex's own gateway: try again later", errPage
	case status == http.StatusNotFound, status == http.StatusMethodNotAllowed, status == http.StatusGone:
		return hintBase, ErrNotAPI
	}
	return c.proxyWords(u) + ": " + hintSignIn, errPage
}

const (
	hintProxyLogin = "put them into HTTPS_PROXY, as http://USER:PASSWORD@HOST:PORT (a % in them is written %25, an @ %40)"
	hintSignIn     = "open a web page in a browser to sign in to the network, or have the proxy let Webex through"
)

// proxyWords says who answers in Webex's place.
func (c *Client) proxyWords(u *url.URL) string {
	if p := c.proxy(u); p != "" {
		return "the proxy " + p + " answered in Webex's place"
	}
	return "a captive portal or a proxy answers in Webex's place"
}

// proxy returns the proxy that requests for u go through, without its password; empty where
// there is none, or the transport does not tell.
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

// notFoundElsewhere reports whether a 404 or a 410 says that the address is wrong, and not
// that something does not exist. Webex gives every answer a tracking id. Where the base URL
// is not Webex's own, a request without a token decides, once: the API answers 401.
func (c *Client) notFoundElsewhere(ctx context.Context, e *Error) bool {
	switch {
	case e.Status != http.StatusNotFound && e.Status != http.StatusGone:
		return false
	case e.TrackingID == "":
		return true
	case c.base.String() == DefaultBaseURL, c.isAPI.Load():
		return false
	}
	_, err := c.Probe(ctx)
	c.isAPI.Store(err == nil)
	return errors.Is(err, ErrNotAPI)
}

// connectRefused is what a proxy said to CONNECT.
type connectRefused struct {
	proxy, status string
	code          int
}

func (e connectRefused) Error() string {
	return "the proxy " + e.proxy + " refused the connection: " + e.status
}

// checkConnect keeps what the proxy said: the transport's own error has only a part of it.
func checkConnect(_ context.Context, proxy *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	return connectRefused{string(Clean(Untrusted(proxy.Redacted()))), string(Clean(Untrusted(truncate(resp.Status, 100)))), resp.StatusCode}
}

// connectHint says what to try where no connection could be made.
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
		return "have the proxy let " + u.Hostname() + " through, or set HTTPS_PROXY to another one"
	case errors.As(err, &unknown):
		return certificateHint(unknown)
	case errors.As(err, &op) && op.Op == "proxyconnect":
		return "is the proxy " + c.proxy(u) + " right? It is set with HTTPS_PROXY"
	}
	return "is the network up, and the base URL right?"
}

// looksLikeHTML: a page may come without saying that it is one, and behind a byte order mark.
func looksLikeHTML(start []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(bytes.TrimPrefix(start, []byte("\ufeff"))), []byte("<"))
}

func isHTML(contentType string) bool {
	t, _, _ := mime.ParseMediaType(contentType)
	return strings.HasSuffix(t, "/html") || strings.HasSuffix(t, "xhtml+xml")
}

// certificateHint says what mends a certificate that was not accepted.
func certificateHint(err *tls.CertificateVerificationError) string {
	var (
		authority x509.UnknownAuthorityError
		invalid   x509.CertificateInvalidError
	)
	switch {
	case errors.As(err, &authority):
		return "if a proxy of your network opens TLS, name its certificate authority: --ca-file FILE, or ca_file in the configuration"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "is the clock of this computer right?"
	}
	return "is the base URL right? A proxy that opens TLS may have answered: --ca-file FILE, or ca_file in the configuration, names its certificate authority"
}
