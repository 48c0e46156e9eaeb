//go:build unix

package cli_test

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/webex/webextest"
)

// secretEnvironment sets every secret that wxauth reads from the environment.
var secretEnvironment = map[string]string{
	"WEBEX_ACCESS_TOKEN": "canary-access-token-1234567890", "WEBEX_INTEGRATION_CLIENT_SECRET": "canary-client-secret-1234567890",
	"WEBEX_SA_CLIENT_SECRET": "canary-sa-secret-1234567890", "WXAUTH_PASSPHRASE": "canary-passphrase-1234567890",
}

// databaseSecrets are secrets for other programs in the user's shell.
var databaseSecrets = map[string]string{"PGPASSWORD": "canary-pg-1234567890", "PGPASSFILE": "/canary-pgpass-1234567890", "DATABASE_URL": "postgres://u:canary-url-1234567890@h/d"}

// S-16, S-24: the browser, the program of watch and the client secret command receive no secret
// of wxauth in their environment or arguments.
func TestProgramsThatAreStartedGetNoSecret(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	seen := filepath.Join(home, "seen")
	spy := "#!/bin/sh\n{ env; cat /proc/self/cmdline; printf '%s\\n' \"$0\" \"$@\"; cat; echo done; } >> " + seen + " < /dev/null\necho a-client-secret\n"
	for _, name := range []string{"xdg-open", "open", "spy"} {
		if err := os.WriteFile(filepath.Join(home, name), []byte(spy), 0o700); err != nil { //nolint:gosec // a program
			t.Fatal(err)
		}
	}
	srv := webextest.NewServer()
	defer srv.Close()
	max := srv.AddPerson(webextest.Person{Name: "Max", Email: "max@acme.example"})
	config := filepath.Join(home, "c.toml")
	if err := os.WriteFile(config, []byte("[integration]\nclient_id = \"C1\"\nclient_secret_command = [\""+filepath.Join(home, "spy")+"\", \"x\"]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{"HOME=" + home, "PATH=" + home + ":/usr/bin:/bin", "DISPLAY=:0", "WEBEX_BASE_URL=" + srv.URL + "/v1", "WXAUTH_KEY=keyfile"}
	hidden := maps.Clone(secretEnvironment)
	maps.Copy(hidden, databaseSecrets)
	for name, value := range hidden {
		env = append(env, name+"="+value)
	}
	runs := map[string][]string{
		"browser":               {"login"},
		"client secret command": {"login", "--no-open", "--config", config},
		"watch":                 {"watch", "--user", "max@acme.example", "--every", "10s", "--exec", filepath.Join(home, "spy")},
	}
	for name, args := range runs {
		_ = os.Remove(seen)
		cmd := exec.Command("wxauth", args...)
		cmd.Env = env
		switch name {
		case "browser":
			cmd.Env = append(cmd.Env, "WEBEX_INTEGRATION_CLIENT_ID=C1", "WEBEX_INTEGRATION_REDIRECT_URI=http://127.0.0.1:"+trial.Port(t)+"/callback")
		case "client secret command": // one in the environment takes precedence
			cmd.Env = append(cmd.Env, "WEBEX_INTEGRATION_CLIENT_SECRET=")
		case "watch":
			cmd.Env = append(cmd.Env, "WEBEX_ACCESS_TOKEN="+srv.AdminToken(), "XDG_STATE_HOME="+home)
		}
		start(t, cmd)
		if name == "watch" {
			trial.Until(t, "the first list", func() bool {
				return slices.ContainsFunc(srv.Requests(), func(r webextest.Request) bool { return r.Path == "/authorizations" && r.Status == 200 })
			})
			srv.Grant(max, srv.AddApp("Sync"), time.Now())
		}
		var data []byte
		trial.Until(t, name+": the program that is started", func() bool {
			data, _ = os.ReadFile(seen)
			return bytes.HasSuffix(data, []byte("done\n"))
		})
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		for variable, value := range hidden {
			if bytes.Contains(data, []byte(value)) || bytes.Contains(data, []byte(srv.AdminToken())) {
				t.Errorf("%s got %s", name, variable)
			}
		}
	}
}

// S-22, S-25: a dashboard with --debug leaves no secret on its screen, in its log or in any
// other file; stack dumps contain none.
func TestTheDashboardAndACrashLeaveNoSecret(t *testing.T) {
	t.Parallel()
	srv, err := webextest.Demo().Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	app := srv.AddIntegration(webextest.Integration{App: webextest.App{Name: "wxauth"}, RedirectURIs: []string{"https://x.example/cb"}})
	env := []string{
		"WEBEX_BASE_URL=" + srv.URL + "/v1", "WXAUTH_PASSPHRASE=" + secretEnvironment["WXAUTH_PASSPHRASE"],
		"WEBEX_INTEGRATION_CLIENT_ID=" + app.ClientID, "WEBEX_INTEGRATION_CLIENT_SECRET=" + app.Secret, "WEBEX_INTEGRATION_REDIRECT_URI=https://x.example/cb",
	}
	for _, end := range []string{"q", "crash"} {
		home := t.TempDir()
		tokens := canaryLogin(t, srv, app, filepath.Join(home, ".local/share/wxauth"))
		x := onTerminal(t, 120, 40, append(env, "HOME="+home, "GOTRACEBACK=all"), "--debug", "--user", "me")
		x.see("row 1 of")
		x.send("2")
		x.see("LOGIN")
		x.press("Webex accepted the token", "t")
		x.press("Copy the access token?", "c")
		if end == "q" {
			x.press("Nothing has been revoked", "\x1b", "4") // close the dialog
			x.send("q")
			x.exits(0)
		} else {
			x.dumped = true
			_ = x.cmd.Process.Signal(syscall.SIGQUIT)
			<-x.done
			x.drain()
			if !strings.Contains(x.output(), "goroutine ") {
				t.Error("no stack dump")
			}
		}
		key, err := os.ReadFile(filepath.Join(home, ".local/share/wxauth/key"))
		if err != nil {
			t.Fatal(err)
		}
		secrets := []string{tokens.Access.Reveal(), tokens.Refresh.Reveal(), app.Secret, strings.TrimSpace(string(key)), secretEnvironment["WXAUTH_PASSPHRASE"]}
		reportSecrets(t, end+": the screen", []byte(x.output()), secrets)
		logged := false
		_ = filepath.WalkDir(home, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Base(path) == "key" {
				return err
			}
			data, err := os.ReadFile(path)
			logged = logged || strings.HasSuffix(path, "debug.log") && len(data) > 0
			reportSecrets(t, end+": "+path, data, secrets)
			return err
		})
		if !logged {
			t.Error("the debug log is empty")
		}
	}
}
