package webex_test

import (
	"io"
	"net/http"
	"strings"
)

// roundTrip is a transport that answers every request with the body and Link header
// that the function returns.
type roundTrip func() (body, link string)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) {
	body, link := f()
	h := http.Header{"Content-Type": {"application/json"}}
	if link != "" {
		h.Set("Link", link)
	}
	return &http.Response{StatusCode: 200, Header: h, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}
