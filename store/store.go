// Package store saves the tokens of Webex integrations and Service Apps, encrypted, in a single
// bbolt file that goroutines and processes may use concurrently.
//
//	s, err := store.Open(path, store.Keyring())
//	app := webex.NewIntegration(credentials, s.Profile("work"))
//
// Values are encrypted with XChaCha20-Poly1305 and bound to their location in the file: reading a
// value that was moved, truncated or changed fails. The master key is not in the file. It is in the
// keyring of the operating system, wrapped by a passphrase, or in a separate file. Profile names,
// client ids and organization ids are not encrypted.
//
// The file is open and locked only during an operation, and waiting for the lock times out. A
// damaged file is never written to; see [Bolt.NewestBackup] and [Bolt.Restore].
package store

import (
	"context"
	"time"

	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/webex"
)

// DefaultProfile is the profile of a store as returned by [Open].
const DefaultProfile = store.DefaultProfile

// Errors of a store. Every error of this package matches one of these, [webex.ErrNotLoggedIn] or
// [webex.ErrOrgNotRegistered] with errors.Is; or it is the error of the
// context, or webex.ErrInvalidInput for an invalid organization id.
var (
	// ErrLocked means that another process held the lock for too long.
	ErrLocked = store.ErrLocked
	// ErrDamaged means that the file or a value in it was changed or is corrupt.
	ErrDamaged = store.ErrDamaged
	// ErrForeign means that the file is a valid bbolt database but not a store.
	ErrForeign = store.ErrForeign
	// ErrNewer means that a newer version of this package wrote the store.
	ErrNewer = store.ErrNewer
	// ErrExposed means that other users can read or write the file, or own it.
	ErrExposed = store.ErrExposed
	// ErrKeyLost means that the store exists but its master key is missing.
	ErrKeyLost = store.ErrKeyLost
	// ErrWrongKey means that the passphrase is wrong or the master key was changed.
	ErrWrongKey = store.ErrWrongKey
	// ErrNoKey means that the key source is not available.
	ErrNoKey = store.ErrNoKey
	// ErrWrite means that the file system failed to write. The previous content is intact.
	ErrWrite = store.ErrWrite
	// ErrInBackups means that a record was deleted from the store, but that a backup, which could
	// be neither replaced nor removed, still contains it.
	ErrInBackups = store.ErrInBackups
)

// Key is the source of the master key of a store: [Keyring], [Keyfile] or [Passphrase].
type Key = store.Key

// Keyring returns a [Key] that keeps the master key in the keyring of the operating system: Secret
// Service, Keychain or Credential Manager.
func Keyring() Key { return store.Keyring() }

// Keyfile returns a [Key] that keeps the master key in the file at path. It is the least secure
// choice, because whoever copies both files can decrypt the store.
func Keyfile(path string) Key { return store.Keyfile(path) }

// Passphrase returns a [Key] that wraps the master key with a passphrase (argon2id). ask returns the
// passphrase; try is 0 for choosing a new one, and otherwise the number of the attempt, from 1. An
// error of ask ends the attempts.
func Passphrase(ask func(ctx context.Context, try int) (webex.Secret, error)) Key {
	return store.Passphrase(ask)
}

// Option configures a [Bolt].
type Option = store.Option

// WithWarnings sets a function that is called with problems of an operation that succeeded, such as a
// backup that could not be written.
func WithWarnings(f func(error)) Option { return store.WithWarnings(f) }

// Login identifies stored tokens by profile and client.
type Login struct {
	Profile string
	Client  webex.ClientID // empty for a token without a client, such as a personal access token
}

// Backup is an earlier copy of the store.
type Backup struct {
	Path    string
	Taken   time.Time
	Records int // number of values in it
}

// Memory is a store that is lost when the process exits. It is a [webex.TokenStore] and a
// [webex.RefreshGuard].
type Memory = store.Memory

// NewMemory returns an empty store in memory.
func NewMemory() *Memory { return store.NewMemory() }

// Bolt is one profile of a store in a file. It is a [webex.TokenStore], a [webex.RefreshGuard] and a
// [webex.RefreshIntents], and safe for concurrent use by goroutines and processes.
type Bolt struct{ of *store.Bolt }

// Open returns the store at path with the profile [DefaultProfile]. If the file does not exist, the
// first write creates it, readable by its owner only. Open does not access the file or the key, so
// their errors come from later operations. Its own error means that path or key is missing, or that
// path cannot be made absolute.
func Open(path string, key Key, opts ...Option) (*Bolt, error) {
	b, err := store.Open(path, key, opts...)
	if err != nil {
		return nil, err
	}
	return &Bolt{b}, nil
}

// Profile returns the same store for another profile.
func (b *Bolt) Profile(name string) *Bolt { return &Bolt{b.of.Profile(name)} }

// Path returns the path of the file.
func (b *Bolt) Path() string { return b.of.Path() }

// Prepare checks that tokens can be saved, and creates the store if needed. Call it before a login.
func (b *Bolt) Prepare(ctx context.Context) error { return b.of.Prepare(ctx) }

// Verify decrypts every value and returns their number.
func (b *Bolt) Verify(ctx context.Context) (int, error) { return b.of.Verify(ctx) }

// NewestBackup returns the newest backup in which every value can be decrypted. ok is false if there
// is none.
func (b *Bolt) NewestBackup(ctx context.Context) (backup Backup, ok bool) {
	newest, ok := b.of.NewestBackup(ctx)
	return Backup(newest), ok
}

// Restore replaces a damaged store with a backup. It first renames the damaged file, adding the time
// to its name, and returns the new path as aside. It fails if the store is not damaged.
func (b *Bolt) Restore(ctx context.Context, backup Backup) (aside string, err error) {
	return b.of.Restore(ctx, store.Backup(backup))
}

// Logins lists the integrations with stored tokens in all profiles. It does not need the key.
func (b *Bolt) Logins(ctx context.Context) ([]Login, error) { return logins(b.of.Logins(ctx)) }

// ServiceApps lists the Service Apps with stored tokens in all profiles. It does not need the key.
func (b *Bolt) ServiceApps(ctx context.Context) ([]Login, error) {
	return logins(b.of.ServiceApps(ctx))
}

func logins(all []store.Login, err error) ([]Login, error) {
	out := make([]Login, len(all))
	for i, l := range all {
		out[i] = Login(l)
	}
	return out, err
}

// IntegrationTokens returns the tokens of an integration. Without any, the error matches
// [webex.ErrNotLoggedIn].
func (b *Bolt) IntegrationTokens(ctx context.Context, client webex.ClientID) (webex.Tokens, error) {
	return b.of.IntegrationTokens(ctx, client)
}

// SetIntegrationTokens saves the tokens of an integration. They are on disk when it returns nil.
func (b *Bolt) SetIntegrationTokens(ctx context.Context, client webex.ClientID, t webex.Tokens) error {
	return b.of.SetIntegrationTokens(ctx, client, t)
}

// DeleteIntegrationTokens deletes the tokens of an integration, also from the backups. It is not an
// error if there are none.
func (b *Bolt) DeleteIntegrationTokens(ctx context.Context, client webex.ClientID) error {
	return b.of.DeleteIntegrationTokens(ctx, client)
}

// OrgTokens returns the tokens of a Service App for an organization. Without any, the error matches
// [webex.ErrOrgNotRegistered].
func (b *Bolt) OrgTokens(ctx context.Context, client webex.ClientID, org webex.OrgID) (webex.Tokens, error) {
	return b.of.OrgTokens(ctx, client, org)
}

// SetOrgTokens saves the tokens of a Service App for an organization. They are on disk when it
// returns nil.
func (b *Bolt) SetOrgTokens(ctx context.Context, client webex.ClientID, org webex.OrgID, t webex.Tokens) error {
	return b.of.SetOrgTokens(ctx, client, org, t)
}

// DeleteOrgTokens deletes the tokens of a Service App for an organization, also from the backups. It
// is not an error if there are none.
func (b *Bolt) DeleteOrgTokens(ctx context.Context, client webex.ClientID, org webex.OrgID) error {
	return b.of.DeleteOrgTokens(ctx, client, org)
}

// ListOrgTokens returns the tokens of a Service App for all organizations, sorted by UUID.
func (b *Bolt) ListOrgTokens(ctx context.Context, client webex.ClientID) ([]webex.OrgTokens, error) {
	return b.of.ListOrgTokens(ctx, client)
}

// LockRefresh implements [webex.RefreshGuard] with a file lock, which the kernel releases when the
// process exits.
func (b *Bolt) LockRefresh(ctx context.Context, p webex.Principal) (unlock func(), err error) {
	return b.of.LockRefresh(ctx, p)
}

// IntendRefresh implements [webex.RefreshGuard].
func (b *Bolt) IntendRefresh(ctx context.Context, p webex.Principal, like webex.Tokens) error {
	return b.of.IntendRefresh(ctx, p, like)
}

// DropIntent implements [webex.RefreshIntents].
func (b *Bolt) DropIntent(ctx context.Context, p webex.Principal) error {
	return b.of.DropIntent(ctx, p)
}

// CutOff implements [webex.RefreshIntents].
func (b *Bolt) CutOff(ctx context.Context, p webex.Principal) (time.Time, error) {
	return b.of.CutOff(ctx, p)
}

var (
	_ webex.TokenStore     = (*Bolt)(nil)
	_ webex.RefreshGuard   = (*Bolt)(nil)
	_ webex.RefreshIntents = (*Bolt)(nil)
)
