//go:build e2e && unix

package cli_test

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/webex/webextest"
)

func init() { realBrowsers["chromium"] = chromiumMain }

// visit is what the browser observed.
type visit struct {
	Consent, Landing  string // the pages' texts
	Styled            bool   // the landing page's style is applied under its policy
	Scripts, Requests int    // on the landing page
	Error             string
}

// chromium is a headless browser, controlled through a pipe (the DevTools protocol).
type chromium struct {
	cmd     *exec.Cmd
	in      *os.File
	out     *bufio.Reader
	id      int
	session string
}

func startChromium() (*chromium, error) {
	theirIn, ourIn, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	ourOut, theirOut, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	profile, err := os.MkdirTemp("", "chromium")
	if err != nil {
		return nil, err
	}
	c := &chromium{in: ourIn, out: bufio.NewReader(ourOut)}
	c.cmd = exec.Command("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--user-data-dir="+profile, "--window-size=900,600", "--remote-debugging-pipe", "about:blank")
	c.cmd.ExtraFiles = []*os.File{theirIn, theirOut}
	return c, c.cmd.Start()
}

// call sends a command and returns its result.
func (c *chromium) call(method string, params any) (map[string]any, error) {
	c.id++
	msg := map[string]any{"id": c.id, "method": method, "params": params}
	if c.session != "" {
		msg["sessionId"] = c.session
	}
	b, err := json.Marshal(msg)
	if err != nil {
		return nil, err
	}
	if _, err := c.in.Write(append(b, 0)); err != nil {
		return nil, err
	}
	for {
		text, err := c.out.ReadString(0)
		if err != nil {
			return nil, err
		}
		var answer struct {
			ID     int
			Result map[string]any
			Error  any
		}
		if err := json.Unmarshal([]byte(strings.TrimRight(text, "\x00")), &answer); err != nil {
			return nil, err
		}
		if answer.ID == c.id {
			if answer.Error != nil {
				return nil, fmt.Errorf("%s: %v", method, answer.Error)
			}
			return answer.Result, nil
		}
	}
}

// eval evaluates an expression on the page and returns its value as text.
func (c *chromium) eval(expression string) string {
	r, err := c.call("Runtime.evaluate", map[string]any{"expression": "String(" + expression + ")"})
	if err != nil {
		return ""
	}
	v, _ := r["result"].(map[string]any)
	s, _ := v["value"].(string)
	return s
}

// until waits for a page whose title begins with the given text.
func (c *chromium) until(title string) error {
	for range 200 {
		if strings.HasPrefix(c.eval("document.title"), title) && c.eval("document.readyState") == "complete" {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return errors.New("no page " + title + ", it is " + c.eval("document.title"))
}

func (c *chromium) picture(name string) {
	dir := os.Getenv("WXAUTH_PICTURES")
	if r, err := c.call("Page.captureScreenshot", map[string]any{}); err == nil && dir != "" {
		data, _ := r["data"].(string)
		png, _ := base64.StdEncoding.DecodeString(data)
		_ = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644)
	}
}

func (c *chromium) visit(address string) (v visit, err error) {
	target, err := c.call("Target.createTarget", map[string]any{"url": address})
	if err != nil {
		return v, err
	}
	attached, err := c.call("Target.attachToTarget", map[string]any{"targetId": target["targetId"], "flatten": true})
	if err != nil {
		return v, err
	}
	c.session, _ = attached["sessionId"].(string)
	if err := c.until("Approve access"); err != nil {
		return v, err
	}
	c.picture("consent")
	v.Consent = c.eval("document.body.innerText")
	_ = c.eval("document.getElementById('accept').click()")
	if err := c.until("wxauth: "); err != nil {
		return v, err
	}
	c.picture("landing")
	v.Landing = c.eval("document.body.innerText")
	v.Styled = c.eval("getComputedStyle(document.querySelector('main')).textAlign") == "center"
	_, _ = fmt.Sscan(c.eval("document.scripts.length"), &v.Scripts)
	_, _ = fmt.Sscan(c.eval("performance.getEntriesByType('resource').filter(e => !e.name.endsWith('favicon.ico')).length"), &v.Requests)
	return v, nil
}

// chromiumMain acts as the browser that wxauth starts.
func chromiumMain(address string) {
	if os.Getenv("BROWSER_CHILD") == "" {
		// A real browser keeps running in its own session. The test's terminal closes when the
		// program exits.
		self := exec.Command(os.Args[0], os.Args[1:]...)
		self.Env = append(os.Environ(), "BROWSER_CHILD=1")
		self.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		_ = self.Start()
		return
	}
	var v visit
	c, err := startChromium()
	if err == nil {
		v, err = c.visit(address)
		_ = c.cmd.Process.Kill()
		_ = c.cmd.Wait()
	}
	if err != nil {
		v.Error = err.Error()
	}
	b, _ := json.Marshal(v)
	_ = os.WriteFile(os.Getenv("BROWSER_REPORT"), b, 0o600)
}

// loginEnv returns the environment for a login at the simulator.
func loginEnv(t *testing.T, srv *webextest.Server, host string) []string {
	t.Helper()
	uri := "http://" + host + ":" + trial.Port(t) + "/callback"
	app := srv.AddIntegration(webextest.Integration{App: webextest.App{Name: "wxauth"}, RedirectURIs: []string{uri}})
	return []string{
		"WEBEX_BASE_URL=" + srv.URL + "/v1", "WXAUTH_KEY=keyfile", "DISPLAY=:0",
		"WEBEX_INTEGRATION_CLIENT_ID=" + app.ClientID, "WEBEX_INTEGRATION_CLIENT_SECRET=" + app.Secret, "WEBEX_INTEGRATION_REDIRECT_URI=" + uri,
	}
}

// A complete login on a terminal, with a real browser that presses the consent button: in the
// dashboard and with the subcommand, for both forms of the redirect URI.
func TestE2ELoginThroughARealBrowser(t *testing.T) {
	for _, c := range []struct {
		host string
		args []string
		keys []string
		want string
	}{
		{"127.0.0.1", nil, []string{"l", "\r"}, "Signed in as"},
		{"localhost", []string{"login"}, nil, "logged in as ada.admin@acme.example"},
	} {
		srv := webextest.NewServer()
		report := filepath.Join(t.TempDir(), "report.json")
		env := append(loginEnv(t, srv, c.host), "BROWSER_DOES=chromium", "BROWSER_REPORT="+report, "WXAUTH_PICTURES="+os.Getenv("WXAUTH_PICTURES"))
		x := onTerminal(t, 120, 40, env, c.args...)
		if c.keys != nil {
			x.see("Try the demo")
			for _, k := range c.keys {
				x.send(k)
				time.Sleep(300 * time.Millisecond)
			}
		}
		x.see(c.want)
		var v visit
		for range 100 {
			if data, err := os.ReadFile(report); err == nil && json.Unmarshal(data, &v) == nil {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		if v.Error != "" || !strings.Contains(v.Consent, "wxauth wants to act for Ada Admin") || !strings.Contains(v.Consent, "identity:tokens_write") ||
			!strings.Contains(v.Landing, "sent your approval") || !strings.Contains(v.Landing, "Return to the terminal") || !v.Styled || v.Scripts != 0 || v.Requests != 0 {
			t.Errorf("%s: %+v", c.host, v)
		}
		if c.keys != nil {
			x.send("\x03")
			x.exits(130)
		} else {
			x.exits(0)
		}
		srv.Close()
	}
}
