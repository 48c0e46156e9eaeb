package webex_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wxauth/wxauth/webex"
)

const opaque = "ZDI3MGEyYzQtNmFlNS00NDNhLWFlNzAtZGVjNjE0MGU1OGZmZWNmZDEwN2ItYTU3_PF84_1eb65fdf-9643-417f-9974-ad72cae0e10f"

// utf16File returns text as older Windows shells write it.
func utf16File(text string) string {
	out := "\xff\xfe"
	for _, c := range []byte(text) {
		out += string([]byte{c, 0})
	}
	return out
}

func TestTokensAreReadAsTheyAreCopied(t *testing.T) {
	for _, text := range []string{
		opaque, "  " + opaque + "\r\n", "Bearer " + opaque, "bearer  " + opaque, "Authorization: Bearer " + opaque, "authorization:bearer " + opaque,
		"\"" + opaque + "\"", "'" + opaque + "'", "`" + opaque + "`", "export WEBEX_ACCESS_TOKEN=" + opaque, "WEBEX_ACCESS_TOKEN='" + opaque + "'",
		"set WEBEX_ACCESS_TOKEN=" + opaque, opaque[:60] + "\n" + opaque[60:], `{"access_token":"` + opaque + `","expires_in":3}`, "<" + opaque + ">", opaque + ",", "\ufeff" + opaque + "\r\n", utf16File(opaque + "\r\n"),
	} {
		if got, err := webex.ParseToken(text); err != nil || got.Reveal() != opaque {
			t.Errorf("%q: %v", text, err)
		}
	}
	for text, says := range map[string]string{
		"": "token is empty", "   ": "token is empty", "$WEBEX_ACCESS_TOKEN": "not expanded", "abc": "3 characters",
		strings.Repeat("a1", 32):                                                          "client secret",
		"C" + strings.Repeat("a1", 32):                                                    "client id",
		"https://webexapis.com/v1/authorize?x=1":                                          "address",
		"127.0.0.1:8765/callback?code=abcdefghijklmnop&state=abcdefghijklmnop":            "address",
		"code=abcdefghijklmnopqrstuvwxyz&state=abcdefghijklmnop":                          "address",
		"?code=abcdefghijklmnopqrstuvwxyz":                                                "address",
		"1eb65fdf-9643-417f-9974-ad72cae0e10f":                                            "like an id",
		"Y2lzY29zcGFyazovL3VzL1BFT1BMRS9lYjIyYjNiZC03NGNiLTRjMjktYjA3Zi1lYWQwMmU1NjgyZDI": "id of a person",
		"hello world this is a longer line of text":                                       "contains spaces",
		"pässword-with-umlauts-in-it":                                                     "invalid characters",
		strings.Repeat("x", 20<<10):                                                       "20480 characters",
	} {
		got, err := webex.ParseToken(text)
		if !errors.Is(err, webex.ErrInvalidInput) || !strings.Contains(err.Error(), says) || !got.IsZero() {
			t.Errorf("%.60q: %v", text, err)
		}
		if len(text) > 30 && strings.Contains(err.Error(), text) {
			t.Errorf("%.60q is repeated in the error", text)
		}
	}
}

func TestWhatATokenSaysOfItself(t *testing.T) {
	org, _ := webex.ParseOrgID("1eb65fdf-9643-417f-9974-ad72cae0e10f")
	jwt := func(payload string) string {
		return "eyJhbGciOiJSUzI1NiJ9." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".c2ln"
	}
	for text, want := range map[string]webex.TokenFacts{
		opaque: {OrgID: org, Cluster: "PF84"},
		"abc_FC82_1eb65fdf-9643-417f-9974-ad72cae0e10f": {OrgID: org, Cluster: "FC82"},
		"x_1eb65fdf-9643-417f-9974-ad72cae0e10f":        {OrgID: org},
		"older-token":                                   {}, "": {}, "a_b_c": {}, "a.b.c": {}, "..": {}, "a.!!.c": {},
		jwt(`{"cluster":"PF84","realm":"1eb65fdf-9643-417f-9974-ad72cae0e10f","cis_uuid":"u","client_id":"C1","user_type":"user","expiry_time":1768630439322}`): {
			SelfContained: true, OrgID: org, Cluster: "PF84", PersonUUID: "u", ClientID: "C1", UserType: "user", Expires: time.UnixMilli(1768630439322).UTC(),
		},
		jwt(`{"expiry_time":"1768630439322","iat":1768630000}`):     {SelfContained: true, Expires: time.UnixMilli(1768630439322).UTC(), Issued: time.Unix(1768630000, 0).UTC()},
		jwt(`{"expiry_time":1.768630439322e12,"iat":1768630000.5}`): {SelfContained: true, Expires: time.UnixMilli(1768630439322).UTC(), Issued: time.Unix(1768630000, 0).UTC()},
		jwt(`{"exp":1768630439}`):                                   {SelfContained: true, Expires: time.Unix(1768630439, 0).UTC()},
		jwt(`{"expiry_time":1e400,"realm":"x"}`):                    {SelfContained: true},
		jwt(`{"exp":1768630439322}`):                                {SelfContained: true}, // not seconds
		jwt(`{"expiry_time":-5}`):                                   {SelfContained: true},
		jwt(`{}`):                                                   {SelfContained: true},
		jwt(`nonsense`):                                             {},
	} {
		if diff := cmp.Diff(want, webex.InspectToken(webex.NewSecret(text))); diff != "" {
			t.Errorf("%s:\n%s", text, diff)
		}
	}
}

func TestRedirectsAreReadAsTheyAreCopied(t *testing.T) {
	state := webex.NewState()
	good := "http://127.0.0.1:8765/callback?code=the-code&state=" + state
	for _, text := range []string{
		good, " " + good + "\n", "<" + good + ">", "\"" + good + "\"", good[:40] + "\n   " + good[40:], good + "#", "code=the-code&state=" + state,
		"?code=the-code&state=" + state, "https://other.example/x?state=" + state + "&code=the-code",
	} {
		if code, err := webex.CodeFromRedirect(text, state, ""); err != nil || code != "the-code" {
			t.Errorf("%q: %q, %v", text, code, err)
		}
	}
	for text, says := range map[string]string{
		"": "code=", "the-code": "code=", "http://127.0.0.1:8765/callback?code=x": "state", "http://x/?code=x&state=" + webex.NewState(): "state of another login",
		"https://webexapis.com/v1/authorize?response_type=code&state=" + state: "address to open",
		good + "&code=two":         "duplicate parameter",
		good + "&error=denied":     "both",
		"http://x/?state=" + state: "neither",
	} {
		_, err := webex.CodeFromRedirect(text, state, "")
		if !errors.Is(err, webex.ErrInvalidInput) || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), state) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := webex.CodeFromRedirect("http://x/?error=access_denied&state="+state, state, ""); !errors.Is(err, webex.ErrLoginDenied) {
		t.Error(err)
	}
}

func TestScopesAreReadAsTheyAreCarriedAround(t *testing.T) {
	want := []string{"spark:people_read", "identity:tokens_read"}
	for _, text := range []string{
		"spark:people_read identity:tokens_read", "spark:people_read,identity:tokens_read", "spark%3Apeople_read%20identity%3Atokens_read",
		"spark:people_read\n  identity:tokens_read spark:people_read", "https://webexapis.com/v1/authorize?client_id=C1&scope=spark%3Apeople_read%20identity%3Atokens_read&state=x",
		"client_id=C1&scope=spark%3Apeople_read+identity%3Atokens_read",
	} {
		if got, err := webex.ParseScopes(text); err != nil || !cmp.Equal(got, want) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for preset, scopes := range webex.ScopePresets() {
		if got, err := webex.ParseScopes(preset); err != nil || !cmp.Equal(got, scopes) {
			t.Errorf("%s: %v, %v", preset, got, err)
		}
	}
	if got := webex.ScopePresets()["read-only"]; fmt.Sprint(got) != "[identity:tokens_read spark:people_read spark-admin:people_read spark-admin:organizations_read]" {
		t.Error(got)
	}
	for _, bad := range []string{"", " ", "tokens_read", "spark:", ":x", "a:b:c", "spark:people_read; rm -rf /", "spark:\x1b[2J"} {
		if got, err := webex.ParseScopes(bad); !errors.Is(err, webex.ErrInvalidInput) {
			t.Errorf("%q: %v", bad, got)
		}
	}
}

func TestCredentialsFromTheEnvironment(t *testing.T) {
	env := map[string]string{}
	_, _, err := webex.CredentialsFromEnv(func(k string) string { return env[k] })
	for _, name := range []string{webex.EnvClientID, webex.EnvClientSecret, webex.EnvSAClientID, webex.EnvSASecret} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named in %v", name, err)
		}
		env[name] = "value"
	}
	c, s, err := webex.CredentialsFromEnv(func(k string) string { return env[k] })
	if err != nil || c.ClientID != "value" || c.RedirectURI != webex.DefaultRedirectURI || s.ClientSecret.Reveal() != "value" {
		t.Errorf("%+v %+v %v", c, s, err)
	}
}
