package cli_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/wxauth/wxauth/webex/webextest"
)

// Whatever a server does to the connection, stderr holds our own words and nothing that
// net/http has to say about it: on a terminal that would land in the middle of the screen.
func TestOnlyOurOwnWordsAboutAConnection(t *testing.T) {
	t.Parallel()
	srv := webextest.NewServer()
	defer srv.Close()
	srv.AddPerson(webextest.Person{Name: "Jane", Email: "jane@acme.example"})
	for _, m := range webextest.Misbehaviours() {
		if !slices.Contains([]string{"a body of more than it was said to be", "two lengths", "a header of a megabyte", "a protocol that was not asked for"}, m.Name) {
			continue // what net/http has words for; the others are tried in fake time
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
