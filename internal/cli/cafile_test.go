package cli_test

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/wxauth/wxauth/webex/webextest"
)

// S-63: a server whose certificate no CA vouches for receives no token. With --ca-file or
// ca_file it is trusted, and an invalid file is rejected before anything is sent.
func TestAnAuthorityOfTheNetworksOwn(t *testing.T) {
	t.Parallel()
	sim := webextest.Demo()
	var asked atomic.Int64
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		sim.ServeHTTP(w, r)
	}))
	defer srv.Close()
	home := t.TempDir()
	cert, empty := filepath.Join(home, "corp.pem"), filepath.Join(home, "empty.pem")
	for path, data := range map[string][]byte{cert: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}), empty: []byte("none\n")} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	config := filepath.Join(home, "c.toml")
	if err := os.WriteFile(config, []byte("ca_file = \""+cert+"\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"list", "me"}, 1, "certificate"},
		{[]string{"list", "me", "--ca-file", cert}, 0, ""},
		{[]string{"list", "me", "--config", config}, 0, ""},
		{[]string{"list", "me", "--ca-file", empty}, 2, "holds no certificate in PEM"},
		{[]string{"list", "me", "--ca-file", home + "/none.pem"}, 2, "does not exist"},
	} {
		before := asked.Load()
		cmd := exec.Command("wxauth", tt.args...)
		cmd.Env = []string{"HOME=" + home, "WEBEX_BASE_URL=" + srv.URL + "/v1", "WEBEX_ACCESS_TOKEN=" + sim.AdminToken()}
		out, _ := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != tt.code || !strings.Contains(string(out), tt.says) {
			t.Errorf("%v: exit %d: %s", tt.args, code, out)
		}
		if sent := asked.Load() > before; sent != (tt.code == 0) {
			t.Errorf("%v: sent: %v", tt.args, sent)
		}
	}
}
