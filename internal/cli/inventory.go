package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/store"
	"github.com/wxauth/wxauth/webex"
)

// sweepStore is an inventory of the store as the use cases see it.
type sweepStore struct {
	inventoryStore
}

// inventoryStore is what the store's two inventories have in common.
type inventoryStore interface {
	Begin(ctx context.Context, scope, name string) (store.Journal, error)
	Sweeps(ctx context.Context, scope string) ([]store.Sweep, error)
	Read(ctx context.Context, scope string, id []byte, each func([]byte) error) error
	Unfinished(ctx context.Context, scope, name string, each func([]byte) error) error
}

func (s sweepStore) Begin(ctx context.Context, scope, name string) (app.SweepJournal, error) {
	return s.inventoryStore.Begin(ctx, scope, name)
}

func (s sweepStore) Sweeps(ctx context.Context, scope string) (out []app.StoredSweep, err error) {
	all, err := s.inventoryStore.Sweeps(ctx, scope)
	for _, one := range all {
		out = append(out, app.StoredSweep(one))
	}
	return out, err
}

// organization is one whose inventory a command is about.
type organization struct {
	inv   *app.Inventories
	scope app.Scope
	ours  bool // it is that of the person signed in
	svc   *app.Service
	s     settings
	own   webex.ClientID // that we are signed in with, and who is
	self  webex.PersonID
}

// errMemoryInventory: nothing is kept, so there can be no inventory.
var errMemoryInventory = errors.New("with the key source memory an inventory would end with this process: choose another with --key, WXAUTH_KEY, or key = in the configuration")

// sweepStore opens the inventory beside the store. Nothing is read yet.
func (c *command) sweepStore(ctx context.Context, s settings) (app.SweepStore, error) {
	k, err := c.store(ctx, s)
	if err != nil {
		return nil, err
	}
	path := config.InventoryPath(c.env.Getenv)
	if k.bolt == nil || path == "" {
		return nil, usageError{errMemoryInventory, codeConfig}
	}
	return sweepStore{store.NewInventory(path, k.bolt, func(err error) {
		if !c.onScreen {
			c.note("%s", webex.Clean(webex.Untrusted(err.Error())))
		}
	})}, nil
}

// anyInventory refuses, before anything is asked, where nothing was ever swept.
func (c *command) anyInventory() error {
	if _, err := os.Lstat(config.InventoryPath(c.env.Getenv)); errors.Is(err, fs.ErrNotExist) {
		return usageError{fmt.Errorf("%w: wxauth sweep makes one", app.ErrNoInventory), codeUsage}
	}
	return nil
}

// scopeOf says which organization is meant: that of --org, or our own.
func (c *command) scopeOf(s settings, own webex.OrgID) (scope app.Scope, ours bool, err error) {
	scope = app.Scope{Profile: s.profile.Name, Org: own, Last: c.last}
	if u, err := url.Parse(s.profile.BaseURL); err == nil {
		scope.Host = u.Host
	}
	org, err := c.orgFlag()
	if err != nil || org == "" {
		return scope, true, err
	}
	scope.Org = org
	return scope, own != "" && own.UUID() == org.UUID(), nil
}

// orgFlag reads --org.
func (c *command) orgFlag() (webex.OrgID, error) {
	if c.g.org == "" {
		return "", nil
	}
	org, err := webex.ParseOrgID(strings.TrimSpace(c.g.org))
	if err != nil {
		return "", usageError{fmt.Errorf("--org: %w", err), codeUsage}
	}
	return org, nil
}

// sweptOrg is the organization to sweep: with Webex at hand.
func (c *command) sweptOrg(ctx context.Context) (organization, error) {
	svc, s, err := c.scriptService(ctx)
	if err != nil {
		return organization{}, err
	}
	return c.organization(ctx, svc, s)
}

func (c *command) organization(ctx context.Context, svc *app.Service, s settings) (organization, error) {
	kept, err := c.sweepStore(ctx, s)
	if err != nil {
		return organization{}, err
	}
	own, err := svc.OwnOrg(ctx)
	if err != nil {
		return organization{}, err
	}
	o := organization{svc: svc, s: s, inv: app.NewInventories(svc, kept)}
	o.scope, o.ours, err = c.scopeOf(s, own)
	return o, err
}

// readOrg is the organization whose inventory is read: what is at hand, without asking
// Webex wherever the stored login says whose it is.
func (c *command) readOrg(ctx context.Context) (organization, error) {
	s, err := c.load()
	if err != nil {
		return organization{}, err
	}
	if _, err := c.orgFlag(); err != nil {
		return organization{}, err
	}
	c.debugToStderr()
	kept, err := c.sweepStore(ctx, s)
	if err != nil {
		return organization{}, err
	}
	if err := c.anyInventory(); err != nil {
		return organization{}, err
	}
	o := organization{s: s, inv: app.NewInventories(nil, kept)}
	own := webex.OrgID("")
	switch fromEnv := !s.token.IsZero() && !s.named; {
	case fromEnv && c.g.org == "":
		c.usedEnv.Store(true)
		if own, err = c.service(s, webex.StaticToken(s.token), app.Login{}).OwnOrg(ctx); err != nil {
			return o, err
		}
	case !fromEnv:
		account, err := c.account(ctx, s, s.profile)
		if err != nil {
			return o, err
		}
		login, err := account.Login(ctx)
		if err != nil && c.g.org == "" {
			return o, err
		}
		own, o.own, o.self = login.Tokens.Owner.OrgID, login.Client, login.Tokens.Owner.PersonID
	}
	o.scope, o.ours, err = c.scopeOf(s, own)
	return o, err
}

// noInventory turns the lack of an inventory into what the user has to do.
func (o organization) noInventory(ctx context.Context, err error) error {
	err = o.inv.Explain(ctx, o.scope, err)
	if errors.Is(err, app.ErrNoInventory) || errors.Is(err, app.ErrNoSuchSweep) {
		return usageError{err, codeUsage}
	}
	return err
}

// latest reads the newest sweep, and says which it is.
func (c *command) latest(ctx context.Context, o organization) (*inventory.Inventory, error) {
	v, err := o.inv.Latest(ctx, o.scope)
	if err != nil {
		return nil, o.noInventory(ctx, err)
	}
	c.sayWhich(v, o.s.Location())
	return v, nil
}

// sayWhich says how old an inventory is, and what it does not cover.
func (c *command) sayWhich(v *inventory.Inventory, zone *time.Location) {
	words := fmt.Sprintf("the sweep of %s, %s: %s read", sweepTime(v.Started, zone), app.AgeWords(v.Started, time.Now()), people(v.Count(inventory.Read)))
	if v.What != "" {
		words += ", " + string(webex.Clean(webex.Untrusted(v.What)))
	}
	if n := v.Count(inventory.Failed); n > 0 {
		words += fmt.Sprintf("; %d more could not be read", n)
		c.note("%s", words) // whatever the format: it is not everybody
		return
	}
	c.say("%s", words)
}

// readsInventory adds the flag of commands that read the inventory.
func (c *command) readsInventory(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().BoolVar(&c.last, "last", false, "by the newest sweep, also where that is of a selection")
	return makesCSV(cmd)
}

func sweepTime(t time.Time, zone *time.Location) string {
	return t.In(zone).Format("Mon 2 Jan 2006, 15:04 MST")
}

func people(n int) string {
	if n == 1 {
		return "1 person"
	}
	return english.Thousands(n) + " people"
}
