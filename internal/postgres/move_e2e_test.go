//go:build e2e && unix

package postgres_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/postgres/postgrestest"
	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/webex/webextest"
)

// contents are what the program shows of a store.
type contents struct{ orgs, token, apps, entries string }

// in returns the machine with another store.
func (m machine) in(store string) machine {
	other := *m.t
	other.env = append(other.env[:len(other.env):len(other.env)], "WXAUTH_STORE="+store)
	return machine{&other, m.home}
}

// address returns the store of the machine.
func (m machine) address() string {
	return strings.TrimPrefix(m.t.env[len(m.t.env)-1], "WXAUTH_STORE=")
}

func (m machine) contents(t *testing.T) contents {
	t.Helper()
	if out := m.must(t, "audit", "verify", "--json"); !strings.Contains(out, `"problem": null`) {
		t.Fatalf("%s", out)
	}
	var entries []map[string]any
	must(t, json.Unmarshal([]byte(m.must(t, "audit", "list", "--json")), &entries))
	var listed []string
	for _, e := range entries {
		if e["action"] != "move" { // the note about the move itself
			delete(e, "seq")
			listed = append(listed, fmt.Sprint(e))
		}
	}
	return contents{
		orgs: m.must(t, "orgs", "list"), token: m.must(t, "orgs", "token", m.t.org),
		apps: m.must(t, "apps", "--json"), entries: strings.Join(listed, "\n"),
	}
}

// Everything is there after a move to a database and back into a file, also when it was killed at any
// point and then repeated.
func TestE2EMovesThatAreKilled(t *testing.T) {
	const points = 20
	c := newTeam(t, postgrestest.Database(t), 1, webextest.Switches{})
	jane := c.sim.AddPerson(webextest.Person{Email: "jane@acme.example"})
	c.sim.AddCrowd(300, "")
	m := c.machines[0].in("")
	m.must(t, "orgs", "fetch", c.org)
	m.must(t, "orgs", "alias", c.org, "acme")
	for n := range 3 {
		m.must(t, "sweep")
		id := c.sim.Grant(jane, c.sim.AddApp(fmt.Sprintf("App %d", n)), time.Now().Add(-time.Hour))[0]
		m.must(t, "revoke", id, "--user", "jane@acme.example", "--yes")
	}
	want := m.contents(t)
	if strings.Count(want.entries, "\n") < 5 {
		t.Fatalf("%s", want.entries)
	}

	kills := 0
	// killed runs a move that is killed after a part of the time that it takes, and then a whole one.
	killed := func(m machine, after time.Duration, args ...string) time.Duration {
		t.Helper()
		cmd := m.command(t, args...)
		must(t, cmd.Start())
		timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		if err := cmd.Wait(); err != nil {
			kills++
		}
		timer.Stop()
		postgrestest.Exec(t, args[len(args)-1], `UPDATE wxauth_sweeps SET expires = now()`) // as after 90 seconds
		began := time.Now()
		m.must(t, args...)
		return time.Since(began)
	}
	same := func(where string, got contents) {
		t.Helper()
		if got != want {
			t.Fatalf("%s:\n%+v\nwant\n%+v", where, got, want)
		}
	}
	took := [2]time.Duration{time.Second, time.Second}
	for point := range points + 1 { // the first one measures
		address := postgrestest.Database(t)
		database := m.in(address)
		database.must(t, "store", "init")
		part := func(whole time.Duration) time.Duration { return whole * time.Duration(point) / points }
		if d := killed(m, part(took[0]), "store", "move", "--to", address); point == 0 {
			took[0] = d
		}
		same("the old store", m.contents(t))
		same("the database", database.contents(t))
		dir := t.TempDir()
		file := filepath.Join(dir, "store.db")
		if d := killedIntoFile(t, database, part(took[1]), file, &kills); point == 0 {
			took[1] = d
		}
		same("the database, after the move back", database.contents(t))
		back := m.in(file)
		same("the new file", back.contents(t))
		entries, err := os.ReadDir(dir)
		must(t, err)
		for _, e := range entries {
			if strings.Contains(e.Name(), "moving") {
				t.Errorf("%s was left behind", e.Name())
			}
		}
	}
	if kills < points/2 {
		t.Errorf("only %d of %d moves were killed", kills, points)
	}
	trial.Report(t, trial.Figure{Name: "moves killed, to a database and back", Tried: 2 * points, Survived: 2 * points, Note: fmt.Sprintf("%d were killed before their end", kills)})
}

// killedIntoFile is a move into a file that is killed, and then repeated: it goes on, or says that
// the first one was complete.
func killedIntoFile(t *testing.T, m machine, after time.Duration, file string, kills *int) time.Duration {
	t.Helper()
	args := []string{"store", "move", "--to", file, "--key", "keyfile"}
	cmd := m.command(t, args...)
	must(t, cmd.Start())
	timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
	err := cmd.Wait()
	timer.Stop()
	began := time.Now()
	if err != nil {
		*kills++
		postgrestest.Exec(t, m.address(), `UPDATE wxauth_leases SET expires = now()`)
		_, installed := os.Lstat(file)
		if _, err := m.run(t, args...); err != nil && (installed != nil || !strings.Contains(err.Error(), "that move was complete")) {
			t.Fatal(err)
		}
	}
	return time.Since(began)
}

// The key source changes without a new login, and the old store can be deleted.
func TestE2EAnotherKeySource(t *testing.T) {
	c := newTeam(t, postgrestest.Database(t), 1, webextest.Switches{})
	c.env = append(c.env, "WXAUTH_KEY=", "WXAUTH_PASSPHRASE=a passphrase")
	m := c.machines[0].in("")
	m.must(t, "orgs", "fetch", c.org, "--key", "keyfile")
	m.must(t, "orgs", "alias", c.org, "acme")
	m.must(t, "sweep")
	want := m.contents(t)
	m.must(t, "store", "move", "--key", "passphrase", "--delete-old")
	if got := m.contents(t); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if out := m.must(t, "store", "info", "--jq", ".keySource"); out != `"passphrase"` && out != "passphrase" {
		t.Errorf("%s", out)
	}
	m.must(t, "store", "move", "--key", "keyfile")
	if got := m.contents(t); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	// To a database, and the old store is deleted.
	database := c.machines[0]
	m.must(t, "store", "move", "--to", c.address, "--delete-old")
	if got := database.contents(t); got.orgs != want.orgs || got.apps != want.apps {
		t.Errorf("%+v, want %+v", got, want)
	}
	if _, err := os.Lstat(filepath.Join(m.home, ".local/share/wxauth/store.db")); err == nil {
		t.Error("the old store is still there")
	}
}
