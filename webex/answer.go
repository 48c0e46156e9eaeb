package webex

import (
	"context"
	"net/http"
)

// Answer is what came back to a call, for a record of it: Webex support asks for the tracking
// id of a request, also of one that succeeded.
type Answer struct {
	Status     int       // of the last HTTP response; 0 when there was none
	TrackingID Untrusted // its trackingid header; empty when there was none
}

type answerKey struct{}

// WithAnswer returns a context for one call: the [Client] writes what it was answered into a,
// the last attempt's where it tried several times.
func WithAnswer(ctx context.Context, a *Answer) context.Context {
	return context.WithValue(ctx, answerKey{}, a)
}

func noteAnswer(ctx context.Context, resp *http.Response, token Secret) {
	if a, ok := ctx.Value(answerKey{}).(*Answer); ok {
		*a = Answer{Status: resp.StatusCode, TrackingID: trackingID(resp.Header, token)}
	}
}
