// Package webex is a client for the Webex authorizations API: it lists and revokes
// the tokens that apps hold on behalf of people.
//
// A [Client] lists and revokes authorizations, looks up people and organizations, and
// returns when its own token expires:
//
//	c := webex.New(webex.StaticToken(webex.NewSecret(os.Getenv("WEBEX_ACCESS_TOKEN"))))
//	rows, err := c.Authorizations(ctx, webex.ByEmail("jane@example.com"))
//
// The API does not report when another token expires, so [Left] estimates it and
// states the [Basis] of the estimate.
//
// An [Integration] logs a person in, through the browser ([Integration.Authorize]) or with
// a device code ([Integration.DeviceAuth]), saves the tokens in a [TokenStore], and returns
// valid access tokens. A [ServiceApp] does the same for the organizations that authorized
// it, and parses the webhooks that report authorizations ([ParseServiceAppEvent]). Package
// store provides two token stores; package storetest tests implementations.
//
// The package never follows a redirect, never sends a token to a host other than the
// configured one, never sends a DELETE with an id that is blank or could change the path,
// never retries an app-wide DELETE, and never returns a partial list without an error.
//
// Text from the server has type [Untrusted]. Printing it with fmt escapes control and
// invisible characters; [Clean] converts it to [Safe] text for a terminal.
//
// Sources for facts about the API are its reference,
// https://developer.webex.com/docs/api/v1/authorizations, and Cisco's published
// OpenAPI description, https://github.com/webex/webex-openapi-specs.
//
// To change the package, start with call.go, which sends all API requests, and
// tokenendpoint.go, which sends all token requests. authorizations.go is an example of an
// endpoint, and keeper.go refreshes tokens.
package webex
