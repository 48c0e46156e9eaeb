//go:build e2e && unix

package postgres_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/postgres"
	"github.com/wxauth/wxauth/internal/postgres/postgrestest"
	"github.com/wxauth/wxauth/internal/seal"
	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// program is the built program.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "wxauth-program-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "wxauth")
	out, err := exec.Command("go", "build", "-o", path, "../..").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

// team is a simulated Webex with a Service App, a database, and the machines that use them.
type team struct {
	address  string
	key      seal.Key
	sim      *webextest.Server
	app      webextest.ServiceApp
	org      string
	env      []string
	machines []machine
}

// machine is a home directory.
type machine struct {
	t    *team
	home string
}

// newTeam returns a team whose machines have the key, and which has the tokens of one organization.
func newTeam(t *testing.T, address string, machines int, switches webextest.Switches) *team {
	t.Helper()
	srv := webextest.NewServer(webextest.WithSwitches(switches))
	t.Cleanup(srv.Close)
	c := &team{address: address, sim: srv}
	c.app = srv.AddServiceApp(webextest.ServiceApp{App: webextest.App{Name: "Bridge"}})
	c.org = srv.AddOrg("Acme")
	srv.AuthorizeServiceApp(c.app, c.org)
	c.env = []string{
		"PATH=" + os.Getenv("PATH"), "WXAUTH_KEY=keyfile", "WXAUTH_STORE=" + address, "XDG_RUNTIME_DIR=/nonexistent",
		"WEBEX_BASE_URL=" + srv.URL + "/v1", "WEBEX_ACCESS_TOKEN=" + srv.AdminToken(), "WEBEX_SA_CLIENT_ID=" + c.app.ClientID, "WEBEX_SA_CLIENT_SECRET=" + c.app.Secret,
	}
	for range machines {
		c.machines = append(c.machines, machine{c, t.TempDir()})
	}
	first := c.machines[0]
	first.must(t, "store", "init")
	exported := first.must(t, "store", "key", "export", "--unencrypted")
	c.key, _ = seal.ParseKey(exported)
	file := filepath.Join(t.TempDir(), "team.key")
	must(t, os.WriteFile(file, []byte(exported), 0o600))
	for _, m := range c.machines[1:] {
		m.must(t, "store", "key", "import", file)
	}
	first.must(t, "orgs", "fetch", c.org)
	return c
}

func (m machine) command(tb testing.TB, args ...string) *exec.Cmd {
	tb.Helper()
	path, err := program()
	must(tb, err)
	cmd := exec.CommandContext(tb.Context(), path, args...)
	cmd.Env = append(m.t.env[:len(m.t.env):len(m.t.env)], "HOME="+m.home)
	return cmd
}

// run returns what the program printed.
func (m machine) run(tb testing.TB, args ...string) (stdout string, err error) {
	tb.Helper()
	cmd := m.command(tb, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err = cmd.Run(); err != nil {
		err = fmt.Errorf("wxauth %s: %w: %s", strings.Join(args, " "), err, errs.String())
	}
	return strings.TrimSpace(out.String()), err
}

func (m machine) must(tb testing.TB, args ...string) string {
	tb.Helper()
	out, err := m.run(tb, args...)
	must(tb, err)
	return out
}

// tokens returns the team's tokens of the organization, and a function that makes them older.
func (c *team) tokens(t *testing.T) (webex.Tokens, func()) {
	t.Helper()
	s := open(t, c.address, postgres.Keys{Team: c.key})
	tokens, err := s.OrgTokens(t.Context(), webex.ClientID(c.app.ClientID), webex.OrgID(c.org))
	must(t, err)
	return tokens, func() {
		t.Helper()
		old := tokens
		old.Issued = old.Issued.Add(-20 * 24 * time.Hour)
		must(t, s.SetOrgTokens(t.Context(), webex.ClientID(c.app.ClientID), webex.OrgID(c.org), old))
	}
}

// posts counts the requests to the token endpoint.
func (c *team) posts() (n int) {
	for _, r := range c.sim.Requests() {
		if r.Path == "/access_token" {
			n++
		}
	}
	return n
}

// Programs on separate machines refresh once for each expiry.
func TestE2EOneRefreshAmongAllMachines(t *testing.T) {
	const homes, programs = 8, 64
	expiries := trial.Cases(3, 50)
	for _, rotate := range []bool{false, true} {
		t.Run(fmt.Sprintf("rotation %v", rotate), func(t *testing.T) {
			c := newTeam(t, postgrestest.Database(t), homes, webextest.Switches{RotateRefresh: rotate})
			for round := range expiries {
				before, expire := c.tokens(t)
				expire()
				got := make([]string, programs)
				var wg sync.WaitGroup
				for n := range programs {
					wg.Go(func() {
						var err error
						if got[n], err = c.machines[n%homes].run(t, "orgs", "token", c.org); err != nil {
							t.Errorf("round %d: %v", round, err)
						}
					})
				}
				wg.Wait()
				for _, g := range got {
					if g == "" || g != got[0] || g == before.Access.Reveal() {
						t.Fatalf("round %d: %d programs got different tokens", round, programs)
					}
				}
			}
			if posts := c.posts(); posts != expiries {
				t.Errorf("%d POSTs for %d expiries", posts, expiries)
			}
			trial.Report(t, trial.Figure{Name: fmt.Sprintf("refreshes of %d processes on %d machines, rotation %v", programs, homes, rotate), Tried: expiries, Survived: expiries, Note: fmt.Sprintf("%d POSTs", c.posts())})
		})
	}
}

// sleeper starts a refresh on a machine, stops the process when Webex has received the request, and ends
// its lease. wake lets the process and the answer go on, and waits for the end.
func (c *team) sleeper(t *testing.T, afterEffect bool) (wake func()) {
	t.Helper()
	_, expire := c.tokens(t)
	expire()
	reached, hold := make(chan struct{}, 1), make(chan struct{})
	fault := webextest.Fault{Method: "POST", Path: "/access_token", Times: 1, Until: hold}
	if afterEffect {
		fault = webextest.Fault{Method: "POST", Path: "/access_token", Times: 1, Rewrite: func(b []byte) []byte {
			reached <- struct{}{}
			<-hold
			return b
		}}
	}
	c.sim.AddFault(fault)
	cmd := c.machines[0].command(t, "orgs", "token", c.org)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	before := c.posts()
	must(t, cmd.Start())
	if afterEffect {
		<-reached
	} else {
		trial.Until(t, "the POST", func() bool { return c.posts() > before })
	}
	must(t, cmd.Process.Signal(syscall.SIGSTOP))
	postgrestest.Exec(t, c.address, `UPDATE wxauth_leases SET expires = now()`)
	return func() {
		must(t, cmd.Process.Signal(syscall.SIGCONT))
		close(hold)
		_ = cmd.Wait() // it may fail: its refresh token was used by another
	}
}

// A process that was stopped in the middle of its refresh overwrites no newer tokens.
func TestE2EAStoppedProcessOverwritesNothing(t *testing.T) {
	for _, rotate := range []bool{false, true} {
		t.Run(fmt.Sprintf("rotation %v", rotate), func(t *testing.T) {
			c := newTeam(t, postgrestest.Database(t), 2, webextest.Switches{RotateRefresh: rotate})
			wake := c.sleeper(t, false)
			newer := c.machines[1].must(t, "orgs", "token", c.org)
			wake()
			if now, _ := c.tokens(t); now.Access.Reveal() != newer || !now.Rejected.IsZero() {
				t.Errorf("the newer tokens were overwritten; rejected: %v", now.Rejected)
			}
			if got := c.machines[0].must(t, "orgs", "token", c.org); got != newer {
				t.Error("another token")
			}
		})
	}
}

// With rotation, what the stopped process received is the only valid pair. It is saved, although another
// process has noted meanwhile that the old one was rejected.
func TestE2EAStoppedProcessSavesTheOnlyPair(t *testing.T) {
	c := newTeam(t, postgrestest.Database(t), 2, webextest.Switches{RotateRefresh: true})
	wake := c.sleeper(t, true)
	c.env = append(c.env, "WEBEX_ACCESS_TOKEN=") // with it, new tokens would be fetched
	if _, err := c.machines[1].run(t, "orgs", "token", c.org); err == nil {
		t.Error("the second refresh was accepted")
	}
	wake()
	got, err := c.machines[1].run(t, "orgs", "token", c.org)
	if now, _ := c.tokens(t); err != nil || now.Access.Reveal() != got {
		t.Errorf("%v", err)
	}
}

// The primary dies in the middle of refreshes, revokes and a sweep, and a standby takes its place.
func TestE2EFailover(t *testing.T) {
	for _, rotate := range []bool{false, true} {
		t.Run(fmt.Sprintf("rotation %v", rotate), func(t *testing.T) { failover(t, rotate) })
	}
}

func failover(t *testing.T, rotate bool) {
	primary, err := postgrestest.Start()
	must(t, err)
	t.Cleanup(primary.Stop)
	standby, err := primary.Standby()
	must(t, err)
	t.Cleanup(standby.Stop)
	postgrestest.Exec(t, primary.URL("postgres"), `CREATE DATABASE team`)
	postgrestest.Exec(t, primary.URL("postgres"), `ALTER SYSTEM SET synchronous_standby_names = '*'`)
	conn := postgrestest.Connect(t, primary.URL("postgres"))
	_, err = conn.Exec(t.Context(), `SELECT pg_reload_conf()`)
	must(t, err)
	trial.Until(t, "the standby", func() bool {
		var n int
		must(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')`).Scan(&n))
		return n == 1
	})
	address := fmt.Sprintf("postgres://%s@127.0.0.1:%d,127.0.0.1:%d/team", postgrestest.Superuser, primary.Port, standby.Port)
	// Tokens live for less than a minute, so every call refreshes them.
	c := newTeam(t, address, 4, webextest.Switches{RotateRefresh: rotate, AccessLife: 30 * time.Second})
	c.sim.AddCrowd(1500, "")
	c.sim.SetLatency(20 * time.Millisecond)
	jane := c.sim.AddPerson(webextest.Person{Email: "jane@acme.example"})
	var ids []string
	for n := range 40 {
		ids = append(ids, c.sim.Grant(jane, c.sim.AddApp(fmt.Sprintf("App %d", n)), time.Now().Add(-time.Hour))...)
	}

	done := make(chan struct{})
	var promoted sync.WaitGroup
	var wg sync.WaitGroup
	for n := range 2 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					_, _ = c.machines[n].run(t, "orgs", "token", c.org) // fails while the database is away
				}
			}
		})
	}
	var swept error
	wg.Go(func() { _, swept = c.machines[2].run(t, "sweep") })
	wg.Go(func() {
		for _, id := range ids {
			_, _ = c.machines[3].run(t, "revoke", id, "--user", "jane@acme.example", "--yes")
		}
		promoted.Wait()
		close(done)
	})
	trial.Until(t, "the first revokes", func() bool { return len(c.sim.Deletes()) >= 5 })
	promoted.Add(1)
	primary.Kill()
	must(t, standby.Promote())
	postgrestest.Exec(t, standby.URL("postgres"), `ALTER SYSTEM RESET synchronous_standby_names`)
	postgrestest.Exec(t, standby.URL("postgres"), `SELECT pg_reload_conf()`)
	promoted.Done()
	wg.Wait()

	m := c.machines[0]
	if swept != nil { // it may end, and be continued
		m.must(t, "sweep")
	}
	m.must(t, "orgs", "token", c.org) // no login is needed
	out := m.must(t, "audit", "verify", "--json")
	if !strings.Contains(out, `"problem": null`) {
		t.Errorf("%s", out)
	}
	var records []struct{ ID, Phase string }
	must(t, json.Unmarshal([]byte(m.must(t, "audit", "list", "--json")), &records))
	intended := map[string]bool{}
	for _, r := range records {
		intended[r.ID] = intended[r.ID] || r.Phase == "intent"
	}
	deletes := c.sim.Deletes()
	unintended := 0
	for _, d := range deletes {
		if id := d.Path[strings.LastIndex(d.Path, "/")+1:]; !intended[id] {
			unintended++
			t.Errorf("%s was sent without an intent", id)
		}
	}
	trial.Report(t, trial.Figure{Name: fmt.Sprintf("kill -9 of the primary, rotation %v: DELETEs with their intent", rotate), Tried: len(deletes), Survived: len(deletes) - unintended, Lost: unintended})
}

// The program works through PgBouncer in transaction mode.
func TestE2EThroughPgBouncer(t *testing.T) {
	c := newTeam(t, postgrestest.Bouncer(t, postgrestest.Database(t)), 2, webextest.Switches{})
	c.sim.AddCrowd(200, "")
	jane := c.sim.AddPerson(webextest.Person{Email: "jane@acme.example"})
	granted := c.sim.Grant(jane, c.sim.AddApp("Only App"), time.Now().Add(-time.Hour))
	c.machines[0].must(t, "sweep")
	c.machines[1].must(t, "revoke", granted[0], "--user", "jane@acme.example", "--yes")
	if out := c.machines[0].must(t, "app", "Only App"); !strings.Contains(out, "jane@acme.example") {
		t.Errorf("%s", out)
	}
	if out := c.machines[0].must(t, "audit", "verify"); !strings.Contains(out, "2 entries, in order and complete") {
		t.Errorf("%s", out)
	}
	c.machines[0].must(t, "store", "rekey")
	c.machines[0].must(t, "orgs", "token", c.org)
}

// A dump of a database in use contains no token, name, address or id.
func TestE2EADumpIsWorthless(t *testing.T) {
	address := postgrestest.Database(t)
	c := newTeam(t, address, 2, webextest.Switches{})
	jane := c.sim.AddPerson(webextest.Person{Email: "jane@acme.example", Name: "Jane Example"})
	c.sim.AddCrowd(100, "")
	granted := c.sim.Grant(jane, c.sim.AddApp("Meeting Sync"), time.Now().Add(-time.Hour))
	m := c.machines[0]
	m.must(t, "sweep")
	m.must(t, "orgs", "alias", c.org, "acme-alias")
	m.must(t, "revoke", granted[0], "--user", "jane@acme.example", "--yes")
	c.machines[1].must(t, "store", "info")
	m.must(t, "store", "rekey")
	pgDump, err := postgrestest.Program("pg_dump")
	must(t, err)
	dump, err := exec.CommandContext(t.Context(), pgDump, "--inserts", address).Output()
	must(t, err)
	tokens := c.tokensAfterRekey(t)
	words := []string{
		"jane@acme.example", "acme.example", "Jane", "Meeting Sync", "acme-alias", c.org, c.app.ClientID, c.app.Secret, granted[0], c.sim.AdminToken(),
		tokens.Access.Reveal(), tokens.Refresh.Reveal(), c.key.Reveal(),
	}
	for _, p := range c.sim.People() {
		words = append(words, p.Email, p.ID)
		for _, a := range c.sim.Authorizations(p.Email) {
			words = append(words, a.ID, a.App.ClientID)
		}
	}
	if len(dump) < 10_000 {
		t.Fatalf("the dump has %d bytes", len(dump))
	}
	plain := bytes.ToLower(dump)
	for _, w := range words {
		for _, form := range []string{w, fmt.Sprintf("%x", w)} {
			if w != "" && bytes.Contains(plain, []byte(strings.ToLower(form))) {
				t.Errorf("%q is in the dump", form)
			}
		}
	}
}

// tokensAfterRekey returns the team's tokens of the organization after the key was replaced.
func (c *team) tokensAfterRekey(t *testing.T) webex.Tokens {
	t.Helper()
	key, _ := seal.ParseKey(c.machines[0].must(t, "store", "key", "export", "--unencrypted"))
	s := open(t, c.address, postgres.Keys{Team: key})
	tokens, err := s.OrgTokens(t.Context(), webex.ClientID(c.app.ClientID), webex.OrgID(c.org))
	must(t, err)
	return tokens
}
