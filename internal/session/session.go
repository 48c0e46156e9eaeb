// Package session makes of flags, environment and configuration what a run works with: settings,
// the store and its key, the token source, the client, the audit log and the inventory; and it
// lends them to the screen (account.go, inventory.go, audit.go).
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

// Flags are the flags that choose what a run works with.
type Flags struct {
	Config, Profile, Key, Org string
	BaseURL, CaFile           string
	ReadOnly, Plain           bool
}

// Session is one run. What it makes is made when it is first asked for. It asks nobody and
// prints nothing by itself: the command line gives it what does.
type Session struct {
	Flags  Flags
	Getenv func(string) string
	// Ask asks for a secret; variable is what a script would set instead.
	Ask func(ctx context.Context, question, variable string) (webex.Secret, error)
	// Note says something that is no data.
	Note func(format string, args ...any)
	// Say is note for what JSON and CSV need no words for.
	Say func(format string, args ...any)
	// SecretFrom says how to get a client secret that is stored encrypted or not at all; nil when
	// there is no way.
	SecretFrom func(client config.Client, what, variable string) func(context.Context) (webex.Secret, error)
	// Client are what every client of a profile has.
	Client func(Settings, config.Profile) []webex.Option

	Lenient  bool           // a profile that is not in the file is no error
	Last     bool           // what reads an inventory goes by the newest sweep, of whomever
	OnScreen bool           // the dashboard has the terminal: nothing may be asked on it
	InUse    string         // the profile
	Zone     *time.Location // of what is said; nil before the configuration is read
	Homeless bool           // there is no folder for a store
	UsedEnv  atomic.Bool    // the token of the environment is in use

	keptMu    sync.Mutex
	Kept      *OpenStore // the store, once it was asked for
	recordsMu sync.Mutex
	records   *lazyRecorder
	Later     []string // notes for when the screen is left
	shownMu   sync.Mutex
	Shown     *app.Service // what the dashboard calls Webex with
}

// TokenVariable is the variable that holds an access token.
const TokenVariable = "WEBEX_ACCESS_TOKEN"

// peek is how long a look at the store may take that only makes a message better.
const peek = 300 * time.Millisecond

// StoredProfiles lists the profiles that hold a login, without the store's key. That
// the store cannot be read is no reason to fail here.
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

// afterScreen keeps a note until the dashboard has given the terminal back.
func (c *Session) afterScreen(words string) {
	c.recordsMu.Lock()
	defer c.recordsMu.Unlock()
	c.Later = append(c.Later, words)
}

// Remember keeps the use cases that are waited for when the screen is left.
func (c *Session) Remember(s *app.Service) *app.Service {
	c.shownMu.Lock()
	defer c.shownMu.Unlock()
	c.Shown = s
	return s
}

// InputError is an error in what the user typed or, with Config, set.
type InputError struct {
	Err    error
	Config bool
}

func (e InputError) Error() string { return e.Err.Error() }
func (e InputError) Unwrap() error { return e.Err }

// UsageError is an error in what the user typed.
func UsageError(err error) error { return InputError{Err: err} }

// ConfigError is an error in what the user set.
func ConfigError(err error) error { return InputError{Err: err, Config: true} }
