package config

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/wxauth/wxauth/webex"
)

// KeySources lists the possible sources of the store's key.
var KeySources = []string{"keyring", "passphrase", "keyfile", "memory"}

// DefaultProfile is the profile of users who have only one.
const DefaultProfile = "default"

// Profile is a named set of credentials and settings. Empty fields are taken from [integration]
// and the top level of the file.
type Profile struct {
	Name string
	Client
	RedirectURI string
	Scopes      []string
	Issuer      string
	LoginHint   string
	BaseURL     string
	ReadOnly    bool
	Endpoints   webex.Endpoints // from the file, unless BaseURL is another
	ServiceApp  Client
}

// Client is an OAuth client and the source of its secret.
type Client struct {
	ClientID            webex.ClientID
	ClientSecret        webex.Secret
	ClientSecretCommand []string // prints the secret to stdout
	ClientSecretSaved   bool     // the token store has the secret
	// ClientFrom describes where the client id was set: the configuration or the environment.
	ClientFrom string
}

// over returns c with its empty fields taken from base. It never combines a client id with the
// secret of another client.
func (c Client) over(base Client) Client {
	if c.ClientID == "" || c.ClientID == base.ClientID {
		c.ClientID = base.ClientID
		if !c.hasSecret() {
			c.ClientSecret, c.ClientSecretCommand, c.ClientSecretSaved = base.ClientSecret, base.ClientSecretCommand, base.ClientSecretSaved
		}
	}
	if c.ClientID != "" {
		c.ClientFrom = "the configuration"
	}
	return c
}

func (c Client) hasSecret() bool {
	return !c.ClientSecret.IsZero() || len(c.ClientSecretCommand) > 0 || c.ClientSecretSaved
}

// under returns c with the values of two environment variables, which take precedence.
func (c Client) under(getenv func(string) string, idName, secretName string) (Client, error) {
	if id := webex.ClientID(strings.TrimSpace(getenv(idName))); id != "" {
		if err := webex.CheckID("client id", id); err != nil {
			return c, fmt.Errorf("%s: %w", idName, err)
		}
		if id != c.ClientID && c.ClientID != "" { // the configured secret belongs to the configured client id
			c.ClientSecret, c.ClientSecretCommand, c.ClientSecretSaved = webex.Secret{}, nil, false
		}
		c.ClientID = id
		c.ClientFrom = "the environment"
	}
	if s := strings.TrimSpace(getenv(secretName)); s != "" && (!c.hasSecret() || getenv(idName) != "") {
		c.ClientSecret, c.ClientSecretCommand, c.ClientSecretSaved = webex.NewSecret(s), nil, false
	}
	return c, nil
}

// Resolve returns the settings of a profile. The environment takes precedence over the profile,
// which takes precedence over [integration] and [service_app], and these over the defaults.
func (c Config) Resolve(name string, getenv func(string) string) (Profile, error) {
	p, known := c.Profiles[name]
	p.Name = name
	if !known && name != DefaultProfile && len(c.Profiles) > 0 {
		return p, fmt.Errorf("there is no profile %q in %s; there are: %s", name, c.Path, strings.Join(c.ProfileNames(), ", "))
	}
	var err error
	if p.Client, err = p.over(c.Integration.Client).under(getenv, webex.EnvClientID, webex.EnvClientSecret); err != nil {
		return p, err
	}
	if p.ServiceApp, err = p.ServiceApp.over(c.ServiceApp).under(getenv, webex.EnvSAClientID, webex.EnvSASecret); err != nil {
		return p, err
	}
	p.RedirectURI = firstOf(strings.TrimSpace(getenv(webex.EnvRedirectURI)), p.RedirectURI, c.Integration.RedirectURI, webex.DefaultRedirectURI)
	p.Issuer = firstOf(p.Issuer, c.Integration.Issuer)
	p.LoginHint = firstOf(p.LoginHint, c.Integration.LoginHint)
	p.ReadOnly = p.ReadOnly || c.ReadOnly
	// Endpoints belong to the base URL in the same table, so that a token isn't sent to another
	// server.
	if (p.BaseURL == "" || p.BaseURL == c.BaseURL) && !c.BaseURLFromEnv {
		p.Endpoints = c.Endpoints
	}
	if p.BaseURL == "" || c.BaseURLFromEnv {
		p.BaseURL = c.BaseURL
	}
	if len(p.Scopes) == 0 {
		p.Scopes = c.Integration.Scopes
	}
	if len(p.Scopes) == 0 {
		p.Scopes = webex.DefaultScopes
	}
	return p, nil
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// ProfileNames returns the sorted names of the profiles in the file, including the default
// profile.
func (c Config) ProfileNames() []string {
	names := []string{DefaultProfile}
	for n := range c.Profiles {
		if n != DefaultProfile {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return names
}

// CheckProfileName returns an error unless a name is valid for a profile: letters, digits, _ and
// -, at most 64 characters.
func CheckProfileName(name string) error {
	if name == "" || len(name) > 64 || name[0] == '-' || strings.ContainsFunc(name, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '_' || r == '-')
	}) {
		return fmt.Errorf("%s is not a valid profile name (only letters, digits, _ and -)", webex.Quote(name))
	}
	return nil
}

// clients returns all clients in the file.
func (c Config) clients() []Client {
	all := []Client{c.Integration.Client, c.ServiceApp}
	for _, p := range c.Profiles {
		all = append(all, p.Client, p.ServiceApp)
	}
	return all
}

// HoldsSecret reports whether the file contains a client secret.
func (c Config) HoldsSecret() bool {
	return slices.ContainsFunc(c.clients(), func(c Client) bool { return !c.ClientSecret.IsZero() })
}

// checkAccess rejects a file that contains a secret and that other users can read.
func (c Config) checkAccess(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	if !ownedByUsOrRoot(info) {
		return fmt.Errorf("%s is owned by another user, and it controls which programs wxauth runs and where it sends tokens: copy it, or chown it", path)
	}
	if folder, err := os.Stat(filepath.Dir(path)); err == nil && info.Mode().IsRegular() && folder.Mode().Perm()&0o002 != 0 && folder.Mode()&os.ModeSticky == 0 {
		return fmt.Errorf("everybody can write to %s (mode %04o), and so replace the configuration: chmod 700 %s", filepath.Dir(path), folder.Mode().Perm(), filepath.Dir(path))
	}
	if mode := info.Mode().Perm(); mode&0o002 != 0 {
		return fmt.Errorf("everybody can write to %s (mode %04o), and it controls which programs wxauth runs and where it sends tokens: chmod 600 %s", path, mode, path)
	}
	if !c.HoldsSecret() {
		return nil
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return fmt.Errorf("%s holds a client secret and others can read it (mode %04o): chmod 600 %s", path, mode, path)
	}
	return nil
}
