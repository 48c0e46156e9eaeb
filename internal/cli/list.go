package cli

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
)

func (c *command) listCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "list USER",
		Aliases: []string{"ls"},
		Short:   "List what apps hold in a user's name",
		Example: "  wxauth list jane@example.com\n  wxauth list me --json | jq -r '.[] | select(.basis == \"assumed\") | .id'",
		Args:    exactly(1, "wxauth list jane@example.com"),
		RunE: func(cmd *cobra.Command, args []string) error {
			who, err := webex.ParsePerson(args[0])
			if err != nil {
				return usageError{err, codeUsage}
			}
			svc, s, err := c.scriptService(cmd.Context())
			if err != nil {
				return err
			}
			l, err := svc.List(cmd.Context(), who)
			if err != nil {
				return err
			}
			return c.printList(l, s)
		},
	}
}

func (c *command) printList(l app.Listing, s settings) error {
	now := time.Now()
	if c.g.json {
		rows := make([]app.RowJSON, len(l.Rows))
		for i, r := range l.Rows {
			rows[i] = r.JSON(now)
		}
		return c.printJSON(rows)
	}
	t := table{header: []string{"APP", "TYPE", "CREATED", "TIME LEFT", "BASIS", "SIGN-IN", "ID"}}
	for _, r := range l.Rows {
		created := "—"
		if !r.Created.IsZero() {
			created = r.Created.In(s.Location()).Format("2006-01-02 15:04")
		}
		signIn := "" // in a column of its own: a name could say anything
		if r.SignIn {
			signIn = "Webex"
		}
		t.add(app.AppName(r.Authorization), r.Type.String(), created, app.LeftWords(r.Left, now), string(r.Left.Basis), signIn, r.ID.String())
	}
	return c.printTable(t)
}
