//go:build e2e

package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wxauth/wxauth/webex/webextest"
)

// tmux runs the program in a terminal emulator, so that tests see what users see. It requires
// tmux on the PATH.
type tmux struct {
	t      *testing.T
	socket string
}

func inTmux(t *testing.T, srv *webextest.Server, size string, args ...string) *tmux {
	t.Helper()
	x := &tmux{t: t, socket: fmt.Sprintf("wxauth-%d-%s", os.Getpid(), strings.ReplaceAll(t.Name(), "/", "-"))}
	bin, err := exec.LookPath("wxauth")
	if err != nil {
		t.Fatal(err)
	}
	w, h, _ := strings.Cut(size, "x")
	command := fmt.Sprintf("env WEBEX_BASE_URL=%s/v1 WEBEX_ACCESS_TOKEN=%s WXAUTH_KEY=keyfile HOME=%s %s %s; echo \"exited $?\"; sleep 60",
		srv.URL, srv.AdminToken(), t.TempDir(), bin, strings.Join(args, " "))
	x.run("-f", "/dev/null", "new-session", "-d", "-x", w, "-y", h, "-s", "s", command)
	x.run("set", "-g", "status", "off")
	x.run("resize-window", "-t", "s", "-x", w, "-y", h)
	t.Cleanup(func() { _ = exec.Command("tmux", "-L", x.socket, "kill-server").Run() })
	return x
}

func (x *tmux) run(args ...string) string {
	x.t.Helper()
	out, err := exec.Command("tmux", append([]string{"-L", x.socket}, args...)...).CombinedOutput()
	if err != nil {
		x.t.Fatalf("tmux %v: %v: %s", args, err, out)
	}
	return string(out)
}

func (x *tmux) screen() string { return x.run("capture-pane", "-p", "-t", "s") }

func (x *tmux) see(texts ...string) {
	x.t.Helper()
	for _, text := range texts {
		ok := false
		for range 300 {
			if ok = strings.Contains(x.screen(), text); ok {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
		if !ok {
			x.t.Fatalf("no %q on the screen:\n%s", text, x.screen())
		}
	}
}

func (x *tmux) dontSee(text string) {
	x.t.Helper()
	if s := x.screen(); strings.Contains(s, text) {
		x.t.Fatalf("unexpected %q on the screen:\n%s", text, s)
	}
}

// keys types keys, using tmux's names.
func (x *tmux) keys(keys ...string) {
	for _, k := range keys {
		x.run("send-keys", "-t", "s", k)
		time.Sleep(60 * time.Millisecond)
	}
}

// ask presses x and waits until the dialog accepts keys.
func (x *tmux) ask(title string) {
	x.keys("x")
	x.see(title)
	time.Sleep(400 * time.Millisecond)
}

// cursorOn moves down until the cursor is on the first token of an app.
func (x *tmux) cursorOn(app string) {
	x.t.Helper()
	x.keys("g")
	for range 60 {
		lines := strings.Split(x.screen(), "\n")
		for i, l := range lines {
			if strings.HasPrefix(l, "▸") && i > 0 && strings.Contains(lines[i-1], "▾ "+app) {
				return
			}
		}
		x.keys("j")
	}
	x.t.Fatalf("no row of %s:\n%s", app, x.screen())
}

func (x *tmux) rowOf(word string) string {
	for _, l := range strings.Split(x.screen(), "\n") {
		if strings.Contains(l, word) {
			return l
		}
	}
	return ""
}

// jane is the demo's Jane, behind a real socket.
func janeServer(t *testing.T) (*webextest.Server, func(app string) string) {
	t.Helper()
	srv, err := webextest.Demo(webextest.WithLatency(100 * time.Millisecond)).Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.Close)
	return srv, func(app string) string {
		for _, a := range srv.Authorizations(webextest.DemoPerson) {
			if a.App.Name == app && a.Type == "refresh" {
				return a.ID
			}
		}
		t.Fatalf("no %s", app)
		return ""
	}
}

func (x *tmux) markThree() {
	for _, app := range []string{"CallNotes AI", "Meeting Sync", "Room Finder"} {
		x.cursorOn(app)
		x.keys("Space")
	}
	x.see("3 marked")
}

func TestE2EMarkThreeCancelConfirmWatch(t *testing.T) {
	srv, _ := janeServer(t)
	x := inTmux(t, srv, "120x40", "--user", webextest.DemoPerson)
	x.see("Meeting Sync", "row 1 of 29")
	x.keys("/")
	x.run("send-keys", "-t", "s", "-l", "stale")
	x.see("2 of 19 tokens")
	x.dontSee("Meeting Sync")
	x.keys("Escape")
	x.see("Meeting Sync")
	x.keys("s")
	x.see("TIME LEFT ▾")
	x.keys("s", "s")
	x.see("CREATED ▾")
	x.markThree()
	x.ask("Revoke 3 tokens of 3 apps")
	x.keys("Enter")
	x.see("Cancelled. Nothing was sent.")
	if n := len(srv.Deletes()); n != 0 {
		t.Fatalf("cancelling sent %d DELETEs", n)
	}
	x.ask("Revoke 3 tokens of 3 apps")
	x.keys("y")
	x.see("✓ All 7 tokens are gone", "Gone: 3 refresh tokens and 4 access", "✓ gone 3/3")
	if n := len(srv.Deletes()); n != 3 {
		t.Errorf("%d DELETEs, want 3", n)
	}
	x.cursorOn("Ticket Bridge")
	x.keys("r")
	x.see("7 apps hold 12 tokens")
	lines := strings.Split(x.screen(), "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, "▸") && !strings.Contains(lines[i-1], "Ticket Bridge") {
			t.Errorf("reloading moved the cursor:\n%s", x.screen())
		}
	}
	x.keys("q")
	x.see("exited 0")
}

func TestE2EAStaleList(t *testing.T) {
	srv, _ := janeServer(t)
	srv.SetStale(-1)
	x := inTmux(t, srv, "120x40", "--user", webextest.DemoPerson)
	x.see("row 1 of 29")
	x.markThree()
	x.ask("Revoke 3 tokens")
	x.keys("y")
	x.see("verifying")
	x.see("None of 3 gone. 3 still listed", "accepted, but still listed")
	x.dontSee("gone at")
	x.dontSee("✓")
}

func TestE2EOneOfThreeRefused(t *testing.T) {
	srv, id := janeServer(t)
	srv.AddFault(webextest.Fault{Method: "DELETE", Path: id("Meeting Sync"), Status: 403})
	x := inTmux(t, srv, "120x40", "--user", webextest.DemoPerson)
	x.see("row 1 of 29")
	x.markThree()
	x.ask("Revoke 3 tokens")
	x.keys("y")
	x.see("1 failed: Meeting", "failed: 403 Forbidden")
	if row := x.rowOf("30d ago"); strings.Contains(row, "gone") || strings.Contains(row, "revoked") {
		t.Errorf("a failed revoke is shown as done: %s", row)
	}
	if !srv.Exists(id("Meeting Sync")) {
		t.Error("the token was revoked")
	}
	x.see("! 1 of 5 tokens is not gone")
	x.dontSee("All ")
}

func TestE2EAConnectionDroppedAfterTheEffect(t *testing.T) {
	srv, _ := janeServer(t)
	srv.AddFault(webextest.Fault{Method: "DELETE", Kind: webextest.DropAfter, Times: 1})
	x := inTmux(t, srv, "120x40", "--user", webextest.DemoPerson)
	x.see("row 1 of 29")
	x.markThree()
	x.ask("Revoke 3 tokens")
	x.keys("y")
	x.see("✓ All 7 tokens are gone")
}

func TestE2EUpToOnAnAppWithTwoRefreshTokens(t *testing.T) {
	srv, _ := janeServer(t)
	x := inTmux(t, srv, "80x24", "--user", webextest.DemoPerson)
	x.see("row 1 of 29")
	x.cursorOn("Ticket Bridge")
	x.ask("Revoke 1 refresh token of Ticket Bridge")
	x.see("1 token will be revoked, and up to 2 more", "may be revoked")
	x.keys("y")
	x.see("! 1 app keeps its access", "Gone: Ticket Bridge, 1 refresh token and 1", "revoked too, gone")
}

// prism starts Prism on a free port and waits until it listens. It requires prism on the PATH
// (npm install @stoplight/prism-cli).
func prism(t *testing.T, args ...string) (url string, log *bytes.Buffer) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	_, port, _ := net.SplitHostPort(addr)
	spec, _ := filepath.Abs("../../webex/webextest/testdata/webex-openapi.json")
	ctx, cancel := context.WithCancel(context.Background())
	argv := append([]string{args[0], "-h", "127.0.0.1", "-p", port, "--errors", spec}, args[1:]...)
	cmd := exec.CommandContext(ctx, "prism", argv...)
	log = &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); _ = cmd.Wait() })
	for range 300 {
		if c, err := net.Dial("tcp", addr); err == nil {
			_ = c.Close()
			return "http://" + addr, log
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("prism does not listen: %s", log)
	return "", nil
}

func runWith(t *testing.T, base, token string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.Command("wxauth", args...)
	cmd.Env = append(os.Environ(), "WEBEX_BASE_URL="+base, "WEBEX_ACCESS_TOKEN="+token, "WXAUTH_KEY=keyfile", "HOME="+t.TempDir())
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	_ = cmd.Run()
	return out.String(), errOut.String(), cmd.ProcessState.ExitCode()
}

// Prism generates the server from the API description alone, and rejects every request that
// violates it.
func TestE2EAgainstAServerThatIsNotOurs(t *testing.T) {
	url, log := prism(t, "mock")
	out, errs, code := runWith(t, url, "any-token", "list", "john.anderson@example.com", "--json")
	if code != 0 || !strings.Contains(out, `"applicationName": "Developer Portal"`) || !strings.Contains(out, `"basis": "unknown"`) { // wxauth recognizes it as Webex's own by its client id
		t.Errorf("list: exit %d\n%s\n%s\n%s", code, out, errs, log)
	}
	out, errs, code = runWith(t, url, "any-token", "events", "--all", "--json")
	if code != 0 || !strings.Contains(out, `"text": "Joe Smith logged into organization Acme Inc."`) {
		t.Errorf("events: exit %d\n%s\n%s\n%s", code, out, errs, log)
	}
	const id = "Y2lzY29zcGFyazovL3VzL0FVVEhPUklaQVRJT04vZjI3MDM0ZTMtMDA5ZS00ODA4LTk5MDQtNTNkMDQ0OGJlNDVk"
	// The example person of the description is not the person of its example rows.
	out, errs, code = runWith(t, url, "any-token", "revoke", id, "--user", "john.anderson@example.com", "--include-self", "--yes", "--json")
	if code != 2 || !strings.Contains(errs, "another person's id") {
		t.Errorf("revoke: exit %d\n%s\n%s\n%s", code, out, errs, log)
	}
	const owner = "Y2lzY29zcGFyazovL3VzL1BFT1BMRS9lYjIyYjNiZC03NGNiLTRjMjktYjA3Zi1lYWQwMmU1NjgyZDI"
	out, errs, code = runWith(t, url, "any-token", "revoke", id, "--user", owner, "--include-self", "--yes", "--json")
	// The DELETE succeeds. The server is stateless and still lists the token, and wxauth
	// reports that.
	if code != 8 || !strings.Contains(out, `"outcome": "still-listed"`) {
		t.Errorf("revoke: exit %d\n%s\n%s\n%s", code, out, errs, log)
	}
	if strings.Contains(log.String(), "Violation") || strings.Contains(log.String(), "did not pass the validation") {
		t.Errorf("a request violates the API description:\n%s", log)
	}
}

// Prism between wxauth and the simulator reports requests and replies that violate the
// description.
func TestE2ETheSimulatorConformsToTheDescription(t *testing.T) {
	srv, id := janeServer(t)
	url, log := prism(t, "proxy", srv.URL+"/v1")
	for _, tt := range []struct {
		args []string
		code int
	}{
		{[]string{"list", webextest.DemoPerson, "--json"}, 0},
		{[]string{"list", "me", "--json"}, 0},
		{[]string{"list", "tess.thousand@acme.example", "--json"}, 0},
		{[]string{"list", "nora.nothing@acme.example", "--json"}, 0},
		{[]string{"list", "nobody@acme.example", "--json"}, 5},
		{[]string{"revoke", id("Meeting Sync"), "--user", "omar.haddad@acme.example", "--yes"}, 5},
		{[]string{"revoke", id("Room Finder"), "--user", webextest.DemoPerson, "--yes", "--json"}, 0},
		{[]string{"offboard", "omar.haddad@acme.example", "--confirm=omar.haddad@acme.example"}, 0},
		{[]string{"revoke", "--client-id", "C0ffee", "--org-id", "me", "--one-call", "--include-self", "--confirm=C0ffee"}, 3},
		{[]string{"events", "--json"}, 0},
		{[]string{"events", "--all", "--from", "500d", "--json"}, 0},
		{[]string{"events", "--category", "LOGINS"}, 0},
		{[]string{"audit", "compare"}, 3}, // the revokes above are in other audit logs
		{[]string{"doctor"}, 0},
	} {
		out, errs, code := runWith(t, url, srv.AdminToken(), tt.args...)
		if code != tt.code {
			t.Errorf("%v: exit %d, want %d\n%s\n%s", tt.args, code, tt.code, out, errs)
		}
	}
	if s := log.String(); strings.Contains(s, "iolation") {
		t.Errorf("violations of the API description:\n%s", s)
	}
	for _, r := range srv.Requests() {
		t.Logf("%s %s %d", r.Method, r.Path, r.Status)
	}
}
