package webex

import (
	"context"
	"time"
)

// Tokens are an access token and, if there is one, its refresh token, as the token endpoint
// issued them. Encoding them with encoding/json fails on purpose; store them with
// [Tokens.RevealJSON] and [ParseTokens].
type Tokens struct {
	Access  Secret
	Refresh Secret // empty for a personal access token

	// Issued is when Access was issued, and RefreshIssued when the lifetime of Refresh
	// started, both by the local clock. Only ages are computed from them, so a clock that is
	// wrong by a constant does not matter.
	Issued, RefreshIssued time.Time
	// AccessLife and RefreshLife are the lifetimes in the response (expires_in and
	// refresh_token_expires_in); 0 if it has none.
	AccessLife, RefreshLife time.Duration
	// Skew is how far the server's clock was ahead of the local clock, to display when a
	// token expires; 0 if the difference was too small to matter.
	Skew time.Duration

	// Server is the server that issued the tokens, in the form of [Client.Server]. They are
	// not sent to any other. Empty if unknown.
	Server string

	Scopes []string // the granted scopes; nil if the response did not list them
	Asked  []string // the requested scopes; nil if unknown
	Owner  Owner

	// Rejected is when Webex rejected the refresh token; zero if it has not.
	Rejected time.Time
	// AccessRejected is when Webex rejected the access token and no other was available;
	// zero if it has not. If the refresh token is rejected too, the access token is unusable,
	// whatever its lifetime.
	AccessRejected time.Time
	// Forced is true if this pair was requested because Webex had rejected the previous
	// access token. A second rejection does not cause another refresh.
	Forced bool

	// Extended reports whether the last refresh extended the refresh token's expiry: true if
	// its lifetime started again, false if not, nil if there was no refresh yet or the
	// response does not show it. By its documentation Webex extends it, but an
	// organization's policy may differ.
	Extended *bool
}

// Owner is the person or organization that tokens belong to. Unknown fields are empty.
type Owner struct {
	PersonID    PersonID
	Email       Untrusted
	DisplayName Untrusted
	OrgID       OrgID
	OrgName     Untrusted
}

const (
	// renewBefore is the remaining lifetime at which an access token is refreshed before
	// use.
	renewBefore = 60 * time.Second
	// assumedLife is used if the response names no lifetime.
	assumedLife = time.Hour
	// backwards is how far the clock may be set back before ages become meaningless.
	backwards = time.Minute
)

// AccessLeft returns when the access token expires. The basis is [BasisExact], or
// [BasisAssumed] if the server named no lifetime.
func (t Tokens) AccessLeft() Remaining {
	if t.Access.IsZero() {
		return Remaining{Basis: BasisUnknown}
	}
	life, basis := t.AccessLife, BasisExact
	if life == 0 {
		life, basis = assumedLife, BasisAssumed
	}
	return remaining(t.Issued, life, t.Skew, basis)
}

// RefreshLeft returns when the refresh token expires. The basis is [BasisUnknown] if the
// server named no lifetime or there is no refresh token.
func (t Tokens) RefreshLeft() Remaining {
	if t.Refresh.IsZero() || t.RefreshLife == 0 {
		return Remaining{Basis: BasisUnknown}
	}
	return remaining(t.RefreshIssued, t.RefreshLife, t.Skew, BasisExact)
}

func remaining(since time.Time, life, skew time.Duration, basis Basis) Remaining {
	return Remaining{Until: since.Add(life + skew), Since: since.Add(skew), Lifetime: life, Basis: basis}
}

// Usable reports whether the access token can be used at now without a refresh: Webex has
// not rejected it, and it is valid for more than 60 seconds. It returns false if the clock
// was set back to before the token was issued.
func (t Tokens) Usable(now time.Time) bool { return t.AccessRejected.IsZero() && t.young(now) }

// young is like Usable, but ignores whether Webex has rejected the token.
func (t Tokens) young(now time.Time) bool {
	if t.Access.IsZero() || now.Before(t.Issued.Add(-backwards)) {
		return false
	}
	life := t.AccessLife
	if life == 0 {
		life = assumedLife
	}
	return now.Sub(t.Issued) < life-renewBefore
}

// Renewable reports whether there is a refresh token that Webex has not rejected.
func (t Tokens) Renewable() bool { return !t.Refresh.IsZero() && t.Rejected.IsZero() }

// soonest is the minimum time between two refreshes that show whether the expiry was
// extended: lifetimes are rounded to whole seconds.
const soonest = 2 * time.Second

// extends reports whether the refresh from before to after extended the refresh token's
// expiry; see [Tokens].Extended. If it did, the expiry has moved by the time since the
// lifetime started; otherwise it has not moved.
func extends(before, after Tokens) *bool {
	if before.RefreshLife == 0 || after.RefreshLife == 0 {
		return nil
	}
	age := after.RefreshIssued.Sub(before.RefreshIssued)
	moved := age + after.RefreshLife - before.RefreshLife
	if age <= soonest && moved <= soonest && after.RefreshLife >= before.RefreshLife {
		return before.Extended // the result of the refresh a moment ago
	}
	extended := moved > max(soonest, age/2)
	return &extended
}

// TokenStore stores tokens: those of an integration by client id, and those of a Service
// App by client id and organization. It must not return the tokens of one client for
// another. An empty client id stands for a token without a client, such as a personal
// access token.
//
// Without stored tokens, the errors must match [ErrNotLoggedIn], or [ErrOrgNotRegistered]
// for an organization. Deleting tokens that do not exist is not an error. When a Set method
// returns nil, the tokens must be durable, because a refresh token may exist nowhere else.
// Use [Tokens.RevealJSON] and [ParseTokens] to serialize tokens. Package store provides two
// implementations, and package storetest tests any implementation.
type TokenStore interface {
	IntegrationTokens(ctx context.Context, client ClientID) (Tokens, error)
	SetIntegrationTokens(ctx context.Context, client ClientID, t Tokens) error

	OrgTokens(ctx context.Context, client ClientID, org OrgID) (Tokens, error)
	SetOrgTokens(ctx context.Context, client ClientID, org OrgID, t Tokens) error
	DeleteOrgTokens(ctx context.Context, client ClientID, org OrgID) error
	ListOrgTokens(ctx context.Context, client ClientID) ([]OrgTokens, error)
}

// OrgTokens holds the tokens of one organization.
type OrgTokens struct {
	OrgID  OrgID
	Tokens Tokens
}

// Principal identifies one pair of tokens: by client and, for a Service App, organization.
type Principal struct {
	Client ClientID
	Org    OrgID // empty for an integration
}

// RefreshGuard is an optional interface of a [TokenStore]. Without it, concurrent refreshes
// are prevented only within one [Integration] or [ServiceApp] value.
type RefreshGuard interface {
	// LockRefresh waits for an exclusive lock on refreshing the tokens of p, among all
	// goroutines and processes. The caller must call unlock.
	LockRefresh(ctx context.Context, p Principal) (unlock func(), err error)
	// IntendRefresh records that a refresh of p is about to be sent. The record must be as
	// large as like, so that it fails if the new tokens could not be saved, before the old
	// ones are spent. Setting the tokens of p removes the record.
	IntendRefresh(ctx context.Context, p Principal, like Tokens) error
}

// RefreshIntents is an optional interface of a [RefreshGuard] for its intent records.
type RefreshIntents interface {
	// DropIntent removes the record of IntendRefresh, after a failure that certainly had no
	// effect at Webex.
	DropIntent(ctx context.Context, p Principal) error
	// CutOff returns when a refresh of p started that never completed because its program
	// crashed; zero if there is none.
	CutOff(ctx context.Context, p Principal) (time.Time, error)
}
