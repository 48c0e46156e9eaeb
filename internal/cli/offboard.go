package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/output"
	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/webex"
)

func (c *command) offboardCommand() *cobra.Command {
	var (
		f            revokeFlags
		from, report string
		keepSignIns  bool
	)
	cmd := &cobra.Command{
		Use:   "offboard [USER...]",
		Short: "Revoke everything that apps hold on behalf of a leaver, with a report",
		Long: `Revoke everything that apps hold on behalf of users who leave. wxauth revokes refresh
tokens first, reloads the list, and revokes what is left. It ends with a report for the
ticket; "wxauth audit report --last" prints the report again from the audit log.

Before you start, block the user's sign-in at the identity provider or in Control Hub,
and reset the password. A user who can still sign in can authorize every app again.

wxauth asks you to type the user's email address (--confirm=ADDRESS) or, for several
users, the number of users (--confirm=47). It also revokes Webex's own sign-ins, which
signs the user out; use --keep-sign-ins to leave those alone.`,
		Example: `  wxauth offboard jane@example.com --dry-run
  wxauth offboard jane@example.com --report jane.md
  wxauth offboard --users-from leavers.csv --confirm=12 --report leavers.html`,
		RunE: func(cmd *cobra.Command, args []string) error {
			given := cmd.Flags().Changed
			named, err := c.usersOf(cmd.Context(), args, from, given("users-from"))
			switch {
			case err != nil:
				return session.UsageError(err)
			case f.max < 1:
				return session.UsageError(errors.New("--max must be at least 1"))
			case f.dryRun && given("report"):
				return session.UsageError(errors.New("--report cannot be used with --dry-run: nothing is revoked"))
			case len(named.people) > f.max:
				return fmt.Errorf("%w: %d users, more than --max %d; nothing was sent", app.ErrTooMany, len(named.people), f.max)
			}
			var out *reportFile
			if given("report") {
				if out, err = newReportFile(report); err != nil {
					return session.UsageError(err)
				}
				defer out.discard()
			}
			return c.offboard(cmd.Context(), f, named, app.Selection{Everything: true, KeepSignIns: keepSignIns}, out)
		},
	}
	f.addTo(cmd, 25, "users")
	cmd.Flags().StringVar(&from, "users-from", "", "`file` of users: one per line or CSV with a header; - is stdin")
	_ = cmd.Flags().MarkHidden("yes") // it never suffices here: the error says what does
	cmd.Flags().StringVar(&report, "report", "", "write the report to a new `file`: .md, .txt, .html, .csv or .json")
	cmd.Flags().BoolVar(&keepSignIns, "keep-sign-ins", false, "keep the user signed in to Webex's own apps")
	return makesCSV(cmd)
}

func (c *command) offboard(ctx context.Context, f revokeFlags, named users, everything app.Selection, out *reportFile) error {
	svc, err := c.revokingService(ctx, f, "offboard")
	if err != nil {
		return err
	}
	b := &batch{c: c, svc: svc, flags: f}
	b.plan = func(ctx context.Context) (app.Batch, error) {
		listings, failures, err := c.listUsers(ctx, svc, named)
		if err != nil {
			return app.Batch{}, err
		}
		plan, err := svc.NewBatch(ctx, listings, everything, app.PlanOptions{IncludeSelf: f.includeSelf})
		plan.Failures, plan.Several = append(failures, named.failures()...), named.several
		return plan, err
	}
	b.room = func(plan app.Batch) error {
		if out == nil {
			return nil
		}
		return out.reserve(app.NewRunReport(plan.Expected(), "", true))
	}
	b.keep = func(r app.BatchResult) error {
		if out == nil {
			return nil
		}
		return out.write(r.Report())
	}
	b.tell = func(r app.BatchResult) {
		if !c.g.json && !c.g.csv {
			fmt.Fprintf(c.env.Stderr, "\n%s", r.Report().Text())
		}
		if out != nil && out.written {
			c.note("report written to %s", webex.Clean(webex.Untrusted(out.path)))
		}
	}
	_, err = b.run(ctx)
	return err
}

// reportFile is the file of a report. It is created before anything is revoked, so that errors
// are found early.
type reportFile struct {
	*newFile
	form func(app.RunReport) ([]byte, error)

	written bool
}

// reportForms maps file extensions to formats.
var reportForms = map[string]func(app.RunReport) ([]byte, error){
	".md":   func(r app.RunReport) ([]byte, error) { return []byte(r.Markdown()), nil },
	".txt":  func(r app.RunReport) ([]byte, error) { return []byte(r.Text()), nil },
	".html": func(r app.RunReport) ([]byte, error) { return []byte(r.HTML()), nil },
	".json": func(r app.RunReport) ([]byte, error) { return app.MarshalJSON(r.JSON()) },
	".csv": func(r app.RunReport) ([]byte, error) {
		var b strings.Builder
		err := output.WriteCSV(&b, r.Rows())
		return []byte(b.String()), err
	},
}

func newReportFile(path string) (*reportFile, error) {
	form := reportForms[strings.ToLower(filepath.Ext(path))]
	if form == nil {
		return nil, errors.New("--report: the file name must end with .md, .txt, .html, .csv or .json")
	}
	if _, err := os.Lstat(path); err == nil {
		return nil, fmt.Errorf("--report: %s already exists; choose another file", webex.Quote(path))
	}
	file, err := createNew(path)
	if err != nil {
		return nil, fmt.Errorf("--report: cannot write %s; nothing was sent: %w", webex.Quote(path), err)
	}
	return &reportFile{newFile: file, form: form}, nil
}

// reserve allocates disk space for a report as long as the given one.
func (r *reportFile) reserve(like app.RunReport) error {
	b, err := r.form(like)
	if err == nil {
		err = r.newFile.reserve(len(b) + 16<<10)
	}
	if err != nil {
		return fmt.Errorf("write report %s: %w; nothing was sent", webex.Quote(r.path), err)
	}
	return nil
}

// write saves the report, readable only by its owner.
func (r *reportFile) write(report app.RunReport) error {
	b, err := r.form(report)
	if err == nil {
		err = r.replace(b)
	}
	if err == nil {
		err = r.finish()
	}
	if err != nil {
		return fmt.Errorf("write report %s: %w; to create it again: wxauth audit report --last", webex.Quote(r.path), err)
	}
	r.written = true
	return nil
}
