//go:build e2e && unix

package postgres_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/wxauth/wxauth/internal/postgres"
	"github.com/wxauth/wxauth/internal/postgres/postgrestest"
	"github.com/wxauth/wxauth/internal/seal"
	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/store/storetest"
	"github.com/wxauth/wxauth/webex"
)

func TestMain(m *testing.M) { os.Exit(postgrestest.Run(m)) }

const (
	client = webex.ClientID("Caaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
	org    = webex.OrgID("1eb65fdf-9643-417f-9974-ad72cae0e10f")
)

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// open returns a store as one machine uses it.
func open(tb testing.TB, address string, keys postgres.Keys) *postgres.Store {
	tb.Helper()
	s, err := postgres.New(address, os.Getenv, func(context.Context, string) (postgres.Keys, error) { return keys, nil })
	must(tb, err)
	tb.Cleanup(s.Close)
	return s
}

// person returns the keys of one person of a team.
func person(team seal.Key) postgres.Keys {
	own := seal.NewKey()
	return postgres.Keys{Team: team, Person: &own, Source: "test"}
}

// create returns a new store of a team.
func create(tb testing.TB) (address string, team seal.Key, s *postgres.Store) {
	tb.Helper()
	address, team = postgrestest.Database(tb), seal.NewKey()
	s = open(tb, address, person(team))
	if created, err := s.Create(tb.Context()); !created || err != nil {
		tb.Fatal(created, err)
	}
	return address, team, s
}

// Nobody else on the team can read a login, or find out whose it is. Organizations of Service Apps are
// everybody's.
func TestE2ELoginsBelongToAPerson(t *testing.T) {
	address, team, ada := create(t)
	must(t, ada.SetIntegrationTokens(t.Context(), client, storetest.Sample(1)))
	must(t, ada.SetOrgTokens(t.Context(), client, org, storetest.Sample(2)))
	bob := open(t, address, person(team))
	if _, err := bob.IntegrationTokens(t.Context(), client); !errors.Is(err, webex.ErrNotLoggedIn) {
		t.Errorf("Bob reads Ada's login: %v", err)
	}
	if logins, err := bob.Logins(t.Context()); err != nil || len(logins) != 0 {
		t.Errorf("%v, %v", logins, err)
	}
	if got, err := bob.OrgTokens(t.Context(), client, org); err != nil || !got.Access.Equal(storetest.Sample(2).Access) {
		t.Errorf("%v", err)
	}
	must(t, bob.SetIntegrationTokens(t.Context(), client, storetest.Sample(3)))
	if got, err := ada.IntegrationTokens(t.Context(), client); err != nil || !got.Access.Equal(storetest.Sample(1).Access) {
		t.Errorf("Bob's login replaced Ada's: %v", err)
	}
	if logins, err := ada.Logins(t.Context()); err != nil || len(logins) != 1 || logins[0] != (store.Login{Profile: store.DefaultProfile, Client: client}) {
		t.Errorf("%v, %v", logins, err)
	}
}

// A job with the team's key alone refreshes organizations, and has no logins.
func TestE2EAJobHasNoLogins(t *testing.T) {
	address, team, ada := create(t)
	must(t, ada.SetIntegrationTokens(t.Context(), client, storetest.Sample(1)))
	must(t, ada.SetOrgTokens(t.Context(), client, org, storetest.Sample(2)))
	job := open(t, address, postgres.Keys{Team: team})
	if _, err := job.IntegrationTokens(t.Context(), client); !errors.Is(err, webex.ErrNotLoggedIn) {
		t.Errorf("%v", err)
	}
	for _, err := range []error{job.Prepare(t.Context()), job.SetIntegrationTokens(t.Context(), client, storetest.Sample(3))} {
		if !errors.Is(err, postgres.ErrNoPerson) {
			t.Errorf("%v", err)
		}
	}
	if apps, err := job.ServiceAppClients(t.Context()); err != nil || len(apps) != 1 {
		t.Errorf("%v, %v", apps, err)
	}
	must(t, job.SetOrgTokens(t.Context(), client, org, storetest.Sample(4)))
	if got, err := ada.OrgTokens(t.Context(), client, org); err != nil || !got.Access.Equal(storetest.Sample(4).Access) {
		t.Errorf("%v", err)
	}
}

func TestE2ESettings(t *testing.T) {
	address, team, s := create(t)
	must(t, s.SetSetting(t.Context(), "aliases", "{}"))
	must(t, s.Profile("work").SetSetting(t.Context(), "aliases", "work's"))
	other := open(t, address, person(team))
	for _, c := range []struct{ profile, name, want string }{{"default", "aliases", "{}"}, {"work", "aliases", "work's"}, {"work", "other", ""}} {
		if got, err := other.Profile(c.profile).Setting(t.Context(), c.name); err != nil || got != c.want {
			t.Errorf("%v: %q, %v", c, got, err)
		}
	}
	must(t, other.SetSetting(t.Context(), "aliases", ""))
	if got, err := s.Setting(t.Context(), "aliases"); err != nil || got != "" {
		t.Errorf("%q, %v", got, err)
	}
}

// part returns a part of a sweep that does not compress.
func part(n int) []byte {
	b := bytes.Repeat([]byte(fmt.Sprintf("person %d;", n)), 20)
	return append(b, seal.NewKey().Reveal()...)
}

func collect(into *[][]byte) func([]byte) error {
	return func(p []byte) error {
		*into = append(*into, bytes.Clone(p))
		return nil
	}
}

func TestE2EASweepIsContinuedOnAnotherMachine(t *testing.T) {
	address, team, ada := create(t)
	bob := open(t, address, person(team))
	const scope = "default\x00webex\x00org"
	j, err := ada.Begin(t.Context(), scope, "")
	must(t, err)
	must(t, j.Reset())
	var sent [][]byte
	for n := range 5000 { // several blocks
		p := part(n)
		sent = append(sent, p)
		must(t, j.Append(p))
	}
	if _, err := bob.Begin(t.Context(), scope, ""); !errors.Is(err, store.ErrSweeping) {
		t.Errorf("two machines sweep: %v", err)
	}
	other, err := bob.Begin(t.Context(), scope, "people named ada")
	must(t, err)
	must(t, other.Close())
	must(t, j.Close())

	// An attempt that is stopped before it has read anything loses nothing.
	stopped, stop := context.WithCancel(t.Context())
	j, err = bob.Begin(stopped, scope, "")
	must(t, err)
	stop()
	if err := j.Replay(func([]byte) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	must(t, j.Close())
	j, err = bob.Begin(t.Context(), scope, "")
	must(t, err)
	defer j.Close()
	var got [][]byte
	must(t, j.Replay(collect(&got)))
	if len(got) != len(sent) || !bytes.Equal(bytes.Join(got, nil), bytes.Join(sent, nil)) {
		t.Fatalf("%d of %d parts", len(got), len(sent))
	}
	must(t, j.Append([]byte("last")))
	must(t, j.Finish(t.Context(), []byte("the first sweep"), nil))
	sweeps, err := ada.Sweeps(t.Context(), scope)
	if err != nil || len(sweeps) != 1 || string(sweeps[0].Meta) != "the first sweep" {
		t.Fatalf("%v, %v", sweeps, err)
	}
	got = nil
	must(t, ada.Read(t.Context(), scope, sweeps[0].ID, collect(&got)))
	if len(got) != len(sent)+1 || string(got[len(got)-1]) != "last" {
		t.Errorf("%d parts", len(got))
	}
	// The journal goes on with an empty sweep; the next one replaces the first.
	got = nil
	must(t, j.Replay(collect(&got)))
	must(t, j.Append([]byte("second")))
	must(t, j.Finish(t.Context(), []byte("the second sweep"), [][]byte{sweeps[0].ID}))
	if sweeps, err = ada.Sweeps(t.Context(), scope); err != nil || len(got) != 0 || len(sweeps) != 1 || string(sweeps[0].Meta) != "the second sweep" {
		t.Errorf("%d parts, %v, %v", len(got), sweeps, err)
	}
	if sweeps, err := ada.Sweeps(t.Context(), "another"); err != nil || len(sweeps) != 0 {
		t.Errorf("%v, %v", sweeps, err)
	}
}

// A process that slept for too long stops, when another machine continues its sweep.
func TestE2EASleepingSweepEnds(t *testing.T) {
	address, team, ada := create(t)
	j, err := ada.Begin(t.Context(), "scope", "")
	must(t, err)
	must(t, j.Reset())
	must(t, j.Append([]byte("read by Ada")))
	postgrestest.Exec(t, address, `UPDATE wxauth_sweeps SET expires = now()`)
	bob := open(t, address, person(team))
	k, err := bob.Begin(t.Context(), "scope", "")
	must(t, err)
	defer k.Close()
	must(t, k.Replay(func([]byte) error { return nil }))
	whole := bytes.Repeat([]byte("Bob"), 100<<10)
	must(t, k.Append(whole))
	must(t, k.Append([]byte("read by Bob"))) // saves the block before
	if err := j.Finish(t.Context(), []byte("Ada's"), nil); !errors.Is(err, store.ErrSweeping) {
		t.Errorf("%v", err)
	}
	_ = j.Close()
	must(t, k.Finish(t.Context(), []byte("Bob's"), nil))
	sweeps, err := ada.Sweeps(t.Context(), "scope")
	if err != nil || len(sweeps) != 1 || string(sweeps[0].Meta) != "Bob's" {
		t.Fatalf("%v, %v", sweeps, err)
	}
	var got [][]byte
	must(t, ada.Read(t.Context(), "scope", sweeps[0].ID, collect(&got)))
	if len(got) != 2 || !bytes.Equal(got[0], whole) || string(got[1]) != "read by Bob" {
		t.Errorf("%d parts: %.20q", len(got), got)
	}
}

// After a block that was changed, a sweep goes on with what is before it.
func TestE2EADamagedSweepIsReadAgain(t *testing.T) {
	address, _, s := create(t)
	j, err := s.Begin(t.Context(), "scope", "")
	must(t, err)
	must(t, j.Reset())
	for n := range 6000 {
		must(t, j.Append(part(n)))
	}
	must(t, j.Close())
	postgrestest.Exec(t, address, `UPDATE wxauth_sweep_parts SET data = set_byte(data, 100, get_byte(data, 100) # 1) WHERE n = 2`)
	var warning error
	j, err = s.Warning(func(err error) { warning = err }).Begin(t.Context(), "scope", "")
	must(t, err)
	defer j.Close()
	var first [][]byte
	must(t, j.Replay(collect(&first)))
	if warning == nil || !strings.Contains(warning.Error(), "part 2 is lost") {
		t.Errorf("%v", warning)
	}
	if len(first) == 0 || len(first) >= 6000 {
		t.Errorf("%d parts", len(first))
	}
	must(t, j.Finish(t.Context(), []byte("m"), nil))
	sweeps, err := s.Sweeps(t.Context(), "scope")
	must(t, err)
	var got [][]byte
	must(t, s.Read(t.Context(), "scope", sweeps[0].ID, collect(&got)))
	if len(got) != len(first) {
		t.Errorf("%d of %d parts", len(got), len(first))
	}
}

func TestE2ETheKeyIsReplaced(t *testing.T) {
	address, team, ada := create(t)
	must(t, ada.SetIntegrationTokens(t.Context(), client, storetest.Sample(1)))
	must(t, ada.SetOrgTokens(t.Context(), client, org, storetest.Sample(2)))
	must(t, ada.SetSetting(t.Context(), "aliases", "all"))
	j, err := ada.Begin(t.Context(), "scope", "")
	must(t, err)
	must(t, j.Append([]byte("part")))
	must(t, j.Finish(t.Context(), []byte("meta"), nil))
	must(t, j.Close())
	log := trail(ada)
	write(t, log, 3)
	bob, writer := open(t, address, person(team)), open(t, address, person(team))
	must(t, bob.Check(t.Context()))
	must(t, writer.Check(t.Context()))

	unlock, err := bob.LockRefresh(t.Context(), webex.Principal{Client: client, Org: org})
	must(t, err)
	next := seal.NewKey()
	if err := ada.Rekey(t.Context(), next, note); !errors.Is(err, store.ErrLocked) {
		t.Errorf("the key was replaced during a refresh: %v", err)
	}
	unlock()
	must(t, ada.Rekey(t.Context(), next, note))

	for name, err := range map[string]error{
		"read":    second(bob.OrgTokens(t.Context(), client, org)),
		"list":    second(bob.ListOrgTokens(t.Context(), client)),
		"setting": second(bob.Setting(t.Context(), "aliases")),
		"write":   writer.SetOrgTokens(t.Context(), client, org, storetest.Sample(5)),
		"open":    open(t, address, person(team)).Check(t.Context()),
	} {
		if !errors.Is(err, store.ErrWrongKey) {
			t.Errorf("%s with the old key: %v", name, err)
		}
	}
	carol := open(t, address, person(next))
	if got, err := carol.OrgTokens(t.Context(), client, org); err != nil || !got.Refresh.Equal(storetest.Sample(2).Refresh) {
		t.Errorf("%v", err)
	}
	if got, err := carol.Setting(t.Context(), "aliases"); err != nil || got != "all" {
		t.Errorf("%q, %v", got, err)
	}
	sweeps, err := carol.Sweeps(t.Context(), "scope")
	if err != nil || len(sweeps) != 1 {
		t.Fatalf("%v, %v", sweeps, err)
	}
	var got [][]byte
	must(t, carol.Read(t.Context(), "scope", sweeps[0].ID, collect(&got)))
	if len(got) != 1 || string(got[0]) != "part" {
		t.Errorf("%q", got)
	}
	verified(t, trail(carol), 4)
	write(t, trail(carol), 2)
	verified(t, trail(carol), 6)
	// A second replacement keeps both earlier keys.
	last := seal.NewKey()
	must(t, carol.Rekey(t.Context(), last, note))
	verified(t, trail(open(t, address, person(last))), 7)
}

func second[T any](_ T, err error) error { return err }

// Ada's login is still hers, because her own key did not change.
func TestE2EALoginOutlivesTheTeamKey(t *testing.T) {
	address, team, _ := create(t)
	keys := person(team)
	ada := open(t, address, keys)
	must(t, ada.SetIntegrationTokens(t.Context(), client, storetest.Sample(1)))
	next := seal.NewKey()
	must(t, ada.Rekey(t.Context(), next, note))
	keys.Next = &next // as after an interruption: not yet in the place of the old one
	if got, err := open(t, address, keys).IntegrationTokens(t.Context(), client); err != nil || !got.Access.Equal(storetest.Sample(1).Access) {
		t.Errorf("%v", err)
	}
}

// The roles do what they are for.
func TestE2ERoles(t *testing.T) {
	address, team, ada := create(t)
	write(t, trail(ada), 2)
	postgrestest.Exec(t, address, postgres.Grants())
	for _, user := range []string{"writer", "reader", "chief"} {
		postgrestest.Exec(t, address, `CREATE ROLE `+user+` LOGIN`)
	}
	postgrestest.Exec(t, address, `GRANT wxauth_writer TO writer; GRANT wxauth_reader TO reader; GRANT wxauth_owner TO chief`)
	as := func(user string) string { return strings.Replace(address, postgrestest.Superuser+"@", user+"@", 1) }

	writer := open(t, as("writer"), person(team))
	must(t, writer.SetIntegrationTokens(t.Context(), client, storetest.Sample(1)))
	must(t, writer.SetOrgTokens(t.Context(), client, org, storetest.Sample(1)))
	must(t, writer.SetSetting(t.Context(), "aliases", "x"))
	end, err := writer.BeginRun(t.Context())
	must(t, err)
	write(t, trail(writer), 2)
	end()
	j, err := writer.Begin(t.Context(), "scope", "")
	must(t, err)
	must(t, j.Append([]byte("part")))
	must(t, j.Finish(t.Context(), []byte("meta"), nil))
	must(t, j.Close())
	conn := postgrestest.Connect(t, as("writer"))
	for _, sql := range []string{`UPDATE wxauth_audit SET seq = 9`, `DELETE FROM wxauth_audit`, `TRUNCATE wxauth_audit`, `DELETE FROM wxauth_meta`, `UPDATE wxauth_keys SET epoch = 2`, `DROP TABLE wxauth_audit`} {
		if _, err := conn.Exec(t.Context(), sql); err == nil || !strings.Contains(err.Error(), "42501") {
			t.Errorf("%s as the writer: %v", sql, err)
		}
	}
	if err := writer.Rekey(t.Context(), seal.NewKey(), note); err == nil || !strings.Contains(err.Error(), "wxauth store grants") {
		t.Errorf("the writer replaced the key: %v", err)
	}

	reader := open(t, as("reader"), person(team))
	verified(t, trail(reader), 4)
	if sweeps, err := reader.Sweeps(t.Context(), "scope"); err != nil || len(sweeps) != 1 {
		t.Errorf("%v, %v", sweeps, err)
	}
	if _, err := reader.OrgTokens(t.Context(), client, org); err == nil {
		t.Error("a reader reads tokens")
	}
	if _, err := trail(reader).Append(t.Context(), entry(1), true); err == nil {
		t.Error("a reader writes the audit log")
	}
	must(t, open(t, as("chief"), person(team)).Rekey(t.Context(), seal.NewKey(), note))
}

// A process whose connections ended, as after a restart of the server, goes on by itself.
func TestE2EConnectionsThatEndedAreReplaced(t *testing.T) {
	address, _, s := create(t)
	must(t, s.SetOrgTokens(t.Context(), client, org, storetest.Sample(1)))
	var wg sync.WaitGroup
	for range 4 { // several connections
		wg.Go(func() { _, _ = s.Setting(t.Context(), "x") })
	}
	wg.Wait()
	for range 3 {
		postgrestest.Exec(t, address, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'wxauth'`)
		if _, err := s.OrgTokens(t.Context(), client, org); err != nil {
			t.Fatal(err)
		}
		must(t, s.SetOrgTokens(t.Context(), client, org, storetest.Sample(2)))
	}
}

// A database that accepts connections and says nothing ends in an error, not in waiting for ever.
func TestE2ESilenceEnds(t *testing.T) {
	_, team, _ := create(t)
	silent := silentServer(t)
	s := open(t, "postgres://ada@"+silent+"/wxauth?connect_timeout=1", person(team))
	if _, err := s.Setting(t.Context(), "x"); !errors.Is(err, postgres.ErrUnavailable) { // or the test never ends
		t.Error(err)
	}
}

// Whoever may write to the database cannot make an older sweep the newest, or show it for another
// organization; nor give the store a name that is a path.
func TestE2EWhatIsNotEncryptedIsBound(t *testing.T) {
	address, team, ada := create(t)
	for n := range 2 {
		j, err := ada.Begin(t.Context(), "scope", "")
		must(t, err)
		must(t, j.Reset())
		must(t, j.Append(part(n)))
		must(t, j.Finish(t.Context(), fmt.Append(nil, n), nil))
		must(t, j.Close())
	}
	if sweeps, err := ada.Sweeps(t.Context(), "scope"); err != nil || len(sweeps) != 2 || string(sweeps[0].Meta) != "1" {
		t.Fatalf("%v, %v", sweeps, err)
	}
	postgrestest.Exec(t, address, `UPDATE wxauth_sweeps SET number = 99 WHERE number = 1`)
	if sweeps, err := ada.Sweeps(t.Context(), "scope"); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("%v, %v", sweeps, err)
	}
	for _, name := range []string{"x\n\nwxauth: all fine", "../../../../etc/passwd", ""} {
		postgrestest.Exec(t, address, `UPDATE wxauth_meta SET uuid = '`+name+`'`)
		asked := false
		s, err := postgres.New(address, func(string) string { return "" }, func(context.Context, string) (postgres.Keys, error) {
			asked = true
			return person(team), nil
		})
		must(t, err)
		if uuid, err := s.UUID(t.Context()); !errors.Is(err, store.ErrDamaged) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q, %v", uuid, err)
		}
		if _, err := s.Setting(t.Context(), "a"); !errors.Is(err, store.ErrDamaged) || asked {
			t.Errorf("%q: %v, asked for keys: %v", name, err, asked)
		}
		s.Close()
	}
}
