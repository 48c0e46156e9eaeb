package session

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/ui"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/webex"
)

// Settings is the result of combining flags, environment and file.
type Settings struct {
	config.Config
	Profile config.Profile
	// Named is true if a flag selected the profile: its login then takes precedence over a
	// token from the environment.
	Named bool
	Token webex.Secret
	// CaFile is the path of extra CA certificates. It is read before the first request.
	CaFile string
	Keys   ui.Keys // custom key bindings, validated
}

// ConfigPath returns the path of the configuration; empty without a home directory.
func (c *Session) ConfigPath() string {
	path, _ := config.FilePath(c.Flags.Config, c.Getenv)
	return path
}

// Load reads the configuration and applies the flags.
func (c *Session) Load() (Settings, error) {
	cfg, err := config.Load(c.Flags.Config, c.Getenv)
	var problems config.Problems
	if errors.As(err, &problems) { // report the errors of key bindings together with these
		if _, kerr := OwnKeys(cfg); kerr != nil {
			err = errors.Join(err, kerr)
		}
	}
	if err != nil {
		return Settings{}, ConfigError(err)
	}
	if err := c.checkKeyFlag(); err != nil {
		return Settings{}, err
	}
	cfg.Key = cmp.Or(c.Flags.Key, cfg.Key)
	if c.Flags.Store != "" {
		if cfg.Store, err = StoreAddress(c.Flags.Store); err != nil {
			return Settings{}, UsageError(fmt.Errorf("--store: %w", err))
		}
	}
	c.Address = cfg.Store
	c.Zone, c.NoColor = cfg.Location(), cfg.Color == "never"
	s := Settings{Config: cfg, Named: c.Flags.Profile != ""}
	c.Flags.Plain = c.Flags.Plain || cfg.Plain
	s.Plain = c.Flags.Plain
	if s.Keys, err = OwnKeys(cfg); err != nil {
		return s, ConfigError(err)
	}
	name, err := c.profileName(cfg)
	if err != nil {
		return s, err
	}
	c.InUse = name
	if s.Profile, err = cfg.Resolve(name, c.Getenv); err != nil && c.Lenient {
		s.Profile = config.Profile{Name: name, BaseURL: cfg.BaseURL, Scopes: webex.DefaultScopes}
	} else if err != nil {
		if chosen, _ := config.ChosenProfile(c.Getenv); c.Flags.Profile == "" && name == chosen {
			err = fmt.Errorf("%w; it is the default set by wxauth profiles use. To change it: wxauth profiles use default", err)
		}
		return s, ConfigError(err)
	}
	if c.Flags.BaseURL != "" {
		if err := webex.CheckBaseURL(c.Flags.BaseURL); err != nil {
			return s, UsageError(fmt.Errorf("--base-url: %w", err))
		}
		s.Profile.BaseURL, s.Profile.Endpoints = c.Flags.BaseURL, webex.Endpoints{}
	}
	s.Profile.ReadOnly = s.Profile.ReadOnly || c.Flags.ReadOnly
	s.CaFile = cmp.Or(c.Flags.CaFile, cfg.CAFile)
	if s.Token, err = environmentToken(c.Getenv); err != nil {
		return s, ConfigError(err)
	}
	return s, nil
}

// KeyOfTarget returns the value of --key where it is the key source of another store than the one in use,
// which then has its own.
func (c *Session) KeyOfTarget() (source string, err error) {
	err = c.checkKeyFlag()
	source, c.Flags.Key = c.Flags.Key, ""
	return source, err
}

func (c *Session) checkKeyFlag() error {
	if c.Flags.Key != "" && !slices.Contains(config.KeySources, c.Flags.Key) {
		return UsageError(fmt.Errorf("--key: must be one of %s", strings.Join(config.KeySources, ", ")))
	}
	return nil
}

// StoreAddress checks the address of a store in an argument. A relative path starts at the current
// directory.
func StoreAddress(address string) (string, error) {
	if err := config.CheckStore(address, false); err != nil && (strings.Contains(address, "://") || strings.Contains(address, "=")) {
		return "", err
	}
	if config.IsDatabase(address) {
		return address, nil
	}
	return filepath.Abs(address)
}

// OwnKeys validates the configured key bindings.
func OwnKeys(cfg config.Config) (ui.Keys, error) {
	if len(cfg.Keys) == 0 {
		return ui.Keys{}, nil
	}
	keys, err := ui.ParseKeys(cfg.Keys)
	var wrong action.Problems
	if !errors.As(err, &wrong) {
		return keys, err
	}
	var problems config.Problems
	for _, p := range wrong {
		problems = append(problems, config.Problem{File: cfg.Path, Line: cfg.KeyLines[p.Action], Text: p.Words})
	}
	slices.SortStableFunc(problems, func(a, b config.Problem) int { return a.Line - b.Line })
	return keys, problems
}

// profileName returns the profile in use: from the flag, the environment, "profiles use", or the
// configuration, in this order.
func (c *Session) profileName(cfg config.Config) (string, error) {
	if c.Flags.Profile != "" {
		if err := config.CheckProfileName(c.Flags.Profile); err != nil {
			return "", UsageError(fmt.Errorf("--profile: %w", err))
		}
		return c.Flags.Profile, nil
	}
	if c.Getenv("WXAUTH_PROFILE") == "" {
		chosen, err := config.ChosenProfile(c.Getenv)
		if err != nil && !c.Lenient {
			return "", ConfigError(err)
		}
		if chosen != "" {
			return chosen, nil
		}
	}
	if cfg.Profile != "" {
		return cfg.Profile, nil
	}
	return config.DefaultProfile, nil
}

// environmentToken returns the token from the environment. It accepts surrounding spaces and a
// leading "Bearer", as copied text often has.
func environmentToken(getenv func(string) string) (webex.Secret, error) {
	v := strings.TrimSpace(getenv(TokenVariable))
	if n := len(v); n > 1 && (v[0] == '"' || v[0] == '\'') && v[n-1] == v[0] { // quotes, as in a line of an env file
		v = strings.TrimSpace(v[1 : n-1])
	}
	if prefix := "bearer "; len(v) > len(prefix) && strings.EqualFold(v[:len(prefix)], prefix) {
		v = strings.TrimSpace(v[len(prefix):])
	}
	if strings.ContainsFunc(v, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return webex.Secret{}, fmt.Errorf("%s does not contain a valid token: it has a space, a control character or a non-ASCII character", TokenVariable)
	}
	return webex.NewSecret(v), nil
}
