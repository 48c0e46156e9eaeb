package config

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/wxauth/wxauth/webex"
)

// PortalIntegration is what the authorization URL that the developer portal shows for
// an integration says about it.
type PortalIntegration struct {
	ClientID    webex.ClientID
	RedirectURI string
	Scopes      []string
}

// ParsePortalURL reads the authorization URL of the developer portal's page of an
// integration. The error matches [webex.ErrInvalidInput].
func ParsePortalURL(text string) (PortalIntegration, error) {
	text = strings.Trim(strings.Join(strings.Fields(text), ""), "\"'`<>()[],;“”‘’«»") // what copying adds
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
