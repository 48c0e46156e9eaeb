package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/webex"
)

// OrgInventory is the inventory of one organization, as used by the dashboard.
type OrgInventory struct {
	all    *Inventories
	scope  Scope
	ours   bool
	policy webex.Policy
	own    webex.ClientID
	now    func() time.Time

	mu     sync.Mutex
	newest *inventory.Inventory // the last one read, for searching
	self   webex.PersonID
}

// NewOrgInventory returns the inventory of a scope. ours tells whether it is the
// organization of the person signed in.
func NewOrgInventory(all *Inventories, scope Scope, ours bool) *OrgInventory {
	o := all.svc.opts
	out := &OrgInventory{all: all, scope: scope, ours: ours, policy: o.Policy, own: o.OwnClient, now: o.Now}
	if me, known := all.svc.knownSelf(); known {
		out.self = me.ID
	}
	return out
}

// InventoryView is an inventory with the precomputed answers that a screen shows. It
// is built in the background and not modified afterwards.
type InventoryView struct {
	Newest  *inventory.Inventory // nil if there is none
	Before  *inventory.Inventory // the sweep to compare with; nil if there is none
	Partial bool                 // Newest is an unfinished sweep
	Apps    *inventory.AppList
	Stale   *inventory.List
	Changes *inventory.List // new and removed grants
	New     int
	Ended   int
	Skipped int // people who could not be read
}

// StaleAfter is the minimum age, at the time of the sweep, of a stale grant's last
// issued token.
const StaleAfter = 30 * day

// NewFor is how long an app counts as new after its first token for a person.
const NewFor = day

// UsedWithin is the longest interval at which an app in use gets a new access token,
// which is the token's lifetime
// (https://developer.webex.com/create/docs/authentication).
const UsedWithin = webex.DefaultAccessLifetime

// View reads the newest sweep or, if there is none, the partial results of an
// unfinished one. Without either the view is empty.
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
		novel := map[webex.ClientID]bool{}
		for _, a := range apps {
			novel[a.ClientID] = a.Flagged(inventory.FlagNew)
		}
		v.Changes.Classify(func(r inventory.Ref) inventory.Class {
			switch client := r.ClientID(); {
			case o.policy.WebexSignIn(client): // people sign in all the time
				return inventory.Quiet
			case novel[client]:
				return inventory.Novel
			}
			return inventory.Usual
		})
	} else {
		v.Changes = inventory.NewList(nil, nil)
	}
	return v, nil
}

// Sweep sweeps the organization. It calls hold before it reads each person.
func (o *OrgInventory) Sweep(ctx context.Context, hold func(context.Context) error, observe func(SweepProgress)) (SweepResult, error) {
	return o.all.Sweep(ctx, SweepOptions{Scope: o.scope, OurOrg: o.ours, Hold: hold}, observe)
}

// Search finds people in the newest sweep by any part of their name or address.
func (o *OrgInventory) Search(ctx context.Context, text string, n int) ([]inventory.Person, error) {
	v, err := o.latest(ctx)
	if err != nil {
		return nil, err
	}
	return v.Search(text, n), nil
}

// Nearest finds people in the newest sweep with a similar name or address.
func (o *OrgInventory) Nearest(ctx context.Context, text string, n int) ([]inventory.Person, error) {
	v, err := o.latest(ctx)
	if err != nil {
		return nil, err
	}
	return v.Nearest(text, n), nil
}

func (o *OrgInventory) latest(ctx context.Context) (*inventory.Inventory, error) {
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
	return v, nil
}

// Rows converts the tokens of grants to rows.
func (o *OrgInventory) Rows(refs []inventory.Ref) []Row {
	return InventoryRows(refs, o.policy, o.own, o.self, o.now())
}
