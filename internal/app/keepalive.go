package app

import "time"

// The states of a login, as TokenStatusJSON names them.
const (
	StateValid    = "valid"    // a call would work
	StateExpired  = "expired"  // its time is over
	StateRejected = "rejected" // Webex refused it
)

// TokenState says what a login is at now, as far as can be told offline.
func (l Login) TokenState(now time.Time) string {
	switch {
	case l.Works(now):
		return StateValid
	case !l.Tokens.Rejected.IsZero() || !l.Tokens.AccessRejected.IsZero():
		return StateRejected
	}
	return StateExpired
}

// RunsDown reports whether the last refresh left the end of the login where it was, as its
// reply showed, and whether that end still lies ahead.
func (l Login) RunsDown(now time.Time) bool {
	left := l.EndsAt()
	return l.Renewable() && left.Known() && l.In(left, now) > 0 && l.Tokens.Extended != nil && !*l.Tokens.Extended
}

// tryAgain is how long a timer leaves a login alone whose last refresh did not extend it:
// each refresh makes an access token more, and a policy that was changed is found in time.
const tryAgain = 7 * 24 * time.Hour

// Due reports whether a timer is to refresh the login at now: less than ifLeft is left of
// it, and the last refresh extended it or lies a week back. 0 is always.
func (l Login) Due(ifLeft time.Duration, now time.Time) bool {
	if !l.EndsWithin(ifLeft, now) {
		return ifLeft <= 0 || !l.Renewable() || !l.EndsAt().Known()
	}
	age := now.Sub(l.Tokens.RefreshIssued)
	return !l.RunsDown(now) || age < 0 || age >= tryAgain
}

// EndsWithin reports whether a login that can be refreshed ends within d.
func (l Login) EndsWithin(d time.Duration, now time.Time) bool {
	left := l.EndsAt()
	return d > 0 && l.Renewable() && left.Known() && l.In(left, now) < d
}

// NotExtended reports whether a login ends within d although it was refreshed: a person
// has to act. A refresh of which nobody can tell whether it extends is no better.
func (l Login) NotExtended(d time.Duration, now time.Time) bool {
	return l.EndsWithin(d, now) && (l.Tokens.Extended == nil || !*l.Tokens.Extended)
}

// AccessWords says what became of the access token in a refresh, empty where that goes
// without saying: Webex may answer with the same one again.
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

// loginEnds is until when a login lasts without anybody's doing, nil where nobody knows or
// it has been refused.
func (l Login) loginEnds(now time.Time) *string {
	if ends := l.EndsAt(); ends.Known() && l.TokenState(now) != StateRejected {
		return TimeJSON(ends.Until)
	}
	return nil
}
