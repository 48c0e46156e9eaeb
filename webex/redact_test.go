package webex_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/wxauth/wxauth/store"
	"github.com/wxauth/wxauth/webex"
)

func TestNoFormOfASecretIsRepeated(t *testing.T) {
	const secret = `s3cret+of/mine="<&>\`
	inJSON, err := json.Marshal(secret)
	if err != nil {
		t.Fatal(err)
	}
	for name, form := range map[string]string{
		"plain":  secret,
		"query":  url.QueryEscape(secret),
		"path":   url.PathEscape(secret),
		"JSON":   strings.Trim(string(inJSON), `"`),
		"base64": base64.StdEncoding.EncodeToString([]byte(secret)),
	} {
		body, err := json.Marshal(map[string]string{"error": "invalid_grant", "error_description": "no such: " + form + "."})
		if err != nil {
			t.Fatal(err)
		}
		app := webex.NewIntegration(webex.Credentials{ClientID: "C1", ClientSecret: webex.NewSecret(secret)}, store.NewMemory(),
			webex.WithTransport(answer{http.StatusBadRequest, string(body)}), webex.WithBaseURL("http://127.0.0.1/v1"))
		_, err = app.Exchange(t.Context(), "code", webex.NewSecret("verifier"))
		if err == nil || !strings.Contains(err.Error(), "no such") || strings.Contains(err.Error(), form) {
			t.Errorf("%s: %v holds %s", name, err, form)
		}
	}
}

// answer is a server that always says the same.
type answer struct {
	status int
	body   string
}

func (a answer) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: a.status, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(a.body)), Request: r,
	}, nil
}
