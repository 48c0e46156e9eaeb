//go:build unix

package cli_test

import (
	"os"
	"strings"
	"testing"
	"time"

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

// Whatever the format of the output, the question names what ends.
func TestAQuestionNamesWhatEndsInEveryFormat(t *testing.T) {
	srv, env := demoServer(t)
	for _, format := range []string{"--json", "--csv"} {
		x := onTerminal(t, 120, 40, env, "revoke", "--user", webextest.DemoPerson, "--app", "Room Finder", format)
		x.see("Revoke? [y/N] ")
		if out := x.output(); strings.Count(out, `"Room Finder"`) < 2 || !strings.Contains(out, "2 tokens end, of "+webextest.DemoPerson) {
			t.Errorf("%s: %q", format, out)
		}
		x.send("n\r")
		x.exits(6)
	}
	if n := len(srv.Deletes()); n != 0 {
		t.Errorf("%d DELETEs", n)
	}
}

// S-71: what was typed before the question stood there is no answer.
func TestTypingAheadConfirmsNothing(t *testing.T) {
	srv, env := demoServer(t)
	x := onTerminal(t, 120, 40, env, "revoke", "--user", webextest.DemoPerson, "--app", "Room Finder")
	x.send("y\r")
	x.see("Revoke? [y/N] ")
	x.send("n\r")
	x.exits(6)
	if n := len(srv.Deletes()); n != 0 {
		t.Errorf("%d DELETEs", n)
	}
}

// A progress bar shows on a terminal once it takes longer than a second, and leaves
// nothing behind; elsewhere there is none.
func TestProgressIsShownOnATerminal(t *testing.T) {
	_, env := demoServer(t)
	x := onTerminal(t, 120, 40, env, "revoke", "--user", "max.power@acme.example", "--type", "access", "--newer-than", "12d", "--max", "700", "--confirm=max.power@acme.example")
	x.see("Revoking  ")
	x.see("━")
	_ = x.cmd.Process.Signal(os.Interrupt) // it stops new work, and says what was done
	x.exits(7)
	out := x.output()
	if !strings.Contains(out, "Stopped early") || !strings.Contains(out, "not-sent") || strings.Count(out, "\r\x1b[K") < 2 {
		t.Errorf("%q", out[max(len(out)-600, 0):])
	}
}
