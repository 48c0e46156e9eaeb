package view

import (
	"time"

	"github.com/wxauth/wxauth/internal/app"
)

// RetryEvery is how often an open view whose data cannot be read because the team's database is away
// tries again.
const RetryEvery = 5 * time.Second

// Retry is the time of the next try.
type Retry struct{ at time.Time }

// Due reports whether an open view should read its data again. err is why it could not be read.
func (r *Retry) Due(env Env, err error, reading bool) bool {
	switch {
	case !env.Open || !app.StoreAway(err) || reading:
		r.at = time.Time{}
	case r.at.IsZero():
		r.at = env.Now.Add(RetryEvery)
	case !env.Now.Before(r.at):
		r.at = time.Time{}
		return true
	}
	return false
}

// RetryTick is the interval of a view's [Screen.Tick] while it waits for the store.
func RetryTick(err error, otherwise time.Duration) time.Duration {
	if otherwise == 0 && app.StoreAway(err) {
		return time.Second
	}
	return otherwise
}
