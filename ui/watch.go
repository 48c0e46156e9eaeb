package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/webex"
)

const (
	watchFor   = time.Hour
	watchEvery = 55 * time.Second // the clock ticks once a minute, not to the second
)

// userWatch reads one user's list again every minute, and says what is new.
type userWatch struct {
	who         webex.Person
	began, till time.Time
	next        time.Time
	added       int
	ended       int
}

// watchUser begins to watch the user whose list is shown, or ends it.
func (m *Model) watchUser() {
	switch {
	case m.watch != nil && m.watch.who == m.list.who:
		m.watch = nil
		m.say(draw.Dim, "No longer watched.")
	case m.list.have:
		m.watch = &userWatch{who: m.list.who, began: m.now, till: m.now.Add(watchFor), next: m.now.Add(watchEvery)}
		m.say(draw.Good, "Watched every minute until "+m.clock(m.watch.till)+"; what is new is told here. "+m.keys.Shown(action.Watch)+" ends it.")
	}
}

// lookAgain reads the list of a user who is watched, when it is time.
func (m *Model) lookAgain() tea.Cmd {
	w := m.watch
	switch {
	case w == nil:
		return nil
	case w.who != m.list.who || m.now.After(w.till):
		m.watch = nil
		return nil
	case m.now.Before(w.next) || m.list.loading || m.list.preparing || m.revokes() > 0:
		return nil
	}
	w.next = m.now.Add(watchEvery)
	return m.loadList(m.list.who)
}

// watched says what is new on the list of a user who is watched, before it is taken.
func (m *Model) watched(next app.Listing) {
	w := m.watch
	if w == nil || w.who != m.list.who || !m.list.have {
		return
	}
	n := app.Compare(m.list.listing, next)
	w.added, w.ended = w.added+len(n.Added), w.ended+len(n.Removed)
	switch {
	case len(n.Added) > 0:
		r := n.Added[0]
		words := "New: " + app.ShortName(r.Authorization) + ", " + app.Kind(r.Type)
		if more := len(n.Added) - 1; more > 0 {
			words += ", and " + english.Count(more, "more token")
		}
		m.say(draw.Warn, words+".")
	case len(n.Removed) > 0:
		m.say(draw.Dim, english.Count(len(n.Removed), "token")+" ended since the last look.")
	}
}

// watchWords say that somebody is watched, and what was found.
func (m *Model) watchWords() string {
	w := m.watch
	words := "watched until " + w.till.In(m.opts.Location).Format("15:04")
	if w.added > 0 {
		words += " · " + english.Thousands(w.added) + " new"
	}
	if w.ended > 0 {
		words += " · " + english.Thousands(w.ended) + " ended"
	}
	return words
}
