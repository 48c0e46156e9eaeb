package webex

import (
	"context"
	"time"
)

// Tokens are an access token and, where there is one, the refresh token that gets
// the next, as the token endpoint issued them. encoding/json refuses them:
// [Tokens.RevealJSON] and [ParseTokens] are for storing them.
type Tokens struct {
	Access  Secret
	Refresh Secret // empty for a personal access token

	// Issued is when Access was issued, RefreshIssued when the lifetime of Refresh
	// began, both by this computer's clock: what counts is the age, so that a clock
	// that is wrong by a constant does no harm.
	Issued, RefreshIssued time.Time
	// AccessLife and RefreshLife are the lifetimes that the reply named
	// (expires_in, refresh_token_expires_in); 0 when it named none.
	AccessLife, RefreshLife time.Duration
	// Skew is how far the server's clock was ahead of ours when it answered, for
	// showing when a token ends; 0 when the difference was too small to matter.
	Skew time.Duration

	// Server is where the tokens come from, as [Client.Server] names it: they are sent
	// nowhere else. Empty for tokens of which that is not known.
	Server string

	Scopes []string // what was granted; nil when the reply did not say
	Asked  []string // what the login asked for; nil when nobody knows any more
	Owner  Owner

	// Rejected is when Webex refused the refresh token; zero while it has not.
	Rejected time.Time
	// AccessRejected is when Webex refused the access token and there was no other to be
	// had; zero while it has not. Where the refresh token is refused as well, the access
	// token is dead, however long it was issued for.
	AccessRejected time.Time
	// Forced is true when this pair was asked for because Webex had refused the
	// access token before it: a second refusal is not answered with another.
	Forced bool

	// Extended is whether the last refresh moved the end of the refresh token: true when
	// its time began anew, false when it went on running down, nil when there was no
	// refresh yet or the reply does not show it. The documentation says that a refresh
	// extends; an organization's policy may say otherwise.
	Extended *bool
}

// Owner is whom tokens belong to.
type Owner struct {
	PersonID    PersonID
	Email       Untrusted
	DisplayName Untrusted
	OrgID       OrgID
	OrgName     Untrusted
}

const (
	// renewBefore: an access token with this much left or less is refreshed before
	// it is used.
	renewBefore = 60 * time.Second
	// assumedLife stands in for a lifetime that the reply did not name.
	assumedLife = time.Hour
	// backwards is how far a clock may have been set back before an age means nothing.
	backwards = time.Minute
)

// AccessLeft returns how long the access token is good for, with the basis
// [BasisExact], or [BasisAssumed] when the server named no lifetime.
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

// RefreshLeft returns how long the refresh token is good for; of [BasisUnknown]
// when the server did not say, or there is none.
func (t Tokens) RefreshLeft() Remaining {
	if t.Refresh.IsZero() || t.RefreshLife == 0 {
		return Remaining{Basis: BasisUnknown}
	}
	return remaining(t.RefreshIssued, t.RefreshLife, t.Skew, BasisExact)
}

func remaining(since time.Time, life, skew time.Duration, basis Basis) Remaining {
	return Remaining{Until: since.Add(life + skew), Since: since.Add(skew), Lifetime: life, Basis: basis}
}

// Usable reports whether the access token can be used at now without asking for
// another: Webex has not refused it, and more than 60 seconds are left by its age.
// A clock that was set back behind the issue makes the age unknown, and the answer no.
func (t Tokens) Usable(now time.Time) bool { return t.AccessRejected.IsZero() && t.young(now) }

// young is Usable, but for what Webex has refused.
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

// Renewable reports whether there is a refresh token that Webex has not refused.
func (t Tokens) Renewable() bool { return !t.Refresh.IsZero() && t.Rejected.IsZero() }

// soonest is how long after a refresh the next one shows whether it extends: lifetimes are
// whole seconds, rounded either way.
const soonest = 2 * time.Second

// extends says whether the refresh that made after of before moved the end of the refresh
// token; see [Tokens.Extended]. By the age, as everything that counts: a refresh that
// extends moves the end by the time since the lifetime began, one that does not by nothing.
func extends(before, after Tokens) *bool {
	if before.RefreshLife == 0 || after.RefreshLife == 0 {
		return nil
	}
	age := after.RefreshIssued.Sub(before.RefreshIssued)
	moved := age + after.RefreshLife - before.RefreshLife
	if age <= soonest && moved <= soonest && after.RefreshLife >= before.RefreshLife {
		return before.Extended // what the refresh a moment ago showed
	}
	extended := moved > max(soonest, age/2)
	return &extended
}

// TokenStore keeps tokens: those of an integration, by its client id, and those of
// a Service App, by its client id and the organization. Tokens of one client are
// never handed out for another. The empty client id stands for a token of no client
// of ours, such as a personal access token.
//
// A store that has nothing returns an error that matches [ErrNotLoggedIn] (for an
// organization [ErrOrgNotRegistered]). When a set returns, what it was given has to
// be safe: a refresh token may exist nowhere else. [Tokens.RevealJSON] and [ParseTokens]
// turn tokens into text and back. Package store holds two stores, and package storetest
// what each must pass.
type TokenStore interface {
	IntegrationTokens(ctx context.Context, client ClientID) (Tokens, error)
	SetIntegrationTokens(ctx context.Context, client ClientID, t Tokens) error

	OrgTokens(ctx context.Context, client ClientID, org OrgID) (Tokens, error)
	SetOrgTokens(ctx context.Context, client ClientID, org OrgID, t Tokens) error
	DeleteOrgTokens(ctx context.Context, client ClientID, org OrgID) error
	ListOrgTokens(ctx context.Context, client ClientID) ([]OrgTokens, error)
}

// OrgTokens are the tokens of one organization.
type OrgTokens struct {
	OrgID  OrgID
	Tokens Tokens
}

// Principal names one pair of tokens: a client, and for a Service App its
// organization.
type Principal struct {
	Client ClientID
	Org    OrgID // empty for an integration
}

// RefreshGuard is what a [TokenStore] may offer beyond keeping tokens. Without it
// one refresh at a time is kept only among the goroutines of one value.
type RefreshGuard interface {
	// LockRefresh waits until nobody else, in this process or another, refreshes the
	// tokens of p, and keeps others out until unlock is called.
	LockRefresh(ctx context.Context, p Principal) (unlock func(), err error)
	// IntendRefresh writes down, as large as the tokens that will replace them, that
	// a refresh is about to be sent. It fails where the replacement could not be
	// kept, so that nothing is spent. Setting the tokens of p takes it back.
	IntendRefresh(ctx context.Context, p Principal, like Tokens) error
}

// RefreshIntents is what a [RefreshGuard] may offer beyond: it tells what became of an intent.
type RefreshIntents interface {
	// DropIntent takes back what IntendRefresh wrote, after a failure that certainly had no
	// effect at Webex.
	DropIntent(ctx context.Context, p Principal) error
	// CutOff returns since when a refresh has been under way that nobody ended, since the
	// program that began it died; zero where there is none.
	CutOff(ctx context.Context, p Principal) (time.Time, error)
}
