package webex

import (
	"slices"
	"time"
)

// Basis says on what a time left rests.
type Basis string

// The bases, from the firmest down.
const (
	// BasisExact: the server said so. Never for a row of the list, which does not
	// tell which row a token is.
	BasisExact Basis = "exact"
	// BasisRenewed: a refresh token whose lifetime began anew with the newest access
	// token made from it: getting an access token renews the refresh token.
	BasisRenewed Basis = "renewed"
	// BasisAssumed: created plus the lifetime that the policy gives.
	BasisAssumed Basis = "assumed"
	// BasisUnknown: nothing to go by, and so no time.
	BasisUnknown Basis = "unknown"
)

// issuedTogether: the first access token is issued with its refresh token, so one
// created this much later or less tells of no renewal.
const issuedTogether = 60 * time.Second

// Lifetimes of an integration's tokens
// (https://developer.webex.com/create/docs/authentication) and of the personal
// access token that the developer portal issues.
const (
	DefaultAccessLifetime  = 14 * 24 * time.Hour
	DefaultRefreshLifetime = 90 * 24 * time.Hour
	PersonalTokenLifetime  = 12 * time.Hour
	developerPortal        = "Developer Portal"
)

// webexClients are the client ids of Webex's own apps that are public: the web client, the
// desktop client for Mac, and Control Hub, which shows as "Webex Admin Portal" in admin audit
// events and as "Developer Portal" in an example of Cisco's documentation.
var webexClients = []ClientID{
	"C64ab04639eefee4798f58e7bc3fe01d47161be0d97ff0d31e040a6ffe66d7f0a",
	"Ccb2581f071a0714c8ab7d4777f70ebed26f1ef5f3261597f00afbb3a53c1ad88",
	"C80fb9c7096bd8474627317ee1d7a817eff372ca9c9cee3ce43c3ea3e8d1511ec",
}

// Rule gives a lifetime to the rows of one app.
type Rule struct {
	// ClientID or Name, exactly one, says which app. A name can be forged, so a
	// rule by name may shorten a life and never lengthen it, and its Unknown never
	// hides that a row is overdue.
	ClientID ClientID
	Name     Untrusted
	// Type limits the rule to one kind of token; empty is both.
	Type Type
	// Lifetime from created on; ignored when Unknown.
	Lifetime time.Duration
	// Unknown says that no lifetime is known.
	Unknown bool
}

// Policy says how long tokens are assumed to live. The zero Policy is the default:
// 14 days for access tokens, 90 for refresh tokens, 12 hours for the developer
// portal's personal access tokens, unknown for Webex's own apps.
type Policy struct {
	Access, Refresh time.Duration // 0 is the default
	Rules           []Rule        // the first that fits decides; those by client id go first
	WebexClients    []ClientID    // more clients that are Webex's own
}

// WebexSignIn reports whether a client is one of Webex's own apps, which sign a
// person in to Webex itself. It goes by client id alone: a name proves nothing.
func (p Policy) WebexSignIn(c ClientID) bool {
	return c != "" && (slices.Contains(webexClients, c) || slices.Contains(p.WebexClients, c))
}

// personalToken reports whether a row is by its name a personal access token of the developer
// portal. Another app can call itself that.
func personalToken(row Authorization) bool {
	return row.ApplicationName == developerPortal && row.Type == TypeAccess
}

// Lifetime returns how long a row's token is assumed to live from its creation, or
// false when that is not known.
func (p Policy) Lifetime(row Authorization) (time.Duration, bool) {
	life, _, ok := p.lifetime(row)
	return life, ok
}

// lifetime also returns what holds where only a rule by name calls it unknown: such
// a rule does not hide what is overdue without it. It is 0 otherwise.
func (p Policy) lifetime(row Authorization) (life, unnamed time.Duration, ok bool) {
	standard, ok := p.standard(row.Type)
	if !ok {
		return 0, 0, false
	}
	for _, r := range p.Rules {
		if r.ClientID != "" && r.ClientID == row.ClientID && r.covers(row.Type) {
			return r.Lifetime, 0, !r.Unknown
		}
	}
	if p.WebexSignIn(row.ClientID) {
		return 0, 0, false
	}
	if personalToken(row) {
		standard = min(PersonalTokenLifetime, standard)
	}
	for _, r := range p.Rules {
		if r.ClientID == "" && r.Name != "" && r.Name == row.ApplicationName && r.covers(row.Type) {
			if r.Unknown {
				return 0, standard, false
			}
			return min(r.Lifetime, standard), 0, true
		}
	}
	return standard, 0, true
}

func (r Rule) covers(t Type) bool { return r.Type == "" || r.Type == t }

func (p Policy) standard(t Type) (time.Duration, bool) {
	switch t {
	case TypeAccess:
		return orDefault(p.Access, DefaultAccessLifetime), true
	case TypeRefresh:
		return orDefault(p.Refresh, DefaultRefreshLifetime), true
	}
	return 0, false
}

func orDefault(d, standard time.Duration) time.Duration {
	if d == 0 {
		return standard
	}
	return d
}

// Remaining is a time left with its basis.
type Remaining struct {
	Until time.Time // zero when Basis is BasisUnknown
	Basis Basis
	// Lifetime is the token's whole life, for a bar; 0 when unknown.
	Lifetime time.Duration
	// Since is when that life began: created, or the newest access token's created.
	Since time.Time
}

// Known reports whether there is a time at all.
func (r Remaining) Known() bool { return r.Basis != BasisUnknown && !r.Until.IsZero() }

// In returns the time left at now, negative when it has passed; 0 when unknown.
func (r Remaining) In(now time.Time) time.Duration {
	if !r.Known() {
		return 0
	}
	return r.Until.Sub(now)
}

// Overdue reports whether an assumed end has passed. The row is still listed, so
// it is the assumption that failed, not the token that is known to be dead.
func (r Remaining) Overdue(now time.Time) bool {
	return r.Known() && !now.Before(r.Until)
}

// Left says how long a row's token has left, and why. siblings are the rows listed
// with it (it may be among them); only those of the same person and client count.
// now tells which times of creation are usable, and what is overdue.
func Left(row Authorization, siblings []Authorization, p Policy, now time.Time) Remaining {
	unknown := Remaining{Basis: BasisUnknown}
	if !usable(row.Created, now) {
		return unknown
	}
	life, unnamed, ok := p.lifetime(row)
	if ok {
		return left(row, siblings, life)
	}
	if r := left(row, siblings, unnamed); unnamed > 0 && r.Overdue(now) {
		return r
	}
	return unknown
}

// usable reports whether a time can be when a token was made: not before Webex was,
// and not in the future by more than clocks differ.
func usable(created, now time.Time) bool {
	return created.Year() >= 1990 && created.Before(now.Add(24*time.Hour))
}

func left(row Authorization, siblings []Authorization, life time.Duration) Remaining {
	since, basis := row.Created, BasisAssumed
	if row.Type == TypeRefresh {
		if renewed, ok := renewedAt(row, siblings); ok {
			since, basis = renewed, BasisRenewed
		}
	}
	return Remaining{Until: since.Add(life), Basis: basis, Lifetime: life, Since: since}
}

// renewedAt finds the access token that renewed a refresh token: the newest of the
// same person and client, made well after it. Where there are several refresh
// tokens only the newest can claim it: whose the access token is, is not known.
func renewedAt(row Authorization, siblings []Authorization) (time.Time, bool) {
	if row.ClientID == "" {
		return time.Time{}, false
	}
	var newest time.Time
	for _, s := range siblings {
		if s.ClientID != row.ClientID || s.PersonID != row.PersonID {
			continue
		}
		switch s.Type {
		case TypeRefresh:
			if s != row && !s.Created.Before(row.Created) {
				return time.Time{}, false
			}
		case TypeAccess:
			if s.Created.After(newest) {
				newest = s.Created
			}
		}
	}
	if newest.Sub(row.Created) <= issuedTogether {
		return time.Time{}, false
	}
	return newest, true
}
