package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/webex"
)

type loginFlags struct {
	browser, device, paste, refreshToken, noOpen bool

	scopes       []string
	timeout      durationFlag
	timeoutGiven bool
	scopesGiven  bool
}

func (c *command) loginCommand() *cobra.Command {
	f := loginFlags{timeout: durationFlag(webex.DefaultLoginTimeout)}
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Log in to Webex and save the login, encrypted, on this computer",
		Long: `Log in through the browser: wxauth opens Webex's login page, and the login completes
when you accept there. wxauth also prints the address of that page. Over SSH or without
a display it only prints the address: open it on any computer, then paste the address
that the browser ends on. Or use --device to get a code that you enter on any phone or
computer.

Except with a personal access token, you need an integration: your own, created at
developer.webex.com, or one from your team. wxauth reads its client id and secret from
WEBEX_INTEGRATION_CLIENT_ID and _CLIENT_SECRET, or from the configuration (client_id, and
client_secret or client_secret_command; see "wxauth config init"). Otherwise it asks for
them. It never takes them from a flag.

--paste accepts the address that the browser ends on, or a personal access token, which
lasts 12 hours and has all of your permissions. --refresh-token imports a refresh token
of the same integration. A new login replaces the saved login of the profile.`,
		Example: "  wxauth login\n  wxauth login --profile customer --scopes default,spark:applications_token\n  wxauth login --paste < token.txt\n  pass show webex/refresh | wxauth login --refresh-token",
		Args:    exactly(0, "wxauth login"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.timeoutGiven, f.scopesGiven = cmd.Flags().Changed("timeout"), cmd.Flags().Changed("scopes")
			return c.login(cmd.Context(), f)
		},
	}
	fl := cmd.Flags()
	fl.BoolVar(&f.browser, "browser", false, "log in through the browser (the default)")
	fl.BoolVar(&f.device, "device", false, "log in with a code that you enter on another device")
	fl.BoolVar(&f.paste, "paste", false, "paste the address that the browser ends on, or an access token")
	fl.BoolVar(&f.refreshToken, "refresh-token", false, "import a refresh token, from stdin or a prompt")
	fl.BoolVar(&f.noOpen, "no-open", false, "print the address without opening a browser")
	fl.StringSliceVar(&f.scopes, "scopes", nil, "request these scopes or presets ("+strings.Join(webex.ScopePresetNames(), ", ")+")")
	fl.Var(&f.timeout, "timeout", "maximum wait for the login to complete")
	fl.Lookup("timeout").DefValue = "5m"
	return cmd
}

func (c *command) login(ctx context.Context, f loginFlags) error {
	s, err := c.Load()
	if err != nil {
		return err
	}
	var scopes []string
	if len(f.scopes) > 0 || f.scopesGiven {
		if scopes, err = webex.ParseScopes(strings.Join(f.scopes, " ")); err != nil {
			return session.UsageError(fmt.Errorf("--scopes: %w", err))
		}
	}
	ways := 0
	for _, way := range []bool{f.browser, f.device, f.paste, f.refreshToken} {
		if way {
			ways++
		}
	}
	if ways > 1 {
		return session.UsageError(errors.New("use only one of --browser, --device, --paste and --refresh-token"))
	}
	if f.timeout <= 0 {
		return session.UsageError(errors.New("--timeout must be greater than zero"))
	}
	c.debugToStderr()
	account, err := c.Account(ctx, s, s.Profile)
	if err != nil {
		return err
	}
	if c.Homeless {
		return session.ConfigError(errors.New("no home directory to save the login in: set HOME or XDG_DATA_HOME"))
	}
	if account.KeySource() == store.SourceMemory {
		return session.ConfigError(errors.New("the key source \"memory\" saves nothing: the login would be lost when this command exits. Choose keyring, passphrase or keyfile with --key, or log in from the dashboard (wxauth, then l)"))
	}
	if c.interactive() && s.Key == "" && (f.paste || account.Configured() == nil) {
		if err := account.Prepare(ctx); c.NeedsKey(err) {
			if account, err = c.chooseKey(ctx, s); err != nil {
				return err
			}
		}
	}
	if left := webex.MissingScopes(scopes, account.AskFor(scopes)); len(left) > 0 {
		c.note("not requested, because the profile is read-only: %s", strings.Join(left, " "))
	}
	var in app.LoggedIn
	switch {
	case f.refreshToken:
		in, err = c.loginRefreshToken(ctx, account)
	case f.device:
		in, err = c.loginCode(ctx, account, f, scopes)
	case f.paste && !isTerminal(c.env.Stdin):
		in, err = c.loginAccessToken(ctx, account)
	default:
		in, err = c.loginBrowser(ctx, account, f, scopes)
	}
	if err != nil {
		return err
	}
	c.sayLoggedIn(in)
	if !s.Token.IsZero() {
		c.note("%s is also set: list, revoke and the dashboard use it instead of this login, unless --profile is given", session.TokenVariable)
	}
	if c.g.json {
		return c.printJSON(in.JSON(time.Now()))
	}
	return nil
}

// chooseKey asks where to keep the encryption key, because there is no keyring, and opens the account
// with the answer. The new store remembers it.
func (c *command) chooseKey(ctx context.Context, s session.Settings) (*app.Account, error) {
	c.note("this system has no keyring. Where should wxauth keep the encryption key of the token store?")
	fmt.Fprintln(c.env.Stderr, "  p  nowhere: a passphrase protects the store, and wxauth asks for it each time")
	fmt.Fprintln(c.env.Stderr, "  f  in a file next to the store that only you can read (less secure)")
	for range 3 {
		answer, err := c.readLine(ctx, "Passphrase or file? [p/f] ")
		if err != nil {
			return nil, err
		}
		source, ok := map[string]string{"p": "passphrase", "passphrase": "passphrase", "f": "keyfile", "file": "keyfile", "keyfile": "keyfile"}[strings.ToLower(answer)]
		if ok {
			s.Key, c.Kept = source, nil
			return c.Account(ctx, s, s.Profile)
		}
	}
	return nil, session.ConfigError(fmt.Errorf("%w: no key source chosen; nothing was saved", store.ErrNoKey))
}

// configured explains a missing setting for a login.
func (c *command) configured(a *app.Account) error {
	err := a.Configured()
	if err == nil {
		return nil
	}
	if a.HasClient() {
		return session.ConfigError(err) // the hint says how to set a secret
	}
	return session.ConfigError(fmt.Errorf("%w\nCreate an integration at developer.webex.com (redirect URI, exactly: %s), then:\n  wxauth config init --from-url -   and paste the authorization URL from its page, or\n  set %s and %s.\nOr log in with a personal access token: wxauth login --paste", err, a.RedirectURI(), webex.EnvClientID, webex.EnvClientSecret))
}

func (c *command) loginRefreshToken(ctx context.Context, a *app.Account) (app.LoggedIn, error) {
	if err := c.configured(a); err != nil {
		return app.LoggedIn{}, err
	}
	if err := a.Prepare(ctx); err != nil {
		return app.LoggedIn{}, err
	}
	token, err := c.readToken(ctx, "Refresh token: ", webex.ParseRefreshToken)
	if err != nil {
		return app.LoggedIn{}, err
	}
	return a.AdoptRefreshToken(ctx, token)
}

func (c *command) loginAccessToken(ctx context.Context, a *app.Account) (app.LoggedIn, error) {
	if err := a.Prepare(ctx); err != nil {
		return app.LoggedIn{}, err
	}
	token, err := c.readToken(ctx, "Access token: ", webex.ParseToken)
	if err != nil {
		return app.LoggedIn{}, err
	}
	return a.AdoptAccessToken(ctx, token)
}

const maxPaste = 64 << 10

// readToken reads a token from stdin, or prompts without echo.
func (c *command) readToken(ctx context.Context, question string, parse func(string) (webex.Secret, error)) (webex.Secret, error) {
	var text string
	if isTerminal(c.env.Stdin) {
		answer, err := c.readSecret(ctx, question, "it on stdin")
		if err != nil {
			return answer, err
		}
		text = answer.Reveal()
	} else {
		data, err := c.readStdin(ctx)
		if err != nil {
			return webex.Secret{}, err
		}
		text = data
	}
	token, err := parse(text)
	if err != nil {
		return token, session.UsageError(err)
	}
	return token, nil
}

// readStdin reads all of stdin, up to a size limit. A signal cancels it.
func (c *command) readStdin(ctx context.Context) (string, error) {
	data, err := c.readInput(ctx, "-", maxPaste)
	return string(data), err
}

// loginBrowser waits for Webex's redirect and for text pasted on the terminal.
func (c *command) loginBrowser(ctx context.Context, a *app.Account, f loginFlags, scopes []string) (app.LoggedIn, error) {
	display, why := c.hasDisplay()
	opts := app.LoginOptions{Scopes: scopes, Timeout: time.Duration(f.timeout), Progress: c.loginSteps(f, why)}
	if display && !f.noOpen && !f.paste {
		opts.OpenBrowser = c.openBrowser
	}
	if err := a.Configured(); err != nil {
		if !f.paste || !c.interactive() {
			return app.LoggedIn{}, c.configured(a)
		}
		return c.loginAccessToken(ctx, a) // without an integration the user can only paste a token
	}
	wait, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	restore := func() {}
	defer func() { restore() }()
	if c.interactive() {
		pasted := make(chan string)
		opts.Pasted, opts.ListenIfFree = pasted, f.paste
		// Read the terminal only after all prompts are answered: two readers would share the
		// input.
		start := sync.OnceFunc(func() {
			back, err := c.typedInput()
			if err != nil {
				return // pasting is impossible then; the browser can still finish the login
			}
			restore = back
			go c.readPastes(wait, pasted, stop)
		})
		steps := opts.Progress
		opts.Progress = func(p app.LoginProgress) {
			if p.Stage == app.LoginWaiting {
				start() // before the address appears, so that pasted text is not shown
			}
			steps(p)
		}
	}
	in, err := a.LogIn(wait, opts)
	switch stopped := context.Cause(wait); {
	case err != nil && errors.Is(stopped, errWantsCode):
		restore()
		restore = func() {}
		return c.loginCode(ctx, a, f, scopes)
	case err != nil && isSignal(stopped):
		return in, stopped
	}
	return in, err
}

// loginSteps returns a function that reports the progress of a login on stderr.
func (c *command) loginSteps(f loginFlags, why string) func(app.LoginProgress) {
	strays := 0
	return func(p app.LoginProgress) {
		switch p.Stage {
		case app.LoginWaiting:
			switch {
			case p.Listens != nil:
				c.note("%s", webex.Clean(webex.Untrusted(p.Listens.Error())))
				c.note("open this address and accept, then paste the final address from the browser, or %s:", c.codeOffer())
			case f.paste:
				c.note("open this address and accept, then paste the final address from the browser, or an access token:")
			case f.noOpen:
				c.note("open this address and accept:")
			case why != "":
				c.note("%s: not opening a browser. Open this address and accept;", why)
				c.note("on another computer, paste the final address from its browser, or %s:", c.codeOffer())
			default:
				c.note("opening Webex in your browser: accept there. If no page opens, open this address:")
			}
			// On its own line without indentation, so that it is easy to select with the mouse.
			fmt.Fprintf(c.env.Stderr, "%s\n", p.URL)
			words := "waiting until %s; press ctrl+c to cancel"
			if c.interactive() && p.Listens == nil && !f.paste && (f.noOpen || why == "") {
				words = "waiting until %s, or for the final address of another computer's browser, pasted here; press ctrl+c to cancel"
			}
			c.note(words, c.clock(p.Deadline))
		case app.LoginSaving:
			if p.Pasted {
				c.note("checking the access token with Webex")
				return
			}
			c.note("Webex accepted; getting the tokens")
		case app.LoginNotice:
			if p.Stray {
				if strays++; strays > 3 { // do not let stray requests fill the screen
					return
				}
			}
			c.note("%s", webex.Clean(webex.Untrusted(p.Notice)))
		}
	}
}

// codeOffer explains how to log in with a code instead.
func (c *command) codeOffer() string {
	if c.interactive() {
		return "type d and press Enter to log in with a code"
	}
	return "log in with a code: " + c.loginLine() + " --device"
}

// sayLoggedIn prints who is logged in, until when, and how the login is stored.
func (c *command) sayLoggedIn(in app.LoggedIn) {
	now := time.Now()
	c.note("logged in as %s, profile %s", ownerWords(in.Login), in.Profile)
	switch {
	case in.Personal():
		until := "an unknown time"
		if left := in.AccessLeft(); left.Known() {
			until = c.stamp(left.Until)
		}
		c.note("this is an access token: it has all permissions of its owner, cannot be renewed, and is valid until %s", until)
	case in.Tokens.RefreshLeft().Known():
		renews := "it renews itself; if unused"
		if c.typedSecret {
			renews = "if unused"
			c.note("renewal needs the client secret, and the one you typed is not saved. Set client_secret or client_secret_command in the configuration; otherwise wxauth asks for it in 14 days, and cron cannot renew the login")
		}
		c.note("%s, it expires %s (in %s)", renews, c.stamp(in.Tokens.RefreshLeft().Until), app.DurationWords(in.In(in.Tokens.RefreshLeft(), now)))
	}
	if in.Tokens.AccessLeft().Basis == webex.BasisAssumed {
		c.note("Webex sent no lifetime: assuming one hour for the access token")
	}
	if len(in.Missing) > 0 {
		c.note("not granted: %s", webex.Clean(webex.Untrusted(strings.Join(in.Missing, " "))))
	}
	c.note("encryption key: %s%s", in.KeySource, weaker(in.KeySource))
	if r := in.Replaced; r != nil && (r.Tokens.Owner.PersonID != in.Tokens.Owner.PersonID || r.Personal() != in.Personal()) {
		c.note("it replaces the login of %s, whose tokens stay valid at Webex: %s", ownerWords(*r), c.validUntil(*r))
	}
}

// weaker is the warning about key files.
func weaker(source string) string {
	if source == store.SourceKeyfile {
		return " (weaker: stored next to the token store)"
	}
	return ""
}

// ownerWords returns the name of a login's owner.
func ownerWords(l app.Login) string {
	o := l.Tokens.Owner
	name := o.Email.String()
	if name == "" {
		name = o.DisplayName.String()
	}
	if name == "" {
		name = "an unknown person"
	}
	if o.OrgName != "" {
		name += " (" + o.OrgName.String() + ")"
	}
	return name
}

// warnOfEnd warns that a login expires soon and says how to keep it.
func (c *command) warnOfEnd(l app.Login) {
	left := l.Tokens.RefreshLeft()
	if !l.Tokens.Renewable() || !left.Known() {
		return
	}
	now := time.Now()
	d := l.In(left, now)
	switch { // print it on every run
	case d <= 0 || d >= app.EndsSoon:
	case l.RunsDown(now):
		c.note("the login of profile %s expires in %s, and the last refresh did not extend it: %s. To log in: %s", l.Profile, app.DurationWords(d), c.needs(logInAgain, l), loginLine(l.Profile))
	default:
		c.note("the login of profile %s expires in %s. To extend it: wxauth token refresh", l.Profile, app.DurationWords(d))
	}
}
