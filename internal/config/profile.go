package config

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/wxauth/wxauth/webex"
)

// KeySources are where the key of the store can come from.
var KeySources = []string{"keyring", "passphrase", "keyfile", "memory"}

// DefaultProfile is the profile of those who have only one.
const DefaultProfile = "default"

// Profile is a named set of credentials and settings. What it leaves empty it has from
// [integration] and from the top of the file.
type Profile struct {
	Name                string
	ClientID            webex.ClientID
	ClientSecret        webex.Secret
	ClientSecretCommand []string // prints the secret on its stdout
	RedirectURI         string
	Scopes              []string
	Issuer              string
	LoginHint           string
	BaseURL             string
	ReadOnly            bool
	Endpoints           webex.Endpoints // those of the file, unless BaseURL is another
	// ClientFrom says where the client id comes from, in words: the configuration, the
	// environment.
	ClientFrom string
}

// Resolve returns what a profile comes to: the environment over the profile over
// [integration] over the defaults. A client id never gets a secret that belongs to
// another.
func (c Config) Resolve(name string, getenv func(string) string) (Profile, error) {
	p, known := c.Profiles[name]
	p.Name = name
	if !known && name != DefaultProfile && len(c.Profiles) > 0 {
		return p, fmt.Errorf("there is no profile %q in %s; there are: %s", name, c.Path, strings.Join(c.ProfileNames(), ", "))
	}
	if p.ClientID == "" || p.ClientID == c.Integration.ClientID {
		p.ClientID = c.Integration.ClientID
		if p.ClientSecret.IsZero() && len(p.ClientSecretCommand) == 0 {
			p.ClientSecret, p.ClientSecretCommand = c.Integration.ClientSecret, c.Integration.ClientSecretCommand
		}
	}
	if p.ClientID != "" {
		p.ClientFrom = "the configuration"
	}
	if id := webex.ClientID(strings.TrimSpace(getenv(webex.EnvClientID))); id != "" {
		if err := webex.CheckID("client id", id); err != nil {
			return p, fmt.Errorf("%s: %w", webex.EnvClientID, err)
		}
		if id != p.ClientID {
			p.ClientID, p.ClientSecret, p.ClientSecretCommand = id, webex.Secret{}, nil
		}
		p.ClientFrom = "the environment"
	}
	ownSecret := !p.ClientSecret.IsZero() || len(p.ClientSecretCommand) > 0
	if s := strings.TrimSpace(getenv(webex.EnvClientSecret)); s != "" && (!ownSecret || getenv(webex.EnvClientID) != "") {
		p.ClientSecret, p.ClientSecretCommand = webex.NewSecret(s), nil
	}
	p.RedirectURI = firstOf(strings.TrimSpace(getenv(webex.EnvRedirectURI)), p.RedirectURI, c.Integration.RedirectURI, webex.DefaultRedirectURI)
	p.Issuer = firstOf(p.Issuer, c.Integration.Issuer)
	p.LoginHint = firstOf(p.LoginHint, c.Integration.LoginHint)
	p.ReadOnly = p.ReadOnly || c.ReadOnly
	// Endpoints belong to the base URL beside them: a token goes to no other server.
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

// ProfileNames lists the profiles of the file, the default one among them, sorted.
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

// CheckProfileName reports whether a name can be a profile's: letters, digits, _
// and -, at most 64.
func CheckProfileName(name string) error {
	if name == "" || len(name) > 64 || name[0] == '-' || strings.ContainsFunc(name, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '_' || r == '-')
	}) {
		return fmt.Errorf("%q cannot be a profile's name (letters, digits, _ and - only)", string(webex.Clean(webex.Untrusted(name))))
	}
	return nil
}

// HoldsSecret reports whether the file has a client secret in it.
func (c Config) HoldsSecret() bool {
	if !c.Integration.ClientSecret.IsZero() {
		return true
	}
	for _, p := range c.Profiles {
		if !p.ClientSecret.IsZero() {
			return true
		}
	}
	return false
}

// checkAccess refuses a file with a secret in it that others can read.
func (c Config) checkAccess(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o002 != 0 {
		return fmt.Errorf("everybody can write to %s (mode %04o), and it says which programs are run and where tokens go: chmod 600 %s", path, mode, path)
	}
	if !c.HoldsSecret() {
		return nil
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return fmt.Errorf("%s holds a client secret and others can read it (mode %04o): chmod 600 %s", path, mode, path)
	}
	return nil
}
