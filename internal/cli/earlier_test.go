package cli_test

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wxauth/wxauth/internal/cli"
)

// unpack extracts testdata/earlier.tar.gz: what commit 857ddf8 wrote into a home directory, against the
// simulator: a configuration, a store with a login and an organization's tokens, two sweeps, and an audit
// log of two revokes.
func unpack(t *testing.T) (home string) {
	t.Helper()
	f, err := os.Open("testdata/earlier.tar.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	home = t.TempDir()
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return home
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(home, filepath.FromSlash(h.Name))
		if h.FileInfo().IsDir() {
			err = os.MkdirAll(path, 0o700)
		} else {
			var data []byte
			if data, err = io.ReadAll(r); err == nil {
				err = os.WriteFile(path, data, 0o600)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// What an earlier version saved is read, verified, changed and moved.
func TestWhatAnEarlierVersionSavedIsRead(t *testing.T) {
	t.Parallel()
	home := unpack(t)
	moved := filepath.Join(t.TempDir(), "store.db")
	for _, c := range []struct{ args, want string }{
		{"config check", "config.toml is valid"},
		{"audit verify", "6 entries, in order and complete\nhead 6:9ejj851ReYBQ44DgJrAQmDPiCdnQgh5fQR7h53BZnUE"},
		{"audit list --json", `"applicationName": "Travel Bridge"`},
		{"audit report --last", "luca.weber3@acme.example"},
		{"orgs list", "Blue Harbor Health\tblue\t"},
		{"token status", "ada.admin@acme.example"},
		{"apps", "Webex Web Client\t"},
		{"diff", "removed\tluca.weber3@acme.example\tWebex Web Client"},
		{"store info", "Service App organizations 1"},
		{"orgs alias 41c0d7e3-7a4f-4d6c-9c55-1b2b8b0a6f10 harbor", "harbor"},
		{"store move --key keyfile --to " + moved, "2 token pairs, 1 setting, 0 sweeps, 6 audit entries"},
		{"orgs list --store " + moved, "Blue Harbor Health\tharbor\t"},
		{"audit verify --store " + moved, "7 entries, in order and complete"},
	} {
		out := file(t, "")
		env := cli.Env{
			Args: strings.Fields(c.args), Stdin: file(t, ""), Stdout: out, Stderr: out,
			Environ: []string{"HOME=" + home, "WEBEX_BASE_URL=http://127.0.0.1:8977/v1", "WEBEX_SA_CLIENT_ID=C5a0000000000000000000000000000000000000000000000000000000000b41d", "WEBEX_SA_CLIENT_SECRET=s"},
		}
		code := cli.Run(t.Context(), env)
		text, err := os.ReadFile(out.Name())
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), c.want) || code != 0 && c.args != "token status" {
			t.Errorf("wxauth %s: exit code %d:\n%s", c.args, code, text)
		}
	}
}
