package session

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/audit"
	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/internal/postgres"
	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/webex"
)

// OpenStore is a store for the rest of the program: what each backend offers. [Session.Store] chooses the
// backend.
type OpenStore struct {
	profile func(name string) app.Vault
	Logins  func(context.Context) ([]store.Login, error)
	Apps    func(context.Context) ([]store.Login, error) // Service Apps with organizations
	// OrgIDs lists the organizations of a profile; of a file, without its key. It is nil if the
	// backend can't.
	OrgIDs func(ctx context.Context, profile string) ([]string, error)
	// Trail is the audit log; nil if nothing is saved.
	Trail audit.Trail
	// Sweeps returns the inventory; nil if nothing is saved.
	Sweeps func(warn func(error)) app.SweepStore
	// File is the store's file, with its backups; nil if it has none.
	File *store.Bolt
	// Team is the store in a database; nil if it is on this computer.
	Team *postgres.Store
}

// Store returns the store that the settings select, without reading it.
func (c *Session) Store(ctx context.Context, s Settings) (OpenStore, error) {
	c.keptMu.Lock()
	defer c.keptMu.Unlock()
	if c.Kept != nil {
		return *c.Kept, nil
	}
	if config.IsDatabase(s.Store) {
		k, err := c.openTeam(s)
		if err == nil {
			c.Kept = &k
		}
		return k, err
	}
	files, source := config.FilesOf(c.Getenv, s.Store), s.Key
	path := files.Store
	if path == "" && source != store.SourceMemory {
		// Without a home directory there is no store. A login reports that it could not be
		// saved.
		source = store.SourceMemory
		c.Homeless = true
	}
	if source == "" {
		sealed, err := store.SealedWith(ctx, path)
		for _, backup := range store.Backups(path) {
			if errors.Is(err, store.ErrDamaged) { // the error lists its backups
				if b, berr := store.SealedWith(ctx, backup); berr == nil && b != "" {
					sealed, err = b, nil
				}
			}
		}
		if err != nil {
			return OpenStore{}, err
		}
		source = sealed
	}
	k, err := c.storeWith(files, source, c.askPassphrase)
	if err == nil {
		c.Kept = &k
	}
	return k, err
}

func (c *Session) storeWith(files config.Files, source string, ask func(context.Context, int) (webex.Secret, error)) (OpenStore, error) {
	var key store.Key
	switch source {
	case store.SourceMemory:
		m := store.NewMemory()
		return OpenStore{profile: func(n string) app.Vault { return m.Profile(n) }, Logins: m.Logins, Apps: m.ServiceApps}, nil
	case store.SourceKeyfile:
		key = store.Keyfile(files.Keyfile)
	case store.SourcePassphrase:
		key = store.Passphrase(ask)
	default:
		key = store.Keyring()
	}
	b, err := store.Open(files.Store, key, store.WithWarnings(func(err error) {
		if !c.OnScreen {
			c.Note("%s", webex.Clean(webex.Untrusted(strings.ReplaceAll(err.Error(), "\n", "; "))))
		}
	}))
	if err != nil {
		return OpenStore{}, err
	}
	k := OpenStore{
		profile: func(n string) app.Vault { return b.Profile(n) }, Logins: b.Logins, Apps: b.ServiceApps,
		OrgIDs: func(ctx context.Context, profile string) ([]string, error) { return b.Profile(profile).OrgIDs(ctx) },
		File:   b,
	}
	if files.Inventory != "" {
		k.Sweeps = func(warn func(error)) app.SweepStore { return SweepStore{store.NewInventory(files.Inventory, b, warn)} }
	}
	if files.Audit != "" {
		log := audit.New(files.Audit, b.Profile(auditProfile))
		log.OnSetAside(c.noteSetAside)
		k.Trail = log
	}
	return k, nil
}

const PassphraseVariable = "WXAUTH_PASSPHRASE"

// askPassphrase returns the passphrase from the environment, or prompts for it without echo:
// twice for a new one.
func (c *Session) askPassphrase(ctx context.Context, try int) (webex.Secret, error) {
	if p := c.Getenv(PassphraseVariable); p != "" {
		if try > 1 {
			return webex.Secret{}, fmt.Errorf("%w: %s cannot decrypt the token store", store.ErrWrongKey, PassphraseVariable)
		}
		return webex.NewSecret(p), nil
	}
	if try > 1 {
		c.Note("wrong passphrase; attempt %d of 3", try)
	}
	question := "Passphrase for the token store: "
	if try == 0 {
		question = "New passphrase for the token store: "
	}
	first, err := c.Ask(ctx, question, PassphraseVariable)
	if err != nil || try > 0 {
		return first, err
	}
	again, err := c.Ask(ctx, "Repeat the passphrase: ", PassphraseVariable)
	if err == nil && !again.Equal(first) {
		err = UsageError(errors.New("the passphrases do not match; nothing was saved"))
	}
	return first, err
}

// Account returns the login of a profile.
func (c *Session) Account(ctx context.Context, s Settings, p config.Profile) (*app.Account, error) {
	k, err := c.Store(ctx, s)
	if err != nil {
		return nil, err
	}
	return c.AccountIn(k, s, p), nil
}

// clientsProfile is where the store keeps client secrets, for all profiles. It is not a valid
// profile name.
const clientsProfile = "-clients"

// savedSecret is the name of the setting with the client secret of an integration.
func savedSecret(client webex.ClientID) string { return "client-secret " + string(client) }

// SaveClientSecret saves the client secret of an integration, encrypted.
func (c *Session) SaveClientSecret(ctx context.Context, s Settings, client webex.ClientID, secret webex.Secret) error {
	k, err := c.Store(ctx, s)
	if err != nil {
		return err
	}
	return k.profile(clientsProfile).SetSetting(ctx, savedSecret(client), secret.Reveal())
}

// KeepsSecrets returns an error if the store cannot keep a client secret.
func (c *Session) KeepsSecrets(ctx context.Context, s Settings) error {
	k, err := c.Store(ctx, s)
	switch {
	case err != nil:
		return err
	case k.File == nil && k.Team == nil:
		return ConfigError(errors.New("the token store is in memory, so it cannot keep the client secret: choose another key source (--key)"))
	}
	return k.profile(clientsProfile).Prepare(ctx)
}

// clientSecret returns the function that gets the client secret when it is needed.
func (c *Session) clientSecret(vault app.Vault, p config.Profile) func(context.Context) (webex.Secret, error) {
	if !p.ClientSecretSaved || len(p.ClientSecretCommand) > 0 {
		return c.SecretFrom(p.Client, "Client secret of ", webex.EnvClientSecret)
	}
	return func(ctx context.Context) (webex.Secret, error) {
		text, err := vault.Setting(ctx, savedSecret(p.ClientID))
		if err == nil && text == "" {
			err = ConfigError(errors.New("client_secret_saved is set, but the token store has no client secret of this integration: set client_secret or client_secret_command"))
		}
		return webex.NewSecret(text), err
	}
}

func (c *Session) AccountIn(k OpenStore, s Settings, p config.Profile) *app.Account {
	return app.NewAccount(k.profile(p.Name), app.AccountOptions{
		Profile: p.Name, ClientFrom: p.ClientFrom, Scopes: p.Scopes, LoginHint: p.LoginHint, Issuer: p.Issuer, ReadOnly: p.ReadOnly,
		Credentials: webex.Credentials{
			ClientID: p.ClientID, ClientSecret: p.ClientSecret, RedirectURI: p.RedirectURI, ClientSecretFrom: c.clientSecret(k.profile(clientsProfile), p),
		},
		Client: c.Client(s, p),
	})
}
