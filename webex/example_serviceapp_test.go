package webex_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/wxauth/wxauth/store"
	"github.com/wxauth/wxauth/store/storetest"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// A Service App's tokens, one pair for each organization that authorized it.
func ExampleServiceApp() {
	sim, manager := made()
	ctx := context.Background()
	if err := logIn(sim, manager); err != nil { // with spark:applications_token among its scopes
		fmt.Println(err)
		return
	}
	bridge := sim.AddServiceApp(webextest.ServiceApp{App: webextest.App{Name: "Bridge"}})
	customer := sim.AddOrg("Nordwind Logistik")
	sim.AuthorizeServiceApp(bridge, customer) // a Full Admin there does it in Control Hub

	app := webex.NewServiceApp(webex.ServiceAppCredentials{
		ClientID: webex.ClientID(bridge.ClientID), ClientSecret: webex.NewSecret(bridge.Secret),
	}, manager, store.NewMemory(), webex.WithTransport(sim.Transport()), webex.WithBaseURL("http://127.0.0.1/v1"))

	org, err := webex.ParseOrgID(customer) // its UUID does as well
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := app.FetchForOrg(ctx, org); errors.Is(err, webex.ErrOrgNotAuthorized) {
		fmt.Println("a Full Admin of that organization must authorize it first")
		return
	}
	token, err := app.AccessToken(ctx, org) // refreshed, or fetched anew, when it needs to be
	fmt.Println(token, err)
	me, err := app.Client(org).Me(ctx) // as the machine account
	fmt.Println(me.DisplayName, err)
	// Output:
	// [redacted] <nil>
	// Bridge (service app) <nil>
}

// What a webhook delivers when an organization authorizes a Service App. In a program
// with the tokens to fetch, [webex.ServiceApp.FetchFromWebhook] does both.
func ExampleParseServiceAppEvent() {
	payload := []byte(`{"resource":"serviceApp","event":"authorized",
		"orgId":"MWViNjVmZGYtOTY0My00MTdmLTk5NzQtYWQ3MmNhZTBlMTBm",
		"data":{"authorizerOrgId":"96abc2aa-3dcc-11e5-a152-fe34819cdc9a"}}`)
	own, _ := webex.ParseOrgID("1eb65fdf-9643-417f-9974-ad72cae0e10f") // the envelope's owner
	e, err := webex.ParseServiceAppEvent(payload, own)
	d, _ := webex.DecodeID(e.Org)
	fmt.Println(e.Event, d.UUID, "from", e.OrgFrom, err)
	// Output: authorized 96abc2aa-3dcc-11e5-a152-fe34819cdc9a from data.authorizerOrgId <nil>
}

// memoryStore is a token storage of one's own: a database, a vault, or, as here, a map.
// storetest.Run tests what such a store has to hold to.
type memoryStore struct {
	mu     sync.Mutex
	logins map[webex.ClientID]webex.Tokens
	orgs   map[webex.Principal]webex.Tokens
}

func (s *memoryStore) IntegrationTokens(ctx context.Context, c webex.ClientID) (webex.Tokens, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t, ok := s.logins[c]; ok {
		return clone(t), ctx.Err()
	}
	return webex.Tokens{}, webex.ErrNotLoggedIn
}

func (s *memoryStore) SetIntegrationTokens(ctx context.Context, c webex.ClientID, t webex.Tokens) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() == nil {
		s.logins[c] = clone(t)
	}
	return ctx.Err()
}

// key names an organization by one of its encodings.
func (s *memoryStore) key(c webex.ClientID, org webex.OrgID) (webex.Principal, error) {
	id, err := webex.ParseOrgID(string(org))
	return webex.Principal{Client: c, Org: id}, err
}

func (s *memoryStore) OrgTokens(ctx context.Context, c webex.ClientID, org webex.OrgID) (webex.Tokens, error) {
	p, err := s.key(c, org)
	if err != nil {
		return webex.Tokens{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if t, ok := s.orgs[p]; ok {
		return clone(t), ctx.Err()
	}
	return webex.Tokens{}, webex.ErrOrgNotRegistered
}

func (s *memoryStore) SetOrgTokens(ctx context.Context, c webex.ClientID, org webex.OrgID, t webex.Tokens) error {
	p, err := s.key(c, org)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() == nil {
		s.orgs[p] = clone(t)
	}
	return ctx.Err()
}

func (s *memoryStore) DeleteOrgTokens(ctx context.Context, c webex.ClientID, org webex.OrgID) error {
	p, err := s.key(c, org)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.orgs, p)
	return ctx.Err()
}

func (s *memoryStore) ListOrgTokens(ctx context.Context, c webex.ClientID) (out []webex.OrgTokens, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range slices.SortedFunc(maps.Keys(s.orgs), func(a, b webex.Principal) int { return strings.Compare(string(a.Org), string(b.Org)) }) {
		if p.Client == c {
			out = append(out, webex.OrgTokens{OrgID: p.Org, Tokens: clone(s.orgs[p])})
		}
	}
	return out, ctx.Err()
}

// clone keeps what was handed out from changing what is kept.
func clone(t webex.Tokens) webex.Tokens {
	t.Scopes = slices.Clone(t.Scopes)
	return t
}

func TestTheStoreOfTheExample(t *testing.T) {
	storetest.Run(t, func(*testing.T) webex.TokenStore {
		return &memoryStore{logins: map[webex.ClientID]webex.Tokens{}, orgs: map[webex.Principal]webex.Tokens{}}
	})
}

// A token storage of one's own takes the place of package store.
func ExampleTokenStore() {
	var mine webex.TokenStore = &memoryStore{logins: map[webex.ClientID]webex.Tokens{}, orgs: map[webex.Principal]webex.Tokens{}}
	app := webex.NewIntegration(webex.Credentials{ClientID: "C0de", ClientSecret: webex.NewSecret("secret")}, mine)
	_, err := app.AccessToken(context.Background())
	fmt.Println(err)
	// Output: login needed
}
