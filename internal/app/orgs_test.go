package app_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// holding returns organizations with stored tokens, given their UUIDs.
func holding(t *testing.T, vault app.Vault, uuids ...string) *app.Orgs {
	t.Helper()
	sim := webextest.New()
	bridge := sim.AddServiceApp(webextest.ServiceApp{App: webextest.App{Name: "Bridge"}})
	for i, uuid := range uuids {
		tok := webex.Tokens{
			Access: webex.NewSecret(fmt.Sprint("access ", i)), Refresh: webex.NewSecret("refresh"), Issued: time.Now(), AccessLife: time.Hour,
			RefreshIssued: time.Now(), RefreshLife: 90 * 24 * time.Hour,
		}
		if err := vault.SetOrgTokens(t.Context(), webex.ClientID(bridge.ClientID), webex.OrgID(uuid), tok); err != nil {
			t.Fatal(err)
		}
	}
	return app.NewOrgs(vault, app.OrgsOptions{
		Profile: "prod", Manager: webex.StaticToken(webex.NewSecret(sim.AdminToken())),
		Client:      []webex.Option{webex.WithTransport(sim.Transport()), webex.WithBaseURL("http://127.0.0.1/v1")},
		Credentials: webex.ServiceAppCredentials{ClientID: webex.ClientID(bridge.ClientID), ClientSecret: webex.NewSecret(bridge.Secret)},
	})
}

const (
	first  = "96abc2aa-3dcc-11e5-a152-fe34819cdc9a"
	second = "96abc2aa-3dcd-11e5-a152-fe34819cdc9a"
	third  = "0c9e41b7-2d65-4c1e-8f0a-7713be52c9d4"
)

func TestNamingAnOrganization(t *testing.T) {
	o := holding(t, store.NewMemory(), first, second, third)
	id, _ := webex.ParseOrgID(third)
	if err := o.SetAlias(t.Context(), id, "helvetia"); err != nil {
		t.Fatal(err)
	}
	other := "11111111-2222-4333-8444-555555555555"
	for text, want := range map[string]string{
		third: third, strings.ToUpper(third): third, string(id): third, " " + third + "\n": third,
		"0c9e41b7": third, "0C9E41B7-2d": third, "96abc2aa-3dcc": first, "HelVetia": third, other: other,
	} {
		got, err := o.Find(t.Context(), text)
		d, _ := webex.DecodeID(got)
		if err != nil || string(d.UUID) != want {
			t.Errorf("%q: %s, %v", text, d.UUID, err)
		}
	}
	for text, want := range map[string]error{
		"96abc2aa": app.ErrOrgAmbiguous, "96abc2aa-3dc": app.ErrOrgAmbiguous, "ffffffff": webex.ErrOrgNotRegistered,
		"0c9e41b": webex.ErrInvalidInput, "": webex.ErrInvalidInput, "acme": webex.ErrOrgNotRegistered, "\x1b[2J": webex.ErrInvalidInput, "a b": webex.ErrInvalidInput,
	} {
		got, err := o.Find(t.Context(), text)
		if !errors.Is(err, want) || got != "" || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%q: %q, %v, want %v", text, got, err, want)
		}
	}
}

// An error does not repeat a token that was given as an organization, since it may
// be logged.
func TestATokenIsNoOrganization(t *testing.T) {
	o := holding(t, store.NewMemory(), first)
	token := "ZDI3MGEyYzQtNmFlNS00NDNhLWFlNzAtZGVjNjE0MGU1OGZmZWNmZDEwN2ItYTU3_PF84_" + first
	if _, err := o.Find(t.Context(), token); !errors.Is(err, webex.ErrInvalidInput) || strings.Contains(err.Error(), token[:12]) {
		t.Errorf("got %v", err)
	}
	if _, err := webex.IdentifyID(token); !errors.Is(err, webex.ErrInvalidInput) || strings.Contains(err.Error(), token[:12]) {
		t.Errorf("got %v", err)
	}
}

// An error does not repeat the configured client secret, even if it looks like a
// name.
func TestTheServiceAppsSecretIsNotRepeated(t *testing.T) {
	const secret = "a-secret-of-words"
	o := app.NewOrgs(store.NewMemory(), app.OrgsOptions{Credentials: webex.ServiceAppCredentials{ClientID: "C1", ClientSecret: webex.NewSecret(secret)}})
	if _, err := o.Find(t.Context(), secret); err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("%v", err)
	}
	id, _ := webex.ParseOrgID(first)
	if err := o.SetAlias(t.Context(), id, secret); !errors.Is(err, webex.ErrInvalidInput) || strings.Contains(err.Error(), secret) {
		t.Errorf("%v", err)
	}
}

func TestAliases(t *testing.T) {
	o := holding(t, store.NewMemory(), first, third)
	a, _ := webex.ParseOrgID(first)
	b, _ := webex.ParseOrgID(third)
	for _, name := range []string{"nordwind", "nord-wind_2.0", "株式会社さくら商事", "Ärger", "dead", "abb", "acme0c9e"} {
		if err := o.SetAlias(t.Context(), a, name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if id, err := o.Find(t.Context(), name); err != nil || id != a {
			t.Errorf("%s finds %s, %v", name, id, err)
		}
	}
	for _, name := range []string{"a b", "-x", "0c9e41b7", "deadbeef-", first, string(a), "a\nb", "a\u202eb", "\x1b[2J", strings.Repeat("x", 65), "a/b", "a\u200bb", "cafe\u0301", "a\u3164b"} {
		if err := o.SetAlias(t.Context(), a, name); !errors.Is(err, webex.ErrInvalidInput) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if err := o.SetAlias(t.Context(), b, "ACME0C9E"); !errors.Is(err, webex.ErrInvalidInput) {
		t.Errorf("the alias of another: %v", err)
	}
	held, err := o.Held(t.Context(), a)
	if err != nil || held.Alias != "acme0c9e" || held.Name() != "acme0c9e" || held.JSON(time.Now()).OrgName != "acme0c9e" {
		t.Errorf("%+v, %v", held, err)
	}
	// The alias is removed with the tokens and can be used again.
	if _, err := o.Remove(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if err := o.SetAlias(t.Context(), b, "acme0c9e"); err != nil {
		t.Error(err)
	}
	if err := o.SetAlias(t.Context(), b, ""); err != nil {
		t.Error(err)
	}
	if _, err := o.Find(t.Context(), "acme0c9e"); err == nil {
		t.Error("the alias is still there")
	}
}

// Two programs that set aliases concurrently lose none.
func TestAliasesAtTheSameTime(t *testing.T) {
	dir := t.TempDir() + "/wxauth"
	vault, err := store.Open(dir+"/store.db", store.Keyfile(dir+"/key"))
	if err != nil {
		t.Fatal(err)
	}
	if err := vault.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	o := holding(t, vault)
	var wg sync.WaitGroup
	const n = 12
	for i := range n {
		wg.Add(1)
		go func() {
			defer wg.Done()
			id, _ := webex.ParseOrgID(fmt.Sprintf("%08x-0000-4000-8000-000000000000", i))
			if err := o.SetAlias(t.Context(), id, fmt.Sprint("org-", i)); err != nil {
				t.Error(err)
			}
		}()
	}
	wg.Wait()
	for i := range n {
		if _, err := o.Find(t.Context(), fmt.Sprint("org-", i)); err != nil {
			t.Error(err)
		}
	}
}

func TestStatesOfOrganizations(t *testing.T) {
	now := time.Now()
	const day = 24 * time.Hour
	o := func(age, refreshAge time.Duration, change func(*app.Org)) app.Org {
		x := app.Org{Login: app.Login{Client: "C1", Renews: true, Tokens: webex.Tokens{
			Access: webex.NewSecret("a"), Refresh: webex.NewSecret("r"), Issued: now.Add(-age), RefreshIssued: now.Add(-refreshAge), AccessLife: 14 * day, RefreshLife: 90 * day,
		}}}
		if change != nil {
			change(&x)
		}
		return x
	}
	rejected := func(x *app.Org) { x.Tokens.Rejected = now }
	for name, tt := range map[string]struct {
		org  app.Org
		want string
	}{
		"fresh":                                        {o(0, 0, nil), app.OrgOK},
		"access token expired":                         {o(15*day, 15*day, nil), app.OrgRenews},
		"refresh token expires within 14 days":         {o(day, 77*day, nil), app.OrgEndsSoon},
		"both expire soon":                             {o(80*day, 80*day, nil), app.OrgEndsSoon},
		"refresh token expired":                        {o(91*day, 91*day, nil), app.OrgFetch},
		"refresh token rejected":                       {o(day, day, rejected), app.OrgNoRenew},
		"refresh token rejected, access token expired": {o(15*day, 15*day, rejected), app.OrgFetch},
		"no refresh token":                             {o(day, day, func(x *app.Org) { x.Tokens.Refresh = webex.Secret{} }), app.OrgNoRenew},
		"no credentials":                               {o(day, day, func(x *app.Org) { x.Renews = false }), app.OrgNoRenew},
		"no credentials, access token expired":         {o(15*day, 15*day, func(x *app.Org) { x.Renews = false }), app.OrgFetch},
		"refresh token of unknown lifetime":            {o(15*day, 15*day, func(x *app.Org) { x.Tokens.RefreshLife = 0 }), app.OrgRenews},
	} {
		if got := tt.org.State(now); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
		if hint := tt.org.StateHint(now, "f", "f"); (hint == "") != (tt.want == app.OrgOK) {
			t.Errorf("%s: hint %q", name, hint)
		}
	}
}
