package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/webex"
)

// revokeFlags are the flags of commands that revoke.
type revokeFlags struct {
	dryRun      bool
	yes         bool
	confirm     string
	includeSelf bool
	max         int
	maxGiven    bool // the user set --max
}

// mostTokens returns the size limit of a plan. A dry run has none.
func (f *revokeFlags) mostTokens() int {
	if f.dryRun {
		return 0
	}
	return f.max
}

func (f *revokeFlags) addTo(cmd *cobra.Command, most int, of string) {
	fl := cmd.Flags()
	fl.BoolVar(&f.dryRun, "dry-run", false, "show what would be revoked, without revoking anything")
	fl.BoolVar(&f.yes, "yes", false, "skip the y/N question (up to ten tokens)")
	fl.StringVar(&f.confirm, "confirm", "", "confirm with this `text` instead of typing it")
	fl.BoolVar(&f.includeSelf, "include-self", false, "also revoke wxauth's own session, after all others")
	fl.IntVar(&f.max, "max", most, "allow at most this many "+of)
}

// selectFlags select users and their rows.
type selectFlags struct {
	users                []string
	from                 string
	app, kind            string
	olderThan, newerThan durationFlag
	client, org          string
	oneCall              bool
	fromInventory        bool
}

func (c *command) revokeCommand() *cobra.Command {
	var (
		f   revokeFlags
		sel selectFlags
	)
	cmd := &cobra.Command{
		Use:   "revoke [ID...]",
		Short: "Revoke authorizations and verify the result",
		Long: `Revoke tokens by id, or all that match --app, --type, --older-than and --newer-than. ID is
the whole id, its UUID, or the beginning of the UUID that "wxauth list" shows on a terminal
(8 characters or more). If it fits several tokens, wxauth names them and sends nothing.

wxauth revokes refresh tokens first, then reloads the list until the revoked tokens are no
longer in it. To revoke all tokens of a user, use "wxauth offboard".

For up to ten tokens, wxauth asks y/N (--yes skips the question). For more than ten
tokens, all tokens of a user (two or more), or wxauth's own session, you must type the
user's email address (--confirm=ADDRESS) or, for several users, the number of users
(--confirm=47). Without a terminal, wxauth revokes nothing unless one of these flags
confirms it.

With an inventory ("wxauth sweep"), you can revoke ids without --user, or revoke one app for
every user who authorized it: --app NAME --from-inventory, or --client-id C --org-id O.
wxauth reloads each user's list first, revokes only that app's tokens, and asks you to
type the app's name or client id (--confirm=…). It misses users who authorized the app
after the sweep.

--one-call with --client-id and --org-id sends a single organization-wide request. Webex
does not document which tokens that request revokes, so wxauth then reloads the list of
every user known to hold the app. Without an inventory, the outcome is "unknown".`,
		Example: `  wxauth revoke ID --user jane@example.com --dry-run
  wxauth revoke --user jane@example.com --app "Meeting Sync" --yes
  wxauth revoke --users-from team.csv --app C1d4e… --older-than 90d --dry-run --json
  wxauth revoke --app "CallNotes AI" --from-inventory --dry-run
  wxauth revoke --client-id C1d4e… --org-id me`,
		RunE: func(cmd *cobra.Command, args []string) error { return c.revoke(cmd, args, f, sel) },
	}
	f.addTo(cmd, 100, "tokens")
	fl := cmd.Flags()
	fl.StringSliceVar(&sel.users, "user", nil, "user whose tokens to revoke: email, person id, or me")
	fl.StringVar(&sel.from, "users-from", "", "`file` of users: one per line or CSV with a header; - is stdin")
	fl.StringVar(&sel.app, "app", "", "only tokens of this app, by `name` or client id")
	fl.StringVar(&sel.kind, "type", "", "only tokens of this type: refresh or access")
	fl.Var(&sel.olderThan, "older-than", "only tokens older than this: 90d, 12h, 2w")
	fl.Var(&sel.newerThan, "newer-than", "only tokens created within this period")
	fl.StringVar(&sel.client, "client-id", "", "revoke this app in the organization of --org-id")
	fl.StringVar(&sel.org, "org-id", "", "organization id, or me for your own")
	fl.BoolVar(&sel.fromInventory, "from-inventory", false, "revoke --app for every user who has it in the newest sweep")
	fl.BoolVar(&sel.oneCall, "one-call", false, "send a single organization-wide request (see above)")
	for _, name := range []string{"older-than", "newer-than"} {
		fl.Lookup(name).DefValue = ""
	}
	return makesCSV(cmd)
}

func (c *command) revoke(cmd *cobra.Command, args []string, f revokeFlags, sel selectFlags) error {
	ctx := cmd.Context()
	f.maxGiven = cmd.Flags().Changed("max")
	if cmd.Flags().Changed("client-id") || cmd.Flags().Changed("org-id") || sel.oneCall {
		if err := c.checkAppWide(cmd, args, f, sel); err != nil {
			return session.UsageError(err)
		}
		if sel.oneCall {
			return c.revokeApp(ctx, f, sel)
		}
		return c.revokeEverywhere(ctx, f, sel, app.SelectClients(webex.ClientID(sel.client)))
	}
	ids, selection, err := revokeArguments(cmd, args, f, sel)
	if err != nil {
		return session.UsageError(err)
	}
	noUsers := !cmd.Flags().Changed("user") && !cmd.Flags().Changed("users-from")
	switch {
	case sel.fromInventory:
		return c.revokeEverywhere(ctx, f, sel, selection)
	case noUsers && len(ids) > 0:
		return c.revokeByID(ctx, f, ids)
	}
	named, err := c.usersOf(ctx, sel.users, sel.from, cmd.Flags().Changed("users-from"))
	if err != nil && noUsers && sel.app != "" {
		err = fmt.Errorf("%w; or use --from-inventory for everybody who authorized the app", err)
	}
	if err == nil && len(ids) > 0 && named.several {
		err = errors.New("ids belong to one user: name that user with --user")
	}
	if err != nil {
		return session.UsageError(err)
	}
	svc, err := c.revokingService(ctx, f, "revoke")
	if err != nil {
		return err
	}
	b := &batch{c: c, svc: svc, flags: f}
	b.plan = func(ctx context.Context) (app.Batch, error) {
		listings, failures, err := c.listUsers(ctx, svc, named)
		if err != nil {
			return app.Batch{}, err
		}
		opts := app.PlanOptions{IncludeSelf: f.includeSelf, Max: f.mostTokens()}
		var out app.Batch
		if len(ids) > 0 {
			plan, err := svc.NewPlan(ctx, listings[0], ids, opts)
			if err != nil {
				return app.Batch{}, err
			}
			out = app.Batch{Action: app.ActionRevoke, Plans: []app.Plan{plan}}
		} else if out, err = svc.NewBatch(ctx, listings, selection, opts); err != nil {
			return out, err
		}
		out.Failures, out.Several = append(failures, named.failures()...), named.several
		return out, nil
	}
	_, err = b.run(ctx)
	return err
}

// revokeArguments checks the arguments before any request.
func revokeArguments(cmd *cobra.Command, args []string, f revokeFlags, sel selectFlags) ([]webex.AuthorizationID, app.Selection, error) {
	s := app.Selection{App: sel.app, OlderThan: time.Duration(sel.olderThan), NewerThan: time.Duration(sel.newerThan)}
	given := cmd.Flags().Changed
	filtered := given("app") || given("type") || given("older-than") || given("newer-than")
	ids := make([]webex.AuthorizationID, len(args))
	for i, a := range args {
		ids[i] = webex.AuthorizationID(a)
		if err := webex.CheckID("authorization id", a); err != nil && strings.Contains(a, "@") {
			return nil, s, fmt.Errorf("%w: did you mean --user %s?", err, webex.Clean(webex.Untrusted(a)))
		} else if err != nil {
			return nil, s, err
		}
	}
	switch {
	case f.max < 1:
		return nil, s, errors.New("--max must be at least 1")
	case len(ids) > 0 && filtered:
		return nil, s, errors.New("give ids or use --app, --type, --older-than and --newer-than, not both")
	case sel.fromInventory && (given("user") || given("users-from")):
		return nil, s, errors.New("--from-inventory finds the users itself: omit --user and --users-from")
	case sel.fromInventory && !given("app"):
		return nil, s, errors.New("--from-inventory requires --app")
	case len(ids) == 0 && !filtered:
		return nil, s, errors.New("nothing selected: give ids from \"wxauth list\", or use --app, --type, --older-than or --newer-than; to revoke all tokens of a user: wxauth offboard")
	}
	if err := checkText(cmd, "app", sel.app); err != nil {
		return nil, s, err
	}
	switch t := webex.Type(sel.kind); {
	case !given("type"):
	case t != webex.TypeRefresh && t != webex.TypeAccess:
		return nil, s, fmt.Errorf("--type must be %s or %s", webex.TypeRefresh, webex.TypeAccess)
	default:
		s.Type = t
	}
	for _, name := range []string{"older-than", "newer-than"} {
		if d := map[string]time.Duration{"older-than": s.OlderThan, "newer-than": s.NewerThan}[name]; given(name) && d <= 0 {
			return nil, s, fmt.Errorf("--%s must be greater than zero, such as 30d", name)
		}
	}
	if s.OlderThan > 0 && s.NewerThan > 0 && s.OlderThan >= s.NewerThan {
		return nil, s, fmt.Errorf("no token can match both --older-than %s and --newer-than %s", app.DurationWords(s.OlderThan), app.DurationWords(s.NewerThan))
	}
	return ids, s, nil
}
