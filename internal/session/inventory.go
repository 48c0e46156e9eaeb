package session

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/webex"
)

// ScreenInventory is the inventory as the dashboard sees it. It is opened when it is
// first asked for: whose organization it is may take a request to find out, and on screen
// a login or a key source may be chosen meanwhile.
type ScreenInventory struct {
	Open func(context.Context) (*app.OrgInventory, error)
	// with is what it hangs on: when that is another one, it is opened again.
	With func() any

	opening sync.Mutex // one at a time
	made    any        // what with was when it was opened
	of      atomic.Pointer[app.OrgInventory]
}

func (i *ScreenInventory) org(ctx context.Context) (*app.OrgInventory, error) {
	i.opening.Lock()
	defer i.opening.Unlock()
	with := i.With()
	if of := i.of.Load(); of != nil && with == i.made {
		return of, nil
	}
	of, err := i.Open(ctx)
	if err == nil {
		i.made = with
		i.of.Store(of)
	}
	return of, err
}

// opened is the inventory that rows came from; it never waits.
func (i *ScreenInventory) opened() *app.OrgInventory { return i.of.Load() }

func (i *ScreenInventory) View(ctx context.Context) (app.InventoryView, error) {
	of, err := i.org(ctx)
	if err != nil {
		return app.InventoryView{}, err
	}
	return of.View(ctx)
}

func (i *ScreenInventory) Sweep(ctx context.Context, hold func(context.Context) error, observe func(app.SweepProgress)) (app.SweepResult, error) {
	of, err := i.org(ctx)
	if err != nil {
		return app.SweepResult{}, err
	}
	CollectOften()
	return of.Sweep(ctx, hold, observe)
}

func (i *ScreenInventory) Search(ctx context.Context, text string, n int) ([]inventory.Person, error) {
	of, err := i.org(ctx)
	if err != nil {
		return nil, err
	}
	return of.Search(ctx, text, n)
}

func (i *ScreenInventory) Rows(refs []inventory.Ref) []app.Row { return i.opened().Rows(refs) }

func (i *ScreenInventory) RowsJSON(refs []inventory.Ref) []app.RowJSON {
	return i.opened().RowsJSON(refs)
}

func (i *ScreenInventory) StaleJSON(refs []inventory.Ref) []app.StaleJSON {
	return i.opened().StaleJSON(refs)
}

func (i *ScreenInventory) ChangesJSON(refs []inventory.Ref, ended func(int) bool) []app.ChangeJSON {
	return i.opened().ChangesJSON(refs, ended)
}

// InventoryOnScreen is the inventory that goes with what the dashboard calls Webex with,
// and with the store.
func (c *Session) InventoryOnScreen(s Settings) *ScreenInventory {
	service := func() *app.Service {
		c.shownMu.Lock()
		defer c.shownMu.Unlock()
		return c.Shown
	}
	type hangsOn struct {
		svc  *app.Service
		kept *OpenStore
	}
	with := func() any {
		svc := service()
		c.keptMu.Lock()
		defer c.keptMu.Unlock()
		return hangsOn{svc, c.Kept}
	}
	return &ScreenInventory{With: with, Open: func(ctx context.Context) (*app.OrgInventory, error) {
		svc := service()
		if svc == nil {
			return nil, fmt.Errorf("%w: there is no token", webex.ErrNotLoggedIn)
		}
		o, err := c.Organization(ctx, svc, s)
		if err != nil {
			return nil, err
		}
		return app.NewOrgInventory(o.Inv, o.Scope, o.Ours), nil
	}}
}

// CollectOften is for a sweep, which holds all that it has found until it ends, and waits for
// the network: less than half as much garbage beside it costs nothing that anybody would see.
// GOGC takes precedence over it.
func CollectOften() {
	const often, otherwise = 40, 100
	if was := debug.SetGCPercent(often); was != otherwise {
		debug.SetGCPercent(was)
	}
}
