package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/webex"
)

func (c *command) createIntegrationCommand() *cobra.Command {
	var (
		n           webex.IntegrationMetadata
		scopes      []string
		dryRun, yes bool
		deviceLogin bool
	)
	cmd := &cobra.Command{
		Use:   "create-integration",
		Short: "Create your integration through the API, where there is no developer portal",
		Long: `Create an integration with POST /applications, for clouds without a developer portal, such
as Webex for Government. wxauth shows what it will send and asks first. It saves the
client secret, which Webex shows only once, encrypted in the token store, and writes the
client id to a new configuration file, or prints the lines to add to an existing one.

This needs an admin's access token in WEBEX_ACCESS_TOKEN, for example from Control Hub.`,
		Example: "  wxauth config init --preset fedramp\n  wxauth config create-integration --contact it@example.gov --dry-run\n  wxauth config create-integration --contact it@example.gov",
		Args:    exactly(0, "wxauth config create-integration --contact it@example.com"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if n.ContactEmail == "" {
				return session.UsageError(errors.New("--contact is required: the email address that Webex shows for the integration"))
			}
			var err error
			if n.Scopes, err = webex.ParseScopes(strings.Join(scopes, " ")); err != nil {
				return session.UsageError(err)
			}
			n.RedirectURIs = []string{webex.DefaultRedirectURI}
			if deviceLogin {
				n.RedirectURIs = append(n.RedirectURIs, webex.DeviceRedirectURIs...)
			}
			return c.createIntegration(cmd.Context(), n, dryRun, yes)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&n.Name, "name", "wxauth", "`name` of the integration, as users see it")
	fl.StringVar(&n.Description, "description", "Shows and revokes app authorizations", "its description")
	fl.StringVar(&n.ContactEmail, "contact", "", "contact email `address` (required)")
	fl.StringVar(&n.Company, "company", "", "company name")
	fl.StringSliceVar(&scopes, "scopes", []string{"default", webex.ScopeAuditEvents}, "scopes or presets (default, read-only, byova, service-app, all)")
	fl.BoolVar(&deviceLogin, "device", false, "also register the redirect URIs for login with a code")
	fl.BoolVar(&dryRun, "dry-run", false, "show what would be sent, without sending it")
	fl.BoolVar(&yes, "yes", false, "skip the confirmation")
	return cmd
}

func (c *command) createIntegration(ctx context.Context, n webex.IntegrationMetadata, dryRun, yes bool) error {
	body, err := n.Body()
	if err != nil {
		return session.UsageError(err)
	}
	s, err := c.Load()
	if err != nil {
		return err
	}
	c.debugToStderr()
	from := ""
	if s.BaseURLFromEnv {
		from = " (base URL from WEBEX_BASE_URL)"
	}
	c.say("POST %s/applications%s", s.Profile.BaseURL, from)
	fmt.Fprintf(c.env.Stderr, "%s\n", body)
	if dryRun {
		c.say("this was a dry run: nothing was sent")
		return nil
	}
	if s.Token.IsZero() {
		return fmt.Errorf("%w: set %s to an access token of a Full Admin", webex.ErrNotLoggedIn, session.TokenVariable)
	}
	if err := c.KeepsSecrets(ctx, s); err != nil { // before anything is sent: Webex shows the secret only once
		return err
	}
	if _, err := c.configPath(); err != nil {
		return err
	}
	if !yes {
		if err := c.ask(ctx, "Create this integration? [y/N] "); err != nil {
			return err
		}
	}
	created, err := webex.New(webex.StaticToken(s.Token), c.clientOptions(s, s.Profile)...).CreateIntegration(ctx, n)
	if err != nil {
		return err
	}
	if err := c.SaveClientSecret(ctx, s, created.ClientID, created.ClientSecret); err != nil {
		return fmt.Errorf("the integration was created (client id %s), but its secret could not be saved: delete it and try again: %w", created.ClientID, err)
	}
	c.note("created the integration; its client secret is in the token store, encrypted")
	return c.useIntegration(s, created.ClientID, n)
}

// useIntegration writes the client id to a new configuration file. It does not change an
// existing file: there it prints the lines to add.
func (c *command) useIntegration(s session.Settings, client webex.ClientID, n webex.IntegrationMetadata) error {
	path, err := c.configPath()
	if err != nil {
		return err
	}
	text := fillIn(config.Example(), config.PortalIntegration{ClientID: client, RedirectURI: n.RedirectURIs[0], Scopes: n.Scopes})
	text = setKey(text, "client_secret_saved", "true")
	text = setKey(text, "base_url", tomlText(s.Profile.BaseURL))
	for key, value := range map[string]string{"authorize": s.Profile.Endpoints.Authorize, "token": s.Profile.Endpoints.Token} {
		if value != "" {
			text = setKey(text, key, tomlText(value))
		}
	}
	if err := writeConfig(path, text); !errors.Is(err, fs.ErrExist) {
		if err != nil {
			return err
		}
		c.note("wrote %s; next: wxauth login", path)
		return nil
	}
	c.note("add these lines to [integration] in %s, then run wxauth login:", path)
	_, err = fmt.Fprintf(c.env.Stdout, "client_id = %s\nclient_secret_saved = true\nredirect_uri = %s\n", tomlText(string(client)), tomlText(n.RedirectURIs[0]))
	return err
}
