package webex_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/wxauth/wxauth/webex"
)

// proxyVariable makes the test program a client behind a proxy: net/http reads the
// environment once, before any test could set it.
const proxyVariable = "WXAUTH_PROXIED"

// S-63: a proxy of the environment is used, and its password stands in no error.
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
