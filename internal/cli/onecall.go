package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
)

// checkAppWide checks what can be checked before any request.
func (c *command) checkAppWide(cmd *cobra.Command, args []string, f revokeFlags, sel selectFlags) error {
	given := cmd.Flags().Changed
	for _, other := range []string{"user", "users-from", "app", "type", "older-than", "newer-than"} {
		if given(other) {
			return fmt.Errorf("--client-id ends an app for everybody: leave --%s out", other)
		}
	}
	switch {
	case f.max < 1:
		return errors.New("--max must be at least 1")
	case given("org"):
		return errors.New("--org-id says which organization is meant: leave --org out")
	case sel.fromInventory:
		return errors.New("--client-id goes by the inventory anyway: leave --from-inventory out")
	case len(args) > 0:
		return errors.New("--client-id ends an app for everybody: leave the ids out")
	case !given("client-id"):
		return errors.New("--client-id is missing: which app?")
	case !given("org-id"):
		return errors.New("--org-id is missing: in which organization? me is our own; Webex would take that one unasked, we do not")
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

// revokeApp ends one app across an organization by Webex's own request.
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
		return fmt.Errorf("%w: %d tokens are known to end, more than --max %d (--max=%d allows it); nothing was sent", app.ErrTooMany, n, f.max, n)
	}
	if f.maxGiven && !f.dryRun && (!plan.Swept || len(plan.Unread) > 0) {
		return fmt.Errorf("%w: --max %d cannot be kept, since it is not known how many tokens this request revokes: finish a sweep first (wxauth sweep), or leave --max out; nothing was sent", app.ErrTooMany, f.max)
	}
	if f.dryRun {
		if !c.g.json && !c.g.csv {
			c.showAppPlan(plan)
		}
		return c.printResult(plan.DryRun(), "--confirm="+string(plan.Client))
	}
	switch {
	case f.confirm == string(plan.Client):
	case f.confirm != "":
		return refusedError{fmt.Errorf("refused: --confirm does not match; needed is --confirm=%s; nothing was sent", plan.Client)}
	case !c.interactive():
		return refusedError{fmt.Errorf("refused: nobody can be asked here; --confirm=%s confirms this, --dry-run shows it; nothing was sent", plan.Client)}
	default:
		if err := svc.Prepare(ctx); err != nil {
			return err
		}
		c.showAppPlan(plan)
		if err := c.askTyped(ctx, app.Confirmation{Text: webex.Untrusted(plan.Client)}); err != nil {
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
	fmt.Fprintf(w, "Every token of one app ends, in a whole organization:\n")
	if p.Name != "" {
		fmt.Fprintf(w, "  app           %q\n", app.Shorten(p.Name.String(), 60))
	}
	fmt.Fprintf(w, "  client        %s\n", p.Client)
	fmt.Fprintf(w, "  organization  %s\n", p.OrgWords())
	if len(p.Holders) > 0 {
		fmt.Fprintf(w, "  known         %d tokens of %s, by the inventory, just listed again; each is looked up afterwards\n", p.Tokens(), people(len(p.Holders)))
		fmt.Fprintf(w, "  more          perhaps: the reach of this request is not documented\n")
	} else {
		fmt.Fprintf(w, "  how many      unknown: no inventory knows a holder, and Webex does not document the reach of this request\n")
	}
	fmt.Fprintf(w, "  request       DELETE /authorizations?clientId=…&orgId=…, sent once, never repeated\n")
	if p.OwnClientUnknown {
		fmt.Fprintln(w, "  our own app   whether this is the app that we are signed in with is not known")
	}
	fmt.Fprintln(w, "There is no undo. The app can be authorized again by whoever can sign in.")
}
