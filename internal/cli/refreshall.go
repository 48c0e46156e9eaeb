package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/webex"
)

// refreshing is one run of "token refresh --all".
type refreshing struct {
	c      *command
	ifLeft time.Duration // 0 means always

	mu      sync.Mutex
	done    int
	skipped int // organizations whose tokens last long enough
	ending  int // expire within ifLeft, and a refresh does not extend them
	failed  []error
	out     refreshedJSON
}

// refreshedJSON is the output of "token refresh --all".
type refreshedJSON struct {
	Logins []refreshedLogin `json:"logins"`
	Orgs   []refreshedOrg   `json:"orgs"`
}

type refreshedLogin struct {
	app.TokenStatusJSON
	Needs *string `json:"needs"` // what the user must do
}

type refreshedOrg struct {
	app.OrgJSON
	Needs *string `json:"needs"`
}

// needed returns the value of "needs": null if the user need not act.
func needed(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// needsFor says what the user must do about a failure. It is empty if the next run may succeed.
func (r *refreshing) needsFor(ctx context.Context, profile string, err error) string {
	f := classify(ctx, err)
	switch {
	case f.told || f.exit != exitLogin && f.exit != exitUsage:
		return ""
	case f.code == codeLoginNeeded && !errors.Is(err, app.ErrCannotRefresh):
		return logInAgain + ": " + loginLine(profile)
	}
	return f.text()
}

// refreshAll refreshes every saved login, then the tokens of every organization, because
// fetching tokens again requires a working login. It continues after a failure.
func (c *command) refreshAll(ctx context.Context, s session.Settings, ifLeft time.Duration) error {
	k, err := c.Store(ctx, s)
	if err != nil {
		return err
	}
	logins, err := k.Logins(ctx)
	if err != nil {
		return err
	}
	apps, err := k.Apps(ctx)
	if err != nil {
		return err
	}
	if len(logins)+len(apps) == 0 {
		// Profile names are unencrypted. Read the encrypted part to verify that there are none.
		if _, err := c.AccountIn(k, s, s.Profile).Login(ctx); err != nil && !errors.Is(err, webex.ErrNotLoggedIn) {
			return err
		}
		return fmt.Errorf("%w: no profile has a saved login", webex.ErrNotLoggedIn)
	}
	r := &refreshing{c: c, ifLeft: ifLeft, out: refreshedJSON{Logins: []refreshedLogin{}, Orgs: []refreshedOrg{}}}
	r.logins(ctx, k, s, logins)
	for _, a := range apps {
		r.serviceApp(ctx, k, s, a)
	}
	if r.skipped > 0 {
		c.say("organizations not refreshed, because their tokens last longer: %d", r.skipped)
	}
	if c.g.json && ctx.Err() == nil {
		if err := c.printJSON(r.out); err != nil {
			return err
		}
	}
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case r.ending > 0:
		return resultError{exitLogin}
	case len(r.failed) == 0:
		return nil
	case r.done > 0:
		return resultError{exitPartly}
	}
	return resultError{classify(ctx, r.failed[0]).exit}
}

func (r *refreshing) logins(ctx context.Context, k session.OpenStore, s session.Settings, logins []store.Login) {
	var names []string
	for _, l := range logins {
		if !slices.Contains(names, l.Profile) {
			names = append(names, l.Profile)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if ctx.Err() != nil {
			return
		}
		p, err := s.Resolve(name, r.c.env.Getenv)
		one := refreshed{after: app.Login{Profile: name}}
		if err == nil {
			account := r.c.AccountIn(k, s, p)
			if one, err = r.c.refreshOne(ctx, account, app.Login{}, r.ifLeft); err != nil { // it may be rejected now
				if l, lerr := account.Login(ctx); lerr == nil {
					one.after = l
				}
			}
		}
		if one.needs != "" {
			r.ending++
		}
		switch {
		case errors.Is(err, errPersonal):
			r.c.say("profile %s: a personal access token, which cannot be refreshed", name)
			one.needs = logInAgain + ": " + errPersonal.Error()
			if ends := one.after.EndsAt(); ends.Known() {
				one.needs = r.c.needs(logInAgain, one.after) + ": " + errPersonal.Error()
			}
		default:
			if err != nil {
				one.needs = r.needsFor(ctx, name, err)
			}
			if err != nil || one.did { // a login that lasts longer is no success
				r.took(ctx, name, "profile "+name, err)
			}
		}
		r.out.Logins = append(r.out.Logins, refreshedLogin{one.after.JSON(time.Now()), needed(one.needs)})
	}
}

// took counts one result and reports a failure of what, which belongs to a profile.
func (r *refreshing) took(ctx context.Context, profile, what string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		r.done++
		return
	}
	if ctx.Err() != nil {
		return // cancellation is reported once
	}
	r.failed = append(r.failed, err)
	if slices.ContainsFunc(r.failed[:len(r.failed)-1], func(e error) bool { return e.Error() == err.Error() }) {
		r.c.note("%s: same error", what)
		return
	}
	f := classify(ctx, fmt.Errorf("%s: %w", what, err))
	f.profile = profile
	r.c.addHint(ctx, &f)
	r.c.tell(f)
}

// orgsAtOnce is how many organizations are refreshed in parallel.
const orgsAtOnce = 8

func (r *refreshing) serviceApp(ctx context.Context, k session.OpenStore, s session.Settings, held store.Login) {
	p, err := s.Resolve(held.Profile, r.c.env.Getenv)
	if err != nil {
		r.took(ctx, held.Profile, "profile "+held.Profile, err)
		return
	}
	configured := p.ServiceApp.ClientID == held.Client
	if !configured {
		p.ServiceApp = config.Client{ClientID: held.Client}
	}
	orgs := r.c.OrgsIn(k, s, p, r.c.AccountIn(k, s, p))
	list, err := orgs.List(ctx)
	if err != nil {
		r.took(ctx, held.Profile, "profile "+held.Profile, err)
		return
	}
	now := time.Now()
	at := len(r.out.Orgs)
	var due []int
	for i, o := range list {
		r.out.Orgs = append(r.out.Orgs, refreshedOrg{OrgJSON: o.JSON(now)})
		l := o.Login
		l.Renews = true // missing credentials are reported only for those that are due
		switch {
		case l.Due(r.ifLeft, now):
			due = append(due, i)
		case l.NotExtended(r.ifLeft, now):
			r.orgEnds(at+i, refreshed{after: l}, o, now)
		default:
			r.skipped++
		}
	}
	if len(due) > 0 && !configured {
		err := session.ConfigError(fmt.Errorf(
			"%[2]s of Service App %[1]s must be refreshed, but its credentials are not configured: set %[3]s and %[4]s, or delete the tokens: wxauth orgs remove ORG",
			held.Client, english.Count(len(due), "organization"), webex.EnvSAClientID, webex.EnvSASecret))
		for _, i := range due {
			r.out.Orgs[at+i].Needs = needed(r.needsFor(ctx, held.Profile, err))
		}
		r.took(ctx, held.Profile, "profile "+held.Profile, err)
		return
	}
	var g errgroup.Group
	g.SetLimit(orgsAtOnce)
	for _, i := range due {
		g.Go(func() error {
			if ctx.Err() == nil {
				r.refreshOrg(ctx, orgs, at+i, list[i])
			}
			return nil
		})
	}
	_ = g.Wait() // failures are already reported and counted
}

// refreshOrg refreshes an organization's tokens. at is the index of its entry in the output.
func (r *refreshing) refreshOrg(ctx context.Context, orgs *app.Orgs, at int, o app.Org) {
	after, err := orgs.RefreshFrom(ctx, o)
	r.c.sayRefreshed(o, after, err)
	now := time.Now()
	entry := refreshedOrg{OrgJSON: o.JSON(now)}
	if err == nil {
		entry.OrgJSON = after.JSON(now)
	} else {
		entry.Needs = needed(r.needsFor(ctx, o.Profile, err))
	}
	r.mu.Lock()
	r.out.Orgs[at] = entry
	r.mu.Unlock()
	if err == nil && after.NotExtended(r.ifLeft, now) {
		r.orgEnds(at, refreshed{did: true, after: after.Login}, after, now)
	}
	r.took(ctx, o.Profile, orgWords(o), err)
}

// orgEnds reports an organization's tokens that expire soon and that a refresh does not extend.
func (r *refreshing) orgEnds(at int, one refreshed, o app.Org, now time.Time) {
	needs := r.c.needs(fetchAgain, one.after)
	r.c.note("%s: %s: %s. To fetch them: wxauth orgs fetch %s", orgWords(o), r.c.notExtendedWords(one, now), needs, o.UUID())
	r.mu.Lock()
	defer r.mu.Unlock()
	r.out.Orgs[at].Needs = &needs
	r.ending++
}
