//go:build e2e && unix

package postgres_test

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/internal/postgres/postgrestest"
	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/store/storetest"
	"github.com/wxauth/wxauth/webex"
)

// BenchmarkTokens compares saving and reading tokens with a bare pgx that writes and reads the same bytes
// durably: a serializable transaction, and a query. The pairs are interleaved.
//
//	go test -tags e2e ./internal/postgres -run '^$' -bench Tokens -benchtime 300x
func BenchmarkTokens(b *testing.B) {
	address, _, s := create(b)
	postgrestest.Exec(b, address, `CREATE TABLE bare (slot bytea PRIMARY KEY, data bytea NOT NULL)`)
	config, err := pgxpool.ParseConfig(address)
	must(b, err)
	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec
	bare, err := pgxpool.NewWithConfig(b.Context(), config)
	must(b, err)
	b.Cleanup(bare.Close)
	tokens := storetest.Sample(1)
	plain, err := tokens.RevealJSON()
	must(b, err)
	data, slot := make([]byte, len(plain)+200), []byte("0123456789abcdef0123456789abcdef")
	put := func() error {
		return pgx.BeginTxFunc(b.Context(), bare, pgx.TxOptions{IsoLevel: pgx.Serializable}, func(tx pgx.Tx) error {
			_, err := tx.Exec(b.Context(), `INSERT INTO bare (slot, data) VALUES ($1, $2) ON CONFLICT (slot) DO UPDATE SET data = excluded.data`, slot, data)
			return err
		})
	}
	get := func() error {
		var got []byte
		return bare.QueryRow(b.Context(), `SELECT data FROM bare WHERE slot = $1`, slot).Scan(&got)
	}
	for _, c := range []struct {
		name        string
		ours, floor func() error
	}{
		{"put", func() error { return s.SetOrgTokens(b.Context(), client, org, tokens) }, put},
		{"get", func() error { return second(s.OrgTokens(b.Context(), client, org)) }, get},
	} {
		b.Run(c.name, func(b *testing.B) {
			var ours, floor []time.Duration
			for range b.N {
				ours = append(ours, timed(b, c.ours))
				floor = append(floor, timed(b, c.floor))
			}
			b.ReportMetric(median(ours).Seconds()*1e6, "µs")
			b.ReportMetric(median(floor).Seconds()*1e6, "floor-µs")
			b.ReportMetric(float64(median(ours))/float64(median(floor)), "ratio")
		})
	}
}

func timed(b *testing.B, f func() error) time.Duration {
	b.Helper()
	began := time.Now()
	must(b, f())
	return time.Since(began)
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

// sweeps is what both kinds of stores can do.
type sweeps interface {
	Begin(ctx context.Context, scope, name string) (store.Journal, error)
	Sweeps(ctx context.Context, scope string) ([]store.Sweep, error)
	Read(ctx context.Context, scope string, id []byte, each func([]byte) error) error
}

// BenchmarkSweep saves a sweep of 100,000 people and reads it into the inventory, in a database and in a
// file.
//
//	go test -tags e2e ./internal/postgres -run '^$' -bench Sweep -benchtime 1x
func BenchmarkSweep(b *testing.B) {
	const people = 100_000
	dir := b.TempDir()
	file, err := store.Open(filepath.Join(dir, "store.db"), store.Keyfile(filepath.Join(dir, "key")))
	must(b, err)
	_, _, database := create(b)
	took := map[string][2]time.Duration{}
	for _, c := range []struct {
		name string
		in   sweeps
	}{{"file", store.NewInventory(filepath.Join(dir, "inventory.db"), file, func(error) {})}, {"database", database}} {
		b.Run(c.name, func(b *testing.B) {
			for range b.N {
				began := time.Now()
				writeSweep(b, c.in, people)
				saved := time.Since(began)
				runtime.GC()
				began = time.Now()
				all, err := c.in.Sweeps(b.Context(), "scope")
				must(b, err)
				v := inventory.New()
				must(b, c.in.Read(b.Context(), "scope", all[0].ID, v.Take))
				v.Prepare()
				loaded := time.Since(began)
				if v.People() != people {
					b.Fatalf("%d people", v.People())
				}
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				b.ReportMetric(saved.Seconds(), "save-s")
				b.ReportMetric(loaded.Seconds(), "load-s")
				b.ReportMetric(float64(m.HeapInuse)/(1<<20), "heap-MiB")
				took[c.name] = [2]time.Duration{saved, loaded}
				runtime.KeepAlive(v)
			}
		})
	}
	if f, d := took["file"], took["database"]; f[0] > 0 && d[0] > 0 {
		b.Logf("the database takes %.2f times as long as the file to save, %.2f times to load", float64(d[0])/float64(f[0]), float64(d[1])/float64(f[1]))
	}
}

// writeSweep saves a finished sweep of people with about ten tokens each.
func writeSweep(b *testing.B, in sweeps, people int) {
	b.Helper()
	j, err := in.Begin(b.Context(), "scope", "")
	must(b, err)
	defer j.Close()
	must(b, j.Reset())
	v := inventory.New()
	w, head := inventory.NewWriter(v, time.Now(), "")
	must(b, j.Append(head))
	now := time.Now()
	for n := range people {
		person := inventory.Person{ID: webex.PersonID(fmt.Sprintf("person-%d", n)), Email: webex.Untrusted(fmt.Sprintf("person%d@acme.example", n)), Name: webex.Untrusted(fmt.Sprintf("Person %d", n))}
		var rows []webex.Authorization
		for t := range 10 {
			rows = append(rows, webex.Authorization{
				ID: webex.AuthorizationID(fmt.Sprintf("id-%d-%d", n, t)), ApplicationName: webex.Untrusted(fmt.Sprintf("App %d", (n+t)%500)),
				ClientID: webex.ClientID(fmt.Sprintf("C%063d", (n+t)%500)), Type: webex.TypeRefresh, Created: now.Add(-time.Duration(n%2000) * time.Hour),
			})
		}
		i, part := w.Person(person)
		must(b, j.Append(part))
		must(b, j.Append(w.Read(i, rows)))
	}
	must(b, j.Append(w.Finish(time.Now())))
	must(b, j.Finish(b.Context(), []byte("{}"), nil))
}
