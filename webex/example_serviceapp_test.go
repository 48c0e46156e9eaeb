package webex_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/store"
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
	sim.AuthorizeServiceApp(bridge, customer) // done by a Full Admin in Control Hub

	app := webex.NewServiceApp(webex.ServiceAppCredentials{
		ClientID: webex.ClientID(bridge.ClientID), ClientSecret: webex.NewSecret(bridge.Secret),
	}, manager, store.NewMemory(), webex.WithTransport(sim.Transport()), webex.WithBaseURL("http://127.0.0.1/v1"))

	org, err := webex.ParseOrgID(customer) // a UUID works as well
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := app.FetchForOrg(ctx, org); errors.Is(err, webex.ErrOrgNotAuthorized) {
		fmt.Println("a Full Admin of that organization must authorize it first")
		return
	}
	token, err := app.AccessToken(ctx, org) // refreshed or fetched again if needed
	fmt.Println(token, err)
	me, err := app.Client(org).Me(ctx) // as the machine account
	fmt.Println(me.DisplayName, err)
	// Output:
	// [redacted] <nil>
	// Bridge (service app) <nil>
}

// Parse the webhook payload that Webex sends when an organization authorizes a
// Service App. In a program that also fetches the tokens,
// [webex.ServiceApp.FetchFromWebhook] does both.
func ExampleParseServiceAppEvent() {
	payload := []byte(`{"resource":"serviceApp","event":"authorized",
		"orgId":"MWViNjVmZGYtOTY0My00MTdmLTk5NzQtYWQ3MmNhZTBlMTBm",
		"data":{"authorizerOrgId":"96abc2aa-3dcc-11e5-a152-fe34819cdc9a"}}`)
	own, _ := webex.ParseOrgID("1eb65fdf-9643-417f-9974-ad72cae0e10f") // owner of the envelope
	e, err := webex.ParseServiceAppEvent(payload, own)
	d, _ := webex.DecodeID(e.Org)
	fmt.Println(e.Event, d.UUID, "from", e.OrgFrom, err)
	// Output: authorized 96abc2aa-3dcc-11e5-a152-fe34819cdc9a from data.authorizerOrgId <nil>
}

// recordStore is a custom token store: a database, a vault or, as here, a map of
// strings. Tokens.RevealJSON returns all fields, with the secrets unencrypted: a
// store on disk must encrypt them. storetest.Run tests the requirements for a store.
type recordStore struct {
	mu      sync.Mutex
	records map[webex.Principal][]byte
}

func newRecordStore() *recordStore {
	return &recordStore{records: map[webex.Principal][]byte{}}
}

func (s *recordStore) read(ctx context.Context, p webex.Principal, missing error) (webex.Tokens, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	record, ok := s.records[p]
	switch {
	case ctx.Err() != nil:
		return webex.Tokens{}, ctx.Err()
	case !ok:
		return webex.Tokens{}, missing
	}
	return webex.ParseTokens(record)
}

func (s *recordStore) write(ctx context.Context, p webex.Principal, t webex.Tokens) error {
	record, err := t.RevealJSON()
	if err != nil || ctx.Err() != nil {
		return errors.Join(err, ctx.Err())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records[p] = record
	return nil
}

func (s *recordStore) IntegrationTokens(ctx context.Context, c webex.ClientID) (webex.Tokens, error) {
	return s.read(ctx, webex.Principal{Client: c}, webex.ErrNotLoggedIn)
}

func (s *recordStore) SetIntegrationTokens(ctx context.Context, c webex.ClientID, t webex.Tokens) error {
	return s.write(ctx, webex.Principal{Client: c}, t)
}

// key normalizes the encodings of an organization id.
func (s *recordStore) key(c webex.ClientID, org webex.OrgID) (webex.Principal, error) {
	id, err := webex.ParseOrgID(string(org))
	return webex.Principal{Client: c, Org: id}, err
}

func (s *recordStore) OrgTokens(ctx context.Context, c webex.ClientID, org webex.OrgID) (webex.Tokens, error) {
	p, err := s.key(c, org)
	if err != nil {
		return webex.Tokens{}, err
	}
	return s.read(ctx, p, webex.ErrOrgNotRegistered)
}

func (s *recordStore) SetOrgTokens(ctx context.Context, c webex.ClientID, org webex.OrgID, t webex.Tokens) error {
	p, err := s.key(c, org)
	if err != nil {
		return err
	}
	return s.write(ctx, p, t)
}

func (s *recordStore) DeleteOrgTokens(ctx context.Context, c webex.ClientID, org webex.OrgID) error {
	p, err := s.key(c, org)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.records, p)
	return ctx.Err()
}

func (s *recordStore) ListOrgTokens(ctx context.Context, c webex.ClientID) (out []webex.OrgTokens, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for p, record := range s.records {
		if p.Client != c || p.Org == "" {
			continue
		}
		t, err := webex.ParseTokens(record)
		if err != nil {
			return nil, err
		}
		out = append(out, webex.OrgTokens{OrgID: p.Org, Tokens: t})
	}
	slices.SortFunc(out, func(a, b webex.OrgTokens) int { return strings.Compare(string(a.OrgID), string(b.OrgID)) })
	return out, ctx.Err()
}

func TestTheStoreOfTheExample(t *testing.T) {
	storetest.Run(t, func(*testing.T) webex.TokenStore { return newRecordStore() })
}

// A custom token store replaces package store.
func ExampleTokenStore() {
	var mine webex.TokenStore = newRecordStore()
	app := webex.NewIntegration(webex.Credentials{ClientID: "C0de", ClientSecret: webex.NewSecret("secret")}, mine)
	_, err := app.AccessToken(context.Background())
	fmt.Println(err)
	// Output: login needed
}

// json.Marshal would mask the secrets, and the tokens would be lost.
func TestTokensAreNotMarshalledByAccident(t *testing.T) {
	tokens := storetest.Sample(1)
	for _, v := range []any{tokens, &tokens, map[string]webex.Tokens{"a": tokens}, webex.OrgTokens{Tokens: tokens}} {
		if b, err := json.Marshal(v); err == nil || !strings.Contains(err.Error(), "RevealJSON") {
			t.Errorf("%s, %v", b, err)
		}
	}
	for _, text := range []string{"", "null", "null{", `{"access":7}`, `{"access":"secret","access":"secret"}`} {
		if _, err := webex.ParseTokens([]byte(text)); !errors.Is(err, webex.ErrTokensJSON) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// A record of an earlier version with fewer fields can be read.
func TestAnEarlierRecordOfTokensIsRead(t *testing.T) {
	got, err := webex.ParseTokens([]byte(`{"access":"a","refresh":"r","issued":"2026-11-21T14:02:31Z","accessLife":1209599,"refreshLife":7775999,"skew":0,"server":"","scopes":null,"owner":{"personId":"","email":"","displayName":"","orgId":"","orgName":""},"forced":false,"later":true}`))
	if err != nil || got.Access.Reveal() != "a" || got.Refresh.Reveal() != "r" || got.RefreshLife != 7775999*time.Second {
		t.Errorf("%+v, %v", got, err)
	}
}
