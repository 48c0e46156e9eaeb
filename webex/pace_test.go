package webex_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wxauth/wxauth/internal/trial"
	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

// askFor sends calls through eight workers for d, and returns the number of accepted
// calls and the times of rejections.
func askFor(t *testing.T, sim *webextest.Simulator, c *webex.Client, d time.Duration) (accepted int, refusals []time.Time) {
	t.Helper()
	begun := len(sim.Requests())
	until := time.Now().Add(d)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for time.Now().Before(until) {
				if _, err := c.Authorizations(context.Background(), webex.ByEmail("ada.admin@acme.example")); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	for _, r := range sim.Requests()[begun:] {
		if r.Status == http.StatusOK {
			accepted++
		} else if len(refusals) == 0 || r.Time.Sub(refusals[len(refusals)-1]) > 500*time.Millisecond {
			refusals = append(refusals, r.Time)
		}
	}
	return accepted, refusals
}

func TestAPacedClientUsesTheLimit(t *testing.T) {
	for _, latency := range []time.Duration{0, 20 * time.Millisecond, 100 * time.Millisecond} {
		t.Run(fmt.Sprint(latency), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sim := webextest.New(webextest.WithRateLimit(50, 50, time.Second), webextest.WithLatency(latency))
				c := webex.New(webex.StaticToken(webex.NewSecret(sim.AdminToken())), webex.WithTransport(sim.Transport())).Paced()
				askFor(t, sim, c, time.Minute)
				d := time.Duration(trial.Sampled(2, 5)) * time.Minute
				accepted, refusals := askFor(t, sim, c, d)
				used := float64(accepted) / (50 * d.Seconds())
				t.Logf("latency %s: %.1f %% of the limit, %d pauses in %s", latency, 100*used, len(refusals), d)
				if used < 0.95 {
					t.Errorf("%.1f %% of the limit", 100*used)
				}
				if most := int(d / (20 * time.Second)); len(refusals) > most {
					t.Errorf("%d pauses, more than one every 20 s", len(refusals))
				}
			})
		})
	}
}

func TestAPacedClientFollowsTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := webextest.New(webextest.WithRateLimit(50, 50, time.Second))
		c := webex.New(webex.StaticToken(webex.NewSecret(sim.AdminToken())), webex.WithTransport(sim.Transport())).Paced()
		askFor(t, sim, c, time.Minute)
		for _, limit := range []float64{5, 100} {
			sim.SetRateLimit(limit, int(limit), time.Second)
			askFor(t, sim, c, 5*time.Minute) // time to learn the pace
			const d = 4 * time.Minute
			accepted, refusals := askFor(t, sim, c, d)
			used := float64(accepted) / (limit * d.Seconds())
			t.Logf("limit %.0f/s: %.1f %% of it, %d pauses in %s", limit, 100*used, len(refusals), d)
			if used < 0.9 || len(refusals) > int(d/(15*time.Second)) {
				t.Errorf("limit %.0f: %.1f %% of it, %d pauses", limit, 100*used, len(refusals))
			}
		}
	})
}

func TestWithoutARefusalThereIsNoPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := webextest.New(webextest.WithLatency(10 * time.Millisecond))
		c := webex.New(webex.StaticToken(webex.NewSecret(sim.AdminToken())), webex.WithTransport(sim.Transport())).Paced()
		accepted, _ := askFor(t, sim, c, 10*time.Second)
		if want := 8 * 1000; accepted < want*95/100 {
			t.Errorf("%d calls in 10 s, the pool alone allows %d", accepted, want)
		}
		if p := c.Pace(); p != (webex.Pace{}) {
			t.Errorf("a pace of %v after %d pauses", p.PerSecond, p.Pauses)
		}
	})
}

// A client that starts right after another one used up the limit does not learn a
// wrong pace from the immediate rejection.
func TestAPaceIsNotLearnedFromAnEmptyBucket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := webextest.New(webextest.WithRateLimit(50, 50, time.Second))
		plain := webex.New(webex.StaticToken(webex.NewSecret(sim.AdminToken())), webex.WithTransport(sim.Transport()))
		// Without a pace, a call fails after five rejections in a row.
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for until := time.Now().Add(10 * time.Second); time.Now().Before(until); {
					_, _ = plain.Authorizations(context.Background(), webex.ByEmail("ada.admin@acme.example"))
				}
			})
		}
		wg.Wait()
		accepted, _ := askFor(t, sim, plain.Paced(), 30*time.Second)
		if used := float64(accepted) / (50 * 30); used < 0.9 {
			t.Errorf("%.0f %% of the limit in the first half minute", 100*used)
		}
	})
}
