package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/zalando/go-keyring"

	"github.com/wxauth/wxauth/internal/seal"
)

// keyringTimeout limits how long to wait for the operating system's keyring, which may
// accept a connection and never respond.
const keyringTimeout = 3 * time.Second

const keyringService = "wxauth"

// Keyring returns a key in the keyring of the operating system: macOS Keychain, Windows
// Credential Manager, or the Secret Service on Linux. It stores one item per store, the
// 32-byte key, because the systems limit the size.
func Keyring() Key { return osKeyring{keyringTimeout} }

// KeyringAnswers returns nil if this system has a usable keyring. It stores nothing in it.
// Errors match [ErrNoKey].
func KeyringAnswers(ctx context.Context) error {
	k := osKeyring{keyringTimeout}
	_, err := k.ask(ctx, func() (string, error) { return keyring.Get(keyringService, "doctor") })
	if err != nil && !errors.Is(err, keyring.ErrNotFound) {
		return noKeyring(err)
	}
	return nil
}

type osKeyring struct{ timeout time.Duration }

func (osKeyring) Source() string { return SourceKeyring }

func account(h header) string { return "store:" + h.UUID + ":k1" }

func (k osKeyring) create(ctx context.Context, h *header) (seal.Key, error) {
	key := seal.NewKey()
	text := key.Reveal()
	end := time.Now().Add(k.timeout) // of all three calls
	_, err := k.ask(ctx, func() (string, error) { return "", keyring.Set(keyringService, account(*h), text) })
	if err != nil {
		return key, noKeyring(err)
	}
	// Read the key back: a keyring that does not store it would make the store unreadable.
	k.timeout = time.Until(end)
	got, err := k.ask(ctx, func() (string, error) { return keyring.Get(keyringService, account(*h)) })
	if err != nil || got != text {
		k.timeout = max(time.Until(end), 500*time.Millisecond)
		k.discard(context.WithoutCancel(ctx), *h)
		return key, noKeyring(errors.Join(errors.New("it does not return what was stored"), err))
	}
	return key, nil
}

func (k osKeyring) load(ctx context.Context, h header) (key seal.Key, err error) {
	text, err := k.ask(ctx, func() (string, error) { return keyring.Get(keyringService, account(h)) })
	switch {
	case errors.Is(err, keyring.ErrNotFound):
		return key, fmt.Errorf("%w: the keyring has no item %q of service %q: restore it from a backup of the keyring; without it the store cannot be read. To start again, move the store away and log in", ErrKeyLost, account(h), keyringService)
	case err != nil:
		return key, noKeyring(err)
	}
	key, ok := seal.ParseKey(text)
	if !ok {
		return key, fmt.Errorf("%w: the keyring's item %q is not a key", ErrWrongKey, account(h))
	}
	return key, nil
}

func (k osKeyring) discard(ctx context.Context, h header) {
	_, _ = k.ask(ctx, func() (string, error) { return "", keyring.Delete(keyringService, account(h)) })
}

func noKeyring(err error) error {
	return fmt.Errorf("%w: the keyring of this system is not available: %w", ErrNoKey, err)
}

var errMute = errors.New("it did not answer")

// ask runs a call that may never return. After the timeout its goroutine is abandoned.
func (k osKeyring) ask(ctx context.Context, call func() (string, error)) (string, error) {
	if err := findSessionBus(); err != nil {
		return "", err
	}
	type answer struct {
		text string
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		text, err := call()
		done <- answer{text, err}
	}()
	t := time.NewTimer(k.timeout)
	defer t.Stop()
	select {
	case a := <-done:
		return a.text, a.err
	case <-t.C:
		return "", fmt.Errorf("%w within %s", errMute, k.timeout)
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

const busVariable = "DBUS_SESSION_BUS_ADDRESS"

// findSessionBus sets the address of the session bus for the keyring's library, which would
// otherwise start dbus-launch and leave a bus running. The address is that in the variable or
// else systemd's default: the socket "bus" in $XDG_RUNTIME_DIR, or in /run/user/UID if that
// variable is not set, as in a cron job.
func findSessionBus() error {
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		return nil
	}
	if address := os.Getenv(busVariable); address != "" && !strings.HasPrefix(address, "autolaunch:") {
		return nil
	}
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if !filepath.IsAbs(dir) {
		dir = "/run/user/" + strconv.Itoa(os.Getuid())
	}
	socket := filepath.Join(dir, "bus")
	if info, err := os.Stat(socket); err != nil || info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("there is no session bus: %s is not set, and %s is not a socket", busVariable, socket)
	}
	return os.Setenv(busVariable, "unix:path="+url.PathEscape(socket))
}
