package cli

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/internal/english"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/webex"
)

func (c *command) completionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print a shell completion script: bash, zsh, fish or powershell",
		Long: `Print the completion script for a shell. It completes subcommands, flags, profiles and
organizations, and users, apps and the ids of the user given with --user from the newest
sweep, all from data on this computer. It never uses the network and never asks for your passphrase. It knows the
sweeps of a saved login only, not those of the token in WEBEX_ACCESS_TOKEN. With
complete_names = false in the configuration it offers no users, apps and ids, so that none
show on a shared screen.

Open a new shell afterwards. For bash, the package bash-completion must be installed.`,
		Example: `  mkdir -p ~/.local/share/bash-completion/completions
  wxauth completion bash > ~/.local/share/bash-completion/completions/wxauth
  wxauth completion zsh > "${fpath[1]}/_wxauth"
  wxauth completion fish > ~/.config/fish/completions/wxauth.fish
  wxauth completion powershell | Out-String | Invoke-Expression`,
		ValidArgs: []string{"bash", "zsh", "fish", "powershell"},
		Args:      exactly(1, "wxauth completion bash"),
		RunE: func(cmd *cobra.Command, args []string) error {
			root, out := cmd.Root(), c.out
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(out, true)
			case "zsh":
				return root.GenZshCompletion(out)
			case "fish":
				return root.GenFishCompletion(out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(out)
			}
			return session.UsageError(errors.New("SHELL must be bash, zsh, fish or powershell"))
		},
	}
}

// completes registers completions for flags and arguments.
func (c *command) completes(root *cobra.Command) {
	words := func(list ...string) cobra.CompletionFunc {
		return cobra.FixedCompletions(list, cobra.ShellCompDirectiveNoFileComp)
	}
	flag := func(cmd *cobra.Command, name string, f cobra.CompletionFunc) {
		if cmd.Flags().Lookup(name) != nil || cmd.PersistentFlags().Lookup(name) != nil {
			_ = cmd.RegisterFlagCompletionFunc(name, f) // it fails only for an unknown flag
		}
	}
	flag(root, "profile", c.completeProfiles)
	flag(root, "key", words(config.KeySources...))
	for _, name := range []string{"base-url", "jq", "template", "columns", "org"} {
		flag(root, name, words())
	}
	flag(root, "max-wait", words("10s", "60s", "5m"))
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		flag(cmd, "type", words("refresh", "access"))
		flag(cmd, "format", words("jsonl", "syslog"))
		flag(cmd, "report", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"md", "txt", "html", "csv", "json"}, cobra.ShellCompDirectiveFilterFileExt
		})
		flag(cmd, "user", c.completeUsers)
		flag(cmd, "app", c.completeApps)
		flag(cmd, "client-id", c.completeClients)
		for _, name := range []string{"org-id", "confirm", "max", "older-than", "newer-than", "since", "scopes", "if-left", "timeout", "addr"} {
			flag(cmd, name, words())
		}
		switch cmd.CommandPath() {
		case "wxauth profiles use":
			cmd.ValidArgsFunction = c.completeProfiles
		case "wxauth orgs refresh", "wxauth orgs token", "wxauth orgs alias", "wxauth orgs remove", "wxauth orgs fetch":
			cmd.ValidArgsFunction = c.completeOrgs
		case "wxauth list", "wxauth offboard", "wxauth":
			cmd.ValidArgsFunction = c.completeUsers
		case "wxauth app":
			cmd.ValidArgsFunction = c.completeApps
		case "wxauth revoke":
			cmd.ValidArgsFunction = c.completeIDs
		case "wxauth orgs webhook", "wxauth exec":
		default:
			if cmd.ValidArgsFunction == nil && len(cmd.ValidArgs) == 0 && !cmd.HasSubCommands() {
				cmd.ValidArgsFunction = words()
			}
		}
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(root)
}

func (c *command) completeProfiles(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 && cmd.CommandPath() == "wxauth profiles use" {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	names := []string{config.DefaultProfile}
	c.g.noInput = true
	if s, err := c.Load(); err == nil {
		names = append(names, slices.Collect(maps.Keys(s.Profiles))...)
		names = append(names, c.StoredProfiles(cmd.Context(), s)...)
	}
	slices.Sort(names)
	return slices.Compact(names), cobra.ShellCompDirectiveNoFileComp
}

// mostCompleted is the maximum number of completions.
const mostCompleted = 200

// swept returns the newest sweep of the profile's organization for a completion; nil if there is
// none, if it cannot be read without a question or the network, or if names must not be completed.
func (c *command) swept(cmd *cobra.Command) *inventory.Inventory {
	c.g.noInput = true
	s, err := c.Load()
	if err != nil || !s.CompleteNames || !s.Token.IsZero() && !s.Named { // for a token of the environment, Webex would have to say whose it is
		return nil
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), time.Second)
	defer cancel()
	o, err := c.readOrg(ctx)
	if err != nil {
		return nil
	}
	v, err := o.Inv.Latest(ctx, o.Scope)
	if err != nil {
		return nil
	}
	return v
}

// completeUsers completes the addresses of the newest sweep.
func (c *command) completeUsers(cmd *cobra.Command, _ []string, typed string) (out []string, _ cobra.ShellCompDirective) {
	v := c.swept(cmd)
	for n := 0; v != nil && n < v.People() && len(out) < mostCompleted; n++ {
		p, state := v.Person(n)
		if state != inventory.Gone && hasPrefix(p.Email, typed) {
			out = completion(out, p.Email, string(p.Name))
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// completeClients completes the client ids of the newest sweep.
func (c *command) completeClients(cmd *cobra.Command, _ []string, typed string) (out []string, _ cobra.ShellCompDirective) {
	if v := c.swept(cmd); v != nil {
		for _, a := range v.Apps(func(webex.ClientID) bool { return false }, nil) {
			if len(out) < mostCompleted && hasPrefix(webex.Untrusted(a.ClientID), typed) {
				out = completion(out, webex.Untrusted(a.ClientID), string(a.Name))
			}
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// completeApps completes the names of the newest sweep that are safe in a shell, and for the other
// apps their client ids.
func (c *command) completeApps(cmd *cobra.Command, args []string, typed string) (out []string, _ cobra.ShellCompDirective) {
	v := c.swept(cmd)
	if v == nil || len(args) > 0 && cmd.Name() == "app" {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	for _, a := range v.Apps(func(webex.ClientID) bool { return false }, nil) {
		if len(out) >= mostCompleted {
			break
		}
		switch client := webex.Untrusted(a.ClientID); {
		case safeInShell(a.Name) && hasPrefix(a.Name, typed):
			out = completion(out, a.Name, english.Count(a.People, "user"))
		case !safeInShell(a.Name) && hasPrefix(client, typed):
			out = completion(out, client, string(a.Name))
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// completeIDs completes the short ids of the tokens that the user given with --user had in the newest
// sweep.
func (c *command) completeIDs(cmd *cobra.Command, _ []string, typed string) (out []string, _ cobra.ShellCompDirective) {
	users, _ := cmd.Flags().GetStringSlice("user")
	slices.Sort(users)
	users = slices.Compact(users) // flags are parsed twice
	v := c.swept(cmd)
	if v == nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var rows []app.Row
	for _, user := range users {
		for _, a := range v.AuthorizationsOf(webex.Untrusted(user)) {
			rows = append(rows, app.Row{Authorization: a})
		}
	}
	id := app.ShortIDs(rows)
	for _, r := range rows {
		if short := webex.Untrusted(id(r.ID)); hasPrefix(short, typed) {
			out = completion(out, short, app.ShortName(r.Authorization)+" "+app.Kind(r.Type))
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

func hasPrefix(text webex.Untrusted, typed string) bool {
	return len(text) >= len(typed) && strings.EqualFold(string(text[:len(typed)]), typed)
}

// safeInShell reports whether a shell can insert a value as it is: bash does not quote completions, and
// the completion script shows values that begin with an underscore as messages.
func safeInShell(value webex.Untrusted) bool {
	return value != "" && !strings.ContainsRune("-_.@+", rune(value[0])) && !strings.ContainsFunc(string(value), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(".-_@+", r)
	})
}

// completion appends a value with its description, unless the value is unsafe. The description cannot
// end the line or the field.
func completion(out []string, value webex.Untrusted, about string) []string {
	if !safeInShell(value) {
		return out
	}
	return append(out, string(value)+"\t"+strings.ReplaceAll(app.Clean(webex.Untrusted(app.Shorten(about, 40))), "\t", " "))
}

// completeOrgs completes the aliases of the saved organizations, or their ids if they have none or
// if the store cannot be opened without a question: it keeps the ids unencrypted.
func (c *command) completeOrgs(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	none := cobra.ShellCompDirectiveNoFileComp
	if len(args) > 0 {
		return nil, none
	}
	c.g.noInput = true
	s, err := c.Load()
	if err != nil {
		return nil, none
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), time.Second)
	defer cancel()
	if _, orgs, err := c.loadOrgs(ctx); err == nil && s.CompleteNames {
		if held, err := orgs.List(ctx); err == nil {
			var out []string
			for _, o := range held {
				name := o.Alias
				if name == "" {
					name = o.UUID()
				}
				out = completion(out, webex.Untrusted(name), o.Name())
			}
			return out, none
		}
	}
	k, err := c.Store(ctx, s)
	if err != nil || k.OrgIDs == nil {
		return nil, none
	}
	ids, _ := k.OrgIDs(ctx, s.Profile.Name)
	return ids, none
}
