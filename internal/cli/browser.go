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
	// What a browser has to say belongs into neither our data nor our screen.
	browser.Stdout, browser.Stderr = io.Discard, io.Discard
})

// openBrowser opens an address in the browser that BROWSER names, else in the system's. It
// may take as long as the browser runs.
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

// openNamedBrowser tries the commands of BROWSER, a list as PATH is one, until one succeeds.
// %s in a command stands for the address, which otherwise follows it. No shell is involved.
func (c *command) openNamedBrowser(address string) bool {
	for _, line := range filepath.SplitList(c.env.Getenv("BROWSER")) {
		words := []string{line}
		if _, err := exec.LookPath(line); err != nil { // not one program whose path has blanks
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
		cmd := exec.CommandContext(context.Background(), words[0], words[1:]...) //nolint:gosec // the user's own choice
		cmd.Env = withoutSecrets(c.env.Environ)
		if cmd.Run() == nil {
			return true
		}
	}
	return false
}

// hasDisplay reports whether a browser could show something here, and why not.
func (c *command) hasDisplay() (bool, string) {
	switch {
	case c.env.Getenv("BROWSER") != "": // a remote editor sets it over SSH
		return true, ""
	case c.env.Getenv("SSH_CONNECTION") != "" || c.env.Getenv("SSH_TTY") != "":
		return false, "over SSH"
	case runtime.GOOS == "linux" && c.env.Getenv("DISPLAY") == "" && c.env.Getenv("WAYLAND_DISPLAY") == "":
		return false, "no display"
	}
	return true, ""
}
