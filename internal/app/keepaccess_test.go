package app_test

import (
	"strings"
	"testing"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
)

// An app that keeps its access for several users is named and counted once.
func TestAnAppThatKeepsItsAccessIsNamedOnce(t *testing.T) {
	var r app.BatchResult
	for _, person := range []webex.PersonID{"jane", "max", "tom"} {
		var res app.Result
		for _, name := range []webex.Untrusted{"A", "B", "C", "D", "E", "F", "G"} {
			row := app.Row{Authorization: webex.Authorization{PersonID: person, ClientID: webex.ClientID("C" + name), ApplicationName: name, Type: webex.TypeAccess}}
			res.Items = append(res.Items, app.ItemResult{Row: row, Outcome: app.Revoked, Renewable: true})
		}
		r.Results = append(r.Results, res)
	}
	notes := strings.Join(r.Notes(), "\n")
	if n := strings.Count(notes, "keeps a refresh token"); n != 5 || !strings.Contains(notes, "2 more apps keep a refresh token too.") {
		t.Errorf("%d named:\n%s", n, notes)
	}
}
