package webex_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// recorded is a transport that records the posted forms.
type recorded struct {
	http.RoundTripper
	forms []url.Values
}

func (r *recorded) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method == http.MethodPost {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, err
		}
		r.forms = append(r.forms, form)
		req = req.Clone(req.Context())
		req.Body = io.NopCloser(strings.NewReader(string(body)))
	}
	return r.RoundTripper.RoundTrip(req)
}

// Without a verifier there is no PKCE: the challenge of an empty string would look
// valid but protect nothing.
func TestWithoutAVerifierThereIsNoPKCE(t *testing.T) {
	w := newWorld(t, webextest.Switches{})
	sent := &recorded{RoundTripper: w.sim.Transport()}
	i := w.integration(webex.WithTransport(sent))
	for _, verifier := range []webex.Secret{{}, webex.NewVerifier()} {
		address, err := i.AuthorizationURL(webex.AuthorizationRequest{Verifier: verifier})
		if err != nil {
			t.Fatal(err)
		}
		state := webex.StateOf(address)
		if len(state) < 22 {
			t.Fatalf("the URL that was made without a state holds %q", state)
		}
		if with := strings.Contains(address, "code_challenge"); with == verifier.IsZero() {
			t.Errorf("verifier %t: %s", !verifier.IsZero(), address)
		}
		code, err := webex.CodeFromRedirect(w.consent(address, "accept"), state, "")
		if err != nil {
			t.Fatal(err)
		}
		sent.forms = nil
		if _, err := i.Exchange(t.Context(), code, verifier); err != nil {
			t.Fatal(err)
		}
		if len(sent.forms) != 1 || sent.forms[0].Has("code_verifier") == verifier.IsZero() {
			t.Errorf("verifier %t: %v", !verifier.IsZero(), sent.forms)
		}
	}
}

func TestAStateThatIsLeftOutIsMade(t *testing.T) {
	i := newWorld(t, webextest.Switches{}).integration()
	seen := map[string]bool{}
	for range 3 {
		address, err := i.AuthorizationURL(webex.AuthorizationRequest{})
		state := webex.StateOf(address)
		if err != nil || len(state) < 22 || seen[state] {
			t.Fatalf("%q, %v", state, err)
		}
		seen[state] = true
	}
	if _, err := i.AuthorizationURL(webex.AuthorizationRequest{State: strings.Repeat("s", 21)}); err == nil || !strings.Contains(err.Error(), "22") {
		t.Errorf("a guessable state: %v", err)
	}
	if got := webex.StateOf("https://x.example/ \x7f"); got != "" {
		t.Error(got)
	}
}
