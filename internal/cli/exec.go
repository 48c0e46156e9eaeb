package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/webex"
)

// Exit codes that shells use for a program that cannot run.
const (
	exitCannotRun = 126
	exitNoProgram = 127
)

func (c *command) execCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "exec [flags] -- PROGRAM [ARGUMENT...]",
		Short: "Run a program with a valid token in WEBEX_ACCESS_TOKEN",
		Long: `Run a program with a valid access token in its WEBEX_ACCESS_TOKEN variable. Only that
program's environment gets the token: it is not set in your shell and not written to a
file. wxauth exits with the program's exit code.`,
		Example: "  wxauth exec -- python report.py\n  wxauth exec --profile customer -- sh -c 'curl -H \"Authorization: Bearer $WEBEX_ACCESS_TOKEN\" …'",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return session.UsageError(errors.New("no program given; example: wxauth exec -- python report.py"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return c.exec(cmd.Context(), args) },
	}
	cmd.Flags().SetInterspersed(false) // later flags belong to the program
	return cmd
}

func (c *command) exec(ctx context.Context, argv []string) error {
	s, account, _, err := c.stored(ctx)
	if err != nil {
		return err
	}
	token := s.Token
	if account != nil {
		login, err := account.Valid(ctx, 0)
		if err != nil {
			return err
		}
		c.warnOfEnd(login)
		token = login.Tokens.Access
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), argv[0], argv[1:]...) //nolint:gosec // the user asked to run it
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.env.Stdin, c.env.Stdout, c.env.Stderr
	cmd.Env = withToken(c.env.Environ, token)
	err = cmd.Start()
	if err == nil {
		if isTerminal(c.env.Stdin) {
			// The terminal sends ctrl+c to the program too; wxauth waits for it to exit.
			signal.Ignore(os.Interrupt, syscall.SIGQUIT)
			defer signal.Reset(os.Interrupt, syscall.SIGQUIT)
		}
		// Pass the signal on and let the program handle it. A signal from the terminal has
		// already reached it.
		stop := context.AfterFunc(ctx, func() {
			if sig, ok := asSignal(context.Cause(ctx)); ok && !(sig == os.Interrupt && isTerminal(c.env.Stdin)) {
				_ = cmd.Process.Signal(sig)
			}
		})
		defer stop()
		err = cmd.Wait()
	}
	switch {
	case cmd.ProcessState != nil:
		return resultError{exitOf(cmd.ProcessState)}
	case err == nil:
		return nil
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, os.ErrNotExist):
		c.note("%s: program not found", webex.Clean(webex.Untrusted(argv[0])))
		return resultError{exitNoProgram}
	case errors.Is(err, os.ErrPermission):
		c.note("%s: not executable", webex.Clean(webex.Untrusted(argv[0])))
		return resultError{exitCannotRun}
	}
	return fmt.Errorf("run %s: %w", webex.Clean(webex.Untrusted(argv[0])), err)
}

// withToken returns environ with the access token instead of any other token, and without the
// passphrase, which would decrypt the whole store.
func withToken(environ []string, token webex.Secret) []string {
	return append(withoutVariables(environ, foldsNames, session.TokenVariable, session.PassphraseVariable), session.TokenVariable+"="+token.Reveal())
}
