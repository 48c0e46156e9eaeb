package webex_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// Log in once, then call Webex with a token that is refreshed automatically.
func ExampleNewIntegration() {
	tokens := store.NewMemory() // store.Open saves them on disk
	app := webex.NewIntegration(webex.Credentials{
		ClientID: "C0de", ClientSecret: webex.NewSecret("from a password manager"),
	}, tokens)

	if _, err := app.AccessToken(context.Background()); errors.Is(err, webex.ErrNotLoggedIn) {
		fmt.Println(err)
		// app.Authorize(ctx, webex.AuthorizeOptions{OpenBrowser: browser.OpenURL}) logs in.
	}
	client := app.Client() // uses the tokens, and refreshes them
	fmt.Println(client.Host())
	// Output:
	// login needed: profile "default" holds no login
	// webexapis.com
}

// The steps of a login, for a program with its own web server.
func ExampleIntegration_AuthorizationURL() {
	app := webex.NewIntegration(webex.Credentials{
		ClientID: "C0de", ClientSecret: webex.NewSecret("secret"), RedirectURI: "https://example.com/callback",
	}, store.NewMemory())
	state, verifier := webex.NewState(), webex.NewVerifier()
	address, err := app.AuthorizationURL(webex.AuthorizationRequest{State: state, Verifier: verifier, Scopes: webex.DefaultScopes})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(address) > 0, verifier)
	// The browser is sent to address; in the callback, after comparing the state:
	// tokens, err := app.Exchange(ctx, r.FormValue("code"), verifier)
	// Output: true [redacted]
}

// made returns a simulated Webex with an integration. A real program uses Webex
// itself and needs none of these options.
func made() (*webextest.Simulator, *webex.Integration) {
	sim := webextest.New()
	i := sim.AddIntegration(webextest.Integration{
		App: webextest.App{Name: "My app"}, RedirectURIs: append(webex.DeviceRedirectURIs, "https://example.com/callback"),
	})
	return sim, webex.NewIntegration(webex.Credentials{
		ClientID: webex.ClientID(i.ClientID), ClientSecret: webex.NewSecret(i.Secret), RedirectURI: "https://example.com/callback",
	}, store.NewMemory(), webex.WithTransport(sim.Transport()), webex.WithBaseURL("http://127.0.0.1/v1"))
}

// The second half of a login in a program with its own web server: exchange the code
// of the redirect for tokens and save them.
func ExampleIntegration_Exchange() {
	sim, app := made()
	ctx := context.Background()
	state, verifier := webex.NewState(), webex.NewVerifier()
	address, err := app.AuthorizationURL(webex.AuthorizationRequest{State: state, Verifier: verifier})
	if err != nil {
		fmt.Println(err)
		return
	}
	redirected, err := sim.Consent(ctx, address, true) // the user accepts
	if err != nil {
		fmt.Println(err)
		return
	}
	code, err := webex.CodeFromRedirect(redirected, state, "")
	if err != nil {
		fmt.Println(err)
		return
	}
	tokens, err := app.Exchange(ctx, code, verifier)
	fmt.Println(tokens.Owner.Email, tokens.Access, err)
	// Output: ada.admin@acme.example [redacted] <nil>
}

// The whole flow. For a loopback redirect URI, Authorize listens itself; for any
// other, the user pastes the redirect address.
func ExampleIntegration_Authorize() {
	sim, app := made()
	pasted := make(chan string, 1)
	tokens, err := app.Authorize(context.Background(), webex.AuthorizeOptions{
		Scopes: webex.DefaultScopes, Timeout: time.Minute, Pasted: pasted,
		OpenBrowser: func(address string) error { // browser.OpenURL, from github.com/pkg/browser
			redirected, err := sim.Consent(context.Background(), address, true)
			pasted <- redirected
			return err
		},
	})
	fmt.Println(tokens.Owner.DisplayName, len(tokens.Scopes), err)
	// Output: Ada Admin 5 <nil>
}

// Log in on a machine without a browser: the user enters a code on another device.
func ExampleIntegration_DeviceAuth() {
	sim, app := made()
	ctx := context.Background()
	sim.SetSwitches(webextest.Switches{DeviceInterval: time.Second})
	d, err := app.DeviceAuth(ctx, webex.DefaultScopes)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("open %s and enter the code of %d digits\n", d.VerificationURI, len(d.UserCode))
	sim.AcceptCode(string(d.UserCode)) // the user accepts
	tokens, err := app.DeviceAccessToken(ctx, d, nil)
	fmt.Println(tokens.Owner.Email, err)
	// Output:
	// open http://127.0.0.1/v1/verify and enter the code of 6 digits
	// ada.admin@acme.example <nil>
}

// Get a valid token, refreshed if needed. Most programs need only this.
func ExampleIntegration_AccessToken() {
	sim, app := made()
	if err := logIn(sim, app); err != nil {
		fmt.Println(err)
		return
	}
	token, err := app.AccessToken(context.Background())
	fmt.Println("Authorization: Bearer", token, err) // token.Reveal() returns the text
	// Output: Authorization: Bearer [redacted] <nil>
}

// Force a refresh although the old tokens still work, for example from cron.
func ExampleIntegration_Refresh() {
	sim, app := made()
	if err := logIn(sim, app); err != nil {
		fmt.Println(err)
		return
	}
	before, _ := app.Stored(context.Background())
	after, err := app.Refresh(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("another access token:", !after.Access.Equal(before.Access))
	fmt.Printf("good for %.0f days, %s\n", time.Until(after.AccessLeft().Until).Hours()/24, after.AccessLeft().Basis)
	// Output:
	// another access token: true
	// good for 14 days, exact
}

// logIn logs the sample admin in.
func logIn(sim *webextest.Simulator, app *webex.Integration) error {
	pasted := make(chan string, 1)
	_, err := app.Authorize(context.Background(), webex.AuthorizeOptions{
		Scopes: append([]string{webex.ScopeApplicationsToken}, webex.DefaultScopes...), Pasted: pasted,
		OpenBrowser: func(address string) error {
			redirected, err := sim.Consent(context.Background(), address, true)
			pasted <- redirected
			return err
		},
	})
	return err
}
