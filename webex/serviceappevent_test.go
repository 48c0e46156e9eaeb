package webex_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

const (
	customer = "96abc2aa-3dcc-11e5-a152-fe34819cdc9a"
	ours     = "1eb65fdf-9643-417f-9974-ad72cae0e10f"
)

func encoded(t *testing.T, uuid string) webex.OrgID {
	t.Helper()
	id, err := webex.ParseOrgID(uuid)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestWhichOrganizationAWebhookMeans(t *testing.T) {
	bare := base64.StdEncoding.EncodeToString([]byte(ours))
	envelope := `"resource":"serviceApp","event":"authorized","orgId":"` + bare + `"`
	tests := []struct {
		name, payload, from, says string
	}{
		{"authorizerOrgId goes before all", `{` + envelope + `,"data":{"authorizerOrgId":"` + customer + `","orgId":"` + ours + `"}}`, "data.authorizerOrgId", ""},
		{"in its encoded form", `{` + envelope + `,"data":{"authorizerOrgId":"` + string(encoded(t, customer)) + `"}}`, "data.authorizerOrgId", ""},
		{"as base64 of the bare UUID", `{` + envelope + `,"data":{"authorizerOrgId":"` + base64.StdEncoding.EncodeToString([]byte(customer)) + `"}}`, "data.authorizerOrgId", ""},
		{"then data.orgId", `{` + envelope + `,"data":{"orgId":"` + customer + `"}}`, "data.orgId", ""},
		{"then the envelope's, if it is not ours", `{"resource":"serviceApp","event":"authorized","orgId":"` + customer + `","data":{}}`, "orgId", ""},
		{"the playbook's shape", `{"id":"x","name":"authorized","data":{"applicationId":"a","orgId":"` + customer + `"}}`, "data.orgId", ""},
		{"only the developer's own", `{` + envelope + `,"data":{}}`, "", "only your own organization"},
		{"no organization", `{"resource":"serviceApp","event":"authorized","data":{}}`, "", "names no organization"},
		{"an id that is none does not fall through", `{` + envelope + `,"data":{"authorizerOrgId":"acme","orgId":"` + customer + `"}}`, "", "data.authorizerOrgId"},
		{"a person's id", `{` + envelope + `,"data":{"authorizerOrgId":"Y2lzY29zcGFyazovL3VzL1BFT1BMRS94"}}`, "", "person"},
		{"another event", `{"resource":"messages","event":"created","orgId":"` + customer + `","data":{}}`, "", "messages created"},
		{"another event of Service Apps", `{"resource":"serviceApp","event":"updated","data":{"orgId":"` + customer + `"}}`, "", "serviceApp updated"},
		{"truncated", `{` + envelope + `,"data":{"authorizerOr`, "", "truncated after"},
		{"empty", ` `, "", "it is empty"},
		{"no JSON", `authorized`, "", "not a Webex payload"},
		{"a list", `[]`, "", "wrong JSON type"},
		{"two organizations of one name", `{` + envelope + `,"data":{"orgId":"` + customer + `","orgId":"` + ours + `"}}`, "", "duplicate name"},
		{"somebody else's JSON", `{"hello":"world"}`, "", "neither a resource nor an event"},
		{"escape sequences", `{"resource":"\u001b[2Jx","event":"authorized"}`, "", "it is about"},
		{"a flood", `{"x":"` + strings.Repeat("x", 2<<20) + `"}`, "", "larger than"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, err := webex.ParseServiceAppEvent([]byte(tt.payload), encoded(t, ours))
			if tt.says != "" {
				if !errors.Is(err, webex.ErrWebhook) || !errors.Is(err, webex.ErrInvalidInput) || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "\x1b") || len(err.Error()) > 400 {
					t.Errorf("got %v, want %q", err, tt.says)
				}
				return
			}
			if err != nil || e.Org != encoded(t, customer) || e.OrgFrom != tt.from || e.Event != webex.EventAuthorized {
				t.Errorf("got %+v, %v", e, err)
			}
		})
	}
	// If our own organization is unknown, use the envelope's.
	e, err := webex.ParseServiceAppEvent([]byte(`{`+envelope+`,"data":{}}`), "")
	if err != nil || e.Org != encoded(t, ours) || e.OrgFrom != "orgId" {
		t.Errorf("%+v, %v", e, err)
	}
}

func TestAWebhookOfAnotherServiceApp(t *testing.T) {
	payload := func(id string) []byte {
		return fmt.Appendf(nil, `{"resource":"serviceApp","event":"deauthorized","data":{"id":%q,"orgId":%q}}`, id, customer)
	}
	for id, want := range map[string]bool{
		webex.ApplicationID("Cmine"): true, webex.ApplicationID("CMINE"): true, webex.ApplicationID("Cother"): false, "opaque": true, "": true,
		"C" + strings.Repeat("0a", 32): false, base64.RawURLEncoding.EncodeToString([]byte("ciscospark://us/application/Cother")): false,
	} {
		e, err := webex.ParseServiceAppEvent(payload(id), "")
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Check("Cmine"); (err == nil) != want || err != nil && !errors.Is(err, webex.ErrWebhook) {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestFetchingFromAWebhook(t *testing.T) {
	b := newBridge(t, webextest.Switches{})
	app := b.service()
	org, tokens, err := app.FetchFromWebhook(t.Context(), b.sim.WebhookPayload(b.app, webex.EventAuthorized, string(b.org)))
	if err != nil || org != b.org || tokens.Access.IsZero() {
		t.Errorf("%s, %v", org, err)
	}
	if _, _, err := app.FetchFromWebhook(t.Context(), b.sim.WebhookPayload(b.app, webex.EventDeauthorized, string(b.org))); !errors.Is(err, webex.ErrWebhook) {
		t.Error(err)
	}
	other := b.sim.AddServiceApp(webextest.ServiceApp{App: webextest.App{Name: "Other"}})
	if _, _, err := app.FetchFromWebhook(t.Context(), b.sim.WebhookPayload(other, webex.EventAuthorized, string(b.org))); !errors.Is(err, webex.ErrWebhook) {
		t.Error(err)
	}
	// Our own organization is only in the envelope; the login knows its id.
	own := strings.Replace(string(b.sim.WebhookPayload(b.app, webex.EventAuthorized, string(b.org))), "authorizerOrgId", "x", 1)
	if _, _, err := app.FetchFromWebhook(t.Context(), []byte(own)); !errors.Is(err, webex.ErrWebhook) || !strings.Contains(err.Error(), "your own organization") {
		t.Error(err)
	}
	if n := requestsOf(b.sim, "/applications/"); n != 1 {
		t.Errorf("%d fetches", n)
	}
	// Some receivers get only the organization's id.
	for _, id := range []string{string(b.org), `"` + string(b.org) + `"` + "\n", b.org.UUID(), "ciscospark://us/ORGANIZATION/" + b.org.UUID()} {
		if org, tokens, err := app.FetchFromWebhook(t.Context(), []byte(id)); err != nil || org != b.org || tokens.Access.IsZero() {
			t.Errorf("%q: %s, %v", id, org, err)
		}
	}
	for _, bad := range []string{"", "acme", string(b.org)[:20]} {
		if _, _, err := app.FetchFromWebhook(t.Context(), []byte(bad)); !errors.Is(err, webex.ErrWebhook) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func FuzzServiceAppEvent(f *testing.F) {
	f.Add([]byte(`{"resource":"serviceApp","event":"authorized","orgId":"` + customer + `","data":{"authorizerOrgId":"` + ours + `"}}`))
	f.Add([]byte(`{"name":"deauthorized","data":{"orgId":"OTZhYmMyYWEtM2RjYy0xMWU1LWExNTItZmUzNDgxOWNkYzlh"}}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		e, err := webex.ParseServiceAppEvent(payload, "")
		if err != nil {
			if !errors.Is(err, webex.ErrWebhook) {
				t.Errorf("%v", err)
			}
			return
		}
		if again, err := webex.ParseOrgID(string(e.Org)); err != nil || again != e.Org {
			t.Errorf("%s is no organization: %v", e.Org, err)
		}
	})
}
