// Package postgres saves what a team shares in PostgreSQL, or in a database that speaks its
// protocol: tokens, settings, sweeps and the audit log.
//
//	s, err := postgres.New("postgres://wxauth@db.example/wxauth", os.Getenv, keys) // nothing is opened yet
//	v := s.Profile("work")
//
// Every value is encrypted before it leaves the process and is bound to its row. Names that are
// looked up are keyed hashes. The database sees counts, sizes, times, and which rows belong together.
//
// Every write is one transaction with the isolation level serializable, which is repeated after a
// conflict (SQLSTATE 40001). There are no advisory locks, notifications, prepared statements or
// session settings, so that a connection pool in transaction mode, such as PgBouncer, can stand
// between, and so that databases that only speak the protocol can be used.
//
// To change the package, start with transact in postgres.go. keys.go has the keys and their
// replacement, lease.go the refreshes, sweeps.go the inventory, and audit.go the audit log.
package postgres

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/webex"
)

// Store is one profile of a store in PostgreSQL. It is safe for concurrent use by goroutines,
// processes and machines.
type Store struct {
	*shared
	profile string
	warn    func(error) // nil, or called with problems of operations that succeeded
}

// shared is what all profiles of a store have in common.
type shared struct {
	config   *pgxpool.Config
	verified bool // with sslmode=verify-full
	keys     LoadKeys
	leases   leases

	mu    sync.Mutex // guards pool and known
	pool  *pgxpool.Pool
	known *keyring // nil until the store was opened
}

// LoadKeys returns the keys for the store with this name.
type LoadKeys func(ctx context.Context, uuid string) (Keys, error)

// New returns the store at address, a connection string or URL of libpq. getenv returns the variables
// of libpq that the address does not contain. New sends nothing; the first operation connects.
//
// A connection to another machine is encrypted and the server's certificate is verified
// (sslmode=verify-full) unless the address or PGSSLMODE says otherwise; an unencrypted connection to
// another machine is refused. No error contains the password.
func New(address string, getenv func(string) string, keys LoadKeys) (*Store, error) {
	config, err := configOf(address, getenv)
	if err != nil {
		return nil, err
	}
	mode := modeOf(address, getenv)
	verified := mode == "" || mode == "verify-full"
	return &Store{&shared{config: config, verified: verified, keys: keys}, store.DefaultProfile, nil}, nil
}

// Times to wait for the database. An address may set another connect_timeout.
const (
	connectTime = 5 * time.Second
	answerTime  = 20 * time.Second // for a transaction
	bulkTime    = 5 * time.Minute  // for reading or writing a whole sweep
)

// configOf reads a connection string, and decides about encryption.
func configOf(address string, getenv func(string) string) (*pgxpool.Config, error) {
	address, err := withSecrets(address, getenv)
	var config *pgxpool.Config
	if err == nil {
		config, err = pgxpool.ParseConfig(address)
	}
	if err == nil && modeOf(address, getenv) == "" && slices.ContainsFunc(servers(config), remote) {
		config, err = pgxpool.ParseConfig(with(address, "sslmode", "verify-full"))
	}
	var file *fs.PathError
	switch {
	case errors.As(err, &file):
		return nil, fmt.Errorf("open the store: %w", file)
	case err != nil && strings.Contains(err.Error(), "sslmode is invalid"):
		return nil, errors.New("open the store: sslmode must be verify-full, verify-ca or require; for another machine, nothing less")
	case err != nil:
		// The error of pgx quotes the string, and hides only the passwords that it recognizes.
		return nil, errors.New("open the store: the address of the database cannot be read: it should be like postgres://user@host/database, with a percent sign and two digits for special characters; the password belongs in PGPASSWORD or ~/.pgpass")
	}
	for _, s := range servers(config) {
		if remote(s) && s.TLSConfig == nil {
			return nil, fmt.Errorf("open the store: the connection to %s would not be encrypted: set sslmode=verify-full, and sslrootcert to the file of the certificate authority", s.Host)
		}
	}
	c := config.ConnConfig
	c.DefaultQueryExecMode = pgx.QueryExecModeExec // prepared statements do not survive PgBouncer
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = connectTime
	}
	if severalHosts(config) && c.ValidateConnect == nil {
		c.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite // not a standby
	}
	if _, ok := c.RuntimeParams["application_name"]; !ok {
		c.RuntimeParams["application_name"] = "wxauth"
	}
	return config, nil
}

// modeOf returns how connections are encrypted, or "" if the user did not choose.
func modeOf(address string, getenv func(string) string) string {
	return cmp.Or(settingIn(address, "sslmode"), getenv("PGSSLMODE"))
}

// isURL reports whether an address is a URL, and not a connection string such as "host=db user=ada".
func isURL(address string) bool {
	return strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://")
}

// settingIn returns the value of a setting in an address, or "" if it is not there.
func settingIn(address, name string) string {
	if isURL(address) {
		u, err := url.Parse(address)
		if err != nil { // reported by pgx
			return ""
		}
		return u.Query().Get(name)
	}
	found := regexp.MustCompile(`(?:^|\s)` + name + `\s*=\s*('(?:[^'\\]|\\.)*'|\S*)`).FindStringSubmatch(address)
	if found == nil {
		return ""
	}
	return strings.Trim(found[1], "'")
}

// withSecrets adds the variables with secrets to an address. They are not in the environment of the
// process any more, so pgx does not find them there.
func withSecrets(address string, getenv func(string) string) (string, error) {
	inUser := false
	if isURL(address) {
		u, err := url.Parse(address)
		if err != nil {
			return "", err
		}
		_, inUser = u.User.Password()
	}
	for _, v := range []struct{ name, variable string }{{"passfile", "PGPASSFILE"}, {"sslpassword", "PGSSLPASSWORD"}, {"password", "PGPASSWORD"}} {
		value := getenv(v.variable)
		if value == "" || v.name == "password" && inUser || settingIn(address, v.name) != "" {
			continue
		}
		address = with(address, v.name, value)
	}
	return address, nil
}

// with adds a setting to an address.
func with(address, name, value string) string {
	escaped := strings.ReplaceAll(url.QueryEscape(value), "+", "%20") // libpq does not read + as a space
	switch {
	case !isURL(address):
		return address + " " + name + "='" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(value) + "'"
	case strings.Contains(address, "?"):
		return address + "&" + name + "=" + escaped
	}
	return address + "?" + name + "=" + escaped
}

// servers returns every way to connect that pgx may try.
func servers(c *pgxpool.Config) []*pgconn.FallbackConfig {
	first := &pgconn.FallbackConfig{Host: c.ConnConfig.Host, Port: c.ConnConfig.Port, TLSConfig: c.ConnConfig.TLSConfig}
	return append([]*pgconn.FallbackConfig{first}, c.ConnConfig.Fallbacks...)
}

// severalHosts reports whether there is more than one server: the primary and its standbys.
func severalHosts(c *pgxpool.Config) bool {
	all := servers(c)
	return slices.ContainsFunc(all, func(s *pgconn.FallbackConfig) bool { return s.Host != all[0].Host || s.Port != all[0].Port })
}

// remote reports whether a server is on another machine: neither a socket nor a loopback address.
func remote(s *pgconn.FallbackConfig) bool {
	ip := net.ParseIP(s.Host)
	return s.Host != "localhost" && !strings.HasPrefix(s.Host, "/") && !strings.HasPrefix(s.Host, "@") && (ip == nil || !ip.IsLoopback())
}

// Warning returns the same store, which calls warn with problems of operations that succeeded.
func (s *Store) Warning(warn func(error)) *Store { return &Store{s.shared, s.profile, warn} }

// Profile returns the same store for another profile.
func (s *Store) Profile(name string) *Store { return &Store{s.shared, name, s.warn} }

// Where returns the database's user, servers and name, without a password.
func (s *shared) Where() string {
	var hosts []string
	for _, h := range servers(s.config) {
		host := h.Host
		if !strings.HasPrefix(host, "/") {
			host = net.JoinHostPort(host, fmt.Sprint(h.Port))
		}
		if !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	c := s.config.ConnConfig
	return fmt.Sprintf("database %s at %s (user %s)", cmp.Or(c.Database, c.User), strings.Join(hosts, ", "), c.User)
}

// Verified reports whether the certificate of every other machine is verified.
func (s *Store) Verified() bool {
	return s.verified || !slices.ContainsFunc(servers(s.config), remote)
}

// Close closes the connections, for all profiles. Leases that are still held end by themselves.
func (s *Store) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pool != nil {
		s.pool.Close()
	}
	s.pool, s.known = nil, nil
}

// connection returns the pool, which connects when it is used.
func (s *shared) connection(ctx context.Context) (*pgxpool.Pool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pool != nil {
		return s.pool, nil
	}
	pool, err := pgxpool.NewWithConfig(context.WithoutCancel(ctx), s.config)
	if err != nil {
		return nil, s.failed("open the store", err)
	}
	s.pool = pool
	return pool, nil
}

const (
	// retries is how often a transaction is repeated after a conflict. The pauses between them grow to
	// about a second.
	retries = 30
	// stales is how often connections may turn out to have ended.
	stales = 3
	// persistence is how long a transaction that must not fail is repeated while the database is away:
	// longer than it takes to promote a standby.
	persistence = 45 * time.Second
)

// mode is how a transaction deals with a database that is slow or away.
type mode int

const (
	usual      mode = iota
	persistent      // it must not fail: it is repeated while the database is away
	large           // it has many statements
)

// transact runs f in a serializable transaction, and repeats both after a conflict. f must allow for being
// repeated after a commit whose result is not known.
func (s *shared) transact(ctx context.Context, op string, how mode, f func(context.Context, pgx.Tx) error) error {
	pool, err := s.connection(ctx)
	if err != nil {
		return err
	}
	limit, end := answerTime, time.Now().Add(persistence)
	if how == large {
		limit = bulkTime
	}
	for conflicts, absences := 0, 0; ; {
		one, cancel := context.WithTimeout(ctx, limit)
		err = pgx.BeginTxFunc(one, pool, pgx.TxOptions{IsoLevel: pgx.Serializable}, func(tx pgx.Tx) error { return f(one, tx) })
		cancel()
		again := false
		switch {
		case ctx.Err() != nil:
		case isConflict(err):
			conflicts++
			again = conflicts <= retries
		case isAway(err):
			absences++
			again = absences <= stales && resetIfStale(pool, err) || how == persistent && time.Now().Before(end)
		}
		if !again {
			return s.failed(op, err)
		}
		if err := pause(ctx, conflicts+absences); err != nil {
			return err
		}
	}
}

// SQLSTATE codes.
const (
	serializationFailure = "40001"
	deadlock             = "40P01"
	undefinedTable       = "42P01"
	undefinedColumn      = "42703"
	noPrivilege          = "42501"
	uniqueViolation      = "23505"
	wrongPassword        = "28P01"
	readOnly             = "25006" // a standby
)

func codeOf(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

func isConflict(err error) bool {
	code := codeOf(err)
	return code == serializationFailure || code == deadlock || code == uniqueViolation // of a row that another process inserted first
}

// isAway reports whether the database could not be reached, was shut down, or is a standby. Nothing is
// known about a commit whose answer did not arrive.
func isAway(err error) bool {
	if err == nil {
		return false
	}
	if code := codeOf(err); code != "" {
		return code == readOnly || strings.HasPrefix(code, "57P") || strings.HasPrefix(code, "08") || strings.HasPrefix(code, "53")
	}
	var network net.Error
	var connect *pgconn.ConnectError
	return errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, context.DeadlineExceeded) || isClosed(err)
}

// resetIfStale reports whether a connection of the pool may have ended before it was used, as after a restart
// of the database. Then so have the others: the pool makes new ones.
func resetIfStale(pool *pgxpool.Pool, err error) bool {
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	pool.Reset()
	return true
}

func isClosed(err error) bool {
	for _, words := range []string{"conn closed", "unexpected EOF", "closed pool", "conn busy"} {
		if strings.Contains(err.Error(), words) {
			return true
		}
	}
	return false
}

// failed says what could not be done, and why in words: pgx lists every address and protocol that it
// tried. Its errors name the host, user and database, never the password.
func (s *shared) failed(op string, err error) error {
	var connect *pgconn.ConnectError
	switch {
	case err == nil:
		return nil
	case codeOf(err) == noPrivilege:
		return fmt.Errorf("%s: %w: %s: wxauth store grants prints what each role may do", op, ErrNoPrivilege, server(err))
	case codeOf(err) == undefinedTable, codeOf(err) == undefinedColumn:
		return fmt.Errorf("%s: %w", op, ErrNoStore)
	case errors.Is(err, context.Canceled):
		return err
	case isAway(err):
		return unavailable{s.Where(), cause(err)}
	case errors.As(err, &connect) && codeOf(err) != "":
		hint := ""
		if codeOf(err) == wrongPassword {
			hint = ": set PGPASSWORD, or use ~/.pgpass"
		}
		return fmt.Errorf("%w to the %s: %s%s", ErrRefused, s.Where(), server(err), hint)
	}
	if codeOf(err) != "" {
		return fmt.Errorf("%s: %w", op, serverError{err})
	}
	return fmt.Errorf("%s: %w", op, err)
}

// serverError is an error of the server, whose text could contain anything.
type serverError struct{ err error }

func (e serverError) Error() string { return server(e.err) + " (SQLSTATE " + codeOf(e.err) + ")" }
func (e serverError) Unwrap() error { return e.err }

// server returns the message of the server in an error.
func server(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return string(webex.Clean(webex.Untrusted(e.Message)))
	}
	return ""
}

// unavailable is an error that matches [ErrUnavailable].
type unavailable struct{ where, cause string }

func (e unavailable) Error() string {
	return fmt.Sprintf("the %s is not available: %s", e.where, e.cause)
}

func (e unavailable) Is(target error) bool { return target == ErrUnavailable } //nolint:errorlint // this is the comparison

// StoreAway tells the dashboard to try again; see app.StoreAway.
func (unavailable) StoreAway() bool { return true }

// cause returns the part of an error that a person can act on.
func cause(err error) string {
	var certificate *tls.CertificateVerificationError
	var names x509.HostnameError
	var network *net.OpError
	var lookup *net.DNSError
	switch {
	case errors.As(err, &lookup):
		return lookup.Err
	case errors.As(err, &names):
		return names.Error() + ": use a name of the certificate as the host"
	case errors.As(err, &certificate):
		return certificate.Error() + ": set sslrootcert to the file of the certificate authority"
	case server(err) != "":
		return server(err)
	case strings.Contains(err.Error(), "refused TLS"):
		return "the server does not offer TLS: set ssl = on there"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return "it does not answer"
	case errors.As(err, &network):
		return network.Err.Error()
	}
	return "the connection ended"
}

var (
	// ErrUnavailable means that the database cannot be reached.
	ErrUnavailable = errors.New("the database is not available")
	// ErrNoPrivilege means that the role may not do this.
	ErrNoPrivilege = errors.New("permission denied")
	// ErrRefused means that the server accepts no connection of this user to this database.
	ErrRefused = errors.New("access denied")
	// ErrNoStore means that the database has no tables of wxauth.
	ErrNoStore = errors.New("the database holds no store of wxauth: create one with wxauth store init")
	// ErrNoPerson means that there is only the key of the team, so that there are no logins.
	ErrNoPerson = errors.New("this is the key of the team only, without a key for logins")
)

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
