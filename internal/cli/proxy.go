package cli

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/webex"
)

// proxySchemes are the proxy schemes that net/http supports.
var proxySchemes = []string{"http", "https", "socks5", "socks5h"}

// proxyOf returns the proxy of a request from the environment. net/http ignores a proxy address
// that it cannot parse and connects directly; proxyOf returns an error instead, before anything
// is sent.
func (c *command) proxyOf(r *http.Request) (*url.URL, error) {
	if host := r.URL.Hostname(); host != "localhost" && !net.ParseIP(host).IsLoopback() { // loopback addresses bypass the proxy
		for _, name := range []string{"HTTPS_PROXY", "https_proxy"} {
			if err := checkProxy(name, c.env.Getenv(name)); err != nil {
				return nil, session.ConfigError(err)
			}
		}
	}
	return http.ProxyFromEnvironment(r)
}

var errNoProxy = errors.New("not a proxy address")

// isPort reports whether text is empty or a port number.
func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return text == "" || err == nil && n > 0
}

// checkProxy rejects a proxy address that net/http would ignore. The error does not contain the
// address, which may include a password.
func checkProxy(name, address string) error {
	if address == "" {
		return nil
	}
	if !strings.Contains(address, "://") { // HOST:PORT without a scheme
		address = "http://" + address
	}
	u, err := url.Parse(address)
	if err == nil && (u.Hostname() == "" || !isPort(u.Port()) || strings.Contains(u.Path+u.RawQuery+u.Fragment, "@")) {
		err = errNoProxy // the password contains #, / or ?
	}
	switch {
	case err != nil && strings.Contains(address, "%"):
		return fmt.Errorf("%w: %s is not a valid address, and nothing was sent: write %% as %%25 in its user name and password", webex.ErrInvalidInput, name)
	case err != nil:
		return fmt.Errorf("%w: %s is not a valid address, and nothing was sent: write http://HOST:PORT, or http://USER:PASSWORD@HOST:PORT with special characters percent-encoded", webex.ErrInvalidInput, name)
	case !slices.Contains(proxySchemes, strings.ToLower(u.Scheme)):
		return fmt.Errorf("%w: %s has the scheme %s: use one of %s", webex.ErrInvalidInput, name, webex.Quote(u.Scheme), strings.Join(proxySchemes, ", "))
	}
	return nil
}
