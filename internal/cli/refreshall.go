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
	"github.com/wxauth/wxauth/store"
	"github.com/wxauth/wxauth/webex"
)

// refreshing is one run over everything that is stored.
type refreshing struct {
	c      *command
	ifLeft time.Duration // 0 is always

	mu      sync.Mutex
	done    int
	skipped int // organizations with enough left
	failed  []error
}

// refreshAll refreshes every stored login, and then the tokens of every organization:
// those that have to be fetched anew take a login that works. One that fails keeps no
// other from its turn.
func (c *command) refreshAll(ctx context.Context, s settings, ifLeft time.Duration) error {
	k, err := c.store(ctx, s)
	if err != nil {
		return err
	}
	logins, err := k.logins(ctx)
	if err != nil {
		return err
	}
	apps, err := k.apps(ctx)
	if err != nil {
		return err
	}
	if len(logins)+len(apps) == 0 {
		// The names are in the clear; that there are none, the sealed part says.
		if _, err := c.accountIn(k, s, s.profile).Login(ctx); err != nil && !errors.Is(err, webex.ErrNotLoggedIn) {
			return err
		}
		return fmt.Errorf("%w: no profile holds a login", webex.ErrNotLoggedIn)
	}
	r := &refreshing{c: c, ifLeft: ifLeft}
	r.logins(ctx, k, s, logins)
	for _, a := range apps {
		r.serviceApp(ctx, k, s, a)
	}
	if r.skipped > 0 {
		c.say("organizations with more left, not refreshed: %d", r.skipped)
	}
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case len(r.failed) == 0:
		return nil
	case r.done > 0:
		return resultError{exitPartly}
	}
	return resultError{classify(ctx, r.failed[0]).exit}
}

func (r *refreshing) logins(ctx context.Context, k keeping, s settings, logins []store.Login) {
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
		if err == nil {
			_, err = r.c.refreshOne(ctx, r.c.accountIn(k, s, p), r.ifLeft)
		}
		if errors.Is(err, errPersonal) {
			r.c.say("profile %s: a personal access token, which cannot be refreshed", name)
			continue
		}
		r.took(ctx, fmt.Sprintf("profile %s", name), err)
	}
}

// took counts what came of one, and tells of a failure.
func (r *refreshing) took(ctx context.Context, what string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		r.done++
		return
	}
	if ctx.Err() != nil {
		return // the end of everything is told once
	}
	r.failed = append(r.failed, err)
	if slices.ContainsFunc(r.failed[:len(r.failed)-1], func(e error) bool { return e.Error() == err.Error() }) {
		r.c.note("%s: the same", what)
		return
	}
	f := classify(ctx, fmt.Errorf("%s: %w", what, err))
	r.c.addHint(ctx, &f)
	r.c.tell(f)
}

// orgsAtOnce is how many organizations are refreshed at a time.
const orgsAtOnce = 8

func (r *refreshing) serviceApp(ctx context.Context, k keeping, s settings, held store.Login) {
	p, err := s.Resolve(held.Profile, r.c.env.Getenv)
	if err != nil {
		r.took(ctx, "profile "+held.Profile, err)
		return
	}
	configured := p.ServiceApp.ClientID == held.Client
	if !configured {
		p.ServiceApp = config.Client{ClientID: held.Client}
	}
	orgs := r.c.orgsIn(k, s, p, r.c.accountIn(k, s, p))
	list, err := orgs.List(ctx)
	if err != nil {
		r.took(ctx, "profile "+held.Profile, err)
		return
	}
	now := time.Now()
	due := slices.DeleteFunc(slices.Clone(list), func(o app.Org) bool {
		ends := o.Tokens.RefreshLeft()
		return r.ifLeft > 0 && o.Tokens.Renewable() && ends.Known() && o.In(ends, now) >= r.ifLeft
	})
	r.skipped += len(list) - len(due)
	if len(due) > 0 && !configured {
		r.took(ctx, "profile "+held.Profile, usageError{fmt.Errorf(
			"organizations of Service App %s are held and due (%d), and its credentials are not configured: set %s and %s to them, or forget the tokens with that client id: wxauth orgs remove ORG",
			held.Client, len(due), webex.EnvSAClientID, webex.EnvSASecret), codeConfig})
		return
	}
	var g errgroup.Group
	g.SetLimit(orgsAtOnce)
	for _, o := range due {
		g.Go(func() error {
			if ctx.Err() == nil {
				_, _, err := r.c.refreshOneOrg(ctx, orgs, o.ID)
				r.took(ctx, orgWords(o), err)
			}
			return nil
		})
	}
	_ = g.Wait() // failures are told and counted where they happen
}
