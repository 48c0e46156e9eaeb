package cli

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/output"
	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/webex"
)

func (c *command) scopesCommand() *cobra.Command {
	var mine bool
	cmd := makesTable(&cobra.Command{
		Use:   "scopes",
		Short: "List Webex scopes and what each one allows",
		Long: `List every known scope with Webex's own description. For scopes without one, wxauth
derives a description from the name and marks it. --mine compares the list with the
saved login: which scopes it has, and which scopes a new login would request in
addition.

Your integration must have every scope that you request.`,
		Example: "  wxauth scopes | grep recordings\n  wxauth scopes --mine\n  wxauth login --scopes default,spark:applications_token",
		Args:    exactly(0, "wxauth scopes"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.scopes(cmd.Context(), mine) },
	})
	cmd.Flags().BoolVar(&mine, "mine", false, "mark the scopes that the saved login has, and those it lacks")
	return cmd
}

// scopeJSON is one scope in the output of "scopes".
type scopeJSON struct {
	Scope       string `json:"scope"`
	Description string `json:"description"`
	Derived     bool   `json:"derived"` // wxauth derived the description from the name, because Webex publishes none
	Mine        string `json:"mine"`    // granted, missing, or empty
}

// Whether the saved login has a scope.
const (
	scopeGranted = "granted"
	scopeMissing = "missing" // a login requests it
)

func (c *command) scopes(ctx context.Context, mine bool) error {
	var granted, asked []string
	if mine {
		s, account, login, err := c.stored(ctx)
		switch {
		case err != nil:
			return err
		case account == nil:
			return session.UsageError(errors.New("--mine needs a saved login, because Webex does not report the scopes of the token in " + session.TokenVariable + ": use --profile NAME"))
		case login.Personal():
			return session.UsageError(errors.New("--mine: the saved login is a pasted token, and Webex does not report its scopes"))
		case len(login.Tokens.Scopes) == 0:
			c.say("Webex did not report which scopes the login of profile %s has", s.Profile.Name)
		}
		granted, asked = login.Tokens.Scopes, login.Asked
	}
	all := webex.ScopeCatalogue()
	for _, name := range slices.Concat(granted, asked) {
		if !slices.ContainsFunc(all, func(i webex.ScopeInfo) bool { return webex.HasScope([]string{i.Name}, name) }) {
			all = append(all, webex.DescribeScope(name))
		}
	}
	out := make([]scopeJSON, len(all))
	for i, info := range all {
		out[i] = scopeJSON{Scope: info.Name, Description: info.Description, Derived: info.Derived}
		switch {
		case len(granted) == 0: // unknown
		case webex.HasScope(granted, info.Name):
			out[i].Mine = scopeGranted
		case webex.HasScope(asked, info.Name):
			out[i].Mine = scopeMissing
		}
	}
	// Granted scopes first, then missing ones.
	rank := map[string]int{scopeGranted: -2, scopeMissing: -1}
	slices.SortStableFunc(out, func(a, b scopeJSON) int { return rank[a.Mine] - rank[b.Mine] })
	if printed, err := c.printData(out, out); printed {
		return err
	}
	t := output.Table{Columns: []output.Column{{Name: "SCOPE"}, {Name: "ALLOWS"}}}
	if mine {
		t.Columns = append([]output.Column{{Name: "MINE"}}, t.Columns...)
	}
	for _, s := range out {
		allows := s.Description
		if s.Derived {
			allows += " (from its name)"
		}
		cells := []string{s.Scope, allows}
		if mine {
			cells = []string{s.Mine, s.Scope, allows}
		}
		t.Add(cells...)
	}
	return c.print(t)
}
