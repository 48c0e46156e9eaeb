package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/internal/output"
	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/webex"
)

// probeFlags are the flags of "probe".
type probeFlags struct {
	run, save, yes bool
	wait           durationFlag
}

func (c *command) probeCommand() *cobra.Command {
	f := probeFlags{wait: durationFlag(2 * time.Minute)}
	cmd := &cobra.Command{
		Use:   "probe",
		Short: "Learn how Webex behaves where its documentation is silent",
		Long: `Answer open questions about the API with your own login: whether a refresh replaces or
extends the refresh token, what the list shows, how long a revoked token still works, and
when the audit event appears. Without --run, wxauth only shows the questions and the
steps, and sends nothing.

With --run, wxauth reads your own list, and asks before each step that changes something:
it refreshes the saved login twice, and revokes one access token that the first refresh
made. It touches nobody else's tokens. The result contains no ids, addresses or tokens,
so you can attach it to a bug report.

--save writes what wxauth learned to the configuration, in [observed]. The estimates of
the time left then follow it; a reply of Webex takes precedence.`,
		Example: "  wxauth probe\n  wxauth probe --run --json > probe.json\n  wxauth probe --run --save",
		Args:    exactly(0, "wxauth probe --run"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !f.run && (f.save || f.yes) {
				return session.UsageError(errors.New("--save and --yes require --run"))
			}
			return c.runProbe(cmd.Context(), f)
		},
	}
	fl := cmd.Flags()
	fl.BoolVar(&f.run, "run", false, "answer the questions; asks before each step that changes something")
	fl.BoolVar(&f.save, "save", false, "with --run: write what was learned to the configuration")
	fl.BoolVar(&f.yes, "yes", false, "with --run: take every step without asking")
	fl.Var(&f.wait, "wait", "maximum wait for a revoked token to stop working, and for its event")
	fl.Lookup("wait").DefValue = "2m"
	return cmd
}

func (c *command) runProbe(ctx context.Context, f probeFlags) error {
	if !f.run {
		return c.planProbe()
	}
	s, err := c.Load()
	if err != nil {
		return err
	}
	c.debugToStderr()
	account, err := c.Account(ctx, s, s.Profile)
	if err != nil {
		return err
	}
	login, err := account.Login(ctx)
	if err != nil {
		return err
	}
	c.say("using the login of %s, profile %s", ownerWords(login), login.Profile)
	if s.Profile.ReadOnly {
		return fmt.Errorf("probe: %w: a probe refreshes the login and revokes one of its tokens", webex.ErrReadOnly)
	}
	svc := c.Service(s, account.For(login.Tokens.Owner), login)
	r, err := svc.Probe(ctx, account, app.ProbeOptions{
		Wait:     time.Duration(f.wait),
		Progress: func(words string) { c.say("%s", words) },
		May: func(step app.ProbeStep) (bool, error) {
			if f.yes {
				return true, nil
			}
			if !c.interactive() {
				return false, refusedError{errors.New("confirmation required, but wxauth cannot prompt here: use --yes")}
			}
			answer, err := c.readLine(ctx, fmt.Sprintf("wxauth: %s\nTake this step? [y/N] ", step.Does))
			return isYes(answer), err
		},
	})
	if perr := c.printProbe(r.JSON()); perr != nil {
		return perr
	}
	if err != nil {
		return err
	}
	if f.save {
		return c.saveObserved(r.Observed)
	}
	return nil
}

// planProbe shows the questions and the steps of a probe.
func (c *command) planProbe() error {
	r := app.ProbePlan()
	if err := c.printProbe(r.JSON()); err != nil {
		return err
	}
	for i, step := range app.ProbeSteps {
		c.say("step %d: %s", i+1, step.Does)
	}
	c.say("this was a dry run: nothing was sent. With a saved login (wxauth login), run it: wxauth probe --run")
	return nil
}

func (c *command) printProbe(j app.ProbeJSON) error {
	if c.g.json {
		return c.printJSON(j)
	}
	t := output.Table{Columns: []output.Column{
		{Name: "QUESTION"},
		{Name: "ANSWER"},
		{Name: "EVIDENCE", Soft: true},
	}}
	for _, a := range j.Answers {
		answer := map[app.ProbeState]string{app.ProbeSkipped: "—", app.ProbeOpen: "open"}[a.State]
		if a.Answer != nil {
			answer = *a.Answer
		}
		t.Add(a.Question, answer, a.Evidence)
	}
	return c.print(t)
}

// saveObserved writes what was observed to the configuration file and leaves the rest of the
// file unchanged.
func (c *command) saveObserved(o webex.Observed) error {
	if o == (webex.Observed{}) {
		c.note("nothing was learned, so the configuration was not changed")
		return nil
	}
	path, err := c.configPath()
	if err != nil {
		return err
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target // keep a link to a file in another directory
	}
	mode := fs.FileMode(0o600)
	before, err := os.ReadFile(path)
	switch info, serr := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return fmt.Errorf("write configuration: %w", err)
		}
	case err != nil:
		return fmt.Errorf("write configuration: %w", err)
	case serr == nil:
		mode = info.Mode().Perm()
	}
	text := config.WithObserved(string(before), app.ObservedKeys(o))
	if err := config.Check(path, text); err != nil {
		return session.ConfigError(fmt.Errorf("the configuration was not changed, because it would have errors:\n%w", err))
	}
	if err := replaceFile(path, text, mode); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	c.note("wrote [observed] to %s", path)
	return nil
}
