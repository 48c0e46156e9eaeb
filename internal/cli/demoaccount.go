package cli

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

const (
	demoBaseURL = "http://127.0.0.1/v1"
	// demoRedirect is not on this computer: the simulator has no browser to redirect, so LogIn
	// receives its reply as if it were pasted.
	demoRedirect = "https://wxauth.example/callback"
	// demoConsent is how long the sample admin takes to press Accept.
	demoConsent = 3 * time.Second
)

// demoAccount is an in-memory login at the simulator. The sample admin accepts every login.
type demoAccount struct {
	*app.Account
	world    *demoWorld
	opts     []webex.Option
	readOnly bool
	orgs     *app.Orgs
	records  *app.MemoryRecorder

	mu     sync.Mutex
	pasted chan string // final addresses for the login in progress
}

// newDemoAccount starts to create the demo world and returns its account.
func newDemoAccount(ctx context.Context, readOnly bool) *demoAccount {
	w := makeDemoWorld(ctx)
	opts := []webex.Option{webex.WithTransport(w), webex.WithBaseURL(demoBaseURL)}
	if readOnly {
		opts = append(opts, webex.WithReadOnly())
	}
	d := &demoAccount{world: w, opts: opts, readOnly: readOnly, records: &app.MemoryRecorder{}}
	d.Account = demoLogin(demoVault{w.vault, w}, readOnly, opts)
	d.orgs = demoServiceApp(demoVault{w.vault, w}, d.Account, opts)
	return d
}

func demoLogin(vault app.Vault, readOnly bool, opts []webex.Option) *app.Account {
	return app.NewAccount(vault, app.AccountOptions{
		Profile: "demo", ClientFrom: "the demo", Scopes: append(slices.Clone(webex.DefaultScopes), webex.ScopeApplicationsToken, webex.ScopeAuditEvents), ReadOnly: readOnly, Client: opts,
		Credentials: webex.Credentials{
			ClientID: webextest.DemoClientID, ClientSecret: webex.NewSecret(webextest.DemoClientSecret), RedirectURI: demoRedirect,
		},
	})
}

func demoServiceApp(vault app.Vault, manager *app.Account, opts []webex.Option) *app.Orgs {
	return app.NewOrgs(vault, app.OrgsOptions{
		Profile: "demo", ClientFrom: "the demo", Manager: manager, Client: opts,
		Credentials: webex.ServiceAppCredentials{
			ClientID: webextest.DemoServiceAppID, ClientSecret: webex.NewSecret(webextest.DemoServiceAppSecret),
		},
	})
}

// Orgs returns the sample customers.
func (d *demoAccount) Orgs() ui.Orgs { return d.orgs }

var errDemoLogin = errors.New("demo: no browser opens, the login is accepted automatically")

var errDemoCode = errors.New("demo: the code is entered automatically")

// LogInWithCode waits for the sample admin, who enters the code after a delay.
func (d *demoAccount) LogInWithCode(ctx context.Context, o app.LoginOptions) (app.LoggedIn, error) {
	tell := o.Progress
	o.Progress = func(p app.LoginProgress) {
		if p.Code != nil {
			time.AfterFunc(demoConsent, func() { d.world.sim().AcceptCode(string(p.Code.UserCode)) })
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

// LogIn waits for an address from accept or from the user.
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

// accept acts as the browser: after a delay the sample admin presses Accept.
func (d *demoAccount) accept(address string) error {
	time.Sleep(demoConsent)
	answer, err := d.world.sim().Consent(context.Background(), address, true)
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
	return app.New(webex.New(d.Account, d.opts...), d.records, app.Options{ReadOnly: d.readOnly, OwnClient: webextest.DemoClientID})
}

// Service returns the use cases for the simulator.
func (d *demoAccount) Service() ui.Service { return d.service() }

// NeedsKey returns false: the demo saves nothing.
func (d *demoAccount) NeedsKey(error) bool { return false }

// UseKey does nothing.
func (d *demoAccount) UseKey(string, webex.Secret) error { return nil }
