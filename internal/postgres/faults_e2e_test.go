//go:build e2e && unix

package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/audit"
	"github.com/wxauth/wxauth/internal/postgres"
	"github.com/wxauth/wxauth/internal/postgres/postgrestest"
	"github.com/wxauth/wxauth/internal/seal"
	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/store/storetest"
	"github.com/wxauth/wxauth/webex"
)

// A key that is there stays, also when no store can be created with it.
func TestE2EInitDeletesNoKey(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "team.key")
	must(t, os.WriteFile(file, []byte("team "+seal.NewKey().Reveal()+"\n"), 0o600))
	env := map[string]string{"HOME": dir, session.TeamKeyVariable: file}
	var s session.Settings
	s.Store = postgrestest.Database(t)
	c := &session.Session{Getenv: func(name string) string { return env[name] }}
	if _, err := c.InitTeam(t.Context(), s); err == nil {
		t.Error("a key that exists was used for a new store")
	}
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
}

// An end that was cut off stays visible on the machine that had seen it, also after it has written.
func TestE2EACutIsNotForgotten(t *testing.T) {
	address, _, s := create(t)
	h := &heads{}
	log := audit.NewShared(s, s.Profile("-audit"), h)
	write(t, log, 10)
	must(t, log.Flush(t.Context()))
	for _, again := range []*audit.Shared{log, audit.NewShared(s, s.Profile("-audit"), h)} { // the same process, and the next
		postgrestest.Exec(t, address, `DELETE FROM wxauth_audit WHERE seq > 8`)
		write(t, again, 4)
		must(t, again.Flush(t.Context()))
		if r, err := again.Verify(t.Context(), audit.Head{}); err != nil || r.Problem == nil || h.head.Seq != 10 {
			t.Errorf("%+v, %v; remembered: %d", r, err, h.head.Seq)
		}
	}
}

// failsAtCommit writes nothing.
type failsAtCommit struct{ *postgres.Store }

func (f failsAtCommit) AppendLines(ctx context.Context, next audit.NextLines) error {
	return f.Store.AppendLines(ctx, func(last audit.Line, key []byte, add func(line []byte) error) error {
		return errors.Join(next(last, key, add), errors.New("the commit failed"))
	})
}

// What was not committed is not remembered.
func TestE2EAFailedImportIsNotRemembered(t *testing.T) {
	_, _, s := create(t)
	_, _, other := create(t)
	from := trail(other)
	write(t, from, 5)
	write(t, trail(s), 1)
	h := &heads{}
	log := audit.NewShared(failsAtCommit{s}, s.Profile("-audit"), h)
	if _, err := audit.Import(t.Context(), log, from, ""); err == nil {
		t.Error("no error")
	}
	must(t, log.Flush(t.Context()))
	if h.head.Seq > 1 {
		t.Errorf("%d is remembered", h.head.Seq)
	}
}

// A conflict while a sweep is reset leaves one sweep.
func TestE2EAResetIsRepeated(t *testing.T) {
	address, _, s := create(t)
	j, err := s.Begin(t.Context(), "scope", "")
	must(t, err)
	must(t, j.Append([]byte("old")))
	must(t, j.Close())
	j, err = s.Begin(t.Context(), "scope", "")
	must(t, err)
	must(t, j.Replay(func([]byte) error { return nil }))
	postgrestest.Exec(t, address, `CREATE SEQUENCE one;
		CREATE FUNCTION once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF nextval('one') = 1 THEN RAISE EXCEPTION 'conflict' USING ERRCODE = '40001'; END IF; RETURN NEW; END $$;
		CREATE TRIGGER once BEFORE INSERT ON wxauth_sweeps FOR EACH ROW EXECUTE FUNCTION once()`)
	must(t, j.Reset())
	must(t, j.Append([]byte("new")))
	must(t, j.Finish(t.Context(), []byte("m"), nil))
	must(t, j.Close())
	var left [][]byte
	must(t, s.Unfinished(t.Context(), "scope", "", collect(&left)))
	sweeps, err := s.Sweeps(t.Context(), "scope")
	must(t, err)
	var got [][]byte
	must(t, s.Read(t.Context(), "scope", sweeps[0].ID, collect(&got)))
	if len(left) > 0 || len(sweeps) != 1 || len(got) != 1 || string(got[0]) != "new" {
		t.Errorf("%q, %d sweeps, %q", left, len(sweeps), got)
	}
}

// A process that loses its sweep while it reads it again deletes nothing of the other's.
func TestE2EAReplayIsFenced(t *testing.T) {
	address, team, s := create(t)
	j, err := s.Begin(t.Context(), "scope", "")
	must(t, err)
	must(t, j.Append([]byte("p0")))
	must(t, j.Close())
	a, err := s.Begin(t.Context(), "scope", "")
	must(t, err)
	other := open(t, address, person(team))
	var b store.Journal
	err = a.Replay(func([]byte) error {
		postgrestest.Exec(t, address, `UPDATE wxauth_sweeps SET expires = now()`)
		b, err = other.Begin(t.Context(), "scope", "")
		must(t, err)
		must(t, b.Replay(func([]byte) error { return nil }))
		must(t, b.Append([]byte(strings.Repeat("x", 300<<10))))
		must(t, b.Append([]byte("p2"))) // saves the block before
		return nil
	})
	if !errors.Is(err, store.ErrSweeping) {
		t.Errorf("%v", err)
	}
	_ = a.Close()
	must(t, b.Finish(t.Context(), []byte("meta"), nil))
	must(t, b.Close())
	sweeps, err := other.Sweeps(t.Context(), "scope")
	must(t, err)
	var got [][]byte
	must(t, other.Read(t.Context(), "scope", sweeps[0].ID, collect(&got)))
	if len(got) != 3 {
		t.Errorf("%d parts", len(got))
	}
}

var principal = webex.Principal{Client: client, Org: org}

// The lease lasts for the whole request, however long it took to get that far.
func TestE2EAnIntentRenewsTheLease(t *testing.T) {
	address, _, s := create(t)
	must(t, s.SetOrgTokens(t.Context(), client, org, storetest.Sample(1)))
	unlock, err := s.LockRefresh(t.Context(), principal)
	must(t, err)
	defer unlock()
	postgrestest.Exec(t, address, `UPDATE wxauth_leases SET expires = now() + interval '1 second' WHERE expires > now()`)
	must(t, s.IntendRefresh(t.Context(), principal, storetest.Sample(1)))
	var left float64
	must(t, postgrestest.Connect(t, address).QueryRow(t.Context(), `SELECT extract(epoch FROM expires - now())::float8 FROM wxauth_leases`).Scan(&left))
	if left < 60 {
		t.Errorf("%f seconds are left", left)
	}
}

// While a process may still save what it received, the key is not replaced.
func TestE2ETheKeyWaitsForInterruptedRefreshes(t *testing.T) {
	address, team, s := create(t)
	must(t, s.SetOrgTokens(t.Context(), client, org, storetest.Sample(1)))
	unlock, err := s.LockRefresh(t.Context(), principal)
	must(t, err)
	must(t, s.IntendRefresh(t.Context(), principal, storetest.Sample(1)))
	postgrestest.Exec(t, address, `UPDATE wxauth_leases SET expires = now()`)
	if err := open(t, address, person(team)).Rekey(t.Context(), seal.NewKey(), note); !errors.Is(err, store.ErrLocked) {
		t.Errorf("%v", err)
	}
	must(t, s.SetOrgTokens(t.Context(), client, org, storetest.Sample(2)))
	unlock()
	must(t, open(t, address, person(team)).Rekey(t.Context(), seal.NewKey(), note))
}

// far returns the address of a database behind a slow link.
func far(t *testing.T, address string, delay time.Duration) string {
	t.Helper()
	return through(t, address, func(server, client net.Conn, b []byte) bool {
		time.Sleep(delay)
		_, err := server.Write(b)
		return err == nil
	})
}

// through returns the address of a proxy in front of a server. pass gets what the client sends.
func through(t *testing.T, address string, pass func(server, client net.Conn, b []byte) bool) string {
	t.Helper()
	u, err := url.Parse(address)
	must(t, err)
	target := u.Host
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", target)
			if err != nil {
				return
			}
			go func() {
				defer client.Close()
				_, _ = client.(*net.TCPConn).ReadFrom(server)
			}()
			go func() {
				defer server.Close()
				buf := make([]byte, 1<<16)
				for {
					n, err := client.Read(buf)
					if err != nil || !pass(server, client, buf[:n]) {
						return
					}
				}
			}()
		}
	}()
	u.Host = l.Addr().String()
	return u.String()
}

// Over a slow link, replacing the key and moving take longer than other transactions.
func TestE2EASlowLink(t *testing.T) {
	address, team, s := create(t)
	const n = 250
	for i := range n {
		must(t, s.SetOrgTokens(t.Context(), client, webex.OrgID(fmt.Sprintf("1eb65fdf-9643-417f-9974-%012x", i)), storetest.Sample(i)))
	}
	next := seal.NewKey()
	must(t, open(t, far(t, address, 45*time.Millisecond), person(team)).Rekey(t.Context(), next, note)) // 500 statements
	if list, err := open(t, address, person(next)).ListOrgTokens(t.Context(), client); err != nil || len(list) != n {
		t.Errorf("%d, %v", len(list), err)
	}
}

// An intent whose commit was cut off is only accepted when it is on the standby too.
func TestE2EACommitThatWasCutOffWaitsForTheStandby(t *testing.T) {
	srv, err := postgrestest.Start()
	must(t, err)
	t.Cleanup(srv.Stop)
	address, team := srv.URL("postgres"), seal.NewKey()
	_, err = open(t, address, person(team)).Create(t.Context())
	must(t, err)
	var cut atomic.Bool
	s := open(t, through(t, address, func(server, client net.Conn, b []byte) bool {
		_, err := server.Write(b)
		if strings.Contains(strings.ToLower(string(b)), "commit") && cut.CompareAndSwap(true, false) {
			_ = client.(*net.TCPConn).SetLinger(0)
			_ = client.Close() // the server goes on waiting for the standby
			return false
		}
		return err == nil
	}), person(team))
	log := trail(s)
	write(t, log, 1)
	conn := postgrestest.Connect(t, address)
	exec := func(sql string) {
		t.Helper()
		_, err := conn.Exec(t.Context(), sql)
		must(t, err)
	}
	exec(`ALTER SYSTEM SET synchronous_standby_names = 'away'`)
	exec(`SELECT pg_reload_conf()`)
	trial.Until(t, "the setting", func() bool {
		var now string
		must(t, conn.QueryRow(t.Context(), `SHOW synchronous_standby_names`).Scan(&now))
		return now == "away"
	})
	var before time.Time
	must(t, conn.QueryRow(t.Context(), `SELECT clock_timestamp()`).Scan(&before))
	cut.Store(true)
	appended := make(chan error, 1)
	go func() {
		_, err := log.Append(context.Background(), entry(7), true)
		appended <- err
	}()
	// The second attempt, on a new connection, finds the entry, and has to wait.
	trial.Until(t, "a wait for the standby", func() bool {
		select {
		case err := <-appended:
			t.Fatalf("accepted without the standby: %v", err)
		default:
		}
		var n int
		must(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND backend_start > $1`, before).Scan(&n))
		return n > 0
	})
	exec(`ALTER SYSTEM RESET synchronous_standby_names`)
	exec(`SELECT pg_reload_conf()`)
	must(t, <-appended)
	verified(t, trail(open(t, address, person(team))), 2)
}
