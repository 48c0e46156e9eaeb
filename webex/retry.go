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
	// longestHold bounds how long one answer can keep the whole client from asking.
	longestHold = 10 * time.Minute
)

// repeat says how often a request may be sent again.
type repeat int

const (
	repeatNever   repeat = iota // an app-wide DELETE: its effect is not known
	repeatGET                   // as often as maxRetries, broken connections too
	repeatDelete                // DELETE by id: a broken connection once
	brokenRetries = 1           // for repeatDelete
)

// gate holds all requests of a client while Webex asks for a pause.
type gate struct {
	mu    sync.Mutex
	until time.Time
}

func (g *gate) pausedUntil() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	if time.Now().Before(g.until) {
		return g.until
	}
	return time.Time{}
}

func (g *gate) hold(until time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if until.After(g.until) {
		g.until = until
	}
}

// wait blocks while a pause lasts, and returns how long it did. A pause that would
// take longer than budget is not begun: the error says until when it lasts.
func (g *gate) wait(ctx context.Context, budget time.Duration) (time.Duration, error) {
	start := time.Now()
	for {
		until := g.pausedUntil()
		if until.IsZero() {
			return time.Since(start), nil
		}
		if left := time.Until(until); left > budget-time.Since(start) {
			return time.Since(start), tooLong(until, left)
		}
		if err := sleep(ctx, time.Until(until)); err != nil {
			return time.Since(start), err
		}
	}
}

func tooLong(until time.Time, left time.Duration) error {
	layout := "15:04:05 UTC"
	if left > 12*time.Hour {
		layout = "2006-01-02 15:04 UTC"
	}
	return fmt.Errorf("%w: Webex asks for a pause of %s, until %s, longer than we may wait",
		ErrRateLimited, left.Round(time.Second), until.UTC().Format(layout))
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

// backoff is the pause before retry n (from 0): exponential, with full jitter.
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
	return rand.N(d) //nolint:gosec // spreads load; nothing secret hangs on it
}

// retryable reports whether a status says "later".
func retryable(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusLocked,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// mayHaveLanded reports whether a request that got this status may all the same
// have taken effect. A 429 or 423 is a refusal; a gateway's 5xx says nothing
// about the server behind it.
func mayHaveLanded(status int) bool { return status >= 500 }

// retryAfter reads Retry-After. A date is measured against the reply's own Date header
// (RFC 9110 section 6.6.1): this computer's clock may be wrong.
func retryAfter(h http.Header) (d time.Duration, ok bool) {
	now := time.Now()
	if t, err := http.ParseTime(h.Get("Date")); err == nil {
		now = t
	}
	return parseRetryAfter(h.Get("Retry-After"), now)
}

// parseRetryAfter reads the header's two forms, seconds and HTTP date (RFC 9110
// section 10.2.3). ok is false for what is absent, negative, or beyond reason.
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
