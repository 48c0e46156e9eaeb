// Package storetest provides tests that every implementation of [webex.TokenStore] must
// pass.
//
//	func TestMine(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) webex.TokenStore { return mine.New(t.TempDir()) })
//	}
package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wxauth/wxauth/webex"
)

const (
	clientA = webex.ClientID("Caaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
	clientB = webex.ClientID("Cbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb")
	uuid1   = "1eb65fdf-9643-417f-9974-ad72cae0e10f"
	uuid2   = "96abc2aa-3dcc-11e5-a152-fe34819cdc9a"
)

// Run tests a store. It calls open once per test; open must return an empty store.
func Run(t *testing.T, open func(t *testing.T) webex.TokenStore) {
	for name, test := range map[string]func(*testing.T, webex.TokenStore){
		"an empty store holds nothing":                   empty,
		"what is set is what comes back":                 roundTrip,
		"a set replaces":                                 replaces,
		"tokens of one client are not another's":         clients,
		"an organization is one in all its encodings":    encodings,
		"a delete forgets one organization":              deletes,
		"an organization's id is checked":                badOrg,
		"a context that has ended ends a call":           canceled,
		"long tokens and many organizations fit":         large,
		"writers at the same time lose nothing":          concurrent,
		"what was returned does not change the store":    copies,
		"one refresh at a time, where the store does it": locks,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// Sample returns tokens in which every field is set. The values depend on n; booleans are
// true if n is even.
func Sample(n int) webex.Tokens {
	even := n%2 == 0
	at := time.Date(2026, 11, 21, 14, 2, 31, 0, time.UTC).Add(time.Duration(n) * time.Minute)
	return webex.Tokens{
		Access: webex.NewSecret(fmt.Sprintf("access-%d", n)), Refresh: webex.NewSecret(fmt.Sprintf("refresh-%d", n)),
		Issued: at, RefreshIssued: at.Add(-time.Hour), AccessLife: 1209599 * time.Second, RefreshLife: 7775999 * time.Second,
		Skew: 3 * time.Second, Server: "https://webexapis.com", Scopes: []string{"spark:people_read", "identity:tokens_read"}, Asked: []string{"spark:people_read", "spark:kms"},
		Owner:    webex.Owner{PersonID: "UA", Email: "ada@acme.example", DisplayName: "Ada \u202e", OrgID: "O1", OrgName: "Acme\x1b[2J"},
		Rejected: at.Add(time.Hour), AccessRejected: at.Add(2 * time.Hour), Forced: even, Extended: &even,
	}
}

func same(t *testing.T, got, want webex.Tokens) {
	t.Helper()
	for _, field := range differing(got, want) {
		t.Errorf("%s came back as another: got %+v\nwant %+v", field, got, want)
	}
}

// differing returns the names of the fields of [webex.Tokens] that differ, including fields
// that are added later. Times may have another time zone, and an empty list may be nil.
func differing(got, want webex.Tokens) (fields []string) {
	g, w := reflect.ValueOf(got), reflect.ValueOf(want)
	for i := range w.NumField() {
		equal := false
		switch want := w.Field(i).Interface().(type) {
		case webex.Secret:
			equal = g.Field(i).Interface().(webex.Secret).Equal(want)
		case time.Time:
			equal = g.Field(i).Interface().(time.Time).Equal(want)
		case []string:
			equal = slices.Equal(g.Field(i).Interface().([]string), want)
		default:
			equal = reflect.DeepEqual(g.Field(i).Interface(), want)
		}
		if !equal {
			fields = append(fields, w.Type().Field(i).Name)
		}
	}
	return fields
}

func empty(t *testing.T, s webex.TokenStore) {
	if _, err := s.IntegrationTokens(t.Context(), clientA); !errors.Is(err, webex.ErrNotLoggedIn) {
		t.Errorf("integration: %v", err)
	}
	if _, err := s.OrgTokens(t.Context(), clientA, uuid1); !errors.Is(err, webex.ErrOrgNotRegistered) {
		t.Errorf("organization: %v", err)
	}
	if list, err := s.ListOrgTokens(t.Context(), clientA); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
	if err := s.DeleteOrgTokens(t.Context(), clientA, uuid1); err != nil {
		t.Errorf("delete: %v", err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func roundTrip(t *testing.T, s webex.TokenStore) {
	for n, want := range []webex.Tokens{Sample(1), Sample(2), {Access: webex.NewSecret("only"), Issued: time.Unix(1, 0)}} {
		client := webex.ClientID([]string{string(clientA), string(clientB), ""}[n])
		must(t, s.SetIntegrationTokens(t.Context(), client, want))
		got, err := s.IntegrationTokens(t.Context(), client)
		must(t, err)
		same(t, got, want)
		must(t, s.SetOrgTokens(t.Context(), clientA, uuid1, want))
		got, err = s.OrgTokens(t.Context(), clientA, uuid1)
		must(t, err)
		same(t, got, want)
	}
}

func replaces(t *testing.T, s webex.TokenStore) {
	for n := range 5 {
		must(t, s.SetIntegrationTokens(t.Context(), clientA, Sample(n)))
	}
	got, err := s.IntegrationTokens(t.Context(), clientA)
	must(t, err)
	same(t, got, Sample(4))
}

func clients(t *testing.T, s webex.TokenStore) {
	must(t, s.SetIntegrationTokens(t.Context(), clientA, Sample(1)))
	must(t, s.SetOrgTokens(t.Context(), clientA, uuid1, Sample(2)))
	for _, other := range []webex.ClientID{clientB, ""} {
		if _, err := s.IntegrationTokens(t.Context(), other); !errors.Is(err, webex.ErrNotLoggedIn) {
			t.Errorf("%q: %v", other, err)
		}
		if _, err := s.OrgTokens(t.Context(), other, uuid1); !errors.Is(err, webex.ErrOrgNotRegistered) {
			t.Errorf("%q: %v", other, err)
		}
		if list, err := s.ListOrgTokens(t.Context(), other); err != nil || len(list) != 0 {
			t.Errorf("%q: %v, %v", other, list, err)
		}
	}
	got, err := s.IntegrationTokens(t.Context(), clientA)
	must(t, err)
	same(t, got, Sample(1))
}

func encodings(t *testing.T, s webex.TokenStore) {
	id, err := webex.ParseOrgID(uuid1)
	must(t, err)
	forms := []webex.OrgID{uuid1, id, webex.OrgID(strings.ToUpper(uuid1)), id + "=="}
	for n, set := range forms {
		must(t, s.SetOrgTokens(t.Context(), clientA, set, Sample(n)))
		for _, get := range forms {
			got, err := s.OrgTokens(t.Context(), clientA, get)
			must(t, err)
			same(t, got, Sample(n))
		}
	}
	list, err := s.ListOrgTokens(t.Context(), clientA)
	must(t, err)
	if len(list) != 1 {
		t.Fatalf("%d organizations", len(list))
	}
	if org, err := webex.ParseOrgID(string(list[0].OrgID)); err != nil || org != id {
		t.Errorf("listed as %s, %v", list[0].OrgID, err)
	}
}

func deletes(t *testing.T, s webex.TokenStore) {
	must(t, s.SetOrgTokens(t.Context(), clientA, uuid1, Sample(1)))
	must(t, s.SetOrgTokens(t.Context(), clientA, uuid2, Sample(2)))
	must(t, s.DeleteOrgTokens(t.Context(), clientA, uuid1))
	if _, err := s.OrgTokens(t.Context(), clientA, uuid1); !errors.Is(err, webex.ErrOrgNotRegistered) {
		t.Errorf("still there: %v", err)
	}
	got, err := s.OrgTokens(t.Context(), clientA, uuid2)
	must(t, err)
	same(t, got, Sample(2))
}

func badOrg(t *testing.T, s webex.TokenStore) {
	for _, bad := range []webex.OrgID{"", " ", "null", "$ORG", "not-a-uuid"} {
		if err := s.SetOrgTokens(t.Context(), clientA, bad, Sample(1)); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
	if list, err := s.ListOrgTokens(t.Context(), clientA); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
}

func canceled(t *testing.T, s webex.TokenStore) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.SetIntegrationTokens(ctx, clientA, Sample(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("set: %v", err)
	}
	if _, err := s.IntegrationTokens(t.Context(), clientA); !errors.Is(err, webex.ErrNotLoggedIn) {
		t.Errorf("it was set all the same: %v", err)
	}
}

func large(t *testing.T, s webex.TokenStore) {
	long := Sample(1)
	long.Access = webex.NewSecret(strings.Repeat("x", 20_000))
	for n := range 40 {
		must(t, s.SetOrgTokens(t.Context(), clientA, webex.OrgID(fmt.Sprintf("%08x%s", n, uuid1[8:])), long))
	}
	list, err := s.ListOrgTokens(t.Context(), clientA)
	must(t, err)
	if len(list) != 40 {
		t.Fatalf("%d organizations", len(list))
	}
	for _, o := range list {
		same(t, o.Tokens, long)
	}
}

func concurrent(t *testing.T, s webex.TokenStore) {
	var wg sync.WaitGroup
	errs := make(chan error, 64)
	for n := range 8 {
		wg.Go(func() {
			for i := range 4 {
				errs <- s.SetOrgTokens(t.Context(), clientA, webex.OrgID(fmt.Sprintf("%08x%s", n*4+i, uuid1[8:])), Sample(n*4+i))
				_, err := s.ListOrgTokens(t.Context(), clientA)
				errs <- err
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		must(t, err)
	}
	for n := range 32 {
		got, err := s.OrgTokens(t.Context(), clientA, webex.OrgID(fmt.Sprintf("%08x%s", n, uuid1[8:])))
		must(t, err)
		same(t, got, Sample(n))
	}
}

func copies(t *testing.T, s webex.TokenStore) {
	given := Sample(1)
	must(t, s.SetIntegrationTokens(t.Context(), clientA, given))
	given.Scopes[0] = "changed"
	got, err := s.IntegrationTokens(t.Context(), clientA)
	must(t, err)
	got.Scopes[1] = "changed"
	again, err := s.IntegrationTokens(t.Context(), clientA)
	must(t, err)
	same(t, again, Sample(1))
}

func locks(t *testing.T, s webex.TokenStore) {
	g, ok := s.(webex.RefreshGuard)
	if !ok {
		return // the interface is optional
	}
	p, other := webex.Principal{Client: clientA}, webex.Principal{Client: clientA, Org: uuid1}
	unlock, err := g.LockRefresh(t.Context(), p)
	must(t, err)
	unlockOther, err := g.LockRefresh(t.Context(), other)
	must(t, err)
	unlockOther()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := g.LockRefresh(ctx, p); err == nil {
		t.Fatal("two hold the lock")
	}
	must(t, g.IntendRefresh(t.Context(), p, Sample(1)))
	must(t, s.SetIntegrationTokens(t.Context(), clientA, Sample(1)))
	unlock()
	unlock, err = g.LockRefresh(t.Context(), p)
	must(t, err)
	unlock()
}
