package cli

import (
	"fmt"
	"io"
	"net/url"
	"runtime"
	"sync"

	"github.com/pkg/browser"

	"github.com/wxauth/wxauth/webex"
)

var quietBrowser = sync.OnceFunc(func() {
	// What a browser has to say belongs into neither our data nor our screen.
	browser.Stdout, browser.Stderr = io.Discard, io.Discard
	dropSecrets()
})

// openBrowser has the system open an address. It may take as long as the browser runs.
func openBrowser(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || webex.CheckBaseURL(u.Scheme+"://"+u.Host) != nil {
		return fmt.Errorf("open browser: not an https address")
	}
	quietBrowser()
	if err := browser.OpenURL(u.String()); err != nil {
		return fmt.Errorf("open browser: %w", err)
	}
	return nil
}

// hasDisplay reports whether a browser could show something here, and why not.
func (c *command) hasDisplay() (bool, string) {
	switch {
	case c.env.Getenv("SSH_CONNECTION") != "" || c.env.Getenv("SSH_TTY") != "":
		return false, "over SSH"
	case runtime.GOOS == "linux" && c.env.Getenv("DISPLAY") == "" && c.env.Getenv("WAYLAND_DISPLAY") == "":
		return false, "there is no display"
	}
	return true, ""
}
