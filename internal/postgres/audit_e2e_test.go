//go:build e2e && unix

package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/audit"
	"github.com/wxauth/wxauth/internal/postgres"
	"github.com/wxauth/wxauth/internal/postgres/postgrestest"
	"github.com/wxauth/wxauth/internal/seal"
	"github.com/wxauth/wxauth/internal/store"
)

// heads is what one machine remembers.
type heads struct{ head audit.Head }

func (h *heads) Load(context.Context) (audit.Head, error) { return h.head, nil }

func (h *heads) Save(_ context.Context, head audit.Head) error {
	if h.head.Seq < head.Seq {
		h.head = head
	}
	return nil
}

func trail(s *postgres.Store) *audit.Shared { return audit.NewShared(s, s.Profile("-audit"), &heads{}) }

func entry(n int) audit.Entry {
	return audit.Entry{Time: time.Now(), Actor: "ada@acme.example", Action: "revoke", Person: "jane@acme.example", ID: fmt.Sprintf("id%d", n), Phase: audit.PhaseOutcome, Outcome: "revoked"}
}

// note is the entry of a replaced key.
func note(last audit.Line, key []byte, add func([]byte) error) error {
	return audit.Note(audit.Entry{Time: time.Now(), Action: "rekey", Phase: audit.PhaseOutcome, Outcome: "done"})(last, key, add)
}

func write(tb testing.TB, log *audit.Shared, n int) {
	tb.Helper()
	for i := range n {
		if _, err := log.Append(tb.Context(), entry(i), true); err != nil {
			tb.Fatal(err)
		}
	}
}

func verified(tb testing.TB, log *audit.Shared, entries int64) audit.Head {
	tb.Helper()
	r, err := log.Verify(tb.Context(), audit.Head{})
	if err != nil || r.Problem != nil || r.Entries != entries {
		tb.Fatalf("%+v, %+v, %v; %d entries wanted", r, r.Problem, err, entries)
	}
	return r.Head
}

// Machines that write at the same time make one chain.
func TestE2EOneChainForAll(t *testing.T) {
	address, team, s := create(t)
	const machines, each = 8, 25
	var wg sync.WaitGroup
	for m := range machines {
		log := trail(open(t, address, person(team)))
		for range 2 { // and goroutines that share a transaction
			wg.Go(func() {
				for n := range each {
					if _, err := log.Append(t.Context(), entry(m*each+n), true); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	wg.Wait()
	verified(t, trail(s), machines*each*2)
}

// The intents of a process that died get an outcome; those of a revoke in progress do not.
func TestE2EInterruptedRevokesAreSettled(t *testing.T) {
	address, team, ada := create(t)
	intent := func(log *audit.Shared, id string) int64 {
		e := entry(0)
		e.ID, e.Phase, e.Outcome = id, audit.PhaseIntent, ""
		seq, err := log.Append(t.Context(), e, true)
		must(t, err)
		return seq
	}
	dead := trail(ada)
	_, err := dead.Begin(t.Context()) // and never ends
	must(t, err)
	lost := intent(dead, "lost")
	kept := intent(dead, "answered")
	answer := entry(0)
	answer.Intent = kept
	if _, err := dead.Append(t.Context(), answer, false); err != nil {
		t.Fatal(err)
	}
	bob := trail(open(t, address, person(team)))
	if open, err := bob.Settle(t.Context()); err != nil || len(open) != 0 {
		t.Errorf("settled while the process may be alive: %v, %v", open, err)
	}
	postgrestest.Exec(t, address, `UPDATE wxauth_runs SET expires = now()`)
	end, err := bob.Begin(t.Context())
	must(t, err)
	intent(bob, "in progress")
	carol := trail(open(t, address, person(team)))
	settled := make([][]audit.Entry, 4)
	var wg sync.WaitGroup
	for n := range settled {
		log := trail(open(t, address, person(team)))
		wg.Go(func() {
			var err error
			if settled[n], err = log.Settle(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	var all []audit.Entry
	for _, s := range settled {
		all = append(all, s...)
	}
	if len(all) != 1 || all[0].Seq != lost {
		t.Errorf("%+v", all)
	}
	end()
	if open, err := carol.Settle(t.Context()); err != nil || len(open) != 1 || open[0].ID != "in progress" {
		t.Errorf("%+v, %v", open, err)
	}
	if open, err := carol.Settle(t.Context()); err != nil || len(open) != 0 {
		t.Errorf("settled twice: %+v, %v", open, err)
	}
	verified(t, carol, 6)
}

// Whatever somebody who owns the database, but has no key, does to the record is found.
func TestE2ETampersAreFound(t *testing.T) {
	address, _, ada := create(t)
	own := trail(ada)
	write(t, own, 40)
	next := seal.NewKey()
	must(t, ada.Rekey(t.Context(), next, note))
	reader := open(t, address, person(next))
	write(t, trail(reader), 39)
	head := verified(t, trail(reader), 80)
	owner := postgrestest.Connect(t, address)
	exec := func(sql string, args ...any) {
		t.Helper()
		if _, err := owner.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(sql, err)
		}
	}
	exec(`CREATE TABLE sound AS SELECT * FROM wxauth_audit`)
	exec(`ALTER TABLE wxauth_audit DROP CONSTRAINT wxauth_audit_pkey`)
	random := rand.New(rand.NewPCG(1, 2))
	for n := range 200 {
		a, b := 1+random.IntN(80), 1+random.IntN(80)
		if a == b {
			b = a%80 + 1
		}
		what := ""
		switch n % 10 {
		case 0:
			what = "a bit of an entry"
			exec(`UPDATE wxauth_audit SET data = set_bit(data, $2, 1 - get_bit(data, $2)) WHERE seq = $1`, a, 8*random.IntN(40))
		case 1:
			what = "an entry is deleted"
			exec(`DELETE FROM wxauth_audit WHERE seq = $1`, a)
		case 2:
			what = "two entries change places"
			exec(`UPDATE wxauth_audit SET seq = CASE seq WHEN $1::bigint THEN $2::bigint ELSE $1::bigint END WHERE seq IN ($1, $2)`, a, b)
		case 3:
			what = "the end is cut off"
			exec(`DELETE FROM wxauth_audit WHERE seq >= $1`, a)
		case 4:
			what = "an entry is copied to another number"
			exec(`UPDATE wxauth_audit SET data = (SELECT data FROM sound WHERE seq = $2), epoch = (SELECT epoch FROM sound WHERE seq = $2) WHERE seq = $1`, a, b)
		case 5:
			what = "an entry is doubled"
			exec(`INSERT INTO wxauth_audit SELECT * FROM sound WHERE seq = $1`, a)
		case 6:
			what = "the beginning is cut off and the rest renumbered"
			exec(`DELETE FROM wxauth_audit WHERE seq <= $1`, a)
			exec(`UPDATE wxauth_audit SET seq = seq - $1`, a)
		case 7:
			what = "another epoch"
			exec(`UPDATE wxauth_audit SET epoch = 3 - epoch WHERE seq = $1`, a)
		case 8:
			what = "a truncated entry"
			exec(`UPDATE wxauth_audit SET data = substr(data, 1, $2) WHERE seq = $1`, a, 1+random.IntN(200))
		case 9:
			what = "an entry of the owner's own"
			exec(`UPDATE wxauth_audit SET data = decode(repeat(md5($2), 20), 'hex') WHERE seq = $1`, a, fmt.Sprint(n))
		}
		r, err := trail(reader).Verify(t.Context(), head)
		if err != nil || r.Problem == nil && !r.WantMissing {
			t.Errorf("%s (%d, %d) was not found: %+v, %v", what, a, b, r, err)
		}
		exec(`TRUNCATE wxauth_audit`)
		exec(`INSERT INTO wxauth_audit SELECT * FROM sound`)
	}
	verified(t, trail(reader), 80)
}

// A former colleague, who has the earlier key and owns the database, cannot change what was written
// before the key was replaced, nor add to it.
func TestE2EAFormerColleagueCannotForge(t *testing.T) {
	address, team, ada := create(t)
	write(t, trail(ada), 5)
	next := seal.NewKey()
	must(t, ada.Rekey(t.Context(), next, note))
	reader := open(t, address, person(next))
	write(t, trail(reader), 5)
	head := verified(t, trail(reader), 11)
	// With the old key, the leaver makes the database look as it did before, and appends.
	owner := postgrestest.Connect(t, address)
	exec := func(sql string) {
		t.Helper()
		if _, err := owner.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	exec(`CREATE TABLE meta AS SELECT * FROM wxauth_meta; CREATE TABLE keys AS SELECT * FROM wxauth_keys; CREATE TABLE record AS SELECT * FROM wxauth_audit`)
	exec(`DELETE FROM wxauth_audit WHERE seq > 5; DELETE FROM wxauth_keys`)
	// Their own proof for epoch 1 is a copy from a backup: a new store with the same name makes one.
	var uuid string
	must(t, owner.QueryRow(t.Context(), `SELECT uuid FROM wxauth_meta`).Scan(&uuid))
	proof := seal.New(team, uuid, 1).Seal([]byte(uuid), "meta", "1")
	if _, err := owner.Exec(t.Context(), `UPDATE wxauth_meta SET epoch = 1, data = $1`, proof); err != nil {
		t.Fatal(err)
	}
	leaver := open(t, address, person(team))
	write(t, trail(leaver), 3)
	exec(`UPDATE wxauth_meta m SET epoch = o.epoch, data = o.data FROM meta o; INSERT INTO wxauth_keys SELECT * FROM keys`)
	exec(`INSERT INTO wxauth_audit SELECT * FROM record WHERE seq > 8`)
	r, err := trail(open(t, address, person(next))).Verify(t.Context(), head)
	if err != nil || r.Problem == nil {
		t.Errorf("%+v, %v", r, err)
	}
}

// A process that was running while the key was replaced says so, and does not take the entries with the
// new key for forged ones.
func TestE2EAReplacedKeyIsNoTampering(t *testing.T) {
	address, team, ada := create(t)
	write(t, trail(ada), 3)
	bob := open(t, address, person(team))
	verified(t, trail(bob), 3)
	must(t, ada.Rekey(t.Context(), seal.NewKey(), note))
	if r, err := trail(bob).Verify(t.Context(), audit.Head{}); !errors.Is(err, store.ErrWrongKey) || r.Problem != nil {
		t.Errorf("%+v, %v", r, err)
	}
	if lines, err := bob.NewestLines(t.Context(), 1); !errors.Is(err, store.ErrWrongKey) {
		t.Errorf("%v, %v", lines, err)
	}
}

// Nor can they append to it, although a report told them the code of the newest entry.
func TestE2EAFormerColleagueCannotAppend(t *testing.T) {
	address, team, ada := create(t)
	write(t, trail(ada), 2)
	next := seal.NewKey()
	must(t, ada.Rekey(t.Context(), next, note))
	reader := open(t, address, person(next))
	head := verified(t, trail(reader), 3)
	newest, err := reader.NewestLines(t.Context(), 1)
	must(t, err)
	uuid, err := reader.UUID(t.Context())
	must(t, err)
	old := seal.New(team, uuid, 1)
	code := old.Fingerprint("audit code")
	must(t, audit.Note(entry(1))(newest[0], code[:], func(line []byte) error {
		postgrestest.Exec(t, address, `INSERT INTO wxauth_audit (seq, epoch, data, written) VALUES (4, 1, $1, now())`, old.Seal(line, "audit", "4"))
		return nil
	}))
	if r, err := trail(reader).Verify(t.Context(), head); err != nil || r.Problem == nil {
		t.Errorf("%+v, %v", r, err)
	}
}

// One machine at a time looks for interrupted revokes.
func TestE2EAlone(t *testing.T) {
	address, team, ada := create(t)
	bob := open(t, address, person(team))
	inside := false
	done, err := ada.Alone(t.Context(), func() error {
		done, err := bob.Alone(t.Context(), func() error { inside = true; return nil })
		if done || err != nil {
			t.Errorf("%v, %v", done, err)
		}
		return nil
	})
	if !done || err != nil || inside {
		t.Errorf("%v, %v; both: %v", done, err, inside)
	}
	if done, err := bob.Alone(t.Context(), func() error { return nil }); !done || err != nil {
		t.Errorf("afterwards: %v, %v", done, err)
	}
}

// What cannot be recorded is not sent: an entry that is not committed is an error.
func TestE2EAnEntryThatIsNotCommittedIsAnError(t *testing.T) {
	address, _, s := create(t)
	log := trail(s)
	write(t, log, 1)
	postgrestest.Exec(t, address, `ALTER TABLE wxauth_audit RENAME TO away`)
	if _, err := log.Append(t.Context(), entry(1), true); !errors.Is(err, postgres.ErrNoStore) {
		t.Errorf("%v", err)
	}
	postgrestest.Exec(t, address, `ALTER TABLE away RENAME TO wxauth_audit`)
	write(t, log, 1)
	verified(t, log, 2)
}

// silentServer accepts connections and never answers.
func silentServer(tb testing.TB) (address string) {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(tb, err)
	tb.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			tb.Cleanup(func() { _ = conn.Close() })
		}
	}()
	return l.Addr().String()
}

// Whoever may write to the database, but has no key, can stop revokes, but cannot hide one.
func TestE2EAForgedNewestEntryStopsTheLog(t *testing.T) {
	for _, seq := range []int64{4, 9223372036854775807} {
		address, team, ada := create(t)
		write(t, trail(ada), 3)
		postgrestest.Exec(t, address, fmt.Sprintf(`INSERT INTO wxauth_audit VALUES (%d, 1, '\x00', now())`, seq))
		if seq, err := trail(ada).Append(t.Context(), entry(4), true); !errors.Is(err, audit.ErrTampered) || !strings.Contains(err.Error(), fmt.Sprint("entry ", seq)) && seq != 0 {
			t.Errorf("%d, %v", seq, err)
		}
		postgrestest.Exec(t, address, `DELETE FROM wxauth_audit WHERE seq > 3`)
		if r, err := trail(open(t, address, person(team))).Verify(t.Context(), audit.Head{}); err != nil || r.Problem != nil || r.Entries != 3 {
			t.Errorf("%+v, %v", r, err)
		}
	}
	// With a constraint that the owner of the database removed, a number below 1 is found too.
	address, _, ada := create(t)
	write(t, trail(ada), 3)
	postgrestest.Exec(t, address, `ALTER TABLE wxauth_audit DROP CONSTRAINT wxauth_audit_seq_check`)
	postgrestest.Exec(t, address, `INSERT INTO wxauth_audit VALUES (-1, 1, '\x00', now())`)
	if r, err := trail(ada).Verify(t.Context(), audit.Head{}); err != nil || r.Problem == nil {
		t.Errorf("%+v, %v", r, err)
	}
}

// What a trigger drops is not recorded, so nothing is sent.
func TestE2EAnEntryThatIsDroppedIsAnError(t *testing.T) {
	address, _, ada := create(t)
	postgrestest.Exec(t, address, `CREATE FUNCTION dropped() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$; CREATE TRIGGER t BEFORE INSERT ON wxauth_audit FOR EACH ROW EXECUTE FUNCTION dropped()`)
	if seq, err := trail(ada).Append(t.Context(), entry(1), true); err == nil || !strings.Contains(err.Error(), "trigger") {
		t.Errorf("%d, %v", seq, err)
	}
}

// An intent whose process was killed before the end of its revoke cannot be cut off unnoticed.
func TestE2EACutIntentIsMissed(t *testing.T) {
	address, _, ada := create(t)
	own := trail(ada)
	write(t, own, 3)
	e := entry(4)
	e.Phase, e.Outcome = audit.PhaseIntent, ""
	if _, err := own.Append(t.Context(), e, true); err != nil {
		t.Fatal(err)
	}
	postgrestest.Exec(t, address, `DELETE FROM wxauth_audit WHERE seq > 3`)
	if r, err := own.Verify(t.Context(), audit.Head{}); err != nil || r.Problem == nil {
		t.Errorf("%+v, %v", r, err)
	}
}
