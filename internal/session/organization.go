package session

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/webex"
)

// SweepStore adapts an inventory of the store to the use cases.
type SweepStore struct{ Inventories }

// Inventories contains the methods that both inventories of the store have.
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

// Organization is the organization whose inventory a command uses.
type Organization struct {
	Inv   *app.Inventories
	Scope app.Scope
	Ours  bool // it is the organization of the signed-in person
	Svc   *app.Service
	S     Settings
	Own   webex.ClientID // our own client id, and the signed-in person
	Self  webex.PersonID
}

// errMemoryInventory means that nothing is saved, so there can be no inventory.
var errMemoryInventory = errors.New("with the key source memory the inventory would be lost when wxauth exits: choose another with --key, WXAUTH_KEY, or key = in the configuration")

// SweepStore returns the inventory beside the store, without reading it.
func (c *Session) SweepStore(ctx context.Context, s Settings) (app.SweepStore, error) {
	k, err := c.Store(ctx, s)
	if err != nil {
		return nil, err
	}
	if k.Sweeps == nil {
		return nil, ConfigError(errMemoryInventory)
	}
	return k.Sweeps(func(err error) {
		if !c.OnScreen {
			c.Note("%s", webex.Clean(webex.Untrusted(err.Error())))
		}
	}), nil
}

// ScopeOf returns the selected organization: that of --org, otherwise our own.
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

// OrgFlag returns the value of --org.
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

// Organization returns the organization to sweep: that of --org, otherwise our own. It may send
// requests to Webex.
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

// NoInventory replaces the error for a missing inventory by one that says what to do.
func (o Organization) NoInventory(ctx context.Context, err error) error {
	err = o.Inv.Explain(ctx, o.Scope, err)
	if errors.Is(err, app.ErrNoInventory) || errors.Is(err, app.ErrNoSuchSweep) {
		return UsageError(err)
	}
	return err
}
