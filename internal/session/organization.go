package session

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/webex"
)

// SweepStore is an inventory of the store as the use cases see it.
type SweepStore struct{ Inventories }

// Inventories is what the store's two inventories have in common.
type Inventories interface {
	Begin(ctx context.Context, scope, name string) (store.Journal, error)
	Sweeps(ctx context.Context, scope string) ([]store.Sweep, error)
	Read(ctx context.Context, scope string, id []byte, each func([]byte) error) error
	Unfinished(ctx context.Context, scope, name string, each func([]byte) error) error
}

func (s SweepStore) Begin(ctx context.Context, scope, name string) (app.SweepJournal, error) {
	return s.Inventories.Begin(ctx, scope, name)
}

func (s SweepStore) Sweeps(ctx context.Context, scope string) (out []app.StoredSweep, err error) {
	all, err := s.Inventories.Sweeps(ctx, scope)
	for _, one := range all {
		out = append(out, app.StoredSweep(one))
	}
	return out, err
}

// Organization is one whose inventory a command is about.
type Organization struct {
	Inv   *app.Inventories
	Scope app.Scope
	Ours  bool // it is that of the person signed in
	Svc   *app.Service
	S     Settings
	Own   webex.ClientID // that we are signed in with, and who is
	Self  webex.PersonID
}

// errMemoryInventory: nothing is kept, so there can be no inventory.
var errMemoryInventory = errors.New("with the key source memory the inventory would be lost when wxauth exits: choose another with --key, WXAUTH_KEY, or key = in the configuration")

// SweepStore opens the inventory beside the store. Nothing is read yet.
func (c *Session) SweepStore(ctx context.Context, s Settings) (app.SweepStore, error) {
	k, err := c.Store(ctx, s)
	if err != nil {
		return nil, err
	}
	path := config.InventoryPath(c.Getenv)
	if k.Sweeps == nil || path == "" {
		return nil, ConfigError(errMemoryInventory)
	}
	return k.Sweeps(path, func(err error) {
		if !c.OnScreen {
			c.Note("%s", webex.Clean(webex.Untrusted(err.Error())))
		}
	}), nil
}

// ScopeOf says which organization is meant: that of --org, or our own.
func (c *Session) ScopeOf(s Settings, own webex.OrgID) (scope app.Scope, ours bool, err error) {
	scope = app.Scope{Profile: s.Profile.Name, Org: own, Last: c.Last}
	if u, err := url.Parse(s.Profile.BaseURL); err == nil {
		scope.Host = u.Host
	}
	org, err := c.OrgFlag()
	if err != nil || org == "" {
		return scope, true, err
	}
	scope.Org = org
	return scope, own != "" && own.UUID() == org.UUID(), nil
}

// OrgFlag reads --org.
func (c *Session) OrgFlag() (webex.OrgID, error) {
	if c.Flags.Org == "" {
		return "", nil
	}
	org, err := webex.ParseOrgID(strings.TrimSpace(c.Flags.Org))
	if err != nil {
		return "", UsageError(fmt.Errorf("--org: %w", err))
	}
	return org, nil
}

// Organization is the one that is swept, with Webex at hand: that of --org, or our own.
func (c *Session) Organization(ctx context.Context, svc *app.Service, s Settings) (Organization, error) {
	kept, err := c.SweepStore(ctx, s)
	if err != nil {
		return Organization{}, err
	}
	own, err := svc.OwnOrg(ctx)
	if err != nil {
		return Organization{}, err
	}
	o := Organization{Svc: svc, S: s, Inv: app.NewInventories(svc, kept)}
	o.Scope, o.Ours, err = c.ScopeOf(s, own)
	return o, err
}

// NoInventory turns the lack of an inventory into what the user has to do.
func (o Organization) NoInventory(ctx context.Context, err error) error {
	err = o.Inv.Explain(ctx, o.Scope, err)
	if errors.Is(err, app.ErrNoInventory) || errors.Is(err, app.ErrNoSuchSweep) {
		return UsageError(err)
	}
	return err
}
