package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/audit"
	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/webex"
)

// auditReportFlags are the flags of "audit report".
type auditReportFlags struct {
	last, notice bool
	user, reason string
}

func (c *command) auditReportCommand() *cobra.Command {
	var f auditReportFlags
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Print the report of the last revoke or offboard again",
		Long: `Print the report of the last revoke or offboard again, as Markdown for a ticket: the
verdict, a line for each app, what to do next, and the tokens with their ids at the end.

--notice prints a short text for the user instead, without ids: which apps lost their
access, and what to do. --reason is its reason.`,
		Example: "  wxauth audit report --last | pbcopy\n  wxauth audit report --user jane@example.com\n  wxauth audit report --last --notice --reason 'you left the sales team'",
		Args:    exactly(0, "wxauth audit report --last"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case f.reason != "" && !f.notice:
				return session.UsageError(errors.New("--reason requires --notice"))
			case f.notice && (c.g.json || c.g.csv):
				return session.UsageError(errors.New("--notice prints a text: it cannot be used with --json and --csv"))
			case !f.last && f.user == "":
				return session.UsageError(errors.New("choose a report: --last for the last revoke or offboard, --user ADDRESS for the last one of that user"))
			}
			f.user = plainAddress(f.user)
			return c.auditReport(cmd.Context(), f)
		},
	}
	cmd.Flags().BoolVar(&f.notice, "notice", false, "print a short text for the user, without ids")
	cmd.Flags().StringVar(&f.reason, "reason", "", "the `reason` in that text")
	cmd.Flags().BoolVar(&f.last, "last", false, "print the report of the last revoke or offboard")
	cmd.Flags().StringVar(&f.user, "user", "", "print the report of the last revoke or offboard of this `user`")
	return makesCSV(cmd)
}

// auditReport prints the report of the newest run, or of the newest run for the given user. It
// keeps only that run in memory.
func (c *command) auditReport(ctx context.Context, f auditReportFlags) error {
	user := f.user
	log, err := c.auditLog(ctx)
	if err != nil {
		return err
	}
	finder := app.NewRunFinder(user)
	left := c.auditRecords(ctx, log, func(r app.Record) error {
		finder.Take(r)
		return nil
	})
	switch {
	case left != nil && !errors.Is(left, audit.ErrTampered):
		return left
	case finder.Run() != "":
	case left != nil:
		return left
	case user != "" && !strings.Contains(user, "@"):
		return fmt.Errorf("%w: the log identifies people by email address, and %s is not one; example: --user jane@example.com", app.ErrNoMatch, webex.Quote(user))
	case user != "":
		return fmt.Errorf("%w: the log has no revoke of %s", app.ErrNoMatch, webex.Quote(user))
	default:
		return fmt.Errorf("%w: the log has no revoke yet", app.ErrNoMatch)
	}
	entries, head, err := log.Run(ctx, finder.Run())
	if err != nil {
		return err
	}
	run := make([]app.Record, len(entries))
	for i, e := range entries {
		run[i] = app.RecordOf(e)
	}
	changed, err := c.trustRun(ctx, run)
	if err != nil {
		return err
	}
	r := app.NewRunReport(run, head.String(), true)
	notice, noneErr := r.Notice(f.reason)
	if f.notice && noneErr != nil {
		return fmt.Errorf("--notice: %w", noneErr)
	}
	printed, err := c.printData(r.JSON(), r.Rows())
	switch {
	case printed:
	case f.notice:
		if _, err = fmt.Fprint(c.env.Stdout, notice); f.reason == "" {
			c.note("fill in the reason, or give it with --reason")
		}
	default:
		_, err = fmt.Fprint(c.env.Stdout, r.Markdown())
	}
	if err != nil {
		return err
	}
	c.noteMoved(log)
	return partlyIfTampered(cmp.Or(changed, left))
}

// trustRun returns an error if a line of the run was changed or is missing, since a report of
// it would prove nothing. changed is not nil if the log was changed elsewhere: a newer run may
// be missing. If the log cannot be verified, trustRun prints a note.
func (c *command) trustRun(ctx context.Context, run []app.Record) (changed, err error) {
	s, err := c.Load()
	if err != nil {
		return nil, err
	}
	words := c.logChange(ctx, s)
	if words == "" {
		return nil, nil
	}
	k, err := c.Store(ctx, s)
	if err != nil {
		return nil, err
	}
	if sound, err := k.Trail.Unbroken(ctx, run[0].Seq, run[len(run)-1].Seq); err != nil || !sound {
		return nil, fmt.Errorf("%w: no report can be made from it: %s; wxauth audit list shows its entries", audit.ErrTampered, words)
	}
	return fmt.Errorf("%w: %s; the entries reported here are intact, but later entries of this run, or a newer run, may be missing", audit.ErrTampered, words), nil
}
