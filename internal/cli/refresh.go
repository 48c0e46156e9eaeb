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

type refreshFlags struct {
	all, revokeOld bool
	ifLeft         durationFlag
	revoke         revokeFlags
}

func (c *command) tokenRefreshCommand() *cobra.Command {
	var f refreshFlags
	cmd := &cobra.Command{
		Use:   "refresh",
		Short: "Get a new access token now",
		Long: `Get new tokens for the saved login. wxauth prints nothing to stdout; with --json, it
prints what "token status" prints. On stderr it reports when the login now expires, according to
Webex: not every refresh extends a login. The previous access token stays valid at Webex
until it expires; --revoke-old revokes it, with the same confirmations as "wxauth
revoke". If Webex returns the same access token again, wxauth revokes nothing and exits
with 3.

From cron, use --all --if-left 30d. It refreshes the saved logins, and the tokens of
organizations (wxauth orgs), that expire within 30 days. It exits with 4 if a login
expires within that time and the refresh did not extend it: log in again before the date
that it prints. wxauth refreshes such a login at most once a week.`,
		Example: "  wxauth token refresh\n  wxauth token refresh --all --if-left 30d --no-input",
		Args:    exactly(0, "wxauth token refresh"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.refresh(cmd.Context(), f) },
	}
	fl := cmd.Flags()
	fl.BoolVar(&f.all, "all", false, "refresh all profiles and all organizations of a Service App")
	fl.Var(&f.ifLeft, "if-left", "refresh only what expires within this time")
	fl.Lookup("if-left").DefValue = ""
	fl.BoolVar(&f.revokeOld, "revoke-old", false, "revoke the previous access token at Webex")
	fl.BoolVar(&f.revoke.dryRun, "dry-run", false, "with --revoke-old: show what would be revoked, without changing anything")
	fl.BoolVar(&f.revoke.yes, "yes", false, "with --revoke-old: skip the y/N question")
	fl.StringVar(&f.revoke.confirm, "confirm", "", "with --revoke-old: confirm with this `text` instead of typing it")
	_ = fl.MarkHidden("yes") // it never suffices here: the error says what does
	f.revoke.max = 100
	return cmd
}

func (c *command) refresh(ctx context.Context, f refreshFlags) error {
	s, err := c.Load()
	if err != nil {
		return err
	}
	c.debugToStderr()
	if f.all && f.revokeOld {
		return session.UsageError(errors.New("--revoke-old works on one login: omit --all"))
	}
	if f.revoke.dryRun && !f.revokeOld {
		return session.UsageError(errors.New("--dry-run requires --revoke-old"))
	}
	if f.all {
		return c.refreshAll(ctx, s, time.Duration(f.ifLeft))
	}
	account, err := c.Account(ctx, s, s.Profile)
	if err != nil {
		return err
	}
	if !f.revokeOld {
		r, err := c.refreshOne(ctx, account, app.Login{}, time.Duration(f.ifLeft))
		if err == nil && c.g.json {
			err = c.printJSON(r.after.JSON(time.Now()))
		}
		if err == nil && r.needs != "" {
			err = resultError{exitLogin}
		}
		return err
	}
	// Find and confirm the token to revoke while it is still in use.
	svc, plan, was, err := c.planOld(ctx, s, account, f.revoke)
	if err != nil {
		return err
	}
	if f.revoke.dryRun {
		_, err = (&batch{c: c, svc: svc, flags: f.revoke, plan: planned(plan)}).run(ctx)
		return err
	}
	r, err := c.refreshOne(ctx, account, was, time.Duration(f.ifLeft))
	switch {
	case err != nil:
		return err
	case was.Tokens.Access.Equal(r.after.Tokens.Access):
		err = c.revokedNothing(plan, r.did)
	default:
		f.revoke.confirm, f.revoke.yes = string(plan.Confirmation().Text), true // already confirmed
		_, err = (&batch{c: c, svc: svc, flags: f.revoke, plan: planned(plan)}).run(ctx)
	}
	if err == nil && r.needs != "" {
		err = resultError{exitLogin}
	}
	return err
}

// revokedNothing reports that the token to revoke is still in use.
func (c *command) revokedNothing(plan app.Plan, refreshed bool) error {
	why := errors.New("the refresh returned the same access token, which is still in use; nothing was revoked")
	if !refreshed {
		why = errors.New("not refreshed, so the token is still in use; nothing was revoked")
	}
	res := app.Batch{Action: app.ActionRevoke, Plans: []app.Plan{plan}}.DryRun()
	for i := range res.Results {
		for j := range res.Results[i].Items {
			res.Results[i].Items[j].Outcome, res.Results[i].Items[j].Err = app.NotSent, why
		}
	}
	if err := c.printResult(res, ""); err != nil || !refreshed {
		return err
	}
	return resultError{exitPartly}
}

// refreshed is the result for one login or organization.
type refreshed struct {
	did   bool
	after app.Login // unchanged if not refreshed
	needs string    // what the user must do; may be empty
}

// refreshOne refreshes a login if less than ifLeft is left; 0 means always. It returns an error
// if the login is no longer was; a zero was matches any login.
func (c *command) refreshOne(ctx context.Context, account *app.Account, was app.Login, ifLeft time.Duration) (r refreshed, err error) {
	now := time.Now()
	if r.after, err = account.Login(ctx); err != nil {
		return r, err
	}
	if r.after.Personal() {
		return r, errPersonal
	}
	if before := r.after; before.Due(ifLeft, now) {
		if was.Tokens.Access.IsZero() {
			was = before // another process may refresh it meanwhile: that is enough
		}
		if _, r.after, err = account.Refresh(ctx, was); err != nil {
			return r, err
		}
		r.did = true
		c.say("profile %s: %s", r.after.Profile, c.refreshWords(before, r.after, now, logInAgain))
	} else if !before.EndsWithin(ifLeft, now) {
		c.say("profile %s: %s left, not refreshed", before.Profile, app.DurationWords(before.In(before.EndsAt(), now)))
	}
	if r.after.NotExtended(ifLeft, now) {
		r.needs = c.needs(logInAgain, r.after)
		c.note("profile %s: %s: %s. To log in: %s", r.after.Profile, c.notExtendedWords(r, now), r.needs, loginLine(r.after.Profile))
	} else {
		c.warnOfEnd(r.after)
	}
	return r, nil
}

// What the user must do if a refresh does not extend a login or an organization's tokens.
const (
	logInAgain = "log in again"
	fetchAgain = "fetch new tokens"
)

// needs says what the user must do, and by when.
func (c *command) needs(what string, l app.Login) string {
	return what + " before " + c.stamp(l.EndsAt().Until)
}

// notExtendedWords explains why the user must act on a login that can be refreshed.
func (c *command) notExtendedWords(r refreshed, now time.Time) string {
	left := app.DurationWords(r.after.In(r.after.EndsAt(), now)) + " left"
	switch {
	case r.after.Tokens.Extended == nil:
		return left + ", and Webex's reply does not show whether refreshing extends it"
	case r.did:
		return left + ", and the refresh did not extend it"
	}
	return left + ", not refreshed again: the refresh of " + c.stamp(r.after.Tokens.RefreshIssued.Add(r.after.Tokens.Skew)) + " did not extend it"
}

// refreshWords describes a refresh: how long the login lasts, and what happened to the previous
// access token.
func (c *command) refreshWords(before, after app.Login, now time.Time, again string) string {
	words := "refreshed"
	switch left := after.Tokens.RefreshLeft(); {
	case after.RunsDown(now):
		words += "; that did not extend it: " + c.needs(again, after)
	case left.Known():
		words += ", lasts until " + c.stamp(left.Until)
	}
	if access := app.AccessWords(before, after, now, c.stamp); access != "" {
		words += "; " + access
	}
	return words
}

// errPersonal means that the login is a personal access token, which cannot be refreshed.
var errPersonal = fmt.Errorf("%w: a personal access token expires after %s and cannot be renewed", app.ErrCannotRefresh, app.LifetimeWords(webex.PersonalTokenLifetime))

// planOld plans to revoke the login's access token, which a refresh replaces. The list does not
// identify it, so planOld selects the row of wxauth's own integration that was created at the
// time of issue. It returns an error if there is not exactly one.
func (c *command) planOld(ctx context.Context, s session.Settings, account *app.Account, f revokeFlags) (svc *app.Service, plan app.Plan, login app.Login, err error) {
	if login, err = account.Login(ctx); err != nil {
		return nil, plan, login, err
	}
	svc = c.Service(s, account.For(login.Tokens.Owner), login)
	if svc.ReadOnly() {
		return nil, plan, login, fmt.Errorf("token refresh --revoke-old: %w: nothing was done", webex.ErrReadOnly)
	}
	l, err := svc.List(ctx, webex.Me)
	if err != nil {
		return nil, plan, login, err
	}
	issued := login.Tokens.Issued.Add(login.Tokens.Skew)
	var ids []webex.AuthorizationID
	for _, r := range l.Rows {
		if r.Own && r.Type == webex.TypeAccess && r.Created.Sub(issued).Abs() <= app.SameIssue {
			ids = append(ids, r.ID)
		}
	}
	switch len(ids) {
	case 1:
	case 0:
		return nil, plan, login, fmt.Errorf("find the token in use: %w: no token of this integration was created when it was issued; nothing was done. To see them: wxauth list me", webex.ErrNotFound)
	default:
		return nil, plan, login, fmt.Errorf("find the token in use: %w: %d tokens of this integration were created at that time, and wxauth cannot tell which one it is; nothing was done. Run wxauth token refresh, and this command more than %s later; or choose the token with wxauth list me, and revoke it", app.ErrNotRevocable, len(ids), app.SameIssue)
	}
	if plan, err = svc.NewPlan(ctx, l, ids, app.PlanOptions{IncludeSelf: true, Max: f.max}); err != nil {
		return nil, plan, login, err
	}
	if f.dryRun {
		return svc, plan, login, nil
	}
	if err := svc.Prepare(ctx); err != nil {
		return nil, plan, login, err
	}
	_, err = c.confirmBatch(ctx, svc, app.Batch{Action: app.ActionRevoke, Plans: []app.Plan{plan}}, f)
	return svc, plan, login, err
}
