package app_test

import (
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
)

// Which logins a scheduled run refreshes, and which need the user to log in again.
func TestWhatATimerRefreshes(t *testing.T) {
	const day = 24 * time.Hour
	now := time.Date(2026, 11, 28, 5, 0, 0, 0, time.UTC)
	yes, no := true, false
	for name, tt := range map[string]struct {
		left     time.Duration // remaining lifetime of the refresh token
		age      time.Duration // time since the last refresh
		extended *bool
		change   func(*app.Login)
		due      bool
		person   bool
	}{
		"enough left":                            {left: 31 * day, age: day},
		"enough left, not extended by a refresh": {left: 31 * day, age: day, extended: &no},
		"little left, never refreshed":           {left: 3 * day, age: day, due: true, person: true},
		"little left, extended by a refresh":     {left: 3 * day, age: day, extended: &yes, due: true},
		"little left, not extended by a refresh": {left: 3 * day, age: day, extended: &no, person: true},
		"little left, refreshed a week ago":      {left: 3 * day, age: 7 * day, extended: &no, due: true, person: true},
		"little left, clock changed":             {left: 3 * day, age: -day, extended: &no, due: true, person: true},
		"ended":                                  {left: -day, age: 2 * day, extended: &no, due: true, person: true},
		"refused":                                {left: 3 * day, age: day, extended: &no, due: true, change: func(l *app.Login) { l.Tokens.Rejected = now }},
		"unknown expiry":                         {left: 3 * day, age: day, due: true, change: func(l *app.Login) { l.Tokens.RefreshLife = 0 }},
	} {
		l := app.Login{Client: "C1", Renews: true, Tokens: webex.Tokens{
			Access: webex.NewSecret("a"), Refresh: webex.NewSecret("r"), Issued: now.Add(-tt.age), AccessLife: 14 * day,
			RefreshIssued: now.Add(-tt.age), RefreshLife: tt.age + tt.left, Extended: tt.extended,
		}}
		if tt.change != nil {
			tt.change(&l)
		}
		if got := l.Due(30*day, now); got != tt.due {
			t.Errorf("%s: due %t", name, got)
		}
		if got := l.NotExtended(30*day, now); got != tt.person {
			t.Errorf("%s: needs a new login: %t", name, got)
		}
		if !l.Due(0, now) || l.NotExtended(0, now) {
			t.Errorf("%s: without a time, every login must be due", name)
		}
	}
}

func TestTheStateOfALogin(t *testing.T) {
	now := time.Date(2026, 11, 28, 5, 0, 0, 0, time.UTC)
	held := func(change func(*webex.Tokens)) app.LifeJSON {
		l := app.Login{Client: "C1", Renews: true, Tokens: webex.Tokens{
			Access: webex.NewSecret("a"), Refresh: webex.NewSecret("r"), Issued: now.Add(-time.Hour), RefreshIssued: now.Add(-time.Hour),
			AccessLife: 2 * time.Hour, RefreshLife: 24 * time.Hour,
		}}
		change(&l.Tokens)
		return l.JSON(now).LifeJSON
	}
	for name, tt := range map[string]struct {
		got         app.LifeJSON
		state, ends string
	}{
		"valid":                  {held(func(*webex.Tokens) {}), "valid", "2026-11-29T04:00:00Z"},
		"access token expired":   {held(func(t *webex.Tokens) { t.AccessLife = time.Minute }), "valid", "2026-11-29T04:00:00Z"},
		"refresh token rejected": {held(func(t *webex.Tokens) { t.Rejected = now }), "valid", "2026-11-28T06:00:00Z"},
		"both rejected":          {held(func(t *webex.Tokens) { t.Rejected, t.AccessRejected = now, now }), "rejected", ""},
		"both expired":           {held(func(t *webex.Tokens) { t.AccessLife, t.RefreshLife = time.Minute, time.Minute }), "expired", "2026-11-28T04:01:00Z"},
		"rejected and expired":   {held(func(t *webex.Tokens) { t.Rejected, t.AccessLife = now, time.Minute }), "rejected", ""},
	} {
		ends := ""
		if tt.got.LoginEnds != nil {
			ends = *tt.got.LoginEnds
		}
		if tt.got.State != tt.state || ends != tt.ends {
			t.Errorf("%s: %s until %q", name, tt.got.State, ends)
		}
	}
}
