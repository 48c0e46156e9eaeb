package config

import (
	"path/filepath"
	"runtime"
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
