//go:build unix

package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wxauth/wxauth/webex/webextest"
)

// Without a keyring, login asks where to keep the key, and goes on.
func TestLoginAsksWhereToKeepTheKey(t *testing.T) {
	t.Parallel()
	srv := webextest.NewServer()
	t.Cleanup(srv.Close)
	data := t.TempDir()
	env := []string{"WXAUTH_KEY=", "DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere", "XDG_DATA_HOME=" + data, "WEBEX_BASE_URL=" + srv.URL + "/v1"}
	x := onTerminal(t, 100, 30, env, "login", "--paste")
	x.see("[p/f]")
	x.press("no key source chosen; nothing was saved", "n\r")
	x.exits(2)
	x = onTerminal(t, 100, 30, env, "login", "--paste")
	x.see("this system has no keyring")
	x.send("f\r")
	x.see("Access token:")
	x.send(srv.AdminToken() + "\r")
	x.see("logged in as")
	x.exits(0)
	if _, err := os.Stat(filepath.Join(data, "wxauth", "store.db")); err != nil {
		t.Error(err)
	}
}

// A table that is longer than the terminal goes through the pager, and color is only on a terminal.
func TestLongTablesArePaged(t *testing.T) {
	t.Parallel()
	_, env := demoServer(t)
	env = append(env, "PAGER=sed s/^/paged:/")
	x := onTerminal(t, 120, 10, env, "list", webextest.DemoPerson)
	x.see("paged:")
	x.see("Kiosk Pilot")
	x.exits(0)
	for _, args := range [][]string{{"list", webextest.DemoPerson, "--no-pager"}, {"list", "omar.haddad@acme.example", "--columns", "app"}} {
		x = onTerminal(t, 120, 60, env, args...)
		x.exits(0)
		if strings.Contains(x.output(), "paged:") {
			t.Errorf("%v is paged", args)
		}
	}
	x = onTerminal(t, 120, 60, append(env, "NO_COLOR=1"), "list", webextest.DemoPerson)
	x.exits(0)
	if strings.Contains(x.output(), "\x1b[") {
		t.Error("color with NO_COLOR")
	}
	x = onTerminal(t, 120, 10, append(env, "PAGER=/no/such/pager"), "list", webextest.DemoPerson)
	x.see("the pager did not start")
	x.see("Kiosk Pilot")
	x.exits(0)
}
