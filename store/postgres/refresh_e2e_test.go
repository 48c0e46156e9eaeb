//go:build e2e && unix

package postgres_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/postgres/postgrestest"
	"github.com/wxauth/wxauth/store/postgres"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// Programs that share nothing but the database refresh once for each expiry.
func TestE2EOneRefreshForAll(t *testing.T) {
	const programs, expiries = 16, 50
	for _, rotate := range []bool{false, true} {
		t.Run(fmt.Sprintf("rotation %v", rotate), func(t *testing.T) {
			srv := webextest.NewServer(webextest.WithSwitches(webextest.Switches{RotateRefresh: rotate}))
			t.Cleanup(srv.Close)
			bridge := srv.AddServiceApp(webextest.ServiceApp{App: webextest.App{Name: "Bridge"}})
			acme := srv.AddOrg("Acme")
			srv.AuthorizeServiceApp(bridge, acme)
			org := webex.OrgID(acme)
			url, key := postgrestest.Database(t), postgres.NewKey()
			cred := webex.ServiceAppCredentials{ClientID: webex.ClientID(bridge.ClientID), ClientSecret: webex.NewSecret(bridge.Secret)}
			base := webex.WithBaseURL(srv.URL + "/v1")
			first := open(t, url, key)
			_, err := webex.NewServiceApp(cred, webex.StaticToken(webex.NewSecret(srv.AdminToken())), first, base).FetchForOrg(t.Context(), org)
			must(t, err)
			apps := make([]*webex.ServiceApp, programs)
			for n := range apps {
				apps[n] = webex.NewServiceApp(cred, nil, open(t, url, key), base)
			}
			for round := range expiries {
				tokens, err := first.OrgTokens(t.Context(), cred.ClientID, org)
				must(t, err)
				tokens.Issued = tokens.Issued.Add(-20 * 24 * time.Hour)
				must(t, first.SetOrgTokens(t.Context(), cred.ClientID, org, tokens))
				var wg sync.WaitGroup
				got := make([]webex.Secret, programs)
				for n, app := range apps {
					wg.Go(func() {
						var err error
						if got[n], err = app.AccessToken(t.Context(), org); err != nil {
							t.Errorf("round %d: %v", round, err)
						}
					})
				}
				wg.Wait()
				for _, g := range got {
					if !g.Equal(got[0]) || g.Equal(tokens.Access) {
						t.Fatalf("round %d: different tokens", round)
					}
				}
			}
			posts := 0
			for _, r := range srv.Requests() {
				if r.Path == "/access_token" {
					posts++
				}
			}
			if posts != expiries {
				t.Errorf("%d POSTs for %d expiries", posts, expiries)
			}
		})
	}
}
