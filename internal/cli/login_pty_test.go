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

// Two readers of one terminal would share its input, and could take a passphrase or a client
// secret for a pasted token. Every prompt receives only what was typed at it, and no input is
// sent anywhere else.
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
	answer("New passphrase", "correct horse")
	answer("Repeat the passphrase", "correct horse")
	answer("Client secret of", app.Secret)
	x.see("open this address")
	x.see("waiting until")
	address := regexp.MustCompile(`http://127\.0\.0\.1:\d+/v1/authorize\?\S+`).FindString(x.output())
	landing, err := press(address, "accept")
	if err != nil {
		t.Fatal(err)
	}
	x.send("hello\r")
	x.see("neither the final address")
	x.send(landing + "\r")
	x.see("logged in as ada.admin@acme.example")
	x.exits(0)
	for _, r := range srv.Requests() {
		if r.Status == 401 {
			t.Errorf("input was sent as a token: %s %s", r.Method, r.Path)
		}
	}
	if out := x.output(); strings.Contains(out, "correct horse") || strings.Contains(out, app.Secret) {
		t.Error("a secret was echoed")
	}
}

// Without an integration --paste reads a personal access token, once, without echo.
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

// On a terminal wxauth offers to restore the backup of a damaged store, and renames the damaged
// one.
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
	no.see("restore the backup? [y/N]")
	no.send("n\r")
	no.exits(1)
	yes := onTerminal(t, 200, 40, env, "token")
	yes.see("restore the backup? [y/N]")
	yes.send("y\r")
	yes.see("Restored the backup; the damaged store is now")
	yes.exits(1)
	again := onTerminal(t, 200, 40, env, "token")
	again.see(tokens.Access.Reveal())
	again.exits(0)
}

// With an integration too, a token pasted at a login is not shown, however the terminal sends
// it, and a token of more than 4,095 characters is not cut.
func TestATokenPastedAtALoginIsNotShown(t *testing.T) {
	for name, wrap := range map[string][2]string{"marked as pasted": {"\x1b[200~", "\x1b[201~\r"}, "all at once": {"", "\r"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := webextest.NewServer()
			defer srv.Close()
			app := srv.AddIntegration(webextest.Integration{App: webextest.App{Name: "wxauth"}, RedirectURIs: []string{"https://wxauth.example/callback"}})
			env := []string{
				"WEBEX_BASE_URL=" + srv.URL + "/v1", "WEBEX_INTEGRATION_CLIENT_ID=" + app.ClientID, "WEBEX_INTEGRATION_CLIENT_SECRET=" + app.Secret,
				"WEBEX_INTEGRATION_REDIRECT_URI=https://wxauth.example/callback",
			}
			x := onTerminal(t, 200, 40, env, "login", "--paste")
			x.see("waiting until")
			long := "eyJ" + strings.Repeat("aB3x", 3000) + ".end"
			x.send(wrap[0] + "  " + long + wrap[1])
			x.see("characters, not shown)")
			x.see("check access token") // Webex rejects the unknown token
			x.exits(4)
			if strings.Contains(x.output(), "aB3xaB3x") {
				t.Error("the token was shown")
			}
			if n := len(srv.Requests()); n == 0 {
				t.Error("the token was not sent")
			}

			good := onTerminal(t, 200, 40, env, "login", "--paste")
			good.see("waiting until")
			good.send(wrap[0] + srv.AdminToken() + wrap[1])
			good.see("logged in as ada.admin@acme.example")
			good.exits(0)
			if strings.Contains(good.output(), srv.AdminToken()) {
				t.Error("the token was shown")
			}
		})
	}
}

// The final address of the browser may be pasted in two lines: it is one answer, and no part of
// it is sent as a token.
func TestAnAnswerPastedInTwoLinesIsOne(t *testing.T) {
	for name, wrap := range map[string][2]string{"marked as pasted": {"\x1b[200~", "\x1b[201~\r"}, "all at once": {"", "\r"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := webextest.NewServer()
			defer srv.Close()
			app := srv.AddIntegration(webextest.Integration{App: webextest.App{Name: "wxauth"}, RedirectURIs: []string{"https://wxauth.example/callback"}})
			x := onTerminal(t, 200, 40, []string{
				"WEBEX_BASE_URL=" + srv.URL + "/v1", "WEBEX_INTEGRATION_CLIENT_ID=" + app.ClientID, "WEBEX_INTEGRATION_CLIENT_SECRET=" + app.Secret,
				"WEBEX_INTEGRATION_REDIRECT_URI=https://wxauth.example/callback",
			}, "login")
			x.see("waiting until")
			landing, err := press(regexp.MustCompile(`http://127\.0\.0\.1:\d+/v1/authorize\?\S+`).FindString(x.output()), "accept")
			if err != nil {
				t.Fatal(err)
			}
			half := len(landing) - 20 // in the middle of the state parameter
			x.send(wrap[0] + landing[:half] + "\r\n" + landing[half:] + wrap[1])
			x.see("logged in as ada.admin@acme.example")
			x.exits(0)
			for _, r := range srv.Requests() {
				if r.Status == 401 {
					t.Errorf("a part of the address was sent as a token: %s %s", r.Method, r.Path)
				}
			}
		})
	}
}

// A token pasted at another prompt is neither shown nor repeated.
func TestATokenPastedAtAQuestionIsNotShown(t *testing.T) {
	srv, env := demoServer(t)
	x := onTerminal(t, 120, 40, env, "offboard", webextest.DemoPerson)
	x.see("Type ")
	x.send("\x1b[200~" + srv.AdminToken() + "\x1b[201~\r")
	x.see("does not match")
	x.exits(6)
	if strings.Contains(x.output(), srv.AdminToken()) {
		t.Error("the token was shown")
	}
	if n := len(srv.Deletes()); n != 0 {
		t.Errorf("%d DELETEs", n)
	}
}

// The authorization URL of the portal may be long, and may be pasted in two lines.
func TestTheAuthorizationURLIsPastedOnTheTerminal(t *testing.T) {
	scopes := strings.TrimSuffix(strings.Repeat("spark%3Apeople_read+", 250), "+") // 5,000 characters
	address := "https://webexapis.com/v1/authorize?client_id=C" + strings.Repeat("0a", 32) + "&response_type=code&redirect_uri=http%3A%2F%2F127.0.0.1%3A8765%2Fcallback&scope=" + scopes + "&state=s"
	for name, keys := range map[string]string{"marked as pasted": "\x1b[200~" + address[:80] + "\r" + address[80:] + "\x1b[201~\r", "all at once": address + "\r"} {
		x := onTerminal(t, 200, 40, nil, "config", "init", "--from-url", "-")
		x.see("then press Enter")
		x.send(keys)
		x.see("next: wxauth login")
		x.exits(0)
		data, err := os.ReadFile(filepath.Join(x.home, ".config/wxauth/config.toml"))
		if err != nil || !strings.Contains(string(data), "C"+strings.Repeat("0a", 32)) || !strings.Contains(string(data), "127.0.0.1:8765/callback") {
			t.Errorf("%s: %v: %.300s", name, err, data)
		}
	}
}

// Ctrl+c cancels a login that waits for the browser, and restores the terminal.
func TestCtrlCEndsALogin(t *testing.T) {
	srv := webextest.NewServer()
	defer srv.Close()
	app := srv.AddIntegration(webextest.Integration{App: webextest.App{Name: "wxauth"}, RedirectURIs: []string{"https://wxauth.example/callback"}})
	x := onTerminal(t, 200, 40, []string{
		"WEBEX_BASE_URL=" + srv.URL + "/v1", "WEBEX_INTEGRATION_CLIENT_ID=" + app.ClientID, "WEBEX_INTEGRATION_CLIENT_SECRET=" + app.Secret,
		"WEBEX_INTEGRATION_REDIRECT_URI=https://wxauth.example/callback",
	}, "login")
	x.see("waiting until")
	x.send("\x03")
	x.exits(130)
}
