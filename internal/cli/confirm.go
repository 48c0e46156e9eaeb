package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/webex"
)

// confirmLine returns the flag that confirms a batch.
func (c *command) confirmLine(b app.Batch) string {
	text := b.Confirmation().Text
	if b.App != nil && b.App.Client == "" {
		return "--confirm=NAME"
	}
	switch {
	case text == "":
		return "--yes"
	case strings.ContainsFunc(string(text), func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@.+-_=", r)
	}):
		return "--confirm=ADDRESS" // the shell would interpret it
	}
	return "--confirm=" + string(text)
}

// confirmBatch asks for confirmation or takes it from the flags. It returns an error if the
// answer is no.
func (c *command) confirmBatch(ctx context.Context, svc *app.Service, b app.Batch, f revokeFlags) (asked bool, err error) {
	if b.Concerned() == 0 {
		return false, nil
	}
	confirmation := b.Confirmation()
	want := string(confirmation.Text)
	switch {
	case confirmation.Answers(f.confirm), f.yes && want == "":
		return false, nil
	case f.confirm != "" && want != "":
		return false, refusedError{fmt.Errorf("--confirm does not match; expected %s; nothing was sent", c.confirmLine(b))}
	case !c.interactive():
		why := "confirmation required, but wxauth cannot prompt here"
		if f.yes {
			why += " (--yes is not enough)"
		}
		return false, refusedError{fmt.Errorf("%s: use %s to confirm, --dry-run previews it; nothing was sent", why, c.confirmLine(b))}
	}
	if err := svc.Prepare(ctx); err != nil { // before the question, not after it
		return false, err
	}
	shown := b
	if len(b.Plans) == 1 { // what is executed and logged stays as it is
		shown.Plans = slices.Clone(b.Plans)
		shown.Plans[0].Person = describe(ctx, svc, b.Plans[0].Who, b.Plans[0].Person)
	}
	c.showBatch(shown)
	c.repeatCount(shown)
	if b.App != nil && !b.App.Swept.IsZero() && time.Since(b.App.Swept) > app.OldSweep {
		fmt.Fprintf(c.env.Stderr, "The sweep is %s old: run wxauth sweep to find users who authorized the app since.\n", app.DurationWords(time.Since(b.App.Swept)))
	}
	return true, c.askTyped(ctx, confirmation, revokeQuestion(b))
}

// revokeQuestion repeats in one line what will happen, for the y/N question.
func revokeQuestion(b app.Batch) string {
	if len(b.Plans) != 1 {
		return "Revoke? [y/N] "
	}
	p := b.Plans[0]
	sure, more := p.Ends()
	what := english.Count(sure, "token")
	if more > 0 {
		what = "up to " + english.Count(sure+more, "token")
	}
	of := fmt.Sprintf("%d apps", p.Apps())
	if p.Apps() == 1 {
		of = fmt.Sprintf("%q", app.ShortName(p.Items[0].Authorization)) // quoted: the name is its author's
	}
	return fmt.Sprintf("Revoke %s of %s for %s? [y/N] ", what, of, personWords(p.Who, p.Person))
}

// askTyped asks y/N, or for a text to type. It returns an error if the answer is no.
// question is the y/N question.
func (c *command) askTyped(ctx context.Context, want app.Confirmation, question string) error {
	switch {
	case want.Or != "":
		question = fmt.Sprintf("Type %s or %s to confirm: ", want.Or, want.Text)
	case want.Text != "":
		question = fmt.Sprintf("Type %s to confirm: ", want.Text)
	}
	c.dropTypeAhead() // typed before the question appeared
	answer, err := c.readLine(ctx, question)
	if err != nil {
		return err
	}
	if want.Text == "" && isYes(answer) || want.Answers(answer) {
		return nil
	}
	if want.Text != "" && strings.TrimSpace(answer) != "" {
		return refusedError{fmt.Errorf("%s does not match: nothing was sent", webex.Quote(answer))}
	}
	return refusedError{errors.New("answered no: nothing was sent")}
}

// ask asks a y/N question. It returns an error if the answer is no.
func (c *command) ask(ctx context.Context, question string) error {
	if !c.interactive() {
		return refusedError{errors.New("confirmation required, but wxauth cannot prompt here: use --yes; nothing was done")}
	}
	answer, err := c.readLine(ctx, question)
	if err != nil {
		return err
	}
	if !isYes(answer) {
		return refusedError{errors.New("answered no: nothing was done")}
	}
	return nil
}

func isYes(answer string) bool {
	return strings.EqualFold(answer, "y") || strings.EqualFold(answer, "yes")
}
