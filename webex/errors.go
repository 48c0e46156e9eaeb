package webex

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Every call that fails matches one of these with errors.Is, or context.Canceled where
// the caller's context ended it. What only one thing can meet has its error beside it,
// as [ErrCannotListen] has beside the listener.
var (
	// ErrInvalidInput: refused before the network, or a 400 from the server.
	ErrInvalidInput = errors.New("invalid input")
	// ErrNotLoggedIn: there is no token, or Webex refuses the one there is (401).
	ErrNotLoggedIn = errors.New("login needed")
	// ErrForbidden: a role, a scope or a policy is in the way (403).
	ErrForbidden = errors.New("not allowed")
	// ErrNotFound: no such person, authorization or organization (404).
	ErrNotFound = errors.New("not found")
	// ErrRateLimited: a pause that Webex asked for is longer than we may wait (429, 423).
	ErrRateLimited = errors.New("rate limited")
	// ErrServer: a 5xx, a redirect, or a reply that cannot be used.
	ErrServer = errors.New("server error")
	// ErrNetwork: no answer came.
	ErrNetwork = errors.New("no answer")
	// ErrReadOnly: this client may only read.
	ErrReadOnly = errors.New("read-only")
	// ErrOrgNotRegistered: no tokens are kept for this organization.
	ErrOrgNotRegistered = errors.New("the organization is not registered")
	// ErrLoginDenied: the person, or the organization, declined.
	ErrLoginDenied = errors.New("login denied")
	// ErrLoginTimeout: nobody answered in time.
	ErrLoginTimeout = errors.New("login timed out")
	// ErrLoginFailed: the login ended for another reason, which the text names.
	ErrLoginFailed = errors.New("login failed")
)

// Error is a call that failed at Webex or on the way there.
type Error struct {
	Op         string        // what was tried, as verb and noun: "list authorizations"
	Status     int           // the HTTP status; 0 when no answer came
	Message    Untrusted     // what the server said
	TrackingID Untrusted     // the server's id for the call: what Webex support asks for
	RetryAfter time.Duration // the pause the server asked for, 0 if none
	Hint       string        // what to try
	// Sent is true when the request may have reached the server, so that a
	// DELETE without an answer may have taken effect.
	Sent bool
	Err  error // the cause: a sentinel of this package, or wraps one

	asked   bool // Retry-After was there and could be read
	earlier bool // an attempt before this one may have taken effect
}

// pause is how long the server asked everybody to wait; 0 when it did not.
func (e *Error) pause() time.Duration {
	if e.Status == http.StatusTooManyRequests && !e.asked {
		return defaultPause
	}
	return e.RetryAfter
}

// MayHaveHappened reports whether a request that changes something may have done
// so although it failed: it was sent and not answered, or answered by a gateway
// that knows nothing of the server behind it.
func (e *Error) MayHaveHappened() bool {
	return e.earlier || e.Sent && (e.Status == 0 || e.Status < 300 || e.Status >= 500)
}

// Error says what was tried, what came back and what to try, in one line that is
// safe to print.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	b.WriteString(": ")
	b.WriteString(e.Reason())
	if e.Hint != "" {
		b.WriteString(" (" + e.Hint + ")")
	}
	if e.TrackingID != "" {
		b.WriteString(" trackingId " + e.TrackingID.String())
	}
	return b.String()
}

// Reason is the short form of the error: status and the server's message, without
// what was tried, the hint and the tracking id.
func (e *Error) Reason() string {
	var parts []string
	if e.Status != 0 {
		parts = append(parts, fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status)))
	}
	if e.Message != "" {
		parts = append(parts, truncate(e.Message.String(), 300))
	} else if e.Err != nil && (e.Status == 0 || !isBareSentinel(e.Err)) {
		parts = append(parts, string(Clean(Untrusted(e.Err.Error()))))
	}
	return strings.TrimSpace(strings.Join(parts, ": "))
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// isBareSentinel reports whether err says nothing that the status does not.
func isBareSentinel(err error) bool {
	// The value itself is meant, not what wraps it.
	return slices.Contains([]error{ErrInvalidInput, ErrNotLoggedIn, ErrForbidden, ErrNotFound, ErrRateLimited, ErrServer}, err)
}

func truncate(s string, limit int) string {
	r := []rune(s)
	if len(r) <= limit {
		return s
	}
	return string(r[:limit]) + "…"
}

// sentinelFor maps a status onto what callers branch on.
func sentinelFor(status int) error {
	switch {
	case status == http.StatusUnauthorized:
		return ErrNotLoggedIn
	case status == http.StatusForbidden:
		return ErrForbidden
	case status == http.StatusNotFound, status == http.StatusGone:
		return ErrNotFound
	case status == http.StatusTooManyRequests, status == http.StatusLocked:
		return ErrRateLimited
	case status >= 400 && status < 500:
		return ErrInvalidInput
	default:
		return ErrServer
	}
}

const (
	hintRole  = "needs a Full, Device or User Admin and scope %s; a read-only admin is not enough, a partner needs Full Admin"
	hintToken = "the token is missing, malformed, revoked or expired: Webex does not say which; get a fresh one"
)

// hintFor says what to try, for a status that came back to op.
func hintFor(op operation, status int) string {
	switch {
	case status == http.StatusUnauthorized:
		return hintToken
	case status == http.StatusForbidden && op.scope != "":
		return fmt.Sprintf(hintRole, op.scope)
	case status == http.StatusForbidden:
		return "the role or the scopes of this token do not allow it"
	case status == http.StatusNotFound:
		return op.notFoundHint
	case status == http.StatusTooManyRequests:
		return "try again later"
	case status >= 300 && status < 400:
		return "a redirect is never followed: the base URL may be wrong, or a proxy answers in Webex's place"
	case status >= 500:
		return "a fault on Webex's side: try again, and give support the trackingId"
	}
	return ""
}

// contextError keeps the caller's own cancellation recognizable.
func contextError(op string, err error, sent bool) *Error {
	e := &Error{Op: op, Err: err, Sent: sent}
	if errors.Is(err, context.DeadlineExceeded) {
		e.Err = fmt.Errorf("%w: %w", ErrNetwork, err)
	}
	return e
}
