//go:build e2e

package cli_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// keptLogin is a login in its own store, used by the real program.
type keptLogin struct {
	t    *testing.T
	srv  *webextest.Server
	app  webextest.Integration
	home string
}

func keepLogin(t *testing.T, rotate bool, opts ...webextest.Option) *keptLogin {
	t.Helper()
	k := &keptLogin{t: t, home: t.TempDir(), srv: webextest.NewServer(append(opts, webextest.WithSwitches(webextest.Switches{RotateRefresh: rotate}))...)}
	t.Cleanup(k.srv.Close)
	k.app = k.srv.AddIntegration(webextest.Integration{App: webextest.App{Name: "wxauth"}, RedirectURIs: []string{"https://x.example/cb"}})
	k.logIn()
	return k
}

func (k *keptLogin) folder() string { return filepath.Join(k.home, ".local/share/wxauth") }

func (k *keptLogin) logIn() { canaryLogin(k.t, k.srv, k.app, k.folder()) }

func (k *keptLogin) open() *store.Bolt {
	s, err := store.Open(filepath.Join(k.folder(), "store.db"), store.Keyfile(filepath.Join(k.folder(), "key")))
	if err != nil {
		k.t.Fatal(err)
	}
	return s
}

func (k *keptLogin) stored() webex.Tokens {
	t, err := k.open().IntegrationTokens(context.Background(), webex.ClientID(k.app.ClientID))
	if err != nil {
		k.t.Fatal(err)
	}
	return t
}

// age expires the access token, as after twenty days.
func (k *keptLogin) age() {
	t := k.stored()
	t.Issued = t.Issued.Add(-20 * 24 * time.Hour)
	if err := k.open().SetIntegrationTokens(context.Background(), webex.ClientID(k.app.ClientID), t); err != nil {
		k.t.Fatal(err)
	}
}

func (k *keptLogin) command(args ...string) *exec.Cmd {
	cmd := exec.Command("wxauth", args...)
	cmd.Env = []string{
		"HOME=" + k.home, "PATH=" + os.Getenv("PATH"), "WEBEX_BASE_URL=" + k.srv.URL + "/v1", "WXAUTH_KEY=keyfile",
		"WEBEX_INTEGRATION_CLIENT_ID=" + k.app.ClientID, "WEBEX_INTEGRATION_CLIENT_SECRET=" + k.app.Secret, "WEBEX_INTEGRATION_REDIRECT_URI=https://x.example/cb",
	}
	return cmd
}

func (k *keptLogin) posts() int {
	n := 0
	for _, r := range k.srv.Requests() {
		if r.Path == "/access_token" {
			n++
		}
	}
	return n
}

// S-36: sixteen processes that need a token at the same moment cause one POST.
func TestE2ESixteenProcessesRefreshOnce(t *testing.T) {
	const processes, rounds = 16, 50
	for _, rotate := range []bool{false, true} {
		k := keepLogin(t, rotate)
		before := k.posts()
		for round := range rounds {
			k.age()
			var wg sync.WaitGroup
			got := make([]string, processes)
			for n := range processes {
				wg.Go(func() {
					out, err := k.command("token").Output()
					if err != nil {
						t.Errorf("round %d: %v", round, err)
					}
					got[n] = string(out)
				})
			}
			wg.Wait()
			for _, g := range got {
				if g != got[0] || g == "" {
					t.Fatalf("round %d: different tokens", round)
				}
			}
		}
		if n := k.posts() - before; n != rounds {
			t.Errorf("rotation %v: %d POSTs for %d expiries", rotate, n, rounds)
		}
		trial.Report(t, trial.Figure{
			Name: fmt.Sprintf("refresh by 16 processes at once, rotation %v", rotate), Tried: rounds, Survived: rounds, Lost: k.posts() - before - rounds,
			Note: fmt.Sprintf("%d POSTs for %d expiries", k.posts()-before, rounds),
		})
	}
}

// S-33, S-35: kill -9 during a refresh. Without rotation nothing is lost. With rotation the
// next start detects a loss, and one command fixes it.
func TestE2EKilledInMidRefresh(t *testing.T) {
	wanted := trial.Cases(60, 400) // kills during a refresh, of each kind
	for _, rotate := range []bool{false, true} {
		rng := rand.New(rand.NewPCG(7, 7))
		k := keepLogin(t, rotate)
		n, mid, lost := 0, 0, 0
		for ; mid < wanted && n < 10*wanted; n++ {
			k.srv.ClearFaults()
			if n%100 == 99 { // on a busy machine there are more kills than an account may have access tokens
				k.srv.ExpireAccessTokens()
			}
			k.age()
			// Delay half of the replies after the effect, and the effect of the other half.
			f := webextest.Fault{Path: "/access_token", Delay: 40 * time.Millisecond}
			if n%2 == 0 {
				f.Kind = webextest.Late
			}
			k.srv.AddFault(f)
			before, posts := k.stored(), k.posts()
			cmd := k.command("token")
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Duration(8+rng.IntN(50)) * time.Millisecond)
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			if k.posts() > posts && k.stored().Access.Equal(before.Access) {
				mid++
			}
			k.srv.ClearFaults()
			var errOut strings.Builder
			next := k.command("token")
			next.Stderr = &errOut
			out, err := next.Output()
			switch {
			case err == nil && len(out) > 40:
			case rotate && next.ProcessState.ExitCode() == 4 && strings.Contains(errOut.String(), "was cut off at") && strings.Contains(errOut.String(), "To log in: wxauth login"):
				lost++
				k.logIn() // the command that fixes it
				if out, err := k.command("token").Output(); err != nil || len(out) < 40 {
					t.Fatalf("kill %d: the login did not fix it: %v", n, err)
				}
			default:
				t.Fatalf("rotation %v, kill %d: %v: %s", rotate, n, err, errOut.String())
			}
		}
		if !rotate && lost > 0 || mid < wanted {
			t.Errorf("rotation %v: %d kills during a refresh, %d lost", rotate, mid, lost)
		}
		trial.Report(t, trial.Figure{
			Name: fmt.Sprintf("kill -9 during a refresh, rotation %v", rotate), Tried: n, Survived: n,
			Note: fmt.Sprintf("%d between POST and commit; %d needed a new login, said so, and worked after it", mid, lost),
		})
		if n, err := k.open().Verify(context.Background()); err != nil {
			t.Errorf("the store: %d, %v", n, err)
		}
	}
}

// The same for an organization's tokens, with each form of its name.
func TestE2ESixteenProcessesRefreshAnOrganizationOnce(t *testing.T) {
	const processes, rounds = 16, 10
	k := keepLogin(t, true)
	bridge := k.srv.AddServiceApp(webextest.ServiceApp{App: webextest.App{Name: "Bridge"}})
	org := k.srv.AddOrg("Nordwind")
	k.srv.AuthorizeServiceApp(bridge, org)
	canaryOrg(t, k.srv, bridge, k.folder(), org)
	client, id := webex.ClientID(bridge.ClientID), webex.OrgID(org)
	uuid := id.UUID()
	regional := base64.RawURLEncoding.EncodeToString([]byte("ciscospark://urn:TEAM:eu-central-1_k/ORGANIZATION/" + uuid))
	forms := []string{org, uuid, regional, uuid[:8], strings.ToUpper(uuid)}
	before := k.posts()
	for round := range rounds {
		tokens, err := k.open().OrgTokens(t.Context(), client, id)
		if err != nil {
			t.Fatal(err)
		}
		tokens.Issued = tokens.Issued.Add(-20 * 24 * time.Hour)
		if err := k.open().SetOrgTokens(t.Context(), client, id, tokens); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for n := range processes {
			wg.Go(func() {
				cmd := k.command("orgs", "token", forms[n%len(forms)])
				cmd.Env = append(cmd.Env, "WEBEX_SA_CLIENT_ID="+bridge.ClientID, "WEBEX_SA_CLIENT_SECRET="+bridge.Secret)
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("round %d: %v: %s", round, err, out)
				}
			})
		}
		wg.Wait()
	}
	if got := k.posts() - before; got != rounds {
		t.Errorf("%d POSTs for %d expiries", got, rounds)
	}
	t.Logf("%d processes, %d expiries: %d POSTs", processes, rounds, k.posts()-before)
}
