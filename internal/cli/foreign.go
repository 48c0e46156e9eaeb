package cli

import (
	"net/url"
	"slices"
	"strings"

	"github.com/wxauth/wxauth/internal/config"
)

// foreignHosts returns the hosts outside Webex that receive a profile's tokens, secret or
// codes: those of its base URL and OAuth endpoints.
func foreignHosts(p config.Profile) []string {
	var hosts []string
	e := p.Endpoints
	for _, address := range []string{p.BaseURL, e.Token, e.Authorize, e.DeviceAuthorize, e.DeviceToken} {
		if address == "" || isWebexHost(address) {
			continue
		}
		if u, err := url.Parse(address); err == nil && !slices.Contains(hosts, u.Host) {
			hosts = append(hosts, u.Host)
		}
	}
	return hosts
}

// isWebexHost reports whether a base URL's host belongs to Webex, judging by its name.
func isWebexHost(base string) bool {
	u, err := url.Parse(base)
	if err != nil {
		return false
	}
	host := strings.ToLower(u.Hostname())
	return host == "webexapis.com" || strings.HasSuffix(host, ".webexapis.com") ||
		host == "webex.com" || strings.HasSuffix(host, ".webex.com")
}
