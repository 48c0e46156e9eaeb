package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/ui/draw"
	"github.com/wxauth/wxauth/webex"
)

// errWantsCode means that the user wants a code instead of the browser.
var errWantsCode = errors.New("a code instead")

// loginCode logs in with a code that the user enters on another device.
func (c *command) loginCode(ctx context.Context, a *app.Account, f loginFlags, scopes []string) (app.LoggedIn, error) {
	if err := c.configured(a); err != nil {
		return app.LoggedIn{}, err
	}
	opts := app.LoginOptions{Scopes: scopes, Progress: c.codeSteps()}
	if f.timeoutGiven {
		opts.Timeout = time.Duration(f.timeout)
	}
	c.byCode = true
	in, err := a.LogInWithCode(ctx, opts)
	if errors.Is(err, webex.ErrNoDeviceLogin) {
		err = codeNotSetUp{err}
	}
	return in, err
}

// codeNotSetUp lists the required registration steps, one per line.
type codeNotSetUp struct{ error }

func (e codeNotSetUp) Unwrap() error { return e.error }

func (e codeNotSetUp) Error() string {
	text := e.error.Error()
	var at *webex.Error
	if errors.As(e.error, &at) && at.Hint != "" {
		text = strings.Replace(text, " ("+at.Hint+")", "", 1)
	}
	return text + "\nThis integration is not set up for login with a code. Register all four redirect URIs at developer.webex.com:\n  " +
		strings.Join(webex.DeviceRedirectURIs, "\n  ")
}

// codeSteps returns a function that reports the progress of a login with a code on stderr.
func (c *command) codeSteps() func(app.LoginProgress) {
	away := false
	return func(p app.LoginProgress) {
		switch p.Stage {
		case app.LoginWaiting:
			c.note("on any phone or computer, open this address, sign in with your admin account, and enter the code:")
			fmt.Fprintf(c.env.Stderr, "%s\n\n    %s\n\n", webex.Clean(webex.Untrusted(p.URL)), app.CodeWords(p.Code.UserCode))
			c.showQR(p.Code.VerificationURIComplete)
			c.note("only enter a code that you just requested yourself. Waiting until %s; press ctrl+c to cancel", c.clock(p.Deadline))
		case app.LoginSaving:
			c.note("code accepted, login saved")
		case app.LoginNotice:
			if p.Notice != "" {
				c.note("%s", webex.Clean(webex.Untrusted(p.Notice)))
			} else if away {
				c.note("Webex is responding again")
			}
			away = p.Notice != ""
		}
	}
}

// showQR draws a QR code if it fits on the terminal. It uses white and black of the fixed
// palette: in colours that a theme changes, phones may not read it.
func (c *command) showQR(text string) {
	if text == "" || !isTerminal(c.env.Stderr) || c.noColor() {
		return
	}
	w, h, err := term.GetSize(int(c.env.Stderr.Fd()))
	code := draw.NewQR(text)
	if err != nil || code.Width() > w || code.Height() > h-8 {
		return
	}
	for _, line := range code.Lines() {
		fmt.Fprintf(c.env.Stderr, "\x1b[38;5;231;48;5;16m%s\x1b[0m\n", line)
	}
	fmt.Fprintln(c.env.Stderr)
}

// readPastes reads typed or pasted lines while a browser login is in progress. d switches to a
// code, ctrl+c cancels the login, and every other line is passed on.
func (c *command) readPastes(ctx context.Context, pasted chan<- string, end context.CancelCauseFunc) {
	lines := c.shownLines()
	lines.joins = true
	for {
		line, err := lines.read()
		if isSignal(err) {
			end(err)
		}
		if err != nil {
			return
		}
		fmt.Fprint(c.env.Stderr, "\r\n")
		line = strings.TrimSpace(line)
		switch {
		case line == "":
			continue
		case strings.EqualFold(line, "d"):
			end(errWantsCode)
			return
		}
		select {
		case pasted <- line:
		case <-ctx.Done():
			return
		}
	}
}
