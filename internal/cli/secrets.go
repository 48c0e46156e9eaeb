package cli

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/webex"
)

// secretVariables are the environment variables with wxauth's secrets.
var secretVariables = []string{session.TokenVariable, webex.EnvClientSecret, webex.EnvSASecret, session.PassphraseVariable}

// readSecret prompts for a secret without echo. The error of a non-interactive run names
// variable, which a script can set instead.
func (c *command) readSecret(ctx context.Context, question, variable string) (webex.Secret, error) {
	if c.OnScreen {
		return webex.Secret{}, fmt.Errorf("%w: the dashboard cannot prompt for it: quit, then set %s or run the subcommand", store.ErrNoKey, variable)
	}
	if !c.interactive() {
		return webex.Secret{}, session.ConfigError(fmt.Errorf("%w: wxauth cannot prompt here: set %s", store.ErrNoKey, variable))
	}
	text, err := c.readHidden(ctx, question)
	switch {
	case ctx.Err() != nil:
		return webex.Secret{}, context.Cause(ctx)
	case isSignal(err):
		return webex.Secret{}, err
	case err != nil:
		return webex.Secret{}, fmt.Errorf("read answer: %w", err)
	}
	return webex.NewSecret(text), nil
}

// secretFrom returns a function that gets a client secret, or nil if there is no way to get it.
// what is the prompt's label, and variable is what a script can set.
func (c *command) secretFrom(client config.Client, what, variable string) func(context.Context) (webex.Secret, error) {
	switch {
	case client.ClientID == "" || !client.ClientSecret.IsZero():
		return nil
	case len(client.ClientSecretCommand) > 0:
		return func(ctx context.Context) (webex.Secret, error) {
			return c.runSecretCommand(ctx, client.ClientSecretCommand)
		}
	case c.interactive() && !c.forScreen:
		return func(ctx context.Context) (webex.Secret, error) {
			c.typedSecret = true
			s, err := c.readSecret(ctx, what+app.ShortID(client.ClientID)+": ", variable)
			return webex.NewSecret(strings.TrimSpace(s.Reveal())), err
		}
	}
	return nil
}

// runSecretCommand runs the program that prints the client secret, without a shell. The secret
// is its first line of output.
func (c *command) runSecretCommand(ctx context.Context, argv []string) (webex.Secret, error) {
	ctx, cancel := context.WithTimeout(ctx, secretCommandTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...) //nolint:gosec // the user configured it
	cmd.Env = withoutSecrets(c.env.Environ)
	if !c.OnScreen {
		cmd.Stderr = c.env.Stderr
		if isTerminal(c.env.Stdin) { // never pass on stdin that contains data
			cmd.Stdin = c.env.Stdin
		}
	}
	cmd.WaitDelay = time.Second
	out := &firstLine{}
	cmd.Stdout = out
	name := webex.Clean(webex.Untrusted(argv[0]))
	err := cmd.Run()
	secret := strings.TrimSpace(out.line.String())
	if err != nil && !(errors.Is(err, exec.ErrWaitDelay) && secret != "") { // ignore a background process that keeps the pipe open
		return webex.Secret{}, session.ConfigError(fmt.Errorf("client_secret_command %s: %w", name, err))
	}
	if secret == "" {
		return webex.Secret{}, fmt.Errorf("client_secret_command %s: it printed nothing", name)
	}
	return webex.NewSecret(secret), nil
}

const secretCommandTimeout = 60 * time.Second

// firstLine keeps the first line written to it, up to a size limit.
type firstLine struct {
	line  strings.Builder
	ended bool
}

func (f *firstLine) Write(p []byte) (int, error) {
	for _, b := range p {
		f.ended = f.ended || b == '\n' || f.line.Len() >= 4096
		if !f.ended {
			f.line.WriteByte(b)
		}
	}
	return len(p), nil
}
