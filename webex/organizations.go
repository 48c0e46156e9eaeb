package webex

import (
	"context"
	"net/http"
	"time"
)

// Organization is an organization as /organizations returns it.
type Organization struct {
	ID          OrgID
	DisplayName Untrusted
	Created     time.Time // UTC; zero if missing or invalid
}

type wireOrganization struct {
	ID          string `json:"id"`
	DisplayName string `json:"displayName"`
	Created     string `json:"created"`
}

func (w wireOrganization) organization() Organization {
	return Organization{ID: OrgID(w.ID), DisplayName: Untrusted(w.DisplayName), Created: parseTime(w.Created)}
}

// Organization returns one organization (GET /organizations/{orgId}). It requires an admin
// and [ScopeOrganization].
func (c *Client) Organization(ctx context.Context, id OrgID) (Organization, error) {
	if err := CheckID("organization id", id); err != nil {
		return Organization{}, &Error{Op: opOrg.name, Err: err}
	}
	var o Organization
	_, err := c.call(ctx, request{
		op: opOrg, method: http.MethodGet, path: []string{"organizations", string(id)},
		decode: decodeOne(&o, wireOrganization.organization),
	})
	return o, err
}
