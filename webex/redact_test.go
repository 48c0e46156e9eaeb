package webex_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
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

// S-25: no error repeats the token, or a long part of it, wherever a server puts it:
// a field name that cannot be decoded, an invalid header, or a link to the next
// page.
func TestNoErrorRepeatsALongPartOfTheToken(t *testing.T) {
	const org = "1eb65fdf-9643-417f-9974-ad72cae0e10f"
	const token = "NzcwZTVkZmItMTk0Yi00ZmQ1LTg5YjUtYmQ5ZjM5NGRkYjQ5MjM4YmYxNzQtZDk3_PF84_" + org
	head := "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	places := map[string]func(echo string) string{
		"a name that stands twice": func(e string) string {
			return head + "Connection: close\r\n\r\n" + `{"items":[{"` + e + `":1,"` + e + `":2}]}`
		},
		"a name above what is wrong": func(e string) string {
			return head + "Connection: close\r\n\r\n" + `{"items":[{"id":{"` + e + `":1}}]}`
		},
		"an escaped name": func(e string) string {
			return head + "Connection: close\r\n\r\n" + `{"items":[{"` + e + `":1,"\u00` + fmt.Sprintf("%x", e[0]) + e[1:] + `":2}]}`
		},
		"a message": func(e string) string {
			return "HTTP/1.1 400 No\r\nConnection: close\r\n\r\n" + `{"message":"no: ` + e + `."}`
		},
		"no JSON": func(e string) string { return "HTTP/1.1 400 No\r\nConnection: close\r\n\r\n" + "no: " + e },
		"a tracking id": func(e string) string {
			return "HTTP/1.1 400 No\r\nConnection: close\r\nTrackingid: " + e + "\r\n\r\n{}"
		},
		"a status line": func(e string) string { return e + "\r\n\r\n" },
		"a status":      func(e string) string { return "HTTP/1.1 " + e + " OK\r\n\r\n" },
		"a header":      func(e string) string { return head + e + "\r\n\r\n" },
		"a length":      func(e string) string { return head + "Content-Length: " + e + "\r\n\r\n{}" },
		"an encoding":   func(e string) string { return head + "Transfer-Encoding: " + e + "\r\n\r\n{}" },
		"a redirect":    func(e string) string { return "HTTP/1.1 302 Found\r\nLocation: http://[" + e + "\r\n\r\n" },
		"the next page": func(e string) string {
			return head + "Connection: close\r\nLink: <http://" + e + ".example/v1>; rel=\"next\"\r\n\r\n" + `{"items":[]}`
		},
		"its own server": func(e string) string { return head + "Connection: close\r\n\r\n" + `{"items":[]}` + e },
	}
	for place, wire := range places {
		for how, echo := range map[string]string{
			"all of it": token, "less the last": token[:len(token)-1], "less the first": token[1:], "less one in the middle": token[:30] + token[31:],
			"its beginning": token[:20], "in a header": "Bearer " + token, "base64": base64.StdEncoding.EncodeToString([]byte(token))[:60],
		} {
			said := ""
			synctest.Test(t, func(t *testing.T) {
				sim := webextest.New()
				sim.AddFault(webextest.Fault{Kind: webextest.Raw, Wire: func(c net.Conn) { _, _ = io.WriteString(c, wire(echo)) }})
				w := sim.Wire()
				var log bytes.Buffer
				c := webex.New(webex.StaticToken(webex.NewSecret(token)), webex.WithBaseURL("http://127.0.0.1:80/v1"), webex.WithDialContext(w.DialContext),
					webex.WithLogger(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
				var err error
				for _, err = range c.People(t.Context(), webex.PeopleQuery{Email: "jane@acme.example"}) {
				}
				said = fmt.Sprint(err) + log.String()
				w.Close()
				time.Sleep(2 * time.Hour) // idle connections
			})
			if strings.HasPrefix(said, "<nil>") && place != "a name above what is wrong" { // only that field is unreadable
				t.Errorf("%s: no error", place)
			}
			for n := 0; n+16 <= len(echo); n++ {
				if part := echo[n : n+16]; strings.Contains(said, part) && !strings.Contains("_PF84_"+org, part) {
					t.Errorf("%s, %s: %q is repeated: %s", place, how, part, said)
					break
				}
			}
		}
	}
	// Text that is not secret is kept: an organization's id, and short words.
	app := webex.New(webex.StaticToken(webex.NewSecret(token)), webex.WithTransport(answer{http.StatusBadRequest, `{"message":"no organization ` + org + ` here, NzcwZTVkZmIt"}`}), webex.WithBaseURL("http://127.0.0.1/v1"))
	if _, err := app.Organization(t.Context(), webex.OrgID(org)); err == nil || !strings.Contains(err.Error(), "no organization "+org+" here, NzcwZTVkZmIt") {
		t.Error(err)
	}
}

// answer is a server that always returns the same response.
type answer struct {
	status int
	body   string
}

func (a answer) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: a.status, Header: http.Header{"Content-Type": {"application/json"}, "Trackingid": {"ROUTER_1"}},
		Body: io.NopCloser(strings.NewReader(a.body)), Request: r,
	}, nil
}
