package cli_test

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// S-24: programs that libraries start get no secret either (tmux is asked for the terminal's
// colours), and without a session bus the keyring library starts none.
func TestLibrariesStartNothingThatSeesASecret(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	seen := filepath.Join(home, "seen")
	for _, name := range []string{"tmux", "dbus-launch"} {
		spy := "#!/bin/sh\n{ echo " + name + "; env; echo done; } >> " + seen + "\n"
		if err := os.WriteFile(filepath.Join(home, name), []byte(spy), 0o700); err != nil { //nolint:gosec // a program
			t.Fatal(err)
		}
	}
	env := []string{"HOME=" + home, "PATH=" + home + ":" + os.Getenv("PATH"), "COLORTERM=", "TMUX=/tmp/tmux-0/default,1,0", "TERM=xterm", "XDG_RUNTIME_DIR=" + home, "DBUS_SESSION_BUS_ADDRESS=autolaunch:", "WXAUTH_KEY=keyring"}
	hidden := maps.Clone(secretEnvironment)
	maps.Copy(hidden, databaseSecrets)
	for name, value := range hidden {
		env = append(env, name+"="+value)
	}
	x := onTerminal(t, 100, 30, env, "demo")
	x.see("row 1 of")
	x.send("q")
	x.exits(0)
	data, err := os.ReadFile(seen)
	if err != nil || !bytes.HasPrefix(data, []byte("tmux\n")) {
		t.Fatalf("tmux was not called: %v: %s", err, data)
	}
	for variable, value := range hidden {
		if bytes.Contains(data, []byte(value)) {
			t.Errorf("tmux got %s", variable)
		}
	}
	_ = os.Remove(seen)
	cmd := exec.Command("wxauth", "doctor")
	cmd.Env = append(env, "WEBEX_BASE_URL=http://127.0.0.1:1/v1")
	out, _ := cmd.CombinedOutput()
	if !bytes.Contains(out, []byte("there is no session bus: DBUS_SESSION_BUS_ADDRESS is not set, and "+home+"/bus is not a socket")) {
		t.Errorf("%s", out)
	}
	if data, err := os.ReadFile(seen); err == nil {
		t.Errorf("started: %s", data)
	}
}
