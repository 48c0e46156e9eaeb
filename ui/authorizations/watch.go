package authorizations

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/ui/view"
	"github.com/wxauth/wxauth/webex"
)

const (
	watchFor   = time.Hour
	watchEvery = 55 * time.Second // less than a minute, because the clock ticks only about once a minute
)

// userWatch reloads one user's list every minute, and reports new grants.
type userWatch struct {
	who         webex.Person
	began, till time.Time
	next        time.Time
	added       int
	ended       int
}

// watchUser starts or stops watching the user whose list is shown.
func (v *View) watchUser(env view.Env) {
	switch {
	case v.watch != nil && v.watch.who == v.who:
		v.watch = nil
		v.Say(draw.Dim, "Watch stopped.")
	case v.have:
		v.watch = &userWatch{who: v.who, began: env.Now, till: env.Now.Add(watchFor), next: env.Now.Add(watchEvery)}
		v.Say(draw.Good, "Watching every minute until "+env.Clock(v.watch.till)+"; new tokens are shown here. "+env.Keys.Shown(action.Watch)+" stops it.")
	}
}

// lookAgain reloads the list of a watched user when a reload is due.
func (v *View) lookAgain(env view.Env) tea.Cmd {
	w := v.watch
	switch {
	case w == nil:
		return nil
	case w.who != v.who || env.Now.After(w.till):
		v.watch = nil
		return nil
	case env.Now.Before(w.next) || v.loading || v.preparing || env.Running > 0:
		return nil
	}
	w.next = env.Now.Add(watchEvery)
	return v.load(env, v.who)
}

// watched reports what is new in the list of a watched user, before the list is replaced.
func (v *View) watched(next app.Listing) {
	w := v.watch
	if w == nil || w.who != v.who || !v.have {
		return
	}
	n := app.Compare(v.listing, next)
	w.added, w.ended = w.added+len(n.Added), w.ended+len(n.Removed)
	switch {
	case len(n.Added) > 0:
		r := n.Added[0]
		words := "New: " + app.ShortName(r.Authorization) + ", " + app.Kind(r.Type)
		if more := len(n.Added) - 1; more > 0 {
			words += ", and " + english.Count(more, "more token")
		}
		v.Say(draw.Warn, words+".")
	case len(n.Removed) > 0:
		v.Say(draw.Dim, english.Count(len(n.Removed), "token")+" gone since the last check.")
	}
}

// watchWords returns the status of watching and what was found.
func (v *View) watchWords(env view.Env) string {
	w := v.watch
	words := "watching until " + w.till.In(env.Location).Format("15:04")
	if w.added > 0 {
		words += " · " + english.Thousands(w.added) + " new"
	}
	if w.ended > 0 {
		words += " · " + english.Thousands(w.ended) + " gone"
	}
	return words
}
