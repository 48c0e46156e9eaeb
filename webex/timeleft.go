package webex

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Basis says how an expiry time was determined.
type Basis string

// The values of [Basis], most reliable first.
const (
	// BasisExact means that the server named the expiry. An [Authorization] never has this
	// basis, because the API does not report its expiry.
	BasisExact Basis = "exact"
	// BasisRenewed means that a refresh token's lifetime is counted from the newest access
	// token, because issuing an access token renews the refresh token.
	BasisRenewed Basis = "renewed"
	// BasisAssumed means that the expiry is the creation time plus the policy's lifetime.
	BasisAssumed Basis = "assumed"
	// BasisUnknown means that no expiry can be estimated.
	BasisUnknown Basis = "unknown"
)

// issuedTogether: an access token created within this time after its refresh token was
// issued together with it, and so has not renewed it.
const issuedTogether = 60 * time.Second

// Lifetimes of an integration's tokens
// (https://developer.webex.com/create/docs/authentication) and of the personal
// access token that the developer portal issues.
const (
	DefaultAccessLifetime  = 14 * 24 * time.Hour
	DefaultRefreshLifetime = 90 * 24 * time.Hour
	PersonalTokenLifetime  = 12 * time.Hour
	AgentTokenLifetime     = 12 * time.Hour // of an AI agent
	developerPortal        = "Developer Portal"
)

// webexClients are the publicly known client ids of Webex's own apps: the web client, the
// desktop client for Mac, and Control Hub, which appears as "Webex Admin Portal" in admin audit
// events and as "Developer Portal" in an example of Cisco's documentation.
var webexClients = []ClientID{
	"C64ab04639eefee4798f58e7bc3fe01d47161be0d97ff0d31e040a6ffe66d7f0a",
	"Ccb2581f071a0714c8ab7d4777f70ebed26f1ef5f3261597f00afbb3a53c1ad88",
	"C80fb9c7096bd8474627317ee1d7a817eff372ca9c9cee3ce43c3ea3e8d1511ec",
}

// Rule sets the assumed lifetime of one app's tokens.
type Rule struct {
	// Set exactly one of ClientID and Name. Names can be forged, so a rule by name can
	// shorten a lifetime but not extend it, and its Unknown does not hide that a token is
	// overdue.
	ClientID ClientID
	Name     Untrusted
	// Type limits the rule to one type of token; empty means both.
	Type Type
	// Lifetime is counted from the creation of the token. It is ignored if Unknown is set.
	Lifetime time.Duration
	// Unknown means that the lifetime is not known.
	Unknown bool
}

// Policy defines the assumed lifetimes of tokens. The defaults of the zero Policy are 14
// days for access tokens, 90 days for refresh tokens, 12 hours for the developer portal's
// personal access tokens and for tokens of AI agents ([IsAgentApp]), and unknown for Webex's
// own apps.
type Policy struct {
	Access, Refresh time.Duration // 0 means the default
	Rules           []Rule        // the first match wins; rules by client id take precedence
	WebexClients    []ClientID    // additional clients that belong to Webex
	Observed        Observed
}

// Observed is how Webex was seen to behave where its documentation is silent. The zero value
// means that it behaves as documented. What a reply says takes precedence.
type Observed struct {
	Rotates        Tristate // a refresh replaces the refresh token
	Extends        Tristate // a refresh extends the refresh token's lifetime
	ListsRefreshed Tristate // an access token from a refresh is a row of its own
	MovesCreated   Tristate // a refresh updates created of the refresh token's row
}

// renewsByRows reports whether a newer access token in the list shows that the refresh token
// was renewed.
func (o Observed) renewsByRows() bool { return o.Extends != No && o.ListsRefreshed != No }

// WebexSignIn reports whether a client is one of Webex's own apps, whose tokens are sign-ins
// to Webex itself. It uses the client id only, because names can be forged.
func (p Policy) WebexSignIn(c ClientID) bool {
	return c != "" && (slices.Contains(webexClients, c) || slices.Contains(p.WebexClients, c))
}

// personalToken reports whether a row has the name of the developer portal's personal access
// tokens. Other apps could use that name too.
func personalToken(row Authorization) bool {
	return row.ApplicationName == developerPortal && row.Type == TypeAccess
}

// IsAgentApp reports whether an app has a name like those of AI agents: the tokens that any
// user can create for agents at developer.webex.com, one for each MCP server. Webex does not
// publish their names, so this is a guess by the words MCP and agentic.
func IsAgentApp(name Untrusted) bool {
	return hasWord(string(name), "mcp") || hasWord(string(name), "agentic")
}

// hasWord reports whether text contains a word, ignoring case. (It is called for every row, so
// it does not allocate.)
func hasWord(text, word string) bool {
	for i := 0; i+len(word) <= len(text); i++ {
		if !strings.EqualFold(text[i:i+len(word)], word) {
			continue
		}
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, _ := utf8.DecodeRuneInString(text[i+len(word):])
		if !unicode.IsLetter(before) && !unicode.IsLetter(after) {
			return true
		}
	}
	return false
}

// Lifetime returns the assumed lifetime of a token from its creation, or false if it is
// unknown.
func (p Policy) Lifetime(row Authorization) (time.Duration, bool) {
	life, _, ok := p.lifetime(row)
	return life, ok
}

// lifetime also returns, as unnamed, the lifetime that applies without a rule by name that
// makes it unknown, because such a rule must not hide an overdue token. Otherwise unnamed
// is 0.
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
	if row.Type == TypeAccess && IsAgentApp(row.ApplicationName) {
		standard = min(AgentTokenLifetime, standard)
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

// Remaining is the expiry of a token and how it was determined.
type Remaining struct {
	Until time.Time // the expiry; zero if Basis is BasisUnknown
	Basis Basis
	// Lifetime is the token's total lifetime; 0 if unknown.
	Lifetime time.Duration
	// Since is when Lifetime started: when the token was created, or when the newest access
	// token renewed it.
	Since time.Time
}

// Known reports whether the expiry is known.
func (r Remaining) Known() bool { return r.Basis != BasisUnknown && !r.Until.IsZero() }

// In returns the time from now until the expiry. It is negative after the expiry, and 0 if
// the expiry is unknown.
func (r Remaining) In(now time.Time) time.Duration {
	if !r.Known() {
		return 0
	}
	return r.Until.Sub(now)
}

// Overdue reports whether the expiry has passed. If the token is still listed, the
// assumption was wrong; it does not mean that the token has expired.
func (r Remaining) Overdue(now time.Time) bool {
	return r.Known() && !now.Before(r.Until)
}

// Left estimates when a token expires. siblings are the rows listed with it, and may include
// it; only those of the same person and client are used. Creation times that are implausible
// at now give [BasisUnknown].
func Left(row Authorization, siblings []Authorization, p Policy, now time.Time) Remaining {
	unknown := Remaining{Basis: BasisUnknown}
	if !usable(row.Created, now) {
		return unknown
	}
	life, unnamed, ok := p.lifetime(row)
	if !p.Observed.renewsByRows() {
		siblings = nil
	}
	if ok {
		r := left(row, siblings, life, now)
		if row.Type == TypeRefresh && p.Observed.MovesCreated == Yes && p.Observed.Extends != No {
			r.Basis = BasisRenewed // created is when it was last renewed
		}
		return r
	}
	if r := left(row, siblings, unnamed, now); unnamed > 0 && r.Overdue(now) {
		return r
	}
	return unknown
}

// usable reports whether created is plausible: not before Webex existed, and not further in
// the future than clocks differ.
func usable(created, now time.Time) bool {
	return created.Year() >= 1990 && created.Before(now.Add(24*time.Hour))
}

func left(row Authorization, siblings []Authorization, life time.Duration, now time.Time) Remaining {
	since, basis := row.Created, BasisAssumed
	if row.Type == TypeRefresh {
		if renewed, ok := renewedAt(row, siblings, now); ok {
			since, basis = renewed, BasisRenewed
		}
	}
	return Remaining{Until: since.Add(life), Basis: basis, Lifetime: life, Since: since}
}

// renewedAt returns when a refresh token was last renewed: when the newest access token of
// the same person and client was created, if that is well after it. With several refresh
// tokens only the newest one counts as renewed, because the API does not say which one the
// access token belongs to.
func renewedAt(row Authorization, siblings []Authorization, now time.Time) (time.Time, bool) {
	if row.ClientID == "" {
		return time.Time{}, false
	}
	var newest time.Time
	for _, s := range siblings {
		if s.ClientID != row.ClientID || s.PersonID != row.PersonID || !usable(s.Created, now) {
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
