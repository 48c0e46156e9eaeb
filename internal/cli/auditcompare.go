package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/audit"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/internal/output"
)

func (c *command) auditCompareCommand() *cobra.Command {
	since, delay := "", durationFlag(app.DefaultEventDelay)
	cmd := &cobra.Command{
		Use:   "compare",
		Short: "Compare the audit log with what Webex recorded",
		Long: `Compare the revokes in the audit log with Webex's admin audit events. For each revoke
that Webex accepted, wxauth looks for the event: by the authorization's id, by the
trackingId, or for an organization-wide revoke by the client id.

  recorded        Webex recorded it
  pending         younger than --delay: its event may still appear
  missing         Webex has not recorded it
  not-comparable  Webex does not record it as an admin's revoke: for example a token that
                  was revoked along with its refresh token

wxauth also lists the revokes that only Webex recorded: by another admin, or with another
program or computer. If anything is missing, or only Webex recorded it, wxauth exits with
3. This requires the Full Admin role and the scope audit:events_read.`,
		Example: "  wxauth audit compare\n  wxauth audit compare --since 30d --json | jq '.foreign'",
		Args:    exactly(0, "wxauth audit compare --since 30d"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			from := time.Now().Add(-eventsFor)
			if at, _, err := c.timeFlag("since", since); err != nil {
				return err
			} else if !at.IsZero() {
				from = at
			}
			return c.auditCompare(cmd.Context(), from, time.Duration(delay))
		},
	}
	cmd.Flags().StringVar(&since, "since", "", "compare since this `date`, or since 30d or 12h ago; default 7d")
	cmd.Flags().Var(&delay, "delay", "how long an event may take to appear")
	cmd.Flags().Lookup("delay").DefValue = "15m"
	makesCSV(cmd).Annotations["org"] = "yes" // unlike the rest of audit, it reads an organization's record
	return cmd
}

func (c *command) auditCompare(ctx context.Context, since time.Time, delay time.Duration) error {
	log, err := c.auditLog(ctx)
	if err != nil {
		return err
	}
	svc, _, err := c.scriptService(ctx)
	if err != nil {
		return err
	}
	var skipped audit.Skipped
	records := func(yield func(app.Record, error) bool) {
		for e, err := range log.Entries(ctx) {
			if errors.Is(err, audit.ErrTampered) {
				skipped.Add(err)
				continue
			}
			if !yield(app.RecordOf(e), err) {
				return
			}
		}
	}
	r, err := svc.Compare(ctx, records, since, delay)
	if err != nil {
		return err
	}
	j := r.JSON()
	printed, err := c.printData(j, j.Rows())
	if !printed {
		err = c.printComparison(r)
	}
	if err == nil {
		err = c.entriesPrinted(ctx, log, skipped.Err())
	}
	if counts := r.Counts(); err == nil && counts.Missing+counts.Foreign > 0 {
		return resultError{exitPartly}
	}
	return err
}

// printComparison prints our revokes, then those that only Webex recorded, then the counts.
func (c *command) printComparison(r app.Comparison) error {
	ours := output.Table{Columns: []output.Column{
		{Name: "SEQ"},
		{Name: "TIME"},
		{Name: "STATE"},
		{Name: "USER", Soft: true},
		{Name: "APP", Soft: true},
		{Name: "EVENT", Drop: 2},
		{Name: "ID", Drop: 1},
	}}
	for _, o := range r.Ours {
		ours.Add(strconv.FormatInt(o.Seq, 10), c.stamp(o.Time), string(o.State), string(o.Person), recordApp(o.Record), string(o.Event.ID), string(o.Row.ID))
	}
	if len(r.Ours) > 0 {
		if err := c.print(ours); err != nil {
			return err
		}
	}
	foreign := output.Table{Columns: eventColumns("ONLY IN WEBEX")}
	for _, e := range r.Foreign {
		foreign.Add(eventCells(e, c.stamp(e.Created), isTerminal(c.env.Stdout))...)
	}
	if len(r.Foreign) > 0 {
		if len(r.Ours) > 0 {
			fmt.Fprintln(c.out)
		}
		if err := c.print(foreign); err != nil {
			return err
		}
	}
	n := r.Counts()
	words := fmt.Sprintf("%s recorded by Webex", english.Count(n.Recorded, "revoke"))
	if n.Pending > 0 {
		words += fmt.Sprintf(", %d not there yet", n.Pending)
	}
	words += fmt.Sprintf(", %d missing, %d only in Webex's record", n.Missing, n.Foreign)
	if n.Missing+n.Foreign > 0 {
		words += fmt.Sprintf(" (exit %d)", exitPartly)
	}
	c.note("%s", words)
	return nil
}
