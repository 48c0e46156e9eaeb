package app

import "time"

// The states of an organization's tokens.
const (
	OrgOK       = "ok"
	OrgRenews   = "renews"    // the access token has expired; wxauth refreshes it on next use
	OrgEndsSoon = "ends soon" // the refresh token expires soon
	OrgNoRenew  = "not renewed"
	OrgFetch    = "fetch again" // no stored token works any more
)

// EndsSoon is how long before its expiry a stored refresh token counts as expiring
// soon. It leaves enough time to log in again.
const EndsSoon = 14 * 24 * time.Hour

// State returns the state of an organization's tokens at now. Fetching tokens again
// needs a login that is allowed to.
func (o Org) State(now time.Time) string {
	left := o.Tokens.RefreshLeft()
	renewable := o.Renewable() && (!left.Known() || o.In(left, now) > 0)
	switch {
	case renewable && left.Known() && o.In(left, now) < EndsSoon:
		return OrgEndsSoon
	case o.Tokens.Usable(now) && renewable:
		return OrgOK
	case o.Tokens.Usable(now):
		return OrgNoRenew
	case renewable:
		return OrgRenews
	}
	return OrgFetch
}

// StateHint says what to do about a state, or returns "" if nothing is needed.
// refresh and fetch are the commands for a new access token and for new tokens.
func (o Org) StateHint(now time.Time, refresh, fetch string) string {
	switch o.State(now) {
	case OrgRenews:
		return "the access token has expired; wxauth renews it at the next use"
	case OrgEndsSoon:
		if o.RunsDown(now) {
			return fetch + " is needed before " + o.EndsAt().Until.UTC().Format("2006-01-02 15:04 UTC") + ": the last refresh did not extend them"
		}
		return refresh + " refreshes it"
	case OrgNoRenew:
		if !o.Renews {
			return "works until the access token expires: the Service App's credentials are not set"
		}
		return "works until the access token expires, then wxauth fetches new ones"
	case OrgFetch:
		if !o.Renews {
			return "the Service App's credentials are not set: " + missingCredentials
		}
		return fetch + ": new ones are asked for with the login"
	}
	return ""
}

const missingCredentials = "WEBEX_SA_CLIENT_ID and WEBEX_SA_CLIENT_SECRET, or [service_app] in the configuration"
