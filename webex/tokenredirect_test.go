package webex_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/store/storetest"
	"github.com/wxauth/wxauth/webex"
)

// S-18, S-56: a code, refresh token, client secret or device code is never sent to
// the target of a redirect, even on the same server. The request is sent once, to
// the original address.
func TestNoRedirectCarriesASecret(t *testing.T) {
	var mu sync.Mutex
	var strayed, sent []string
	note := func(list *[]string, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		*list = append(*list, r.Method+" "+r.URL.Path+" "+r.Header.Get("Authorization")+" "+string(body))
	}
	foreign := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { note(&strayed, r) }))
	defer foreign.Close()
	status, target := 0, ""
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/elsewhere") {
			note(&strayed, r)
			return
		}
		note(&sent, r)
		http.Redirect(w, r, target, status)
	}))
	defer srv.Close()
	cred := webex.Credentials{ClientID: "C1", ClientSecret: webex.NewSecret("the-client-secret"), RedirectURI: "http://127.0.0.1:8765/callback"}
	tried := 0
	for _, status = range []int{301, 302, 303, 307, 308} {
		for _, target = range []string{foreign.URL + "/access_token", strings.Replace(foreign.URL, "127.0.0.1", "localhost", 1) + "/access_token", srv.URL + "/elsewhere"} {
			kept := store.NewMemory()
			i := webex.NewIntegration(cred, kept, webex.WithBaseURL(srv.URL))
			old := storetest.Sample(1)
			old.Issued, old.Server = time.Now().Add(-20*24*time.Hour), i.Client().Server()
			if err := kept.SetIntegrationTokens(t.Context(), "C1", old); err != nil {
				t.Fatal(err)
			}
			for name, call := range map[string]func() error{
				"exchange": func() error { _, err := i.Exchange(t.Context(), "the-code", webex.NewVerifier()); return err },
				"refresh":  func() error { _, err := i.Refresh(t.Context()); return err },
				"code":     func() error { _, err := i.DeviceAuth(t.Context(), nil); return err },
			} {
				tried++
				before := len(sent)
				if err := call(); err == nil || strings.Contains(err.Error(), "the-client-secret") {
					t.Errorf("%d, %s to %s: %v", status, name, target, err)
				}
				if n := len(sent) - before; n != 1 {
					t.Errorf("%d, %s to %s: sent %d times", status, name, target, n)
				}
			}
		}
	}
	if len(strayed) > 0 {
		t.Errorf("%q", strayed)
	}
	form, _ := url.ParseQuery(strings.SplitN(sent[0], " ", 4)[3])
	if len(form) == 0 {
		t.Errorf("the requests lack the secrets: %q", sent[0])
	}
	trial.Report(t, trial.Figure{Name: "redirects of a token request", Tried: tried, Survived: tried - len(strayed), Lost: len(strayed)})
}

// S-18: valid and invalid replies of the token endpoint.
func TestRepliesOfATokenEndpoint(t *testing.T) {
	for name, tt := range map[string]struct {
		body string
		want string // the access token; empty if rejected
	}{
		"Bearer in capitals":        {`{"access_token":"good-access-token","token_type":"BEARER","expires_in":60}`, "good-access-token"},
		"a name in other letters":   {`{"access_token":"good-access-token","ACCESS_TOKEN":"evil-access-token","expires_in":60}`, "good-access-token"},
		"other letters, turned":     {`{"ACCESS_TOKEN":"evil-access-token","access_token":"good-access-token","expires_in":60}`, "good-access-token"},
		"only in other letters":     {`{"Access_Token":"evil-access-token","expires_in":60}`, ""},
		"64 KiB":                    {`{"access_token":"good-access-token","expires_in":60,"x":"` + strings.Repeat("x", 64<<10-70) + `"}`, "good-access-token"},
		"more than 64 KiB":          {`{"access_token":"good-access-token","expires_in":60,"x":"` + strings.Repeat("x", 64<<10) + `"}`, ""},
		"a life of eleven years":    {`{"access_token":"good-access-token","expires_in":347000000}`, ""},
		"a life of none":            {`{"access_token":"good-access-token","expires_in":0}`, ""},
		"a life in words":           {`{"access_token":"good-access-token","expires_in":"soon"}`, ""},
		"another kind of token":     {`{"access_token":"good-access-token","token_type":"mac","expires_in":60}`, ""},
		"a token with a line break": {`{"access_token":"good\naccess-token","expires_in":60}`, ""},
	} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, tt.body)
		}))
		i := webex.NewIntegration(webex.Credentials{ClientID: "C1", ClientSecret: webex.NewSecret("s"), RedirectURI: "http://127.0.0.1:8765/callback"}, store.NewMemory(), webex.WithBaseURL(srv.URL))
		got, err := i.Exchange(t.Context(), "the-code", webex.NewVerifier())
		if got.Access.Reveal() != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%s: %q, %v", name, got.Access.Reveal(), err)
		}
		srv.Close()
	}
}
