package ui

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/ui/dialog"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

var errNoKeyring = errors.New("no encryption key for the store: the keyring of this system is not available")

// testAccount is an account that uses the simulator. Its key source can be missing.
type testAccount struct {
	*app.Account
	sim    *webextest.Simulator
	noKey  bool
	chosen []string
	orgs   *app.Orgs
	vault  *store.Memory
	begun  int    // number of logins
	url    string // the URL that the last login opened
	// posed makes the screen show a URL without random values, and two stray requests.
	posed bool
}

func (a *testAccount) Orgs() Orgs { return a.orgs }

func (a *testAccount) Service() Service {
	login, err := a.Login(context.Background())
	source := webex.TokenSource(a.Account)
	if err == nil {
		source = a.For(login.Tokens.Owner)
	}
	return app.New(webex.New(source, webex.WithTransport(a.sim.Transport())), &app.MemoryRecorder{}, app.Options{OwnClient: webextest.DemoClientID})
}

func (a *testAccount) LogIn(ctx context.Context, o app.LoginOptions) (app.LoggedIn, error) {
	a.begun++
	if a.noKey {
		return app.LoggedIn{}, errNoKeyring
	}
	show := o.Progress
	o.Progress = func(p app.LoginProgress) {
		if p.Stage == app.LoginWaiting && p.URL != "" {
			if a.url = p.URL; a.posed {
				p.URL = withoutRandomness(p.URL)
				defer show(app.LoginProgress{Stage: app.LoginNotice, Stray: true})
				defer show(app.LoginProgress{Stage: app.LoginNotice, Stray: true})
			}
		}
		show(p)
	}
	return a.Account.LogIn(ctx, o)
}

func (a *testAccount) LogInWithCode(ctx context.Context, o app.LoginOptions) (app.LoggedIn, error) {
	a.begun++
	return a.Account.LogInWithCode(ctx, o)
}

// withoutRandomness removes the random values from a login's URL.
func withoutRandomness(address string) string {
	u, _ := url.Parse(address)
	q := u.Query()
	q.Set("state", strings.Repeat("s", 43))
	q.Set("code_challenge", strings.Repeat("c", 43))
	u.RawQuery = q.Encode()
	return u.String()
}

func (a *testAccount) NeedsKey(err error) bool { return errors.Is(err, errNoKeyring) }

func (a *testAccount) UseKey(source string, passphrase webex.Secret) error {
	a.chosen, a.noKey = append(a.chosen, source+passphrase.Reveal()), false
	return nil
}

// withLogin opens the dashboard without a token, on the first-run screen, with an account.
func withLogin(t testing.TB, sim *webextest.Simulator, w, h int, change ...func(*testAccount, *Options)) (*driver, *testAccount) {
	vault := store.NewMemory()
	client := []webex.Option{webex.WithTransport(sim.Transport()), webex.WithBaseURL("http://127.0.0.1/v1")}
	a := &testAccount{sim: sim, vault: vault, Account: app.NewAccount(vault, app.AccountOptions{
		Profile: "prod", ClientFrom: "the configuration", Scopes: webex.DefaultScopes,
		Client: client,
		Credentials: webex.Credentials{
			ClientID: webextest.DemoClientID, ClientSecret: webex.NewSecret(webextest.DemoClientSecret), RedirectURI: "https://wxauth.example/callback",
		},
	})}
	a.orgs = app.NewOrgs(vault, app.OrgsOptions{Profile: "prod", Client: client, Manager: a.Account})
	o := Options{Theme: "dark", Account: a, OpenBrowser: func(string) error { return nil }}
	for _, c := range change {
		c(a, &o)
	}
	return drive(t, sim, o, w, h), a
}

// address returns the URL that the login opened.
func (d *driver) address() string { return d.m.opts.Account.(*testAccount).url }

// consent presses a button on the consent page whose URL is on the screen.
func consent(d *driver, decision string) string {
	d.t.Helper()
	to, err := d.sim.Consent(d.t.Context(), strings.Replace(d.address(), "https://webexapis.com", "http://127.0.0.1", 1), decision == "accept")
	if err != nil {
		d.t.Fatal(err)
	}
	return to
}

func (d *driver) paste(text string) { d.send(tea.PasteMsg{Content: text}) }

// logIn completes a login from the first-run screen.
func logIn(d *driver) {
	d.press("l", "enter")
	answer := consent(d, "accept")
	d.press("p")
	d.paste(answer)
	d.press("enter")
	d.wait(time.Second)
}

func TestALoginOnScreen(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d, _ := withLogin(t, webextest.Demo(), 120, 40)
		d.see("No token", "l log in")
		d.press("l")
		d.see("Log in to Webex", "choose", "SCOPES TO GRANT", "identity:tokens_write")
		d.press("enter")
		d.see("Waiting for your browser", "5:00 left", "code_challenge_method=S256", "IF THE PAGE SAYS", "register exactly  https://wxauth.example/callback")
		if l := d.lineWith("127.0.0.1/v1/authorize"); !strings.HasPrefix(l, "http://127.0.0.1/v1/authorize?") {
			t.Errorf("the URL does not start in the first column: %q", l)
		}
		d.wait(10 * time.Second)
		d.see("4:50 left")
		answer := consent(d, "accept")
		d.press("p")
		d.paste("what is this")
		d.press("enter")
		d.wait(time.Second)
		d.see("Waiting for your browser", "neither the final address", "nor an access token")
		d.press("p")
		d.paste(answer)
		d.dontSee(answer, answer[30:60])
		d.press("enter")
		d.wait(time.Second)
		d.see("Signed in as Ada Admin", "ada.admin@acme.example", "5 requested, 5 granted", "13d 23h left", "89d 23h left", "exact")
		d.press("enter")
		d.see("Find a person:", "Acme GmbH", "1 Authorizations")
		d.press("tab")
		d.see("[2 Tokens]", "prod", "Acme GmbH", "13d 23h", "89d 23h", "from the configuration", "until you must log in again")
		d.press("1")
		d.see("Find a person:")
	})
}

func TestALoginThatFailsSaysWhyAndWhatNext(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(*driver)
		want []string
	}{
		"declined": {func(d *driver) {
			answer := consent(d, "decline")
			d.press("p")
			d.paste(answer)
			d.press("enter")
		}, []string{"declined", "Start again and press Accept"}},
		"timed out": {func(d *driver) { d.wait(5*time.Minute + time.Second) }, []string{"no response within 5m0s", "Start again"}},
		"rejected by the token endpoint": {func(d *driver) {
			d.sim.AddFault(webextest.Fault{Path: "/access_token", Status: 401, Body: `{"error":"invalid_client"}`})
			answer := consent(d, "accept")
			d.press("p")
			d.paste(answer)
			d.press("enter")
		}, []string{"client id and secret", "Nothing was saved"}},
	} {
		bubble(t, func(t *testing.T) {
			d, a := withLogin(t, webextest.Demo(), 120, 40)
			d.press("l", "enter")
			c.do(d)
			d.wait(2 * time.Second)
			d.see(append(c.want, "failed")...)
			if _, err := a.Account.Login(t.Context()); !errors.Is(err, webex.ErrNotLoggedIn) {
				t.Errorf("%s: something was stored: %v", name, err)
			}
			d.press("esc")
			d.see("1  Try the demo")
		})
	}
}

func TestALoginCanBeCancelledAtAnyMoment(t *testing.T) {
	for n, keys := range [][]string{{"l"}, {"l", "enter"}, {"l", "enter", "p", "esc"}, {"l", "p", "esc"}, {"l", "enter", "z", "esc"}} {
		bubble(t, func(t *testing.T) {
			d, a := withLogin(t, webextest.Demo(), 80, 24)
			d.press(keys...)
			d.press("esc")
			d.see("1  Try the demo")
			d.wait(6 * time.Minute)
			d.see("1  Try the demo")
			if _, err := a.Account.Login(t.Context()); err == nil {
				t.Errorf("case %d: something was stored", n)
			}
		})
	}
}

func TestAPastedAccessToken(t *testing.T) {
	bubble(t, func(t *testing.T) {
		sim := webextest.Demo()
		d, a := withLogin(t, sim, 120, 40)
		d.press("p")
		d.paste(strings.Repeat("a1", 32))
		d.press("enter")
		d.see("looks like a client secret")
		d.press("p")
		d.paste("Bearer " + sim.AdminToken())
		d.dontSee(sim.AdminToken())
		d.press("enter")
		d.wait(time.Second)
		d.see("Signed in as Ada Admin", "11h 59m left", "cannot be renewed")
		if l, err := a.Account.Login(t.Context()); err != nil || !l.Personal() {
			t.Errorf("%+v, %v", l, err)
		}
		d.press("enter", "tab", "f")
		d.wait(time.Second)
		d.see("cannot be refreshed", "a pasted token")
	})
}

func TestAKeySourceIsAskedForOnce(t *testing.T) {
	for k, want := range map[string]string{"2": "keyfile", "3": "memory"} {
		bubble(t, func(t *testing.T) {
			d, a := withLogin(t, webextest.Demo(), 120, 40, func(a *testAccount, _ *Options) { a.noKey = true })
			d.press("l", "enter")
			d.wait(time.Second)
			d.see("How should wxauth protect your saved login?", "a passphrase", "less secure", "don't save")
			d.press(k)
			d.wait(time.Second)
			d.see("Waiting for your browser")
			if len(a.chosen) != 1 || a.chosen[0] != want {
				t.Errorf("%v", a.chosen)
			}
		})
	}
	bubble(t, func(t *testing.T) {
		d, a := withLogin(t, webextest.Demo(), 80, 24, func(a *testAccount, _ *Options) { a.noKey = true })
		d.press("l", "enter")
		d.wait(time.Second)
		d.press("1", "text:correct horse", "enter", "text:wrong", "enter")
		d.see("differ")
		d.press("1", "text:correct horse", "enter", "text:correct horse", "enter")
		d.wait(time.Second)
		d.dontSee("correct horse")
		if len(a.chosen) != 1 || a.chosen[0] != "passphrasecorrect horse" {
			t.Errorf("%v", a.chosen)
		}
	})
}

func TestTheTokensView(t *testing.T) {
	bubble(t, func(t *testing.T) {
		sim := webextest.Demo()
		d, a := withLogin(t, sim, 120, 40)
		logIn(d)
		d.press("enter", "tab")
		before, err := a.Account.Login(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		d.press("f")
		d.wait(time.Second)
		d.see("Refreshed", "stays valid at Webex until")
		after, _ := a.Account.Login(t.Context())
		if after.Tokens.Access.Equal(before.Tokens.Access) {
			t.Error("nothing was refreshed")
		}
		d.press("t")
		d.wait(time.Second)
		d.see("Webex accepted the token.", "accepted the token, valid until")
		// Copying asks first, and only y copies.
		d.press("c")
		d.wait(dialog.Quiet)
		d.see("Copy the access token?", "[ Cancel ]")
		d.paste("y")
		d.press("enter")
		if d.clip != "" {
			t.Error("copied without confirmation")
		}
		d.send(keyPress("c"))
		d.send(keyPress("y"))
		d.wait(dialog.AfterPaste)
		d.see("Copy the access token?")
		d.press("y")
		d.pump()
		if d.clip != after.Tokens.Access.Reveal() {
			t.Errorf("copied %q", d.clip)
		}
		d.dontSee(after.Tokens.Access.Reveal())
		sim.RevokeRefreshTokens()
		d.press("f")
		d.wait(2 * time.Second)
		d.see("Webex rejected the refresh token", "rejected")
		d.press("d")
		d.wait(dialog.Quiet)
		d.see("Forget this login?", "stay valid at Webex until")
		d.press("y")
		d.wait(time.Second)
		d.see("Deleted from this computer", "No login is saved")
		if _, err := a.Account.Login(t.Context()); !errors.Is(err, webex.ErrNotLoggedIn) {
			t.Error(err)
		}
	})
}

func TestTheEnvironmentsTokenGoesBeforeTheLogin(t *testing.T) {
	bubble(t, func(t *testing.T) {
		sim := webextest.Demo()
		svc := app.New(webex.New(webex.StaticToken(webex.NewSecret(sim.AdminToken())), webex.WithTransport(sim.Transport())), &app.MemoryRecorder{}, app.Options{})
		d, _ := withLogin(t, sim, 120, 40, func(_ *testAccount, o *Options) { o.Service, o.EnvToken = svc, true })
		d.press("tab")
		d.see("No login is saved", "The dashboard uses the token")
		logIn(d)
		d.see("Signed in as", "takes precedence over this login")
		if d.m.opts.Service != Service(svc) {
			t.Error("the service was replaced")
		}
	})
}

// All lines of the login screens and the Tokens view have the width of the screen.
func TestLoginScreensFit(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {20, 5}, {60, 15}, {61, 16}, {80, 24}, {120, 40}, {200, 60}} {
		bubble(t, func(t *testing.T) {
			d, _ := withLogin(t, webextest.Demo(), size[0], size[1])
			check := func(what string) {
				lines := strings.Split(d.screen(), "\n")
				if len(lines) != size[1] {
					t.Errorf("%v %s: %d lines", size, what, len(lines))
				}
				for _, l := range lines {
					if draw.Cells(l) > size[0] {
						t.Errorf("%v %s: %d cells: %q", size, what, draw.Cells(l), l)
					}
				}
			}
			check("first run")
			d.press("l")
			check("choose")
			d.press("enter")
			check("waiting")
			d.press("z")
			check("address alone")
			d.press("z", "p")
			check("input")
			if size[0] < minWidth || size[1] < minHeight {
				return // keys have no effect at this size
			}
			d.paste(consent(d, "accept"))
			check("pasted")
			d.press("enter")
			d.wait(time.Second)
			check("done")
			d.press("enter", "tab")
			check("tokens")
			d.press("down", "down", "down")
			check("tokens, scrolled")
			d.press("c")
			check("copy?")
		})
	}
}

// If another person logs in to this profile while the dashboard is open, no request uses that
// person's token. An open question is closed, and the dashboard starts over with the new login.
func TestAnotherLoginInTheSameProfile(t *testing.T) {
	for _, asks := range []bool{false, true} {
		bubble(t, func(t *testing.T) {
			d, a := withLogin(t, webextest.Demo(), 120, 40)
			d.wait(time.Second)
			logIn(d)
			d.press("enter")
			d.wait(time.Second)
			d.press("text:jane.doe@acme.example", "enter")
			d.wait(time.Second)
			d.goTo("Meeting Sync")
			if asks {
				d.ask()
				d.see("Revoke Meeting Sync")
			}
			eve := d.sim.AddPerson(webextest.Person{Name: "Eve", Email: "eve@other.example", OrgID: d.sim.AddOrg("Other"), Roles: []string{"id_full_admin"}})
			d.sim.SignIn(eve.Email)
			pasted := make(chan string, 1)
			if _, err := a.Account.LogIn(d.t.Context(), app.LoginOptions{Pasted: pasted, Progress: func(p app.LoginProgress) {
				if p.Stage == app.LoginWaiting {
					to, err := d.sim.Consent(d.t.Context(), strings.Replace(p.URL, "https://webexapis.com", "http://127.0.0.1", 1), true)
					if err != nil {
						t.Error(err)
					}
					pasted <- to
				}
			}}); err != nil {
				t.Fatal(err)
			}
			if asks {
				d.press("y")
			} else {
				d.press("r")
			}
			d.wait(5 * time.Second)
			d.see("The login has changed", "eve@other.example", "nothing was sent")
			if d.deletes() > 0 {
				t.Errorf("asks %v: %d DELETEs", asks, d.deletes())
			}
			for _, r := range d.sim.Requests() {
				if r.Person == eve.Email && strings.Contains(r.Query, "jane.doe") {
					t.Errorf("asks %v: Jane's list was read with Eve's token", asks)
				}
			}
			d.wait(dialog.Quiet)
			d.press("esc")
			d.wait(time.Second)
			d.see("eve@other.example")
			d.dontSee("Meeting Sync", "ada.admin")
		})
	}
}
