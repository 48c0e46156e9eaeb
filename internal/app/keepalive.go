package app

import "time"

// The states of a login, as in TokenStatusJSON.
const (
	StateValid    = "valid"    // a call would succeed
	StateExpired  = "expired"  // the token has expired
	StateRejected = "rejected" // Webex rejected it
)

// TokenState returns the state of the login at now, as far as that can be told
// offline.
func (l Login) TokenState(now time.Time) string {
	switch {
	case l.Works(now):
		return StateValid
	case !l.Tokens.Rejected.IsZero() || !l.Tokens.AccessRejected.IsZero():
		return StateRejected
	}
	return StateExpired
}

// RunsDown reports whether the last refresh did not extend the login, according to
// Webex's response, and the login has not expired yet.
func (l Login) RunsDown(now time.Time) bool {
	left := l.EndsAt()
	return l.Renewable() && left.Known() && l.In(left, now) > 0 && l.Tokens.Extended != nil && !*l.Tokens.Extended
}

// tryAgain is how long to wait before refreshing a login again that the last refresh
// did not extend. Every refresh creates another access token, and a week is soon
// enough to notice a changed policy.
const tryAgain = 7 * 24 * time.Hour

// Due reports whether a scheduled run should refresh the login at now: less than
// ifLeft remains, and the last refresh extended the login or was a week ago. With an
// ifLeft of 0 it is always due.
func (l Login) Due(ifLeft time.Duration, now time.Time) bool {
	if !l.EndsWithin(ifLeft, now) {
		return ifLeft <= 0 || !l.Renewable() || !l.EndsAt().Known()
	}
	age := now.Sub(l.Tokens.RefreshIssued)
	return !l.RunsDown(now) || age < 0 || age >= tryAgain
}

// EndsWithin reports whether a login that can be refreshed expires within d.
func (l Login) EndsWithin(d time.Duration, now time.Time) bool {
	left := l.EndsAt()
	return d > 0 && l.Renewable() && left.Known() && l.In(left, now) < d
}

// NotExtended reports whether a login expires within d although it was refreshed, so
// that the user has to log in again. A refresh whose effect is unknown counts as not
// extended.
func (l Login) NotExtended(d time.Duration, now time.Time) bool {
	return l.EndsWithin(d, now) && (l.Tokens.Extended == nil || !*l.Tokens.Extended)
}

// AccessWords describes what a refresh did to the access token, or returns "" for
// the usual case. Webex may return the same token again.
func AccessWords(before, after Login, now time.Time, stamp func(time.Time) string) string {
	switch {
	case before.Tokens.Access.IsZero():
	case after.Tokens.Access.Equal(before.Tokens.Access):
		return "Webex returned the same access token as before, valid until " + stamp(after.Tokens.AccessLeft().Until)
	case before.Tokens.Usable(now):
		return "the previous access token stays valid at Webex until " + stamp(before.Tokens.AccessLeft().Until)
	}
	return ""
}

// loginEnds returns when the login expires without a refresh; nil if unknown or if
// Webex rejected it.
func (l Login) loginEnds(now time.Time) *string {
	if ends := l.EndsAt(); ends.Known() && l.TokenState(now) != StateRejected {
		return TimeJSON(ends.Until)
	}
	return nil
}
