package cli_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/wxauth/wxauth/webex/webextest"
)

// corporate is a company's proxy: it rejects CONNECT, or intercepts TLS with its own CA and
// replies instead of Webex.
type corporate struct {
	*httptest.Server
	cert   tls.Certificate
	refuse int // the status of the rejection
	answer http.HandlerFunc
	asked  atomic.Int64
}

func newCorporate(t *testing.T, refuse int, answer http.HandlerFunc) *corporate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"webexapis.com"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	p := &corporate{cert: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, refuse: refuse, answer: answer}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

// ServeHTTP answers CONNECT.
func (p *corporate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.asked.Add(1)
	if r.Method != http.MethodConnect || p.refuse != 0 {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(p.refuse)
		_, _ = io.WriteString(w, "<html>blocked by policy</html>")
		return
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n")
	inside := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{p.cert}, MinVersion: tls.VersionTLS12})
	req, err := http.ReadRequest(bufio.NewReader(inside))
	if err != nil {
		return
	}
	rec := httptest.NewRecorder()
	p.answer(rec, req)
	res := rec.Result()
	res.ContentLength, res.Close = int64(rec.Body.Len()), true
	_ = res.Write(inside)
	_ = inside.Close()
}

// address returns the proxy's address with a password.
func (p *corporate) address(password string) string {
	return "http://ada:" + password + "@" + strings.TrimPrefix(p.URL, "http://")
}

// write writes a file in a directory.
func write(t *testing.T, path string, data []byte) string {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Errors of a company's proxy that rejects, requires a login, intercepts TLS or returns pages
// are distinguished from Webex's, and name the proxy without its password.
func TestBehindACompanysProxy(t *testing.T) {
	t.Parallel()
	page := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "<html>blocked by policy</html>")
		}
	}
	for name, tt := range map[string]struct {
		refuse   int
		answer   http.HandlerFunc
		trusted  bool
		password string
		args     []string
		code     int
		says     []string
		unasked  bool
	}{
		"wants a login":             {refuse: 407, args: []string{"list", "jane@acme.example"}, code: 1, says: []string{"no response: the proxy http://ada:xxxxx@", "407 Proxy Authentication Required", "http://USER:PASSWORD@HOST:PORT"}},
		"refuses":                   {refuse: 403, args: []string{"list", "jane@acme.example"}, code: 1, says: []string{"refused the connection: 403 Forbidden", "allow webexapis.com on the proxy"}},
		"refuses the token":         {refuse: 403, args: []string{"login", "--device"}, code: 1, says: []string{"get code: ", "refused the connection: 403 Forbidden"}},
		"opens TLS":                 {answer: page(200), args: []string{"list", "jane@acme.example"}, code: 1, says: []string{"--ca-file FILE, or ca_file in the configuration"}},
		"a page of 200":             {answer: page(200), trusted: true, args: []string{"list", "jane@acme.example"}, code: 1, says: []string{"the proxy http://ada:xxxxx@", "answered instead of Webex"}},
		"a page of 403":             {answer: page(403), trusted: true, args: []string{"list", "jane@acme.example"}, code: 1, says: []string{"the proxy http://ada:xxxxx@", "answered instead of Webex"}},
		"a page of 401, asked once": {answer: page(401), trusted: true, args: []string{"config", "check", "--online"}, code: 1, says: []string{"reach Webex: 401", "answered instead of Webex"}},
		"a percent sign":            {password: "50%zcanary", args: []string{"list", "jane@acme.example"}, code: 2, says: []string{"HTTPS_PROXY is not a valid address", "write % as %25"}, unasked: true},
		"a percent sign, doctor":    {password: "50%zcanary", args: []string{"doctor"}, code: 1, says: []string{"HTTPS_PROXY is not a valid address"}, unasked: true},
		"a hash sign":               {password: "p#wcanary", args: []string{"list", "jane@acme.example"}, code: 2, says: []string{"HTTPS_PROXY is not a valid address", "percent-encoded"}, unasked: true},
		"a slash":                   {password: "p/wcanary", args: []string{"list", "jane@acme.example"}, code: 2, says: []string{"HTTPS_PROXY is not a valid address"}, unasked: true},
		"a percent sign, encoded":   {password: "50%25zcanary", refuse: 403, args: []string{"list", "jane@acme.example"}, code: 1, says: []string{"refused the connection"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newCorporate(t, tt.refuse, tt.answer)
			home := t.TempDir()
			if tt.trusted {
				tt.args = append(tt.args, "--ca-file", write(t, filepath.Join(home, "corp.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.cert.Certificate[0]})))
			}
			if tt.password == "" {
				tt.password = "canary"
			}
			cmd := exec.Command("wxauth", tt.args...)
			cmd.Env = []string{
				"HOME=" + home, "WEBEX_ACCESS_TOKEN=" + strings.Repeat("a1B2", 16), "HTTPS_PROXY=" + p.address(tt.password), "WXAUTH_KEY=keyfile",
				"WEBEX_INTEGRATION_CLIENT_ID=C" + strings.Repeat("0", 64), "WEBEX_INTEGRATION_CLIENT_SECRET=s",
			}
			out, _ := cmd.CombinedOutput()
			if code := cmd.ProcessState.ExitCode(); code != tt.code {
				t.Errorf("exit %d", code)
			}
			for _, want := range tt.says {
				if !strings.Contains(string(out), want) {
					t.Errorf("output lacks %q", want)
				}
			}
			for _, never := range []string{"canary", "Full, Device", "get a fresh one", "Webex's side", "<html"} {
				if strings.Contains(string(out), never) {
					t.Errorf("output contains %q", never)
				}
			}
			if asked := p.asked.Load() > 0; asked == tt.unasked {
				t.Errorf("requests through the proxy: %v", asked)
			}
			if t.Failed() {
				t.Logf("%s", out)
			}
		})
	}
}

// wxauth reads CA files in PEM and DER, also with a byte order mark, and reports unreadable
// ones.
func TestAFileOfCertificateAuthorities(t *testing.T) {
	t.Parallel()
	sim := webextest.Demo()
	srv := httptest.NewTLSServer(sim)
	t.Cleanup(srv.Close)
	home := t.TempDir()
	der := srv.Certificate().Raw
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	wide := []byte("\xff\xfe")
	for _, u := range utf16.Encode([]rune(string(text))) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	in := func(name string, data []byte) string { return write(t, filepath.Join(home, name), data) }
	for _, tt := range []struct {
		file string
		code int
		says string
	}{
		{in("der.cer", der), 0, ""},
		{in("bom.pem", slices.Concat([]byte("\ufeff"), text)), 0, ""},
		{in("wide.pem", wide), 0, ""},
		{in("key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")})), 2, "but a block of type PRIVATE KEY"},
		{in("zeros.pem", make([]byte, 100)), 2, "holds no certificate in PEM"},
		{home + "/none.pem", 2, "does not exist: check --ca-file, and ca_file in the configuration"},
		{"~/corp.pem", 2, "~ is not expanded here, use the full path"},
	} {
		config := filepath.Join(t.TempDir(), "c.toml")
		write(t, config, fmt.Appendf(nil, "ca_file = %q\n", tt.file))
		for _, args := range [][]string{{"list", "me", "--ca-file", tt.file}, {"list", "me", "--config", config}} {
			cmd := exec.Command("wxauth", args...)
			cmd.Env = []string{"HOME=" + home, "WEBEX_BASE_URL=" + srv.URL + "/v1", "WEBEX_ACCESS_TOKEN=" + sim.AdminToken()}
			out, _ := cmd.CombinedOutput()
			if code := cmd.ProcessState.ExitCode(); code != tt.code || !strings.Contains(string(out), tt.says) || strings.Contains(string(out), "check the network connection") {
				t.Errorf("%v: exit %d: %s", args, code, out)
			}
		}
	}
}

// The list, the doctor and the configuration check report a base URL without its version as not
// an API.
func TestABaseURLThatIsNotTheAPI(t *testing.T) {
	t.Parallel()
	sim := webextest.Demo()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/v1/") {
			sim.ServeHTTP(w, r)
			return
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(srv.Close)
	simulated := httptest.NewServer(sim)
	t.Cleanup(simulated.Close)
	const says = "this address is not the Webex API (the base URL must include the API version"
	l, err := net.Listen("tcp", "127.0.0.1:0") // nothing listens there
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	for _, tt := range []struct {
		base string
		args []string
		code int
		says string
	}{
		{srv.URL, []string{"list", "jane.doe@acme.example"}, 2, says},
		{simulated.URL + "/v2", []string{"list", "jane.doe@acme.example"}, 2, says}, // it answers everywhere, but not as one would think
		{simulated.URL + "/v2", []string{"doctor"}, 1, "this address is not the Webex API"},
		{srv.URL, []string{"doctor"}, 1, "this address is not the Webex API"},
		{srv.URL, []string{"config", "check", "--online"}, 2, says},
		{srv.URL, []string{"config", "check"}, 0, ""},
		{"http://" + l.Addr().String() + "/v1", []string{"config", "check", "--online"}, 1, "check the network connection"},
		{srv.URL + "/v1 ", []string{"config", "check", "--online"}, 0, "answers like the Webex API"},
		{srv.URL + "/v1 ", []string{"list", "jane.doe@acme.example"}, 0, "Meeting Sync"},
	} {
		cmd := exec.Command("wxauth", tt.args...)
		cmd.Env = []string{"HOME=" + t.TempDir(), "WEBEX_BASE_URL=" + tt.base, "WEBEX_ACCESS_TOKEN=" + sim.AdminToken()}
		out, _ := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != tt.code || !strings.Contains(string(out), tt.says) || strings.Contains(string(out), "person not found") {
			t.Errorf("%s %v: exit %d: %s", tt.base, tt.args, code, out)
		}
	}
	if n := len(sim.Deletes()); n != 0 {
		t.Errorf("%d DELETEs", n)
	}
}
