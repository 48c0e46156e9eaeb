// Package webextest is a Webex that anyone can run: people, organizations and
// authorizations behind the HTTP interface that package webex talks to.
//
// It is named after net/http/httptest, and used like it:
//
//	srv := webextest.NewServer()
//	defer srv.Close()
//	jane := srv.AddPerson(webextest.Person{Name: "Jane Doe", Email: "jane@example.com"})
//	srv.Grant(jane, srv.AddApp("Meeting Sync"), time.Now().Add(-24*time.Hour))
//	c := webex.New(webex.StaticToken(webex.NewSecret(srv.AdminToken())), webex.WithBaseURL(srv.URL+"/v1"))
//
// State changes as the real one's would: revoking a refresh token ends the access
// tokens made from it, and nobody may end a token of their own that another app
// made. What nobody knows about the real one is a field of [Switches]; what can go
// wrong on the way is a [Fault]. [Simulator.Transport] is the same without a
// socket, for tests inside testing/synctest.
//
// The package shares no type with package webex: a mistake in the client's idea of
// the wire is not mirrored here. Shapes follow Cisco's published OpenAPI
// description, https://github.com/webex/webex-openapi-specs.
//
// Whoever changes it begins with state.go, which is what the simulator remembers and a
// test sets up, and serve.go, which sends each request to its handler.
package webextest
