package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/ui"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// demoLatency makes the simulator about as slow as Webex, so that progress messages are
// visible.
const demoLatency = 80 * time.Millisecond

func (c *command) demoCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Open the dashboard on a sample organization: no account, network or files",
		Args:  exactly(0, "wxauth demo"),
		RunE:  func(cmd *cobra.Command, _ []string) error { return c.demo(cmd.Context()) },
	}
	cmd.Flags().StringVar(&c.g.user, "user", "", "open on this sample `person`")
	var f serveFlags
	serve := &cobra.Command{
		Use:     "serve",
		Short:   "Run only the simulated Webex API, for scripts and other programs",
		Example: "  wxauth demo serve --addr 127.0.0.1:8787\n  eval \"$(wxauth demo serve --addr 127.0.0.1:8787 --print-env)\"   # in another terminal\n  wxauth demo serve --people 100000 --rate 50   # a large organization, with a rate limit",
		Args:    exactly(0, "wxauth demo serve"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.serveDemo(cmd.Context(), f) },
	}
	serve.Flags().StringVar(&f.addr, "addr", "127.0.0.1:0", "`address` to listen on")
	serve.Flags().IntVar(&f.people, "people", 0, "simulate an organization with this many people, up to 500,000")
	serve.Flags().IntVar(&f.rate, "rate", 0, "answer 429 beyond this many requests per second")
	serve.Flags().BoolVar(&f.hostile, "hostile", false, "also serve rows that violate the API description")
	serve.Flags().BoolVar(&f.printEnv, "print-env", false, "print the environment variables for a simulator running at --addr, and exit")
	serve.Flags().Lookup("people").DefValue, serve.Flags().Lookup("rate").DefValue = "0", "0" // so that the help shows no default
	cmd.AddCommand(serve)
	return cmd
}

// demo opens the dashboard on an in-memory simulator. It reads no configuration, token or saved
// state, and writes nothing.
func (c *command) demo(ctx context.Context) error {
	if err := c.checkTerminal(); err != nil {
		return err
	}
	if !isTerminal(c.env.Stdin) || !isTerminal(c.env.Stdout) {
		return session.UsageError(fmt.Errorf("the demo needs a terminal; without one, use wxauth demo serve to run only the simulator"))
	}
	badges := []string{ui.Demo}
	if c.Flags.ReadOnly {
		badges = append(badges, "READ-ONLY")
	}
	account := newDemoAccount(ctx, c.Flags.ReadOnly)
	who := webex.ByEmail(webextest.DemoPerson)
	if c.g.user != "" {
		p, err := webex.ParsePerson(c.g.user)
		if err != nil {
			return session.UsageError(err)
		}
		who = p
	}
	settings := c.demoSettings()
	settings.Profile.BaseURL = "" // no real token is ever sent to this host
	c.Remember(account.service())
	_, err := c.show(ctx, dashboard{settings: settings, person: &who, badges: badges, account: account, audit: memoryAudit{account.records}, inventory: c.demoInventory(account, settings), open: account.accept})
	return err
}

// demoSettings returns the default settings with the user's theme and keys. It ignores an
// invalid configuration file.
func (c *command) demoSettings() session.Settings {
	s := session.Settings{Config: config.Default()}
	if cfg, err := config.Load(c.Flags.Config, c.env.Getenv); err == nil {
		s.Theme, s.Color, s.TimeZone, s.Plain, s.Mouse = cfg.Theme, cfg.Color, cfg.TimeZone, cfg.Plain, cfg.Mouse
		s.Keys, _ = session.OwnKeys(cfg)
	}
	s.Plain = s.Plain || c.Flags.Plain
	return s
}

// serveFlags are the flags of "demo serve".
type serveFlags struct {
	addr         string
	people, rate int
	printEnv     bool
	hostile      bool
}

const mostPeople = 500_000

// serveDemo prints the environment variables of the simulator and serves it until ctx is
// cancelled.
func (c *command) serveDemo(ctx context.Context, f serveFlags) error {
	if f.people < 0 || f.people > mostPeople || f.rate < 0 {
		return session.UsageError(fmt.Errorf("--people must be from 0 to %s, and --rate at least 0", english.Thousands(mostPeople)))
	}
	if host, _, err := net.SplitHostPort(f.addr); err == nil && host != "localhost" && !net.ParseIP(host).IsLoopback() {
		return session.UsageError(errors.New("--addr must be on this computer, such as 127.0.0.1:8787: wxauth sends a token to another one with https only"))
	}
	opts := []webextest.Option{webextest.WithLogLimit(10_000)} // it may run for days
	if f.rate > 0 {
		opts = append(opts, webextest.WithRateLimit(float64(f.rate), f.rate, time.Second))
	}
	made := webextest.Demo
	if f.people > 0 {
		made = func(opts ...webextest.Option) *webextest.Simulator { return webextest.Crowd(f.people-1, opts...) } // plus the admin
	}
	if f.people > 10_000 && !f.printEnv {
		c.note("creating an organization of %s people…", english.Thousands(f.people))
	}
	sim, err := waitFor(ctx, func() (*webextest.Simulator, error) { return made(opts...), nil }) // a large organization takes seconds
	if err != nil {
		return err
	}
	if !f.hostile {
		sim.WellFormed()
	}
	if f.printEnv {
		if _, port, err := net.SplitHostPort(f.addr); err != nil || port == "0" {
			return session.UsageError(fmt.Errorf("--print-env needs the address of the running simulator, such as --addr 127.0.0.1:8787"))
		}
		return c.printServed("http://"+f.addr, sim.AdminToken())
	}
	srv, err := sim.Listen(f.addr)
	if err != nil {
		return session.UsageError(fmt.Errorf("--addr: %w", err))
	}
	defer srv.Close()
	if err := c.printServed(srv.URL, srv.AdminToken()); err != nil {
		return err
	}
	again := ""
	if f.people > 0 { // a generated organization has a different admin token
		again = fmt.Sprintf(" --people %d", f.people)
	}
	c.note("serving a simulated organization at %s; press ctrl+c to stop", srv.URL)
	c.note("in another terminal: eval \"$(wxauth demo serve --addr %s%s --print-env)\" && wxauth list %s", strings.TrimPrefix(srv.URL, "http://"), again, somebody(sim))
	<-ctx.Done()
	return context.Cause(ctx)
}

// somebody returns a person of the simulated organization for the example commands.
func somebody(sim *webextest.Simulator) string {
	if p, ok := sim.Person(webextest.DemoPerson); ok {
		return p.Email
	}
	for _, p := range sim.People() {
		if len(sim.Authorizations(p.Email)) > 0 && len(p.Roles) == 0 {
			return p.Email
		}
	}
	return "me"
}

// printServed prints the environment variables that point wxauth at a simulator.
func (c *command) printServed(address, token string) error {
	fmt.Fprintf(c.out, "export WEBEX_BASE_URL=%s/v1\nexport WEBEX_ACCESS_TOKEN=%s\n", address, token)
	fmt.Fprintf(c.out, "export %s=%s\nexport %s=%s\n", webex.EnvClientID, webextest.DemoClientID, webex.EnvClientSecret, webextest.DemoClientSecret)
	fmt.Fprintf(c.out, "export %s=%s\nexport %s=%s\n", webex.EnvSAClientID, webextest.DemoServiceAppID, webex.EnvSASecret, webextest.DemoServiceAppSecret)
	fmt.Fprintf(c.out, "# enter the code of wxauth login --device at %s/v1/verify\n", address)
	for _, customer := range webextest.DemoCustomers {
		words := "has not authorized the Service App"
		if customer.Authorized {
			words = "has authorized the Service App"
		}
		fmt.Fprintf(c.out, "# organization %s, %s, %s\n", customer.UUID, customer.Name, words)
	}
	return c.out.err
}
