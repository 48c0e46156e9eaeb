package config

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/wxauth/wxauth/webex"
)

// PortalIntegration contains the data of an integration from the authorization URL that the
// developer portal shows.
type PortalIntegration struct {
	ClientID    webex.ClientID
	RedirectURI string
	Scopes      []string
}

// ParsePortalURL parses the authorization URL from an integration's page in the developer
// portal. The error matches [webex.ErrInvalidInput].
func ParsePortalURL(text string) (PortalIntegration, error) {
	text = strings.Trim(strings.Join(strings.Fields(text), ""), "\"'`<>()[],;“”‘’«»") // added by copying
	u, err := url.Parse(text)
	if err != nil || !u.Query().Has("client_id") {
		return PortalIntegration{}, fmt.Errorf("%w: this is not the authorization URL from the integration's page at developer.webex.com (it contains client_id=)", webex.ErrInvalidInput)
	}
	q := u.Query()
	p := PortalIntegration{ClientID: webex.ClientID(q.Get("client_id")), RedirectURI: q.Get("redirect_uri")}
	if err := webex.CheckID("client id", p.ClientID); err != nil {
		return p, err
	}
	if q.Get("scope") != "" {
		if p.Scopes, err = webex.ParseScopes("scope=" + url.QueryEscape(q.Get("scope"))); err != nil {
			return p, err
		}
	}
	if u, err := url.Parse(p.RedirectURI); err != nil || u.Scheme == "" {
		return p, fmt.Errorf("%w: the URL has no valid redirect_uri", webex.ErrInvalidInput)
	}
	return p, nil
}
