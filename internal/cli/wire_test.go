package cli_test

import (
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wxauth/wxauth/webex/webextest"
)

// Whatever a server does to the connection, stderr contains only wxauth's messages and none of
// net/http, which would overwrite the screen.
func TestOnlyOurOwnWordsAboutAConnection(t *testing.T) {
	t.Parallel()
	srv := webextest.NewServer()
	defer srv.Close()
	srv.AddPerson(webextest.Person{Name: "Jane", Email: "jane@acme.example"})
	for _, m := range webextest.Misbehaviours() {
		if !slices.Contains([]string{"a body of more than it was said to be", "two lengths", "a header of a megabyte", "a protocol that was not asked for"}, m.Name) {
			continue // only faults that net/http logs; other tests cover the rest with a fake clock
		}
		srv.ClearFaults()
		srv.AddFault(m.Fault)
		cmd := exec.Command("wxauth", "list", "jane@acme.example", "--max-wait", "0s")
		cmd.Env = []string{"HOME=" + t.TempDir(), "WEBEX_BASE_URL=" + srv.URL + "/v1", "WEBEX_ACCESS_TOKEN=" + srv.AdminToken()}
		out, err := cmd.CombinedOutput()
		for _, l := range strings.Split(strings.TrimSpace(string(out)), "\n") {
			if !strings.HasPrefix(l, "wxauth: ") || err == nil {
				t.Errorf("%s: %v: %.200q", m.Name, err, l)
			}
		}
	}
}

// S-65: the user agent names the program and its version, and nothing about the user or the
// machine.
func TestTheUserAgentNamesTheProgramAlone(t *testing.T) {
	t.Parallel()
	agents := make(chan string, 64)
	sim := webextest.Demo()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		agents <- r.Header.Get("User-Agent")
		sim.ServeHTTP(w, r)
	}))
	defer srv.Close()
	for _, args := range [][]string{{"list", "me"}, {"doctor"}} {
		cmd := exec.Command("wxauth", args...)
		cmd.Env = []string{"HOME=" + t.TempDir(), "USER=canary-user", "HOSTNAME=canary-host", "WEBEX_BASE_URL=" + srv.URL + "/v1", "WEBEX_ACCESS_TOKEN=" + sim.AdminToken()}
		_ = cmd.Run() // the doctor finds no keyring here
	}
	srv.Close() // waits for requests in progress
	close(agents)
	if len(agents) < 3 {
		t.Errorf("%d requests", len(agents))
	}
	for a := range agents {
		if !regexp.MustCompile(`^wxauth/[0-9A-Za-z.()+-]+$`).MatchString(a) {
			t.Errorf("%q", a)
		}
	}
}
