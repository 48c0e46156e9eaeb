package app_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// sweptOrg is an organization of n people that was swept once.
func sweptOrg(t *testing.T, n int, opts ...webextest.Option) (*webextest.Simulator, sweepVault) {
	t.Helper()
	sim, vault := webextest.Crowd(n-1, opts...), memoryVault()
	sweepOnce(t, sim, vault)
	return sim, vault
}

func sweepOnce(t *testing.T, sim *webextest.Simulator, vault app.SweepStore) app.SweepResult {
	t.Helper()
	res, err := sweeper(sim, vault).Sweep(context.Background(), ours(), nil)
	if err != nil || res.Stopped != nil {
		t.Fatalf("%v, %v", err, res.Stopped)
	}
	return res
}

// A sweep, three changes in the organization, and another sweep: the difference is
// exactly these changes.
func TestADiffOfTwoSweepsShowsWhatChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, vault := sweptOrg(t, 300, webextest.WithRateLimit(50, 50, time.Second))
		everybody := sim.People()
		time.Sleep(24 * time.Hour)
		fresh := sim.AddApp("CallNotes AI")
		sim.Grant(everybody[10], fresh, time.Now(), time.Now()) // one: a new app, two tokens
		var ended string
		for _, p := range everybody[20:] { // two: an app that is removed with all its tokens
			if rows := sim.Authorizations(p.Email); len(rows) > 0 {
				ended = p.Email
				for _, r := range rows {
					if r.App.ClientID == rows[0].App.ClientID {
						sim.Remove(r.ID)
					}
				}
				break
			}
		}
		joined := sim.AddPerson(webextest.Person{Name: "New Joiner", Email: "new.joiner@acme.example"})
		sim.Grant(joined, fresh, time.Now())   // three: a new person
		for _, p := range everybody[200:220] { // refreshes are not changes
			for _, r := range sim.Authorizations(p.Email) {
				if r.Type == "refresh" {
					sim.Renew(r.ID)
				}
			}
		}
		ada, _ := sim.Person("ada.admin@acme.example")
		i := sweeperWith(sim, sim.IssueToken(ada, webextest.App{}, nil), vault) // the old token has expired
		res, err := i.Sweep(context.Background(), ours(), nil)
		if err != nil || res.Stopped != nil {
			t.Fatal(err, res.Stopped)
		}
		if res.New != 2 || res.Ended != 1 || !res.Compared {
			t.Errorf("%d new, %d ended", res.New, res.Ended)
		}
		after, before, err := i.LatestTwo(context.Background(), acme)
		if err != nil {
			t.Fatal(err)
		}
		d := inventory.Compare(before, after)
		var got []string
		for _, r := range d.Added {
			got = append(got, "new "+string(r.Person().Email)+" "+string(r.Name()))
		}
		for _, r := range d.Removed {
			got = append(got, "ended "+string(r.Person().Email))
		}
		want := "new " + everybody[10].Email + " CallNotes AI, new new.joiner@acme.example CallNotes AI, ended " + ended
		if strings.Join(got, ", ") != want {
			t.Errorf("got  %s\nwant %s", strings.Join(got, ", "), want)
		}
		if in, out := inventory.CompareTokens(before, after); len(in) < 3 || len(out) < 1 {
			t.Errorf("tokens: %d came, %d went", len(in), len(out))
		}
	})
}

// A sweep that fails returns the reason with a matching error, and leaves the
// previous sweep unchanged.
func TestASweepThatCannotBeSaysWhy(t *testing.T) {
	size := trial.Sampled(160, 600)
	for name, c := range map[string]struct {
		fault webextest.Fault
		pages string
		setup func(*webextest.Simulator) string // returns the token
		is    error
		says  string
	}{
		"no scope for people":                 {fault: webextest.Fault{Path: "/people?", Status: 403}, is: webex.ErrForbidden, says: "spark-admin:people_read"},
		"not an admin":                        {setup: notAdmin, is: webex.ErrForbidden, says: "listing all people requires the"},
		"a read-only admin":                   {setup: readOnlyAdmin, is: webex.ErrForbidden, says: "Read-only Admin"},
		"no scope for tokens":                 {fault: webextest.Fault{Path: "/authorizations", Status: 403}, is: webex.ErrForbidden, says: "identity:tokens_read"},
		"no people":                           {fault: webextest.Fault{Path: "/people?", Status: 200, Body: `{"items":[]}`}, is: webex.ErrServer, says: "which is not possible"},
		"a page that always fails":            {fault: webextest.Fault{Path: "cursor=", Status: 500}, is: webex.ErrServer, says: "stopped after 50"},
		"a cursor that loops":                 {pages: "loop", is: webex.ErrServer, says: "form a loop"},
		"a link with invalid quoting":         {pages: "quoted", is: webex.ErrServer, says: "Link header"},
		"a link without its angle brackets":   {pages: "bare", is: webex.ErrServer, says: "Link header"},
		"a page that ends early":              {fault: webextest.Fault{Path: "cursor=", Kind: webextest.Truncate}, is: webex.ErrNetwork, says: "stopped after 50"},
		"a page that ends early, without end": {fault: webextest.Fault{Path: "cursor=", Status: 200, Body: `{"items":[{"id":"a"},`}, is: webex.ErrServer, says: "stopped after 50"},
		"a person without id and address":     {fault: webextest.Fault{Path: "cursor=", Status: 200, Body: `{"items":[{"displayName":"Jane"}]}`}, is: webex.ErrServer, says: "neither an id nor an address"},
		"a 404 for everyone":                  {fault: webextest.Fault{Path: "/authorizations", Status: 404}, is: webex.ErrServer},
		"an empty list for everyone": {
			fault: webextest.Fault{Path: "/authorizations", Status: 200, Body: `{"items":[]}`}, is: webex.ErrServer,
			says: "every list was empty",
		},
		"the same rows for everyone": {
			fault: webextest.Fault{Path: "/authorizations", Status: 200, Body: `{"items":[{"id":"YjE","applicationName":"App","clientId":"C1","created":"2026-10-18T14:26:16Z","type":"refresh"}]}`}, is: webex.ErrServer,
			says: "Webex also lists these tokens for",
		},
		"a page of HTML":            {fault: webextest.Fault{Path: "/authorizations", Kind: webextest.HTML}, is: webex.ErrServer},
		"a role lost midway":        {fault: webextest.Fault{Path: "/authorizations", Skip: 30, Status: 403}, is: webex.ErrForbidden},
		"a token that ends":         {fault: webextest.Fault{Path: "/authorizations", Skip: 30, Status: 401}, is: webex.ErrNotLoggedIn},
		"a lost network connection": {fault: webextest.Fault{Path: "/authorizations", Skip: 30, Kind: webextest.DropBefore}, is: webex.ErrNetwork},
		"a long pause":              {fault: webextest.Fault{Path: "/authorizations", Skip: 30, Status: 429, RetryAfter: "7200"}, is: webex.ErrRateLimited},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sim, vault := sweptOrg(t, size, webextest.WithPageSize(50))
				token := sim.AdminToken()
				if c.setup != nil {
					token = c.setup(sim)
				} else if c.pages != "" {
					sim.SetSwitches(webextest.Switches{Pages: c.pages})
				} else {
					sim.AddFault(c.fault)
				}
				res, err := sweeperWith(sim, token, vault).Sweep(context.Background(), ours(), nil)
				if err == nil {
					err = res.Stopped
				}
				if !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) {
					t.Errorf("%v", err)
				}
				if name == "a token that ends" {
					lists := 0
					for _, r := range sim.Requests() {
						lists += btoi(r.Path == "/authorizations" && r.Status == http.StatusUnauthorized)
					}
					if lists > webex.PoolSize {
						t.Errorf("%d people were read with an expired token", lists)
					}
				}
				if !res.Finished.IsZero() {
					t.Errorf("it is finished: %d read, %d gone, %d failed", res.Done-res.Gone, res.Gone, res.Failed)
				}
				checkEverybody(t, sweeper(sim, vault), sim, size)

				// After the cause is fixed, the next sweep succeeds.
				sim.ClearFaults()
				sim.SetSwitches(webextest.Switches{})
				time.Sleep(3 * time.Hour)
				res = sweepOnce(t, sim, vault)
				if res.New+res.Ended != 0 {
					t.Errorf("%d new, %d ended", res.New, res.Ended)
				}
			})
		})
	}
}

// Links that lack orgId, and a server that ignores it, do not add people of other
// organizations.
func TestASweepIsOfItsOrganization(t *testing.T) {
	sim := webextest.New(webextest.WithPageSize(3))
	customer := sim.AddOrg("Customer")
	for n := range 9 {
		sim.AddPerson(webextest.Person{Name: fmt.Sprintf("Ours %d", n), Email: fmt.Sprintf("o%d@acme.example", n)})
		sim.AddPerson(webextest.Person{Name: fmt.Sprintf("Theirs %d", n), Email: fmt.Sprintf("t%d@customer.example", n), OrgID: customer})
	}
	theirs := app.SweepOptions{Scope: app.Scope{Profile: "default", Host: "webexapis.com", Org: webex.OrgID(customer)}}
	byName := ours()
	byName.Query = "Ours"
	sim.SetSwitches(webextest.Switches{Pages: "lossy"})
	for name, o := range map[string]app.SweepOptions{"a customer": theirs, "a query": byName} {
		res, err := sweeper(sim, memoryVault()).Sweep(t.Context(), o, nil)
		if err != nil || res.Stopped != nil || res.People != 9 {
			t.Errorf("%s: %d people, %v, %v", name, res.People, err, res.Stopped)
		}
	}
	sim.SetSwitches(webextest.Switches{IgnoreOrg: true})
	for name, o := range map[string]app.SweepOptions{"a customer": theirs, "our own": ours()} {
		vault := memoryVault()
		res, err := sweeper(sim, vault).Sweep(t.Context(), o, nil)
		if err == nil {
			err = res.Stopped
		}
		if !errors.Is(err, webex.ErrServer) || !strings.Contains(err.Error(), "people of the organization") || !strings.Contains(err.Error(), ".example belongs to ") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := sweeper(sim, vault).Latest(t.Context(), o.Scope); !errors.Is(err, app.ErrNoInventory) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func notAdmin(sim *webextest.Simulator) string {
	p := sim.AddPerson(webextest.Person{Name: "Nobody", Email: "nobody@other.example", OrgID: sim.AddOrg("Other")})
	return sim.IssueToken(p, webextest.App{}, nil)
}

func readOnlyAdmin(sim *webextest.Simulator) string {
	p := sim.AddPerson(webextest.Person{Name: "Reader", Email: "reader@other.example", OrgID: sim.AddOrg("Other"), Roles: []string{"id_readonly_admin"}})
	return sim.IssueToken(p, webextest.App{}, nil)
}

// A sweep reports people who could not be read and retries them once at the end. A
// person who left is not a failure; a person on two pages counts once.
func TestASweepNamesWhomItCouldNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, vault := webextest.Crowd(119, webextest.WithPageSize(50)), memoryVault()
		sim.SetSwitches(webextest.Switches{Pages: "overlap"})
		everybody := sim.People()
		never, once, left := everybody[3], everybody[60], everybody[90]
		sim.AddFault(webextest.Fault{Path: never.ID, Status: 500})
		sim.AddFault(webextest.Fault{Path: "personId=" + once.ID, Status: 500, Times: 1})
		sim.AddFault(webextest.Fault{Path: left.ID, Status: 404})
		var most app.SweepProgress
		res, err := sweeper(sim, vault).Sweep(context.Background(), ours(), func(p app.SweepProgress) { most = p })
		if err != nil || res.Stopped != nil {
			t.Fatal(err, res.Stopped)
		}
		if res.People != 120 || res.Done != 119 || res.Gone != 1 || len(res.Failures) != 1 || string(res.Failures[0].Person.Email) != never.Email {
			t.Errorf("%d people, %d done, %d gone, failed %v", res.People, res.Done, res.Gone, res.Failures)
		}
		if most.Done != 120 {
			t.Errorf("the last progress was %d of %d", most.Done, most.People)
		}
	})
}

// A rate limit that drops during a sweep only slows it down.
func TestALimitThatDropsInMidSweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, vault := webextest.Crowd(1999, webextest.WithRateLimit(50, 50, time.Second)), memoryVault()
		var drop sync.Once
		begun := time.Now()
		res, err := sweeper(sim, vault).Sweep(context.Background(), ours(), func(p app.SweepProgress) {
			if p.Done > 1000 {
				drop.Do(func() { sim.SetRateLimit(5, 5, 2*time.Second) })
			}
		})
		if err != nil || res.Stopped != nil || len(res.Failures) > 0 {
			t.Fatal(err, res.Stopped, len(res.Failures))
		}
		if took := time.Since(begun); took > 5*time.Minute {
			t.Errorf("it took %s", took)
		}
		checkEverybody(t, sweeper(sim, vault), sim, 2000)
	})
}

// A second concurrent sweep fails with an error. Inventories of another profile,
// server or organization are not visible.
func TestSweepsStayApart(t *testing.T) {
	sim := webextest.Crowd(20)
	vault := fileVault(t, t.TempDir())
	i := sweeper(sim, vault)
	o := ours()
	var second error
	o.Hold = func(ctx context.Context) error {
		if second == nil {
			_, second = sweeper(sim, vault).Sweep(ctx, ours(), nil)
		}
		return nil
	}
	if _, err := i.Sweep(context.Background(), o, nil); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(second, store.ErrSweeping) {
		t.Errorf("the second sweep: %v", second)
	}
	for _, other := range []app.Scope{
		{Profile: "other", Host: acme.Host, Org: acme.Org}, {Profile: acme.Profile, Host: "other.example", Org: acme.Org}, {Profile: acme.Profile, Host: acme.Host, Org: "other"},
	} {
		if _, err := i.Latest(context.Background(), other); !errors.Is(err, app.ErrNoInventory) {
			t.Errorf("%v: %v", other, err)
		}
	}
	if _, err := i.Latest(context.Background(), acme); err != nil {
		t.Error(err)
	}
}

// Only a limited number of sweeps is kept, and a sweep that lacks many people does
// not replace another.
func TestOnlySoManySweepsAreKept(t *testing.T) {
	sim, vault := webextest.Crowd(39), fileVault(t, t.TempDir())
	i := sweeper(sim, vault)
	o := ours()
	o.Keep = 2
	for range 4 {
		if res, err := i.Sweep(context.Background(), o, nil); err != nil || res.Stopped != nil {
			t.Fatal(err, res.Stopped)
		}
	}
	if all, err := i.List(context.Background(), acme); err != nil || len(all) != 2 {
		t.Errorf("%d sweeps are stored: %v", len(all), err)
	}
	for _, p := range sim.People()[5:12] {
		sim.AddFault(webextest.Fault{Path: p.ID, Status: http.StatusBadRequest})
	}
	if res, err := i.Sweep(context.Background(), o, nil); err != nil || res.Stopped != nil || len(res.Failures) != 7 {
		t.Fatal(err, res.Stopped, len(res.Failures))
	}
	if all, _ := i.List(context.Background(), acme); len(all) != 3 {
		t.Errorf("%d sweeps are stored", len(all))
	}
}

// Sweeps of a selection are separate from those of everyone and of other selections.
func TestASweepOfSome(t *testing.T) {
	sim, vault := webextest.Crowd(30), memoryVault()
	i := sweeper(sim, vault)
	everybody := sim.People()
	some := func(n int) app.SweepOptions {
		o := ours()
		o.Selection = "of the users in team.csv"
		for _, p := range everybody[n : n+5] {
			o.People = append(o.People, webex.ByEmail(p.Email))
		}
		o.People = append(o.People, webex.Me, webex.ByEmail("nobody@acme.example"))
		return o
	}
	res, err := i.Sweep(context.Background(), some(1), nil)
	if err != nil || res.Stopped != nil || res.People != 7 || res.Done != 6 {
		t.Fatalf("%v, %v, %d people, %d done", err, res.Stopped, res.People, res.Done)
	}
	if len(res.Failures) != 1 || !strings.Contains(res.Failures[0].Reason, "person not found") {
		t.Errorf("%v", res.Failures)
	}
	if v, err := i.Latest(context.Background(), acme); err != nil || v.Whole() || v.People() != 7 {
		t.Errorf("without a sweep of everyone, the inventory must be that of the selection: %v", err)
	}
	if res, err = i.Sweep(context.Background(), some(10), nil); err != nil || res.Compared || res.People != 7 {
		t.Errorf("%v: sweeps of two teams were compared: %v", err, res.Compared)
	}
	sweepOnce(t, sim, vault)
	if v, err := i.Latest(context.Background(), acme); err != nil || !v.Whole() {
		t.Errorf("the sweep of everyone does not take precedence: %v", err)
	}
	o := ours()
	o.Query = everybody[3].Name
	if res, err = i.Sweep(context.Background(), o, nil); err != nil || res.People == 0 || res.People > 5 {
		t.Errorf("a query: %v, %d people", err, res.People)
	}
	o.Query = "nobody is called so"
	if _, err = i.Sweep(context.Background(), o, nil); !errors.Is(err, app.ErrPersonNotFound) {
		t.Errorf("a query that matches nobody: %v", err)
	}
}

// failingJournal rejects the n-th part and accepts all others.
type failingJournal struct {
	app.SweepJournal
	left *int
}

func (j failingJournal) Append(part []byte) error {
	if *j.left--; *j.left == 0 {
		return errors.New("write journal: no space left on device")
	}
	return j.SweepJournal.Append(part)
}

type failingVault struct {
	sweepVault
	left *int
}

func (v failingVault) Begin(ctx context.Context, scope, name string) (app.SweepJournal, error) {
	j, err := v.sweepVault.Begin(ctx, scope, name)
	return failingJournal{j, v.left}, err
}

// Whichever part cannot be written, the sweep ends with the reason, and the next one
// continues.
func TestADiskThatFillsEndsTheSweep(t *testing.T) {
	sim := webextest.Crowd(11)
	for n := 1; n <= 26; n++ {
		vault := memoryVault()
		left := n
		res, err := sweeper(sim, failingVault{vault, &left}).Sweep(context.Background(), ours(), nil)
		if err == nil {
			err = res.Stopped
		}
		if err == nil || !strings.Contains(err.Error(), "no space left") {
			t.Fatalf("part %d: %v", n, err)
		}
		if res := sweepOnce(t, sim, vault); res.Done != 12 {
			t.Errorf("part %d: then %d are done", n, res.Done)
		}
	}
}

// A complete sweep that could not be saved is saved by the next run, once.
func TestASweepIsPutAwayOnce(t *testing.T) {
	dir := t.TempDir()
	sim, vault := webextest.Crowd(11), fileVault(t, dir)
	for _, keep := range []int{1, 3} {
		o := ours()
		o.Keep = keep
		if res, err := sweeper(sim, unfinishedVault{vault, dir}).Sweep(context.Background(), o, nil); err != nil || res.Stopped == nil {
			t.Fatal(err, res.Stopped)
		}
		var putAway bool
		res, err := sweeper(sim, vault).Sweep(context.Background(), o, func(p app.SweepProgress) { putAway = putAway || p.Stage == app.SweepPutAway })
		if err != nil || res.Stopped != nil || !putAway {
			t.Fatal(err, res.Stopped, putAway)
		}
		all, err := sweeper(sim, vault).List(context.Background(), acme)
		if want := map[int]int{1: 1, 3: 3}[keep]; err != nil || len(all) != want {
			t.Errorf("--keep %d: %d sweeps are stored, %v", keep, len(all), err)
		}
	}
}

// unfinishedVault commits a sweep but dies before it deletes the journal.
type unfinishedVault struct {
	sweepVault
	dir string
}

func (v unfinishedVault) Begin(ctx context.Context, scope, name string) (app.SweepJournal, error) {
	j, err := v.sweepVault.Begin(ctx, scope, name)
	return unfinishedJournal{j, v.dir}, err
}

type unfinishedJournal struct {
	app.SweepJournal
	dir string
}

func (j unfinishedJournal) Finish(ctx context.Context, meta []byte, drop [][]byte) error {
	files, err := filepath.Glob(filepath.Join(j.dir, "*.journal"))
	if err != nil || len(files) != 1 {
		return fmt.Errorf("%v, %w", files, err)
	}
	journal, err := os.ReadFile(files[0])
	if err != nil {
		return err
	}
	if err := j.SweepJournal.Finish(ctx, meta, drop); err != nil {
		return err
	}
	if err := os.WriteFile(files[0], journal, 0o600); err != nil {
		return err
	}
	return errors.New("it was killed")
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// A sweep in which more than half of the people could not be read is not finished,
// in whatever order they failed.
func TestASweepOfWhichMostFailsIsNotFinished(t *testing.T) {
	sim, vault := webextest.Crowd(19), memoryVault()
	for n, p := range sim.People() {
		if n%5 > 1 {
			sim.AddFault(webextest.Fault{Path: p.ID, Status: http.StatusBadRequest})
		}
	}
	res, err := sweeper(sim, vault).Sweep(context.Background(), ours(), nil)
	if err != nil || res.Stopped == nil || !res.Finished.IsZero() {
		t.Fatalf("%v, %v, finished %v", err, res.Stopped, res.Finished)
	}
	sim.ClearFaults()
	asked := len(sim.Requests())
	if res := sweepOnce(t, sim, vault); res.Done != 20 || !res.Resumed {
		t.Errorf("%d done", res.Done)
	}
	if n := len(sim.Requests()) - asked; n > 12+4 { // oneself, the pages of people, and the audit events
		t.Errorf("%d requests to read the 12 that were left", n)
	}
}

// After an app-wide request, tokens are compared by person and row: a token with no
// id or a duplicate id is not gone because another one is.
func TestAppWideReadBackNeverMistakesOneForAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := webextest.New()
		a, b := sim.AddPerson(webextest.Person{Name: "A", Email: "a@acme.example"}), sim.AddPerson(webextest.Person{Name: "B", Email: "b@acme.example"})
		row := func(p webextest.Person, id string) {
			sim.AddRaw(p, "", fmt.Sprintf(`{"id":%q,"applicationName":"X","clientId":"Cx","personId":%q,"type":"refresh"}`, id, p.ID))
		}
		row(a, "")
		row(a, "same")
		row(b, "same")
		client := webex.New(webex.StaticToken(webex.NewSecret(sim.AdminToken())), webex.WithTransport(sim.Transport()))
		svc := app.New(client, &app.MemoryRecorder{}, app.Options{OwnClient: "Cown"})
		plan, err := svc.NewAppPlan(context.Background(), "Cx", "", true)
		if err != nil {
			t.Fatal(err)
		}
		listings, errs := svc.ListAll(context.Background(), []webex.Person{webex.ByID(webex.PersonID(a.ID)), webex.ByID(webex.PersonID(b.ID))}, nil)
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		plan = plan.WithHolders(listings, nil)
		// Webex accepts the request, and A's list then lacks the token without an
		// id, but it is unknown which of the remaining tokens it is. B's list cannot
		// be read any more.
		sim.AddFault(webextest.Fault{Method: "DELETE", Status: 204})
		sim.AddFault(webextest.Fault{Path: a.ID, Status: 200, Body: fmt.Sprintf(`{"items":[{"id":"same","applicationName":"X","clientId":"Cx","personId":%q,"type":"refresh"}]}`, a.ID)})
		sim.AddFault(webextest.Fault{Path: b.ID, Status: 500})
		res, err := svc.RevokeApp(context.Background(), plan)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range res.Items() {
			if i.Outcome.Gone() {
				t.Errorf("%q of %s is %s", i.ID, i.PersonID, i.Outcome)
			}
		}
		if n := len(res.Items()); n != 3 {
			t.Errorf("%d outcomes", n)
		}
	})
}

// A batch for one app that contains another app's token is rejected.
func TestABatchForOneAppHoldsNoOther(t *testing.T) {
	sim := webextest.New()
	p := sim.AddPerson(webextest.Person{Name: "A", Email: "a@acme.example"})
	id := sim.Grant(p, sim.AddApp("X"), time.Now())[0]
	client := webex.New(webex.StaticToken(webex.NewSecret(sim.AdminToken())), webex.WithTransport(sim.Transport()))
	svc := app.New(client, &app.MemoryRecorder{}, app.Options{OwnClient: "Cown"})
	l, err := svc.List(context.Background(), webex.ByEmail("a@acme.example"))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := svc.NewPlan(context.Background(), l, []webex.AuthorizationID{webex.AuthorizationID(id)}, app.PlanOptions{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = svc.RevokeAll(context.Background(), app.Batch{Plans: []app.Plan{plan}, App: &app.AppRef{Client: "Cother"}}, nil)
	if !errors.Is(err, app.ErrNotRevocable) || len(sim.Deletes()) != 0 {
		t.Errorf("%v, %d DELETEs", err, len(sim.Deletes()))
	}
}

// S-69: rows with another person's id are a failure of that person only.
func TestRowsOfAnotherPersonAreAFailure(t *testing.T) {
	for _, named := range []bool{false, true} {
		sim, vault := webextest.Crowd(19), memoryVault()
		customer := sim.AddOrg("Customer")
		theirs := sim.AddPerson(webextest.Person{Name: "Theirs", Email: "theirs@customer.example", OrgID: customer})
		everybody := sim.People()
		victim, bob := everybody[5], everybody[7]
		list := fmt.Sprintf(`{"items":[{"id":"a","type":"access","clientId":"C","personId":%q}]}`, bob.ID)
		sim.AddFault(webextest.Fault{Path: "/authorizations?personId=" + victim.ID, Status: 200, Body: list})
		sim.AddFault(webextest.Fault{Path: "/authorizations?personEmail=" + url.QueryEscape(victim.Email), Status: 200, Body: list})
		o, want := ours(), "people 20, failed "+victim.Email+": tokens of another person"
		if named {
			o.Selection = "of the users in team.csv"
			for _, p := range []webextest.Person{victim, bob, everybody[9], theirs} {
				o.People = append(o.People, webex.ByEmail(p.Email))
			}
			o.People = append(o.People, webex.ByID(webex.PersonID(everybody[11].ID)))
			want = "people 5, failed " + victim.Email + ": tokens of another person, failed " + theirs.Email + ": Webex has no"
		}
		res, err := sweeper(sim, vault).Sweep(t.Context(), o, nil)
		if err != nil || res.Stopped != nil {
			t.Fatal(err, res.Stopped)
		}
		got := fmt.Sprintf("people %d", res.People)
		for _, f := range res.Failures {
			for _, words := range []string{"tokens of another person", "Webex has no"} {
				if strings.Contains(f.Reason, words) {
					got += ", failed " + string(f.Person.Email) + ": " + words
				}
			}
		}
		if got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
}

// S-69: a much shorter list of people replaces no earlier sweep until the user
// accepts it.
func TestAShortListOfPeopleReplacesNothing(t *testing.T) {
	sim, vault := sweptOrg(t, 32)
	everybody := sim.People()
	first := everybody[slices.IndexFunc(everybody, func(p webextest.Person) bool { return len(sim.Authorizations(p.Email)) > 0 })]
	short := webextest.Fault{Path: "/people?", Status: 200, Body: fmt.Sprintf(`{"items":[{"id":%q,"emails":[%q],"orgId":%q}]}`, first.ID, first.Email, first.OrgID)}
	sim.AddFault(short)
	for range 2 {
		res, err := sweeper(sim, vault).Sweep(t.Context(), ours(), nil)
		if err != nil || !errors.Is(res.Stopped, app.ErrFewerPeople) || !res.Finished.IsZero() || res.Ended != 0 {
			t.Fatalf("%v, %v, %d ended", err, res.Stopped, res.Ended)
		}
		checkEverybody(t, sweeper(sim, vault), sim, 32)
	}
	sim.ClearFaults()
	if res := sweepOnce(t, sim, vault); res.People != 32 || res.New+res.Ended != 0 {
		t.Errorf("after the list is complete again: %d people, %d new, %d ended", res.People, res.New, res.Ended)
	}
	sim.AddFault(short)
	o := ours()
	o.Accept = true
	res, err := sweeper(sim, vault).Sweep(t.Context(), o, nil)
	if err != nil || res.Stopped != nil || res.People != 1 {
		t.Fatalf("accepted: %v, %v, %d people", err, res.Stopped, res.People)
	}
	if v, err := sweeper(sim, vault).Latest(t.Context(), acme); err != nil || v.People() != 1 {
		t.Errorf("the accepted sweep is not the newest: %v", err)
	}
}
