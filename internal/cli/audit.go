package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/audit"
	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/webex"
)

func (c *command) auditCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "List, verify and export the audit log of all attempts",
		Long: `wxauth records every attempt to revoke something in the audit log: an intent before the
request and an outcome after it. Each line has an authentication code over its content
and the previous line, made with a key in the token store. The store also records the
end of the log, so "wxauth audit verify" detects lines that were changed, removed,
moved, inserted or cut off. It cannot detect changes by someone who has that key: to
cover that, send the log to another system, and compare it with what Webex recorded
("wxauth audit compare").`,
		Example: "  wxauth audit list\n  wxauth audit verify\n  wxauth audit report --last",
		Args:    exactly(0, "wxauth audit list"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.auditListCommand(), c.auditVerifyCommand(), c.auditExportCommand(), c.auditReportCommand(), c.auditCompareCommand(), c.auditRotateCommand())
	return cmd
}

// auditLog returns the audit log for reading. If it is in files, it needs no key.
func (c *command) auditLog(ctx context.Context) (audit.Trail, error) {
	s, err := c.Load()
	if err != nil {
		return nil, err
	}
	trail, err := c.TrailForReading(ctx, s)
	if err == nil && trail == nil {
		err = session.ConfigError(errors.New("there is no home directory for an audit log: set XDG_STATE_HOME"))
	}
	return trail, err
}

// auditRecords calls visit for each entry of the log, oldest first. It skips invalid lines and
// returns an error that names them after the last entry.
func (c *command) auditRecords(ctx context.Context, log audit.Trail, visit func(app.Record) error) error {
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

// logChange verifies the whole log and returns how it was changed, or "" if it was not. If it cannot
// be verified, logChange prints a note.
func (c *command) logChange(ctx context.Context, s session.Settings) string {
	words, ok, err := c.Record(s).Check(ctx)
	if err != nil {
		c.note("the log was not verified: %s", webex.Clean(webex.Untrusted(err.Error())))
	}
	if ok || err != nil {
		return ""
	}
	return strings.TrimPrefix(words, "the log was changed: ")
}

// entriesPrinted ends a command that printed entries of the log. A changed line still looks like an
// entry, so it verifies the log; left is the error about lines that are not entries. It never asks
// for a passphrase, so that a log can be read without its key.
func (c *command) entriesPrinted(ctx context.Context, log audit.Trail, left error) error {
	c.noteMoved(log)
	if left != nil {
		return partlyIfTampered(left)
	}
	s, err := c.Load()
	if err != nil {
		return err
	}
	ask := c.Ask
	defer func() { c.Ask = ask }()
	c.Ask = func(context.Context, string, string) (webex.Secret, error) {
		return webex.Secret{}, errors.New("wxauth audit verify asks for the passphrase of its key")
	}
	if words := c.logChange(ctx, s); words != "" {
		return partlyError{fmt.Errorf("%w: %s; the entries may be wrong: run wxauth audit verify for details", audit.ErrTampered, words)}
	}
	return nil
}

// partlyIfTampered returns the error for a command that printed an incomplete result because
// lines of the log were changed.
func partlyIfTampered(err error) error {
	if errors.Is(err, audit.ErrTampered) {
		return partlyError{err}
	}
	return err
}

// auditVerifyJSON is the output of "audit verify".
type auditVerifyJSON struct {
	Path     string            `json:"path"`
	Entries  int64             `json:"entries"`
	Head     string            `json:"head"`
	Beyond   int64             `json:"beyondAnchor"`
	Torn     bool              `json:"torn"`
	Files    []string          `json:"files"`    // the files of the log, in order
	Moved    []auditFileJSON   `json:"moved"`    // files that another program moved
	SetAside []string          `json:"setAside"` // earlier logs whose keys are lost
	Problem  *auditProblemJSON `json:"problem"`
}

type auditProblemJSON struct {
	File   string       `json:"file"`
	Line   int64        `json:"line"`
	Seq    int64        `json:"seq"`
	Kind   audit.Change `json:"kind"`
	Detail string       `json:"detail"`
}

func (c *command) auditVerifyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "verify [HEAD]",
		Short: "Check the audit log for later changes",
		Long: `Verify every line of the log with its key, and the end of the log against the end recorded
in the token store. wxauth reports the first line that does not match, and the likely kind
of change. If you give a HEAD (the number and code of an entry, as printed in a report), the
log must contain that entry too.`,
		Example: "  wxauth audit verify\n  wxauth audit verify 48:pJ7…   # the head printed in a report",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return session.UsageError(fmt.Errorf("%d arguments given, at most one expected; example: wxauth audit verify", len(args)))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			var want audit.Head
			if len(args) == 1 {
				var err error
				if want, err = audit.ParseHead(args[0]); err != nil {
					return session.UsageError(err)
				}
			}
			return c.auditVerify(cmd.Context(), want)
		},
	}
}

func (c *command) auditVerify(ctx context.Context, want audit.Head) error {
	_, k, err := c.auditStore(ctx)
	if err != nil {
		return err
	}
	log, path := k.Trail, k.Trail.Path()
	r, err := log.Verify(ctx, want)
	if err != nil {
		return err
	}
	out := auditVerifyJSON{Path: path, Entries: r.Entries, Head: r.Head.String(), Beyond: r.Beyond, Torn: r.Torn, Files: r.Files, Moved: []auditFileJSON{}, SetAside: []string{}}
	if files := session.LogFiles(log); files != nil {
		out.SetAside = files.SetAside()
	}
	for _, m := range r.Moved {
		out.Moved = append(out.Moved, auditFileJSON{m.Path, m.First, m.Last})
	}
	for _, aside := range out.SetAside {
		c.note("%s is an earlier log: its key was lost with its token store, so it cannot be verified", webex.Clean(webex.Untrusted(aside)))
	}
	if p := r.Problem; p != nil {
		out.Problem = &auditProblemJSON{p.File, p.Line, p.Seq, p.Kind, p.Detail}
	}
	if c.g.json {
		if err := c.printJSON(out); err != nil {
			return err
		}
	} else if r.Problem == nil {
		words := fmt.Sprintf("%d entries, in order and complete", r.Entries)
		if len(r.Files) > 1 {
			words = fmt.Sprintf("%d entries in %d files, in order and complete", r.Entries, len(r.Files))
		}
		if r.Entries == 0 && noLogYet(log) {
			words = "there is no audit log yet: wxauth has revoked nothing"
		}
		if out.Head != "" {
			words += "\nhead " + out.Head
		}
		if want != (audit.Head{}) && !r.WantMissing {
			words += fmt.Sprintf("\nentry %d matches the given head", want.Seq)
		}
		if _, err := fmt.Fprintln(c.env.Stdout, words); err != nil {
			return err
		}
		if r.Beyond > 0 {
			c.note("the last %d entries are not anchored yet: wxauth exited too early, or is revoking now", r.Beyond)
		}
		if r.Torn {
			c.note("the last line is incomplete: wxauth exited while writing it, and sent nothing for it")
		}
	}
	switch {
	case r.WantMissing:
		return fmt.Errorf("the log is intact, but has no entry %d with this code: check that the head is not mistyped or from another log; otherwise the log was rolled back to an older state", want.Seq)
	case r.Problem == nil && len(r.Moved) > 0:
		return fmt.Errorf("%w: %s", audit.ErrMoved, session.MovedWords(r.Moved))
	case r.Problem == nil:
		return nil
	}
	return fmt.Errorf("%w: line %d looks %s: %s; %d entries before it are in order (%s)",
		audit.ErrTampered, r.Problem.Line, r.Problem.Kind, r.Problem.Detail, r.Entries, r.Problem.File)
}

// noLogYet reports whether nothing was ever logged.
func noLogYet(log audit.Trail) bool {
	if session.LogFiles(log) == nil {
		return true // an empty table
	}
	_, err := os.Lstat(log.Path())
	return errors.Is(err, fs.ErrNotExist)
}

func (c *command) auditExportCommand() *cobra.Command {
	format := "jsonl"
	cmd := &cobra.Command{
		Use:     "export",
		Short:   "Export the audit log for another system",
		Long:    "Write the log to stdout: as unchanged JSON lines with their authentication codes (jsonl),\nor as syslog messages (RFC 5424).",
		Example: "  wxauth audit export > audit.jsonl\n  wxauth audit export --format syslog | nc -u loghost 514",
		Args:    exactly(0, "wxauth audit export --format jsonl"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			log, err := c.auditLog(cmd.Context())
			if err != nil {
				return err
			}
			switch format {
			case "jsonl":
				err = log.WriteTo(cmd.Context(), c.env.Stdout)
			case "syslog":
				err = log.WriteSyslog(cmd.Context(), c.env.Stdout)
			default:
				return session.UsageError(errors.New("--format must be jsonl or syslog; for CSV: wxauth audit list --csv"))
			}
			if err != nil {
				return partlyIfTampered(err)
			}
			return c.entriesPrinted(cmd.Context(), log, nil)
		},
	}
	cmd.Flags().StringVar(&format, "format", format, "output format: jsonl or syslog")
	return cmd
}
