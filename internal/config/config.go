// Package config reads what the user set: defaults, then the TOML file, then the
// environment. It is strict: a key that nobody knows and a value of the wrong type
// are errors, told all at once, each with its line.
//
//	cfg, err := config.Load("", os.Getenv) // "" is WXAUTH_CONFIG, or where the file belongs
//	profile, err := cfg.Resolve("work", os.Getenv)
//
// Begin with setters.go, which says what each key does, and with profile.go: what a
// [Profile] leaves out comes from the top of the file. Where the files of wxauth lie is
// here too, such as [StorePath].
package config

import (
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

// Config is everything that can be set in the file. config.example.toml documents
// each key.
type Config struct {
	BaseURL  string
	CAFile   string // certificate authorities beside the system's, in PEM; empty is none
	ReadOnly bool
	Theme    string // auto, dark, light, high-contrast
	Plain    bool   // the screen in words alone
	Color    string // auto, never
	TimeZone string // utc, local, or a name as Europe/Berlin
	Key      string // where the store's key comes from; empty when not chosen
	Policy   webex.Policy

	// Keys are those that actions of the dashboard have instead of their own, by the
	// action's name, and KeyLines where they stand. Which actions and keys there are is
	// the screen's to say.
	Keys     map[string][]string
	KeyLines map[string]int

	Profile     string             // the profile that is used when none is named
	Integration Profile            // what a profile that says nothing else has
	ServiceApp  Client             // of a profile that names no other
	Profiles    map[string]Profile // by name
	Endpoints   webex.Endpoints

	BaseURLFromEnv bool // it takes precedence over a profile's own then

	// Path is the file that was read, empty when there is none.
	Path string
}

// Default returns the configuration without a file.
func Default() Config {
	return Config{BaseURL: webex.DefaultBaseURL, Theme: "auto", Color: "auto", TimeZone: "utc"}
}

// Location returns where times are shown.
func (c Config) Location() *time.Location {
	z, err := zone(c.TimeZone)
	if err != nil {
		return time.UTC
	}
	return z
}

// zone is a time zone by its name here.
func zone(name string) (*time.Location, error) {
	switch name {
	case "", "utc":
		return time.UTC, nil
	case "local":
		return time.Local, nil
	}
	return time.LoadLocation(name)
}

// maxFile is far above any real configuration.
const maxFile = 1 << 20

// Load reads the file at path, or at the default place when path is empty, and then
// the environment. No file at the default place is no error.
func Load(path string, getenv func(string) string) (Config, error) {
	explicit := path != ""
	if path == "" {
		path = getenv("WXAUTH_CONFIG")
		explicit = path != ""
	}
	if path == "" {
		path = DefaultPath(getenv)
	}
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
	if v := getenv("WXAUTH_PROFILE"); v != "" {
		if err := CheckProfileName(v); err != nil {
			return c, fmt.Errorf("WXAUTH_PROFILE: %w", err)
		}
		c.Profile = v
	}
	return c, nil
}

// anchorPaths has the relative paths of the file begin at its folder. A program of
// client_secret_command without a folder in its name is looked for in PATH instead, as a
// shell does; the current folder, which may be anybody's, counts for none of them.
func (c *Config) anchorPaths(file string) error {
	dir, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return err
	}
	if c.CAFile != "" && !filepath.IsAbs(c.CAFile) && !strings.HasPrefix(c.CAFile, "~") { // whoever opens it says that ~ is not replaced
		c.CAFile = filepath.Join(dir, c.CAFile)
	}
	for _, client := range c.clients() {
		if argv := client.ClientSecretCommand; len(argv) > 0 && !filepath.IsAbs(argv[0]) && filepath.Base(argv[0]) != argv[0] {
			argv[0] = filepath.Join(dir, argv[0])
		}
	}
	return nil
}

// readFile reads a file. One that was named may be a pipe (--config <(pass show …)); what
// lies in the default place may not, since opening a pipe waits for its other end.
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

// readAtMost reads a file whose size says nothing, such as a device or a pipe. whole is false
// where there is more than limit.
func readAtMost(path string, limit int64) (data []byte, whole bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	data, err = io.ReadAll(io.LimitReader(f, limit+1))
	return data, int64(len(data)) <= limit, err
}
