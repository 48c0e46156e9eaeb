package cli

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/internal/output"
	"github.com/wxauth/wxauth/internal/session"
)

// diffJSON is the output of diff. The times are the starts of the two sweeps.
type diffJSON struct {
	Since   *string       `json:"since"`
	Until   *string       `json:"until"`
	Added   []app.RowJSON `json:"added"`
	Removed []app.RowJSON `json:"removed"`
}

func (c *command) diffCommand() *cobra.Command {
	var (
		since            string
		tokens, exitCode bool
	)
	cmd := &cobra.Command{
		Use:   "diff",
		Short: "Show grants added and removed between two sweeps",
		Long: `Show which grants (one app authorized by one user) were added or removed between the
last two finished sweeps. With --since, the earlier sweep is the last one that started
at or before that time. Each grant is listed once, however many tokens it has. --tokens
compares tokens instead, but refreshes alone add and remove thousands of tokens. wxauth
leaves out users whom one of the sweeps could not read.`,
		Example: "  wxauth diff\n  wxauth diff --since 2026-11-16 --csv > changes.csv\n  wxauth sweep && { wxauth diff --exit-code > new.tsv || mail -s \"New apps\" it@example.com < new.tsv; }",
		Args:    exactly(0, "wxauth diff"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, at, err := c.timeFlag("since", since)
			if err != nil {
				return err
			}
			o, err := c.readOrg(cmd.Context())
			if err != nil {
				return err
			}
			after, before, err := o.Inv.Since(cmd.Context(), o.Scope, at)
			switch {
			case err != nil:
				return o.NoInventory(cmd.Context(), err)
			case before == nil:
				return session.UsageError(errors.New("there is only one sweep, so there is nothing to compare: run wxauth sweep again"))
			}
			found, err := c.printDiff(o, before, after, tokens)
			if err == nil && found && exitCode {
				return resultError{exitFound}
			}
			return err
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&since, "since", "", "compare with the newest sweep started at or before this `time`: 2026-11-16, RFC 3339, or 7d (ago)")
	fl.BoolVar(&tokens, "tokens", false, "compare tokens instead of grants")
	fl.BoolVar(&exitCode, "exit-code", false, "exit with 10 if there are differences")
	return c.readsInventory(cmd)
}

func (c *command) printDiff(o session.Organization, before, after *inventory.Inventory, tokens bool) (found bool, err error) {
	now := time.Now()
	zone := o.S.Location()
	added, removed, skipped := c.changes(o, before, after, tokens, now)
	from, to := sweepTime(before.Started, zone), sweepTime(after.Started, zone)
	if from == to {
		from, to = before.Started.In(zone).Format("15:04:05 MST"), after.Started.In(zone).Format("15:04:05 MST")
	}
	words := fmt.Sprintf("from the sweep of %s to that of %s: %d new, %d removed", from, to, len(added), len(removed))
	if skipped > 0 {
		words += fmt.Sprintf("; left out %s that one of the sweeps could not read", people(skipped))
	}
	c.say("%s", words)
	out := diffJSON{app.TimeJSON(before.Started), app.TimeJSON(after.Started), []app.RowJSON{}, []app.RowJSON{}}
	rows := []app.ChangeJSON{}
	t := output.Table{Columns: []output.Column{
		{Name: "CHANGE"},
		{Name: "USER", Soft: true},
		{Name: "APP", Soft: true},
		{Name: "TYPE"},
		{Name: "CREATED"},
		{Name: "CLIENT", Drop: 1},
		{Name: "ID"},
	}}
	id := c.shownIDs(slices.Concat(added, removed))
	for n, r := range append(added, removed...) {
		word, to := "added", &out.Added
		if n >= len(added) {
			word, to = "removed", &out.Removed
		}
		*to = append(*to, r.JSON(now))
		rows = append(rows, app.ChangeJSON{Change: word, RowJSON: r.JSON(now)})
		text := newRowText(r, id, zone, now)
		t.Add(word, rowUser(r), text.app, text.kind, text.created, string(r.ClientID), text.id)
	}
	found = len(rows) > 0
	if printed, err := c.printData(out, rows); printed {
		return found, err
	}
	return found, c.print(t)
}

// changes lists what was added and removed between two sweeps, one row each.
func (c *command) changes(o session.Organization, before, after *inventory.Inventory, tokens bool, now time.Time) (added, removed []app.Row, skipped int) {
	d := inventory.Compare(before, after)
	if tokens {
		in, out := inventory.CompareTokens(before, after)
		return app.TokenRows(in, o.S.Policy, o.Own, o.Self, now), app.TokenRows(out, o.S.Policy, o.Own, o.Self, now), d.Skipped
	}
	grants := func(refs []inventory.Ref) (rows []app.Row) {
		for _, r := range refs {
			rows = append(rows, app.GrantRow(r, o.S.Policy, o.Own, o.Self, now))
		}
		return rows
	}
	return grants(d.Added), grants(d.Removed), d.Skipped
}
