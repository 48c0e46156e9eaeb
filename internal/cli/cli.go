// Package cli is the command line. It reads what the user set, builds the client and
// the use cases from it, and prints what they say.
//
//	code := cli.Run(ctx, cli.Env{Args: []string{"list", "me"}, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr})
//
// A subcommand is a method of command, in the file of its name or of its group
// (list.go, orgs.go); root.go lists them all and opens the dashboard. Read list.go
// first: what was asked for, then scriptService (cli.go), which builds the use cases
// from flags, environment and file, then one use case, then a table or JSON
// (output.go). Files named screen… lend the use cases to package ui.
//
// Data goes to stdout, everything else to stderr. What a subcommand prints and its
// exit code (exit.go) are a contract; docs/command-line.md describes it.
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
	"github.com/wxauth/wxauth/internal/nearest"
	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/webex"
)

// Env is the world outside: everything that a run may read and write.
type Env struct {
	Args    []string // without the program's name
	Stdin   *os.File
	Stdout  *os.File
	Stderr  *os.File
	Environ []string // KEY=value, secrets among them: environ.Given
}

func isTerminal(f *os.File) bool { return f != nil && term.IsTerminal(int(f.Fd())) }

// globals are the flags that every subcommand has.
type globals struct {
	json, csv        bool
	noColor, noInput bool
	debug            bool
	maxWait          durationFlag
	user             string
}

// command is a run: the environment, the flags, and the context that a signal ends.
type command struct {
	session.Session
	env            Env
	out            *printer // what is printed piece by piece, to env.Stdout
	g              globals
	logTo          io.Writer
	hidesLogin     bool // a token of the environment takes precedence over a stored login
	typedSecret    bool // the client secret was typed, and is kept nowhere
	byCode         bool // a login with a code is under way
	forScreen      bool // the dashboard is about to have it: what it shows can ask for no secret
	fetchesForOrgs bool // a login that is missing needs the scope for organizations' tokens
}

// Run carries out one command line and returns the exit code.
func Run(ctx context.Context, env Env) int {
	harden()
	keepFromPipes()
	log.SetOutput(io.Discard) // net/http tells there what a server did, over whatever is on the screen
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
	err := cmp.Or(root.ExecuteContext(ctx), c.out.err)
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

// debugToStderr turns the log on that --debug asks for.
func (c *command) debugToStderr() {
	if c.g.debug {
		c.logTo = c.env.Stderr
	}
}

// say is note for what JSON and CSV need no words for.
func (c *command) say(format string, args ...any) {
	if !c.g.json && !c.g.csv {
		c.note(format, args...)
	}
}

// note writes a line for the user that is not data.
func (c *command) note(format string, args ...any) {
	fmt.Fprintf(c.env.Stderr, "wxauth: "+format+"\n", args...)
}

// interactive reports whether somebody is there to answer a question.
func (c *command) interactive() bool {
	return !c.g.noInput && isTerminal(c.env.Stdin) && isTerminal(c.env.Stderr)
}

// nearCommands are the subcommands that a word may have been meant for.
func nearCommands(cmd *cobra.Command, typed string) []string {
	cmd.SuggestionsMinimumDistance = 2
	return slices.DeleteFunc(cmd.SuggestionsFor(typed), func(name string) bool {
		return !strings.HasPrefix(name, strings.ToLower(typed)) && nearest.Word(typed, []string{name}) == ""
	})
}

// unknownSubcommand names the subcommand that was meant, or all that there are.
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

// exactly refuses other numbers of arguments with an example of what is right.
func exactly(n int, example string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == n {
			return nil
		}
		if cmd.HasSubCommands() {
			return session.UsageError(unknownSubcommand(cmd, args[0]))
		}
		return session.UsageError(fmt.Errorf("got %d argument(s), expected %d; example: %s", len(args), n, example))
	}
}

// Signal is the cause with which the context of a run ends on a signal.
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
