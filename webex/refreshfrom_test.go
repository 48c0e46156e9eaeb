package webex_test

import (
	"testing"

	"github.com/wxauth/wxauth/store"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// Tokens that another process refreshed since they were read are not refreshed again.
func TestTokensAreRefreshedOnceFromWhatWasRead(t *testing.T) {
	sim := webextest.New()
	bridge := sim.AddServiceApp(webextest.ServiceApp{App: webextest.App{Name: "Bridge"}})
	acme := sim.AddOrg("Acme")
	sim.AuthorizeServiceApp(bridge, acme)
	org, kept := webex.OrgID(acme), store.NewMemory()
	cred := webex.ServiceAppCredentials{ClientID: webex.ClientID(bridge.ClientID), ClientSecret: webex.NewSecret(bridge.Secret)}
	program := func() *webex.ServiceApp {
		return webex.NewServiceApp(cred, webex.StaticToken(webex.NewSecret(sim.AdminToken())), kept, webex.WithTransport(sim.Transport()))
	}
	posts := func() (n int) {
		for _, r := range sim.Requests() {
			if r.Path == "/access_token" {
				n++
			}
		}
		return n
	}
	read, err := program().FetchForOrg(t.Context(), org)
	if err != nil {
		t.Fatal(err)
	}
	first, err := program().RefreshForOrgFrom(t.Context(), org, read)
	if err != nil || first.Access.Equal(read.Access) || posts() != 1 {
		t.Errorf("%d POSTs, %v", posts(), err)
	}
	second, err := program().RefreshForOrgFrom(t.Context(), org, read)
	if err != nil || !second.Access.Equal(first.Access) || posts() != 1 {
		t.Errorf("%d POSTs, %v", posts(), err)
	}
	if third, err := program().RefreshForOrgFrom(t.Context(), org, second); err != nil || third.Access.Equal(second.Access) || posts() != 2 {
		t.Errorf("%d POSTs, %v", posts(), err)
	}
}
