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
// their sizes, when they changed, and which tokens belong to the same client. Somebody who may write to
// the database and puts back an earlier row is not detected.
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
// Every write is one transaction with the isolation level serializable, which is repeated when the
// database reports a conflict (SQLSTATE 40001). No advisory locks, notifications, prepared statements
// or session settings are used, so a connection pool in transaction mode, such as PgBouncer, can stand
// between.
package postgres

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/wxauth/wxauth/internal/postgres"
	"github.com/wxauth/wxauth/internal/seal"
	"github.com/wxauth/wxauth/store"
	"github.com/wxauth/wxauth/webex"
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

// ErrUnavailable means that the database cannot be reached.
var ErrUnavailable = postgres.ErrUnavailable

// Store is one profile of a store in PostgreSQL. It is a [webex.TokenStore], a [webex.RefreshGuard] and
// a [webex.RefreshIntents], and safe for concurrent use by goroutines, processes and machines.
type Store struct{ of *postgres.Store }

// Open connects to the database at address, a connection string or URL of libpq. What it leaves out
// comes from the environment of libpq (PGHOST, PGPASSWORD, PGPASSFILE and so on). If the database is
// empty, Open creates the tables. All tokens are encrypted with key.
//
// A connection to another machine is encrypted and the server's certificate is verified
// (sslmode=verify-full) unless the address or PGSSLMODE says otherwise; sslmode=disable is refused for
// another machine. Errors match [store.ErrNewer] if a newer version created the tables, and
// [store.ErrWrongKey] if the store was created with another key. They never contain the password.
func Open(ctx context.Context, address string, key Key) (*Store, error) {
	s, err := postgres.New(address, os.Getenv, func(context.Context, string) (postgres.Keys, error) {
		return postgres.Keys{Team: key, Person: &key}, nil
	})
	if err != nil {
		return nil, err
	}
	there, err := s.Exists(ctx)
	if err == nil && !there {
		_, err = s.Create(ctx)
	}
	if err == nil {
		err = s.Check(ctx)
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return &Store{s}, nil
}

// Profile returns the same store for another profile.
func (s *Store) Profile(name string) *Store { return &Store{s.of.Profile(name)} }

// Close closes the connections, for all profiles. Leases that are still held end by themselves.
func (s *Store) Close() { s.of.Close() }

// IntegrationTokens returns the tokens of an integration. Without any, the error matches
// [webex.ErrNotLoggedIn].
func (s *Store) IntegrationTokens(ctx context.Context, client webex.ClientID) (webex.Tokens, error) {
	return s.of.IntegrationTokens(ctx, client)
}

// SetIntegrationTokens saves the tokens of an integration. They are committed when it returns nil, or,
// while a lease is held that has ended meanwhile, newer ones are.
func (s *Store) SetIntegrationTokens(ctx context.Context, client webex.ClientID, t webex.Tokens) error {
	return s.of.SetIntegrationTokens(ctx, client, t)
}

// DeleteIntegrationTokens deletes the tokens of an integration. It is not an error if there are none.
func (s *Store) DeleteIntegrationTokens(ctx context.Context, client webex.ClientID) error {
	return s.of.DeleteIntegrationTokens(ctx, client)
}

// OrgTokens returns the tokens of a Service App for an organization. Without any, the error matches
// [webex.ErrOrgNotRegistered].
func (s *Store) OrgTokens(ctx context.Context, client webex.ClientID, org webex.OrgID) (webex.Tokens, error) {
	return s.of.OrgTokens(ctx, client, org)
}

// SetOrgTokens saves the tokens of a Service App for an organization, as
// [Store.SetIntegrationTokens] does.
func (s *Store) SetOrgTokens(ctx context.Context, client webex.ClientID, org webex.OrgID, t webex.Tokens) error {
	return s.of.SetOrgTokens(ctx, client, org, t)
}

// DeleteOrgTokens deletes the tokens of a Service App for an organization. It is not an error if there
// are none.
func (s *Store) DeleteOrgTokens(ctx context.Context, client webex.ClientID, org webex.OrgID) error {
	return s.of.DeleteOrgTokens(ctx, client, org)
}

// ListOrgTokens returns the tokens of a Service App for all organizations, sorted by UUID.
func (s *Store) ListOrgTokens(ctx context.Context, client webex.ClientID) ([]webex.OrgTokens, error) {
	return s.of.ListOrgTokens(ctx, client)
}

// LockRefresh takes the lease on refreshing the tokens of p. It waits while another goroutine, process
// or machine holds it, and ends with an error that matches [store.ErrLocked] when that takes too long.
func (s *Store) LockRefresh(ctx context.Context, p webex.Principal) (unlock func(), err error) {
	return s.of.LockRefresh(ctx, p)
}

// IntendRefresh records that the tokens of p are about to be refreshed. The record is as large as the
// new tokens will be, so that on a full disk it fails before the refresh token is spent. If the lease
// has ended meanwhile, the error matches [store.ErrLocked], and nothing may be sent.
func (s *Store) IntendRefresh(ctx context.Context, p webex.Principal, like webex.Tokens) error {
	return s.of.IntendRefresh(ctx, p, like)
}

// DropIntent removes the record that [Store.IntendRefresh] wrote.
func (s *Store) DropIntent(ctx context.Context, p webex.Principal) error {
	return s.of.DropIntent(ctx, p)
}

// CutOff returns when a refresh of the tokens of p started that has not completed, by the clock of the
// database; zero if there is none. While the lease is held, that refresh was interrupted.
func (s *Store) CutOff(ctx context.Context, p webex.Principal) (time.Time, error) {
	return s.of.CutOff(ctx, p)
}

var (
	_ webex.TokenStore     = (*Store)(nil)
	_ webex.RefreshGuard   = (*Store)(nil)
	_ webex.RefreshIntents = (*Store)(nil)
)
