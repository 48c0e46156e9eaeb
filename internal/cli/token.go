package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/webex"
)

func (c *command) tokenCommand() *cobra.Command {
	atLeast := durationFlag(0)
	print := func(prefix string) func(*cobra.Command, []string) error {
		return func(cmd *cobra.Command, _ []string) error {
			return c.printToken(cmd.Context(), prefix, time.Duration(atLeast))
		}
	}
	noJSON := map[string]string{"json": "no"}
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Print a valid access token, refreshed if needed",
		Long: `Print the access token of the saved login, and nothing else. If the token expires within
60 seconds, wxauth refreshes it first; when several programs ask at the same time, only
one of them refreshes it. This command and its subcommands use the saved login, or else
WEBEX_ACCESS_TOKEN (except inspect, which reads stdin); commands that call the API prefer WEBEX_ACCESS_TOKEN.`,
		Example: "  curl -H \"$(wxauth token header)\" https://webexapis.com/v1/people/me\n  wxauth exec -- my-script\n  wxauth token status --short\n  wxauth token refresh --all --if-left 30d     # from cron",
		Args:    exactly(0, "wxauth token"),
		RunE:    print(""),

		Annotations: noJSON,
	}
	needs := func(cmd *cobra.Command) *cobra.Command {
		cmd.Flags().Var(&atLeast, "if-left", "refresh first if the access token expires within this time")
		cmd.Flags().Lookup("if-left").DefValue = "60s"
		return cmd
	}
	header := &cobra.Command{
		Use: "header", Short: "Print the Authorization header with a valid access token",
		Args: exactly(0, "wxauth token header"), RunE: print("Authorization: Bearer "), Annotations: noJSON,
	}
	cmd.AddCommand(c.tokenStatusCommand(), c.tokenTestCommand(), needs(header), c.tokenRefreshCommand(), c.tokenInspectCommand())
	return needs(cmd)
}

// stored returns the account if the profile has a saved login. Otherwise it describes the token
// of the environment, if there is one.
func (c *command) stored(ctx context.Context) (s session.Settings, account *app.Account, login app.Login, err error) {
	if s, err = c.Load(); err != nil {
		return s, nil, login, err
	}
	c.debugToStderr()
	if account, err = c.Account(ctx, s, s.Profile); err != nil {
		return s, nil, login, err
	}
	login, err = account.Login(ctx)
	if errors.Is(err, webex.ErrNotLoggedIn) && !s.Token.IsZero() && !s.Named {
		c.UsedEnv.Store(true)
		return s, nil, login, nil
	}
	if err == nil && !s.Token.IsZero() {
		c.say("using the saved login of profile %s, not the token in %s", login.Profile, session.TokenVariable)
	}
	return s, account, login, err
}

func (c *command) printToken(ctx context.Context, prefix string, atLeast time.Duration) error {
	s, account, _, err := c.stored(ctx)
	if err != nil {
		return err
	}
	token := s.Token
	if account != nil {
		login, err := account.Valid(ctx, atLeast)
		if err != nil {
			return err
		}
		c.warnOfEnd(login)
		if left := login.AccessLeft(); left.Known() && login.In(left, time.Now()) < atLeast {
			c.note("the access token expires %s, earlier than requested: Webex issued none that lasts longer", c.stamp(left.Until))
		}
		token = login.Tokens.Access
	} else {
		c.say("using the token in %s: there is no saved login", session.TokenVariable)
	}
	_, err = fmt.Fprintf(c.env.Stdout, "%s%s\n", prefix, token.Reveal())
	return err
}

func (c *command) tokenStatusCommand() *cobra.Command {
	var short bool
	atLeast := durationFlag(0)
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show the saved login and when it expires",
		Long: `Show the profile's saved login, without using the network. The times are exact: Webex
gave them when it issued the tokens. Without a saved login, wxauth asks Webex
about WEBEX_ACCESS_TOKEN.

wxauth exits with 0 if API calls should work, as far as it can tell without asking
Webex, and with 4 if not. With --if-left it also exits with 4 if the login expires
within that time.`,
		Example: "  wxauth token status --short\n  wxauth token status --if-left 14d || mail -s 'wxauth login expires' me",
		Args:    exactly(0, "wxauth token status"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.tokenStatus(cmd.Context(), short, time.Duration(atLeast))
		},
	}
	cmd.Flags().BoolVar(&short, "short", false, "print one line")
	cmd.Flags().Var(&atLeast, "if-left", "exit with 4 if the login expires within this time")
	cmd.Flags().Lookup("if-left").DefValue = ""
	return cmd
}

func (c *command) tokenStatus(ctx context.Context, short bool, atLeast time.Duration) error {
	s, account, login, err := c.stored(ctx)
	if err != nil {
		return err
	}
	now := time.Now()
	if account == nil {
		return c.environmentStatus(ctx, s, short, atLeast)
	}
	c.warnOfEnd(login)
	ends := login.EndsAt()
	works := login.Works(now) && (atLeast == 0 || !ends.Known() || login.In(ends, now) >= atLeast)
	switch {
	case c.g.json:
		err = c.printJSON(login.JSON(now))
	case short:
		_, err = fmt.Fprintln(c.env.Stdout, shortStatus(login, now))
	default:
		err = c.printFacts(loginFacts(login, s, now))
	}
	if err == nil && !works {
		if login.Works(now) {
			c.say("it expires within %s", app.DurationWords(atLeast))
		}
		err = resultError{exitLogin}
	}
	return err
}

// shortStatus describes a login in one line.
func shortStatus(l app.Login, now time.Time) string {
	line := fmt.Sprintf("%s: access %s", l.Profile, app.HeldWords(l, l.AccessLeft(), now))
	if !l.Tokens.Refresh.IsZero() {
		line += ", refresh " + app.HeldWords(l, l.Tokens.RefreshLeft(), now)
	}
	return line + ", " + stateWords(l, now)
}

// stateWords describes the state of a login.
func stateWords(l app.Login, now time.Time) string {
	switch {
	case !l.Tokens.AccessRejected.IsZero() && !l.Tokens.Renewable():
		return "does not work: Webex rejected both tokens, log in again"
	case !l.Tokens.AccessRejected.IsZero():
		return "Webex rejected this access token and the one before it: get another with wxauth token refresh"
	case !l.Tokens.Rejected.IsZero() && l.Tokens.Usable(now):
		return "works until the access token expires: Webex rejected the refresh token, log in again"
	case !l.Personal() && !l.Renews && l.Tokens.Usable(now):
		return "works until the access token expires: its client is not configured, so wxauth cannot renew it"
	case !l.Personal() && !l.Renews:
		return "does not work: the access token has expired, and its client is not configured"
	case !l.Works(now):
		return "does not work: log in again"
	case l.Tokens.Usable(now) || l.Personal():
		return "works"
	}
	return "wxauth renews it at the next use"
}

// printFacts prints label and value, one per line.
func (c *command) printFacts(facts [][2]string) error {
	width := 9
	for _, f := range facts {
		width = max(width, len(f[0]))
	}
	for _, f := range facts {
		if f[1] == "" {
			continue
		}
		if _, err := fmt.Fprintf(c.env.Stdout, "%-*s %s\n", width, f[0], webex.Clean(webex.Untrusted(f[1]))); err != nil {
			return err
		}
	}
	return nil
}

func loginFacts(l app.Login, s session.Settings, now time.Time) [][2]string {
	o := l.Tokens.Owner
	left := func(r webex.Remaining) string {
		if !r.Known() {
			return "unknown (" + string(r.Basis) + ")"
		}
		words := "%s left, until %s (%s)"
		if l.In(r, now) <= 0 {
			words = "%s, at %s (%s)"
		}
		return fmt.Sprintf(words, app.HeldWords(l, r, now), r.Until.In(s.Location()).Format("2006-01-02 15:04 MST"), r.Basis)
	}
	client := string(l.Client)
	if l.Personal() {
		client = "none: a pasted token"
	} else if l.ClientFrom != "" {
		client += ", from " + l.ClientFrom
	}
	ends := ""
	switch extended := l.Tokens.Extended; {
	case l.RunsDown(now):
		ends = logInAgain + " before " + l.EndsAt().Until.In(s.Location()).Format("2006-01-02 15:04 MST") + ": the last refresh did not extend it"
	case l.Renewable() && extended != nil && *extended:
		ends = "the last refresh extended it"
	}
	facts := [][2]string{
		{"profile", l.Profile},
		{"person", joinNonEmpty(o.DisplayName.String(), o.Email.String())},
		{"org", joinNonEmpty(o.OrgName.String(), o.OrgID.String())},
		{"client", client},
		{"access", left(l.AccessLeft())},
	}
	if !l.Tokens.Refresh.IsZero() {
		facts = append(facts, [2]string{"refresh", left(l.Tokens.RefreshLeft())})
	}
	for i, scope := range l.Tokens.Scopes {
		label := ""
		if i == 0 {
			label = "scopes"
		}
		facts = append(facts, [2]string{label, scope})
	}
	return append(facts, [2]string{"login", ends}, [2]string{"source", "saved login"}, [2]string{"key", l.KeySource + weaker(l.KeySource)}, [2]string{"state", stateWords(l, now)})
}

func joinNonEmpty(a, b string) string {
	if a != "" && b != "" {
		return a + ", " + b
	}
	return a + b
}

// environmentStatus asks Webex about the token of the environment.
func (c *command) environmentStatus(ctx context.Context, s session.Settings, short bool, atLeast time.Duration) error {
	svc := c.Service(s, webex.StaticToken(s.Token), app.Login{})
	who, err := svc.Session(ctx)
	if err != nil {
		return err
	}
	now := time.Now()
	status := app.EnvironmentStatus(who, who.Expires, now)
	until, left := "unknown: Webex does not say", "an unknown time"
	if !who.Expires.IsZero() {
		left = app.DurationWords(who.Expires.Sub(now))
		until = fmt.Sprintf("%s left, until %s (exact)", left, who.Expires.In(s.Location()).Format("2006-01-02 15:04 MST"))
	}
	switch {
	case c.g.json:
		err = c.printJSON(status)
	case short:
		_, err = fmt.Fprintf(c.env.Stdout, "%s: access %s, works\n", session.TokenVariable, left)
	default:
		err = c.printFacts([][2]string{
			{"person", joinNonEmpty(who.Person.DisplayName.String(), who.Person.Email().String())},
			{"role", who.Role},
			{"org", joinNonEmpty(who.Org.DisplayName.String(), who.Org.ID.String())},
			{"access", until},
			{"source", session.TokenVariable},
			{"state", "works: Webex just accepted it"},
		})
	}
	if err == nil && atLeast > 0 && !who.Expires.IsZero() && who.Expires.Sub(now) < atLeast {
		c.say("it expires within %s", app.DurationWords(atLeast))
		err = resultError{exitLogin}
	}
	return err
}

func (c *command) tokenTestCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "test",
		Short: "Check with Webex that the token works (GET /people/me)",
		Args:  exactly(0, "wxauth token test"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, account, _, err := c.stored(cmd.Context())
			if err != nil {
				return err
			}
			if account == nil {
				return c.environmentStatus(cmd.Context(), s, true, 0)
			}
			r, err := account.Test(cmd.Context(), app.Login{})
			if err != nil {
				return err
			}
			if c.g.json {
				login, err := account.Login(cmd.Context()) // it may have been refreshed
				if err != nil {
					return err
				}
				return c.printJSON(login.JSON(time.Now()))
			}
			line := fmt.Sprintf("works: this is %s", joinNonEmpty(r.Person.DisplayName.String(), r.Person.Email().String()))
			if !r.Expires.IsZero() {
				line += ", until " + r.Expires.In(s.Location()).Format("2006-01-02 15:04 MST")
			}
			_, err = fmt.Fprintln(c.env.Stdout, line)
			return err
		},
	}
}

func (c *command) tokenInspectCommand() *cobra.Command {
	var offline bool
	cmd := &cobra.Command{
		Use:   "inspect",
		Short: "Show what a token contains and what Webex reports about it",
		Long: `Read a token from stdin, or from a prompt without echo. wxauth first prints what the
token itself contains, unverified and without using the network, then what Webex
reports.`,
		Example: "  pbpaste | wxauth token inspect\n  wxauth token inspect --offline < token.txt",
		Args:    exactly(0, "wxauth token inspect"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.inspect(cmd.Context(), offline) },
	}
	cmd.Flags().BoolVar(&offline, "offline", false, "do not ask Webex")
	return cmd
}

// inspectJSON is the output of "token inspect".
type inspectJSON struct {
	SelfContained bool                 `json:"selfContained"`
	OrgID         string               `json:"orgId"`
	Cluster       string               `json:"cluster"`
	PersonUUID    string               `json:"personUuid"`
	ClientID      string               `json:"clientId"`
	Expires       *string              `json:"expires"`
	Server        *app.TokenStatusJSON `json:"server"`
	Error         string               `json:"error"`
}

func (c *command) inspect(ctx context.Context, offline bool) error {
	s, err := c.Load()
	if err != nil {
		return err
	}
	c.debugToStderr()
	token, err := c.readToken(ctx, "Token: ", webex.ParseToken)
	if err != nil {
		return err
	}
	f := webex.InspectToken(token)
	out := inspectJSON{SelfContained: f.SelfContained, OrgID: f.OrgID.UUID(), Cluster: string(f.Cluster), PersonUUID: string(f.PersonUUID), ClientID: string(f.ClientID)}
	form, expires := "opaque", ""
	if f.SelfContained {
		form = "self-contained (JSON Web Token; its signature is not checked)"
	}
	if !f.Expires.IsZero() {
		text := f.Expires.Format(time.RFC3339)
		out.Expires = &text
		expires = f.Expires.In(s.Location()).Format("2006-01-02 15:04 MST") + ", according to the token"
	}
	facts := [][2]string{
		{"form", form}, {"org", out.OrgID}, {"cluster", out.Cluster}, {"person", out.PersonUUID}, {"client", out.ClientID}, {"ends", expires},
	}
	var failed error
	if !offline {
		who, err := c.Service(s, webex.StaticToken(token), app.Login{}).Session(ctx)
		switch {
		case err == nil:
			status := app.EnvironmentStatus(who, who.Expires, time.Now())
			status.Source = "stdin"
			out.Server = &status
			until := "Webex does not say"
			if !who.Expires.IsZero() {
				until = who.Expires.In(s.Location()).Format("2006-01-02 15:04 MST")
			}
			facts = append(facts, [2]string{"Webex", "works, for " + joinNonEmpty(who.Person.DisplayName.String(), who.Person.Email().String())}, [2]string{"until", until})
		default:
			failed = err
			out.Error = err.Error()
			words := "could not be asked: "
			if errors.Is(err, webex.ErrNotLoggedIn) {
				words = "rejected it: "
			}
			facts = append(facts, [2]string{"Webex", words + err.Error()})
		}
	}
	if c.g.json {
		err = c.printJSON(out)
	} else {
		err = c.printFacts(facts)
	}
	if err != nil {
		return err
	}
	if failed != nil {
		_, exit := classifyWork(failed)
		return resultError{exit}
	}
	return nil
}
