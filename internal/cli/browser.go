package cli

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/pkg/browser"

	"github.com/wxauth/wxauth/webex"
)

var quietBrowser = sync.OnceFunc(func() {
	// Discard the browser's output, so that it reaches neither stdout nor the screen.
	browser.Stdout, browser.Stderr = io.Discard, io.Discard
})

// openBrowser opens an address in the browser of BROWSER, or in the system's default browser.
// It may block until the browser exits.
func (c *command) openBrowser(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || webex.CheckBaseURL(u.Scheme+"://"+u.Host) != nil {
		return fmt.Errorf("open browser: not an https address")
	}
	quietBrowser()
	if c.openNamedBrowser(u.String()) {
		return nil
	}
	if err := browser.OpenURL(u.String()); err != nil {
		return fmt.Errorf("open browser: %w", err)
	}
	return nil
}

// openNamedBrowser tries the commands in BROWSER, a list like PATH, until one succeeds. It
// replaces %s in a command with the address, or appends the address. It does not use a shell.
func (c *command) openNamedBrowser(address string) bool {
	for _, line := range filepath.SplitList(c.env.Getenv("BROWSER")) {
		words := []string{line}
		if _, err := exec.LookPath(line); err != nil { // unless it is a single program whose path contains spaces
			words = strings.Fields(line)
		}
		if len(words) == 0 {
			continue
		}
		named := false
		for i, w := range words {
			named = named || i > 0 && strings.Contains(w, "%s")
			if i > 0 {
				words[i] = strings.ReplaceAll(w, "%s", address)
			}
		}
		if !named {
			words = append(words, address)
		}
		cmd := exec.CommandContext(context.Background(), words[0], words[1:]...) //nolint:gosec // the user chose it
		cmd.Env = withoutSecrets(c.env.Environ)
		if cmd.Run() == nil {
			return true
		}
	}
	return false
}

// hasDisplay reports whether a browser can open here and, if not, why.
func (c *command) hasDisplay() (bool, string) {
	switch {
	case c.env.Getenv("BROWSER") != "": // remote editors set it over SSH
		return true, ""
	case c.env.Getenv("SSH_CONNECTION") != "" || c.env.Getenv("SSH_TTY") != "":
		return false, "over SSH"
	case runtime.GOOS == "linux" && c.env.Getenv("DISPLAY") == "" && c.env.Getenv("WAYLAND_DISPLAY") == "":
		return false, "no display"
	}
	return true, ""
}
