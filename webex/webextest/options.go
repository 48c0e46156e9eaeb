package webextest

import (
	"math/rand/v2"
	"time"
)

// Option configures a new [Simulator].
type Option func(*Simulator)

// WithClock sets the clock for creation times, expiry and tracking ids.
func WithClock(now func() time.Time) Option { return func(s *Simulator) { s.now = now } }

// WithSeed sets the seed for all random values (default 1).
func WithSeed(seed uint64) Option {
	return func(s *Simulator) { s.rng = rand.New(rand.NewPCG(seed, seed)) } //nolint:gosec // sample data
}

// WithLatency delays every response by d.
func WithLatency(d time.Duration) Option { return func(s *Simulator) { s.latency = d } }

// WithSwitches sets the behavior where that of the real API is not documented.
func WithSwitches(w Switches) Option { return func(s *Simulator) { s.switches = w } }

// WithPageSize sets the maximum number of people per page, whatever the request asks for.
// The default is 100, or up to 1000 if the request asks for more.
func WithPageSize(n int) Option { return func(s *Simulator) { s.pageSize, s.largestPage = n, n } }

// WithRateLimit responds 429 with Retry-After (in whole seconds) to more than perSecond
// requests per second, using a token bucket of size burst.
func WithRateLimit(perSecond float64, burst int, retryAfter time.Duration) Option {
	return func(s *Simulator) {
		s.limit = &bucket{rate: perSecond, burst: float64(burst), level: float64(burst), retryAfter: retryAfter}
	}
}

// WithLogLimit keeps only about the newest n requests in the log (default: all), for runs
// with very many requests.
func WithLogLimit(n int) Option { return func(s *Simulator) { s.keep = n } }
