//go:build unix

package cli_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/webex/webextest"
)

func demoServer(t *testing.T) (*webextest.Server, []string) {
	t.Helper()
	srv, err := webextest.Demo(webextest.WithLatency(100 * time.Millisecond)).Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.Close)
	return srv, []string{"WEBEX_BASE_URL=" + srv.URL + "/v1", "WEBEX_ACCESS_TOKEN=" + srv.AdminToken()}
}

// The question lists what will be revoked, in every output format.
func TestAQuestionNamesWhatEndsInEveryFormat(t *testing.T) {
	srv, env := demoServer(t)
	for _, format := range []string{"--json", "--csv"} {
		x := onTerminal(t, 120, 40, env, "revoke", "--user", webextest.DemoPerson, "--app", "Room Finder", format)
		x.see(`Revoke 2 tokens of "Room Finder" for jane.doe@acme.example? [y/N] `)
		if out := x.output(); strings.Count(out, `"Room Finder"`) < 3 || !strings.Contains(out, "Jane Doe ("+webextest.DemoPerson+"): 2 tokens will be revoked") {
			t.Errorf("%s: %q", format, out)
		}
		x.send("n\r")
		x.exits(6)
	}
	if n := len(srv.Deletes()); n != 0 {
		t.Errorf("%d DELETEs", n)
	}
}

// On a terminal, list shows what is new or stale in words, next to short ids.
func TestAListOnATerminalHasNotes(t *testing.T) {
	_, env := demoServer(t)
	x := onTerminal(t, 120, 40, env, "list", webextest.DemoPerson)
	x.exits(0)
	for app, want := range map[string]string{"CallNotes AI": "new today", "Legacy Exporter": "stale", "Room Finder": ""} {
		x.see(app)
		for line := range strings.Lines(x.output()) {
			for _, note := range []string{"new today", "stale"} {
				if strings.HasPrefix(line, app) && strings.Contains(line, note) != (note == want) {
					t.Errorf("want the note %q: %q", want, line)
				}
			}
		}
	}
}

// S-71: input typed before the question appears is not an answer.
func TestTypingAheadConfirmsNothing(t *testing.T) {
	srv, env := demoServer(t)
	x := onTerminal(t, 120, 40, env, "revoke", "--user", webextest.DemoPerson, "--app", "Room Finder")
	x.send("y\r")
	x.see(`Revoke 2 tokens of "Room Finder" for jane.doe@acme.example? [y/N] `)
	x.send("n\r")
	x.exits(6)
	if n := len(srv.Deletes()); n != 0 {
		t.Errorf("%d DELETEs", n)
	}
}

// Several lines at once are a paste: the first one is not an answer.
func TestPastedLinesConfirmNothing(t *testing.T) {
	srv, env := demoServer(t)
	x := onTerminal(t, 120, 40, env, "revoke", "--user", webextest.DemoPerson, "--app", "Room Finder")
	x.see(`Revoke 2 tokens of "Room Finder" for jane.doe@acme.example? [y/N] `)
	x.send("y\rfoo\rbar\r")
	x.see("as in a paste")
	x.exits(6)
	if n := len(srv.Deletes()); n != 0 {
		t.Errorf("%d DELETEs", n)
	}
}

// On a terminal, a progress bar appears after one second and leaves nothing behind. Elsewhere
// there is none.
func TestProgressIsShownOnATerminal(t *testing.T) {
	t.Parallel()
	_, env := demoServer(t)
	x := onTerminal(t, 120, 40, env, "revoke", "--user", "max.power@acme.example", "--type", "access", "--newer-than", "12d", "--max", "700", "--confirm=max.power@acme.example")
	x.see("Revoking  ")
	x.see("━")
	_ = x.cmd.Process.Signal(os.Interrupt) // it stops new work and reports what was done
	x.exits(7)
	out := x.output()
	if !strings.Contains(out, "Stopped early") || !strings.Contains(out, "not-sent") || strings.Count(out, "\r\x1b[K") < 2 {
		t.Errorf("%q", out[max(len(out)-600, 0):])
	}
}

// While the question waits, another person logs in to the profile: nothing is sent with their
// token, and the log does not name them. Also for offboard and sweep.
func TestAnotherLoginWhileAQuestionWaits(t *testing.T) {
	for _, args := range [][]string{
		{"revoke", "--user", "jane@acme.example", "--app", "Sync"},
		{"offboard", "jane@acme.example"},
	} {
		srv := webextest.NewServer()
		defer srv.Close()
		app := srv.AddIntegration(webextest.Integration{App: webextest.App{Name: "wxauth"}, RedirectURIs: []string{"https://x.example/cb"}})
		jane := srv.AddPerson(webextest.Person{Name: "Jane", Email: "jane@acme.example"})
		srv.Grant(jane, srv.AddApp("Sync"), time.Now())
		eve := srv.AddPerson(webextest.Person{Name: "Eve", Email: "eve@other.example", OrgID: srv.AddOrg("Other"), Roles: []string{"id_full_admin"}})
		data := t.TempDir()
		canaryLogin(t, srv, app, filepath.Join(data, "wxauth"))
		x := onTerminal(t, 200, 40, []string{
			"XDG_DATA_HOME=" + data, "WEBEX_BASE_URL=" + srv.URL + "/v1", "WEBEX_INTEGRATION_CLIENT_ID=" + app.ClientID,
			"WEBEX_INTEGRATION_CLIENT_SECRET=" + app.Secret, "WEBEX_INTEGRATION_REDIRECT_URI=https://x.example/cb",
		}, args...)
		answer := "y\r"
		if args[0] == "offboard" {
			answer = "jane@acme.example\r"
			x.see("Type jane@acme.example")
		} else {
			x.see("[y/N]")
		}
		srv.SignIn(eve.Email)
		canaryLogin(t, srv, app, filepath.Join(data, "wxauth"))
		x.send(answer)
		x.exits(4)
		if out := x.output(); !strings.Contains(out, "another person logged in") || !strings.Contains(out, "eve@other.example") {
			t.Errorf("%v: %q", args, out)
		}
		if n := len(srv.Deletes()); n > 0 {
			t.Errorf("%v: %d DELETEs", args, n)
		}
		log, _ := os.ReadFile(filepath.Join(x.home, ".local/state/wxauth/audit.jsonl"))
		if strings.Contains(string(log), "eve@other.example\",\"action") {
			t.Errorf("%v: the log names Eve: %s", args, log)
		}
	}
}

// A sweep stops instead of continuing with another person's token.
func TestAnotherLoginInASweep(t *testing.T) {
	srv, err := webextest.Crowd(60).Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	app := srv.AddIntegration(webextest.Integration{App: webextest.App{Name: "wxauth"}, RedirectURIs: []string{"https://x.example/cb"}})
	eve := srv.AddPerson(webextest.Person{Name: "Eve", Email: "eve@other.example", OrgID: srv.AddOrg("Other"), Roles: []string{"id_full_admin"}})
	home := t.TempDir()
	canaryLogin(t, srv, app, filepath.Join(home, ".local/share/wxauth"))
	held := make(chan struct{})
	srv.AddFault(webextest.Fault{Path: "/authorizations", Skip: 20, Until: held})
	cmd := exec.Command("wxauth", "sweep")
	cmd.Env = []string{
		"HOME=" + home, "WXAUTH_KEY=keyfile", "WEBEX_BASE_URL=" + srv.URL + "/v1", "WEBEX_INTEGRATION_CLIENT_ID=" + app.ClientID,
		"WEBEX_INTEGRATION_CLIENT_SECRET=" + app.Secret, "WEBEX_INTEGRATION_REDIRECT_URI=https://x.example/cb",
	}
	var out bytes.Buffer
	cmd.Stderr = &out
	start(t, cmd)
	lists := func(by string) (n int) {
		for _, r := range srv.Requests() {
			if r.Path == "/authorizations" && (by == "" || r.Person == by) {
				n++
			}
		}
		return n
	}
	trial.Until(t, "a blocked list request", func() bool { return lists("") > 20 })
	srv.SignIn(eve.Email)
	canaryLogin(t, srv, app, filepath.Join(home, ".local/share/wxauth"))
	close(held)
	if err := cmd.Wait(); err == nil || !strings.Contains(out.String(), "another person logged in") {
		t.Errorf("%v: %s", err, &out)
	}
	if n := lists(eve.Email); n > 0 {
		t.Errorf("%d lists were read with Eve's token", n)
	}
}
