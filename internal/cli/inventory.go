package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/webex"
)

// anyInventory returns an error if no sweep was ever saved. It makes no request and asks no
// question.
func (c *command) anyInventory() error {
	if config.IsDatabase(c.Address) {
		return nil
	}
	if _, err := os.Lstat(config.FilesOf(c.env.Getenv, c.Address).Inventory); errors.Is(err, fs.ErrNotExist) {
		return session.UsageError(fmt.Errorf("%w: create one with wxauth sweep", app.ErrNoInventory))
	}
	return nil
}

// sweptOrg returns the organization to sweep. It may call Webex.
func (c *command) sweptOrg(ctx context.Context) (session.Organization, error) {
	svc, s, err := c.scriptService(ctx)
	if err != nil {
		return session.Organization{}, err
	}
	return c.Organization(ctx, svc, s)
}

// readOrg returns the organization whose inventory to read. It calls Webex only if the saved
// login does not name the organization.
func (c *command) readOrg(ctx context.Context) (session.Organization, error) {
	s, err := c.Load()
	if err != nil {
		return session.Organization{}, err
	}
	if _, err := c.OrgFlag(); err != nil {
		return session.Organization{}, err
	}
	c.debugToStderr()
	kept, err := c.SweepStore(ctx, s)
	if err != nil {
		return session.Organization{}, err
	}
	if err := c.anyInventory(); err != nil {
		return session.Organization{}, err
	}
	o := session.Organization{S: s, Inv: app.NewInventories(nil, kept)}
	own := webex.OrgID("")
	switch fromEnv := !s.Token.IsZero() && !s.Named; {
	case fromEnv && c.Flags.Org == "":
		c.UsedEnv.Store(true)
		if own, err = c.Service(s, webex.StaticToken(s.Token), app.Login{}).OwnOrg(ctx); err != nil {
			return o, err
		}
	case !fromEnv:
		account, err := c.Account(ctx, s, s.Profile)
		if err != nil {
			return o, err
		}
		login, err := account.Login(ctx)
		if err != nil && c.Flags.Org == "" {
			return o, err
		}
		own, o.Own, o.Self = login.Tokens.Owner.OrgID, login.Client, login.Tokens.Owner.PersonID
	}
	o.Scope, o.Ours, err = c.ScopeOf(s, own)
	return o, err
}

// latest reads the newest sweep and says which one it is.
func (c *command) latest(ctx context.Context, o session.Organization) (*inventory.Inventory, error) {
	v, err := o.Inv.Latest(ctx, o.Scope)
	if err != nil {
		return nil, o.NoInventory(ctx, err)
	}
	c.sayWhich(v, o.S.Location())
	return v, nil
}

// sayWhich prints the age of an inventory and what it does not cover.
func (c *command) sayWhich(v *inventory.Inventory, zone *time.Location) {
	words := fmt.Sprintf("the sweep of %s, %s: %s read", sweepTime(v.Started, zone), app.AgeWords(v.Started, time.Now()), people(v.Count(inventory.Read)))
	failed := v.Count(inventory.Failed)
	if !v.Whole() {
		words += ", and nobody else (" + string(webex.Clean(webex.Untrusted(v.What))) + ")"
	}
	if failed > 0 {
		words += fmt.Sprintf("; %d more could not be read", failed)
	}
	if failed > 0 || !v.Whole() {
		c.note("%s", words) // in every format: the inventory is incomplete
		return
	}
	c.say("%s", words)
}

// readsInventory adds the flag of commands that read the inventory.
func (c *command) readsInventory(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().BoolVar(&c.Last, "last", false, "use the newest sweep, even if it covered only some users")
	return makesTable(cmd)
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
