package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/audit"
	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/webex"
)

func (c *command) auditRotateCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "rotate",
		Short: "Close the log file and start a new one",
		Long: `Rename the log file, adding the number of its first entry (for example audit.1.jsonl),
and start a new file. The first entry of the new file records the number and code of the
old file's last entry. All
other audit commands also read the old files, so keep them in the same directory. If no
entry was written since the last rotation, wxauth changes nothing. Files renamed by
another program, such as logrotate, count as old files of the log.`,
		Example: "  wxauth audit verify && wxauth audit rotate   # from cron, instead of logrotate",
		Args:    exactly(0, "wxauth audit rotate"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.auditRotate(cmd.Context()) },
	}
}

// auditRotateJSON is the output of "audit rotate".
type auditRotateJSON struct {
	Closed []auditFileJSON `json:"closed"` // empty if there was nothing to close
	Sealed string          `json:"sealed"`
	Head   string          `json:"head"`
}

type auditFileJSON struct {
	Path  string `json:"path"`
	First int64  `json:"first"`
	Last  int64  `json:"last"`
}

func (c *command) auditRotate(ctx context.Context) error {
	s, k, err := c.auditStore(ctx)
	if err != nil {
		return err
	}
	log := session.LogFiles(k.Trail)
	if log == nil {
		return session.UsageError(errors.New("the audit log is in the team's database, which has no files to close"))
	}
	r, err := log.Rotate(ctx, c.signedIn(ctx, s, k))
	if err != nil {
		return err
	}
	out := auditRotateJSON{Closed: []auditFileJSON{}, Sealed: r.Sealed.String(), Head: r.Head.String()}
	for _, f := range r.Closed {
		out.Closed = append(out.Closed, auditFileJSON{f.Path, f.First, f.Last})
	}
	if c.g.json {
		return c.printJSON(out)
	}
	words := "nothing to close: no entry was written since the last rotation"
	if len(r.Closed) > 0 {
		words = ""
		for _, f := range r.Closed {
			words += fmt.Sprintf("closed %s: entries %d to %d\n", webex.Clean(webex.Untrusted(f.Path)), f.First, f.Last)
		}
		words += "head " + out.Head
		if r.Head != r.Sealed {
			words += fmt.Sprintf("\nentry %d starts the next file and records the head of the previous one: %s", r.Head.Seq, out.Sealed)
		}
	}
	_, err = fmt.Fprintln(c.env.Stdout, words)
	return err
}

// auditStore opens the store that holds the key of the audit log.
func (c *command) auditStore(ctx context.Context) (session.Settings, session.OpenStore, error) {
	s, err := c.Load()
	if err != nil {
		return s, session.OpenStore{}, err
	}
	k, err := c.Store(ctx, s)
	if err == nil && k.Trail == nil {
		err = session.ConfigError(errors.New("with the key source \"memory\" there is no log file"))
	}
	return s, k, err
}

// signedIn returns the address of the saved login, if the store knows it.
func (c *command) signedIn(ctx context.Context, s session.Settings, k session.OpenStore) string {
	all, err := c.ProfileLogins(ctx, s, k)
	if err != nil {
		return ""
	}
	for _, p := range all {
		if p.Name == s.Profile.Name && p.Held {
			return string(p.Login.Tokens.Owner.Email)
		}
	}
	return ""
}

// noteMoved lists the log files that another program moved. wxauth still reads them.
func (c *command) noteMoved(trail audit.Trail) {
	log := session.LogFiles(trail)
	if log == nil {
		return
	}
	moved, err := log.MovedFiles()
	if err == nil && len(moved) > 0 {
		c.note("%s", webex.Clean(webex.Untrusted(session.MovedWords(moved))))
	}
}
