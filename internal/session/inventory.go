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

// ScreenInventory is the inventory for the dashboard. It is opened on first use, because finding
// the organization may take a request, and the user may log in or choose a key source first.
type ScreenInventory struct {
	Open func(context.Context) (*app.OrgInventory, error)
	// With returns what the inventory depends on. When the value changes, the inventory is
	// opened again.
	With func() any

	opening sync.Mutex // one at a time
	made    any        // the value of With when it was opened
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

// opened returns the open inventory without blocking; may be nil.
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

func (i *ScreenInventory) Nearest(ctx context.Context, text string, n int) ([]inventory.Person, error) {
	of, err := i.org(ctx)
	if err != nil {
		return nil, err
	}
	return of.Nearest(ctx, text, n)
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

// InventoryOnScreen returns the inventory for the dashboard's current login and store.
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

// CollectOften makes the garbage collector run more often during a sweep, which keeps all its
// results in memory and mostly waits for the network, so the extra work isn't noticeable. GOGC
// takes precedence.
func CollectOften() {
	const often, otherwise = 40, 100
	if was := debug.SetGCPercent(often); was != otherwise {
		debug.SetGCPercent(was)
	}
}
