//go:build unix

package cli_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/wxauth/wxauth/webex/webextest"
)

// Two that read one terminal share what is typed: a passphrase or a client secret could
// be taken for a token that was pasted. Every question is answered by what was typed at
// it, and nothing that was typed is sent anywhere.
func TestQuestionsOfALoginDoNotMix(t *testing.T) {
	srv := webextest.NewServer()
	defer srv.Close()
	app := srv.AddIntegration(webextest.Integration{App: webextest.App{Name: "wxauth"}, RedirectURIs: []string{"https://wxauth.example/callback"}})
	env := []string{
		"WEBEX_BASE_URL=" + srv.URL + "/v1", "WEBEX_INTEGRATION_CLIENT_ID=" + app.ClientID, "WEBEX_INTEGRATION_REDIRECT_URI=https://wxauth.example/callback",
	}
	x := onTerminal(t, 200, 40, env, "login", "--key", "passphrase")
	answer := func(question, text string) {
		x.see(question)
		x.send(text + "\r")
	}
	answer("A new passphrase", "correct horse")
	answer("The same again", "correct horse")
	answer("Client secret of", app.Secret)
	x.see("open this address")
	x.see("waiting until")
	address := regexp.MustCompile(`http://127\.0\.0\.1:\d+/v1/authorize\?\S+`).FindString(x.output())
	landing, err := press(address, "accept")
	if err != nil {
		t.Fatal(err)
	}
	x.send("hello\r")
	x.see("neither the address")
	x.send(landing + "\r")
	x.see("logged in as ada.admin@acme.example")
	x.exits(0)
	for _, r := range srv.Requests() {
		if r.Status == 401 {
			t.Errorf("something that was typed was sent as a token: %s %s", r.Method, r.Path)
		}
	}
	if out := x.output(); strings.Contains(out, "correct horse") || strings.Contains(out, app.Secret) {
		t.Error("a secret was echoed")
	}
}

// Without an integration --paste takes a personal access token, once, without echo.
func TestAPersonalTokenIsPastedOnTheTerminal(t *testing.T) {
	srv := webextest.NewServer()
	defer srv.Close()
	x := onTerminal(t, 120, 40, []string{"WEBEX_BASE_URL=" + srv.URL + "/v1", "WXAUTH_KEY=keyfile"}, "login", "--paste")
	x.see("Access token: ")
	x.send(srv.AdminToken() + "\r")
	x.see("logged in as ada.admin@acme.example")
	x.see("cannot be renewed")
	x.exits(0)
	if strings.Contains(x.output(), srv.AdminToken()) {
		t.Error("the token was echoed")
	}
}

// On a terminal a damaged store is offered its backup, and set aside under another name.
func TestADamagedStoreIsOfferedItsBackup(t *testing.T) {
	srv := webextest.NewServer()
	defer srv.Close()
	app := srv.AddIntegration(webextest.Integration{App: webextest.App{Name: "wxauth"}, RedirectURIs: []string{"https://x.example/cb"}})
	data := t.TempDir()
	folder := filepath.Join(data, "wxauth")
	tokens := canaryLogin(t, srv, app, folder)
	if err := os.Truncate(filepath.Join(folder, "store.db"), 5000); err != nil {
		t.Fatal(err)
	}
	env := []string{"XDG_DATA_HOME=" + data, "WEBEX_BASE_URL=" + srv.URL + "/v1", "WEBEX_INTEGRATION_CLIENT_ID=" + app.ClientID, "WEBEX_INTEGRATION_CLIENT_SECRET=" + app.Secret, "WEBEX_INTEGRATION_REDIRECT_URI=https://x.example/cb"}
	no := onTerminal(t, 200, 40, env, "token")
	no.see("use the backup? [y/N]")
	no.send("n\r")
	no.exits(1)
	yes := onTerminal(t, 200, 40, env, "token")
	yes.see("use the backup? [y/N]")
	yes.send("y\r")
	yes.see("The backup is in place; the damaged store is kept as")
	yes.exits(1)
	again := onTerminal(t, 200, 40, env, "token")
	again.see(tokens.Access.Reveal())
	again.exits(0)
}
