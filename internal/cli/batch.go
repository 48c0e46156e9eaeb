package cli

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/output"
	"github.com/wxauth/wxauth/webex"
)

// batch runs a command that revokes: it plans, confirms, revokes and prints the result.
type batch struct {
	c     *command
	svc   *app.Service
	flags revokeFlags
	// plan lists the tokens and selects those to revoke.
	plan func(context.Context) (app.Batch, error)
	room func(app.Batch) error       // reserves disk space for what keep writes; may be nil
	keep func(app.BatchResult) error // saves results before they are printed, such as a report; may be nil
	tell func(app.BatchResult)       // prints more after the result; may be nil
}

// run plans, shows or confirms the plan, executes it and prints the result. done reports
// whether every token is gone.
func (b *batch) run(ctx context.Context) (done bool, err error) {
	plan, err := b.plan(ctx)
	if err != nil {
		return false, err
	}
	c := b.c
	if b.flags.dryRun {
		if !c.g.json && !c.g.csv {
			c.showBatch(plan)
		}
		line := ""
		if plan.Concerned() > 0 {
			line = c.confirmLine(plan)
			if sure, more := plan.Ends(); b.flags.max > 0 && sure+more > b.flags.max && plan.Action == app.ActionRevoke {
				line += fmt.Sprintf(" --max=%d", sure+more)
			}
			line += outsideReadOnly(b.svc)
		}
		if text := !c.g.json && !c.g.csv; text && isTerminal(c.env.Stdout) && plan.Concerned() > 0 && len(plan.Failures) == 0 {
			c.note("dry run: nothing was sent. To confirm: %s. To see ids: --csv or --json", line) // showBatch has printed everything else
			return false, nil
		}
		if err := c.printResult(plan.DryRun(), line); err != nil {
			return false, err
		}
		if len(plan.Failures) > 0 {
			return false, resultError{exitPartly}
		}
		return false, nil
	}
	for {
		asked, err := c.confirmBatch(ctx, b.svc, plan, b.flags)
		if err != nil {
			return false, err
		}
		if asked {
			again, changed, err := b.look(ctx, plan)
			if err != nil {
				return false, err
			}
			if plan = again; changed {
				c.note("the list changed since it was shown; nothing was sent. Current list:")
				continue
			}
		}
		done, err = b.carryOut(ctx, plan)
		if errors.Is(err, app.ErrListChanged) && asked {
			c.note("%s", webex.Clean(webex.Untrusted(err.Error())))
			if plan, err = b.plan(ctx); err != nil {
				return false, err
			}
			continue
		}
		return done, err
	}
}

// look plans again if the user took so long to answer that the plan is out of date. changed
// reports whether the new plan differs.
func (b *batch) look(ctx context.Context, plan app.Batch) (again app.Batch, changed bool, err error) {
	if plan.Fresh(time.Now()) {
		return plan, false, nil
	}
	if again, err = b.plan(ctx); err != nil {
		return again, false, err
	}
	return again, !again.Same(plan), nil
}

func (b *batch) carryOut(ctx context.Context, plan app.Batch) (done bool, err error) {
	c := b.c
	c.tellUnsettled(ctx, b.svc)
	if b.room != nil {
		if err := b.room(plan); err != nil {
			return false, err
		}
	}
	surviveBrokenPipes()
	bar := c.newBar("Revoking", 2*plan.Items()) // each is sent, then verified
	stopping := context.AfterFunc(ctx, func() {
		bar.Line(func() { c.note("stopping: sending nothing more, waiting for requests in flight") })
	})
	defer stopping()
	res, err := b.svc.RevokeAll(ctx, plan, c.reporter(plan, bar))
	bar.End()
	if err != nil {
		return false, err
	}
	var kept error
	if b.keep != nil { // save first: printing may fail if the reader has exited
		kept = b.keep(res)
	}
	err = c.printResult(res, "")
	if plan.Action != app.ActionOffboard { // the offboarding report contains it
		c.say("%s", res.Tally())
	}
	if b.tell != nil {
		b.tell(res)
	}
	c.tellRecord(res)
	err = finished(ctx, res, errors.Join(kept, err))
	return err == nil, err
}

// revokingService is scriptService for a command that revokes. It returns an error in read-only
// mode unless this is a dry run; what names the command in that error.
func (c *command) revokingService(ctx context.Context, f revokeFlags, what string) (*app.Service, error) {
	svc, _, err := c.scriptService(ctx)
	if err != nil {
		return nil, err
	}
	if err := refuseReadOnly(svc, f, what); err != nil {
		return nil, err
	}
	svc.AskAhead(ctx)
	return svc, nil
}

// outsideReadOnly adds to how a dry run is confirmed that read-only mode would prevent it.
func outsideReadOnly(svc *app.Service) string {
	if svc.ReadOnly() {
		return ", without read-only mode"
	}
	return ""
}

// refuseReadOnly returns an error for read-only mode and for a missing scope, except for a dry
// run.
func refuseReadOnly(svc *app.Service, f revokeFlags, what string) error {
	switch lacks := svc.LacksScope(); {
	case f.dryRun:
		return nil
	case svc.ReadOnly():
		return fmt.Errorf("%s: %w: nothing was sent (set by --read-only or the configuration)", what, webex.ErrReadOnly)
	case lacks != "":
		return fmt.Errorf("%s: %w: the login lacks the scope %s; nothing was sent. Enable it on the integration, then log in again", what, webex.ErrForbidden, lacks)
	}
	return nil
}

// surviveBrokenPipes makes a write to a closed pipe fail instead of killing the process, so
// that a revoke in progress continues when its reader exits.
func surviveBrokenPipes() { signal.Ignore(syscall.SIGPIPE) }

// tellRecord reports problems with the audit log, in every output format.
func (c *command) tellRecord(r app.BatchResult) {
	switch {
	case r.RecordErr != nil:
		c.note("the audit log of this run is incomplete: %s", webex.Clean(webex.Untrusted(r.RecordErr.Error())))
	case !r.Durable && (c.g.json || c.g.csv):
		c.note("the audit log of this run is in memory only, and is lost when wxauth exits")
	}
}

// planned returns a plan function for a plan that already exists.
func planned(plan app.Plan) func(context.Context) (app.Batch, error) {
	return func(context.Context) (app.Batch, error) {
		return app.Batch{Action: app.ActionRevoke, Plans: []app.Plan{plan}}, nil
	}
}

// reporter prints each outcome on stderr as soon as it is known.
func (c *command) reporter(b app.Batch, bar *output.Bar) func(app.Progress) {
	quiet := c.g.json
	var mu sync.Mutex
	left := map[webex.AuthorizationID]int{} // remaining steps of each token
	for _, p := range b.Plans {
		for _, i := range p.Items {
			left[i.ID] = 2 // send and verify
		}
	}
	return func(step app.Progress) {
		mu.Lock()
		steps := 0
		switch {
		case step.Stage == app.StageSending:
			steps = min(left[step.ID], 1)
		case step.Stage == app.StageDone:
			steps = left[step.ID]
		}
		left[step.ID] -= steps
		mu.Unlock()
		defer bar.More(steps)
		if step.Stage != app.StageDone {
			return
		}
		bar.Line(func() {
			if quiet {
				return
			}
			reason, whose := "", ""
			if step.Result.Err != nil {
				reason = ": " + string(webex.Clean(webex.Untrusted(step.Result.Err.Error())))
			}
			if b.Several {
				whose = step.Result.Email.String() + ": "
				if step.Result.Email == "" {
					whose = step.Result.PersonID.String() + ": "
				}
			}
			fmt.Fprintf(c.env.Stderr, "%s%s: %s %q%s\n", whose, step.Result.Outcome.Words(), step.Result.Type, app.ShortName(step.Result.Authorization), reason)
		})
	}
}

func (c *command) printResult(r app.BatchResult, confirm string) error {
	out := r.JSON()
	if printed, err := c.printData(out, out.Outcomes); printed {
		return err
	}
	t := output.Table{Columns: []output.Column{
		{Name: "OUTCOME"}, {Name: "TYPE"}, {Name: "APP", Soft: true}, {Name: "CLIENT", Drop: 1}, {Name: "ERROR"}, {Name: "ID", Drop: 2},
	}}
	if r.Several {
		t.Columns = append([]output.Column{{Name: "USER", Soft: true}}, t.Columns...)
	}
	for _, one := range r.Results {
		for _, i := range one.Items {
			reason := ""
			if i.Err != nil {
				reason = i.Err.Error()
			}
			name := app.AppName(i.Authorization)
			if r.Action == app.ActionRevokeApp && i.ApplicationName == "" {
				name = "" // Webex cannot verify it
			}
			cells := []string{string(i.Outcome), i.Type.String(), name, i.ClientID.String(), reason, i.ID.String()}
			if r.Several {
				cells = append([]string{personWords(one.Who, one.Person)}, cells...)
			}
			t.Add(cells...)
		}
	}
	for _, f := range r.Failures {
		cells := []string{f.Name(), string(app.Failed), "", "", "", failureWords(f.Err), ""}
		if !r.Several {
			cells = cells[1:]
		}
		t.Add(cells...)
	}
	if err := t.Print(c.env.Stdout, c.terminal()); err != nil {
		return err
	}
	if confirm != "" {
		c.note("dry run: nothing was sent. To confirm: %s", confirm)
		return nil
	}
	if r.Action != app.ActionOffboard { // the offboarding report contains it
		for _, n := range r.Notes() {
			c.note("%s", n)
		}
	}
	return nil
}

// unsettledWords describes what a killed process left open.
func unsettledWords(r app.Record) string {
	what, look := r.CutOffWords()
	return fmt.Sprintf("an earlier run was interrupted: %s (audit entry %d); %s", what, r.Seq, look)
}
