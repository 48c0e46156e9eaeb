package app_test

import (
	"context"
	"flag"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/inventory"
	"github.com/wxauth/wxauth/internal/store"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// sweepVault is a store of sweeps for the use cases.
type sweepVault struct {
	begin  func(ctx context.Context, scope, name string) (store.Journal, error)
	sweeps func(context.Context, string) ([]store.Sweep, error)
	parts
}

type parts interface {
	Read(context.Context, string, []byte, func([]byte) error) error
	Unfinished(ctx context.Context, scope, name string, each func([]byte) error) error
}

func (v sweepVault) Begin(ctx context.Context, scope, name string) (app.SweepJournal, error) {
	return v.begin(ctx, scope, name)
}

func (v sweepVault) Sweeps(ctx context.Context, scope string) (out []app.StoredSweep, err error) {
	all, err := v.sweeps(ctx, scope)
	for _, s := range all {
		out = append(out, app.StoredSweep(s))
	}
	return out, err
}

func memoryVault() sweepVault {
	m := store.NewMemoryInventory()
	return sweepVault{m.Begin, m.Sweeps, m}
}

func fileVault(t testing.TB, dir string) sweepVault {
	t.Helper()
	b, err := store.Open(filepath.Join(dir, "store.db"), store.Keyfile(filepath.Join(dir, "key")))
	if err != nil {
		t.Fatal(err)
	}
	i := store.NewInventory(filepath.Join(dir, "inventory.db"), b, func(err error) { t.Log(err) })
	return sweepVault{i.Begin, i.Sweeps, i}
}

var acme = app.Scope{Profile: "default", Host: "webexapis.com", Org: "acme"}

// sweeper returns inventories for an admin of the simulator's organization.
func sweeper(sim *webextest.Simulator, vault app.SweepStore) *app.Inventories {
	return sweeperWith(sim, sim.AdminToken(), vault)
}

func sweeperWith(sim *webextest.Simulator, token string, vault app.SweepStore) *app.Inventories {
	c := webex.New(webex.StaticToken(webex.NewSecret(token)), webex.WithTransport(sim.Transport()))
	return app.NewInventories(app.New(c, &app.MemoryRecorder{}, app.Options{}), vault)
}

func ours() app.SweepOptions { return app.SweepOptions{Scope: acme, OurOrg: true} }

// checkEverybody compares an inventory with the organization's actual tokens.
func checkEverybody(t *testing.T, i *app.Inventories, sim *webextest.Simulator, people int) *inventory.Inventory {
	t.Helper()
	v, err := i.Latest(context.Background(), acme)
	if err != nil {
		t.Fatal(err)
	}
	if v.People() != people || v.Count(inventory.Read) != people {
		t.Fatalf("%d people, %d of them read, of %d", v.People(), v.Count(inventory.Read), people)
	}
	rows := 0
	for n := range v.People() {
		p, _ := v.Person(n)
		rows += len(sim.Authorizations(string(p.Email)))
	}
	if v.Authorizations() != rows {
		t.Errorf("%d authorizations, there are %d", v.Authorizations(), rows)
	}
	return v
}

// live returns the memory in use after a garbage collection. The simulator runs in
// this process too, and its garbage must not count.
func live() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse) //nolint:gosec // far below the limit
}

// peak returns a function that samples the memory in use, and one that returns the
// maximum increase since the start.
func peak(every int) (look func(), most func() float64) {
	base, high, calls := live(), int64(0), 0
	return func() {
		if calls++; calls%every == 0 {
			high = max(high, live()-base)
		}
	}, func() float64 { return float64(high) / (1 << 20) }
}

// people is the size of the swept organization; the memory budget is for 100,000.
var people = flag.Int("people", 4_000, "people in the organization that is swept")

func TestASweepOfAHundredThousandPeopleUsesTheLimit(t *testing.T) {
	dir := t.TempDir()
	n := *people
	synctest.Test(t, func(t *testing.T) {
		sim := webextest.Crowd(n-1, webextest.WithRateLimit(50, 50, time.Second), webextest.WithLogLimit(100)) // plus the admin
		i := sweeper(sim, fileVault(t, dir))
		begun := time.Now()
		look, most := peak(1_500)
		early, pauses := 0, 0
		res, err := i.Sweep(context.Background(), ours(), func(p app.SweepProgress) {
			look()
			if pauses = p.Pauses; time.Since(begun) < time.Minute {
				early = p.Pauses
			}
		})
		if err != nil || res.Stopped != nil || len(res.Failures) > 0 {
			t.Fatalf("%v, %v, %d failures", err, res.Stopped, len(res.Failures))
		}
		took := time.Since(begun)
		calls := float64(n + (n+999)/1000 + 1)
		used := calls / (50 * took.Seconds())
		t.Logf("%d people, %d authorizations in %s: %.1f %% of the limit; %d pauses after the first minute; %.0f MiB at most", res.Done, res.Authorizations, took.Round(time.Second), 100*used, pauses-early, most())
		if often := float64(pauses-early) * 20; often > max(took.Seconds()-60, 20) {
			t.Errorf("%d pauses in %s", pauses-early, took)
		}
		if used < 0.95 {
			t.Errorf("%.1f %% of the limit", 100*used)
		}
		if most() > 100 {
			t.Errorf("%.0f MiB in use", most())
		}
		checkEverybody(t, i, sim, n)
	})
}

func TestTwentyCutsLoseNobody(t *testing.T) {
	dir := t.TempDir()
	n := *people
	synctest.Test(t, func(t *testing.T) {
		sim := webextest.Crowd(n-1, webextest.WithRateLimit(50, 50, time.Second), webextest.WithLogLimit(100))
		var lists atomic.Int64
		begun := time.Now()
		look, most := peak(1_500)
		for cut := range 21 {
			i := sweeper(sim, fileVault(t, dir))
			ctx, cancel := context.WithCancel(context.Background())
			o, asked := ours(), 0
			o.Hold = func(context.Context) error {
				if asked++; cut < 20 && asked > n/21 {
					cancel()
				}
				lists.Add(1)
				return nil
			}
			res, err := i.Sweep(ctx, o, func(app.SweepProgress) { look() })
			cancel()
			if err != nil {
				t.Fatalf("run %d: %v", cut, err)
			}
			if finished := !res.Finished.IsZero(); finished != (cut == 20) {
				t.Fatalf("run %d: finished is %v: %v", cut, finished, res.Stopped)
			}
			if cut > 0 && !res.Resumed {
				t.Errorf("run %d started over", cut)
			}
		}
		took := time.Since(begun)
		calls := float64(lists.Load()) + 21*float64((n+999)/1000+1)
		t.Logf("%d lists of %d people in 21 runs, %s: %.1f %% of the limit; %.0f MiB at most", lists.Load(), n, took.Round(time.Second), 100*calls/(50*took.Seconds()), most())
		if again := lists.Load() - int64(n); again > 21*16 {
			t.Errorf("%d people were read twice: more than were in flight", again)
		}
		if most() > 100 {
			t.Errorf("%.0f MiB in use", most())
		}
		checkEverybody(t, sweeper(sim, fileVault(t, dir)), sim, n)
	})
}
