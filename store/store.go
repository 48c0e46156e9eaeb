// Package store keeps the tokens of Webex integrations and Service Apps at rest: sealed, in one
// bbolt file that any number of goroutines and processes may use at the same time.
//
//	s, err := store.Open(path, store.Keyring())
//	app := webex.NewIntegration(credentials, s.Profile("work"))
//
// A value is sealed with XChaCha20-Poly1305, bound to the place where it lies: a value that is
// moved, cut or changed by one bit is an error, never data. The master key is not in the file: it is
// in the keyring of the operating system, wrapped by a passphrase, or in a file of its own. Names of
// profiles, client ids and organization ids are in the clear.
//
// The file is open only inside an operation, under a lock with a time limit. A damaged file is never
// written to; see [Bolt.NewestBackup] and [Bolt.Restore].
package store

import (
	"context"
	"time"

	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/webex"
)

// DefaultProfile is the profile of a store that was opened and not asked for another.
const DefaultProfile = store.DefaultProfile

// What can be wrong with a store. Every error of this package matches one of these with errors.Is,
// or is webex.ErrNotLoggedIn or webex.ErrOrgNotRegistered for what is not there.
var (
	// ErrLocked: another process has held the file for longer than we wait.
	ErrLocked = store.ErrLocked
	// ErrDamaged: the file, or a value in it, is not what was written.
	ErrDamaged = store.ErrDamaged
	// ErrForeign: the file is a sound bbolt database, and not one of ours.
	ErrForeign = store.ErrForeign
	// ErrNewer: a newer version made the store.
	ErrNewer = store.ErrNewer
	// ErrExposed: others may read or write the file, or it is not ours.
	ErrExposed = store.ErrExposed
	// ErrKeyLost: there are records, and their key is gone.
	ErrKeyLost = store.ErrKeyLost
	// ErrWrongKey: a wrong passphrase, or a key that was changed.
	ErrWrongKey = store.ErrWrongKey
	// ErrNoKey: where the key should come from cannot be used now.
	ErrNoKey = store.ErrNoKey
	// ErrWrite: the file system refused to write. What was there before is intact.
	ErrWrite = store.ErrWrite
	// ErrInBackups: a deleted record is gone from the store, but a backup that can be neither
	// replaced nor removed still holds it.
	ErrInBackups = store.ErrInBackups
)

// Key is where the master key of a store comes from.
type Key = store.Key

// Keyring keeps the key in the keyring of the operating system: Secret Service, Keychain or
// Credential Manager.
func Keyring() Key { return store.Keyring() }

// Keyfile keeps the key in a file. It is the weaker choice: whoever copies the folder has both.
func Keyfile(path string) Key { return store.Keyfile(path) }

// Passphrase derives a key from a passphrase (argon2id), which wraps the master key. ask is called
// with 0 where a new passphrase is chosen, else with the number of the attempt, from 1.
func Passphrase(ask func(ctx context.Context, try int) (webex.Secret, error)) Key {
	return store.Passphrase(ask)
}

// Option changes a [Bolt].
type Option = store.Option

// WithWarnings has f told what went wrong beside an operation that succeeded: a backup that could
// not be written.
func WithWarnings(f func(error)) Option { return store.WithWarnings(f) }

// Login is a profile and a client whose tokens are stored.
type Login struct {
	Profile string
	Client  webex.ClientID // empty for a token of no client of ours
}

// Backup is a copy of the store as it was.
type Backup struct {
	Path    string
	Taken   time.Time
	Records int
}

// Memory is a store for those who keep nothing: a [webex.TokenStore] and a [webex.RefreshGuard].
type Memory = store.Memory

// NewMemory returns an empty store in memory.
func NewMemory() *Memory { return store.NewMemory() }

// Bolt is a store in a file, seen through one profile. It is a [webex.TokenStore], a
// [webex.RefreshGuard] and a [webex.RefreshIntents], safe for use by many goroutines and processes.
type Bolt struct{ of *store.Bolt }

// Open returns the store at path. The file need not exist: reading from none finds nothing, and the
// first write creates it, readable by its owner alone. Nothing is read before the first call, so an
// error of the file or the key comes from the operation that meets it.
func Open(path string, key Key, opts ...Option) (*Bolt, error) {
	b, err := store.Open(path, key, opts...)
	if err != nil {
		return nil, err
	}
	return &Bolt{b}, nil
}

// Profile returns the same store for another profile.
func (b *Bolt) Profile(name string) *Bolt { return &Bolt{b.of.Profile(name)} }

// Path is where the file is.
func (b *Bolt) Path() string { return b.of.Path() }

// Prepare makes sure, before somebody is sent to log in, that tokens can be kept: there is a key,
// and room.
func (b *Bolt) Prepare(ctx context.Context) error { return b.of.Prepare(ctx) }

// Verify reads every value and returns how many there are.
func (b *Bolt) Verify(ctx context.Context) (int, error) { return b.of.Verify(ctx) }

// NewestBackup returns the newest backup of which every value can be opened. ok is false when
// there is none.
func (b *Bolt) NewestBackup(ctx context.Context) (backup Backup, ok bool) {
	newest, ok := b.of.NewestBackup(ctx)
	return Backup(newest), ok
}

// Restore sets a damaged store aside, under a name that says when, and puts a backup in its place.
// A store that can be read is left alone. It returns where the damaged one is now.
func (b *Bolt) Restore(ctx context.Context, backup Backup) (aside string, err error) {
	return b.of.Restore(ctx, store.Backup(backup))
}

// Logins lists the integrations whose tokens are stored, of all profiles. It needs no key.
func (b *Bolt) Logins(ctx context.Context) ([]Login, error) { return logins(b.of.Logins(ctx)) }

// ServiceApps lists the Service Apps with stored tokens, of all profiles. It needs no key.
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

// IntegrationTokens returns the tokens of an integration; webex.ErrNotLoggedIn where there are none.
func (b *Bolt) IntegrationTokens(ctx context.Context, client webex.ClientID) (webex.Tokens, error) {
	return b.of.IntegrationTokens(ctx, client)
}

// SetIntegrationTokens keeps the tokens of an integration. They are on the disk when it returns.
func (b *Bolt) SetIntegrationTokens(ctx context.Context, client webex.ClientID, t webex.Tokens) error {
	return b.of.SetIntegrationTokens(ctx, client, t)
}

// DeleteIntegrationTokens forgets the tokens of an integration, in the backups too.
func (b *Bolt) DeleteIntegrationTokens(ctx context.Context, client webex.ClientID) error {
	return b.of.DeleteIntegrationTokens(ctx, client)
}

// OrgTokens returns the tokens of a Service App in an organization; webex.ErrOrgNotRegistered where
// there are none.
func (b *Bolt) OrgTokens(ctx context.Context, client webex.ClientID, org webex.OrgID) (webex.Tokens, error) {
	return b.of.OrgTokens(ctx, client, org)
}

// SetOrgTokens keeps the tokens of a Service App in an organization. They are on the disk when it
// returns.
func (b *Bolt) SetOrgTokens(ctx context.Context, client webex.ClientID, org webex.OrgID, t webex.Tokens) error {
	return b.of.SetOrgTokens(ctx, client, org, t)
}

// DeleteOrgTokens forgets the tokens of a Service App in an organization, in the backups too.
func (b *Bolt) DeleteOrgTokens(ctx context.Context, client webex.ClientID, org webex.OrgID) error {
	return b.of.DeleteOrgTokens(ctx, client, org)
}

// ListOrgTokens returns the tokens of a Service App in all organizations.
func (b *Bolt) ListOrgTokens(ctx context.Context, client webex.ClientID) ([]webex.OrgTokens, error) {
	return b.of.ListOrgTokens(ctx, client)
}

// LockRefresh implements [webex.RefreshGuard] with a file that the kernel unlocks when the process
// ends.
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
