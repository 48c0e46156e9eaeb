//go:build unix

package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// revoke measures 200 rows of 200 apps at 50 ms, with the log on the disk: one round of
// eight after the other, and one call before and after.
func revoke(ctx context.Context, l *lab) error {
	const rows, pool, latency = 200, 8, 50 * time.Millisecond
	home := l.home() // of somebody who has revoked before: the first run makes the store
	once := func(w world) (time.Duration, counts, error) {
		sim, err := l.serve(ctx, w)
		if err != nil {
			return 0, counts{}, err
		}
		c := l.wxauth(append(slices.Clone(home), sim.env()...), "revoke", "--user", jane, "--type", "refresh", "--max", fmt.Sprint(rows), "--confirm", jane, "--json")
		c.keep = true
		s, err := c.run(ctx)
		if err != nil {
			return 0, counts{}, err
		}
		var out struct {
			Counts map[string]int `json:"counts"`
		}
		if err := json.Unmarshal(s.out, &out); err != nil {
			return 0, counts{}, err
		}
		if out.Counts["revoked"] != rows {
			return 0, counts{}, fmt.Errorf("of %d: %v", rows, out.Counts)
		}
		asked, err := sim.counts()
		return s.wall, asked, err
	}
	floor := (rows/pool + 2) * latency
	var took []float64
	for n := range max(l.n/4, 3) + 1 {
		d, _, err := once(world{Apps: rows, Latency: latency})
		if err != nil {
			return err
		}
		if n > 0 {
			took = append(took, float64(d))
		}
	}
	l.report.atMost("revoke 200 tokens of 200 apps at 50 ms, audit log on disk", ms(time.Duration(middle(took))),
		"(200/8 + 2) × 50 ms = "+ms(floor), middle(took)/float64(floor), 1.1)

	const rate = 25
	var used, most []float64
	took = nil
	for range 3 {
		d, c, err := once(world{Apps: rows, Latency: latency, Rate: rate})
		if err != nil {
			return err
		}
		// The bucket is full at first and holds a second's calls.
		allowed := time.Duration(float64(c.Requests-c.TooMany-rate) / rate * float64(time.Second))
		took, used, most = append(took, float64(d)), append(used, float64(d)/float64(allowed)), append(most, float64(c.MostAPause))
	}
	what := fmt.Sprintf("the same under a limit of %d calls a second", rate)
	l.report.atMost(what, ms(time.Duration(middle(took))), "the limit", middle(used), 1.15)
	l.report.add(line{what: "429s per pause, at most", ours: strings.TrimSuffix(fmt.Sprintf("%.0f", middle(most)), "."), beside: "pool size", bar: "≤ 8", inside: middle(most) <= pool})
	return nil
}
