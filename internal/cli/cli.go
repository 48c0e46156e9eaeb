// Package cli implements the command line. It reads flags, environment and configuration,
// builds the client and the use cases, and prints their results.
//
//	code := cli.Run(ctx, cli.Env{Args: []string{"list", "me"}, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr})
//
// A subcommand is a method of command, in the file of its name or of its group (list.go,
// orgs.go); root.go lists them all and opens the dashboard. Start with list.go: it parses its
// flags, calls scriptService (client.go), which builds the use cases, runs one of them, and
// prints a table or JSON (output.go).
//
// Data goes to stdout, everything else to stderr. Output and exit codes (exit.go) are a stable
// interface; docs/command-line.md describes it.
package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/internal/nearest"
	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/webex"
)

// Env is everything outside the program that a run may read or write.
type Env struct {
	Args    []string // without the program name
	Stdin   *os.File
	Stdout  *os.File
	Stderr  *os.File
	Environ []string // KEY=value, including secrets: environ.Given
	// Ready is closed when signals are caught; until then no command runs. It may be nil.
	Ready <-chan struct{}
}

// noColor reports whether a flag or a variable disables color.
func (c *command) noColor() bool {
	if c.Zone == nil { // the configuration has not been read yet
		if cfg, err := config.Load(c.Flags.Config, c.env.Getenv); err == nil {
			c.NoColor = cfg.Color == "never"
		}
	}
	return c.g.noColor || c.NoColor || c.env.Getenv("NO_COLOR") != ""
}

func isTerminal(f *os.File) bool { return f != nil && term.IsTerminal(int(f.Fd())) }

// globals are the flags of every subcommand.
type globals struct {
	json, csv        bool
	jq, template     string
	columns          []string
	noPager          bool
	noColor, noInput bool
	debug            bool
	maxWait          durationFlag
	user             string
}

// command is one run: its environment, its flags and its state.
type command struct {
	session.Session
	env            Env
	out            *printer // incremental output to env.Stdout
	g              globals
	logTo          io.Writer
	hidesLogin     bool        // a token in the environment takes precedence over a saved login
	typedSecret    bool        // the client secret was typed and is not saved
	filter         *jsonFilter // of --jq or --template; nil without
	byCode         bool        // a device code login is in progress
	forScreen      bool        // the dashboard is about to open: it cannot prompt for secrets
	fetchesForOrgs bool        // a missing login needs the scope to fetch organizations' tokens
}

// Run executes one command line and returns the exit code.
func Run(ctx context.Context, env Env) int {
	harden()
	log.SetOutput(io.Discard) // net/http logs server errors there, which would overwrite the dashboard
	if stdoutWasClosed(env) {
		env.Stdout = closedStdout()
	}
	c := &command{env: env, out: &printer{w: env.Stdout}}
	c.g.maxWait = -1 // not given
	c.Session = session.Session{
		Getenv: env.Getenv, Ask: c.readSecret, Note: c.note, Say: c.say, SecretFrom: c.secretFrom, Client: c.clientOptions,
	}
	root := c.root()
	root.SetArgs(env.Args)
	root.SetIn(env.Stdin)
	root.SetOut(c.out)
	root.SetErr(env.Stderr)
	if env.Ready != nil {
		<-env.Ready
	}
	err := cmp.Or(root.ExecuteContext(ctx), c.out.err)
	if c.filter != nil {
		// A filter that fails closes the command's output. What the command did is done.
		if wrong := c.filter.end(); wrong != nil && (err == nil || closedOutput(err) || errors.As(err, new(resultError))) {
			err = partlyError{wrong}
		}
	}
	if err == nil {
		return exitDone
	}
	f := classify(ctx, err)
	c.addHint(ctx, &f)
	if !f.told {
		c.tell(f)
	}
	return f.exit
}

// tell writes a failure to stderr, as JSON if the user asked for JSON.
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

// durationFlag is a flag for durations such as 30d, 12h and 90s.
type durationFlag time.Duration

func (d *durationFlag) String() string { return time.Duration(*d).String() }
func (d *durationFlag) Type() string   { return "duration" }
func (d *durationFlag) Set(s string) error {
	v, err := config.ParseDuration(s)
	*d = durationFlag(v)
	return err
}

// debugToStderr sends the debug log to stderr if --debug is set.
func (c *command) debugToStderr() {
	if c.g.debug {
		c.logTo = c.env.Stderr
	}
}

// say is like note, but prints nothing for JSON and CSV output.
func (c *command) say(format string, args ...any) {
	if !c.g.json && !c.g.csv {
		c.note(format, args...)
	}
}

// note writes a message to stderr.
func (c *command) note(format string, args ...any) {
	fmt.Fprintf(c.env.Stderr, "wxauth: "+format+"\n", args...)
}

// interactive reports whether wxauth can prompt the user.
func (c *command) interactive() bool {
	return !c.g.noInput && isTerminal(c.env.Stdin) && isTerminal(c.env.Stderr)
}

// nearCommands returns the subcommands whose names are similar to word.
func nearCommands(cmd *cobra.Command, typed string) []string {
	cmd.SuggestionsMinimumDistance = 2
	return slices.DeleteFunc(cmd.SuggestionsFor(typed), func(name string) bool {
		return !strings.HasPrefix(name, strings.ToLower(typed)) && nearest.Word(typed, []string{name}) == ""
	})
}

// unknownSubcommand returns an error that suggests a subcommand or lists all of them.
func unknownSubcommand(cmd *cobra.Command, typed string) error {
	near := nearCommands(cmd, typed)
	if len(near) == 0 && len(cmd.Commands()) > 10 {
		return fmt.Errorf("unknown command %s for %q: %s --help lists them", webex.Quote(typed), cmd.CommandPath(), cmd.CommandPath())
	}
	if len(near) == 0 {
		for _, sub := range cmd.Commands() {
			near = append(near, sub.Name())
		}
	}
	return fmt.Errorf("unknown command %s for %q: did you mean %s?", webex.Quote(typed), cmd.CommandPath(), strings.Join(near, " or "))
}

// wrongArgs is the error for a wrong number of arguments.
func wrongArgs(got, want int, example string) error {
	return fmt.Errorf("got %s, expected %d; example: %s", english.Count(got, "argument"), want, example)
}

// exactly accepts n arguments. For any other number its error shows an example.
func exactly(n int, example string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == n {
			return nil
		}
		if cmd.HasSubCommands() {
			return session.UsageError(unknownSubcommand(cmd, args[0]))
		}
		return session.UsageError(wrongArgs(len(args), n, example))
	}
}

// Signal is the cancellation cause of a run's context when a signal arrives.
type Signal struct{ os.Signal }

func (s Signal) Error() string { return "stopped by a signal (" + s.Signal.String() + ")" }

func isSignal(err error) bool {
	_, ok := asSignal(err)
	return ok
}

func asSignal(err error) (os.Signal, bool) {
	var s Signal
	if errors.As(err, &s) {
		return s.Signal, true
	}
	return nil, false
}
