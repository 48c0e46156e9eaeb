//go:build unix

package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/webex/webextest"
)

// S-36, S-37, S-38, S-39: two dashboards and eight concurrent subcommands share one store, and
// all of them succeed. (The campaign measures how fast.)
func TestSubcommandsBesideDashboards(t *testing.T) {
	t.Parallel()
	calls := trial.Cases(40, 1000)
	srv, err := webextest.Demo().Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	home := t.TempDir()
	app := srv.AddIntegration(webextest.Integration{App: webextest.App{Name: "wxauth"}, RedirectURIs: []string{"https://x.example/cb"}})
	canaryLogin(t, srv, app, filepath.Join(home, ".local/share/wxauth"))
	env := []string{
		"HOME=" + home, "PATH=" + os.Getenv("PATH"), "WEBEX_BASE_URL=" + srv.URL + "/v1", "WXAUTH_KEY=keyfile", "TERM=xterm-256color", "WEBEX_SA_CLIENT_ID=C2", "WEBEX_SA_CLIENT_SECRET=x",
		"WEBEX_INTEGRATION_CLIENT_ID=" + app.ClientID, "WEBEX_INTEGRATION_CLIENT_SECRET=" + app.Secret, "WEBEX_INTEGRATION_REDIRECT_URI=https://x.example/cb",
	}
	var screens []*terminal
	for range 2 {
		x := onTerminal(t, 120, 40, env, "--user", "me")
		x.see("row 1 of")
		screens = append(screens, x)
	}
	stop := make(chan struct{})
	var busy sync.WaitGroup
	for i, x := range screens { // keep them busy: reloading, reading tokens and the log
		busy.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				_, drawn := x.written(0)
				x.send([]string{"r", "2", "4", "1"}[(n+i)%4])
				select {
				case <-stop:
					return
				case <-drawn:
				}
			}
		})
	}
	lines := [][]string{{"token", "status"}, {"token"}, {"list", "me", "--json"}, {"profiles", "list"}, {"audit", "list"}, {"orgs", "list"}, {"token", "header"}, {"audit", "verify"}}
	var mu sync.Mutex
	var took []time.Duration
	failed := 0
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for n := range calls / 8 {
				args := lines[(worker+n)%len(lines)]
				cmd := exec.Command("wxauth", args...)
				cmd.Env = env
				start := time.Now()
				out, err := cmd.CombinedOutput()
				for !trial.Full() && cmd.ProcessState.ExitCode() == 9 { // other processes held the store too long: a busy machine
					cmd = exec.Command("wxauth", args...)
					cmd.Env = env
					out, err = cmd.CombinedOutput()
				}
				mu.Lock()
				took = append(took, time.Since(start))
				if err != nil {
					failed++
					t.Errorf("wxauth %s: %v: %s", strings.Join(args, " "), err, out)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	close(stop)
	busy.Wait()
	for _, x := range screens {
		x.press("LOGIN", "1", "2") // 1 first: the renderer writes only what changes, and the view may be open already
		x.send("q")
		x.exits(0)
	}
	slices.Sort(took)
	p99 := took[len(took)*99/100]
	f := trial.Figure{Name: "8 concurrent subcommands with two open dashboards", Tried: len(took), Survived: len(took) - failed, Note: fmt.Sprintf("median %d ms, p99 %d ms", took[len(took)/2].Milliseconds(), p99.Milliseconds())}
	if trial.Full() && p99 > 500*time.Millisecond {
		f.Lost = 1
	}
	trial.Report(t, f)
}

// S-84, S-85: kill -9 at any moment of an offboarding: every DELETE has its intent in the log,
// the log is valid, and the next run revokes the rest and reports what was interrupted.
func TestKilledInMidRevoke(t *testing.T) {
	t.Parallel()
	kills := trial.Cases(3, 100)
	srv := webextest.NewServer()
	defer srv.Close()
	home := t.TempDir()
	run := func(args ...string) (*exec.Cmd, *bytes.Buffer) {
		cmd := exec.Command("wxauth", args...)
		cmd.Env = append(os.Environ(), "WEBEX_BASE_URL="+srv.URL+"/v1", "WEBEX_ACCESS_TOKEN="+srv.AdminToken(), "HOME="+home, "WXAUTH_KEY=keyfile")
		out := &bytes.Buffer{}
		cmd.Stdout, cmd.Stderr = out, out
		return cmd, out
	}
	rng := rand.New(rand.NewPCG(8, 8))
	survived, lost, mid, seen := 0, 0, 0, 0
	for k := range kills {
		email := fmt.Sprintf("max%d@acme.example", k)
		p := srv.AddPerson(webextest.Person{Name: "Max", Email: email})
		for range 20 {
			srv.Grant(p, srv.AddApp("App"), time.Now(), time.Now())
		}
		first, _ := run("offboard", email, "--confirm="+email)
		answered := rng.IntN(19) // the rest wait, so that the kill leaves work
		srv.AddFault(webextest.Fault{Method: "DELETE", Skip: answered, Until: make(chan struct{})})
		if err := first.Start(); err != nil {
			t.Fatal(err)
		}
		trial.Until(t, "a blocked DELETE", func() bool { return len(srv.Deletes()) > seen+answered })
		time.Sleep(time.Duration(rng.IntN(12)) * time.Millisecond) // at a random moment
		_ = first.Process.Kill()
		killed := first.Wait()
		srv.ClearFaults()
		deletes := srv.Deletes()
		list, listed := run("audit", "list", "--json")
		if err := list.Run(); err != nil {
			t.Fatal(err, listed)
		}
		var entries []struct{ ID, Phase string }
		if err := json.Unmarshal(listed.Bytes(), &entries); err != nil {
			t.Fatal(err)
		}
		intents := map[string]bool{}
		for _, e := range entries {
			intents[e.ID] = intents[e.ID] || e.Phase == "intent"
		}
		good := true
		for _, d := range deletes[seen:] {
			if id := strings.TrimPrefix(d.Path, "/authorizations/"); !intents[id] {
				lost++
				good = false
				t.Errorf("kill %d: no intent for %s, which was sent", k, id)
			}
		}
		if killed != nil {
			mid++
		}
		next, said := run("offboard", email, "--confirm="+email)
		if err := next.Run(); err != nil && len(srv.Authorizations(email)) > 0 {
			t.Errorf("kill %d: %v: %s", k, err, said)
			good = false
		}
		if killed != nil && !strings.Contains(said.String(), "an earlier run was interrupted") {
			t.Errorf("kill %d: the next run does not report the interrupted revoke: %s", k, said)
			good = false
		}
		verify, report := run("audit", "verify")
		if err := verify.Run(); err != nil && len(entries) > 0 {
			t.Errorf("kill %d: %v: %s", k, err, report)
			good = false
		}
		if n := len(srv.Authorizations(email)); n != 0 {
			t.Errorf("kill %d: %d tokens left", k, n)
			good = false
		}
		seen = len(srv.Deletes())
		if good {
			survived++
		}
	}
	if mid < kills {
		t.Errorf("%d of %d kills interrupted a revoke", mid, kills)
	}
	trial.Report(t, trial.Figure{Name: "kill -9 during a revoke", Tried: kills, Survived: survived, Lost: lost, Note: fmt.Sprintf("%d with DELETEs in flight; every DELETE has its intent", mid)})
}
