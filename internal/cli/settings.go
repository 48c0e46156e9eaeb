package cli

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/ui"
	"github.com/wxauth/wxauth/ui/action"
	"github.com/wxauth/wxauth/webex"
)

// settings are what flags, environment and file come to.
type settings struct {
	config.Config
	profile config.Profile
	// named is true when a flag chose the profile: its login then goes before a token
	// of the environment.
	named bool
	token webex.Secret
	// caFile has certificate authorities beside the system's; it is read when something is
	// to be sent.
	caFile string
	keys   ui.Keys // of the user's own, checked
}

// load reads the configuration and lays the flags over it.
func (c *command) load() (settings, error) {
	cfg, err := config.Load(c.g.config, c.env.Getenv)
	var problems config.Problems
	if errors.As(err, &problems) { // those of the keys are told with the others
		if _, kerr := ownKeys(cfg); kerr != nil {
			err = errors.Join(err, kerr)
		}
	}
	if err != nil {
		return settings{}, usageError{err, codeConfig}
	}
	if c.g.key != "" {
		if !slices.Contains(config.KeySources, c.g.key) {
			return settings{}, usageError{fmt.Errorf("--key: must be one of %s", strings.Join(config.KeySources, ", ")), codeUsage}
		}
		cfg.Key = c.g.key
	}
	c.zone = cfg.Location()
	s := settings{Config: cfg, named: c.g.profile != ""}
	c.g.plain = c.g.plain || cfg.Plain
	s.Plain = c.g.plain
	if s.keys, err = ownKeys(cfg); err != nil {
		return s, usageError{err, codeConfig}
	}
	name, err := c.profileName(cfg)
	if err != nil {
		return s, err
	}
	c.inUse = name
	if s.profile, err = cfg.Resolve(name, c.env.Getenv); err != nil && c.lenient {
		s.profile = config.Profile{Name: name, BaseURL: cfg.BaseURL, Scopes: webex.DefaultScopes}
	} else if err != nil {
		if chosen, _ := config.ChosenProfile(c.env.Getenv); c.g.profile == "" && name == chosen {
			err = fmt.Errorf("%w; it was chosen with: wxauth profiles use. Choose another: wxauth profiles use default", err)
		}
		return s, usageError{err, codeConfig}
	}
	if c.g.baseURL != "" {
		if err := webex.CheckBaseURL(c.g.baseURL); err != nil {
			return s, usageError{fmt.Errorf("--base-url: %w", err), codeUsage}
		}
		s.profile.BaseURL, s.profile.Endpoints = c.g.baseURL, webex.Endpoints{}
	}
	s.profile.ReadOnly = s.profile.ReadOnly || c.g.readOnly
	s.caFile = cmp.Or(c.g.caFile, cfg.CAFile)
	if s.token, err = environmentToken(c.env.Getenv); err != nil {
		return s, usageError{err, codeConfig}
	}
	return s, nil
}

// ownKeys checks the configuration's keys: the screen knows which there are.
func ownKeys(cfg config.Config) (ui.Keys, error) {
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

// profileName returns the profile in use: by flag, by the environment, by "profiles
// use", by the configuration.
func (c *command) profileName(cfg config.Config) (string, error) {
	if c.g.profile != "" {
		if err := config.CheckProfileName(c.g.profile); err != nil {
			return "", usageError{fmt.Errorf("--profile: %w", err), codeUsage}
		}
		return c.g.profile, nil
	}
	if c.env.Getenv("WXAUTH_PROFILE") == "" {
		chosen, err := config.ChosenProfile(c.env.Getenv)
		if err != nil && !c.lenient {
			return "", usageError{err, codeConfig}
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

// environmentToken reads the token from the environment, as it may have been
// copied: with blanks around it, or with "Bearer" in front.
func environmentToken(getenv func(string) string) (webex.Secret, error) {
	v := strings.TrimSpace(getenv(tokenVariable))
	if rest, ok := strings.CutPrefix(v, "Bearer "); ok {
		v = strings.TrimSpace(rest)
	}
	if n := len(v); n > 1 && (v[0] == '"' || v[0] == '\'') && v[n-1] == v[0] { // as a line of an env file was taken over
		v = strings.TrimSpace(v[1 : n-1])
	}
	if strings.ContainsFunc(v, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return webex.Secret{}, fmt.Errorf("%s holds something that is no token (a blank, a control or a non-ASCII character)", tokenVariable)
	}
	return webex.NewSecret(v), nil
}
