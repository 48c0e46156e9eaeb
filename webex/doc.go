// Package webex talks to Webex over HTTP about authorizations: the grants by
// which people let apps act in their name.
//
// A [Client] lists and ends them, looks people and organizations up, and says
// how long the token in use is good for:
//
//	c := webex.New(webex.StaticToken(webex.NewSecret(os.Getenv("WEBEX_ACCESS_TOKEN"))))
//	rows, err := c.Authorizations(ctx, webex.ByEmail("jane@example.com"))
//
// The API names no expiry for another person's token, so [Left] estimates one
// and always says on what [Basis].
//
// An [Integration] logs somebody in, through the browser ([Integration.Authorize]) or with
// a code ([Integration.DeviceAuth]), keeps the tokens in a [TokenStore] and hands out one
// that works. A [ServiceApp] does the same for the organizations that authorized it, and
// reads the webhooks that tell of them ([ParseServiceAppEvent]). Package store holds two
// token stores; one of somebody else's passes package storetest.
//
// What the package refuses to do: follow a redirect, send the token to a host
// other than the configured one, send a DELETE whose id is blank or could change
// the path, repeat an app-wide DELETE, or hand out a partial list as a whole one.
//
// Text that came from the server is [Untrusted]: printing it with fmt gives its
// cleaned form, and only [Clean] turns it into [Safe] text for a screen.
//
// Facts about the API are from its reference,
// https://developer.webex.com/docs/api/v1/authorizations, and Cisco's published
// OpenAPI description, https://github.com/webex/webex-openapi-specs.
//
// Whoever changes the package begins with call.go, through which all requests to the
// API go, and tokenendpoint.go, through which those for tokens do; authorizations.go is
// what an endpoint looks like, and keeper.go how a token is kept fresh.
package webex
