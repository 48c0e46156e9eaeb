package cli

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/store"
	"github.com/wxauth/wxauth/webex"
)

// screenInventory is the inventory as the dashboard sees it. It is opened when it is
// first asked for: whose organization it is may take a request to find out, and on screen
// a login or a key source may be chosen meanwhile.
type screenInventory struct {
	open func(context.Context) (*app.OrgInventory, error)
	// with is what it hangs on: when that is another one, it is opened anew.
	with func() any

	opening sync.Mutex // one at a time
	made    any        // what with was when it was opened
	of      atomic.Pointer[app.OrgInventory]
}

func (i *screenInventory) org(ctx context.Context) (*app.OrgInventory, error) {
	i.opening.Lock()
	defer i.opening.Unlock()
	with := i.with()
	if of := i.of.Load(); of != nil && with == i.made {
		return of, nil
	}
	of, err := i.open(ctx)
	if err == nil {
		i.made = with
		i.of.Store(of)
	}
	return of, err
}

// opened is the inventory that rows came from; it never waits.
func (i *screenInventory) opened() *app.OrgInventory { return i.of.Load() }

func (i *screenInventory) View(ctx context.Context) (app.InventoryView, error) {
	of, err := i.org(ctx)
	if err != nil {
		return app.InventoryView{}, err
	}
	return of.View(ctx)
}

func (i *screenInventory) Sweep(ctx context.Context, hold func(context.Context) error, observe func(app.SweepProgress)) (app.SweepResult, error) {
	of, err := i.org(ctx)
	if err != nil {
		return app.SweepResult{}, err
	}
	collectOften()
	return of.Sweep(ctx, hold, observe)
}

func (i *screenInventory) Search(ctx context.Context, text string, n int) ([]inventory.Person, error) {
	of, err := i.org(ctx)
	if err != nil {
		return nil, err
	}
	return of.Search(ctx, text, n)
}

func (i *screenInventory) Rows(refs []inventory.Ref) []app.Row { return i.opened().Rows(refs) }

func (i *screenInventory) RowsJSON(refs []inventory.Ref) []app.RowJSON {
	return i.opened().RowsJSON(refs)
}

func (i *screenInventory) StaleJSON(refs []inventory.Ref) []app.StaleJSON {
	return i.opened().StaleJSON(refs)
}

func (i *screenInventory) ChangesJSON(refs []inventory.Ref, ended func(int) bool) []app.ChangeJSON {
	return i.opened().ChangesJSON(refs, ended)
}

// inventoryOnScreen is the inventory that goes with what the dashboard calls Webex with,
// and with the store.
func (c *command) inventoryOnScreen(s settings) *screenInventory {
	service := func() *app.Service {
		c.shownMu.Lock()
		defer c.shownMu.Unlock()
		return c.shown
	}
	type hangsOn struct {
		svc  *app.Service
		kept *keeping
	}
	with := func() any {
		svc := service()
		c.keptMu.Lock()
		defer c.keptMu.Unlock()
		return hangsOn{svc, c.kept}
	}
	return &screenInventory{with: with, open: func(ctx context.Context) (*app.OrgInventory, error) {
		svc := service()
		if svc == nil {
			return nil, fmt.Errorf("%w: there is no token", webex.ErrNotLoggedIn)
		}
		o, err := c.organization(ctx, svc, s)
		if err != nil {
			return nil, err
		}
		return app.NewOrgInventory(o.inv, o.scope, o.ours), nil
	}}
}

// demoInventory keeps the demo's sweeps in memory.
func (c *command) demoInventory(d *demoAccount, s settings) *screenInventory {
	kept := sweepStore{store.NewMemoryInventory()}
	return &screenInventory{with: func() any { return nil }, open: func(ctx context.Context) (*app.OrgInventory, error) {
		svc := d.service()
		own, err := svc.OwnOrg(ctx)
		if err != nil {
			return nil, err
		}
		scope, ours, err := c.scopeOf(s, own)
		if err != nil {
			return nil, err
		}
		if err := demoSweep(ctx, d, kept, scope, time.Now()); err != nil {
			return nil, err
		}
		return app.NewOrgInventory(app.NewInventories(svc, kept), scope, ours), nil
	}}
}
