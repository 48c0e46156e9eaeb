package webextest

import "time"

// Switches are the open questions about the real API. The zero value is what its
// documentation makes likely; tests run the other way too.
type Switches struct {
	// UnknownPerson is the status of a list for somebody unknown: 0 is 404, and
	// 200 is an empty list.
	UnknownPerson int
	// CreatedForm is how created is written: "" with an offset, "z", "fraction".
	CreatedForm string
	// BrokerErrors answers errors as RFC 6749 does, not in the API's envelope.
	BrokerErrors bool
	// ExpiryNeedsAdmin refuses tokenExpiry to tokens of non-admins.
	ExpiryNeedsAdmin bool
	// HideWebexClients leaves Webex's own apps out of lists.
	HideWebexClients bool
	// DropExpired leaves out rows older than 14 days (access) and 90 (refresh).
	DropExpired bool
	// RenewMovesCreated sets a refresh row's created anew with each access token.
	RenewMovesCreated bool
	// NoCascade leaves access tokens alone when their refresh token goes.
	NoCascade bool
	// ClientDeleteOwnOnly makes the app-wide DELETE end only the caller's tokens.
	ClientDeleteOwnOnly bool
	// BooleanFlags writes loginEnabled and invitePending as booleans, as Cisco's
	// SDKs read them; the API's description has them as strings.
	BooleanFlags bool

	// RotateRefresh replaces the refresh token with each use, and ends the one before.
	RotateRefresh bool
	// OmitRefresh leaves the refresh token out of the answer to a refresh.
	OmitRefresh bool
	// OmitScope leaves scope out of the token endpoint's answers.
	OmitScope bool
	// OmitLifetimes leaves expires_in and refresh_token_expires_in out.
	OmitLifetimes bool
	// KeepRefreshEnd leaves the end of a refresh token where it is when it is used: each
	// refresh_token_expires_in is smaller than the one before.
	KeepRefreshEnd bool
	// KeepAccess answers a refresh with the access token that was issued last, while it is
	// valid, and with what is left of it.
	KeepAccess bool
	// LifetimesAsText writes them as texts.
	LifetimesAsText bool
	// RefusesAsInvalidGrant answers a bad refresh token with invalid_grant (RFC 6749);
	// the identity broker has been seen to say invalid_request.
	RefusesAsInvalidGrant bool
	// SelfContained issues JSON Web Tokens instead of opaque ones.
	SelfContained bool
	// OrgBlocks shows a page instead of asking: the organization allows no integration.
	OrgBlocks bool
	// AccessLife and RefreshLife are the lifetimes of what is issued from now on; 0 is
	// 14 and 90 days.
	AccessLife, RefreshLife time.Duration

	// PendingAsError answers the polls of a login with a code as RFC 8628 does: 400 with
	// authorization_pending and slow_down, instead of 428 and 429.
	PendingAsError bool
	// DeviceLife and DeviceInterval are those of codes that are made from now on; 0 is
	// 300 and 2 seconds.
	DeviceLife, DeviceInterval time.Duration
	// VerificationURI is where codes are entered, instead of this server's own page.
	VerificationURI string
	// TargetOrg is the one encoding of an organization that a Service App's token is
	// given for: "uuid" or "encoded"; both when empty.
	TargetOrg string
	// Pages says how pages of people fit together: "overlap" repeats the last person of
	// the page before, "loop" never ends, "lossy" links to the next page without the
	// parameters of the request, as Webex has been seen to do, "quoted" and "bare" write
	// that link in ways that RFC 8288 does not have; otherwise each has the next ones.
	Pages string
	// IgnoreOrg lists the people of every organization, whatever orgId says.
	IgnoreOrg bool
	// WrongSecretIs401 answers a wrong Service App secret with 401 instead of 400.
	WrongSecretIs401 bool
}
