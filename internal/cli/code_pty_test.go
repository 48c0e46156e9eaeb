//go:build unix

package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// bridgeWorld is a simulator on a real socket, with an integration that supports codes and a
// Service App that one organization has authorized.
func bridgeWorld(t *testing.T) (srv *webextest.Server, org string, env []string) {
	t.Helper()
	srv = webextest.NewServer(webextest.WithSwitches(webextest.Switches{DeviceInterval: time.Second}))
	t.Cleanup(srv.Close)
	app := srv.AddIntegration(webextest.Integration{App: webextest.App{Name: "wxauth"}, RedirectURIs: append(webextest.HelperRedirectURIs(), "https://x.example/cb")})
	bridge := srv.AddServiceApp(webextest.ServiceApp{App: webextest.App{Name: "BYOVA Bridge"}, Scopes: []string{"spark:people_read", "spark-admin:organizations_read"}})
	org = srv.AddOrg("Nordwind Logistik")
	srv.AuthorizeServiceApp(bridge, org)
	d, _ := webex.DecodeID(webex.OrgID(org))
	return srv, string(d.UUID), []string{
		"WEBEX_BASE_URL=" + srv.URL + "/v1", "WXAUTH_KEY=keyfile", "XDG_DATA_HOME=" + t.TempDir(),
		"WEBEX_INTEGRATION_CLIENT_ID=" + app.ClientID, "WEBEX_INTEGRATION_CLIENT_SECRET=" + app.Secret, "WEBEX_INTEGRATION_REDIRECT_URI=https://x.example/cb",
		"WEBEX_SA_CLIENT_ID=" + bridge.ClientID, "WEBEX_SA_CLIENT_SECRET=" + bridge.Secret,
	}
}

// accepts enters the next code once it is on the terminal.
func (x *terminal) accepts(srv *webextest.Server) {
	x.t.Helper()
	trial.Until(x.t, "a login with a code", func() bool { return len(srv.WaitingCodes()) > 0 })
	code := srv.WaitingCodes()[0]
	x.see(code[:3] + " " + code[3:])
	srv.AcceptCode(code)
}

// S-20c: the terminal shows the code, the address, the warning, and the QR code if it fits.
func TestALoginWithACodeOnATerminal(t *testing.T) {
	t.Parallel()
	srv, _, env := bridgeWorld(t)
	x := onTerminal(t, 120, 40, env, "login", "--device")
	x.see("enter the code:")
	x.see(srv.URL + "/v1/verify")
	x.see("only enter a code that you just requested yourself")
	x.accepts(srv)
	x.see("logged in as ada.admin@acme.example")
	x.exits(0)
	if out := x.output(); !strings.Contains(out, "\x1b[38;5;231;48;5;16m█") {
		t.Error("no QR code")
	}
	small := onTerminal(t, 60, 15, env, "login", "--device")
	small.accepts(srv)
	small.exits(0)
	if strings.Contains(small.output(), "█") {
		t.Error("a QR code that does not fit")
	}
	plain := onTerminal(t, 120, 40, append(env, "NO_COLOR=1"), "login", "--device")
	plain.accepts(srv)
	plain.exits(0)
	if strings.Contains(plain.output(), "\x1b[") {
		t.Error("escape sequence despite NO_COLOR")
	}
}

// If no browser can be opened, wxauth offers a code, and d selects it.
func TestACodeIsOfferedWithoutADisplay(t *testing.T) {
	t.Parallel()
	srv, _, env := bridgeWorld(t)
	x := onTerminal(t, 120, 40, append(env, "SSH_CONNECTION=1"), "login")
	x.see("type d and press Enter to log in with a code")
	x.see("waiting until")
	x.send("d\r")
	x.accepts(srv)
	x.see("logged in as")
	x.exits(0)
}

// In the dashboard: log in with a code, add an organization and refresh it; then use its token
// in a script.
func TestServiceAppsOnATerminal(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]uint16{{120, 40}, {80, 24}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			srv, org, env := bridgeWorld(t)
			x := onTerminal(t, size[0], size[1], append(env, "SSH_CONNECTION=1"))
			x.see("No token")
			x.send("l")
			x.see("With a code")
			x.send("s")
			x.see("Scopes to request")
			x.send("applications_token")
			x.send(" ")
			x.send("\r")
			x.see("requests 6 scopes")
			x.send("\r")
			x.accepts(srv)
			x.see("Signed in as")
			x.send("\r")
			x.see("Find a person:")
			x.send("\t")
			x.see("none yet: press n to add an organization")
			x.send("n")
			x.see("Organization id, or")
			x.send(org + "\r")
			x.see("Refresh token of " + org[:8])
			x.send("\r")
			x.see("Got the tokens of Nordwind Logistik")
			x.send("f")
			x.see("Refreshed Nordwind Logistik")
			x.send("t")
			x.see("Webex accepted the token")
			x.send("q")
			x.exits(0)
			token := onTerminal(t, 200, 40, env, "orgs", "token", org[:8])
			token.see("_PF84_" + org)
			token.exits(0)
		})
	}
}

// p in the Tokens view switches to another profile, also for later commands.
func TestTheDashboardGoesOverToAnotherProfile(t *testing.T) {
	t.Parallel()
	srv := webextest.NewServer()
	defer srv.Close()
	file := filepath.Join(t.TempDir(), "config.toml")
	text := fmt.Sprintf("base_url = %q\nkey = \"keyfile\"\n[profiles.customer]\nclient_id = \"Ctwo\"\nclient_secret = \"x\"\nread_only = true\n", srv.URL+"/v1")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	state := t.TempDir()
	x := onTerminal(t, 120, 40, []string{"WXAUTH_CONFIG=" + file, "XDG_STATE_HOME=" + state, "WEBEX_ACCESS_TOKEN=" + srv.AdminToken()})
	x.see("ada.admin@acme.example")
	x.send("\t")
	x.see("customer")
	x.see("no login")
	x.send("j")
	x.see("another profile, not in use")
	x.send("p")
	x.see("Use the profile customer?")
	x.press("READ-ONLY", "y")
	x.see("No token")
	x.send("q")
	x.exits(0)
	if !strings.Contains(x.output(), "default profile is now") {
		t.Error("no message that later commands use the profile")
	}
	kept, err := os.ReadFile(filepath.Join(state, "wxauth", "profile"))
	if err != nil || string(kept) != "customer\n" {
		t.Errorf("%q, %v", kept, err)
	}
}

// Lines fit. If they cannot, only names are cut.
func TestTablesOnANarrowTerminal(t *testing.T) {
	srv, org, env := bridgeWorld(t)
	env = append(env, "WEBEX_ACCESS_TOKEN="+srv.AdminToken())
	onTerminal(t, 200, 40, env, "orgs", "fetch", org).exits(0)
	onTerminal(t, 200, 40, env, "orgs", "alias", org, "nordwind-logistik").exits(0)
	list := onTerminal(t, 80, 24, env, "orgs", "list")
	list.exits(0)
	for line := range strings.Lines(ansi.Strip(list.output())) {
		if w := ansi.StringWidth(strings.TrimRight(line, "\r\n")); w > 80 {
			t.Errorf("line is %d cells wide: %q", w, line)
		}
	}
	list.see(org)
	scopes := onTerminal(t, 80, 24, env, "scopes")
	scopes.see("spark-admin:telephony_config_write")
	scopes.see("meeting:schedules_read ")
	scopes.exits(0)
	rows := onTerminal(t, 80, 24, env, "list", "me")
	rows.see("TIME LEFT")
	rows.exits(0)
	if out := rows.output(); strings.Contains(out, "…") {
		t.Errorf("text was cut: %q", out)
	}
}
