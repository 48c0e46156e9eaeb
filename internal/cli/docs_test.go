//go:build unix

package cli_test

import (
	"bytes"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// pages returns the documentation pages by their path in the repository.
func pages(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	read := func(path string) {
		data, err := os.ReadFile(filepath.Join("../..", path))
		if err != nil {
			t.Fatal(err)
		}
		out[path] = string(data)
	}
	for _, p := range []string{"README.md", "CONTRIBUTING.md", "CHANGELOG.md"} {
		read(p)
	}
	err := filepath.WalkDir("../../docs", func(path string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".md") {
			read(strings.TrimPrefix(filepath.ToSlash(path), "../../"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 20 {
		t.Fatalf("only %d pages", len(out))
	}
	return out
}

// fenced returns the lines of a page's code blocks in a language.
func fenced(page, language string) (lines []string) {
	for _, m := range regexp.MustCompile("(?ms)^ *```"+language+"\n(.*?)^ *```").FindAllStringSubmatch(page, -1) {
		for l := range strings.SplitSeq(strings.ReplaceAll(m[1], "\\\n", " "), "\n") {
			if l = strings.TrimSpace(l); l != "" && !strings.HasPrefix(l, "#") {
				lines = append(lines, l)
			}
		}
	}
	return lines
}

// Every command line of the documentation runs, page by page and in order, in a shell on a
// terminal, in the sample organization of the pages.
func TestEveryCommandOfTheDocuments(t *testing.T) {
	t.Parallel()
	all, number := pages(t), 0
	for _, path := range slices.Sorted(maps.Keys(all)) {
		text := all[path]
		lines := fenced(text, "sh")
		if len(lines) == 0 || path == "CONTRIBUTING.md" || path == "docs/testing.md" || path == "docs/performance.md" || path == "docs/releasing.md" {
			continue // the contributor pages build and test this program
		}
		if number++; path != "README.md" && path != "docs/reference.md" && !trial.Runs(number, 6) {
			continue
		}
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			if path == "docs/reference.md" { // its examples are independent of each other
				for n, block := range blocksOf(text) {
					if !trial.Runs(n, 12) {
						continue
					}
					t.Run(strings.Fields(block[0] + " x")[1], func(t *testing.T) {
						t.Parallel()
						readAll(t, block)
					})
				}
				return
			}
			readAll(t, lines)
		})
	}
}

// needsDatabase reports whether a line sets up or uses PostgreSQL.
func needsDatabase(line string) bool {
	for _, words := range []string{"postgres", "psql", "createuser", "wxauth store init", "wxauth store key", "wxauth store rekey", "team.age", "POSTGRES_"} {
		if strings.Contains(line, words) {
			return true
		}
	}
	return false
}

// readAll types all lines of a page.
func readAll(t *testing.T, lines []string) {
	t.Helper()
	r := newReader(t)
	for _, line := range lines {
		if strings.Contains(line, "fpath") || strings.Contains(line, "Invoke-Expression") {
			continue // for zsh and PowerShell
		}
		if needsDatabase(line) {
			continue // internal/postgres has tests with a server
		}
		for _, b := range before {
			if b.line.MatchString(line) {
				r.run(b.first)
			}
		}
		if out, code := r.run(line); !endsWell(line, out, code) {
			t.Errorf("%s\nexit code %d:\n%s", line, code, out)
		}
	}
}

// blocksOf returns the lines of each shell block.
func blocksOf(page string) (blocks [][]string) {
	for _, m := range regexp.MustCompile("(?ms)^```sh\n.*?^```").FindAllString(page, -1) {
		blocks = append(blocks, fenced(m, "sh"))
	}
	return blocks
}

// before lists the setup that a line requires.
var before = []struct {
	line  *regexp.Regexp
	first string
}{
	{regexp.MustCompile(`wxauth (diff|stale|apps|app)\b|--from-inventory|revoke --client-id|^wxauth revoke ID --dry`), "wxauth sweep && wxauth sweep"},
	{regexp.MustCompile(`--profile customer -- |me --profile customer|profiles use customer`), "wxauth login --profile customer"},
	{regexp.MustCompile(`logout --revoke`), "wxauth login"},
	{regexp.MustCompile(`orgs (token|refresh|remove|alias) 96abc2aa`), "wxauth login --scopes default,spark:applications_token && wxauth orgs fetch 96abc2aa-3dcc-11e5-a152-fe34819cdc9a"},
	{regexp.MustCompile(`config init --from-url`), "rm -f ~/.config/wxauth/config.toml"},
}

// reader acts as a user who reads a page and types its commands.
type reader struct {
	t        *testing.T
	sim      *webextest.Simulator
	dir      string
	env      []string
	token    string
	replaces *strings.Replacer
}

// otherPrograms are other programs that a page may use. They read their input and print
// nothing.
var otherPrograms = []string{"curl", "crontab", "systemctl", "loginctl", "docker", "python", "mail", "brew", "apt-get", "nc", "go", "git", "pbcopy", "sha256sum", "tar", "my-script"}

func newReader(t *testing.T) *reader {
	t.Helper()
	sim := webextest.Demo()
	srv, err := sim.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.Close)
	for _, p := range sim.People() { // only the people on the pages have tokens
		for _, a := range sim.Authorizations(p.Email) {
			sim.Remove(a.ID)
		}
	}
	r := &reader{t: t, sim: sim, dir: t.TempDir()}
	ada := srv.AddPerson(webextest.Person{Name: "Ada Admin", Email: "ada@example.com", Roles: []string{"id_full_admin"}})
	jane := srv.AddPerson(webextest.Person{Name: "Jane Doe", Email: "jane@example.com"})
	tom := srv.AddPerson(webextest.Person{Name: "Tom Ray", Email: "tom@example.com"})
	now := time.Now()
	const day = 24 * time.Hour
	sync, exporter, notes := srv.AddApp("Meeting Sync"), srv.AddApp("Legacy Exporter"), srv.AddApp("CallNotes AI")
	ids := srv.Grant(jane, sync, now.Add(-30*day), now.Add(-day), now.Add(-3*day))
	srv.Grant(jane, exporter, now.Add(-131*day))
	srv.Grant(jane, notes, now.Add(-2*time.Hour), now.Add(-2*time.Hour))
	srv.Grant(tom, sync, now.Add(-50*day), now.Add(-2*day))
	srv.Grant(tom, notes, now.Add(-5*time.Hour), now.Add(-5*time.Hour))
	srv.Grant(ada, sync, now.Add(-20*day), now.Add(-2*day))
	srv.SignIn(ada.Email)
	callback := "http://127.0.0.1:" + trial.Port(t) + "/callback"
	app := srv.AddIntegration(webextest.Integration{App: webextest.App{Name: "wxauth"}, RedirectURIs: append([]string{callback}, webextest.HelperRedirectURIs()...)})
	serviceApp := srv.ServiceApp(webextest.DemoServiceAppID)
	r.token = srv.IssueToken(ada, webextest.App{}, nil)
	r.replaces = strings.NewReplacer("./wxauth", "wxauth", "CLIENT_ID", notes.ClientID, "C1d4e…", notes.ClientID, "48:pJ7…", "", "127.0.0.1:8787 --print-env", "127.0.0.1:9 --print-env", "127.0.0.1:8787", "127.0.0.1:0", " ID ", " "+ids[0]+" ", "ID\n", ids[0]+"\n",
		"--confirm=12", "--confirm=2", "--confirm=47", "--confirm=2", "https://webexapis.com", srv.URL, "/usr/local/bin/notify", "true")
	bin, home := filepath.Join(r.dir, "bin"), filepath.Join(r.dir, "home")
	work := filepath.Join(r.dir, "work")
	for _, d := range []string{bin, work, filepath.Join(work, "wxauth"), filepath.Join(home, ".local/share/bash-completion/completions"), filepath.Join(home, ".config/fish/completions")} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range otherPrograms {
		r.write(filepath.Join(bin, name), "#!/bin/sh\n[ -t 0 ] || cat >/dev/null\n", 0o755)
	}
	const nordwind = "96abc2aa-3dcc-11e5-a152-fe34819cdc9a"
	org, err := webex.ParseOrgID(nordwind)
	if err != nil {
		t.Fatal(err)
	}
	r.write(filepath.Join(bin, "pass"), "#!/bin/sh\ncase \"$*\" in *nordwind*) echo "+srv.GenerateOrgToken(serviceApp, string(org))+";; *) echo "+refreshTokenOf(t, srv, app, callback)+";; esac\n", 0o755)
	r.write(filepath.Join(bin, "pbpaste"), "#!/bin/sh\necho "+r.token+"\n", 0o755)
	r.write(filepath.Join(bin, "jq"), "#!/bin/sh\n[ -t 0 ] || cat >/dev/null\ncase \"$*\" in *.body*) cat payload.json;; esac\n", 0o755)
	r.write(filepath.Join(work, "leavers.csv"), "email\njane@example.com\ntom@example.com\n", 0o600)
	r.write(filepath.Join(work, "team.csv"), "email\njane@example.com\ntom@example.com\n", 0o600)
	r.write(filepath.Join(work, "sales.csv"), "email\ntom@example.com\n", 0o600)
	r.write(filepath.Join(work, "token.txt"), r.token+"\n", 0o600)
	r.write(filepath.Join(work, "payload.json"), string(srv.WebhookPayload(serviceApp, "authorized", nordwind)), 0o600)
	r.env = []string{
		"HOME=" + home, "PATH=" + bin + ":" + os.Getenv("PATH"), "TERM=xterm-256color", "DISPLAY=:9", "BROWSER_DOES=accept", "WXAUTH_KEY=keyfile",
		"WEBEX_BASE_URL=" + srv.URL + "/v1", "WEBEX_INTEGRATION_CLIENT_ID=" + string(app.ClientID), "WEBEX_INTEGRATION_CLIENT_SECRET=" + app.Secret,
		"WEBEX_INTEGRATION_REDIRECT_URI=" + callback, "WEBEX_SA_CLIENT_ID=" + string(serviceApp.ClientID), "WEBEX_SA_CLIENT_SECRET=" + serviceApp.Secret,
	}
	if out, code := r.run("wxauth login --scopes default,spark:applications_token,audit:events_read"); code != 0 {
		t.Fatalf("log in: %d: %s", code, out)
	}
	return r
}

// refreshTokenOf logs in as another computer would.
func refreshTokenOf(t *testing.T, srv *webextest.Server, app webextest.Integration, callback string) string {
	t.Helper()
	other := webex.NewIntegration(webex.Credentials{ClientID: webex.ClientID(app.ClientID), ClientSecret: webex.NewSecret(app.Secret), RedirectURI: callback},
		store.NewMemory(), webex.WithBaseURL(srv.URL+"/v1"))
	tokens, err := other.Authorize(t.Context(), webex.AuthorizeOptions{OpenBrowser: srv.Browser(true)})
	if err != nil {
		t.Fatal(err)
	}
	trial.Released()
	return tokens.Refresh.Reveal()
}

func (r *reader) write(path, text string, mode fs.FileMode) {
	r.t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		r.t.Fatal(err)
	}
}

// endsWell reports whether a line exited as expected: with 0, or with the exit code that its
// page describes.
func endsWell(line, out string, code int) bool {
	switch {
	case code == 0:
		return true
	case strings.Contains(line, "demo serve"):
		return strings.Contains(out, "export WEBEX_ACCESS_TOKEN=")
	case strings.Contains(line, "watch "): // it runs until it is stopped
		return strings.Contains(out, "stopped by a signal")
	case strings.Contains(line, "audit compare"): // other admins revoked something
		return code == 3
	case strings.Contains(line, "create-integration"): // with an admin's token of another cloud
		return strings.Contains(out, "set WEBEX_ACCESS_TOKEN")
	case strings.Contains(line, "--exit-code"):
		return code == 10
	case strings.Contains(line, "--since 2026-"): // no sweep is that old
		return strings.Contains(out, "the oldest one started")
	case strings.Contains(line, "audit report --"):
		return strings.Contains(out, "the log has no revoke")
	case strings.Contains(line, "--client-id CLIENT_ID"): // an earlier line revoked it from all users
		return strings.Contains(out, "no app has the client id")
	case strings.Contains(line, "$(wxauth stale"): // no stale token is left
		return strings.Contains(out, "nothing selected")
	case strings.Contains(line, "--newer-than 2d"), strings.Contains(line, "--older-than 90d"): // earlier lines revoked all matching tokens, or they are younger
		return strings.Contains(out, "nothing matches")
	}
	return false
}

// What programs ask, and the answers. The prompt is at the end of the output.
var prompts = []struct {
	ends   *regexp.Regexp
	answer func(r *reader, m []string) string
}{
	{regexp.MustCompile(`\[y/N\] ?$`), func(*reader, []string) string { return "y\r" }},
	{regexp.MustCompile(`Type ([^\n]+?)(?: or C[0-9a-f]{64})? to confirm: ?$`), func(_ *reader, m []string) string { return m[1] + "\r" }},
	{regexp.MustCompile(`(?s)(http://127[^\s]*/authorize\?[^\s]*).*$`), func(r *reader, m []string) string {
		landing, err := press(m[1], "accept")
		if err != nil {
			r.t.Error(err)
			return "\x03"
		}
		if resp, err := http.Get(landing); err == nil {
			_ = resp.Body.Close()
		}
		return ""
	}},
	{regexp.MustCompile(`paste the authorization URL[^\n]*\n$`), func(r *reader, _ []string) string {
		return "https://webexapis.com/v1/authorize?client_id=C0ffee&response_type=code&redirect_uri=http%3A%2F%2F127.0.0.1%3A8765%2Fcallback&scope=identity%3Atokens_read%20identity%3Atokens_write%20spark%3Apeople_read%20spark-admin%3Apeople_read%20spark-admin%3Aorganizations_read&state=x\r"
	}},
	{regexp.MustCompile(`: ?$`), func(r *reader, _ []string) string { return r.token + "\r" }},
}

// run types a line, answers prompts, leaves a dashboard, and stops long-running commands. It
// returns the output and the exit code.
func (r *reader) run(line string) (out string, code int) {
	r.t.Helper()
	p, tty, err := pty.Open()
	if err != nil {
		r.t.Fatal(err)
	}
	defer p.Close()
	_ = pty.Setsize(p, &pty.Winsize{Cols: 130, Rows: 40})
	padded := r.replaces.Replace(line + " ")
	cmd := exec.Command("sh", "-c", padded)
	cmd.Dir, cmd.Env = filepath.Join(r.dir, "work"), r.env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	_ = tty.Close()
	var mu sync.Mutex
	var shown bytes.Buffer
	last := time.Now()
	read := make(chan struct{})
	go func() {
		defer close(read)
		buf := make([]byte, 32<<10)
		for {
			n, err := p.Read(buf)
			mu.Lock()
			shown.Write(buf[:n])
			last = time.Now()
			mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	answered, begun := 0, time.Now()
	asked := len(r.sim.Requests())
	stops := func(text string) bool { // a long-running command has started
		return strings.Contains(line, "demo serve") && strings.Contains(text, "ctrl+c") || strings.Contains(line, "watch ") && len(r.sim.Requests()) > asked
	}
	for {
		select {
		case <-ended:
			_ = p.SetReadDeadline(time.Now().Add(time.Second))
			<-read
			return unseen.ReplaceAllString(shown.String(), ""), cmd.ProcessState.ExitCode()
		case <-time.After(50 * time.Millisecond):
		}
		for _, c := range r.sim.WaitingCodes() { // a person enters it on a phone
			r.sim.AcceptCode(c)
		}
		mu.Lock()
		quiet, text, n := time.Since(last), shown.String(), shown.Len()
		mu.Unlock()
		switch {
		case time.Since(begun) > trial.Patience:
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		case quiet < 200*time.Millisecond:
		case strings.Contains(text, "\x1b[?1049h"):
			_, _ = p.WriteString("q")
		case stops(text):
			_, _ = p.WriteString("\x03")
		case n > answered:
			tail := strings.ReplaceAll(unseen.ReplaceAllString(text[answered:], ""), "\r", "")
			for _, ask := range prompts {
				if m := ask.ends.FindStringSubmatch(tail); m != nil {
					_, _ = p.WriteString(ask.answer(r, m))
					answered = n
					break
				}
			}
		}
	}
}

// unseen matches sequences that a terminal does not display.
var unseen = regexp.MustCompile(`\x1b(\[[0-9;?]*[a-zA-Z]|\][^\x07\x1b]*(\x07|\x1b\\))`)
