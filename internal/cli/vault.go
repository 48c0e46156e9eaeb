package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

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
		c.note("that is not it; try %d of 3", try)
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
