package config

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Paths follow the XDG base directory specification, also on macOS. On Windows, they are in
// %AppData% and %LocalAppData% unless its variables are set.

// DefaultPath returns the default path of the configuration, or "" if there is no home
// directory.
func DefaultPath(getenv func(string) string) string {
	return under(getenv, "XDG_CONFIG_HOME", "AppData", ".config", "config.toml")
}

// DebugLogPath returns the path of the dashboard's debug log.
func DebugLogPath(getenv func(string) string) string {
	return under(getenv, "XDG_STATE_HOME", "LocalAppData", filepath.Join(".local", "state"), "debug.log")
}

// StorePath returns the path of the store, or "" if there is no home directory.
func StorePath(getenv func(string) string) string {
	return under(getenv, "XDG_DATA_HOME", "LocalAppData", filepath.Join(".local", "share"), "store.db")
}

// InventoryPath returns the path of the inventory.
func InventoryPath(getenv func(string) string) string {
	return under(getenv, "XDG_DATA_HOME", "LocalAppData", filepath.Join(".local", "share"), "inventory.db")
}

// Files are the paths of a store on this computer. They are empty if there is no home directory.
type Files struct {
	Store, Inventory, Keyfile, Audit string
}

// FilesOf returns the files of the store at path, which are in one directory, or those of the default
// store if path is empty.
func FilesOf(getenv func(string) string, path string) Files {
	if path == "" {
		return Files{StorePath(getenv), InventoryPath(getenv), KeyfilePath(getenv), AuditLogPath(getenv)}
	}
	dir := filepath.Dir(path)
	return Files{path, filepath.Join(dir, "inventory.db"), filepath.Join(dir, "key"), filepath.Join(dir, "audit.jsonl")}
}

// IsDatabase reports whether an address of a store names a database, and not a file.
func IsDatabase(address string) bool {
	return strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://")
}

// CheckStore returns an error if address is neither the URL of a PostgreSQL database nor the absolute path
// of a file. A password in the URL is an error unless secret is set, because files and arguments are
// read by others.
func CheckStore(address string, secret bool) error {
	switch {
	case IsDatabase(address):
	case strings.Contains(address, "://"), strings.Contains(address, "=") && !strings.ContainsAny(address, `/\`):
		return errors.New("must be the URL of a PostgreSQL database, such as postgres://user@host/database, or an absolute path")
	case !filepath.IsAbs(address):
		return errors.New("must be the URL of a PostgreSQL database, such as postgres://user@host/database, or an absolute path")
	default:
		return nil
	}
	u, err := url.Parse(address)
	if err != nil { // it quotes the address
		return errors.New("is not a valid URL: write special characters as a percent sign and two digits")
	}
	_, password := u.User.Password()
	if query := u.Query(); !secret && (password || query.Has("password") || query.Has("sslpassword")) {
		return errors.New("contains a password: set PGPASSWORD or use ~/.pgpass instead")
	}
	return nil
}

// WithoutPassword returns the address of a store without the password that a URL may contain.
func WithoutPassword(address string) string {
	if !IsDatabase(address) {
		return address
	}
	u, err := url.Parse(address)
	if err != nil {
		return "a database"
	}
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	query := u.Query()
	query.Del("password")
	query.Del("sslpassword")
	u.RawQuery = query.Encode()
	return u.String()
}

// TeamKeyfilePath returns the path of the file with the keys for the team store with this name.
func TeamKeyfilePath(getenv func(string) string, uuid string) string {
	return under(getenv, "XDG_DATA_HOME", "LocalAppData", filepath.Join(".local", "share"), "team-"+uuid+".key")
}

// TeamHeadPath returns the path of the file with the newest head of the audit record that this machine has
// seen in the team store with this name.
func TeamHeadPath(getenv func(string) string, uuid string) string {
	return under(getenv, "XDG_STATE_HOME", "LocalAppData", filepath.Join(".local", "state"), "team-"+uuid+".head")
}

// KeyfilePath returns the path of the store's key file.
func KeyfilePath(getenv func(string) string) string {
	return under(getenv, "XDG_DATA_HOME", "LocalAppData", filepath.Join(".local", "share"), "key")
}

// AuditLogPath returns the path of the audit log.
func AuditLogPath(getenv func(string) string) string {
	return under(getenv, "XDG_STATE_HOME", "LocalAppData", filepath.Join(".local", "state"), "audit.jsonl")
}

// ProfilePath returns the path of the file that contains the profile chosen with "profiles use".
func ProfilePath(getenv func(string) string) string {
	return under(getenv, "XDG_STATE_HOME", "LocalAppData", filepath.Join(".local", "state"), "profile")
}

func under(getenv func(string) string, xdg, windows, home, file string) string {
	base := getenv(xdg)
	// The specification requires that relative paths are ignored.
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

// ChosenProfile returns the profile chosen with "profiles use", or "" if none was. A file
// without a valid name is an error, because the default profile may belong to another
// organization and may not be read-only.
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
		data, _, err = readAtMost(path, 4096) // longer files contain no valid name
	}
	name := strings.TrimSpace(string(data))
	if err == nil && CheckProfileName(name) != nil {
		err = fmt.Errorf("%s does not name a profile", path)
	}
	if errors.Is(err, fs.ErrPermission) { // then choosing another profile would fail too
		return "", fmt.Errorf("read the default profile: %w", err)
	}
	if err != nil {
		return "", fmt.Errorf("read the default profile: %w; choose one with wxauth profiles use NAME or --profile", err)
	}
	return name, nil
}

// ChooseProfile saves the profile to use if none is selected. The file is replaced atomically.
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
