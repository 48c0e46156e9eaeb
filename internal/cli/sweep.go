package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/webex"
)

// sweepFlags select what to sweep.
type sweepFlags struct {
	fresh  bool
	accept bool
	keep   int
	from   string
	query  string
}

func (f *sweepFlags) addTo(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.BoolVar(&f.fresh, "fresh", false, "discard an unfinished sweep and start over")
	fl.BoolVar(&f.accept, "accept", false, "accept a sweep with fewer than half as many people as the previous one")
	fl.IntVar(&f.keep, "keep", app.DefaultKeep, "number of finished sweeps to keep, for diff")
	fl.StringVar(&f.from, "users-from", "", "sweep only users in a `file`: one per line or CSV with a header; - is stdin")
	fl.StringVar(&f.query, "query", "", "sweep only people with this email address or start of a name (`text`)")
}

// sweepJSON is the output of sweep.
type sweepJSON struct {
	People         int           `json:"people"`
	Done           int           `json:"done"`
	Failed         []failureJSON `json:"failed"`
	Authorizations int           `json:"authorizations"`
	Started        *string       `json:"started"`
	Finished       *string       `json:"finished"`
}

// failureJSON is a person whose authorizations could not be read.
type failureJSON struct {
	PersonID    string `json:"personId"`
	PersonEmail string `json:"personEmail"`
	Error       string `json:"error"`
}

func (c *command) sweepCommand() *cobra.Command {
	var f sweepFlags
	cmd := &cobra.Command{
		Use:   "sweep",
		Short: "Build an inventory of every user's authorizations",
		Long: `Read every user's authorizations in the organization and save them, encrypted, on this
computer. Webex has no list for a whole organization, so wxauth sends one request per
person, at the rate that Webex allows. If the sweep stops early (ctrl+c, a crash, a rate
limit), the next sweep continues where it stopped.

After a sweep, "wxauth apps", "app", "stale" and "diff" answer immediately. A sweep that
finds fewer than half as many people as the previous one does not replace it, unless you
use --accept.

A sweep covers everyone in Webex's list of people. Webex does not document whether that
list includes bots, and it has no machine accounts of Service Apps: those that an admin
authorized in the last year are read from the audit events (scope audit:events_read).
With --org, a partner admin sweeps a customer organization.`,
		Example: `  wxauth sweep
  wxauth sweep --users-from sales.csv
  wxauth sweep --json && wxauth diff --exit-code`,
		Args: exactly(0, "wxauth sweep"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := c.sweptOrgOf(cmd, f)
			if err != nil {
				return err
			}
			session.CollectOften()
			res, err := c.sweep(cmd.Context(), o.Organization, o.opts)
			if err != nil {
				return err
			}
			for _, b := range o.bad {
				res.Failures = append(res.Failures, inventory.Failure{Reason: b.where + ": " + b.err.Error()})
			}
			if err := c.printSweep(res, o.S.Location()); err != nil {
				return err
			}
			if exit := exitForSweep(cmd.Context(), res); exit != exitDone {
				return resultError{exit}
			}
			return nil
		},
	}
	f.addTo(cmd)
	return cmd
}

// toSweep is what to sweep.
type toSweep struct {
	session.Organization
	opts app.SweepOptions
	bad  []badLine // invalid lines of a file of users
}

// sweptOrgOf checks the flags and finds the organization.
func (c *command) sweptOrgOf(cmd *cobra.Command, f sweepFlags) (toSweep, error) {
	opts := app.SweepOptions{Fresh: f.fresh, Accept: f.accept, Keep: f.keep, Query: strings.TrimSpace(f.query)}
	fromGiven, queryGiven := cmd.Flags().Changed("users-from"), cmd.Flags().Changed("query")
	var (
		err error
		bad []badLine
	)
	switch {
	case f.keep < 1:
		err = errors.New("--keep must be at least 1")
	case fromGiven && queryGiven:
		err = errors.New("--users-from and --query cannot be used together")
	case queryGiven:
		err = checkNamed("--query", f.query)
		opts.Selection = fmt.Sprintf("of people matching %q", opts.Query)
		if err == nil && strings.Contains(opts.Query, "@") {
			err = webex.CheckEmail(opts.Query)
		}
	}
	if err == nil && fromGiven {
		var named users
		named, err = c.usersOf(cmd.Context(), nil, f.from, true)
		bad = named.bad
		opts.People, opts.Selection = named.people, "of the users in "+filepath.Base(f.from)
		if f.from == "-" {
			opts.Selection = "of the users named on stdin"
		}
	}
	if err == nil {
		_, err = c.OrgFlag()
	}
	if err != nil {
		return toSweep{}, session.UsageError(err)
	}
	o, err := c.sweptOrg(cmd.Context())
	opts.Scope, opts.OurOrg = o.Scope, o.Ours
	return toSweep{o, opts, bad}, err
}

// sweepMemory is the soft memory limit of a sweep, about twice what 100,000 people need.
const sweepMemory = 72 << 20

// sweep runs a sweep and prints its progress on stderr.
func (c *command) sweep(ctx context.Context, o session.Organization, opts app.SweepOptions) (app.SweepResult, error) {
	if c.env.Getenv("GOMEMLIMIT") == "" {
		defer debug.SetMemoryLimit(debug.SetMemoryLimit(sweepMemory))
	}
	bar := c.newBar("Sweeping", 0)
	bar.Patience = 0
	said := time.Now()
	res, err := o.Inv.Sweep(ctx, opts, func(p app.SweepProgress) {
		switch {
		case p.Stage == app.SweepPutAway:
			c.say("the sweep started %s had read %s but was not saved; it is saved now, and a new sweep starts", app.AgeWords(p.Begun, time.Now()), people(p.People))
		case p.Stage == app.SweepPriced:
			bar.Line(func() { c.sayPrice(p, opts.People != nil) })
		case p.Stage == app.SweepReading || p.Stage == app.SweepRetrying:
			words := c.sweepWords(p)
			bar.Show(p.Done, p.People, words)
			if bar.Out == nil && time.Since(said) >= 10*time.Second {
				said = time.Now()
				c.say("swept %s", words)
			}
		}
	})
	bar.End()
	return res, err
}

// sayPrice prints the expected cost of a sweep before it begins.
func (c *command) sayPrice(p app.SweepProgress, named bool) {
	left := p.People - p.Done
	if p.Resumed {
		c.say("resuming the sweep started %s: %s of %s done (to start over: --fresh)", app.AgeWords(p.Begun, time.Now()), english.Thousands(p.Done-p.Failed), people(p.People))
	}
	best := ""
	if p.BestTime > time.Second {
		best = ", about " + app.DurationWords(p.BestTime.Round(time.Second)) + " at best (Webex limits the rate)"
	}
	calls := "one call for each"
	if named { // each user is also looked up
		calls = "two calls each"
	}
	c.say("%s to read, %s%s", people(left), calls, best)
}

// sweepWords describe the progress of a sweep.
func (c *command) sweepWords(p app.SweepProgress) string {
	words := fmt.Sprintf("%s of %s", english.Thousands(p.Done), english.Thousands(p.People))
	if !p.PausedUntil.IsZero() {
		return words + " · rate limited until " + c.clock(p.PausedUntil)
	}
	if p.Rate > 0 {
		words += fmt.Sprintf(" · %.0f/s", p.Rate)
	}
	if p.Left > 0 {
		words += " · " + app.DurationWords(p.Left.Round(time.Second)) + " to go"
	}
	if p.Pauses > 0 {
		words += fmt.Sprintf(" · %d rate limits (429)", p.Pauses)
	}
	if p.Failed > 0 {
		words += fmt.Sprintf(" · %d failed", p.Failed)
	}
	return words
}

func (c *command) printSweep(r app.SweepResult, zone *time.Location) error {
	out := sweepJSON{People: r.People, Done: r.Done, Failed: []failureJSON{}, Authorizations: r.Authorizations, Started: app.TimeJSON(r.Started), Finished: app.TimeJSON(r.Finished)}
	for _, f := range r.Failures {
		out.Failed = append(out.Failed, failureJSON{string(f.Person.ID), string(f.Person.Email), f.Reason})
		words := string(webex.Clean(webex.Untrusted(f.Reason)))
		if who := f.Person.Words(); who != "" {
			words = who + ": " + words
		}
		c.say("%s", words)
	}
	if c.g.json {
		if err := c.printJSON(out); err != nil {
			return err
		}
	} else {
		words := fmt.Sprintf("%s read, %s authorizations", people(r.Done-r.Gone), english.Thousands(r.Authorizations))
		if r.Stopped != nil {
			words = fmt.Sprintf("not finished: %s of %s read so far, %s authorizations", english.Thousands(r.Done-r.Gone), people(r.People), english.Thousands(r.Authorizations))
		}
		if r.Gone > 0 {
			words += fmt.Sprintf("; %s left during the sweep", people(r.Gone))
		}
		if len(r.Failures) > 0 {
			words += fmt.Sprintf("; %s could not be read", people(len(r.Failures)))
		}
		if _, err := fmt.Fprintln(c.env.Stdout, words); err != nil {
			return err
		}
	}
	if r.NoServiceApps != "" && r.Stopped == nil {
		c.say("Service Apps are not listed: %s", r.NoServiceApps)
	}
	if r.Unreadable > 0 {
		c.note("Webex returned unreadable fields in %s: their apps may be listed twice or without a name; wxauth list shows which fields", english.Count(r.Unreadable, "authorization"))
	}
	switch {
	case r.Stopped != nil:
		words := string(webex.Clean(webex.Untrusted(r.Stopped.Error())))
		if _, ok := asSignal(r.Stopped); !ok {
			words = "stopped: " + words
		}
		c.note("%s", words)
		if errors.Is(r.Stopped, app.ErrFewerPeople) {
			break
		}
		c.note("%s of %s done and saved; the next sweep continues", english.Thousands(r.Done), people(r.People))
	case r.Selection != "":
		c.say("this is a partial sweep, %s: apps, stale and diff use the newest full sweep if there is one; with --last they use this one", webex.Clean(webex.Untrusted(r.Selection)))
	case !r.Before.Started.IsZero() && !r.Compared:
		c.say("the previous sweep was not kept, so there is nothing to compare with (--keep)")
	case r.Before.Started.IsZero():
		c.say("this is the first sweep; after the next one, use wxauth diff to compare")
	case r.New+r.Ended == 0:
		c.say("nothing new since the sweep of %s", sweepTime(r.Before.Started, zone))
	default:
		c.say("since the sweep of %s: %s new, %s removed (wxauth diff)", sweepTime(r.Before.Started, zone), english.Thousands(r.New), english.Thousands(r.Ended))
	}
	return nil
}

// exitForSweep returns the exit code of a sweep.
func exitForSweep(ctx context.Context, r app.SweepResult) int {
	switch {
	case r.Stopped == nil && len(r.Failures) == 0:
		return exitDone
	case r.Stopped == nil:
		return exitPartly
	case ctx.Err() != nil:
		if exit := signalExit(context.Cause(ctx)); exit != exitInterrupt {
			return exit
		}
		return exitRateLimited // work is left for the next run
	case errors.Is(r.Stopped, webex.ErrRateLimited):
		return exitRateLimited
	case r.Done > 0:
		return exitPartly
	}
	_, exit := classifyWork(r.Stopped)
	return exit
}
