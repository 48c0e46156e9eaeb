package webex

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// FedRAMPBaseURL is the address of the API in Webex for Government
// (https://developer.webex.com/docs/webex-for-government).
const FedRAMPBaseURL = "https://api-usgov.webex.com/v1"

// IntegrationMetadata describes an integration to create.
type IntegrationMetadata struct {
	Name         string
	Description  string
	ContactEmail string
	Company      string // optional
	RedirectURIs []string
	Scopes       []string
}

// CreatedIntegration is an integration that Webex created. Webex shows the secret only once.
type CreatedIntegration struct {
	ID           Untrusted // its application id
	ClientID     ClientID
	ClientSecret Secret
}

// wireNewIntegration is the body of POST /applications.
type wireNewIntegration struct {
	Type         string   `json:"type"`
	Name         string   `json:"name"`
	Description  string   `json:"description"`
	ContactEmail string   `json:"contactEmail"`
	CompanyName  string   `json:"companyName,omitempty"`
	RedirectURLs []string `json:"redirectUrls"`
	Scopes       []string `json:"scopes"`
}

// Body returns the JSON that [Client.CreateIntegration] sends, indented, to show it before.
// Errors match [ErrInvalidInput].
func (n IntegrationMetadata) Body() ([]byte, error) {
	if err := n.check(); err != nil {
		return nil, err
	}
	return json.MarshalIndent(wireNewIntegration{
		"integration", n.Name, n.Description, n.ContactEmail, n.Company, n.RedirectURIs, n.Scopes,
	}, "", "  ")
}

func (n IntegrationMetadata) check() error {
	switch {
	case strings.TrimSpace(n.Name) == "":
		return fmt.Errorf("%w: the integration needs a name", ErrInvalidInput)
	case strings.TrimSpace(n.Description) == "":
		return fmt.Errorf("%w: the integration needs a description", ErrInvalidInput)
	case len(n.RedirectURIs) == 0 || slices.Contains(n.RedirectURIs, ""):
		return fmt.Errorf("%w: the integration needs a redirect URI", ErrInvalidInput)
	case len(n.Scopes) == 0:
		return fmt.Errorf("%w: the integration needs scopes", ErrInvalidInput)
	}
	return CheckEmail(n.ContactEmail)
}

var opCreate = operation{name: "create integration", repeat: repeatNever, notFoundHint: "this server creates no integrations: create it at developer.webex.com"}

// CreateIntegration creates an integration (POST /applications). Webex documents this for
// clouds without a developer portal, such as Webex for Government
// (https://developer.webex.com/docs/api/guides/create-a-fedramp-integration). The request is
// never repeated automatically: each one creates an integration.
func (c *Client) CreateIntegration(ctx context.Context, n IntegrationMetadata) (CreatedIntegration, error) {
	body, err := n.Body()
	if err != nil {
		return CreatedIntegration{}, &Error{Op: opCreate.name, Err: err}
	}
	type wire struct {
		ID           string `json:"id"`
		ClientID     string `json:"clientId"`
		ClientSecret string `json:"clientSecret"`
	}
	var out CreatedIntegration
	_, err = c.call(ctx, request{
		op: opCreate, method: http.MethodPost, path: []string{"applications"}, body: body,
		decode: decodeOne(&out, func(w wire) CreatedIntegration {
			return CreatedIntegration{Untrusted(w.ID), ClientID(w.ClientID), NewSecret(w.ClientSecret)}
		}),
	})
	if err == nil && (CheckID("client id", out.ClientID) != nil || out.ClientSecret.IsZero()) {
		err = &Error{Op: opCreate.name, Status: http.StatusOK, Sent: true, Err: fmt.Errorf("%w: the reply has no client id or secret", ErrServer), Hint: "the integration may exist: look for it before you try again"}
	}
	return out, err
}
