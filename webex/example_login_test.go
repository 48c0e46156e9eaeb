package webex_test

import (
	"context"
	"fmt"
	"log"

	"github.com/wxauth/wxauth/store"
	"github.com/wxauth/wxauth/webex"
)

// A program of one's own that logs in once, and calls Webex with a token that is kept
// fresh from then on.
func ExampleNewIntegration() {
	tokens := store.NewMemory() // store.Open keeps them
	app := webex.NewIntegration(webex.Credentials{
		ClientID: "C0de", ClientSecret: webex.NewSecret("from a password manager"),
	}, tokens)

	if _, err := app.AccessToken(context.Background()); err != nil {
		fmt.Println(err)
		// app.Authorize(ctx, webex.AuthorizeOptions{OpenBrowser: browser.OpenURL}) logs in.
	}
	client := app.Client() // uses the tokens, and refreshes them
	fmt.Println(client.Host())
	// Output:
	// login needed: profile "default" holds no login
	// webexapis.com
}

// The steps one by one, for a program with a web server of its own.
func ExampleIntegration_AuthorizationURL() {
	app := webex.NewIntegration(webex.Credentials{
		ClientID: "C0de", ClientSecret: webex.NewSecret("secret"), RedirectURI: "https://example.com/callback",
	}, store.NewMemory())
	state, verifier := webex.NewState(), webex.NewVerifier()
	address, err := app.AuthorizationURL(webex.AuthorizationRequest{State: state, Verifier: verifier, Scopes: webex.DefaultScopes})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(address) > 0, verifier)
	// The browser is sent to address; in the callback, after comparing the state:
	// tokens, err := app.Exchange(ctx, r.FormValue("code"), verifier)
	// Output: true [redacted]
}
