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

// Apps without a client id are told apart by their names, and each app by the page that can
// block it.
func TestAppsAreToldApart(t *testing.T) {
	item := func(client webex.ClientID, name webex.Untrusted) app.Item {
		return app.Item{Row: app.Row{Authorization: webex.Authorization{PersonID: "P1", ClientID: client, ApplicationName: name}}}
	}
	p := app.Plan{Items: []app.Item{item("", "Notes"), item("", "Mail"), item("", "Mail"), item("C1", "Notes"), item("C1", "Renamed")}}
	if n := p.Apps(); n != 3 {
		t.Errorf("%d apps", n)
	}
	var r app.RunReport
	for _, i := range []app.Item{item("C1", "Sales MCP"), item("C2", "Support MCP")} {
		r.People = append(r.People, app.PersonReport{Rows: []app.Record{{Row: i.Authorization, Outcome: app.Revoked}}})
	}
	notes := strings.Join(r.Notes(), "\n")
	if strings.Count(notes, "To block an app") != 1 || !strings.Contains(notes, webex.PageAgenticApps) {
		t.Error(notes)
	}
}
