package cli

import (
	"fmt"
	"io"
	"net/url"
	"strings"
	"sync"

	"github.com/pkg/browser"
)

var quietBrowser = sync.OnceFunc(func() {
	// What a browser has to say belongs into neither our data nor our screen.
	browser.Stdout, browser.Stderr = io.Discard, io.Discard
	dropSecrets()
})

// openBrowser has the system open an address. It may take as long as the browser runs.
func openBrowser(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || strings.HasPrefix(address, "-") {
		return fmt.Errorf("open browser: not a web address")
	}
	quietBrowser()
	if err := browser.OpenURL(u.String()); err != nil {
		return fmt.Errorf("open browser: %w", err)
	}
	return nil
}
