package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Paths follow the XDG base directory specification, on macOS too; on Windows
// without its variables, %AppData% and %LocalAppData%.

// DefaultPath is where the configuration is looked for; empty when there is no home.
func DefaultPath(getenv func(string) string) string {
	return under(getenv, "XDG_CONFIG_HOME", "AppData", ".config", "config.toml")
}

// DebugLogPath is where the dashboard writes its debug log.
func DebugLogPath(getenv func(string) string) string {
	return under(getenv, "XDG_STATE_HOME", "LocalAppData", filepath.Join(".local", "state"), "debug.log")
}

// StorePath is where the store is; empty when there is no home.
func StorePath(getenv func(string) string) string {
	return under(getenv, "XDG_DATA_HOME", "LocalAppData", filepath.Join(".local", "share"), "store.db")
}

// InventoryPath is where sweeps of organizations are kept.
func InventoryPath(getenv func(string) string) string {
	return under(getenv, "XDG_DATA_HOME", "LocalAppData", filepath.Join(".local", "share"), "inventory.db")
}

// KeyfilePath is where the store's key is, for those who chose a key file.
func KeyfilePath(getenv func(string) string) string {
	return under(getenv, "XDG_DATA_HOME", "LocalAppData", filepath.Join(".local", "share"), "key")
}

// AuditLogPath is where the record of every revoke is kept.
func AuditLogPath(getenv func(string) string) string {
	return under(getenv, "XDG_STATE_HOME", "LocalAppData", filepath.Join(".local", "state"), "audit.jsonl")
}

// ProfilePath is the file that names the profile that "profiles use" chose.
func ProfilePath(getenv func(string) string) string {
	return under(getenv, "XDG_STATE_HOME", "LocalAppData", filepath.Join(".local", "state"), "profile")
}

func under(getenv func(string) string, xdg, windows, home, file string) string {
	base := getenv(xdg)
	// The specification has relative paths ignored.
	if base != "" && !filepath.IsAbs(base) {
		base = ""
	}
	if base == "" && runtime.GOOS == "windows" {
		base = getenv(windows)
	}
	if base == "" && getenv("HOME") != "" {
		base = filepath.Join(getenv("HOME"), home)
	}
	if base == "" {
		return ""
	}
	return filepath.Join(base, "wxauth", file)
}

// ChosenProfile returns the profile that "profiles use" chose, empty when none did. A file
// that is there and names none is an error: another profile than the chosen one may be
// another organization, without the read-only that this one has.
func ChosenProfile(getenv func(string) string) (string, error) {
	path := ProfilePath(getenv)
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) || path == "" {
		return "", nil
	}
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", path)
	}
	var data []byte
	if err == nil {
		data, _, err = readAtMost(path, 4096) // what is longer is no name
	}
	name := strings.TrimSpace(string(data))
	if err == nil && CheckProfileName(name) != nil {
		err = fmt.Errorf("%s does not name a profile", path)
	}
	if errors.Is(err, fs.ErrPermission) { // another choice could not be written either
		return "", fmt.Errorf("read the default profile: %w", err)
	}
	if err != nil {
		return "", fmt.Errorf("read the default profile: %w; choose one with wxauth profiles use NAME or --profile", err)
	}
	return name, nil
}

// ChooseProfile writes down which profile is used when none is named. Whoever reads it
// meanwhile finds the old one or the new one.
func ChooseProfile(getenv func(string) string, name string) (err error) {
	path := ProfilePath(getenv)
	if path == "" {
		return errors.New("no home directory: set XDG_STATE_HOME")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".profile-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.WriteString(name + "\n")
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
