package webex

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	maxRetries   = 4
	backoffBase  = 500 * time.Millisecond
	backoffCap   = 30 * time.Second
	defaultPause = 5 * time.Second // for a 429 without a usable Retry-After
	// longestHold limits how long a response that asks for more than the maximum wait can pause the
	// whole client.
	longestHold = 10 * time.Minute
)

// repeat is the retry rule of an operation.
type repeat int

const (
	repeatNever   repeat = iota // app-wide DELETE, whose effect is undocumented
	repeatGET                   // up to maxRetries, including broken connections
	repeatDelete                // DELETE by id: as repeatGET, but only one broken connection
	brokenRetries = 1           // for repeatDelete
)

// pauseGate holds all requests of a client during a pause that Webex asked for.
type pauseGate struct {
	mu    sync.Mutex
	until time.Time
}

func (g *pauseGate) pausedUntil() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	if time.Now().Before(g.until) {
		return g.until
	}
	return time.Time{}
}

func (g *pauseGate) hold(until time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if until.After(g.until) {
		g.until = until
	}
}

// wait blocks until the pause is over, and returns how long it waited. It does not wait for
// a pause longer than budget; the error then says when the pause ends.
func (g *pauseGate) wait(ctx context.Context, budget time.Duration) (time.Duration, error) {
	var waited time.Duration // exactly 0 without a pause, so that a budget of 1 s allows a pause of 1 s
	for {
		until := g.pausedUntil()
		if until.IsZero() {
			return waited, nil
		}
		left := time.Until(until)
		if left > budget-waited {
			return waited, tooLong(until, left)
		}
		start := time.Now()
		err := sleep(ctx, left)
		waited += time.Since(start)
		if err != nil {
			return waited, err
		}
	}
}

func tooLong(until time.Time, left time.Duration) error {
	layout := "15:04:05 UTC"
	if left > 12*time.Hour {
		layout = "2006-01-02 15:04 UTC"
	}
	return fmt.Errorf("%w: Webex asks for a pause of %s, until %s, longer than the maximum wait",
		ErrRateLimited, left.Round(time.Second), until.UTC().Format(layout))
}

// pauseWords is a tooLong without its sentinel: the status of the error that it becomes the
// hint of already says that the rate is limited.
func pauseWords(err error) string {
	return strings.TrimPrefix(err.Error(), ErrRateLimited.Error()+": ")
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// backoff returns the maximum pause before retry n (from 0); it grows exponentially.
func backoff(n int) time.Duration {
	d := backoffBase << n
	if d <= 0 || d > backoffCap {
		return backoffCap
	}
	return d
}

func fullJitter(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return rand.N(d) //nolint:gosec // spreads load; not security relevant
}

// retryable reports whether a request with this status may succeed later.
func retryable(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusLocked,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// mayHaveLanded reports whether a request may have taken effect despite this status. A 429
// or 423 is a refusal; a 5xx may come from a gateway and says nothing about the server
// behind it.
func mayHaveLanded(status int) bool { return status >= 500 }

// retryAfter reads Retry-After. It compares a date with the response's own Date header
// (RFC 9110 section 6.6.1), because the local clock may be wrong.
func retryAfter(h http.Header) (d time.Duration, ok bool) {
	now := time.Now()
	if t, err := http.ParseTime(h.Get("Date")); err == nil {
		now = t
	}
	return parseRetryAfter(h.Get("Retry-After"), now)
}

// parseRetryAfter parses both forms of the header, seconds and HTTP date (RFC 9110 section
// 10.2.3). ok is false if it is missing, negative, or longer than a year.
func parseRetryAfter(h string, now time.Time) (d time.Duration, ok bool) {
	h = strings.TrimSpace(h)
	if h == "" {
		return 0, false
	}
	if n, err := strconv.ParseInt(h, 10, 64); err == nil {
		if n < 0 || n > int64((365*24*time.Hour)/time.Second) {
			return 0, false
		}
		return time.Duration(n) * time.Second, true
	}
	if t, err := http.ParseTime(h); err == nil {
		return max(t.Sub(now), 0), true
	}
	return 0, false
}
