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
	"github.com/wxauth/wxauth/webex"
)

func (c *command) profilesCommand() *cobra.Command {
	list := &cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "List the profiles, and what each holds",
		Args: exactly(0, "wxauth profiles list"),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.listProfiles(cmd.Context()) },
	}
	use := &cobra.Command{
		Use: "use NAME", Short: "Make a profile the one that is used when none is named",
		Args: exactly(1, "wxauth profiles use customer"),
		RunE: func(cmd *cobra.Command, args []string) error { return c.useProfile(cmd.Context(), args[0]) },
	}
	cmd := &cobra.Command{
		Use:   "profiles",
		Short: "Named sets of credentials and tokens: list, use",
		Long: `A profile is a named set of credentials, base URL and stored tokens, so that one admin
may serve several organizations. They are set up in the configuration, as
[profiles.NAME]; one named "default" is always there.`,
		Example: "  wxauth profiles list\n  wxauth profiles use customer\n  wxauth list me --profile customer",
		Args:    exactly(0, "wxauth profiles list"),
		RunE:    list.RunE,
	}
	cmd.AddCommand(list, use)
	return cmd
}

// profileJSON is one profile as "profiles list" prints it.
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
	c.lenient = true
	s, err := c.load()
	if err != nil {
		return err
	}
	k, err := c.store(ctx, s)
	if err != nil {
		return err
	}
	all, err := c.profileLogins(ctx, s, k)
	if err != nil {
		return err
	}
	now := time.Now()
	var out []profileJSON
	for _, p := range all {
		row := profileJSON{Profile: p.Name, Current: p.Name == s.profile.Name, State: "not logged in"}
		row.ClientID, row.BaseURL, row.ReadOnly = string(p.ClientID), p.BaseURL, p.ReadOnly
		if p.held {
			row.LoggedIn, row.ClientID = true, string(p.login.Client)
			row.Email, row.Org, row.State = string(p.login.Tokens.Owner.Email), string(p.login.Tokens.Owner.OrgName), stateWords(p.login, now)
		}
		out = append(out, row)
	}
	if c.g.json {
		return c.printJSON(out)
	}
	t := output.Table{Header: []string{"", "PROFILE", "LOGIN", "ORG", "STATE", "CLIENT"}, Soft: []int{2, 3}}
	for _, r := range out {
		mark := ""
		if r.Current {
			mark = "*"
		}
		t.Add(mark, r.Profile, r.Email, r.Org, r.State, app.ShortID(webex.ClientID(r.ClientID)))
	}
	return t.Print(c.env.Stdout)
}

// profileLogin is a profile with what it holds.
type profileLogin struct {
	config.Profile
	gone  bool // a login whose profile is no longer in the file
	held  bool
	login app.Login
}

// profileLogins returns every profile by name: those of the configuration, those that
// hold a login, and the one in use.
func (c *command) profileLogins(ctx context.Context, s settings, k keeping) ([]profileLogin, error) {
	names := append(s.ProfileNames(), s.profile.Name)
	logins, err := k.logins(ctx)
	if err != nil {
		return nil, err
	}
	for _, l := range logins {
		names = append(names, l.Profile)
	}
	slices.Sort(names)
	var out []profileLogin
	for _, name := range slices.Compact(names) {
		p, err := s.Resolve(name, c.env.Getenv)
		gone := err != nil
		if gone {
			p = config.Profile{Name: name, BaseURL: s.BaseURL}
		}
		login, err := c.accountIn(k, s, p).Login(ctx)
		if err != nil && !errors.Is(err, webex.ErrNotLoggedIn) {
			return nil, err
		}
		out = append(out, profileLogin{p, gone, err == nil, login})
	}
	return out, nil
}

// useProfile writes down which profile is used when none is named.
func (c *command) useProfile(ctx context.Context, name string) error {
	c.lenient = true // the one that was chosen before may be gone
	s, err := c.load()
	if err != nil {
		return err
	}
	if err := config.CheckProfileName(name); err != nil {
		return usageError{err, codeUsage}
	}
	known := s.ProfileNames()
	if k, err := c.store(ctx, s); err == nil {
		logins, _ := k.logins(ctx)
		for _, l := range logins {
			known = append(known, l.Profile)
		}
	}
	if !slices.Contains(known, name) {
		return usageError{fmt.Errorf("there is no profile %q: add [profiles.%s] to the configuration, or log it in with: wxauth login --profile %s", name, name, name), codeUsage}
	}
	return c.chooseProfile(name)
}

// chooseProfile writes it down, and says so.
func (c *command) chooseProfile(name string) error {
	if config.ProfilePath(c.env.Getenv) == "" {
		return usageError{errors.New("there is no home directory: set XDG_STATE_HOME"), codeConfig}
	}
	if err := config.ChooseProfile(c.env.Getenv, name); err != nil {
		return fmt.Errorf("choose profile: %w", err)
	}
	c.note("profile %s is used from now on by every command that names none", name)
	if v := c.env.Getenv("WXAUTH_PROFILE"); v != "" && v != name {
		c.note("WXAUTH_PROFILE is set to %s, and goes before it", v)
	}
	return nil
}
