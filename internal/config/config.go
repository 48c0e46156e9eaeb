// Package config reads the configuration: defaults, then the TOML file, then the environment.
// It is strict: unknown keys and values of the wrong type are errors. It reports all errors
// of a file at once, with their lines.
//
//	cfg, err := config.Load("", os.Getenv) // "" means WXAUTH_CONFIG or the default path
//	profile, err := cfg.Resolve("work", os.Getenv)
//
// To change the package, start with setters.go, which has a function for each key, and
// profile.go, which resolves the settings of a [Profile]. The package also defines the paths
// of wxauth's files, such as [StorePath].
package config

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/wxauth/wxauth/webex"
)

// Config contains all settings of the file. config.example.toml documents each key.
type Config struct {
	BaseURL  string
	CAFile   string // extra CA certificates in PEM; may be empty
	ReadOnly bool
	// CompleteNames means that the shell completes users and apps of the newest sweep.
	CompleteNames bool
	Mouse         bool   // the dashboard handles the mouse
	Theme         string // auto, dark, light, high-contrast
	Plain         bool   // plain text, for screen readers
	Color         string // auto, never
	TimeZone      string // utc, local, or a name such as Europe/Berlin
	Key           string // source of the store's key; empty if not chosen
	Store         string // path or database URL of the store; empty for the default path
	Policy        webex.Policy

	// Keys contains the custom key bindings by action, and KeyLines their line numbers. The
	// dashboard validates the names of actions and keys.
	Keys     map[string][]string
	KeyLines map[string]int

	Profile     string             // the profile to use if none is selected
	Integration Profile            // defaults for profiles
	ServiceApp  Client             // default for profiles
	Profiles    map[string]Profile // by name
	Endpoints   webex.Endpoints
	ControlHub  map[string]string // addresses set in [control_hub], by key

	BaseURLFromEnv bool // BaseURL is from the environment and takes precedence over that of a profile

	// Path is the path of the file, or "" if there is none.
	Path string
}

// Default returns the configuration to use without a file.
func Default() Config {
	return Config{BaseURL: webex.DefaultBaseURL, CompleteNames: true, Mouse: true, Theme: "auto", Color: "auto", TimeZone: "utc"}
}

// Location returns the time zone for output.
func (c Config) Location() *time.Location {
	z, err := zone(c.TimeZone)
	if err != nil {
		return time.UTC
	}
	return z
}

// zone returns the time zone with this name.
func zone(name string) (*time.Location, error) {
	switch name {
	case "", "utc":
		return time.UTC, nil
	case "local":
		return time.Local, nil
	}
	return time.LoadLocation(name)
}

// maxFile is far larger than any real configuration.
const maxFile = 1 << 20

// FilePath returns the path of the configuration: path or, if that is empty, WXAUTH_CONFIG or the
// default path, which is empty without a home directory. named is false for the default path.
func FilePath(path string, getenv func(string) string) (_ string, named bool) {
	if path = cmp.Or(path, getenv("WXAUTH_CONFIG")); path != "" {
		return path, true
	}
	return DefaultPath(getenv), false
}

// Load reads the file at [FilePath], and then the environment. It is no error if there is no file
// at the default path.
func Load(path string, getenv func(string) string) (Config, error) {
	path, explicit := FilePath(path, getenv)
	c := Default()
	data, err := readFile(path, explicit)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !explicit:
	case err != nil:
		return c, fmt.Errorf("read configuration: %w", err)
	default:
		c.Path = path
		if err := c.parse(path, data); err != nil {
			return c, err
		}
		if err := c.checkAccess(path); err != nil {
			return c, err
		}
		if err := c.anchorPaths(path); err != nil {
			return c, fmt.Errorf("read configuration: %w", err)
		}
	}
	if v := getenv("WEBEX_BASE_URL"); v != "" {
		if err := webex.CheckBaseURL(v); err != nil {
			return c, fmt.Errorf("WEBEX_BASE_URL: %w", err)
		}
		c.BaseURL, c.BaseURLFromEnv = v, true
	}
	if v := getenv("WXAUTH_KEY"); v != "" {
		if !slices.Contains(KeySources, v) {
			return c, fmt.Errorf("WXAUTH_KEY: must be one of %s", strings.Join(KeySources, ", "))
		}
		c.Key = v
	}
	if v := getenv("WXAUTH_STORE"); v != "" {
		if err := CheckStore(v, true); err != nil {
			return c, fmt.Errorf("WXAUTH_STORE: %w", err)
		}
		c.Store = v
	}
	if v := getenv("WXAUTH_PROFILE"); v != "" {
		if err := CheckProfileName(v); err != nil {
			return c, fmt.Errorf("WXAUTH_PROFILE: %w", err)
		}
		c.Profile = v
	}
	return c, nil
}

// anchorPaths makes relative paths in the file relative to its directory. A program in
// client_secret_command without a directory is looked up in PATH instead, as in a shell. The
// current directory is never used, because another user may control it.
func (c *Config) anchorPaths(file string) error {
	dir, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return err
	}
	if c.CAFile != "" && !filepath.IsAbs(c.CAFile) && !strings.HasPrefix(c.CAFile, "~") { // opening it returns an error that explains that ~ is not expanded
		c.CAFile = filepath.Join(dir, c.CAFile)
	}
	for _, client := range c.clients() {
		if argv := client.ClientSecretCommand; len(argv) > 0 && !filepath.IsAbs(argv[0]) && filepath.Base(argv[0]) != argv[0] {
			argv[0] = filepath.Join(dir, argv[0])
		}
	}
	return nil
}

// readFile reads a file. A file that the user named may be a pipe (--config <(pass show …)). The
// file at the default path must not be one, because opening a pipe waits for its writer.
func readFile(path string, named bool) ([]byte, error) {
	if path == "" {
		return nil, fs.ErrNotExist
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	wrong := fmt.Errorf("%s is not a configuration file (a directory, not a regular file, or larger than %d MiB)", path, maxFile>>20)
	if info.IsDir() || !named && !info.Mode().IsRegular() {
		return nil, wrong
	}
	data, whole, err := readAtMost(path, maxFile)
	if err == nil && !whole {
		return nil, wrong
	}
	return data, err
}

// readAtMost reads a file of unknown size, such as a device or a pipe. whole is false if the
// file is longer than limit.
func readAtMost(path string, limit int64) (data []byte, whole bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	data, err = io.ReadAll(io.LimitReader(f, limit+1))
	return data, int64(len(data)) <= limit, err
}
