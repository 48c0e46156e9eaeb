// Wxauth shows which apps hold tokens in a Webex user's name, how long each has
// left, and revokes them safely.
//
//	wxauth demo                          a sample organization: no account, no network
//	wxauth jane@example.com              the dashboard, on Jane's apps
//	wxauth list jane@example.com --json  the same for a script
//
// Here are the signals and the exit; package internal/cli is the program.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // a container made from scratch and Windows know no time zones

	"github.com/wxauth/wxauth/internal/cli"
	"github.com/wxauth/wxauth/internal/environ"
)

func main() { os.Exit(run()) }

func run() int {
	ctx, cancel := context.WithCancelCause(context.Background())
	ready := make(chan struct{})
	go func() { // the first Notify takes as long as building the command
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
		cli.KeepFromPipes()
		close(ready)
		s := <-signals
		signal.Stop(signals) // a second one ends the process at once
		cancel(cli.Signal{Signal: s})
	}()
	return cli.Run(ctx, cli.Env{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Environ: environ.Given(), Ready: ready,
	})
}
