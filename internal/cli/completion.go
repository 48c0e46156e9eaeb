package cli

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/internal/session"
)

func (c *command) completionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print a shell completion script: bash, zsh, fish or powershell",
		Long: `Print the completion script for a shell. It completes subcommands, flags, profiles and
organizations from data on this computer. It never uses the network and never asks for
your passphrase.`,
		Example: `  wxauth completion bash > ~/.local/share/bash-completion/completions/wxauth
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

// completes registers completions for flags and arguments. It never completes users, so that
// names do not show on a shared screen.
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
	flag(root, "base-url", words())
	flag(root, "max-wait", words("10s", "60s", "5m"))
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		flag(cmd, "type", words("refresh", "access"))
		flag(cmd, "format", words("jsonl", "syslog"))
		flag(cmd, "report", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"md", "html", "csv", "json"}, cobra.ShellCompDirectiveFilterFileExt
		})
		for _, name := range []string{"user", "app", "client-id", "org-id", "confirm", "max", "older-than", "newer-than", "since", "scopes", "if-left", "timeout", "addr"} {
			flag(cmd, name, words())
		}
		switch cmd.CommandPath() {
		case "wxauth profiles use":
			cmd.ValidArgsFunction = c.completeProfiles
		case "wxauth orgs refresh", "wxauth orgs token", "wxauth orgs alias", "wxauth orgs remove", "wxauth orgs fetch":
			cmd.ValidArgsFunction = c.completeOrgs
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

func (c *command) completeProfiles(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	names := []string{config.DefaultProfile}
	if cfg, err := config.Load(c.Flags.Config, c.env.Getenv); err == nil {
		for name := range cfg.Profiles {
			if name != config.DefaultProfile {
				names = append(names, name)
			}
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeOrgs completes the ids, which the store keeps unencrypted. Aliases are encrypted, and
// reading them could prompt for a passphrase.
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
	k, err := c.Store(ctx, s)
	if err != nil || k.OrgIDs == nil {
		return nil, none
	}
	ids, _ := k.OrgIDs(ctx, s.Profile.Name)
	return ids, none
}
