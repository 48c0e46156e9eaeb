package cli

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/webex"
)

func (c *command) logoutCommand() *cobra.Command {
	var (
		revoke bool
		f      revokeFlags
	)
	cmd := &cobra.Command{
		Use:   "logout",
		Short: "Delete the profile's saved login from this computer",
		Long: `Delete the profile's tokens from this computer. They stay valid at Webex until they
expire; wxauth prints when that is. With --revoke, wxauth first revokes all your logins
through this integration at Webex, including those on other computers. You
confirm by typing your email address (--confirm=ADDRESS).`,
		Example: "  wxauth logout\n  wxauth logout --revoke",
		Args:    exactly(0, "wxauth logout"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.logout(cmd.Context(), revoke, f) },
	}
	fl := cmd.Flags()
	fl.BoolVar(&revoke, "revoke", false, "first revoke all your tokens of this integration, on all computers")
	fl.BoolVar(&f.dryRun, "dry-run", false, "with --revoke: show what would be revoked, without changing anything")
	fl.BoolVar(&f.yes, "yes", false, "with --revoke: skip the y/N question (up to ten tokens)")
	_ = fl.MarkHidden("yes") // it never suffices here: the error says what does
	fl.StringVar(&f.confirm, "confirm", "", "with --revoke: confirm with this `text` instead of typing it")
	fl.IntVar(&f.max, "max", 100, "with --revoke: allow at most this many tokens")
	return cmd
}

func (c *command) logout(ctx context.Context, revoke bool, f revokeFlags) error {
	s, err := c.Load()
	if err != nil {
		return err
	}
	c.debugToStderr()
	account, err := c.Account(ctx, s, s.Profile)
	if err != nil {
		return err
	}
	if f.dryRun && !revoke {
		return session.UsageError(errors.New("--dry-run requires --revoke"))
	}
	was := app.Login{} // before the logout
	if revoke {
		if was, err = account.Login(ctx); err != nil {
			return err
		}
		done, err := c.revokeOwn(ctx, s, account, f)
		if err != nil || !done {
			return err
		}
	}
	held, err := account.Forget(ctx, was)
	if errors.Is(err, webex.ErrNotLoggedIn) {
		c.note("profile %s has no saved login", account.Profile())
		return nil
	}
	if err != nil {
		return err
	}
	if held.Tokens.Access.IsZero() {
		c.note("deleted the login of profile %s, whose tokens belong to another client than the configured one", account.Profile())
		return nil
	}
	c.note("deleted the login of %s, profile %s", ownerWords(held), held.Profile)
	if !revoke {
		if until := c.validUntil(held); until != "" {
			c.note("its tokens stay valid at Webex: %s", until)
		}
	}
	if apps, err := c.Kept.Apps(ctx); err == nil && slices.ContainsFunc(apps, func(a store.Login) bool { return a.Profile == held.Profile }) {
		c.note("the organization tokens of its Service App are still saved: wxauth orgs list")
	}
	return nil
}

// validUntil says until when a copy of the deleted tokens would work; "" if Webex has rejected them.
func (c *command) validUntil(l app.Login) string {
	var out []string
	if l.Tokens.AccessRejected.IsZero() {
		out = append(out, "access until "+c.until(l.AccessLeft()))
	}
	if !l.Tokens.Refresh.IsZero() && l.Tokens.Rejected.IsZero() {
		out = append(out, "refresh until "+c.until(l.Tokens.RefreshLeft()))
	}
	return strings.Join(out, ", ")
}

// revokeOwn revokes the user's tokens of wxauth's own integration.
func (c *command) revokeOwn(ctx context.Context, s session.Settings, account *app.Account, f revokeFlags) (done bool, err error) {
	login, err := account.Login(ctx)
	if err != nil {
		return false, err
	}
	if login.Personal() {
		return false, session.UsageError(errors.New("--revoke needs a login through an integration: wxauth cannot tell which authorization a pasted token belongs to"))
	}
	svc := c.Service(s, account.For(login.Tokens.Owner), login)
	if err := refuseReadOnly(svc, f, "logout --revoke"); err != nil {
		return false, err
	}
	l, err := svc.List(ctx, webex.Me)
	if err != nil {
		return false, err
	}
	ids := ownIDs(l)
	if len(ids) == 0 {
		c.note("Webex no longer lists tokens of this integration")
		return true, nil
	}
	c.say("this revokes all your logins through this integration, including those on other computers")
	b := &batch{c: c, svc: svc, flags: f}
	b.plan = func(ctx context.Context) (app.Batch, error) {
		l, err := svc.List(ctx, webex.Me)
		if err != nil {
			return app.Batch{}, err
		}
		plan, err := svc.NewPlan(ctx, l, ownIDs(l), app.PlanOptions{IncludeSelf: true, Max: f.max})
		return app.Batch{Action: app.ActionRevoke, Plans: []app.Plan{plan}}, err
	}
	return b.run(ctx)
}

// ownIDs returns the ids of the rows of wxauth's own integration.
func ownIDs(l app.Listing) (ids []webex.AuthorizationID) {
	for _, r := range l.Rows {
		if r.Own && webex.CheckID("authorization id", r.ID) == nil {
			ids = append(ids, r.ID)
		}
	}
	return ids
}
