package webextest

import (
	"math/rand/v2"
	"time"
)

// Option changes a [Simulator] when it is made.
type Option func(*Simulator)

// WithClock sets the clock, for created, expiry and tracking.
func WithClock(now func() time.Time) Option { return func(s *Simulator) { s.now = now } }

// WithSeed sets the seed of everything made up (default 1).
func WithSeed(seed uint64) Option {
	return func(s *Simulator) { s.rng = rand.New(rand.NewPCG(seed, seed)) } //nolint:gosec // made-up data
}

// WithLatency delays every answer.
func WithLatency(d time.Duration) Option { return func(s *Simulator) { s.latency = d } }

// WithSwitches answers the API's open questions.
func WithSwitches(w Switches) Option { return func(s *Simulator) { s.switches = w } }

// WithPageSize sets how many people a page holds at most, whatever was asked for. Without
// it a page holds 100, or as many as are asked for up to 1000.
func WithPageSize(n int) Option { return func(s *Simulator) { s.pageSize, s.largestPage = n, n } }

// WithRateLimit answers 429 with Retry-After (whole seconds) beyond perSecond
// requests a second, with a bucket of burst.
func WithRateLimit(perSecond float64, burst int, retryAfter time.Duration) Option {
	return func(s *Simulator) {
		s.limit = &bucket{rate: perSecond, burst: float64(burst), level: float64(burst), retryAfter: retryAfter}
	}
}

// WithLogLimit keeps only the newest n requests or so (default: all of them), for runs
// of so many that the log would outgrow everything else.
func WithLogLimit(n int) Option { return func(s *Simulator) { s.keep = n } }
