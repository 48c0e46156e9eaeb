package cli

import (
	"context"
	"errors"
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

	mu     sync.Mutex
	pasted chan string // of the login that waits
}

func newDemoAccount(sim *webextest.Simulator, opts []webex.Option, readOnly bool) *demoAccount {
	return &demoAccount{
		sim: sim, opts: opts, readOnly: readOnly,
		Account: app.NewAccount(store.NewMemory(), app.AccountOptions{
			Profile: "demo", ClientFrom: "the demo", Scopes: webex.DefaultScopes, ReadOnly: readOnly, Client: opts,
			Credentials: webex.Credentials{
				ClientID: webextest.DemoClientID, ClientSecret: webex.NewSecret(webextest.DemoClientSecret), RedirectURI: demoRedirect,
			},
		}),
	}
}

var errDemoLogin = errors.New("this is the demo: no browser opens, and Ada Admin accepts by herself in a moment")

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
	return app.New(webex.New(d.Account, d.opts...), &app.MemoryRecorder{}, app.Options{ReadOnly: d.readOnly, OwnClient: own})
}

// Service calls the made-up Webex with the login.
func (d *demoAccount) Service() ui.Service { return d.service() }

// NeedsKey is never so: the demo keeps nothing.
func (d *demoAccount) NeedsKey(error) bool { return false }

// UseKey has nothing to choose.
func (d *demoAccount) UseKey(string, webex.Secret) error { return nil }
