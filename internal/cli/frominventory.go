package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/webex"
)

// revokingOrg returns the organization whose inventory selects what to revoke.
func (c *command) revokingOrg(ctx context.Context, f revokeFlags) (session.Organization, error) {
	if err := c.anyInventory(); err != nil {
		return session.Organization{}, err
	}
	o, err := c.sweptOrg(ctx)
	if err == nil {
		err = refuseReadOnly(o.Svc, f, "revoke")
	}
	return o, err
}

// revokeEverywhere revokes an app for every user who has it according to the inventory. It
// lists each user again, and verifies each token.
func (c *command) revokeEverywhere(ctx context.Context, f revokeFlags, sel selectFlags, selection app.Selection) error {
	o, err := c.revokingOrg(ctx, f)
	if err != nil && sel.client != "" && errors.Is(err, app.ErrNoInventory) {
		err = session.UsageError(fmt.Errorf("%w; or use Webex's app-wide request, whose reach is undocumented: --one-call", err))
	}
	if err != nil {
		return err
	}
	if sel.org != "" && sel.org != "me" {
		if o.Scope.Org, err = webex.ParseOrgID(sel.org); err != nil {
			return err
		}
	}
	a, holders, swept, err := c.holdersOf(ctx, o, selection)
	if err != nil && sel.client != "" && errors.Is(err, app.ErrNoInventory) {
		return session.UsageError(fmt.Errorf("%w; or use Webex's app-wide request, whose reach is undocumented: --one-call", err))
	}
	if err != nil {
		return err
	}
	if len(holders) == 0 { // a Service App: its machine account holds the tokens
		return session.UsageError(fmt.Errorf("%s is a Service App, and no user holds a token of it: withdraw its authorization in %s", webex.Quote(appName(a)), webex.PageServiceApps))
	}
	c.say("users who authorized the app after that sweep are not included")
	if a.ClientID != "" { // from here on match the client id, not the name
		selection.App, selection.Clients = "", []webex.ClientID{a.ClientID}
	}
	named := usersOfHolders(holders)
	b := &batch{c: c, svc: o.Svc, flags: f}
	b.plan = func(ctx context.Context) (app.Batch, error) {
		listings, failures, err := c.listUsers(ctx, o.Svc, named)
		if err != nil {
			return app.Batch{}, err
		}
		out, err := o.Svc.NewBatch(ctx, listings, selection, app.PlanOptions{IncludeSelf: f.includeSelf, Max: f.mostTokens()})
		if errors.Is(err, app.ErrNoMatch) && len(failures) == 0 {
			err = fmt.Errorf("%w: in the inventory %s authorized %s, but none of them has a token for it now: nothing to revoke", app.ErrNoMatch, people(len(named.people)), webex.Quote(appName(a)))
		}
		out.Failures, out.Several, out.App = failures, true, &app.AppRef{Client: a.ClientID, Name: a.Name, Swept: swept}
		return out, err
	}
	_, err = b.run(ctx)
	return err
}

// holdersOf finds the selected app and its users in the newest inventory.
func (c *command) holdersOf(ctx context.Context, o session.Organization, selection app.Selection) (a inventory.App, holders []inventory.Ref, swept time.Time, err error) {
	v, err := c.latest(ctx, o)
	if err != nil {
		return a, nil, swept, err
	}
	apps := v.Apps(o.S.Policy.WebexSignIn, nil)
	if len(selection.Clients) > 0 {
		a, err = app.FindClient(apps, selection.Clients[0])
	} else {
		a, err = app.FindApp(apps, selection.App)
	}
	if err != nil {
		return a, nil, swept, fmt.Errorf("in the inventory: %w", err)
	}
	return a, v.Holders(a), v.Started, nil
}

// usersOfHolders returns the users of an app.
func usersOfHolders(holders []inventory.Ref) users {
	out := users{several: true, emails: map[webex.Person]webex.Untrusted{}}
	for _, h := range holders {
		who := h.Person().Who()
		out.people = append(out.people, who)
		out.emails[who] = h.Person().Email
	}
	return out
}

// revokeByID revokes tokens by id. It finds their users in the inventory.
func (c *command) revokeByID(ctx context.Context, f revokeFlags, ids []webex.AuthorizationID) error {
	o, err := c.revokingOrg(ctx, f)
	if errors.Is(err, app.ErrNoInventory) {
		err = session.UsageError(fmt.Errorf("--user is missing: Webex cannot look up an authorization by id, and %w", err))
	}
	if err != nil {
		return err
	}
	v, err := o.Inv.Latest(ctx, o.Scope)
	if errors.Is(err, app.ErrNoInventory) {
		return session.UsageError(fmt.Errorf("--user is missing: Webex cannot look up an authorization by id, and %w", o.Inv.Explain(ctx, o.Scope, err)))
	}
	if err != nil {
		return err
	}
	c.sayWhich(v, o.S.Location())
	found := v.Find(ids)
	for _, id := range ids {
		switch fit := found[id]; len(fit) {
		case 0:
			if len(id) < webex.ShortestID {
				return session.UsageError(fmt.Errorf("%s is too short: give at least %d characters of an id", id, webex.ShortestID))
			}
			return session.UsageError(fmt.Errorf("%s is not in the inventory: name its owner with --user", id))
		case 1:
		default:
			return app.AmbiguousID(id, app.TokenRows(fit, o.S.Policy, o.Own, o.Self, time.Now()))
		}
	}
	var (
		whose = map[webex.Person][]webex.AuthorizationID{}
		named users
	)
	for _, id := range ids {
		who := found[id][0].Person.Who()
		if whose[who] == nil {
			named.people = append(named.people, who)
		}
		whose[who] = append(whose[who], found[id][0].ID)
	}
	named.several = len(named.people) > 1
	b := &batch{c: c, svc: o.Svc, flags: f}
	b.plan = func(ctx context.Context) (app.Batch, error) {
		listings, failures, err := c.listUsers(ctx, o.Svc, named)
		if err != nil {
			return app.Batch{}, err
		}
		b := app.Batch{Action: app.ActionRevoke, Failures: failures, Several: named.several}
		b.Plans, err = c.plansByID(ctx, o.Svc, v, listings, whose, app.PlanOptions{IncludeSelf: f.includeSelf})
		if err != nil {
			return b, err
		}
		if sure, more := b.Ends(); sure+more > f.max && !f.dryRun {
			return b, fmt.Errorf("%w: %d tokens would be revoked, more than --max %d (--max=%d allows it); nothing was sent", app.ErrTooMany, sure+more, f.max, sure+more)
		}
		return b, nil
	}
	_, err = b.run(ctx)
	return err
}

// plansByID plans to revoke the given ids of each user, which the inventory knows. Those that are no
// longer listed are gone: it reports them, and returns an error only if no other is left. It also
// reports how many of the apps got a new token after the sweep, because stale ones may be in use again.
func (c *command) plansByID(ctx context.Context, svc *app.Service, v *inventory.Inventory, listings []app.Listing, whose map[webex.Person][]webex.AuthorizationID, opts app.PlanOptions) (plans []app.Plan, err error) {
	gone, all, inUse := 0, 0, 0
	for _, l := range listings {
		var ids []webex.AuthorizationID
		apps := map[webex.ClientID]bool{}
		for _, r := range l.Rows {
			if slices.Contains(whose[l.Who], r.ID) {
				ids = append(ids, r.ID)
				apps[r.ClientID] = true
			}
		}
		for _, r := range l.Rows {
			if apps[r.ClientID] && r.Created.After(v.Started) {
				inUse++
				delete(apps, r.ClientID)
			}
		}
		gone, all = gone+len(whose[l.Who])-len(ids), all+len(whose[l.Who])
		p := app.Plan{Who: l.Who, Person: l.Person, ReadAt: l.ReadAt} // a user of whose tokens none is left still counts
		if len(ids) > 0 {
			if p, err = svc.NewPlan(ctx, l, ids, opts); err != nil {
				return nil, err
			}
		}
		plans = append(plans, p)
	}
	if gone > 0 && gone == all {
		return nil, fmt.Errorf("%w: %s of the inventory, and no longer listed: nothing to revoke", app.ErrNotListed, english.Count(gone, "token"))
	}
	if gone > 0 {
		c.note("already gone: %d of %s", gone, english.Count(all, "token"))
	}
	if inUse > 0 {
		c.note("in use again, with a token newer than that sweep: %s", english.Count(inUse, "app"))
	}
	return plans, nil
}

// withHolders adds the users of the app, according to the newest inventory and listed again, to
// an app-wide plan. Without an inventory it adds none.
func (c *command) withHolders(ctx context.Context, svc *app.Service, s session.Settings, plan app.AppPlan) (app.AppPlan, error) {
	kept, err := c.SweepStore(ctx, s)
	if err != nil {
		return plan, nil //nolint:nilerr // the revoke itself reports problems with the store
	}
	scope, _, err := c.ScopeOf(s, plan.Org.ID)
	if err != nil {
		return plan, err
	}
	scope.Org = plan.Org.ID
	v, err := app.NewInventories(svc, kept).Latest(ctx, scope)
	if errors.Is(err, app.ErrNoInventory) {
		return plan, nil
	}
	if err != nil {
		return plan, err
	}
	c.sayWhich(v, s.Location())
	plan.Swept = !v.Finished.IsZero() && v.Whole() && v.Count(inventory.Failed) == 0
	a, err := app.FindClient(v.Apps(s.Policy.WebexSignIn, nil), plan.Client)
	if err != nil {
		c.say("no user had authorized the app then")
		return plan, nil //nolint:nilerr // not found means no users
	}
	plan.Name = a.Name
	listings, failures, err := c.listUsers(ctx, svc, usersOfHolders(v.Holders(a)))
	if err != nil {
		return plan, err
	}
	return plan.WithHolders(listings, failures), nil
}
