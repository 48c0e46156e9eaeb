package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/internal/output"
	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/webex"
)

func (c *command) profilesCommand() *cobra.Command {
	list := makesTable(&cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "List the profiles and what is saved in each",
		Args: exactly(0, "wxauth profiles list"),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.listProfiles(cmd.Context()) },
	})
	use := &cobra.Command{
		Use: "use NAME", Short: "Set the profile to use when --profile is not given",
		Args: exactly(1, "wxauth profiles use customer"),
		RunE: func(cmd *cobra.Command, args []string) error { return c.useProfile(cmd.Context(), args[0]) },
	}
	cmd := makesTable(&cobra.Command{
		Use:   "profiles",
		Short: "List and choose profiles (sets of credentials and tokens)",
		Long: `A profile is a named set of credentials, a base URL and saved tokens. With profiles, one
admin can manage several organizations. Define a profile in the configuration file as
[profiles.NAME]. The profile "default" always exists.`,
		Example: "  wxauth profiles list\n  wxauth profiles use customer\n  wxauth list me --profile customer",
		Args:    exactly(0, "wxauth profiles list"),
		RunE:    list.RunE,
	})
	cmd.AddCommand(list, use)
	return cmd
}

// profileJSON is one profile in the output of "profiles list".
type profileJSON struct {
	Profile  string `json:"profile"`
	Current  bool   `json:"current"`
	ClientID string `json:"clientId"`
	BaseURL  string `json:"baseUrl"`
	ReadOnly bool   `json:"readOnly"`
	LoggedIn bool   `json:"loggedIn"`
	Email    string `json:"email"`
	Org      string `json:"org"`
	State    string `json:"state"`
}

func (c *command) listProfiles(ctx context.Context) error {
	c.Lenient = true
	s, err := c.Load()
	if err != nil {
		return err
	}
	k, err := c.Store(ctx, s)
	if err != nil {
		return err
	}
	all, err := c.ProfileLogins(ctx, s, k)
	if err != nil {
		return err
	}
	now := time.Now()
	var out []profileJSON
	for _, p := range all {
		row := profileJSON{Profile: p.Name, Current: p.Name == s.Profile.Name, State: "not logged in"}
		row.ClientID, row.BaseURL, row.ReadOnly = string(p.ClientID), p.BaseURL, p.ReadOnly
		if p.Held {
			row.LoggedIn, row.ClientID = true, string(p.Login.Client)
			row.Email, row.Org, row.State = string(p.Login.Tokens.Owner.Email), string(p.Login.Tokens.Owner.OrgName), stateWords(p.Login, now)
		}
		out = append(out, row)
	}
	if printed, err := c.printData(out, out); printed {
		return err
	}
	t := output.Table{Columns: []output.Column{
		{Name: "CURRENT"},
		{Name: "PROFILE"},
		{Name: "LOGIN", Soft: true},
		{Name: "ORG", Soft: true},
		{Name: "STATE"},
		{Name: "CLIENT"},
	}}
	for _, r := range out {
		mark := ""
		if r.Current {
			mark = "*"
		}
		t.Add(mark, r.Profile, r.Email, r.Org, r.State, app.ShortID(webex.ClientID(r.ClientID)))
	}
	return c.print(t)
}

// useProfile saves the default profile.
func (c *command) useProfile(ctx context.Context, name string) error {
	c.Lenient = true // the previous default may be missing
	s, err := c.Load()
	if err != nil {
		return err
	}
	if err := config.CheckProfileName(name); err != nil {
		return session.UsageError(err)
	}
	known := s.ProfileNames()
	if k, err := c.Store(ctx, s); err == nil {
		logins, _ := k.Logins(ctx)
		for _, l := range logins {
			known = append(known, l.Profile)
		}
	}
	if !slices.Contains(known, name) {
		return session.UsageError(fmt.Errorf("there is no profile %q: add [profiles.%s] to the configuration, or create it with: wxauth login --profile %s", name, name, name))
	}
	return c.chooseProfile(name)
}

// chooseProfile saves the default profile and says so.
func (c *command) chooseProfile(name string) error {
	if config.ProfilePath(c.env.Getenv) == "" {
		return session.ConfigError(errors.New("no home directory: set XDG_STATE_HOME"))
	}
	if err := config.ChooseProfile(c.env.Getenv, name); err != nil {
		return fmt.Errorf("choose profile: %w", err)
	}
	c.note("the default profile is now %s", webex.Quote(name))
	if v := c.env.Getenv("WXAUTH_PROFILE"); v != "" && v != name {
		c.note("WXAUTH_PROFILE is set to %s and takes precedence", v)
	}
	return nil
}
