// Package cli is the command line: one file a subcommand. It reads what the user
// set, builds the client and the use cases from it, and prints what they say.
//
// Data goes to stdout, everything else to stderr. What a subcommand prints and its
// exit code are a contract; docs/command-line.md describes it.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/webex"
)

// Env is the world outside: everything that a run may read and write.
type Env struct {
	Args    []string // without the program's name
	Stdin   *os.File
	Stdout  *os.File
	Stderr  *os.File
	Environ []string // KEY=value
}

// Getenv returns a variable of the environment, the last one of its name.
func (e Env) Getenv(name string) string {
	for _, kv := range slices.Backward(e.Environ) {
		if k, v, ok := strings.Cut(kv, "="); ok && k == name {
			return v
		}
	}
	return ""
}

func isTerminal(f *os.File) bool { return f != nil && term.IsTerminal(int(f.Fd())) }

// globals are the flags that every subcommand has.
type globals struct {
	config, baseURL        string
	json, noColor, noInput bool
	readOnly, debug        bool
	maxWait                durationFlag
	user                   string
}

// command is a run: the environment, the flags, and the context that a signal ends.
type command struct {
	env Env
	g   globals
}

// Run carries out one command line and returns the exit code.
func Run(ctx context.Context, env Env) int {
	c := &command{env: env}
	c.g.maxWait = -1 // not given
	root := c.root()
	root.SetArgs(env.Args)
	root.SetIn(env.Stdin)
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	f := classify(ctx, err)
	if !f.told {
		c.tell(f)
	}
	return f.exit
}

// tell writes a failure to stderr, as JSON when JSON was asked for.
func (c *command) tell(f failure) {
	// A command line that could not be parsed may still have asked for JSON.
	if c.g.json || slices.Contains(c.env.Args, "--json") {
		b, err := app.MarshalJSON(f.json())
		if err == nil {
			fmt.Fprintf(c.env.Stderr, "%s\n", b)
			return
		}
	}
	fmt.Fprintf(c.env.Stderr, "wxauth: %s\n", f.text())
}

// durationFlag is a duration as users write it: 30d, 12h, 90s.
type durationFlag time.Duration

func (d *durationFlag) String() string { return time.Duration(*d).String() }
func (d *durationFlag) Type() string   { return "duration" }
func (d *durationFlag) Set(s string) error {
	v, err := config.ParseDuration(s)
	*d = durationFlag(v)
	return err
}

// settings are what flags, environment and file come to.
type settings struct {
	config.Config
	token webex.Secret
}

// load reads the configuration and lays the flags over it.
func (c *command) load() (settings, error) {
	cfg, err := config.Load(c.g.config, c.env.Getenv)
	if err != nil {
		return settings{}, usageError{err, codeConfig}
	}
	if c.g.baseURL != "" {
		if err := webex.CheckBaseURL(c.g.baseURL); err != nil {
			return settings{}, usageError{fmt.Errorf("--base-url: %w", err), codeUsage}
		}
		cfg.BaseURL = c.g.baseURL
	}
	cfg.ReadOnly = cfg.ReadOnly || c.g.readOnly
	token, err := environmentToken(c.env.Getenv)
	if err != nil {
		return settings{}, usageError{err, codeConfig}
	}
	return settings{cfg, token}, nil
}

const tokenVariable = "WEBEX_ACCESS_TOKEN"

// environmentToken reads the token from the environment, as it may have been
// copied: with blanks around it, or with "Bearer" in front.
func environmentToken(getenv func(string) string) (webex.Secret, error) {
	v := strings.TrimSpace(getenv(tokenVariable))
	if rest, ok := strings.CutPrefix(v, "Bearer "); ok {
		v = strings.TrimSpace(rest)
	}
	if strings.ContainsFunc(v, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return webex.Secret{}, fmt.Errorf("%s holds something that is no token (a blank, a control or a non-ASCII character)", tokenVariable)
	}
	return webex.NewSecret(v), nil
}

// service builds the use cases. The token's absence is told by the caller: the
// dashboard has a screen for it.
func (c *command) service(s settings, logTo io.Writer) *app.Service {
	opts := []webex.Option{webex.WithBaseURL(s.BaseURL), webex.WithUserAgent("wxauth/" + version().Version)}
	if c.g.maxWait >= 0 {
		opts = append(opts, webex.WithMaxWait(time.Duration(c.g.maxWait)))
	}
	if s.ReadOnly {
		opts = append(opts, webex.WithReadOnly())
	}
	if logTo != nil {
		opts = append(opts, webex.WithLogger(slog.New(slog.NewTextHandler(logTo, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	}
	client := webex.New(webex.StaticToken(s.token), opts...)
	return app.New(client, &app.MemoryRecorder{}, app.Options{Policy: s.Policy, ReadOnly: s.ReadOnly})
}

// scriptService is service for a subcommand: it needs a token, and says which.
func (c *command) scriptService() (*app.Service, settings, error) {
	s, err := c.load()
	if err != nil {
		return nil, s, err
	}
	if s.token.IsZero() {
		return nil, s, errNoToken
	}
	var logTo io.Writer
	if c.g.debug {
		logTo = c.env.Stderr
	}
	if !c.g.json {
		c.note("using the token in %s", tokenVariable)
	}
	return c.service(s, logTo), s, nil
}

var errNoToken = fmt.Errorf("%w: there is no token: set %s to a personal access token from developer.webex.com, or look around with: wxauth demo",
	webex.ErrNotLoggedIn, tokenVariable)

// note writes a line for the user that is not data.
func (c *command) note(format string, args ...any) {
	fmt.Fprintf(c.env.Stderr, "wxauth: "+format+"\n", args...)
}

// interactive reports whether somebody is there to answer a question.
func (c *command) interactive() bool {
	return !c.g.noInput && isTerminal(c.env.Stdin) && isTerminal(c.env.Stderr)
}

// exactly refuses other numbers of arguments with an example of what is right.
func exactly(n int, example string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == n {
			return nil
		}
		return usageError{fmt.Errorf("%d argument(s) given, %d needed; an example: %s", len(args), n, example), codeUsage}
	}
}

// Signal is the cause with which the context of a run ends on a signal.
type Signal struct{ os.Signal }

func (s Signal) Error() string { return "interrupted by " + s.Signal.String() }

func asSignal(err error) (os.Signal, bool) {
	var s Signal
	if errors.As(err, &s) {
		return s.Signal, true
	}
	return nil, false
}
