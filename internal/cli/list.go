package cli

import (
	"io"
	"runtime/debug"
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
			if !named.several && c.env.Getenv("GOGC") == "" {
				debug.SetGCPercent(400) // one user's list is printed before the first garbage collection pays off
			}
			listings, failures, err := c.listUsers(cmd.Context(), svc, named)
			if err != nil {
				return err
			}
			if len(listings) == 1 && isTerminal(c.env.Stdout) {
				listings[0].Person = describe(cmd.Context(), svc, listings[0].Who, listings[0].Person)
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
	t := output.Table{Columns: []output.Column{
		{Name: "APP", Soft: true, Style: output.Strong},
		{Name: "TYPE"},
		{Name: "CREATED", Drop: 1},
		{Name: "TIME LEFT"},
		{Name: "BASIS", Style: output.Dim},
		{Name: "NOTE", Soft: true, Style: output.Warn},
		{Name: "ID", Style: output.Dim},
	}}
	if whose {
		t.Columns = append([]output.Column{{Name: "USER", Soft: true}}, t.Columns...)
	}
	var all []app.Row
	for _, l := range listings {
		all = append(all, l.Rows...)
	}
	id := c.shownIDs(all)
	for _, l := range listings {
		age := app.AgeNotes(l.Rows, now)
		for _, r := range l.Rows {
			text := newRowText(r, id, s.Location(), now)
			if note := age(r); note != "" && isTerminal(c.env.Stdout) { // scripts read the dates
				text.note = strings.TrimSuffix(note+", "+text.note, ", ")
			}
			cells := []string{text.app, text.kind, text.created, text.left, text.basis, text.note, text.id}
			if whose {
				cells = append([]string{personWords(l.Who, l.Person)}, cells...)
			}
			t.Add(cells...)
		}
	}
	switch l := listings[0]; {
	case whose:
	case len(t.Rows) == 0:
		c.say("no app holds a token for %s", nameWords(l.Who, l.Person))
	case isTerminal(c.env.Stdout):
		c.say("%s of %s, %s", english.Count(len(t.Rows), "token"), nameWords(l.Who, l.Person), app.SignInWords(l.Person))
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

// rowText is the text of a token in tables. wxauth's own notes are a text of their own, since an
// app's name can imitate them.
type rowText struct{ app, kind, created, left, basis, note, id string }

func newRowText(r app.Row, id func(webex.AuthorizationID) string, zone *time.Location, now time.Time) rowText {
	t := rowText{
		app: app.AppName(r.Authorization), kind: app.OrDash(r.Type.String()), created: "—", left: app.LeftWords(r.Left, now),
		basis: string(r.Left.Basis), note: r.Marks(), id: app.OrDash(id(r.ID)),
	}
	if !r.Created.IsZero() {
		t.created = r.Created.In(zone).Format("2006-01-02 15:04")
	}
	return t
}

// shownIDs returns how a table shows the ids of rows: short on a terminal, otherwise whole.
func (c *command) shownIDs(rows []app.Row) func(webex.AuthorizationID) string {
	if !isTerminal(c.env.Stdout) {
		return webex.AuthorizationID.String
	}
	return app.ShortIDs(rows)
}
