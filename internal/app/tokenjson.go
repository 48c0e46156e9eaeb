package app

import (
	"cmp"
	"time"

	"github.com/wxauth/wxauth/webex"
)

// TokenStatusJSON is the output of "token status". Unknown values are null or empty.
type TokenStatusJSON struct {
	Profile   string    `json:"profile"`
	Person    string    `json:"person"` // the display name, or the id if that is not known
	Email     string    `json:"email"`
	Org       string    `json:"org"` // the name, or the id if that is not known
	ClientID  string    `json:"clientId"`
	Scopes    []string  `json:"scopes"`
	Access    LeftJSON  `json:"access"`
	Refresh   *LeftJSON `json:"refresh"`
	Source    string    `json:"source"` // store, env
	KeySource *string   `json:"keySource"`
	LifeJSON
}

// LifeJSON is the lifetime of a login.
type LifeJSON struct {
	State     string  `json:"state"`     // valid, expired, rejected
	LoginEnds *string `json:"loginEnds"` // when the login expires unless the user logs in again
	Extended  *bool   `json:"extended"`  // whether the last refresh extended it; null if not known
}

func (l Login) lifeJSON(now time.Time) LifeJSON {
	return LifeJSON{State: l.TokenState(now), LoginEnds: l.loginEnds(now), Extended: l.Tokens.Extended}
}

// LeftJSON is a time left and its basis.
type LeftJSON struct {
	Expires     *string `json:"expires"`
	SecondsLeft *int64  `json:"secondsLeft"`
	Basis       string  `json:"basis"`
}

// leftJSON converts a time left; skew is how far the server's clock is ahead of the
// local one.
func leftJSON(r webex.Remaining, skew time.Duration, now time.Time) LeftJSON {
	out := LeftJSON{Basis: string(r.Basis)}
	if r.Known() {
		out.Expires = TimeJSON(r.Until)
		seconds := int64(r.In(now.Add(skew)) / time.Second)
		out.SecondsLeft = &seconds
	}
	return out
}

// JSON returns the login for output, with the times left at now.
func (l Login) JSON(now time.Time) TokenStatusJSON {
	o := l.Tokens.Owner
	out := TokenStatusJSON{
		Profile: l.Profile, Person: cmp.Or(string(o.DisplayName), string(o.PersonID)), Email: string(o.Email),
		Org: cmp.Or(string(o.OrgName), string(o.OrgID)), ClientID: string(l.Client), Scopes: append([]string{}, l.Tokens.Scopes...),
		Access: leftJSON(l.AccessLeft(), l.Tokens.Skew, now), Source: "store", KeySource: &l.KeySource, LifeJSON: l.lifeJSON(now),
	}
	if !l.Tokens.Refresh.IsZero() {
		r := leftJSON(l.Tokens.RefreshLeft(), l.Tokens.Skew, now)
		out.Refresh = &r
	}
	return out
}

// EnvironmentStatus returns the status of a token from the environment, as reported
// by Webex. expires is zero if unknown.
func EnvironmentStatus(s Session, expires time.Time, now time.Time) TokenStatusJSON {
	left := webex.Remaining{Basis: webex.BasisUnknown}
	if !expires.IsZero() {
		left = webex.Remaining{Until: expires, Basis: webex.BasisExact}
	}
	life := LifeJSON{State: StateValid}
	if !expires.IsZero() {
		life.LoginEnds = TimeJSON(expires)
		if !expires.After(now) {
			life.State = StateExpired
		}
	}
	return TokenStatusJSON{
		LifeJSON: life,
		Person:   cmp.Or(string(s.Person.DisplayName), string(s.Person.ID)), Email: string(s.Person.Email()),
		Org: cmp.Or(string(s.Org.DisplayName), string(s.Org.ID)), Scopes: []string{}, Access: leftJSON(left, 0, now), Source: "env",
	}
}
