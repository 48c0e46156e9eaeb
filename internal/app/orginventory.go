package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/webex"
)

// OrgInventory is the inventory of one organization as the dashboard uses it.
type OrgInventory struct {
	all    *Inventories
	scope  Scope
	ours   bool
	policy webex.Policy
	own    webex.ClientID
	now    func() time.Time

	mu     sync.Mutex
	newest *inventory.Inventory // that was read last, for searching
	self   webex.PersonID
}

// NewOrgInventory returns the inventory of a scope; ours says that it is the organization
// of the person signed in.
func NewOrgInventory(all *Inventories, scope Scope, ours bool) *OrgInventory {
	o := all.svc.opts
	out := &OrgInventory{all: all, scope: scope, ours: ours, policy: o.Policy, own: o.OwnClient, now: o.Now}
	if me, known := all.svc.knownSelf(); known {
		out.self = me.ID
	}
	return out
}

// InventoryView is an inventory with the questions answered that a screen shows. It is
// made where nobody waits for it, and not changed afterwards.
type InventoryView struct {
	Newest  *inventory.Inventory // nil where there is none
	Before  *inventory.Inventory // the sweep it is compared with; nil where there is none
	Partial bool                 // it is that of a sweep that is not finished
	Apps    *inventory.AppList
	Stale   *inventory.List
	Changes *inventory.List // new, and ended
	New     int
	Ended   int
	Skipped int // people of whom nothing can be said
}

// StaleAfter is how old the last issued token of a stale grant is, at the time of the sweep.
const StaleAfter = 30 * day

// UsedWithin is how often an app that is used gets a new access token, at the least: one
// lasts that long (https://developer.webex.com/create/docs/authentication).
const UsedWithin = webex.DefaultAccessLifetime

// View reads the newest sweep, and what one that is under way has read where there is no
// other. Without either the view is empty.
func (o *OrgInventory) View(ctx context.Context) (InventoryView, error) {
	newest, before, err := o.all.LatestTwo(ctx, o.scope)
	v := InventoryView{Newest: newest, Before: before}
	if errors.Is(err, ErrNoInventory) {
		if v.Newest, err = o.all.Unfinished(ctx, o.scope); err == nil {
			v.Partial = v.Newest != nil
		}
	}
	if err != nil || v.Newest == nil {
		return InventoryView{}, err
	}
	o.mu.Lock()
	o.newest = v.Newest
	o.mu.Unlock()
	apps, stale := v.Newest.Apps(o.policy.WebexSignIn, before), v.Newest.Stale(StaleAfter, v.Newest.Started)
	inventory.CountStale(apps, stale)
	v.Apps, v.Stale = inventory.NewAppList(apps), inventory.NewList(stale, nil)
	if before != nil {
		d := inventory.Compare(before, newest)
		v.Changes, v.New, v.Ended, v.Skipped = inventory.NewList(d.Added, d.Removed), len(d.Added), len(d.Removed), d.Skipped
	} else {
		v.Changes = inventory.NewList(nil, nil)
	}
	return v, nil
}

// Sweep sweeps the organization; hold is called before each person is asked about.
func (o *OrgInventory) Sweep(ctx context.Context, hold func(context.Context) error, observe func(SweepProgress)) (SweepResult, error) {
	return o.all.Sweep(ctx, SweepOptions{Scope: o.scope, OurOrg: o.ours, Hold: hold}, observe)
}

// Search finds people by any part of their name or address, among those of the newest
// sweep.
func (o *OrgInventory) Search(ctx context.Context, text string, n int) ([]inventory.Person, error) {
	o.mu.Lock()
	v := o.newest
	o.mu.Unlock()
	if v == nil {
		var err error
		if v, err = o.all.Latest(ctx, o.scope); err != nil {
			return nil, err
		}
		o.mu.Lock()
		o.newest = v
		o.mu.Unlock()
	}
	return v.Search(text, n), nil
}

// Rows are the tokens of grants as rows.
func (o *OrgInventory) Rows(refs []inventory.Ref) []Row {
	return InventoryRows(refs, o.policy, o.own, o.self, o.now())
}
