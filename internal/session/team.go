package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/audit"
	"github.com/wxauth/wxauth/internal/config"
	"github.com/wxauth/wxauth/internal/postgres"
	"github.com/wxauth/wxauth/internal/seal"
	"github.com/wxauth/wxauth/internal/store"
)

// TeamKeyVariable is the environment variable for the file with the team's keys, such as a mounted
// secret.
const TeamKeyVariable = "WXAUTH_TEAM_KEY_FILE"

// TeamKeys are the keys of a machine for a store that a team shares. A new key is saved as Next before
// the database changes.
type TeamKeys struct {
	Team         seal.Key
	Next, Person *seal.Key
}

// text returns the keys as they are saved: a word and a key on each line.
func (k TeamKeys) text() string {
	text := "team " + k.Team.Reveal() + "\n"
	if k.Next != nil {
		text += "next " + k.Next.Reveal() + "\n"
	}
	if k.Person != nil {
		text += "person " + k.Person.Reveal() + "\n"
	}
	return text
}

// ParseTeamKeys reads the text of saved keys, or a single key, which is the team's. ok is false if it is
// something else.
func ParseTeamKeys(text string) (k TeamKeys, ok bool) {
	for line := range strings.Lines(strings.TrimSpace(text)) {
		word, key, two := strings.Cut(strings.TrimSpace(line), " ")
		if !two {
			word, key = "team", word
		}
		parsed, valid := seal.ParseKey(key)
		if !valid {
			return k, false
		}
		switch word {
		case "team":
			k.Team, ok = parsed, true
		case "next":
			k.Next = &parsed
		case "person":
			k.Person = &parsed
		default:
			return k, false
		}
	}
	return k, ok
}

// TeamKeyPlace returns where this machine keeps the keys for the team store with this name: the file in
// the variable, the key file if there is one, or the keyring.
func (c *Session) TeamKeyPlace(s Settings, uuid string) (store.SecretPlace, error) {
	file := config.TeamKeyfilePath(c.Getenv, uuid)
	given := c.Getenv(TeamKeyVariable)
	_, err := os.Lstat(file)
	switch {
	case given != "" && s.Key != store.SourceKeyring:
		return store.FileSecret(given, true), nil
	case s.Key == store.SourceKeyfile || s.Key == "" && !errors.Is(err, fs.ErrNotExist):
		if file == "" {
			return nil, ConfigError(fmt.Errorf("there is no home directory for a key file: set %s", TeamKeyVariable))
		}
		return store.FileSecret(file, false), nil
	}
	return store.KeyringSecret("team:" + uuid), nil
}

// LoadTeamKeys returns the saved keys. The error matches [store.ErrKeyLost] if there are none.
func LoadTeamKeys(ctx context.Context, place store.SecretPlace) (TeamKeys, error) {
	text, err := place.Load(ctx)
	if err != nil {
		return TeamKeys{}, err
	}
	k, ok := ParseTeamKeys(text)
	if !ok {
		return k, fmt.Errorf("%w: the %s does not contain the keys of a team", store.ErrWrongKey, place.Source())
	}
	return k, nil
}

// SaveTeamKeys saves keys.
func SaveTeamKeys(ctx context.Context, place store.SecretPlace, k TeamKeys) error {
	return place.Save(ctx, k.text())
}

// teamStore returns the team's store at the address in the settings, without connecting.
func (c *Session) teamStore(s Settings) (*postgres.Store, error) {
	return c.teamStoreWith(s, func(ctx context.Context, _ string, place store.SecretPlace) (TeamKeys, error) {
		return LoadTeamKeys(ctx, place)
	})
}

func (c *Session) teamStoreWith(s Settings, load func(ctx context.Context, uuid string, place store.SecretPlace) (TeamKeys, error)) (*postgres.Store, error) {
	if s.Key == store.SourceMemory || s.Key == store.SourcePassphrase {
		return nil, ConfigError(fmt.Errorf("the key source %s does not work with a database: choose keyring or keyfile", s.Key))
	}
	p, err := postgres.New(s.Store, c.Getenv, func(ctx context.Context, uuid string) (postgres.Keys, error) {
		place, err := c.TeamKeyPlace(s, uuid)
		if err != nil {
			return postgres.Keys{}, err
		}
		k, err := load(ctx, uuid, place)
		if errors.Is(err, store.ErrKeyLost) {
			err = fmt.Errorf("%w: %w", ErrNoTeamKey, err)
		}
		return postgres.Keys{Team: k.Team, Next: k.Next, Person: k.Person, Source: place.Source(), Place: place.String()}, err
	})
	if err != nil {
		return nil, ConfigError(err)
	}
	return p, nil
}

// ErrNoTeamKey means that this machine does not have the key of the team's store.
var ErrNoTeamKey = errors.New("the team key is not on this computer")

// InitTeam creates the tables of a team's store, and keys for it, which are saved first. It returns false
// if there is a store already.
func (c *Session) InitTeam(ctx context.Context, s Settings) (created bool, err error) {
	var saved store.SecretPlace
	var name string
	p, err := c.teamStoreWith(s, func(ctx context.Context, uuid string, at store.SecretPlace) (TeamKeys, error) {
		if _, err := at.Load(ctx); err == nil {
			return TeamKeys{}, ConfigError(fmt.Errorf("%s is set, and its file holds a key: unset it, or import that key into an existing store", TeamKeyVariable))
		} else if !errors.Is(err, store.ErrKeyLost) {
			return TeamKeys{}, err
		}
		person := seal.NewKey()
		k := TeamKeys{Team: seal.NewKey(), Person: &person}
		err := SaveTeamKeys(ctx, at, k)
		if err == nil {
			saved, name = at, uuid
		}
		return k, err
	})
	if err != nil {
		return false, err
	}
	defer p.Close()
	if there, err := p.Exists(ctx); err != nil || there {
		return false, err
	}
	created, err = p.Create(ctx)
	// The tables may be there although the answer was lost: then the key is the only one.
	if uuid, lookErr := p.UUID(ctx); !created && saved != nil && lookErr == nil && uuid != name {
		err = errors.Join(err, saved.Delete(ctx))
	}
	return created, err
}

// openTeam returns the team's store for the rest of the program.
func (c *Session) openTeam(s Settings) (OpenStore, error) {
	p, err := c.teamStore(s)
	if err != nil {
		return OpenStore{}, err
	}
	return OpenStore{
		profile: func(n string) app.Vault { return p.Profile(n) }, Logins: p.Logins, Apps: p.ServiceApps,
		OrgIDs: func(ctx context.Context, profile string) ([]string, error) { return p.Profile(profile).OrgIDs(ctx) },
		Trail:  audit.NewShared(p, p.Profile(auditProfile), &teamHead{c: c, of: p}),
		Sweeps: func(warn func(error)) app.SweepStore { return SweepStore{p.Warning(warn)} },
		Team:   p,
	}, nil
}

// teamHead keeps the newest head of the team's audit log that this machine has seen, in a file.
type teamHead struct {
	c  *Session
	of *postgres.Store
	mu sync.Mutex
}

func (h *teamHead) path(ctx context.Context) (string, error) {
	uuid, err := h.of.UUID(ctx)
	if err != nil {
		return "", err
	}
	return config.TeamHeadPath(h.c.Getenv, uuid), nil
}

func (h *teamHead) Load(ctx context.Context) (audit.Head, error) {
	path, err := h.path(ctx)
	if err != nil || path == "" {
		return audit.Head{}, err
	}
	text, err := store.FileSecret(path, false).Load(ctx)
	if errors.Is(err, store.ErrKeyLost) {
		return audit.Head{}, nil
	}
	if err != nil {
		return audit.Head{}, fmt.Errorf("read the newest head of the audit log: %w", err)
	}
	head, err := audit.ParseHead(text)
	if err != nil {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return head, err
}

// Save keeps the later one of two heads.
func (h *teamHead) Save(ctx context.Context, head audit.Head) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	path, err := h.path(ctx)
	if err != nil || path == "" {
		return err
	}
	if was, err := h.Load(ctx); err == nil && was.Seq >= head.Seq {
		return nil
	}
	return store.FileSecret(path, false).Save(ctx, head.String()+"\n")
}
