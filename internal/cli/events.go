package cli

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/internal/output"
	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/webex"
)

// eventsFor is the default period of events and comparisons.
const eventsFor = 7 * 24 * time.Hour

func (c *command) eventsCommand() *cobra.Command {
	var (
		from, to   string
		categories []string
		all        bool
	)
	cmd := &cobra.Command{
		Use:   "events",
		Short: "List what Webex recorded: revokes by any admin, and Service Apps",
		Long: `List Webex's admin audit events about tokens and apps, newest first: tokens and apps that
any admin revoked, and Service Apps that an admin authorized, with their scopes. Webex
does not record whose token was revoked. --category lists all events of a category, such
as LOGINS, and --all those of every category.

To see which revokes were not made with wxauth on this computer: "wxauth audit compare".

This command requires the Full Admin role and the scope audit:events_read. An event may
appear some time after the act; Webex does not document how long that takes.`,
		Example: "  wxauth events\n  wxauth events --from 30d --json | jq -r '.[] | select(.tokenId or .clientId) | .actor' | sort | uniq -c\n  wxauth events --from 2026-11-01 --to 2026-11-15 --category LOGINS --csv > logins.csv",
		Args:    exactly(0, "wxauth events --from 30d"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			q, err := c.eventQuery(from, to, categories, all)
			if err != nil {
				return err
			}
			return c.events(cmd.Context(), q)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&from, "from", "", "start of the period: a `date`, RFC 3339, or 30d (ago); default 7d")
	fl.StringVar(&to, "to", "", "end of the period: a `date` (its end), RFC 3339, or 2d (ago); default now")
	fl.StringSliceVar(&categories, "category", nil, "all events of this category, such as USERS, INTEGRATION or LOGINS")
	fl.BoolVar(&all, "all", false, "all events of every category")
	return makesTable(cmd)
}

func (c *command) eventQuery(from, to string, categories []string, all bool) (app.EventQuery, error) {
	now := time.Now()
	q := app.EventQuery{From: now.Add(-eventsFor), To: now.Add(time.Minute), All: all} // Webex's clock may be ahead
	if all && len(categories) > 0 {
		return q, session.UsageError(errors.New("--all and --category cannot be used together"))
	}
	for _, name := range categories {
		q.Categories = append(q.Categories, strings.ToUpper(strings.TrimSpace(name)))
	}
	if at, _, err := c.timeFlag("from", from); err != nil {
		return q, err
	} else if !at.IsZero() {
		q.From = at
	}
	if _, at, err := c.timeFlag("to", to); err != nil {
		return q, err
	} else if !at.IsZero() {
		q.To = at
	}
	if !q.From.Before(q.To) {
		return q, session.UsageError(errors.New("--from must be before --to"))
	}
	return q, nil
}

// events prints events as they arrive, so that memory use does not grow with their number.
// Only a table on a terminal needs all of them, to compute the widths of its columns.
func (c *command) events(ctx context.Context, q app.EventQuery) error {
	svc, _, err := c.scriptService(ctx)
	if err != nil {
		return err
	}
	bar := c.newBar("Reading events", 0)
	defer bar.End()
	read, unreadable := 0, 0
	each := func(visit func(webex.AdminAuditEvent) error) error {
		for e, err := range svc.Events(ctx, q) {
			if err != nil {
				return err
			}
			read++
			unreadable += btoi(e.Unreadable != "")
			bar.Show(read, 0, english.Thousands(read)+" read")
			if err := visit(e); err != nil {
				return err
			}
		}
		return nil
	}
	printed, err := streamData(c, func(write func(app.EventJSON) error) error {
		return each(func(e webex.AdminAuditEvent) error { return write(app.EventToJSON(e)) })
	})
	if !printed {
		t := output.Table{Columns: eventColumns("EVENT")}
		at := c.seconds()
		t.Stream = func(visit func(cells ...string) error) error {
			return each(func(e webex.AdminAuditEvent) error {
				return visit(eventCells(e, at(e.Created), isTerminal(c.env.Stdout))...)
			})
		}
		if isTerminal(c.env.Stdout) {
			stream := t.Stream
			t.Stream = nil
			err = stream(func(cells ...string) error { t.Add(cells...); return nil })
			bar.End()
		}
		if err == nil {
			err = c.print(t)
		}
	}
	if err != nil {
		return err
	}
	switch {
	case read == 0:
		c.say("no events in this period")
	case unreadable > 0:
		c.note("Webex sent unreadable fields in %s: these are shown as empty", english.Count(unreadable, "event"))
	}
	return nil
}

// eventColumns are the columns of a table of events; what is the heading of the event itself.
func eventColumns(what string) []output.Column {
	return []output.Column{
		{Name: "TIME"},
		{Name: what, Soft: true},
		{Name: "ACTOR", Soft: true},
		{Name: "ADDRESS", Drop: 1},
		{Name: "TOKEN OR CLIENT", Drop: 2},
	}
}

// eventCells returns a row of the table. On a terminal a client id is shortened, so that the column stays.
func eventCells(e webex.AdminAuditEvent, at string, short bool) []string {
	what, about := app.EventWords(e), string(e.ClientID)
	if short {
		about = app.ShortID(e.ClientID)
	}
	if e.TokenID != "" {
		about = e.TokenID.UUID()
	}
	if len(e.ServiceAppScopes) > 0 {
		what += ": " + app.Joined(e.ServiceAppScopes)
	}
	return []string{at, what, string(app.EventActor(e)), string(e.IP), about}
}
