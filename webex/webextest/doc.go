// Package webextest provides a simulated Webex API for tests: people, organizations,
// authorizations and logins behind the HTTP interface that package webex uses.
//
// It is used like net/http/httptest:
//
//	srv := webextest.NewServer()
//	defer srv.Close()
//	jane := srv.AddPerson(webextest.Person{Name: "Jane Doe", Email: "jane@example.com"})
//	srv.Grant(jane, srv.AddApp("Meeting Sync"), time.Now().Add(-24*time.Hour))
//	c := webex.New(webex.StaticToken(webex.NewSecret(srv.AdminToken())), webex.WithBaseURL(srv.URL+"/v1"))
//
// State changes as with the real API: for example, revoking a refresh token also revokes
// the access tokens issued from it. [Switches] select behavior that is not documented for
// the real API, and a [Fault] simulates a failure. [Simulator.Transport] works without a
// socket, for tests inside testing/synctest.
//
// The package shares no types with package webex, so that a mistake in the client's wire
// format is not repeated here. Formats follow Cisco's published OpenAPI description,
// https://github.com/webex/webex-openapi-specs.
//
// To change the package, start with state.go, which holds the state that tests set up, and
// serve.go, which routes requests to their handlers.
package webextest
