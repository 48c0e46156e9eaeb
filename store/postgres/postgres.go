// Package postgres saves the tokens of Webex integrations and Service Apps in PostgreSQL, or in a
// database that speaks its protocol, so that processes on many machines can share them.
//
//	s, err := postgres.Open(ctx, "postgres://wxauth@db.example/wxauth", key)
//	app := webex.NewServiceApp(credentials, s.Profile("work"))
//
// # What the database sees
//
// Values are encrypted before they leave the process, with XChaCha20-Poly1305 and a key that is
// derived from a 32-byte [Key], and are bound to their row. Profiles, client ids and organization ids
// are stored as keyed hashes (HMAC-SHA256). Without the key, the database shows the number of rows,
// their sizes, when they changed, and which tokens belong to the same client.
//
// # Refreshes
//
// One process at a time refreshes a pair of tokens: it holds a lease, which ends by the clock of the
// database if the process dies or sleeps. Each lease has a fencing number. A process that wakes up
// after its lease has ended does not overwrite tokens that another process saved meanwhile; but if
// nothing newer was saved, the tokens that it received are saved, because with refresh token rotation
// they may be the only valid ones.
//
// # SQL
//
// Every operation is one transaction with the isolation level serializable, which is repeated when the
// database reports a conflict (SQLSTATE 40001). No advisory locks, notifications, prepared statements
// or session settings are used, so a connection pool in transaction mode, such as PgBouncer, can stand
// between.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/wxauth/wxauth/internal/seal"
	"github.com/wxauth/wxauth/store"
)

// Key is the secret with which a team encrypts what it saves. It prints as "[redacted]".
type Key = seal.Key

// NewKey returns a random key.
func NewKey() Key { return seal.NewKey() }

// ParseKey reads the text that the key's method Reveal returns: 43 characters of base64url, for 32 bytes.
// White space around it is ignored. Its error matches [store.ErrWrongKey].
func ParseKey(text string) (Key, error) {
	k, ok := seal.ParseKey(text)
	if !ok {
		return k, fmt.Errorf("%w: a team key has 43 characters: letters, digits, - and _", store.ErrWrongKey)
	}
	return k, nil
}

// Store is one profile of a store in PostgreSQL. It is a [webex.TokenStore], a [webex.RefreshGuard] and
// a [webex.RefreshIntents], and safe for concurrent use by goroutines, processes and machines.
type Store struct {
	*shared
	profile string
}

// shared is what all profiles of a store have in common.
type shared struct {
	pool   *pgxpool.Pool
	sealer *seal.Sealer
	leases leases
}

// Open connects to the database at address, a connection string or URL of libpq. What it leaves out
// comes from the environment of libpq (PGHOST, PGPASSWORD, PGPASSFILE and so on). If the database is
// empty, Open creates the tables.
//
// A connection to another machine is encrypted and the server's certificate is verified
// (sslmode=verify-full) unless the address or PGSSLMODE says otherwise; sslmode=disable is refused for
// another machine. Errors match [store.ErrNewer] if a newer version created the tables, and
// [store.ErrWrongKey] if the store was created with another key. They never contain the password.
func Open(ctx context.Context, address string, key Key) (*Store, error) {
	config, err := configOf(address)
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, failed("open the store", err)
	}
	s := &Store{&shared{pool: pool}, store.DefaultProfile}
	if err := s.prepare(ctx, key); err != nil {
		pool.Close()
		return nil, err
	}
	return s, nil
}

// configOf reads a connection string, and decides about encryption.
func configOf(url string) (*pgxpool.Config, error) {
	said := strings.Contains(url, "sslmode=") || os.Getenv("PGSSLMODE") != ""
	config, err := pgxpool.ParseConfig(url)
	if err == nil && !said && slices.ContainsFunc(servers(config), remote) {
		config, err = pgxpool.ParseConfig(withVerification(url))
	}
	if err != nil {
		// The error of pgx quotes the string, and hides only the passwords that it recognizes.
		return nil, errors.New("open the store: the address of the database cannot be read: it should be like postgres://user@host/database, with a percent sign and two digits for special characters; the password belongs into PGPASSWORD or ~/.pgpass")
	}
	for _, s := range servers(config) {
		if remote(s) && s.TLSConfig == nil {
			return nil, fmt.Errorf("open the store: the connection to %s would not be encrypted: set sslmode=verify-full, and sslrootcert to the file of the certificate authority", s.Host)
		}
	}
	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec // prepared statements do not survive PgBouncer
	if _, ok := config.ConnConfig.RuntimeParams["application_name"]; !ok {
		config.ConnConfig.RuntimeParams["application_name"] = "wxauth"
	}
	return config, nil
}

func withVerification(url string) string {
	switch {
	case !strings.Contains(url, "://"):
		return url + " sslmode=verify-full"
	case strings.Contains(url, "?"):
		return url + "&sslmode=verify-full"
	}
	return url + "?sslmode=verify-full"
}

// servers returns every way to connect that pgx may try.
func servers(c *pgxpool.Config) []*pgconn.FallbackConfig {
	first := &pgconn.FallbackConfig{Host: c.ConnConfig.Host, TLSConfig: c.ConnConfig.TLSConfig}
	return append([]*pgconn.FallbackConfig{first}, c.ConnConfig.Fallbacks...)
}

// remote reports whether a server is on another machine: neither a socket nor a loopback address.
func remote(s *pgconn.FallbackConfig) bool {
	ip := net.ParseIP(s.Host)
	return s.Host != "localhost" && !strings.HasPrefix(s.Host, "/") && !strings.HasPrefix(s.Host, "@") && (ip == nil || !ip.IsLoopback())
}

// Profile returns the same store for another profile.
func (s *Store) Profile(name string) *Store { return &Store{s.shared, name} }

// Close closes the connections, for all profiles. Leases that are still held end by themselves.
func (s *Store) Close() { s.pool.Close() }

// retries is how often a transaction is repeated after a conflict. The pauses between them grow to
// about a second.
const retries = 12

// within runs f in a serializable transaction, and repeats both after a conflict.
func (s *shared) within(ctx context.Context, op string, f func(pgx.Tx) error) error {
	var err error
	for n := range retries {
		err = pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.Serializable}, f)
		var e *pgconn.PgError
		if !errors.As(err, &e) || e.Code != serializationFailure && e.Code != deadlock {
			break
		}
		if err := pause(ctx, n); err != nil {
			return err
		}
	}
	return failed(op, err)
}

// SQLSTATE codes.
const (
	serializationFailure = "40001"
	deadlock             = "40P01"
	undefinedTable       = "42P01"
)

// failed says what could not be done. Errors of pgx name the host, user and database, never the password.
func failed(op string, err error) error {
	var conn *pgconn.ConnectError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &conn):
		return fmt.Errorf("%s: %w: check that the database is running and reachable: %w", op, ErrUnavailable, err)
	}
	return fmt.Errorf("%s: %w", op, err)
}

// ErrUnavailable means that the database cannot be reached.
var ErrUnavailable = errors.New("the database is not available")

// pause waits longer with each try, and not the same time in each process.
func pause(ctx context.Context, try int) error {
	t := time.NewTimer(jitter(min(10*time.Millisecond<<min(try, 7), time.Second)))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
