package webex_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/webex"
)

// S-63: TLS before 1.2 is rejected.
func TestOldTLSIsRefused(t *testing.T) {
	for version, ok := range map[uint16]bool{tls.VersionTLS11: false, tls.VersionTLS12: true} {
		srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"items":[]}`))
		}))
		srv.Config.ErrorLog = log.New(io.Discard, "", 0)
		srv.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: version} //nolint:gosec // must be rejected
		srv.StartTLS()
		roots := x509.NewCertPool()
		roots.AddCert(srv.Certificate())
		c := webex.New(webex.StaticToken(webex.NewSecret("t")), webex.WithBaseURL(srv.URL), webex.WithRootCAs(roots), webex.WithMaxWait(0))
		ctx, cancel := context.WithTimeout(t.Context(), trial.Patience)
		if _, err := c.Authorizations(ctx, webex.ByEmail("a@b.example")); (err == nil) != ok {
			t.Errorf("%#x: %v", version, err)
		}
		cancel()
		srv.Close()
	}
}

// proxyVariable makes the test binary run as a client behind a proxy. net/http reads
// the environment only once, before a test could set it.
const proxyVariable = "WXAUTH_PROXIED"

// S-63: the proxy from the environment is used, and no error contains its password.
func TestAProxysPasswordIsNotRepeated(t *testing.T) {
	if os.Getenv(proxyVariable) != "" {
		_, err := webex.New(webex.StaticToken(webex.NewSecret("t"))).Authorizations(t.Context(), webex.Me)
		t.Log(err)
		return
	}
	asked := make(chan string, 8)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Method + " " + r.Host
		w.WriteHeader(http.StatusProxyAuthRequired)
	}))
	defer proxy.Close()
	u, _ := url.Parse(proxy.URL)
	for name, address := range map[string]string{
		"a proxy that refuses": "http://ada:canary-password@" + u.Host, "a proxy that is not there": "http://ada:canary-password@127.0.0.1:1", "no address": "http://ada:canary-password@%zz/",
		"a scheme that nobody knows": "gopher://ada:canary-password@127.0.0.1:1",
	} {
		cmd := exec.Command(os.Args[0], "-test.run=AProxysPassword", "-test.v")
		cmd.Env = append(os.Environ(), proxyVariable+"=1", "HTTPS_PROXY="+address)
		out, err := cmd.CombinedOutput()
		if err != nil || strings.Contains(string(out), "canary") {
			t.Errorf("%s: %v: %s", name, err, out)
		}
	}
	select {
	case r := <-asked:
		if r != "CONNECT webexapis.com:443" {
			t.Error(r)
		}
	default:
		t.Error("the proxy was not asked")
	}
}
