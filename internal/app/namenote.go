package app

import (
	"strings"
	"time"

	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/webex"
)

// ImitatesWebex reports whether an app has a name like one of Webex's apps but not
// its client id. App authors choose names freely.
func (r Row) ImitatesWebex() bool {
	name := strings.ToLower(strings.TrimSpace(AppName(r.Authorization)))
	return !r.SignIn && (strings.HasPrefix(name, "webex") || strings.HasPrefix(name, "cisco"))
}

// NameNote warns about a misleading app name; "" if there is nothing to warn about.
func (r Row) NameNote() string {
	if r.ImitatesWebex() {
		return "calls itself Webex, but its client id is not a known Webex id"
	}
	return inventory.OddName(r.ApplicationName)
}

// Marks returns the words that a list shows for a row besides its name and times.
func (r Row) Marks() string {
	var words []string
	if r.SignIn {
		words = append(words, "Webex sign-in")
	}
	if r.Own {
		words = append(words, "own")
	}
	if webex.IsAgentApp(r.ApplicationName) {
		words = append(words, "AI agent")
	}
	switch {
	case r.ImitatesWebex():
		words = append(words, "calls itself Webex")
	case r.NameNote() != "":
		words = append(words, "odd name")
	}
	if r.CannotRevoke() != "" {
		words = append(words, "cannot be revoked")
	}
	if r.Unreadable != "" {
		words = append(words, "unreadable: "+r.Unreadable)
	}
	return strings.Join(words, ", ")
}

// Ages reports whether a grant (one app authorized by one user) is new or stale at now, from the
// creation times of its oldest and newest token; signIn marks Webex's own apps, which are never
// new. Zero times mean that the times are unknown.
func Ages(oldest, newest time.Time, signIn bool, now time.Time) (isNew, stale bool) {
	if oldest.IsZero() {
		return false, false
	}
	return !signIn && now.Sub(oldest) < NewFor, now.Sub(newest) >= StaleAfter
}

// AgeNotes returns a function that says of a person's row whether its app is new or stale: "new
// today", "stale", or "".
func AgeNotes(rows []Row, now time.Time) func(Row) string {
	oldest, newest := map[appKey]time.Time{}, map[appKey]time.Time{}
	for _, r := range rows {
		k := keyOf(&r.Authorization)
		if r.Created.IsZero() {
			continue
		}
		if o, ok := oldest[k]; !ok || r.Created.Before(o) {
			oldest[k] = r.Created
		}
		if r.Created.After(newest[k]) {
			newest[k] = r.Created
		}
	}
	return func(r Row) string {
		k := keyOf(&r.Authorization)
		switch isNew, stale := Ages(oldest[k], newest[k], r.SignIn, now); {
		case isNew:
			return "new today"
		case stale:
			return "stale"
		}
		return ""
	}
}
