package cli

import (
	"net/url"
	"slices"

	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/webex"
)

// foreignHosts names the hosts that are not Webex's and get a profile's tokens, secret or
// codes: that of its base URL, and those of its OAuth endpoints.
func foreignHosts(p config.Profile) []string {
	var hosts []string
	e := p.Endpoints
	for _, address := range []string{p.BaseURL, e.Token, e.Authorize, e.DeviceAuthorize, e.DeviceToken} {
		if address == "" || webex.IsWebexHost(address) {
			continue
		}
		if u, err := url.Parse(address); err == nil && !slices.Contains(hosts, u.Host) {
			hosts = append(hosts, u.Host)
		}
	}
	return hosts
}
