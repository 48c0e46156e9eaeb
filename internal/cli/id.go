package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/webex"
)

func (c *command) idCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "id ID...",
		Short: "Decode a Webex id: its kind, region, UUID and other forms",
		Long: `Decode ids without asking Webex. An id can be base64 of ciscospark://region/KIND/UUID,
that URI itself, a UUID, base64 of a UUID, or an OAuth client id. wxauth does not check
that the id exists.`,
		Example: "  wxauth id Y2lzY29zcGFyazovL3VzL09SR0FOSVpBVElPTi85NmFiYzJhYS0zZGNjLTExZTUtYTE1Mi1mZTM0ODE5Y2RjOWE\n  wxauth id 96abc2aa-3dcc-11e5-a152-fe34819cdc9a",
		Args:    cobra.ArbitraryArgs,
		RunE:    func(cmd *cobra.Command, args []string) error { return c.identify(cmd.Context(), args) },
	}
}

// idJSON is one id in the output of "id".
type idJSON struct {
	Input     string         `json:"input"`
	Kind      string         `json:"kind"`
	Region    string         `json:"region"`
	UUID      string         `json:"uuid"`
	Encodings []encodingJSON `json:"encodings"`
}

type encodingJSON struct {
	Name string `json:"name"`
	ID   string `json:"id"`
}

func (c *command) identify(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return session.UsageError(fmt.Errorf("no id given; example: wxauth id 96abc2aa-3dcc-11e5-a152-fe34819cdc9a"))
	}
	out := []idJSON{}
	failed := 0
	var last error
	for _, arg := range args {
		id, err := webex.IdentifyID(arg)
		if err != nil {
			failed++
			last = session.UsageError(err)
			if len(args) > 1 {
				c.tell(classify(ctx, last))
			}
			continue
		}
		j := idJSON{Input: arg, Kind: string(id.Kind), Region: string(id.Region), UUID: string(id.UUID)}
		for _, e := range id.Encodings {
			j.Encodings = append(j.Encodings, encodingJSON(e))
		}
		out = append(out, j)
	}
	if len(out) == 0 && failed == 1 {
		return last
	}
	if err := c.printIDs(out); err != nil {
		return err
	}
	switch {
	case failed == 0:
		return nil
	case len(out) == 0:
		return resultError{exitUsage}
	}
	return resultError{exitPartly}
}

func (c *command) printIDs(ids []idJSON) error {
	if c.g.json {
		return c.printJSON(ids)
	}
	for i, id := range ids {
		if i > 0 {
			if _, err := fmt.Fprintln(c.env.Stdout); err != nil {
				return err
			}
		}
		kind := id.Kind
		if kind == "" {
			kind = "a UUID, which does not say what kind of object"
		}
		facts := [][2]string{{"kind", kind}, {"region", id.Region}}
		for _, e := range id.Encodings {
			facts = append(facts, [2]string{e.Name, e.ID})
		}
		if err := c.printFacts(facts); err != nil {
			return err
		}
	}
	return nil
}
