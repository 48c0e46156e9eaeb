package cli

import (
	"context"
	"net/http"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// demoWorld is the simulator with a login and organizations with saved tokens. It is created in
// the background while the first frame is drawn; callers wait for the part that they need.
type demoWorld struct {
	vault    *store.Memory
	webex    *webextest.Simulator
	made     part // the simulator
	loggedIn part // the login is in the vault
	held     part // the organizations' tokens are in the vault
}

// part is ready when its channel is closed.
type part struct {
	done chan struct{}
	err  error
}

func newPart() part { return part{done: make(chan struct{})} }

func (p *part) end(err error) {
	p.err = err
	close(p.done)
}

func (p *part) wait(ctx context.Context) error {
	select {
	case <-p.done:
		return p.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func makeDemoWorld(ctx context.Context) *demoWorld {
	w := &demoWorld{vault: store.NewMemory(), made: newPart(), loggedIn: newPart(), held: newPart()}
	go func() {
		w.webex = webextest.Demo()
		w.made.end(nil)
		opts := []webex.Option{webex.WithTransport(w.webex.Transport()), webex.WithBaseURL(demoBaseURL)}
		login := demoLogin(w.vault, false, opts)
		err := w.logIn(ctx, login)
		w.loggedIn.end(err)
		if err == nil {
			err = w.holdOrgs(ctx, demoServiceApp(w.vault, login, opts))
		}
		w.webex.SetLatency(demoLatency)
		w.held.end(err)
	}()
	return w
}

// sim waits for the simulator and returns it.
func (w *demoWorld) sim() *webextest.Simulator {
	<-w.made.done
	return w.webex
}

// RoundTrip answers requests in memory.
func (w *demoWorld) RoundTrip(r *http.Request) (*http.Response, error) {
	return w.sim().Transport().RoundTrip(r)
}

// logIn logs the demo in as a browser would.
func (w *demoWorld) logIn(ctx context.Context, account *app.Account) error {
	pasted := make(chan string, 1)
	_, err := account.LogIn(ctx, app.LoginOptions{Pasted: pasted, Progress: func(p app.LoginProgress) {
		if p.Stage == app.LoginWaiting {
			if answer, err := w.webex.Consent(ctx, p.URL, true); err == nil {
				pasted <- answer
			}
		}
	}})
	return err
}

// holdOrgs fetches the customers' tokens and ages them.
func (w *demoWorld) holdOrgs(ctx context.Context, orgs *app.Orgs) error {
	bridge := w.webex.ServiceApp(webextest.DemoServiceAppID)
	for _, c := range webextest.DemoCustomers {
		id, err := webex.ParseOrgID(c.UUID)
		if err != nil {
			return err
		}
		if !c.Authorized { // it was authorized earlier
			w.webex.AuthorizeServiceApp(bridge, string(id))
		}
		o, err := orgs.Fetch(ctx, id)
		if err != nil {
			return err
		}
		t := o.Tokens
		t.Issued, t.RefreshIssued = t.Issued.Add(-c.Fetched), t.RefreshIssued.Add(-c.Fetched)
		if !c.Authorized {
			w.webex.DeauthorizeServiceApp(bridge, string(id))
			t.Rejected = t.Issued.Add(15 * 24 * time.Hour)
		}
		if err := w.vault.SetOrgTokens(ctx, webextest.DemoServiceAppID, id, t); err != nil {
			return err
		}
	}
	return nil
}

// demoVault is the vault for callers that must wait until it is filled.
type demoVault struct {
	*store.Memory
	world *demoWorld
}

// IntegrationTokens returns the login's.
func (v demoVault) IntegrationTokens(ctx context.Context, client webex.ClientID) (webex.Tokens, error) {
	if err := v.world.loggedIn.wait(ctx); err != nil {
		return webex.Tokens{}, err
	}
	return v.Memory.IntegrationTokens(ctx, client)
}

// Clients lists the login's client.
func (v demoVault) Clients(ctx context.Context) ([]webex.ClientID, error) {
	if err := v.world.loggedIn.wait(ctx); err != nil {
		return nil, err
	}
	return v.Memory.Clients(ctx)
}

// ListOrgTokens lists the organizations'.
func (v demoVault) ListOrgTokens(ctx context.Context, client webex.ClientID) ([]webex.OrgTokens, error) {
	if err := v.world.held.wait(ctx); err != nil {
		return nil, err
	}
	return v.Memory.ListOrgTokens(ctx, client)
}

// OrgTokens returns an organization's.
func (v demoVault) OrgTokens(ctx context.Context, client webex.ClientID, org webex.OrgID) (webex.Tokens, error) {
	if err := v.world.held.wait(ctx); err != nil {
		return webex.Tokens{}, err
	}
	return v.Memory.OrgTokens(ctx, client, org)
}

// ServiceAppClients lists the Service App.
func (v demoVault) ServiceAppClients(ctx context.Context) ([]webex.ClientID, error) {
	if err := v.world.held.wait(ctx); err != nil {
		return nil, err
	}
	return v.Memory.ServiceAppClients(ctx)
}
