package cli

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
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

// auditRecords visits the entries of the log, oldest first, one at a time. A line that is
// none is left out; the error names it when all others were visited.
func (c *command) auditRecords(ctx context.Context, log *audit.Log, visit func(app.Record) error) error {
	var skipped audit.Skipped
	for e, err := range log.Entries(ctx) {
		switch {
		case errors.Is(err, audit.ErrTampered):
			skipped.Add(err)
		case err != nil:
			return err
		default:
			if err := visit(app.RecordOf(e)); err != nil {
				return err
			}
		}
	}
	return skipped.Err()
}

// partlyIfTampered ends a command whose result was printed, and is not whole because lines
// of the log were changed, with the code for that.
func partlyIfTampered(err error) error {
	if errors.Is(err, audit.ErrTampered) {
		return partlyError{err}
	}
	return err
}

// recordFilter says which entries "audit list" prints.
type recordFilter struct {
	user, app string // blank for all
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
		Short:   "List the record, oldest first",
		Example: "  wxauth audit list --user jane@example.com\n  wxauth audit list --since 7d --json | jq '.[] | select(.outcome == \"failed\")'",
		Args:    exactly(0, "wxauth audit list"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			for name, text := range map[string]string{"user": user, "app": named} {
				if err := checkText(cmd, name, text); err != nil {
					return usageError{err, codeUsage}
				}
			}
			from, err := sinceTime(since, c.inZone())
			if err != nil {
				return usageError{fmt.Errorf("--since: %w", err), codeUsage}
			}
			return c.auditList(cmd.Context(), recordFilter{strings.TrimSpace(user), strings.TrimSpace(named), from})
		},
	}
	cmd.Flags().StringVar(&user, "user", "", "only what concerns this `user`, as the log names it")
	cmd.Flags().StringVar(&named, "app", "", "only what concerns this app, by `name` or client id")
	cmd.Flags().StringVar(&since, "since", "", "only what is not older: 7d, 12h, or a `date`")
	return makesCSV(cmd)
}

// auditList prints the entries one at a time: memory does not grow with the log. A table on
// a terminal reads the log twice, the first time to learn how wide its columns are.
func (c *command) auditList(ctx context.Context, filter recordFilter) error {
	log, err := c.auditLog()
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
	// What was left out is told when everything else is printed.
	var left error
	tolerant := func(err error) error {
		if errors.Is(err, audit.ErrTampered) {
			left, err = err, nil
		}
		return err
	}
	asJSON := func(write func(app.RecordJSON) error) error {
		return tolerant(rows(func(r app.Record) error { return write(r.JSON()) }))
	}
	switch {
	case c.g.json:
		w := bufio.NewWriterSize(c.env.Stdout, 64<<10)
		if err = app.StreamJSON(w, asJSON); err == nil {
			err = w.Flush()
		}
	case c.g.csv:
		err = streamCSV(c.env.Stdout, asJSON)
	default:
		err = c.printTable(table{
			header: []string{"SEQ", "TIME", "ACTOR", "ACTION", "USER", "PHASE", "OUTCOME", "TYPE", "APP", "ERROR", "ID"}, soft: []int{2, 4, 8}, optional: []int{10, 9, 3, 2},
			stream: func(visit func(cells ...string) error) error {
				return tolerant(rows(func(r app.Record) error { return visit(c.recordCells(r)...) }))
			},
		})
	}
	if err == nil && fit == 0 { // nothing, or nothing of that name: the two must not look alike
		err = c.sayNothingFound(ctx, log, all, filter)
	}
	if err != nil {
		return err
	}
	return partlyIfTampered(left)
}

func (c *command) recordCells(r app.Record) []string {
	j, name := r.JSON(), ""
	switch {
	case r.Action == app.ActionRevokeApp:
		name = "client " + j.ClientID
	case j.ClientID != "" || j.ID != "":
		name = app.ShortName(r.Row)
	}
	return []string{
		fmt.Sprint(j.Seq), r.Time.In(c.inZone()).Format("2006-01-02 15:04:05 MST"), j.Actor, j.Action, j.Person, j.Phase, j.Outcome, j.Type, name, j.Error, j.ID,
	}
}

// sayNothingFound says what was looked for in how much, and which name may have been meant.
func (c *command) sayNothingFound(ctx context.Context, log *audit.Log, entries int, filter recordFilter) error {
	words := fmt.Sprintf("nothing fits among %d entries", entries)
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

// trustRun refuses a run of which a line was changed, or one is missing between its first
// and its last: a report of it would prove nothing. Where the log was changed elsewhere,
// changed says so: a newer run may be missing. Where it cannot be checked, that is noted.
func (c *command) trustRun(ctx context.Context, run []app.Record) (changed, err error) {
	s, err := c.load()
	if err != nil {
		return nil, err
	}
	words, ok, err := screenAudit{c, s}.Check(ctx)
	words = strings.TrimPrefix(words, "the log was changed: ")
	switch {
	case err != nil:
		c.note("the log was not checked: %s", webex.Clean(webex.Untrusted(err.Error())))
		return nil, nil
	case ok:
		return nil, nil
	}
	k, err := c.store(ctx, s)
	if err != nil {
		return nil, err
	}
	if sound, err := c.auditLogOf(k).Unbroken(ctx, run[0].Seq, run[len(run)-1].Seq); err != nil || !sound {
		return nil, fmt.Errorf("%w: no report is made from it: %s; wxauth audit list shows what stands there", audit.ErrTampered, words)
	}
	return fmt.Errorf("%w: %s; the lines of this run are as they were written, and a newer run may be missing", audit.ErrTampered, words), nil
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
		RunE: func(cmd *cobra.Command, _ []string) error {
			log, err := c.auditLog()
			if err != nil {
				return err
			}
			switch format {
			case "jsonl":
				err = log.WriteTo(cmd.Context(), c.env.Stdout)
			case "syslog":
				err = log.WriteSyslog(cmd.Context(), c.env.Stdout)
			default:
				err = usageError{errors.New("--format must be jsonl or syslog"), codeUsage}
			}
			return partlyIfTampered(err)
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
			return c.auditReport(cmd.Context(), user)
		},
	}
	cmd.Flags().BoolVar(&last, "last", false, "print the report of the last revoke or offboard")
	cmd.Flags().StringVar(&user, "user", "", "print the report of the last revoke or offboard of this `user`")
	return makesCSV(cmd)
}

// auditReport prints the report of the newest run, of a user where one is named. It holds no
// more of the log than that run.
func (c *command) auditReport(ctx context.Context, user string) error {
	log, err := c.auditLog()
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
	printed, err := c.printData(r.JSON(), r.Rows())
	if !printed {
		_, err = fmt.Fprint(c.env.Stdout, r.Markdown())
	}
	if err != nil {
		return err
	}
	return partlyIfTampered(cmp.Or(changed, left))
}
