package cli

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/store"
	"github.com/wxauth/wxauth/ui"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

const (
	demoBaseURL = "http://127.0.0.1/v1"
	// demoRedirect cannot be listened at: the made-up Webex has no browser to send there,
	// and what it answers is pasted by itself.
	demoRedirect = "https://wxauth.example/callback"
	// demoConsent is how long the made-up admin takes to press Accept.
	demoConsent = 3 * time.Second
)

// demoAccount is a login at the made-up Webex: kept in memory, with an admin who
// accepts by herself.
type demoAccount struct {
	*app.Account
	sim      *webextest.Simulator
	opts     []webex.Option
	readOnly bool
	orgs     *app.Orgs
	vault    webex.TokenStore
	records  *app.MemoryRecorder

	mu     sync.Mutex
	pasted chan string // of the login that waits
}

func newDemoAccount(sim *webextest.Simulator, opts []webex.Option, readOnly bool) *demoAccount {
	vault := store.NewMemory()
	d := &demoAccount{
		sim: sim, opts: opts, readOnly: readOnly, records: &app.MemoryRecorder{},
		Account: app.NewAccount(vault, app.AccountOptions{
			Profile: "demo", ClientFrom: "the demo", Scopes: append(slices.Clone(webex.DefaultScopes), webex.ScopeApplicationsToken), ReadOnly: readOnly, Client: opts,
			Credentials: webex.Credentials{
				ClientID: webextest.DemoClientID, ClientSecret: webex.NewSecret(webextest.DemoClientSecret), RedirectURI: demoRedirect,
			},
		}),
	}
	d.orgs = app.NewOrgs(vault, app.OrgsOptions{
		Profile: "demo", ClientFrom: "the demo", Manager: d.Account, Client: opts,
		Credentials: webex.ServiceAppCredentials{
			ClientID: webextest.DemoServiceAppID, ClientSecret: webex.NewSecret(webextest.DemoServiceAppSecret),
		},
	})
	d.vault = vault
	return d
}

// Orgs returns the made-up customers.
func (d *demoAccount) Orgs() ui.Orgs { return d.orgs }

// holdOrgs fetches the customers' tokens, and lets them age.
func (d *demoAccount) holdOrgs(ctx context.Context) error {
	bridge := d.sim.ServiceApp(webextest.DemoServiceAppID)
	for _, c := range webextest.DemoCustomers {
		id, err := webex.ParseOrgID(c.UUID)
		if err != nil {
			return err
		}
		if !c.Authorized { // it was, once
			d.sim.AuthorizeServiceApp(bridge, string(id))
		}
		o, err := d.orgs.Fetch(ctx, id)
		if err != nil {
			return err
		}
		t := o.Tokens
		t.Issued, t.RefreshIssued = t.Issued.Add(-c.Fetched), t.RefreshIssued.Add(-c.Fetched)
		if !c.Authorized {
			d.sim.DeauthorizeServiceApp(bridge, string(id))
			t.Rejected = t.Issued.Add(15 * 24 * time.Hour)
		}
		if err := d.vault.SetOrgTokens(ctx, webextest.DemoServiceAppID, id, t); err != nil {
			return err
		}
	}
	return nil
}

var errDemoLogin = errors.New("this is the demo: no browser opens, and Ada Admin accepts by herself in a moment")

var errDemoCode = errors.New("this is the demo: Ada Admin enters the code by herself in a moment")

// logInQuietly logs the demo in before it is shown.
func (d *demoAccount) logInQuietly(ctx context.Context) error {
	pasted := make(chan string, 1)
	_, err := d.Account.LogIn(ctx, app.LoginOptions{Pasted: pasted, Progress: func(p app.LoginProgress) {
		if p.Stage == app.LoginWaiting {
			if answer, err := d.sim.Consent(ctx, p.URL, true); err == nil {
				pasted <- answer
			}
		}
	}})
	return err
}

// LogInWithCode waits until the made-up admin has entered the code, which she does after
// a while.
func (d *demoAccount) LogInWithCode(ctx context.Context, o app.LoginOptions) (app.LoggedIn, error) {
	tell := o.Progress
	o.Progress = func(p app.LoginProgress) {
		if p.Code != nil {
			time.AfterFunc(demoConsent, func() { d.sim.AcceptCode(string(p.Code.UserCode)) })
		}
		if tell != nil {
			tell(p)
			if p.Code != nil {
				tell(app.LoginProgress{Stage: app.LoginNotice, Notice: errDemoCode.Error()})
			}
		}
	}
	return d.Account.LogInWithCode(ctx, o)
}

// LogIn waits for what accept, or the user, pastes.
func (d *demoAccount) LogIn(ctx context.Context, o app.LoginOptions) (app.LoggedIn, error) {
	pasted := make(chan string, 4)
	d.mu.Lock()
	d.pasted = pasted
	d.mu.Unlock()
	go func() {
		for {
			select {
			case text := <-o.Pasted:
				pasted <- text
			case <-ctx.Done():
				return
			}
		}
	}()
	o.Pasted = pasted
	if tell := o.Progress; tell != nil {
		o.Progress = func(p app.LoginProgress) {
			if p.Listens != nil {
				p.Listens = errDemoLogin
			}
			tell(p)
		}
	}
	return d.Account.LogIn(ctx, o)
}

// accept stands in for the browser: after a while the made-up admin presses Accept.
func (d *demoAccount) accept(address string) error {
	time.Sleep(demoConsent)
	answer, err := d.sim.Consent(context.Background(), address, true)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	select {
	case d.pasted <- answer:
	default:
	}
	return nil
}

func (d *demoAccount) service() *app.Service {
	own := webex.ClientID("")
	if l, err := d.Login(context.Background()); err == nil {
		own = l.Client
	}
	return app.New(webex.New(d.Account, d.opts...), d.records, app.Options{ReadOnly: d.readOnly, OwnClient: own})
}

// Service calls the made-up Webex with the login.
func (d *demoAccount) Service() ui.Service { return d.service() }

// NeedsKey is never so: the demo keeps nothing.
func (d *demoAccount) NeedsKey(error) bool { return false }

// UseKey has nothing to choose.
func (d *demoAccount) UseKey(string, webex.Secret) error { return nil }
