package ui

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// withServiceApp gives the account the demo's Service App, and a login that may fetch tokens.
func (a *testAccount) withServiceApp() {
	client := []webex.Option{webex.WithTransport(a.sim.Transport()), webex.WithBaseURL("http://127.0.0.1/v1")}
	a.Account = app.NewAccount(a.vault, app.AccountOptions{
		Profile: "prod", ClientFrom: "the configuration", Scopes: append([]string{webex.ScopeApplicationsToken}, webex.DefaultScopes...), Client: client,
		Credentials: webex.Credentials{
			ClientID: webextest.DemoClientID, ClientSecret: webex.NewSecret(webextest.DemoClientSecret), RedirectURI: "https://wxauth.example/callback",
		},
	})
	a.orgs = app.NewOrgs(a.vault, app.OrgsOptions{
		Profile: "prod", ClientFrom: "the environment", Manager: a.Account, Client: client,
		Credentials: webex.ServiceAppCredentials{
			ClientID: webextest.DemoServiceAppID, ClientSecret: webex.NewSecret(webextest.DemoServiceAppSecret),
		},
	})
}

// withHeldOrgs logs in and stores tokens of the demo's organizations in every state.
func withHeldOrgs(d *driver) {
	d.t.Helper()
	logIn(d)
	a := d.m.opts.Account.(*testAccount)
	bridge := d.sim.ServiceApp(webextest.DemoServiceAppID)
	for _, c := range webextest.DemoCustomers {
		id, err := webex.ParseOrgID(c.UUID)
		if err != nil {
			d.t.Fatal(err)
		}
		if !c.Authorized { // it was authorized before
			d.sim.AuthorizeServiceApp(bridge, string(id))
		}
		o, err := a.orgs.Fetch(d.t.Context(), id)
		if err != nil {
			d.t.Fatal(err)
		}
		t := o.Tokens
		t.Issued, t.RefreshIssued = t.Issued.Add(-c.Fetched), t.RefreshIssued.Add(-c.Fetched)
		if !c.Authorized {
			d.sim.DeauthorizeServiceApp(bridge, string(id))
			t.Rejected = t.Issued.Add(15 * 24 * time.Hour)
		}
		if err := a.vault.SetOrgTokens(d.t.Context(), webextest.DemoServiceAppID, id, t); err != nil {
			d.t.Fatal(err)
		}
	}
	d.press("enter", "tab")
}

func (d *driver) onOrg(name string) {
	d.t.Helper()
	d.press("g")
	for range d.m.tokens.Rows {
		if o, ok := d.m.tokens.CurrentOrg(); ok && strings.Contains(o.Name(), name) {
			return
		}
		d.press("down")
	}
	d.t.Fatalf("no organization %s on:\n%s", name, d.screen())
}

func TestOrganizationsOnScreen(t *testing.T) {
	bubble(t, func(t *testing.T) {
		sim := webextest.Demo()
		d, a := withLogin(t, sim, 120, 40, func(a *testAccount, _ *Options) { a.withServiceApp() })
		withHeldOrgs(d)
		d.see("SERVICE APP", "from the environment", "5 orgs", "1 org ending soon", "1 org to fetch again")
		for name, words := range map[string][]string{
			"Nordwind":  {"13d 1h", "89d 1h", "ok"},
			"Kestrel":   {"expired", "73d 23h", "renews"},
			"Helvetia":  {"expired", "9d 2h", "ends soon"},
			"株式会社さくら商事": {"rejected", "fetch again"},
		} {
			l := d.lineWith(name)
			for _, w := range words {
				if !strings.Contains(l, w) {
					t.Errorf("%s: %q lacks %q", name, l, w)
				}
			}
		}
		// Organizations with a problem come first. The cursor skips the separator.
		d.press("down")
		if o, ok := d.m.tokens.CurrentOrg(); !ok || o.Tokens.Owner.OrgName != "株式会社さくら商事" {
			t.Errorf("%+v", o)
		}
		d.press("up", "down", "G", "g")
		if d.m.tokens.On != "login" {
			t.Errorf("%+v", d.m.tokens.On)
		}
		// Keys for the login do not affect an organization, and the other way round.
		before, _ := a.orgs.List(t.Context())
		d.onOrg("Helvetia")
		d.press("f")
		d.wait(time.Second)
		d.see("Refreshed Helvetia Foods", "13d 23h", "89d 23h")
		if o, ok := d.m.tokens.CurrentOrg(); !ok || o.Tokens.Owner.OrgName != "Helvetia Foods" {
			t.Errorf("the cursor left its row: %+v", o)
		}
		after, _ := a.orgs.List(t.Context())
		changed := 0
		for i := range before {
			if !before[i].Tokens.Access.Equal(after[i].Tokens.Access) {
				changed++
			}
		}
		if changed != 1 {
			t.Errorf("%d organizations were refreshed", changed)
		}
		d.press("t")
		d.wait(time.Second)
		d.see("Webex accepted the token", "BYOVA Bridge (service app)")
		o, _ := d.m.tokens.CurrentOrg()
		d.press("c")
		d.wait(dialog.Quiet)
		d.see("Copy the access token?", "Helvetia Foods")
		d.press("y")
		d.pump()
		if d.clip != o.Tokens.Access.Reveal() {
			t.Errorf("copied %q", d.clip)
		}
		d.dontSee(d.clip)
		d.clip = ""
		d.onOrg("Kestrel")
		d.press("c")
		d.see("has expired. Press f to get a new one")
		if d.clip != "" {
			t.Error("an expired token was copied")
		}
		// For an organization that has removed its authorization, the screen says who can
		// restore it.
		d.onOrg("株式会社")
		d.press("f")
		d.wait(2 * time.Second)
		d.see("has not authorized this Service App (403)", "Service Apps")
		d.press("esc")
		d.see("not allowed", "1 org not allowed")
		// Forgetting asks first.
		d.onOrg("Nordwind")
		d.press("d")
		d.wait(dialog.Quiet)
		d.see("Forget this organization's tokens?", "Nordwind Logistik")
		d.press("enter")
		if list, _ := a.orgs.List(t.Context()); len(list) != 5 {
			t.Errorf("%d organizations after answering no", len(list))
		}
		d.press("d")
		d.wait(dialog.Quiet)
		d.press("y")
		d.wait(time.Second)
		d.see("Deleted from this computer: Nordwind", "4 orgs")
		if _, err := a.Account.Login(t.Context()); err != nil {
			t.Errorf("the login was removed: %v", err)
		}
	})
}

func TestAddingAnOrganizationOnScreen(t *testing.T) {
	nordwind := webextest.DemoCustomers[0].UUID
	sakura := webextest.DemoCustomers[4].UUID
	bubble(t, func(t *testing.T) {
		sim := webextest.Demo()
		d, a := withLogin(t, sim, 120, 40, func(a *testAccount, _ *Options) { a.withServiceApp() })
		logIn(d)
		d.press("enter", "tab")
		d.see("none yet: press n to add an organization")
		d.press("n")
		d.see("Organization id, or a webhook payload")
		d.paste("acme corp")
		d.press("enter")
		d.wait(time.Second)
		d.see("Not an organization", "is not an organization id")
		d.press("esc", "esc", "n")
		d.paste(nordwind)
		d.press("enter")
		d.wait(time.Second)
		d.see("Refresh token of 96abc2aa, if you have one")
		d.press("enter")
		d.wait(time.Second)
		d.see("Got the tokens of Nordwind Logistik", "1 org ")
		if o, ok := d.m.tokens.CurrentOrg(); !ok || o.UUID() != nordwind {
			t.Errorf("the cursor is on %+v", o)
		}
		held, err := a.orgs.List(t.Context())
		if err != nil || len(held) != 1 {
			t.Fatalf("%+v, %v", held, err)
		}
		// An organization that has not authorized the app.
		d.press("n")
		d.paste(sakura)
		d.press("enter")
		d.wait(time.Second)
		d.press("enter")
		d.wait(2 * time.Second)
		d.see("Not done", "Full Admin")
		d.press("esc")
		if list, _ := a.orgs.List(t.Context()); len(list) != 1 {
			t.Errorf("%d organizations", len(list))
		}
		// Add one from a webhook's payload, and one with its own refresh token.
		if _, err := a.orgs.Remove(t.Context(), held[0].ID); err != nil {
			t.Fatal(err)
		}
		d.press("n")
		d.paste(string(sim.WebhookPayload(sim.ServiceApp(webextest.DemoServiceAppID), webex.EventAuthorized, string(held[0].ID))))
		d.press("enter")
		d.wait(time.Second)
		d.paste("what is this")
		d.press("enter")
		d.see("Nothing was saved")
		d.wait(dialog.Quiet)
		d.press("esc")
		d.paste(held[0].Tokens.Refresh.Reveal())
		d.dontSee(held[0].Tokens.Refresh.Reveal()[:12])
		d.press("enter")
		d.wait(time.Second)
		d.see("Got the tokens of Nordwind Logistik")
		// A payload of the opposite event adds nothing. It asks about the organization that it
		// names.
		d.press("g", "n")
		d.paste(string(sim.WebhookPayload(sim.ServiceApp(webextest.DemoServiceAppID), webex.EventDeauthorized, string(held[0].ID))))
		d.press("enter")
		d.wait(time.Second)
		d.see("Forget this organization's tokens?", "Nordwind Logistik", "Webex no longer accepts them")
		d.dontSee("stay valid at Webex")
		if o, ok := d.m.tokens.CurrentOrg(); !ok || o.UUID() != nordwind {
			t.Errorf("the cursor is on %+v", o)
		}
	})
}

// Rows that a filter hides receive no keys.
func TestAFilterOnTheTokens(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d, a := withLogin(t, webextest.Demo(), 120, 40, func(a *testAccount, _ *Options) { a.withServiceApp() })
		withHeldOrgs(d)
		before, _ := a.Account.Login(t.Context())
		d.press("/", "text:nord", "enter")
		if o, ok := d.m.tokens.CurrentOrg(); !ok || o.Tokens.Owner.OrgName != "Nordwind Logistik" {
			t.Errorf("the cursor is on %+v", o)
		}
		d.press("d")
		d.wait(dialog.Quiet)
		d.see("Forget this organization's tokens?", "Nordwind")
		d.press("esc", "esc", "/", "text:zzz", "enter")
		d.see(`Nothing matches "zzz"`)
		d.press("f")
		d.wait(time.Second)
		d.see("No rows. esc")
		d.press("d", "c", "t")
		d.wait(time.Second)
		d.dontSee("Forget this", "Copy the access")
		after, _ := a.Account.Login(t.Context())
		if !after.Tokens.Access.Equal(before.Tokens.Access) {
			t.Error("the login was refreshed")
		}
		d.press("esc", "/", "text:ada.admin", "enter")
		if d.m.tokens.On != "login" {
			t.Errorf("%+v", d.m.tokens.On)
		}
	})
}

// A test that renewed the tokens shows them. A rejection is cleared once another process has
// fetched new tokens.
func TestWhatATestChanges(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d, a := withLogin(t, webextest.Demo(), 120, 40, func(a *testAccount, _ *Options) { a.withServiceApp() })
		withHeldOrgs(d)
		d.onOrg("Kestrel")
		d.press("t")
		d.wait(time.Second)
		if l := d.lineWith("b7f2830d"); !strings.Contains(l, "13d 23h") || !strings.Contains(l, "ok") {
			t.Errorf("%q", l)
		}
		d.onOrg("株式会社")
		d.press("t")
		d.wait(time.Second)
		d.see("not allowed", "has not authorized this Service App")
		d.dontSee("Read own person")
		o, _ := d.m.tokens.CurrentOrg()
		d.sim.AuthorizeServiceApp(d.sim.ServiceApp(webextest.DemoServiceAppID), string(o.ID))
		d.wait(time.Second)
		if _, err := a.orgs.Fetch(t.Context(), o.ID); err != nil { // another process
			t.Fatal(err)
		}
		d.press("r")
		d.wait(time.Second)
		d.dontSee("not allowed")
	})
}

// If the Service App's credentials are missing, the screen says so and keeps the tokens.
func TestOrganizationsOfAnUnconfiguredServiceApp(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d, a := withLogin(t, webextest.Demo(), 100, 30, func(a *testAccount, _ *Options) { a.withServiceApp() })
		withHeldOrgs(d)
		a.orgs = app.NewOrgs(a.vault, app.OrgsOptions{Profile: "prod", Manager: a.Account})
		d.press("r")
		d.wait(time.Second)
		d.see("organizations of Service App C5a00…b41d are saved; its credentials are not set")
	})
}

// Once the code was entered and the tokens are being stored, the login can no longer be
// canceled, and the screen does not offer it.
func TestACodeThatIsGivenUpWhileItIsStored(t *testing.T) {
	for _, k := range []string{"esc", "b", "q"} {
		bubble(t, func(t *testing.T) {
			d, a := withLogin(t, webextest.Demo(), 120, 40)
			d.sim.AddFault(webextest.Fault{Path: "/people/me", Delay: 5 * time.Second})
			d.press("l", "d")
			d.sim.AcceptCode(d.sim.WaitingCodes()[0])
			d.wait(3 * time.Second)
			d.press(k)
			d.dontSee("Nothing was saved", "nothing saved yet")
			d.wait(10 * time.Second)
			if _, err := a.Account.Login(t.Context()); err != nil {
				t.Errorf("%s: %v", k, err)
			}
			d.see("Signed in as")
		})
	}
}

func TestWithoutAServiceApp(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d, _ := withLogin(t, webextest.Demo(), 120, 40)
		logIn(d)
		d.press("enter", "tab")
		d.dontSee("SERVICE APP", "add org")
		d.press("n")
		d.see("No Service App is set up")
	})
}

func TestALoginWithACodeOnScreen(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d, a := withLogin(t, webextest.Demo(), 120, 40, func(_ *testAccount, o *Options) { o.OpenBrowser, o.NoBrowser = nil, "over SSH" })
		d.press("l")
		d.see("enter With a code", "over SSH")
		d.press("enter")
		code := d.sim.WaitingCodes()[0]
		d.see("enter the code", code[:3]+" "+code[3:], "127.0.0.1/v1/verify", "5:00 left", "Only enter a code for a login", "█")
		d.wait(10 * time.Second)
		d.see("4:50 left")
		d.press("c")
		if d.clip == "" || strings.Contains(d.clip, code) {
			t.Errorf("copied %q", d.clip)
		}
		d.press("v")
		d.dontSee("enter the code", "4:50")
		d.see("█", "back")
		d.press("esc")
		d.see("4:50 left")
		d.sim.AcceptCode(code)
		d.wait(3 * time.Second)
		d.see("Signed in as Ada Admin", "5 requested, 5 granted")
		if _, err := a.Account.Login(t.Context()); err != nil {
			t.Error(err)
		}
	})
	for name, c := range map[string]struct {
		do   func(*driver)
		want []string
	}{
		"denied":    {func(d *driver) { d.sim.DenyCode(d.sim.WaitingCodes()[0]); d.wait(3 * time.Second) }, []string{"declined", "Nothing was saved|Start again"}},
		"expired":   {func(d *driver) { time.Sleep(301 * time.Second); d.pump() }, []string{"nobody entered the code", "Start again"}},
		"cancelled": {func(d *driver) { d.press("esc"); d.wait(5 * time.Second) }, []string{"Nothing was saved"}},
		"browser":   {func(d *driver) { d.press("b"); d.wait(time.Second) }, []string{"Waiting for your browser"}},
	} {
		bubble(t, func(t *testing.T) {
			d, a := withLogin(t, webextest.Demo(), 120, 40)
			d.press("l", "d")
			c.do(d)
			for _, w := range c.want {
				found := false
				for _, alt := range strings.Split(w, "|") {
					found = found || strings.Contains(d.screen(), alt)
				}
				if !found {
					t.Errorf("%s: %q is not on the screen:\n%s", name, w, d.screen())
				}
			}
			if _, err := a.Account.Login(t.Context()); !errors.Is(err, webex.ErrNotLoggedIn) {
				t.Errorf("%s: %v", name, err)
			}
			polls := len(d.sim.Requests())
			d.wait(10 * time.Second)
			if n := len(d.sim.Requests()); n != polls {
				t.Errorf("%s: %d requests after the login ended", name, n-polls)
			}
		})
	}
	bubble(t, func(t *testing.T) {
		d, _ := withLogin(t, webextest.Demo(), 100, 30)
		d.sim.AddFault(webextest.Fault{Path: "/device/authorize", Status: 400, Body: `{"message":"redirect_uri is missing"}`})
		d.press("l", "d")
		d.wait(time.Second)
		for _, u := range webex.DeviceRedirectURIs {
			if l := d.lineWith(u); !strings.HasPrefix(l, u) {
				t.Errorf("%q is not on a line of its own: %q", u, l)
			}
		}
	})
}

func TestChoosingScopes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d, a := withLogin(t, webextest.Demo(), 120, 40)
		d.press("l", "s")
		d.see("preset default: 5 scopes chosen", "[x] identity:tokens_write", "Admin can delete token for a user")
		d.press("text:applications_token")
		d.see("[ ] spark:applications_token", "1 of 167")
		d.press("space")
		d.see("[x] spark:applications_token", "6 scopes chosen")
		d.press("space", "space", "esc")
		d.see("167 of 167")
		d.press("enter")
		d.see("requests 6 scopes", "spark:applications_token", "s change")
		d.press("d")
		d.sim.AcceptCode(d.sim.WaitingCodes()[0])
		d.wait(3 * time.Second)
		l, err := a.Account.Login(t.Context())
		if err != nil || !webex.HasScope(l.Tokens.Scopes, webex.ScopeApplicationsToken) || len(l.Tokens.Scopes) != 6 {
			t.Errorf("%v, %v", l.Tokens.Scopes, err)
		}
	})
	bubble(t, func(t *testing.T) {
		d, _ := withLogin(t, webextest.Demo(), 80, 24)
		d.press("l", "s", "tab")
		d.see("preset read-only: 4 scopes")
		d.paste("https://webexapis.com/v1/authorize?client_id=C1&response_type=code&redirect_uri=x&scope=spark%3Akms%20spark%3Apeople_read&state=x")
		d.see("Selected 2 scopes", "[x] spark:kms", "2 scopes chosen")
		d.paste("nonsense")
		d.see("is neither a scope", "2 scopes chosen")
		d.wait(dialog.Quiet)
		d.press("esc")
		d.press("space", "down", "space", "enter") // deselect all
		d.see("Choose at least one")
		d.press("esc")
		d.see("enter In the browser")
		d.press("s", "text:zzzz")
		d.see("Nothing matches")
	})
}

// Only the visible rows of a thousand organizations are drawn.
func TestAThousandOrganizations(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d, a := withLogin(t, webextest.Demo(), 120, 40, func(a *testAccount, _ *Options) { a.withServiceApp() })
		withHeldOrgs(d)
		hostile := []string{"\x1b[2J\x1b]0;pwned\x07", "Line\nBreak", "\u202eevil", strings.Repeat("long ", 400), "👩‍💻 한국어 مرحبا", ""}
		d.press("G")
		last, _ := d.m.tokens.CurrentOrg()
		for i := range 1000 {
			id, _ := webex.ParseOrgID(fmt.Sprintf("%08x-0000-4000-8000-%012x", i*7919, i))
			tok := last.Tokens
			tok.Owner.OrgName = webex.Untrusted(fmt.Sprintf("Org %04d%s", i, hostile[i%len(hostile)]))
			if err := a.vault.SetOrgTokens(t.Context(), webextest.DemoServiceAppID, id, tok); err != nil {
				t.Fatal(err)
			}
		}
		d.press("r")
		d.wait(time.Second)
		d.see("1,005 orgs")
		for _, keys := range [][]string{{"G"}, {"g"}, {"pgdown"}, {"down", "enter"}, {"enter", "/", "text:org 0777"}} {
			d.press(keys...)
			checkShape(t, d.m.View().Content, 120, 40)
		}
		d.see("Org 0777")
		d.dontSee("Org 0778")
		d.press("enter")
		d.see("filter org 0777")
		d.press("esc", "g")
		d.see("1,005 orgs", "Org 0000")
	})
}

// tokensOf returns a dashboard on the Tokens view with n organizations.
func tokensOf(tb testing.TB, n int) *Model {
	tb.Helper()
	a := &testAccount{sim: webextest.New(), vault: store.NewMemory()}
	a.withServiceApp()
	m := New(tb.Context(), Options{Theme: "dark", Account: a, OpenBrowser: func(string) error { return nil }})
	m.open = m.tokens
	m.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
	for i := range n {
		id, err := webex.ParseOrgID(fmt.Sprintf("%08x-0000-4000-8000-%012x", i*7919, i))
		if err != nil {
			tb.Fatal(err)
		}
		t := webex.Tokens{
			Access: webex.NewSecret("a"), Refresh: webex.NewSecret("r"), Issued: m.now, RefreshIssued: m.now,
			AccessLife: 14 * 24 * time.Hour, RefreshLife: 90 * 24 * time.Hour, Owner: webex.Owner{OrgID: id, OrgName: webex.Untrusted(fmt.Sprintf("Org %04d", i))},
		}
		if err := a.vault.SetOrgTokens(tb.Context(), webextest.DemoServiceAppID, id, t); err != nil {
			tb.Fatal(err)
		}
	}
	for _, read := range m.tokens.Show()().(tea.BatchMsg) {
		if read != nil {
			m.Update(read())
		}
	}
	return m
}

// upAndDown presses two keys in the Tokens view and draws a frame after each.
func upAndDown(m *Model) {
	for _, k := range []string{"down", "up"} {
		m.Update(keyPress(k))
		_ = m.View()
	}
}

// A key takes as many allocations with a thousand organizations as with forty, which fill the
// screen.
func TestAKeyCostsTheSameAmongAThousandOrganizations(t *testing.T) {
	few, many := tokensOf(t, 40), tokensOf(t, 1000)
	a, b := testing.AllocsPerRun(50, func() { upAndDown(few) }), testing.AllocsPerRun(50, func() { upAndDown(many) })
	if b > a*1.05 {
		t.Errorf("%.0f allocations with 40 organizations, %.0f with 1,000", a, b)
	}
}

// BenchmarkTokensKey measures two keys and their frames in the Tokens view with ten
// organizations, forty, which fill the screen, and a thousand.
func BenchmarkTokensKey(b *testing.B) {
	for _, n := range []int{10, 40, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			m := tokensOf(b, n)
			b.ReportAllocs()
			for b.Loop() {
				upAndDown(m)
			}
		})
	}
}

// A filter that hides all rows is also mentioned on a screen without the detail beside the
// table.
func TestAFilterThatHidesAllOnASmallScreen(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d, _ := withLogin(t, webextest.Demo(), 80, 24, func(a *testAccount, _ *Options) { a.withServiceApp() })
		withHeldOrgs(d)
		d.press("/", "text:zzz", "enter")
		d.see(`Nothing matches "zzz"`, "filter zzz: esc clears it")
		d.dontSee("ada.admin@acme.example   ", "fresh", "forget")
		d.press("enter")
		d.see(`Nothing matches "zzz"`)
		d.press("esc", "/", "text:acme", "enter")
		d.see("filter acme: esc clears it")
	})
}

// An organization that another process has removed is not an error.
func TestAnOrganizationThatIsGone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d, a := withLogin(t, webextest.Demo(), 120, 40, func(a *testAccount, _ *Options) { a.withServiceApp() })
		withHeldOrgs(d)
		for key, says := range map[string]string{"f": "Press n to add it again", "t": "Press n to add it again", "d": "Already deleted by another program"} {
			d.press("r")
			d.wait(time.Second)
			d.press("g", "down")
			o, ok := d.m.tokens.CurrentOrg()
			if !ok {
				t.Fatal("no organization is left")
			}
			if _, err := a.orgs.Remove(t.Context(), o.ID); err != nil {
				t.Fatal(err)
			}
			d.press(key)
			if key == "d" {
				d.wait(dialog.Quiet)
				d.press("y")
			}
			d.wait(2 * time.Second)
			d.see(says)
			d.dontSee("Not done")
		}
	})
}

// If Webex rejects an organization's refresh token, the screen does not suggest a login.
func TestARefusedRefreshTokenOfAnOrganization(t *testing.T) {
	bubble(t, func(t *testing.T) {
		sim := webextest.Demo()
		d, _ := withLogin(t, sim, 120, 40, func(a *testAccount, _ *Options) { a.withServiceApp() })
		logIn(d)
		d.press("enter", "tab", "n", "text:"+webextest.DemoCustomers[0].UUID, "enter")
		d.wait(time.Second)
		d.paste("YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXo0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkw")
		d.press("enter")
		d.wait(2 * time.Second)
		d.see("rejected this refresh token", "Nothing was saved")
		d.dontSee("l to log in")
	})
}

// If a refresh does not extend the refresh token, the Tokens view says by when the user must
// act, and what happened to the access token.
func TestTheTokensViewBelievesTheReply(t *testing.T) {
	for days, says := range map[time.Duration]string{30: "log in again before 2000-01-31 00:00 UTC: the last", 10: "log in again before 2000-01-11 00:00 UTC with l"} {
		bubble(t, func(t *testing.T) {
			sim := webextest.Demo()
			sim.SetSwitches(webextest.Switches{KeepRefreshEnd: true, RefreshLife: days * 24 * time.Hour})
			d, a := withLogin(t, sim, 200, 40, func(a *testAccount, _ *Options) { a.withServiceApp() })
			withHeldOrgs(d)
			d.wait(time.Minute)
			d.press("f")
			d.wait(time.Second)
			d.see("Refreshed, but not extended: log in again before 2000-01", "The previous access token stays valid at Webex until", says)
			// Webex returns the same access token again.
			sim.SetSwitches(webextest.Switches{KeepRefreshEnd: true, KeepAccess: true})
			d.press("f")
			d.wait(time.Second)
			d.see("Webex returned the same access token as before, valid until", says)
			d.dontSee("stays valid at Webex", "renews it", "anew until")
			if days > app.EndsSoon/(24*time.Hour) {
				return
			}
			// For an organization: f fetches tokens, because a refresh gains nothing.
			d.onOrg("Nordwind")
			held := func() webex.Tokens {
				o, _ := d.m.tokens.CurrentOrg()
				kept, err := a.orgs.Held(t.Context(), o.ID)
				if err != nil {
					t.Fatal(err)
				}
				return kept.Tokens
			}
			d.press("f") // the simulator does not know the test's own tokens
			d.wait(time.Minute)
			d.press("f")
			d.wait(time.Second)
			before := held()
			d.see("press f to fetch new tokens before 2000-01-11 00:00 UTC")
			d.press("f")
			d.wait(time.Second)
			d.see("Got the tokens of")
			if after := held(); after.Refresh.Equal(before.Refresh) || after.Extended != nil {
				t.Error("the tokens were refreshed instead of fetched")
			}
		})
	}
}

// The counts above the table are updated over time, like the rows.
func TestTheCountsOfOrganizationsFollowTheTime(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d, _ := withLogin(t, webextest.Demo(), 120, 40, func(a *testAccount, _ *Options) { a.withServiceApp() })
		withHeldOrgs(d)
		counted := func() string { return regexp.MustCompile(`\d+ orgs? to fetch again`).FindString(d.screen()) }
		before := counted()
		time.Sleep(80 * 24 * time.Hour)
		d.pump()
		if after := counted(); after == before || after == "" {
			t.Errorf("the line is %q, and after 80 days %q", before, after)
		}
	})
}
