package cli_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	bolt "go.etcd.io/bbolt"

	"github.com/wxauth/wxauth/internal/cli"
	"github.com/wxauth/wxauth/internal/environ"
	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

func TestMain(m *testing.M) {
	testscript.Main(sideBySide{m}, map[string]func(){"wxauth": wxauth, "xdg-open": browser})
}

// sideBySide runs more tests in parallel than there are CPUs, because they mostly wait for
// verification and pauses.
type sideBySide struct{ *testing.M }

func (m sideBySide) Run() int {
	flag.Parse()
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	return m.M.Run()
}

// wxauth is the program for scripts.
func wxauth() {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() { cancel(cli.Signal{Signal: <-signals}) }()
	cli.KeepFromPipes()
	os.Exit(cli.Run(ctx, cli.Env{Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Environ: environ.Given()}))
}

// realBrowsers are set by the end-to-end tests.
var realBrowsers = map[string]func(address string){}

// browser acts as the user's browser: it presses the button of the consent page named by
// BROWSER_DOES and follows the redirect.
func browser() {
	does := os.Getenv("BROWSER_DOES")
	if real := realBrowsers[does]; real != nil {
		real(os.Args[1])
		return
	}
	switch does {
	case "fail":
		os.Exit(3)
	case "hang":
		time.Sleep(time.Minute)
	}
	fmt.Println("noise on stdout") // browsers print noise, which wxauth must discard
	fmt.Fprintln(os.Stderr, "noise on stderr", environ.Given())
	landing, err := press(os.Args[1], does)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if resp, err := http.Get(landing); err == nil {
		_ = resp.Body.Close()
	}
}

// press presses accept or decline on the consent page at an address.
func press(address, decision string) (landing string, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	form := u.Query()
	form.Set("decision", decision)
	u.RawQuery = ""
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.PostForm(u.String(), form)
	if err != nil {
		return "", err
	}
	return resp.Header.Get("Location"), resp.Body.Close()
}

// world is the simulator of a script, with the demo's organization.
type world struct {
	srv    *webextest.Server
	app    webextest.Integration
	bridge webextest.ServiceApp
	held   *bolt.DB // a locked store
	marked int      // requests before the current part of the script
}

// TestScripts runs the scripts in testdata. Each has its own simulator at $WEBEX_BASE_URL, and
// variables with the ids of Jane's tokens.
func TestScripts(t *testing.T) { testscript.Run(t, stories(t, "testdata")) }

// stories runs the scripts of a directory, each in a new world.
func stories(t *testing.T, dir string) testscript.Params {
	return testscript.Params{
		Dir: dir,
		Setup: func(e *testscript.Env) error {
			w := &world{srv: webextest.NewServer()}
			e.Defer(w.srv.Close)
			e.Values["world"] = w
			jane := w.srv.AddPerson(webextest.Person{Name: "Jane Doe", Email: "jane@acme.example"})
			now := time.Now()
			const day = 24 * time.Hour
			sync := w.srv.Grant(jane, w.srv.AddApp("Meeting Sync"), now.Add(-30*day), now.Add(-day), now.Add(-3*day))
			bridge := w.srv.Grant(jane, w.srv.AddApp("Ticket Bridge"), now.Add(-40*day))
			portal := w.srv.GrantAccess(jane, w.srv.AddApp("Developer Portal"), now.Add(-time.Hour))
			mallory := w.srv.AddPerson(webextest.Person{Name: "Mallory", Email: "mallory@acme.example"})
			w.srv.Grant(mallory, w.srv.AddApp("\x1b]0;pwned\x07Evil\nrefresh\u202e"), now.Add(-day))
			w.srv.AddPerson(webextest.Person{Name: "Nora", Email: "nora@acme.example"})
			many := w.srv.AddPerson(webextest.Person{Name: "Max", Email: "max@acme.example"})
			ids := ""
			for i := range 12 {
				ids += w.srv.Grant(many, w.srv.AddApp(fmt.Sprint("App ", i)), now.Add(-day))[0] + " "
			}
			user, _ := w.srv.Person("nora@acme.example")
			e.Setenv("WEBEX_BASE_URL", w.srv.URL+"/v1")
			e.Setenv("WEBEX_ACCESS_TOKEN", w.srv.AdminToken())
			e.Setenv("NOT_ADMIN_TOKEN", w.srv.IssueToken(user, webextest.App{}, nil))
			e.Setenv("JANE", jane.ID)
			e.Setenv("SYNC", sync[0])
			e.Setenv("SYNC_ACCESS", sync[1])
			e.Setenv("BRIDGE", bridge[0])
			e.Setenv("PORTAL", portal)
			e.Setenv("MAX_IDS", strings.TrimSpace(ids))
			e.Setenv("HOME", e.WorkDir)
			w.app = w.srv.AddIntegration(webextest.Integration{App: webextest.App{Name: "wxauth"}, RedirectURIs: append([]string{
				"http://127.0.0.1:" + trial.Port(t) + "/callback", "https://wxauth.example/callback",
			}, webextest.HelperRedirectURIs()...)})
			plain := w.srv.AddIntegration(webextest.Integration{App: webextest.App{Name: "no codes"}, RedirectURIs: w.app.RedirectURIs[:1]})
			e.Setenv("PLAIN_CLIENT_ID", plain.ClientID)
			e.Setenv("PLAIN_CLIENT_SECRET", plain.Secret)
			w.bridge = w.srv.AddServiceApp(webextest.ServiceApp{App: webextest.App{Name: "BYOVA Bridge"}, Scopes: []string{"spark:people_read", "spark-admin:organizations_read"}})
			e.Setenv("SA_ID", w.bridge.ClientID)
			e.Setenv("SA_SECRET", w.bridge.Secret)
			for name, org := range map[string]string{"NORDWIND": "Nordwind Logistik", "KESTREL": "Kestrel Bank"} {
				id := w.srv.AddOrg(org)
				d, _ := webex.DecodeID(webex.OrgID(id))
				e.Setenv(name+"_ID", id)
				e.Setenv(name, string(d.UUID))
			}
			ada, _ := w.srv.Person("ada.admin@acme.example")
			e.Setenv("CLIENT_TOKEN", w.srv.IssueToken(ada, plain.App, nil))
			e.Setenv("CLIENT_ID", w.app.ClientID)
			e.Setenv("CLIENT_SECRET", w.app.Secret)
			e.Setenv("REDIRECT_URI", w.app.RedirectURIs[0])
			e.Setenv("BROWSER_DOES", "accept")
			e.Setenv("ADMIN_TOKEN", w.srv.AdminToken())
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "deletes": deletes, "requests": requests, "fault": fault, "stale": stale, "gone": gone,
			"posts": posts, "switches": switches, "expire": expire, "tamper": tamper, "unsent": unsent, "twin": twin, "renew": renew, "whois": whois, "waitfor": waitfor, "signin": signin, "client": client, "holders": holders, "staff": staff, "damage": damage, "lock": lock,
			"tick": tick, "device": device, "authorize": authorize, "deauthorize": deauthorize, "payload": payload, "generate": generate, "elsewhere": elsewhere, "uuid": uuid, "alike": alike,
		},
	}
}

func worldOf(ts *testscript.TestScript) *world { return ts.Value("world").(*world) }

// exits CODE wxauth ARGS... runs the program and requires that exit code.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	code := "0"
	if err != nil {
		code = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if code != args[0] {
		ts.Fatalf("exit code %s, want %s", code, args[0])
	}
}

// deletes N requires N DELETEs in the simulator's log.
func deletes(ts *testscript.TestScript, _ bool, args []string) {
	if got := fmt.Sprint(len(worldOf(ts).srv.Deletes())); got != args[0] {
		ts.Fatalf("%s DELETEs, want %s", got, args[0])
	}
}

// requests N requires N requests since the last "requests reset".
func requests(ts *testscript.TestScript, _ bool, args []string) {
	w := worldOf(ts)
	if args[0] == "reset" {
		w.marked = len(w.srv.Requests())
		return
	}
	if got := fmt.Sprint(len(w.srv.Requests()) - w.marked); got != args[0] {
		ts.Fatalf("%s requests, want %s", got, args[0])
	}
}

// fault METHOD PATH STATUS|drop-after|drop-before|html|garbage|endless [BODY] makes requests
// fail. With a status, BODY is the file with the response body. "fault clear" removes the
// faults.
func fault(ts *testscript.TestScript, _ bool, args []string) {
	if args[0] == "clear" {
		worldOf(ts).srv.ClearFaults()
		return
	}
	f := webextest.Fault{Method: args[0], Path: args[1]}
	kinds := map[string]webextest.Kind{
		"drop-after": webextest.DropAfter, "drop-before": webextest.DropBefore, "html": webextest.HTML,
		"garbage": webextest.Garbage, "endless": webextest.Endless, "truncate": webextest.Truncate,
	}
	if kind, ok := kinds[args[2]]; ok {
		f.Kind = kind
	} else if args[2] == "redirect" {
		f.Kind, f.To = webextest.Redirect, "/v1/people/me"
	} else {
		_, _ = fmt.Sscanf(args[2], "%d", &f.Status)
		f.RetryAfter = "90"
		if len(args) > 3 {
			f.Body = ts.ReadFile(args[3])
		}
	}
	worldOf(ts).srv.AddFault(f)
}

// stale makes lists still show revoked tokens.
func stale(ts *testscript.TestScript, _ bool, _ []string) { worldOf(ts).srv.SetStale(-1) }

// gone ID... requires that these authorizations are gone; negated, that they exist.
func gone(ts *testscript.TestScript, neg bool, ids []string) {
	for _, id := range ids {
		if worldOf(ts).srv.Exists(id) != neg {
			ts.Fatalf("%s exists: %v", id, !neg)
		}
	}
}

// posts N requires N POSTs at the token endpoint.
func posts(ts *testscript.TestScript, _ bool, args []string) {
	n := 0
	for _, r := range worldOf(ts).srv.Requests() {
		if r.Path == "/access_token" {
			n++
		}
	}
	if got := fmt.Sprint(n); got != args[0] {
		ts.Fatalf("%s POSTs, want %s", got, args[0])
	}
}

// switches JSON sets the simulator's behaviour where the API is unclear.
func switches(ts *testscript.TestScript, _ bool, args []string) {
	var sw webextest.Switches
	ts.Check(json.Unmarshal([]byte(args[0]), &sw))
	worldOf(ts).srv.SetSwitches(sw)
}

// expire access|refresh expires tokens at the server.
func expire(ts *testscript.TestScript, _ bool, args []string) {
	switch args[0] {
	case "refresh":
		worldOf(ts).srv.RevokeRefreshTokens()
	case "access":
		worldOf(ts).srv.ExpireAccessTokens()
	}
}

// lock FILE locks a store as another process would. The second call unlocks it.
func lock(ts *testscript.TestScript, _ bool, args []string) {
	w := worldOf(ts)
	if w.held != nil {
		ts.Check(w.held.Close())
		w.held = nil
		return
	}
	db, err := bolt.Open(ts.MkAbs(args[0]), 0o600, nil)
	ts.Check(err)
	w.held = db
}

// damage FILE truncate|flip|mode damages a file.
func damage(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	data, err := os.ReadFile(path)
	ts.Check(err)
	switch args[1] {
	case "truncate":
		ts.Check(os.WriteFile(path, data[:len(data)/3], 0o600))
	case "other-client":
		ts.Check(os.WriteFile(path, []byte(strings.ReplaceAll(string(data), worldOf(ts).app.ClientID, "C"+strings.Repeat("0", 64))), 0o600))
	default:
		ts.Fatalf("unknown damage %s", args[1])
	}
}

// tamper FILE edit|delete|swap|insert|long|truncate changes lines of the audit log.
func tamper(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	data, err := os.ReadFile(path)
	ts.Check(err)
	lines := strings.SplitAfter(strings.TrimSuffix(string(data), "\n"), "\n")
	last := len(lines) - 1
	lines[last] += "\n"
	switch args[1] {
	case "edit":
		lines[1] = strings.Replace(lines[1], "acme.example", "acme.invalid", 1)
	case "edit-last":
		lines[last] = strings.Replace(lines[last], "acme.example", "acme.invalid", 1)
	case "delete":
		lines = append(lines[:1], lines[2:]...)
	case "swap":
		lines[0], lines[1] = lines[1], lines[0]
	case "insert":
		lines = append(lines, lines[0])
	case "long":
		lines = slices.Insert(lines, 1, strings.Repeat("x", 2<<20)+"\n")
	case "truncate":
		lines = lines[:last]
	default:
		ts.Fatalf("unknown change %s", args[1])
	}
	ts.Check(os.WriteFile(path, []byte(strings.Join(lines, "")), 0o600))
}

// twin NAME grants Jane another app of the same name.
func twin(ts *testscript.TestScript, _ bool, args []string) {
	srv := worldOf(ts).srv
	jane, ok := srv.Person("jane@acme.example")
	if !ok {
		ts.Fatalf("there is no Jane")
	}
	srv.Grant(jane, srv.AddApp(args[0]), time.Now().Add(-time.Hour))
}

// renew APP gives an app that Jane uses a new access token, created in a minute.
func renew(ts *testscript.TestScript, _ bool, args []string) {
	srv := worldOf(ts).srv
	for _, a := range srv.Authorizations("jane@acme.example") {
		if a.App.Name == args[0] {
			jane, _ := srv.Person("jane@acme.example")
			srv.GrantAccess(jane, a.App, time.Now().Add(time.Minute))
			return
		}
	}
	ts.Fatalf("Jane does not use %s", args[0])
}

// signin creates Nora, who is signed in to Webex and to one app.
func signin(ts *testscript.TestScript, _ bool, _ []string) {
	srv := worldOf(ts).srv
	nora, _ := srv.Person("nora@acme.example")
	srv.Grant(nora, srv.AddAppWithClientID("Webex Web Client", "C64ab04639eefee4798f58e7bc3fe01d47161be0d97ff0d31e040a6ffe66d7f0a"), time.Now(), time.Now())
	srv.Grant(nora, srv.AddApp("Room Finder 3"), time.Now())
	ada, _ := srv.Person("ada.admin@acme.example")
	srv.Grant(ada, srv.AddApp("Room Finder 4"), time.Now())
}

// whois ADDRESS sets WHO to a person's id.
func whois(ts *testscript.TestScript, _ bool, args []string) {
	p, ok := worldOf(ts).srv.Person(args[0])
	if !ok {
		ts.Fatalf("there is no %s", args[0])
	}
	ts.Setenv("WHO", p.ID)
}

// waitfor FILE [TEXT] waits until a background program has created a file, and until it
// contains a text.
func waitfor(ts *testscript.TestScript, _ bool, args []string) {
	if !trial.Happens(func() bool {
		data, err := os.ReadFile(ts.MkAbs(args[0]))
		return err == nil && (len(args) < 2 || strings.Contains(string(data), args[1]))
	}) {
		ts.Fatalf("no %s", args[0])
	}
}

// tick waits for the next second. Webex reports creation times in whole seconds, so two tokens
// of the same second look alike.
func tick(*testscript.TestScript, bool, []string) {
	begun := time.Now().Unix()
	trial.Happens(func() bool { return time.Now().Unix() != begun })
}

// client NAME sets CLIENT to the client id of one of Jane's apps.
func client(ts *testscript.TestScript, _ bool, args []string) {
	for _, a := range worldOf(ts).srv.Authorizations("jane@acme.example") {
		if a.App.Name == args[0] {
			ts.Setenv("CLIENT", a.App.ClientID)
		}
	}
}

// unsent requires an intent in the log for every DELETE.
func unsent(ts *testscript.TestScript, _ bool, _ []string) {
	log, err := os.ReadFile(filepath.Join(ts.Getenv("HOME"), ".local", "state", "wxauth", "audit.jsonl"))
	ts.Check(err)
	for _, d := range worldOf(ts).srv.Deletes() {
		id := strings.TrimPrefix(d.Path, "/authorizations/")
		if !strings.Contains(string(log), id) {
			ts.Fatalf("%s was sent without an intent", id)
		}
	}
}

// staff N FILE grants two apps to each of N people and writes them to a spreadsheet file.
func staff(ts *testscript.TestScript, _ bool, args []string) {
	srv := worldOf(ts).srv
	n := 0
	_, _ = fmt.Sscanf(args[0], "%d", &n)
	var b strings.Builder
	b.WriteString("\ufeffName,Email Address,Team\r\n")
	apps := []webextest.App{srv.AddApp("Meeting Sync 2"), srv.AddApp("Room Finder")}
	for i := range n {
		email := fmt.Sprintf("staff%02d@acme.example", i)
		p, ok := srv.Person(email)
		if !ok {
			p = srv.AddPerson(webextest.Person{Name: fmt.Sprint("Staff ", i), Email: email})
		}
		for _, a := range apps {
			srv.Grant(p, a, time.Now().Add(-48*time.Hour), time.Now().Add(-time.Hour))
		}
		fmt.Fprintf(&b, "\"Staff, %d\",%s,Sales\r\n", i, p.Email)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(b.String()), 0o600))
}

// holders NAME N [ORG] grants an app to N people, of an organization, and sets $CLIENT.
func holders(ts *testscript.TestScript, _ bool, args []string) {
	srv := worldOf(ts).srv
	n := 0
	_, _ = fmt.Sscanf(args[1], "%d", &n)
	a, org, domain := srv.AddApp(args[0]), "", "acme.example"
	if len(args) > 2 {
		org, domain = args[2], "customer.example"
	}
	for i := range n {
		email := fmt.Sprintf("holder%02d@%s", i, domain)
		p, ok := srv.Person(email)
		if !ok {
			p = srv.AddPerson(webextest.Person{Name: fmt.Sprint("Holder ", i), Email: email, OrgID: org})
		}
		srv.Grant(p, a, time.Now().Add(-48*time.Hour))
	}
	ts.Setenv("CLIENT", a.ClientID)
}

// device accept|deny|ignore is what a person does with the next code.
func device(ts *testscript.TestScript, _ bool, args []string) {
	srv := worldOf(ts).srv
	decide := srv.AcceptCode
	if args[0] == "deny" {
		decide = srv.DenyCode
	}
	go func() {
		trial.Happens(func() bool {
			codes := srv.WaitingCodes()
			if len(codes) > 0 {
				decide(codes[0])
			}
			return len(codes) > 0
		})
	}()
}

// authorize ORG authorizes the Service App as a Full Admin of ORG; deauthorize removes the
// authorization.
func authorize(ts *testscript.TestScript, _ bool, args []string) {
	worldOf(ts).srv.AuthorizeServiceApp(worldOf(ts).bridge, orgNamed(ts, args[0]))
}

// orgNamed returns the id of an organization; "home" is the admin's own.
func orgNamed(ts *testscript.TestScript, id string) string {
	if id != "home" {
		return id
	}
	ada, _ := worldOf(ts).srv.Person("ada.admin@acme.example")
	return ada.OrgID
}

// uuid NAME ID sets NAME_UUID and NAME_8 to the UUID of an id and its beginning.
func uuid(ts *testscript.TestScript, _ bool, args []string) {
	u := webex.AuthorizationID(args[1]).UUID()
	ts.Setenv(args[0]+"_UUID", u)
	ts.Setenv(args[0]+"_8", u[:8])
}

// alike USER gives a user two tokens whose UUIDs begin alike.
func alike(ts *testscript.TestScript, _ bool, args []string) {
	sim := worldOf(ts).srv
	p, _ := sim.Person(args[0])
	for n := range 2 {
		id := webextest.EncodeID("AUTHORIZATION", fmt.Sprintf("abcdef01-0000-4000-8000-00000000000%d", n+1))
		sim.AddRow(webextest.Authorization{ID: id, PersonID: p.ID, App: webextest.App{Name: "Twin", ClientID: "C0deadbeef"}, Created: time.Now(), Type: "access"})
	}
}

// elsewhere USER revokes a token of a user as another admin.
func elsewhere(ts *testscript.TestScript, _ bool, args []string) {
	sim := worldOf(ts).srv
	otto := webextest.Person{ID: webextest.EncodeID("PEOPLE", "5c1d2f60-77aa-4e0e-9a3b-0d6f2a1b9e77"), Name: "Otto", Email: "otto@acme.example"}
	ada, _ := sim.Person("ada.admin@acme.example")
	otto.OrgID = ada.OrgID
	sim.RevokeAs(otto, sim.Authorizations(args[0])[0].ID)
}

func deauthorize(ts *testscript.TestScript, _ bool, args []string) {
	worldOf(ts).srv.DeauthorizeServiceApp(worldOf(ts).bridge, orgNamed(ts, args[0]))
}

// payload EVENT ORG FILE writes a webhook's payload. With "own" it names only the organization
// that owns the webhook.
func payload(ts *testscript.TestScript, _ bool, args []string) {
	w := worldOf(ts)
	text := string(w.srv.WebhookPayload(w.bridge, args[0], args[1]))
	if args[1] == "own" {
		text = strings.Replace(text, "authorizerOrgId", "somethingElse", 1)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(text), 0o600))
}

// generate ORG FILE acts as the button in the developer portal and writes the refresh token to
// FILE.
func generate(ts *testscript.TestScript, _ bool, args []string) {
	w := worldOf(ts)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(w.srv.GenerateOrgToken(w.bridge, args[0])), 0o600))
}
