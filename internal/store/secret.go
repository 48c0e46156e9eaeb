package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
	"github.com/zalando/go-keyring"
)

// SecretPlace keeps one short secret text, such as the keys of a team.
type SecretPlace interface {
	// Source is the word for it: [SourceKeyring] or [SourceKeyfile]. String says where exactly.
	Source() string
	String() string
	// Load returns the text. The error matches [ErrKeyLost] if there is none.
	Load(context.Context) (string, error)
	Save(ctx context.Context, text string) error
	Delete(context.Context) error
}

// KeyringSecret is an item in the keyring of the operating system.
func KeyringSecret(account string) SecretPlace { return keyringSecret{account} }

type keyringSecret struct{ account string }

func (keyringSecret) Source() string { return SourceKeyring }
func (keyringSecret) String() string { return "the keyring" }

func (k keyringSecret) call(ctx context.Context, f func() (string, error)) (string, error) {
	text, err := osKeyring{keyringTimeout}.ask(ctx, f)
	switch {
	case errors.Is(err, keyring.ErrNotFound):
		return "", fmt.Errorf("%w: the keyring has no item %q of service %q", ErrKeyLost, k.account, keyringService)
	case err != nil:
		return "", noKeyring(err)
	}
	return text, nil
}

func (k keyringSecret) Load(ctx context.Context) (string, error) {
	return k.call(ctx, func() (string, error) { return keyring.Get(keyringService, k.account) })
}

func (k keyringSecret) Save(ctx context.Context, text string) error {
	_, err := k.call(ctx, func() (string, error) { return "", keyring.Set(keyringService, k.account, text) })
	if err != nil {
		return err
	}
	// A keyring that does not store it would lose it.
	if got, err := k.Load(ctx); err != nil || got != text {
		return noKeyring(errors.Join(errors.New("it does not return what was stored"), err))
	}
	return nil
}

func (k keyringSecret) Delete(ctx context.Context) error {
	_, err := k.call(ctx, func() (string, error) { return "", keyring.Delete(keyringService, k.account) })
	if errors.Is(err, ErrKeyLost) {
		return nil
	}
	return err
}

// LockFile prevents other processes from locking the file at path until unlock is called.
func LockFile(ctx context.Context, path string) (unlock func(), err error) {
	if err := makeFolder(path); err != nil {
		return nil, err
	}
	lock := flock.New(path, flock.SetPermissions(0o600), flock.SetFlag(os.O_CREATE|os.O_RDONLY|noFollow))
	wait, cancel := context.WithTimeout(ctx, lockTimeout)
	defer cancel()
	ok, err := lock.TryLockContext(wait, lockPoll)
	switch {
	case err == nil && ok:
		return func() { _ = lock.Close() }, nil
	case ctx.Err() != nil:
		err = ctx.Err()
	case err == nil || errors.Is(err, context.DeadlineExceeded):
		err = fmt.Errorf("%w (%s)", ErrLocked, path)
	default:
		err = fileError("lock", path, err)
	}
	_ = lock.Close()
	return nil, err
}

// FileSecret is a file that only its owner, or the group of a service, may read. If mounted is set, it
// may be a symbolic link and belong to root, as a mounted secret of a container does.
func FileSecret(path string, mounted bool) SecretPlace { return fileSecret{path, mounted} }

type fileSecret struct {
	path    string
	mounted bool
}

func (fileSecret) Source() string   { return SourceKeyfile }
func (s fileSecret) String() string { return s.path }

// mostSecret is longer than any text that is saved.
const mostSecret = 4096

func (s fileSecret) Load(context.Context) (string, error) {
	flag := noFollow
	if s.mounted {
		flag = noWait
	}
	f, err := os.OpenFile(s.path, os.O_RDONLY|flag, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("%w: there is no file %s", ErrKeyLost, s.path)
	case isSymlinkError(err):
		return "", fmt.Errorf("%w: %s is a symbolic link", ErrExposed, s.path)
	case err != nil:
		return "", fmt.Errorf("%w: %w", ErrNoKey, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil && s.mounted {
		err = mountedFile(s.path, info)
	} else if err == nil {
		err = safeFile(s.path, info)
	}
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(io.LimitReader(f, mostSecret))
	if err != nil {
		return "", fmt.Errorf("read %s: %w", s.path, err)
	}
	return string(text), nil
}

// mountedFile is safeFile for a secret that a container or a service manager mounted: it may belong to
// root, and the group of the process may read it.
func mountedFile(path string, info fs.FileInfo) error {
	switch {
	case !info.Mode().IsRegular():
		return fmt.Errorf("%w: %s is not a regular file", ErrExposed, path)
	case modesMatter && !ownFile(info) && !ownedByRoot(info):
		return fmt.Errorf("%w: %s belongs to another user", ErrExposed, path)
	case modesMatter && info.Mode().Perm()&0o037 != 0:
		return fmt.Errorf("%w: others have access to %s (mode %04o): make it 0440 or 0400 (in Kubernetes: defaultMode)", ErrExposed, path, info.Mode().Perm())
	}
	return nil
}

func (s fileSecret) Save(_ context.Context, text string) error {
	if err := makeFolder(s.path); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(s.path), ".key-*")
	if err != nil {
		return fileError("write", s.path, err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.WriteString(text)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), s.path)
	}
	if err != nil {
		return fileError("write", s.path, err)
	}
	syncFolder(s.path)
	return nil
}

func (s fileSecret) Delete(context.Context) error {
	if err := os.Remove(s.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
