package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
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

func (c *command) tokenRefreshCmd() *cobra.Command {
	var f refreshFlags
	cmd := &cobra.Command{
		Use:   "refresh",
		Short: "Get a new access token now; the refresh token's time begins anew",
		Long: `Get new tokens for the stored login, and print nothing. The access token before stays
valid at Webex until its own end, which is said; --revoke-old ends it, through the
same questions as "wxauth revoke".

--all --if-left 30d is made for a timer: it refreshes every stored login of which less
than 30 days are left, and none of the others.`,
		Example: "  wxauth token refresh\n  wxauth token refresh --all --if-left 30d --no-input",
		Args:    exactly(0, "wxauth token refresh"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.refresh(cmd.Context(), f) },
	}
	fl := cmd.Flags()
	fl.BoolVar(&f.all, "all", false, "every stored login, of all profiles")
	fl.Var(&f.ifLeft, "if-left", "only where less than this is left of the login")
	fl.Lookup("if-left").DefValue = ""
	fl.BoolVar(&f.revokeOld, "revoke-old", false, "revoke the access token before at Webex")
	fl.BoolVar(&f.revoke.yes, "yes", false, "with --revoke-old: answer the question")
	fl.StringVar(&f.revoke.confirm, "confirm", "", "with --revoke-old: answer a question that asks for `text`")
	cmd.MarkFlagsMutuallyExclusive("all", "revoke-old")
	f.revoke.max = 100
	return cmd
}

func (c *command) refresh(ctx context.Context, f refreshFlags) error {
	s, err := c.load()
	if err != nil {
		return err
	}
	c.debugToStderr()
	if f.all {
		return c.refreshAll(ctx, s, time.Duration(f.ifLeft))
	}
	account, err := c.account(ctx, s, s.profile)
	if err != nil {
		return err
	}
	before, did, err := c.refreshOne(ctx, account, time.Duration(f.ifLeft))
	if err != nil || !did || !f.revokeOld {
		return err
	}
	return c.revokeOld(ctx, s, account, before, f.revoke)
}

// refreshOne refreshes a login of which less than ifLeft is left; 0 is always.
func (c *command) refreshOne(ctx context.Context, account *app.Account, ifLeft time.Duration) (before app.Login, did bool, err error) {
	now := time.Now()
	held, err := account.Login(ctx)
	if err != nil {
		return held, false, err
	}
	if ends := held.EndsAt(); ifLeft > 0 && held.Tokens.Renewable() && ends.Known() && held.In(ends, now) >= ifLeft {
		c.say("profile %s: %s left, not refreshed", held.Profile, app.DurationWords(held.In(ends, now)))
		return held, false, nil
	}
	before, after, err := account.Refresh(ctx)
	if err != nil {
		return before, false, err
	}
	words := "refreshed"
	if left := after.Tokens.RefreshLeft(); left.Known() {
		words += ", lasts until " + left.Until.UTC().Format("2006-01-02 15:04 UTC")
	}
	if before.Tokens.Usable(now) {
		words += "; the access token before stays valid at Webex until " + before.Tokens.AccessLeft().Until.UTC().Format("2006-01-02 15:04 UTC")
	}
	c.say("profile %s: %s", after.Profile, words)
	c.warnOfEnd(after)
	return before, true, nil
}

// refreshAll refreshes every stored login. One that fails keeps no other from its turn.
func (c *command) refreshAll(ctx context.Context, s settings, ifLeft time.Duration) error {
	k, err := c.store(ctx, s)
	if err != nil {
		return err
	}
	logins, err := k.logins(ctx)
	if err != nil {
		return err
	}
	var names []string
	for _, l := range logins {
		if !slices.Contains(names, l.Profile) {
			names = append(names, l.Profile)
		}
	}
	if len(names) == 0 {
		return fmt.Errorf("%w: no profile holds a login", webex.ErrNotLoggedIn)
	}
	slices.Sort(names)
	var failed []error
	done := 0
	for _, name := range names {
		p, err := s.Resolve(name, c.env.Getenv)
		if err == nil {
			_, _, err = c.refreshOne(ctx, c.accountIn(k, s, p), ifLeft)
		}
		switch {
		case err == nil:
			done++
		case errors.Is(err, app.ErrCannotRefresh):
			c.say("profile %s: %s", name, webex.Clean(webex.Untrusted(err.Error())))
		case ctx.Err() != nil:
			return context.Cause(ctx)
		default:
			failed = append(failed, err)
			c.note("profile %s: %s", name, webex.Clean(webex.Untrusted(err.Error())))
		}
	}
	switch {
	case len(failed) == 0:
		return nil
	case done > 0:
		return resultError{exitPartly}
	}
	_, exit := classifyWork(failed[0])
	return resultError{exit}
}

// sameIssue is how far a row's creation may lie from the moment at which we got its
// token: the way of the answer, and a time in whole seconds.
const sameIssue = 3 * time.Second

// revokeOld ends the access token that a refresh replaced: the access row of our
// own client that was created when it was issued. The list does not say which row a
// token is, so more candidates than one are refused.
func (c *command) revokeOld(ctx context.Context, s settings, account *app.Account, before app.Login, f revokeFlags) error {
	svc := c.service(s, account, before.Client)
	l, err := svc.List(ctx, webex.Me)
	if err != nil {
		return err
	}
	var ids []webex.AuthorizationID
	for _, r := range l.Rows {
		// Created when the token that was replaced was issued, by Webex's clock.
		issued := before.Tokens.Issued.Add(before.Tokens.Skew)
		if r.Own && r.Type == webex.TypeAccess && r.Created.Sub(issued).Abs() <= sameIssue {
			ids = append(ids, r.ID)
		}
	}
	if len(ids) != 1 {
		return fmt.Errorf("revoke old token: %w: %d rows of our client were created when it was issued, so which one it is is not known; wxauth list me shows them", webex.ErrNotFound, len(ids))
	}
	plan, err := svc.NewPlan(ctx, l, ids, app.PlanOptions{IncludeSelf: true, Max: f.max})
	if err != nil {
		return err
	}
	_, err = c.carryOut(ctx, svc, plan, f)
	return err
}
