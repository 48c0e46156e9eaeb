package cli

import (
	"context"
	"errors"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/internal/store"
)

// demoInventory keeps the demo's sweeps in memory.
func (c *command) demoInventory(d *demoAccount, s session.Settings) *session.ScreenInventory {
	kept := session.SweepStore{Inventories: store.NewMemoryInventory()}
	return &session.ScreenInventory{With: func() any { return nil }, Open: func(ctx context.Context) (*app.OrgInventory, error) {
		svc := d.service()
		own, err := svc.OwnOrg(ctx)
		if err != nil {
			return nil, err
		}
		scope, ours, err := c.ScopeOf(s, own)
		if err != nil {
			return nil, err
		}
		if err := demoSweep(ctx, d, kept, scope, time.Now()); err != nil {
			return nil, err
		}
		return app.NewOrgInventory(app.NewInventories(svc, kept), scope, ours), nil
	}}
}

// memoryAudit is the demo's audit log.
type memoryAudit struct{ *app.MemoryRecorder }

// Check does nothing.
func (memoryAudit) Check(context.Context) (string, bool, error) {
	return "", false, errors.New("the demo keeps its audit log in memory")
}
