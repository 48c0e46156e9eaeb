package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/audit"
	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/internal/nearest"
	"github.com/wxauth/wxauth/webex"
)

func (c *command) auditCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "The record of every revoke: list it, check it, export it",
		Long: `Every attempt to revoke something stands in the audit log: an intent before the
request, an outcome after it. Each line carries a code over its content and the line
before, made with a key in the token store, where the end of the log is anchored too:
"verify" finds what was changed, removed, moved, inserted or cut off. Against the owner
of that key it proves nothing: ship the log elsewhere for that, and compare it with
Webex's own admin audit events.`,
		Example: "  wxauth audit list\n  wxauth audit verify\n  wxauth audit report --last",
		Args:    exactly(0, "wxauth audit list"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.auditListCommand(), c.auditVerifyCommand(), c.auditExportCommand(), c.auditReportCommand())
	return cmd
}

// auditLog returns the log for reading, without its key.
func (c *command) auditLog() (*audit.Log, error) {
	path := config.AuditLogPath(c.env.Getenv)
	if path == "" {
		return nil, usageError{errors.New("there is no home directory for an audit log: set XDG_STATE_HOME"), codeConfig}
	}
	return audit.New(path, nil), nil
}

// auditRecords reads the log. A line that is none is told, and the others stand.
func (c *command) auditRecords() ([]app.Record, error) {
	log, err := c.auditLog()
	if err != nil {
		return nil, err
	}
	var out []app.Record
	for e, err := range log.Entries() {
		switch {
		case errors.Is(err, audit.ErrTampered):
			c.note("%s: wxauth audit verify says more", err)
		case err != nil:
			return nil, err
		default:
			out = append(out, app.RecordOf(e))
		}
	}
	return out, nil
}

func (c *command) auditListCommand() *cobra.Command {
	var user, named, since string
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the record, oldest first",
		Example: "  wxauth audit list --user jane@example.com\n  wxauth audit list --since 7d --json | jq '.[] | select(.outcome == \"failed\")'",
		Args:    exactly(0, "wxauth audit list"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := c.auditRecords()
			if err != nil {
				return err
			}
			rows := []app.RecordJSON{}
			from, err := sinceTime(since, c.inZone())
			if err != nil {
				return usageError{fmt.Errorf("--since: %w", err), codeUsage}
			}
			var people, apps []string
			t := table{header: []string{"SEQ", "TIME", "ACTOR", "ACTION", "USER", "PHASE", "OUTCOME", "TYPE", "APP", "ERROR", "ID"}, soft: []int{2, 4, 8}, optional: []int{10, 9, 3, 2}}
			for _, r := range all {
				j := r.JSON()
				people, apps = append(people, j.Person), append(apps, j.ApplicationName)
				if cmd.Flags().Changed("user") && !strings.EqualFold(string(r.Person), strings.TrimSpace(user)) || r.Time.Before(from) ||
					cmd.Flags().Changed("app") && !strings.EqualFold(j.ApplicationName, strings.TrimSpace(named)) && j.ClientID != named {
					continue
				}
				rows = append(rows, j)
				name := ""
				switch {
				case r.Action == app.ActionRevokeApp:
					name = "client " + j.ClientID
				case j.ClientID != "" || j.ID != "":
					name = app.ShortName(r.Row)
				}
				t.add(fmt.Sprint(j.Seq), r.Time.In(c.inZone()).Format("2006-01-02 15:04:05 MST"), j.Actor, j.Action, j.Person, j.Phase, j.Outcome, j.Type, name, j.Error, j.ID)
			}
			if len(rows) == 0 { // nothing, or nothing of that name: the two must not look alike
				c.sayNothingFound(len(all), user, people, named, apps)
			}
			if printed, err := c.printData(rows, rows); printed {
				return err
			}
			return c.printTable(t)
		},
	}
	cmd.Flags().StringVar(&user, "user", "", "only what concerns this `user`, as the log names it")
	cmd.Flags().StringVar(&named, "app", "", "only what concerns this app, by `name` or client id")
	cmd.Flags().StringVar(&since, "since", "", "only what is not older: 7d, 12h, or a `date`")
	return makesCSV(cmd)
}

// sayNothingFound says what was looked for in how much, and which name may have been meant.
func (c *command) sayNothingFound(entries int, user string, people []string, named string, apps []string) {
	words := fmt.Sprintf("nothing fits among %d entries", entries)
	for _, ask := range []struct {
		typed string
		known []string
	}{{user, people}, {named, apps}} {
		typed := strings.TrimSpace(ask.typed)
		if typed == "" || slices.ContainsFunc(ask.known, func(k string) bool { return strings.EqualFold(k, typed) }) {
			continue
		}
		words += fmt.Sprintf("; no entry names %s", webex.Quote(typed))
		near := nearest.Word(typed, ask.known)
		for _, k := range ask.known {
			if near == "" && strings.Contains(strings.ToLower(k), strings.ToLower(typed)) {
				near = k
			}
		}
		if near != "" {
			words += ": did you mean " + string(webex.Clean(webex.Untrusted(near))) + "?"
		}
	}
	c.say("%s", words)
}

// sinceTime reads from when on: a duration back from now, a time, or a date, of which the
// whole day counts. Empty is from the beginning.
func sinceTime(text string, zone *time.Location) (time.Time, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return time.Time{}, nil
	}
	if day, err := time.ParseInLocation(time.DateOnly, text, zone); err == nil {
		return day, nil
	}
	return config.ParseTime(text, time.Now())
}

// auditVerifyJSON is what "audit verify" prints.
type auditVerifyJSON struct {
	Path     string            `json:"path"`
	Entries  int64             `json:"entries"`
	Head     string            `json:"head"`
	Beyond   int64             `json:"beyondAnchor"`
	Torn     bool              `json:"torn"`
	SetAside []string          `json:"setAside"` // earlier logs, whose keys are gone
	Problem  *auditProblemJSON `json:"problem"`
}

type auditProblemJSON struct {
	Line   int64        `json:"line"`
	Seq    int64        `json:"seq"`
	Kind   audit.Change `json:"kind"`
	Detail string       `json:"detail"`
}

func (c *command) auditVerifyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "verify [HEAD]",
		Short: "Check that the log is what was written",
		Long: `Check every line of the log, and its end, against the key and the head in the token
store. The first line that is not what was written is named, with the kind of change
that it looks like. HEAD, as reports print it, must then be in the log too.`,
		Example: "  wxauth audit verify\n  wxauth audit verify 48:pJ7…   # the head that a report names",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError{fmt.Errorf("%d arguments given, one head at most; an example: wxauth audit verify", len(args)), codeUsage}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			var want audit.Head
			if len(args) == 1 {
				var err error
				if want, err = audit.ParseHead(args[0]); err != nil {
					return usageError{err, codeUsage}
				}
			}
			return c.auditVerify(cmd.Context(), want)
		},
	}
}

func (c *command) auditVerify(ctx context.Context, want audit.Head) error {
	s, err := c.load()
	if err != nil {
		return err
	}
	path := config.AuditLogPath(c.env.Getenv)
	k, err := c.store(ctx, s)
	if err != nil {
		return err
	}
	if k.bolt == nil {
		return usageError{errors.New("with the key source memory there is no log that could be checked"), codeConfig}
	}
	log := c.auditLogOf(k)
	r, err := log.Verify(ctx, want)
	if err != nil {
		return err
	}
	out := auditVerifyJSON{Path: path, Entries: r.Entries, Head: r.Head.String(), Beyond: r.Beyond, Torn: r.Torn, SetAside: log.SetAside()}
	for _, aside := range out.SetAside {
		c.note("%s is an earlier log, whose key went with its store: nothing can be checked in it", webex.Clean(webex.Untrusted(aside)))
	}
	if p := r.Problem; p != nil {
		out.Problem = &auditProblemJSON{p.Line, p.Seq, p.Kind, p.Detail}
	}
	if c.g.json {
		if err := c.printJSON(out); err != nil {
			return err
		}
	} else if r.Problem == nil {
		words := fmt.Sprintf("%d entries, in order and complete", r.Entries)
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			words = "there is no log yet: nothing was revoked from here"
		}
		if out.Head != "" {
			words += "\nhead " + out.Head
		}
		if want != (audit.Head{}) && !r.WantMissing {
			words += fmt.Sprintf("\nentry %d is in it, with the code that was given", want.Seq)
		}
		if _, err := fmt.Fprintln(c.env.Stdout, words); err != nil {
			return err
		}
		if r.Beyond > 0 {
			c.note("the last %d entries are not anchored yet: wxauth ended before it could, or is revoking now", r.Beyond)
		}
		if r.Torn {
			c.note("a last line is incomplete: it was being written when wxauth ended; nothing was sent for it")
		}
	}
	switch {
	case r.WantMissing:
		return fmt.Errorf("the log is in order, and entry %d with this code is not in it: is the head mistyped, or from another log? If neither, the log was put back to an older state", want.Seq)
	case r.Problem == nil:
		return nil
	}
	return fmt.Errorf("%w: line %d looks %s: %s; %d entries before it are in order (%s)",
		audit.ErrTampered, r.Problem.Line, r.Problem.Kind, r.Problem.Detail, r.Entries, path)
}

// trustRun refuses a run whose lines were changed: a report of it would prove nothing.
// Where they cannot be checked, or the log was changed elsewhere, that is said.
func (c *command) trustRun(ctx context.Context, run []app.Record) error {
	s, err := c.load()
	if err != nil {
		return err
	}
	words, ok, err := screenAudit{c, s}.Check(ctx)
	switch {
	case err != nil:
		c.note("the log was not checked: %s", webex.Clean(webex.Untrusted(err.Error())))
		return nil
	case ok:
		return nil
	}
	seqs := map[int64]bool{}
	for _, r := range run {
		seqs[r.Seq] = true
	}
	k, err := c.store(ctx, s)
	if err != nil {
		return err
	}
	if sound, err := c.auditLogOf(k).Sound(ctx, seqs); err != nil || !sound {
		return fmt.Errorf("%w: no report is made from it: %s; wxauth audit list shows what stands there", audit.ErrTampered, words)
	}
	c.note("%s; the lines of this run are as they were written", words)
	return nil
}

// auditLogOf returns the log with its key and anchor in a store.
func (c *command) auditLogOf(k keeping) *audit.Log {
	return audit.New(config.AuditLogPath(c.env.Getenv), k.bolt.Profile(auditProfile))
}

func (c *command) auditExportCommand() *cobra.Command {
	format := "jsonl"
	cmd := &cobra.Command{
		Use:     "export",
		Short:   "Write the log to stdout, for another system",
		Long:    "Write the log to stdout: as it is (jsonl, with its codes), or as syslog messages (RFC 5424).",
		Example: "  wxauth audit export > audit.jsonl\n  wxauth audit export --format syslog | nc -u loghost 514",
		Args:    exactly(0, "wxauth audit export --format jsonl"),
		RunE: func(_ *cobra.Command, _ []string) error {
			log, err := c.auditLog()
			if err != nil {
				return err
			}
			switch format {
			case "jsonl":
				_, err = log.WriteTo(c.env.Stdout)
			case "syslog":
				err = log.WriteSyslog(c.env.Stdout)
			default:
				err = usageError{errors.New("--format must be jsonl or syslog"), codeUsage}
			}
			return err
		},
	}
	cmd.Flags().StringVar(&format, "format", format, "jsonl or syslog")
	return cmd
}

func (c *command) auditReportCommand() *cobra.Command {
	last, user := false, ""
	cmd := &cobra.Command{
		Use:     "report --last",
		Short:   "Print the report of the last revoke or offboard again, from the log",
		Example: "  wxauth audit report --last | pbcopy\n  wxauth audit report --user jane@example.com",
		Args:    exactly(0, "wxauth audit report --last"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !last && user == "" {
				return usageError{errors.New("which report? --last prints that of the last revoke or offboard, --user ADDRESS that of the last one of a user"), codeUsage}
			}
			all, err := c.auditRecords()
			if err != nil {
				return err
			}
			run, ok := app.LastRunOf(all, user)
			if !ok && user != "" {
				return fmt.Errorf("%w: the log has no revoke of %s", app.ErrNoMatch, webex.Quote(user))
			}
			if !ok {
				return fmt.Errorf("%w: the log has no revoke yet", app.ErrNoMatch)
			}
			log, err := c.auditLog()
			if err != nil {
				return err
			}
			if err := c.trustRun(cmd.Context(), run); err != nil {
				return err
			}
			head, err := log.HeadAt(run[len(run)-1].Seq)
			if err != nil {
				return err
			}
			r := app.NewRunReport(run, head.String(), true)
			if printed, err := c.printData(r.JSON(), r.Rows()); printed {
				return err
			}
			_, err = fmt.Fprint(c.env.Stdout, r.Markdown())
			return err
		},
	}
	cmd.Flags().BoolVar(&last, "last", false, "print the report of the last revoke or offboard")
	cmd.Flags().StringVar(&user, "user", "", "print the report of the last revoke or offboard of this `user`")
	return makesCSV(cmd)
}
