package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/output"
	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/webex"
)

func (c *command) orgsCommand() *cobra.Command {
	list := makesTable(&cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "List the organizations with saved tokens, without using the network",
		Args: exactly(0, "wxauth orgs list"),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.listOrgs(cmd.Context()) },
	})
	cmd := makesTable(&cobra.Command{
		Use:   "orgs",
		Short: "Manage a Service App's tokens, one pair for each organization",
		Long: `A Service App has a machine account and a pair of tokens in each organization whose Full
Admin authorized it in Control Hub. wxauth fetches these tokens with a login that has
the scope spark:applications_token, refreshes them, and fetches them again when Webex
rejects a refresh token.

The Service App's credentials come from WEBEX_SA_CLIENT_ID and WEBEX_SA_CLIENT_SECRET,
or from [service_app] in the configuration.

ORG is the organization's UUID, a prefix of the UUID of a saved organization (8
characters or more), an encoded id, or an alias. Instead of ORG, --webhook FILE reads
the organization from a webhook payload.`,
		Example: "  wxauth login --scopes default,spark:applications_token\n  wxauth orgs fetch 96abc2aa-3dcc-11e5-a152-fe34819cdc9a\n  wxauth orgs alias 96abc2aa nordwind\n  curl -H \"Authorization: Bearer $(wxauth orgs token nordwind)\" https://webexapis.com/v1/people/me",
		Args:    exactly(0, "wxauth orgs list"),
		RunE:    list.RunE,
	})
	cmd.AddCommand(list,
		c.orgCommand("fetch", "Fetch an organization's tokens from Webex and save them", "wxauth orgs fetch 96abc2aa-3dcc-11e5-a152-fe34819cdc9a", c.fetchOrg),
		c.orgCommand("add", "Import an organization's refresh token, from stdin or a prompt", "pass show webex/nordwind | wxauth orgs add 96abc2aa-3dcc-11e5-a152-fe34819cdc9a", c.addOrg),
		c.orgCommand("refresh", "Get new tokens for an organization now", "wxauth orgs refresh 96abc2aa", c.refreshOrg),
		c.orgCommand("token", "Print a valid access token for an organization, refreshed if needed", "wxauth orgs token 96abc2aa", c.printOrgToken),
		c.aliasOrgCommand(), c.removeOrgCommand(), c.webhookCommand())
	return cmd
}

// orgCommand creates a subcommand that takes one organization.
func (c *command) orgCommand(name, short, example string, run func(context.Context, *app.Orgs, webex.OrgID) error) *cobra.Command {
	var payload string // a file with a webhook payload, which names the organization
	cmd := &cobra.Command{
		Use: name + " ORG", Short: short, Example: "  " + example,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			_, orgs, id, _, err := c.oneOrg(ctx, args, payload, 0, name == "fetch" || name == "add", example)
			if err != nil {
				return err
			}
			return run(ctx, orgs, id)
		},
	}
	webhookFlag(cmd, &payload)
	return cmd
}

func webhookFlag(cmd *cobra.Command, payload *string) {
	cmd.Flags().StringVar(payload, "webhook", "", "use the organization in the webhook payload in `FILE` (- is stdin)")
}

// oneOrg finds the organization named by the first argument or by a webhook's payload, and
// returns the remaining arguments. gets means that the command fetches tokens: it then rejects
// a payload of the event "deauthorized".
func (c *command) oneOrg(ctx context.Context, args []string, payload string, more int, gets bool, example string) (s session.Settings, orgs *app.Orgs, id webex.OrgID, rest []string, err error) {
	want := 1 + more
	if payload != "" {
		want = more
	}
	if len(args) != want {
		return s, nil, "", nil, session.UsageError(wrongArgs(len(args), want, example))
	}
	if s, orgs, err = c.loadOrgs(ctx); err != nil {
		return s, nil, "", nil, err
	}
	if payload != "" {
		e, err := c.readEvent(ctx, orgs, payload)
		if err == nil && e.Event == webex.EventDeauthorized && gets {
			err = session.UsageError(errors.New("the organization deauthorized the Service App, so there are no tokens to get: use wxauth orgs webhook to apply the payload"))
		}
		return s, orgs, e.Org, args, err
	}
	id, err = orgs.Find(ctx, args[0])
	if errors.Is(err, app.ErrOrgAmbiguous) || errors.Is(err, webex.ErrInvalidInput) {
		err = session.UsageError(err)
	}
	if errors.Is(err, webex.ErrOrgNotRegistered) {
		c.tellOthers(ctx, orgs)
	}
	return s, orgs, id, args[1:], err
}

// loadOrgs reads the settings and returns the profile's organizations.
func (c *command) loadOrgs(ctx context.Context) (session.Settings, *app.Orgs, error) {
	c.fetchesForOrgs = true
	s, err := c.Load()
	if err != nil {
		return s, nil, err
	}
	c.debugToStderr()
	if s.Profile.ServiceApp.ClientID == "" {
		if k, err := c.Store(ctx, s); err == nil {
			c.tellOthers(ctx, c.OrgsIn(k, s, s.Profile, nil))
		}
		return s, nil, session.ConfigError(webex.ServiceAppCredentials{ClientSecret: s.Profile.ServiceApp.ClientSecret, ClientSecretFrom: c.ServiceAppSecret(s.Profile)}.Check())
	}
	k, err := c.Store(ctx, s)
	if err != nil {
		return s, nil, err
	}
	return s, c.OrgsIn(k, s, s.Profile, c.AccountIn(k, s, s.Profile)), nil
}

// tellOthers reports saved tokens of other Service Apps than the configured one, so that users
// do not think that they are lost.
func (c *command) tellOthers(ctx context.Context, orgs *app.Orgs) {
	others, err := orgs.Others(ctx)
	if err != nil {
		return // the caller reports errors of the store
	}
	for _, id := range others {
		c.say("there are saved organizations of another Service App, client id %s: to use them, set %s to it", id, webex.EnvSAClientID)
	}
}

func (c *command) listOrgs(ctx context.Context) error {
	_, orgs, err := c.loadOrgs(ctx)
	if err != nil {
		return err
	}
	held, err := orgs.List(ctx)
	if err != nil {
		return err
	}
	now := time.Now()
	if len(held) == 0 {
		c.say("no organization is saved: to get the tokens of one, wxauth orgs fetch ORG")
		c.tellOthers(ctx, orgs)
	}
	out := make([]app.OrgJSON, len(held))
	for i, o := range held {
		out[i] = o.JSON(now)
	}
	if printed, err := c.printData(out, out); printed {
		return err
	}
	t := output.Table{Columns: []output.Column{
		{Name: "ORG", Soft: true},
		{Name: "ALIAS", Soft: true},
		{Name: "ACCESS"},
		{Name: "REFRESH"},
		{Name: "STATE"},
		{Name: "ORG ID"},
	}}
	for _, o := range held {
		refresh := "—"
		if !o.Tokens.Refresh.IsZero() {
			refresh = app.HeldWords(o.Login, o.Tokens.RefreshLeft(), now)
		}
		if !o.Tokens.Rejected.IsZero() {
			refresh = "refused"
		}
		t.Add(o.Tokens.Owner.OrgName.String(), o.Alias, app.HeldWords(o.Login, o.AccessLeft(), now), refresh, o.State(now), o.UUID())
	}
	return c.print(t)
}

// orgWords returns the name of an organization for messages.
func orgWords(o app.Org) string {
	if name := o.Name(); name != "" {
		return name + " (" + o.UUID() + ")"
	}
	return o.UUID()
}

// keptOrg prints what is saved now.
func (c *command) keptOrg(verb string, o app.Org) error {
	words := "access until " + c.until(o.AccessLeft())
	if o.Tokens.Refresh.IsZero() {
		words += ", no refresh token"
	} else {
		words += ", refresh until " + c.until(o.Tokens.RefreshLeft())
	}
	c.say("%s %s: %s", verb, orgWords(o), words)
	if o.AccessLeft().Basis == webex.BasisAssumed {
		c.say("Webex sent no lifetime: assuming one hour for the access token")
	}
	if c.g.json {
		return c.printJSON(o.JSON(time.Now()))
	}
	return nil
}

// until returns the expiry of a token as text.
func (c *command) until(r webex.Remaining) string {
	if !r.Known() {
		return "an unknown time"
	}
	return c.stamp(r.Until)
}

// keepsNothing returns an error if the tokens would be lost when the command exits.
func (c *command) keepsNothing(o *app.Orgs) error {
	if c.Homeless {
		return session.ConfigError(errors.New("no home directory to save tokens in: set HOME or XDG_DATA_HOME"))
	}
	if o.KeepsNothing() {
		return session.ConfigError(errors.New("the key source \"memory\" saves nothing: the tokens would be lost when this command exits. Choose keyring, passphrase or keyfile with --key"))
	}
	return nil
}

func (c *command) fetchOrg(ctx context.Context, orgs *app.Orgs, id webex.OrgID) error {
	if err := c.keepsNothing(orgs); err != nil {
		return err
	}
	o, err := orgs.Fetch(ctx, id)
	if err != nil {
		return err
	}
	return c.keptOrg("fetched the tokens of", o)
}

func (c *command) addOrg(ctx context.Context, orgs *app.Orgs, id webex.OrgID) error {
	if err := orgs.Configured(); err != nil {
		return session.ConfigError(err)
	}
	if err := c.keepsNothing(orgs); err != nil {
		return err
	}
	token, err := c.readToken(ctx, "Refresh token of the organization: ", webex.ParseRefreshToken)
	if err != nil {
		return err
	}
	o, err := orgs.Add(ctx, id, token)
	if errors.Is(err, webex.ErrNotLoggedIn) {
		// Logging in does not fix that.
		return fmt.Errorf("%w: Webex rejected this refresh token of %s; nothing was saved. Get a new one from the developer portal, or use: wxauth orgs fetch %s", webex.ErrLoginFailed, id.UUID(), id.UUID())
	}
	if err != nil {
		return err
	}
	return c.keptOrg("imported the tokens of", o)
}

func (c *command) refreshOrg(ctx context.Context, orgs *app.Orgs, id webex.OrgID) error {
	if _, err := orgs.Held(ctx, id); errors.Is(err, webex.ErrOrgNotRegistered) {
		return c.fetchOrg(ctx, orgs, id)
	}
	before, after, err := orgs.Refresh(ctx, id)
	c.sayRefreshed(before, after, err)
	if err == nil && c.g.json {
		err = c.printJSON(after.JSON(time.Now()))
	}
	return err
}

// sayRefreshed prints how long an organization's new tokens last, and what happened to the previous access
// token.
func (c *command) sayRefreshed(before, after app.Org, err error) {
	if err == nil {
		c.say("%s: %s", orgWords(after), c.refreshWords(before.Login, after.Login, time.Now(), fetchAgain))
	}
}

func (c *command) printOrgToken(ctx context.Context, orgs *app.Orgs, id webex.OrgID) error {
	o, err := orgs.Valid(ctx, id)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.env.Stdout, o.Tokens.Access.Reveal())
	return err
}
