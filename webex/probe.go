package webex

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"time"
)

// Probe is the result of [Client.Probe].
type Probe struct {
	Host   Untrusted
	Status int // HTTP status; 401 if Webex works, because no token was sent
	// Skew is how far the server's clock is ahead of the local clock, in whole seconds
	// and corrected for network delay. Dated is false if the server sent no Date.
	Skew  time.Duration
	Dated bool
	Took  time.Duration // time until the response was read
	// Webex is true if the response has a tracking id, as every response of Webex does.
	Webex bool
}

// probeTimeout is short, because a user is waiting.
const probeTimeout = 10 * time.Second

// Probe sends one request without a token (GET /people/me) to find out whether the API can
// be reached, and its clock. Errors match [ErrNetwork], [ErrNotAPI] if the server is not the
// Webex API, [ErrServer] if a proxy or captive portal answered, or [ErrInvalidInput] if the
// base URL is invalid.
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
