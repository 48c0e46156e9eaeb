package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/webex"
)

func (c *command) aliasOrgCommand() *cobra.Command {
	var payload string
	const example = "wxauth orgs alias 96abc2aa nordwind"
	cmd := &cobra.Command{
		Use: "alias ORG NAME", Short: "Set an organization's alias; an empty NAME removes it",
		Example: "  " + example, Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			_, orgs, id, rest, err := c.oneOrg(ctx, args, payload, 1, false, example)
			if err != nil {
				return err
			}
			if err := c.keepsNothing(orgs); err != nil {
				return err
			}
			was, herr := orgs.Held(ctx, id)
			if err := orgs.SetAlias(ctx, id, rest[0]); err != nil {
				if errors.Is(err, webex.ErrInvalidInput) {
					return session.UsageError(err)
				}
				return err
			}
			switch {
			case rest[0] == "":
				c.say("removed the alias of %s", id.UUID())
			case was.Alias != "" && was.Alias != rest[0]:
				c.say("%s is now the alias of %s (was %s)", rest[0], id.UUID(), was.Alias)
			default:
				c.say("%s is now the alias of %s", rest[0], id.UUID())
			}
			if errors.Is(herr, webex.ErrOrgNotRegistered) && rest[0] != "" {
				c.say("no tokens saved for it yet: wxauth orgs fetch %s", rest[0])
			}
			if held, err := orgs.Held(ctx, id); c.g.json && err == nil {
				return c.printJSON(held.JSON(time.Now()))
			}
			return nil
		},
	}
	webhookFlag(cmd, &payload)
	return cmd
}

func (c *command) removeOrgCommand() *cobra.Command {
	var (
		payload string
		yes     bool
	)
	const example = "wxauth orgs remove 96abc2aa"
	cmd := &cobra.Command{
		Use: "remove ORG", Aliases: []string{"rm"}, Short: "Delete an organization's tokens from this computer",
		Example: "  " + example, Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			_, orgs, id, _, err := c.oneOrg(ctx, args, payload, 0, false, example)
			if err != nil {
				return err
			}
			return c.removeOrg(ctx, orgs, id, yes, false)
		},
	}
	webhookFlag(cmd, &payload)
	cmd.Flags().BoolVar(&yes, "yes", false, "skip the confirmation")
	return cmd
}

// removeOrg deletes an organization's tokens after confirmation. ended means that the
// organization deauthorized the Service App.
func (c *command) removeOrg(ctx context.Context, orgs *app.Orgs, id webex.OrgID, yes, ended bool) error {
	held, err := orgs.Held(ctx, id)
	if errors.Is(err, webex.ErrOrgNotRegistered) {
		return err
	}
	if !yes {
		if err := c.ask(ctx, fmt.Sprintf("Delete the tokens of %s from this computer? [y/N] ", orgWords(held))); err != nil {
			return err
		}
	}
	if held, err = orgs.Remove(ctx, id); err != nil {
		return err
	}
	if ended {
		c.say("deleted the tokens of %s; it deauthorized the Service App, so Webex no longer accepts them", orgWords(held))
	} else {
		c.say("deleted the tokens of %s; they stay valid at Webex: %s", orgWords(held), c.validUntil(held.Login))
	}
	if c.g.json {
		return c.printJSON(held.JSON(time.Now()))
	}
	return nil
}

func (c *command) webhookCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "webhook FILE|-",
		Short: "Process the payload of a serviceApp webhook",
		Long: `Process the payload that a serviceApp webhook delivered, from a file or stdin. For the
event "authorized", wxauth fetches the organization's tokens. For "deauthorized", it
deletes them after a confirmation.

The customer organization is data.authorizerOrgId or data.orgId. The top-level orgId is
the owner of the webhook; wxauth uses it only if it is not your own organization.`,
		Example: "  wxauth orgs webhook payload.json\n  jq .body request.json | wxauth orgs webhook - --yes",
		Args:    exactly(1, "wxauth orgs webhook payload.json"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			_, orgs, err := c.loadOrgs(ctx)
			if err != nil {
				return err
			}
			e, err := c.readEvent(ctx, orgs, args[0])
			if err != nil {
				return err
			}
			if e.Event == webex.EventAuthorized {
				return c.fetchOrg(ctx, orgs, e.Org)
			}
			err = c.removeOrg(ctx, orgs, e.Org, yes, true)
			if errors.Is(err, webex.ErrOrgNotRegistered) {
				c.say("no tokens saved for it: nothing to delete")
				return nil
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "skip the confirmation for a deauthorized event")
	return cmd
}

// readEvent parses a webhook's payload and prints which organization it names.
func (c *command) readEvent(ctx context.Context, orgs *app.Orgs, path string) (webex.ServiceAppEvent, error) {
	payload, err := c.readInput(ctx, path, webex.MaxPayload+1)
	if err != nil {
		return webex.ServiceAppEvent{}, err
	}
	e, err := orgs.Event(ctx, payload)
	if err != nil {
		return e, session.UsageError(err)
	}
	d, _ := webex.DecodeID(e.Org)
	c.say("the payload says: %s by organization %s (%s)", e.Event, d.UUID, e.OrgFrom)
	if e.OrgFrom == "orgId" {
		c.note("this id comes from the webhook's envelope, which names the webhook's owner: check that it is the customer's")
	}
	return e, nil
}
