package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/chacha20poly1305"

	"github.com/wxauth/wxauth/internal/seal"
	"github.com/wxauth/wxauth/webex"
)

// The names of the key sources, as stored in the header.
const (
	SourceKeyring    = "keyring"
	SourcePassphrase = "passphrase"
	SourceKeyfile    = "keyfile"
	SourceMemory     = "memory"
)

// Key is the source of the 32-byte master key of a store: [Keyring], [Passphrase] or
// [Keyfile].
type Key interface {
	// Source is the word for it.
	Source() string

	// create creates the key of a new store, and may add to its header.
	create(ctx context.Context, h *header) (seal.Key, error)
	// load returns the key of a store that exists.
	load(ctx context.Context, h header) (seal.Key, error)
	// discard deletes the key of a store whose creation failed.
	discard(ctx context.Context, h header)
}

// Keyfile returns a key in a separate file, readable by its owner only. It is the least
// secure choice, because whoever copies the directory can decrypt the store.
func Keyfile(path string) Key { return keyfile{path} }

type keyfile struct{ path string }

func (keyfile) Source() string { return SourceKeyfile }

// create writes a key, or returns the existing one: another process may have created it, and
// the key of a store that was moved away must not be replaced.
func (k keyfile) create(_ context.Context, _ *header) (seal.Key, error) {
	key := seal.NewKey()
	if err := makeFolder(k.path); err != nil {
		return key, err
	}
	tmp, err := os.CreateTemp(filepath.Dir(k.path), ".key-*")
	if err != nil {
		return key, fileError("create key file", k.path, err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.WriteString(key.Reveal() + "\n")
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err != nil {
		return key, fileError("create key file", k.path, err)
	}
	if err := linkNew(tmp.Name(), k.path); errors.Is(err, fs.ErrExist) {
		return k.read()
	} else if err != nil {
		return key, fileError("create key file", k.path, err)
	}
	syncFolder(k.path)
	return key, nil
}

func (k keyfile) load(context.Context, header) (seal.Key, error) {
	key, err := k.read()
	if errors.Is(err, fs.ErrNotExist) {
		return key, fmt.Errorf("%w: there is no key file %s: restore it from a backup; without it the store cannot be read. To start again, move the store away and log in", ErrKeyLost, k.path)
	}
	return key, err
}

func (k keyfile) read() (key seal.Key, err error) {
	f, err := os.OpenFile(k.path, os.O_RDONLY|noFollow, 0)
	if err != nil {
		if isSymlinkError(err) {
			err = fmt.Errorf("%w: the key file %s is a symbolic link", ErrExposed, k.path)
		}
		return key, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return key, err
	}
	if err := safeFile(k.path, info); err != nil {
		return key, err
	}
	text, err := io.ReadAll(io.LimitReader(f, 128))
	if err != nil { // a disk error must not look like a missing key
		return key, fmt.Errorf("read the key file %s: %w", k.path, err)
	}
	key, ok := seal.ParseKey(string(text))
	if !ok {
		return key, fmt.Errorf("%w: the key file %s does not contain a key", ErrWrongKey, k.path)
	}
	return key, nil
}

func (k keyfile) discard(context.Context, header) {} // the next store uses it

// Passphrase is a key that is wrapped by a passphrase (argon2id, RFC 9106).
//
// ask is called with 0 when a store is created and the passphrase is chosen, and
// with 1, 2, 3 for each attempt to open one. Its error ends the attempts.
func Passphrase(ask func(ctx context.Context, try int) (webex.Secret, error)) Key {
	return passphrase{ask}
}

type passphrase struct {
	ask func(context.Context, int) (webex.Secret, error)
}

const maxTries = 3

// Cost of a guess: about 0.3 s and 64 MiB. The parameters in a header are bounded, so that a
// manipulated header cannot exhaust the machine.
const (
	argon2Time, argon2Memory, argon2Threads = 3, 64 << 10, 4
	argon2MaxTime, argon2MaxMemory          = 20, 1 << 20
)

func (passphrase) Source() string { return SourcePassphrase }

func (p passphrase) create(ctx context.Context, h *header) (seal.Key, error) {
	key := seal.NewKey()
	secret, err := p.ask(ctx, 0)
	if err != nil {
		return key, err
	}
	if secret.IsZero() {
		return key, fmt.Errorf("%w: the passphrase is empty", ErrNoKey)
	}
	a := &argon2Parameters{Time: argon2Time, Memory: argon2Memory, Threads: argon2Threads, Salt: make([]byte, 16)}
	_, _ = rand.Read(a.Salt)
	nonce := make([]byte, chacha20poly1305.NonceSizeX)
	_, _ = rand.Read(nonce)
	aead, err := chacha20poly1305.NewX(a.derive(secret))
	if err != nil {
		return key, err
	}
	a.Wrapped = aead.Seal(nonce, nonce, key[:], []byte(h.UUID))
	h.Argon2 = a
	return key, nil
}

func (a *argon2Parameters) derive(secret webex.Secret) []byte {
	return argon2.IDKey([]byte(secret.Reveal()), a.Salt, a.Time, a.Memory, a.Threads, seal.KeySize)
}

func (p passphrase) load(ctx context.Context, h header) (key seal.Key, err error) {
	a := h.Argon2
	if a == nil || a.Time < 1 || a.Time > argon2MaxTime || a.Memory < 8 || a.Memory > argon2MaxMemory || a.Threads < 1 ||
		len(a.Salt) < 8 || len(a.Wrapped) != chacha20poly1305.NonceSizeX+seal.KeySize+chacha20poly1305.Overhead {
		return key, fmt.Errorf("%w: the passphrase's parameters are out of bounds", ErrDamaged)
	}
	for try := 1; try <= maxTries; try++ {
		secret, err := p.ask(ctx, try)
		if err != nil {
			return key, err
		}
		aead, err := chacha20poly1305.NewX(a.derive(secret))
		if err != nil {
			return key, err
		}
		n := chacha20poly1305.NonceSizeX
		if plain, err := aead.Open(nil, a.Wrapped[:n], a.Wrapped[n:], []byte(h.UUID)); err == nil && len(plain) == seal.KeySize {
			return seal.Key(plain), nil
		}
	}
	return key, ErrWrongKey
}

func (passphrase) discard(context.Context, header) {}
