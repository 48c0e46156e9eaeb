package store

import (
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// S-24: the session bus is where the environment says, or where systemd has it; the keyring's
// library, which starts one where it knows none, is not asked otherwise.
func TestNoSessionBusIsStarted(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a b,c")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_RUNTIME_DIR", dir)
	asked := false
	ask := func(address string) error {
		t.Setenv(busVariable, address)
		asked = false
		_, err := osKeyring{time.Minute}.ask(t.Context(), func() (string, error) { asked = true; return "", nil })
		return err
	}
	for _, address := range []string{"", "autolaunch:", "autolaunch:scope=*user"} {
		if err := ask(address); err == nil || asked {
			t.Errorf("%q: %v, the library was asked: %v", address, err, asked)
		}
	}
	if err := ask("unix:path=/run/bus"); err != nil || os.Getenv(busVariable) != "unix:path=/run/bus" {
		t.Error(err, os.Getenv(busVariable))
	}
	socket := filepath.Join(dir, "bus")
	if err := os.WriteFile(socket, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := ask(""); err == nil || asked {
		t.Errorf("a file that is no socket: %v", err)
	}
	_ = os.Remove(socket)
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	err = ask("")
	path, _ := strings.CutPrefix(os.Getenv(busVariable), "unix:path=")
	if plain, _ := url.PathUnescape(path); err != nil || plain != socket || strings.ContainsAny(path, " ,") {
		t.Error(err, path)
	}
}
