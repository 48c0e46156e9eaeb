package webextest

import "time"

// Switches select behavior that is not documented for the real API. The zero value is what
// its documentation suggests; tests use other values too.
type Switches struct {
	// UnknownPerson is the status for listing an unknown person: 0 means 404, and 200 an
	// empty list.
	UnknownPerson int
	// CreatedForm is the format of created: "" with an offset, "z", or "fraction".
	CreatedForm string
	// BrokerErrors sends errors in the format of RFC 6749 instead of the API's envelope.
	BrokerErrors bool
	// ExpiryNeedsAdmin allows tokenExpiry for admins only.
	ExpiryNeedsAdmin bool
	// HideWebexClients omits Webex's own apps from lists.
	HideWebexClients bool
	// DropExpired omits rows older than 14 days (access) or 90 days (refresh).
	DropExpired bool
	// RenewMovesCreated updates created of a refresh token with each new access token.
	RenewMovesCreated bool
	// UnlistedRefreshed lists only the first access token of a refresh token, not those from
	// later refreshes.
	UnlistedRefreshed bool
	// NoCascade keeps access tokens when their refresh token is revoked.
	NoCascade bool
	// ClientDeleteOwnOnly makes the app-wide DELETE revoke only the caller's tokens.
	ClientDeleteOwnOnly bool
	// BooleanFlags writes loginEnabled and invitePending as booleans, as Cisco's
	// SDKs read them; the API's description has them as strings.
	BooleanFlags bool

	// RotateRefresh issues a new refresh token with each refresh and revokes the old one.
	RotateRefresh bool
	// OmitRefresh omits the refresh token from the response to a refresh.
	OmitRefresh bool
	// OmitScope omits scope from the responses of the token endpoint.
	OmitScope bool
	// OmitLifetimes omits expires_in and refresh_token_expires_in.
	OmitLifetimes bool
	// KeepRefreshEnd does not extend the refresh token with a refresh:
	// refresh_token_expires_in decreases each time.
	KeepRefreshEnd bool
	// KeepAccess returns the current access token on a refresh while it is valid, with its
	// remaining lifetime.
	KeepAccess bool
	// LifetimesAsText sends lifetimes as JSON strings.
	LifetimesAsText bool
	// RefusesAsInvalidGrant rejects refresh tokens with invalid_grant (RFC 6749); the real
	// identity broker has been seen to send invalid_request.
	RefusesAsInvalidGrant bool
	// SelfContained issues JSON Web Tokens instead of opaque ones.
	SelfContained bool
	// OrgBlocks shows an error page instead of the consent page, as if the organization did
	// not allow the integration.
	OrgBlocks bool
	// AccessLife and RefreshLife are the lifetimes of new tokens; 0 means 14 and 90 days.
	AccessLife, RefreshLife time.Duration

	// PendingAsError responds to polls as in RFC 8628: 400 with authorization_pending or
	// slow_down, instead of 428 and 429.
	PendingAsError bool
	// DeviceLife and DeviceInterval apply to new device codes; 0 means 300 and 2 seconds.
	DeviceLife, DeviceInterval time.Duration
	// VerificationURI is the page for entering codes, instead of the simulator's own.
	VerificationURI string
	// TargetOrg is the encoding of organization ids accepted for Service App tokens: "uuid"
	// or "encoded"; empty means both.
	TargetOrg string
	// Pages is how pages of people are linked: "overlap" repeats the last person of the
	// previous page, "loop" never ends, "lossy" omits the request's parameters from the
	// link, as Webex has been seen to do, and "quoted" and "bare" write the link in ways
	// that RFC 8288 does not allow. The default is correct paging.
	Pages string
	// IgnoreOrg lists the people of all organizations, whatever orgId is.
	IgnoreOrg bool
	// EventDelay is how long an admin audit event takes to appear.
	EventDelay time.Duration
	// LoseEvents records no admin audit events.
	LoseEvents bool
	// SameTrackingID gives the event of a request the trackingId of its response. Otherwise
	// the event has one of its own, as in a capture of the real API.
	SameTrackingID bool
	// EventRegion is the region in the authorization ids of events, such as
	// urn:TEAM:us-west-2_r; empty means the same as in lists.
	EventRegion string
	// WrongSecretIs401 responds 401 instead of 400 to a wrong Service App secret.
	WrongSecretIs401 bool
}
