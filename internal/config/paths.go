package config

import (
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

// ChosenProfile returns the profile that "profiles use" chose, empty when none did.
func ChosenProfile(getenv func(string) string) string {
	data, err := os.ReadFile(ProfilePath(getenv))
	if err != nil {
		return ""
	}
	name := strings.TrimSpace(string(data))
	if CheckProfileName(name) != nil {
		return ""
	}
	return name
}
