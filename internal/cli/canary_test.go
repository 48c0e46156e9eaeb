package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/cli"
	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// canaryArgs are arguments with which each command succeeds; the test fails for a command
// without an entry. yields marks the commands that print an access token.
var canaryArgs = map[string]struct {
	args   string
	stdin  string
	yields bool
	exit   int // of a command that cannot succeed here
}{
	"":                          {exit: 2}, // without a terminal
	"list":                      {args: "me"},
	"revoke":                    {args: "{ID} --user jane@acme.example --dry-run"},
	"offboard":                  {args: "jane@acme.example --dry-run"},
	"sweep":                     {},
	"apps":                      {},
	"app":                       {args: "Sync"},
	"stale":                     {},
	"diff":                      {},
	"watch":                     {args: "--user me --every 10s --for 1s"},
	"audit":                     {},
	"audit list":                {},
	"audit verify":              {},
	"audit export":              {args: "--format syslog"},
	"audit report":              {args: "--last"},
	"audit rotate":              {},
	"audit compare":             {},
	"probe":                     {},
	"config create-integration": {args: "--contact it@acme.example --yes"},
	"events":                    {},
	"login":                     {args: "--refresh-token", stdin: "{REFRESH}"},
	"logout":                    {},
	"token":                     {yields: true},
	"token status":              {},
	"token test":                {},
	"token header":              {yields: true},
	"token refresh":             {},
	"token inspect":             {stdin: "{ACCESS}"},
	"orgs":                      {},
	"orgs list":                 {},
	"orgs fetch":                {args: "{ORG}"},
	"orgs add":                  {args: "{HELD}", stdin: "{ORGREFRESH}"},
	"orgs refresh":              {args: "{HELD}"},
	"orgs token":                {args: "{HELD}", yields: true},
	"orgs alias":                {args: "{HELD} nordwind"},
	"orgs remove":               {args: "{HELD} --yes"},
	"orgs webhook":              {args: "-", stdin: `{"resource":"serviceApp","event":"authorized","data":{"authorizerOrgId":"{ORG}"}}`},
	"store":                     {},
	"store info":                {},
	"store init":                {args: "--store postgres://ada@127.0.0.1:1/wxauth", exit: 1}, // without a database
	"store key":                 {},
	"store key export":          {args: "--store postgres://ada@127.0.0.1:1/wxauth", exit: 1},
	"store key import":          {args: "--store postgres://ada@127.0.0.1:1/wxauth", stdin: "{ACCESS}", exit: 2},
	"store rekey":               {args: "--store postgres://ada@127.0.0.1:1/wxauth", exit: 1},
	"store move":                {args: "--key passphrase"},
	"store grants":              {},
	"scopes":                    {args: "--mine"},
	"id":                        {args: "{ORG}"},
	"exec":                      {args: "-- true"},
	"profiles":                  {},
	"profiles list":             {},
	"profiles use":              {args: "default"},
	"config":                    {},
	"config path":               {},
	"config init":               {},
	"config check":              {},
	"demo":                      {exit: 2},
	"demo serve":                {yields: true},
	"doctor":                    {},
	"completion":                {args: "bash"},
	"man":                       {},
	"version":                   {},
}

// S-22, S-24, S-25, S-53: no command, output format or failure leaves a token, secret or
// passphrase in an output or a file.
func TestNoCommandLeavesASecretBehind(t *testing.T) {
	t.Parallel()
	paths := cli.CommandPaths()
	if len(paths) < len(canaryArgs) {
		t.Fatalf("%d commands in the tree, %d in canaryArgs", len(paths), len(canaryArgs))
	}
	runs, number := 0, 0
	for _, path := range paths {
		c, ok := canaryArgs[path]
		if !ok {
			t.Errorf("wxauth %s is missing in canaryArgs", path)
			continue
		}
		for _, flags := range []string{"--debug", "--debug --json", "--bad-flag"} {
			for _, broken := range []string{"", "401", "500", "html", "echo"} {
				if number++; !trial.Runs(number, 11) { // each command runs at least once
					continue
				}
				canaryRun(t, path, c.args, c.stdin, flags, broken, c.yields, c.exit)
				runs++
			}
		}
	}
	for n, broken := range []string{"", "401", "500", "html", "echo"} {
		if !trial.Runs(n, 4) {
			continue
		}
		canaryRun(t, "login", "--device --timeout 1s", "", "--debug", broken, false, map[bool]int{true: 4}[broken == ""])
		runs++
	}
	trial.Report(t, trial.Figure{Name: "secrets left behind", Tried: runs, Survived: runs, Note: fmt.Sprintf("%d commands", len(paths))})
}

func canaryRun(t *testing.T, path, args, stdin, flags, broken string, yields bool, exit int) {
	t.Helper()
	home := t.TempDir()
	srv := webextest.NewServer()
	defer srv.Close()
	app := srv.AddIntegration(webextest.Integration{App: webextest.App{Name: "wxauth"}, RedirectURIs: append(webextest.HelperRedirectURIs(), "https://x.example/cb")})
	jane := srv.AddPerson(webextest.Person{Name: "Jane", Email: "jane@acme.example"})
	id := srv.Grant(jane, srv.AddApp("Sync"), time.Now())[0]
	data := filepath.Join(home, ".local/share/wxauth")
	tokens := canaryLogin(t, srv, app, data)
	bridge := srv.AddServiceApp(webextest.ServiceApp{App: webextest.App{Name: "Bridge"}})
	org, heldOrg := srv.AddOrg("Nordwind"), srv.AddOrg("Kestrel")
	srv.AuthorizeServiceApp(bridge, org)
	srv.AuthorizeServiceApp(bridge, heldOrg)
	orgTokens := canaryOrg(t, srv, bridge, data, heldOrg)
	key, err := os.ReadFile(filepath.Join(data, "key"))
	if err != nil {
		t.Fatal(err)
	}
	const passphrase = "canary-passphrase-with-many-words" // set, but not needed
	secrets := []string{tokens.Access.Reveal(), tokens.Refresh.Reveal(), orgTokens.Access.Reveal(), orgTokens.Refresh.Reveal(), app.Secret, bridge.Secret, strings.TrimSpace(string(key)), passphrase}
	environ := []string{
		"HOME=" + home, "TMPDIR=" + home, "PATH=" + os.Getenv("PATH"), "WEBEX_BASE_URL=" + srv.URL + "/v1", "WXAUTH_KEY=keyfile", "WXAUTH_PASSPHRASE=" + passphrase,
		"WEBEX_INTEGRATION_CLIENT_ID=" + app.ClientID, "WEBEX_INTEGRATION_CLIENT_SECRET=" + app.Secret, "WEBEX_INTEGRATION_REDIRECT_URI=https://x.example/cb",
		"WEBEX_SA_CLIENT_ID=" + bridge.ClientID, "WEBEX_SA_CLIENT_SECRET=" + bridge.Secret,
	}
	if path == "config create-integration" {
		environ = append(environ, "WEBEX_ACCESS_TOKEN="+srv.AdminToken())
		secrets = append(secrets, srv.AdminToken())
	}
	before := map[string][]string{ // what they read
		"apps": {"sweep"}, "app": {"sweep"}, "stale": {"sweep"}, "diff": {"sweep", "sweep"},
		"audit report": {"revoke " + id + " --user jane@acme.example --yes"},
	}
	for _, line := range before[path] {
		out := file(t, "")
		if code := cli.Run(t.Context(), cli.Env{Args: strings.Fields(line), Stdin: file(t, ""), Stdout: out, Stderr: out, Environ: environ}); code != 0 {
			t.Fatalf("%s ended with %d", line, code)
		}
	}
	switch broken {
	case "401", "500":
		srv.AddFault(webextest.Fault{Status: map[string]int{"401": 401, "500": 500}[broken]})
	case "html":
		srv.AddFault(webextest.Fault{Kind: webextest.HTML})
	case "echo": // a server that echoes the request
		srv.AddFault(webextest.Fault{Kind: webextest.Echo})
	}
	fill := strings.NewReplacer("{ID}", id, "{REFRESH}", tokens.Refresh.Reveal(), "{ACCESS}", tokens.Access.Reveal(), "{ORG}", org, "{HELD}", heldOrg, "{ORGREFRESH}", orgTokens.Refresh.Reveal())
	env := cli.Env{
		Args:  strings.Fields(fill.Replace(path + " " + flags + " " + args)),
		Stdin: file(t, fill.Replace(stdin)), Stdout: file(t, ""), Stderr: file(t, ""),
		Environ: environ,
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	code := 0
	go func() { defer close(ended); code = cli.Run(ctx, env) }()
	if path == "demo serve" && flags != "--bad-flag" {
		trial.Until(t, "the address of the running simulator", func() bool {
			data, _ := os.ReadFile(env.Stdout.Name())
			return bytes.Contains(data, []byte("export "))
		})
		cancel()
	}
	<-ended
	cancel()
	what := "wxauth " + strings.Join([]string{path, flags, broken}, " ")
	if broken == "" && flags != "--bad-flag" && path != "demo serve" && code != exit {
		printed, _ := os.ReadFile(env.Stderr.Name())
		t.Errorf("%s ended with %d instead of %d: what it prints when it succeeds was not seen: %s", what, code, exit, printed)
	}
	outputs := map[string]*os.File{"stdout": env.Stdout, "stderr": env.Stderr}
	if yields {
		delete(outputs, "stdout")
	}
	for name, f := range outputs {
		data, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		reportSecrets(t, what+": "+name, data, secrets)
		if bytes.ContainsRune(data, 0x1b) { // S-53: no output is a terminal
			t.Errorf("%s: %s contains an escape sequence", what, name)
		}
	}
	err = filepath.WalkDir(home, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || p == filepath.Join(data, "key") {
			return err
		}
		rel, _ := filepath.Rel(home, p)
		if !strings.HasPrefix(rel, ".config/wxauth/") && !strings.HasPrefix(rel, ".local/share/wxauth/") && !strings.HasPrefix(rel, ".local/state/wxauth/") {
			t.Errorf("%s wrote %s", what, rel) // S-96
		}
		data, err := os.ReadFile(p)
		reportSecrets(t, what+": "+filepath.Base(p), data, secrets)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func reportSecrets(t *testing.T, where string, data []byte, secrets []string) {
	t.Helper()
	for i, s := range secrets {
		// A prefix of a secret is a leak too.
		if bytes.Contains(data, []byte(s)) || bytes.Contains(data, []byte(s[:24])) {
			t.Errorf("%s contains secret %d", where, i)
		}
	}
}

// canaryLogin saves a login in a store, as an earlier run would.
func canaryLogin(t *testing.T, srv *webextest.Server, app webextest.Integration, folder string) webex.Tokens {
	t.Helper()
	s, err := store.Open(filepath.Join(folder, "store.db"), store.Keyfile(filepath.Join(folder, "key")))
	if err != nil {
		t.Fatal(err)
	}
	i := webex.NewIntegration(webex.Credentials{
		ClientID: webex.ClientID(app.ClientID), ClientSecret: webex.NewSecret(app.Secret), RedirectURI: "https://x.example/cb",
	}, s, webex.WithBaseURL(srv.URL+"/v1"))
	pasted := make(chan string, 1)
	tokens, err := i.Authorize(t.Context(), webex.AuthorizeOptions{Scopes: append(slices.Clone(webex.DefaultScopes), webex.ScopeApplicationsToken, webex.ScopeAuditEvents), Pasted: pasted, Progress: func(p webex.AuthorizeProgress) {
		if p.Stage == webex.StageWaiting {
			landing, err := press(p.URL, "accept")
			if err != nil {
				t.Error(err)
			}
			pasted <- landing
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

// canaryOrg saves an organization's tokens in the same store.
func canaryOrg(t *testing.T, srv *webextest.Server, bridge webextest.ServiceApp, folder, org string) webex.Tokens {
	t.Helper()
	s, err := store.Open(filepath.Join(folder, "store.db"), store.Keyfile(filepath.Join(folder, "key")))
	if err != nil {
		t.Fatal(err)
	}
	a := webex.NewServiceApp(webex.ServiceAppCredentials{ClientID: webex.ClientID(bridge.ClientID), ClientSecret: webex.NewSecret(bridge.Secret)},
		webex.StaticToken(webex.NewSecret(srv.AdminToken())), s, webex.WithBaseURL(srv.URL+"/v1"))
	tokens, err := a.FetchForOrg(t.Context(), webex.OrgID(org))
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

func file(t *testing.T, text string) *os.File {
	t.Helper()
	f, err := os.CreateTemp(t.TempDir(), "stream")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Seek(0, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}
