package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/store"
	"github.com/wxauth/wxauth/webex"
)

// keeping is a store as all subcommands see it.
type keeping struct {
	profile func(name string) app.Vault
	logins  func(context.Context) ([]store.Login, error)
	apps    func(context.Context) ([]store.Login, error) // Service Apps with organizations
	bolt    *store.Bolt                                  // nil when nothing is kept
}

// store opens the store that the settings name. Nothing is read yet.
func (c *command) store(ctx context.Context, s settings) (keeping, error) {
	c.keptMu.Lock()
	defer c.keptMu.Unlock()
	if c.kept != nil {
		return *c.kept, nil
	}
	path, source := config.StorePath(c.env.Getenv), s.Key
	if path == "" && source != store.SourceMemory {
		// Without a home there is no store; a login says that it could not be kept.
		source = store.SourceMemory
		c.homeless = true
	}
	if source == "" {
		sealed, err := store.SealedWith(ctx, path)
		for _, backup := range []string{".bak1", ".bak2"} {
			if errors.Is(err, store.ErrDamaged) { // its backups know
				if b, berr := store.SealedWith(ctx, path+backup); berr == nil && b != "" {
					sealed, err = b, nil
				}
			}
		}
		if err != nil {
			return keeping{}, err
		}
		source = sealed
	}
	k, err := c.storeWith(path, source, c.askPassphrase)
	if err == nil {
		c.kept = &k
	}
	return k, err
}

func (c *command) storeWith(path, source string, ask func(context.Context, int) (webex.Secret, error)) (keeping, error) {
	var key store.Key
	switch source {
	case store.SourceMemory:
		m := store.NewMemory()
		return keeping{profile: func(n string) app.Vault { return m.Profile(n) }, logins: m.Logins, apps: m.ServiceApps}, nil
	case store.SourceKeyfile:
		key = store.Keyfile(config.KeyfilePath(c.env.Getenv))
	case store.SourcePassphrase:
		key = store.Passphrase(ask)
	default:
		key = store.Keyring()
	}
	b, err := store.Open(path, key, store.WithWarnings(func(err error) {
		if !c.onScreen {
			c.note("%s", webex.Clean(webex.Untrusted(strings.ReplaceAll(err.Error(), "\n", "; "))))
		}
	}))
	if err != nil {
		return keeping{}, err
	}
	return keeping{profile: func(n string) app.Vault { return b.Profile(n) }, logins: b.Logins, apps: b.ServiceApps, bolt: b}, nil
}

const passphraseVariable = "WXAUTH_PASSPHRASE"

// askPassphrase takes the passphrase from the environment, or asks without echo: twice
// where it is chosen.
func (c *command) askPassphrase(ctx context.Context, try int) (webex.Secret, error) {
	if p := c.env.Getenv(passphraseVariable); p != "" {
		if try > 1 {
			return webex.Secret{}, fmt.Errorf("%w: what %s holds does not open the store", store.ErrWrongKey, passphraseVariable)
		}
		return webex.NewSecret(p), nil
	}
	if try > 1 {
		c.note("that is not it; %d of 3", try)
	}
	question := "Passphrase of the token store: "
	if try == 0 {
		question = "A new passphrase for the token store: "
	}
	first, err := c.readSecret(ctx, question, passphraseVariable)
	if err != nil || try > 0 {
		return first, err
	}
	again, err := c.readSecret(ctx, "The same again: ", passphraseVariable)
	if err == nil && !again.Equal(first) {
		err = usageError{errors.New("the two passphrases differ; nothing was stored"), codeUsage}
	}
	return first, err
}

// readSecret asks for a secret on the terminal, without echo. variable is what a
// script would set instead.
func (c *command) readSecret(ctx context.Context, question, variable string) (webex.Secret, error) {
	if c.onScreen {
		return webex.Secret{}, fmt.Errorf("%w: it would have to be asked for on the terminal: quit, and set %s or run the subcommand", store.ErrNoKey, variable)
	}
	if !c.interactive() {
		return webex.Secret{}, usageError{fmt.Errorf("%w: nobody can be asked here: set %s", store.ErrNoKey, variable), codeConfig}
	}
	fmt.Fprint(c.env.Stderr, question)
	fd := int(c.env.Stdin.Fd())
	state, serr := term.GetState(fd)
	text, err := waitFor(ctx, func() ([]byte, error) { return term.ReadPassword(fd) })
	if ctx.Err() != nil && serr == nil {
		_ = term.Restore(fd, state) // the echo comes back
	}
	fmt.Fprintln(c.env.Stderr)
	switch {
	case ctx.Err() != nil:
		return webex.Secret{}, context.Cause(ctx)
	case err != nil:
		return webex.Secret{}, fmt.Errorf("read answer: %w", err)
	}
	return webex.NewSecret(strings.TrimRight(string(text), "\r\n")), nil
}

// account returns the login of a profile.
func (c *command) account(ctx context.Context, s settings, p config.Profile) (*app.Account, error) {
	k, err := c.store(ctx, s)
	if err != nil {
		return nil, err
	}
	return c.accountIn(k, s, p), nil
}

func (c *command) accountIn(k keeping, s settings, p config.Profile) *app.Account {
	return app.NewAccount(k.profile(p.Name), app.AccountOptions{
		Profile: p.Name, ClientFrom: p.ClientFrom, Scopes: p.Scopes, LoginHint: p.LoginHint, Issuer: p.Issuer, ReadOnly: p.ReadOnly,
		Credentials: webex.Credentials{
			ClientID: p.ClientID, ClientSecret: p.ClientSecret, RedirectURI: p.RedirectURI, ClientSecretFrom: c.secretFrom(p.Client, "Client secret of ", webex.EnvClientSecret),
		},
		Client: c.clientOptions(s, p),
	})
}

// secretFrom says how to get a client secret that stands nowhere in the clear; nil when
// there is no way. what begins the question, and variable is what a script would set.
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
			s, err := c.readSecret(ctx, what+app.ShortID(client.ClientID)+": ", variable)
			return webex.NewSecret(strings.TrimSpace(s.Reveal())), err
		}
	}
	return nil
}

const secretCommandTimeout = 60 * time.Second

// runSecretCommand runs the program that prints the client secret: without a shell,
// with its first line of output as the secret.
func (c *command) runSecretCommand(ctx context.Context, argv []string) (webex.Secret, error) {
	ctx, cancel := context.WithTimeout(ctx, secretCommandTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...) //nolint:gosec // it is the user's own configuration
	cmd.Env = withoutSecrets(c.env.Environ)
	if !c.onScreen {
		cmd.Stderr = c.env.Stderr
		if isTerminal(c.env.Stdin) { // never the data that is meant for others
			cmd.Stdin = c.env.Stdin
		}
	}
	cmd.WaitDelay = time.Second
	out := &firstLine{}
	cmd.Stdout = out
	name := webex.Clean(webex.Untrusted(argv[0]))
	err := cmd.Run()
	secret := strings.TrimSpace(out.line.String())
	if err != nil && !(errors.Is(err, exec.ErrWaitDelay) && secret != "") { // something it started in the background goes on
		return webex.Secret{}, usageError{fmt.Errorf("client_secret_command %s: %w", name, err), codeConfig}
	}
	if secret == "" {
		return webex.Secret{}, fmt.Errorf("client_secret_command %s: it printed nothing", name)
	}
	return webex.NewSecret(secret), nil
}

// firstLine keeps the first line that is written, of bounded length.
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

// hasDisplay reports whether a browser could show something here, and why not.
func (c *command) hasDisplay() (bool, string) {
	switch {
	case c.env.Getenv("SSH_CONNECTION") != "" || c.env.Getenv("SSH_TTY") != "":
		return false, "over SSH"
	case runtime.GOOS == "linux" && c.env.Getenv("DISPLAY") == "" && c.env.Getenv("WAYLAND_DISPLAY") == "":
		return false, "there is no display"
	}
	return true, ""
}

// secretVariables are those of the environment that hold our secrets.
var secretVariables = []string{tokenVariable, webex.EnvClientSecret, webex.EnvSASecret, passphraseVariable}

// dropSecrets takes our secrets out of what programs that are started inherit.
func dropSecrets() {
	for _, name := range secretVariables {
		_ = os.Unsetenv(name)
	}
}

// withoutSecrets is an environment without them, for a program that needs none.
func withoutSecrets(environ []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return slices.Contains(secretVariables, name)
	})
}
