// Package session builds what a run works with from flags, environment and configuration:
// settings, the store and its key, the token source, the client, the audit log and the
// inventory. It adapts some of them for the dashboard (account.go, inventory.go, audit.go).
package session

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/webex"
)

// Flags contains the flags that select what a run works with.
type Flags struct {
	Config, Profile, Key, Org string
	Store                     string
	BaseURL, CaFile           string
	ReadOnly, Plain           bool
}

// Session is one run of wxauth. Its parts are created on first use. It doesn't prompt or print
// by itself, but through functions that the command line sets.
type Session struct {
	Flags  Flags
	Getenv func(string) string
	// Ask prompts for a secret. variable is the environment variable that scripts set instead.
	Ask func(ctx context.Context, question, variable string) (webex.Secret, error)
	// Note prints a message that is not data.
	Note func(format string, args ...any)
	// Say is like Note, but prints nothing with JSON and CSV output.
	Say func(format string, args ...any)
	// SecretFrom returns a function that gets a client secret that is stored encrypted or not at
	// all, or nil if there is none.
	SecretFrom func(client config.Client, what, variable string) func(context.Context) (webex.Secret, error)
	// Client returns the options that every client of a profile has.
	Client func(Settings, config.Profile) []webex.Option

	Lenient  bool           // a profile that is not in the file is no error
	Last     bool           // commands that read an inventory use the newest sweep of any organization
	OnScreen bool           // the dashboard uses the terminal, so prompts are not possible
	InUse    string         // the profile
	Address  string         // the store in the settings; empty for the default
	Zone     *time.Location // for output; nil before the configuration is read
	NoColor  bool           // the configuration disables color
	Homeless bool           // there is no directory for a store
	UsedEnv  atomic.Bool    // the token from the environment is in use

	keptMu    sync.Mutex
	Kept      *OpenStore // the store, after first use
	recordsMu sync.Mutex
	records   *lazyRecorder
	Later     []string // notes to print after the dashboard is closed
	shownMu   sync.Mutex
	Shown     *app.Service // the use cases that the dashboard uses
}

// TokenVariable is the environment variable for an access token.
const TokenVariable = "WEBEX_ACCESS_TOKEN"

// peek is the time limit for reading the store only to improve a message.
const peek = 300 * time.Millisecond

// StoredProfiles returns the profiles with a stored login, without needing the store's key. It
// ignores errors of the store.
func (c *Session) StoredProfiles(ctx context.Context, s Settings) (names []string) {
	ctx, cancel := context.WithTimeout(ctx, peek)
	defer cancel()
	k, err := c.Store(ctx, s)
	if err != nil {
		return nil
	}
	logins, _ := k.Logins(ctx)
	for _, l := range logins {
		names = append(names, l.Profile)
	}
	return names
}

// afterScreen keeps a note until the dashboard is closed.
func (c *Session) afterScreen(words string) {
	c.recordsMu.Lock()
	defer c.recordsMu.Unlock()
	c.Later = append(c.Later, words)
}

// Remember keeps the use cases to wait for when the dashboard is closed.
func (c *Session) Remember(s *app.Service) *app.Service {
	c.shownMu.Lock()
	defer c.shownMu.Unlock()
	c.Shown = s
	return s
}

// InputError is an error in what the user typed or, with Config, configured.
type InputError struct {
	Err    error
	Config bool
}

func (e InputError) Error() string { return e.Err.Error() }
func (e InputError) Unwrap() error { return e.Err }

// UsageError is an error in what the user typed.
func UsageError(err error) error { return InputError{Err: err} }

// ConfigError is an error in what the user configured.
func ConfigError(err error) error { return InputError{Err: err, Config: true} }
