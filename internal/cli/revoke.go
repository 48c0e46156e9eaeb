package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
)

// revokeFlags are the flags of commands that revoke.
type revokeFlags struct {
	user        string
	dryRun      bool
	yes         bool
	confirm     string
	includeSelf bool
	max         int
}

func (c *command) revokeCommand() *cobra.Command {
	var f revokeFlags
	cmd := &cobra.Command{
		Use:   "revoke ID... --user USER",
		Short: "Revoke authorizations of a user, and read back whether they are gone",
		Long: `Revoke authorizations by id, as "wxauth list" shows them. Refresh tokens go first;
then the list is read back until what was revoked is no longer there.

Where one to ten tokens end, it asks y/N (--yes answers it). More, everything of a
person (two rows or more), or your own session ask for the user's email address
(--confirm=ADDRESS answers it).
Without a terminal and without the flag nothing is sent.`,
		Example: "  wxauth revoke Y2lz… --user jane@example.com --dry-run\n  wxauth revoke Y2lz… Y2lz… --user jane@example.com --yes --json",
		RunE:    func(cmd *cobra.Command, args []string) error { return c.revoke(cmd, args, f) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.user, "user", "", "whose authorizations: email, person id, or me")
	fl.BoolVar(&f.dryRun, "dry-run", false, "show what would be revoked, and send nothing but reads")
	fl.BoolVar(&f.yes, "yes", false, "answer the question for up to ten rows")
	fl.StringVar(&f.confirm, "confirm", "", "answer a question that asks for `text`")
	fl.BoolVar(&f.includeSelf, "include-self", false, "revoke our own session's rows too, last")
	fl.IntVar(&f.max, "max", 100, "refuse more tokens than this")
	return cmd
}

func (c *command) revoke(cmd *cobra.Command, args []string, f revokeFlags) error {
	ctx := cmd.Context()
	ids, who, err := revokeArguments(args, f)
	if err != nil {
		return usageError{err, codeUsage}
	}
	svc, _, err := c.scriptService(ctx)
	if err != nil {
		return err
	}
	if svc.ReadOnly() && !f.dryRun {
		return fmt.Errorf("revoke: %w: nothing was sent; --read-only or the configuration says so", webex.ErrReadOnly)
	}
	l, err := svc.List(ctx, who)
	if err != nil {
		return err
	}
	plan, err := svc.NewPlan(ctx, l, ids, app.PlanOptions{IncludeSelf: f.includeSelf, Max: f.max})
	if err != nil {
		return err
	}
	_, err = c.carryOut(ctx, svc, plan, f)
	return err
}

// carryOut shows a plan, or has it confirmed, executes it and prints the result. done
// is true when all of it is gone.
func (c *command) carryOut(ctx context.Context, svc *app.Service, plan app.Plan, f revokeFlags) (done bool, err error) {
	if f.dryRun {
		if !c.g.json {
			c.showPlan(plan)
		}
		return false, c.printResult(plan.DryRun(), c.confirmLine(plan))
	}
	if err := c.confirmPlan(ctx, plan, f); err != nil {
		return false, err
	}
	res, err := svc.Revoke(ctx, plan, c.reporter(plan))
	if err != nil {
		return false, err
	}
	if err := c.printResult(res, ""); err != nil {
		return false, err
	}
	if exit := exitForResult(ctx, res); exit != exitDone {
		return false, resultError{exit}
	}
	return true, nil
}

// revokeArguments checks everything that can be checked before any request.
func revokeArguments(args []string, f revokeFlags) ([]webex.AuthorizationID, webex.Person, error) {
	if len(args) == 0 {
		return nil, webex.Person{}, errors.New("nothing selected: name the ids that \"wxauth list\" shows")
	}
	ids := make([]webex.AuthorizationID, len(args))
	for i, a := range args {
		ids[i] = webex.AuthorizationID(a)
		if err := webex.CheckID("authorization id", a); err != nil {
			return nil, webex.Person{}, err
		}
	}
	if strings.TrimSpace(f.user) == "" {
		return nil, webex.Person{}, errors.New("--user is missing: Webex has no way to show an authorization by its id alone")
	}
	if f.max < 1 {
		return nil, webex.Person{}, errors.New("--max must be at least 1")
	}
	who, err := webex.ParsePerson(f.user)
	return ids, who, err
}

// confirmLine is the flag that would confirm a plan.
func (c *command) confirmLine(p app.Plan) string {
	text := p.Confirmation().Text
	switch {
	case text == "":
		return "--yes"
	case strings.ContainsFunc(string(text), func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@.+-_=", r)
	}):
		return "--confirm=ADDRESS" // one that a shell would take for something else
	}
	return "--confirm=" + string(text)
}

// confirmPlan asks, or takes the answer from the flags. An error means no.
func (c *command) confirmPlan(ctx context.Context, p app.Plan, f revokeFlags) error {
	want := string(p.Confirmation().Text)
	switch {
	case f.confirm != "" && f.confirm == want, f.yes && want == "":
		return nil
	case f.confirm != "" && want != "":
		return refusedError{fmt.Errorf("refused: --confirm does not match; needed is %s; nothing was sent", c.confirmLine(p))}
	case !c.interactive():
		return refusedError{fmt.Errorf("refused: nobody can be asked here; %s confirms this, --dry-run shows it; nothing was sent", c.confirmLine(p))}
	}
	c.showPlan(p)
	question := "Revoke? [y/N] "
	if want != "" {
		question = fmt.Sprintf("To go on, type %s: ", webex.Clean(webex.Untrusted(want)))
	}
	fmt.Fprint(c.env.Stderr, question)
	answer, err := c.readLine(ctx)
	if err != nil {
		return err
	}
	if want == "" && isYes(answer) || want != "" && answer == want {
		return nil
	}
	return refusedError{errors.New("answered no: nothing was sent")}
}

// readLine reads an answer; a signal ends the waiting.
func (c *command) readLine(ctx context.Context) (string, error) {
	answers := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(c.env.Stdin).ReadString('\n')
		answers <- strings.TrimSpace(line)
	}()
	select {
	case a := <-answers:
		return a, nil
	case <-ctx.Done():
		return "", fmt.Errorf("%w: nothing was sent", context.Cause(ctx))
	}
}

// showPlan names everything that will end.
func (c *command) showPlan(p app.Plan) {
	w, now := c.env.Stderr, time.Now()
	sure, more := p.Ends()
	named := map[webex.AuthorizationID]bool{}
	for _, i := range p.Items {
		named[i.ID] = true
	}
	fmt.Fprintf(w, "%s of %s:\n", countTokens(sure, more), personWords(p.Who, p.Person))
	for _, i := range p.Items {
		note := ""
		if i.SignIn {
			note = "  Webex sign-in: signs the person out"
		}
		if i.Self {
			note += "  our own session"
		}
		fmt.Fprintf(w, "  %-8s %q  client %s  %s  %s%s\n", i.Type, app.ShortName(i.Authorization), i.ClientID, app.LeftWords(i.Left, now), i.ID, note)
		if i.Renewable {
			fmt.Fprintln(w, "           the app keeps a refresh token and can get a new access token with it")
		}
		for _, e := range i.Ends {
			if named[e.ID] {
				continue
			}
			named[e.ID] = true
			how := "ends with it (inferred: same person, same app)"
			if i.UpTo {
				how = "may end with it (the app holds more refresh tokens)"
			}
			fmt.Fprintf(w, "    %-8s %s  %s  %s\n", e.Type, app.LeftWords(e.Left, now), e.ID, how)
		}
	}
	fmt.Fprintln(w, "There is no undo. The app can be authorized again by whoever can sign in.")
}

func countTokens(sure, more int) string {
	s := fmt.Sprintf("%d tokens end", sure)
	if sure == 1 {
		s = "1 token ends"
	}
	if more > 0 {
		s += fmt.Sprintf(", and up to %d more", more)
	}
	return s
}

func personWords(who webex.Person, p webex.PersonDetails) string {
	if e := p.Email(); e != "" {
		return e.String()
	}
	return who.String()
}

// reporter tells each outcome on stderr as it becomes known.
func (c *command) reporter(p app.Plan) func(app.Progress) {
	if c.g.json {
		return nil
	}
	var mu sync.Mutex
	return func(step app.Progress) {
		if step.Stage != app.StageDone {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		reason := ""
		if step.Result.Err != nil {
			reason = ": " + string(webex.Clean(webex.Untrusted(step.Result.Err.Error())))
		}
		fmt.Fprintf(c.env.Stderr, "%s: %s %q%s\n", step.Result.Outcome.Words(), step.Result.Type, app.ShortName(step.Result.Authorization), reason)
	}
}

func (c *command) printResult(r app.Result, confirm string) error {
	if c.g.json {
		return c.printJSON(r.JSON())
	}
	t := table{header: []string{"OUTCOME", "TYPE", "APP", "CLIENT", "ERROR", "ID"}}
	for _, i := range r.Items {
		reason := ""
		if i.Err != nil {
			reason = i.Err.Error()
		}
		t.add(string(i.Outcome), i.Type.String(), app.AppName(i.Authorization), i.ClientID.String(), reason, i.ID.String())
	}
	if err := c.printTable(t); err != nil {
		return err
	}
	if confirm != "" {
		c.note("a dry run: nothing was sent. To confirm: %s", confirm)
		return nil
	}
	for _, n := range r.Notes() {
		c.note("%s", n)
	}
	return nil
}
