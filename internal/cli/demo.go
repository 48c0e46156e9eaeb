package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// demoLatency makes the demo's Webex answer about as fast as a near real one, so
// that the states in between can be seen.
const demoLatency = 80 * time.Millisecond

func (c *command) demoCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "The dashboard on a made-up organization: no account, no network, no files",
		Args:  exactly(0, "wxauth demo"),
		RunE:  func(cmd *cobra.Command, _ []string) error { return c.demo(cmd.Context()) },
	}
	cmd.Flags().StringVar(&c.g.user, "user", "", "open on this made-up `person` instead")
	var f serveFlags
	serve := &cobra.Command{
		Use:     "serve",
		Short:   "Run the made-up Webex alone, for scripts and other programs",
		Example: "  wxauth demo serve --addr 127.0.0.1:8787\n  wxauth demo serve --people 100000 --rate 50   # a large organization, with a rate limit",
		Args:    exactly(0, "wxauth demo serve"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.serveDemo(cmd.Context(), f) },
	}
	serve.Flags().StringVar(&f.addr, "addr", "127.0.0.1:0", "`address` to listen on")
	serve.Flags().IntVar(&f.people, "people", 0, "an organization of so many people instead, up to 500,000")
	serve.Flags().IntVar(&f.rate, "rate", 0, "answer 429 beyond so many requests a second")
	serve.Flags().Lookup("people").DefValue, serve.Flags().Lookup("rate").DefValue = "0", "0" // which the help leaves out
	cmd.AddCommand(serve)
	return cmd
}

// demo shows the dashboard on a simulator in memory. It reads no configuration, no
// token and no stored state, and writes nothing.
func (c *command) demo(ctx context.Context) error {
	if !isTerminal(c.env.Stdin) || !isTerminal(c.env.Stdout) {
		return usageError{fmt.Errorf("the demo needs a terminal; without one, wxauth demo serve runs the made-up Webex alone"), codeUsage}
	}
	badges := []string{"DEMO"}
	if c.g.readOnly {
		badges = append(badges, "READ-ONLY")
	}
	account := newDemoAccount(ctx, c.g.readOnly)
	who := webex.ByEmail(webextest.DemoPerson)
	if c.g.user != "" {
		p, err := webex.ParsePerson(c.g.user)
		if err != nil {
			return usageError{err, codeUsage}
		}
		who = p
	}
	settings := c.demoSettings()
	settings.profile.BaseURL = "" // it is no host that anybody's token goes to
	c.remember(account.service())
	_, err := c.show(ctx, dashboard{settings: settings, person: &who, badges: badges, account: account, audit: memoryAudit{account.records}, inventory: c.demoInventory(account, settings), open: account.accept})
	return err
}

// demoSettings are the defaults, with the user's own look and keys: those are what the demo
// is there to try. A file that is wrong is not in its way.
func (c *command) demoSettings() settings {
	s := settings{Config: config.Default()}
	if cfg, err := config.Load(c.g.config, c.env.Getenv); err == nil {
		s.Theme, s.Color, s.TimeZone, s.Plain = cfg.Theme, cfg.Color, cfg.TimeZone, cfg.Plain
		s.keys, _ = ownKeys(cfg)
	}
	s.Plain = s.Plain || c.g.plain
	return s
}

// serveFlags say what is served, and where.
type serveFlags struct {
	addr         string
	people, rate int
}

const mostPeople = 500_000

// serveDemo prints what a shell needs to use the made-up Webex, and serves it until
// the context ends.
func (c *command) serveDemo(ctx context.Context, f serveFlags) error {
	if f.people < 0 || f.people > mostPeople || f.rate < 0 {
		return usageError{fmt.Errorf("--people must be up to %s, and --rate no less than 0", inventory.Thousands(mostPeople)), codeUsage}
	}
	opts := []webextest.Option{webextest.WithLogLimit(10_000)} // it may run for days
	if f.rate > 0 {
		opts = append(opts, webextest.WithRateLimit(float64(f.rate), f.rate, time.Second))
	}
	made := webextest.Demo
	if f.people > 0 {
		made = func(opts ...webextest.Option) *webextest.Simulator { return webextest.Crowd(f.people-1, opts...) } // and the admin
	}
	srv, err := made(opts...).Listen(f.addr)
	if err != nil {
		return usageError{err, codeUsage}
	}
	defer srv.Close()
	fmt.Fprintf(c.env.Stdout, "export WEBEX_BASE_URL=%s/v1\nexport WEBEX_ACCESS_TOKEN=%s\n", srv.URL, srv.AdminToken())
	fmt.Fprintf(c.env.Stdout, "export %s=%s\nexport %s=%s\n", webex.EnvClientID, webextest.DemoClientID, webex.EnvClientSecret, webextest.DemoClientSecret)
	fmt.Fprintf(c.env.Stdout, "export %s=%s\nexport %s=%s\n", webex.EnvSAClientID, webextest.DemoServiceAppID, webex.EnvSASecret, webextest.DemoServiceAppSecret)
	fmt.Fprintf(c.env.Stdout, "# a code of wxauth login --device is entered at %s/v1/verify\n", srv.URL)
	for _, customer := range webextest.DemoCustomers {
		words := "has not authorized the Service App"
		if customer.Authorized {
			words = "has authorized the Service App"
		}
		fmt.Fprintf(c.env.Stdout, "# organization %s, %s, %s\n", customer.UUID, customer.Name, words)
	}
	c.note("serving a made-up organization at %s; ctrl+c stops it", srv.URL)
	<-ctx.Done()
	return context.Cause(ctx)
}
