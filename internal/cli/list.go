package cli

import (
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/internal/output"
	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/webex"
)

func (c *command) listCommand() *cobra.Command {
	var from string
	cmd := &cobra.Command{
		Use:     "list [USER...]",
		Aliases: []string{"ls"},
		Short:   "List the tokens that apps hold on behalf of users",
		Long: `List the tokens that apps hold on behalf of users. USER is an email address, a person
id, or "me". On a terminal, ids are shortened to the beginning of their UUID, which
wxauth revoke accepts, and NOTE also says which apps are new today or stale. Elsewhere ids
are complete.`,
		Example: `  wxauth list jane@example.com
  wxauth list me --json | jq -r '.[] | select(.basis == "assumed") | .id'
  wxauth list --users-from team.csv --csv > tokens.csv`,
		RunE: func(cmd *cobra.Command, args []string) error {
			named, err := c.usersOf(cmd.Context(), args, from, cmd.Flags().Changed("users-from"))
			if err != nil {
				return session.UsageError(err)
			}
			svc, s, err := c.scriptService(cmd.Context())
			if err != nil {
				return err
			}
			listings, failures, err := c.listUsers(cmd.Context(), svc, named)
			if err != nil {
				return err
			}
			if err := c.printLists(listings, named.column, s); err != nil {
				return err
			}
			if len(failures)+len(named.bad) > 0 {
				return resultError{exitPartly}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&from, "users-from", "", "`file` of users: one per line or CSV with a header; - is stdin")
	return makesTable(cmd)
}

func (c *command) printLists(listings []app.Listing, whose bool, s session.Settings) error {
	now := time.Now()
	rows := func(yield func(*app.Row) bool) {
		for _, l := range listings {
			for i := range l.Rows {
				if !yield(&l.Rows[i]) {
					return
				}
			}
		}
	}
	switch {
	case c.g.json:
		return c.printed(func(w io.Writer) error { return app.WriteRows(w, rows, now) })
	case c.g.csv:
		var out []app.RowJSON
		for r := range rows {
			out = append(out, r.JSON(now))
		}
		_, err := c.printData(nil, out)
		return err
	}
	header := []string{"APP", "TYPE", "CREATED", "TIME LEFT", "BASIS", "NOTE", "ID"}
	t := output.Table{Header: header, Soft: []int{0, 5}, Optional: []int{4}, Strong: []int{0}, Dim: []int{4, 6}, Warn: []int{5}}
	if whose {
		t.Header, t.Soft = append([]string{"USER"}, header...), []int{0, 1, 6}
		t.Optional, t.Strong, t.Dim, t.Warn = []int{5}, []int{1}, []int{5, 7}, []int{6}
	}
	var all []app.Row
	for _, l := range listings {
		all = append(all, l.Rows...)
	}
	id := c.shownIDs(all)
	for _, l := range listings {
		age := app.AgeNotes(l.Rows, now)
		for _, r := range l.Rows {
			cells := rowCells(r, id, s.Location(), now)
			if note := age(r); note != "" && isTerminal(c.env.Stdout) { // scripts read the dates
				cells[5] = strings.TrimSuffix(note+", "+cells[5], ", ")
			}
			if whose {
				cells = append([]string{personWords(l.Who, l.Person)}, cells...)
			}
			t.Add(cells...)
		}
	}
	if rows := len(t.Rows); rows == 0 && !whose {
		c.say("no app holds a token for %s", personWords(listings[0].Who, listings[0].Person))
	}
	return c.print(t)
}

// noteUnreadable reports how many rows have fields that wxauth cannot parse.
func (c *command) noteUnreadable(listings []app.Listing) {
	n, fields := 0, []string{}
	for _, l := range listings {
		for _, r := range l.Rows {
			if r.Unreadable == "" {
				continue
			}
			n++
			for _, f := range strings.Split(r.Unreadable, ", ") {
				if !slices.Contains(fields, f) {
					fields = append(fields, f)
				}
			}
		}
	}
	if n > 0 {
		rows := "1 row"
		if n > 1 {
			rows = english.Thousands(n) + " rows"
		}
		c.note("Webex sent %s with unreadable fields (%s): these are shown as empty", rows, strings.Join(fields, ", "))
	}
}

func rowCells(r app.Row, id func(webex.AuthorizationID) string, zone *time.Location, now time.Time) []string {
	created := "—"
	if !r.Created.IsZero() {
		created = r.Created.In(zone).Format("2006-01-02 15:04")
	}
	// wxauth's own notes have their own column, since an app name can imitate them
	return []string{app.AppName(r.Authorization), app.OrDash(r.Type.String()), created, app.LeftWords(r.Left, now), string(r.Left.Basis), r.Marks(), app.OrDash(id(r.ID))}
}

// shownIDs returns how a table shows the ids of rows: short on a terminal, otherwise whole.
func (c *command) shownIDs(rows []app.Row) func(webex.AuthorizationID) string {
	if !isTerminal(c.env.Stdout) {
		return webex.AuthorizationID.String
	}
	return app.ShortIDs(rows)
}
