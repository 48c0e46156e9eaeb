package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/audit"
	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/internal/nearest"
	"github.com/wxauth/wxauth/internal/output"
	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/webex"
)

// recordFilter selects the entries that "audit list" prints.
type recordFilter struct {
	user, app string // empty for all
	from      time.Time
}

func (f recordFilter) fits(r app.Record) bool {
	return (f.user == "" || strings.EqualFold(string(r.Person), f.user)) && !r.Time.Before(f.from) &&
		(f.app == "" || strings.EqualFold(string(r.Row.ApplicationName), f.app) || string(r.Row.ClientID) == f.app)
}

func (c *command) auditListCommand() *cobra.Command {
	var user, named, since string
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the audit log, oldest entry first",
		Example: "  wxauth audit list --user jane@example.com\n  wxauth audit list --since 7d --json | jq '.[] | select(.outcome == \"failed\")'",
		Args:    exactly(0, "wxauth audit list"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := cmp.Or(checkText(cmd, "user", user), checkText(cmd, "app", named)); err != nil {
				return session.UsageError(err)
			}
			from, _, err := c.timeFlag("since", since)
			if err != nil {
				return err
			}
			return c.auditList(cmd.Context(), recordFilter{plainAddress(user), strings.TrimSpace(named), from})
		},
	}
	cmd.Flags().StringVar(&user, "user", "", "only entries about this `user`, as named in the log")
	cmd.Flags().StringVar(&named, "app", "", "only entries about this app, by `name` or client id")
	cmd.Flags().StringVar(&since, "since", "", "only entries since this `date`, or since 7d or 12h ago")
	return makesTable(cmd)
}

// auditList prints the entries one at a time, so memory use does not grow with the log. For a
// table on a terminal it reads the log twice, first to compute the column widths.
func (c *command) auditList(ctx context.Context, filter recordFilter) error {
	log, err := c.auditLog(ctx)
	if err != nil {
		return err
	}
	all, fit := 0, 0
	rows := func(visit func(app.Record) error) error {
		all, fit = 0, 0
		return c.auditRecords(ctx, log, func(r app.Record) error {
			all++
			if !filter.fits(r) {
				return nil
			}
			fit++
			return visit(r)
		})
	}
	// Report skipped lines after everything else.
	var left error
	tolerant := func(err error) error {
		if errors.Is(err, audit.ErrTampered) {
			left, err = err, nil
		}
		return err
	}
	printed, err := streamData(c, func(write func(app.RecordJSON) error) error {
		return tolerant(rows(func(r app.Record) error { return write(r.JSON()) }))
	})
	if !printed {
		err = c.print(output.Table{
			Columns: []output.Column{
				{Name: "SEQ", Style: output.Dim},
				{Name: "TIME"},
				{Name: "ACTOR", Soft: true, Drop: 3},
				{Name: "ACTION", Drop: 2},
				{Name: "USER", Soft: true, Style: output.Strong},
				{Name: "PHASE"},
				{Name: "OUTCOME"},
				{Name: "TYPE"},
				{Name: "APP", Soft: true, Style: output.Strong},
				{Name: "ERROR", Soft: true, Drop: 4, Style: output.Warn},
				{Name: "ID", Drop: 1, Style: output.Dim},
			},
			Stream: func(visit func(cells ...string) error) error {
				at := c.seconds()
				return tolerant(rows(func(r app.Record) error { return visit(recordCells(r, at(r.Time))...) }))
			},
		})
	}
	if err == nil && fit == 0 { // an empty log and a name without matches must look different
		err = c.sayNothingFound(ctx, log, all, filter)
	}
	if err != nil {
		return err
	}
	return c.entriesPrinted(ctx, log, left)
}

// recordApp names the app of a record.
func recordApp(r app.Record) string {
	switch {
	case r.Action == app.ActionRevokeApp:
		return "client " + string(r.Row.ClientID)
	case r.Row.ClientID != "" || r.Row.ID != "":
		return app.ShortName(r.Row)
	}
	return ""
}

func recordCells(r app.Record, at string) []string {
	return []string{
		strconv.FormatInt(r.Seq, 10), at, string(r.Actor), r.Action, string(r.Person), r.Phase(), string(r.Outcome), string(r.Row.Type), recordApp(r), r.Error, string(r.Row.ID),
	}
}

// seconds formats times for the table. Most entries have the same second as the one before, so
// it caches the last one.
func (c *command) seconds() func(time.Time) string {
	var last int64
	words := ""
	return func(t time.Time) string {
		if s := t.Unix(); words == "" || s != last {
			last, words = s, t.In(c.inZone()).Format("2006-01-02 15:04:05 MST")
		}
		return words
	}
}

// sayNothingFound says how many entries were searched for what, and suggests a similar name.
func (c *command) sayNothingFound(ctx context.Context, log audit.Trail, entries int, filter recordFilter) error {
	words := "no match in " + english.Count(entries, "entry")
	asks := []*struct {
		typed      string
		name       func(app.Record) string
		known      bool
		near, part string
	}{
		{typed: filter.user, name: func(r app.Record) string { return string(r.Person) }},
		{typed: filter.app, name: func(r app.Record) string { return string(r.Row.ApplicationName) }},
	}
	if filter.user != "" || filter.app != "" {
		err := c.auditRecords(ctx, log, func(r app.Record) error {
			for _, ask := range asks {
				if ask.typed != "" && !ask.known {
					name := ask.name(r)
					ask.known = strings.EqualFold(name, ask.typed)
					ask.near = nearest.Word(ask.typed, []string{ask.near, name})
					if ask.part == "" && strings.Contains(strings.ToLower(name), strings.ToLower(ask.typed)) {
						ask.part = name
					}
				}
			}
			return nil
		})
		if err != nil && !errors.Is(err, audit.ErrTampered) {
			return err
		}
	}
	for _, ask := range asks {
		if ask.typed == "" || ask.known {
			continue
		}
		words += fmt.Sprintf("; no entry names %s", webex.Quote(ask.typed))
		if near := cmp.Or(ask.near, ask.part); near != "" {
			words += ": did you mean " + string(webex.Clean(webex.Untrusted(near))) + "?"
		}
	}
	c.say("%s", words)
	return nil
}

// timeFlag parses the value of a flag: a duration before now, a time, or a date in the configured time
// zone, which means that whole day, from one time to the other. Without a value both are zero.
func (c *command) timeFlag(name, text string) (from, to time.Time, err error) {
	if strings.TrimSpace(text) == "" {
		return from, to, nil
	}
	s, err := c.Load()
	if err != nil {
		return from, to, err
	}
	if from, to, err = config.ParseTime(text, time.Now(), s.Location()); err != nil {
		err = session.UsageError(fmt.Errorf("--%s: %w", name, err))
	}
	return from, to, err
}
