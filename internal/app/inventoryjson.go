package app

import (
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/webex"
)

// AppJSON is an app as printed by "apps".
type AppJSON struct {
	ApplicationName string   `json:"applicationName"`
	ClientID        string   `json:"clientId"`
	People          int      `json:"people"`
	Refresh         int      `json:"refresh"`
	Access          int      `json:"access"`
	Oldest          *string  `json:"oldest"`
	Newest          *string  `json:"newest"`
	Flags           []string `json:"flags"`
	// ServiceApp is AUTHORIZED if an admin authorized the Service App for the organization.
	ServiceApp *string   `json:"serviceApp"`
	Scopes     *[]string `json:"scopes"` // of the Service App
}

// NewAppJSON returns an app for output.
func NewAppJSON(a inventory.App) AppJSON {
	out := AppJSON{
		ApplicationName: string(a.Name), ClientID: string(a.ClientID), People: a.People, Refresh: a.Refresh, Access: a.Access,
		Oldest: TimeJSON(a.Oldest), Newest: TimeJSON(a.Newest), Flags: a.Words(),
	}
	if a.Service != nil {
		out.ServiceApp, out.Scopes = orNull(webex.Untrusted("AUTHORIZED")), textsOrNull(a.Service.Scopes)
	}
	return out
}

// StaleJSON is a row of "stale": the token and the last issued token.
type StaleJSON struct {
	RowJSON
	LastSign *string `json:"lastSign"`
}

// ChangeJSON is a row of "diff" as CSV: added or removed.
type ChangeJSON struct {
	Change string `json:"change"`
	RowJSON
}

// StaleJSON returns the tokens of stale grants for output.
func (o *OrgInventory) StaleJSON(refs []inventory.Ref) []StaleJSON {
	out := []StaleJSON{}
	for _, r := range refs {
		for _, row := range o.Rows([]inventory.Ref{r}) {
			out = append(out, StaleJSON{row.JSON(o.now()), TimeJSON(r.Grant().Newest())})
		}
	}
	return out
}

// RowsJSON returns the tokens of grants for output.
func (o *OrgInventory) RowsJSON(refs []inventory.Ref) []RowJSON {
	out := []RowJSON{}
	for _, r := range o.Rows(refs) {
		out = append(out, r.JSON(o.now()))
	}
	return out
}

// ChangesJSON returns added and removed grants for output, one row each.
func (o *OrgInventory) ChangesJSON(refs []inventory.Ref, ended func(int) bool) []ChangeJSON {
	out := []ChangeJSON{}
	for n, r := range refs {
		word := "added"
		if ended(n) {
			word = "removed"
		}
		out = append(out, ChangeJSON{word, o.grantRow(r).JSON(o.now())})
	}
	return out
}

func (o *OrgInventory) grantRow(r inventory.Ref) Row {
	return GrantRow(r, o.policy, o.own, o.self, o.now())
}
