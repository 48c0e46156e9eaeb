package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/wxauth/wxauth/internal/audit"
	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/internal/move"
	"github.com/wxauth/wxauth/internal/postgres"
	"github.com/wxauth/wxauth/internal/seal"
	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/webex"
)

// side returns a store for a move.
func (c *Session) side(k OpenStore, files config.Files) move.Store {
	if k.Team != nil {
		return move.Store{
			Values: k.Team, Sweeps: k.Team, Trail: k.Trail, Internal: []string{auditProfile},
			Guard: func(profile string) webex.RefreshGuard { return k.Team.Profile(profile) },
		}
	}
	return move.Store{
		Values: k.File, Sweeps: store.NewInventory(files.Inventory, k.File, func(err error) { c.Note("%s", err) }), Trail: k.Trail,
		Internal: []string{auditProfile, store.InventoryProfile},
		Guard:    func(profile string) webex.RefreshGuard { return k.File.Profile(profile) },
	}
}

// errMemoryTarget means that a store was to be moved into memory.
var errMemoryTarget = errors.New("--key memory saves nothing, so a store cannot be moved there")

// errNothingToMove means that the store is in memory.
var errNothingToMove = errors.New("the token store is in memory, so there is nothing to move")

// MoveStore copies the store of the settings to address, a path or a database, whose key comes from
// source, and checks the copy. Then it calls finish, while nobody can refresh tokens. actor is written to
// the audit log.
func (c *Session) MoveStore(ctx context.Context, s Settings, address, source, actor string, finish func() error) (move.Moved, error) {
	from, err := c.Store(ctx, s)
	if err != nil {
		return move.Moved{}, err
	}
	if from.File == nil && from.Team == nil {
		return move.Moved{}, ConfigError(errNothingToMove)
	}
	if source == store.SourceMemory {
		return move.Moved{}, UsageError(errMemoryTarget)
	}
	if from.File != nil {
		if _, err := os.Lstat(from.File.Path()); errors.Is(err, fs.ErrNotExist) {
			return move.Moved{}, UsageError(fmt.Errorf("there is no store at %s", from.File.Path()))
		}
	}
	files := config.FilesOf(c.Getenv, s.Store)
	target := s
	target.Store, target.Key = address, source
	if config.IsDatabase(address) {
		to, err := c.openTeam(target)
		if err != nil {
			return move.Moved{}, err
		}
		defer to.Team.Close()
		if err := to.Team.Check(ctx); err != nil {
			return move.Moved{}, err
		}
		if same, err := sameStore(ctx, from.Team, to.Team); err != nil {
			return move.Moved{}, err
		} else if same {
			return move.Moved{}, UsageError(errors.New("this database is the store in use: name the store to copy with --store"))
		}
		return move.Copy(ctx, c.side(from, files), c.side(to, files), actor, finish)
	}
	place := config.FilesOf(c.Getenv, address)
	if address == config.StorePath(c.Getenv) {
		place = config.FilesOf(c.Getenv, "")
	}
	staging, installed, err := move.Staging(place)
	if err != nil {
		return move.Moved{}, err
	}
	built := staging
	if installed { // what was written since then follows
		built = place
	}
	to, err := c.storeWith(built, source, c.askPassphrase)
	if err != nil {
		return move.Moved{}, err
	}
	if err := to.File.Prepare(ctx); err != nil { // asks for a passphrase before anything is copied
		return move.Moved{}, err
	}
	return move.Copy(ctx, c.side(from, files), c.side(to, built), actor, func() error {
		if !installed {
			if err := move.Install(staging, place); err != nil {
				return err
			}
		}
		return finish()
	})
}

// sameStore reports whether two addresses name one store. from is nil if it is in a file.
func sameStore(ctx context.Context, from, to *postgres.Store) (bool, error) {
	if from == nil {
		return false, nil
	}
	a, err := from.UUID(ctx)
	if err != nil {
		return false, err
	}
	b, err := to.UUID(ctx)
	return a == b, err
}

// ChangeKey writes the store of the settings, which must be a file, with a key from another source.
func (c *Session) ChangeKey(ctx context.Context, s Settings, source string) (records int, err error) {
	from, err := c.Store(ctx, s)
	if err != nil {
		return 0, err
	}
	if from.File == nil {
		return 0, UsageError(errors.New("only a store in a file has a key source to change; the key of a team is replaced with wxauth store rekey, and put elsewhere with wxauth store key import --key"))
	}
	if source == store.SourceMemory {
		return 0, UsageError(errMemoryTarget)
	}
	if from.File.KeySource() == source && source != store.SourcePassphrase {
		return 0, UsageError(fmt.Errorf("the key of %s is from %s already", from.File.Path(), source))
	}
	files := config.FilesOf(c.Getenv, s.Store)
	return move.ChangeKey(ctx, c.side(from, files), from.File, func(path string) (*store.Bolt, error) {
		files.Store = path
		k, err := c.storeWith(files, source, c.askPassphrase)
		return k.File, err
	})
}

// RekeyTeam replaces the team's key. The new one is saved on this machine before the database changes.
func (c *Session) RekeyTeam(ctx context.Context, s Settings, note audit.Entry) error {
	k, err := c.Store(ctx, s)
	if err != nil {
		return err
	}
	if k.Team == nil {
		return UsageError(errors.New("only a store in a database has a team key; to change the key of a file: wxauth store move --key SOURCE"))
	}
	uuid, err := k.Team.UUID(ctx)
	if err != nil {
		return err
	}
	place, err := c.TeamKeyPlace(s, uuid)
	if err != nil {
		return err
	}
	unlock, err := store.LockFile(ctx, config.TeamKeyfilePath(c.Getenv, uuid)+".lock")
	if err != nil {
		return err
	}
	defer unlock()
	keys, err := LoadTeamKeys(ctx, place)
	if err != nil {
		return err
	}
	if keys.Next != nil && k.Team.CheckKey(ctx, *keys.Next) == nil { // an earlier attempt was interrupted
		keys.Team, *keys.Next = *keys.Next, keys.Team
		return SaveTeamKeys(ctx, place, keys)
	}
	next := seal.NewKey()
	keys.Next = &next
	if err := SaveTeamKeys(ctx, place, keys); err != nil {
		return err
	}
	if err := k.Team.Rekey(ctx, next, audit.Note(note)); err != nil {
		if k.Team.CheckKey(ctx, next) != nil { // the answer to the commit was not lost
			return err
		}
	}
	// The earlier key stays: after a failover to a server without this commit, it is the right one.
	keys.Team, *keys.Next = next, keys.Team
	return SaveTeamKeys(ctx, place, keys)
}

// ImportTeamKey saves the team's key on this machine, after checking it against the database. A key for
// logins is made unless there is one.
func (c *Session) ImportTeamKey(ctx context.Context, s Settings, key seal.Key) (store.SecretPlace, error) {
	p, err := c.teamStore(s)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	uuid, err := p.UUID(ctx)
	if err != nil {
		return nil, err
	}
	if err := p.CheckKey(ctx, key); errors.Is(err, store.ErrWrongKey) {
		return nil, UsageError(fmt.Errorf("%w: the key in this file is not the one of the database: it is outdated, or of another team", ErrNoTeamKey))
	} else if err != nil {
		return nil, err
	}
	place, err := c.TeamKeyPlace(s, uuid)
	if err != nil {
		return nil, err
	}
	keys, err := LoadTeamKeys(ctx, place)
	if err != nil && !errors.Is(err, store.ErrKeyLost) {
		return nil, err
	}
	keys.Team, keys.Next = key, nil
	if keys.Person == nil {
		keys.Person = c.personKey(ctx, uuid)
	}
	return place, SaveTeamKeys(ctx, place, keys)
}

// personKey returns the key for logins that another key source of this machine has, or a new one.
func (c *Session) personKey(ctx context.Context, uuid string) *seal.Key {
	for _, place := range []store.SecretPlace{store.FileSecret(config.TeamKeyfilePath(c.Getenv, uuid), false), store.KeyringSecret("team:" + uuid)} {
		if k, err := LoadTeamKeys(ctx, place); err == nil && k.Person != nil {
			return k.Person
		}
	}
	person := seal.NewKey()
	return &person
}

// TeamKey returns the team's key, as it is saved on this machine.
func (c *Session) TeamKey(ctx context.Context, s Settings) (seal.Key, error) {
	p, err := c.teamStore(s)
	if err != nil {
		return seal.Key{}, err
	}
	defer p.Close()
	if err := p.Check(ctx); err != nil {
		return seal.Key{}, err
	}
	uuid, err := p.UUID(ctx)
	if err != nil {
		return seal.Key{}, err
	}
	place, err := c.TeamKeyPlace(s, uuid)
	if err != nil {
		return seal.Key{}, err
	}
	keys, err := LoadTeamKeys(ctx, place)
	if err == nil && keys.Next != nil && p.CheckKey(ctx, keys.Team) != nil {
		keys.Team = *keys.Next
	}
	return keys.Team, err
}
