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

// Every error of a call matches one of these with errors.Is, or context.Canceled if the
// caller canceled its context. Errors of a single operation are declared next to it, for
// example [ErrCannotListen].
var (
	// ErrInvalidInput means that the input was rejected before sending it, or by the
	// server (400).
	ErrInvalidInput = errors.New("invalid input")
	// ErrNotLoggedIn means that there is no token, or that Webex rejected it (401).
	ErrNotLoggedIn = errors.New("login needed")
	// ErrForbidden means that the role, the scopes or a policy do not allow the call (403).
	ErrForbidden = errors.New("not allowed")
	// ErrNotFound means that there is no such person, authorization or organization (404,
	// 410).
	ErrNotFound = errors.New("not found")
	// ErrRateLimited means that Webex asked for a longer pause than the client may wait
	// (429, 423); see [WithMaxWait].
	ErrRateLimited = errors.New("rate limited")
	// ErrServer means a server error (5xx), a redirect, or an unusable response.
	ErrServer = errors.New("server error")
	// ErrNetwork means that no response arrived.
	ErrNetwork = errors.New("no response")
	// ErrReadOnly means that the client may only read; see [WithReadOnly].
	ErrReadOnly = errors.New("read-only")
	// ErrOrgNotRegistered means that no tokens are stored for this organization.
	ErrOrgNotRegistered = errors.New("the organization is not registered")
	// ErrLoginDenied means that the person or the organization declined.
	ErrLoginDenied = errors.New("login denied")
	// ErrLoginTimeout means that nobody completed the login in time.
	ErrLoginTimeout = errors.New("login timed out")
	// ErrLoginFailed means that the login failed for another reason, given in the text.
	ErrLoginFailed = errors.New("login failed")
)

// Error describes a failed call.
type Error struct {
	Op         string        // the operation, as verb and noun: "list authorizations"
	Status     int           // the HTTP status; 0 if no response arrived
	Message    Untrusted     // the server's error message
	TrackingID Untrusted     // the server's id for the request, which Webex support asks for
	RetryAfter time.Duration // the pause that the server asked for; 0 if none
	Hint       string        // what to try
	// Sent is true if the request may have reached the server, so that a DELETE
	// without a response may have taken effect.
	Sent bool
	Err  error // the cause: an error variable of this package, or an error that wraps one

	asked   bool // a valid Retry-After was present
	earlier bool // an earlier attempt may have taken effect
}

// pause returns how long the server asked all requests to wait; 0 if it did not.
func (e *Error) pause() time.Duration {
	if e.Status == http.StatusTooManyRequests && !e.asked {
		return defaultPause
	}
	return e.RetryAfter
}

// MayHaveHappened reports whether the request may have taken effect even though it failed: it was sent
// without a response; the response came from a gateway (5xx), which does not know whether the server acted;
// or it was a success that could not be read.
func (e *Error) MayHaveHappened() bool {
	return e.earlier || e.Sent && (e.Status == 0 || e.Status < 300 || e.Status >= 500)
}

// Error returns the operation, the reason, the hint and the tracking id as one line that
// is safe to print.
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

// Reason returns the HTTP status and the server's message only, as one line that is safe
// to print.
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

// isBareSentinel reports whether err adds nothing to the status.
func isBareSentinel(err error) bool {
	// Compare values: an error that wraps one of these does add something.
	return slices.Contains([]error{ErrInvalidInput, ErrNotLoggedIn, ErrForbidden, ErrNotFound, ErrRateLimited, ErrServer}, err)
}

func truncate(s string, limit int) string {
	r := []rune(s)
	if len(r) <= limit {
		return s
	}
	return string(r[:limit]) + "…"
}

// sentinelFor maps an HTTP status to an error variable.
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
	hintRole  = "requires the Full, User or Device Admin role and scope %s; a read-only admin is not enough, and a partner needs Full Admin"
	hintToken = "the token is missing, malformed, revoked or expired: Webex does not say which; get a new one"
)

// hintFor returns what to try after op failed with this status.
func hintFor(op operation, status int) string {
	switch {
	case status == http.StatusUnauthorized:
		return hintToken
	case status == http.StatusForbidden && op.role != "":
		return fmt.Sprintf("requires %s and the scope %s", op.role, op.scope)
	case status == http.StatusForbidden && op.scope != "":
		return fmt.Sprintf(hintRole, op.scope)
	case status == http.StatusForbidden:
		return "the role or scopes of this token do not allow it"
	case status == http.StatusNotFound:
		return op.notFoundHint
	case status == http.StatusTooManyRequests:
		return "try again later"
	case status >= 300 && status < 400:
		return "wxauth does not follow redirects: the base URL may be wrong, or a proxy answered instead of Webex"
	case status >= 500:
		return "a fault on Webex's side: try again; if it fails again, give support the trackingId"
	}
	return ""
}

// contextError wraps the error of a context so that errors.Is still matches
// context.Canceled.
func contextError(op string, err error, sent bool) *Error {
	e := &Error{Op: op, Err: err, Sent: sent}
	if errors.Is(err, context.DeadlineExceeded) {
		e.Err = fmt.Errorf("%w: %w", ErrNetwork, err)
	}
	return e
}
