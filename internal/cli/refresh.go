package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
)

type refreshFlags struct {
	all, revokeOld bool
	ifLeft         durationFlag
	revoke         revokeFlags
}

func (c *command) tokenRefreshCommand() *cobra.Command {
	var f refreshFlags
	cmd := &cobra.Command{
		Use:   "refresh",
		Short: "Get a new access token now; the refresh token's time begins anew",
		Long: `Get new tokens for the stored login, and print nothing. The access token before stays
valid at Webex until its own end, which is said; --revoke-old ends it, through the
same questions as "wxauth revoke".

--all --if-left 30d is made for a timer: it refreshes every stored login, and the
tokens of every organization (wxauth orgs), of which less than 30 days are left, and
none of the others.`,
		Example: "  wxauth token refresh\n  wxauth token refresh --all --if-left 30d --no-input",
		Args:    exactly(0, "wxauth token refresh"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.refresh(cmd.Context(), f) },
	}
	fl := cmd.Flags()
	fl.BoolVar(&f.all, "all", false, "every stored login, of all profiles, and every organization of a Service App")
	fl.Var(&f.ifLeft, "if-left", "only where less than this is left of the login")
	fl.Lookup("if-left").DefValue = ""
	fl.BoolVar(&f.revokeOld, "revoke-old", false, "revoke the access token before at Webex")
	fl.BoolVar(&f.revoke.yes, "yes", false, "with --revoke-old: answer the question")
	fl.StringVar(&f.revoke.confirm, "confirm", "", "with --revoke-old: answer a question that asks for `text`")
	f.revoke.max = 100
	return cmd
}

func (c *command) refresh(ctx context.Context, f refreshFlags) error {
	s, err := c.load()
	if err != nil {
		return err
	}
	c.debugToStderr()
	if f.all && f.revokeOld {
		return usageError{errors.New("--revoke-old is for one login: leave --all out"), codeUsage}
	}
	if f.all {
		return c.refreshAll(ctx, s, time.Duration(f.ifLeft))
	}
	account, err := c.account(ctx, s, s.profile)
	if err != nil {
		return err
	}
	if !f.revokeOld {
		_, err = c.refreshOne(ctx, account, time.Duration(f.ifLeft))
		return err
	}
	// What is to end is found and confirmed while it is still the token in use.
	svc, plan, err := c.planOld(ctx, s, account, f.revoke)
	if err != nil {
		return err
	}
	if did, err := c.refreshOne(ctx, account, time.Duration(f.ifLeft)); err != nil || !did {
		return err
	}
	f.revoke.confirm, f.revoke.yes = string(plan.Confirmation().Text), true // answered
	_, err = (&batch{c: c, svc: svc, flags: f.revoke, plan: planned(plan)}).run(ctx)
	return err
}

// refreshOne refreshes a login of which less than ifLeft is left; 0 is always.
func (c *command) refreshOne(ctx context.Context, account *app.Account, ifLeft time.Duration) (did bool, err error) {
	now := time.Now()
	held, err := account.Login(ctx)
	if err != nil {
		return false, err
	}
	if held.Personal() {
		return false, errPersonal
	}
	if ends := held.EndsAt(); ifLeft > 0 && held.Renewable() && ends.Known() && held.In(ends, now) >= ifLeft {
		c.say("profile %s: %s left, not refreshed", held.Profile, app.DurationWords(held.In(ends, now)))
		return false, nil
	}
	before, after, err := account.Refresh(ctx)
	if err != nil {
		return false, err
	}
	words := "refreshed"
	if left := after.Tokens.RefreshLeft(); left.Known() {
		words += ", lasts until " + c.stamp(left.Until)
	}
	if before.Tokens.Usable(now) {
		words += "; the access token before stays valid at Webex until " + c.stamp(before.Tokens.AccessLeft().Until)
	}
	c.say("profile %s: %s", after.Profile, words)
	c.warnOfEnd(after)
	return true, nil
}

// errPersonal: a login that nobody expects to be refreshed.
var errPersonal = fmt.Errorf("%w: a personal access token lives %s and ends", app.ErrCannotRefresh, webex.PersonalTokenLifetime)

// sameIssue is how far a row's creation may lie from the moment at which we got its
// token: the way of the answer, and a time in whole seconds.
const sameIssue = 3 * time.Second

// planOld plans to end the access token in use, which a refresh replaces: the access row
// of our own client that was created when it was issued. The list does not say which
// row a token is, so more candidates than one are refused.
func (c *command) planOld(ctx context.Context, s settings, account *app.Account, f revokeFlags) (*app.Service, app.Plan, error) {
	login, err := account.Login(ctx)
	if err != nil {
		return nil, app.Plan{}, err
	}
	svc := c.service(s, account.For(login.Tokens.Owner), login)
	if svc.ReadOnly() {
		return nil, app.Plan{}, fmt.Errorf("token refresh --revoke-old: %w: nothing was done", webex.ErrReadOnly)
	}
	l, err := svc.List(ctx, webex.Me)
	if err != nil {
		return nil, app.Plan{}, err
	}
	issued := login.Tokens.Issued.Add(login.Tokens.Skew)
	var ids []webex.AuthorizationID
	for _, r := range l.Rows {
		if r.Own && r.Type == webex.TypeAccess && r.Created.Sub(issued).Abs() <= sameIssue {
			ids = append(ids, r.ID)
		}
	}
	if len(ids) != 1 {
		return nil, app.Plan{}, fmt.Errorf("find the token in use: %w: %d rows of our client were created when it was issued, so which one it is is not known; nothing was done. wxauth list me shows them", webex.ErrNotFound, len(ids))
	}
	plan, err := svc.NewPlan(ctx, l, ids, app.PlanOptions{IncludeSelf: true, Max: f.max})
	if err != nil {
		return nil, plan, err
	}
	if err := svc.Prepare(ctx); err != nil {
		return nil, plan, err
	}
	_, err = c.confirmBatch(ctx, svc, app.Batch{Action: app.ActionRevoke, Plans: []app.Plan{plan}}, f)
	return svc, plan, err
}
