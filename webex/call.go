package webex

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"
)

// operation describes a kind of call: its name in errors, its scope and its retry rule.
type operation struct {
	name         string // verb and noun, for errors
	scope        string // the scope to name in the hint for a 403
	role         string // the role to name with it; empty means one that may revoke
	notFoundHint string
	repeat       repeat
}

// request is one call, before any attempt. Exactly one of path and next is set.
type request struct {
	op     operation
	method string
	path   []string // elements below the base URL, validated or constant
	query  url.Values
	next   *url.URL // a page link, checked against the base URL
	body   []byte   // JSON; nil for none
	// decode reads the body of a 2xx response; nil if no body is expected. It may be
	// called again after a broken body, so it must not keep state between calls.
	decode func(io.Reader) error
}

// result is the outcome of all attempts of a call.
type result struct {
	header http.Header
	token  Secret // the token that was used
	// maybeLanded is true when an attempt before the last may have taken effect.
	maybeLanded bool
}

func (c *Client) url(r request) *url.URL {
	if r.next != nil {
		return r.next
	}
	u := c.base.JoinPath(r.path...)
	u.RawQuery = r.query.Encode()
	return u
}

// call sends a request, with retries, until it gets a final response, may not retry,
// or has used up its waiting budget. The error is an *Error, or wraps the reason why
// nothing was sent.
func (c *Client) call(ctx context.Context, r request) (result, error) {
	var res result
	if c.baseErr != nil {
		return res, &Error{Op: r.op.name, Err: c.baseErr}
	}
	budget := c.maxWait // for the pauses that Webex asks for; our own backoff is short
	renewed := false
	for attempt, broken := 0, 0; ; attempt++ {
		if err := c.enter(ctx, &budget); err != nil {
			return res, c.gaveUp(r.op, err)
		}
		used, err := c.currentToken(ctx, r.op)
		if err != nil {
			<-c.pool
			return res, err // nothing was sent; retrying is up to the token source
		}
		sent := time.Now()
		header, err := c.attemptInPool(ctx, r, used)
		c.learn(err, sent)
		if errors.Is(err, ErrNotLoggedIn) && !renewed && r.op.repeat != repeatNever {
			renewed = true
			next, rerr := c.renew(ctx, used)
			if !next.IsZero() {
				attempt-- // the 401 had no effect, so this does not count as a retry
				continue
			}
			return res, withReason(err, rerr)
		}
		if err == nil {
			res.header, res.token = header, used
			return res, nil
		}
		var e *Error
		if !errors.As(err, &e) {
			return res, err
		}
		again := r.op.repeat != repeatNever && attempt < maxRetries && ctx.Err() == nil
		switch {
		case e.Status != 0:
			again = again && retryable(e.Status)
		case errors.Is(err, errBroken):
			broken++
			again = again && (r.op.repeat == repeatGET || broken <= brokenRetries)
		default:
			again = false
		}
		if !again {
			return res, err
		}
		if e.Status == 0 || mayHaveLanded(e.Status) {
			res.maybeLanded = true
		}
		if err := c.pause(ctx, e, attempt, &budget); errors.Is(err, ErrRateLimited) {
			e.Hint = pauseWords(err)
			if !errors.Is(e.Err, ErrRateLimited) {
				e.Err = fmt.Errorf("%w: %w", ErrRateLimited, e.Err)
			}
			return res, e
		} else if err != nil {
			return res, c.gaveUp(r.op, err)
		}
	}
}

// enter takes a slot in the pool while no pause is in effect. After waiting for a slot
// it checks again, because another request may have started a pause meanwhile.
func (c *Client) enter(ctx context.Context, budget *time.Duration) error {
	for {
		waited, err := c.gate.wait(ctx, *budget)
		*budget -= waited
		if err != nil {
			return err
		}
		if err := c.pace.wait(ctx); err != nil {
			return err
		}
		select {
		case c.pool <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
		if c.gate.pausedUntil().IsZero() {
			return nil
		}
		<-c.pool
	}
}

// pause waits before the next attempt. If the server asked for the pause, it holds all
// requests of this client, otherwise only this one.
func (c *Client) pause(ctx context.Context, e *Error, attempt int, budget *time.Duration) error {
	d := e.pause()
	if d == 0 {
		return sleep(ctx, c.jitter(backoff(attempt)))
	}
	if d > *budget {
		c.gate.hold(time.Now().Add(min(d, longestHold)))
		return tooLong(time.Now().Add(d), d)
	}
	c.gate.hold(time.Now().Add(d))
	waited, err := c.gate.wait(ctx, *budget)
	*budget -= waited
	return err
}

// learn reports the result of an attempt to the pacer.
func (c *Client) learn(err error, sent time.Time) {
	var e *Error
	switch {
	case !errors.As(err, &e):
		c.pace.answered()
	case e.Status == http.StatusTooManyRequests:
		c.pace.refused(sent, min(e.pause(), longestHold))
	case e.Status != 0:
		c.pace.answered()
	}
}

func (c *Client) gaveUp(op operation, err error) error {
	if errors.Is(err, ErrRateLimited) {
		return &Error{Op: op.name, Status: http.StatusTooManyRequests, Err: ErrRateLimited, Hint: pauseWords(err)}
	}
	return contextError(op.name, err, false)
}

// errBroken marks a connection that broke after the request may have been sent.
var errBroken = fmt.Errorf("%w: the connection broke", ErrNetwork)

// currentToken asks the token source for a token. If it fails, no request was sent.
func (c *Client) currentToken(ctx context.Context, op operation) (Secret, error) {
	token, err := c.token.Token(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		return token, contextError(op.name, ctx.Err(), false)
	case err != nil:
		return token, &Error{Op: op.name, Err: err}
	case token.IsZero():
		return token, &Error{Op: op.name, Err: fmt.Errorf("%w: there is no token", ErrNotLoggedIn)}
	}
	return token, nil
}

// attemptInPool makes one attempt and then releases its slot in the pool.
func (c *Client) attemptInPool(ctx context.Context, r request, token Secret) (http.Header, error) {
	defer func() { <-c.pool }()
	return c.attempt(ctx, r, token)
}

// attempt sends the request once.
func (c *Client) attempt(ctx context.Context, r request, token Secret) (http.Header, error) {
	u := c.url(r)
	if u.Host != c.base.Host || u.Scheme != c.base.Scheme {
		return nil, &Error{Op: r.op.name, Err: fmt.Errorf("%w: refusing to send the token to %s", ErrServer, Clean(Untrusted(u.Host)))}
	}
	actx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	var trace sentTrace
	actx = httptrace.WithClientTrace(actx, trace.hooks())
	req, err := http.NewRequestWithContext(actx, r.method, u.String(), bytes.NewReader(r.body))
	if err != nil {
		return nil, &Error{Op: r.op.name, Err: fmt.Errorf("%w: %w", ErrInvalidInput, err)}
	}
	if r.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Authorization", "Bearer "+token.Reveal())
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.userAgent)

	start := time.Now()
	resp, err := c.http.Do(req)
	if err != nil {
		err = c.transportError(ctx, r.op.name, u, err, trace.sent(), token)
		c.log.Debug("http", "method", r.method, "path", u.Path, "error", err.Error(), "ms", time.Since(start).Milliseconds())
		return nil, err
	}
	defer resp.Body.Close()
	noteAnswer(ctx, resp, token)
	err = c.read(ctx, r, u, resp, token)
	c.log.Debug("http", "method", r.method, "path", u.Path, "status", resp.StatusCode,
		"ms", time.Since(start).Milliseconds(), "trackingId", trackingID(resp.Header, token).String())
	return resp.Header, err
}

// renew asks the token source, after a 401, for a token other than used. The result is
// empty if there is none.
func (c *Client) renew(ctx context.Context, used Secret) (Secret, error) {
	source, ok := c.token.(Renewer)
	if !ok || used.IsZero() {
		return Secret{}, nil
	}
	next, err := source.Renew(ctx, used)
	if err != nil || next.Equal(used) {
		return Secret{}, err
	}
	return next, nil
}

// withReason adds to a 401 the reason why no other token was available.
func withReason(err, reason error) error {
	var e *Error
	switch {
	case reason == nil || !errors.As(err, &e):
		return err
	case errors.Is(reason, ErrNotLoggedIn):
		var why *Error
		if e.Hint = string(Clean(Untrusted(reason.Error()))); errors.As(reason, &why) && why.Hint != "" {
			e.Hint = why.Hint
		}
		return e
	}
	// Only the 401 is about this call: whether the other request arrived says nothing about it.
	return &Error{Op: e.Op, Status: e.Status, Sent: true, Err: fmt.Errorf("the access token was rejected, and getting a new one failed: %w", reason)}
}

// sentTrace distinguishes a request that was sent from one that never had a connection,
// for example because of a proxy error or a failed handshake. If the transport does not
// support tracing, the request counts as sent.
type sentTrace struct{ traced, wrote atomic.Bool }

func (t *sentTrace) hooks() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn:      func(string) { t.traced.Store(true) },
		WroteHeaders: func() { t.wrote.Store(true) },
	}
}

func (t *sentTrace) sent() bool { return t.wrote.Load() || !t.traced.Load() }

// transportError converts an error of the HTTP transport; sent says whether the request may have
// reached the server. The text may repeat bytes that a server sent, so secrets are redacted.
func (c *Client) transportError(ctx context.Context, op string, u *url.URL, err error, sent bool, secrets ...Secret) error {
	var uerr *url.Error
	if errors.As(err, &uerr) {
		err = uerr.Err // Op already says what the URL would add
	}
	err = redacted(err, secrets...)
	switch {
	case errors.Is(err, ErrReadOnly):
		return &Error{Op: op, Err: ErrReadOnly, Hint: "nothing was sent"}
	case ctx.Err() != nil:
		return contextError(op, ctx.Err(), sent)
	case errors.Is(err, ErrInvalidInput): // an invalid setting
		return &Error{Op: op, Err: err}
	case !sent:
		return &Error{Op: op, Err: fmt.Errorf("%w: %w", ErrNetwork, err), Hint: c.connectHint(u, err)}
	case errors.Is(err, context.DeadlineExceeded), isTimeout(err):
		return &Error{Op: op, Sent: true, Err: fmt.Errorf("%w within %s", ErrNetwork, attemptTimeout), Hint: "try again"}
	}
	return &Error{Op: op, Sent: true, Err: fmt.Errorf("%w: %w", errBroken, err), Hint: "try again"}
}

func isTimeout(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}

// read checks the response and decodes its body.
func (c *Client) read(ctx context.Context, r request, u *url.URL, resp *http.Response, token Secret) error {
	fail := func(err error, hint string) *Error {
		return &Error{
			Op: r.op.name, Status: resp.StatusCode, Err: err, Hint: hint, Sent: true,
			TrackingID: trackingID(resp.Header, token),
		}
	}
	if resp.StatusCode < 200 {
		// After a 101 the body is the connection itself; reading it would never end.
		return fail(fmt.Errorf("%w: unexpected status", ErrServer), "")
	}
	if resp.StatusCode > 299 {
		e := fail(sentinelFor(resp.StatusCode), hintFor(r.op, resp.StatusCode))
		e.RetryAfter, e.asked = retryAfter(resp.Header)
		body, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
		// Redact before truncating: otherwise the start of a secret could remain.
		message, tracking := parseErrorBody([]byte(without(Untrusted(body), token)), resp.Header.Get("Content-Type"))
		e.Message = without(message, token)
		if tracking != "" {
			e.TrackingID = without(Untrusted(truncate(string(tracking), maxTrackingID)), token)
		}
		if hint, err := c.foreign(u, resp, body); err != nil {
			e.Hint, e.Err, e.Message = hint, err, ""
		} else if c.notFoundElsewhere(ctx, e, token) {
			e.Hint, e.Err, e.Message = hintBase, ErrNotAPI, ""
		}
		return e
	}
	if hint, err := c.foreign(u, resp, nil); err != nil {
		return fail(err, hint)
	}
	if r.decode == nil {
		if r.method == http.MethodDelete && resp.StatusCode != http.StatusOK &&
			resp.StatusCode != http.StatusAccepted && resp.StatusCode != http.StatusNoContent {
			return fail(fmt.Errorf("%w: not a response to a DELETE", ErrServer), "")
		}
		// An HTML page may arrive without its content type.
		start, _ := io.ReadAll(io.LimitReader(resp.Body, 512))
		if hint, err := c.foreign(u, resp, start); err != nil {
			return fail(err, hint)
		}
		return nil
	}
	if resp.StatusCode != http.StatusOK && !(r.method == http.MethodPost && resp.StatusCode == http.StatusCreated) {
		return fail(fmt.Errorf("%w: the response is empty", ErrServer), "")
	}
	body := &cappedReader{r: resp.Body, left: maxBody + 1}
	err := r.decode(body)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return contextError(r.op.name, ctx.Err(), true)
	case errors.Is(body.err, errTooLarge):
		return fail(fmt.Errorf("%w: the response is larger than %d MiB", ErrServer, maxBody>>20), "")
	case isTimeout(body.err) || errors.Is(body.err, context.DeadlineExceeded):
		return &Error{Op: r.op.name, Sent: true, Err: fmt.Errorf("%w: the response did not finish within %s", ErrNetwork, attemptTimeout), Hint: "try again"}
	case body.err != nil:
		return &Error{Op: r.op.name, Sent: true, Err: fmt.Errorf("%w: %w", errBroken, redacted(body.err, token)), Hint: "try again"}
	}
	if hint, err := c.foreign(u, resp, body.start); err != nil { // an HTML page without its content type
		return fail(err, hint)
	}
	return fail(fmt.Errorf("%w: unexpected response: %w", ErrServer, redacted(err, token)), "")
}

var errTooLarge = errors.New("too large")

// cappedReader limits the size of a body and keeps the first read error, which a
// decoder's error would hide.
type cappedReader struct {
	r     io.Reader
	left  int
	err   error  // never io.EOF
	start []byte // the first bytes
}

func (c *cappedReader) Read(p []byte) (int, error) {
	if c.err != nil { // keep the first error: a decoder may read again
		return 0, c.err
	}
	if c.left <= 0 {
		c.err = errTooLarge
		return 0, c.err
	}
	if len(p) > c.left {
		p = p[:c.left]
	}
	n, err := c.r.Read(p)
	c.left -= n
	if len(c.start) == 0 && n > 0 {
		c.start = bytes.Clone(p[:min(n, 64)])
	}
	if err != nil && !errors.Is(err, io.EOF) {
		c.err = err
	}
	// A truncated body reports io.ErrUnexpectedEOF, which errors.Is does not match to io.EOF.
	return n, err
}
