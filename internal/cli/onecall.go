package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
)

// checkAppWide checks the arguments before any request.
func (c *command) checkAppWide(cmd *cobra.Command, args []string, f revokeFlags, sel selectFlags) error {
	given := cmd.Flags().Changed
	for _, other := range []string{"user", "users-from", "app", "type", "older-than", "newer-than"} {
		if given(other) {
			return fmt.Errorf("--client-id revokes an app for everybody: omit --%s", other)
		}
	}
	switch {
	case f.max < 1:
		return errors.New("--max must be at least 1")
	case given("org"):
		return errors.New("--org-id names the organization: omit --org")
	case sel.fromInventory:
		return errors.New("--client-id always uses the inventory: omit --from-inventory")
	case len(args) > 0:
		return errors.New("--client-id revokes an app for everybody: omit the ids")
	case !given("client-id"):
		return errors.New("--client-id is missing: which app?")
	case !given("org-id"):
		return errors.New("--org-id is missing: give the id of the organization, or me for your own")
	}
	if err := errors.Join(checkNamed("--client-id", sel.client), checkNamed("--org-id", sel.org)); err != nil {
		return err
	}
	if err := webex.CheckID("client id", sel.client); err != nil {
		return err
	}
	if _, err := webex.ParseOrgID(sel.org); err != nil && sel.org != "me" {
		return fmt.Errorf("--org-id: %w", err)
	}
	return nil
}

// revokeApp revokes one app across an organization with Webex's app-wide request.
func (c *command) revokeApp(ctx context.Context, f revokeFlags, sel selectFlags) error {
	svc, s, err := c.scriptService(ctx)
	if err == nil {
		err = refuseReadOnly(svc, f, "revoke")
	}
	if err != nil {
		return err
	}
	org := webex.OrgID("")
	if sel.org != "me" {
		if org, err = webex.ParseOrgID(sel.org); err != nil {
			return err
		}
	}
	plan, err := svc.NewAppPlan(ctx, webex.ClientID(sel.client), org, f.includeSelf)
	if err != nil {
		return err
	}
	if plan, err = c.withHolders(ctx, svc, s, plan); err != nil {
		return err
	}
	if n := plan.Tokens(); n > f.max && !f.dryRun {
		return fmt.Errorf("%w: at least %d tokens would be revoked, more than --max %d (--max=%d allows it); nothing was sent", app.ErrTooMany, n, f.max, n)
	}
	if f.maxGiven && !f.dryRun && (!plan.Swept || len(plan.Unread) > 0) {
		return fmt.Errorf("%w: --max %d cannot be enforced, because the number of tokens is unknown: finish a sweep first (wxauth sweep), or omit --max; nothing was sent", app.ErrTooMany, f.max)
	}
	if f.dryRun {
		if !c.g.json && !c.g.csv {
			c.showAppPlan(plan)
		}
		return c.printResult(plan.DryRun(), "--confirm="+string(plan.Client)+outsideReadOnly(svc))
	}
	switch {
	case f.confirm == string(plan.Client):
	case f.confirm != "":
		return refusedError{fmt.Errorf("--confirm does not match; expected --confirm=%s; nothing was sent", plan.Client)}
	case !c.interactive():
		return refusedError{fmt.Errorf("confirmation required, but wxauth cannot prompt here: use --confirm=%s to confirm, --dry-run previews it; nothing was sent", plan.Client)}
	default:
		if err := svc.Prepare(ctx); err != nil {
			return err
		}
		c.showAppPlan(plan)
		if err := c.askTyped(ctx, app.Confirmation{Text: webex.Untrusted(plan.Client)}, ""); err != nil {
			return err
		}
	}
	c.tellUnsettled(ctx, svc)
	surviveBrokenPipes()
	res, err := svc.RevokeApp(ctx, plan)
	if err != nil {
		return err
	}
	err = c.printResult(res, "")
	c.tellRecord(res)
	return finished(ctx, res, err)
}

func (c *command) showAppPlan(p app.AppPlan) {
	w := c.env.Stderr
	fmt.Fprintf(w, "This asks Webex to revoke one app in a whole organization:\n")
	if p.Name != "" {
		fmt.Fprintf(w, "  app           %q\n", app.Shorten(p.Name.String(), 60))
	}
	fmt.Fprintf(w, "  client        %s\n", p.Client)
	fmt.Fprintf(w, "  organization  %s\n", p.OrgWords())
	if len(p.Holders) > 0 {
		fmt.Fprintf(w, "  known         %d tokens of %s (inventory, just refreshed); wxauth verifies each afterwards\n", p.Tokens(), people(len(p.Holders)))
		fmt.Fprintf(w, "  more          possibly: Webex does not document what this request revokes\n")
	} else {
		fmt.Fprintf(w, "  how many      unknown: the inventory lists no holder, and Webex does not document what this request revokes\n")
	}
	fmt.Fprintf(w, "  request       DELETE /authorizations?clientId=…&orgId=…, sent once, never retried\n")
	if p.OwnClientUnknown {
		fmt.Fprintln(w, "  own login     unknown: this may be the app that wxauth is logged in with")
	}
	fmt.Fprintln(w, "This can't be undone. Anyone who can sign in can authorize the app again.")
}
