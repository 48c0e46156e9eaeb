package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/audit"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/internal/output"
	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/webex"
)

// appSorts are the values of --sort.
var appSorts = map[string]inventory.AppSort{
	"flags": inventory.AppsFlagged, "people": inventory.AppsByPeople, "users": inventory.AppsByPeople, "newest": inventory.AppsByNewest, "name": inventory.AppsByName,
}

// shownApps is how many apps a table on a terminal shows.
const shownApps = 20

func (c *command) appsCommand() *cobra.Command {
	order, limit := "flags", 0
	cmd := c.readsInventory(&cobra.Command{
		Use:   "apps",
		Short: "List the apps that hold tokens in the organization",
		Long: `List every app in the newest sweep: how many people authorized it, how many tokens it
holds, and its oldest and newest token. Flags mark apps that are worth checking:

  new         not found in any earlier sweep
  look-alike  its name looks like the name of another app
  odd-name    its name has hidden characters, mixes alphabets within a word, has no
              letters or digits, or is a test name such as "My test app"
  one-person  only one person authorized it

A flag does not mean that an app is malicious: check the app before you revoke it.

The tokens of Service Apps belong to machine accounts, which a sweep does not find. If the
login has the scope audit:events_read, the sweep lists the Service Apps that an admin
authorized in the last year, with their scopes.`,
		Example: "  wxauth apps\n  wxauth apps --json | jq -r '.[] | select(.flags | index(\"look-alike\")) | .clientId'",
		Args:    exactly(0, "wxauth apps"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			by, ok := appSorts[order]
			switch {
			case !ok:
				return session.UsageError(fmt.Errorf("--sort must be flags, users, newest or name, is %s", webex.Quote(order)))
			case limit < 0 || limit == 0 && cmd.Flags().Changed("limit"):
				return session.UsageError(errors.New("--limit must be at least 1"))
			case limit == 0 && isTerminal(c.env.Stdout) && !c.g.json && !c.g.csv:
				limit = shownApps
			}
			o, err := c.readOrg(cmd.Context())
			if err != nil {
				return err
			}
			v, before, err := o.Inv.LatestTwo(cmd.Context(), o.Scope)
			if err != nil {
				return o.NoInventory(cmd.Context(), err)
			}
			c.sayWhich(v, o.S.Location())
			all := inventory.NewAppList(v.Apps(o.S.Policy.WebexSignIn, before))
			var apps []inventory.App
			for _, n := range all.Arrange(by, "") {
				apps = append(apps, all.App(n))
			}
			return c.printApps(apps, order, limit)
		},
	})
	cmd.Flags().StringVar(&order, "sort", order, "order: flags (most suspicious first), users, newest or name")
	cmd.Flags().IntVar(&limit, "limit", 0, "show at most this many apps (default 20 on a terminal, otherwise all)")
	return cmd
}

func (c *command) printApps(apps []inventory.App, order string, limit int) error {
	all := len(apps)
	if limit > 0 {
		apps = apps[:min(limit, all)]
	}
	out := make([]app.AppJSON, len(apps))
	t := output.Table{Columns: []output.Column{
		{Name: "APP", Soft: true, Style: output.Strong},
		{Name: "PEOPLE"},
		{Name: "REFRESH"},
		{Name: "ACCESS", Drop: 2},
		{Name: "OLDEST", Drop: 3},
		{Name: "NEWEST"},
		{Name: "CLIENT", Drop: 1, Style: output.Dim},
		{Name: "FLAGS", Soft: true, Style: output.Warn},
	}}
	now, services := time.Now(), 0
	for i, a := range apps {
		out[i] = app.NewAppJSON(a)
		var flags []string
		if a.SignIn {
			flags = append(flags, "Webex sign-in")
		}
		if a.Service != nil {
			flags = append(flags, "Service App: "+app.ServiceAppWords(*a.Service))
			services++
		}
		if webex.IsAgentApp(a.Name) {
			flags = append(flags, "AI agent")
		}
		for _, f := range a.Flags {
			flags = append(flags, f.Word+": "+f.Evidence)
		}
		t.Add(appName(a), english.Thousands(a.People), english.Thousands(a.Refresh), english.Thousands(a.Access),
			app.AgeWords(a.Oldest, now), app.AgeWords(a.Newest, now), string(a.ClientID), strings.Join(flags, "; "))
	}
	if printed, err := c.printData(out, out); printed {
		return err
	}
	if err := c.print(t); err != nil {
		return err
	}
	counts := map[string]int{}
	for _, a := range apps {
		for _, w := range a.Words() {
			counts[w]++
		}
	}
	words := english.Thousands(len(apps)) + " apps"
	if len(apps) == 1 {
		words = "1 app"
	}
	for _, w := range []string{inventory.FlagLookAlike, inventory.FlagNew, inventory.FlagOddName, inventory.FlagOnePerson} {
		if counts[w] > 0 {
			words += fmt.Sprintf(", %s %s", english.Thousands(counts[w]), w)
		}
	}
	if services > 0 {
		words += ", " + english.Count(services, "Service App")
	}
	if order == "flags" {
		words += "; most suspicious first"
	}
	if len(apps) < all {
		words = fmt.Sprintf("the first %s of %s apps; all of them: --limit %d", english.Thousands(len(apps)), english.Thousands(all), all)
	}
	c.say("%s", words)
	return nil
}

func appName(a inventory.App) string {
	return app.AppName(webex.Authorization{ApplicationName: a.Name, ClientID: a.ClientID})
}

func (c *command) appCommand() *cobra.Command {
	return c.readsInventory(&cobra.Command{
		Use:   "app NAME|CLIENT_ID",
		Short: "Show who authorized an app",
		Long: `Show every token that an app holds in the organization, according to the newest sweep:
its user, its age and its remaining time. The newest tokens are listed first.`,
		Example: "  wxauth app \"Meeting Sync\"\n  wxauth app C1d4e… --json | jq -r '.[].personEmail' | sort -u",
		Args:    exactly(1, "wxauth app \"Meeting Sync\""),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkNamed("the app", args[0]); err != nil {
				return session.UsageError(err)
			}
			o, err := c.readOrg(cmd.Context())
			if err != nil {
				return err
			}
			v, err := c.latest(cmd.Context(), o)
			if err != nil {
				return err
			}
			a, err := app.FindApp(v.Apps(o.S.Policy.WebexSignIn, nil), args[0])
			if err != nil {
				return err
			}
			if a.Service != nil {
				c.say("a Service App, %s; its tokens belong to a machine account, which the sweep does not list", app.ServiceAppWords(*a.Service))
			}
			for _, f := range a.Flags {
				c.say("%s: %s", f.Word, webex.Clean(webex.Untrusted(f.Evidence)))
			}
			if n := c.revokedSince(cmd.Context(), o.S, v.Started, a.ClientID); n > 0 {
				c.say("tokens of this app that wxauth revoked since that sweep: %d; the list may still show them (wxauth audit list)", n)
			}
			return c.printHolders(o, v.Holders(a))
		},
	})
}

// revokedSince counts the tokens of an app that wxauth revoked after the given time. It returns
// 0 if the audit log cannot be read.
func (c *command) revokedSince(ctx context.Context, s session.Settings, since time.Time, client webex.ClientID) (n int) {
	records, _, err := c.Recorder(s).Records(ctx, newestRecords)
	if err != nil && !errors.Is(err, audit.ErrTampered) {
		return 0 // the count is only informational
	}
	for _, r := range records {
		n += btoi(r.Outcome.Gone() && r.Row.ClientID == client && client != "" && r.Time.After(since))
	}
	return n
}

// newestRecords is how many of the newest records revokedSince reads.
const newestRecords = 20_000

func (c *command) printHolders(o session.Organization, holders []inventory.Ref) error {
	now := time.Now()
	out := []app.RowJSON{}
	t := output.Table{Columns: []output.Column{
		{Name: "USER", Soft: true, Style: output.Strong},
		{Name: "APP", Soft: true, Drop: 1},
		{Name: "TYPE"},
		{Name: "CREATED"},
		{Name: "TIME LEFT"},
		{Name: "BASIS", Style: output.Dim},
		{Name: "NOTE", Drop: 2, Style: output.Warn},
		{Name: "ID", Style: output.Dim},
	}}
	rows := app.InventoryRows(holders, o.S.Policy, o.Own, o.Self, now)
	id := c.shownIDs(rows)
	for _, r := range rows {
		out = append(out, r.JSON(now))
		text := newRowText(r, id, o.S.Location(), now)
		t.Add(rowUser(r), text.app, text.kind, text.created, text.left, text.basis, text.note, text.id)
	}
	if printed, err := c.printData(out, out); printed {
		return err
	}
	return c.print(t)
}

// rowUser returns the name of the user that an inventory row belongs to.
func rowUser(r app.Row) string {
	if r.Email != "" {
		return string(r.Email)
	}
	return string(r.PersonID)
}

func (c *command) staleCommand() *cobra.Command {
	older := durationFlag(app.StaleAfter)
	cmd := &cobra.Command{
		Use:   "stale",
		Short: "List grants that look unused",
		Long: `List the tokens of grants (one app authorized by one user) that look unused: at the time
of the sweep, the newest token that the app held for the user was older than
--older-than. An access token usually lasts 14 days, so an app in use gets a new one at
least every 14 days. An older one suggests that the user no longer uses the app. Webex
does not report when a token was last used.`,
		Example: "  wxauth stale --older-than 90d\n  wxauth stale --csv > stale.csv",
		Args:    exactly(0, "wxauth stale --older-than 90d"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if older <= 0 {
				return session.UsageError(errors.New("--older-than must be greater than zero, such as 30d"))
			}
			o, err := c.readOrg(cmd.Context())
			if err != nil {
				return err
			}
			v, err := c.latest(cmd.Context(), o)
			if err != nil {
				return err
			}
			if d := time.Duration(older); d < app.UsedWithin {
				c.note("an access token lasts %d days, so this list may include apps in use: --older-than %[1]dd or more leaves them out", app.UsedWithin/(24*time.Hour))
			}
			return c.printStale(o, v, time.Duration(older))
		},
	}
	cmd.Flags().Var(&older, "older-than", "minimum age of the last issued token: 90d, 2w")
	cmd.Flags().Lookup("older-than").DefValue = "30d"
	return c.readsInventory(cmd)
}

func (c *command) printStale(o session.Organization, v *inventory.Inventory, limit time.Duration) error {
	now := time.Now()
	out := []app.StaleJSON{}
	t := output.Table{Columns: []output.Column{
		{Name: "USER", Soft: true, Style: output.Strong},
		{Name: "APP", Soft: true},
		{Name: "LAST TOKEN"},
		{Name: "TYPE"},
		{Name: "CREATED", Drop: 1},
		{Name: "TIME LEFT"},
		{Name: "ID", Style: output.Dim},
	}}
	refs := v.Stale(limit, v.Started) // the inventory knows nothing after its own start
	var rows []app.Row
	var newest []time.Time // token of each row's grant
	for _, ref := range refs {
		of := app.InventoryRows([]inventory.Ref{ref}, o.S.Policy, o.Own, o.Self, now)
		rows, newest = append(rows, of...), append(newest, slices.Repeat([]time.Time{ref.Grant().Newest()}, len(of))...)
	}
	id := c.shownIDs(rows)
	for i, r := range rows {
		last := newest[i]
		out = append(out, app.StaleJSON{RowJSON: r.JSON(now), LastSign: app.TimeJSON(last)})
		text := newRowText(r, id, o.S.Location(), now)
		t.Add(rowUser(r), text.app, app.AgeWords(last, now), text.kind, text.created, text.left, text.id)
	}
	if printed, err := c.printData(out, out); printed {
		return err
	}
	return c.print(t)
}
