package webex

import (
	"testing"
	"time"
)

// S-58: pauses are drawn from the whole allowed range and grow up to their limit.
func TestPausesAreJittered(t *testing.T) {
	low, high := time.Hour, time.Duration(0)
	for range 1000 {
		d := fullJitter(time.Second)
		if d < 0 || d >= time.Second {
			t.Fatal(d)
		}
		low, high = min(low, d), max(high, d)
	}
	if low > 100*time.Millisecond || high < 900*time.Millisecond {
		t.Errorf("between %s and %s of a second", low, high)
	}
	for n, want := range map[int]time.Duration{0: 500 * time.Millisecond, 1: time.Second, 4: 8 * time.Second, 6: 30 * time.Second, 60: 30 * time.Second, 99: 30 * time.Second} {
		if got := backoff(n); got != want {
			t.Errorf("before retry %d: %s, want %s", n, got, want)
		}
	}
}

// S-59: both forms of Retry-After (RFC 9110 section 10.2.3).
func TestRetryAfterMayBeADate(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	for h, want := range map[string]time.Duration{
		"Thu, 26 Nov 2026 12:00:07 GMT": 7 * time.Second, "Thursday, 26-Nov-26 12:01:00 GMT": time.Minute, "Thu Nov 26 12:00:30 2026": 30 * time.Second,
		"Thu, 26 Nov 2026 11:00:00 GMT": 0, " 9 ": 9 * time.Second,
	} {
		if got, ok := parseRetryAfter(h, now); got != want || !ok {
			t.Errorf("%q: %s, %v", h, got, ok)
		}
	}
}

// Where there is no pause, nothing is taken from the budget, so that a maximum wait of one second allows
// a pause of one second.
func TestNoPauseCostsNothing(t *testing.T) {
	var g pauseGate
	for range 100 {
		if waited, err := g.wait(t.Context(), 0); waited != 0 || err != nil {
			t.Fatalf("%s, %v", waited, err)
		}
	}
}
