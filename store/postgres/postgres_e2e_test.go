//go:build e2e && unix

package postgres_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/wxauth/wxauth/internal/postgres/postgrestest"
	"github.com/wxauth/wxauth/store"
	"github.com/wxauth/wxauth/store/postgres"
	"github.com/wxauth/wxauth/store/storetest"
	"github.com/wxauth/wxauth/webex"
)

const client = webex.ClientID("Caaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")

var login = webex.Principal{Client: client}

func open(t *testing.T, url string, key postgres.Key) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), url, key)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestMain(m *testing.M) { os.Exit(postgrestest.Run(m)) }

func TestE2ETheStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) webex.TokenStore {
		return open(t, postgrestest.Database(t), postgres.NewKey())
	})
}

// The same behind PgBouncer in transaction mode, where each transaction may have another connection.
func TestE2ETheStoreBehindPgBouncer(t *testing.T) {
	storetest.Run(t, func(t *testing.T) webex.TokenStore {
		return open(t, postgrestest.Bouncer(t, postgrestest.Database(t)), postgres.NewKey())
	})
}

func TestE2EManyCreateTheTablesAtOnce(t *testing.T) {
	url, key := postgrestest.Database(t), postgres.NewKey()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			s, err := postgres.Open(t.Context(), url, key)
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			if _, err := s.IntegrationTokens(t.Context(), client); !errors.Is(err, webex.ErrNotLoggedIn) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestE2EAnotherKeyIsRefused(t *testing.T) {
	url := postgrestest.Database(t)
	open(t, url, postgres.NewKey())
	if _, err := postgres.Open(t.Context(), url, postgres.NewKey()); !errors.Is(err, store.ErrWrongKey) {
		t.Errorf("%v", err)
	}
}

func TestE2EANewerSchemaIsRefused(t *testing.T) {
	url, key := postgrestest.Database(t), postgres.NewKey()
	open(t, url, key)
	run(t, url, `UPDATE wxauth_meta SET schema = schema + 1`)
	if _, err := postgres.Open(t.Context(), url, key); !errors.Is(err, store.ErrNewer) {
		t.Errorf("%v", err)
	}
}

func run(t *testing.T, url, sql string) {
	t.Helper()
	postgrestest.Exec(t, url, sql)
}

// A row that was put in another's place is not read as the other.
func TestE2EAMovedRowIsNotRead(t *testing.T) {
	url := postgrestest.Database(t)
	s := open(t, url, postgres.NewKey())
	must(t, s.SetIntegrationTokens(t.Context(), client, storetest.Sample(1)))
	must(t, s.Profile("other").SetIntegrationTokens(t.Context(), client, storetest.Sample(2)))
	run(t, url, `UPDATE wxauth_tokens a SET data = b.data FROM wxauth_tokens b WHERE a.slot <> b.slot`)
	if _, err := s.IntegrationTokens(t.Context(), client); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("%v", err)
	}
}

// A row that was moved to another client is not listed as one of that client's.
func TestE2ETokensAreNotListedForAnotherClient(t *testing.T) {
	url := postgrestest.Database(t)
	s := open(t, url, postgres.NewKey())
	const org, other = "1eb65fdf-9643-417f-9974-ad72cae0e10f", "96abc2aa-3dcc-11e5-a152-fe34819cdc9a"
	must(t, s.SetOrgTokens(t.Context(), client, org, storetest.Sample(1)))
	must(t, s.SetOrgTokens(t.Context(), "Cother", other, storetest.Sample(2)))
	run(t, url, `UPDATE wxauth_tokens a SET client = b.client FROM wxauth_tokens b WHERE a.slot <> b.slot`)
	for _, c := range []webex.ClientID{client, "Cother"} {
		if list, err := s.ListOrgTokens(t.Context(), c); !errors.Is(err, store.ErrDamaged) {
			t.Errorf("%s: %d organizations, %v", c, len(list), err)
		}
	}
}

// endLeases does what time does to the lease of a process that sleeps.
func endLeases(t *testing.T, url string) {
	t.Helper()
	run(t, url, `UPDATE wxauth_leases SET expires = now()`)
}

// asleep returns a program whose lease ended in the middle of a refresh, before it has saved what it
// received, and another program.
func asleep(t *testing.T) (sleeper, other *postgres.Store, unlock func()) {
	t.Helper()
	url, key := postgrestest.Database(t), postgres.NewKey()
	sleeper, other = open(t, url, key), open(t, url, key)
	before := storetest.Sample(1)
	before.Rejected = time.Time{}
	must(t, sleeper.SetIntegrationTokens(t.Context(), client, before))
	unlock, err := sleeper.LockRefresh(t.Context(), login)
	must(t, err)
	must(t, sleeper.IntendRefresh(t.Context(), login, before))
	endLeases(t, url)
	return sleeper, other, unlock
}

func TestE2EASleeperDoesNotOverwriteNewerTokens(t *testing.T) {
	sleeper, other, unlock := asleep(t)
	unlockOther, err := other.LockRefresh(t.Context(), login)
	must(t, err)
	if since, err := other.CutOff(t.Context(), login); err != nil || since.IsZero() {
		t.Errorf("the refresh of the sleeper is not known: %v, %v", since, err)
	}
	must(t, other.IntendRefresh(t.Context(), login, storetest.Sample(1)))
	must(t, other.SetIntegrationTokens(t.Context(), client, storetest.Sample(3)))
	unlockOther()
	must(t, sleeper.SetIntegrationTokens(t.Context(), client, storetest.Sample(2)))
	unlock()
	stored(t, other, 3)
}

// What a sleeper received is saved where nothing newer is, although its old token was meanwhile noted
// as rejected.
func TestE2EASleeperSavesWhatNobodyElseHas(t *testing.T) {
	sleeper, other, unlock := asleep(t)
	unlockOther, err := other.LockRefresh(t.Context(), login)
	must(t, err)
	must(t, other.IntendRefresh(t.Context(), login, storetest.Sample(1)))
	rejected := storetest.Sample(1)
	rejected.Rejected = time.Now()
	must(t, other.SetIntegrationTokens(t.Context(), client, rejected))
	unlockOther()
	must(t, sleeper.SetIntegrationTokens(t.Context(), client, storetest.Sample(2)))
	unlock()
	stored(t, other, 2)
}

// Somebody who logged out stays logged out.
func TestE2EASleeperRestoresNoLogin(t *testing.T) {
	sleeper, other, unlock := asleep(t)
	must(t, other.DeleteIntegrationTokens(t.Context(), client))
	must(t, sleeper.SetIntegrationTokens(t.Context(), client, storetest.Sample(2)))
	unlock()
	if _, err := other.IntegrationTokens(t.Context(), client); !errors.Is(err, webex.ErrNotLoggedIn) {
		t.Errorf("%v", err)
	}
}

func TestE2EWithoutItsLeaseNothingIsSent(t *testing.T) {
	url := postgrestest.Database(t)
	s := open(t, url, postgres.NewKey())
	unlock, err := s.LockRefresh(t.Context(), login)
	must(t, err)
	defer unlock()
	endLeases(t, url)
	if err := s.IntendRefresh(t.Context(), login, storetest.Sample(1)); !errors.Is(err, store.ErrLocked) {
		t.Errorf("%v", err)
	}
}

func stored(t *testing.T, s *postgres.Store, n int) {
	t.Helper()
	got, err := s.IntegrationTokens(t.Context(), client)
	must(t, err)
	if want := storetest.Sample(n); !got.Refresh.Equal(want.Refresh) || !got.Access.Equal(want.Access) {
		t.Errorf("the stored tokens are not those of %d: %+v", n, got)
	}
}

// What the database holds shows neither a token nor a name.
func TestE2ETheDatabaseHoldsNoNames(t *testing.T) {
	url := postgrestest.Database(t)
	s := open(t, url, postgres.NewKey()).Profile("work")
	const org = "1eb65fdf-9643-417f-9974-ad72cae0e10f"
	tokens := storetest.Sample(1)
	must(t, s.SetIntegrationTokens(t.Context(), client, tokens))
	must(t, s.SetOrgTokens(t.Context(), client, org, tokens))
	unlock, err := s.LockRefresh(t.Context(), login)
	must(t, err)
	must(t, s.IntendRefresh(t.Context(), login, tokens))
	defer unlock()
	var all bytes.Buffer
	conn := postgrestest.Connect(t, url)
	for _, table := range []string{"wxauth_meta", "wxauth_tokens", "wxauth_leases"} {
		rows, err := conn.Query(t.Context(), "SELECT * FROM "+table)
		must(t, err)
		_, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (struct{}, error) {
			for _, v := range r.RawValues() {
				all.Write(v)
			}
			return struct{}{}, nil
		})
		must(t, err)
	}
	if all.Len() < 1000 {
		t.Fatalf("only %d bytes were read", all.Len())
	}
	for _, word := range []string{tokens.Access.Reveal(), tokens.Refresh.Reveal(), string(client), org, strings.ReplaceAll(org, "-", ""), "work", "Acme", "ada@acme.example", "spark:"} {
		if bytes.Contains(all.Bytes(), []byte(word)) {
			t.Errorf("%q is in the database", word)
		}
	}
}
