package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/webex"
)

func (c *command) configCommand() *cobra.Command {
	var fromURL, preset string
	path := &cobra.Command{
		Use: "path", Short: "Print the path of the configuration file",
		Args: exactly(0, "wxauth config path"),
		RunE: func(*cobra.Command, []string) error {
			p, err := c.configPath()
			if err == nil {
				_, err = fmt.Fprintln(c.env.Stdout, p)
			}
			return err
		},
	}
	initialise := &cobra.Command{
		Use:   "init",
		Short: "Write an example configuration file with all settings",
		Long: `Write the example configuration file, readable only by you. With --from-url -, wxauth
reads an authorization URL from stdin and fills in the client id, redirect URI and
scopes. That URL is on your integration's page at developer.webex.com. wxauth
does not overwrite an existing file. --preset fedramp fills in the addresses of Webex for
Government, where "wxauth config create-integration" replaces the developer portal.`,
		Example: "  wxauth config init\n  wxauth config init --from-url -",
		Args:    exactly(0, "wxauth config init"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.configInit(cmd.Context(), fromURL, preset) },
	}
	initialise.Flags().StringVar(&preset, "preset", "", "fill in the addresses of a cloud: fedramp (Webex for Government)")
	initialise.Flags().StringVar(&fromURL, "from-url", "", "fill in values from this authorization `URL`; - is stdin")
	online := false
	check := &cobra.Command{
		Use: "check", Short: "Check the configuration file and report errors with line numbers",
		Long: `Check the configuration file and report every error with its line number. With --online,
wxauth also sends one request without a token to the base URL and reports whether
Webex's API answers there.`,
		Example: "  wxauth config check\n  wxauth config check --online",
		Args:    exactly(0, "wxauth config check"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.configCheck(cmd.Context(), online) },
	}
	check.Flags().BoolVar(&online, "online", false, "also check that Webex's API answers at the base URL (sends no token)")
	cmd := &cobra.Command{
		Use: "config", Short: "Create, find and check the configuration file",
		Args: exactly(0, "wxauth config path"), RunE: path.RunE,
	}
	cmd.AddCommand(path, initialise, check, c.createIntegrationCommand())
	return cmd
}

func (c *command) configPath() (string, error) {
	if path := c.ConfigPath(); path != "" {
		return path, nil
	}
	return "", session.ConfigError(errors.New("no home directory for the configuration: set XDG_CONFIG_HOME"))
}

func (c *command) configInit(ctx context.Context, fromURL, preset string) error {
	path, err := c.configPath()
	if err != nil {
		return err
	}
	exists := session.ConfigError(fmt.Errorf("%s already exists and was not changed: edit it, or move it away", path))
	if _, err := os.Lstat(path); err == nil {
		return exists
	}
	text := config.Example()
	if preset != "" {
		fill, ok := presets[preset]
		if !ok {
			return session.UsageError(fmt.Errorf("--preset must be fedramp, is %s", webex.Quote(preset)))
		}
		text = fill(text)
	}
	if fromURL == "-" {
		if isTerminal(c.env.Stdin) {
			lines := c.shownLines()
			lines.joins = true
			const question = "wxauth: paste the authorization URL from your integration's page at developer.webex.com, then press Enter\n"
			if fromURL, err = c.readTyped(ctx, question, lines); errors.Is(err, io.EOF) {
				err = nil
			}
		} else {
			fromURL, err = c.readStdin(ctx)
		}
		if err != nil {
			return err
		}
		if fromURL == "" {
			return session.UsageError(errors.New("--from-url: no URL was given"))
		}
	}
	if fromURL != "" {
		portal, err := config.ParsePortalURL(fromURL)
		if err != nil {
			return session.UsageError(fmt.Errorf("--from-url: %w", err))
		}
		text = fillIn(text, portal)
		for _, need := range []string{webex.ScopeTokensRead, webex.ScopeTokensWrite} {
			if len(portal.Scopes) > 0 && !slices.Contains(portal.Scopes, need) {
				c.note("the integration lacks the scope %s: to %s, enable it at developer.webex.com and add it to scopes in the file", need,
					map[string]string{webex.ScopeTokensRead: "list other users' tokens", webex.ScopeTokensWrite: "revoke tokens"}[need])
			}
		}
	}
	switch err := writeConfig(path, text); {
	case errors.Is(err, fs.ErrExist):
		return exists
	case err != nil:
		return err
	}
	c.note("wrote %s", path)
	if fromURL != "" {
		c.note("next: wxauth login (asks for the client secret). For unattended renewal, set client_secret or client_secret_command in that file, or %s", webex.EnvClientSecret)
	}
	return nil
}

// writeConfig writes a new configuration file and never replaces one: then its error is
// [fs.ErrExist].
func writeConfig(path, text string) error {
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		err = writeNew(path, func(f *os.File) error { _, err := f.WriteString(text); return err })
	}
	if err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	return nil
}

// fillIn copies the parameters of the portal's authorization URL into the [integration] section
// of the example.
func fillIn(text string, p config.PortalIntegration) string {
	text = setKey(text, "client_id", tomlText(string(p.ClientID)))
	text = setKey(text, "redirect_uri", tomlText(p.RedirectURI))
	if len(p.Scopes) > 0 {
		quoted := make([]string, len(p.Scopes))
		for i, s := range p.Scopes {
			quoted[i] = "  " + tomlText(s) + ",\n"
		}
		text = setKey(text, "scopes", "[\n"+strings.Join(quoted, "")+"]")
	}
	return text
}

// setKey replaces the value of the first line that sets a key.
func setKey(text, key, value string) string {
	line := regexp.MustCompile(`(?m)^` + key + ` = .*$`)
	done := false
	return line.ReplaceAllStringFunc(text, func(old string) string {
		if done {
			return old
		}
		done = true
		return key + " = " + value
	})
}

// presets fill in the example for a cloud.
var presets = map[string]func(text string) string{
	"fedramp": func(text string) string {
		text = setKey(text, "base_url", tomlText(webex.FedRAMPBaseURL))
		text = setKey(text, "authorize", tomlText(webex.FedRAMPBaseURL+"/authorize"))
		return setKey(text, "token", tomlText(webex.FedRAMPBaseURL+"/access_token"))
	},
}

// tomlText quotes a string for TOML.
func tomlText(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < 0x20 || r == 0x7f:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func (c *command) configCheck(ctx context.Context, online bool) error {
	s, err := c.Load()
	if err != nil {
		return err
	}
	if err := redirectProblem(s.Profile.RedirectURI); err != nil {
		return session.ConfigError(fmt.Errorf("profile %s: redirect_uri: %w", s.Profile.Name, err))
	}
	if s.CaFile != "" {
		if _, err := rootCAs(s.CaFile); err != nil {
			return session.ConfigError(err)
		}
	}
	if config.IsDatabase(s.Store) {
		if _, err := c.Store(ctx, s); err != nil { // reads the address; nothing is sent
			return err
		}
	}
	if online {
		c.debugToStderr()
		if err := c.checkOnline(ctx, s); err != nil {
			return err
		}
	}
	if s.Path == "" {
		path, err := c.configPath()
		if err != nil {
			return err
		}
		c.note("no file at %s: using the defaults; wxauth config init writes one", path)
		return nil
	}
	words := clientWords(s.Profile.Client)
	if a := s.Profile.ServiceApp; a.ClientID != "" {
		words += "; Service App: " + clientWords(a)
	}
	c.note("%s is valid; profile %s, %s", s.Path, s.Profile.Name, words)
	if err := webex.CheckLoopback(s.Profile.RedirectURI); err != nil {
		c.note("at login you have to paste the browser's final address: %s", webex.Clean(webex.Untrusted(err.Error())))
	}
	return nil
}

// redirectProblem explains why wxauth cannot listen at a redirect URI with http. Other schemes
// are fine: the user pastes the final address.
func redirectProblem(uri string) error {
	u, err := url.Parse(uri)
	if err != nil || strings.EqualFold(u.Scheme, "http") {
		if err := webex.CheckLoopback(uri); err != nil {
			return fmt.Errorf("%w: register one such as %s on the integration", err, webex.DefaultRedirectURI)
		}
	}
	return nil
}

// checkOnline sends a harmless request without a token to the base URL.
func (c *command) checkOnline(ctx context.Context, s session.Settings) error {
	p, err := c.probe(ctx, s)
	switch {
	case err != nil:
		return err
	case p.Status != http.StatusUnauthorized && p.Status != http.StatusOK:
		return fmt.Errorf("%w: %s answers %d to a request without a token, but Webex answers 401: check the base URL and any proxy", webex.ErrServer, p.Host, p.Status)
	case !p.Webex:
		c.note("%s answers %d without a tracking id: is it Webex?", p.Host, p.Status)
	default:
		c.note("%s answers like the Webex API", p.Host)
	}
	return nil
}

// probe calls the profile's API without a token.
func (c *command) probe(ctx context.Context, s session.Settings) (webex.Probe, error) {
	return webex.New(webex.StaticToken(webex.Secret{}), c.clientOptions(s, s.Profile)...).Probe(ctx)
}

func clientWords(p config.Client) string {
	switch {
	case p.ClientID == "":
		return "no client id"
	case !p.ClientSecret.IsZero():
		return "client id and secret set"
	case len(p.ClientSecretCommand) > 0:
		return "client id set, secret from a program"
	case p.ClientSecretSaved:
		return "client id set, secret in the token store"
	}
	return "client id set, no client secret"
}
