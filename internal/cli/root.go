package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/internal/postgres"
	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/ui"
	"github.com/wxauth/wxauth/webex"
)

const rootExample = `  wxauth demo                          # a sample organization: no account, no network
  wxauth jane@example.com              # open the dashboard on Jane's apps
  wxauth list jane@example.com --json  # the same, for scripts
  wxauth revoke ID --user jane@example.com --dry-run
  wxauth offboard jane@example.com     # revoke everything a leaver authorized, with a report`

func (c *command) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "wxauth [USER]",
		Short: "See which apps hold tokens on behalf of a Webex user, and revoke unwanted ones safely",
		Long: `wxauth shows which apps hold tokens on behalf of a Webex user, how long each token stays
valid and how that was estimated. It revokes unwanted tokens safely.

USER is an email address, a person id, or "me". wxauth uses the access token in the
environment variable WEBEX_ACCESS_TOKEN, or a saved login that it renews automatically
(see "wxauth login").`,
		Example:       rootExample,
		Args:          cobra.ArbitraryArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          c.dashboard,

		PersistentPreRunE: c.checkFormat,
	}
	root.SuggestionsMinimumDistance = 2
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return session.UsageError(withFlagMeant(cmd, err)) })
	f := root.PersistentFlags()
	f.StringVar(&c.Flags.Config, "config", "", "use this configuration `file`")
	f.StringVar(&c.Flags.Profile, "profile", "", "use this profile; its login takes precedence over "+session.TokenVariable)
	f.StringVar(&c.Flags.Org, "org", "", "act on this `customer` organization (partners)")
	f.StringVar(&c.Flags.Key, "key", "", "source of the encryption key: keyring, passphrase, keyfile or memory")
	f.StringVar(&c.Flags.Store, "store", "", "token store: a `path`, or the URL of a team's PostgreSQL database")
	f.StringVar(&c.Flags.BaseURL, "base-url", "", "API base URL, including the version")
	f.StringVar(&c.Flags.CaFile, "ca-file", "", "trust extra CA certificates from a `file` in PEM or DER")
	f.BoolVar(&c.g.json, "json", false, "print JSON, including errors")
	f.StringVar(&c.g.jq, "jq", "", "filter the JSON output with a jq `expression`")
	f.StringVar(&c.g.template, "template", "", "format the JSON output with a Go `template`")
	f.BoolVar(&c.g.csv, "csv", false, "print lists as CSV")
	f.StringSliceVar(&c.g.columns, "columns", nil, "print only these `columns` of a table (such as app,type) or of CSV (JSON fields), in order")
	f.BoolVar(&c.g.noPager, "no-pager", false, "never show long tables in a pager")
	f.BoolVar(&c.g.noColor, "no-color", false, "disable color")
	f.BoolVar(&c.Flags.Plain, "plain", false, "plain text, for screen readers: no lines, boxes, bars or animation")
	f.BoolVar(&c.g.noInput, "no-input", false, "never prompt; fail if an answer is needed")
	f.BoolVar(&c.Flags.ReadOnly, "read-only", false, "change nothing at Webex, except that tokens are refreshed")
	f.BoolVar(&c.g.debug, "debug", false, "log HTTP calls without secrets to stderr (dashboard: to a file)")
	f.Var(&c.g.maxWait, "max-wait", "maximum wait on rate limits")
	f.Lookup("max-wait").DefValue = "60s"
	root.Version = version().String() // --version is what users try first
	root.SetVersionTemplate("{{.Version}}\n")
	root.Flags().StringVar(&c.g.user, "user", "", "open on this user: email, person id, or me")
	c.addCommands(root)
	arrangeHelp(root)
	return root
}

// makers are the constructors of the commands, by name.
var makers = []struct {
	name string
	make func(*command) *cobra.Command
}{
	{"list", (*command).listCommand},
	{"revoke", (*command).revokeCommand},
	{"offboard", (*command).offboardCommand},
	{"sweep", (*command).sweepCommand},
	{"apps", (*command).appsCommand},
	{"app", (*command).appCommand},
	{"stale", (*command).staleCommand},
	{"diff", (*command).diffCommand},
	{"watch", (*command).watchCommand},
	{"audit", (*command).auditCommand},
	{"events", (*command).eventsCommand},
	{"login", (*command).loginCommand},
	{"logout", (*command).logoutCommand},
	{"token", (*command).tokenCommand},
	{"exec", (*command).execCommand},
	{"orgs", (*command).orgsCommand},
	{"scopes", (*command).scopesCommand},
	{"id", (*command).idCommand},
	{"profiles", (*command).profilesCommand},
	{"store", (*command).storeCommand},
	{"config", (*command).configCommand},
	{"demo", (*command).demoCommand},
	{"doctor", (*command).doctorCommand},
	{"probe", (*command).probeCommand},
	{"version", (*command).versionCommand},
	{wholeTree[0], (*command).completionCommand},
	{wholeTree[1], (*command).manCommand},
}

// wholeTree are the commands that need all other commands.
var wholeTree = [...]string{"completion", "man"}

// addCommands adds only the command that the arguments begin with, to keep startup fast. If
// they begin with anything else, it adds all of them.
func (c *command) addCommands(root *cobra.Command) {
	first := ""
	if len(c.env.Args) > 0 {
		first = c.env.Args[0]
	}
	for _, m := range makers {
		if m.name == first && !slices.Contains(wholeTree[:], first) {
			root.AddCommand(m.make(c))
			return
		}
	}
	for _, m := range makers {
		root.AddCommand(m.make(c))
	}
	root.AddCommand(topics()...)
	if first == cobra.ShellCompRequestCmd || first == cobra.ShellCompNoDescRequestCmd {
		c.completes(root)
	}
}

// dashboard opens the dashboard: wxauth [USER].
func (c *command) dashboard(cmd *cobra.Command, args []string) error {
	who, err := c.dashboardPerson(cmd, args)
	if err != nil {
		return err
	}
	if err := c.checkTerminal(); err != nil {
		return err
	}
	if !isTerminal(c.env.Stdin) || !isTerminal(c.env.Stdout) {
		fmt.Fprintf(c.env.Stderr, "The dashboard needs a terminal. Without one, use a subcommand:\n\n%s\n\nFor more, run wxauth --help.\n", rootExample)
		return resultError{exitUsage}
	}
	logTo, closeLog, err := c.openDebugLog()
	if err != nil {
		return err
	}
	defer closeLog()
	c.logTo = logTo
	for {
		end, err := c.dashboardOf(cmd.Context(), who)
		if err != nil || end.Next == ui.NextNothing {
			return err
		}
		who, c.g.user = nil, "" // that user belongs to the other profile's organization
		if end.Next == ui.NextDemo {
			return c.demo(cmd.Context())
		}
		if err := c.chooseProfile(end.Profile); err != nil {
			c.note("profile %s is in use, but could not be saved as the default: %s", end.Profile, webex.Clean(webex.Untrusted(err.Error())))
		}
		c.Flags.Profile = end.Profile
	}
}

// dashboardOf opens the dashboard with the selected profile.
func (c *command) dashboardOf(ctx context.Context, who *webex.Person) (ui.End, error) {
	c.OnScreen = false // prompting for a passphrase is possible
	c.forScreen = true
	s, err := c.Load()
	if err != nil {
		return ui.End{}, err
	}
	d := dashboard{settings: s, person: who}
	c.Remember(nil)
	if err := c.prepareDashboard(ctx, &d); err != nil {
		return ui.End{}, err
	}
	c.OnScreen = true
	if s.Profile.ReadOnly {
		d.badges = append(d.badges, "READ-ONLY")
	}
	return c.show(ctx, d)
}

// prepareDashboard prepares the dashboard with the token of the environment or the saved login;
// without either there is no service. It prompts for secrets, such as a passphrase, before the
// screen is drawn.
func (c *command) prepareDashboard(ctx context.Context, d *dashboard) error {
	s := d.settings
	fromEnv := !s.Token.IsZero() && !s.Named
	account, err := c.Account(ctx, s, s.Profile)
	switch {
	case err == nil:
		if d.account, err = c.NewScreenAccount(ctx, s, account); err != nil {
			return err
		}
	case fromEnv:
		// A token in the environment needs no store. The dashboard then shows nothing about a
		// login.
		c.note("cannot read the saved logins: %s", webex.Clean(webex.Untrusted(err.Error())))
	default:
		return err
	}
	if fromEnv {
		d.envToken = true
		d.badges = append(d.badges, "ENV TOKEN")
		c.Remember(c.Service(s, webex.StaticToken(s.Token), app.Login{}))
		return nil
	}
	login, err := account.Login(ctx)
	switch {
	case errors.Is(err, webex.ErrNotLoggedIn):
		return nil
	case errors.Is(err, postgres.ErrUnavailable): // the screen says so, and a reload tries again
		c.Remember(c.Service(s, account, app.Login{}))
		return nil
	case err != nil:
		return err
	}
	c.warnOfEnd(login) // it is visible again after the dashboard closes
	c.Remember(c.Service(s, account.For(login.Tokens.Owner), login))
	return nil
}

// dashboardPerson returns the user named by the argument or --user.
func (c *command) dashboardPerson(cmd *cobra.Command, args []string) (*webex.Person, error) {
	given := args
	if cmd.Flags().Changed("user") {
		given = append(given, c.g.user)
	}
	switch {
	case len(given) == 0:
		return nil, nil
	case len(given) > 1 && !strings.Contains(given[0], "@") && len(nearCommands(cmd, given[0])) > 0:
		return nil, session.UsageError(fmt.Errorf("unknown command %s: did you mean %s?", webex.Quote(given[0]), strings.Join(nearCommands(cmd, given[0]), " or ")))
	case len(given) > 1:
		return nil, session.UsageError(fmt.Errorf("the dashboard shows one user, got %d", len(given)))
	}
	who, err := webex.ParsePerson(given[0])
	if meant, ok := meantBy[given[0]]; ok && err != nil {
		return nil, session.UsageError(fmt.Errorf("unknown command %s: did you mean wxauth %s?", webex.Quote(given[0]), meant))
	}
	if err != nil {
		if near := nearCommands(cmd, given[0]); len(near) > 0 && !cmd.Flags().Changed("user") {
			return nil, session.UsageError(fmt.Errorf("unknown command %s: did you mean %s? To open a user, give an email address; to search by name, run wxauth without arguments", webex.Quote(given[0]), strings.Join(near, " or ")))
		}
		return nil, session.UsageError(fmt.Errorf("%w: to search by name, run wxauth without arguments", err))
	}
	return &who, nil
}

// meantBy maps words that people try to the commands that they mean.
var meantBy = map[string]string{
	"status": "token status", "whoami": "token status", "refresh": "token refresh", "test": "token test", "inspect": "token inspect",
	"delete": "revoke", "remove": "revoke", "users": "list USER", "show": "list USER", "auth": "login", "init": "config init",
	"verify": "audit verify", "log": "audit list", "history": "audit list", "inventory": "apps", "tokens": "orgs list", "use": "profiles use",
}

// dashboard is the state that the dashboard starts with.
type dashboard struct {
	settings session.Settings
	person   *webex.Person
	badges   []string
	account  ui.Account // nil hides everything about logins
	envToken bool
	audit    ui.Audit // nil means the audit log
	// inventory is the demo's inventory; nil means the organization's.
	inventory *session.ScreenInventory
	open      func(string) error // opens an address; nil means c.openBrowser if there is a display
}

// show runs the dashboard, then waits for revokes in progress.
func (c *command) show(ctx context.Context, d dashboard) (ui.End, error) {
	opts := ui.Options{
		Person: d.person, Badges: d.badges, Theme: d.settings.Theme, Keys: d.settings.Keys, Plain: d.settings.Plain, NoMouse: !d.settings.Mouse, Links: hasLinks(c.env.Getenv), Location: d.settings.Location(),
		ConfigPath: c.ConfigPath(),
		RecordNote: c.RecordNote(d.settings), Audit: c.Record(d.settings), Shell: shell(), Export: export,
	}
	if name := d.settings.Profile.Name; name != config.DefaultProfile && !d.envToken {
		opts.Profile = name
	}
	opts.ControlHub = controlHub(d.settings)
	if d.audit != nil { // demo only
		opts.Audit, opts.Export, opts.RecordNote = d.audit, nil, ui.MemoryNote
	}
	opts.Host = strings.Join(foreignHosts(d.settings.Profile), ", ")
	if c.Shown != nil {
		opts.Service = c.Shown
	}
	opts.Org = strings.TrimSpace(c.Flags.Org)
	if opts.Inventory = c.InventoryOnScreen(d.settings); d.inventory != nil {
		opts.Inventory = d.inventory
	}
	if d.account != nil {
		opts.Account, opts.EnvToken = d.account, d.envToken
		if a, ok := d.account.(*session.ScreenAccount); ok {
			opts.Profiles = a.Profiles
		}
	}
	opts.OpenBrowser = d.open
	if display, why := c.hasDisplay(); d.open == nil && display {
		opts.OpenBrowser = c.openBrowser
	} else if d.open == nil {
		opts.NoBrowser = why
	}
	// Cancel what the dashboard started, after the time allowed for a revoke.
	work, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	t := ui.Terminal{In: c.env.Stdin, Out: c.env.Stdout, Environ: c.env.Environ}
	t.NoColor = c.noColor()
	t.Columns, t.Rows = c.assumedSize()
	opts.CanSuspend = canSuspend()
	watched, guarded := watchStop(&t), c.guardTerminal(c.env.Stdout, leaveScreen)
	begun := time.Now()
	end, err := ui.Run(work, opts, t)
	watched()
	guarded()
	c.drainReplies(time.Since(begun), end.Replies)
	cancel(errors.New("wxauth was quit"))
	for _, words := range c.Later {
		c.note("%s", webex.Clean(webex.Untrusted(words)))
	}
	c.Later = nil
	if a, ok := d.account.(*session.ScreenAccount); ok {
		a.Wait(5 * time.Second)
	}
	if c.Shown == nil {
		return end, err
	}
	if !c.Shown.Wait(5 * time.Second) {
		c.note("a request was still running; if it was a revoke, check whether it succeeded")
	} else if end.Running > 0 {
		if last, ok := c.Shown.Last(); ok {
			c.note("the revoke that was running: %s (its report: wxauth audit report --last)", last.Report().Line())
		}
	}
	return end, err
}

// controlHub returns the pages of Control Hub: those of the configuration, and for the default
// cloud those that are known.
func controlHub(s session.Settings) app.ControlHub {
	var h app.ControlHub
	if s.Profile.BaseURL == webex.DefaultBaseURL {
		h = app.DefaultControlHub
	}
	for page, field := range map[string]*string{"person": &h.Person, "integrations": &h.Integrations, "service_apps": &h.ServiceApps, "agentic_apps": &h.AgenticApps} {
		if url, set := s.ControlHub[page]; set {
			*field = url
		}
	}
	return h
}

// openDebugLog opens the dashboard's debug log if --debug is set.
func (c *command) openDebugLog() (io.Writer, func(), error) {
	if !c.g.debug {
		return nil, func() {}, nil
	}
	path := config.DebugLogPath(c.env.Getenv)
	if path == "" {
		return nil, nil, session.ConfigError(errors.New("--debug: no home directory for the log: set XDG_STATE_HOME"))
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, nil, fmt.Errorf("--debug: %w", err)
	}
	file, err := store.OpenPrivate(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND)
	if err != nil {
		return nil, nil, fmt.Errorf("--debug: %w", err)
	}
	return file, func() { _ = file.Close() }, nil
}
