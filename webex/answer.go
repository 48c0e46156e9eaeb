package webex

import (
	"context"
	"net/http"
)

// Answer holds the status and tracking id of Webex's response to a call, for logging. Webex
// support asks for the tracking id of a request, including successful ones.
type Answer struct {
	Status     int       // HTTP status of the last response; 0 if there was none
	TrackingID Untrusted // trackingid header of the last response; empty if there was none
}

type answerKey struct{}

// WithAnswer returns a context for a single call. The [Client] stores the response's status and
// tracking id in a. If the call is retried, a describes the last response.
func WithAnswer(ctx context.Context, a *Answer) context.Context {
	return context.WithValue(ctx, answerKey{}, a)
}

func noteAnswer(ctx context.Context, resp *http.Response, token Secret) {
	if a, ok := ctx.Value(answerKey{}).(*Answer); ok {
		*a = Answer{Status: resp.StatusCode, TrackingID: trackingID(resp.Header, token)}
	}
}
