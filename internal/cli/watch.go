package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/webex"
)

// shortestWatch is the minimum interval for one user, and shortestSweep for a whole
// organization.
const (
	shortestWatch = 10 * time.Second
	shortestSweep = 5 * time.Minute
)

// watching holds the options of watch.
type watching struct {
	every, until durationFlag
	user         string
	run          string
	exitCode     bool
	// hand runs the user's program with a finding. A signal stops the program; the end of the
	// watch does not.
	hand func(finding []byte)
}

// newsJSON is one finding, printed on one line.
type newsJSON struct {
	Time    *string       `json:"time"`
	Since   *string       `json:"since"`
	Added   []app.RowJSON `json:"added"`
	Removed []app.RowJSON `json:"removed"`
}

func (c *command) watchCommand() *cobra.Command {
	var w watching
	cmd := &cobra.Command{
		Use:   "watch --every DURATION",
		Short: "Watch the organization or one user for changes",
		Long: `Sweep the organization at regular intervals and print the grants (one app authorized by
one user) that were added or removed. With --user, read only that user's authorizations
and print the tokens that were added or removed. It runs until you stop it, or for as
long as --for says. With --json, each finding is one line.

--exec runs a program for each finding, without a shell. The program gets the finding as
JSON on stdin, and no arguments but those in the flag. From cron, use sweep and diff
instead: wxauth sweep && wxauth diff --exit-code`,
		Example: `  wxauth watch --user jane@example.com --every 1m --for 10m
  wxauth watch --every 1d --exec "/usr/local/bin/notify --channel it"
  wxauth watch --user jane@example.com --every 1m --for 1h --exit-code --json`,
		Args: exactly(0, "wxauth watch --every 1d"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			who, err := w.check(cmd)
			if err != nil {
				return session.UsageError(err)
			}
			w.hand = func(finding []byte) { c.runWith(cmd.Context(), w.run, finding) }
			ctx, cancel := context.WithCancelCause(cmd.Context())
			defer cancel(nil)
			if w.until > 0 {
				t := time.AfterFunc(time.Duration(w.until), func() { cancel(errWatched) })
				defer t.Stop()
			}
			var found bool
			if who != nil {
				found, err = c.watchUser(ctx, w, *who)
			} else {
				found, err = c.watchOrg(ctx, w)
			}
			switch {
			case err != nil && !errors.Is(context.Cause(ctx), errWatched):
				return err
			case found && w.exitCode:
				return resultError{exitFound}
			}
			return nil
		},
	}
	fl := cmd.Flags()
	fl.Var(&w.every, "every", "interval, such as 1m for a user or 1d for the organization")
	fl.Var(&w.until, "for", "how long to watch (default: until stopped)")
	fl.StringVar(&w.user, "user", "", "watch only this `user`: email, person id, or me")
	fl.StringVar(&w.run, "exec", "", "run this `program` for each finding; arguments split at spaces")
	fl.BoolVar(&w.exitCode, "exit-code", false, "exit with 10 if something was found")
	for _, name := range []string{"every", "for"} {
		fl.Lookup(name).DefValue = ""
	}
	return cmd
}

// errWatched ends a watch after its duration.
var errWatched = errors.New("the watch time is over")

func (w watching) check(cmd *cobra.Command) (*webex.Person, error) {
	given := cmd.Flags().Changed
	least := shortestSweep
	if given("user") {
		least = shortestWatch
	}
	switch {
	case !given("every"):
		return nil, errors.New("--every is missing: for example 1m for a user, 1d for the organization")
	case time.Duration(w.every) < least:
		return nil, fmt.Errorf("--every must be at least %s", app.DurationWords(least))
	case given("for") && w.until <= 0:
		return nil, errors.New("--for must be greater than zero, such as 10m")
	case given("exec") && strings.TrimSpace(w.run) == "":
		return nil, errors.New("--exec is blank: is a variable empty?")
	case !given("user"):
		return nil, nil
	}
	who, err := webex.ParsePerson(w.user)
	return &who, err
}

// pause waits for the next round. It returns false when the watch is over.
func (w watching) pause(ctx context.Context, begun time.Time) bool {
	t := time.NewTimer(time.Until(begun.Add(time.Duration(w.every))))
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// passing reports whether an error may be temporary.
func passing(err error) bool {
	return errors.Is(err, webex.ErrNetwork) || errors.Is(err, webex.ErrServer) || errors.Is(err, webex.ErrRateLimited)
}

// watchUser lists one user repeatedly.
func (c *command) watchUser(ctx context.Context, w watching, who webex.Person) (found bool, err error) {
	svc, s, err := c.scriptService(ctx)
	if err != nil {
		return false, err
	}
	before, err := svc.List(ctx, who)
	if err != nil {
		return false, err
	}
	c.say("watching %s, every %s: %d authorizations now", personWords(before.Who, before.Person), app.DurationWords(time.Duration(w.every)), len(before.Rows))
	for w.pause(ctx, before.ReadAt) {
		after, err := svc.List(ctx, who)
		switch {
		case ctx.Err() != nil:
			return found, context.Cause(ctx)
		case err != nil && passing(err):
			c.note("%s; checking again in %s", webex.Clean(webex.Untrusted(err.Error())), app.DurationWords(time.Duration(w.every)))
			before.ReadAt = time.Now()
			continue
		case err != nil:
			return found, err
		}
		n := app.Compare(before, after)
		before = after
		if len(n.Added)+len(n.Removed) == 0 {
			continue
		}
		found = true
		if err := c.tellNews(w, n, s); err != nil {
			return found, err
		}
	}
	return found, context.Cause(ctx)
}

// watchOrg sweeps repeatedly.
func (c *command) watchOrg(ctx context.Context, w watching) (found bool, err error) {
	o, err := c.sweptOrg(ctx)
	if err != nil {
		return false, err
	}
	for {
		begun := time.Now()
		res, err := c.sweep(ctx, o, app.SweepOptions{Scope: o.Scope, OurOrg: o.Ours})
		switch {
		case err != nil && !passing(err):
			return found, err
		case ctx.Err() != nil:
			return found, context.Cause(ctx)
		case err != nil:
			c.note("%s", webex.Clean(webex.Untrusted(err.Error())))
		case res.Stopped != nil && !passing(res.Stopped):
			return found, res.Stopped
		case res.Stopped != nil:
			c.note("stopped: %s; the next sweep continues", webex.Clean(webex.Untrusted(res.Stopped.Error())))
		case res.New+res.Ended > 0:
			found = true
			if err := c.tellSweepNews(ctx, w, o); err != nil {
				return found, err
			}
		default:
			c.say("%s read; nothing new", people(res.Done))
		}
		if !w.pause(ctx, begun) {
			return found, context.Cause(ctx)
		}
	}
}

func (c *command) tellSweepNews(ctx context.Context, w watching, o session.Organization) error {
	after, before, err := o.Inv.LatestTwo(ctx, o.Scope)
	if err != nil || before == nil {
		return err
	}
	n := app.News{Since: before.Started, Until: after.Started}
	n.Added, n.Removed, _ = c.changes(o, before, after, false, time.Now())
	return c.tellNews(w, n, o.S)
}

// tellNews prints a finding and passes it to the user's program.
func (c *command) tellNews(w watching, n app.News, s session.Settings) error {
	now := time.Now()
	out := newsJSON{app.TimeJSON(n.Until), app.TimeJSON(n.Since), []app.RowJSON{}, []app.RowJSON{}}
	for _, r := range n.Added {
		out.Added = append(out.Added, r.JSON(now))
	}
	for _, r := range n.Removed {
		out.Removed = append(out.Removed, r.JSON(now))
	}
	line, err := app.MarshalLine(out)
	if err != nil {
		return err
	}
	switch {
	case c.g.json:
		_, err = fmt.Fprintf(c.env.Stdout, "%s\n", line)
	default:
		err = c.printNews(n, s.Location())
	}
	if err != nil || w.run == "" {
		return err
	}
	w.hand(line)
	return nil
}

func (c *command) printNews(n app.News, zone *time.Location) error {
	line := func(word string, r app.Row) error {
		_, err := fmt.Fprintf(c.env.Stdout, "%s  %-7s  %s  %q  %s  created %s  client %s  %s\n", n.Until.In(zone).Format("2006-01-02 15:04:05 MST"), word,
			webex.Clean(webex.Untrusted(rowUser(r))), app.ShortName(r.Authorization), r.Type, newRowText(r, webex.AuthorizationID.String, zone, n.Until).created, app.OrDash(r.ClientID.String()), r.ID)
		return err
	}
	for _, r := range n.Added {
		if err := line("new", r); err != nil {
			return err
		}
	}
	for _, r := range n.Removed {
		if err := line("ended", r); err != nil {
			return err
		}
	}
	return nil
}

// programTime is the time limit of the user's program.
const programTime = 5 * time.Minute

// runWith runs a program without a shell, with a finding on stdin: names of apps and other
// foreign text never become arguments. It reports a failure and continues.
func (c *command) runWith(ctx context.Context, commandLine string, finding []byte) {
	ctx, cancel := context.WithTimeout(ctx, programTime)
	defer cancel()
	argv := strings.Fields(commandLine)
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...) //nolint:gosec // the user named it
	cmd.Stdin = bytes.NewReader(append(finding, '\n'))
	cmd.Stdout, cmd.Stderr = c.env.Stderr, c.env.Stderr
	cmd.Env = withoutSecrets(c.env.Environ)
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil {
		c.note("--exec %s: %s", webex.Clean(webex.Untrusted(argv[0])), webex.Clean(webex.Untrusted(err.Error())))
	}
}
