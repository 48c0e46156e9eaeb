package webex

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"time"
)

// Probe is what a request without a token found out.
type Probe struct {
	Host   Untrusted
	Status int // 401 from a Webex that works: it wants a token
	// Skew is how far the server's clock is ahead of ours, to the second and without the
	// way of the answer; Dated says whether the server named its time.
	Skew  time.Duration
	Dated bool
	Took  time.Duration
	// Webex is whether the answer looks like Webex's: it has a tracking id.
	Webex bool
}

// probeTimeout is how long the probe waits: somebody watches it.
const probeTimeout = 10 * time.Second

// Probe asks the API without a token (GET /people/me), once: whether it can be reached,
// and what time it is there. Nothing secret is sent. The error matches [ErrNetwork],
// [ErrNotAPI] where the address is not the API's, [ErrServer] where a proxy or a captive
// portal answers, or [ErrInvalidInput] for a base URL that cannot be used.
func (c *Client) Probe(ctx context.Context) (Probe, error) {
	const op = "reach Webex"
	if c.baseErr != nil {
		return Probe{}, &Error{Op: op, Err: c.baseErr}
	}
	p := Probe{Host: Untrusted(c.base.Host)}
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	var trace sentTrace
	u := c.base.JoinPath("people", "me")
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, trace.hooks()), http.MethodGet, u.String(), http.NoBody)
	if err != nil {
		return p, &Error{Op: op, Err: fmt.Errorf("%w: %w", ErrInvalidInput, err)}
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.userAgent)
	start := c.now()
	resp, err := c.http.Do(req)
	if err != nil {
		return p, c.transportError(ctx, op, u, err, trace.sent())
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	p.Took = c.now().Sub(start)
	p.Status = resp.StatusCode
	p.Webex = trackingID(resp.Header, Secret{}) != ""
	if t, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		p.Skew, p.Dated = t.Sub(start.Add(p.Took/2)).Round(time.Second), true
	}
	hint, err := c.foreign(u, resp, body)
	if err == nil && p.Status == http.StatusNotFound {
		hint, err = hintBase, ErrNotAPI
	}
	if err != nil {
		return p, &Error{Op: op, Status: p.Status, Err: err, Hint: hint, Sent: true, TrackingID: trackingID(resp.Header, Secret{})}
	}
	return p, nil
}
