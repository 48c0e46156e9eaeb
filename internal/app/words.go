package app

import (
	"cmp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/webex"
)

const day = 24 * time.Hour

// secondsBelow is the time left below which seconds are shown and updated.
const secondsBelow = 10 * time.Minute

// LeftWords formats a time left: "89d 21h", "9h 56m", "overdue 41d", or a dash if
// unknown.
func LeftWords(r webex.Remaining, now time.Time) string {
	if !r.Known() {
		return "—"
	}
	d := r.In(now)
	if d <= 0 {
		return "overdue " + coarse(-d)
	}
	return fine(d)
}

// DurationWords formats a duration like LeftWords: "12d 4h".
func DurationWords(d time.Duration) string { return fine(max(d, 0)) }

// HeldWords formats how long a saved token has left. Its expiry is known exactly:
// "12d 4h", "expired 3d ago", or a dash if the expiry is unknown.
func HeldWords(l Login, r webex.Remaining, now time.Time) string {
	if !r.Known() {
		return "—"
	}
	if d := l.In(r, now); d <= 0 {
		return "expired " + coarse(-d) + " ago"
	}
	return fine(l.In(r, now))
}

// ShowsSeconds reports whether LeftWords changes every second.
func ShowsSeconds(r webex.Remaining, now time.Time) bool {
	d := r.In(now)
	return r.Known() && d > -time.Minute && d < secondsBelow
}

// fine formats a duration in its two largest units.
func fine(d time.Duration) string {
	switch {
	case d >= day:
		return units(d/day, "d ") + units(d%day/time.Hour, "h")
	case d >= time.Hour:
		return units(d/time.Hour, "h ") + units(d%time.Hour/time.Minute, "m")
	case d >= secondsBelow:
		return units(d/time.Minute, "m")
	case d >= time.Minute:
		return units(d/time.Minute, "m ") + units(d%time.Minute/time.Second, "s")
	}
	return units(d/time.Second, "s")
}

// coarse formats a duration in its largest unit.
func coarse(d time.Duration) string {
	switch {
	case d >= day:
		return units(d/day, "d")
	case d >= time.Hour:
		return units(d/time.Hour, "h")
	case d >= time.Minute:
		return units(d/time.Minute, "m")
	}
	return units(d/time.Second, "s")
}

// units formats a number with its unit, without fmt because a screen has hundreds of
// them.
func units(n time.Duration, unit string) string { return strconv.FormatInt(int64(n), 10) + unit }

// AgeWords formats the time since t: "30d ago", "just now".
func AgeWords(t, now time.Time) string {
	d := now.Sub(t)
	switch {
	case t.IsZero():
		return "—"
	case d < -time.Minute:
		return "in " + coarse(max(-d, t.Sub(now)))
	case d < time.Minute:
		return "just now"
	}
	return coarse(d) + " ago"
}

// LifetimeWords formats a lifetime: "90 d", "12 h".
func LifetimeWords(d time.Duration) string {
	if d >= day && d%day == 0 {
		return units(d/day, " d")
	}
	if d >= time.Hour && d%time.Hour == 0 {
		return units(d/time.Hour, " h")
	}
	return fine(d)
}

// CodeWords formats a login code for reading aloud: six digits in two groups of
// three.
func CodeWords(code webex.Untrusted) string {
	text := string(webex.Clean(code))
	if len(text) == 6 && !strings.ContainsFunc(text, func(r rune) bool { return r < '0' || r > '9' }) {
		return text[:3] + " " + text[3:]
	}
	return text
}

// AppName returns an app's name, sanitized for display. It is never empty.
func AppName(a webex.Authorization) string {
	if name := strings.TrimSpace(a.ApplicationName.String()); name != "" {
		return name
	}
	return "(no name)"
}

// ShortName returns an app's name, shortened to fit in a sentence.
func ShortName(a webex.Authorization) string { return Shorten(AppName(a), shortName) }

// Shorten cuts text to n characters, with an ellipsis if it was longer. It collapses
// whitespace, because wide gaps could push the rest to another line.
func Shorten(s string, n int) string {
	s = strings.Join(strings.Fields(s), " ")
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n-1]) + "…"
}

// Clean sanitizes external text for use in a line.
func Clean[T webex.Untrusted | webex.AuthorizationID | webex.ClientID | webex.PersonID | webex.OrgID | webex.Type](text T) string {
	return string(webex.Clean(webex.Untrusted(text)))
}

// ShortClient returns the first and last characters of an id, enough to recognize
// it.
func ShortClient[T webex.ClientID | webex.OrgID](id T) string {
	return OrDash(Clean(webex.Untrusted(ShortID(webex.ClientID(id)))))
}

// Kind returns a token's type in words. It is never empty.
func Kind(t webex.Type) string {
	if k := Clean(t); k != "" {
		return k
	}
	return "(no type)"
}

// Typed returns the user's input for display, with anything that looks like a token
// removed.
func Typed(text string) string {
	if webex.LooksSecret(text) {
		return strings.Repeat("•", utf8.RuneCountInString(text))
	}
	return Clean(webex.Untrusted(text))
}

// SignInWords says whether a person can sign in.
func SignInWords(p webex.PersonDetails) string {
	switch {
	case p.InvitePending == webex.Yes:
		return "invite pending"
	case p.SignIn == webex.No:
		return "sign-in off"
	case p.SignIn == webex.Yes:
		return "can sign in"
	}
	return "sign-in state not visible"
}

// EndWords says how many tokens will be revoked, and how many more may be.
func EndWords(sure, more int) string {
	words := english.Count(sure, "token") + " will be revoked"
	if more > 0 {
		words += ", and up to " + english.Thousands(more) + " more"
	}
	return words
}

// Sentence formats an error as a line for the user.
func Sentence(err error) string {
	return english.Capital(strings.TrimPrefix(Clean(webex.Untrusted(err.Error())), "invalid input: "))
}

// OrDash returns text, or a dash if it is empty.
func OrDash(s string) string { return cmp.Or(s, "—") }

// Joined returns texts, cleaned for the terminal, with spaces between them.
func Joined(texts []webex.Untrusted) string {
	out := make([]string, len(texts))
	for i, s := range texts {
		out[i] = Clean(s)
	}
	return strings.Join(out, " ")
}
