//go:build e2e

package cli_test

import (
	"bytes"
	"context"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/trial"
)

// S-26: a real keyring stores the key, and every kind of missing keyring is detected within
// three seconds, with nothing written.
func TestE2EKeyrings(t *testing.T) {
	k := keepLogin(t, false)
	refresh := k.stored().Refresh.Reveal()
	wxauth, err := exec.LookPath("wxauth")
	if err != nil {
		t.Fatal(err)
	}
	run := func(home, script string, env ...string) (string, int, time.Duration) {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		cmd := exec.CommandContext(ctx, "/bin/sh", "-c", script)
		cmd.WaitDelay = time.Second
		cmd.Env = append(k.command().Env, "WXAUTH_KEY=", "HOME="+home, "XDG_RUNTIME_DIR="+home, "WXAUTH="+wxauth, "DISPLAY=")
		cmd.Env = append(cmd.Env, env...)
		cmd.Stdin = strings.NewReader(refresh + "\n")
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		start := time.Now()
		_ = cmd.Run()
		return out.String(), cmd.ProcessState.ExitCode(), time.Since(start)
	}

	home := t.TempDir()
	out, code, _ := run(home, `cd "$HOME"; exec dbus-run-session -- sh -c '
		printf secret | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
		cat > token
		"$WXAUTH" login --refresh-token < token || exit 10
		"$WXAUTH" token status --json || exit 11
		"$WXAUTH" token | grep -q _PF84_ || exit 12
		"$WXAUTH" token refresh || exit 13
		"$WXAUTH" logout || exit 14'`)
	if code != 0 || !strings.Contains(out, `"keySource": "keyring"`) || !strings.Contains(out, "deleted the login") {
		t.Errorf("gnome-keyring: %d\n%s", code, out)
	}
	if _, err := os.Stat(filepath.Join(home, ".local/share/wxauth/key")); err == nil {
		t.Error("a key file was created despite the keyring")
	}

	mute := filepath.Join(t.TempDir(), "mute")
	l, err := net.Listen("unix", mute) // accepts connections and never replies
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	slowest := time.Duration(0)
	seen := map[string]string{}
	for state, c := range map[string]struct{ script, bus string }{
		"no bus":                  {`PATH=/nonexistent exec "$WXAUTH" login --refresh-token < token`, ""},
		"a bus that is not there": {`exec "$WXAUTH" login --refresh-token < token`, "unix:path=/nonexistent/bus"},
		"a bus without a keyring": {`cat > bus.conf <<END
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
END
			exec dbus-run-session --config-file="$PWD/bus.conf" -- "$WXAUTH" login --refresh-token < token`, ""},
		"a locked keyring": {`dbus-run-session -- sh -c 'printf secret | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; "$WXAUTH" profiles >/dev/null 2>&1; sleep 0.2'
			exec dbus-run-session -- sh -c 'gnome-keyring-daemon --start --components=secrets >/dev/null 2>&1; exec "$WXAUTH" login --refresh-token < token'`, ""},
		"a bus that never answers": {`exec "$WXAUTH" login --refresh-token < token`, "unix:path=" + mute},
	} {
		home := t.TempDir()
		script := "cd " + home + "; cat > token\n" + c.script
		env := []string{}
		if c.bus != "" {
			env = append(env, "DBUS_SESSION_BUS_ADDRESS="+c.bus)
		}
		out, code, took := run(home, script, env...)
		if code != 2 || !strings.Contains(out, "the keyring of this system is not available") || !strings.Contains(out, "passphrase") {
			t.Errorf("%s: exit %d\n%s", state, code, out)
		}
		if took > 4500*time.Millisecond { // three seconds for the keyring, the rest for the script
			t.Errorf("%s: took %s", state, took)
		}
		_, why, _ := strings.Cut(out, "the keyring of this system is not available: ")
		why, _, _ = strings.Cut(why, "\n")
		for other, w := range seen {
			if w == why {
				t.Errorf("%s has the message of %s: %s", state, other, why)
			}
		}
		seen[state] = why
		t.Logf("%-25s %4d ms  %s", state, took.Milliseconds(), why)
		slowest = max(slowest, took)
		_ = filepath.WalkDir(filepath.Join(home, ".local/share/wxauth"), func(p string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				t.Errorf("%s: %s was written", state, p)
			}
			return nil
		})
	}
	trial.Report(t, trial.Figure{Name: "states without a usable keyring", Tried: len(seen), Survived: len(seen), Note: "the slowest was detected after " + slowest.Round(100*time.Millisecond).String()})
}
